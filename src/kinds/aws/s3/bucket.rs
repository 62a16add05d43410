//! `aws.s3.bucket`: a bucket with all of its settings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::policy_document::{self, Usage};
use super::bucket_settings::{
    CorsRule, Logging, ObjectLock, OwnershipControls, PublicAccessBlock, ServerSideEncryption, SseAlgorithm,
    Switch, Versioning, VersioningStatus,
};
use super::lifecycle::{self, LifecycleRule};
use super::replication::{self, Replication};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, Json, PhysicalId};

/// A general purpose bucket, with the settings that the API has a call for each of.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique among all buckets of all accounts.
    #[schemars(extend("x-immutable" = true))]
    pub bucket: String,
    /// Whether the name is one of all accounts' or of the account's own in its region: those end with
    /// account, region and `-an`, and nobody else can take them.
    #[schemars(extend("x-immutable" = true, "default" = "global"))]
    pub bucket_namespace: Option<BucketNamespace>,
    /// Whether deleting the bucket deletes all that is in it first; otherwise S3 refuses unless it
    /// is empty. Ninefold's own setting.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub force_destroy: Option<bool>,
    /// Whether older versions of objects are kept.
    pub versioning: Option<Versioning>,
    /// How new objects are encrypted where the request doesn't say.
    #[schemars(extend("default" = {"sse_algorithm": "AES256"}))]
    pub server_side_encryption: Option<ServerSideEncryption>,
    /// What keeps the bucket from the public: all of it, where nothing else is set.
    #[schemars(extend(
        "x-exclusive" = true,
        "default" = {
            "block_public_acls": true, "ignore_public_acls": true,
            "block_public_policy": true, "restrict_public_buckets": true
        }
    ))]
    pub public_access_block: Option<PublicAccessBlock>,
    /// Whose objects are that others upload.
    #[schemars(extend("default" = {"object_ownership": "BucketOwnerEnforced"}))]
    pub ownership_controls: Option<OwnershipControls>,
    /// Who may do what, as an IAM policy that names principals.
    #[schemars(extend("type" = "object", "x-form" = "policy"))]
    pub policy: Option<Json>,
    /// What becomes of objects as they age.
    #[schemars(length(max = 1000), extend("x-collection" = "list(id)"))]
    pub lifecycle_rules: Option<Vec<LifecycleRule>>,
    /// Where a record of every request goes.
    pub logging: Option<Logging>,
    /// What pages of other origins may do.
    #[schemars(length(max = 100))]
    pub cors_rules: Option<Vec<CorsRule>>,
    /// Copies in other buckets.
    pub replication: Option<Replication>,
    /// Objects that can't be deleted for a time; once on, it stays on.
    pub object_lock: Option<ObjectLock>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Among which names a bucket's is unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BucketNamespace {
    Global,
    AccountRegional,
}

/// A bucket as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The region that it lies in.
    pub bucket_region: String,
    /// Its host name, which leads to whichever region it lies in.
    pub bucket_domain_name: String,
    /// Its host name with its region.
    pub bucket_regional_domain_name: String,
}

impl Spec {
    fn is_versioned(&self) -> bool {
        self.versioning.as_ref().and_then(|versioning| versioning.status) == Some(VersioningStatus::Enabled)
    }
}

/// The kind itself.
pub struct Bucket;

