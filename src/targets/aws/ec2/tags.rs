//! Tags as EC2 takes and gives them.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};

use crate::kinds::{Answer, Intent};
use crate::targets::aws::error::call_error;
use crate::targets::aws::marks;

/// What tags a new resource from its first moment.
pub(super) fn specification(
    resource: ResourceType,
    intent: &Intent,
    tags: Option<&BTreeMap<String, String>>,
) -> TagSpecification {
    TagSpecification::builder()
        .resource_type(resource)
        .set_tags(Some(listed(marks::with_tags(intent, tags))))
        .build()
}

/// The tags that the specification is about.
pub(super) fn unmarked(tags: &[Tag]) -> Option<BTreeMap<String, String>> {
    marks::without_marks(
        tags.iter().map(|tag| (tag.key().unwrap_or_default(), tag.value().unwrap_or_default())),
    )
}

/// Gives a resource the marks of an intent.
pub(super) async fn mark(client: &aws_sdk_ec2::Client, intent: &Intent, id: &str) -> Answer<()> {
    set(client, id, marks::of(intent)).await
}

/// Turns the tags of a resource from what was observed into what is wanted.
pub(super) async fn update(
    client: &aws_sdk_ec2::Client,
    id: &str,
    observed: Option<&BTreeMap<String, String>>,
    wanted: Option<&BTreeMap<String, String>>,
) -> Answer<()> {
    let change = marks::difference(observed, wanted);
    if !change.set.is_empty() {
        set(client, id, change.set).await?;
    }
    if !change.remove.is_empty() {
        let keys = change.remove.into_iter().map(|key| Tag::builder().key(key).build()).collect();
        client
            .delete_tags()
            .resources(id)
            .set_tags(Some(keys))
            .send()
            .await
            .map_err(call_error("DeleteTags"))?;
    }
    Ok(())
}

async fn set(client: &aws_sdk_ec2::Client, id: &str, tags: BTreeMap<String, String>) -> Answer<()> {
    let request = client.create_tags().resources(id).set_tags(Some(listed(tags)));
    request.send().await.map_err(call_error("CreateTags"))?;
    Ok(())
}

fn listed(tags: BTreeMap<String, String>) -> Vec<Tag> {
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
