//! The settings of a bucket: of each how it is read, and how it is set or put back to its default.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, BucketLoggingStatus, BucketVersioningStatus, CorsConfiguration, CorsRule,
    DefaultRetention, LoggingEnabled, MfaDelete, ObjectLockConfiguration, ObjectLockEnabled, ObjectLockRule,
    ObjectOwnership, OwnershipControls, OwnershipControlsRule, PartitionedPrefix,
    PublicAccessBlockConfiguration, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, SimplePrefix, TargetObjectKeyFormat, VersioningConfiguration,
};
use aws_smithy_types::error::operation::BuildError;

use crate::kinds::aws::s3::bucket_settings as spec;
use crate::kinds::{Answer, CallError, ErrorKind};
use crate::model::Json;
use crate::targets::aws::error::call_error;
use crate::targets::aws::words::{given, meaning, word};

/// `None` for a setting that isn't set, which S3 says by an error; a bucket that is gone stays one.
pub(super) fn if_set<T>(answer: Answer<T>) -> Answer<Option<T>> {
    match answer {
        Err(error) if error.kind == ErrorKind::NotFound && error.code != "NoSuchBucket" => Ok(None),
        other => other.map(Some),
    }
}

/// A request that the SDK found complete.
pub(super) fn request<T>(built: Result<T, BuildError>) -> Answer<T> {
    built.map_err(|error| CallError::refused(ErrorKind::Invalid, "InvalidRequest", error.to_string()))
}

/// A number of the specification, whose bounds are narrower than the API's type.
pub(super) fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

pub(super) async fn read_versioning(client: &Client, bucket: &str) -> Answer<Option<spec::Versioning>> {
    let answer = client.get_bucket_versioning().bucket(bucket).send().await;
    let output = answer.map_err(call_error("GetBucketVersioning"))?;
    // A bucket that was never versioned has no status.
    let Some(status) = output.status() else {
        return Ok(None);
    };
    Ok(Some(spec::Versioning {
        status: Some(meaning(status.as_str())?),
        mfa_delete: output.mfa_delete().map(|mfa| meaning(mfa.as_str())).transpose()?,
    }))
}

/// Versioning can't be undone: without a setting it is suspended.
pub(super) async fn write_versioning(
    client: &Client,
    bucket: &str,
    setting: Option<&spec::Versioning>,
) -> Answer<()> {
    let status = setting.and_then(|setting| setting.status).unwrap_or(spec::VersioningStatus::Suspended);
    let mfa = setting.and_then(|setting| setting.mfa_delete);
    let configuration = VersioningConfiguration::builder()
        .status(BucketVersioningStatus::from(word(&status).as_str()))
        .set_mfa_delete(mfa.map(|mfa| MfaDelete::from(word(&mfa).as_str())))
        .build();
    let answer = client.put_bucket_versioning().bucket(bucket).versioning_configuration(configuration).send();
    answer.await.map(|_| ()).map_err(call_error("PutBucketVersioning"))
}

pub(super) async fn read_encryption(
    client: &Client,
    bucket: &str,
) -> Answer<Option<spec::ServerSideEncryption>> {
    let answer = client.get_bucket_encryption().bucket(bucket).send().await;
    let output = if_set(answer.map_err(call_error("GetBucketEncryption")))?;
    let configuration = output.and_then(|output| output.server_side_encryption_configuration);
    let Some(rule) = configuration.as_ref().and_then(|configuration| configuration.rules().first()) else {
        return Ok(None);
    };
    let default = rule.apply_server_side_encryption_by_default();
    let blocked =
        rule.blocked_encryption_types().map(BlockedEncryptionTypes::encryption_type).unwrap_or_default();
    let blocked = blocked.iter().map(|name| meaning(name.as_str())).collect::<Answer<Vec<_>>>()?;
    Ok(Some(spec::ServerSideEncryption {
        sse_algorithm: default.map(|default| meaning(default.sse_algorithm().as_str())).transpose()?,
        kms_master_key_id: default.and_then(|default| default.kms_master_key_id()).map(str::to_owned),
        bucket_key_enabled: rule.bucket_key_enabled(),
        blocked_encryption_types: (!blocked.is_empty()).then_some(blocked),
    }))
}

