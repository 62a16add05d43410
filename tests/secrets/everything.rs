//! Everything that can happen to a platform full of secrets.

use super::planted::{By, plant};
use super::program::Program;

const FORMATS: [&str; 2] = ["human", "json"];
/// Everything but what the sandbox can't make.
const APPLY: [&str; 4] = ["apply", "--yes", "--exclude", "platform/vault.graph"];
/// Nothing is left to do, but for what is made of a secret that only the call itself fetches.
const SETTLED: [&str; 4] = ["plan", "--detailed-exitcode", "--exclude", "platform/vault.graph"];

/// What only reads: each shows something, and none a secret.
fn look(program: &mut Program) {
    program.ok(&["validate"]);
    program.ok(&["plan", "--verbose"]);
    for format in FORMATS {
        program.ok(&["plan", "--format", format, "--out", "saved.json"]);
        program.ok(&["show", "saved.json", "--format", format]);
    }
    program.ok(&["plan", "--refresh=false"]);
    program.ok(&["graph"]);
    program.ok(&["explain", "aws.sns.subscription"]);
    for expression in ["phases.vault.pager", "phases.vault.pager.endpoint", "phases.vault.object.manifest"] {
        program.exits(&[0, 1], &["eval", expression]);
    }
    // What fails in the middle of a secret doesn't show it either.
    for expression in ["phases.vault.held.value | int", "phases.vault.noted.value[0].x | abs"] {
        program.exits(&[0, 1], &["eval", expression]);
    }
}

/// What is recorded, and what can be shown of it.
fn look_into_state(program: &mut Program) {
    let addresses = program.ok(&["state", "list"]);
    program.ok(&["state", "list", "--long"]);
    program.ok(&["state", "history"]);
    for address in addresses.lines().filter(|line| line.starts_with("platform/")) {
        program.ok(&["state", "show", address, "--format", FORMATS[address.len() % 2]]);
    }
    program.ok(&["output"]);
    program.ok(&["output", "--format", "json"]);
    program.exits(&[1], &["output", "platform.page", "--raw"]);
    program.ok(&["sandbox", "status"]);
}

/// Somebody else writes into what is secret. What they write stands in their own command line.
fn drift(program: &mut Program) {
    for (object, field) in [
        ("platform/vault.object", "manifest.stringData.password"),
        ("platform/vault.chart", "values.auth.password"),
        ("platform/vault.function", "environment.variables.TOKEN"),
    ] {
        program.ok(&["sandbox", "edit", object, &format!("{field}=written-by-somebody-else")]);
    }
    for format in ["human", "json", "junit", "sarif", "markdown"] {
        program.exits(&[2], &["drift", "--format", format]);
    }
    program.exits(&[2], &["plan", "--detailed-exitcode", "--verbose"]);
}

#[test]
fn secrets_that_are_referred_to_rest_nowhere() {
    let mut program = Program::new(plant(By::Reference));
    look(&mut program);
    // A secret that can't be had, and a cloud that refuses.
    program.replace("phases/vault.yaml", "name: PLANTED_0 }", "name: NOT_PLANTED }");
    program.exits(&[4], &["apply", "--yes"]);
    program.replace("phases/vault.yaml", "name: NOT_PLANTED }", "name: PLANTED_0 }");
    program.ok(&[
        "sandbox",
        "faults",
        "--failed-creations",
        "300",
        "--server-errors",
        "200",
        "--lost-answers",
        "100",
    ]);
    program.exits(&[0, 4], &["apply", "--yes"]);
    program.ok(&["sandbox", "faults", "--clear"]);
    program.ok(&APPLY);
    look_into_state(&mut program);
    look(&mut program);
    let plan = program.exits(&[2], &SETTLED);
    assert!(plan.contains("0 to create, 2 to change, 0 to delete, 0 to replace"), "{plan}");
    program.assert_tight();
    // Each has another value by now.
    program.set(plant(By::Reference));
    program.replace(
        "phases/vault.yaml",
        "cache_node_type: cache.m7g.large",
        "cache_node_type: cache.m7g.xlarge",
    );
    // What is made of one that is another by now isn't made of its fingerprint: it is set anew first.
    let refused = program.exits(&[4], &APPLY);
    assert!(refused.contains("only a fingerprint of it is known"), "{refused}");
    program.ok(&[&APPLY[..], &["--replace", "platform/vault.pager"]].concat());
    drift(&mut program);
    program.ok(&APPLY);
    program.exits(&[0, 2], &["drift"]);
    // A mistake that would show what it was made of. While only a fingerprint is known of that, it fits.
    program.replace("phases/vault.yaml", "cidr_block: 10.1.0.0/16", "cidr_block: \"{{ held.value }}\"");
    program.exits(&[0, 1], &["plan"]);
    program.replace("phases/vault.yaml", "cidr_block: \"{{ held.value }}\"", "cidr_block: 10.1.0.0/16");
    program.assert_tight();
    program.ok(&["destroy", "--yes"]);
    program.assert_tight();
}

#[test]
fn what_is_killed_leaves_no_secret_behind() {
    let mut program = Program::new(plant(By::Reference));
    let mut kills = 0;
    for objects in [1, 2, 4, 8] {
        kills += usize::from(program.kill_after(objects, &["apply", "--yes"]));
        program.assert_tight_so_far();
    }
    assert!(kills > 0, "it was never killed at work");
    program.ok(&APPLY);
    look_into_state(&mut program);
    let plan = program.exits(&[2], &SETTLED);
    assert!(plan.contains("0 to create, 2 to change, 0 to delete, 0 to replace"), "{plan}");
    program.assert_tight();
}

#[test]
fn secrets_that_stand_in_the_configuration_rest_nowhere_else() {
    let mut program = Program::new(plant(By::Value));
    look(&mut program);
    program.ok(&APPLY);
    look_into_state(&mut program);
    look(&mut program);
    program.ok(&SETTLED);
    program.assert_tight();
    // Another value of each is a difference, which a saved plan carries out.
    program.set(plant(By::Value));
    program.exits(&[2], &["plan", "--detailed-exitcode", "--verbose"]);
    program.ok(&["plan", "--exclude", "platform/vault.graph", "--out", "saved.json"]);
    program.ok(&["show", "saved.json"]);
    program.ok(&["apply", "saved.json"]);
    program.ok(&SETTLED);
    drift(&mut program);
    program.ok(&APPLY);
    program.assert_tight();
}

#[test]
fn what_is_imported_brings_no_secret_along() {
    let mut program = Program::new(plant(By::Value));
    program.ok(&APPLY);
    for address in ["platform/vault.pager", "platform/vault.function"] {
        let shown = program.ok(&["state", "show", address, "--format", "json"]);
        let resource: serde_json::Value = serde_json::from_str(&shown).unwrap();
        let id = find_id(&resource).expect("it has an id").to_owned();
        program.ok(&["state", "rm", address, "--yes"]);
        program.ok(&["import", address, &id]);
    }
    program.assert_tight();
}

fn find_id(shown: &serde_json::Value) -> Option<&str> {
    shown["id"].as_str().or_else(|| shown["resource"]["id"].as_str())
}
