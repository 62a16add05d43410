//! `ninefold fmt`: the workspace's files in one form.

use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ninefold fmt                              put every file of the workspace in form
  ninefold fmt --check                      name those that aren't, and exit with 1";

/// Put the workspace's files in one form
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
