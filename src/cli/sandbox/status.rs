//! What is there.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::faults::in_words;
use crate::cli::args::{Environment, Format};
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::terminal::{self, Terminal};
use crate::report::table::Table;
use crate::report::{self, Look};
use crate::targets::sandbox::{self as targets, Sandbox};

/// Count what is there, and say what the clock shows and what is broken
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold sandbox status --format json")]
pub struct Status {
    #[command(flatten)]
    pub environment: Environment,

    /// For whom to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

pub(super) fn print(args: &Status, sandbox: &Sandbox, terminal: Terminal) -> Result<Exit, Error> {
    let status = sandbox.status()?;
    let text = match args.format {
        Format::Human => shown(&status, terminal.out),
        Format::Json => {
            let mut json = serde_json::to_value(&status).map_err(|error| Error::new(error.to_string()))?;
            if let Some(json) = json.as_object_mut() {
                json.insert("format_version".into(), 1.into());
            }
            format!("{json:#}\n")
        }
    };
    terminal::result(&text)?;
    Ok(Exit::Done)
}

/// The world for people.
fn shown(status: &targets::Status, look: Look) -> String {
    let mut text = format!("clock: {} since the world began\n", report::time(status.now_ms));
    if !status.account.is_empty() {
        let _ = writeln!(text, "account: {}", status.account);
    }
    for (region, &at_ms) in &status.broken_at_ms {
        let _ = match at_ms.checked_sub(status.now_ms) {
            None | Some(0) => writeln!(text, "{}", look.bad(format!("{region} is broken"))),
            Some(in_ms) => {
                writeln!(text, "{}", look.notable(format!("{region} breaks in {}", report::time(in_ms))))
            }
        };
    }
    for line in in_words(&status.faults) {
        let _ = writeln!(text, "{}", look.notable(line));
    }
    for (name, value) in &status.figures {
        let _ = writeln!(text, "the figure {name} is set to {value}");
    }
    if status.counts.is_empty() {
        text.push_str("nothing is there\n");
        return text;
    }
    let mut table = Table::new(["kind", "region", "objects"]).figures_from(2);
    for (kind, regions) in &status.counts {
        for (region, count) in regions {
            table.row([kind.clone(), region.clone(), count.to_string()]);
        }
    }
    text.push('\n');
    text.push_str(&table.render(look));
    let total: usize = status.counts.values().flat_map(BTreeMap::values).sum();
    let _ = writeln!(text, "\n{} in all", report::counted(total, "object"));
    text
}
