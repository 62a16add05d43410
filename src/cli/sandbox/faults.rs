//! How often calls go wrong.

use clap::builder::RangedI64ValueParser;

use crate::cli::args::Environment;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::terminal;
use crate::report;
use crate::targets::sandbox::{self as targets, Sandbox};

/// Set how often calls go wrong, or show it
///
/// Chances are per mille of the calls that they can befall. Without options it shows what is set.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold sandbox faults                   what is set
  ninefold sandbox faults --throttled 50    one call in twenty
  ninefold sandbox faults --lost-answers 10 --eventual
  ninefold sandbox faults --clear")]
pub struct Faults {
    #[command(flatten)]
    pub environment: Environment,

    /// Calls that are refused because there are too many
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub throttled: Option<u32>,

    /// Calls that end in a server error before they have had an effect
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub server_errors: Option<u32>,

    /// Changes that are carried out, and whose answer is lost
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub lost_answers: Option<u32>,

    /// Changes that take hours to settle
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub stalled: Option<u32>,

    /// Creations that are accepted and then end in failure
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub failed_creations: Option<u32>,

    /// Whether readers miss what was only just made
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub eventual: Option<bool>,

    /// Take all faults away first
    #[arg(long)]
    pub clear: bool,
}

fn per_mille() -> RangedI64ValueParser<u32> {
    RangedI64ValueParser::new().range(0..=1000)
}

pub(super) fn set(args: &Faults, sandbox: &Sandbox) -> Result<Exit, Error> {
    let before = sandbox.faults()?;
    let mut faults = if args.clear { targets::Faults::default() } else { before.clone() };
    for (chance, asked) in [
        (&mut faults.throttled_per_mille, args.throttled),
        (&mut faults.server_error_per_mille, args.server_errors),
        (&mut faults.lost_answer_per_mille, args.lost_answers),
        (&mut faults.stalled_per_mille, args.stalled),
        (&mut faults.failed_creation_per_mille, args.failed_creations),
    ] {
        *chance = asked.unwrap_or(*chance);
    }
    faults.eventual = args.eventual.unwrap_or(faults.eventual);
    if faults != before {
        sandbox.set_faults(faults.clone())?;
    }
    let mut lines = in_words(&faults);
    if lines.is_empty() {
        lines.push("no faults are set".to_owned());
    }
    terminal::result(&(lines.join("\n") + "\n"))?;
    Ok(Exit::Done)
}

/// The faults that aren't off, a line each.
pub(super) fn in_words(faults: &targets::Faults) -> Vec<String> {
    let chances = [
        ("throttled", faults.throttled_per_mille),
        ("a server error", faults.server_error_per_mille),
        ("carried out, and its answer lost", faults.lost_answer_per_mille),
        ("stalled for hours", faults.stalled_per_mille),
        ("accepted, and then failed", faults.failed_creation_per_mille),
    ];
    let mut lines: Vec<String> = chances
        .into_iter()
        .filter(|(_, per_mille)| *per_mille > 0)
        .map(|(what, per_mille)| format!("fault: {per_mille} calls of 1000 are {what}"))
        .collect();
    if faults.eventual {
        lines.push("fault: readers miss what was only just made".to_owned());
    }
    if faults.without_tokens {
        lines.push("fault: a create that is repeated makes a second thing".to_owned());
    }
    if !faults.rules.is_empty() {
        lines.push(format!("fault: {} of one exact call each", report::counted(faults.rules.len(), "rule")));
    }
    lines
}
