//! `ninefold explain`: the fields of a kind, and what they mean.

const EXAMPLES: &str = "\
Examples:
  ninefold explain aws.ec2.vpc
  ninefold explain aws.eks.cluster";

/// Explain the fields of a kind
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Such as `aws.ec2.vpc`; `ninefold kinds` lists them
    pub kind: String,
}
