//! A plan with one operation of every sort, for the tests of its forms.

use serde_json::json;

use crate::model::{Action, Address, Changed, Digest, FieldChange, Json, PhysicalId, Unknown, Value};
use crate::plan::{FORMAT_VERSION, Operation, Plan, Reason, Replacement};

pub(in crate::report) fn empty() -> Plan {
    Plan {
        format_version: FORMAT_VERSION,
        environment: "sandbox".into(),
        configuration: Digest::of(b"the configuration"),
        state_serial: 42,
        destroy: false,
        operations: Vec::new(),
        unchanged: 188,
        estimate_ms: 0,
        usd_per_month_before: 0.0,
        usd_per_month_after: 0.0,
        warnings: Vec::new(),
    }
}

fn operation(address: &str, kind: &str, action: Action, reason: Reason) -> Operation {
    let address: Address = address.parse().unwrap();
    Operation {
        address,
        kind: kind.into(),
        action,
        region: Some("us-east-1".into()),
        reasons: vec![reason],
        source: Some("phases/1-cluster.yaml:12:5".into()),
        instance: None,
        id: None,
        desired: None,
        changes: Vec::new(),
        replacement: None,
        deposed: false,
        deferred: false,
        waits_for: Vec::new(),
        estimate_ms: 4000,
        usd_per_month_before: 0.0,
        usd_per_month_after: 0.0,
    }
}

fn change(path: &str, from: Option<Value>, to: Option<Value>) -> FieldChange {
    FieldChange { path: path.parse().unwrap(), changed: Changed::Set, from, to, forces_replacement: false }
}

#[allow(clippy::unnecessary_wraps, reason = "it stands where fields are optional")]
fn value(json: &Json) -> Option<Value> {
    Some(Value::from_json(json))
}

fn unknown(read: &str) -> Value {
    Value::Unknown(Unknown::new(vec![read.into()]))
}

#[allow(clippy::unnecessary_wraps, reason = "it stands where fields are optional")]
fn id(text: &str) -> Option<PhysicalId> {
    Some(PhysicalId::new(text))
}

fn subnet(key: &str, region: &str, cidr: &str) -> Operation {
    let address = format!("platform/cluster.subnet[{key}]");
    let mut spec = Value::from_json(&json!({
        "cidr_block": cidr,
        "availability_zone": format!("{region}a"),
        "map_public_ip_on_launch": false,
        "enable_dns64": false,
        "assign_ipv6_address_on_creation": false,
        "tags": {"Name": "ninefold", "tier": "private"},
    }));
    if let Value::Map(map) = &mut spec {
        map.insert("vpc_id".into(), unknown("platform/cluster.vpc[primary].id"));
        map.insert("zone_secret".into(), Value::from("hunter1").into_sensitive());
    }
    Operation {
        region: Some(region.into()),
        desired: Some(spec),
        deferred: true,
        ..operation(&address, "aws.ec2.subnet", Action::Create, Reason::New)
    }
}

fn replaced_vpc() -> [Operation; 2] {
    let reason = Reason::Immutable { field: "cidr_block".into() };
    let half = |action| Operation {
        replacement: Some(Replacement::DeleteFirst),
        id: id("vpc-0a1b2c3d"),
        ..operation("platform/cluster.vpc[primary]", "aws.ec2.vpc", action, reason.clone())
    };
    let cidr = FieldChange {
        forces_replacement: true,
        ..change("cidr_block", value(&json!("10.0.0.0/16")), value(&json!("10.1.0.0/16")))
    };
    [
        half(Action::Delete),
        Operation {
            desired: value(&json!({"cidr_block": "10.1.0.0/16"})),
            changes: vec![cidr],
            ..half(Action::Create)
        },
    ]
}

fn updated_cluster() -> Operation {
    let policy = |principal: &str| {
        json!(format!(
            "{{\n  \"Version\": \"2012-10-17\",\n  \"Principal\": \"{principal}\",\n  \"Effect\": \"Allow\"\n}}\n"
        ))
    };
    let long =
        |tail: &str| json!(format!("arn:aws:iam::123456789012:role/{}{tail}", "a-long-path/".repeat(8)));
    Operation {
        id: id("sandbox-primary"),
        changes: vec![
            change("version", value(&json!("1.34")), value(&json!("1.35"))),
            change("role_arn", value(&long("old")), value(&long("new"))),
            change("policy", value(&policy("alice")), value(&policy("bob"))),
            change("password", value(&json!("hunter2")), Some(Value::from("hunter3").into_sensitive())),
            change("subnet_ids", value(&json!(["subnet-1"])), Some(unknown("platform/cluster.subnet.id"))),
            change("tags[\"app.io/owner\"]", None, value(&json!("platform"))),
            FieldChange {
                changed: Changed::Reset,
                ..change("logging.enabled", value(&json!(true)), value(&json!(false)))
            },
            FieldChange {
                changed: Changed::Release,
                ..change("zone", value(&json!("a")), value(&json!("a")))
            },
            FieldChange {
                changed: Changed::Remove,
                ..change("access[=0.0.0.0/0]", value(&json!({"cidr": "0.0.0.0/0"})), None)
            },
        ],
        ..operation("platform/cluster.cluster[primary]", "aws.eks.cluster", Action::Update, Reason::Differs)
    }
}

/// One operation of every sort, with every sort of value and change.
pub(in crate::report) fn plan() -> Plan {
    let moved = Reason::Moved { from: "platform/network.gateway".parse().unwrap() };
    let [delete, create] = replaced_vpc();
    let check = Operation {
        region: None,
        ..operation("platform/cluster.nodes_healthy", "check", Action::Check, Reason::BeforeItChanges)
    };
    let deletion = Operation {
        source: None,
        id: id("nat-0a1b2c3d"),
        ..operation(
            "platform/cluster.nat[old]",
            "aws.ec2.nat_gateway",
            Action::Delete,
            Reason::NoLongerDeclared,
        )
    };
    let forgotten = Operation {
        region: None,
        ..operation(
            "platform/cluster.namespace",
            "kubernetes.object",
            Action::Forget,
            Reason::ContainerReplaced { container: "platform/cluster.cluster[primary]".parse().unwrap() },
        )
    };
    let adopted = Operation {
        id: id("audityzer-backups"),
        ..operation("platform/database.backups", "aws.s3.bucket", Action::Adopt, Reason::Adopted)
    };
    let lookup = operation("platform/database.zone", "aws.route53.zone", Action::Read, Reason::Lookup);
    let own = Operation {
        region: None,
        desired: value(&json!({"value": "one"})),
        source: Some("stacks/agent/stack.yaml:3:3".into()),
        ..operation("agent/note", "core.value", Action::Create, Reason::New)
    };
    let gateway = Operation {
        id: id("igw-0a1b2c3d"),
        ..operation("platform/cluster.gateway", "aws.ec2.internet_gateway", Action::Move, moved)
    };
    Plan {
        operations: vec![
            delete,
            create,
            subnet("primary-a", "us-east-1", "10.1.0.0/20"),
            subnet("primary-b", "us-east-1", "10.1.16.0/20"),
            subnet("secondary-a", "eu-west-1", "10.2.0.0/20"),
            updated_cluster(),
            gateway,
            deletion,
            forgotten,
            check,
            adopted,
            lookup,
            own,
        ],
        estimate_ms: 1_452_000,
        usd_per_month_before: 4088.0,
        usd_per_month_after: 4121.35,
        warnings: vec![
            "platform/cluster.cluster[primary] is replaced before the checks of the phase `database` have run, so that nothing proves it".into(),
        ],
        ..empty()
    }
}
