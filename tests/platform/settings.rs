//! One setting changed on the applied platform: what is planned is what one would expect, and nothing
//! else. Each plan is kept whole, as people read it.

use regex::{Captures, Regex};
use serde_json::Value;

use super::bench::Bench;
use super::{applied, platform};

const ENVIRONMENT: &str = "stacks/environments/sandbox.yaml";

/// The applied platform, with one setting of the environment's file changed.
fn with(owner: &str, setting: &str) -> Bench {
    let bench = applied();
    let text = bench.read(ENVIRONMENT);
    let head = format!("  {owner}:\n");
    // A key that stands there twice would be refused.
    let text = if text.contains(&head) {
        text.replacen(&head, &format!("{head}    {setting}\n"), 1)
    } else {
        format!("{text}{head}    {setting}\n")
    };
    bench.write(ENVIRONMENT, &text);
    bench
}

/// Ids that a world makes up: of NAT gateways, zones and health checks.
const MADE_UP: &str = r"\bnat-[0-9a-f]{17}\b|\bZ[0-9]{19}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b";

/// A plan in which the text of lines stands instead of their numbers, which change with every edit of a
/// phase, and the address of what was made instead of its id, which is another one in each world.
fn readable(bench: &Bench, plan: &str) -> String {
    let place = Regex::new(r"((?:phases|stacks)/[a-z0-9/-]+\.yaml):(\d+):\d+").unwrap();
    let plan = place.replace_all(plan, |found: &Captures<'_>| {
        let text = bench.read(&found[1]);
        let line = text.lines().nth(found[2].parse::<usize>().unwrap() - 1).unwrap();
        format!("{}: {}", &found[1], line.trim())
    });
    let made = bench.ok(&["state", "list", "--long"]).out;
    let address = |id: &str| {
        let line = made.lines().find(|line| line.split_whitespace().any(|word| word == id));
        line.and_then(|line| line.split_whitespace().next())
            .unwrap_or_else(|| panic!("nothing has the id {id}"))
    };
    let id = Regex::new(MADE_UP).unwrap();
    id.replace_all(&plan, |found: &Captures<'_>| format!("<{}>", address(&found[0]))).into_owned()
}

fn plan(bench: &Bench) -> String {
    readable(bench, &bench.ok(&["plan", "-e", "sandbox"]).out)
}

/// The change can be made, and then nothing is left to do.
fn assert_applies(bench: &Bench) {
    bench.ok(&["apply", "-e", "sandbox", "--yes"]);
    bench.is_settled();
}

#[test]
fn kubernetes_goes_up_by_a_minor_version() {
    insta::assert_snapshot!(plan(&with("cluster", r#"version: "1.36""#)));
}

#[test]
fn regions_may_have_more_nodes() {
    insta::assert_snapshot!(plan(&with("cluster", "nodes_max: 15")));
}

#[test]
fn one_way_out_serves_all_zones() {
    let bench = with("cluster", "nat: single");
    insta::assert_snapshot!(plan(&bench));
    assert_applies(&bench);
}

#[test]
fn another_public_name_leads_to_the_gateways() {
    let hosts =
        r#"{ api: { domain: auditorsec, label: "api." }, status: { domain: auditorsec, label: "status." } }"#;
    let bench = with("domains", &format!("hosts: {hosts}"));
    insta::assert_snapshot!(plan(&bench));
    assert_applies(&bench);
}

#[test]
fn logs_are_kept_for_longer() {
    insta::assert_snapshot!(plan(&with("observability", "log_days: 60")));
}

#[test]
fn new_versions_may_be_slower() {
    insta::assert_snapshot!(plan(&with("gitops", "latency_ceiling_seconds: 0.3")));
}

#[test]
fn the_database_gets_larger_machines() {
    insta::assert_snapshot!(plan(&with("database", "instance_class: db.r7g.xlarge")));
}

#[test]
fn the_database_can_be_restored_from_further_back() {
    insta::assert_snapshot!(plan(&with("database", "backup_retention_days: 35")));
}

#[test]
fn twice_as_many_people_ask_at_once() {
    let bench = with("testing", "people: 200");
    insta::assert_snapshot!(plan(&bench));
    assert_applies(&bench);
}

#[test]
fn pods_are_used_more_before_there_are_others() {
    insta::assert_snapshot!(plan(&with("scaling", "cpu_percent: 70")));
}

#[test]
fn backups_are_kept_for_longer() {
    insta::assert_snapshot!(plan(&with("recovery", "backup_days: 60")));
}

#[test]
fn a_month_may_cost_more() {
    insta::assert_snapshot!(plan(&with("cost", "monthly_limit_usd: 6500")));
}

/// What a bound allows has to work: all that have one stand there at once.
#[test]
fn every_setting_may_stand_at_its_bounds() {
    for bound in ["minimum", "maximum"] {
        let bench = platform();
        let files = std::fs::read_dir(bench.path("phases")).unwrap();
        let mut files: Vec<String> =
            files.map(|file| format!("phases/{}", file.unwrap().file_name().display())).collect();
        files.extend(["failover", "failure-agent"].map(|stack| format!("stacks/{stack}/stack.yaml")));
        let mut environment: Value = serde_yaml::from_str(&bench.read(ENVIRONMENT)).unwrap();
        let mut moved = 0;
        for file in files {
            let declared: Value = serde_yaml::from_str(&bench.read(&file)).unwrap();
            let owner = declared["phase"].as_str().or(declared["stack"].as_str()).unwrap();
            for (name, setting) in declared["settings"].as_object().unwrap() {
                if let Some(value) = setting.get(bound) {
                    environment["settings"][owner][name] = value.clone();
                    moved += 1;
                }
            }
        }
        assert!(moved > 30, "{moved} settings have a {bound}");
        // JSON is YAML.
        bench.write(ENVIRONMENT, &environment.to_string());
        bench.ok(&["plan", "-e", "sandbox"]);
    }
}
