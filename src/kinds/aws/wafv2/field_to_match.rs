//! Which part of a request is looked at, and what is done to it before.
//! <https://docs.aws.amazon.com/waf/latest/APIReference/API_FieldToMatch.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::action::Nothing;

/// A part of a request: exactly one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldToMatch {
    /// A header.
    pub single_header: Option<Named>,
    /// An argument of the query.
    pub single_query_argument: Option<Named>,
    /// Every argument of the query.
    pub all_query_arguments: Option<Nothing>,
    /// The path.
    pub uri_path: Option<Nothing>,
    /// What follows a `#`.
    pub uri_fragment: Option<Fallback>,
    /// The query.
    pub query_string: Option<Nothing>,
    /// The body, as it is.
    pub body: Option<Body>,
    /// The body, as JSON.
    pub json_body: Option<JsonBody>,
    /// The method.
    pub method: Option<Nothing>,
    /// Several headers.
    pub headers: Option<Headers>,
    /// Several cookies.
    pub cookies: Option<Cookies>,
    /// The names of the headers, in their order.
    pub header_order: Option<Oversize>,
    /// What a TLS handshake looks like, the older way.
    pub ja3_fingerprint: Option<RequiredFallback>,
    /// What a TLS handshake looks like.
    pub ja4_fingerprint: Option<RequiredFallback>,
}

impl FieldToMatch {
    /// How many it names.
    pub(super) fn count(&self) -> usize {
        let named = [
            self.single_header.is_some(),
            self.single_query_argument.is_some(),
            self.all_query_arguments.is_some(),
            self.uri_path.is_some(),
            self.uri_fragment.is_some(),
            self.query_string.is_some(),
            self.body.is_some(),
            self.json_body.is_some(),
            self.method.is_some(),
            self.headers.is_some(),
            self.cookies.is_some(),
            self.header_order.is_some(),
            self.ja3_fingerprint.is_some(),
            self.ja4_fingerprint.is_some(),
        ];
        named.into_iter().filter(|is_there| *is_there).count()
    }
}

/// One of several by its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its name, whatever its case.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
}

/// What holds of a request that has no such part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FallbackBehavior {
    Match,
    NoMatch,
}

/// A part that a request may lack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    /// What holds of a request that has none.
    pub fallback_behavior: Option<FallbackBehavior>,
}

/// A part that a request may lack, of which it has to be said what holds then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequiredFallback {
    /// What holds of a request that has none.
    pub fallback_behavior: FallbackBehavior,
}

/// What holds of what is too long to be looked at whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OversizeHandling {
    /// What is seen of it counts.
    Continue,
    Match,
    NoMatch,
}

/// Something that may be too long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Oversize {
    /// What holds then.
    pub oversize_handling: OversizeHandling,
}

/// The body, as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// What holds of one that is too long.
    pub oversize_handling: Option<OversizeHandling>,
}

/// Whether keys, values or both are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum MatchScope {
    All,
    Key,
    Value,
}

/// The body, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonBody {
    /// Which of it.
    pub match_pattern: JsonMatchPattern,
    /// Whether keys, values or both.
    pub match_scope: MatchScope,
    /// What holds of a body that is no JSON: `MATCH`, `NO_MATCH` or `EVALUATE_AS_STRING`.
    #[schemars(regex(pattern = "^(MATCH|NO_MATCH|EVALUATE_AS_STRING)$"))]
    pub invalid_fallback_behavior: Option<String>,
    /// What holds of one that is too long.
    pub oversize_handling: Option<OversizeHandling>,
}

/// Which part of a JSON document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonMatchPattern {
    /// All of it.
    pub all: Option<Nothing>,
    /// What these JSON pointers lead to.
    #[schemars(length(min = 1))]
    pub included_paths: Option<Vec<String>>,
}

/// Several headers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Headers {
    /// Which of them.
    pub match_pattern: HeaderMatchPattern,
    /// Whether names, values or both.
    pub match_scope: MatchScope,
    /// What holds where they are too many or too long.
    pub oversize_handling: OversizeHandling,
}

/// Which headers: exactly one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderMatchPattern {
    /// All of them.
    pub all: Option<Nothing>,
    /// These.
    #[schemars(length(min = 1, max = 199))]
    pub included_headers: Option<Vec<String>>,
    /// All others.
    #[schemars(length(min = 1, max = 199))]
    pub excluded_headers: Option<Vec<String>>,
}

/// Several cookies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cookies {
    /// Which of them.
    pub match_pattern: CookieMatchPattern,
    /// Whether names, values or both.
    pub match_scope: MatchScope,
    /// What holds where they are too many or too long.
    pub oversize_handling: OversizeHandling,
}

/// Which cookies: exactly one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CookieMatchPattern {
    /// All of them.
    pub all: Option<Nothing>,
    /// These.
    #[schemars(length(min = 1, max = 199))]
    pub included_cookies: Option<Vec<String>>,
    /// All others.
    #[schemars(length(min = 1, max = 199))]
    pub excluded_cookies: Option<Vec<String>>,
}

/// What is done to a part of a request before it is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextTransformation {
    /// The lowest comes first.
    #[schemars(range(min = 0))]
    pub priority: i64,
    /// What is done.
    pub r#type: Transformation,
}

/// What is done to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Transformation {
    None,
    CompressWhiteSpace,
    HtmlEntityDecode,
    Lowercase,
    Uppercase,
    CmdLine,
    CmdLineUnix,
    CmdLineWin,
    UrlDecode,
    UrlDecodeUni,
    #[serde(rename = "BASE64_DECODE")]
    Base64Decode,
    #[serde(rename = "BASE64_DECODE_EXT")]
    Base64DecodeExt,
    HexDecode,
    #[serde(rename = "MD5")]
    Md5,
    #[serde(rename = "SHA256")]
    Sha256,
    ReplaceComments,
    RemoveCommentsChar,
    EscapeSeqDecode,
    SqlHexDecode,
    CssDecode,
    JsDecode,
    JsDecodeExt,
    NormalizePath,
    NormalizePathWin,
    RemoveNulls,
    ReplaceNulls,
    #[serde(rename = "UTF8_TO_UNICODE")]
    Utf8ToUnicode,
    RemoveWhitespace,
    Trim,
    TrimLeft,
    TrimRight,
}
