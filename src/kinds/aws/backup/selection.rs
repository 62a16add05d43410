//! `aws.backup.selection`: what a plan backs up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn;
use super::plan::is_plan_id;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// What a plan backs up, and as whom. It has no update: every change makes another one.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupSelection.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The id of the plan.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.backup.plan", "x-holds" = true))]
    pub backup_plan_id: String,
    /// Its name within the plan.
    #[schemars(regex(pattern = r"^[a-zA-Z0-9\-_.]{1,50}$"), extend("x-immutable" = true))]
    pub selection_name: String,
    /// The ARN of the role that reads what is backed up.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.iam.role"))]
    pub iam_role_arn: String,
    /// ARNs of resources; one may end with `*`.
    #[schemars(length(max = 500), extend("x-immutable" = true, "x-collection" = "set"))]
    pub resources: Option<Vec<String>>,
    /// ARNs of resources that are left out.
    #[schemars(length(max = 500), extend("x-immutable" = true, "x-collection" = "set"))]
    pub not_resources: Option<Vec<String>>,
    /// Tags, of which a resource has one at least.
    #[schemars(extend("x-immutable" = true, "x-collection" = "set"))]
    pub list_of_tags: Option<Vec<TagCondition>>,
    /// Tags, of which a resource has to have all.
    #[schemars(extend("x-immutable" = true))]
    pub conditions: Option<Conditions>,
}

/// A tag that a resource has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TagCondition {
    /// How it is compared.
    pub condition_type: ConditionType,
    /// The tag's key.
    pub condition_key: String,
    /// The tag's value.
    pub condition_value: String,
}

/// How a tag is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ConditionType {
    Stringequals,
}

/// What the tags of a resource have to be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conditions {
    /// They are these.
    #[schemars(extend("x-collection" = "set"))]
    pub string_equals: Option<Vec<Condition>>,
    /// They are not these.
    #[schemars(extend("x-collection" = "set"))]
    pub string_not_equals: Option<Vec<Condition>>,
    /// They look like these, where `*` stands for anything.
    #[schemars(extend("x-collection" = "set"))]
    pub string_like: Option<Vec<Condition>>,
    /// They don't look like these.
    #[schemars(extend("x-collection" = "set"))]
    pub string_not_like: Option<Vec<Condition>>,
}

impl Conditions {
    fn all(&self) -> impl Iterator<Item = (&'static str, usize, &Condition)> {
        let lists = [
            ("string_equals", &self.string_equals),
            ("string_not_equals", &self.string_not_equals),
            ("string_like", &self.string_like),
            ("string_not_like", &self.string_not_like),
        ];
        lists.into_iter().flat_map(|(name, list)| {
            list.iter().flatten().enumerate().map(move |(index, condition)| (name, index, condition))
        })
    }
}

/// A tag that is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Condition {
    /// `aws:ResourceTag/` and the tag's key.
    pub condition_key: String,
    /// The tag's value.
    pub condition_value: String,
}

/// A selection as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// The plan's id, a slash and its own.
    pub id: String,
}

/// The kind itself.
pub struct Selection;

/// How many ARNs may end with `*`.
const MOST_PATTERNS: usize = 30;

