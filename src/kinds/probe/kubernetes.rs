//! `kubernetes`: how a cluster and its workloads are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ask, measure};
use crate::kinds::Finding;

/// One of three questions about a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KubernetesQuestion {
    /// How many nodes are ready.
    pub nodes: Option<Nodes>,
    /// Whether a pod is scheduled: `true`.
    pub pod_schedules: Option<bool>,
    /// Whether a workload is available.
    pub workload: Option<Workload>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nodes {
    /// The least number of nodes that have to be ready.
    #[schemars(range(min = 1, max = 5000))]
    pub ready_at_least: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Such as `Deployment`.
    pub kind: String,
    /// `default` where absent.
    pub namespace: Option<String>,
    pub name: String,
}

impl Ask for KubernetesQuestion {
    fn validate(&self) -> Vec<Finding> {
        let asked = [self.nodes.is_some(), self.pod_schedules.is_some(), self.workload.is_some()];
        let mut findings = Vec::new();
        match asked.into_iter().filter(|asked| *asked).count() {
            1 => {}
            0 => findings.push(
                Finding::at(crate::model::FieldPath::root(), "it asks for nothing of the cluster")
                    .help("give it one of nodes, pod_schedules, workload"),
            ),
            _ => findings.push(
                Finding::at(
                    crate::model::FieldPath::root(),
                    "a check asks one thing of a cluster, and this more",
                )
                .help("make a check of each"),
            ),
        }
        if self.pod_schedules == Some(false) {
            findings
                .push(Finding::on("pod_schedules", "a pod that isn't to be scheduled can't be asked for"));
        }
        if let Some(workload) = &self.workload {
            findings.extend(measure::named("workload.kind", &workload.kind));
            findings.extend(measure::named("workload.name", &workload.name));
        }
        findings
    }

    fn bound(&self) -> Option<&str> {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::messages;

    #[test]
    fn one_thing_is_asked_of_a_cluster() {
        let workload = json!({ "kind": "Deployment", "namespace": "a", "name": "b" });
        for question in [
            json!({ "nodes": { "ready_at_least": 3 } }),
            json!({ "pod_schedules": true }),
            json!({ "workload": workload }),
        ] {
            assert!(messages("kubernetes", &question).is_empty(), "{question}");
        }
        for (question, message) in [
            (json!({}), "it asks for nothing of the cluster"),
            (
                json!({ "pod_schedules": true, "workload": workload }),
                "a check asks one thing of a cluster, and this more",
            ),
            (json!({ "pod_schedules": false }), "a pod that isn't to be scheduled can't be asked for"),
            (
                json!({ "nodes": { "ready_at_least": 0 } }),
                "`nodes.ready_at_least` is 0, where 1 to 5000 is allowed",
            ),
            (json!({ "nodes": {} }), "`ready_at_least` is missing in `nodes`"),
            (json!({ "workload": { "kind": "", "name": "a" } }), "`workload.kind` is empty"),
        ] {
            assert_eq!(messages("kubernetes", &question), [message], "{question}");
        }
    }
}
