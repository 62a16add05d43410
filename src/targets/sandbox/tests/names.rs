//! What names lead to: records that choose between regions, routes that clusters publish, and what the
//! DNS says besides.

use super::probes::ask;
use super::*;

fn lab() -> Lab {
    let (store, world) = (Store::memory(), World::virtual_from(1, 0));
    let sandbox = Sandbox::open(&store, Registry::all(), world.clone()).unwrap();
    Lab { world, store, sandbox }
}

impl Lab {
    fn plant(&self, kind: &str, scope: &Scope, spec: &Json) -> String {
        let key = self.sandbox.plant(kind, scope, spec).unwrap_or_else(|error| panic!("{kind}: {error:?}"));
        key.id.as_str().to_owned()
    }

    /// A cluster that publishes a name for a route, and tells browsers what to do.
    fn with_gateway(&self, region: &str, host: &str) {
        let inside = cluster(region, "one");
        let provides = ["gateway.networking.k8s.io/HTTPRoute", "gateway.envoyproxy.io/ClientTrafficPolicy"];
        self.plant(
            "helm.release",
            &inside,
            &json!({"name": "external-dns", "repository": "https://charts.example.org", "chart": "external-dns",
                "version": "1.0.0", "provides": provides}),
        );
        let headers = json!({"lateResponseHeaders": {"set": [{"name": "X-Frame-Options", "value": "DENY"}]}});
        let manifests = json!([
            {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "a", "namespace": "default",
                "annotations": {"external-dns.alpha.kubernetes.io/hostname": format!("other.test, {host}")}}},
            {"apiVersion": "gateway.envoyproxy.io/v1alpha1", "kind": "ClientTrafficPolicy",
                "metadata": {"name": "a", "namespace": "default"}, "spec": {"headers": headers}}]);
        self.plant("kubernetes.object", &inside, &json!({ "manifests": manifests }));
    }

    /// A record that leads to a region's name while that is well.
    fn lead_to(&self, zone: &str, part: &str, target: &str) {
        let check = json!({"type": "HTTPS", "fully_qualified_domain_name": target});
        let check = self.plant("aws.route53.health_check", &Scope::default(), &check);
        let record = json!({"hosted_zone_id": zone, "name": "api.example.com", "type": "A", "set_identifier": part,
            "failover": part, "health_check_id": check,
            "alias_target": {"hosted_zone_id": zone, "dns_name": target, "evaluate_target_health": true}});
        self.plant("aws.route53.record_set", &Scope::default(), &record);
    }
}

const URL: &str = "https://api.example.com/healthz";

#[test]
fn a_name_leads_to_the_region_that_is_well() {
    let lab = lab();
    run(&lab, async {
        let global = Scope::default();
        let zone = lab.plant("aws.route53.hosted_zone", &global, &json!({"name": "example.com"}));
        let url = json!({ "url": URL });
        assert_eq!(ask(&lab, "http", &global, url.clone()).await.unwrap().passed, Some(false));
        for (region, part) in [("us-east-1", "PRIMARY"), ("eu-west-1", "SECONDARY")] {
            let host = format!("{region}.example.com");
            lab.with_gateway(region, &host);
            assert_eq!(ask(&lab, "dns", &global, json!({ "name": host })).await.unwrap().passed, Some(true));
            lab.lead_to(&zone, part, &host);
        }
        assert_eq!(ask(&lab, "http", &global, url.clone()).await.unwrap().passed, Some(true));
        lab.sandbox.break_region("us-east-1", 0).unwrap();
        assert_eq!(
            ask(&lab, "http", &global, url.clone()).await.unwrap().passed,
            Some(true),
            "the other one"
        );
        lab.sandbox.break_region("eu-west-1", 0).unwrap();
        let error = ask(&lab, "http", &global, url).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreachable);
    });
}

#[test]
fn records_that_lead_in_a_circle_lead_nowhere() {
    let lab = lab();
    run(&lab, async {
        let global = Scope::default();
        let zone = lab.plant("aws.route53.hosted_zone", &global, &json!({"name": "example.com"}));
        for (name, target) in [("a.example.com", "b.example.com"), ("b.example.com", "a.example.com")] {
            let record = json!({"hosted_zone_id": zone, "name": name, "type": "CNAME", "ttl": 60, "resource_records": [target]});
            lab.plant("aws.route53.record_set", &global, &record);
        }
        let answer = ask(&lab, "dns", &global, json!({ "name": "a.example.com" })).await.unwrap();
        assert_eq!((answer.passed, answer.seen.as_str()), (Some(false), "nothing answers at a.example.com"));
    });
}

#[test]
fn answers_have_the_headers_of_their_gateway() {
    let lab = lab();
    run(&lab, async {
        let global = Scope::default();
        lab.with_gateway("us-east-1", "api.example.com");
        let headers = |wanted: Json| json!({ "url": URL, "headers": wanted });
        let right = ask(&lab, "http", &global, headers(json!({"x-frame-options": "DENY"}))).await.unwrap();
        assert_eq!(right.passed, Some(true));
        for wanted in [json!({"X-Frame-Options": "SAMEORIGIN"}), json!({"Referrer-Policy": ""})] {
            let answer = ask(&lab, "http", &global, headers(wanted)).await.unwrap();
            assert_eq!(answer.passed, Some(false), "{}", answer.seen);
        }
    });
}

#[test]
fn the_dns_says_what_records_and_registrations_say() {
    let lab = lab();
    run(&lab, async {
        let global = Scope::default();
        let zone = lab.plant("aws.route53.hosted_zone", &global, &json!({"name": "example.com"}));
        let servers = lab
            .read("aws.route53.hosted_zone", &global, &PhysicalId::new(zone.as_str()))
            .await
            .unwrap()
            .unwrap()["name_servers"]
            .clone();
        let asked = |kind: &str, expects: Json| {
            let mut question = json!({ "name": "example.com", "type": kind });
            if !expects.is_null() {
                question["expects"] = expects;
            }
            question
        };
        let passes =
            async |question: Json| ask(&lab, "dns", &global, question).await.unwrap().passed.unwrap();
        assert!(passes(asked("NS", servers.clone())).await, "a zone that nothing else is known of");
        assert!(!passes(asked("CAA", Json::Null)).await);
        let value = "0 issue \"ca.test\"";
        let caa = json!({"hosted_zone_id": zone, "name": "example.com", "type": "CAA", "ttl": 60,
            "resource_records": ["0 iodef \"mailto:a@example.com\"", value]});
        lab.plant("aws.route53.record_set", &global, &caa);
        assert!(passes(asked("CAA", Json::Null)).await);
        assert!(
            passes(asked("CAA", json!([value, "0 iodef \"mailto:a@example.com\""]))).await,
            "in any order"
        );
        assert!(!passes(asked("CAA", json!([value]))).await, "there are more");
        let contact = json!({"contact_type": "PERSON", "first_name": "A", "last_name": "B", "address_line_1": "C 1",
            "city": "D", "country_code": "DE", "phone_number": "+49.301234567", "email": "a@example.org"});
        let domain = json!({"domain_name": "example.com", "name_servers": [{"name": "ns.test"}, {"name": "ns2.test"}],
            "purchase": {"confirm_domain_name": "example.com", "max_price_usd": 20.0},
            "registrant_contact": contact, "admin_contact": contact, "tech_contact": contact});
        lab.plant("aws.route53domains.domain", &global, &domain);
        assert!(!passes(asked("NS", servers)).await, "the world asks those of the registration");
        assert!(passes(asked("NS", json!(["ns2.test", "ns.test"]))).await);
    });
}
