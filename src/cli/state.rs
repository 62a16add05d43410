//! `ninefold state`: what is recorded of what was made.

use super::args::{Environment, Format};
use crate::model::Address;

const EXAMPLES: &str = "\
Examples:
  ninefold state list -e staging            one address a line
  ninefold state show 'platform/cluster.vpc[primary]'
  ninefold state mv platform/network.vpc platform/cluster.vpc
  ninefold state rm 'platform/cluster.vpc[primary]'
  ninefold state history";

/// Look into the state, and put it right
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    List(List),
    Show(Show),
    Mv(Move),
    Rm(Remove),
    History(History),
}

/// Print the addresses of what is recorded, one a line
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold state list -e staging
  ninefold state list platform/cluster.vpc  its instances")]
pub struct List {
    #[command(flatten)]
    pub environment: Environment,

    /// Only these; without a key, all instances
    #[arg(value_name = "ADDRESS")]
    pub addresses: Vec<Address>,

    /// With kind, id and region
    #[arg(short, long)]
    pub long: bool,
}

/// Print what is recorded of one resource
///
/// Sensitive values are not recorded, so that none can be shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold state show 'platform/cluster.vpc[primary]'")]
pub struct Show {
    #[command(flatten)]
    pub environment: Environment,

    #[arg(value_name = "ADDRESS")]
    pub address: Address,

    /// For whom to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Give a resource another address, without touching the thing itself
///
/// `moved:` in the configuration does the same with a plan and for every environment: prefer it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold state mv platform/network.vpc platform/cluster.vpc")]
pub struct Move {
    #[command(flatten)]
    pub environment: Environment,

    #[arg(value_name = "FROM")]
    pub from: Address,

    #[arg(value_name = "TO")]
    pub to: Address,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
}

/// Forget resources; the things themselves stay
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold state rm 'platform/cluster.vpc[primary]'")]
pub struct Remove {
    #[command(flatten)]
    pub environment: Environment,

    #[arg(value_name = "ADDRESS", required = true)]
    pub addresses: Vec<Address>,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
}

/// Print what was done to the state, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold state history
  ninefold state history --limit 5")]
pub struct History {
    #[command(flatten)]
    pub environment: Environment,

    /// Only what concerns this resource
    #[arg(value_name = "ADDRESS")]
    pub address: Option<Address>,

    /// At most so many entries
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,

    /// For whom to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
