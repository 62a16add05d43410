//! What a distribution does with a request.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::Finding;
use crate::model::FieldPath;

/// What is done with a request: where it goes, what is cached, what is added.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DefaultCacheBehavior.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Behavior {
    /// The origin or origin group that answers, by its id.
    pub target_origin_id: String,
    /// Whether readers may use HTTP.
    pub viewer_protocol_policy: ViewerProtocolPolicy,
    /// The methods that are passed on: two, three or all seven.
    #[schemars(extend("x-collection" = "set", "default" = ["GET", "HEAD"]))]
    pub allowed_methods: Option<Vec<Method>>,
    /// The methods whose answers are cached.
    #[schemars(extend("x-collection" = "set", "default" = ["GET", "HEAD"]))]
    pub cached_methods: Option<Vec<Method>>,
    /// Whether texts are compressed.
    #[schemars(extend("default" = false))]
    pub compress: Option<bool>,
    /// What makes two requests the same, and for how long an answer holds.
    #[schemars(extend("x-refers" = "aws.cloudfront.cache_policy", "x-holds" = true))]
    pub cache_policy_id: Option<String>,
    /// What reaches the origin besides.
    #[schemars(extend("x-refers" = "aws.cloudfront.origin_request_policy", "x-holds" = true))]
    pub origin_request_policy_id: Option<String>,
    /// What headers are added to answers.
    #[schemars(extend("x-refers" = "aws.cloudfront.response_headers_policy", "x-holds" = true))]
    pub response_headers_policy_id: Option<String>,
    /// Functions of CloudFront that see requests and answers.
    #[schemars(extend("x-collection" = "list(event_type)"))]
    pub function_associations: Option<Vec<FunctionAssociation>>,
    /// Functions of Lambda that do.
    #[schemars(extend("x-collection" = "list(event_type)"))]
    pub lambda_function_associations: Option<Vec<LambdaFunctionAssociation>>,
    /// The groups of keys that requests have to be signed with.
    #[schemars(extend("x-collection" = "set"))]
    pub trusted_key_groups: Option<Vec<String>>,
    /// The accounts that requests have to be signed by: the older way.
    #[schemars(extend("x-collection" = "set"))]
    pub trusted_signers: Option<Vec<String>>,
    /// How fields of forms are encrypted.
    pub field_level_encryption_id: Option<String>,
    /// The ARN of where each request is logged at once.
    pub realtime_log_config_arn: Option<String>,
    /// Whether it passes gRPC on.
    pub grpc_config: Option<GrpcConfig>,
    /// Whether it serves Microsoft's streams.
    #[schemars(extend("default" = false))]
    pub smooth_streaming: Option<bool>,
    /// What reaches the origin and is in the key: the older way, instead of policies.
    pub forwarded_values: Option<ForwardedValues>,
    /// With `forwarded_values`: for how many seconds an answer holds at least.
    #[schemars(range(min = 0))]
    pub min_ttl: Option<i64>,
    /// With `forwarded_values`: for how many seconds an answer holds of which the origin says nothing.
    #[schemars(range(min = 0))]
    pub default_ttl: Option<i64>,
    /// With `forwarded_values`: for how many seconds an answer holds at most.
    #[schemars(range(min = 0))]
    pub max_ttl: Option<i64>,
}

/// What is done with the requests of some paths.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CacheBehavior.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CacheBehavior {
    /// The paths, such as `api/*`.
    #[schemars(length(min = 1, max = 255))]
    pub path_pattern: String,
    #[serde(flatten)]
    pub behavior: Behavior,
}

/// Whether readers may use HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ViewerProtocolPolicy {
    AllowAll,
    HttpsOnly,
    RedirectToHttps,
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Head,
    Options,
    Put,
    Post,
    Patch,
    Delete,
}

/// When a function sees something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventType {
    /// A request as it comes.
    ViewerRequest,
    /// An answer as it goes.
    ViewerResponse,
    /// A request that the cache can't answer.
    OriginRequest,
    /// The origin's answer.
    OriginResponse,
}

/// A function of CloudFront.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionAssociation {
    /// When it sees something: requests as they come, or answers as they go.
    pub event_type: EventType,
    /// Its ARN.
    #[schemars(length(max = 108), extend("x-refers" = "aws.cloudfront.function", "x-holds" = true))]
    pub function_arn: String,
}

/// A function of Lambda.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LambdaFunctionAssociation {
    /// When it sees something.
    pub event_type: EventType,
    /// The ARN of one version of it, in us-east-1.
    pub lambda_function_arn: String,
    /// Whether it sees the body of requests.
    #[schemars(extend("default" = false))]
    pub include_body: Option<bool>,
}

/// Whether gRPC is passed on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrpcConfig {
    /// Whether it is.
    pub enabled: bool,
}

/// What reaches the origin and is in the key.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ForwardedValues.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForwardedValues {
    /// Whether query strings do.
    pub query_string: bool,
    /// Which cookies do.
    pub cookies: CookiePreference,
    /// Which headers do.
    #[schemars(extend("x-collection" = "set"))]
    pub headers: Option<Vec<String>>,
    /// Which query strings are in the key, if not all.
    #[schemars(extend("x-collection" = "set"))]
    pub query_string_cache_keys: Option<Vec<String>>,
}

/// Which cookies reach the origin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CookiePreference {
    /// Which of them.
    pub forward: ItemSelection,
    /// The names.
    #[schemars(extend("x-collection" = "set"))]
    pub whitelisted_names: Option<Vec<String>>,
}

