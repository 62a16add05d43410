//! `ninefold fmt`: the workspace's files in one form.

use std::path::{Path, PathBuf};

use super::args::Global;
use super::error::Error;
use super::exit::Exit;
use super::session;
use super::terminal::{self, Terminal};
use crate::kinds::Registry;
use crate::workspace::{self, Workspace};
use crate::world::files;

const EXAMPLES: &str = "\
Examples:
  ninefold fmt                              put every file of the workspace in form
  ninefold fmt --check                      name those that aren't, and exit with 1";

/// Put the workspace's files in one form
///
/// Takes away white space at the ends of lines and blank lines that say nothing, and puts one space
/// within the braces of expressions. Comments stay, and so does what the file means: one that can't
/// be put in form without changing that is left alone. Templates stay as they are.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Only these files [default: all of the workspace]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Change nothing; exit with 1 when a file isn't in form
    #[arg(long)]
    pub check: bool,
}

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let paths = if args.files.is_empty() { all(global)? } else { args.files.clone() };
    let mut exit = Exit::Done;
    for path in paths {
        match formed(&path) {
            Ok(None) => {}
            Ok(Some(_)) if args.check => {
                terminal::result(&format!("{}\n", path.display()))?;
                exit = Exit::Error;
            }
            Ok(Some(text)) => {
                files::write_atomically(&path, text.as_bytes())
                    .map_err(|error| Error::new(format!("{} can't be written: {error}", path.display())))?;
                terminal::result(&format!("{}\n", path.display()))?;
            }
            // The other files are put in form all the same.
            Err(why) => {
                let error = Error::new(format!("{}: {why}", path.display()));
                terminal::message(&error.render(terminal.err));
                exit = Exit::Error;
            }
        }
    }
    Ok(exit)
}

/// The workspace's YAML files. A file whose text has faults is one too; a template isn't, whatever its
/// name: what stands in it is taken as it is, and may have statements that are no YAML.
fn all(global: &Global) -> Result<Vec<PathBuf>, Error> {
    let root = session::root(global)?;
    let workspace = Workspace::load(&root, Registry::all()).map_err(|error| Error::new(error.to_string()))?;
    let paths = workspace.sources().iter().map(|(path, _)| path);
    Ok(paths.filter(|path| !path.starts_with("templates")).map(|path| root.join(path)).collect())
}

/// The text in form, where it isn't.
fn formed(path: &Path) -> Result<Option<String>, String> {
    let text = files::read_to_string(path).map_err(|error| format!("it can't be read: {error}"))?;
    let formed = workspace::form(&text).map_err(|error| error.to_string())?;
    Ok((formed != text).then_some(formed))
}
