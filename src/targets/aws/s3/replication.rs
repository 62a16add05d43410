//! Replication rules of buckets.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    AccessControlTranslation, DeleteMarkerReplication, Destination, EncryptionConfiguration, Metrics,
    OwnerOverride, ReplicaModifications, ReplicationConfiguration, ReplicationRule,
    ReplicationRuleAndOperator, ReplicationRuleFilter, ReplicationTime, ReplicationTimeValue,
    SourceSelectionCriteria, SseKmsEncryptedObjects,
};

use super::bucket_settings::{if_set, request, small};
use super::tags;
use crate::kinds::Answer;
use crate::kinds::aws::s3::bucket_settings::Switch;
use crate::kinds::aws::s3::replication as spec;
use crate::targets::aws::error::call_error;
use crate::targets::aws::words::{given, meaning, word};

/// The only time that S3 promises, in minutes.
const PROMISE: i32 = 15;

pub(super) async fn read(client: &Client, bucket: &str) -> Answer<Option<spec::Replication>> {
    let answer = client.get_bucket_replication().bucket(bucket).send().await;
    let output = if_set(answer.map_err(call_error("GetBucketReplication")))?;
    let Some(configuration) = output.and_then(|output| output.replication_configuration) else {
        return Ok(None);
    };
    Ok(Some(spec::Replication {
        role: configuration.role().to_owned(),
        rules: configuration.rules().iter().map(observed_rule).collect::<Answer<_>>()?,
    }))
}

pub(super) async fn write(client: &Client, bucket: &str, setting: Option<&spec::Replication>) -> Answer<()> {
    let Some(setting) = setting else {
        let answer = client.delete_bucket_replication().bucket(bucket).send().await;
        return answer.map(|_| ()).map_err(call_error("DeleteBucketReplication"));
    };
    let rules = setting.rules.iter().map(rule).collect::<Answer<Vec<_>>>()?;
    let configuration =
        ReplicationConfiguration::builder().role(&setting.role).set_rules(Some(rules)).build();
    let call = client.put_bucket_replication().bucket(bucket);
    let answer = call.replication_configuration(request(configuration)?).send().await;
    answer.map(|_| ()).map_err(call_error("PutBucketReplication"))
}

fn rule(rule: &spec::ReplicationRule) -> Answer<ReplicationRule> {
    let off = Switch::Disabled;
    let criteria = |criteria: aws_sdk_s3::types::builders::SourceSelectionCriteriaBuilder| -> Answer<_> {
        let kms = rule.sse_kms_encrypted_objects.map(|switch| {
            request(SseKmsEncryptedObjects::builder().status(word(&switch).as_str().into()).build())
        });
        let modifications = rule.replica_modifications.map(|switch| {
            request(ReplicaModifications::builder().status(word(&switch).as_str().into()).build())
        });
        Ok(criteria
            .set_sse_kms_encrypted_objects(kms.transpose()?)
            .set_replica_modifications(modifications.transpose()?)
            .build())
    };
    let selects = rule.sse_kms_encrypted_objects.is_some() || rule.replica_modifications.is_some();
    let criteria = selects.then(|| criteria(SourceSelectionCriteria::builder())).transpose()?;
    let markers = word(&rule.delete_marker_replication.unwrap_or(off));
    let built = ReplicationRule::builder()
        .id(&rule.id)
        .status(word(&rule.status).as_str().into())
        .priority(rule.priority.map_or(0, small))
        .filter(filter(rule.filter.as_ref())?)
        .destination(destination(&rule.destination)?)
        .delete_marker_replication(DeleteMarkerReplication::builder().status(markers.as_str().into()).build())
        .set_source_selection_criteria(criteria);
    request(built.build())
}

fn filter(filter: Option<&spec::ReplicationFilter>) -> Answer<ReplicationRuleFilter> {
    let builder = ReplicationRuleFilter::builder();
    let Some(filter) = filter else {
        return Ok(builder.prefix("").build());
    };
    let mut tags = tags::list(filter.tags.as_ref().unwrap_or(&Default::default()))?;
    if tags.len() + usize::from(filter.prefix.is_some()) > 1 {
        let and =
            ReplicationRuleAndOperator::builder().set_prefix(filter.prefix.clone()).set_tags(Some(tags));
        return Ok(builder.and(and.build()).build());
    }
    Ok(match tags.pop() {
        Some(tag) => builder.tag(tag).build(),
        None => builder.prefix(filter.prefix.clone().unwrap_or_default()).build(),
    })
}