impl Kind for Bucket {
    const TYPE: &'static str = "aws.s3.bucket";
    const IDENTITY: &'static [&'static str] = &["bucket"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = crate::kinds::aws::tags::findings(spec.tags.as_ref());
        if let Some(fault) = super::bucket_name::fault(&spec.bucket) {
            findings.push(Finding::on("bucket", format!("the name `{}` {fault}", spec.bucket)));
        }
        let own = spec.bucket_namespace == Some(BucketNamespace::AccountRegional);
        if own != super::bucket_name::is_account_regional(&spec.bucket) {
            findings.push(
                Finding::on("bucket", format!("the name `{}` is of the other namespace", spec.bucket))
                    .and("bucket_namespace")
                    .help(
                        "names of `bucket_namespace: account-regional`, and only they, end like \
                         -123456789012-us-east-1-an",
                    ),
            );
        }
        for (index, rule) in spec.lifecycle_rules.iter().flatten().enumerate() {
            let path = FieldPath::root().key("lifecycle_rules").index(index);
            findings.extend(lifecycle::findings(&path, rule));
        }
        if let Some(replication) = &spec.replication {
            findings.extend(replication::findings(&FieldPath::root().key("replication"), replication));
        }
        findings.extend(encryption_findings(spec));
        findings.extend(versioning_findings(spec));
        findings.extend(retention_findings(spec));
        findings.extend(policy_findings(spec));
        findings.extend(cors_findings(spec));
        if spec.logging.as_ref().is_some_and(|logging| logging.target_bucket == spec.bucket) {
            findings.push(
                Finding::on("logging.target_bucket", "the bucket logs to itself")
                    .and("bucket")
                    .help("each record would be another request to record: use a bucket of its own"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let delete = if spec.force_destroy == Some(true) { 30 } else { 3 };
        Profile::seconds(5, 3, delete)
            .visible_after(10)
            .computes("id", "{spec.bucket}")
            .computes("arn", "arn:aws:s3:::{id}")
            .computes("bucket_region", "{region}")
            .computes("bucket_domain_name", "{id}.s3.amazonaws.com")
            .computes("bucket_regional_domain_name", "{id}.s3.{region}.amazonaws.com")
    }

    /// A name is taken once in all the world, and some settings have no way back.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, .. } if cloud.find(Self::TYPE, "bucket", &spec.bucket).is_some() => {
                Err(Refusal::new(
                    "BucketAlreadyOwnedByYou",
                    "Your previous request to create the named bucket succeeded and you already own it.",
                ))
            }
            Call::Update { spec, id, .. } => {
                let before = cloud.find(Self::TYPE, "id", id.as_str());
                let locked = before.is_some_and(|bucket| bucket.attributes["object_lock"].is_object());
                if locked && spec.object_lock.is_none() {
                    return Err(Refusal::new(
                        "InvalidRequest",
                        "Object Lock can't be disabled once it is enabled for a bucket",
                    ));
                }
                Ok(())
            }
            Call::Create { .. } | Call::Delete { .. } => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        match super::bucket_name::fault(text) {
            None => Ok(PhysicalId::new(text)),
            Some(fault) => Err(format!("`{text}` can't be the name of a bucket: it {fault}")),
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "iam:PassRole",
            "s3:CreateBucket",
            "s3:DeleteBucket",
            "s3:DeleteBucketPolicy",
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:GetBucketCORS",
            "s3:GetBucketLocation",
            "s3:GetBucketLogging",
            "s3:GetBucketObjectLockConfiguration",
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketPolicy",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketTagging",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
            "s3:GetReplicationConfiguration",
            "s3:ListAllMyBuckets",
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:PutBucketCORS",
            "s3:PutBucketLogging",
            "s3:PutBucketObjectLockConfiguration",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketPolicy",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketTagging",
            "s3:PutBucketVersioning",
            "s3:PutEncryptionConfiguration",
            "s3:PutLifecycleConfiguration",
            "s3:PutReplicationConfiguration",
            "s3:TagResource",
        ]
    }
}

fn encryption_findings(spec: &Spec) -> Option<Finding> {
    let encryption = spec.server_side_encryption.as_ref()?;
    let by_kms = matches!(encryption.sse_algorithm, Some(SseAlgorithm::Kms | SseAlgorithm::KmsDsse));
    if encryption.kms_master_key_id.is_some() && !by_kms {
        return Some(
            Finding::on("server_side_encryption.kms_master_key_id", "AES256 takes no `kms_master_key_id`")
                .and("server_side_encryption.sse_algorithm")
                .help("set `sse_algorithm: aws:kms`, or leave the key out"),
        );
    }
    (encryption.bucket_key_enabled == Some(true) && encryption.sse_algorithm == Some(SseAlgorithm::KmsDsse))
        .then(|| {
            Finding::on("server_side_encryption.bucket_key_enabled", "aws:kms:dsse has no bucket key")
                .and("server_side_encryption.sse_algorithm")
                .help("leave it out, or set `sse_algorithm: aws:kms`")
        })
}

