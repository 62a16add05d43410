//! Kinds of Amazon Web Services, by service.

pub mod acm;
mod arn;
pub mod backup;
pub mod budgets;
pub mod ce;
pub mod cloudfront;
pub mod cloudwatch;
mod cost_expression;
pub mod ec2;
pub mod ecr;
pub mod eks;
pub mod elasticache;
pub mod events;
pub mod fis;
pub mod iam;
mod identifier;
mod instance_type;
pub mod kms;
pub mod lambda;
pub mod logs;
mod policy_document;
pub mod rds;
pub mod route53;
pub mod route53domains;
pub mod s3;
mod schedule;
pub mod scheduler;
pub mod secretsmanager;
pub mod sns;
pub mod sqs;
pub mod ssm;
mod tags;
pub mod wafv2;
mod window;

pub(super) use policy_document::canonical as canonical_policy;

use super::Registry;

pub(super) fn register(registry: &mut Registry) {
    acm::register(registry);
    backup::register(registry);
    budgets::register(registry);
    ce::register(registry);
    cloudfront::register(registry);
    cloudwatch::register(registry);
    ec2::register(registry);
    ecr::register(registry);
    eks::register(registry);
    elasticache::register(registry);
    events::register(registry);
    fis::register(registry);
    iam::register(registry);
    kms::register(registry);
    lambda::register(registry);
    logs::register(registry);
    rds::register(registry);
    route53::register(registry);
    route53domains::register(registry);
    s3::register(registry);
    scheduler::register(registry);
    secretsmanager::register(registry);
    sns::register(registry);
    sqs::register(registry);
    ssm::register(registry);
    wafv2::register(registry);
}
