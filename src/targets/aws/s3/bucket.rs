//! The calls of `aws.s3.bucket`: one for each part of its configuration.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, Delete, ObjectIdentifier};
use futures::future::{try_join3, try_join5};
use futures::{StreamExt as _, TryStreamExt as _};

use super::bucket_settings::{self as settings, request};
use super::{lifecycle, replication, tags};
use crate::kinds::aws::s3::bucket::{Bucket, BucketNamespace, Observed, Spec};
use crate::kinds::{
    Answer, CallError, Created, Effect, ErrorKind, Filter, Goal, Intent, Presence, Scope, Settling,
};
use crate::model::PhysicalId;
use crate::targets::aws::clients::{Clients, region};
use crate::targets::aws::error::call_error;
use crate::targets::aws::marks;
use crate::targets::aws::words::word;
use crate::targets::calls::{Calls, Update};

/// How many buckets are read at once.
const BUCKETS_AT_ONCE: usize = 4;
/// How many versions of objects one call of `delete` removes at most, in pages of 1,000: it has to
/// end before the lease of the run does.
const PAGES_A_DELETION: usize = 20;
/// The region that S3 knows by the absence of a name.
const FIRST_REGION: &str = "us-east-1";

/// The calls, with the clients of an account.
pub struct Buckets {
    clients: Arc<Clients>,
}

