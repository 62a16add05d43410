//! `ninefold import`: take an existing thing under management.

use std::sync::Arc;

use super::args::{Environment, Global, Locking};
use super::error::Error;
use super::exit::Exit;
use super::plan::detail;
use super::session::{Session, state_error};
use super::terminal::{self, Terminal};
use crate::drift;
use crate::graph::{Body, Evaluate as _, Instance, NodeIndex};
use crate::kinds::AnyKind;
use crate::model::{Address, Condition, Json, PhysicalId, Resource, Scope, closest};
use crate::plan::{Selection, Sides};
use crate::report;
use crate::state::{Entry, Record, State, Writer};

const EXAMPLES: &str = "\
Examples:
  ninefold import -e production 'platform/cluster.vpc[primary]' vpc-0a1b2c3d
  ninefold import platform/database.backups audityzer-backups";

/// Take an existing thing under management, without changing it
///
/// The resource has to be declared. The next plan shows how the thing differs from what is
/// declared; what is as declared already counts as set, so that `drift` sees it when it changes. `adopt:` in the configuration does the same as part of a plan.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// The address that it is to have
    #[arg(value_name = "ADDRESS")]
    pub address: Address,

    /// The name that the provider knows it by
    #[arg(value_name = "ID")]
    pub id: String,

    #[command(flatten)]
    pub locking: Locking,
}

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let session = Session::open(global, &args.environment.name, terminal)?;
    session.require_key()?;
    session.write(&args.locking, async |writer| {
        let state = writer.with_state(Clone::clone);
        session.provide(&state);
        let resource = Arc::new(found(args, &session, &state).await?);
        // Marked first: what is in state carries our marks, and a killed import is made again.
        session.mark(&resource).await;
        let reason = format!("import {} {}", args.address, args.id);
        let records = vec![Record::Change { reason, entries: vec![Entry::Put(resource.clone())] }];
        writer.commit(records).await.map_err(|error| state_error(&error))?;
        terminal::message(&format!("{} now stands for {} {}\n", args.address, resource.kind, resource.id));
        show_what_would_change(args, &session, writer).await
    })
}

/// The thing as state is to know it: read, with what is already as its lines say.
async fn found(args: &Args, session: &Session, state: &State) -> Result<Resource, Error> {
    let address = &args.address;
    let (index, node) = declared(session, address)?;
    let Body::Resource { kind: name, protect, retain, lookup, .. } = &node.body else {
        return Err(Error::new(format!("{address} is a check, not a resource")));
    };
    if lookup.is_some() {
        return Err(Error::new(format!("{address} is a `lookup`: it is read and not managed"))
            .hint("take `lookup` out of its lines to manage it"));
    }
    if let Some(known) = state.resources.get(address) {
        return Err(Error::refused(format!("{address} stands for {} already", known.id))
            .hint("`ninefold state rm` makes it forget that one"));
    }
    if let Some(open) = state.open.values().find(|open| open.intent.address == *address) {
        return Err(Error::refused(format!(
            "operation {} on {address} has no outcome yet",
            open.intent.operation
        ))
        .hint("`ninefold apply` finds out what became of it"));
    }
    // The workspace has no instance of a kind that isn't there.
    let kind = session
        .environment
        .kind(index)
        .ok_or_else(|| Error::new(format!("this Ninefold knows no kind `{name}`")))?;
    let id = kind
        .import_id(&args.id)
        .map_err(|why| Error::new(format!("`{}` can't be imported as {name}: {why}", args.id)))?;
    let scope = node
        .scope(&session.environment.graph, |address| state.resources.get(address).cloned())
        .map_err(|why| Error::new(why).hint("import or apply the cluster first"))?;
    let same = |other: &&Arc<Resource>| other.id == id && *other.kind == **name && other.scope == scope;
    if let Some(other) = state.resources.values().find(same) {
        return Err(Error::refused(format!("{id} is managed as {} already", other.address))
            .hint("`ninefold state mv` gives it another address"));
    }
    let observed = read(session, kind.as_ref(), &scope, &id).await?;
    let recorded = as_declared(session, index, kind.as_ref(), &observed);
    let fingerprint = |value: &Json| session.fingerprint(value);
    let hidden = crate::plan::hide(kind.observed(), &observed, Some(&recorded));
    let observed = crate::plan::record(kind.observed(), &hidden, &fingerprint);
    Ok(Resource {
        address: address.clone(),
        kind: name.to_string(),
        kind_version: kind.version(),
        scope,
        id,
        recorded: recorded.into(),
        observed: observed.into(),
        dependencies: crate::plan::dependencies(&session.environment.graph, index),
        protect: *protect,
        retain: *retain,
        adopted: true,
        lookup: false,
        condition: Condition::Ready,
    })
}

