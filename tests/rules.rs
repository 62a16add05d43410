//! The rules, dashboards and routes of phase `observability` as they are deployed: judged by Prometheus'
//! and Alertmanager's own tools in worlds of `tests/prometheus/rules`, and every series that they name
//! is one that somebody measures (`tests/prometheus/series`) or that a rule records.

#![allow(clippy::disallowed_methods, reason = "tests read and write files of their own")]

#[path = "cli/bench.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod bench;
#[path = "harness/folders.rs"]
mod folders;
#[path = "prometheus/promql.rs"]
mod promql;
#[path = "platform/workspace.rs"]
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use bench::Bench;
use serde_json::Value as Json;

/// The platform, applied on the sandbox once for all tests.
fn applied() -> &'static Bench {
    static APPLIED: OnceLock<Bench> = OnceLock::new();
    APPLIED.get_or_init(|| {
        let bench = workspace::platform();
        bench.ok(&["apply", "-e", "sandbox", "--yes"]);
        bench
    })
}

/// What an expression gives, as if it stood in the phase.
fn eval(expression: &str) -> Json {
    let text = applied().ok(&["eval", "-e", "sandbox", expression]).out;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{expression}: {error}: {text}"))
}

fn yaml(path: &Path) -> Json {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn texts(list: &Json) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str)
}

fn names(index: &str) -> Vec<String> {
    let names: Vec<String> = texts(&yaml(&root(index))["files"]).map(str::to_owned).collect();
    assert!(!names.is_empty(), "{index} lists nothing");
    names
}

/// The groups of each file of rules, as the primary region's cluster gets them.
fn deployed() -> &'static BTreeMap<String, Json> {
    static DEPLOYED: OnceLock<BTreeMap<String, Json>> = OnceLock::new();
    DEPLOYED.get_or_init(|| {
        let spec =
            |name: &String| eval(&format!("phases.observability.rules['primary-{name}'].manifest.spec"));
        names("templates/alerts/index.yaml").iter().map(|name| (name.clone(), spec(name))).collect()
    })
}

/// Every rule that is deployed.
fn rules() -> impl Iterator<Item = &'static Json> {
    let groups = deployed().values().flat_map(|spec| spec["groups"].as_array().unwrap());
    groups.flat_map(|group| group["rules"].as_array().unwrap())
}

/// The alerts by name.
fn alerts() -> BTreeMap<&'static str, &'static Json> {
    rules().filter_map(|rule| Some((rule["alert"].as_str()?, rule))).collect()
}

/// Runs one of the tools of Debian's `prometheus` and `prometheus-alertmanager`.
fn tool(command: &mut Command, package: &str) -> (bool, String) {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().unwrap_or_else(|error| {
        panic!("{program} can't be run: {error}; it comes by `apt-get install {package}`")
    });
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

fn promtool(arguments: &[&str]) -> (bool, String) {
    tool(Command::new("promtool").args(arguments), "prometheus")
}

fn amtool(arguments: &[&str]) -> (bool, String) {
    tool(Command::new("amtool").args(arguments), "prometheus-alertmanager")
}

/// A folder with the rules as they are deployed, a file for each.
fn rendered() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, spec) in deployed() {
        // JSON is YAML.
        std::fs::write(folder.path().join(format!("{name}.yaml")), spec.to_string()).unwrap();
    }
    folder
}

#[test]
fn prometheus_takes_the_rules() {
    let folder = rendered();
    for name in deployed().keys() {
        let file = folder.path().join(format!("{name}.yaml"));
        let (passed, text) = promtool(&["check", "rules", file.to_str().unwrap()]);
        assert!(passed, "{name}: {text}");
    }
}

/// Runs the tests of one file against rules in a folder.
fn judge(name: &str, rules: &Path) -> (bool, String) {
    let text = std::fs::read_to_string(root(&format!("tests/prometheus/rules/{name}.yaml"))).unwrap();
    let tests = text.replace("../../../templates/alerts", rules.to_str().unwrap());
    assert_ne!(text, tests, "{name} names the rules by their place in templates");
    let file = rules.join(format!("{name}.test.yaml"));
    std::fs::write(&file, tests).unwrap();
    promtool(&["test", "rules", file.to_str().unwrap()])
}

#[test]
fn alerts_fire_and_stay_silent_where_they_should() {
    let folder = rendered();
    for name in deployed().keys() {
        let (passed, text) = judge(name, folder.path());
        assert!(passed, "{name}: {text}");
    }
}

