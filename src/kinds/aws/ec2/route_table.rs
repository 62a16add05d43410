//! `aws.ec2.route_table`: where the traffic of subnets and gateways goes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::route::{self, Route};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, Json, PhysicalId};

/// A route table with its routes and with the subnets and gateways that use it. The local routes of
/// the network, those of gateway endpoints and propagated ones are AWS's own and don't stand here.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRouteTable.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The network that it belongs to.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.ec2.vpc", "x-holds" = true))]
    pub vpc_id: String,
    /// Its routes, by destination.
    #[schemars(extend(
        "x-collection" = "list(destination_cidr_block,destination_ipv6_cidr_block,destination_prefix_list_id)"
    ))]
    pub routes: Option<Vec<Route>>,
    /// The subnets that use it; a subnet uses one table.
    #[schemars(extend("x-collection" = "set", "x-refers" = "aws.ec2.subnet"))]
    pub subnet_ids: Option<Vec<String>>,
    /// The internet gateways whose incoming traffic it steers.
    #[schemars(extend("x-collection" = "set", "x-refers" = "aws.ec2.internet_gateway"))]
    pub gateway_ids: Option<Vec<String>>,
    /// The virtual private gateways that add their routes to it.
    #[schemars(extend("x-collection" = "set"))]
    pub propagating_vgw_ids: Option<Vec<String>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A route table as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `rtb-0a1b2c3d4e5f60718`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The account that owns it.
    pub owner_id: String,
}

/// The kind itself.
pub struct RouteTable;

impl Kind for RouteTable {
    const TYPE: &'static str = "aws.ec2.route_table";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = crate::kinds::aws::tags::findings(spec.tags.as_ref());
        for (index, route) in spec.routes.iter().flatten().enumerate() {
            findings.extend(route::findings(&FieldPath::root().key("routes").index(index), route));
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(5, 4, 4)
            .visible_after(30)
            .computes("id", "rtb-{hex:17}")
            .computes("arn", "arn:aws:ec2:{region}:{account}:route-table/{id}")
            .computes("owner_id", "{account}")
    }

    /// The network's own route stays, and a subnet of the network or a gateway uses one table.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let own = match &call {
            Call::Create { .. } => None,
            Call::Update { id, .. } => Some(*id),
            Call::Delete { .. } => return Ok(()),
        };
        let spec = call.spec();
        refuse_local_routes(spec, cloud)?;
        for subnet in spec.subnet_ids.iter().flatten() {
            let elsewhere = cloud
                .find("aws.ec2.subnet", "id", subnet)
                .is_some_and(|subnet| subnet.attributes["vpc_id"] != spec.vpc_id.as_str());
            if elsewhere {
                return Err(Refusal::new(
                    "InvalidParameterValue",
                    format!("route table and subnet {subnet} belong to different networks"),
                ));
            }
        }
        for other in cloud.all(Self::TYPE).into_iter().filter(|other| Some(other.id) != own) {
            let uses = |field: &str, id: &String| {
                other.attributes[field].as_array().is_some_and(|ids| ids.contains(&Json::from(id.as_str())))
            };
            let subnets = spec.subnet_ids.iter().flatten().find(|id| uses("subnet_ids", id));
            let taken =
                subnets.or_else(|| spec.gateway_ids.iter().flatten().find(|id| uses("gateway_ids", id)));
            if let Some(taken) = taken {
                return Err(Refusal::new(
                    "Resource.AlreadyAssociated",
                    format!("the specified association for {taken} already exists with {}", other.id),
                ));
            }
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::with_prefix(text, "rtb-")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:AssociateRouteTable",
            "ec2:CreateRoute",
            "ec2:CreateRouteTable",
            "ec2:CreateTags",
            "ec2:DeleteRoute",
            "ec2:DeleteRouteTable",
            "ec2:DeleteTags",
            "ec2:DescribeRouteTables",
            "ec2:DisableVgwRoutePropagation",
            "ec2:DisassociateRouteTable",
            "ec2:EnableVgwRoutePropagation",
            "ec2:ReplaceRoute",
        ]
    }
}

