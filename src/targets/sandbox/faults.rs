//! What goes wrong in the sandbox, and how often.

use serde::{Deserialize, Serialize};

use crate::kinds::ErrorKind;

/// The faults of a world. Chances are per mille of the calls that they can befall, drawn from the
/// world's seed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Readers don't see what was just made until its kind's visibility window has passed.
    pub eventual: bool,
    /// A create of an operation that has already made something makes a second one, as APIs
    /// without idempotency tokens do.
    pub without_tokens: bool,
    /// Calls that are refused because there are too many.
    pub throttled_per_mille: u32,
    /// Calls that end in a server error before they have had an effect.
    pub server_error_per_mille: u32,
    /// Changes that are carried out, and whose answer is lost.
    pub lost_answer_per_mille: u32,
    /// Changes that take hours to settle.
    pub stalled_per_mille: u32,
    /// Creations that are accepted and then end in failure.
    pub failed_creation_per_mille: u32,
    /// Faults of one exact call each.
    pub rules: Vec<FaultRule>,
}

/// A fault of one exact call: when it has happened, the rule is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    pub call: CallKind,
    /// A kind, or a service such as `aws.ec2`; any where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Which of the calls that fit it befalls, counted from now: 1 is the next.
    pub nth: u32,
    pub fault: Fault,
}

/// The calls of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    Find,
    Read,
    List,
    Settle,
    Probe,
    Create,
    Update,
    Delete,
    Mark,
}

impl CallKind {
    /// Whether it changes the world.
    #[must_use]
    pub fn changes(self) -> bool {
        matches!(self, CallKind::Create | CallKind::Update | CallKind::Delete | CallKind::Mark)
    }

    /// Whether what it begins takes time to settle.
    fn settles(self) -> bool {
        matches!(self, CallKind::Create | CallKind::Update | CallKind::Delete)
    }
}

/// What can befall a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It is refused because there are too many.
    Throttled,
    /// A server error before it had an effect.
    ServerError,
    /// It is carried out, and the answer is lost.
    LostAnswer,
    /// What it begins takes hours to settle.
    Stalled,
    /// It is accepted, and what it creates ends in failure.
    FailedCreation,
    /// It is refused with an error of that sort.
    Refused { kind: ErrorKind, code: String, message: String },
}

impl FaultRule {
    /// A fault of the `nth` call of a sort to a kind or service, counted from now.
    #[must_use]
    pub fn on(call: CallKind, kind: &str, nth: u32, fault: Fault) -> Self {
        Self { call, kind: Some(kind.to_owned()), nth, fault }
    }

    fn fits(&self, call: CallKind, kind: &str) -> bool {
        self.call == call
            && self.kind.as_deref().is_none_or(|pattern| {
                kind.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
    }
}

/// The fault that befalls a call, if one does, and the faults that are left when it did or when a
/// rule has counted the call.
pub(super) struct Verdict {
    pub(super) fault: Option<Fault>,
    pub(super) left: Option<Faults>,
}

impl Faults {
    /// Says what befalls a call. `draw` gives a fresh random number below its argument.
    pub(super) fn judge(&self, call: CallKind, kind: &str, mut draw: impl FnMut(u64) -> u64) -> Verdict {
        if self.rules.iter().any(|rule| rule.fits(call, kind)) {
            let mut left = self.clone();
            let mut fault = None;
            left.rules.retain_mut(|rule| {
                if !rule.fits(call, kind) {
                    return true;
                }
                if rule.nth > 1 {
                    rule.nth -= 1;
                    return true;
                }
                // Of two rules for one call, the second befalls the next.
                let happens = fault.is_none();
                if happens {
                    fault = Some(rule.fault.clone());
                }
                !happens
            });
            let fault = fault.or_else(|| self.by_chance(call, &mut draw));
            return Verdict { fault, left: Some(left) };
        }
        Verdict { fault: self.by_chance(call, &mut draw), left: None }
    }

    fn by_chance(&self, call: CallKind, draw: &mut impl FnMut(u64) -> u64) -> Option<Fault> {
        let chances = [
            (true, self.throttled_per_mille, Fault::Throttled),
            (true, self.server_error_per_mille, Fault::ServerError),
            (call.changes(), self.lost_answer_per_mille, Fault::LostAnswer),
            (call.settles(), self.stalled_per_mille, Fault::Stalled),
            (call == CallKind::Create, self.failed_creation_per_mille, Fault::FailedCreation),
        ];
        chances
            .into_iter()
            .filter(|(possible, per_mille, _)| *possible && *per_mille > 0)
            .find(|(_, per_mille, _)| draw(1000) < u64::from(*per_mille))
            .map(|(_, _, fault)| fault)
    }
}
