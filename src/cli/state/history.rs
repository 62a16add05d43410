//! What was done to the state, newest first.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
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
use crate::state::{CallResult, Entry, IntentRecord, LogObject, Past, Record, RunOutcome, StepKind};

/// How many objects are named that can't be read, besides the first.
const DAMAGE_SHOWN_AT_MOST: usize = 20;

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
    let past = session.world.run(reader.past()).map_err(|error| state_error(&error))?;
    let mut events = events(&past.log);
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
            if let Some(restorable) = restorable(&past) {
                terminal::message(&restorable);
            }
            if table.is_empty() { String::new() } else { table.render(session.terminal.out) }
        }
        Format::Json => {
            let events: Vec<Json> = newest.into_iter().map(Event::json).collect();
            let restorable: Vec<Json> = past
                .restorable
                .iter()
                .map(|range| json!({ "from": range.start(), "to": range.end() }))
                .collect();
            let damage: Vec<String> = past.damage.iter().map(ToString::to_string).collect();
            let json = json!({
                "format_version": FORMAT_VERSION,
                "events": events,
                "restorable": restorable,
                "damage": damage,
            });
            format!("{json:#}\n")
        }
    };
    terminal::result(&text)?;
    damaged(&past)
}

/// Which states can be restored; `None` where there is none to speak of.
fn restorable(past: &Past) -> Option<String> {
    let range = |range: &RangeInclusive<u64>| {
        if range.start() == range.end() {
            range.start().to_string()
        } else {
            format!("{} to {}", range.start(), range.end())
        }
    };
    let ranges: Vec<String> = past.restorable.iter().map(range).collect();
    let (last, others) = ranges.split_last()?;
    let all = if others.is_empty() { last.clone() } else { format!("{} and {last}", others.join(", ")) };
    Some(format!("`ninefold state restore SERIAL` restores the state after serial {all}\n"))
}

/// Fails with what can't be read, after all the rest was shown.
fn damaged(past: &Past) -> Result<Exit, Error> {
    let Some((first, others)) = past.damage.split_first() else { return Ok(Exit::Done) };
    for other in others.iter().take(DAMAGE_SHOWN_AT_MOST) {
        terminal::message(&format!("{other}\n"));
    }
    if let Some(more) = others.len().checked_sub(DAMAGE_SHOWN_AT_MOST).filter(|more| *more > 0) {
        terminal::message(&format!("and {more} objects more\n"));
    }
    Err(state_error(first))
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
            let who = object.writer.split([',', ' ']).next().unwrap_or_default().to_owned();
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