impl Buckets {
    #[must_use]
    pub fn new(clients: Arc<Clients>) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl Calls<Bucket> for Buckets {
    async fn find(&self, intent: &Intent, spec: &Spec) -> Answer<Presence> {
        let client = self.clients.s3(&intent.scope)?;
        let id = PhysicalId::new(spec.bucket.as_str());
        let is_ours =
            exists(&client, &spec.bucket).await? && is_made_by(&client, intent, &spec.bucket).await?;
        Ok(if is_ours { Presence::Found(vec![id]) } else { Presence::Absent })
    }

    async fn read_many(&self, scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Observed>>> {
        let read = |id: PhysicalId| async move {
            let client = self.clients.s3(scope)?;
            if !exists(&client, id.as_str()).await? {
                return Ok(None);
            }
            match observe(&client, region(scope)?, id.as_str()).await {
                // It went away while it was being read.
                Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
                other => other.map(Some),
            }
        };
        futures::stream::iter(ids.to_vec()).map(read).buffered(BUCKETS_AT_ONCE).collect().await
    }

    async fn list(&self, scope: &Scope, filter: &Filter) -> Answer<Vec<PhysicalId>> {
        let Filter::Environment(environment) = filter;
        let (client, region) = (&self.clients.s3(scope)?, region(scope)?);
        let pages = client
            .list_buckets()
            .bucket_region(region)
            .into_paginator()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(call_error("ListBuckets"))?;
        let names = pages
            .iter()
            .flat_map(|page| page.buckets())
            .filter(|bucket| bucket.bucket_region().is_none_or(|of_bucket| of_bucket == region))
            .filter_map(|bucket| bucket.name().map(str::to_owned));
        let of_environment = |name: String| async move {
            match tags::read(client, &name).await {
                Ok(tags) if tags.get(marks::ENVIRONMENT) == Some(environment) => {
                    Ok(Some(PhysicalId::new(name)))
                }
                Ok(_) => Ok(None),
                // It went away, or belongs to somebody who doesn't show it: it isn't ours.
                Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied) => Ok(None),
                Err(error) => Err(error),
            }
        };
        let found: Vec<Option<PhysicalId>> = futures::stream::iter(names.collect::<Vec<_>>())
            .map(of_environment)
            .buffered(BUCKETS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn create(&self, intent: &Intent, spec: &Spec) -> Answer<Created> {
        let (client, region) = (self.clients.s3(&intent.scope)?, region(&intent.scope)?);
        let id = PhysicalId::new(spec.bucket.as_str());
        // In its first region S3 says "created" to whoever owns the bucket already: so it is asked
        // before whether the name is free.
        let there = match exists(&client, &spec.bucket).await {
            Err(error) if error.kind == ErrorKind::Denied => return Err(taken(&spec.bucket)),
            other => other?,
        };
        if there && !is_made_by(&client, intent, &spec.bucket).await? {
            return Err(taken(&spec.bucket));
        }
        if !there {
            make(&client, region, intent, spec).await?;
        }
        // It is there by now, whatever happens to its settings: who asks again will find it.
        self.fill(&client, intent, spec)
            .await
            .map_err(|error| CallError { effect: Effect::Unknown, ..error })?;
        Ok(Created { id })
    }

    async fn update(&self, intent: &Intent, id: &PhysicalId, update: Update<'_, Bucket>) -> Answer<()> {
        let client = self.clients.s3(&intent.scope)?;
        if update.touches("tags") {
            let mut all = tags::read(&client, id.as_str()).await?;
            let change = marks::difference(update.observed.spec.tags.as_ref(), update.spec.tags.as_ref());
            all.retain(|key, _| !change.remove.contains(key));
            all.extend(change.set);
            tags::write(&client, id.as_str(), &all).await?;
        }
        write(&client, id.as_str(), update.spec, |field| update.touches(field)).await
    }

    async fn delete(&self, intent: &Intent, id: &PhysicalId, recorded: &Spec) -> Answer<()> {
        let client = self.clients.s3(&intent.scope)?;
        let force = recorded.force_destroy == Some(true);
        if force && !empty(&client, id.as_str()).await? {
            return Ok(());
        }
        match client.delete_bucket().bucket(id.as_str()).send().await.map_err(call_error("DeleteBucket")) {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            // Waiting doesn't empty it.
            Err(error) if error.code == "BucketNotEmpty" && !force => Err(CallError {
                kind: ErrorKind::Invalid,
                message: format!("{id} isn't empty; set `force_destroy: true` to delete what is in it"),
                ..error
            }),
            other => other.map(|_| ()),
        }
    }

    async fn settle(&self, scope: &Scope, id: &PhysicalId, goal: Goal) -> Answer<Settling> {
        let there = exists(&self.clients.s3(scope)?, id.as_str()).await?;
        let waiting =
            |status: &str| Settling::Waiting { status: status.to_owned(), ask_again: Duration::from_secs(2) };
        Ok(match (goal, there) {
            (Goal::Ready, true) | (Goal::Gone, false) => Settling::Done,
            (Goal::Ready, false) => waiting("not visible yet"),
            (Goal::Gone, true) => waiting("still visible"),
        })
    }

    async fn mark(&self, intent: &Intent, id: &PhysicalId) -> Answer<()> {
        let client = self.clients.s3(&intent.scope)?;
        add_tags(&client, id.as_str(), marks::of(intent)).await
    }
}

impl Buckets {
    /// Gives a new bucket all that its specification sets.
    async fn fill(&self, client: &Client, intent: &Intent, spec: &Spec) -> Answer<()> {
        add_tags(client, &spec.bucket, marks::with_tags(intent, spec.tags.as_ref())).await?;
        let is_set = |field: &str| match field {
            "versioning" => spec.versioning.is_some(),
            "server_side_encryption" => spec.server_side_encryption.is_some(),
            "policy" => spec.policy.is_some(),
            "lifecycle_rules" => spec.lifecycle_rules.as_ref().is_some_and(|rules| !rules.is_empty()),
            "logging" => spec.logging.is_some(),
            "cors_rules" => spec.cors_rules.as_ref().is_some_and(|rules| !rules.is_empty()),
            "replication" => spec.replication.is_some(),
            "object_lock" => spec.object_lock.is_some(),
            // A new bucket has the default of the first two anyway; to say so makes it certain.
            "public_access_block" | "ownership_controls" => true,
            _ => false,
        };
        write(client, &spec.bucket, spec, is_set).await
    }
}

/// Writes the settings that `touches` admits: what others need comes first.
async fn write(client: &Client, bucket: &str, spec: &Spec, touches: impl Fn(&str) -> bool) -> Answer<()> {
    if touches("ownership_controls") {
        settings::write_ownership(client, bucket, spec.ownership_controls.as_ref()).await?;
    }
    if touches("public_access_block") {
        settings::write_public_access_block(client, bucket, spec.public_access_block.as_ref()).await?;
    }
    if touches("versioning") {
        settings::write_versioning(client, bucket, spec.versioning.as_ref()).await?;
    }
    if touches("server_side_encryption") {
        settings::write_encryption(client, bucket, spec.server_side_encryption.as_ref()).await?;
    }
    if touches("object_lock") {
        settings::write_object_lock(client, bucket, spec.object_lock.as_ref()).await?;
    }
    if touches("policy") {
        settings::write_policy(client, bucket, spec.policy.as_ref()).await?;
    }
    if touches("lifecycle_rules") {
        lifecycle::write(client, bucket, spec.lifecycle_rules.as_deref()).await?;
    }
    if touches("logging") {
        settings::write_logging(client, bucket, spec.logging.as_ref()).await?;
    }
    if touches("cors_rules") {
        settings::write_cors(client, bucket, spec.cors_rules.as_deref()).await?;
    }
    if touches("replication") {
        replication::write(client, bucket, spec.replication.as_ref()).await?;
    }
    Ok(())
}

/// Creates the bucket with its tags on it, so that it is known as ours from its first moment.
async fn make(client: &Client, region: &str, intent: &Intent, spec: &Spec) -> Answer<()> {
    let all = tags::list(&marks::with_tags(intent, spec.tags.as_ref()))?;
    let constraint = (region != FIRST_REGION).then(|| BucketLocationConstraint::from(region));
    let configuration =
        CreateBucketConfiguration::builder().set_location_constraint(constraint).set_tags(Some(all)).build();
    let call = client
        .create_bucket()
        .bucket(&spec.bucket)
        .create_bucket_configuration(configuration)
        .set_bucket_namespace(spec.bucket_namespace.map(|namespace| word(&namespace).as_str().into()))
        .object_ownership(settings::ownership(spec.ownership_controls.as_ref()))
        .set_object_lock_enabled_for_bucket(spec.object_lock.as_ref().map(|_| true));
    call.send().await.map(|_| ()).map_err(call_error("CreateBucket"))
}

fn taken(bucket: &str) -> CallError {
    let message = format!("a bucket `{bucket}` is there already, and this operation hasn't made it");
    CallError::refused(ErrorKind::AlreadyExists, "BucketAlreadyExists", message)
}

/// Whether there is a bucket of that name that we may see.
async fn exists(client: &Client, bucket: &str) -> Answer<bool> {
    match client.head_bucket().bucket(bucket).send().await.map_err(call_error("HeadBucket")) {
        Ok(_) => Ok(true),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

async fn is_made_by(client: &Client, intent: &Intent, bucket: &str) -> Answer<bool> {
    let tags = tags::read(client, bucket).await?;
    Ok(tags.get(marks::OPERATION).is_some_and(|operation| operation == intent.operation.as_str()))
}

/// Adds tags to those that are there.
async fn add_tags(client: &Client, bucket: &str, tags: BTreeMap<String, String>) -> Answer<()> {
    let mut all = tags::read(client, bucket).await?;
    if tags.iter().all(|(key, value)| all.get(key) == Some(value)) {
        return Ok(());
    }
    all.extend(tags);
    tags::write(client, bucket, &all).await
}

/// Deletes what is in a bucket, up to a bound; whether it is empty now.
async fn empty(client: &Client, bucket: &str) -> Answer<bool> {
    for _ in 0..PAGES_A_DELETION {
        let page = match client.list_object_versions().bucket(bucket).send().await {
            Ok(page) => page,
            Err(error) => {
                let error = call_error("ListObjectVersions")(error);
                return if error.kind == ErrorKind::NotFound { Ok(true) } else { Err(error) };
            }
        };
        let object = |key: Option<&str>, version: Option<&str>| {
            let key = key.unwrap_or_default();
            request(ObjectIdentifier::builder().key(key).set_version_id(version.map(str::to_owned)).build())
        };
        let versions = page.versions().iter().map(|version| object(version.key(), version.version_id()));
        let markers = page.delete_markers().iter().map(|marker| object(marker.key(), marker.version_id()));
        let objects = versions.chain(markers).collect::<Answer<Vec<_>>>()?;
        if objects.is_empty() {
            return Ok(true);
        }
        let delete = request(Delete::builder().set_objects(Some(objects)).quiet(true).build())?;
        let answer = client.delete_objects().bucket(bucket).delete(delete).send().await;
        let output = answer.map_err(call_error("DeleteObjects"))?;
        if let Some(error) = output.errors().first() {
            let (key, reason) = (error.key().unwrap_or_default(), error.message().unwrap_or_default());
            let code = error.code().unwrap_or("DeleteFailed");
            let message = format!("`{key}` in {bucket} can't be deleted: {reason}");
            return Err(CallError::refused(ErrorKind::Invalid, code, message));
        }
    }
    Err(CallError {
        kind: ErrorKind::Conflict,
        code: "BucketNotEmpty".to_owned(),
        message: format!("{bucket} holds more objects than one call deletes"),
        effect: Effect::Unknown,
        retry_after_ms: Some(0),
    })
}

/// Reads every setting.
async fn observe(client: &Client, region: &str, bucket: &str) -> Answer<Observed> {
    let (versioning, server_side_encryption, public_access_block, ownership_controls, policy) = try_join5(
        settings::read_versioning(client, bucket),
        settings::read_encryption(client, bucket),
        settings::read_public_access_block(client, bucket),
        settings::read_ownership(client, bucket),
        settings::read_policy(client, bucket),
    )
    .await?;
    let (lifecycle_rules, logging, cors_rules) = try_join3(
        lifecycle::read(client, bucket),
        settings::read_logging(client, bucket),
        settings::read_cors(client, bucket),
    )
    .await?;
    let (replication, object_lock, tags) = try_join3(
        replication::read(client, bucket),
        settings::read_object_lock(client, bucket),
        tags::read(client, bucket),
    )
    .await?;
    Ok(Observed {
        spec: Spec {
            bucket: bucket.to_owned(),
            // Only names of an account's own namespace may end so.
            bucket_namespace: Some(match bucket.ends_with("-an") {
                true => BucketNamespace::AccountRegional,
                false => BucketNamespace::Global,
            }),
            force_destroy: None,
            versioning,
            server_side_encryption,
            public_access_block,
            ownership_controls,
            policy,
            lifecycle_rules,
            logging,
            cors_rules,
            replication,
            object_lock,
            tags: marks::without_marks(tags.iter().map(|(key, value)| (key.as_str(), value.as_str()))),
        },
        id: bucket.to_owned(),
        arn: format!("arn:aws:s3:::{bucket}"),
        bucket_region: region.to_owned(),
        bucket_domain_name: format!("{bucket}.s3.amazonaws.com"),
        bucket_regional_domain_name: format!("{bucket}.s3.{region}.amazonaws.com"),
    })
}
