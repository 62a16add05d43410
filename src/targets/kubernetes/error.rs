//! What to make of an error of the Kubernetes client.
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/>

use crate::kinds::{CallError, Effect, ErrorKind};
use crate::targets::transport::{causes, never_sent};

/// The engine's view of an error: which call it was stands in the message.
pub(super) fn call_error(call: &'static str) -> impl Fn(kube::Error) -> CallError {
    move |error| match error {
        kube::Error::Api(status) => {
            // What the schema doesn't know is the manifest's fault, although the server says it is its own.
            let is_unknown_field = status.message.contains("field not declared in schema");
            let kind =
                if is_unknown_field { ErrorKind::Invalid } else { kind_of(&status.reason, status.code) };
            let wait = status.details.as_ref().map(|details| details.retry_after_seconds);
            CallError {
                kind,
                code: if status.reason.is_empty() {
                    format!("Http{}", status.code)
                } else {
                    status.reason.clone()
                },
                message: format!("{call}: {}", status.message),
                effect: if kind == ErrorKind::Transient { Effect::Unknown } else { Effect::None },
                retry_after_ms: wait.filter(|seconds| *seconds > 0).map(|seconds| u64::from(seconds) * 1000),
            }
        }
        error @ (kube::Error::SerdeError(_) | kube::Error::BuildRequest(_) | kube::Error::HttpError(_)) => {
            CallError::refused(ErrorKind::Invalid, "InvalidRequest", format!("{call}: {}", causes(&error)))
        }
        error if never_sent(&error) => {
            CallError::refused(ErrorKind::Unreachable, "Unreachable", format!("{call}: {}", causes(&error)))
        }
        error => CallError::unanswered("AnswerLost", format!("{call}: {}", causes(&error))),
    }
}

fn kind_of(reason: &str, code: u16) -> ErrorKind {
    match (reason, code) {
        ("TooManyRequests", _) | (_, 429) => ErrorKind::Throttled,
        ("AlreadyExists", _) => ErrorKind::AlreadyExists,
        ("NotFound", _) | (_, 404) => ErrorKind::NotFound,
        ("Conflict", _) | (_, 409) => ErrorKind::Conflict,
        ("Forbidden", _) | ("Unauthorized", _) | (_, 401 | 403) => ErrorKind::Denied,
        (_, 500..) => ErrorKind::Transient,
        _ => ErrorKind::Invalid,
    }
}
