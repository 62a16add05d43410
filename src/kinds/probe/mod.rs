//! What checks ask: the question of each probe with its type, its rules and its bound.
//!
//! Only the asking is not here: targets answer what is theirs, and `checks/` judges the answer.

mod attribute;
mod bound;
mod dns;
mod estimate;
mod figure;
mod http;
mod job;
mod kubernetes;
mod measure;
mod promql;
mod sql;
#[cfg(test)]
mod testing;
mod tls;
mod unit;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

pub use attribute::AttributeQuestion;
pub use bound::{Bound, BoundError, Comparison};
pub use dns::DnsQuestion;
pub use estimate::EstimateQuestion;
pub use figure::Figure;
pub use http::HttpQuestion;
pub use job::JobQuestion;
pub use kubernetes::{KubernetesQuestion, Nodes, Workload};
pub use promql::PromqlQuestion;
pub use sql::SqlQuestion;
pub use tls::TlsQuestion;
pub use unit::{Dimension, Unit};

use super::{AnyKind, Field, Finding};
use crate::model::{FieldPath, Json, Value};

/// The probes that a check can ask.
pub const NAMES: [&str; 9] =
    ["attribute", "dns", "estimate", "http", "job", "kubernetes", "promql", "sql", "tls"];

/// A question, as its probe reads it.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    Attribute(AttributeQuestion),
    Dns(DnsQuestion),
    Estimate(EstimateQuestion),
    Http(HttpQuestion),
    Job(JobQuestion),
    Kubernetes(KubernetesQuestion),
    Promql(PromqlQuestion),
    Sql(SqlQuestion),
    Tls(TlsQuestion),
}

/// What every probe's question can do.
trait Ask: JsonSchema + DeserializeOwned {
    /// What is wrong with it beyond what its types say.
    fn validate(&self) -> Vec<Finding>;

    /// The text of its bound.
    fn bound(&self) -> Option<&str>;
}

/// A probe without its type.
struct Entry {
    schema: Field,
    json_schema: Json,
    parse: fn(&Json) -> Result<Question, String>,
}

static ENTRIES: LazyLock<BTreeMap<&'static str, Entry>> = LazyLock::new(|| {
    fn entry<Q: Ask>(parse: fn(&Json) -> Result<Question, String>) -> Entry {
        Entry { schema: Field::of::<Q>(), json_schema: super::schema::json_schema::<Q>(), parse }
    }
    fn typed<Q: Ask>(json: &Json) -> Result<Q, String> {
        serde_json::from_value(json.clone()).map_err(|error| error.to_string())
    }
    BTreeMap::from([
        ("attribute", entry::<AttributeQuestion>(|json| typed(json).map(Question::Attribute))),
        ("dns", entry::<DnsQuestion>(|json| typed(json).map(Question::Dns))),
        ("estimate", entry::<EstimateQuestion>(|json| typed(json).map(Question::Estimate))),
        ("http", entry::<HttpQuestion>(|json| typed(json).map(Question::Http))),
        ("job", entry::<JobQuestion>(|json| typed(json).map(Question::Job))),
        ("kubernetes", entry::<KubernetesQuestion>(|json| typed(json).map(Question::Kubernetes))),
        ("promql", entry::<PromqlQuestion>(|json| typed(json).map(Question::Promql))),
        ("sql", entry::<SqlQuestion>(|json| typed(json).map(Question::Sql))),
        ("tls", entry::<TlsQuestion>(|json| typed(json).map(Question::Tls))),
    ])
});

impl Question {
    /// Reads a question whose parts are all known.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(probe: &str, question: &Json) -> Result<Self, String> {
        let entry = ENTRIES.get(probe).ok_or_else(|| format!("there is no probe `{probe}`"))?;
        let question = (entry.parse)(question)?;
        match question.ask().validate().into_iter().next() {
            Some(finding) => Err(finding.message),
            None => Ok(question),
        }
    }

    fn ask(&self) -> &dyn DynAsk {
        match self {
            Question::Attribute(question) => question,
            Question::Dns(question) => question,
            Question::Estimate(question) => question,
            Question::Http(question) => question,
            Question::Job(question) => question,
            Question::Kubernetes(question) => question,
            Question::Promql(question) => question,
            Question::Sql(question) => question,
            Question::Tls(question) => question,
        }
    }

    /// The bound that decides what was measured; `None` where the probe itself says whether it is
    /// so.
    #[must_use]
    pub fn bound(&self) -> Option<Bound> {
        // `parse` has refused a bound that isn't one.
        self.ask().bound()?.parse().ok()
    }

    /// What a healthy world answers in the sandbox, in the unit of the question where it has one.
    #[must_use]
    pub fn simulated(&self) -> Option<Figure> {
        let text = match self {
            Question::Job(question) => question.simulated.as_deref(),
            Question::Promql(question) => question.simulated.as_deref(),
            _ => None,
        };
        let figure: Figure = text?.parse().ok()?;
        Some(self.unit().and_then(|unit| figure.converted_to(Some(unit))).unwrap_or(figure))
    }

    /// The unit of a figure whose source doesn't say one.
    #[must_use]
    pub fn unit(&self) -> Option<Unit> {
        match self {
            Question::Attribute(question) => question.unit,
            Question::Job(question) => question.unit,
            Question::Promql(question) => question.unit,
            _ => None,
        }
    }
}

