//! Parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    ninefold::world::process::hide_memory();
    ninefold::cli::run(ninefold::world::process::arguments()).into()
}
