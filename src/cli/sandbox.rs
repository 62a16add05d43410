//! `ninefold sandbox`: look into the embedded cloud, and do to it what happens to real ones.

use std::time::Duration;

use clap::builder::RangedI64ValueParser;

use super::args::{Environment, Format, duration};
use crate::model::FieldPath;

const EXAMPLES: &str = "\
Examples:
  ninefold sandbox status
  ninefold sandbox edit 'platform/cluster.vpc[primary]' enable_dns_hostnames=false
  ninefold sandbox break us-east-1 --at 12m
  ninefold sandbox heal us-east-1
  ninefold sandbox faults --throttled 50 --lost-answers 10
  ninefold sandbox reset --yes";

/// Look into the embedded cloud, and do to it what happens to real ones
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Status(Status),
    Edit(Edit),
    Break(Break),
    Heal(Heal),
    Faults(Faults),
    Reset(Reset),
}

/// Count what is there, and say what the clock shows and what is broken
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold sandbox status --format json")]
pub struct Status {
    #[command(flatten)]
    pub environment: Environment,

    /// For whom to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Change an object behind Ninefold's back, as a console would
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold sandbox edit 'platform/cluster.vpc[primary]' enable_dns_hostnames=false
  ninefold sandbox edit vpc-0a1b2c3d 'tags.owner=\"somebody\"' --by carol
  ninefold sandbox edit vpc-0a1b2c3d --unset tags.owner
  ninefold sandbox edit sg-0a1b2c3d --add 'ingress={\"protocol\": \"tcp\", \"from_port\": 22}'
  ninefold sandbox edit vpc-0a1b2c3d --delete")]
#[command(group(clap::ArgGroup::new("what").required(true).multiple(true)
    .args(["set", "unset", "add", "delete"])))]
pub struct Edit {
    #[command(flatten)]
    pub environment: Environment,

    /// Its address, id, ARN or name
    #[arg(value_name = "OBJECT")]
    pub object: String,

    /// Set a field to a JSON value; what isn't JSON is a string
    #[arg(value_name = "FIELD=VALUE", value_parser = assignment)]
    pub set: Vec<Assignment>,

    /// Take a field away
    #[arg(long, value_name = "FIELD")]
    pub unset: Vec<FieldPath>,

    /// Add an element to a list
    #[arg(long, value_name = "FIELD=VALUE", value_parser = assignment)]
    pub add: Vec<Assignment>,

    /// Delete the object
    #[arg(long, conflicts_with_all = ["set", "unset", "add"])]
    pub delete: bool,

    /// Only an object of this kind
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,

    /// Only an object of this region
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,

    /// Whom the sandbox's trail is to name for it
    #[arg(long, value_name = "WHO", default_value = "somebody")]
    pub by: String,
}

/// `FIELD=VALUE`.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    pub path: FieldPath,
    pub value: crate::model::Json,
}

fn assignment(text: &str) -> Result<Assignment, String> {
    let (path, value) =
        text.split_once('=').ok_or_else(|| format!("`{text}` has no `=` between field and value"))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok(Assignment { path: path.parse()?, value })
}

/// Break a region: every call to it fails
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold sandbox break us-east-1
  ninefold sandbox break us-east-1 --at 12m
                                            12 virtual minutes from now, in the middle of an apply")]
pub struct Break {
    #[command(flatten)]
    pub environment: Environment,

    pub region: String,

    /// So much virtual time from now, rather than at once
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub at: Option<Duration>,
}

/// Heal a broken region
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold sandbox heal us-east-1
  ninefold sandbox heal                     every region")]
pub struct Heal {
    #[command(flatten)]
    pub environment: Environment,

    /// [default: every broken region]
    pub region: Option<String>,
}

/// Set how often calls go wrong, or show it
///
/// Chances are per mille of the calls that they can befall. Without options it shows what is set.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold sandbox faults                   what is set
  ninefold sandbox faults --throttled 50    one call in twenty
  ninefold sandbox faults --lost-answers 10 --eventual
  ninefold sandbox faults --clear")]
pub struct Faults {
    #[command(flatten)]
    pub environment: Environment,

    /// Calls that are refused because there are too many
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub throttled: Option<u32>,

    /// Calls that end in a server error before they have had an effect
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub server_errors: Option<u32>,

    /// Changes that are carried out, and whose answer is lost
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub lost_answers: Option<u32>,

    /// Changes that take hours to settle
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub stalled: Option<u32>,

    /// Creations that are accepted and then end in failure
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub failed_creations: Option<u32>,

    /// Whether readers miss what was only just made
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub eventual: Option<bool>,

    /// Take all faults away first
    #[arg(long)]
    pub clear: bool,
}

fn per_mille() -> RangedI64ValueParser<u32> {
    RangedI64ValueParser::new().range(0..=1000)
}

/// Empty the sandbox's world; the environment's state stays as it is
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold sandbox reset --yes")]
pub struct Reset {
    #[command(flatten)]
    pub environment: Environment,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
}
