//! `aws.ssm.parameter`: a value by name, for others to read.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::kms::key_id;
use super::super::tags;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, Json, PhysicalId};

/// A value by name in a region, for others to read: plain in `value`, or encrypted in `secure_value`.
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The name, unique in account and region; as a path it starts with a slash.
    #[schemars(length(min = 1, max = 1011), extend("x-immutable" = true))]
    pub name: String,
    /// What it holds.
    #[schemars(extend("x-immutable" = true))]
    pub r#type: ParameterType,
    /// What it is for.
    #[schemars(length(max = 1024))]
    pub description: Option<String>,
    /// The value of a `String`, or of a `StringList` with commas between its elements. Everybody who can
    /// read the state sees it.
    #[schemars(length(min = 1))]
    pub value: Option<String>,
    /// The value of a `SecureString`: give it as a reference to where it is kept.
    #[schemars(length(min = 1), extend("x-sensitive" = true, "x-write-only" = true))]
    pub secure_value: Option<String>,
    /// The key that encrypts a `SecureString`, by id, ARN or alias.
    #[schemars(length(min = 1, max = 256), extend("x-default" = "provider", "x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub key_id: Option<String>,
    /// The regular expression that values have to match.
    #[schemars(length(max = 1024))]
    pub allowed_pattern: Option<String>,
    /// What it may be, and what it costs. An advanced one never becomes a standard one again.
    #[schemars(extend("default" = "Standard"))]
    pub tier: Option<Tier>,
    /// When it expires and who is told of it; only of the advanced tier.
    #[schemars(length(max = 10))]
    pub policies: Option<Vec<Json>>,
    /// What a `String` is checked for: `text`, `aws:ec2:image` or `aws:ssm:integration`.
    #[schemars(regex(pattern = "^(text|aws:ec2:image|aws:ssm:integration)$"), extend("x-immutable" = true, "default" = "text"))]
    pub data_type: Option<String>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ParameterType {
    String,
    StringList,
    SecureString,
}

/// What a parameter may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Tier {
    /// Up to 4 KiB, at no charge.
    Standard,
    /// Up to 8 KiB, with policies.
    Advanced,
    /// Advanced as soon as it has to be.
    #[serde(rename = "Intelligent-Tiering")]
    IntelligentTiering,
}

/// A parameter as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// Counts its values, from 1.
    pub version: i64,
}

/// The kind itself.
pub struct Parameter;

/// <https://aws.amazon.com/systems-manager/pricing/>
const USD_PER_ADVANCED: f64 = 0.05;

impl Kind for Parameter {
    const TYPE: &'static str = "aws.ssm.parameter";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = name_findings(&spec.name);
        findings.extend(value_findings(spec));
        let is_secure = spec.r#type == ParameterType::SecureString;
        if let Some(key) = &spec.key_id {
            if !is_secure {
                findings.push(Finding::on("key_id", "only a SecureString is encrypted by a key").and("type"));
            }
            findings.extend(key_id::findings("key_id", key));
        }
        if spec.policies.as_ref().is_some_and(|policies| !policies.is_empty())
            && matches!(spec.tier, None | Some(Tier::Standard))
        {
            findings.push(
                Finding::on("policies", "a parameter of the standard tier has no policies")
                    .and("tier")
                    .help("set `tier: Advanced`"),
            );
        }
        for (index, policy) in spec.policies.iter().flatten().enumerate() {
            let kinds = ["Expiration", "ExpirationNotification", "NoChangeNotification"];
            if !policy["Type"].as_str().is_some_and(|kind| kinds.contains(&kind)) {
                findings.push(Finding::at(
                    FieldPath::root().key("policies").index(index),
                    format!("a policy's `Type` is one of {}", kinds.join(", ")),
                ));
            }
        }
        if spec.data_type.as_deref().is_some_and(|kind| kind != "text")
            && spec.r#type != ParameterType::String
        {
            findings
                .push(Finding::on("data_type", "only a String is checked for more than text").and("type"));
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let separator = if spec.name.starts_with('/') { "" } else { "/" };
        let profile = Profile::seconds(1, 1, 1)
            .visible_after(10)
            .computes("id", "{spec.name}")
            .computes("arn", &format!("arn:aws:ssm:{{region}}:{{account}}:parameter{separator}{{spec.name}}"))
            .computes("version", "json:1");
        match spec.tier {
            Some(Tier::Advanced) => profile.costs_monthly("Advanced parameter", USD_PER_ADVANCED),
            _ => profile,
        }
    }