pub(super) async fn write_encryption(
    client: &Client,
    bucket: &str,
    setting: Option<&spec::ServerSideEncryption>,
) -> Answer<()> {
    let Some(setting) = setting else {
        let answer = client.delete_bucket_encryption().bucket(bucket).send().await;
        return answer.map(|_| ()).map_err(call_error("DeleteBucketEncryption"));
    };
    let algorithm = setting.sse_algorithm.unwrap_or(spec::SseAlgorithm::Aes256);
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(word(&algorithm).as_str().into())
        .set_kms_master_key_id(setting.kms_master_key_id.clone())
        .build();
    let blocked = setting.blocked_encryption_types.as_ref().map(|blocked| {
        let types = blocked.iter().map(|name| word(name).as_str().into()).collect();
        BlockedEncryptionTypes::builder().set_encryption_type(Some(types)).build()
    });
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(request(default)?)
        .bucket_key_enabled(setting.bucket_key_enabled.unwrap_or(false))
        .set_blocked_encryption_types(blocked)
        .build();
    let configuration = request(ServerSideEncryptionConfiguration::builder().rules(rule).build())?;
    let call = client.put_bucket_encryption().bucket(bucket);
    let answer = call.server_side_encryption_configuration(configuration).send().await;
    answer.map(|_| ()).map_err(call_error("PutBucketEncryption"))
}

pub(super) async fn read_public_access_block(
    client: &Client,
    bucket: &str,
) -> Answer<Option<spec::PublicAccessBlock>> {
    let answer = client.get_public_access_block().bucket(bucket).send().await;
    let output = if_set(answer.map_err(call_error("GetPublicAccessBlock")))?;
    // Without a block nothing is blocked, which is the opposite of the specification's default.
    let block = output.and_then(|output| output.public_access_block_configuration);
    let flag = |flag: fn(&PublicAccessBlockConfiguration) -> Option<bool>| {
        Some(block.as_ref().and_then(flag).unwrap_or(false))
    };
    Ok(Some(spec::PublicAccessBlock {
        block_public_acls: flag(PublicAccessBlockConfiguration::block_public_acls),
        ignore_public_acls: flag(PublicAccessBlockConfiguration::ignore_public_acls),
        block_public_policy: flag(PublicAccessBlockConfiguration::block_public_policy),
        restrict_public_buckets: flag(PublicAccessBlockConfiguration::restrict_public_buckets),
    }))
}

pub(super) async fn write_public_access_block(
    client: &Client,
    bucket: &str,
    setting: Option<&spec::PublicAccessBlock>,
) -> Answer<()> {
    let flag = |flag: fn(&spec::PublicAccessBlock) -> Option<bool>| setting.and_then(flag).unwrap_or(true);
    let configuration = PublicAccessBlockConfiguration::builder()
        .block_public_acls(flag(|setting| setting.block_public_acls))
        .ignore_public_acls(flag(|setting| setting.ignore_public_acls))
        .block_public_policy(flag(|setting| setting.block_public_policy))
        .restrict_public_buckets(flag(|setting| setting.restrict_public_buckets))
        .build();
    let call = client.put_public_access_block().bucket(bucket);
    let answer = call.public_access_block_configuration(configuration).send().await;
    answer.map(|_| ()).map_err(call_error("PutPublicAccessBlock"))
}

pub(super) async fn read_ownership(client: &Client, bucket: &str) -> Answer<Option<spec::OwnershipControls>> {
    let answer = client.get_bucket_ownership_controls().bucket(bucket).send().await;
    let output = if_set(answer.map_err(call_error("GetBucketOwnershipControls")))?;
    let controls = output.and_then(|output| output.ownership_controls);
    let Some(rule) = controls.as_ref().and_then(|controls| controls.rules().first()) else {
        return Ok(None);
    };
    Ok(Some(spec::OwnershipControls { object_ownership: Some(meaning(rule.object_ownership().as_str())?) }))
}

