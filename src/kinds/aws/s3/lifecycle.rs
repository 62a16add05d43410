//! Rules by which objects move to cheaper storage and go away.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html>

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bucket_settings::Switch;
use crate::kinds::Finding;
use crate::model::FieldPath;

/// What becomes of some of the objects as they age.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LifecycleRule {
    /// The rule's name within the bucket.
    #[schemars(length(min = 1, max = 255))]
    pub id: String,
    /// Whether it is carried out.
    pub status: Switch,
    /// The objects that it is about; all where this is absent.
    pub filter: Option<LifecycleFilter>,
    /// When objects go away.
    pub expiration: Option<Expiration>,
    /// When objects move to other storage.
    #[schemars(extend("x-collection" = "list(storage_class)"))]
    pub transitions: Option<Vec<Transition>>,
    /// When older versions go away.
    pub noncurrent_version_expiration: Option<NoncurrentExpiration>,
    /// When older versions move to other storage.
    #[schemars(extend("x-collection" = "list(storage_class)"))]
    pub noncurrent_version_transitions: Option<Vec<NoncurrentTransition>>,
    /// When the parts of uploads that were never completed go away.
    pub abort_incomplete_multipart_upload: Option<AbortIncompleteUpload>,
}

/// The objects that fit all that is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LifecycleFilter {
    /// What their keys start with.
    pub prefix: Option<String>,
    /// The tags that they have, by key.
    pub tags: Option<BTreeMap<String, String>>,
    /// They have more bytes than this.
    #[schemars(range(min = 0))]
    pub object_size_greater_than: Option<i64>,
    /// They have fewer bytes than this.
    #[schemars(range(min = 1))]
    pub object_size_less_than: Option<i64>,
}

/// When objects go away: after days, at a date, or as markers with nothing behind them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Expiration {
    /// Days after they were made.
    #[schemars(range(min = 1))]
    pub days: Option<i64>,
    /// Midnight UTC of a day, such as `2027-01-01`.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub date: Option<String>,
    /// Whether delete markers go away when no version is left behind them.
    pub expired_object_delete_marker: Option<bool>,
}

/// When objects move to other storage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transition {
    /// Where to.
    pub storage_class: TransitionClass,
    /// Days after they were made.
    #[schemars(range(min = 0))]
    pub days: Option<i64>,
    /// Midnight UTC of a day, such as `2027-01-01`.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub date: Option<String>,
}

/// When older versions go away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NoncurrentExpiration {
    /// Days after a newer version came.
    #[schemars(range(min = 1))]
    pub noncurrent_days: i64,
    /// How many older versions stay all the same.
    #[schemars(range(min = 1, max = 100))]
    pub newer_noncurrent_versions: Option<i64>,
}

/// When older versions move to other storage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NoncurrentTransition {
    /// Where to.
    pub storage_class: TransitionClass,
    /// Days after a newer version came.
    #[schemars(range(min = 0))]
    pub noncurrent_days: i64,
    /// How many older versions stay where they are all the same.
    #[schemars(range(min = 1, max = 100))]
    pub newer_noncurrent_versions: Option<i64>,
}

/// When uploads that were never completed go away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AbortIncompleteUpload {
    /// Days after the upload was started.
    #[schemars(range(min = 1))]
    pub days_after_initiation: i64,
}

/// Storage that objects can move to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TransitionClass {
    StandardIa,
    OnezoneIa,
    IntelligentTiering,
    GlacierIr,
    Glacier,
    DeepArchive,
}

impl TransitionClass {
    /// The days that objects stay in standard storage before they can move here.
    fn least_days(self) -> i64 {
        if matches!(self, TransitionClass::StandardIa | TransitionClass::OnezoneIa) { 30 } else { 0 }
    }
}

