//! Kinds of Amazon Web Services, by service.

mod arn;
pub mod budgets;
pub mod ce;
mod cost_expression;
pub mod cloudwatch;
pub mod cloudfront;
pub mod ec2;
pub mod eks;
pub mod elasticache;
pub mod iam;
mod identifier;
mod instance_type;
pub mod kms;
pub mod logs;
mod policy_document;
pub mod rds;
pub mod s3;
pub mod secretsmanager;
pub mod sns;
mod tags;
mod window;

pub(super) use policy_document::canonical as canonical_policy;

use super::Registry;

pub(super) fn register(registry: &mut Registry) {
    budgets::register(registry);
    ce::register(registry);
    cloudwatch::register(registry);
    cloudfront::register(registry);
    ec2::register(registry);
    eks::register(registry);
    elasticache::register(registry);
    iam::register(registry);
    kms::register(registry);
    logs::register(registry);
    rds::register(registry);
    s3::register(registry);
    secretsmanager::register(registry);
    sns::register(registry);
}
