//! Waiting until a check is true.

use std::time::Duration;

use super::context::{Context, GateQuestion, timeout};
use super::create::reveal;
use super::retry::Attempts;
use super::{Event, Failure, GateAnswer};
use crate::graph::Body;
use crate::plan::Operation;

/// How long after an answer that isn't yet the wanted one a check asks again.
const ASK_AGAIN: Duration = Duration::from_secs(10);

impl Context<'_> {
    pub(super) async fn check(&self, operation: &Operation) -> Result<(), Failure> {
        let (index, node) = self.node(operation)?;
        let Body::Check(check) = &node.body else {
            return Err(Failure::Plan("it is a resource, not a check".into()));
        };
        let question = reveal(&self.desired(index, operation).await?)?;
        let world = self.setting.world;
        let attempts = Attempts::within(world, timeout(operation, Some(node)));
        let subject = check.subject.map(|subject| &self.setting.graph.node(subject).address);
        let mut last = String::new();
        loop {
            let asked = GateQuestion {
                address: &operation.address,
                check,
                scope: self.scope(node)?,
                question: &question,
                subject: subject.and_then(|address| self.resource(address)),
            };
            match self.setting.gate.ask(&asked).await {
                GateAnswer::Passed { seen } => {
                    self.setting.gate.passed(&operation.address, &seen).await;
                    return Ok(());
                }
                GateAnswer::Unanswerable { why } => return Err(Failure::Check(why)),
                GateAnswer::NotYet { seen } if attempts.is_over(world) => {
                    let minutes = check.within.as_secs() / 60;
                    return Err(Failure::Check(format!("not true within {minutes} min: {seen}")));
                }
                GateAnswer::NotYet { seen } => {
                    if seen != last {
                        self.tell(Event::Status { address: operation.address.clone(), status: seen.clone() });
                        last = seen;
                    }
                    world.sleep(ASK_AGAIN).await;
                }
            }
        }
    }
}
