//! `aws.ec2.security_group`: nested rules, and a default rule that nobody asked for.

use aws_sdk_ec2::types::{IpPermission, IpRange};
use ninefold::kinds::{ErrorKind, Goal, Target as _};
use ninefold::model::{Changed, Json};
use serde_json::json;

use crate::emulator::{Account, Emulator, changes, on, unordered};

const KIND: &str = "aws.ec2.security_group";

fn client(account: &Account) -> aws_sdk_ec2::Client {
    aws_sdk_ec2::Client::new(&account.sdk)
}

async fn vpc(account: &Account) -> String {
    let answer = client(account).create_vpc().cidr_block("10.7.0.0/16").send().await.expect("a network");
    answer.vpc.and_then(|vpc| vpc.vpc_id).expect("its id")
}

fn spec(account: &Account, vpc_id: &str) -> Json {
    json!({
        "group_name": account.name("web"),
        "description": "Web servers",
        "vpc_id": vpc_id,
        "ingress": [
            { "ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0",
              "description": "HTTPS" },
            { "ip_protocol": "tcp", "from_port": 9090, "to_port": 9091, "own_group": true },
        ],
        "egress": [{ "ip_protocol": "udp", "from_port": 53, "to_port": 53, "cidr_ipv4": "10.0.0.0/8" }],
        "tags": { "team": "platform", "cost": "web" },
    })
}

#[test]
fn its_life() {
    on(&[Emulator::Ministack, Emulator::Moto], async |account, _| {
        let spec = spec(&account, &vpc(&account).await);
        let intent = account.intent(KIND, "platform/cluster.web[primary]");
        let id = account.create_once(&intent, &spec).await;
        account.settle(KIND, &id, Goal::Ready).await;
        assert_eq!(unordered(&account.projected(KIND, &id).await), unordered(&spec));

        // A rule changes its description, one comes, one goes, a direction is withdrawn, tags change.
        let mut wanted = spec.clone();
        wanted["ingress"] = json!([
            { "ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0",
              "description": "HTTPS from everywhere" },
            { "ip_protocol": "icmp", "from_port": 8, "to_port": -1, "cidr_ipv4": "10.0.0.0/8" },
        ]);
        wanted.as_object_mut().expect("a map").remove("egress");
        wanted["tags"] = json!({ "team": "security" });
        let fields = [("ingress", Changed::Set), ("egress", Changed::Reset), ("tags", Changed::Set)];
        account.update(&intent, &id, &fields, &wanted).await;
        assert_eq!(unordered(&account.projected(KIND, &id).await), unordered(&wanted));

        account.pass_on(&intent, &id, &spec).await;
        assert_eq!(unordered(&account.projected(KIND, &id).await), unordered(&wanted));
        account.delete(&intent, &id, &wanted).await;
    });
}

#[test]
fn a_hole_from_outside_is_seen_and_closed_only_by_a_plan_that_saw_it() {
    on(&[Emulator::Ministack, Emulator::Moto], async |account, _| {
        let spec = spec(&account, &vpc(&account).await);
        let intent = account.intent(KIND, "platform/cluster.web[primary]");
        let id = account.target.create(&intent, &spec).await.expect("a group").id;
        let before = account.read(KIND, &id).await;

        let hole = IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(22)
            .to_port(22)
            .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build())
            .build();
        let call = client(&account).authorize_security_group_ingress().group_id(id.as_str());
        call.ip_permissions(hole).send().await.expect("a hole");
        let open = account.read(KIND, &id).await;
        assert!(open["ingress"].to_string().contains("22"), "{open}");

        // A plan made before the hole doesn't know it, and leaves it.
        let mut wanted = spec.clone();
        wanted["ingress"].as_array_mut().expect("rules").pop();
        let plan = changes(&[("ingress", Changed::Set)], &wanted);
        account.target.update(&intent, &id, &before, &plan).await.expect("an update");
        let after = account.read(KIND, &id).await;
        assert!(after["ingress"].to_string().contains("22"), "{after}");
        assert!(!after["ingress"].to_string().contains("9090"), "{after}");

        // One that has read it closes it.
        account.update(&intent, &id, &[("ingress", Changed::Remove)], &wanted).await;
        assert_eq!(unordered(&account.projected(KIND, &id).await), unordered(&wanted));
    });
}

#[test]
fn another_operations_group_of_the_same_name_is_not_ours() {
    on(&[Emulator::Ministack, Emulator::Moto], async |account, _| {
        let spec = spec(&account, &vpc(&account).await);
        let first = account.intent(KIND, "platform/cluster.web");
        account.target.create(&first, &spec).await.expect("a group");
        let second = account.intent(KIND, "platform/cluster.web");
        let error = account.target.create(&second, &spec).await.expect_err("the name is taken");
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::AlreadyExists, "InvalidGroup.Duplicate"));
    });
}

#[test]
fn many_are_read_at_once_and_those_that_are_gone_are_none() {
    on(&[Emulator::Ministack, Emulator::Moto], async |account, _| {
        let vpc_id = vpc(&account).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            let intent = account.intent(KIND, "platform/cluster.web");
            ids.push(account.target.create(&intent, &spec(&account, &vpc_id)).await.expect("a group").id);
        }
        ids.insert(1, ninefold::model::PhysicalId::new("sg-0123456789abcdef0"));
        use ninefold::kinds::Reading as _;
        let answers = account.target.read_many(KIND, &account.scope, &ids).await;
        let seen: Vec<Option<Json>> = answers
            .into_iter()
            .map(|answer| answer.expect("an answer").map(|seen| seen["id"].clone()))
            .collect();
        let expected: Vec<Option<Json>> =
            ids.iter().enumerate().map(|(n, id)| (n != 1).then(|| json!(id.as_str()))).collect();
        assert_eq!(seen, expected);
    });
}
