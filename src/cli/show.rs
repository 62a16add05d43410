//! `ninefold show`: a saved plan, again.

use std::path::PathBuf;

use super::args::Format;
use super::error::Error;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::model::Json;
use crate::plan::{FORMAT_VERSION, Plan};
use crate::world::files;

const EXAMPLES: &str = "\
Examples:
  ninefold show plan.json                   as `ninefold plan` showed it
  ninefold show plan.json --verbose         with every field
  ninefold show plan.json --format json     for programs";

/// Show a saved plan
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The plan, as `plan --out` saved it
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// For whom to write the plan
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// Show every field of what is created
    #[arg(short, long)]
    pub verbose: bool,
}

pub(super) fn run(args: &Args, terminal: Terminal) -> Result<Exit, Error> {
    super::plan::show(&read(&args.file)?, args.format, args.verbose, terminal)?;
    Ok(Exit::Done)
}

/// Reads a saved plan.
pub(super) fn read(path: &std::path::Path) -> Result<Plan, Error> {
    let name = path.display();
    let bytes = files::read(path).map_err(|error| Error::new(format!("{name} can't be read: {error}")))?;
    let json: Json = serde_json::from_slice(&bytes).map_err(|error| {
        Error::new(format!("{name} is no plan: {error}")).hint("`ninefold plan --out FILE` saves one")
    })?;
    match json.get("format_version").and_then(Json::as_u64) {
        Some(version) if version == u64::from(FORMAT_VERSION) => {}
        Some(version) => {
            return Err(Error::new(format!(
                "{name} has the format version {version}, and this Ninefold reads {FORMAT_VERSION}"
            ))
            .hint("plan again with this Ninefold, or apply it with the one that made it"));
        }
        None => return Err(Error::new(format!("{name} is no plan: it has no format version"))),
    }
    serde_json::from_value(json).map_err(|error| Error::new(format!("{name} is no plan: {error}")))
}