impl Kind for Selection {
    const TYPE: &'static str = "aws.backup.selection";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = arn::findings("iam_role_arn", &spec.iam_role_arn, "iam", &["role"]);
        findings.extend(arns_findings("resources", spec.resources.as_deref().unwrap_or_default()));
        findings.extend(arns_findings("not_resources", spec.not_resources.as_deref().unwrap_or_default()));
        let conditions: Vec<_> = spec.conditions.iter().flat_map(Conditions::all).collect();
        let tags = spec.list_of_tags.as_ref().is_some_and(|tags| !tags.is_empty());
        let resources = spec.resources.as_ref().is_some_and(|resources| !resources.is_empty());
        if !tags && !resources && conditions.is_empty() {
            findings.push(
                Finding::on("resources", "nothing is selected")
                    .and("list_of_tags")
                    .and("conditions")
                    .help("set `resources`, `list_of_tags` or `conditions`"),
            );
        }
        for (name, index, condition) in conditions {
            if !condition.condition_key.starts_with("aws:ResourceTag/") {
                findings.push(
                    Finding::on(
                        &format!("conditions.{name}[{index}].condition_key"),
                        format!("`{}` doesn't start with aws:ResourceTag/", condition.condition_key),
                    )
                    .help(format!("write `aws:ResourceTag/{}`", condition.condition_key)),
                );
            }
        }
        for (index, tag) in spec.list_of_tags.iter().flatten().enumerate() {
            if let Some(key) = tag.condition_key.strip_prefix("aws:ResourceTag/") {
                findings.push(
                    Finding::on(
                        &format!("list_of_tags[{index}].condition_key"),
                        "`list_of_tags` has the tag's key itself",
                    )
                    .help(format!("write `{key}`")),
                );
            }
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2)
            .visible_after(30)
            .computes("id", "{spec.backup_plan_id}/{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}")
    }

    /// A name is taken once in a plan, whose region is the selection's.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let plan = cloud.find("aws.backup.plan", "id", &spec.backup_plan_id);
        if plan.is_none_or(|plan| plan.region != cloud.region()) {
            return Err(Refusal::new(
                "InvalidParameterValueException",
                format!("Cannot find Backup plan with ID {}", spec.backup_plan_id),
            ));
        }
        let taken = cloud.all(Self::TYPE).into_iter().any(|other| {
            other.attributes["backup_plan_id"] == spec.backup_plan_id.as_str()
                && other.attributes["selection_name"] == spec.selection_name.as_str()
        });
        if taken {
            return Err(Refusal::new(
                "AlreadyExistsException",
                format!("A selection {} exists in the plan already", spec.selection_name),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        match text.split_once('/') {
            Some((plan, selection)) if is_plan_id(plan) && is_plan_id(selection) => Ok(PhysicalId::new(text)),
            _ => Err(format!("`{text}` should be the plan's id, a slash and the selection's id")),
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "backup:CreateBackupSelection",
            "backup:DeleteBackupSelection",
            "backup:GetBackupSelection",
            "backup:ListBackupSelections",
            "iam:GetRole",
            "iam:PassRole",
        ]
    }
}

/// What is wrong with a list of ARNs and patterns.
fn arns_findings(field: &str, arns: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, text) in arns.iter().enumerate() {
        let path = format!("{field}[{index}]");
        let is_everything = text == "*";
        let head = text.strip_suffix('*').unwrap_or(text);
        if !is_everything && arn::Arn::parse(text).is_none() {
            findings.push(
                Finding::on(&path, format!("{text:?} is no ARN of a resource"))
                    .help("`*` stands for everything"),
            );
        } else if head.contains('*') && !is_type(head) {
            findings.push(
                Finding::on(&path, format!("{text:?} has `*` elsewhere than at its end"))
                    .help("only what starts alike can be selected so: use tags for everything else"),
            );
        }
    }
    let patterns = arns.iter().filter(|arn| arn.contains('*')).count();
    if patterns > MOST_PATTERNS {
        findings.push(Finding::on(
            field,
            format!("`{field}` has {patterns} ARNs with `*`, where {MOST_PATTERNS} are allowed"),
        ));
    }
    findings
}

/// Whether a pattern leaves only region and account open before its end, as that of a type of
/// resource does: `arn:aws:rds:*:*:cluster:*`.
fn is_type(head: &str) -> bool {
    arn::Arn::parse(head).is_some_and(|arn| {
        !arn.resource.contains('*')
            && [arn.region, arn.account].iter().all(|part| *part == "*" || !part.contains('*'))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, refusal};
    use crate::model::Json;

    const PLAN: &str = "8f81f553-3a74-4a3f-b93d-b3360dc80c50";

    fn selection() -> Json {
        json!({"backup_plan_id": PLAN, "selection_name": "database",
            "iam_role_arn": "arn:aws:iam::123456789012:role/backup",
            "resources": ["arn:aws:rds:us-east-1:123456789012:cluster:production", "arn:aws:rds:*:*:cluster:*"],
            "conditions": {"string_equals": [
                {"condition_key": "aws:ResourceTag/backup", "condition_value": "daily"}]}})
    }

    #[test]
    fn what_is_selected_is_named_as_the_api_wants_it() {
        let many: Vec<String> = (0..=MOST_PATTERNS).map(|n| format!("arn:aws:s3:::{n}*")).collect();
        assert_rules::<Selection>(
            &selection(),
            &[
                (&[("/resources", json!(null)), ("/conditions", json!(null))], "nothing is selected"),
                (&[("/resources", json!(["*"]))], ""),
                (&[("/resources", json!(["production"]))], "no ARN of a resource"),
                (&[("/resources", json!(["arn:aws:s3:::*-logs"]))], "elsewhere than at its end"),
                (&[("/resources", json!(many))], "31 ARNs with `*`"),
                (&[("/not_resources", json!(["x"]))], "no ARN of a resource"),
                (&[("/iam_role_arn", json!("backup"))], "no Amazon resource name"),
                (
                    &[("/conditions/string_equals/0/condition_key", json!("backup"))],
                    "write `aws:ResourceTag/backup`",
                ),
                (
                    &[(
                        "/list_of_tags",
                        json!([{"condition_type": "STRINGEQUALS", "condition_key": "aws:ResourceTag/backup",
                            "condition_value": "daily"}]),
                    )],
                    "write `backup`",
                ),
            ],
        );
        assert_whole::<Selection>(&selection());
        assert!(Selection::import_id(PLAN).is_err());
        assert!(Selection::import_id(&format!("{PLAN}/{PLAN}")).is_ok());
    }

    #[test]
    fn a_name_is_taken_once_in_a_plan_of_the_region() {
        let mut world = World::default();
        assert_eq!(refusal::<Selection>(&world, selection(), json!({})), "InvalidParameterValueException");
        world.add("aws.backup.plan", PLAN, json!({}));
        assert_eq!(refusal::<Selection>(&world, selection(), json!({})), "");
        world.add(Selection::TYPE, "s", selection());
        assert_eq!(refusal::<Selection>(&world, selection(), json!({})), "AlreadyExistsException");
        world.region = "eu-west-1";
        assert_eq!(refusal::<Selection>(&world, selection(), json!({})), "InvalidParameterValueException");
    }
}
