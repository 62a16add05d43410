//! `aws.ecr.repository`: where the images of one program are kept.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::kms::key_id;
use super::super::policy_document::{self, Usage};
use super::super::tags;
use super::lifecycle::{self, LifecycleRule};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A private repository of container images, with its policies.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in account and region, such as `failure-agent/api`.
    #[schemars(
        length(min = 2, max = 256),
        regex(pattern = r"^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$"),
        extend("x-immutable" = true)
    )]
    pub repository_name: String,
    /// Whether a tag can be moved to another image.
    #[schemars(extend("default" = "MUTABLE"))]
    pub image_tag_mutability: Option<ImageTagMutability>,
    /// The tags for which the opposite is true.
    #[schemars(length(min = 1, max = 5), extend("x-collection" = "list(filter)"))]
    pub image_tag_mutability_exclusion_filters: Option<Vec<ExclusionFilter>>,
    /// Which images are searched for known vulnerabilities; the registry's own setting comes first.
    #[schemars(extend("default" = {"scan_on_push": false}))]
    pub image_scanning_configuration: Option<ImageScanningConfiguration>,
    /// How images are encrypted at rest.
    #[schemars(extend("x-immutable" = true, "default" = {"encryption_type": "AES256"}))]
    pub encryption_configuration: Option<EncryptionConfiguration>,
    /// By which rules images are deleted or archived: the lifecycle policy.
    #[schemars(length(min = 1, max = 50), extend("x-collection" = "list(rule_priority)"))]
    pub lifecycle_rules: Option<Vec<LifecycleRule>>,
    /// Who else may do what with it; its statements name no resource.
    #[schemars(extend("type" = "object", "x-form" = "policy", "x-exclusive" = true))]
    pub repository_policy: Option<Json>,
    /// Whether deleting it deletes its images; otherwise ECR refuses while there are any. Ours: it
    /// goes with the call.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub force_delete: Option<bool>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Whether a tag can be moved to another image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ImageTagMutability {
    Mutable,
    Immutable,
    MutableWithExclusion,
    ImmutableWithExclusion,
}

/// Tags for which the opposite of the repository's mutability is true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExclusionFilter {
    /// How `filter` is read.
    pub filter_type: FilterType,
    /// The tags, with up to two `*`, such as `cache-*`.
    #[schemars(regex(pattern = r"^[0-9a-zA-Z._*-]{1,128}$"))]
    pub filter: String,
}

/// How a filter of tags is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FilterType {
    Wildcard,
}

/// Which images are searched for known vulnerabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImageScanningConfiguration {
    /// Whether each is when it arrives.
    #[schemars(extend("default" = false))]
    pub scan_on_push: Option<bool>,
}

/// How images are encrypted at rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EncryptionConfiguration {
    /// Whose keys it is done with.
    #[schemars(extend("x-immutable" = true))]
    pub encryption_type: EncryptionType,
    /// The key in the repository's region, by id, ARN or alias; ECR's own of the account where it is
    /// absent.
    #[schemars(length(min = 1, max = 2048), extend("x-immutable" = true, "x-default" = "provider",
        "x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub kms_key: Option<String>,
}

/// Whose keys images are encrypted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EncryptionType {
    /// S3's own keys.
    #[serde(rename = "AES256")]
    Aes256,
    #[serde(rename = "KMS")]
    Kms,
    /// Two layers of encryption.
    #[serde(rename = "KMS_DSSE")]
    KmsDsse,
}

/// A repository as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The account whose registry it is in.
    pub registry_id: String,
    /// What images are pushed to and pulled from, without tag or digest.
    pub repository_uri: String,
}

/// The kind itself.
pub struct Repository;

const MOST_STARS: usize = 2;

