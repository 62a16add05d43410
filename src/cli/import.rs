//! `ninefold import`: take an existing thing under management.

use super::args::Environment;
use crate::model::Address;

const EXAMPLES: &str = "\
Examples:
  ninefold import -e production 'platform/cluster.vpc[primary]' vpc-0a1b2c3d
  ninefold import platform/database.backups audityzer-backups";

/// Take an existing thing under management, without changing it
///
/// The resource has to be declared. The next plan shows how the thing differs from what is
/// declared. `adopt:` in the configuration does the same as part of a plan.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// The address that it is to have
    #[arg(value_name = "ADDRESS")]
    pub address: Address,

    /// The name that the provider knows it by
    #[arg(value_name = "ID")]
    pub id: String,
}
