//! What has to be there, and what holds what.

use super::kinds::{CLUSTER, NODE_GROUP};
use super::*;

fn subnet(vpc: &PhysicalId, range: &str) -> Json {
    json!({ "vpc_id": vpc.as_str(), "cidr_block": range })
}

#[test]
fn what_a_spec_refers_to_has_to_be_there() {
    let lab = Lab::new();
    run(&lab, async {
        let scope = primary();
        let nobody = PhysicalId::new("vpc-00000000000000000");
        let error = lab.try_create(SUBNET, &scope, 1, subnet(&nobody, "10.0.0.0/24")).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Invalid, "InvalidVpcID.NotFound"));

        // Within an object, and within a list.
        for spec in [
            json!({ "name": "one", "network": { "vpc": "vpc-1" } }),
            json!({ "name": "one", "subnet_ids": ["subnet-1"] }),
        ] {
            let error = lab.try_create(CLUSTER, &scope, 2, spec).await.unwrap_err();
            assert!(error.code.ends_with(".NotFound"), "{error:?}");
        }

        let network = lab.make(VPC, &scope, 3, vpc("10.0.0.0/16")).await;
        let part = lab.make(SUBNET, &scope, 4, subnet(&network, "10.0.0.0/24")).await;
        let arn = lab.read(VPC, &scope, &network).await.unwrap().unwrap()["arn"].clone();
        let spec = json!({ "name": "one", "network": { "vpc": arn }, "subnet_ids": [part.as_str()] });
        let one = lab.make(CLUSTER, &scope, 5, spec).await;

        // An update is looked at as a creation is, as far as it changes something.
        let spec = json!({ "name": "one", "version": "2", "subnet_ids": ["subnet-1"] });
        lab.update(CLUSTER, &scope, &one, "version", spec).await.unwrap();
        lab.wait(CLUSTER, &scope, &one, Goal::Ready).await;
        let spec = json!({ "name": "one", "subnet_ids": ["subnet-1"] });
        let error = lab.update(CLUSTER, &scope, &one, "subnet_ids", spec).await.unwrap_err();
        assert_eq!(error.code, "InvalidSubnetID.NotFound");
    });
}

#[test]
fn what_others_hold_cannot_be_deleted() {
    let lab = Lab::new();
    run(&lab, async {
        let scope = primary();
        let network = lab.make(VPC, &scope, 1, vpc("10.0.0.0/16")).await;
        let part = lab.make(SUBNET, &scope, 2, subnet(&network, "10.0.0.0/24")).await;
        let spec =
            json!({ "name": "one", "network": { "vpc": network.as_str() }, "subnet_ids": [part.as_str()] });
        let one = lab.make(CLUSTER, &scope, 3, spec).await;

        let error = lab.delete(VPC, &scope, &network).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Conflict, "DependencyViolation"));
        assert!(error.message.contains(part.as_str()), "it names the holder: {error}");
        let error = lab.delete(SUBNET, &scope, &part).await.unwrap_err();
        assert!(error.message.contains("test.cluster one"), "a list holds too: {error}");

        // What is being deleted holds until it is gone.
        lab.delete(CLUSTER, &scope, &one).await.unwrap();
        assert!(lab.delete(SUBNET, &scope, &part).await.is_err());
        lab.wait(CLUSTER, &scope, &one, Goal::Gone).await;
        lab.delete(SUBNET, &scope, &part).await.unwrap();
        lab.wait(SUBNET, &scope, &part, Goal::Gone).await;
        lab.delete(VPC, &scope, &network).await.unwrap();
        // Once more is no error while it goes, and one when it is gone.
        lab.delete(VPC, &scope, &network).await.unwrap();
        lab.wait(VPC, &scope, &network, Goal::Gone).await;
        assert_eq!(lab.delete(VPC, &scope, &network).await.unwrap_err().kind, ErrorKind::NotFound);
        assert!(lab.sandbox.is_empty().unwrap());
    });
}

#[test]
fn what_names_the_same_does_not_name_each_other() {
    const GROUP: &str = "aws.ec2.security_group";
    let lab = Lab::new();
    run(&lab, async {
        let scope = primary();
        let network = lab.make(VPC, &scope, 1, vpc("10.0.0.0/16")).await;
        let group = |name: &str, from: Option<&PhysicalId>| {
            let rule =
                |from: &PhysicalId| json!({ "ip_protocol": "-1", "referenced_group_id": from.as_str() });
            let ingress: Vec<Json> = from.map(rule).into_iter().collect();
            json!({ "group_name": name, "description": name, "vpc_id": network.as_str(), "ingress": ingress })
        };
        let nodes = lab.make(GROUP, &scope, 2, group("nodes", None)).await;
        let one = lab.make(GROUP, &scope, 3, group("one", Some(&nodes))).await;
        let two = lab.make(GROUP, &scope, 4, group("two", Some(&nodes))).await;
        assert!(lab.delete(GROUP, &scope, &nodes).await.is_err());
        lab.delete(GROUP, &scope, &one).await.unwrap();
        lab.delete(GROUP, &scope, &two).await.unwrap();
    });
}