#[test]
fn an_alert_that_always_or_never_fires_is_found() {
    let folder = rendered();
    for expression in ["vector(1)", "vector(1) > 2"] {
        let mut spec = deployed()["recovery"].clone();
        spec["groups"][0]["rules"][0]["expr"] = expression.into();
        std::fs::write(folder.path().join("recovery.yaml"), spec.to_string()).unwrap();
        let (passed, text) = judge("recovery", folder.path());
        assert!(!passed, "{expression}: {text}");
    }
}

#[test]
fn of_each_alert_there_is_a_world_in_which_it_fires_and_one_in_which_it_does_not() {
    let mut fires = BTreeSet::new();
    let mut is_silent = BTreeSet::new();
    for name in deployed().keys() {
        let tests = yaml(&root(&format!("tests/prometheus/rules/{name}.yaml")));
        for test in tests["tests"].as_array().unwrap() {
            for asked in test["promql_expr_test"].as_array().unwrap() {
                let query = asked["expr"].as_str().unwrap();
                let Some(rest) = query.strip_prefix("group(ALERTS{alertname=\"") else { continue };
                let alert = rest.split('"').next().unwrap().to_owned();
                let samples = asked["exp_samples"].as_array().unwrap();
                if samples.is_empty() {
                    is_silent.insert(alert)
                } else {
                    fires.insert(alert)
                };
            }
        }
    }
    let all: BTreeSet<String> = alerts().keys().map(|name| (*name).to_owned()).collect();
    assert!(all.len() >= 20, "{all:?}");
    assert_eq!(fires, all);
    // It fires always: that it doesn't is what an alarm of AWS waits for.
    is_silent.insert("Watchdog".to_owned());
    assert_eq!(is_silent, all);
}

#[test]
fn each_alert_says_how_bad_it_is_whose_and_what_to_do() {
    const PARTS: [&str; 5] = ["What it means", "Impact", "Diagnosis", "Mitigation", "Escalation"];
    let base = eval(
        "phases.observability.rules['primary-meta'].manifest.spec.groups[0].rules[0].annotations.runbook_url",
    );
    let base = base.as_str().unwrap().strip_suffix("/Watchdog.md").unwrap().to_owned();
    assert!(base.starts_with("https://") && !base.contains("invalid"), "{base}");
    for (name, alert) in alerts() {
        let labels = &alert["labels"];
        assert!(["page", "ticket", "none"].contains(&labels["severity"].as_str().unwrap()), "{name}");
        assert!(
            ["platform", "database", "security", "cost"].contains(&labels["team"].as_str().unwrap()),
            "{name}"
        );
        for annotation in ["summary", "description"] {
            assert!(alert["annotations"][annotation].as_str().is_some_and(|text| text.len() > 10), "{name}");
        }
        assert_eq!(alert["annotations"]["runbook_url"], format!("{base}/{name}.md"));
        let runbook = root(&format!("templates/runbooks/{name}.md"));
        let text = std::fs::read_to_string(&runbook).unwrap_or_else(|_| panic!("{name} has no runbook"));
        let parts: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(parts, PARTS, "{name}");
        for part in text.split("\n## ").skip(1) {
            let content = part.split_once('\n').map_or("", |(_, content)| content.trim());
            assert!(content.len() > 20, "{name}: {part}");
        }
    }
    for entry in std::fs::read_dir(root("templates/runbooks")).unwrap() {
        let path = entry.unwrap().path();
        // Those of procedures are in a folder of their own.
        if path.is_dir() {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(name == "README" || alerts().contains_key(name.as_str()), "{name} is no alert");
    }
}

/// The configuration of a region's Alertmanager as it is deployed, in a file, with its messages beside.
fn alertmanager(folder: &Path, region: &str) -> (PathBuf, Json) {
    let values = eval(&format!("phases.observability.monitoring['{region}'].values.alertmanager"));
    for (name, text) in values["templateFiles"].as_object().unwrap() {
        std::fs::write(folder.join(name), text.as_str().unwrap()).unwrap();
    }
    let config = values["config"].to_string().replace("/etc/alertmanager/config", folder.to_str().unwrap());
    let path = folder.join(format!("{region}.yaml"));
    std::fs::write(&path, config).unwrap();
    (path, values["config"].clone())
}

#[test]
fn alertmanager_takes_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    for region in ["primary", "secondary", "failover"] {
        let (path, _) = alertmanager(folder.path(), region);
        let (passed, text) = amtool(&["check-config", path.to_str().unwrap()]);
        assert!(passed && text.contains("1 templates"), "{region}: {text}");
    }
}

