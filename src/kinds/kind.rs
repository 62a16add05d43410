//! The trait that a type of resource implements, and its form without types that the engine uses.

use std::marker::PhantomData;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Call, Cloud, Field, Finding, Profile, Refusal, Shape};
use crate::model::{Json, PhysicalId, Value};

/// What a type of resource *is*. No client, no I/O, no clock.
///
/// The doc comment of `Spec` is the kind's description; those of its fields are theirs. Optional
/// fields are `Option`s. What the types can't say stands in `#[schemars(extend("x-…" = …))]`:
///
/// | attribute | meaning |
/// | --- | --- |
/// | `"x-immutable" = true` | a change replaces the resource |
/// | `"x-immutable-paths" = ["metadata.name"]` | of a field of free shape: a change at one of these paths below it does |
/// | `"x-sensitive" = true` | its value is never shown or stored |
/// | `"x-sensitive-paths" = ["data"]` | of a field of free shape: nor is what stands at these paths below it |
/// | `"x-sensitive-when" = "kind=Secret"` | with `x-sensitive-paths`: only where the value says this of itself |
/// | `"x-secrets" = true` | of a field of free shape: references to secrets may stand anywhere in it |
/// | `"x-write-only" = true` | reading can't return it: it is compared by fingerprint |
/// | `"x-exclusive" = true` | ours even where the configuration is silent: what others add is drift |
/// | `"default" = …` | what a withdrawn field goes back to |
/// | `"x-default" = "provider"` | the provider chooses: a withdrawn field is released |
/// | `"x-collection" = "set"` | how a list or map is compared: `atomic`, `set`, `map`, `list(key,…)`, where a key may be a path |
/// | `"x-form" = "policy"` | it can be written in several ways, and is compared in one: see [`super::Form`] |
/// | `"x-refers" = "aws.kms.key\|aws.kms.alias"` | holds the id (or another attribute) of a resource of one of these kinds |
/// | `"x-holds" = true` | with `x-refers`: the other can't be deleted while this exists |
pub trait Kind: Send + Sync + 'static {
    /// Its name, such as `aws.eks.cluster`.
    const TYPE: &'static str;
    /// The version of the stored spec; [`Kind::migrate`] reads older ones.
    const VERSION: u32 = 1;
    /// The fields that identify a resource to its provider by themselves (a name that must be
    /// unique): with these unchanged, a replacement can't be created before the old one is gone.
    const IDENTITY: &'static [&'static str] = &[];
    /// Whether it holds other resources, whose deletion becomes *forget* when it is replaced.
    const CONTAINER: bool = false;
    /// Whether it lives only in state, so that there is nothing else to read.
    const LIVES_IN_STATE: bool = false;
    /// Whether making one takes more than asking for it, as buying something does: nothing is planned
    /// that [`Kind::consent`] objects to.
    const NEEDS_CONSENT: bool = false;

    /// What the configuration may set.
    type Spec: Serialize + DeserializeOwned + JsonSchema + Send + Sync;
    /// What reading it gives: the spec's fields and the attributes that the provider computes.
    type Observed: Serialize + DeserializeOwned + JsonSchema + Send + Sync;

    /// Faults beyond what the types say. Only called with a complete spec.
    #[must_use]
    fn validate(_spec: &Self::Spec) -> Vec<Finding> {
        Vec::new()
    }

    /// Of a kind that [needs consent](Kind::NEEDS_CONSENT): what is missing in the spec of one that is
    /// to be made, and needn't be said of one that is there.
    #[must_use]
    fn consent(_spec: &Self::Spec) -> Vec<Finding> {
        Vec::new()
    }

    /// The spec that would give what is observed: drift, diff and import compare on it.
    fn project(observed: &Self::Observed) -> Self::Spec;

    /// How a resource of this spec behaves: durations, prices, computed attributes.
    fn profile(spec: &Self::Spec) -> Profile;

    /// What the sandbox does beyond the profile: refuse a call, or fill in attributes.
    ///
    /// # Errors
    /// The [`Refusal`] that the real API would give.
    fn simulate(_call: Call<'_, Self::Spec>, _cloud: &dyn Cloud) -> Result<(), Refusal> {
        Ok(())
    }

    /// Reads the id that a person gives to `import` or `adopt`.
    ///
    /// # Errors
    /// What an id of this kind looks like.
    fn import_id(text: &str) -> Result<PhysicalId, String>;

    /// The IAM actions that creating, reading, updating and deleting it take.
    #[must_use]
    fn actions() -> &'static [&'static str] {
        &[]
    }

    /// Reads a stored spec of an older version.
    ///
    /// # Errors
    /// Why the version can't be read.
    fn migrate(version: u32, _spec: Json) -> Result<Json, String> {
        Err(format!("{} has no migration from version {version} to {}", Self::TYPE, Self::VERSION))
    }
}