/// Settings that work on versions need them.
fn versioning_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (field, set) in
        [("replication", spec.replication.is_some()), ("object_lock", spec.object_lock.is_some())]
    {
        if set && !spec.is_versioned() {
            findings.push(
                Finding::on(field, format!("`{field}` needs `versioning`"))
                    .and("versioning.status")
                    .help("set `versioning: { status: Enabled }`"),
            );
        }
    }
    let mfa = spec.versioning.as_ref().and_then(|versioning| versioning.mfa_delete) == Some(Switch::Enabled);
    if mfa && spec.lifecycle_rules.as_ref().is_some_and(|rules| !rules.is_empty()) {
        findings.push(
            Finding::on("lifecycle_rules", "a bucket with `mfa_delete` has no lifecycle rules")
                .and("versioning.mfa_delete"),
        );
    }
    findings
}

fn retention_findings(spec: &Spec) -> Option<Finding> {
    let retention = spec.object_lock.as_ref()?.default_retention.as_ref()?;
    (retention.days.is_some() == retention.years.is_some()).then(|| {
        Finding::on("object_lock.default_retention", "the retention should have either days or years")
            .and("object_lock.default_retention.days")
            .and("object_lock.default_retention.years")
            .help("set one of the two")
    })
}

fn policy_findings(spec: &Spec) -> Vec<Finding> {
    let Some(policy) = &spec.policy else {
        return Vec::new();
    };
    let mut findings = policy_document::findings("policy", policy, Usage::Bucket);
    let statements = match &policy["Statement"] {
        Json::Array(statements) => statements.iter().collect(),
        statement => vec![statement],
    };
    let refused =
        spec.public_access_block.as_ref().is_none_or(|block| block.block_public_policy != Some(false));
    if refused && statements.iter().any(|statement| is_public(statement)) {
        findings.push(
            Finding::on("policy", "`policy` lets everyone in, which `block_public_policy` refuses")
                .and("public_access_block.block_public_policy")
                .help("name the principals, or add a condition on the caller's account, network or role"),
        );
    }
    findings
}

/// Whether a statement lets anyone in, whatever else is true.
fn is_public(statement: &Json) -> bool {
    let is_star = |principal: &Json| {
        principal == "*" || principal.as_array().is_some_and(|list| list.iter().any(|one| one == "*"))
    };
    let principal = &statement["Principal"];
    statement["Effect"] == "Allow"
        && (is_star(principal) || is_star(&principal["AWS"]))
        && statement["Condition"].as_object().is_none_or(serde_json::Map::is_empty)
}

