//! What types of resources there are: their schemas, their rules, how they behave, and the
//! interface ([`Target`]) that makes, reads, changes and removes them.
//!
//! Everything here is pure. A kind knows no client, no clock and no other kind's code; what a
//! target does to it stands in `targets/`, in a file of the same path.

pub mod aws;
pub mod core;
pub mod helm;
pub mod kubernetes;
pub mod local;
pub mod probe;

mod cloud;
mod finding;
mod form;
mod free;
mod habitat;
mod kind;
mod marks;
mod profile;
mod region_price;
mod registry;
mod schema;
mod target;
#[cfg(test)]
mod testing;

pub use cloud::{Call, Cloud, CloudObject, Refusal};
pub use finding::Finding;
pub use form::Form;
pub use free::{ANY, Described};
pub use habitat::Habitat;
pub use kind::{AnyKind, Kind};
pub use marks::{ANNOTATIONS, MarkNames, TAGS};
pub use profile::{Computed, Price, Profile};
pub use region_price::region_price_factor;
pub use registry::Registry;
pub use schema::{Collection, Field, FieldDefault, Scalar, Shape};
pub use target::{
    Answer, CallError, Changes, Connection, Created, Effect, ErrorKind, Filter, Goal, Intent, Presence,
    Probe, ProbeResult, Reading, Scope, Settling, Target,
};