    /// A name is taken once, values keep to the pattern, and a tier doesn't go down.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let here = |name: &str| {
            cloud
                .all(Self::TYPE)
                .into_iter()
                .find(|other| other.region == cloud.region() && other.attributes["name"] == name)
        };
        match call {
            Call::Create { spec, .. } => {
                if here(&spec.name).is_some() {
                    return Err(Refusal::new(
                        "ParameterAlreadyExists",
                        "The parameter already exists. To overwrite this value, set the overwrite option",
                    ));
                }
                refuse_pattern(spec)
            }
            Call::Update { spec, attributes, .. } => {
                let was = here(&spec.name);
                let was_advanced = was.is_some_and(|was| was.attributes["tier"] == "Advanced");
                if was_advanced && matches!(spec.tier, None | Some(Tier::Standard)) {
                    return Err(Refusal::new(
                        "ValidationException",
                        "This parameter uses the advanced-parameter tier. You can't downgrade it to the standard tier",
                    ));
                }
                refuse_pattern(spec)?;
                let version = was.and_then(|was| was.attributes["version"].as_i64()).unwrap_or(1);
                attributes.insert("version".to_owned(), Json::from(version + 1));
                Ok(())
            }
            Call::Delete { .. } => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        match name_findings(text).into_iter().next() {
            None => Ok(PhysicalId::new(text)),
            Some(finding) => Err(finding.message),
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ssm:AddTagsToResource",
            "ssm:DeleteParameter",
            "ssm:DescribeParameters",
            "ssm:GetParameters",
            "ssm:ListTagsForResource",
            "ssm:PutParameter",
            "ssm:RemoveTagsFromResource",
        ]
    }
}

fn name_findings(name: &str) -> Vec<Finding> {
    let wrong = |why: &str| vec![Finding::on("name", format!("`name` is {name:?}, {why}"))];
    let bare = name.trim_start_matches('/').to_ascii_lowercase();
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-/".contains(c)) {
        return wrong("where letters, digits, _, ., - and / are allowed");
    }
    if bare.starts_with("aws") || bare.starts_with("ssm") {
        return wrong("and names that start with aws or ssm are AWS's own");
    }
    if name.contains('/') && !name.starts_with('/') {
        return wrong("which is a path that doesn't start with a slash");
    }
    if name.ends_with('/') || name.contains("//") {
        return wrong("which has an empty level");
    }
    // The API counts fifteen levels, the name itself among them.
    if name.matches('/').count() > 15 {
        return wrong("which has more than 15 levels");
    }
    Vec::new()
}

/// What is wrong with where the value stands, and how long it is.
fn value_findings(spec: &Spec) -> Vec<Finding> {
    let is_secure = spec.r#type == ParameterType::SecureString;
    let mut findings = Vec::new();
    let (right, wrong, is_right_there, is_wrong_there) = if is_secure {
        ("secure_value", "value", spec.secure_value.is_some(), spec.value.is_some())
    } else {
        ("value", "secure_value", spec.value.is_some(), spec.secure_value.is_some())
    };
    if is_wrong_there {
        findings.push(
            Finding::on(wrong, format!("a parameter of this type has its value in `{right}`")).and("type"),
        );
    }
    if !is_right_there {
        findings.push(
            Finding::at(FieldPath::root(), format!("`{right}` is missing in spec")).and("type").and(right),
        );
    }
    let most = if spec.tier.is_none_or(|tier| tier == Tier::Standard) { 4096 } else { 8192 };
    if let Some(value) = &spec.value {
        if value.len() > most {
            findings.push(
                Finding::on("value", format!("`value` has {} bytes, where {most} are allowed", value.len()))
                    .and("tier"),
            );
        }
        if value.contains("{{") {
            findings.push(Finding::on("value", "a value can't hold `{{`: parameters can't name each other"));
        }
    }
    findings
}

