//! `ninefold init`: a small workspace to start from.

use std::path::PathBuf;

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
