//! `ninefold schema`: the JSON Schema of a workspace's files or of one kind.

const EXAMPLES: &str = "\
Examples:
  ninefold schema > workspace.schema.json   for the editor
  ninefold schema aws.ec2.vpc               of one kind's `spec`";

/// Print the JSON Schema of one kind, or of all
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Only of the `spec` of this kind
    pub kind: Option<String>,
}
