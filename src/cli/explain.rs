//! `ninefold explain`: the fields of a kind, and what they mean.

use std::sync::Arc;

use super::error::Error;
use super::exit::Exit;
use super::terminal::{self, Terminal};
use crate::kinds::{AnyKind, Registry};
use crate::model::closest;
use crate::report;

const EXAMPLES: &str = "\
Examples:
  ninefold explain aws.ec2.vpc
  ninefold explain aws.eks.cluster";

/// Explain the fields of a kind
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Such as `aws.ec2.vpc`; `ninefold kinds` lists them
    pub kind: String,
}

/// Prints the tree of fields.
pub(super) fn run(args: &Args, terminal: Terminal) -> Result<Exit, Error> {
    let registry = Registry::all();
    let kind = named(&registry, &args.kind)?;
    terminal::result(&report::kind::explain(&**kind, terminal.out))?;
    Ok(Exit::Done)
}

/// The kind of a name.
pub(super) fn named<'a>(registry: &'a Registry, name: &str) -> Result<&'a Arc<dyn AnyKind>, Error> {
    registry.get(name).ok_or_else(|| {
        let error = Error::new(format!("there is no kind `{name}`"));
        match closest(name, registry.names()) {
            Some(candidate) => error.hint(format!("did you mean `{candidate}`?")),
            None => error.hint("`ninefold kinds` lists all of them"),
        }
    })
}
