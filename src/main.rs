//! Parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    ninefold::cli::run(ninefold::world::process::arguments()).into()
}
