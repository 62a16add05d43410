//! Hands each call to the target of its kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::kinds::{
    Answer, CallError, Changes, Created, ErrorKind, Filter, Goal, Intent, Presence, Probe, ProbeResult,
    Reading, Scope, Settling, Target,
};
use crate::model::{Json, PhysicalId, SecretReference};

/// Targets by the first part of the kinds that they carry out.
#[derive(Clone, Default)]
pub struct Router {
    by_family: BTreeMap<&'static str, Arc<dyn Target>>,
    fallback: Option<Arc<dyn Target>>,
}

impl Router {
    /// Kinds that start with `family` and a dot go to `target`.
    #[must_use]
    pub fn with(mut self, family: &'static str, target: Arc<dyn Target>) -> Self {
        self.by_family.insert(family, target);
        self
    }

    /// All other kinds go to `target`, and so do probes that aren't about a kind.
    #[must_use]
    pub fn otherwise(mut self, target: Arc<dyn Target>) -> Self {
        self.fallback = Some(target);
        self
    }

    fn of(&self, kind: &str) -> Answer<&dyn Target> {
        let family = kind.split('.').next().unwrap_or(kind);
        self.by_family.get(family).or(self.fallback.as_ref()).map(AsRef::as_ref).ok_or_else(|| {
            let message = format!("this environment's target has no `{kind}`");
            CallError::refused(ErrorKind::Unsupported, "UnknownKind", message)
        })
    }

    /// The target of a probe: the one of the kind that it asks about, or of the family that it is
    /// named after.
    fn of_probe(&self, probe: &Probe) -> Answer<&dyn Target> {
        let kind = if probe.kind == "attribute" { probe.question.get("kind") } else { None };
        self.of(kind.and_then(Json::as_str).unwrap_or(&probe.kind))
    }
}

#[async_trait]
impl Reading for Router {
    async fn find(&self, intent: &Intent, spec: &Json) -> Answer<Presence> {
        self.of(&intent.kind)?.find(intent, spec).await
    }

    async fn read_many(&self, kind: &str, scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Json>>> {
        match self.of(kind) {
            Ok(target) => target.read_many(kind, scope, ids).await,
            Err(error) => ids.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn list(&self, kind: &str, scope: &Scope, filter: &Filter) -> Answer<Vec<PhysicalId>> {
        self.of(kind)?.list(kind, scope, filter).await
    }

    async fn settle(&self, kind: &str, scope: &Scope, id: &PhysicalId, goal: Goal) -> Answer<Settling> {
        self.of(kind)?.settle(kind, scope, id, goal).await
    }

    async fn probe(&self, probe: &Probe) -> Answer<ProbeResult> {
        self.of_probe(probe)?.probe(probe).await
    }

    async fn secret(&self, reference: &SecretReference, scope: &Scope) -> Answer<String> {
        self.of("aws.secretsmanager.secret")?.secret(reference, scope).await
    }
}

#[async_trait]
impl Target for Router {
    async fn create(&self, intent: &Intent, spec: &Json) -> Answer<Created> {
        self.of(&intent.kind)?.create(intent, spec).await
    }

    async fn update(
        &self,
        intent: &Intent,
        id: &PhysicalId,
        observed: &Json,
        changes: &Changes,
    ) -> Answer<()> {
        self.of(&intent.kind)?.update(intent, id, observed, changes).await
    }

    async fn delete(&self, intent: &Intent, id: &PhysicalId, recorded: &Json) -> Answer<()> {
        self.of(&intent.kind)?.delete(intent, id, recorded).await
    }

    async fn mark(&self, intent: &Intent, id: &PhysicalId) -> Answer<()> {
        self.of(&intent.kind)?.mark(intent, id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::Registry;
    use crate::model::OperationId;
    use crate::targets::core::Core;
    use crate::targets::local::Local;
    use crate::targets::sandbox::{Sandbox, Store};
    use crate::world::World;
    use serde_json::json;

    fn intent(kind: &str) -> Intent {
        Intent {
            operation: OperationId::from_random(1),
            environment: "sandbox".into(),
            address: "platform/thing".parse().unwrap(),
            kind: kind.into(),
            scope: Scope { region: Some("us-east-1".into()), cluster: None },
            recorded: serde_json::Value::Null,
        }
    }

    #[test]
    fn each_kind_goes_to_its_own_target() {
        let folder = tempfile::tempdir().unwrap();
        let world = World::virtual_from(1, 0);
        let sandbox = Sandbox::open(&Store::memory(), Registry::all(), world.clone()).unwrap();
        let router = Router::default()
            .with("core", Arc::new(Core))
            .with("local", Arc::new(Local::new(folder.path())))
            .otherwise(Arc::new(sandbox.clone()));
        world.run(async {
            let value = router.create(&intent("core.value"), &json!({ "value": 1 })).await.unwrap();
            assert_eq!(value.id.as_str(), intent("core.value").operation.as_str());
            assert!(sandbox.is_empty().unwrap());

            let file = json!({ "path": "a.txt", "content": "one" });
            router.create(&intent("local.file"), &file).await.unwrap();
            assert!(folder.path().join("a.txt").exists());
            assert!(sandbox.is_empty().unwrap());

            let vpc = intent("aws.ec2.vpc");
            let id = router.create(&vpc, &json!({ "cidr_block": "10.0.0.0/16" })).await.unwrap().id;
            assert_eq!(sandbox.objects().unwrap().len(), 1);
            let question = json!({ "kind": "aws.ec2.vpc", "id": id.as_str(), "attribute": "id" });
            let probe = Probe { kind: "attribute".into(), scope: vpc.scope.clone(), question };
            assert_eq!(router.probe(&probe).await.unwrap().seen, format!("id is {id}"));
        });
    }

    #[test]
    fn a_kind_without_a_target_is_refused() {
        let world = World::virtual_from(1, 0);
        let router = Router::default().with("core", Arc::new(Core));
        let error = world.run(router.create(&intent("aws.ec2.vpc"), &json!({}))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);
        let answers = world.run(router.read_many("aws.ec2.vpc", &Scope::default(), &[PhysicalId::new("a")]));
        assert_eq!(answers.len(), 1);
    }
}
