//! Plain data that every other module speaks in: addresses, values, field paths, source locations
//! and diagnostics.
//!
//! Nothing here does I/O, knows a clock, or knows any other module of the crate.

mod action;
mod address;
mod change;
mod diagnostic;
mod json_text;
mod operation;
mod path;
mod redact;
mod resource;
mod scope;
mod secret;
mod source;
mod value;

pub use action::Action;
pub use address::{Address, AddressError};
pub use change::{Changed, Digest, FieldChange};
pub use diagnostic::{Diagnostic, Diagnostics, Label, Severity, closest};
pub use json_text::JsonText;
pub use operation::{OperationId, PhysicalId};
pub use path::{FieldPath, Step};
pub use redact::Redaction;
pub use resource::{Condition, Deposed, Resource};
pub use scope::{Connection, Scope};
pub use secret::{
    FINGERPRINT, SecretReference, SecretStore, fingerprint_in_text, fingerprint_text, is_stand_in,
};
pub use source::{Location, SourceId, Sources};
pub use value::{Unknown, Value};

/// A JSON value: what kinds and targets exchange, and what state stores.
pub type Json = serde_json::Value;
