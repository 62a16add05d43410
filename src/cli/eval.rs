//! `ninefold eval`: what an expression gives.

use super::args::Environment;
use crate::model::Address;

const EXAMPLES: &str = "\
Examples:
  ninefold eval 'env.regions'
  ninefold eval -e staging 'subnet(env.regions.primary.network, 4, 2)'
  ninefold eval --at 'platform/cluster.vpc[primary]' 'each.value.network'";

/// Evaluate an expression of the configuration language
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// As if it stood in this resource, with its `each`, its settings and its phase
    #[arg(long, value_name = "ADDRESS")]
    pub at: Option<Address>,

    /// The expression, without `{{ }}`
    pub expression: String,
}
