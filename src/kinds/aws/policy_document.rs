//! The rules for policy documents, which roles, policies, keys, buckets, secrets and endpoints
//! share. It knows the language, not which actions or resources there are.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

mod condition;
mod form;
mod principal;
mod statement;

pub use form::canonical;

use crate::kinds::Finding;
use crate::model::{FieldPath, Json, closest};

/// The version of the language: with the older one, variables such as `${aws:username}` are text.
const VERSION: &str = "2012-10-17";

/// What a policy document is for: this decides which elements it needs and how long it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// Who may assume a role.
    Trust,
    /// A managed policy.
    Managed,
    /// An inline policy of a role.
    Inline,
    /// A policy on a bucket.
    Bucket,
    /// A policy on a key.
    Key,
    /// A policy on a secret.
    Secret,
    /// A policy on a topic.
    Topic,
    /// A policy on a VPC endpoint.
    Endpoint,
    /// A policy on a vault of backups.
    Vault,
    /// A policy on a repository of images.
    Repository,
    /// A policy on a queue.
    Queue,
}

impl Usage {
    /// Whether it says what its holder may do, rather than who may do something.
    fn is_identity(self) -> bool {
        matches!(self, Usage::Managed | Usage::Inline)
    }

    /// Whether it is about what holds it alone, so that its statements name no resource.
    fn is_about_its_holder(self) -> bool {
        matches!(self, Usage::Trust | Usage::Repository)
    }

    /// The only service whose actions make sense in it.
    fn service(self) -> Option<&'static str> {
        match self {
            Usage::Trust => Some("sts"),
            Usage::Bucket => Some("s3"),
            Usage::Key => Some("kms"),
            Usage::Secret => Some("secretsmanager"),
            Usage::Topic => Some("sns"),
            Usage::Vault => Some("backup"),
            Usage::Repository => Some("ecr"),
            Usage::Queue => Some("sqs"),
            Usage::Managed | Usage::Inline | Usage::Endpoint => None,
        }
    }

    /// How many characters it may have. IAM doesn't count white space, and the others get the
    /// document without any.
    fn max_length(self) -> usize {
        match self {
            // An account has 2,048 until it asks for more; this is the most it can get.
            Usage::Trust => 8_192,
            Usage::Managed => 6_144,
            // <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html>
            Usage::Queue => 8_192,
            Usage::Inline | Usage::Repository => 10_240,
            Usage::Bucket | Usage::Secret | Usage::Endpoint | Usage::Vault => 20_480,
            Usage::Key => 32_768,
            Usage::Topic => 30_720,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Usage::Trust => "a trust policy",
            Usage::Managed => "a managed policy",
            Usage::Inline => "an inline policy",
            Usage::Bucket => "a bucket policy",
            Usage::Key => "a key policy",
            Usage::Secret => "a secret's policy",
            Usage::Topic => "a topic's policy",
            Usage::Endpoint => "an endpoint policy",
            Usage::Vault => "a vault's policy",
            Usage::Repository => "a repository's policy",
            Usage::Queue => "a queue's policy",
        }
    }
}

/// What is wrong with the document at a path of a spec, such as `inline_policies["read"]`.
///
/// # Panics
/// When `path` isn't one, as [`Finding::on`].
#[must_use]
pub fn findings(path: &str, document: &Json, what: Usage) -> Vec<Finding> {
    findings_at(&path.parse().expect("a kind names its own fields"), document, what)
}

/// The same for a path that is one already, such as that of an element of a map.
#[must_use]
pub fn findings_at(path: &FieldPath, document: &Json, what: Usage) -> Vec<Finding> {
    let Json::Object(document) = document else {
        let finding = Finding::at(path.clone(), format!("`{path}` should be a policy document: a map"));
        return vec![match document {
            Json::String(_) => finding.help("write the document as YAML, not as a text that holds JSON"),
            _ => finding,
        }];
    };
    let mut checker = Checker { what, findings: Vec::new() };
    checker.known_keys(document, &["Version", "Id", "Statement"], path);
    match document.get("Version").map(Json::as_str) {
        Some(Some(VERSION)) => {}
        Some(_) => checker
            .fault(&path.key("Version"), "`Version` is the version of the language, not of the document")
            .help_last(format!("write `Version: \"{VERSION}\"`")),
        None => checker
            .fault(path, "`Version` is missing in the policy document")
            .help_last(format!("write `Version: \"{VERSION}\"`: without it, variables such as ${{aws:username}} are taken as text")),
    }
    if document.get("Id").is_some_and(|id| !id.is_string()) {
        checker.fault(&path.key("Id"), "`Id` should be a string");
    }
    checker.statements(document.get("Statement"), path);
    checker.size(document, path);
    checker.findings
}

