//! Amazon EC2 and its virtual networks.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/>

mod cidr;
mod id;
pub mod subnet;
pub mod vpc;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<subnet::Subnet>().add::<vpc::Vpc>();
}
