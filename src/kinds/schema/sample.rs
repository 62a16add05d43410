//! A type with one of everything, for the tests of what its schema does.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use crate::model::Json;

/// A type with one of everything.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(super) struct Sample {
    /// A required name.
    #[schemars(length(min = 1, max = 5), extend("x-immutable" = true))]
    name: String,
    mode: Option<Mode>,
    #[schemars(range(min = 1, max = 10), extend("default" = 3))]
    size: Option<i64>,
    #[schemars(extend("x-collection" = "list(port,protocol)"))]
    rules: Option<Vec<Rule>>,
    #[schemars(extend("x-collection" = "set"))]
    zones: Option<Vec<String>>,
    tags: Option<BTreeMap<String, String>>,
    nested: Option<Rule>,
    #[schemars(extend("x-sensitive" = true))]
    password: Option<String>,
    free: Option<Json>,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
enum Mode {
    /// Documented variants are written differently in JSON Schema.
    Fast,
    /// So are these.
    Slow,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct Rule {
    port: u16,
    protocol: Option<String>,
}