#[test]
fn every_alert_reaches_whom_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let (path, config) = alertmanager(folder.path(), "primary");
    let receivers: BTreeMap<&str, &Json> = config["receivers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|receiver| (receiver["name"].as_str().unwrap(), receiver))
        .collect();
    let mut reached = BTreeSet::new();
    for (name, alert) in alerts() {
        let labels = &alert["labels"];
        let (severity, team) = (labels["severity"].as_str().unwrap(), labels["team"].as_str().unwrap());
        let config_flag = format!("--config.file={}", path.display());
        let pairs = [format!("alertname={name}"), format!("severity={severity}"), format!("team={team}")];
        let (passed, text) =
            amtool(&["config", "routes", "test", &config_flag, &pairs[0], &pairs[1], &pairs[2]]);
        assert!(passed, "{name}: {text}");
        let receiver = text.lines().next().unwrap().trim().to_owned();
        let expected = match (severity, team) {
            ("none", _) => "heartbeat",
            ("page", "security") => "page-security",
            ("page", _) => "page",
            (_, "security") => "tickets-security",
            (_, "cost") => "tickets-cost",
            _ => "tickets",
        };
        assert_eq!(receiver, expected, "{name}");
        let ways = receivers[receiver.as_str()];
        let has = |way: &str| ways[way].as_array().is_some_and(|ways| !ways.is_empty());
        match severity {
            // Two ways that share nothing, and where others see it.
            "page" => {
                assert!(has("pagerduty_configs") && has("sns_configs") && has("slack_configs"), "{name}")
            }
            "ticket" => assert!(has("slack_configs"), "{name}"),
            _ => assert!(has("sns_configs"), "{name}"),
        }
        reached.insert(receiver);
    }
    let unused: Vec<&&str> =
        receivers.keys().filter(|name| **name != "nobody" && !reached.contains(**name)).collect();
    assert!(unused.is_empty(), "nobody is sent to {unused:?}");
}

#[test]
fn alertmanager_proves_itself_by_a_certificate_of_the_cluster_and_expiry_is_shown() {
    let certificate = eval("phases.observability.certificate['primary'].manifest.spec");
    let issuer = eval("phases.domains.internal_issuer['primary'].manifest.metadata.name");
    assert_eq!(certificate["issuerRef"]["name"], issuer);
    let values = eval("phases.observability.monitoring['primary'].values.alertmanager");
    let served = &values["alertmanagerSpec"]["web"]["tlsConfig"];
    assert_eq!(served["keySecret"]["name"], certificate["secretName"]);
    for client in [&values["serviceMonitor"], &values["alertmanagerSpec"]] {
        assert_eq!(client["scheme"], "https");
        assert_eq!(client["tlsConfig"]["ca"]["secret"]["name"], certificate["secretName"]);
        let name = &client["tlsConfig"]["serverName"];
        assert!(certificate["dnsNames"].as_array().unwrap().contains(name), "{name}");
    }
    let dashboard = std::fs::read_to_string(root("templates/dashboards/edge.json")).unwrap();
    assert!(dashboard.contains("certmanager_certificate_expiration_timestamp_seconds"));
}

#[test]
fn no_key_stands_in_the_routes() {
    let (_, config) = alertmanager(tempfile::tempdir().unwrap().path(), "primary");
    let text = config.to_string();
    for field in ["\"routing_key\"", "\"api_url\"", "\"service_key\"", "\"password\""] {
        assert!(!text.contains(field), "{field}");
    }
    assert!(text.contains("routing_key_file") && text.contains("api_url_file"));
}

/// The alerts that an inhibition names exist.
#[test]
fn what_quietens_others_is_there() {
    let (_, config) = alertmanager(tempfile::tempdir().unwrap().path(), "primary");
    let all = alerts();
    for rule in config["inhibit_rules"].as_array().unwrap() {
        for matcher in texts(&rule["source_matchers"]).filter_map(|text| text.strip_prefix("alertname = ")) {
            assert!(all.contains_key(matcher), "{matcher}");
        }
        for matcher in texts(&rule["target_matchers"]).filter_map(|text| text.strip_prefix("alertname =~ ")) {
            let pattern = regex::Regex::new(&format!("^(?:{})$", matcher.trim_matches('"'))).unwrap();
            assert!(all.keys().any(|name| pattern.is_match(name)), "{matcher}");
        }
    }
}