/// [`Ask`] of a question of any type.
trait DynAsk {
    fn validate(&self) -> Vec<Finding>;
    fn bound(&self) -> Option<&str>;
}

impl<Q: Ask> DynAsk for Q {
    fn validate(&self) -> Vec<Finding> {
        Ask::validate(self)
    }

    fn bound(&self) -> Option<&str> {
        Ask::bound(self)
    }
}

/// The field of a probe that refers to a resource as a whole: it isn't part of the question, but of
/// where it is asked.
#[must_use]
pub fn subject_field(probe: &str) -> Option<&'static str> {
    match probe {
        "kubernetes" | "job" | "promql" => Some("cluster"),
        "attribute" => Some("of"),
        _ => None,
    }
}

/// Whether a probe can be asked without its subject: a Prometheus needn't run in a cluster of ours.
#[must_use]
pub fn needs_subject(probe: &str) -> bool {
    probe != "promql" && subject_field(probe).is_some()
}

/// The fields of a probe's question.
#[must_use]
pub fn schema(probe: &str) -> Option<&'static Field> {
    ENTRIES.get(probe).map(|entry| &entry.schema)
}

/// The JSON Schema of what stands below a probe's name in a workspace.
#[must_use]
pub fn json_schema(probe: &str) -> Option<Json> {
    let mut schema = ENTRIES.get(probe)?.json_schema.clone();
    if let Some(subject) = subject_field(probe) {
        let description = "The resource that it is about, as \"{{ name[each.key] }}\".";
        schema["properties"][subject] = serde_json::json!({ "type": "string", "description": description });
        match schema.get_mut("required").and_then(Json::as_array_mut) {
            _ if !needs_subject(probe) => {}
            Some(required) => required.push(subject.into()),
            None => schema["required"] = serde_json::json!([subject]),
        }
    }
    Some(schema)
}

/// Everything in a question that doesn't fit its probe. `subject` is the kind of the resource whose
/// attribute it asks for.
#[must_use]
pub fn findings(probe: &str, question: &Value, subject: Option<&dyn AnyKind>) -> Vec<Finding> {
    let Some(entry) = ENTRIES.get(probe) else {
        let names = NAMES.join(", ");
        let message = format!("there is no probe `{probe}`");
        return vec![Finding::at(FieldPath::root(), message).help(format!("probes are {names}"))];
    };
    if question.is_sensitive() {
        // What a check asks is kept with its evidence, and shown.
        return vec![
            Finding::at(FieldPath::root(), format!("the question of a `{probe}` check can't hold secrets"))
                .help("leave the sensitive value out of it"),
        ];
    }
    let mut findings = Vec::new();
    entry.schema.check(question, &FieldPath::root(), &mut findings);
    if !findings.is_empty() {
        return findings;
    }
    match (entry.parse)(&entry.schema.complete(question)) {
        Ok(parsed) => findings.extend(parsed.ask().validate()),
        Err(message) => findings.push(Finding::at(FieldPath::root(), message)),
    }
    if let (Some(kind), Some(Value::String(path))) = (subject, question.get("attribute")) {
        findings.extend(attribute::findings(path, kind));
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::testing::messages;
    use super::*;

    #[test]
    fn every_probe_has_a_schema_and_a_type() {
        assert_eq!(ENTRIES.keys().copied().collect::<Vec<_>>(), NAMES);
        for name in NAMES {
            assert!(schema(name).unwrap().fields().is_some_and(|fields| !fields.is_empty()), "{name}");
            let schema = json_schema(name).unwrap();
            assert_eq!(schema["additionalProperties"], json!(false), "{name}");
            if let Some(subject) = subject_field(name) {
                assert!(schema["properties"][subject].is_object(), "{name}");
                let is_required = schema["required"].as_array().unwrap().contains(&json!(subject));
                assert_eq!(is_required, needs_subject(name), "{name}");
            }
        }
    }

    #[test]
    fn a_misspelt_field_is_named_with_what_was_meant() {
        let value = Value::from_json(&json!({ "url": "https://a.test", "mesure": "latency" }));
        let findings = findings("http", &value, None);
        assert_eq!(findings[0].message, "`mesure` is no field of spec");
        assert_eq!(findings[0].help.as_deref(), Some("did you mean `measure`?"));
    }

    #[test]
    fn what_is_not_known_yet_is_not_judged() {
        let mut map = BTreeMap::new();
        map.insert("url".into(), Value::Unknown(crate::model::Unknown::new(vec!["x".into()])));
        map.insert("measure".into(), Value::string("latency"));
        map.insert("bound".into(), Value::string("fast"));
        let found = findings("http", &Value::Map(map), None);
        assert_eq!(found.iter().filter(|finding| finding.message.contains("`fast`")).count(), 1, "{found:?}");
    }

    #[test]
    fn questions_hold_no_secrets() {
        let question = Value::Map([("url".into(), Value::string("x").into_sensitive())].into());
        let found = findings("http", &question, None);
        assert_eq!(found[0].message, "the question of a `http` check can't hold secrets");
    }

    #[test]
    fn an_unknown_probe_is_refused() {
        assert_eq!(messages("ping", &json!({})), ["there is no probe `ping`"]);
        assert!(Question::parse("ping", &json!({})).is_err());
    }
}
