//! `init`, `fmt` and `doctor`.

use crate::bench::{Bench, NETWORK, SANDBOX};

#[test]
fn the_first_workspace_is_valid_in_form_and_never_overwritten() {
    let bench = Bench::new();
    bench.ok(&["validate"]);
    bench.ok(&["fmt", "--check"]);
    bench.write(NETWORK, "phase: mine\n");
    let refused = bench.exits(3, &["init", "."]);
    assert!(refused.err.contains("workspace"), "{}", refused.err);
    assert_eq!(bench.read(NETWORK), "phase: mine\n");
    assert!(bench.read(".gitignore").contains(".ninefold"));
}

#[test]
fn fmt_names_what_is_not_in_form_and_puts_it_right() {
    let bench = Bench::new();
    let tidy = bench.read(NETWORK);
    bench.write(
        NETWORK,
        &tidy.replace("{{ env.regions }}", "{{env.regions}}").replace("\nphase:", "\n\n\nphase:"),
    );
    let named = bench.exits(1, &["fmt", "--check"]);
    assert!(named.out.trim_end().ends_with(NETWORK) && named.out.lines().count() == 1, "{}", named.out);
    bench.ok(&["fmt"]);
    assert_eq!(bench.read(NETWORK), tidy.replace("\nphase:", "\n\nphase:"));
    bench.ok(&["fmt", "--check"]);
    bench.write(NETWORK, "phase: net\n\tresources: {}\n");
    let failed = bench.exits(1, &["fmt"]);
    assert!(failed.err.contains("tab"), "{}", failed.err);
}

#[test]
fn doctor_says_what_is_missing_and_how_to_get_it() {
    let bench = Bench::new();
    let text = bench.read(SANDBOX).replace("environment: sandbox", "environment: live");
    bench.write("stacks/environments/live.yaml", &text.replace("target: sandbox", "target: aws"));
    bench.ok(&["doctor", "-e", "sandbox"]);
    let found = bench.exits(1, &["doctor", "-e", "live"]).out;
    assert!(found.contains("NINEFOLD_PASSPHRASE") && found.contains("AWS_PROFILE"), "{found}");
    bench.exits(1, &["doctor"]);
}

#[test]
fn fmt_leaves_templates_as_they_are() {
    let bench = Bench::new();
    let template = "{% if x %}\na:   1   \n{% endif %}\n";
    bench.write("templates/a.yaml", template);
    bench.ok(&["fmt", "--check"]);
    bench.ok(&["fmt"]);
    assert_eq!(bench.read("templates/a.yaml"), template);
}
