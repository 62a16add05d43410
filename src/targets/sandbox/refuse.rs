//! The errors with which the sandbox refuses calls.

use super::journal::StoreError;
use super::object::Key;
use crate::kinds::{CallError, ErrorKind, Refusal};

impl From<StoreError> for CallError {
    fn from(error: StoreError) -> Self {
        CallError::refused(ErrorKind::Transient, "SandboxStore", error.to_string())
    }
}

/// The error of a kind's refusal: what to make of it shows in its code, as the services word them.
pub(super) fn from_refusal(refusal: Refusal) -> CallError {
    let Refusal { code, message } = refusal;
    let says = |words: &[&str]| words.iter().any(|word| code.contains(word));
    let kind = if says(&["Throttl", "RequestLimitExceeded", "SlowDown"]) {
        ErrorKind::Throttled
    } else if says(&["NotFound", "NoSuch"]) {
        // What isn't there is something that the request names: the request is wrong.
        ErrorKind::Invalid
    } else if says(&["AlreadyExists", "Duplicate", "AlreadyOwned"]) {
        ErrorKind::AlreadyExists
    } else if says(&["DependencyViolation", "InUse", "DeleteConflict", "StateFault", "StateException"])
        || code.ends_with("State")
        || (says(&["Conflict"]) && !code.starts_with("Invalid"))
    {
        ErrorKind::Conflict
    } else if says(&["AccessDenied", "Unauthorized", "Forbidden"]) {
        ErrorKind::Denied
    } else if says(&["LimitExceeded", "Quota"]) {
        ErrorKind::Quota
    } else {
        ErrorKind::Invalid
    };
    CallError::refused(kind, &code, message)
}

/// The code of what isn't there, as EC2 words it: `InvalidVpcID.NotFound`.
pub(super) fn not_found_code(kind: &str) -> String {
    let name = kind.rsplit('.').next().unwrap_or(kind);
    let camel: String = name
        .split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect();
    let suffix = if kind.starts_with("aws.ec2.") { "ID" } else { "" };
    format!("Invalid{camel}{suffix}.NotFound")
}

/// What the call is about isn't there.
pub(super) fn not_found(key: &Key) -> CallError {
    let message = format!("{} has no {} with the id {}", key.place, key.kind, key.id);
    CallError::refused(ErrorKind::NotFound, &not_found_code(&key.kind), message)
}

/// There is no such kind here.
pub(super) fn unsupported(kind: &str) -> CallError {
    CallError::refused(ErrorKind::Unsupported, "UnknownKind", format!("the sandbox knows no kind `{kind}`"))
}

/// The request itself is wrong.
pub(super) fn invalid(message: impl Into<String>) -> CallError {
    from_refusal(Refusal::invalid(message))
}
