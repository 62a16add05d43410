//! `ninefold drift`: what was changed behind our back. It has nothing to write with.

use std::collections::BTreeMap;

use super::args::{Environment, Global, Selection};
use super::error::Error;
use super::exit::Exit;
use super::plan::Planning;
use super::session::Session;
use super::terminal::{self, Terminal};
use crate::drift::{self, Difference, Drifted};
use crate::graph::{Body, Evaluate as _};
use crate::model::{Address, FieldPath, Json};
use crate::plan::Selection as Narrowed;
use crate::report::drift::{self as report, Drift, DriftReport, Entry};
use crate::state::State;
use crate::targets::sandbox::Object;
use crate::world::Stopwatch;

const EXAMPLES: &str = "\
Examples:
  ninefold drift -e production              exit with 2 when something drifted
  ninefold drift --format junit > drift.xml
                                            for a CI job's test report
  ninefold drift --format sarif             for code scanning";

/// Find what was changed behind our back; changes nothing
///
/// Compares what is there with what was last set, and lists what carries our tags but is in no
/// state, and what is in state and gone. Exits with 2 when there is any of it. Of the configuration it
/// reads the `ignore` entries only: where that has faults, it says so and goes on.
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
}

/// The forms of a drift report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Human,
    /// For programs; it names its `format_version`
    Json,
    /// A `JUnit` test report: one test case for each resource
    Junit,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// A table for a comment or an issue
    Markdown,
}

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let stopwatch = Stopwatch::start();
    let session = Session::open_anyway(global, &args.environment.name, terminal)?;
    session.require_key()?;
    if let Some(faulty) = session.faulty.as_ref().filter(|faulty| !faulty.files.is_empty()) {
        terminal::message(&format!(
            "`ignore` entries couldn't all be read: those of {} may be missing, and what they name counts as drift\n",
            faulty.files.join(", ")
        ));
    }
    let state = session.state()?;
    for open in state.open.values() {
        let address = &open.intent.address;
        terminal::message(&format!("in flight: {address}; the next apply finds out what became of it\n"));
    }
    let planning = Planning { replace: Vec::new(), refresh: true };
    let selection = session.selection(&args.selection, &planning, false, &state)?;
    let mut report = session.world.run(look(&selection, &session, &state));
    report.took_ms = stopwatch.elapsed_ms();
    let text = match args.format {
        Format::Human => report::human::render(&report, terminal.out),
        Format::Json => format!("{:#}\n", report::json::render(&report)),
        Format::Junit => report::junit::render(&report),
        Format::Sarif => format!("{:#}\n", report::sarif::render(&report)),
        Format::Markdown => report::markdown::render(&report),
    };
    terminal::result(&text)?;
    Ok(if report.has_drift() {
        Exit::Difference
    } else if report.has_unreachable() {
        Exit::Error
    } else {
        Exit::Done
    })
}

/// Reads and compares. Only the reading half of the target is passed on.
async fn look(selection: &Narrowed, session: &Session, state: &State) -> DriftReport {
    let mut selected = state.clone();
    selected.resources.retain(|address, _| selection.admits(address));
    let reading = session.target.as_ref();
    let environment = &session.environment;
    let refreshed = session.refresh(&selected).await;
    let ignored = ignored(session, &selected);
    let fingerprint = |value: &Json| session.fingerprint(value);
    let mut found = drift::compare(&session.registry, &selected, &refreshed, &ignored, &fingerprint);
    // What is in no state belongs to no stack or phase.
    if selection.is_everything() {
        found.extend(drift::unmanaged(reading, &session.registry, &environment.name, state).await);
    }
    let objects = session.sandbox.as_ref().and_then(|sandbox| sandbox.objects().ok()).unwrap_or_default();
    DriftReport {
        environment: environment.name.to_string(),
        entries: found.into_iter().map(|drifted| entry(drifted, session, &objects)).collect(),
        checked: selected.resources.into_keys().collect(),
        at_unix_ms: session.world.unix_ms(),
        took_ms: 0,
    }
}

/// The fields that others own, of each resource of a state: from the graph, or else from what can be
/// read of the files.
fn ignored(session: &Session, state: &State) -> BTreeMap<Address, Vec<FieldPath>> {
    let today = session.today();
    if session.faulty.is_none() {
        let declared = session.environment.graph.nodes().filter_map(|(_, node)| match &node.body {
            Body::Resource { ignore, .. } => Some((node.address.clone(), &**ignore)),
            Body::Check(_) => None,
        });
        return drift::ignored(declared, &today);
    }
    let declared = session.workspace.ignored();
    let of_each = state.resources.keys().filter_map(|address| {
        let ignore = declared.get(&address.with_key(None))?;
        Some((address.clone(), &**ignore))
    });
    drift::ignored(of_each, &today)
}

fn entry(drifted: Drifted, session: &Session, objects: &[Object]) -> Entry {
    let Drifted { address, kind, scope, id, what } = drifted;
    let what = match what {
        Difference::Fields(fields) => Drift::Changed { fields },
        Difference::Missing => Drift::Missing,
        Difference::Unmanaged => Drift::Unmanaged,
        Difference::Unreadable { why } => Drift::Unreachable { why },
    };
    let at = match &what {
        Drift::Changed { fields } => fields.first().map(|field| field.path.clone()),
        _ => None,
    };
    let source = address.as_ref().and_then(|address| session.declared(address)).map(|(index, _)| {
        let place = session.environment.locate(index, &at.unwrap_or_else(FieldPath::root));
        session.workspace.sources().display(place)
    });
    let edited_by = objects
        .iter()
        .find(|object| {
            *object.key.kind == *kind
                && Some(&object.key.id) == id.as_ref()
                && scope.region.as_deref().is_none_or(|region| region == object.key.place.region())
        })
        .and_then(|object| object.edits.last())
        .map(|edit| edit.by.clone());
    Entry { address, kind, region: scope.region, id, source, what, edited_by }
}
