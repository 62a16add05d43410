//! The rules by which a repository loses images as they age.
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::Finding;
use crate::model::FieldPath;

/// What becomes of some of the images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LifecycleRule {
    /// Its place among the rules: an image that a lower one has taken is out of reach for the others.
    #[schemars(range(min = 1))]
    pub rule_priority: i64,
    /// What it is for.
    #[schemars(length(max = 256))]
    pub description: Option<String>,
    /// Which images.
    pub selection: Selection,
    /// What is done with them.
    pub action: Action,
}

/// Which images a rule is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Selection {
    /// Whether they have a tag.
    pub tag_status: TagStatus,
    /// Patterns of tags with up to four `*` each: an image needs a tag for every one of them.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub tag_pattern_list: Option<Vec<String>>,
    /// What tags start with: an image needs a tag for every one of them.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub tag_prefix_list: Option<Vec<String>>,
    /// In which class of storage they lie.
    #[schemars(extend("x-default" = "provider"))]
    pub storage_class: Option<StorageClass>,
    /// What is counted.
    pub count_type: CountType,
    /// The unit of a time.
    pub count_unit: Option<CountUnit>,
    /// How many images are kept, or how many days they are.
    #[schemars(range(min = 1))]
    pub count_number: i64,
}

/// Whether images have a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TagStatus {
    Tagged,
    Untagged,
    Any,
}

/// What images are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CountType {
    /// The newest so many are kept.
    ImageCountMoreThan,
    SinceImagePushed,
    SinceImagePulled,
    /// Since they were moved to the archive.
    SinceImageTransitioned,
}

/// The unit of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CountUnit {
    Days,
}

/// A class of storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StorageClass {
    Standard,
    /// Cheaper; an image has to be brought back before it can be pulled.
    Archive,
}

/// What is done with images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    /// Whether they are deleted or moved.
    #[serde(rename = "type")]
    pub action_type: ActionType,
    /// Where they are moved to.
    pub target_storage_class: Option<StorageClass>,
}

/// Whether images are deleted or moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActionType {
    Expire,
    Transition,
}

const MOST_STARS: usize = 4;

/// What is wrong with the rules of a repository.
pub(super) fn findings(rules: &[LifecycleRule]) -> Vec<Finding> {
    let root = FieldPath::root().key("lifecycle_rules");
    let mut findings = Vec::new();
    let last = rules.iter().map(|rule| rule.rule_priority).max();
    for (index, rule) in rules.iter().enumerate() {
        let path = root.index(index);
        findings.extend(tag_findings(&path.key("selection"), &rule.selection));
        findings.extend(count_findings(&path.key("selection"), &rule.selection));
        findings.extend(action_findings(&path.key("action"), &rule.action));
        if rule.selection.tag_status == TagStatus::Any && Some(rule.rule_priority) != last {
            findings.push(
                Finding::at(path.key("rule_priority"), "a rule for any image comes before another rule")
                    .and_at(path.key("selection").key("tag_status"))
                    .help("give it the highest `rule_priority`: it would take every image first"),
            );
        }
    }
    findings
}

fn tag_findings(path: &FieldPath, selection: &Selection) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lists =
        [("tag_pattern_list", &selection.tag_pattern_list), ("tag_prefix_list", &selection.tag_prefix_list)];
    let given: Vec<&str> = lists.iter().filter(|(_, list)| list.is_some()).map(|(name, _)| *name).collect();
    let is_tagged = selection.tag_status == TagStatus::Tagged;
    match given[..] {
        [] if is_tagged => findings.push(
            Finding::at(path.clone(), "a rule for tagged images says no tags")
                .help("set `tag_pattern_list: [\"*\"]` for all of them"),
        ),
        [name, ..] if !is_tagged => findings.push(
            Finding::at(path.key(name), format!("`{name}` stands only beside `tag_status: tagged`"))
                .and_at(path.key("tag_status")),
        ),
        [first, second] => findings.push(
            Finding::at(path.key(second), "a rule has either patterns or prefixes of tags")
                .and_at(path.key(first)),
        ),
        _ => {}
    }
    for (index, pattern) in selection.tag_pattern_list.iter().flatten().enumerate() {
        if pattern.matches('*').count() > MOST_STARS {
            let at = path.key("tag_pattern_list").index(index);
            findings.push(Finding::at(at, format!("{pattern:?} has more than {MOST_STARS} `*`")));
        }
    }
    findings
}

fn count_findings(path: &FieldPath, selection: &Selection) -> Vec<Finding> {
    let mut findings = Vec::new();
    let counts_images = selection.count_type == CountType::ImageCountMoreThan;
    if counts_images == selection.count_unit.is_some() {
        let (message, help) = if counts_images {
            ("a number of images has no `count_unit`", "leave it out")
        } else {
            ("a time needs its `count_unit`", "set `count_unit: days`")
        };
        findings.push(Finding::at(path.key("count_unit"), message).and_at(path.key("count_type")).help(help));
    }
    let archived = selection.storage_class == Some(StorageClass::Archive);
    if archived != (selection.count_type == CountType::SinceImageTransitioned) {
        findings.push(
            Finding::at(
                path.key("storage_class"),
                "`storage_class: archive` and `count_type: sinceImageTransitioned` go only together",
            )
            .and_at(path.key("count_type")),
        );
    }
    findings
}

fn action_findings(path: &FieldPath, action: &Action) -> Option<Finding> {
    let moves = action.action_type == ActionType::Transition;
    let fits = match action.target_storage_class {
        None => !moves,
        Some(class) => moves && class == StorageClass::Archive,
    };
    (!fits).then(|| {
        Finding::at(path.key("target_storage_class"), "only a transition has a target, the archive")
            .and_at(path.key("type"))
            .help("write `{ type: transition, target_storage_class: archive }` or `{ type: expire }`")
    })
}
