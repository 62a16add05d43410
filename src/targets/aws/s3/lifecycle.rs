//! Lifecycle rules of buckets.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, LifecycleExpiration, LifecycleRule,
    LifecycleRuleAndOperator, LifecycleRuleFilter, NoncurrentVersionExpiration, NoncurrentVersionTransition,
    Transition,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::bucket_settings::{if_set, request, small};
use super::tags;
use crate::kinds::aws::s3::lifecycle as spec;
use crate::kinds::{Answer, CallError, ErrorKind};
use crate::targets::aws::error::call_error;
use crate::targets::aws::words::{given, meaning, word};

pub(super) async fn read(client: &Client, bucket: &str) -> Answer<Option<Vec<spec::LifecycleRule>>> {
    let answer = client.get_bucket_lifecycle_configuration().bucket(bucket).send().await;
    let Some(output) = if_set(answer.map_err(call_error("GetBucketLifecycleConfiguration")))? else {
        return Ok(None);
    };
    output.rules().iter().map(observed_rule).collect::<Answer<_>>().map(Some)
}

/// All rules at once: S3 has no call for one.
pub(super) async fn write(
    client: &Client,
    bucket: &str,
    setting: Option<&[spec::LifecycleRule]>,
) -> Answer<()> {
    let rules = setting.unwrap_or_default();
    if rules.is_empty() {
        let answer = client.delete_bucket_lifecycle().bucket(bucket).send().await;
        return answer.map(|_| ()).map_err(call_error("DeleteBucketLifecycle"));
    }
    let rules = rules.iter().map(rule).collect::<Answer<Vec<_>>>()?;
    let configuration = request(BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build())?;
    let call = client.put_bucket_lifecycle_configuration().bucket(bucket);
    let answer = call.lifecycle_configuration(configuration).send().await;
    answer.map(|_| ()).map_err(call_error("PutBucketLifecycleConfiguration"))
}

fn rule(rule: &spec::LifecycleRule) -> Answer<LifecycleRule> {
    let transition = |transition: &spec::Transition| {
        Ok(Transition::builder()
            .storage_class(word(&transition.storage_class).as_str().into())
            .set_days(transition.days.map(small))
            .set_date(transition.date.as_deref().map(midnight).transpose()?)
            .build())
    };
    let noncurrent = |transition: &spec::NoncurrentTransition| {
        NoncurrentVersionTransition::builder()
            .storage_class(word(&transition.storage_class).as_str().into())
            .noncurrent_days(small(transition.noncurrent_days))
            .set_newer_noncurrent_versions(transition.newer_noncurrent_versions.map(small))
            .build()
    };
    let transitions = rule.transitions.as_ref().map(|all| all.iter().map(transition).collect::<Answer<_>>());
    let noncurrent_transitions =
        rule.noncurrent_version_transitions.as_ref().map(|all| all.iter().map(noncurrent).collect());
    let built = LifecycleRule::builder()
        .id(&rule.id)
        .status(word(&rule.status).as_str().into())
        .filter(filter(rule.filter.as_ref())?)
        .set_expiration(rule.expiration.as_ref().map(expiration).transpose()?)
        .set_transitions(transitions.transpose()?)
        .set_noncurrent_version_transitions(noncurrent_transitions)
        .set_noncurrent_version_expiration(rule.noncurrent_version_expiration.as_ref().map(|expiration| {
            NoncurrentVersionExpiration::builder()
                .noncurrent_days(small(expiration.noncurrent_days))
                .set_newer_noncurrent_versions(expiration.newer_noncurrent_versions.map(small))
                .build()
        }))
        .set_abort_incomplete_multipart_upload(rule.abort_incomplete_multipart_upload.as_ref().map(
            |abort| {
                AbortIncompleteMultipartUpload::builder()
                    .days_after_initiation(small(abort.days_after_initiation))
                    .build()
            },
        ));
    request(built.build())
}

fn expiration(expiration: &spec::Expiration) -> Answer<LifecycleExpiration> {
    Ok(LifecycleExpiration::builder()
        .set_days(expiration.days.map(small))
        .set_date(expiration.date.as_deref().map(midnight).transpose()?)
        .set_expired_object_delete_marker(expiration.expired_object_delete_marker)
        .build())
}

/// Several conditions are joined by an `And`; no condition is an empty prefix.
fn filter(filter: Option<&spec::LifecycleFilter>) -> Answer<LifecycleRuleFilter> {
    let Some(filter) = filter else {
        return Ok(LifecycleRuleFilter::builder().prefix("").build());
    };
    let mut tags = tags::list(filter.tags.as_ref().unwrap_or(&Default::default()))?;
    let others = [
        filter.prefix.is_some(),
        filter.object_size_greater_than.is_some(),
        filter.object_size_less_than.is_some(),
    ];
    let conditions = tags.len() + others.into_iter().filter(|set| *set).count();
    let builder = LifecycleRuleFilter::builder();
    if conditions > 1 {
        let and = LifecycleRuleAndOperator::builder()
            .set_prefix(filter.prefix.clone())
            .set_tags((!tags.is_empty()).then_some(tags))
            .set_object_size_greater_than(filter.object_size_greater_than)
            .set_object_size_less_than(filter.object_size_less_than);
        return Ok(builder.and(and.build()).build());
    }
    let prefix = if conditions == 0 { Some(String::new()) } else { filter.prefix.clone() };
    Ok(builder
        .set_prefix(prefix)
        .set_tag(tags.pop())
        .set_object_size_greater_than(filter.object_size_greater_than)
        .set_object_size_less_than(filter.object_size_less_than)
        .build())
}

