//! What a response headers policy's types can't say.

use super::response_headers_policy::{CorsConfig, CorsMethod, SecurityHeaders, Spec};
use crate::kinds::Finding;
use crate::model::FieldPath;

/// Headers that have a field of their own, or that CloudFront needs itself.
const OWN: &[(&str, &str)] = &[
    ("content-security-policy", "security_headers_config.content_security_policy"),
    ("referrer-policy", "security_headers_config.referrer_policy"),
    ("server-timing", "server_timing_headers_config"),
    ("strict-transport-security", "security_headers_config.strict_transport_security"),
    ("x-content-type-options", "security_headers_config.content_type_options"),
    ("x-frame-options", "security_headers_config.frame_options"),
    ("x-xss-protection", "security_headers_config.xss_protection"),
];

/// Headers that an answer can't do without.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html>
const NEEDED: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "warning",
    "x-amz-cf-pop",
    "x-cache",
];

/// A year, which lists of names that browsers come with ask for.
const YEAR_S: i64 = 31_536_000;

/// Every fault of a spec beyond its schema.
pub(super) fn findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_empty = spec.cors_config.is_none()
        && spec.security_headers_config.is_none()
        && spec.server_timing_headers_config.is_none()
        && spec.custom_headers_config.as_ref().is_none_or(Vec::is_empty)
        && spec.remove_headers_config.as_ref().is_none_or(Vec::is_empty);
    if is_empty {
        findings.push(
            Finding::on("name", "the policy neither adds a header nor takes one away")
                .and("security_headers_config"),
        );
    }
    findings.extend(spec.cors_config.iter().flat_map(cors));
    findings.extend(spec.security_headers_config.iter().flat_map(security));
    for (index, custom) in spec.custom_headers_config.iter().flatten().enumerate() {
        let path = FieldPath::root().key("custom_headers_config").index(index).key("header");
        let lower = custom.header.to_ascii_lowercase();
        if let Some((_, field)) = OWN.iter().find(|(header, _)| *header == lower) {
            findings.push(
                Finding::at(path, format!("{} is no custom header", custom.header))
                    .help(format!("set `{field}`")),
            );
        } else if NEEDED.contains(&lower.as_str()) || lower.starts_with("access-control-") {
            findings.push(Finding::at(path, format!("{} can't be set by a policy", custom.header)));
        }
    }
    for (index, header) in spec.remove_headers_config.iter().flatten().enumerate() {
        if NEEDED.contains(&header.to_ascii_lowercase().as_str()) {
            let path = FieldPath::root().key("remove_headers_config").index(index);
            findings.push(Finding::at(path, format!("{header} can't be taken away")));
        }
    }
    findings
}

/// Whoever may send cookies is named.
fn cors(cors: &CorsConfig) -> Vec<Finding> {
    const CREDENTIALS: &str = "cors_config.access_control_allow_credentials";
    let is_star = |names: &[String]| names.iter().any(|name| name == "*");
    let lists = [
        ("access_control_allow_origins", is_star(&cors.access_control_allow_origins)),
        ("access_control_allow_headers", is_star(&cors.access_control_allow_headers)),
        ("access_control_allow_methods", cors.access_control_allow_methods.contains(&CorsMethod::All)),
        ("access_control_expose_headers", cors.access_control_expose_headers.as_deref().is_some_and(is_star)),
    ];
    let open = lists.into_iter().filter(|(_, open)| *open && cors.access_control_allow_credentials);
    open.map(|(field, _)| {
        Finding::on(CREDENTIALS, format!("with credentials, `{field}` names each"))
            .and(&format!("cors_config.{field}"))
            .help("browsers refuse `*` where cookies are sent")
    })
    .collect()
}

