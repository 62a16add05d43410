//! The definitions by which manifests are judged are those of the charts that the phases pin.

#![allow(clippy::disallowed_methods, reason = "tests read the source tree")]

use std::collections::BTreeSet;
use std::path::Path;

use ninefold::model::Json;

/// Charts of whose kinds nothing here writes an object: their own programs do.
const WRITTEN_BY_THEMSELVES: [&str; 2] = ["domains.load_balancer_version", "testing.trivy_operator_version"];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A line of the list: the setting that pins a chart, its value, and the version of the definitions.
struct Line<'a> {
    setting: &'a str,
    value: &'a str,
    version: &'a str,
    /// Why the two aren't the same.
    remark: Option<&'a str>,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let lists = ["DEFINITIONS", "GENERATED"].map(|name| {
        let start = format!("\n{name}=(\n");
        text.split_once(&start).and_then(|(_, rest)| rest.split_once("\n)")).unwrap().0
    });
    let mut remark = None;
    let mut lines = Vec::new();
    for line in lists.into_iter().flat_map(str::lines).map(str::trim) {
        if let Some(text) = line.strip_prefix("# ") {
            remark = Some(text);
            continue;
        }
        let mut words = line.trim_matches('"').split(' ');
        let (setting, value) = words.next().and_then(|pin| pin.split_once('=')).unwrap();
        let version = words.nth(1).unwrap();
        lines.push(Line { setting, value, version, remark: remark.take() });
    }
    lines
}

/// A phase by its name, as it is written.
fn phase(name: &str) -> Json {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("phases");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let file = files
        .map(|file| file.to_string_lossy().into_owned())
        .find(|file| file.ends_with(&format!("-{name}.yaml")))
        .unwrap_or_else(|| panic!("there is no phase {name}"));
    serde_yaml::from_str(&read(&format!("phases/{file}"))).unwrap()
}

#[test]
fn definitions_follow_the_versions_of_the_charts() {
    let text = read("tests/manifests/schemas");
    let lines = lines(&text);
    assert!(lines.len() > 8, "only {} lines were found", lines.len());
    for line in &lines {
        let (name, setting) = line.setting.split_once('.').unwrap();
        let default = &phase(name)["settings"][setting]["default"];
        assert_eq!(
            default.as_str(),
            Some(line.value),
            "{}: tests/manifests/schemas fetches {} for another version of the chart",
            line.setting,
            line.version
        );
        let same = line.value.trim_start_matches('v') == line.version.trim_start_matches('v');
        assert!(same || line.remark.is_some(), "{}: nothing says why {} it is", line.setting, line.version);
    }
}

#[test]
fn every_chart_whose_kinds_are_written_has_definitions() {
    let text = read("tests/manifests/schemas");
    let known: BTreeSet<&str> = lines(&text).iter().map(|line| line.setting).collect();
    let mut charts = 0;
    for name in [
        "cluster",
        "domains",
        "observability",
        "gitops",
        "database",
        "testing",
        "scaling",
        "recovery",
        "cost",
    ] {
        let phase = phase(name);
        for (resource, declared) in phase["resources"].as_object().unwrap() {
            let spec = &declared["spec"];
            if declared["kind"] != "helm.release" || spec["provides"].is_null() {
                continue;
            }
            charts += 1;
            let version = spec["version"].as_str().unwrap_or_default();
            let setting = version
                .strip_prefix("{{ settings.")
                .and_then(|rest| rest.strip_suffix(" }}"))
                .unwrap_or_else(|| panic!("{name}.{resource}: its version is no setting"));
            let setting = format!("{name}.{setting}");
            assert!(
                known.contains(setting.as_str()) || WRITTEN_BY_THEMSELVES.contains(&setting.as_str()),
                "{name}.{resource}: tests/manifests/schemas fetches no definitions of its kinds"
            );
        }
    }
    assert!(charts > 8, "only {charts} charts were found");
}
