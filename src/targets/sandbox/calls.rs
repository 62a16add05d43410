//! The sandbox as a target: how a call travels, what befalls it on its way, and who carries it out.

use std::time::Duration;

use async_trait::async_trait;

use super::faults::{CallKind, Fault};
use super::ground::Effect;
use super::object::{Key, Phase, Place};
use super::refuse::not_found;
use super::session::Session;
use super::{Sandbox, compute, create, delete, find, probe, read, secrets, update};
use crate::kinds::{
    Answer, CallError, Changes, Created, Effect as CallEffect, ErrorKind, Filter, Goal, Intent, Presence,
    Probe, ProbeResult, Reading, Scope, Settling, Target,
};
use crate::model::{Json, PhysicalId, SecretReference};

/// What a call takes to travel there and back: at least, and at most so much more.
const TRAVEL_MS: u64 = 30;
const TRAVEL_SPREAD_MS: u64 = 171;
/// How long a client waits for an answer that doesn't come.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client tries to connect to a region that is broken.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// What a throttled call is asked to wait.
const RETRY_AFTER_MS: u64 = 500;
/// How many resources one page of a listing describes.
const PAGE: usize = 100;

/// What befalls the work that a call begins.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trouble {
    pub(super) stalls: bool,
    pub(super) fails: bool,
}

/// What a call is, and where it goes.
struct Trip<'a> {
    call: CallKind,
    kind: &'a str,
    place: Place,
}

impl Sandbox {
    /// Makes a call: it travels, is judged and carried out at one instant, and its answer travels
    /// back.
    async fn call<T>(
        &self,
        trip: Trip<'_>,
        work: impl FnOnce(&mut Session<'_>, &Place, Trouble) -> Answer<T>,
    ) -> Answer<T> {
        let world = &self.shared.world;
        let travel_ms = TRAVEL_MS + world.random_below(TRAVEL_SPREAD_MS);
        let there_ms = travel_ms / 2;
        world.sleep(Duration::from_millis(there_ms)).await;
        let mut answer_is_lost = false;
        let answer = self.with(|session| {
            reach(session, &trip)?;
            let trouble = match befalls(session, &trip)? {
                None => Trouble::default(),
                Some(Fault::LostAnswer) => {
                    answer_is_lost = true;
                    Trouble::default()
                }
                Some(Fault::Stalled) => Trouble { stalls: true, fails: false },
                Some(Fault::FailedCreation) => Trouble { stalls: false, fails: true },
                Some(refusal) => return Err(error_of(refusal)),
            };
            work(session, &trip.place, trouble)
        });
        if answer_is_lost {
            world.sleep(TIMEOUT).await;
            return Err(CallError::unanswered("RequestTimeout", "no answer came within 30 seconds"));
        }
        if answer.as_ref().is_err_and(|error| error.kind == ErrorKind::Unreachable) {
            world.sleep(CONNECT_TIMEOUT).await;
            return answer;
        }
        world.sleep(Duration::from_millis(travel_ms - there_ms)).await;
        // A region that broke in the meantime sends no answers any more.
        self.with(|session| reach_region(session, &trip))
            .map_err(|error| CallError { effect: CallEffect::Unknown, ..error })?;
        answer
    }
}

pub(super) fn unreachable_region(region: &str) -> CallError {
    CallError::refused(
        ErrorKind::Unreachable,
        "RegionUnreachable",
        format!("the endpoints of {region} don't answer"),
    )
}

/// Refuses what goes to a broken region. Global services answer readers from everywhere, and are
/// changed in one region alone.
fn reach_region(session: &mut Session<'_>, trip: &Trip<'_>) -> Answer<()> {
    let region = trip.place.region();
    if session.ground.is_broken(region, session.now_ms) {
        return Err(unreachable_region(region));
    }
    if trip.place.is_global()
        && trip.call.changes()
        && trip.kind.starts_with("aws.")
        && session.ground.is_broken(compute::GLOBAL_REGION, session.now_ms)
    {
        return Err(unreachable_region(compute::GLOBAL_REGION));
    }
    Ok(())
}

/// Refuses what can't be reached: a broken region, a cluster that isn't there or isn't ready.
fn reach(session: &mut Session<'_>, trip: &Trip<'_>) -> Answer<()> {
    reach_region(session, trip)?;
    let Some(cluster) = trip.place.cluster() else {
        return Ok(());
    };
    let phase = session.cluster(trip.place.region(), cluster).map(|(_, phase)| phase);
    let reason = match phase {
        Some(Phase::Ready | Phase::Updating) => return Ok(()),
        Some(_) => "doesn't answer",
        None => "isn't there",
    };
    let message = format!("the cluster {cluster} in {} {reason}", trip.place.region());
    Err(CallError::refused(ErrorKind::Unreachable, "ClusterUnreachable", message))
}

/// The fault that befalls a call; the rules that have counted it are written down before it is
/// answered.
fn befalls(session: &mut Session<'_>, trip: &Trip<'_>) -> Answer<Option<Fault>> {
    let faults = session.ground.faults.clone();
    let verdict = faults.judge(trip.call, trip.kind, |bound| session.draw(bound));
    if let Some(left) = verdict.left {
        session.commit(vec![Effect::Faults(left)])?;
    }
    Ok(verdict.fault)
}

/// The error of a fault that refuses a call.
fn error_of(fault: Fault) -> CallError {
    match fault {
        Fault::Throttled => CallError {
            retry_after_ms: Some(RETRY_AFTER_MS),
            ..CallError::refused(ErrorKind::Throttled, "ThrottlingException", "Rate exceeded")
        },
        Fault::Refused { kind, code, message } => CallError::refused(kind, &code, message),
        Fault::ServerError | Fault::LostAnswer | Fault::Stalled | Fault::FailedCreation => {
            CallError::refused(ErrorKind::Transient, "InternalError", "an internal error has occurred")
        }
    }
}

#[async_trait]
impl Reading for Sandbox {
    async fn find(&self, intent: &Intent, spec: &Json) -> Answer<Presence> {
        let trip = Trip { call: CallKind::Find, kind: &intent.kind, place: Place::of(&intent.scope) };
        self.call(trip, |session, _, _| find::find(session, intent, spec)).await
    }

