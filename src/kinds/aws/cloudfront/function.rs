//! `aws.cloudfront.function`: a few lines of JavaScript that run at the edge.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// A few lines of JavaScript that see each request of a reader, or each answer to one.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateFunction.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in the account.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{1,64}$"), extend("x-immutable" = true))]
    pub name: String,
    /// What it is for, and what it runs on.
    pub function_config: FunctionConfig,
    /// The code: JavaScript with a function `handler(event)`.
    #[schemars(length(min = 1))]
    pub function_code: String,
    /// Whether each change goes live; otherwise it can be tested only. Ours: it is a call of its own.
    #[schemars(extend("default" = true, "x-write-only" = true))]
    pub publish: Option<bool>,
}

/// What a function is for, and what it runs on.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_FunctionConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionConfig {
    /// What it is for.
    #[schemars(length(max = 128), extend("default" = ""))]
    pub comment: Option<String>,
    /// The version of its language.
    pub runtime: Runtime,
    /// The ARN of the store that it reads from: one at most.
    #[schemars(length(max = 1), extend("x-collection" = "set"))]
    pub key_value_store_associations: Option<Vec<String>>,
}

/// A version of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Runtime {
    #[serde(rename = "cloudfront-js-1.0")]
    Js1,
    #[serde(rename = "cloudfront-js-2.0")]
    Js2,
}

/// A function as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// `LIVE`, or `DEVELOPMENT` while it has never been published.
    pub stage: String,
}

/// The kind itself.
pub struct Function;

/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>
const MOST_BYTES: usize = 10_240;

impl Kind for Function {
    const TYPE: &'static str = "aws.cloudfront.function";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        let bytes = spec.function_code.len();
        if bytes > MOST_BYTES {
            findings.push(Finding::on(
                "function_code",
                format!("the code has {bytes} bytes, where {MOST_BYTES} are allowed"),
            ));
        }
        if !spec.function_code.contains("handler") {
            findings.push(
                Finding::on("function_code", "the code has no function `handler`")
                    .help("it starts like `function handler(event) {`"),
            );
        }
        let stores = spec.function_config.key_value_store_associations.as_deref().unwrap_or_default();
        if spec.function_config.runtime == Runtime::Js1 && !stores.is_empty() {
            findings.push(
                Finding::on(
                    "function_config.key_value_store_associations",
                    "only cloudfront-js-2.0 reads from stores",
                )
                .and("function_config.runtime"),
            );
        }
        for store in stores {
            let is_store = store.starts_with("arn:aws:cloudfront::") && store.contains(":key-value-store/");
            if !is_store {
                findings.push(Finding::on(
                    "function_config.key_value_store_associations",
                    format!("{store:?} is no ARN of a key value store"),
                ));
            }
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let stage = if spec.publish == Some(false) { "DEVELOPMENT" } else { "LIVE" };
        Profile::seconds(5, 10, 3)
            .visible_after(30)
            .computes("id", "{spec.name}")
            .computes("arn", "arn:aws:cloudfront::{account}:function/{id}")
            .computes("stage", stage)
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, .. } if super::is_taken(cloud, Self::TYPE, &spec.name, None) => {
                Err(Refusal::new(
                    "FunctionAlreadyExists",
                    format!("A function with the name {} already exists.", spec.name),
                ))
            }
            _ => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let is_name = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if is_name {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` is no name of a function, such as `index-pages`"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "cloudfront:CreateFunction",
            "cloudfront:DeleteFunction",
            "cloudfront:DescribeFunction",
            "cloudfront:GetFunction",
            "cloudfront:ListFunctions",
            "cloudfront:PublishFunction",
            "cloudfront:UpdateFunction",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::model::Json;

    fn function() -> Json {
        json!({
            "name": "index-pages",
            "function_config": {"runtime": "cloudfront-js-2.0"},
            "function_code": "function handler(event) { return event.request; }",
        })
    }

    #[test]
    fn code_is_short_and_has_a_handler() {
        let long = format!("function handler(event) {{ {} }}", ";".repeat(MOST_BYTES));
        let store = "arn:aws:cloudfront::123456789012:key-value-store/1234abcd-12ab-34cd-56ef-1234567890ab";
        let stores = "/function_config/key_value_store_associations";
        assert_rules::<Function>(
            &function(),
            &[
                (&[("/name", json!("index pages"))], "doesn't match"),
                (&[("/function_code", json!(long))], "where 10240 are allowed"),
                (&[("/function_code", json!("function main() {}"))], "no function `handler`"),
                (&[(stores, json!([store]))], ""),
                (&[(stores, json!(["store"]))], "no ARN of a key value store"),
                (
                    &[(stores, json!([store])), ("/function_config/runtime", json!("cloudfront-js-1.0"))],
                    "only cloudfront-js-2.0",
                ),
            ],
        );
        assert_whole::<Function>(&function());
        assert!(Function::import_id("index-pages").is_ok() && Function::import_id("a b").is_err());
    }

    #[test]
    fn a_name_is_taken_once() {
        let sky = World::default().with(Function::TYPE, "index-pages", "us-east-1", function());
        assert_eq!(sky.create::<Function>(&function()).unwrap_err(), "FunctionAlreadyExists");
        assert!(sky.update::<Function>("index-pages", &function()).is_ok());
    }
}