fn declared<'s>(session: &'s Session, address: &Address) -> Result<(NodeIndex, &'s Instance), Error> {
    if let Some(found) = session.declared(address) {
        return Ok(found);
    }
    let names: Vec<String> =
        session.environment.graph.nodes().map(|(_, node)| node.address.to_string()).collect();
    let error = Error::new(format!("the configuration doesn't declare {address}"));
    Err(match closest(&address.to_string(), names.iter().map(String::as_str)) {
        Some(close) => error.hint(format!("did you mean `{close}`?")),
        None => error.hint("write its lines first: they say how the thing is to be"),
    })
}

/// What is there as its lines say: as good as set by us. Null where there is nothing of that, or
/// where its lines can't be worked out yet.
fn as_declared(session: &Session, index: NodeIndex, kind: &dyn AnyKind, observed: &Json) -> Json {
    let node = session.environment.graph.node(index);
    let (Ok(evaluated), Ok(projected), Body::Resource { ignore, .. }) =
        (session.environment.evaluate(index), kind.project(observed), &node.body)
    else {
        return Json::Null;
    };
    let today = session.today();
    let ignored = drift::ignored([(node.address.clone(), &**ignore)], &today);
    let fingerprint = |value: &Json| session.fingerprint(value);
    let changes = crate::plan::diff(&Sides {
        schema: kind.spec(),
        desired: &evaluated.value,
        recorded: None,
        observed: &projected,
        ignore: ignored.get(&node.address).map_or(&[][..], Vec::as_slice),
        fingerprint: &fingerprint,
    });
    let matching = crate::plan::matching(&evaluated.value, &changes);
    let recorded = crate::plan::record(kind.spec(), &matching, &fingerprint);
    if recorded.as_object().is_some_and(|fields| !fields.is_empty()) { recorded } else { Json::Null }
}

/// Its attributes, as they are.
async fn read(session: &Session, kind: &dyn AnyKind, scope: &Scope, id: &PhysicalId) -> Result<Json, Error> {
    let answers = session.target.read_many(kind.name(), scope, std::slice::from_ref(id)).await;
    let place = scope.region.as_ref().map_or_else(String::new, |region| format!(" in {region}"));
    match answers.into_iter().next() {
        Some(Ok(Some(observed))) => Ok(observed),
        Some(Err(error)) => Err(Error::new(format!("{id} can't be read: {error}"))),
        Some(Ok(None)) | None => Err(Error::new(format!("there is no {} `{id}`{place}", kind.name()))
            .hint("check the id, the account and the region that the resource's lines give")),
    }
}

/// Shows how the thing differs from what is declared. It is imported whatever the plan says.
async fn show_what_would_change(args: &Args, session: &Session, writer: &Writer) -> Result<Exit, Error> {
    let state = writer.with_state(Clone::clone);
    let selection = Selection { only: vec![args.address.clone()], ..Selection::default() };
    match session.plan(&state, &selection, true).await {
        Ok(plan) if plan.operations.is_empty() => {
            terminal::message("it is as the configuration declares it\n");
        }
        Ok(plan) => {
            terminal::message("the next apply would change:\n");
            terminal::message(&report::plan::human(&plan, detail(false), session.terminal.err));
        }
        Err(error) => {
            terminal::message("it is imported, and the next plan can't be made:\n");
            terminal::message(&error.render(session.terminal.err));
        }
    }
    Ok(Exit::Done)
}