/// What is wrong with the rule at a path.
pub(super) fn findings(path: &FieldPath, rule: &LifecycleRule) -> Vec<Finding> {
    let mut findings = Vec::new();
    let does_something = rule.expiration.is_some()
        || rule.transitions.as_ref().is_some_and(|list| !list.is_empty())
        || rule.noncurrent_version_expiration.is_some()
        || rule.noncurrent_version_transitions.as_ref().is_some_and(|list| !list.is_empty())
        || rule.abort_incomplete_multipart_upload.is_some();
    if !does_something {
        findings.push(
            Finding::at(path.clone(), format!("`{path}` does nothing"))
                .help("set an expiration, a transition, or abort_incomplete_multipart_upload"),
        );
    }
    expiration_findings(path, rule, &mut findings);
    transition_findings(path, rule, &mut findings);
    filter_findings(path, rule, &mut findings);
    findings
}

fn expiration_findings(path: &FieldPath, rule: &LifecycleRule, findings: &mut Vec<Finding>) {
    let Some(expiration) = &rule.expiration else {
        return;
    };
    let at = path.key("expiration");
    let set = [
        expiration.days.is_some(),
        expiration.date.is_some(),
        expiration.expired_object_delete_marker.is_some(),
    ];
    if set.into_iter().filter(|set| *set).count() != 1 {
        findings.push(
            Finding::at(at.clone(), format!("`{at}` should have one of its fields"))
                .help("set days, date or expired_object_delete_marker"),
        );
    }
    let latest = rule.transitions.iter().flatten().filter_map(|transition| transition.days).max();
    if let (Some(gone), Some(moved)) = (expiration.days, latest)
        && gone <= moved
    {
        findings.push(Finding::at(
            at.key("days"),
            format!("`{path}` lets objects go after {gone} days, but move after {moved}"),
        ));
    }
}

fn transition_findings(path: &FieldPath, rule: &LifecycleRule, findings: &mut Vec<Finding>) {
    let too_early = |at: &FieldPath, class: TransitionClass, days: i64| {
        (days < class.least_days()).then(|| {
            Finding::at(at.clone(), format!("`{at}` is {days}, where {} is the least", class.least_days()))
                .help("infrequent-access storage takes objects after 30 days")
        })
    };
    let mut units = BTreeSet::new();
    for (index, transition) in rule.transitions.iter().flatten().enumerate() {
        let at = path.key("transitions").index(index);
        match (transition.days, &transition.date) {
            (Some(_), Some(_)) | (None, None) => findings.push(
                Finding::at(at.clone(), format!("`{at}` should have either days or date"))
                    .help("set one of the two"),
            ),
            (Some(days), None) => {
                units.insert("days");
                findings.extend(too_early(&at.key("days"), transition.storage_class, days));
            }
            (None, Some(_)) => {
                units.insert("date");
            }
        }
    }
    if let Some(expiration) = &rule.expiration {
        units.extend(expiration.days.map(|_| "days"));
        units.extend(expiration.date.as_ref().map(|_| "date"));
    }
    if units.len() > 1 {
        findings.push(
            Finding::at(path.clone(), format!("`{path}` counts by days and by dates"))
                .help("S3 takes one of the two within a rule: write the other into a rule of its own"),
        );
    }
    for (index, transition) in rule.noncurrent_version_transitions.iter().flatten().enumerate() {
        let at = path.key("noncurrent_version_transitions").index(index).key("noncurrent_days");
        findings.extend(too_early(&at, transition.storage_class, transition.noncurrent_days));
        if let Some(expiration) = &rule.noncurrent_version_expiration
            && expiration.noncurrent_days <= transition.noncurrent_days
        {
            findings.push(Finding::at(
                at,
                format!(
                    "`{path}` lets older versions go after {} days, but move after {}",
                    expiration.noncurrent_days, transition.noncurrent_days
                ),
            ));
        }
    }
}

