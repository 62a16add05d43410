//! Amazon EC2 and its virtual networks.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/>

pub mod block_device;
mod cidr;
pub mod elastic_ip;
pub mod flow_log;
mod id;
pub mod instance_requirements;
pub mod internet_gateway;
pub mod launch_network_interface;
pub mod launch_template;
pub mod launch_template_data;
pub mod nat_gateway;
pub mod route;
pub mod route_table;
pub mod security_group;
pub mod security_group_rule;
pub mod subnet;
pub mod vpc;
pub mod vpc_endpoint;

use crate::kinds::{Cloud, CloudObject, Registry};

pub(super) fn register(registry: &mut Registry) {
    registry
        .add::<elastic_ip::ElasticIp>()
        .add::<flow_log::FlowLog>()
        .add::<internet_gateway::InternetGateway>()
        .add::<launch_template::LaunchTemplate>()
        .add::<nat_gateway::NatGateway>()
        .add::<route_table::RouteTable>()
        .add::<security_group::SecurityGroup>()
        .add::<subnet::Subnet>()
        .add::<vpc::Vpc>()
        .add::<vpc_endpoint::VpcEndpoint>();
}

/// The network that something lies in: its own `vpc_id`, or that of its subnet.
fn vpc_of(thing: &CloudObject<'_>, cloud: &dyn Cloud) -> Option<String> {
    if let Some(vpc) = thing.attributes["vpc_id"].as_str() {
        return Some(vpc.to_owned());
    }
    let subnet = cloud.find("aws.ec2.subnet", "id", thing.attributes["subnet_id"].as_str()?)?;
    subnet.attributes["vpc_id"].as_str().map(str::to_owned)
}