/// A route to the network's whole range is there from the start.
fn refuse_local_routes(spec: &Spec, cloud: &dyn Cloud) -> Result<(), Refusal> {
    let Some(vpc) = cloud.find("aws.ec2.vpc", "id", &spec.vpc_id) else {
        return Ok(());
    };
    let mut local: Vec<&str> = vpc.attributes["cidr_block"].as_str().into_iter().collect();
    let secondary = vpc.attributes["secondary_cidr_blocks"].as_array();
    local.extend(secondary.into_iter().flatten().filter_map(Json::as_str));
    for destination in
        spec.routes.iter().flatten().filter_map(|route| route.destination_cidr_block.as_deref())
    {
        if local.contains(&destination) {
            return Err(Refusal::new(
                "RouteAlreadyExists",
                format!("The route identified by {destination} already exists."),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    fn table() -> Json {
        json!({
            "vpc_id": "vpc-1", "subnet_ids": ["subnet-1"], "gateway_ids": ["igw-1"],
            "routes": [{"destination_cidr_block": "0.0.0.0/0", "gateway_id": "igw-1"}],
        })
    }

    #[test]
    fn every_route_is_checked_and_there_once() {
        let twice =
            json!([table()["routes"][0], {"destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": "n"}]);
        assert_rules::<RouteTable>(
            &table(),
            &[
                (&[("/routes/0/nat_gateway_id", json!("nat-1"))], "both `gateway_id` and `nat_gateway_id`"),
                (&[("/routes", twice)], "twice, at 0 and at 1"),
                (&[("/subnet_ids", json!(["a", "a"]))], "twice"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn a_subnet_uses_one_table_of_its_own_network() {
        let sky = World::default()
            .with("aws.ec2.vpc", "vpc-1", "us-east-1", json!({"cidr_block": "10.0.0.0/16"}))
            .with("aws.ec2.subnet", "subnet-1", "us-east-1", json!({"vpc_id": "vpc-1"}))
            .with("aws.ec2.subnet", "subnet-2", "us-east-1", json!({"vpc_id": "vpc-2"}));
        assert!(sky.create::<RouteTable>(&table()).is_ok());
        let foreign = json!({"vpc_id": "vpc-1", "subnet_ids": ["subnet-2"]});
        assert_eq!(sky.create::<RouteTable>(&foreign), Err("InvalidParameterValue".into()));
        let sky = sky.with(RouteTable::TYPE, "rtb-1", "us-east-1", table());
        assert!(sky.update::<RouteTable>("rtb-1", &table()).is_ok());
        let taken = Err("Resource.AlreadyAssociated".to_owned());
        assert_eq!(sky.create::<RouteTable>(&json!({"vpc_id": "vpc-1", "subnet_ids": ["subnet-1"]})), taken);
        assert_eq!(sky.create::<RouteTable>(&json!({"vpc_id": "vpc-1", "gateway_ids": ["igw-1"]})), taken);
    }

    #[test]
    fn the_local_route_is_the_networks() {
        let sky = World::default().with(
            "aws.ec2.vpc",
            "vpc-1",
            "us-east-1",
            json!({"cidr_block": "10.0.0.0/16", "secondary_cidr_blocks": ["10.1.0.0/16"]}),
        );
        for (destination, fits) in [("10.0.0.0/16", false), ("10.1.0.0/16", false), ("10.2.0.0/16", true)] {
            let route = json!({"destination_cidr_block": destination, "transit_gateway_id": "tgw-1"});
            let answer = sky.create::<RouteTable>(&json!({"vpc_id": "vpc-1", "routes": [route]}));
            assert_eq!(answer.is_ok(), fits, "{destination}: {answer:?}");
        }
    }
}
