//! `aws.s3.object`: a small text in a bucket, such as a runbook.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::tags;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Digest, PhysicalId};

/// A text in a bucket. It stands in plans and in state, so it is no place for secrets, and none for
/// data.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The name of the bucket.
    #[schemars(length(min = 3, max = 63), extend("x-immutable" = true, "x-refers" = "aws.s3.bucket", "x-holds" = true))]
    pub bucket: String,
    /// Its name in the bucket, such as `runbooks/region-failure.md`.
    #[schemars(length(min = 1, max = 1024), extend("x-immutable" = true))]
    pub key: String,
    /// What it holds, as UTF-8: one mebibyte at most.
    #[schemars(length(max = 1_048_576))]
    pub content: String,
    /// What it is, such as `text/markdown`.
    #[schemars(length(max = 256), extend("default" = "binary/octet-stream"))]
    pub content_type: Option<String>,
    /// For how long others may keep copies, such as `max-age=3600`.
    #[schemars(length(max = 1024))]
    pub cache_control: Option<String>,
    /// In which language it is, such as `en`.
    #[schemars(length(max = 256))]
    pub content_language: Option<String>,
    /// How it is kept.
    #[schemars(extend("default" = "STANDARD"))]
    pub storage_class: Option<StorageClass>,
    /// Further words about it, by names of your own.
    pub metadata: Option<BTreeMap<String, String>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// How an object is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StorageClass {
    Standard,
    StandardIa,
    OnezoneIa,
    IntelligentTiering,
    Glacier,
    GlacierIr,
    DeepArchive,
}

/// An object as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// The bucket, a slash and the key.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
}

/// The kind itself.
pub struct Object;

/// How many tags an object may have; three of them are Ninefold's own.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
const MOST_TAGS: usize = 10 - 3;

impl Kind for Object {
    const TYPE: &'static str = "aws.s3.object";
    const IDENTITY: &'static [&'static str] = &["bucket", "key"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = tags::findings(spec.tags.as_ref());
        if spec.tags.as_ref().is_some_and(|tags| tags.len() > MOST_TAGS) {
            findings.push(Finding::on("tags", format!("an object has {MOST_TAGS} tags of yours at most")));
        }
        if spec.key.starts_with('/') || spec.key.split('/').any(|part| part == "." || part == "..") {
            findings.push(
                Finding::on("key", format!("`key` is {:?}, which many programs can't fetch", spec.key))
                    .help("write it as runbooks/region-failure.md, without `.` and `..`"),
            );
        }
        let lower = |name: &str| {
            name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !name.is_empty()
        };
        for name in spec.metadata.iter().flatten().map(|(name, _)| name).filter(|name| !lower(name)) {
            findings.push(
                Finding::on("metadata", format!("`metadata` has {name:?}, which comes back changed"))
                    .help("names have lower-case letters, digits and hyphens"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        Profile::seconds(1, 1, 1)
            .computes("id", "{spec.bucket}/{spec.key}")
            .computes("arn", "arn:aws:s3:::{id}")
            .computes_from("sha256", Digest::of(spec.content.as_bytes()).as_str(), &["content"])
    }

    /// A key is one object, in a bucket of the region.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let bucket = cloud.find("aws.s3.bucket", "bucket", &spec.bucket);
        if bucket.is_none_or(|bucket| bucket.region != cloud.region()) {
            return Err(Refusal::new(
                "NoSuchBucket",
                format!("The bucket {} doesn't exist here", spec.bucket),
            ));
        }
        let id = format!("{}/{}", spec.bucket, spec.key);
        if cloud.find(Self::TYPE, "id", &id).is_some() {
            return Err(Refusal::new("PreconditionFailed", format!("{id} is there already")));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        match text.split_once('/') {
            Some((bucket, key)) if bucket.len() >= 3 && !key.is_empty() => Ok(PhysicalId::new(text)),
            _ => Err(format!("`{text}` should be a bucket, a slash and a key, such as logs/runbooks/a.md")),
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "kms:Decrypt",
            "kms:GenerateDataKey",
            "s3:DeleteObject",
            "s3:DeleteObjectTagging",
            "s3:GetObject",
            "s3:GetObjectTagging",
            "s3:ListBucket",
            "s3:PutObject",
            "s3:PutObjectTagging",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, refusal};
    use crate::model::Json;

    fn runbook() -> Json {
        json!({"bucket": "evidence", "key": "runbooks/a.md", "content": "# A", "content_type": "text/markdown"})
    }

    #[test]
    fn keys_tags_and_names_are_what_comes_back_unchanged() {
        let many: BTreeMap<String, String> = (0..8).map(|n| (n.to_string(), String::new())).collect();
        assert_rules::<Object>(
            &runbook(),
            &[
                (&[("/key", json!("/a"))], "can't fetch"),
                (&[("/key", json!("a/../b"))], "can't fetch"),
                (&[("/key", json!(""))], "1 to 1024"),
                (&[("/tags", json!(many))], "7 tags"),
                (&[("/metadata", json!({"Owner": "a"}))], "comes back changed"),
                (&[("/metadata", json!({"owner": "a"}))], ""),
                (&[("/storage_class", json!("COLD"))], "none of"),
            ],
        );
        assert_whole::<Object>(&runbook());
    }

    #[test]
    fn it_lies_in_a_bucket_of_its_region_once() {
        let mut world = World::default();
        assert_eq!(refusal::<Object>(&world, runbook(), json!({})), "NoSuchBucket");
        world.add("aws.s3.bucket", "evidence", json!({"bucket": "evidence"}));
        assert_eq!(refusal::<Object>(&world, runbook(), json!({})), "");
        world.add(Object::TYPE, "evidence/runbooks/a.md", json!({}));
        assert_eq!(refusal::<Object>(&world, runbook(), json!({})), "PreconditionFailed");
        world.region = "eu-west-1";
        assert_eq!(refusal::<Object>(&world, runbook(), json!({"key": "b"})), "NoSuchBucket");
    }
}
