//! `ninefold state`: what is recorded of what was made.

mod document;
mod edit;
mod history;
mod lock;
mod migrate;
mod prune;
mod restore;
mod rotate;

use std::path::PathBuf;
use std::sync::Arc;

use super::args::{Environment, Format, Global, Locking};
use super::error::Error;
use super::exit::Exit;
use super::session::Session;
use super::terminal::{self, Terminal};
use crate::model::{Address, Condition, Json, Resource, closest};
use crate::report::table::Table;
use crate::state::State;

const EXAMPLES: &str = "\
Examples:
  ninefold state list -e staging            one address a line
  ninefold state show 'platform/cluster.vpc[primary]'
  ninefold state mv platform/network.vpc platform/cluster.vpc
  ninefold state rm 'platform/cluster.vpc[primary]'
  ninefold state history
  ninefold state restore 41                 make it what it was after serial 41
  ninefold state lock                       who may write it now
  ninefold state rotate-key -e staging      seal with the new key
  ninefold state pull --out backup.json     all of it as one document
  ninefold state push backup.json           and back
  ninefold state migrate --from file:.ninefold/state";

/// Look into the state, and put it right
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    List(List),
    Show(Show),
    Mv(Move),
    Rm(Remove),
    History(History),
    Lock(LockArgs),
    Unlock(Unlock),
    RotateKey(RotateKey),
    Pull(Pull),
    Push(Push),
    Migrate(Migrate),
    Restore(restore::Args),
    Prune(prune::Args),
}

/// Print the addresses of what is recorded, one a line
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold state list -e staging
  ninefold state list platform/cluster.vpc  its instances")]
pub struct List {
    #[command(flatten)]
    pub environment: Environment,

    /// Only these; without a key, all instances
    #[arg(value_name = "ADDRESS")]
    pub addresses: Vec<Address>,

    /// With kind, id and region
    #[arg(short, long)]
    pub long: bool,
}

/// Print what is recorded of one resource
///
/// Sensitive values are not recorded, so that none can be shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold state show 'platform/cluster.vpc[primary]'")]
pub struct Show {
    #[command(flatten)]
    pub environment: Environment,

    #[arg(value_name = "ADDRESS")]
    pub address: Address,

    /// For whom to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Give a resource another address, without touching the thing itself
///
/// `moved:` in the configuration does the same with a plan and for every environment: prefer it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold state mv platform/network.vpc platform/cluster.vpc")]
pub struct Move {
    #[command(flatten)]
    pub environment: Environment,

    #[arg(value_name = "FROM")]
    pub from: Address,

    #[arg(value_name = "TO")]
    pub to: Address,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,

    #[command(flatten)]
    pub locking: Locking,
}

/// Forget resources; the things themselves stay
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold state rm 'platform/cluster.vpc[primary]'")]
pub struct Remove {
    #[command(flatten)]
    pub environment: Environment,

    #[arg(value_name = "ADDRESS", required = true)]
    pub addresses: Vec<Address>,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,

    #[command(flatten)]
    pub locking: Locking,
}

/// Print what was done to the state, newest first
///
/// Also says which states can be restored, and what of the log can't be read, if there is such.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold state history
  ninefold state history --limit 5")]
pub struct History {
    #[command(flatten)]
    pub environment: Environment,

    /// Only what concerns this resource
    #[arg(value_name = "ADDRESS")]
    pub address: Option<Address>,

    /// At most so many entries
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,

    /// For whom to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Show who may write the state now
///
/// A run that changes an environment holds its lease and renews it while it lives. One that nobody
/// renews expires by itself: the next run waits for that, and no person has to do anything.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold state lock -e production")]
pub struct LockArgs {
    #[command(flatten)]
    pub environment: Environment,

    /// For whom to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Take the lease away from the run that holds it
///
/// That run can record nothing from then on, and stops before its next call. What it has in flight
/// may still have its effect: the next run finds that out. Better let it end.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold state unlock -e production")]
pub struct Unlock {
    #[command(flatten)]
    pub environment: Environment,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
}

/// Seal what is recorded from now on with a new key
///
/// Give the new key as `encryption.passphrase` or `encryption.kms` in the environment's file and the former
/// one under `encryption.before`, and run this. It writes a snapshot under the new key, which all later runs start
/// from, and says what only the former one still opens. What is in the log is never rewritten.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold state rotate-key -e staging")]
pub struct RotateKey {
    #[command(flatten)]
    pub environment: Environment,

