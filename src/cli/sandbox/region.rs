//! Regions that break and heal.

use std::time::Duration;

use crate::cli::args::{Environment, duration};
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::cli::terminal;
use crate::report;
use crate::targets::sandbox::Sandbox;

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

pub(super) fn break_one(args: &Break, sandbox: &Sandbox, session: &Session) -> Result<Exit, Error> {
    let region = args.region.as_str();
    let regions = &session.environment.regions;
    if !regions.is_empty() && !regions.contains(region) {
        let names: Vec<&str> = regions.iter().map(AsRef::as_ref).collect();
        let error =
            Error::new(format!("the environment `{}` has no region `{region}`", session.environment.name));
        return Err(error.hint(format!("its regions are {}", names.join(", "))));
    }
    let in_ms = args.at.map_or(0, |at| u64::try_from(at.as_millis()).unwrap_or(u64::MAX));
    sandbox.break_region(region, sandbox.now_ms()?.saturating_add(in_ms))?;
    let text = match in_ms {
        0 => format!("{region} is broken: every call to it fails\n"),
        _ => format!("{region} breaks in {} of virtual time\n", report::time(in_ms)),
    };
    terminal::message(&text);
    Ok(Exit::Done)
}

pub(super) fn heal(args: &Heal, sandbox: &Sandbox) -> Result<Exit, Error> {
    let regions = match &args.region {
        Some(region) => vec![region.clone()],
        None => sandbox.status()?.broken_at_ms.into_keys().collect(),
    };
    if regions.is_empty() {
        terminal::message("no region is broken\n");
    }
    for region in regions {
        let text = match sandbox.heal_region(&region)? {
            true => format!("{region} is healed\n"),
            false => format!("{region} wasn't broken\n"),
        };
        terminal::message(&text);
    }
    Ok(Exit::Done)
}
