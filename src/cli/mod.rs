//! The command line. One file a command; the only place that knows all modules, and the only one
//! that prints.

pub mod args;
pub mod exit;

pub mod apply;
pub mod completions;
pub mod cost;
pub mod destroy;
pub mod doctor;
pub mod drift;
pub mod eval;
pub mod explain;
pub mod fmt;
pub mod graph;
pub mod import;
pub mod init;
pub mod kinds;
pub mod output;
pub mod plan;
pub mod sandbox;
pub mod schema;
pub mod show;
pub mod state;
pub mod validate;
pub mod verify;

mod error;
mod secrets;
mod selection;
mod session;
mod store;
mod terminal;
mod walk;
mod writing;

use std::ffi::OsString;

use clap::Parser as _;
use clap::error::ErrorKind;

use self::args::{Cli, Command};
use self::error::Error;
use self::exit::Exit;
use self::terminal::Terminal;

/// Parses the arguments of the process, the program's name first, and does what they ask for.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let terminal = Terminal::new(cli.global.color);
    match dispatch(cli, terminal) {
        Ok(exit) => exit,
        Err(error) => {
            terminal::message(&error.render(terminal.err));
            error.exit
        }
    }
}

fn dispatch(cli: Cli, terminal: Terminal) -> Result<Exit, Error> {
    match cli.command {
        Command::Plan(args) => plan::run(&args, &cli.global, terminal),
        Command::Show(args) => show::run(&args, terminal),
        Command::Apply(args) => apply::run(&args, &cli.global, terminal),
        Command::Destroy(args) => destroy::run(&args, &cli.global, terminal),
        Command::Output(args) => output::run(&args, &cli.global, terminal),
        Command::Cost(args) => cost::run(&args, &cli.global, terminal),
        Command::Eval(args) => eval::run(&args, &cli.global, terminal),
        Command::Graph(args) => graph::run(&args, &cli.global, terminal),
        Command::Validate(args) => validate::run(&args, &cli.global, terminal),
        Command::Verify(args) => verify::run(&args, &cli.global, terminal),
        Command::Kinds(args) => kinds::run(&args, terminal),
        Command::Explain(args) => explain::run(&args, terminal),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Sandbox(args) => sandbox::run(&args, &cli.global, terminal),
        Command::State(args) => state::run(&args, &cli.global, terminal),
        Command::Import(args) => import::run(&args, &cli.global, terminal),
        Command::Init(args) => init::run(&args),
        Command::Fmt(args) => fmt::run(&args, &cli.global, terminal),
        Command::Doctor(args) => doctor::run(&args, &cli.global, terminal),
        Command::Drift(args) => drift::run(&args, &cli.global, terminal),
    }
}

/// Help and version are no errors. A command line that makes no sense exits with 1: clap's own 2
/// would say that there is a difference.
fn usage(error: &clap::Error) -> Exit {
    // Help that nobody can read is no reason to fail.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done,
        _ => Exit::Error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(line: &str) -> Exit {
        run(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn a_wrong_command_line_is_not_a_difference() {
        assert_eq!(exit("ninefold frobnicate"), Exit::Error);
        assert_eq!(exit("ninefold explain"), Exit::Error);
        assert_eq!(exit("ninefold explain no.such.kind"), Exit::Error);
        assert_eq!(exit("ninefold --version"), Exit::Done);
    }
}