#[test]
fn a_name_means_the_one_of_its_own_region() {
    let lab = Lab::new();
    run(&lab, async {
        let (here, there) = (primary(), region("eu-west-1"));
        lab.make(CLUSTER, &here, 1, json!({ "name": "one" })).await;
        let other = lab.make(CLUSTER, &there, 2, json!({ "name": "one" })).await;
        let spec = json!({ "cluster_name": "one", "name": "a", "scaling": { "desired_size": 1 } });
        lab.make(NODE_GROUP, &here, 3, spec).await;
        assert!(lab.delete(CLUSTER, &here, &PhysicalId::new("one")).await.is_err());
        lab.delete(CLUSTER, &there, &other).await.unwrap();
    });
}

#[test]
fn one_of_several_kinds_has_to_be_there() {
    let lab = Lab::new();
    run(&lab, async {
        let scope = primary();
        let key = lab.make("aws.kms.key", &scope, 1, json!({})).await;
        let alias = json!({ "name": "alias/data", "target_key_id": key.as_str() });
        lab.make("aws.kms.alias", &scope, 2, alias).await;
        let with = |key: &str| json!({ "role": "arn:aws:iam::aws:policy/A", "key": key });
        let elsewhere = "arn:aws:kms:us-east-1:999999999999:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        for (operation, text) in (3..).zip([key.as_str(), "alias/data", elsewhere, "alias/aws/s3"]) {
            lab.create(kinds::ATTACHMENT, &scope, operation, with(text)).await;
        }
        let here = lab.read("aws.kms.key", &scope, &key).await.unwrap().unwrap()["arn"].clone();
        let account = here.as_str().unwrap().split(':').nth(4).unwrap().to_owned();
        let gone = elsewhere.replace("999999999999", &account);
        for text in ["alias/other", &gone] {
            let error = lab.try_create(kinds::ATTACHMENT, &scope, 9, with(text)).await.unwrap_err();
            assert_eq!(error.code, "InvalidKey.NotFound", "{text}");
            assert!(error.message.contains("aws.kms.key or aws.kms.replica_key or aws.kms.alias"), "{error}");
        }
    });
}

#[test]
fn what_the_provider_gives_is_there() {
    let lab = Lab::new();
    run(&lab, async {
        let scope = primary();
        for (operation, text) in (1..).zip(["arn:aws:iam::aws:policy/AmazonEKSClusterPolicy", "alias/aws/s3"])
        {
            lab.create(kinds::ATTACHMENT, &scope, operation, json!({ "role": text })).await;
        }
        let role = lab.create(kinds::ROLE, &Scope::default(), 9, json!({ "name": "one" })).await;
        let arn = lab.read(kinds::ROLE, &Scope::default(), &role).await.unwrap().unwrap()["arn"].clone();
        let within = format!("{}/session", arn.as_str().unwrap());
        lab.create(kinds::ATTACHMENT, &scope, 10, json!({ "role": within })).await;
        // A service's own role stands for a role.
        lab.create(kinds::OWN_ROLE, &Scope::default(), 12, json!({ "name": "own" })).await;
        lab.create(kinds::ATTACHMENT, &scope, 13, json!({ "role": "own" })).await;
        let error =
            lab.try_create(kinds::ATTACHMENT, &scope, 11, json!({ "role": "two" })).await.unwrap_err();
        assert_eq!(error.code, "InvalidRole.NotFound");
    });
}

#[test]
fn what_mentions_the_same_third_does_not_hold_each_other() {
    let lab = Lab::new();
    run(&lab, async {
        const GROUP: &str = "aws.ec2.security_group";
        let scope = primary();
        let network = lab.make("aws.ec2.vpc", &scope, 1, vpc("10.0.0.0/16")).await;
        let group = |name: &str, rules: Json| json!({ "group_name": name, "description": name, "vpc_id": network.as_str(), "ingress": rules });
        let nodes = lab.make(GROUP, &scope, 2, group("nodes", json!([]))).await;
        let rules = json!([{ "ip_protocol": "-1", "referenced_group_id": nodes.as_str() }]);
        let one = lab.make(GROUP, &scope, 3, group("one", rules.clone())).await;
        let other = lab.make(GROUP, &scope, 4, group("other", rules)).await;

        let error = lab.delete(GROUP, &scope, &nodes).await.unwrap_err();
        assert_eq!(error.code, "DependencyViolation");
        for id in [one, other, nodes] {
            lab.delete(GROUP, &scope, &id).await.unwrap();
            assert_eq!(lab.wait(GROUP, &scope, &id, Goal::Gone).await, Settling::Done);
        }
    });
}