pub(super) async fn write_ownership(
    client: &Client,
    bucket: &str,
    setting: Option<&spec::OwnershipControls>,
) -> Answer<()> {
    let rule = OwnershipControlsRule::builder().object_ownership(ownership(setting)).build();
    let controls = request(OwnershipControls::builder().rules(request(rule)?).build())?;
    let answer = client.put_bucket_ownership_controls().bucket(bucket).ownership_controls(controls).send();
    answer.await.map(|_| ()).map_err(call_error("PutBucketOwnershipControls"))
}

/// Whose objects are, which a new bucket is told too.
pub(super) fn ownership(setting: Option<&spec::OwnershipControls>) -> ObjectOwnership {
    let ownership = setting
        .and_then(|setting| setting.object_ownership)
        .unwrap_or(spec::ObjectOwnership::BucketOwnerEnforced);
    word(&ownership).as_str().into()
}

pub(super) async fn read_policy(client: &Client, bucket: &str) -> Answer<Option<Json>> {
    let answer = client.get_bucket_policy().bucket(bucket).send().await;
    let output = if_set(answer.map_err(call_error("GetBucketPolicy")))?;
    let policy = output.and_then(|output| output.policy);
    let parse = |text: String| {
        serde_json::from_str(&text).map_err(|error| {
            let message = format!("the policy of {bucket} is no JSON: {error}");
            CallError::refused(ErrorKind::Invalid, "MalformedPolicy", message)
        })
    };
    policy.map(parse).transpose()
}

pub(super) async fn write_policy(client: &Client, bucket: &str, setting: Option<&Json>) -> Answer<()> {
    match setting {
        Some(policy) => {
            let answer = client.put_bucket_policy().bucket(bucket).policy(policy.to_string()).send().await;
            answer.map(|_| ()).map_err(call_error("PutBucketPolicy"))
        }
        None => {
            let answer = client.delete_bucket_policy().bucket(bucket).send().await;
            answer.map(|_| ()).map_err(call_error("DeleteBucketPolicy"))
        }
    }
}

pub(super) async fn read_logging(client: &Client, bucket: &str) -> Answer<Option<spec::Logging>> {
    let answer = client.get_bucket_logging().bucket(bucket).send().await;
    let output = answer.map_err(call_error("GetBucketLogging"))?;
    let Some(logging) = output.logging_enabled() else {
        return Ok(None);
    };
    let partitioned = logging.target_object_key_format().and_then(|format| format.partitioned_prefix());
    Ok(Some(spec::Logging {
        target_bucket: logging.target_bucket().to_owned(),
        target_prefix: logging.target_prefix().to_owned(),
        partitioned_prefix: partitioned
            .and_then(|prefix| prefix.partition_date_source())
            .map(|source| meaning(source.as_str()))
            .transpose()?,
    }))
}

pub(super) async fn write_logging(
    client: &Client,
    bucket: &str,
    setting: Option<&spec::Logging>,
) -> Answer<()> {
    let enabled = |setting: &spec::Logging| {
        let format = TargetObjectKeyFormat::builder();
        let format = match &setting.partitioned_prefix {
            None => format.simple_prefix(SimplePrefix::builder().build()),
            Some(source) => {
                let source = word(source).as_str().into();
                format.partitioned_prefix(PartitionedPrefix::builder().partition_date_source(source).build())
            }
        };
        let logging = LoggingEnabled::builder()
            .target_bucket(&setting.target_bucket)
            .target_prefix(&setting.target_prefix)
            .target_object_key_format(format.build());
        request(logging.build())
    };
    let status =
        BucketLoggingStatus::builder().set_logging_enabled(setting.map(enabled).transpose()?).build();
    let answer = client.put_bucket_logging().bucket(bucket).bucket_logging_status(status).send().await;
    answer.map(|_| ()).map_err(call_error("PutBucketLogging"))
}