fn filter_findings(path: &FieldPath, rule: &LifecycleRule, findings: &mut Vec<Finding>) {
    let Some(filter) = &rule.filter else {
        return;
    };
    let at = path.key("filter");
    if let (Some(more), Some(fewer)) = (filter.object_size_greater_than, filter.object_size_less_than)
        && more >= fewer
    {
        findings.push(Finding::at(
            at.key("object_size_greater_than"),
            format!("`{at}` is for objects of more than {more} and fewer than {fewer} bytes: there are none"),
        ));
    }
    let tagged = filter.tags.as_ref().is_some_and(|tags| !tags.is_empty());
    let marker = rule.expiration.as_ref().and_then(|expiration| expiration.expired_object_delete_marker);
    let whole = [
        ("abort_incomplete_multipart_upload", rule.abort_incomplete_multipart_upload.is_some()),
        ("expiration", marker.is_some()),
    ];
    for (field, _) in whole.into_iter().filter(|(_, set)| tagged && *set) {
        findings.push(
            Finding::at(at.key("tags"), format!("`{path}.{field}` can't be filtered by tags"))
                .help("neither uploads in parts nor delete markers have tags: use a rule of its own"),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn faults(mut rule: Json) -> String {
        rule["id"] = json!("r");
        rule["status"] = json!("Enabled");
        let findings =
            findings(&"lifecycle_rules[0]".parse().unwrap(), &serde_json::from_value(rule).unwrap());
        findings
            .into_iter()
            .map(|finding| format!("{} ({})\n", finding.message, finding.help.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn rules_do_something_in_an_order_that_makes_sense() {
        for fine in [
            json!({"expiration": {"days": 90}, "filter": {"prefix": "logs/", "tags": {"a": "b"}}}),
            json!({"expiration": {"expired_object_delete_marker": true}}),
            json!({"abort_incomplete_multipart_upload": {"days_after_initiation": 7}}),
            json!({
                "transitions": [{"days": 30, "storage_class": "STANDARD_IA"}, {"days": 90, "storage_class": "GLACIER"}],
                "expiration": {"days": 365},
                "noncurrent_version_transitions": [{"noncurrent_days": 30, "storage_class": "ONEZONE_IA"}],
                "noncurrent_version_expiration": {"noncurrent_days": 60},
            }),
            json!({"transitions": [{"date": "2027-01-01", "storage_class": "DEEP_ARCHIVE"}]}),
        ] {
            assert_eq!(faults(fine.clone()), "", "{fine}");
        }
        let ia = |days: i64| json!([{"days": days, "storage_class": "STANDARD_IA"}]);
        for (broken, fault) in [
            (json!({}), "does nothing"),
            (json!({"transitions": []}), "does nothing"),
            (json!({"expiration": {}}), "one of its fields"),
            (json!({"expiration": {"days": 1, "date": "2027-01-01"}}), "one of its fields"),
            (json!({"transitions": ia(29)}), "30 is the least"),
            (json!({"transitions": [{"storage_class": "GLACIER"}]}), "either days or date"),
            (json!({"transitions": ia(30), "expiration": {"days": 30}}), "after 30 days, but move after 30"),
            (json!({"transitions": ia(30), "expiration": {"date": "2027-01-01"}}), "by days and by dates"),
            (
                json!({"noncurrent_version_transitions": [{"noncurrent_days": 7, "storage_class": "STANDARD_IA"}]}),
                "30 is the least",
            ),
            (
                json!({
                    "noncurrent_version_transitions": [{"noncurrent_days": 30, "storage_class": "GLACIER"}],
                    "noncurrent_version_expiration": {"noncurrent_days": 30},
                }),
                "older versions go after 30",
            ),
            (
                json!({"expiration": {"days": 1}, "filter": {"object_size_greater_than": 5, "object_size_less_than": 5}}),
                "there are none",
            ),
            (
                json!({"abort_incomplete_multipart_upload": {"days_after_initiation": 7}, "filter": {"tags": {"a": "b"}}}),
                "can't be filtered by tags",
            ),
            (
                json!({"expiration": {"expired_object_delete_marker": true}, "filter": {"tags": {"a": "b"}}}),
                "can't be filtered by tags",
            ),
        ] {
            let found = faults(broken.clone());
            assert!(found.contains(fault), "{broken}: {found}");
        }
    }
}
