//! The signs, colours and verbs of actions.

use anstyle::{AnsiColor, Style};

use super::Look;
use crate::model::Action;
use crate::plan::{Operation, Replacement};

/// What people see an operation as: the two halves of a replacement are one thing to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sign {
    Plain(Action),
    /// Delete, then create.
    DeleteFirst,
    /// Create, then delete.
    CreateFirst,
}

impl Sign {
    pub(super) fn of(operation: &Operation) -> Self {
        match operation.replacement {
            None => Sign::Plain(operation.action),
            Some(Replacement::DeleteFirst) => Sign::DeleteFirst,
            Some(Replacement::CreateFirst) => Sign::CreateFirst,
        }
    }

    pub(super) fn symbol(self, look: Look) -> &'static str {
        match (self, look.unicode) {
            (Sign::DeleteFirst, _) => "-/+",
            (Sign::CreateFirst, _) => "+/-",
            (Sign::Plain(Action::Create), _) => "+",
            (Sign::Plain(Action::Update), _) => "~",
            (Sign::Plain(Action::Delete), _) => "-",
            (Sign::Plain(Action::Forget), _) => "!",
            (Sign::Plain(Action::Read), _) => "?",
            (Sign::Plain(Action::Move), true) => "→",
            (Sign::Plain(Action::Move), false) => "->",
            (Sign::Plain(Action::Adopt), true) => "←",
            (Sign::Plain(Action::Adopt), false) => "<-",
            (Sign::Plain(Action::Check), true) => "✓",
            (Sign::Plain(Action::Check), false) => "*",
        }
    }

    pub(super) fn style(self) -> Style {
        let color = match self {
            Sign::Plain(Action::Create) => AnsiColor::Green,
            Sign::Plain(Action::Update) => AnsiColor::Yellow,
            Sign::Plain(Action::Delete) | Sign::DeleteFirst | Sign::CreateFirst => AnsiColor::Red,
            Sign::Plain(Action::Forget) => AnsiColor::Magenta,
            Sign::Plain(Action::Move | Action::Adopt) => AnsiColor::Blue,
            Sign::Plain(Action::Read | Action::Check) => AnsiColor::Cyan,
        };
        color.on_default()
    }
}

/// `creating`.
pub(super) fn present(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "updating",
        Action::Delete => "deleting",
        Action::Adopt => "adopting",
        Action::Forget => "forgetting",
        Action::Move => "moving",
        Action::Read => "reading",
        Action::Check => "checking",
    }
}

/// `created`.
pub(super) fn past(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Delete => "deleted",
        Action::Adopt => "adopted",
        Action::Forget => "forgot",
        Action::Move => "moved",
        Action::Read => "read",
        Action::Check => "checked",
    }
}