pub(super) async fn read_cors(client: &Client, bucket: &str) -> Answer<Option<Vec<spec::CorsRule>>> {
    let answer = client.get_bucket_cors().bucket(bucket).send().await;
    let Some(output) = if_set(answer.map_err(call_error("GetBucketCors")))? else {
        return Ok(None);
    };
    let filled = |items: &[String]| (!items.is_empty()).then(|| items.to_vec());
    let rule = |rule: &CorsRule| {
        Ok(spec::CorsRule {
            id: rule.id().map(str::to_owned),
            allowed_methods: rule.allowed_methods().iter().map(|m| meaning(m)).collect::<Answer<_>>()?,
            allowed_origins: rule.allowed_origins().to_vec(),
            allowed_headers: filled(rule.allowed_headers()),
            expose_headers: filled(rule.expose_headers()),
            max_age_seconds: rule.max_age_seconds().map(i64::from),
        })
    };
    output.cors_rules().iter().map(rule).collect::<Answer<_>>().map(Some)
}

pub(super) async fn write_cors(
    client: &Client,
    bucket: &str,
    setting: Option<&[spec::CorsRule]>,
) -> Answer<()> {
    let rules = setting.unwrap_or_default();
    if rules.is_empty() {
        let answer = client.delete_bucket_cors().bucket(bucket).send().await;
        return answer.map(|_| ()).map_err(call_error("DeleteBucketCors"));
    }
    let rule = |rule: &spec::CorsRule| {
        let built = CorsRule::builder()
            .set_id(rule.id.clone())
            .set_allowed_methods(Some(rule.allowed_methods.iter().map(word).collect()))
            .set_allowed_origins(Some(rule.allowed_origins.clone()))
            .set_allowed_headers(rule.allowed_headers.clone())
            .set_expose_headers(rule.expose_headers.clone())
            .set_max_age_seconds(rule.max_age_seconds.map(small));
        request(built.build())
    };
    let rules = rules.iter().map(rule).collect::<Answer<Vec<_>>>()?;
    let configuration = request(CorsConfiguration::builder().set_cors_rules(Some(rules)).build())?;
    let answer = client.put_bucket_cors().bucket(bucket).cors_configuration(configuration).send().await;
    answer.map(|_| ()).map_err(call_error("PutBucketCors"))
}

pub(super) async fn read_object_lock(client: &Client, bucket: &str) -> Answer<Option<spec::ObjectLock>> {
    let answer = client.get_object_lock_configuration().bucket(bucket).send().await;
    let output = if_set(answer.map_err(call_error("GetObjectLockConfiguration")))?;
    let configuration = output.and_then(|output| output.object_lock_configuration);
    let Some(configuration) = configuration.filter(|lock| lock.object_lock_enabled().is_some()) else {
        return Ok(None);
    };
    let retention = configuration.rule().and_then(ObjectLockRule::default_retention);
    let default_retention = match retention {
        None => None,
        Some(retention) => Some(spec::DefaultRetention {
            mode: meaning(given("Mode", retention.mode())?.as_str())?,
            days: retention.days().map(i64::from),
            years: retention.years().map(i64::from),
        }),
    };
    Ok(Some(spec::ObjectLock { default_retention }))
}

/// Object Lock can't be turned off; only the retention of new objects can be withdrawn.
pub(super) async fn write_object_lock(
    client: &Client,
    bucket: &str,
    setting: Option<&spec::ObjectLock>,
) -> Answer<()> {
    let Some(setting) = setting else {
        return Err(CallError::refused(
            ErrorKind::Invalid,
            "InvalidRequest",
            format!("Object Lock of {bucket} can't be turned off once it is on: set `object_lock: {{}}`"),
        ));
    };
    let rule = setting.default_retention.as_ref().map(|retention| {
        let retention = DefaultRetention::builder()
            .mode(word(&retention.mode).as_str().into())
            .set_days(retention.days.map(small))
            .set_years(retention.years.map(small))
            .build();
        ObjectLockRule::builder().default_retention(retention).build()
    });
    let configuration = ObjectLockConfiguration::builder()
        .object_lock_enabled(ObjectLockEnabled::Enabled)
        .set_rule(rule)
        .build();
    let call = client.put_object_lock_configuration().bucket(bucket);
    let answer = call.object_lock_configuration(configuration).send().await;
    answer.map(|_| ()).map_err(call_error("PutObjectLockConfiguration"))
}
