//! `aws.ec2.elastic_ip`: a public IPv4 address that stays the same.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Finding, Kind, Profile};
use crate::model::PhysicalId;

/// A public IPv4 address that is the account's until it is released.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// A certain address: one to recover, or one of a pool.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub address: Option<String>,
    /// The pool of addresses of one's own that it is taken from; Amazon's where it is absent.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub public_ipv4_pool: Option<String>,
    /// The IPAM pool that it is taken from.
    #[schemars(extend("x-immutable" = true))]
    pub ipam_pool_id: Option<String>,
    /// The pool of an Outpost that it is taken from.
    #[schemars(extend("x-immutable" = true))]
    pub customer_owned_ipv4_pool: Option<String>,
    /// The zones that advertise it: the region's, or those of a local or wavelength zone.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub network_border_group: Option<String>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// An address as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its allocation, such as `eipalloc-0a1b2c3d4e5f60718`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The address itself.
    pub public_ip: String,
}

/// The kind itself.
pub struct ElasticIp;

impl Kind for ElasticIp {
    const TYPE: &'static str = "aws.ec2.elastic_ip";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = crate::kinds::aws::tags::findings(spec.tags.as_ref());
        if let Some(address) = &spec.address
            && address.parse::<std::net::Ipv4Addr>().is_err()
        {
            findings
                .push(Finding::on("address", format!("`address` is {address:?}, which is no IPv4 address")));
        }
        let pools = [
            ("public_ipv4_pool", &spec.public_ipv4_pool),
            ("ipam_pool_id", &spec.ipam_pool_id),
            ("customer_owned_ipv4_pool", &spec.customer_owned_ipv4_pool),
        ];
        let set: Vec<&str> = pools.iter().filter(|(_, pool)| pool.is_some()).map(|(name, _)| *name).collect();
        if let [first, second, ..] = set.as_slice() {
            findings.push(
                Finding::on(second, format!("`{first}` and `{second}` are both set"))
                    .and(first)
                    .help("an address comes from one pool"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    /// <https://aws.amazon.com/vpc/pricing/>, public IPv4 addresses
    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2)
            .visible_after(30)
            .computes("id", "eipalloc-{hex:17}")
            .computes("arn", "arn:aws:ec2:{region}:{account}:elastic-ip/{id}")
            .computes("public_ip", "198.18.1{digits:2}.1{digits:2}")
            .computes("network_border_group", "{region}")
            .computes("public_ipv4_pool", "amazon")
            .costs_hourly("public IPv4 address", 0.005)
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::with_prefix(text, "eipalloc-")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:AllocateAddress",
            "ec2:CreateTags",
            "ec2:DeleteTags",
            "ec2:DescribeAddresses",
            "ec2:ReleaseAddress",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::assert_rules;

    #[test]
    fn an_address_comes_from_one_pool() {
        assert_rules::<ElasticIp>(
            &json!({"public_ipv4_pool": "ipv4pool-ec2-1", "address": "192.0.2.7"}),
            &[
                (&[("/ipam_pool_id", json!("ipam-pool-1"))], "one pool"),
                (&[("/address", json!("192.0.2"))], "no IPv4 address"),
                (&[("/tags", json!({"aws:x": "y"}))], "aws:"),
            ],
        );
    }
}
