//! What a distribution's types can't say.

use std::collections::BTreeSet;

use super::distribution::{ConnectionMode, Spec};
use super::viewer::{MinimumProtocolVersion, RestrictionType, SslSupportMethod, ViewerCertificate};
use super::{behavior, origin};
use crate::kinds::Finding;
use crate::kinds::aws::{arn, tags};
use crate::model::FieldPath;

/// Every fault of a spec beyond its schema.
pub(super) fn findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = tags::findings(spec.tags.as_ref());
    let root = FieldPath::root();
    for (index, one) in spec.origins.iter().enumerate() {
        findings.extend(origin::findings(&root.key("origins").index(index), one));
    }
    findings.extend(groups(spec));
    findings.extend(behaviors(spec));
    findings.extend(names(spec));
    findings.extend(spec.viewer_certificate.iter().flat_map(certificate));
    findings.extend(restrictions(spec));
    findings.extend(errors(spec));
    if let Some(acl) = &spec.web_acl_id {
        findings.extend(web_acl(acl));
    }
    if spec.default_root_object.as_deref().is_some_and(|name| name.starts_with('/')) {
        findings.push(
            Finding::on("default_root_object", "`default_root_object` starts with `/`")
                .help("it is a name, such as `index.html`"),
        );
    }
    if let Some(logging) = &spec.logging
        && logging.enabled
        && !logging.bucket.as_deref().is_some_and(|host| host.ends_with(".amazonaws.com"))
    {
        findings.push(
            Finding::on("logging.bucket", "the log has no bucket to go to")
                .help("the bucket's host name, such as `logs.s3.amazonaws.com`"),
        );
    }
    if spec.connection_mode == Some(ConnectionMode::TenantOnly) {
        findings.extend(tenants(spec));
    } else if spec.tenant_config.is_some() {
        findings.push(
            Finding::on("tenant_config", "this distribution has no tenants")
                .and("connection_mode")
                .help("set `connection_mode: tenant-only`"),
        );
    }
    findings
}

/// The members of a group are origins, and nobody has its name.
fn groups(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ids: BTreeSet<&str> = spec.origins.iter().map(|origin| origin.id.as_str()).collect();
    for (index, group) in spec.origin_groups.iter().flatten().enumerate() {
        let path = FieldPath::root().key("origin_groups").index(index);
        if ids.contains(group.id.as_str()) {
            findings.push(
                Finding::at(path.key("id"), format!("an origin is called {:?} too", group.id)).and("origins"),
            );
        }
        for member in group.members.iter().filter(|member| !ids.contains(member.as_str())) {
            findings.push(
                Finding::at(path.key("members"), format!("there is no origin {member:?}")).and("origins"),
            );
        }
        if matches!(&group.members[..], [first, second] if first == second) {
            findings.push(Finding::at(path.key("members"), "an origin can't stand in for itself"));
        }
        for code in group.failover_status_codes.iter().filter(|code| !(400..600).contains(*code)) {
            findings.push(Finding::at(
                path.key("failover_status_codes"),
                format!("{code} is no status of a failure"),
            ));
        }
    }
    findings
}

/// Each path is spoken of once, and goes to an origin that is there.
fn behaviors(spec: &Spec) -> Vec<Finding> {
    let origins: Vec<&str> = spec.origins.iter().map(|origin| origin.id.as_str()).collect();
    let groups: Vec<&str> = spec.origin_groups.iter().flatten().map(|group| group.id.as_str()).collect();
    let default = FieldPath::root().key("default_cache_behavior");
    let mut findings = behavior::findings(&default, &spec.default_cache_behavior, &origins, &groups);
    let mut patterns = BTreeSet::new();
    for (index, one) in spec.cache_behaviors.iter().flatten().enumerate() {
        let path = FieldPath::root().key("cache_behaviors").index(index);
        findings.extend(behavior::findings(&path, &one.behavior, &origins, &groups));
        // CloudFront takes `api/*` and `/api/*` for the same.
        if !patterns.insert(one.path_pattern.trim_start_matches('/')) {
            findings.push(Finding::at(
                path.key("path_pattern"),
                format!("the pattern `{}` is there twice", one.path_pattern),
            ));
        }
    }
    findings
}