fn cors_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, rule) in spec.cors_rules.iter().flatten().enumerate() {
        let path = FieldPath::root().key("cors_rules").index(index);
        let headers = rule.allowed_headers.as_deref().unwrap_or_default();
        for (field, texts) in [("allowed_origins", &*rule.allowed_origins), ("allowed_headers", headers)] {
            for (position, text) in texts.iter().enumerate() {
                if text.matches('*').count() > 1 {
                    let at = path.key(field).index(position);
                    findings.push(Finding::at(
                        at.clone(),
                        format!("`{at}` is {text:?}, where one `*` is allowed"),
                    ));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    fn bucket() -> Json {
        json!({
            "bucket": "audit-logs", "versioning": {"status": "Enabled"},
            "server_side_encryption": {"sse_algorithm": "aws:kms", "kms_master_key_id": "arn:k", "bucket_key_enabled": true},
            "object_lock": {"default_retention": {"mode": "GOVERNANCE", "days": 30}},
            "logging": {"target_bucket": "access-logs", "target_prefix": "audit/"},
            "cors_rules": [{"allowed_methods": ["GET"], "allowed_origins": ["https://*.example.com"]}],
        })
    }

    #[test]
    fn settings_fit_each_other() {
        let role = json!({
            "role": "arn:r",
            "rules": [{"id": "a", "status": "Enabled", "destination": {"bucket": "arn:aws:s3:::b"}}],
        });
        let suspended = ("/versioning/status", json!("Suspended"));
        let expire = json!([{"id": "a", "status": "Enabled", "expiration": {"days": 1}}]);
        assert_rules::<Bucket>(
            &bucket(),
            &[
                (&[("/bucket", json!("Audit"))], "holds `A`"),
                (&[("/bucket", json!("logs-123456789012-us-east-1-an"))], "other namespace"),
                (&[("/bucket_namespace", json!("account-regional"))], "other namespace"),
                (
                    &[("/server_side_encryption/sse_algorithm", json!("AES256"))],
                    "takes no `kms_master_key_id`",
                ),
                (&[("/server_side_encryption/sse_algorithm", json!("aws:kms:dsse"))], "no bucket key"),
                (std::slice::from_ref(&suspended), "`object_lock` needs `versioning`"),
                (&[("/replication", role.clone())], ""),
                (&[("/replication", role), suspended.clone()], "`replication` needs `versioning`"),
                (&[("/object_lock/default_retention/years", json!(1))], "either days or years"),
                (&[("/object_lock/default_retention/days", json!(null))], "either days or years"),
                (&[("/logging/target_bucket", json!("audit-logs"))], "logs to itself"),
                (&[("/cors_rules/0/allowed_origins", json!(["https://*.*"]))], "one `*`"),
                (&[("/cors_rules/0/allowed_methods", json!(["PATCH"]))], "none of"),
                (&[("/lifecycle_rules", expire.clone())], ""),
                (
                    &[("/lifecycle_rules", expire), ("/versioning/mfa_delete", json!("Enabled"))],
                    "no lifecycle",
                ),
                (&[("/lifecycle_rules", json!([{"id": "a", "status": "Enabled"}]))], "does nothing"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn a_policy_lets_everyone_in_only_where_nothing_keeps_them_out() {
        let policy = |principal: Json| {
            let statement =
                json!({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*"});
            ("/policy", json!({"Version": "2012-10-17", "Statement": [statement]}))
        };
        let open = ("/public_access_block", json!({"block_public_policy": false}));
        let deny = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        }});
        let mut conditional = policy(json!("*"));
        conditional.1["Statement"][0]["Condition"] = json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}});
        assert_rules::<Bucket>(
            &bucket(),
            &[
                (&[policy(json!({"AWS": "arn:aws:iam::123456789012:root"}))], ""),
                (&[policy(json!("*"))], "lets everyone in"),
                (&[policy(json!({"AWS": ["*"]}))], "lets everyone in"),
                (&[policy(json!("*")), open], ""),
                (&[conditional], ""),
                (&[("/policy", deny)], ""),
                (&[("/policy", json!({}))], "`Statement` is missing"),
            ],
        );
    }

    #[test]
    fn a_name_is_taken_once_in_all_regions() {
        let sky = World::default().with(Bucket::TYPE, "audit-logs", "eu-west-1", bucket());
        assert_eq!(sky.create::<Bucket>(&bucket()), Err("BucketAlreadyOwnedByYou".into()));
        assert!(sky.create::<Bucket>(&json!({"bucket": "other-logs"})).is_ok());
    }

    #[test]
    fn a_lock_is_not_taken_off() {
        let sky = World::default().with(Bucket::TYPE, "audit-logs", "us-east-1", bucket());
        assert!(sky.update::<Bucket>("audit-logs", &bucket()).is_ok());
        let refused = sky.update::<Bucket>("audit-logs", &json!({"bucket": "audit-logs"}));
        assert_eq!(refused, Err("InvalidRequest".into()));
    }

    #[test]
    fn it_is_imported_by_name() {
        assert_eq!(Bucket::import_id("audit-logs").unwrap().as_str(), "audit-logs");
        assert!(Bucket::import_id("Audit").unwrap_err().contains("holds `A`"));
    }
}
