//! A plan for programs. The form is documented here and changes only with its version:
//!
//! ```json
//! { "format_version": 1, "environment": "sandbox", "changes": true, "destroy": false,
//!   "configuration": "<sha-256>", "state_serial": 42,
//!   "summary": { "create": 12, "update": 1, "delete": 0, "replace": 1, "adopt": 0, "forget": 0,
//!                "move": 0, "read": 0, "check": 3, "unchanged": 188 },
//!   "estimate_ms": 1500000, "usd_per_month": { "before": 0.0, "after": 4100.5 },
//!   "operations": [ { "address": "platform/cluster.vpc[primary]", "kind": "aws.ec2.vpc",
//!     "action": "create", "reasons": [{ "reason": "new" }], "source": "phases/1-cluster.yaml:12:5",
//!     "desired": {}, "changes": [], "waits_for": [0], "estimate_ms": 4000 } ],
//!   "warnings": [] }
//! ```
//!
//! `changes` is whether anything differs; reading and checking are no differences. The two halves
//! of a replacement are two operations and count as one. Operations are those of the saved plan, so
//! that holes are written alike: `{"$unknown": [...]}`, `{"$sensitive": true}`, `{"$secret": {...}}`.

use serde_json::json;

use super::counts::Counts;
use super::value::sides;
use crate::model::{FieldChange, Json};
use crate::plan::{Operation, Plan};

/// The version of the machine form.
pub const FORMAT_VERSION: u32 = 1;

/// The plan.
#[must_use]
pub fn json(plan: &Plan) -> Json {
    let counts = Counts::of(plan);
    let mut summary = json!(counts);
    summary["unchanged"] = json!(plan.unchanged);
    json!({
        "format_version": FORMAT_VERSION,
        "environment": plan.environment,
        "changes": plan.has_changes(),
        "destroy": plan.destroy,
        "configuration": plan.configuration,
        "state_serial": plan.state_serial,
        "summary": summary,
        "estimate_ms": plan.estimate_ms,
        "usd_per_month": { "before": plan.usd_per_month_before, "after": plan.usd_per_month_after },
        "operations": plan.operations.iter().map(operation).collect::<Vec<_>>(),
        "warnings": plan.warnings,
    })
}

fn operation(operation: &Operation) -> Json {
    let changes = operation.changes.iter().map(change).collect();
    let shown = Operation { changes, ..operation.clone() };
    // An operation is made of strings, numbers and values that all have a JSON form.
    serde_json::to_value(shown).unwrap_or_default()
}

/// A change, with what one side hides hidden in the other.
fn change(change: &FieldChange) -> FieldChange {
    let (from, to) = sides(change);
    FieldChange { from, to, ..change.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Action;
    use crate::report::plan::sample;

    #[test]
    fn programs_get_counts_and_operations_and_no_secret() {
        let json = json(&sample::plan());
        assert!(!json.to_string().contains("hunter"), "{json}");
        insta::assert_json_snapshot!(json);
    }

    #[test]
    fn what_is_only_read_or_checked_is_no_change() {
        let mut plan = sample::plan();
        plan.operations.retain(|operation| matches!(operation.action, Action::Read | Action::Check));
        let json = json(&plan);
        let summary = &json["summary"];
        assert_eq!(
            (&json["changes"], &summary["read"], &summary["check"]),
            (&json!(false), &json!(1), &json!(1))
        );
    }

    #[test]
    fn an_empty_plan_has_no_changes() {
        let json = json(&sample::empty());
        assert_eq!((&json["changes"], &json["summary"]["unchanged"]), (&json!(false), &json!(188)));
    }
}
