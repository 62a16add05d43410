//! What befalls a process from outside while it runs: it dies, is suspended, or somebody changes the
//! world that it works on.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::future::LocalBoxFuture;
use ninefold::targets::sandbox::Sandbox;
use ninefold::world::{Boundary, Failpoint, World};

use crate::bench::Ended;
use crate::ledger::{Event, Fault, Watch};
use crate::outside::meddle;

/// When something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At a wake-up, counted from the first.
    Poll(u64),
    /// As soon as it stands still after this boundary.
    After(Boundary),
}

/// What happens then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Die,
    Stand(Duration),
    Meddle,
}

/// All that befalls one process.
#[derive(Debug, Clone, Default)]
pub struct Fate {
    /// It dies exactly there.
    pub failpoint: Option<Failpoint>,
    /// What it dies of.
    pub loses_power: bool,
    pub strokes: Vec<(When, What)>,
}

impl Fate {
    pub fn failpoint(dice: &World) -> Failpoint {
        let boundary = boundary(dice);
        // Some are reached once in a process, others at every operation.
        Failpoint { boundary, nth: 1 + dice.random_below(1 + dice.random_below(6)) }
    }

    pub fn when(dice: &World, polls: u64) -> When {
        if dice.random_below(2) == 0 {
            When::Poll(1 + dice.random_below(polls))
        } else {
            When::After(boundary(dice))
        }
    }
}

fn boundary(dice: &World) -> Boundary {
    let position = usize::try_from(dice.random_below(Boundary::ALL.len() as u64)).unwrap();
    Boundary::ALL[position]
}

/// A process under its fate; `None` when it died.
pub struct Fated<'a> {
    pub process: Option<LocalBoxFuture<'a, Ended>>,
    pub fate: Fate,
    pub watch: Watch,
    pub world: World,
    pub sandbox: Sandbox,
    polls: u64,
    sleep: Option<LocalBoxFuture<'a, ()>>,
}

impl<'a> Fated<'a> {
    pub fn new(
        process: LocalBoxFuture<'a, Ended>,
        fate: Fate,
        watch: Watch,
        world: &World,
        sandbox: Sandbox,
    ) -> Self {
        let world = world.clone();
        watch.ledger.tell(Event::Begun, 1);
        Self { process: Some(process), fate, watch, world, sandbox, polls: 0, sleep: None }
    }

    fn die(&mut self) -> Poll<Option<Ended>> {
        self.process = None;
        self.watch.count(if self.fate.loses_power { Fault::PowerLost } else { Fault::Killed });
        Poll::Ready(None)
    }

    /// What is due now.
    fn due(&mut self) -> Option<What> {
        let (polls, last) = (self.polls, self.watch.journey.last());
        let is_due = |when: &When| match when {
            When::Poll(at) => polls >= *at,
            When::After(boundary) => last == Some(*boundary),
        };
        let position = self.fate.strokes.iter().position(|(when, _)| is_due(when))?;
        Some(self.fate.strokes.remove(position).1)
    }
}

impl Future for Fated<'_> {
    type Output = Option<Ended>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Ended>> {
        if let Some(sleep) = &mut self.sleep {
            // Nothing of the process runs meanwhile, however often it is woken.
            ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        let process = self.process.as_mut().expect("it isn't polled after its end");
        if let Poll::Ready(ended) = process.as_mut().poll(context) {
            tell(&self.watch, &ended);
            return Poll::Ready(Some(ended));
        }
        if self.watch.journey.is_over() {
            return self.die();
        }
        self.polls += 1;
        while let Some(what) = self.due() {
            match what {
                What::Die => return self.die(),
                What::Meddle => {
                    if let Some(fault) = meddle(&self.sandbox, &self.world) {
                        self.watch.count(fault);
                    }
                }
                What::Stand(time) => {
                    self.watch.count(Fault::Suspended);
                    let world = self.world.clone();
                    self.sleep = Some(Box::pin(async move { world.sleep(time).await }));
                    context.waker().wake_by_ref();
                    break;
                }
            }
        }
        Poll::Pending
    }
}

/// Counts how a process ended.
fn tell(watch: &Watch, ended: &Ended) {
    let told = match ended {
        Ended::Applied(applied) => {
            watch.ledger.tell(Event::Recovered, applied.recovered.len() as u64);
            Event::Done
        }
        Ended::Stopped(why) if why.contains("has lost its lease") => Event::LeaseLost,
        Ended::Stopped(why) if why.contains("another run changes this environment") => Event::Fenced,
        Ended::Stopped(why) if why.contains("is being changed by") => Event::Locked,
        Ended::Stopped(_) | Ended::Unplanned(_) => return,
    };
    watch.ledger.tell(told, 1);
}
