//! Amazon Elastic Kubernetes Service.

pub mod cluster;

mod cluster_config;
mod cluster_update;
