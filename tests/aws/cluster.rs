//! `aws.eks.cluster`: a long creation, an idempotency token, and updates one at a time.
//!
//! Neither emulator knows updates of clusters: what they consist of is tested beside the code.

use ninefold::kinds::{ErrorKind, Goal, Target as _};
use ninefold::model::{Changed, Json, PhysicalId};
use serde_json::json;

use crate::emulator::{Account, Emulator, assert_covers, on};

const KIND: &str = "aws.eks.cluster";

fn client(account: &Account) -> aws_sdk_eks::Client {
    aws_sdk_eks::Client::new(&account.sdk)
}

fn spec(account: &Account) -> Json {
    json!({
        "name": account.name("production"),
        "role_arn": "arn:aws:iam::123456789012:role/cluster",
        "version": "1.35",
        "resources_vpc_config": {
            "subnet_ids": ["subnet-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60719"],
            "security_group_ids": ["sg-0a1b2c3d4e5f60718"],
            "endpoint_public_access": true,
            "endpoint_private_access": true,
            "public_access_cidrs": ["203.0.113.0/24"],
        },
        "kubernetes_network_config": { "service_ipv4_cidr": "172.20.0.0/16", "ip_family": "ipv4" },
        "logging": { "cluster_logging": [{ "types": ["api", "audit"], "enabled": true }] },
        "encryption_config": [{
            "resources": ["secrets"],
            "provider": { "key_arn": "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d" },
        }],
        "tags": { "team": "platform", "cost": "cluster" },
    })
}

#[test]
fn its_life() {
    on(&[Emulator::Ministack, Emulator::Moto], async |account, emulator| {
        let spec = spec(&account);
        let intent = account.intent(KIND, "platform/cluster.cluster[primary]");
        let id = account.create_once(&intent, &spec).await;
        assert_eq!(id.as_str(), spec["name"]);
        account.settle(KIND, &id, Goal::Ready).await;

        let seen = account.read(KIND, &id).await;
        assert_eq!((seen["status"].as_str(), seen["region"].as_str()), (Some("ACTIVE"), Some("eu-west-1")));
        assert!(seen["endpoint"].as_str().is_some_and(|endpoint| endpoint.starts_with("https://")), "{seen}");
        let mut kept = spec.clone();
        // Which logs are off is answered too, beside those that are on.
        kept.as_object_mut().expect("a map").remove("logging");
        if emulator == Emulator::Moto {
            // It answers what it was asked for only in part.
            kept["resources_vpc_config"] =
                json!({ "subnet_ids": spec["resources_vpc_config"]["subnet_ids"] });
        }
        assert_covers(&account.projected(KIND, &id).await, &kept);
        let on = &seen["logging"]["cluster_logging"];
        let on = on.as_array().expect("logs").iter().find(|setup| setup["enabled"] == true);
        assert_eq!(on.expect("those that are on")["types"], json!(["api", "audit"]));

        if emulator == Emulator::Moto {
            // ministack shows tags that came later only by another call than the description.
            account.pass_on(&intent, &id, &spec).await;
        }
        account.delete(&intent, &id, &spec).await;
    });
}

#[test]
fn tags_change_at_once_and_foreign_ones_are_seen() {
    // ministack shows tags that came later only by another call than the description.
    on(&[Emulator::Moto], async |account, _| {
        let spec = spec(&account);
        let intent = account.intent(KIND, "platform/cluster.cluster");
        let id = account.target.create(&intent, &spec).await.expect("a cluster").id;
        account.settle(KIND, &id, Goal::Ready).await;

        let arn = account.read(KIND, &id).await["arn"].as_str().expect("an ARN").to_owned();
        let call = client(&account).tag_resource().resource_arn(arn).tags("added-by", "somebody");
        call.send().await.expect("a foreign tag");
        assert_eq!(account.projected(KIND, &id).await["tags"]["added-by"], "somebody");

        let mut wanted = spec.clone();
        // One goes and one changes; moto removes only one of several.
        wanted["tags"] = json!({ "team": "security", "cost": "cluster" });
        account.update(&intent, &id, &[("tags", Changed::Set)], &wanted).await;
        assert_eq!(account.projected(KIND, &id).await["tags"], wanted["tags"]);
    });
}

#[test]
fn another_operations_cluster_of_the_same_name_is_not_ours() {
    on(&[Emulator::Ministack, Emulator::Moto], async |account, _| {
        let spec = spec(&account);
        let first = account.intent(KIND, "platform/cluster.cluster");
        account.target.create(&first, &spec).await.expect("a cluster");
        let second = account.intent(KIND, "platform/cluster.cluster");
        let error = account.target.create(&second, &spec).await.expect_err("the name is taken");
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::AlreadyExists, "ResourceInUseException"));
    });
}

#[test]
fn what_the_sdk_has_no_field_for_is_refused_and_never_left_out() {
    on(&[Emulator::Ministack], async |account, _| {
        let mut spec = spec(&account);
        spec["kube_api_server_config"] = json!({ "event_ttl": "30m" });
        let intent = account.intent(KIND, "platform/cluster.cluster");
        let error = account.target.create(&intent, &spec).await.expect_err("it can't be set");
        assert!(error.message.contains("kube_api_server_config"), "{error}");
        let id = PhysicalId::new(spec["name"].as_str().expect("a name"));
        assert_eq!(account.look(KIND, &id).await, None);
    });
}