    #[command(flatten)]
    pub locking: Locking,
}

/// Print the whole state as one JSON document
///
/// It holds no secrets, because state holds none. docs/state.md describes it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold state pull -e production --out production.json
  ninefold state pull | jq '.resources | length'")]
pub struct Pull {
    #[command(flatten)]
    pub environment: Environment,

    /// Write it to a file instead, which only its owner may read
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Put a document that `state pull` printed in the place of the state
///
/// It becomes a record of the log: what was there before stays in the history. It is refused when the
/// state has gone on since the document was pulled, and when it is of another environment.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold state push -e production production.json
  ninefold state push -e production production.json --force --yes

Exit codes:
  3  the state has gone on since, or nobody agreed; nothing was changed
  5  another run holds the state")]
pub struct Push {
    #[command(flatten)]
    pub environment: Environment,

    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Even if the state has gone on since: what it has learnt since then is lost
    #[arg(long)]
    pub force: bool,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,

    #[command(flatten)]
    pub locking: Locking,
}

/// Move the state to another store
///
/// Copies the whole log, the snapshots and the evidence, closes the log that it leaves, so that nobody
/// writes on there, and reads the copy back. When it is interrupted, run it again: it goes on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold state migrate -e production --from file:.ninefold/state
                                            to where the environment's file says
  ninefold state migrate --from file:.ninefold/state --to 's3://states/dr?region=eu-north-1'

Exit codes:
  3  the other store holds something else, or nobody agreed; nothing was moved
  5  another run holds the state in one of the stores")]
pub struct Migrate {
    #[command(flatten)]
    pub environment: Environment,

    /// The store that it leaves
    #[arg(long, value_name = "URL")]
    pub from: String,

    /// The store that it goes to [default: what the environment's file says]
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,

