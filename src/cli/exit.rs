//! How a run of the program ended, for scripts and CI jobs.

use std::process::ExitCode;

use crate::report::summary::ApplySummary;

/// The exit codes. They stand in the help of the program and in the docs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It is done, or there was nothing to do.
    Done = 0,
    /// It went wrong, or the command line made no sense.
    Error = 1,
    /// There is a difference (`plan --detailed-exitcode`, `drift`).
    Difference = 2,
    /// A policy, a protection or a stale plan forbids it; nothing was done.
    Refused = 3,
    /// Some operations failed; the others are done.
    AppliedInPart = 4,
    /// Another run holds the state.
    Locked = 5,
    /// It was asked to stop before it was done.
    Interrupted = 130,
}

/// The part of the help that explains the codes.
pub const HELP: &str = "\
Exit codes:
  0    done, or nothing to do
  1    error
  2    there is a difference (`plan --detailed-exitcode`, `drift`)
  3    refused: policy, protection, stale plan; nothing was done
  4    applied in part: what failed and what was not tried is in the summary
  5    locked: another run holds the state
  130  interrupted";

impl Exit {
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// How an apply ended. A failure weighs more than an interruption: it needs a person.
    #[must_use]
    pub fn of_apply(summary: &ApplySummary) -> Self {
        if !summary.failed.is_empty() {
            Exit::AppliedInPart
        } else if summary.interrupted {
            Exit::Interrupted
        } else {
            Exit::Done
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Action;
    use crate::report::summary::Failure;

    #[test]
    fn a_failure_weighs_more_than_an_interruption() {
        let address = "platform/cluster.vpc".parse().unwrap();
        let failure = Failure { address, action: Action::Create, error: "too many".into(), hint: None };
        let interrupted = ApplySummary { interrupted: true, ..ApplySummary::default() };
        let both = ApplySummary { failed: vec![failure], ..interrupted.clone() };
        assert_eq!(Exit::of_apply(&ApplySummary::default()), Exit::Done);
        assert_eq!(Exit::of_apply(&interrupted), Exit::Interrupted);
        assert_eq!(Exit::of_apply(&both), Exit::AppliedInPart);
    }

    #[test]
    fn the_help_names_every_code() {
        for exit in [
            Exit::Done,
            Exit::Error,
            Exit::Difference,
            Exit::Refused,
            Exit::AppliedInPart,
            Exit::Locked,
            Exit::Interrupted,
        ] {
            assert!(HELP.contains(&format!("\n  {:<5}", exit.code())), "{exit:?}");
        }
    }
}
