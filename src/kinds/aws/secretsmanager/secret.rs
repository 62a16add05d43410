//! `aws.secretsmanager.secret`: a value that only those who may read it see.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::kms::key_id;
use super::super::policy_document::{self, Usage};
use super::super::tags;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A secret value, kept encrypted, in one region and its replicas in others.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The name, unique in the account and region, such as `production/database`.
    #[schemars(length(min = 1, max = 512), extend("x-immutable" = true))]
    pub name: String,
    /// What it is for.
    #[schemars(length(max = 2048))]
    pub description: Option<String>,
    /// The key that encrypts it, by id, ARN or alias.
    #[schemars(length(max = 2048), extend("default" = "alias/aws/secretsmanager", "x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub kms_key_id: Option<String>,
    /// The value itself, of at most 64 KiB: give it as a reference to where it is kept. A value
    /// that a rotation has written since is not drift.
    #[schemars(length(min = 1), extend("x-sensitive" = true, "x-write-only" = true))]
    pub value: Option<String>,
    /// How a value is made up, straight into the store. A change of it makes up a new one.
    #[schemars(extend("x-write-only" = true))]
    pub generate: Option<Generate>,
    /// The regions that hold a copy.
    #[schemars(extend("x-collection" = "list(region)"))]
    pub replica_regions: Option<Vec<ReplicaRegion>>,
    /// Whether a secret of that name in a replica's region is overwritten. Ours: it goes with the
    /// call.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub force_overwrite_replica_secret: Option<bool>,
    /// Who may do what with it.
    #[schemars(extend("type" = "object", "x-form" = "policy", "x-exclusive" = true))]
    pub resource_policy: Option<Json>,
    /// Refuses a policy that lets everybody in. Ours: it goes with the call.
    #[schemars(extend("default" = true, "x-write-only" = true))]
    pub block_public_policy: Option<bool>,
    /// How many days a deletion can be taken back: 7 to 30, or 0 for not at all. Until then, the
    /// name isn't free. Ours: it is used when it is deleted.
    #[schemars(range(min = 0, max = 30), extend("default" = 30, "x-write-only" = true))]
    pub recovery_window_in_days: Option<i64>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// How a password is made up.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html>
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generate {
    /// How long it is.
    #[schemars(range(min = 1, max = 4096), extend("default" = 32))]
    pub password_length: Option<i64>,
    /// Characters that it doesn't have.
    #[schemars(length(max = 4096))]
    pub exclude_characters: Option<String>,
    /// Leaves out lower-case letters.
    #[schemars(extend("default" = false))]
    pub exclude_lowercase: Option<bool>,
    /// Leaves out digits.
    #[schemars(extend("default" = false))]
    pub exclude_numbers: Option<bool>,
    /// Leaves out punctuation.
    #[schemars(extend("default" = false))]
    pub exclude_punctuation: Option<bool>,
    /// Leaves out upper-case letters.
    #[schemars(extend("default" = false))]
    pub exclude_uppercase: Option<bool>,
    /// Whether it may have spaces.
    #[schemars(extend("default" = false))]
    pub include_space: Option<bool>,
    /// Whether it has at least one of each sort that isn't left out.
    #[schemars(extend("default" = true))]
    pub require_each_included_type: Option<bool>,
    /// The rest of a secret that is a JSON object, such as `{username: app}`.
    #[schemars(extend("type" = "object"))]
    pub secret_string_template: Option<Json>,
    /// The key of that object under which the password goes, such as `password`.
    #[schemars(length(min = 1))]
    pub generate_string_key: Option<String>,
}

impl Generate {
    /// How many sorts of characters are left in.
    fn sorts(&self) -> i64 {
        let left_out =
            [self.exclude_lowercase, self.exclude_numbers, self.exclude_punctuation, self.exclude_uppercase];
        left_out.iter().map(|out| i64::from(*out != Some(true))).sum()
    }
}

/// A copy in another region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplicaRegion {
    /// Such as `eu-west-1`.
    #[schemars(length(min = 1))]
    pub region: String,
    /// The key there that encrypts it.
    #[schemars(length(max = 2048), extend("default" = "alias/aws/secretsmanager", "x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub kms_key_id: Option<String>,
}