fn destination(destination: &spec::Destination) -> Answer<Destination> {
    let promise = || ReplicationTimeValue::builder().minutes(PROMISE).build();
    let on = |switch: Switch| switch == Switch::Enabled;
    let time = destination.replication_time.map(|switch| {
        request(ReplicationTime::builder().status(word(&switch).as_str().into()).time(promise()).build())
    });
    let with_time = destination.replication_time.is_some_and(on);
    let metrics = destination.metrics.map(|switch| {
        let metrics = Metrics::builder().status(word(&switch).as_str().into());
        request(metrics.set_event_threshold(with_time.then(promise)).build())
    });
    let owner = (destination.owner_override == Some(true))
        .then(|| request(AccessControlTranslation::builder().owner(OwnerOverride::Destination).build()));
    let built = Destination::builder()
        .bucket(&destination.bucket)
        .set_account(destination.account.clone())
        .set_access_control_translation(owner.transpose()?)
        .set_storage_class(destination.storage_class.map(|class| word(&class).as_str().into()))
        .set_encryption_configuration(
            destination
                .replica_kms_key_id
                .as_ref()
                .map(|key| EncryptionConfiguration::builder().replica_kms_key_id(key).build()),
        )
        .set_replication_time(time.transpose()?)
        .set_metrics(metrics.transpose()?);
    request(built.build())
}

fn observed_rule(rule: &ReplicationRule) -> Answer<spec::ReplicationRule> {
    let criteria = rule.source_selection_criteria();
    let kms = criteria.and_then(|criteria| criteria.sse_kms_encrypted_objects());
    let modifications = criteria.and_then(|criteria| criteria.replica_modifications());
    let markers = rule.delete_marker_replication().and_then(DeleteMarkerReplication::status);
    Ok(spec::ReplicationRule {
        id: given("ID", rule.id())?.to_owned(),
        status: meaning(rule.status().as_str())?,
        priority: rule.priority().map(i64::from),
        filter: observed_filter(rule),
        destination: observed_destination(given("Destination", rule.destination())?)?,
        delete_marker_replication: markers.map(|status| meaning(status.as_str())).transpose()?,
        sse_kms_encrypted_objects: kms.map(|kms| meaning(kms.status().as_str())).transpose()?,
        replica_modifications: modifications.map(|changes| meaning(changes.status().as_str())).transpose()?,
    })
}

fn observed_filter(rule: &ReplicationRule) -> Option<spec::ReplicationFilter> {
    // Rules of older tools have a prefix beside the filter.
    #[expect(deprecated, reason = "buckets that are adopted may still have it")]
    let outer = rule.prefix();
    let filter = rule.filter();
    let and = filter.and_then(ReplicationRuleFilter::and);
    let prefix = and
        .and_then(ReplicationRuleAndOperator::prefix)
        .or(filter.and_then(ReplicationRuleFilter::prefix))
        .or(outer)
        .filter(|prefix| !prefix.is_empty());
    let mut tags = tags::map(and.map(ReplicationRuleAndOperator::tags).unwrap_or_default());
    tags.extend(
        filter.and_then(ReplicationRuleFilter::tag).map(|t| (t.key().to_owned(), t.value().to_owned())),
    );
    (prefix.is_some() || !tags.is_empty()).then(|| spec::ReplicationFilter {
        prefix: prefix.map(str::to_owned),
        tags: (!tags.is_empty()).then_some(tags),
    })
}

fn observed_destination(destination: &Destination) -> Answer<spec::Destination> {
    let key = destination.encryption_configuration().and_then(EncryptionConfiguration::replica_kms_key_id);
    Ok(spec::Destination {
        bucket: destination.bucket().to_owned(),
        account: destination.account().map(str::to_owned),
        owner_override: destination.access_control_translation().map(|_| true),
        storage_class: destination.storage_class().map(|class| meaning(class.as_str())).transpose()?,
        replica_kms_key_id: key.map(str::to_owned),
        replication_time: destination
            .replication_time()
            .map(|time| meaning(time.status().as_str()))
            .transpose()?,
        metrics: destination.metrics().map(|metrics| meaning(metrics.status().as_str())).transpose()?,
    })
}