    #[command(flatten)]
    pub locking: Locking,
}

/// The version of the machine forms.
const FORMAT_VERSION: u32 = 1;

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let environment = match &args.command {
        Command::List(args) => &args.environment,
        Command::RotateKey(args) => &args.environment,
        Command::Show(args) => &args.environment,
        Command::Mv(args) => &args.environment,
        Command::Rm(args) => &args.environment,
        Command::History(args) => &args.environment,
        Command::Lock(args) => &args.environment,
        Command::Unlock(args) => &args.environment,
        Command::Pull(args) => &args.environment,
        Command::Push(args) => &args.environment,
        Command::Migrate(args) => &args.environment,
        Command::Restore(args) => &args.environment,
        Command::Prune(args) => &args.environment,
    };
    let name = &environment.name;
    let session = match &args.command {
        // These say what the configuration thinks of it, where it can be asked.
        Command::Mv(_) | Command::Rm(_) => Session::open_anyway(global, name, terminal)?,
        _ => Session::open_alone(global, name, terminal)?,
    };
    match &args.command {
        Command::List(args) => list(args, &session),
        Command::Show(args) => show(args, &session),
        Command::Mv(args) => edit::rename(args, &session),
        Command::Rm(args) => edit::forget(args, &session),
        Command::History(args) => history::print(args, &session),
        Command::Lock(args) => lock::show(args, &session),
        Command::Unlock(args) => lock::throw_out(args, &session),
        Command::RotateKey(args) => rotate::rotate(args, &session),
        Command::Pull(args) => document::pull(args, &session),
        Command::Push(args) => document::push(args, &session),
        Command::Migrate(args) => migrate::run(args, &session),
        Command::Restore(args) => restore::run(args, &session),
        Command::Prune(args) => prune::run(args, &session),
    }
}

fn list(args: &List, session: &Session) -> Result<Exit, Error> {
    let state = session.state()?;
    let mut resources: Vec<&Arc<Resource>> = Vec::new();
    if args.addresses.is_empty() {
        resources.extend(state.resources.values());
    }
    for pattern in &args.addresses {
        resources.extend(matching(&state, pattern)?);
    }
    let text = if args.long {
        let mut table = Table::new(["address", "kind", "id", "region"]).whole(0..4);
        for resource in resources {
            let region = resource.scope.region.clone().unwrap_or_default();
            table.row([resource.address.to_string(), resource.kind.clone(), resource.id.to_string(), region]);
        }
        if table.is_empty() { String::new() } else { table.render(session.terminal.out) }
    } else {
        resources.iter().map(|resource| format!("{}\n", resource.address)).collect()
    };
    terminal::result(&text)?;
    Ok(Exit::Done)
}

/// The resources of an address, or of all its instances where it has no key.
fn matching<'s>(state: &'s State, pattern: &Address) -> Result<Vec<&'s Arc<Resource>>, Error> {
    let found: Vec<_> =
        state.resources.values().filter(|resource| resource.address.is_within(pattern)).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let error = Error::new(format!("state knows nothing of {pattern}"));
    let names: Vec<String> = state.resources.keys().map(ToString::to_string).collect();
    Err(match closest(&pattern.to_string(), names.iter().map(String::as_str)) {
        Some(close) => error.hint(format!("did you mean `{close}`?")),
        None => error.hint("`ninefold state list` names what it knows"),
    })
}

fn show(args: &Show, session: &Session) -> Result<Exit, Error> {
    let state = session.state()?;
    let found = matching(&state, &args.address)?;
    let [resource] = found.as_slice() else {
        let names: Vec<String> = found.iter().map(|resource| resource.address.to_string()).collect();
        return Err(Error::new(format!("{} has {} instances", args.address, found.len()))
            .hint(format!("name one of {}", names.join(", "))));
    };
    let text = match args.format {
        Format::Human => human(resource, &state, session),
        Format::Json => {
            let mut json = serde_json::to_value(resource).map_err(|error| Error::new(error.to_string()))?;
            if let Some(json) = json.as_object_mut() {
                json.insert("format_version".into(), FORMAT_VERSION.into());
            }
            format!("{json:#}\n")
        }
    };
    terminal::result(&text)?;
    Ok(Exit::Done)
}

fn human(resource: &Resource, state: &State, session: &Session) -> String {
    let look = session.terminal.out;
    let mut table = Table::new(["", ""]).whole(0..2);
    table.row(["kind", &resource.kind]);
    table.row(["id", resource.id.as_str()]);
    if let Some(region) = &resource.scope.region {
        table.row(["region", region]);
    }
    if let Some(cluster) = &resource.scope.cluster {
        table.row(["cluster", &cluster.name]);
    }
    match &resource.condition {
        Condition::Ready => {}
        Condition::Unsettled => table.row(["condition", "it wasn't waited for until it was ready"]),
        Condition::Tainted { reason } => table.row(["condition", &format!("has to be replaced: {reason}")]),
    }
    for (is_so, what) in [
        (resource.protect, "protected: it outlives its lines"),
        (resource.retain, "retained: deleting its lines only forgets it"),
        (resource.adopted, "adopted: somebody else made it"),
        (resource.lookup, "looked up: it is only read"),
    ] {
        if is_so {
            table.row(["", what]);
        }
    }
    for address in &resource.dependencies {
        table.row(["made after", &address.to_string()]);
    }
    for former in state.deposed.get(&resource.address).into_iter().flatten() {
        table.row(["still to delete", former.resource.id.as_str()]);
    }
    let mut text = format!("{}\n{}", look.bold(&resource.address), table.render(look));
    for (title, values) in
        [("what was last set", &resource.recorded.read()), ("what was last read", &resource.observed.read())]
    {
        text.push_str(&section(title, values, session));
    }
    text
}

/// The fields of a map, a line each.
fn section(title: &str, values: &Json, session: &Session) -> String {
    let look = session.terminal.out;
    let mut table = Table::new(["", ""]);
    for (name, value) in values.as_object().into_iter().flatten() {
        table.row([name.clone(), value.to_string()]);
    }
    if table.is_empty() {
        return String::new();
    }
    format!("\n{}\n{}", look.bold(title), table.render(look))
}
