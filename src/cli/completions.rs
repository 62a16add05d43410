//! `ninefold completions`: completion of the command line by a shell.

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
