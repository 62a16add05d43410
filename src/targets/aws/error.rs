//! What to make of an error of the SDK.
//! <https://docs.aws.amazon.com/general/latest/gr/api-error-codes.html>

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::kinds::{CallError, Effect, ErrorKind};
use crate::targets::transport::{causes, never_sent};

/// The engine's view of an error: which call it was stands in the message.
pub(super) fn call_error<E>(call: &'static str) -> impl Fn(SdkError<E, HttpResponse>) -> CallError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    move |error| match &error {
        SdkError::ConstructionFailure(_) => CallError::refused(
            ErrorKind::Invalid,
            "ConstructionFailure",
            format!("{call}: {}", causes(&error)),
        ),
        // It said yes, in words that the SDK doesn't understand.
        SdkError::ServiceError(answered) if answered.raw().status().is_success() => {
            CallError::unanswered("MalformedAnswer", format!("{call}: {}", causes(&error)))
        }
        SdkError::ServiceError(answered) => {
            let status = answered.raw().status().as_u16();
            // A request without a body of its own, such as HeadBucket, is refused without words.
            let code = answered.err().code().map_or_else(|| format!("Http{status}"), str::to_owned);
            let words = answered.err().message().unwrap_or("no reason was given");
            let kind = kind_of(&code, status);
            let retry_after = answered.raw().headers().get("retry-after").and_then(|text| text.parse().ok());
            CallError {
                kind,
                message: format!("{call}: {words} ({code})"),
                code,
                // A server that fails while it works may have done the work.
                effect: if kind == ErrorKind::Transient { Effect::Unknown } else { Effect::None },
                retry_after_ms: retry_after.map(|seconds: u64| seconds.saturating_mul(1000)),
            }
        }
        SdkError::DispatchFailure(_) if never_sent(&error) => {
            CallError::refused(ErrorKind::Unreachable, "Unreachable", format!("{call}: {}", causes(&error)))
        }
        SdkError::TimeoutError(_) => CallError::unanswered("Timeout", format!("{call}: {}", causes(&error))),
        _ => CallError::unanswered("AnswerLost", format!("{call}: {}", causes(&error))),
    }
}

/// The meaning of an error code; of a status where the code says nothing.
fn kind_of(code: &str, status: u16) -> ErrorKind {
    // The more particular comes first: `RequestLimitExceeded` is no quota.
    if is_throttling(code) || status == 429 {
        ErrorKind::Throttled
    } else if code.ends_with("NotFound")
        || code.ends_with("NotFoundException")
        || code.ends_with("NotFoundError")
        || code.starts_with("NoSuch")
        || status == 404
    {
        ErrorKind::NotFound
    } else if code.ends_with(".Duplicate")
        || code.contains("AlreadyExists")
        || matches!(code, "BucketAlreadyOwnedByYou" | "InvalidPermission.Duplicate")
    {
        ErrorKind::AlreadyExists
    } else if matches!(
        code,
        "DependencyViolation"
            | "ResourceInUseException"
            | "ResourceInUse"
            | "ConflictException"
            | "OperationAborted"
            | "IncorrectState"
            | "ConcurrentModification"
            | "BucketNotEmpty"
    ) || code.ends_with(".InUse")
    {
        ErrorKind::Conflict
    } else if is_quota(code) {
        ErrorKind::Quota
    } else if matches!(
        code,
        "UnauthorizedOperation"
            | "AuthFailure"
            | "InvalidClientTokenId"
            | "SignatureDoesNotMatch"
            | "UnrecognizedClientException"
            | "OptInRequired"
    ) || code.starts_with("AccessDenied")
        || code.starts_with("ExpiredToken")
        || status == 403
    {
        ErrorKind::Denied
    } else if status >= 500 || matches!(code, "RequestTimeout" | "InternalError" | "InternalFailure") {
        ErrorKind::Transient
    } else {
        ErrorKind::Invalid
    }
}

fn is_throttling(code: &str) -> bool {
    code.contains("Throttl")
        || matches!(
            code,
            "RequestLimitExceeded" | "SlowDown" | "TooManyRequestsException" | "BandwidthLimitExceeded"
        )
}

fn is_quota(code: &str) -> bool {
    code.ends_with("LimitExceeded")
        || code.ends_with("LimitExceededException")
        || matches!(code, "TooManyBuckets" | "ServiceQuotaExceededException")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_what_aws_documents() {
        for (code, status, kind) in [
            ("RequestLimitExceeded", 503, ErrorKind::Throttled),
            ("ThrottlingException", 400, ErrorKind::Throttled),
            ("SlowDown", 503, ErrorKind::Throttled),
            ("InvalidGroup.NotFound", 400, ErrorKind::NotFound),
            ("ResourceNotFoundException", 404, ErrorKind::NotFound),
            ("NoSuchBucket", 404, ErrorKind::NotFound),
            ("Http404", 404, ErrorKind::NotFound),
            ("InvalidGroup.Duplicate", 400, ErrorKind::AlreadyExists),
            ("BucketAlreadyOwnedByYou", 409, ErrorKind::AlreadyExists),
            ("DependencyViolation", 400, ErrorKind::Conflict),
            ("ResourceInUseException", 409, ErrorKind::Conflict),
            ("SecurityGroupLimitExceeded", 400, ErrorKind::Quota),
            ("ResourceLimitExceededException", 400, ErrorKind::Quota),
            ("UnauthorizedOperation", 403, ErrorKind::Denied),
            ("Http403", 403, ErrorKind::Denied),
            ("InternalError", 500, ErrorKind::Transient),
            ("Http503", 503, ErrorKind::Transient),
            ("InvalidParameterValue", 400, ErrorKind::Invalid),
        ] {
            assert_eq!(kind_of(code, status), kind, "{code}");
        }
    }
}
