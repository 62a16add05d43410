//! `ninefold init`: a small workspace to start from.

use std::path::PathBuf;

use super::error::Error;
use super::exit::Exit;
use super::terminal;
use crate::world::files;

const EXAMPLES: &str = "\
Examples:
  ninefold init platform                    make the folder and a first workspace in it
  ninefold init .                           in this folder";

/// Make a small workspace to start from
///
/// It has one phase, one stack and the environment `sandbox`, which runs embedded: `ninefold apply`
/// works in it at once, with no account and no network. Files that are there already are never
/// overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The folder to make it in
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// The files of the first workspace.
const FILES: [(&str, &str); 4] = [
    ("stacks/environments/sandbox.yaml", include_str!("init/sandbox.yaml")),
    ("stacks/platform/stack.yaml", include_str!("init/stack.yaml")),
    ("phases/1-network.yaml", include_str!("init/network.yaml")),
    (".gitignore", include_str!("init/gitignore")),
];

pub(super) fn run(args: &Args) -> Result<Exit, Error> {
    let folder = &args.folder;
    if files::exists(folder) && !files::is_dir(folder) {
        return Err(Error::new(format!("{} is a file, not a folder", folder.display())));
    }
    for part in ["phases", "stacks"] {
        if files::exists(&folder.join(part)) {
            return Err(Error::refused(format!(
                "{} has a folder `{part}` already: there is a workspace in it",
                folder.display()
            ))
            .hint("name another folder"));
        }
    }
    for (name, text) in FILES {
        let path = folder.join(name);
        if files::exists(&path) {
            terminal::message(&format!("{} stays as it is\n", path.display()));
            continue;
        }
        files::write_atomically(&path, text.as_bytes())
            .map_err(|error| Error::new(format!("{} can't be written: {error}", path.display())))?;
        terminal::message(&format!("{}\n", path.display()));
    }
    let here = folder.as_os_str() == ".";
    let go_there = if here { String::new() } else { format!("  cd {}\n", folder.display()) };
    terminal::message(&format!(
        "\nNext:\n{go_there}  ninefold apply     builds it in the embedded sandbox, in a second\n  ninefold plan      \
         shows that nothing is left to do\n"
    ));
    Ok(Exit::Done)
}