    async fn read_many(&self, kind: &str, scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Json>>> {
        let mut answers = Vec::with_capacity(ids.len());
        for page in ids.chunks(PAGE) {
            let trip = Trip { call: CallKind::Read, kind, place: Place::of(scope) };
            let read = self.call(trip, |session, place, _| Ok(read::read(session, kind, place, page))).await;
            match read {
                Ok(read) => answers.extend(read.into_iter().map(Ok)),
                Err(error) => answers.extend(page.iter().map(|_| Err(error.clone()))),
            }
        }
        answers
    }

    async fn list(&self, kind: &str, scope: &Scope, filter: &Filter) -> Answer<Vec<PhysicalId>> {
        let trip = Trip { call: CallKind::List, kind, place: Place::of(scope) };
        self.call(trip, |session, place, _| Ok(find::list(session, kind, place, filter))).await
    }

    async fn settle(&self, kind: &str, scope: &Scope, id: &PhysicalId, goal: Goal) -> Answer<Settling> {
        let trip = Trip { call: CallKind::Settle, kind, place: Place::of(scope) };
        self.call(trip, |session, place, _| {
            let key = Key { kind: kind.into(), place: place.clone(), id: id.clone() };
            Ok(read::settle(session, &key, goal))
        })
        .await
    }

    async fn probe(&self, probe: &Probe) -> Answer<ProbeResult> {
        let trip = Trip { call: CallKind::Probe, kind: &probe.kind, place: Place::of(&probe.scope) };
        self.call(trip, |session, place, _| probe::answer(session, place, probe)).await
    }

    async fn secret(&self, reference: &SecretReference, scope: &Scope) -> Answer<String> {
        let region = reference.region.clone().or_else(|| scope.region.clone());
        let scope = Scope { region, cluster: None };
        let trip = Trip { call: CallKind::Read, kind: "aws.secretsmanager.secret", place: Place::of(&scope) };
        self.call(trip, |session, place, _| secrets::fetch(session, place, reference)).await
    }
}

#[async_trait]
impl Target for Sandbox {
    async fn create(&self, intent: &Intent, spec: &Json) -> Answer<Created> {
        let trip = Trip { call: CallKind::Create, kind: &intent.kind, place: Place::of(&intent.scope) };
        self.call(trip, |session, place, trouble| create::create(session, place, intent, spec, trouble)).await
    }

    async fn update(
        &self,
        intent: &Intent,
        id: &PhysicalId,
        _observed: &Json,
        changes: &Changes,
    ) -> Answer<()> {
        let trip = Trip { call: CallKind::Update, kind: &intent.kind, place: Place::of(&intent.scope) };
        self.call(trip, |session, place, trouble| {
            let key = Key { kind: intent.kind.as_str().into(), place: place.clone(), id: id.clone() };
            update::update(session, &key, changes, &intent.recorded, trouble)
        })
        .await
    }

    async fn delete(&self, intent: &Intent, id: &PhysicalId, recorded: &Json) -> Answer<()> {
        let trip = Trip { call: CallKind::Delete, kind: &intent.kind, place: Place::of(&intent.scope) };
        self.call(trip, |session, place, trouble| {
            let key = Key { kind: intent.kind.as_str().into(), place: place.clone(), id: id.clone() };
            delete::delete(session, &key, recorded, trouble)
        })
        .await
    }

    async fn mark(&self, intent: &Intent, id: &PhysicalId) -> Answer<()> {
        let trip = Trip { call: CallKind::Mark, kind: &intent.kind, place: Place::of(&intent.scope) };
        self.call(trip, |session, place, _| {
            let key = Key { kind: intent.kind.as_str().into(), place: place.clone(), id: id.clone() };
            let mut object = session.get(&key).ok_or_else(|| not_found(&key))?;
            object.marks = Some(create::marks(intent));
            session.commit(vec![Effect::Put(Box::new(object))])?;
            Ok(())
        })
        .await
    }
}