/// The series that exporters are documented to have.
fn measured() -> BTreeSet<String> {
    let mut series = BTreeSet::new();
    for entry in std::fs::read_dir(root("tests/prometheus/series")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (head, body): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with('#'));
        assert!(head.iter().any(|line| line.contains("https://")), "{} has no source", path.display());
        series.extend(body.into_iter().map(str::to_owned));
    }
    series
}

/// Which of the names that an expression reads are neither measured nor recorded.
fn unknown(expression: &str) -> Vec<String> {
    static KNOWN: OnceLock<BTreeSet<String>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let recorded = rules().filter_map(|rule| rule["record"].as_str()).map(str::to_owned);
        measured().into_iter().chain(recorded).collect()
    });
    // A histogram is listed by its own name.
    let is_known = |name: &String| {
        known.contains(name)
            || ["_bucket", "_sum", "_count"]
                .iter()
                .any(|suffix| name.strip_suffix(suffix).is_some_and(|base| known.contains(base)))
    };
    promql::series(expression).into_iter().filter(|name| !is_known(name)).collect()
}

#[test]
fn every_rule_reads_series_that_are_there() {
    for rule in rules() {
        let expression = rule["expr"].as_str().unwrap();
        assert_eq!(unknown(expression), [""; 0], "{expression}");
    }
    assert_eq!(unknown("sum(rate(no_such_series_total[5m])) > 1"), ["no_such_series_total"]);
}

#[test]
fn every_check_reads_series_that_are_there() {
    let phase = yaml(&root("phases/3-observability.yaml"));
    let checks = phase["checks"].as_object().unwrap();
    for (name, check) in checks {
        assert_eq!(unknown(check["promql"]["query"].as_str().unwrap()), [""; 0], "{name}");
    }
}

/// The targets of a dashboard's panels, those within rows too.
fn targets(panels: &Json) -> Vec<(String, Json)> {
    let mut found = Vec::new();
    for panel in panels.as_array().into_iter().flatten() {
        let title = panel["title"].as_str().unwrap_or_default().to_owned();
        found.extend(
            panel["targets"].as_array().into_iter().flatten().map(|target| (title.clone(), target.clone())),
        );
        found.extend(targets(&panel["panels"]));
    }
    found
}

#[test]
fn dashboards_answer_different_questions_with_series_that_are_there() {
    let names = names("templates/dashboards/index.yaml");
    assert!(names.len() >= 10);
    let mut questions = BTreeSet::new();
    let mut asked = BTreeSet::new();
    for name in &names {
        let path = root(&format!("templates/dashboards/{name}.json"));
        let dashboard: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(dashboard["uid"], name.as_str());
        let question = dashboard["description"].as_str().unwrap();
        assert!(question.contains('?'), "{name} asks nothing: {question}");
        assert!(questions.insert(question.to_owned()), "{name} asks what another asks: {question}");
        let mut ids = BTreeSet::new();
        for panel in dashboard["panels"].as_array().unwrap() {
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{name}: two panels with one id");
            let place = &panel["gridPos"];
            assert!(place["x"].as_u64().unwrap() + place["w"].as_u64().unwrap() <= 24, "{name}: {place}");
        }
        let targets = targets(&dashboard["panels"]);
        assert!(targets.len() >= 5, "{name}");
        for (title, target) in targets {
            let expression = target["expr"].as_str().unwrap().to_owned();
            match target["datasource"]["uid"].as_str().unwrap() {
                "prometheus" => {
                    assert_eq!(unknown(&expression), [""; 0], "{name}, {title}: {expression}");
                    asked.insert(expression);
                }
                "loki" => assert!(expression.starts_with('{'), "{name}, {title}: {expression}"),
                other => panic!("{name}, {title}: there is no data source {other}"),
            }
        }
        for variable in dashboard["templating"]["list"].as_array().unwrap() {
            let query = variable["query"]["query"].as_str().unwrap();
            let series = query.strip_prefix("label_values(").and_then(|rest| rest.split(',').next()).unwrap();
            assert_eq!(unknown(series), [""; 0], "{name}: {query}");
        }
    }
    is_promql(&asked);
}