/// A secret as the API describes it; its value is not part of that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its ARN.
    pub id: String,
    /// Ends with a hyphen and six characters that differ each time it is made.
    pub arn: String,
    /// Whether a rotation is set up.
    pub rotation_enabled: bool,
}

/// The kind itself.
pub struct Secret;

/// <https://aws.amazon.com/secrets-manager/pricing/>
const USD_PER_MONTH: f64 = 0.40;

const MAX_VALUE_BYTES: usize = 65_536;

impl Kind for Secret {
    const TYPE: &'static str = "aws.secretsmanager.secret";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = name_findings(&spec.name);
        if let Some(key) = &spec.kms_key_id {
            findings.extend(key_id::findings("kms_key_id", key));
        }
        if spec.value.as_ref().is_some_and(|value| value.len() > MAX_VALUE_BYTES) {
            findings.push(Finding::on("value", format!("`value` has more than {MAX_VALUE_BYTES} bytes")));
        }
        if let Some(generate) = &spec.generate {
            if spec.value.is_some() {
                findings.push(
                    Finding::on("generate", "a secret has either a `value` or one that is made up")
                        .and("value"),
                );
            }
            findings.extend(generate_findings(generate));
        }
        for (index, replica) in spec.replica_regions.iter().flatten().enumerate() {
            let path = format!("replica_regions[{index}]");
            if !is_region(&replica.region) {
                findings.push(Finding::on(
                    &format!("{path}.region"),
                    format!("{:?} is no region", replica.region),
                ));
            }
            if let Some(key) = &replica.kms_key_id {
                findings.extend(key_id::findings(&format!("{path}.kms_key_id"), key));
            }
        }
        if spec.recovery_window_in_days.is_some_and(|days| (1..7).contains(&days)) {
            findings.push(
                Finding::on("recovery_window_in_days", "`recovery_window_in_days` should be 0 or 7 to 30")
                    .help("0 deletes at once, and nothing brings the value back"),
            );
        }
        if let Some(policy) = &spec.resource_policy {
            findings.extend(policy_document::findings("resource_policy", policy, Usage::Secret));
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let profile = Profile::seconds(2, 2, 1)
            .visible_after(30)
            .computes("id", "arn:aws:secretsmanager:{region}:{account}:secret:{spec.name}-{hex:6}")
            .computes("arn", "{id}")
            .computes("rotation_enabled", "json:false")
            .costs_monthly("secret", USD_PER_MONTH);
        spec.replica_regions.iter().flatten().fold(profile, |profile, replica| {
            profile.costs_monthly(format!("secret replica in {}", replica.region), USD_PER_MONTH)
        })
    }

    /// The name is free in its region and in its replicas', and its keys are there.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (spec, own) = match call {
            Call::Create { spec, .. } => (spec, None),
            Call::Update { spec, id, .. } => (spec, Some(id)),
            Call::Delete { .. } => return Ok(()),
        };
        if let Some(policy) = &spec.resource_policy
            && let Some(finding) = policy_document::findings("resource_policy", policy, Usage::Secret).first()
        {
            return Err(Refusal::new("MalformedPolicyDocumentException", finding.message.clone()));
        }
        let own_place = (cloud.region(), spec.kms_key_id.as_deref());
        let replicas = spec.replica_regions.iter().flatten();
        let replicas: Vec<_> =
            replicas.map(|replica| (replica.region.as_str(), replica.kms_key_id.as_deref())).collect();
        if replicas.iter().any(|(region, _)| *region == cloud.region()) {
            return Err(Refusal::new(
                "InvalidParameterException",
                "a secret can't be replicated to its own region",
            ));
        }
        let overwrites = spec.force_overwrite_replica_secret == Some(true);
        for (region, key) in std::iter::once(own_place).chain(replicas) {
            let is_own = region == cloud.region();
            if (is_own || !overwrites) && is_taken(cloud, region, spec, own) {
                return Err(Refusal::new(
                    "ResourceExistsException",
                    format!(
                        "The operation failed because the secret {} already exists in {region}.",
                        spec.name
                    ),
                ));
            }
            if key.is_some_and(|key| !key_id::is_there(cloud, region, key)) {
                return Err(Refusal::new(
                    "EncryptionFailure",
                    format!(
                        "Secrets Manager can't find the KMS key {} in {region}.",
                        key.unwrap_or_default()
                    ),
                ));
            }
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::arn::import(text)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "kms:Decrypt",
            "kms:GenerateDataKey",
            "secretsmanager:CreateSecret",
            "secretsmanager:DeleteResourcePolicy",
            "secretsmanager:DeleteSecret",
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetRandomPassword",
            "secretsmanager:GetResourcePolicy",
            "secretsmanager:ListSecrets",
            "secretsmanager:PutResourcePolicy",
            "secretsmanager:PutSecretValue",
            "secretsmanager:RemoveRegionsFromReplication",
            "secretsmanager:ReplicateSecretToRegions",
            "secretsmanager:TagResource",
            "secretsmanager:UntagResource",
            "secretsmanager:UpdateSecret",
        ]
    }
}

