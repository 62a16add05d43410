//! The settings of a bucket that are small: one type each, as its own call of the API sets it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether something is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Switch {
    Enabled,
    Disabled,
}

/// Whether older versions of objects are kept.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Versioning {
    /// Once enabled, versioning can be suspended but not undone.
    #[schemars(extend("default" = "Suspended"))]
    pub status: Option<VersioningStatus>,
    /// Whether deleting a version takes a second factor; only the root user can change it.
    #[schemars(extend("x-default" = "provider"))]
    pub mfa_delete: Option<Switch>,
}

/// Whether versions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum VersioningStatus {
    Enabled,
    Suspended,
}

/// How new objects are encrypted where the request doesn't say.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerSideEncryption {
    /// The algorithm.
    #[schemars(extend("default" = "AES256"))]
    pub sse_algorithm: Option<SseAlgorithm>,
    /// The key, of the KMS algorithms; AWS's own for S3 where it is absent.
    #[schemars(extend("x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub kms_master_key_id: Option<String>,
    /// Whether a key for the bucket saves calls of KMS.
    #[schemars(extend("default" = false))]
    pub bucket_key_enabled: Option<bool>,
    /// The encryption with which uploads are refused.
    #[schemars(extend("x-collection" = "set", "x-default" = "provider"))]
    pub blocked_encryption_types: Option<Vec<BlockedEncryption>>,
}

/// An algorithm of server-side encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SseAlgorithm {
    #[serde(rename = "AES256")]
    Aes256,
    #[serde(rename = "aws:kms")]
    Kms,
    #[serde(rename = "aws:kms:dsse")]
    KmsDsse,
}

/// Encryption that can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BlockedEncryption {
    #[serde(rename = "NONE")]
    None,
    #[serde(rename = "SSE-C")]
    SseC,
}

/// What keeps a bucket from the public.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PublicAccessBlock {
    /// Whether ACLs that let the public in are refused.
    #[schemars(extend("x-exclusive" = true, "default" = true))]
    pub block_public_acls: Option<bool>,
    /// Whether ACLs that let the public in have no effect.
    #[schemars(extend("x-exclusive" = true, "default" = true))]
    pub ignore_public_acls: Option<bool>,
    /// Whether policies that let the public in are refused.
    #[schemars(extend("x-exclusive" = true, "default" = true))]
    pub block_public_policy: Option<bool>,
    /// Whether a bucket with such a policy is open to its own account only.
    #[schemars(extend("x-exclusive" = true, "default" = true))]
    pub restrict_public_buckets: Option<bool>,
}

/// Whose the objects are that others upload, and whether ACLs count.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OwnershipControls {
    /// With `BucketOwnerEnforced`, ACLs are off and all objects are the owner's.
    #[schemars(extend("default" = "BucketOwnerEnforced"))]
    pub object_ownership: Option<ObjectOwnership>,
}

/// Whose objects are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ObjectOwnership {
    BucketOwnerEnforced,
    BucketOwnerPreferred,
    ObjectWriter,
}

/// Where a record of every request goes.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Logging {
    /// The bucket that the records are written to, in the same region.
    #[schemars(extend("x-refers" = "aws.s3.bucket"))]
    pub target_bucket: String,
    /// What the keys of the records start with.
    pub target_prefix: String,
    /// Whether the keys have folders for account, region, bucket and day, by which date; without it
    /// they have none.
    pub partitioned_prefix: Option<PartitionDateSource>,
}

/// Which date the folder of a record is named after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PartitionDateSource {
    EventTime,
    DeliveryTime,
}

/// What pages of other origins may do; the first rule that fits counts.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CorsRule {
    /// A name of the rule.
    #[schemars(length(max = 255))]
    pub id: Option<String>,
    /// The methods that are allowed.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub allowed_methods: Vec<CorsMethod>,
    /// The origins that may use them, with at most one `*` each.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub allowed_origins: Vec<String>,
    /// The headers that a preflight request may name, with at most one `*` each.
    #[schemars(extend("x-collection" = "set"))]
    pub allowed_headers: Option<Vec<String>>,
    /// The headers of the answer that a page may read.
    #[schemars(extend("x-collection" = "set"))]
    pub expose_headers: Option<Vec<String>>,
    /// For how many seconds a browser may remember the answer to a preflight request.
    #[schemars(range(min = 0))]
    pub max_age_seconds: Option<i64>,
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum CorsMethod {
    Get,
    Put,
    Head,
    Post,
    Delete,
}

/// Objects that can't be deleted or overwritten for a time. Once on, it stays on.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectLock {
    /// What holds for objects that come without a retention of their own.
    pub default_retention: Option<DefaultRetention>,
}

/// For how long new objects are locked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DefaultRetention {
    /// Whether anyone can lift the lock before its time.
    pub mode: RetentionMode,
    /// The time in days.
    #[schemars(range(min = 1, max = 36500))]
    pub days: Option<i64>,
    /// The time in years.
    #[schemars(range(min = 1, max = 100))]
    pub years: Option<i64>,
}

/// Whether a lock can be lifted: under governance by a right of its own, under compliance by nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RetentionMode {
    Governance,
    Compliance,
}