fn security(security: &SecurityHeaders) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(hsts) = &security.strict_transport_security {
        const PATH: &str = "security_headers_config.strict_transport_security";
        let preloads = hsts.preload == Some(true);
        if preloads && (hsts.include_subdomains != Some(true) || hsts.access_control_max_age_sec < YEAR_S) {
            findings.push(
                Finding::on(&format!("{PATH}.preload"), "browsers don't come with a name that isn't kept")
                    .and(&format!("{PATH}.include_subdomains"))
                    .and(&format!("{PATH}.access_control_max_age_sec"))
                    .help("`preload` needs `include_subdomains: true` and a year, 31536000"),
            );
        }
    }
    if let Some(csp) = &security.content_security_policy
        && csp.content_security_policy.contains(['\n', '\r'])
    {
        findings.push(
            Finding::on(
                "security_headers_config.content_security_policy.content_security_policy",
                "a header is one line",
            )
            .help("write it with `>-`, which joins lines"),
        );
    }
    if let Some(xss) = &security.xss_protection {
        const PATH: &str = "security_headers_config.xss_protection";
        if xss.mode_block == Some(true) && xss.report_uri.is_some() {
            findings.push(
                Finding::on(&format!("{PATH}.report_uri"), "a page that isn't shown reports nothing")
                    .and(&format!("{PATH}.mode_block")),
            );
        }
        if !xss.protection && (xss.mode_block == Some(true) || xss.report_uri.is_some()) {
            findings.push(Finding::on(
                &format!("{PATH}.protection"),
                "a filter that is off neither blocks nor reports",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::response_headers_policy::ResponseHeadersPolicy;
    use crate::kinds::Kind as _;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::model::Json;

    fn policy() -> Json {
        json!({
            "name": "sites",
            "security_headers_config": {
                "strict_transport_security": {
                    "access_control_max_age_sec": 63_072_000, "include_subdomains": true, "preload": true,
                    "override": true,
                },
                "content_security_policy": {"content_security_policy": "default-src 'self'", "override": true},
                "content_type_options": {"override": true},
                "frame_options": {"frame_option": "DENY", "override": true},
                "referrer_policy": {"referrer_policy": "strict-origin-when-cross-origin", "override": true},
            },
            "server_timing_headers_config": {"enabled": true, "sampling_rate": 5},
            "custom_headers_config": [{"header": "Permissions-Policy", "value": "camera=()", "override": true}],
            "remove_headers_config": ["Server"],
            "cors_config": {
                "access_control_allow_origins": ["https://audityzer.com"],
                "access_control_allow_headers": ["Authorization"],
                "access_control_allow_methods": ["GET"],
                "access_control_allow_credentials": true, "origin_override": true,
            },
        })
    }

    #[test]
    fn headers_protect_and_do_not_contradict() {
        let security = |rest: &str| format!("/security_headers_config/{rest}");
        let xss =
            json!({"protection": true, "mode_block": true, "report_uri": "https://a.test", "override": true});
        let off = json!({"protection": false, "mode_block": true, "override": true});
        assert_rules::<ResponseHeadersPolicy>(
            &policy(),
            &[
                (
                    &[(&security("strict_transport_security/access_control_max_age_sec"), json!(300))],
                    "needs `include_subdomains: true` and a year",
                ),
                (
                    &[(&security("strict_transport_security/include_subdomains"), json!(false))],
                    "needs `include_subdomains: true` and a year",
                ),
                (
                    &[(&security("content_security_policy/content_security_policy"), json!("a\nb"))],
                    "one line",
                ),
                (&[(&security("frame_options/frame_option"), json!("NONE"))], "none of DENY, SAMEORIGIN"),
                (&[(&security("referrer_policy/referrer_policy"), json!("none"))], "none of"),
                (&[(&security("xss_protection"), xss)], "reports nothing"),
                (&[(&security("xss_protection"), off)], "neither blocks nor reports"),
                (&[("/cors_config/access_control_allow_origins", json!(["*"]))], "names each"),
                (&[("/cors_config/access_control_allow_methods", json!(["ALL"]))], "names each"),
                (
                    &[
                        ("/cors_config/access_control_allow_origins", json!(["*"])),
                        ("/cors_config/access_control_allow_credentials", json!(false)),
                    ],
                    "",
                ),
                (&[("/custom_headers_config/0/header", json!("X-Frame-Options"))], "frame_options`"),
                (&[("/custom_headers_config/0/header", json!("Via"))], "can't be set"),
                (&[("/custom_headers_config/0/header", json!("a b"))], "doesn't match"),
                (&[("/remove_headers_config", json!(["Content-Length"]))], "can't be taken away"),
                (&[("/server_timing_headers_config/sampling_rate", json!(101))], "0 to 100"),
            ],
        );
        assert_whole::<ResponseHeadersPolicy>(&policy());
        let empty = json!({"name": "sites"});
        let spec = serde_json::from_value(empty).unwrap();
        assert!(format!("{:?}", ResponseHeadersPolicy::validate(&spec)).contains("neither adds"));
    }

    #[test]
    fn a_name_is_taken_once() {
        let id = "67f7725c-6f97-4210-82d7-5512b31e9d03";
        let sky = World::default().with(ResponseHeadersPolicy::TYPE, id, "us-east-1", policy());
        let taken = "ResponseHeadersPolicyAlreadyExists";
        assert_eq!(sky.create::<ResponseHeadersPolicy>(&policy()).unwrap_err(), taken);
        assert!(sky.update::<ResponseHeadersPolicy>(id, &policy()).is_ok());
    }
}