fn name_findings(name: &str) -> Vec<Finding> {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c)) {
        return vec![Finding::on(
            "name",
            format!("`name` is {name:?}, where letters, digits and /_+=.@- are allowed"),
        )];
    }
    Vec::new()
}

fn generate_findings(generate: &Generate) -> Vec<Finding> {
    let mut findings = Vec::new();
    let length = generate.password_length.unwrap_or(32);
    let sorts = generate.sorts();
    if sorts == 0 && generate.include_space != Some(true) {
        findings.push(Finding::on("generate", "`generate` leaves out every character"));
    }
    if generate.require_each_included_type != Some(false) && length < sorts {
        findings.push(
            Finding::on(
                "generate.password_length",
                format!("{length} characters can't hold one of each of {sorts} sorts"),
            )
            .help("make it longer or set `require_each_included_type: false`"),
        );
    }
    match (&generate.secret_string_template, &generate.generate_string_key) {
        (None, None) => {}
        (Some(template), Some(key)) => match template.as_object() {
            None => findings.push(Finding::on(
                "generate.secret_string_template",
                "`secret_string_template` should be a map",
            )),
            Some(map) if map.contains_key(key) => findings.push(
                Finding::on(
                    "generate.generate_string_key",
                    format!("`secret_string_template` has the key `{key}` already"),
                )
                .and("generate.secret_string_template"),
            ),
            Some(_) => {}
        },
        (template, _) => {
            let (there, missing) = if template.is_some() {
                ("secret_string_template", "generate_string_key")
            } else {
                ("generate_string_key", "secret_string_template")
            };
            findings.push(Finding::on(
                &format!("generate.{there}"),
                format!("`{there}` needs `{missing}` beside it"),
            ));
        }
    }
    findings
}

/// Whether another secret of that name, or a replica of one, is in a region.
fn is_taken(cloud: &dyn Cloud, region: &str, spec: &Spec, own: Option<&PhysicalId>) -> bool {
    cloud.all(Secret::TYPE).iter().any(|other| {
        let has_replica = other.attributes["replica_regions"]
            .as_array()
            .is_some_and(|replicas| replicas.iter().any(|replica| replica["region"] == region));
        Some(other.id) != own
            && other.attributes["name"] == spec.name.as_str()
            && (other.region == region || has_replica)
    })
}

