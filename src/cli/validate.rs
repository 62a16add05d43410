//! `ninefold validate`: every fault of the workspace, without credentials or network.

use super::args::{Format, Global};
use super::error::Error;
use super::exit::Exit;
use super::session;
use super::store;
use super::terminal::{self, Terminal};
use crate::kinds::Registry;
use crate::model::Diagnostics;
use crate::report;
use crate::workspace::Workspace;

const EXAMPLES: &str = "\
Examples:
  ninefold validate                         every environment
  ninefold validate -e production           only this one
  ninefold validate --format json           for editors and CI annotations";

/// Find every fault of the workspace, without credentials or network
///
/// Evaluates the whole graph of every environment: types, references, cycles, bounds and the
/// kinds' own rules. All faults are shown, each with its file, line and column.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Only this environment [default: all]
    #[arg(short, long, value_name = "ENV")]
    pub environment: Option<String>,

    /// For whom to write the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let root = session::root(global)?;
    let workspace = Workspace::load(&root, Registry::all()).map_err(|error| Error::new(error.to_string()))?;
    let names: Vec<String> = match &args.environment {
        Some(name) => vec![name.clone()],
        None => workspace.environments().map(str::to_owned).collect(),
    };
    let mut found = workspace.diagnostics().clone();
    let mut valid = Vec::new();
    if !found.has_errors() {
        for name in names {
            match check(&workspace, &name) {
                Ok(instances) => valid.push((name, instances)),
                Err(faults) => found.extend(faults),
            }
        }
    }
    if args.format == Format::Json {
        let json = report::diagnostics::json(&found, workspace.sources());
        terminal::result(&format!("{json:#}\n"))?;
    } else if !found.is_empty() {
        terminal::message(&report::diagnostics::human(&found, workspace.sources(), terminal.err));
    }
    for (name, instances) in valid {
        terminal::message(&format!("{name}: valid, {instances} resources and checks\n"));
    }
    Ok(if found.has_errors() { Exit::Error } else { Exit::Done })
}

/// Evaluates the whole graph of an environment, and says how many instances it has.
fn check(workspace: &Workspace, name: &str) -> Result<usize, Diagnostics> {
    let environment = workspace.environment(name)?;
    let mut found = store::location(&environment).err().unwrap_or_default();
    if let Err(faults) = environment.validate() {
        found.extend(faults);
    }
    if found.has_errors() {
        found.sort();
        return Err(found);
    }
    Ok(environment.graph.len())
}
