//! `aws.ce.cost_allocation_tag`: a tag that costs are told apart by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// A tag that costs are told apart by. AWS knows a key up to a day after something first has carried
/// it; only the account that pays can say this.
/// <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_UpdateCostAllocationTagsStatus.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The key, as resources carry it.
    #[schemars(length(min = 1, max = 128), extend("x-immutable" = true))]
    pub tag_key: String,
    /// Whether costs are told apart by it from now on.
    #[schemars(extend("default" = "Active"))]
    pub status: Option<Status>,
}

/// Whether costs are told apart by a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Status {
    Active,
    Inactive,
}

/// Who puts a tag on resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TagType {
    AWSGenerated,
    UserDefined,
}

/// A tag as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its key.
    pub id: String,
    /// Who puts it on resources.
    pub r#type: TagType,
}

/// How many tags of its own an account may tell costs apart by.
/// <https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/billing-limits.html>
const MOST_ACTIVE: usize = 500;

/// The kind itself.
pub struct CostAllocationTag;

impl Kind for CostAllocationTag {
    const TYPE: &'static str = "aws.ce.cost_allocation_tag";
    const IDENTITY: &'static [&'static str] = &["tag_key"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let prefixed = spec.tag_key.strip_prefix("user:");
        prefixed
            .map(|key| {
                Finding::on("tag_key", "`tag_key` starts with `user:`, as reports write it")
                    .help(format!("did you mean `{key}`?"))
            })
            .into_iter()
            .collect()
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let source = if spec.tag_key.starts_with("aws:") { "AWSGenerated" } else { "UserDefined" };
        Profile::seconds(2, 2, 2).computes("id", "{spec.tag_key}").computes("type", source)
    }

    /// An account tells costs apart by a bounded number of tags, and by each once.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        if cloud.find(Self::TYPE, "tag_key", &spec.tag_key).is_some() {
            return Err(Refusal::new(
                "ValidationException",
                format!("the cost allocation tag {} is declared already", spec.tag_key),
            ));
        }
        let active =
            cloud.all(Self::TYPE).iter().filter(|other| other.attributes["status"] != "Inactive").count();
        if active >= MOST_ACTIVE {
            return Err(Refusal::new("LimitExceededException", "too many active cost allocation tags"));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        if (1..=128).contains(&text.chars().count()) {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should be the key of a tag"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &["ce:ListCostAllocationTags", "ce:UpdateCostAllocationTagsStatus"]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};

    #[test]
    fn a_key_is_named_as_resources_carry_it() {
        assert_whole::<CostAllocationTag>(&json!({"tag_key": "phase", "status": "Active"}));
        assert_rules::<CostAllocationTag>(
            &json!({"tag_key": "phase"}),
            &[
                (&[("/tag_key", json!("user:phase"))], "did you mean `phase`?"),
                (&[("/tag_key", json!(""))], "1 to 128"),
                (&[("/status", json!("active"))], "none of"),
            ],
        );
        let of = |key: &str| CostAllocationTag::profile(&Spec { tag_key: key.into(), status: None });
        assert_eq!(of("aws:createdBy").computed[1].pattern, "AWSGenerated");
        assert_eq!(of("phase").computed[1].pattern, "UserDefined");
    }

    #[test]
    fn costs_are_told_apart_by_a_tag_once() {
        let spec = json!({"tag_key": "phase"});
        let world = World::default().with(CostAllocationTag::TYPE, "phase", "us-east-1", spec.clone());
        assert_eq!(world.create::<CostAllocationTag>(&spec), Err("ValidationException".into()));
        assert!(world.create::<CostAllocationTag>(&json!({"tag_key": "environment"})).is_ok());
        let full = (0..MOST_ACTIVE).fold(World::default(), |world, n| {
            world.with(
                CostAllocationTag::TYPE,
                &n.to_string(),
                "us-east-1",
                json!({"tag_key": n.to_string()}),
            )
        });
        assert_eq!(full.create::<CostAllocationTag>(&spec), Err("LimitExceededException".into()));
    }

    #[test]
    fn it_is_imported_by_its_key() {
        assert_eq!(CostAllocationTag::import_id("phase").unwrap().as_str(), "phase");
        assert!(CostAllocationTag::import_id("").is_err());
    }
}
