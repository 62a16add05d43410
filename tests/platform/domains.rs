//! Phase `domains`: what makes each of its checks fail, how public names move, and what is never bought.

use super::{Cause, applied, assert_causes, assert_damages, assert_figures, platform, verified};

#[test]
fn its_checks_fail_when_what_they_ask_about_is_damaged() {
    assert_damages(&[
        (
            "delegated[audityzer]",
            &["platform/domains.registration[audityzer]", r#"name_servers=[{"name": "ns.example.org"}]"#],
        ),
        ("authorities_named[audityzer-sec]", &["platform/domains.caa[audityzer-sec]", "--delete"]),
        (
            "headers_present[secondary]",
            &[
                "platform/domains.gateway_rules[secondary]",
                "manifests[0].spec.headers.lateResponseHeaders.set=[]",
            ],
        ),
        ("cert_manager_available[failover]", &["platform/domains.cert_manager[failover]", "--delete"]),
    ]);
}

#[test]
fn its_checks_fail_when_figures_are_bad() {
    let life = "tls.remaining_life@secondary.auditorsec.com";
    // Two bounds on one figure: the lower is beyond both.
    for (days, fails) in [
        ("25", &["renewal_on_time[secondary]"][..]),
        ("15", &["renewal_on_time[secondary]", "certificate_lives[secondary]"]),
    ] {
        let fails = fails.iter().map(|&check| check.to_owned()).collect();
        assert_causes(&[Cause::new(&["sandbox", "figure", life, days], fails)]);
    }
    assert_figures(&[
        ("https_answers[failover]", "http.status@failover.auditorsec.com", "503"),
        ("host_answers[api]", "http.status@api.auditorsec.com", "503"),
    ]);
}

#[test]
fn public_names_stay_with_the_primary_region_until_another_takes_over() {
    let bench = applied();
    let hosts_failing =
        |bench: &_| verified(bench).0.iter().filter(|check| check.starts_with("host_answers[")).count();
    for (region, failing) in [("eu-west-1", 0), ("us-east-1", 1)] {
        bench.ok(&["sandbox", "break", region]);
        assert_eq!(hosts_failing(&bench), failing, "{region} is broken");
        bench.ok(&["sandbox", "heal", region]);
        assert_eq!(hosts_failing(&bench), 0, "{region} is healed");
    }
}

/// Writes the sandbox's consent to buy one of the domains otherwise.
fn with_purchase(from: &str, to: &str) -> super::bench::Bench {
    let bench = platform();
    let path = "stacks/environments/sandbox.yaml";
    let text = bench.read(path);
    assert!(text.contains(from), "{from}");
    bench.write(path, &text.replace(from, to));
    bench
}

#[test]
fn a_domain_is_bought_only_where_its_name_is_typed_twice() {
    let bench = with_purchase("confirm_domain_name: audityzer.com", "confirm_domain_name: audityzer.co");
    for command in [&["validate"][..], &["plan"]] {
        let refused = bench.run(command);
        assert!(refused.err.contains("to buy a domain, type its own name"), "{}", refused.err);
    }
    // One that isn't bought is adopted, and there is none in a new world.
    let bench =
        with_purchase("      audityzer: { confirm_domain_name: audityzer.com, max_price_usd: 20 }\n", "");
    let refused = bench.run(&["plan"]);
    assert!(refused.err.contains("`adopt` names audityzer.com, which can't be read"), "{}", refused.err);
    let phase = "phases/2-domains.yaml";
    let adopt = "    adopt: \"{{ none if each.key in settings.purchases else each.value.name }}\"\n";
    let text = bench.read(phase);
    assert!(text.contains(adopt));
    bench.write(phase, &text.replace(adopt, ""));
    for command in [&["validate"][..], &["plan"]] {
        let refused = bench.run(command);
        assert!(refused.err.contains("audityzer.com would have to be bought"), "{}", refused.err);
        assert!(refused.err.contains("confirm_domain_name: audityzer.com"), "{}", refused.err);
    }
}
