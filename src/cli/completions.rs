//! `ninefold completions`: completion of the command line by a shell.

use clap::CommandFactory as _;

use super::error::Error;
use super::exit::Exit;
use super::terminal;

const EXAMPLES: &str = "\
Examples:
  ninefold completions bash > ~/.local/share/bash-completion/completions/ninefold
  ninefold completions fish > ~/.config/fish/completions/ninefold.fish";

/// Print a script that completes the command line
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    pub shell: clap_complete::Shell,
}

/// Prints the script.
pub(super) fn run(args: &Args) -> Result<Exit, Error> {
    let mut command = super::args::Cli::command();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "ninefold", &mut script);
    terminal::result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
