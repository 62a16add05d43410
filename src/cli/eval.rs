//! `ninefold eval`: what an expression gives.

use super::args::{Environment, Global};
use super::error::Error;
use super::exit::Exit;
use super::session::Session;
use super::terminal::{self, Terminal};
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

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let session = Session::open(global, &args.environment.name, terminal)?;
    session.provide(&session.state()?);
    let value = session.environment.eval(&args.expression, args.at.as_ref()).map_err(Error::new)?;
    terminal::result(&format!("{value}\n"))?;
    Ok(Exit::Done)
}
