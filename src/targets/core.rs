//! `core.*`: what lives only in state. A call has no effect outside of Ninefold, so that an
//! interrupted one can simply be made again.

use async_trait::async_trait;

use crate::kinds::{
    Answer, CallError, Changes, Created, ErrorKind, Filter, Goal, Intent, Presence, Probe, ProbeResult,
    Reading, Scope, Settling, Target,
};
use crate::model::{Json, PhysicalId};

/// The target of kinds that live in state.
#[derive(Debug, Clone, Copy, Default)]
pub struct Core;

#[async_trait]
impl Reading for Core {
    /// Nothing was made outside of state: what the journal doesn't know isn't there.
    async fn find(&self, _intent: &Intent, _spec: &Json) -> Answer<Presence> {
        Ok(Presence::Absent)
    }

    /// There is nothing to read but state itself, which its reader has at hand.
    async fn read_many(&self, kind: &str, _scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Json>>> {
        let error = CallError::refused(
            ErrorKind::Unsupported,
            "LivesInState",
            format!("{kind} lives in state: there is nothing else to read"),
        );
        ids.iter().map(|_| Err(error.clone())).collect()
    }

    async fn list(&self, _kind: &str, _scope: &Scope, _filter: &Filter) -> Answer<Vec<PhysicalId>> {
        Ok(Vec::new())
    }

    async fn settle(&self, _kind: &str, _scope: &Scope, _id: &PhysicalId, _goal: Goal) -> Answer<Settling> {
        Ok(Settling::Done)
    }

    async fn probe(&self, probe: &Probe) -> Answer<ProbeResult> {
        Err(CallError::refused(
            ErrorKind::Unsupported,
            "UnknownProbe",
            format!("values in state answer no probe such as `{}`", probe.kind),
        ))
    }
}

#[async_trait]
impl Target for Core {
    /// The id is the operation's: a repeated call gives the same one.
    async fn create(&self, intent: &Intent, _spec: &Json) -> Answer<Created> {
        Ok(Created { id: PhysicalId::new(intent.operation.as_str()) })
    }

    async fn update(
        &self,
        _intent: &Intent,
        _id: &PhysicalId,
        _observed: &Json,
        _changes: &Changes,
    ) -> Answer<()> {
        Ok(())
    }

    async fn delete(&self, _intent: &Intent, _id: &PhysicalId, _recorded: &Json) -> Answer<()> {
        Ok(())
    }

    async fn mark(&self, _intent: &Intent, _id: &PhysicalId) -> Answer<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::OperationId;
    use serde_json::json;

    #[tokio::test]
    async fn a_repeated_call_gives_the_same_id() {
        let intent = |bits| Intent {
            operation: OperationId::from_random(bits),
            environment: "sandbox".into(),
            address: "platform/value".parse().unwrap(),
            kind: "core.value".into(),
            scope: Scope::default(),
            recorded: serde_json::Value::Null,
        };
        let spec = json!({ "value": 1 });
        let first = Core.create(&intent(1), &spec).await.unwrap();
        assert_eq!(Core.create(&intent(1), &spec).await.unwrap(), first);
        assert_ne!(Core.create(&intent(2), &spec).await.unwrap(), first);
        // An interrupted create is made again: to no harm, because it had no effect.
        assert_eq!(Core.find(&intent(1), &spec).await, Ok(Presence::Absent));
    }
}
