//! Kinds that only tests know, for rules that the real ones don't show yet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Call, Cloud, Kind, Profile, Refusal, Registry};
use crate::model::{Json, PhysicalId};

pub(crate) const CLUSTER: &str = "test.cluster";
pub(crate) const NODE_GROUP: &str = "test.node_group";
pub(crate) const OBJECT: &str = "test.object";
pub(super) const ROLE: &str = "aws.test.role";

/// Every real kind, and those of this file.
pub(crate) fn registry() -> Registry {
    let mut registry = Registry::all();
    registry
        .add::<Cluster>()
        .add::<NodeGroup>()
        .add::<Object>()
        .add::<Role>()
        .add::<Attachment>()
        .add::<OwnRole>();
    registry
}

fn any_id(text: &str) -> Result<PhysicalId, String> {
    Ok(PhysicalId::new(text))
}

/// Something that takes long, holds others, and has a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct ClusterSpec {
    #[schemars(extend("x-immutable" = true))]
    pub name: String,
    #[schemars(extend("default" = "1.35"))]
    pub version: Option<String>,
    pub network: Option<Network>,
    #[schemars(extend("x-default" = "provider"))]
    pub platform: Option<String>,
    #[schemars(extend("x-write-only" = true, "x-sensitive" = true))]
    pub password: Option<String>,
    #[schemars(extend("x-write-only" = true))]
    pub wait: Option<bool>,
    /// A reference within a list.
    #[schemars(extend("x-refers" = "aws.ec2.subnet", "x-holds" = true))]
    pub subnet_ids: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Network {
    #[schemars(extend("default" = "ipv4"))]
    pub family: Option<String>,
    /// A reference within an object.
    #[schemars(extend("x-refers" = "aws.ec2.vpc"))]
    pub vpc: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct ClusterObserved {
    #[serde(flatten)]
    pub spec: ClusterSpec,
    pub id: String,
    pub arn: String,
    pub endpoint: String,
    pub status: String,
    pub revision: String,
    pub issuer: Json,
}

pub(super) struct Cluster;

impl Kind for Cluster {
    const TYPE: &'static str = CLUSTER;
    const IDENTITY: &'static [&'static str] = &["name"];
    const CONTAINER: bool = true;
    type Spec = ClusterSpec;
    type Observed = ClusterObserved;

    fn project(observed: &ClusterObserved) -> ClusterSpec {
        observed.spec.clone()
    }

    fn profile(_spec: &ClusterSpec) -> Profile {
        Profile::seconds(600, 300, 200)
            .visible_after(60)
            .computes("arn", "arn:test:{region}:{account}:cluster/{id}")
            .computes("id", "{spec.name}")
            .computes("platform", "eks.{digits:1}")
            .computes("endpoint", "https://{hex:16}.{region}.test")
            .computes(
                "issuer",
                r#"json:{"oidc": {"issuer": "https://{hex:4}", "of": "{spec.name}", "net": {spec.network}}}"#,
            )
            .computes_from("revision", "{hex:12}", &["version"])
    }

    /// Shows what it is told, so that tests see it.
    fn simulate(call: Call<'_, ClusterSpec>, _cloud: &dyn Cloud) -> Result<(), Refusal> {
        let wait = call.spec().wait;
        if let Call::Create { attributes, .. } | Call::Update { attributes, .. } = call {
            attributes.insert("was_told_to_wait".to_owned(), Json::from(wait == Some(true)));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        any_id(text)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct NodeGroupSpec {
    #[schemars(extend("x-immutable" = true, "x-refers" = "test.cluster", "x-holds" = true))]
    pub cluster_name: String,
    pub name: String,
    pub scaling: Scaling,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Scaling {
    pub desired_size: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct NodeGroupObserved {
    #[serde(flatten)]
    pub spec: NodeGroupSpec,
    pub id: String,
}

pub(super) struct NodeGroup;

impl Kind for NodeGroup {
    const TYPE: &'static str = NODE_GROUP;
    type Spec = NodeGroupSpec;
    type Observed = NodeGroupObserved;

    fn project(observed: &NodeGroupObserved) -> NodeGroupSpec {
        observed.spec.clone()
    }

    fn profile(_spec: &NodeGroupSpec) -> Profile {
        Profile::seconds(120, 60, 60).computes("id", "{spec.cluster_name}:{spec.name}")
    }

    /// Refuses a size that no quota allows.
    fn simulate(call: Call<'_, NodeGroupSpec>, _cloud: &dyn Cloud) -> Result<(), Refusal> {
        if call.spec().scaling.desired_size > 100 {
            return Err(Refusal::new("ResourceLimitExceeded", "no more than 100 nodes"));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        any_id(text)
    }
}

/// Something that lives in a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct ObjectSpec {
    pub manifest: Json,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct ObjectObserved {
    #[serde(flatten)]
    pub spec: ObjectSpec,
    pub id: String,
}

pub(super) struct Object;

impl Kind for Object {
    const TYPE: &'static str = OBJECT;
    type Spec = ObjectSpec;
    type Observed = ObjectObserved;

    fn project(observed: &ObjectObserved) -> ObjectSpec {
        observed.spec.clone()
    }

    fn profile(_spec: &ObjectSpec) -> Profile {
        Profile::seconds(20, 5, 5)
            .computes("id", "{spec.manifest.metadata.namespace}/{spec.manifest.metadata.name}")
    }

    /// Refuses a second of the same name that it can see, and a call from outside of a cluster.
    fn simulate(call: Call<'_, ObjectSpec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        if cloud.cluster().is_none() {
            return Err(Refusal::invalid("objects live in clusters"));
        }
        let name = &call.spec().manifest["metadata"]["name"];
        let is_taken = matches!(call, Call::Create { .. })
            && cloud
                .all(OBJECT)
                .iter()
                .any(|other| other.attributes["manifest"]["metadata"]["name"] == *name);
        if is_taken { Err(Refusal::new("AlreadyExists", "the name is taken")) } else { Ok(()) }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        any_id(text)
    }
}

/// Something of a global service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct RoleSpec {
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct RoleObserved {
    #[serde(flatten)]
    pub spec: RoleSpec,
    pub id: String,
    pub arn: String,
}

pub(super) struct Role;

impl Kind for Role {
    const TYPE: &'static str = ROLE;
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = RoleSpec;
    type Observed = RoleObserved;

    fn project(observed: &RoleObserved) -> RoleSpec {
        observed.spec.clone()
    }

    fn profile(_spec: &RoleSpec) -> Profile {
        Profile::seconds(0, 0, 0)
            .computes("id", "{spec.name}")
            .computes("arn", "arn:aws:iam::{account}:role/{spec.name}")
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        any_id(text)
    }
}

pub(super) const ATTACHMENT: &str = "test.attachment";

/// Something that names a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct AttachmentSpec {
    #[schemars(extend("x-refers" = "aws.test.role"))]
    pub role: String,
    /// A reference to one of several kinds.
    #[schemars(extend("x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct AttachmentObserved {
    #[serde(flatten)]
    pub spec: AttachmentSpec,
    pub id: String,
}

pub(super) struct Attachment;

impl Kind for Attachment {
    const TYPE: &'static str = ATTACHMENT;
    type Spec = AttachmentSpec;
    type Observed = AttachmentObserved;

    fn project(observed: &AttachmentObserved) -> AttachmentSpec {
        observed.spec.clone()
    }

    fn profile(_spec: &AttachmentSpec) -> Profile {
        Profile::seconds(0, 0, 0).computes("id", "att-{hex:17}")
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        any_id(text)
    }
}

pub(super) const OWN_ROLE: &str = "aws.test.own_role";

/// A role of another kind.
pub(super) struct OwnRole;

impl Kind for OwnRole {
    const TYPE: &'static str = OWN_ROLE;
    type Spec = RoleSpec;
    type Observed = RoleObserved;

    fn project(observed: &RoleObserved) -> RoleSpec {
        observed.spec.clone()
    }

    fn profile(_spec: &RoleSpec) -> Profile {
        Profile::seconds(0, 0, 0).computes("id", "{spec.name}").computes("arn", "arn:aws:iam::own/{id}")
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        any_id(text)
    }
}
