//! Waiting for the provider, and reading what is there.

use std::time::Duration;

use super::context::Context;
use super::retry::Attempts;
use super::{Event, Failure};
use crate::kinds::{AnyKind, CallError, ErrorKind, Goal, Settling};
use crate::model::{Address, Json, PhysicalId, Scope};

/// One thing at the provider's.
pub(super) struct Thing<'a> {
    pub address: &'a Address,
    pub kind: &'a dyn AnyKind,
    pub scope: &'a Scope,
    pub id: &'a PhysicalId,
}

impl Context<'_> {
    /// Waits until a thing has reached a goal.
    pub(super) async fn settle(&self, thing: &Thing<'_>, goal: Goal, time: Duration) -> Result<(), Failure> {
        let world = self.setting.world;
        let started = world.now();
        let mut attempts = Attempts::within(world, time);
        let mut last = String::new();
        loop {
            let answer = self.setting.target.settle(thing.kind.name(), thing.scope, thing.id, goal).await;
            match answer {
                Ok(Settling::Done) => return Ok(()),
                Ok(Settling::Failed { reason }) => {
                    return Err(Failure::GaveUp { reason: self.redacted(&reason) });
                }
                Ok(Settling::Waiting { status, ask_again }) => {
                    if attempts.is_over(world) {
                        let goal = if goal == Goal::Ready { "ready" } else { "gone" };
                        let waited_s = world.now().since(started).as_secs();
                        return Err(Failure::Timeout { goal, waited_s, status });
                    }
                    if status != last {
                        self.tell(Event::Status { address: thing.address.clone(), status: status.clone() });
                        last = status;
                    }
                    world.sleep(ask_again).await;
                }
                Err(error) if goal == Goal::Gone && error.kind == ErrorKind::NotFound => return Ok(()),
                Err(error) => self.wait_or_fail(thing.address, error, &mut attempts).await?,
            }
        }
    }

    /// The attributes of a thing; `None` when it isn't there.
    pub(super) async fn read(&self, thing: &Thing<'_>) -> Result<Option<Json>, Failure> {
        let world = self.setting.world;
        let mut attempts = Attempts::within(world, Duration::from_secs(300));
        loop {
            let ids = std::slice::from_ref(thing.id);
            let mut answers = self.setting.target.read_many(thing.kind.name(), thing.scope, ids).await;
            match answers.pop() {
                Some(Ok(observed)) => return Ok(observed),
                Some(Err(error)) if error.kind == ErrorKind::NotFound => return Ok(None),
                Some(Err(error)) => self.wait_or_fail(thing.address, error, &mut attempts).await?,
                None => {
                    let error = CallError::refused(ErrorKind::Invalid, "NoAnswer", "the target read nothing");
                    return Err(error.into());
                }
            }
        }
    }

    /// Waits before another attempt, or gives up with the error.
    pub(super) async fn wait_or_fail(
        &self,
        address: &Address,
        error: CallError,
        attempts: &mut Attempts,
    ) -> Result<(), Failure> {
        let world = self.setting.world;
        // Who refuses what it was told may repeat it.
        let error = CallError { message: self.redacted(&error.message), ..error };
        let Some(wait) = attempts.after(&error, world) else { return Err(error.into()) };
        let in_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.tell(Event::Retrying { address: address.clone(), error: error.message, in_ms });
        world.sleep(wait).await;
        Ok(())
    }
}
