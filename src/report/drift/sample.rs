//! A report with one entry of every sort, for the tests of its forms.

use serde_json::json;

use super::{Drift, DriftReport, Entry};
use crate::model::{Changed, FieldChange, Json, PhysicalId, Value};

const ADDRESSES: [&str; 6] = [
    "agent/note",
    "platform/cluster.cluster[primary]",
    "platform/cluster.gateway",
    "platform/cluster.vpc[primary]",
    "platform/cluster.vpc[secondary]",
    "platform/database.cluster[failover]",
];

pub(super) fn clean() -> DriftReport {
    DriftReport {
        environment: "sandbox".into(),
        entries: Vec::new(),
        checked: ADDRESSES.iter().map(|address| address.parse().unwrap()).collect(),
        at_unix_ms: 1_767_225_600_000,
        took_ms: 1_840,
    }
}

fn entry(address: Option<&str>, kind: &str, id: Option<&str>, what: Drift) -> Entry {
    Entry {
        address: address.map(|address| address.parse().unwrap()),
        kind: kind.into(),
        region: Some("us-east-1".into()),
        id: id.map(PhysicalId::new),
        source: Some("phases/1-cluster.yaml:12:5".into()),
        what,
        edited_by: None,
    }
}

fn change(path: &str, found: &Json, expected: Option<Value>) -> FieldChange {
    FieldChange {
        path: path.parse().unwrap(),
        changed: Changed::Set,
        from: Some(Value::from_json(found)).filter(|found| *found != Value::Null),
        to: expected,
        forces_replacement: false,
    }
}

pub(super) fn report() -> DriftReport {
    let fields = vec![
        change("enable_dns_hostnames", &json!(false), Some(Value::Bool(true))),
        change("tags[\"owner|team\"]", &json!("<some`body>"), None),
        change("password", &json!("hunter2"), Some(Value::from("hunter1").into_sensitive())),
        change("description", &Json::Null, Some(Value::from("the network"))),
    ];
    let changed = Entry {
        edited_by: Some("carol (console)".into()),
        ..entry(
            Some("platform/cluster.vpc[primary]"),
            "aws.ec2.vpc",
            Some("vpc-0a1b2c3d"),
            Drift::Changed { fields },
        )
    };
    let unmanaged = Entry {
        source: None,
        ..entry(None, "aws.ec2.security_group", Some("sg-0a1b2c3d"), Drift::Unmanaged)
    };
    // Its tags name an address that another has, as those of a duplicate do.
    let duplicate = Entry {
        source: None,
        ..entry(Some("platform/cluster.gateway"), "aws.ec2.internet_gateway", Some("igw-2"), Drift::Unmanaged)
    };
    let why = "us-east-1 can't be reached: connection refused";
    DriftReport {
        entries: vec![
            entry(
                Some("platform/cluster.gateway"),
                "aws.ec2.internet_gateway",
                Some("igw-0a1b2c3d"),
                Drift::Missing,
            ),
            changed,
            entry(
                Some("platform/database.cluster[failover]"),
                "aws.rds.cluster",
                Some("failover"),
                Drift::Unreachable { why: why.into() },
            ),
            unmanaged,
            duplicate,
        ],
        ..clean()
    }
}
