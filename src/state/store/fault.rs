//! What goes wrong with stores over the network, in words that say what to do.
//!
//! What a service answers is never passed on as it is: only its own name of the error is, because
//! the rest may hold what was signed or asked for.

use std::error::Error as _;

use super::Service;

/// Why a service didn't do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.told().what)]
pub struct StoreFault {
    pub service: Service,
    pub bucket: String,
    pub kind: FaultKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// There is no such bucket.
    NoBucket,
    /// We may not.
    Denied {
        code: String,
    },
    /// It doesn't believe who we are.
    NotAccepted {
        code: String,
    },
    /// There is nobody whom we could be.
    NoCredentials {
        reason: String,
    },
    /// The bucket is in another region than was said.
    OtherRegion {
        said: Option<String>,
        is: Option<String>,
    },
    /// Nobody answers, or not in time, or not to the end.
    NoAnswer {
        host: String,
        reason: String,
    },
    /// It has too much to do, or is broken for the moment.
    Busy {
        code: String,
    },
    /// It puts objects where others are, although it is asked not to.
    Overwrites {
        store: String,
    },
    Other {
        status: u16,
        code: String,
    },
}

/// A fault in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub what: String,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
}

/// What is wrong, as people should read it.
#[must_use]
pub fn told(error: &object_store::Error) -> Told {
    match fault(error) {
        Some(fault) => fault.told(),
        None => Told { what: error.to_string(), hint: None },
    }
}

/// Whether another try would be answered in the same way.
#[must_use]
pub fn is_lasting(error: &object_store::Error) -> bool {
    match fault(error).map(|fault| &fault.kind) {
        Some(FaultKind::NoAnswer { .. } | FaultKind::Busy { .. } | FaultKind::Other { .. }) => false,
        Some(_) => true,
        None => matches!(
            error,
            object_store::Error::InvalidPath { .. }
                | object_store::Error::NotSupported { .. }
                | object_store::Error::NotImplemented { .. }
                | object_store::Error::PermissionDenied { .. }
                | object_store::Error::Unauthenticated { .. }
                | object_store::Error::UnknownConfigurationKey { .. }
        ),
    }
}

/// Whether it shows that a store keeps no two writers apart: then even what was written doesn't count.
#[must_use]
pub fn fences_nobody(error: &object_store::Error) -> bool {
    matches!(fault(error), Some(StoreFault { kind: FaultKind::Overwrites { .. }, .. }))
}

/// The fault that is behind an error of a store.
fn fault(error: &object_store::Error) -> Option<&StoreFault> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(fault) = error.downcast_ref() {
            return Some(fault);
        }
        source = error.source();
    }
    None
}

impl StoreFault {
    fn told(&self) -> Told {
        let Self { service, bucket, kind } = self;
        let container = service.container();
        let (what, hint) = match kind {
            FaultKind::NoBucket => (
                format!("there is no {container} `{bucket}`"),
                format!("Make the {container}, or put right what `state` says in the environment's file"),
            ),
            FaultKind::Denied { code } => {
                let rights = match service {
                    Service::S3 => "s3:ListBucket, s3:GetObject and s3:PutObject",
                    Service::GoogleCloudStorage => "storage.objects.list, .get, .create and .delete",
                    Service::AzureBlobStorage => "the role Storage Blob Data Contributor",
                };
                (
                    format!("{service} refuses access to the {container} `{bucket}` ({code})"),
                    format!("Check who you are, and that you have {rights} there"),
                )
            }
            FaultKind::NotAccepted { code } => (
                format!("{service} doesn't accept the credentials ({code})"),
                "Renew them, as by `aws sso login`, and check the clock of this machine".to_owned(),
            ),
            FaultKind::NoCredentials { reason } => {
                let hint = match service {
                    Service::S3 => {
                        "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role"
                    }
                    Service::GoogleCloudStorage => {
                        "Run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS"
                    }
                    Service::AzureBlobStorage => {
                        "Set AZURE_STORAGE_ACCOUNT_KEY, or AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET"
                    }
                };
                (format!("there are no credentials for {service} ({reason})"), hint.to_owned())
            }
            FaultKind::OtherRegion { said, is } => {
                let said = said.as_ref().map_or_else(String::new, |said| format!(", not in {said}"));
                match is {
                    Some(is) => (
                        format!("the {container} `{bucket}` is in {is}{said}"),
                        format!("Say `region: {is}` beside `url` in the environment's `state`"),
                    ),
                    None => (
                        format!("the {container} `{bucket}` is in another region{said}"),
                        "Say its own region in the environment's `state`".to_owned(),
                    ),
                }
            }
            FaultKind::NoAnswer { host, reason } => (
                format!("{service} doesn't answer at {host} ({reason})"),
                "Check the endpoint, the region and your way to it, and run the command again".to_owned(),
            ),
            FaultKind::Busy { code } => (
                format!("{service} can't answer at the moment ({code})"),
                "Run the command again in a while".to_owned(),
            ),
            FaultKind::Overwrites { store } => (
                format!(
                    "the store `{store}` has put an object where one was, although it was asked not to \
                     (`If-None-Match: *`)"
                ),
                "State can't be kept there: of two runs at once both would record, and neither would know. Use a store \
                 that keeps conditional writes, or a version of this one that does; `ninefold state migrate` moves \
                 what is kept already"
                    .to_owned(),
            ),
            FaultKind::Other { status, code } => {
                return Told { what: format!("{service} answers {status} {code}"), hint: None };
            }
        };
        Told { what, hint: Some(hint) }
    }

