//! `ninefold sandbox`: look into the embedded cloud, and do to it what happens to real ones.

mod edit;
mod faults;
mod figure;
mod region;
mod reset;
mod status;

pub use edit::Edit;
pub use faults::Faults;
pub use figure::Figure;
pub use region::{Break, Heal};
pub use reset::Reset;
pub use status::Status;

use super::args::{Environment, Global};
use super::error::Error;
use super::exit::Exit;
use super::session::Session;
use super::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  ninefold sandbox status
  ninefold sandbox edit 'platform/cluster.vpc[primary]' enable_dns_hostnames=false
  ninefold sandbox break us-east-1 --at 12m
  ninefold sandbox heal us-east-1
  ninefold sandbox faults --throttled 50 --lost-answers 10
  ninefold sandbox figure sql.latency 250
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
    Figure(Figure),
    Reset(Reset),
}

impl Command {
    fn environment(&self) -> &Environment {
        match self {
            Command::Status(args) => &args.environment,
            Command::Edit(args) => &args.environment,
            Command::Break(args) => &args.environment,
            Command::Heal(args) => &args.environment,
            Command::Faults(args) => &args.environment,
            Command::Figure(args) => &args.environment,
            Command::Reset(args) => &args.environment,
        }
    }
}

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let session = Session::open_alone(global, &args.command.environment().name, terminal)?;
    let environment = &session.environment;
    let sandbox = session.sandbox.as_ref().ok_or_else(|| {
        let (name, target) = (&environment.name, &environment.target);
        Error::new(format!("the environment `{name}` lives in `{target}`, not in the sandbox"))
            .hint("choose one whose file says `target: sandbox` with -e")
    })?;
    match &args.command {
        Command::Status(args) => status::print(args, sandbox, terminal),
        Command::Edit(args) => edit::edit(args, sandbox),
        Command::Break(args) => region::break_one(args, sandbox, &session),
        Command::Heal(args) => region::heal(args, sandbox),
        Command::Faults(args) => faults::set(args, sandbox),
        Command::Figure(args) => figure::set(args, sandbox),
        Command::Reset(args) => reset::reset(args, sandbox),
    }
}