/// Names of one's own need a certificate for them.
fn names(spec: &Spec) -> Vec<Finding> {
    let aliases = spec.aliases.as_deref().unwrap_or_default();
    let mut findings = Vec::new();
    for (index, alias) in aliases.iter().enumerate() {
        let host = alias.strip_prefix("*.").unwrap_or(alias);
        let is_host = host.contains('.')
            && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b));
        if !is_host {
            let path = FieldPath::root().key("aliases").index(index);
            findings.push(
                Finding::at(path, format!("{alias:?} is no host name"))
                    .help("small letters, digits, `-` and dots, with `*.` before it for all below"),
            );
        }
    }
    let has_own = spec
        .viewer_certificate
        .as_ref()
        .is_some_and(|viewer| viewer.acm_certificate_arn.is_some() || viewer.iam_certificate_id.is_some());
    if !aliases.is_empty() && !has_own {
        findings.push(
            Finding::on("aliases", "CloudFront's own certificate isn't for these names")
                .and("viewer_certificate")
                .help("set `viewer_certificate.acm_certificate_arn`"),
        );
    }
    findings
}

fn certificate(viewer: &ViewerCertificate) -> Vec<Finding> {
    const ACM: &str = "viewer_certificate.acm_certificate_arn";
    const METHOD: &str = "viewer_certificate.ssl_support_method";
    const PROTOCOL: &str = "viewer_certificate.minimum_protocol_version";
    let mut findings = Vec::new();
    let ways = [
        viewer.cloud_front_default_certificate == Some(true),
        viewer.acm_certificate_arn.is_some(),
        viewer.iam_certificate_id.is_some(),
    ];
    if ways.into_iter().filter(|way| *way).count() != 1 {
        findings.push(
            Finding::on("viewer_certificate", "readers see exactly one certificate")
                .and(ACM)
                .help("CloudFront's own, one of ACM, or one of IAM"),
        );
    }
    if let Some(text) = &viewer.acm_certificate_arn {
        findings.extend(arn::findings(ACM, text, "acm", &["certificate"]));
        if arn::Arn::parse(text).is_some_and(|arn| arn.region != "us-east-1") {
            findings.push(
                Finding::on(ACM, "CloudFront finds certificates in us-east-1 only")
                    .help("make one there for the same names"),
            );
        }
    }
    let is_own = viewer.cloud_front_default_certificate != Some(true);
    if is_own && viewer.ssl_support_method.is_none() {
        findings.push(
            Finding::on(METHOD, "`ssl_support_method` is missing with a certificate of one's own")
                .help("set `sni-only`"),
        );
    }
    if is_own && viewer.minimum_protocol_version.is_none() {
        findings.push(
            Finding::on(PROTOCOL, "`minimum_protocol_version` is missing with a certificate of one's own")
                .help("set `TLSv1.2_2021`"),
        );
    }
    if !is_own && viewer.ssl_support_method.is_some() {
        findings.push(Finding::on(METHOD, "CloudFront's own certificate has no `ssl_support_method`"));
    }
    if viewer.ssl_support_method == Some(SslSupportMethod::SniOnly)
        && viewer.minimum_protocol_version == Some(MinimumProtocolVersion::Ssl3)
    {
        findings.push(Finding::on(PROTOCOL, "SSLv3 can't name a host").and(METHOD));
    }
    findings
}

fn restrictions(spec: &Spec) -> Vec<Finding> {
    const PLACES: &str = "restrictions.geo_restriction.locations";
    let Some(restrictions) = &spec.restrictions else {
        return Vec::new();
    };
    let geo = &restrictions.geo_restriction;
    let places = geo.locations.as_deref().unwrap_or_default();
    let mut findings = Vec::new();
    let names_some = geo.restriction_type != RestrictionType::None;
    if names_some == places.is_empty() {
        let fault = if names_some { "no country is named" } else { "countries are named and none is meant" };
        findings.push(Finding::on(PLACES, fault).and("restrictions.geo_restriction.restriction_type"));
    }
    for place in places {
        if place.len() != 2 || !place.bytes().all(|b| b.is_ascii_uppercase()) {
            findings.push(
                Finding::on(PLACES, format!("{place:?} is no country"))
                    .help("two capital letters, such as DE"),
            );
        }
    }
    findings
}

