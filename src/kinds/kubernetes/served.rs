//! What a cluster of the sandbox knows: which kinds it serves and which namespaces it has.

use super::builtin;
use super::manifest::{self, Identity};
use crate::kinds::{Cloud, Refusal};
use crate::model::Json;

/// A cluster of the sandbox, as one call sees it.
pub(crate) struct Cluster<'a> {
    cloud: &'a dyn Cloud,
    /// What tells it from other clusters: the attribute `cluster` of all that is in it.
    name: &'a Json,
    /// What the call itself brings.
    own: &'a [&'a Json],
}

impl<'a> Cluster<'a> {
    pub fn new(cloud: &'a dyn Cloud, name: &'a Json, own: &'a [&'a Json]) -> Self {
        Self { cloud, name, own }
    }

    /// The attributes of all objects of a kind of ours that are in the cluster.
    pub fn all(&self, kind: &str) -> Vec<&'a Json> {
        let (cloud, name) = (self.cloud, self.name);
        cloud
            .all(kind)
            .into_iter()
            .map(|object| object.attributes)
            .filter(|attributes| attributes["cluster"] == *name)
            .collect()
    }

    /// All manifests that are in the cluster, and those that the call brings.
    fn manifests(&self) -> Vec<&'a Json> {
        let there = self.all("kubernetes.object");
        there.into_iter().flat_map(manifests_of).chain(self.own.iter().copied()).collect()
    }

    /// Refuses a manifest whose kind the cluster doesn't serve or whose namespace it doesn't have.
    ///
    /// # Errors
    /// As the API server says it.
    pub fn accepts(&self, manifest: &Json) -> Result<(), Refusal> {
        let identity = Identity::of(manifest);
        let is_namespaced = self.scope(&identity)?;
        let namespace = match identity.namespace.as_str() {
            "" if is_namespaced => "default",
            namespace => namespace,
        };
        if is_namespaced { self.has_namespace(namespace) } else { Ok(()) }
    }

    /// Whether objects of a kind live in namespaces.
    fn scope(&self, identity: &Identity) -> Result<bool, Refusal> {
        let (group, version) = builtin::split(&identity.api_version);
        let kind = identity.kind.as_str();
        if let Some(known) = builtin::find(group, kind)
            && known.versions.contains(&version)
        {
            return Ok(known.namespaced);
        }
        if let Some(definition) =
            self.manifests().into_iter().find(|manifest| defines(manifest, group, version, kind))
        {
            return Ok(definition["spec"]["scope"] != "Cluster");
        }
        let provided = format!("{group}/{kind}");
        let is_provided = self.all("helm.release").iter().any(|release| {
            release["provides"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| *kind == provided))
        });
        if is_provided {
            // A chart doesn't say whether its kinds live in namespaces; the manifest does.
            return Ok(!identity.namespace.is_empty());
        }
        Err(Refusal::new(
            "NoKindMatch",
            format!("no matches for kind \"{kind}\" in version \"{}\"", identity.api_version),
        ))
    }

    /// Refuses a namespace that isn't there.
    ///
    /// # Errors
    /// As the API server says it.
    pub fn has_namespace(&self, name: &str) -> Result<(), Refusal> {
        let is_there = builtin::NAMESPACES.contains(&name)
            || self.manifests().iter().any(|manifest| {
                manifest["kind"] == "Namespace"
                    && manifest["apiVersion"] == "v1"
                    && manifest["metadata"]["name"] == name
            })
            || self
                .all("helm.release")
                .iter()
                .any(|release| release["create_namespace"] == true && release["namespace"] == name);
        if is_there {
            Ok(())
        } else {
            Err(Refusal::new("NotFound", format!("namespaces \"{name}\" not found")))
        }
    }
}

/// The manifests of one `kubernetes.object`.
fn manifests_of(attributes: &Json) -> Vec<&Json> {
    let one = attributes.get("manifest").filter(|manifest| manifest.is_object());
    one.into_iter().chain(attributes["manifests"].as_array().into_iter().flatten()).collect()
}

/// Whether a manifest defines a kind of a group, and serves a version of it.
fn defines(manifest: &Json, group: &str, version: &str, kind: &str) -> bool {
    let spec = &manifest["spec"];
    manifest["kind"] == "CustomResourceDefinition"
        && spec["group"] == group
        && spec["names"]["kind"] == kind
        && spec["versions"].as_array().is_some_and(|versions| {
            versions.iter().any(|served| served["name"] == version && served["served"] != false)
        })
}

/// What is wrong with the name of a custom kind, such as `cert-manager.io/Certificate`.
pub(crate) fn check_custom_kind(text: &str) -> Result<(), String> {
    let Some((group, kind)) = text.split_once('/') else {
        return Err(format!("{text:?} has no group"));
    };
    if builtin::is_group(group) {
        return Err(format!("{text:?} is in a group that every cluster has"));
    }
    // An identity of that kind can be read back only if its parts are well formed.
    if !group.contains('.') || Identity::parse(&format!("{group}/v1/{kind}//name")).is_none() {
        return Err(format!("{text:?} isn't a group and a kind"));
    }
    Ok(())
}

/// Whether a text can be the name of a namespace.
pub(crate) fn is_namespace(text: &str) -> bool {
    manifest::is_label(text)
}
