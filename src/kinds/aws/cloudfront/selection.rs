//! Which headers, cookies and query strings of a request count.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::Finding;

/// Which of them, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Behavior {
    /// None of them.
    #[serde(rename = "none")]
    None,
    /// Those that are named.
    #[serde(rename = "whitelist")]
    Whitelist,
    /// All but those that are named.
    #[serde(rename = "allExcept")]
    AllExcept,
    /// All of them.
    #[serde(rename = "all")]
    All,
}

/// The cookies that count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CookiesConfig {
    /// Which of them.
    pub cookie_behavior: Behavior,
    /// The names.
    #[schemars(extend("x-collection" = "set"))]
    pub cookies: Option<Vec<String>>,
}

/// The query strings that count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QueryStringsConfig {
    /// Which of them.
    pub query_string_behavior: Behavior,
    /// The names.
    #[schemars(extend("x-collection" = "set"))]
    pub query_strings: Option<Vec<String>>,
}

/// What is wrong with a choice: those that take names have some, and the others have none.
pub(super) fn finding(
    field: &str,
    (behavior, word, takes_names): (&str, &str, bool),
    names: Option<&[String]>,
) -> Option<Finding> {
    let has_names = names.is_some_and(|names| !names.is_empty());
    let fault = match (takes_names, has_names) {
        (true, false) => format!("`{field}` is missing with `{word}`"),
        (false, true) => format!("`{word}` takes no names"),
        _ => return None,
    };
    Some(Finding::on(field, fault).and(behavior))
}

impl Behavior {
    /// The API's own word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Behavior::None => "none",
            Behavior::Whitelist => "whitelist",
            Behavior::AllExcept => "allExcept",
            Behavior::All => "all",
        }
    }

    /// Whether it needs names.
    pub(super) fn takes_names(self) -> bool {
        matches!(self, Behavior::Whitelist | Behavior::AllExcept)
    }
}

/// What is wrong with the cookies and query strings below a path.
pub(super) fn findings(path: &str, cookies: &CookiesConfig, queries: &QueryStringsConfig) -> Vec<Finding> {
    let cookie = cookies.cookie_behavior;
    let query = queries.query_string_behavior;
    let at = |rest: &str| if path.is_empty() { rest.to_owned() } else { format!("{path}.{rest}") };
    [
        finding(
            &at("cookies_config.cookies"),
            (&at("cookies_config.cookie_behavior"), cookie.word(), cookie.takes_names()),
            cookies.cookies.as_deref(),
        ),
        finding(
            &at("query_strings_config.query_strings"),
            (&at("query_strings_config.query_string_behavior"), query.word(), query.takes_names()),
            queries.query_strings.as_deref(),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
