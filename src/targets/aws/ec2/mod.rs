//! Amazon EC2 and its virtual networks.

pub mod security_group;

mod security_group_rule;
mod tags;
