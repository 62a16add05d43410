//! `ninefold schema`: the JSON Schema of a workspace's files or of one kind.

use super::error::Error;
use super::exit::Exit;
use super::explain::named;
use super::terminal;
use crate::kinds::Registry;
use crate::workspace;

const EXAMPLES: &str = "\
Examples:
  ninefold schema > workspace.schema.json   for the editor
  ninefold schema aws.ec2.vpc               of one kind's `spec`";

/// Print the JSON Schema of a workspace's files, or of one kind
///
/// Its root takes the files of `phases/`. `$defs/stack`, `$defs/environment` and `$defs/refinement`
/// take those of `stacks/`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Only of the `spec` of this kind
    pub kind: Option<String>,
}

/// Prints the schema.
pub(super) fn run(args: &Args) -> Result<Exit, Error> {
    let registry = Registry::all();
    let schema = match &args.kind {
        Some(name) => named(&registry, name)?.json_schema(),
        None => workspace::schema(&registry),
    };
    terminal::result(&format!("{schema:#}\n"))?;
    Ok(Exit::Done)
}