fn observed_rule(rule: &LifecycleRule) -> Answer<spec::LifecycleRule> {
    let transition = |transition: &Transition| {
        Ok(spec::Transition {
            storage_class: meaning(given("StorageClass", transition.storage_class())?.as_str())?,
            days: transition.days().map(i64::from),
            date: transition.date().map(day).transpose()?,
        })
    };
    let noncurrent = |transition: &NoncurrentVersionTransition| {
        Ok(spec::NoncurrentTransition {
            storage_class: meaning(given("StorageClass", transition.storage_class())?.as_str())?,
            noncurrent_days: given("NoncurrentDays", transition.noncurrent_days())?.into(),
            newer_noncurrent_versions: transition.newer_noncurrent_versions().map(i64::from),
        })
    };
    let transitions = rule.transitions().iter().map(transition).collect::<Answer<Vec<_>>>()?;
    let noncurrents =
        rule.noncurrent_version_transitions().iter().map(noncurrent).collect::<Answer<Vec<_>>>()?;
    let expiration = match rule.expiration() {
        None => None,
        Some(expiration) => Some(spec::Expiration {
            days: expiration.days().map(i64::from),
            date: expiration.date().map(day).transpose()?,
            // Beside days or a date it is always false, and says nothing.
            expired_object_delete_marker: expiration.expired_object_delete_marker().filter(|marker| *marker),
        }),
    };
    let noncurrent_version_expiration = match rule.noncurrent_version_expiration() {
        None => None,
        Some(expiration) => Some(spec::NoncurrentExpiration {
            noncurrent_days: given("NoncurrentDays", expiration.noncurrent_days())?.into(),
            newer_noncurrent_versions: expiration.newer_noncurrent_versions().map(i64::from),
        }),
    };
    let abort = match rule.abort_incomplete_multipart_upload() {
        None => None,
        Some(abort) => Some(spec::AbortIncompleteUpload {
            days_after_initiation: given("DaysAfterInitiation", abort.days_after_initiation())?.into(),
        }),
    };
    Ok(spec::LifecycleRule {
        id: given("ID", rule.id())?.to_owned(),
        status: meaning(rule.status().as_str())?,
        filter: observed_filter(rule),
        expiration,
        transitions: (!transitions.is_empty()).then_some(transitions),
        noncurrent_version_expiration,
        noncurrent_version_transitions: (!noncurrents.is_empty()).then_some(noncurrents),
        abort_incomplete_multipart_upload: abort,
    })
}

fn observed_filter(rule: &LifecycleRule) -> Option<spec::LifecycleFilter> {
    // Rules of older tools have a prefix beside the filter.
    #[expect(deprecated, reason = "buckets that are adopted may still have it")]
    let outer = rule.prefix();
    let filter = rule.filter();
    let and = filter.and_then(LifecycleRuleFilter::and);
    let prefix = and
        .and_then(LifecycleRuleAndOperator::prefix)
        .or(filter.and_then(LifecycleRuleFilter::prefix))
        .or(outer)
        .filter(|prefix| !prefix.is_empty());
    let mut tags = tags::map(and.map(LifecycleRuleAndOperator::tags).unwrap_or_default());
    tags.extend(
        filter.and_then(LifecycleRuleFilter::tag).map(|t| (t.key().to_owned(), t.value().to_owned())),
    );
    let found = spec::LifecycleFilter {
        prefix: prefix.map(str::to_owned),
        tags: (!tags.is_empty()).then_some(tags),
        object_size_greater_than: and
            .and_then(LifecycleRuleAndOperator::object_size_greater_than)
            // S3 says 0 there when nothing was set.
            .filter(|size| *size > 0)
            .or(filter.and_then(LifecycleRuleFilter::object_size_greater_than)),
        object_size_less_than: and
            .and_then(LifecycleRuleAndOperator::object_size_less_than)
            .or(filter.and_then(LifecycleRuleFilter::object_size_less_than)),
    };
    let nothing = spec::LifecycleFilter {
        prefix: None,
        tags: None,
        object_size_greater_than: None,
        object_size_less_than: None,
    };
    (found != nothing).then_some(found)
}

/// The beginning of a day such as `2027-01-01`, in UTC.
fn midnight(day: &str) -> Answer<DateTime> {
    DateTime::from_str(&format!("{day}T00:00:00Z"), Format::DateTime).map_err(|error| {
        CallError::refused(ErrorKind::Invalid, "InvalidDate", format!("{day} is no day: {error}"))
    })
}

/// The day of a point in time.
fn day(time: &DateTime) -> Answer<String> {
    let text = time.fmt(Format::DateTime).map_err(|error| {
        CallError::refused(
            ErrorKind::Invalid,
            "InvalidDate",
            format!("a date of S3 is out of range: {error}"),
        )
    })?;
    Ok(text.chars().take_while(|c| *c != 'T').collect())
}