fn refuse_pattern(spec: &Spec) -> Result<(), Refusal> {
    let (Some(pattern), Some(value)) =
        (&spec.allowed_pattern, spec.value.as_ref().or(spec.secure_value.as_ref()))
    else {
        return Ok(());
    };
    match regex::Regex::new(pattern) {
        Err(_) => {
            Err(Refusal::new("InvalidAllowedPatternException", format!("{pattern} is no regular expression")))
        }
        Ok(regex) if !regex.is_match(value) => Err(Refusal::new(
            "ParameterPatternMismatchException",
            format!("Parameter value, cannot be validated against allowedPattern: {pattern}"),
        )),
        Ok(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};

    fn plain() -> Json {
        json!({"name": "/platform/api-host", "type": "String", "value": "api.example.com"})
    }

    #[test]
    fn names_values_and_tiers_are_what_the_api_takes() {
        assert_whole::<Parameter>(&plain());
        let policy = json!([{"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": "2027-01-01T00:00:00Z"}}]);
        assert_rules::<Parameter>(
            &plain(),
            &[
                (&[("/name", json!("a b"))], "are allowed"),
                (&[("/name", json!("/aws/x"))], "AWS's own"),
                (&[("/name", json!("SSM-x"))], "AWS's own"),
                (&[("/name", json!("a/b"))], "doesn't start with a slash"),
                (&[("/name", json!("/a//b"))], "empty level"),
                (&[("/name", json!(format!("/{}b", "a/".repeat(15))))], "15 levels"),
                (&[("/value", json!(null))], "`value` is missing"),
                (&[("/value", json!("a".repeat(4097)))], "4096 are allowed"),
                (&[("/value", json!("a".repeat(4097))), ("/tier", json!("Advanced"))], ""),
                (&[("/value", json!("{{other}}"))], "can't name each other"),
                (&[("/secure_value", json!("x"))], "has its value in `value`"),
                (&[("/type", json!("SecureString"))], "has its value in `secure_value`"),
                (&[("/key_id", json!("alias/a"))], "only a SecureString"),
                (&[("/policies", policy.clone())], "set `tier: Advanced`"),
                (&[("/policies", policy), ("/tier", json!("Advanced"))], ""),
                (&[("/policies", json!([{"Type": "Never"}])), ("/tier", json!("Advanced"))], "is one of"),
                (&[("/data_type", json!("aws:ec2:image"))], ""),
                (&[("/data_type", json!("aws:ec2:image")), ("/type", json!("StringList"))], "only a String"),
                (&[("/data_type", json!("number"))], "doesn't match"),
            ],
        );
        let secure =
            json!({"name": "token", "type": "SecureString", "secure_value": "x", "key_id": "alias/a"});
        assert_rules::<Parameter>(
            &secure,
            &[(&[("/secure_value", json!(null))], "`secure_value` is missing")],
        );
    }

    #[test]
    fn a_name_is_taken_once_in_a_region_and_a_tier_never_goes_down() {
        let mut advanced = plain();
        advanced["tier"] = json!("Advanced");
        advanced["version"] = json!(3);
        let mut sky =
            World::default().with(Parameter::TYPE, "/platform/api-host", "us-east-1", advanced.clone());
        assert_eq!(sky.create::<Parameter>(&plain()), Err("ParameterAlreadyExists".into()));
        assert_eq!(
            sky.update::<Parameter>("/platform/api-host", &plain()),
            Err("ValidationException".into())
        );
        let updated = sky.update::<Parameter>("/platform/api-host", &advanced).unwrap();
        assert_eq!(updated["version"], 4);
        sky.region = "eu-west-1";
        assert!(sky.create::<Parameter>(&plain()).is_ok());
    }

    #[test]
    fn values_keep_to_their_pattern() {
        let with = |pattern: &str| {
            let mut spec = plain();
            spec["allowed_pattern"] = json!(pattern);
            World::default().create::<Parameter>(&spec).err().unwrap_or_default()
        };
        assert_eq!(with(r"^[a-z.]+$"), "");
        assert_eq!(with("^[0-9]+$"), "ParameterPatternMismatchException");
        assert_eq!(with("("), "InvalidAllowedPatternException");
    }

    #[test]
    fn its_arn_has_one_slash_before_the_name() {
        let arn = |name: &str| {
            let mut spec = plain();
            spec["name"] = json!(name);
            let profile = Parameter::profile(&serde_json::from_value(spec).unwrap());
            profile.computed.into_iter().find(|one| one.attribute == "arn").unwrap().pattern
        };
        assert!(arn("/a").ends_with("parameter{spec.name}") && arn("a").ends_with("parameter/{spec.name}"));
    }
}
