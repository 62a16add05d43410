//! What was done to the state, newest first.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::{FORMAT_VERSION, History};
use crate::cli::args::Format;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::session::{Session, state_error};
use crate::cli::terminal;
use crate::model::{Address, Json, OperationId};
use crate::report::table::Table;
use crate::state::{CallResult, Entry, IntentRecord, LogObject, Record, RunOutcome, StepKind};

/// One thing that was done.
struct Event {
    serial: u64,
    unix_ms: i64,
    who: String,
    what: String,
    addresses: Vec<Address>,
}

/// Prints what the log tells.
pub(super) fn print(args: &History, session: &Session) -> Result<Exit, Error> {
    let reader = session.reader();
    let log = session.world.run(reader.history()).map_err(|error| state_error(&error))?;
    let mut events = events(&log);
    if let Some(pattern) = &args.address {
        events.retain(|event| event.addresses.iter().any(|address| address.is_within(pattern)));
    }
    let newest: Vec<&Event> = events.iter().rev().take(args.limit).collect();
    let text = match args.format {
        Format::Human => {
            let mut table = Table::new(["serial", "when", "who", "what"]).whole(0..4);
            for event in newest {
                table.row([
                    event.serial.to_string(),
                    when(event.unix_ms),
                    event.who.clone(),
                    event.what.clone(),
                ]);
            }
            if table.is_empty() { String::new() } else { table.render(session.terminal.out) }
        }
        Format::Json => {
            let events: Vec<Json> = newest.into_iter().map(Event::json).collect();
            format!("{:#}\n", json!({ "format_version": FORMAT_VERSION, "events": events }))
        }
    };
    terminal::result(&text)?;
    Ok(Exit::Done)
}

impl Event {
    fn json(&self) -> Json {
        json!({
            "serial": self.serial,
            "at": when(self.unix_ms),
            "who": self.who,
            "what": self.what,
            "addresses": self.addresses,
        })
    }
}

fn when(unix_ms: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The log as events: an operation is one, told when its outcome is known.
fn events(log: &[LogObject]) -> Vec<Event> {
    let mut open: BTreeMap<OperationId, Arc<IntentRecord>> = BTreeMap::new();
    let mut events = Vec::new();
    for object in log {
        for record in &object.records {
            let Some((what, addresses)) = told(record, &mut open) else { continue };
            // A writer's name ends with what tells its processes apart.
            let who = object.writer.split_whitespace().next().unwrap_or_default().to_owned();
            events.push(Event { serial: object.serial, unix_ms: object.unix_ms, who, what, addresses });
        }
    }
    events
}

fn told(
    record: &Record,
    open: &mut BTreeMap<OperationId, Arc<IntentRecord>>,
) -> Option<(String, Vec<Address>)> {
    match record {
        Record::Epoch { epoch, holder, .. } => {
            Some((format!("epoch {epoch}: {holder} may write"), Vec::new()))
        }
        Record::Run(run) => Some((format!("begins: {}", run.command), Vec::new())),
        Record::End { outcome, .. } => {
            let how = match outcome {
                RunOutcome::Succeeded => "everything is done",
                RunOutcome::Partial => "some of it is done",
                RunOutcome::Failed => "nothing is done",
                RunOutcome::Interrupted => "it was interrupted",
            };
            Some((format!("ends: {how}"), Vec::new()))
        }
        Record::Intent(intent) => {
            open.insert(intent.operation.clone(), intent.clone());
            None
        }
        Record::Created { .. } => None,
        Record::Outcome { operation, result, .. } => {
            let intent = open.remove(operation)?;
            let address = &intent.address;
            let what = match (&intent.step, result) {
                (_, CallResult::Failed { error, .. }) => {
                    format!("{} {address} failed: {error}", verb(&intent.step))
                }
                (step, CallResult::Succeeded) => format!("{} {address}", verb(step)),
            };
            Some((what, vec![address.clone()]))
        }
        Record::Set { reason, state } => Some((reason.clone(), state.addresses().cloned().collect())),
        Record::Moved { to } => Some((format!("moved to {to}"), Vec::new())),
        // What a command has to say without changing anything.
        Record::Change { reason, entries } if entries.is_empty() => Some((reason.clone(), Vec::new())),
        Record::Change { reason, entries } => {
            let addresses: Vec<Address> = entries.iter().flat_map(concerned).collect();
            let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            // What a person asked for names the addresses itself.
            let names_them = names.iter().any(|name| reason.contains(name.as_str()));
            let what = if names_them { reason.clone() } else { format!("{reason}: {}", names.join(", ")) };
            Some((what, addresses))
        }
    }
}

fn verb(step: &StepKind) -> &'static str {
    match step {
        StepKind::Create { .. } => "create",
        StepKind::Update { .. } => "update",
        StepKind::Delete { deposed: false, .. } => "delete",
        StepKind::Delete { deposed: true, .. } => "delete the former",
    }
}

fn concerned(entry: &Entry) -> Vec<Address> {
    match entry {
        Entry::Put(resource) => vec![resource.address.clone()],
        Entry::Remove { address } | Entry::Depose { address, .. } | Entry::RemoveDeposed { address, .. } => {
            vec![address.clone()]
        }
        Entry::Rename { from, to } => vec![from.clone(), to.clone()],
    }
}