    /// What an answer of the store's own host means; nothing where the caller has to decide.
    #[cfg(feature = "stores")]
    pub(super) fn of_answer(answer: &Answer<'_>, region: Option<&str>) -> Option<FaultKind> {
        let code = answer.code();
        let said = region.map(str::to_owned);
        Some(match (answer.status, code) {
            (404, "NoSuchBucket" | "ContainerNotFound") => FaultKind::NoBucket,
            // There is no such object, there is one, or two wrote it at once.
            (200..=299 | 304 | 404 | 409 | 412, _) => return None,
            (300..=399, _) | (400, "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
                FaultKind::OtherRegion { said, is: answer.region() }
            }
            (
                _,
                "InvalidAccessKeyId"
                | "SignatureDoesNotMatch"
                | "ExpiredToken"
                | "InvalidToken"
                | "TokenRefreshRequired"
                | "RequestTimeTooSkewed"
                | "AuthenticationFailed"
                | "InvalidAuthenticationInfo",
            )
            | (401, _) => FaultKind::NotAccepted { code: code.to_owned() },
            (403, _) => FaultKind::Denied { code: code.to_owned() },
            (408 | 429 | 500..=599, _) => FaultKind::Busy { code: code.to_owned() },
            (status, _) => FaultKind::Other { status, code: code.to_owned() },
        })
    }
}

/// What is read of an answer that isn't a success.
#[cfg(feature = "stores")]
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub status: u16,
    /// The header in which S3 names the bucket's region.
    pub region: Option<&'a str>,
    /// The header in which Azure names the error.
    pub code: Option<&'a str>,
    pub text: &'a str,
}

#[cfg(feature = "stores")]
impl Answer<'_> {
    /// The service's own name of the error.
    fn code(&self) -> &str {
        let code = self.code.or_else(|| self.element("Code")).unwrap_or_default();
        let is_name = code.len() <= 64 && code.chars().all(|c| c.is_ascii_alphanumeric());
        if is_name && !code.is_empty() { code } else { "without a reason" }
    }

    fn region(&self) -> Option<String> {
        let region = self.region.or_else(|| self.element("Region"))?;
        let is_name = region.len() <= 32 && region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        (is_name && !region.is_empty()).then(|| region.to_owned())
    }

    /// The text of the first XML element of a name.
    fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(text, _)| text)
    }
}

#[cfg(all(test, feature = "stores"))]
mod tests {
    use super::*;

    fn kind(status: u16, text: &str) -> Option<FaultKind> {
        let answer = Answer { status, region: None, code: None, text };
        StoreFault::of_answer(&answer, Some("eu-west-1"))
    }

    fn words(kind: FaultKind) -> String {
        let told = StoreFault { service: Service::S3, bucket: "states".into(), kind }.told();
        format!("{}. {}", told.what, told.hint.unwrap_or_default())
    }

    #[test]
    fn answers_are_told_apart() {
        let error = |code: &str| {
            format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>secret</Message></Error>")
        };
        for (status, code, expected) in [
            (404, "NoSuchBucket", "there is no bucket `states`"),
            (403, "AccessDenied", "S3 refuses access to the bucket `states` (AccessDenied)"),
            (403, "SignatureDoesNotMatch", "doesn't accept the credentials (SignatureDoesNotMatch)"),
            (400, "ExpiredToken", "doesn't accept the credentials (ExpiredToken)"),
            (503, "SlowDown", "can't answer at the moment (SlowDown)"),
            (301, "PermanentRedirect", "is in another region, not in eu-west-1"),
            (418, "Teapot", "S3 answers 418 Teapot"),
        ] {
            let text = words(kind(status, &error(code)).unwrap());
            assert!(text.contains(expected), "{status} {code}: {text}");
            assert!(!text.contains("secret") && !text.contains('<'), "{text}");
        }
        for (status, code) in
            [(404, "NoSuchKey"), (409, "ConditionalRequestConflict"), (412, "PreconditionFailed"), (200, "")]
        {
            assert_eq!(kind(status, &error(code)), None, "{status} {code}");
        }
    }

    #[test]
    fn the_region_is_read_where_it_is_said() {
        let text = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-north-1</Region></Error>";
        let told = words(kind(400, text).unwrap());
        assert!(
            told.starts_with(
                "the bucket `states` is in eu-north-1, not in eu-west-1. Say `region: eu-north-1`"
            ),
            "{told}"
        );
        let answer = Answer { status: 301, region: Some("us-west-2"), code: None, text: "" };
        let is = Some("us-west-2".to_owned());
        assert_eq!(StoreFault::of_answer(&answer, None), Some(FaultKind::OtherRegion { said: None, is }));
    }

    #[test]
    fn what_isnt_a_name_is_not_passed_on() {
        let told = words(kind(403, "<Code>AKIA <b> text</Code>").unwrap());
        assert!(told.contains("(without a reason)"), "{told}");
        assert!(words(kind(403, "not XML at all").unwrap()).contains("(without a reason)"));
    }
}
