//! What becomes of a request.
//! <https://docs.aws.amazon.com/waf/latest/APIReference/API_RuleAction.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that is there or not, and says no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What becomes of a request that a rule matches: exactly one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleAction {
    /// It is turned away.
    pub block: Option<Block>,
    /// It gets through, and no later rule is asked.
    pub allow: Option<PassOn>,
    /// It is counted, and later rules are asked.
    pub count: Option<PassOn>,
    /// A person has to solve a puzzle.
    pub captcha: Option<PassOn>,
    /// A browser has to prove that it is one.
    pub challenge: Option<PassOn>,
}

impl RuleAction {
    /// How many it names.
    pub(super) fn count(&self) -> usize {
        let named = [
            self.block.is_some(),
            self.allow.is_some(),
            self.count.is_some(),
            self.captcha.is_some(),
            self.challenge.is_some(),
        ];
        named.into_iter().filter(|is_there| *is_there).count()
    }
}

/// What becomes of a request that no rule decides: exactly one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DefaultAction {
    /// It is turned away.
    pub block: Option<Block>,
    /// It gets through.
    pub allow: Option<PassOn>,
}

/// Whether a group's own actions hold, or are only counted: exactly one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OverrideAction {
    /// What the group would do is only counted.
    pub count: Option<PassOn>,
    /// The group's own actions hold.
    pub none: Option<Nothing>,
}

/// A request is turned away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// With this answer instead of 403.
    pub custom_response: Option<CustomResponse>,
}

/// An answer of one's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomResponse {
    /// The status code.
    #[schemars(range(min = 200, max = 599))]
    pub response_code: i64,
    /// The key of its body in `custom_response_bodies`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_\-]{1,128}$"))]
    pub custom_response_body_key: Option<String>,
    /// Its headers.
    #[schemars(length(min = 1), extend("x-collection" = "list(name)"))]
    pub response_headers: Option<Vec<CustomHeader>>,
}

/// A request goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PassOn {
    /// With something added to it.
    pub custom_request_handling: Option<CustomRequestHandling>,
}

/// What is added to a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomRequestHandling {
    /// Headers, whose names AWS starts with `x-amzn-waf-`.
    #[schemars(length(min = 1), extend("x-collection" = "list(name)"))]
    pub insert_headers: Vec<CustomHeader>,
}

/// A header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomHeader {
    /// Its name.
    #[schemars(regex(pattern = r"^[a-zA-Z0-9._$-]{1,64}$"))]
    pub name: String,
    /// Its value.
    #[schemars(length(min = 1, max = 255))]
    pub value: String,
}
