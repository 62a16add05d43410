//! Tags of buckets: there is no call for one of them, only for all at once.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Tag, Tagging};

use super::bucket_settings::{if_set, request};
use crate::kinds::Answer;
use crate::targets::aws::error::call_error;

/// Every tag of a bucket, marks included.
pub(super) async fn read(client: &Client, bucket: &str) -> Answer<BTreeMap<String, String>> {
    let answer = client.get_bucket_tagging().bucket(bucket).send().await;
    let output = if_set(answer.map_err(call_error("GetBucketTagging")))?;
    Ok(output.map(|output| map(output.tag_set())).unwrap_or_default())
}

/// Puts all tags in the place of those that are there.
pub(super) async fn write(client: &Client, bucket: &str, tags: &BTreeMap<String, String>) -> Answer<()> {
    let tagging = request(Tagging::builder().set_tag_set(Some(list(tags)?)).build())?;
    let answer = client.put_bucket_tagging().bucket(bucket).tagging(tagging).send().await;
    answer.map(|_| ()).map_err(call_error("PutBucketTagging"))
}

/// Tags as the API takes them.
pub(super) fn list(tags: &BTreeMap<String, String>) -> Answer<Vec<Tag>> {
    tags.iter().map(|(key, value)| request(Tag::builder().key(key).value(value).build())).collect()
}

/// Tags as the API gives them.
pub(super) fn map(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}
