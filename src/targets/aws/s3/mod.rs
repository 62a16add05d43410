//! Amazon S3.

pub mod bucket;

mod bucket_settings;
mod lifecycle;
mod replication;
mod tags;
