//! Amazon S3.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/>

pub mod bucket;
mod bucket_name;
pub mod bucket_settings;
pub mod lifecycle;
pub mod object;
pub mod replication;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<bucket::Bucket>();
    registry.add::<object::Object>();
}