/// Whether a text has the form of a region's name, such as `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else {
        return false;
    };
    (2..=3).contains(&words.len())
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, faults, refusal};
    use serde_json::json;

    fn secret() -> Json {
        json!({"name": "production/database"})
    }

    #[test]
    fn complete_secrets_are_fine() {
        let generated = json!({
            "description": "of the application", "kms_key_id": "alias/data", "recovery_window_in_days": 0,
            "generate": {"password_length": 40, "exclude_characters": "\"@/\\",
                "secret_string_template": {"username": "app"}, "generate_string_key": "password"},
            "replica_regions": [{"region": "eu-west-1"}, {"region": "ap-southeast-1", "kms_key_id": "alias/data"}],
            "resource_policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*",
                "Action": "secretsmanager:DeleteSecret", "Resource": "*"}]},
            "tags": {"a": "b"},
        });
        assert_eq!(faults::<Secret>(secret(), generated), Vec::<String>::new());
        assert_eq!(faults::<Secret>(secret(), json!({"value": "x"})), Vec::<String>::new());
    }

    #[test]
    fn each_rule_refuses_what_breaks_it() {
        for (change, fault) in [
            (json!({"name": "a b"}), "where letters"),
            (json!({"kms_key_id": "data"}), "kms_key_id: "),
            (json!({"value": "x", "generate": {}}), "either a `value`"),
            (json!({"value": "x".repeat(65_537)}), "more than 65536 bytes"),
            (json!({"generate": {"password_length": 3}}), "one of each of 4 sorts"),
            (json!({"generate": {"password_length": 5000}}), "1 to 4096"),
            (
                json!({"generate": {"exclude_lowercase": true, "exclude_numbers": true,
                "exclude_punctuation": true, "exclude_uppercase": true}}),
                "every character",
            ),
            (json!({"generate": {"generate_string_key": "password"}}), "needs `secret_string_template`"),
            (json!({"generate": {"secret_string_template": {}}}), "needs `generate_string_key`"),
            (
                json!({"generate": {"secret_string_template": "{}", "generate_string_key": "p"}}),
                "should be a map",
            ),
            (
                json!({"generate": {"secret_string_template": {"p": 1}, "generate_string_key": "p"}}),
                "already",
            ),
            (json!({"replica_regions": [{"region": "europe"}]}), "is no region"),
            (
                json!({"replica_regions": [{"region": "eu-west-1", "kms_key_id": "x"}]}),
                "replica_regions[0].kms_key_id",
            ),
            (json!({"replica_regions": [{"region": "eu-west-1"}, {"region": "eu-west-1"}]}), "twice"),
            (json!({"recovery_window_in_days": 3}), "0 or 7 to 30"),
            (json!({"resource_policy": {}}), "`Version` is missing"),
            (json!({"tags": {"aws:x": ""}}), "for itself"),
        ] {
            let found = faults::<Secret>(secret(), change.clone());
            assert!(found.iter().any(|found| found.contains(fault)), "{change}: {found:?}");
        }
    }

    #[test]
    fn the_sandbox_refuses_what_the_service_refuses() {
        let mut world = World::default();
        let create = |world: &World, change: Json| refusal::<Secret>(world, secret(), change);
        assert_eq!(create(&world, json!({"replica_regions": [{"region": "eu-west-1"}]})), "");
        let to_itself = json!({"replica_regions": [{"region": "us-east-1"}]});
        assert_eq!(create(&world, to_itself), "InvalidParameterException");
        assert_eq!(create(&world, json!({"kms_key_id": "alias/data"})), "EncryptionFailure");
        assert_eq!(create(&world, json!({"resource_policy": {}})), "MalformedPolicyDocumentException");
        world.region = "eu-west-1";
        world.add(Secret::TYPE, "x", json!({"name": "production/database"}));
        world.region = "us-east-1";
        assert_eq!(create(&world, json!({})), "");
        let replica = json!({"replica_regions": [{"region": "eu-west-1"}]});
        assert_eq!(create(&world, replica.clone()), "ResourceExistsException");
        let mut overwriting = replica;
        overwriting["force_overwrite_replica_secret"] = json!(true);
        assert_eq!(create(&world, overwriting), "");
        world.add(Secret::TYPE, "y", json!({"name": "production/database"}));
        assert_eq!(create(&world, json!({})), "ResourceExistsException");
    }

    #[test]
    fn every_replica_costs_as_much() {
        let spec =
            json!({"name": "a", "replica_regions": [{"region": "eu-west-1"}, {"region": "eu-west-2"}]});
        let spec: Spec = serde_json::from_value(spec).unwrap();
        assert!((Secret::profile(&spec).usd_per_month() - 1.20).abs() < 1e-9);
    }
}