/// A page of one's own has a status of its own.
fn errors(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, error) in spec.custom_error_responses.iter().flatten().enumerate() {
        if error.response_page_path.is_some() != error.response_code.is_some() {
            let path = FieldPath::root().key("custom_error_responses").index(index);
            findings.push(
                Finding::at(
                    path.key("response_page_path"),
                    "`response_page_path` and `response_code` need each other",
                )
                .and_at(path.key("response_code")),
            );
        }
    }
    findings
}

/// Today's web ACLs go by their ARN, those of before by their id.
fn web_acl(text: &str) -> Option<Finding> {
    if text.is_empty() || !text.starts_with("arn:") {
        return None;
    }
    let fits = arn::Arn::parse(text).is_some_and(|arn| {
        arn.service == "wafv2" && arn.region == "us-east-1" && arn.resource.starts_with("global/webacl/")
    });
    (!fits).then(|| {
        Finding::on("web_acl_id", "this is no web ACL for CloudFront")
            .help("its scope is CLOUDFRONT, and it lies in us-east-1")
    })
}

/// What belongs to tenants isn't said of their distribution.
fn tenants(spec: &Spec) -> Vec<Finding> {
    let given = [
        ("aliases", spec.aliases.as_ref().is_some_and(|names| !names.is_empty())),
        ("continuous_deployment_policy_id", spec.continuous_deployment_policy_id.is_some()),
        ("price_class", spec.price_class.is_some()),
        ("staging", spec.staging == Some(true)),
        ("is_ipv6_enabled", spec.is_ipv6_enabled.is_some()),
        ("anycast_ip_list_id", spec.anycast_ip_list_id.is_some()),
    ];
    given
        .into_iter()
        .filter(|(_, is_set)| *is_set)
        .map(|(field, _)| {
            Finding::on(field, format!("`{field}` isn't for a distribution of tenants"))
                .and("connection_mode")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::distribution::Distribution;
    use crate::kinds::Kind as _;
    use crate::kinds::testing::{World, assert_rules, assert_whole, edited};
    use crate::model::Json;

    fn distribution() -> Json {
        let policy = "658327ea-f89d-4fab-a63d-7e88639e58f6";
        json!({
            "enabled": true,
            "aliases": ["audityzer.com", "www.audityzer.com"],
            "default_root_object": "index.html",
            "origins": [
                {"id": "site", "domain_name": "site.s3.us-east-1.amazonaws.com",
                 "origin_access_control_id": "E1A2B3C4D5E6F7", "s3_origin_config": {}},
                {"id": "copy", "domain_name": "copy.s3.eu-west-1.amazonaws.com",
                 "origin_access_control_id": "E1A2B3C4D5E6F7", "s3_origin_config": {}},
                {"id": "api", "domain_name": "api.auditorsec.com", "custom_origin_config":
                    {"http_port": 80, "https_port": 443, "origin_protocol_policy": "https-only"}},
            ],
            "origin_groups": [{"id": "sites", "failover_status_codes": [500, 503], "members": ["site", "copy"]}],
            "default_cache_behavior": {"target_origin_id": "sites", "viewer_protocol_policy": "redirect-to-https",
                "cache_policy_id": policy},
            "cache_behaviors": [{"path_pattern": "api/*", "target_origin_id": "api",
                "viewer_protocol_policy": "https-only", "cache_policy_id": policy,
                "allowed_methods": ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]}],
            "custom_error_responses": [{"error_code": 404, "response_page_path": "/404.html", "response_code": "404"}],
            "viewer_certificate": {
                "acm_certificate_arn":
                    "arn:aws:acm:us-east-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab",
                "ssl_support_method": "sni-only", "minimum_protocol_version": "TLSv1.2_2021",
            },
            "restrictions": {"geo_restriction": {"restriction_type": "none"}},
            "web_acl_id":
                "arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/1234abcd-12ab-34cd-56ef-1234567890ab",
            "http_version": "http2and3", "is_ipv6_enabled": true,
        })
    }

    const NULL: Json = Json::Null;

    #[test]
    fn origins_are_of_one_sort_and_groups_are_made_of_them() {
        let origin = |rest: &str| format!("/origins/0/{rest}");
        let custom = json!({"http_port": 80, "https_port": 443, "origin_protocol_policy": "https-only"});
        let identity = json!({"origin_access_identity": "origin-access-identity/cloudfront/E1"});
        assert_rules::<Distribution>(
            &distribution(),
            &[
                (&[("/origins", json!([]))], "has 0 elements"),
                (&[(&origin("s3_origin_config"), NULL)], "of one sort"),
                (&[(&origin("custom_origin_config"), custom)], "of one sort"),
                (&[(&origin("s3_origin_config"), identity)], "in one way"),
                (&[(&origin("domain_name"), json!("site.example.com"))], "no host name of a bucket"),
                (&[("/origins/2/domain_name", json!("https://api.auditorsec.com"))], "no host name"),
                (&[(&origin("origin_path"), json!("/site/"))], "doesn't end with it"),
                (&[(&origin("origin_path"), json!("/site"))], ""),
                (&[(&origin("origin_shield"), json!({"enabled": true}))], "lies in a region"),
                (&[(&origin("response_completion_timeout"), json!(10))], "30 seconds"),
                (&[(&origin("connection_attempts"), json!(4))], "1 to 3"),
                (&[("/origins/1/id", json!("site"))], "twice"),
                (&[("/origin_groups/0/members", json!(["site", "none"]))], "no origin \"none\""),
                (&[("/origin_groups/0/members", json!(["site", "site"]))], "stand in for itself"),
                (&[("/origin_groups/0/members", json!(["site"]))], "has 1 elements"),
                (&[("/origin_groups/0/id", json!("api"))], "an origin is called"),
                (&[("/origin_groups/0/failover_status_codes", json!([200]))], "no status of a failure"),
            ],
        );
        assert_whole::<Distribution>(&distribution());
    }

    #[test]
    fn behaviours_say_where_requests_go_and_what_is_cached() {
        let api = |rest: &str| format!("/cache_behaviors/0/{rest}");
        let default = |rest: &str| format!("/default_cache_behavior/{rest}");
        let all = json!(["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]);
        let older = json!({"query_string": false, "cookies": {"forward": "none"}});
        let function = json!([{
            "event_type": "viewer-request", "function_arn": "arn:aws:cloudfront::123456789012:function/index",
        }]);
        let lambda = |event: &str| json!([{"event_type": event, "lambda_function_arn": "arn:aws:lambda:…"}]);
        let first = distribution()["cache_behaviors"][0].clone();
        let second = edited(&first, &[("/path_pattern", json!("/api/*"))]);
        let origin_event = edited(&function, &[("/0/event_type", json!("origin-request"))]);
        assert_rules::<Distribution>(
            &distribution(),
            &[
                (&[(&api("target_origin_id"), json!("apis"))], "there are site, copy, api, sites"),
                (&[(&api("allowed_methods"), json!(["GET", "POST"]))], "can't be passed on together"),
                (&[(&api("cached_methods"), json!(["GET", "POST"]))], "can't be cached"),
                (&[(&default("cached_methods"), json!(["GET", "HEAD", "OPTIONS"]))], "can't be cached"),
                (&[(&default("allowed_methods"), all)], "an origin group gets"),
                (&[(&api("cache_policy_id"), NULL)], "what makes two requests the same"),
                (&[(&api("forwarded_values"), older.clone())], "in two ways"),
                (&[(&api("forwarded_values"), older.clone()), (&api("cache_policy_id"), NULL)], ""),
                (
                    &[
                        (&api("forwarded_values"), older),
                        (&api("cache_policy_id"), NULL),
                        (&api("origin_request_policy_id"), json!("x")),
                    ],
                    "needs a cache policy beside it",
                ),
                (&[(&api("min_ttl"), json!(1))], "stands in the cache policy"),
                (&[(&default("grpc_config"), json!({"enabled": true}))], "gRPC needs POST"),
                (&[(&default("function_associations"), function.clone())], ""),
                (&[(&default("function_associations"), origin_event)], "readers' requests and answers only"),
                (
                    &[
                        (&default("function_associations"), function.clone()),
                        (&default("lambda_function_associations"), lambda("viewer-response")),
                    ],
                    "functions of two sorts",
                ),
                (
                    &[
                        (&default("function_associations"), function),
                        (&default("lambda_function_associations"), lambda("origin-response")),
                    ],
                    "",
                ),
                (&[("/cache_behaviors", json!([first.clone(), second]))], "is there twice"),
            ],
        );
    }

    #[test]
    fn readers_connect_to_names_that_are_certified() {
        let viewer = |rest: &str| format!("/viewer_certificate/{rest}");
        let arn = &viewer("acm_certificate_arn");
        let geo = |kind: &str, places: Json| {
            [("/restrictions/geo_restriction", json!({"restriction_type": kind, "locations": places}))]
        };
        assert_rules::<Distribution>(
            &distribution(),
            &[
                (&[("/aliases", json!(["Audityzer.com"]))], "no host name"),
                (&[("/aliases", json!(["*.audityzer.com"]))], ""),
                (&[("/viewer_certificate", NULL)], "isn't for these names"),
                (&[("/viewer_certificate", json!({"cloud_front_default_certificate": true}))], "isn't for"),
                (
                    &[
                        ("/viewer_certificate", json!({"cloud_front_default_certificate": true})),
                        ("/aliases", json!([])),
                    ],
                    "",
                ),
                (&[(&viewer("cloud_front_default_certificate"), json!(true))], "exactly one certificate"),
                (&[(arn, json!("arn:aws:acm:eu-west-1:123456789012:certificate/a"))], "us-east-1 only"),
                (&[(arn, json!("certificate"))], "no Amazon resource name"),
                (&[(&viewer("ssl_support_method"), NULL)], "set `sni-only`"),
                (&[(&viewer("minimum_protocol_version"), NULL)], "set `TLSv1.2_2021`"),
                (&[(&viewer("minimum_protocol_version"), json!("SSLv3"))], "SSLv3"),
                (&geo("whitelist", json!([])), "no country is named"),
                (&geo("none", json!(["DE"])), "none is meant"),
                (&geo("blacklist", json!(["de"])), "no country"),
                (&geo("blacklist", json!(["DE"])), ""),
                (&[("/custom_error_responses/0/response_code", NULL)], "need each other"),
                (&[("/default_root_object", json!("/index.html"))], "starts with `/`"),
                (
                    &[("/web_acl_id", json!("arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/a/b"))],
                    "no web ACL for CloudFront",
                ),
                (&[("/logging", json!({"enabled": true}))], "no bucket to go to"),
                (&[("/tenant_config", json!({}))], "has no tenants"),
                (&[("/connection_mode", json!("tenant-only"))], "isn't for a distribution of tenants"),
                (&[("/comment", json!("a".repeat(129)))], "at most 128"),
            ],
        );
    }

    #[test]
    fn a_name_belongs_to_one_distribution() {
        let sky = World::default().with(Distribution::TYPE, "E1", "us-east-1", distribution());
        assert_eq!(sky.create::<Distribution>(&distribution()).unwrap_err(), "CNAMEAlreadyExists");
        assert!(sky.update::<Distribution>("E1", &distribution()).is_ok());
        let other = edited(&distribution(), &[("/aliases", json!(["audityzer-sec.com"]))]);
        assert!(sky.create::<Distribution>(&other).is_ok());
    }

    #[test]
    fn its_certificate_lies_in_one_region() {
        let arn = &distribution()["viewer_certificate"]["acm_certificate_arn"];
        for (region, answer) in [("us-east-1", ""), ("eu-west-1", "InvalidViewerCertificate")] {
            let sky = World::default().with("aws.acm.certificate", "c", region, json!({"arn": arn}));
            assert_eq!(sky.create::<Distribution>(&distribution()).err().unwrap_or_default(), answer);
        }
    }

    #[test]
    fn addresses_of_its_own_cost_much() {
        let cost = |method: &str| {
            let spec = edited(&distribution(), &[("/viewer_certificate/ssl_support_method", json!(method))]);
            Distribution::profile(&serde_json::from_value(spec).unwrap()).usd_per_month()
        };
        assert!((cost("vip") - cost("sni-only") - 600.0).abs() < 1e-9);
    }
}
