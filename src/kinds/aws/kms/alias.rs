//! `aws.kms.alias`: a name for a key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::key_id;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// A name for a key, unique in its region. It carries no tags.
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The name, such as `alias/data`.
    #[schemars(length(min = 1, max = 256), extend("x-immutable" = true))]
    pub name: String,
    /// The id of the key, in the same region.
    #[schemars(extend("x-refers" = "aws.kms.key|aws.kms.replica_key"))]
    pub target_key_id: String,
}

/// An alias as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its ARN.
    pub arn: String,
}

/// The kind itself.
pub struct Alias;

impl Kind for Alias {
    const TYPE: &'static str = "aws.kms.alias";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Err(fault) = check_name(&spec.name) {
            findings.push(Finding::on("name", fault).help("write it as alias/data"));
        }
        let key = &spec.target_key_id;
        if !key_id::is_key_id(key) {
            let finding =
                Finding::on("target_key_id", format!("`target_key_id` is {key:?}, which is no id of a key"));
            findings.push(finding.help(if key_id::is_key_arn(key) {
                "give its `id`: that is what KMS keeps, so the ARN would look changed for ever"
            } else {
                "refer to the `id` of an aws.kms.key"
            }));
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(1, 1, 1)
            .visible_after(key_id::VISIBLE_AFTER_S)
            .computes("id", "{spec.name}")
            .computes("arn", "arn:aws:kms:{region}:{account}:{spec.name}")
    }

    /// Names are unique in a region, and the key lies in it.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (spec, is_new) = match call {
            Call::Create { spec, .. } => (spec, true),
            Call::Update { spec, .. } => (spec, false),
            Call::Delete { .. } => return Ok(()),
        };
        if key_id::find(cloud, cloud.region(), &spec.target_key_id).is_none() {
            return Err(Refusal::new(
                "NotFoundException",
                format!("Key '{}' does not exist", spec.target_key_id),
            ));
        }
        let is_taken = cloud
            .all(Self::TYPE)
            .iter()
            .any(|other| other.region == cloud.region() && other.attributes["name"] == spec.name.as_str());
        if is_new && is_taken {
            return Err(Refusal::new(
                "AlreadyExistsException",
                format!("An alias with the name {} already exists", spec.name),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        check_name(text).map(|()| PhysicalId::new(text))
    }

    fn actions() -> &'static [&'static str] {
        &["kms:CreateAlias", "kms:DeleteAlias", "kms:DescribeKey", "kms:ListAliases", "kms:UpdateAlias"]
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let Some(rest) = name.strip_prefix("alias/") else {
        return Err(format!("`{name}` doesn't start with alias/"));
    };
    if rest.starts_with("aws/") {
        return Err(format!("`{name}` starts with alias/aws/, which AWS keeps for itself"));
    }
    if rest.is_empty()
        || name.len() > 256
        || !rest.chars().all(|c| c.is_ascii_alphanumeric() || "/_-".contains(c))
    {
        return Err(format!("`{name}` isn't alias/ followed by letters, digits and /_-"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, faults, refusal};
    use serde_json::json;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    #[test]
    fn each_rule_refuses_what_breaks_it_only() {
        let alias = json!({"name": "alias/data/main", "target_key_id": ID});
        assert_eq!(faults::<Alias>(alias.clone(), json!({})), Vec::<String>::new());
        for (change, fault) in [
            (json!({"name": "data"}), "doesn't start with alias/"),
            (json!({"name": "alias/aws/s3"}), "for itself"),
            (json!({"name": "alias/"}), "followed by letters"),
            (json!({"name": "alias/a b"}), "followed by letters"),
            (json!({"target_key_id": "alias/other"}), "refer to the `id`"),
            (json!({"target_key_id": format!("arn:aws:kms:us-east-1:123456789012:key/{ID}")}), "for ever"),
        ] {
            let found = faults::<Alias>(alias.clone(), change.clone());
            assert!(found.iter().any(|found| found.contains(fault)), "{change}: {found:?}");
        }
    }

    #[test]
    fn the_key_lies_in_the_same_region_and_the_name_is_free() {
        let alias = json!({"name": "alias/data", "target_key_id": ID});
        let mut world = World::default();
        assert_eq!(refusal::<Alias>(&world, alias.clone(), json!({})), "NotFoundException");
        world.add("aws.kms.key", ID, json!({}));
        assert_eq!(refusal::<Alias>(&world, alias.clone(), json!({})), "");
        world.add("aws.kms.alias", "alias/data", json!({"name": "alias/data"}));
        assert_eq!(refusal::<Alias>(&world, alias.clone(), json!({})), "AlreadyExistsException");
        world.region = "eu-west-1";
        assert_eq!(refusal::<Alias>(&world, alias, json!({})), "NotFoundException");
    }
}