/// The text of a document as it is sent: without white space, with its keys in order.
#[must_use]
pub fn compact(document: &Json) -> String {
    document.to_string()
}

/// How long documents are as IAM counts them.
#[must_use]
pub fn length<'a>(documents: impl IntoIterator<Item = &'a Json>) -> usize {
    documents
        .into_iter()
        .map(|document| compact(document).chars().filter(|c| !c.is_whitespace()).count())
        .sum()
}

/// Whether any statement gives a principal a right: used where a policy could lock everybody out.
#[must_use]
pub fn allows(document: &Json, action: &str) -> bool {
    one_or_many(document.get("Statement")).iter().any(|statement| {
        statement["Effect"] == "Allow"
            && one_or_many(statement.get("Action"))
                .iter()
                .filter_map(|pattern| pattern.as_str())
                .any(|pattern| matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase()))
    })
}

/// Whether a text matches a pattern of `*` and `?`.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = &pattern[1..];
            text.char_indices().map(|(at, _)| &text[at..]).chain([""]).any(|tail| matches(rest, tail))
        }
        Some(wanted) => {
            let mut chars = text.chars();
            chars.next().is_some_and(|c| wanted == '?' || wanted == c)
                && matches(&pattern[wanted.len_utf8()..], chars.as_str())
        }
    }
}

/// The elements of what may be one or a list of several.
fn one_or_many(value: Option<&Json>) -> Vec<&Json> {
    match value {
        None => Vec::new(),
        Some(Json::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    }
}

/// The elements of what may be one or a list of several, each with its path.
fn elements<'a>(value: &'a Json, path: &FieldPath) -> Vec<(FieldPath, &'a Json)> {
    match value {
        Json::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (path.index(index), item)).collect()
        }
        one => vec![(path.clone(), one)],
    }
}

/// Collects what is wrong with one document.
struct Checker {
    what: Usage,
    findings: Vec<Finding>,
}

impl Checker {
    fn fault(&mut self, path: &FieldPath, message: impl Into<String>) -> &mut Self {
        self.findings.push(Finding::at(path.clone(), message));
        self
    }

    /// Says what to do about the fault that was found last.
    fn help_last(&mut self, help: impl Into<String>) {
        if let Some(last) = self.findings.last_mut() {
            last.help = Some(help.into());
        }
    }

    /// Keys are compared with their case: AWS refuses `statement`.
    fn known_keys(&mut self, map: &serde_json::Map<String, Json>, allowed: &[&str], path: &FieldPath) {
        for key in map.keys().filter(|key| !allowed.contains(&key.as_str())) {
            let close = allowed
                .iter()
                .copied()
                .find(|name| name.eq_ignore_ascii_case(key))
                .or_else(|| closest(key, allowed.iter().copied()));
            self.fault(&path.key(key), format!("`{key}` is no element of a policy document here"));
            self.help_last(match close {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("the elements are {}", allowed.join(", ")),
            });
        }
    }

    fn statements(&mut self, statements: Option<&Json>, path: &FieldPath) {
        let Some(statements) = statements else {
            self.fault(path, "`Statement` is missing in the policy document");
            return;
        };
        let path = path.key("Statement");
        if statements.as_array().is_some_and(Vec::is_empty) {
            self.fault(&path, "`Statement` is empty: a policy document needs one statement at least");
        }
        let mut sids = std::collections::BTreeSet::new();
        for (path, statement) in elements(statements, &path) {
            let Json::Object(statement) = statement else {
                self.fault(&path, "a statement should be a map");
                continue;
            };
            self.statement(statement, &path);
            if let Some(sid) = statement.get("Sid").and_then(Json::as_str)
                && !sid.is_empty()
                && !sids.insert(sid)
            {
                self.fault(&path.key("Sid"), format!("two statements have the `Sid` {sid:?}"));
            }
        }
    }