impl Kind for Repository {
    const TYPE: &'static str = "aws.ecr.repository";
    const IDENTITY: &'static [&'static str] = &["repository_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = mutability_findings(spec);
        if let Some(encryption) = &spec.encryption_configuration {
            findings.extend(encryption_findings(encryption));
        }
        findings.extend(lifecycle::findings(spec.lifecycle_rules.as_deref().unwrap_or_default()));
        if let Some(policy) = &spec.repository_policy {
            findings.extend(policy_document::findings("repository_policy", policy, Usage::Repository));
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 3)
            .visible_after(10)
            .computes("id", "{spec.repository_name}")
            .computes("arn", "arn:aws:ecr:{region}:{account}:repository/{id}")
            .computes("registry_id", "{account}")
            .computes("repository_uri", "{account}.dkr.ecr.{region}.amazonaws.com/{id}")
    }

    /// A name is taken once in a region, and the key has to be there.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let taken = cloud.all(Self::TYPE).into_iter().any(|other| {
            other.region == cloud.region()
                && other.attributes["repository_name"] == spec.repository_name.as_str()
        });
        if taken {
            return Err(Refusal::new(
                "RepositoryAlreadyExistsException",
                format!("The repository with name '{}' already exists in the registry", spec.repository_name),
            ));
        }
        let key = spec.encryption_configuration.as_ref().and_then(|encryption| encryption.kms_key.as_deref());
        if key.is_some_and(|key| !key_id::is_there(cloud, cloud.region(), key)) {
            return Err(Refusal::new("KmsException", "The key can't be found in the repository's region"));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c);
        if (2..=256).contains(&text.len()) && text.chars().all(allowed) {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should be the name of a repository, such as failure-agent/api"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ecr:BatchDeleteImage",
            "ecr:CreateRepository",
            "ecr:DeleteLifecyclePolicy",
            "ecr:DeleteRepository",
            "ecr:DeleteRepositoryPolicy",
            "ecr:DescribeRepositories",
            "ecr:GetLifecyclePolicy",
            "ecr:GetRepositoryPolicy",
            "ecr:ListTagsForResource",
            "ecr:PutImageScanningConfiguration",
            "ecr:PutImageTagMutability",
            "ecr:PutLifecyclePolicy",
            "ecr:SetRepositoryPolicy",
            "ecr:TagResource",
            "ecr:UntagResource",
            "kms:CreateGrant",
            "kms:DescribeKey",
            "kms:RetireGrant",
        ]
    }
}

fn mutability_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let excludes = matches!(
        spec.image_tag_mutability,
        Some(ImageTagMutability::MutableWithExclusion | ImageTagMutability::ImmutableWithExclusion)
    );
    if excludes != spec.image_tag_mutability_exclusion_filters.is_some() {
        findings.push(
            Finding::on(
                "image_tag_mutability_exclusion_filters",
                "filters and a mutability `…_WITH_EXCLUSION` go only together",
            )
            .and("image_tag_mutability"),
        );
    }
    for (index, filter) in spec.image_tag_mutability_exclusion_filters.iter().flatten().enumerate() {
        if filter.filter.matches('*').count() > MOST_STARS {
            findings.push(Finding::on(
                &format!("image_tag_mutability_exclusion_filters[{index}].filter"),
                format!("{:?} has more than {MOST_STARS} `*`", filter.filter),
            ));
        }
    }
    findings
}