/// A [`Kind`] over JSON values: all that the engine sees of one.
pub trait AnyKind: Send + Sync {
    fn name(&self) -> &'static str;
    fn version(&self) -> u32;
    fn identity(&self) -> &'static [&'static str];
    fn is_container(&self) -> bool;
    fn lives_in_state(&self) -> bool;
    fn actions(&self) -> &'static [&'static str];
    /// The schema of what the configuration may set.
    fn spec(&self) -> &Field;
    /// The schema of its attributes: the spec's fields and the computed ones.
    fn observed(&self) -> &Field;
    /// The JSON Schema of its spec, as editors want it.
    fn json_schema(&self) -> Json;
    /// Faults of a complete spec beyond its schema; a spec that doesn't fit its type is one.
    fn validate(&self, spec: &Json) -> Vec<Finding>;
    /// What keeps one of this spec from being made, beyond its faults.
    fn consent(&self, spec: &Value) -> Vec<Finding>;
    /// The spec that would give `observed`, without the fields that nothing is known of.
    ///
    /// # Errors
    /// How `observed` breaks the kind's type.
    fn project(&self, observed: &Json) -> Result<Json, String>;
    /// # Errors
    /// How `spec` breaks the kind's type.
    fn profile(&self, spec: &Json) -> Result<Profile, String>;
    /// # Errors
    /// The [`Refusal`] that the real API would give.
    fn simulate(&self, call: Call<'_, Json>, cloud: &dyn Cloud) -> Result<(), Refusal>;
    /// # Errors
    /// What an id of this kind looks like.
    fn import_id(&self, text: &str) -> Result<PhysicalId, String>;
    /// # Errors
    /// Why that version can't be read.
    fn migrate(&self, version: u32, spec: Json) -> Result<Json, String>;
}

/// The [`AnyKind`] of a [`Kind`], with its schemas worked out once, and only where somebody asks: most
/// commands have to do with a few kinds.
pub(super) struct Erased<K> {
    spec: OnceLock<Field>,
    observed: OnceLock<Field>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Erased<K> {
    pub(super) fn new() -> Self {
        Self { spec: OnceLock::new(), observed: OnceLock::new(), kind: PhantomData }
    }
}

fn typed<T: DeserializeOwned>(json: &Json) -> Result<T, String> {
    T::deserialize(json).map_err(|error| error.to_string())
}

/// Drops nulls from objects: an `Option` that is `None` is a field that isn't there. In what is of
/// free shape a null is a value like any other.
fn without_nulls(field: &Field, json: Json) -> Json {
    match (&field.shape, json) {
        (Shape::Object(fields), Json::Object(map)) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| match fields.get(key.as_str()) {
                Some(field) => (key, without_nulls(field, value)),
                None => (key, value),
            })
            .collect(),
        (Shape::Map { value: field, .. }, Json::Object(map)) => {
            map.into_iter().map(|(key, value)| (key, without_nulls(field, value))).collect()
        }
        (Shape::List { item, .. }, Json::Array(items)) => {
            items.into_iter().map(|value| without_nulls(item, value)).collect()
        }
        (_, json) => json,
    }
}

impl<K: Kind> AnyKind for Erased<K> {
    fn name(&self) -> &'static str {
        K::TYPE
    }

    fn version(&self) -> u32 {
        K::VERSION
    }

    fn identity(&self) -> &'static [&'static str] {
        K::IDENTITY
    }

    fn is_container(&self) -> bool {
        K::CONTAINER
    }

    fn lives_in_state(&self) -> bool {
        K::LIVES_IN_STATE
    }

    fn actions(&self) -> &'static [&'static str] {
        K::actions()
    }

    fn spec(&self) -> &Field {
        self.spec.get_or_init(Field::of::<K::Spec>)
    }

    fn observed(&self) -> &Field {
        self.observed.get_or_init(Field::of::<K::Observed>)
    }

    fn json_schema(&self) -> Json {
        super::schema::json_schema::<K::Spec>()
    }

    fn validate(&self, spec: &Json) -> Vec<Finding> {
        match typed::<K::Spec>(spec) {
            Ok(spec) => K::validate(&spec),
            Err(error) => vec![Finding::at(crate::model::FieldPath::root(), error)],
        }
    }

    fn consent(&self, spec: &Value) -> Vec<Finding> {
        if !K::NEEDS_CONSENT {
            return Vec::new();
        }
        // A spec that doesn't fit its type is a fault already.
        typed::<K::Spec>(&self.spec().complete(spec)).map(|spec| K::consent(&spec)).unwrap_or_default()
    }

    fn project(&self, observed: &Json) -> Result<Json, String> {
        let spec = K::project(&typed(observed)?);
        let json = serde_json::to_value(spec).map_err(|error| error.to_string())?;
        Ok(without_nulls(self.spec(), json))
    }

    fn profile(&self, spec: &Json) -> Result<Profile, String> {
        Ok(K::profile(&typed(spec)?))
    }

    fn simulate(&self, call: Call<'_, Json>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let spec = typed::<K::Spec>(call.spec()).map_err(Refusal::invalid)?;
        K::simulate(call.with_spec(&spec), cloud)
    }

    fn import_id(&self, text: &str) -> Result<PhysicalId, String> {
        K::import_id(text)
    }

    fn migrate(&self, version: u32, spec: Json) -> Result<Json, String> {
        if version == K::VERSION { Ok(spec) } else { K::migrate(version, spec) }
    }
}
