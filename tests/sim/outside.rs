//! What people and other tools do to the world behind Ninefold's back.

use ninefold::model::{FieldPath, Json};
use ninefold::targets::sandbox::{Object, Sandbox, Selector};
use ninefold::world::World;
use serde_json::json;

use crate::ledger::Fault;

/// Changes or deletes something of what is there, if there is anything.
pub fn meddle(sandbox: &Sandbox, dice: &World) -> Option<Fault> {
    let objects = sandbox.objects().unwrap();
    if objects.is_empty() {
        return None;
    }
    let object = &objects[usize::try_from(dice.random_below(objects.len() as u64)).unwrap()];
    let which = Selector {
        text: object.key.id.to_string(),
        kind: Some(object.key.kind.to_string()),
        region: Some(object.key.place.region().to_owned()),
    };
    match edit_of(object, dice) {
        Some((path, value)) if dice.random_below(3) > 0 => {
            let path: FieldPath = path.parse().unwrap();
            sandbox.edit(&which, &path, value, "somebody").unwrap();
            Some(Fault::Edited)
        }
        _ => {
            sandbox.remove(&which).unwrap();
            Some(Fault::Deleted)
        }
    }
}

/// A field that can be changed without making another thing of it, and what it is changed to.
fn edit_of(object: &Object, dice: &World) -> Option<(&'static str, Option<Json>)> {
    let one_of_two = dice.random_below(2) == 0;
    Some(match &*object.key.kind {
        "aws.ec2.vpc" => ("enable_dns_hostnames", Some(json!(one_of_two))),
        "aws.ec2.subnet" => ("map_public_ip_on_launch", Some(json!(one_of_two))),
        "aws.iam.role" => ("description", Some(json!("changed by somebody"))),
        // Rules are ours alone, also those that somebody else has added.
        "aws.ec2.security_group" if one_of_two => ("ingress", Some(json!([]))),
        "aws.ec2.security_group" => (
            "ingress",
            Some(json!([{ "ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv4": "0.0.0.0/0" }])),
        ),
        _ => return None,
    })
}