/// Asserts that Prometheus reads expressions, with the variables of dashboards filled in.
fn is_promql(expressions: &BTreeSet<String>) {
    let rules: Vec<Json> = expressions
        .iter()
        .enumerate()
        .map(|(number, expression)| {
            let variable = regex::Regex::new(r"\$[a-z]+").unwrap();
            let expression = variable.replace_all(expression, "any");
            serde_json::json!({ "record": format!("asked:{number}"), "expr": expression })
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("asked.yaml");
    let groups = serde_json::json!({ "groups": [{ "name": "asked", "rules": rules }] });
    std::fs::write(&file, groups.to_string()).unwrap();
    let (passed, text) = promtool(&["check", "rules", "--lint=none", file.to_str().unwrap()]);
    assert!(passed, "{text}");
}

#[test]
fn each_key_figure_has_a_series_and_a_place_on_the_first_dashboard() {
    const FIGURES: [&str; 8] = [
        "kpi:availability:ratio30d",
        "kpi:cache_hits:ratio1h",
        "kpi:cost_per_transaction:usd1d",
        "kpi:database_p95:seconds5m",
        "kpi:errors:ratio_rate1h",
        "kpi:recovery_point:seconds",
        "kpi:recovery_time:seconds30d",
        "kpi:response_time_p99:seconds5m",
    ];
    let recorded: BTreeSet<&str> =
        rules().filter_map(|rule| rule["record"].as_str()).filter(|name| name.starts_with("kpi:")).collect();
    assert_eq!(recorded, FIGURES.into());
    let overview = std::fs::read_to_string(root("templates/dashboards/overview.json")).unwrap();
    for figure in FIGURES {
        assert!(overview.contains(figure), "{figure}");
    }
}

/// Others ask for these by name: roll-outs are taken back by them.
#[test]
fn names_that_were_promised_are_there() {
    let recorded: BTreeSet<&str> = rules().filter_map(|rule| rule["record"].as_str()).collect();
    for name in
        ["slo:api_availability:ratio_rate5m", "slo:api_errors:ratio_rate5m", "slo:api_latency_p99:seconds5m"]
    {
        assert!(recorded.contains(name), "{name}");
    }
    for name in ["Fast", "Medium", "Slow", "Trickle"] {
        assert!(alerts().contains_key(format!("ApiErrorBudgetBurn{name}").as_str()), "{name}");
    }
}

#[test]
fn what_the_cloudwatch_exporter_asks_for_is_what_its_list_says() {
    let config = eval("phases.observability.cloudwatch['primary'].values.config");
    let config: Json = serde_yaml::from_str(config.as_str().unwrap()).unwrap();
    let jobs = config["discovery"]["jobs"].as_array().unwrap().iter().map(|job| (&job["type"], job));
    let fixed = config["static"].as_array().unwrap().iter().map(|job| (&job["namespace"], job));
    let mut named = BTreeSet::new();
    for (namespace, job) in jobs.chain(fixed) {
        let prefix = namespace.as_str().unwrap().to_lowercase().replace('/', "_");
        for metric in job["metrics"].as_array().unwrap() {
            for statistic in texts(&metric["statistics"]) {
                let name = metric["name"].as_str().unwrap();
                named.insert(format!("{prefix}_{}_{}", snake(name), snake(statistic)));
            }
        }
    }
    let listed = std::fs::read_to_string(root("tests/prometheus/series/cloudwatch-exporter.txt")).unwrap();
    let listed: BTreeSet<String> =
        listed.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    assert_eq!(named, listed);
}

/// As the exporter writes names: a word starts where an upper-case letter follows another sort.
fn snake(name: &str) -> String {
    let mut text = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        if letter.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()) {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
        before = letter;
    }
    text
}

#[test]
fn the_page_of_the_phase_lists_each_alert() {
    let page = std::fs::read_to_string(root("docs/phases/3-observability.md")).unwrap();
    for (name, alert) in alerts() {
        let row = format!(
            "| [{name}](../../templates/runbooks/{name}.md) | {} | {} |",
            words(alert, "severity"),
            words(alert, "team")
        );
        assert!(page.contains(&row), "{row}");
    }
}

fn words<'a>(alert: &'a Json, label: &str) -> &'a str {
    alert["labels"][label].as_str().unwrap()
}
