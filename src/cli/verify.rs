//! `ninefold verify`: prove the success metrics, now.

use super::args::{Environment, Format, Global, Selection};
use super::error::Error;
use super::exit::Exit;
use super::plan::Planning;
use super::session::Session;
use super::terminal::{self, Terminal};
use crate::checks::{Verification, Verify, pinned, verify};
use crate::report;
use crate::world::files;

const EXAMPLES: &str = "\
Examples:
  ninefold verify -e staging                run every check and print the table
  ninefold verify --phase database
  ninefold verify --phase testing --pin     write the figures down, for expressions to read";

/// Run the checks and print what they saw
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// For whom to write the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    #[command(flatten)]
    pub selection: Selection,

    /// Write the figures of the checks that have passed into stacks/environments/NAME.evidence.yaml,
    /// for review: expressions read them as `evidence`
    #[arg(long)]
    pub pin: bool,
}

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let session = Session::open(global, &args.environment.name, terminal)?;
    session.require_target()?;
    let state = session.state()?;
    let planning = Planning { replace: Vec::new(), refresh: false };
    let selection = session.selection(&args.selection, &planning, false, &state)?;
    let environment = &session.environment;
    let selected = crate::plan::selected(&environment.graph, &environment.order, &selection);
    let log = &session.evidence;
    let verification = session.world.run(async {
        let records = log.load().await.map_err(|error| Error::new(error.to_string()))?;
        let setting = Verify {
            world: &session.world,
            asker: session.asker(),
            graph: &environment.graph,
            evaluate: environment,
            kinds: &session.registry,
            environment: &environment.name,
            resources: &state.resources,
            log,
            wait: false,
        };
        let is_selected = |address: &crate::model::Address| {
            let found = environment.graph.nodes().find(|(_, node)| node.address == *address);
            found.is_some_and(|(index, _)| selected[index.position()])
        };
        Ok::<_, Error>(verify(&setting, &records, &is_selected).await)
    })?;
    for fault in &verification.faults {
        terminal::message(&format!("warning: {fault}\n"));
    }
    let text = match args.format {
        Format::Human => report::checks::human(&verification, terminal.out),
        Format::Json => format!("{:#}\n", report::checks::json(&verification)),
    };
    terminal::result(&text)?;
    if args.pin {
        pin(&session, &verification)?;
    }
    Ok(if verification.is_satisfied() { Exit::Done } else { Exit::Error })
}

/// Writes the figures into the workspace's file of evidence.
fn pin(session: &Session, verification: &Verification) -> Result<(), Error> {
    let name = format!("stacks/environments/{}.evidence.yaml", session.environment.name);
    let path = session.workspace.root().join(&name);
    let fault = |why: &dyn std::fmt::Display| Error::new(format!("{name}: {why}"));
    let before = if files::exists(&path) {
        let text = files::read_to_string(&path).map_err(|error| fault(&error))?;
        serde_yaml::from_str(&text).map_err(|error| fault(&error))?
    } else {
        serde_json::Map::new()
    };
    let after = pinned(before, verification);
    let body = serde_yaml::to_string(&after).map_err(|error| fault(&error))?;
    let text = format!(
        "# Figures of checks, written by `ninefold verify --pin`; expressions read them as `evidence`.\n{body}"
    );
    files::write_atomically(&path, text.as_bytes()).map_err(|error| fault(&error))?;
    terminal::message(&format!(
        "The figures are in {name}. Look at what changed in it before it is merged.\n"
    ));
    Ok(())
}