/// Which of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ItemSelection {
    None,
    Whitelist,
    All,
}

/// The sets of methods that can be passed on.
const METHODS: [&[Method]; 3] = [
    &[Method::Get, Method::Head],
    &[Method::Get, Method::Head, Method::Options],
    &[Method::Get, Method::Head, Method::Options, Method::Put, Method::Post, Method::Patch, Method::Delete],
];

fn sorted(methods: Option<&[Method]>) -> Vec<Method> {
    let mut methods = methods.unwrap_or(METHODS[0]).to_vec();
    methods.sort_unstable();
    methods
}

/// What is wrong with a behaviour at a path, in a distribution of these origins and origin groups.
pub(super) fn findings(
    path: &FieldPath,
    behavior: &Behavior,
    origins: &[&str],
    groups: &[&str],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let target = behavior.target_origin_id.as_str();
    let to_group = groups.contains(&target);
    if !to_group && !origins.contains(&target) {
        let known: Vec<&str> = origins.iter().chain(groups).copied().collect();
        findings.push(
            Finding::at(path.key("target_origin_id"), format!("there is no origin {target:?}"))
                .and("origins")
                .help(format!("there are {}", known.join(", "))),
        );
    }
    let allowed = sorted(behavior.allowed_methods.as_deref());
    let cached = sorted(behavior.cached_methods.as_deref());
    if !METHODS.contains(&allowed.as_slice()) {
        findings.push(
            Finding::at(path.key("allowed_methods"), "these methods can't be passed on together")
                .help("GET and HEAD, these and OPTIONS, or all seven"),
        );
    }
    if !METHODS[..2].contains(&cached.as_slice()) || cached.iter().any(|method| !allowed.contains(method)) {
        findings.push(
            Finding::at(path.key("cached_methods"), "the answers to these methods can't be cached")
                .and_at(path.key("allowed_methods"))
                .help("GET and HEAD, or these and OPTIONS where it is passed on"),
        );
    }
    if to_group && allowed.len() > 3 {
        findings.push(
            Finding::at(path.key("allowed_methods"), "an origin group gets what changes nothing only")
                .and_at(path.key("target_origin_id"))
                .help("what is sent twice would be done twice: GET, HEAD and OPTIONS"),
        );
    }
    findings.extend(policies(path, behavior));
    findings.extend(functions(path, behavior));
    if behavior.grpc_config.as_ref().is_some_and(|config| config.enabled) && allowed.len() < 7 {
        findings.push(
            Finding::at(path.key("grpc_config"), "gRPC needs POST, and so all seven methods")
                .and_at(path.key("allowed_methods")),
        );
    }
    findings
}

/// Requests are told apart by a policy, or in the older way.
fn policies(path: &FieldPath, behavior: &Behavior) -> Vec<Finding> {
    let policy = path.key("cache_policy_id");
    let mut findings = Vec::new();
    match (&behavior.cache_policy_id, &behavior.forwarded_values) {
        (None, None) => findings.push(
            Finding::at(policy, "nothing says what makes two requests the same")
                .and_at(path.key("forwarded_values"))
                .help("name a cache policy"),
        ),
        (Some(_), Some(_)) => findings.push(
            Finding::at(path.key("forwarded_values"), "requests are told apart in two ways")
                .and_at(policy)
                .help("leave `forwarded_values` out: policies are the newer way"),
        ),
        (Some(_), None) => {
            let times = [
                ("min_ttl", behavior.min_ttl),
                ("default_ttl", behavior.default_ttl),
                ("max_ttl", behavior.max_ttl),
            ];
            for (field, _) in times.into_iter().filter(|(_, time)| time.is_some()) {
                findings.push(
                    Finding::at(path.key(field), format!("`{field}` stands in the cache policy"))
                        .and_at(policy.clone()),
                );
            }
        }
        (None, Some(_)) => {
            if behavior.origin_request_policy_id.is_some() {
                findings.push(
                    Finding::at(
                        path.key("origin_request_policy_id"),
                        "an origin request policy needs a cache policy beside it",
                    )
                    .and_at(policy),
                );
            }
        }
    }
    findings
}

/// Each event has one function, and those of CloudFront see readers only.
fn functions(path: &FieldPath, behavior: &Behavior) -> Vec<Finding> {
    let mut findings = Vec::new();
    let own: Vec<EventType> =
        behavior.function_associations.iter().flatten().map(|function| function.event_type).collect();
    let lambda: Vec<EventType> =
        behavior.lambda_function_associations.iter().flatten().map(|function| function.event_type).collect();
    let is_viewer = |event: &EventType| matches!(event, EventType::ViewerRequest | EventType::ViewerResponse);
    for (index, event) in own.iter().enumerate() {
        if !is_viewer(event) {
            let at = path.key("function_associations").index(index).key("event_type");
            findings.push(
                Finding::at(at, "functions of CloudFront see readers' requests and answers only")
                    .help("a function of Lambda sees the origin's"),
            );
        }
    }
    // On readers' side, only one of the two sorts can run.
    if !own.is_empty() && lambda.iter().any(is_viewer) {
        findings.push(
            Finding::at(
                path.key("lambda_function_associations"),
                "readers' requests and answers are seen by functions of two sorts",
            )
            .and_at(path.key("function_associations")),
        );
    }
    findings
}