    fn size(&mut self, document: &serde_json::Map<String, Json>, path: &FieldPath) {
        let document = Json::Object(document.clone());
        let (length, most) = (length([&document]), self.what.max_length());
        if length > most {
            let name = self.what.name();
            self.fault(path, format!("`{path}` has {length} characters, where {name} may have {most}"));
        }
        let text = compact(&document);
        let is_allowed = |c: char| matches!(c, '\u{9}' | '\u{A}' | '\u{D}' | '\u{20}'..='\u{FF}');
        if let Some(wrong) = text.chars().find(|c| !is_allowed(*c)) {
            self.fault(path, format!("`{path}` contains {wrong:?}, which policy documents can't hold"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    pub(super) fn faults(document: &Json, what: Usage) -> Vec<String> {
        findings("policy", document, what)
            .into_iter()
            .map(|f| format!("{}: {} ({})", f.paths[0], f.message, f.help.unwrap_or_default()))
            .collect()
    }

    pub(super) fn of(statement: Json) -> Json {
        json!({"Version": VERSION, "Statement": [statement]})
    }

    #[test]
    fn what_aws_itself_suggests_is_fine() {
        let trust = json!({"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"]});
        assert_eq!(faults(&of(trust), Usage::Trust), Vec::<String>::new());
        let federated = json!({"Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/A"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"oidc.eks.us-east-1.amazonaws.com/id/A:aud": "sts.amazonaws.com"}}});
        assert_eq!(faults(&of(federated), Usage::Trust), Vec::<String>::new());
        let identity = json!({"Sid": "Read", "Effect": "Allow", "Action": ["s3:Get*", "s3:ListBucket"],
            "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/${aws:username}/*"],
            "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:PrincipalTag/a": ["x", "y"]}, "Bool": {"aws:SecureTransport": true}}});
        assert_eq!(faults(&of(identity.clone()), Usage::Managed), Vec::<String>::new());
        assert_eq!(faults(&of(identity), Usage::Inline), Vec::<String>::new());
        let key = json!({"Sid": "Enable IAM User Permissions", "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"});
        assert_eq!(faults(&of(key), Usage::Key), Vec::<String>::new());
        let bucket = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": "arn:aws:s3:::bucket/*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
        assert_eq!(faults(&of(bucket), Usage::Bucket), Vec::<String>::new());
        let endpoint = json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"});
        assert_eq!(faults(&of(endpoint), Usage::Endpoint), Vec::<String>::new());
        let secret = json!({"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::123456789012:role/a"]},
            "Action": "secretsmanager:GetSecretValue", "Resource": "*"});
        assert_eq!(faults(&of(secret), Usage::Secret), Vec::<String>::new());
    }

    #[test]
    fn the_frame_of_a_document_is_checked() {
        let fine = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let one = |document: Json, fault: &str| {
            let faults = faults(&document, Usage::Managed);
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].contains(fault), "{faults:?}");
        };
        assert_eq!(
            faults(&json!({"Version": VERSION, "Id": "x", "Statement": fine}), Usage::Managed),
            Vec::<String>::new()
        );
        one(json!("{}"), "not as a text");
        one(json!([]), "should be a policy document");
        one(json!({"Statement": fine}), "`Version` is missing");
        one(json!({"Version": "2008-10-17", "Statement": fine}), "policy.Version");
        one(json!({"Version": 1, "Statement": fine}), "2012-10-17");
        one(json!({"Version": VERSION, "Id": 1, "Statement": fine}), "policy.Id");
        one(json!({"Version": VERSION, "Statement": fine, "statement": []}), "did you mean `Statement`");
        one(json!({"Version": VERSION}), "`Statement` is missing");
        one(json!({"Version": VERSION, "Statement": []}), "is empty");
        one(
            json!({"Version": VERSION, "Statement": ["x"]}),
            "policy.Statement[0]: a statement should be a map",
        );
        let twice = json!({"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*"});
        one(
            json!({"Version": VERSION, "Statement": [twice, twice]}),
            "policy.Statement[1].Sid: two statements",
        );
        let mut odd = fine.clone();
        odd["Resource"] = json!("arn:aws:s3:::b/\u{20ac}");
        one(of(odd), "'€'");
    }

    #[test]
    fn each_usage_has_its_size() {
        for (what, most) in [(Usage::Managed, 6_144), (Usage::Inline, 10_240)] {
            let of_length = |n: usize| {
                let frame =
                    length([&of(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::"}))]);
                of(
                    json!({"Effect": "Allow", "Action": "*", "Resource": format!("arn:aws:s3:::{}", "b".repeat(n - frame))}),
                )
            };
            assert_eq!(faults(&of_length(most), what), Vec::<String>::new());
            let faults = faults(&of_length(most + 1), what);
            assert!(faults.len() == 1 && faults[0].contains(&format!("may have {most}")), "{faults:?}");
        }
    }

    #[test]
    fn patterns_match_as_iam_matches_them() {
        let policy = |action: Json| {
            of(json!({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"}))
        };
        for action in [json!("kms:*"), json!("kms:put*"), json!(["a:b", "kms:PutKeyPolic?"]), json!("*")] {
            assert!(allows(&policy(action.clone()), "kms:PutKeyPolicy"), "{action}");
        }
        for action in [json!("kms:Put"), json!("kms:Get*"), json!("kms:PutKeyPolicy?")] {
            assert!(!allows(&policy(action.clone()), "kms:PutKeyPolicy"), "{action}");
        }
        let deny = of(json!({"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}));
        assert!(!allows(&deny, "kms:PutKeyPolicy"));
    }
}