fn encryption_findings(encryption: &EncryptionConfiguration) -> Vec<Finding> {
    let Some(key) = &encryption.kms_key else {
        return Vec::new();
    };
    if encryption.encryption_type == EncryptionType::Aes256 {
        return vec![
            Finding::on("encryption_configuration.kms_key", "AES256 takes no `kms_key`")
                .and("encryption_configuration.encryption_type")
                .help("set `encryption_type: KMS`, or leave the key out"),
        ];
    }
    key_id::findings("encryption_configuration.kms_key", key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};

    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn repository() -> Json {
        let statement = json!({
            "Sid": "pull", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        });
        json!({
            "repository_name": "failure-agent/api",
            "image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION",
            "image_tag_mutability_exclusion_filters": [{"filter_type": "WILDCARD", "filter": "cache-*"}],
            "image_scanning_configuration": {"scan_on_push": true},
            "encryption_configuration": {"encryption_type": "KMS", "kms_key": KEY},
            "lifecycle_rules": [
                {"rule_priority": 1, "action": {"type": "expire"}, "selection": {
                    "tag_status": "tagged", "tag_pattern_list": ["cache-*"],
                    "count_type": "sinceImagePushed", "count_unit": "days", "count_number": 7}},
                {"rule_priority": 9, "action": {"type": "expire"}, "selection": {
                    "tag_status": "any", "count_type": "imageCountMoreThan", "count_number": 50}},
            ],
            "repository_policy": {"Version": "2012-10-17", "Statement": [statement]},
        })
    }

    #[test]
    fn settings_fit_each_other() {
        assert_whole::<Repository>(&repository());
        let filters = "/image_tag_mutability_exclusion_filters";
        assert_rules::<Repository>(
            &repository(),
            &[
                (&[("/repository_name", json!("Agent"))], "doesn't match"),
                (&[("/repository_name", json!("a--b"))], ""),
                (&[("/repository_name", json!("a..b"))], "doesn't match"),
                (&[("/image_tag_mutability", json!("IMMUTABLE"))], "go only together"),
                (&[(filters, Json::Null)], "go only together"),
                (&[(filters, Json::Null), ("/image_tag_mutability", json!("IMMUTABLE"))], ""),
                (&[(filters, json!([{"filter_type": "WILDCARD", "filter": "a*b*c*"}]))], "more than 2"),
                (&[(filters, json!([{"filter_type": "WILDCARD", "filter": "a b"}]))], "doesn't match"),
                (&[("/encryption_configuration/encryption_type", json!("AES256"))], "takes no `kms_key`"),
                (&[("/encryption_configuration/kms_key", json!("main"))], "kms_key"),
                (&[("/repository_policy/Statement/0/Resource", json!("*"))], "can't have `Resource`"),
                (&[("/repository_policy/Statement/0/Action", json!("s3:GetObject"))], "only `ecr:`"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn rules_of_a_lifecycle_are_what_the_api_takes() {
        let first = |field: &str| format!("/lifecycle_rules/0/{field}");
        let (status, patterns) = (first("selection/tag_status"), first("selection/tag_pattern_list"));
        let (prefixes, class) = (first("selection/tag_prefix_list"), first("selection/storage_class"));
        let (count, unit) = (first("selection/count_type"), first("selection/count_unit"));
        let action = first("action");
        assert_rules::<Repository>(
            &repository(),
            &[
                (&[(&patterns, Json::Null)], "says no tags"),
                (&[(&patterns, Json::Null), (&prefixes, json!(["cache"]))], ""),
                (&[(&prefixes, json!(["cache"]))], "either patterns or prefixes"),
                (&[(&status, json!("untagged"))], "only beside"),
                (&[(&status, json!("untagged")), (&patterns, Json::Null)], ""),
                (&[(&patterns, json!(["a*b*c*d*e*"]))], "more than 4"),
                (&[(&unit, Json::Null)], "needs its `count_unit`"),
                (&[(&count, json!("imageCountMoreThan"))], "has no `count_unit`"),
                (&[(&class, json!("archive"))], "only together"),
                (&[(&count, json!("sinceImageTransitioned"))], "only together"),
                (&[(&count, json!("sinceImageTransitioned")), (&class, json!("archive"))], ""),
                (&[(&action, json!({"type": "transition"}))], "only a transition"),
                (&[(&action, json!({"type": "transition", "target_storage_class": "archive"}))], ""),
                (
                    &[(&action, json!({"type": "expire", "target_storage_class": "archive"}))],
                    "only a transition",
                ),
                (&[("/lifecycle_rules/0/rule_priority", json!(10))], "comes before another"),
                (&[("/lifecycle_rules/0/rule_priority", json!(9))], "twice"),
                (&[("/lifecycle_rules/0/rule_priority", json!(0))], "at least 1"),
            ],
        );
    }

    #[test]
    fn a_name_is_taken_once_in_a_region_and_its_key_is_there() {
        let mut plain = repository();
        plain["encryption_configuration"] = json!({"encryption_type": "AES256"});
        let elsewhere =
            World::default().with(Repository::TYPE, "failure-agent/api", "eu-west-1", plain.clone());
        assert!(elsewhere.create::<Repository>(&plain).is_ok());
        assert_eq!(elsewhere.create::<Repository>(&repository()), Err("KmsException".into()));
        let here = elsewhere.with(Repository::TYPE, "failure-agent/api", "us-east-1", plain.clone());
        assert_eq!(here.create::<Repository>(&plain), Err("RepositoryAlreadyExistsException".into()));
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let keyed = World::default().with("aws.kms.key", id, "us-east-1", json!({}));
        assert!(keyed.create::<Repository>(&repository()).is_ok());
    }

    #[test]
    fn it_is_imported_by_name() {
        assert_eq!(Repository::import_id("failure-agent/api").unwrap().as_str(), "failure-agent/api");
        assert!(Repository::import_id("Agent").is_err());
    }
}
