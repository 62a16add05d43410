//! What an apply shows on a terminal, and where there is none. Python gives the program a terminal of
//! its own.

use std::process::Command;

use crate::bench::{Bench, Ran};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/on_a_terminal.py");

/// Runs the program on a terminal; `out` is what the terminal was sent.
fn on_a_terminal(
    bench: &Bench,
    ctrl_c_at: Option<&str>,
    variables: &[(&str, &str)],
    arguments: &[&str],
) -> Ran {
    let mut command = Command::new("python3");
    command.arg(SCRIPT);
    if let Some(text) = ctrl_c_at {
        command.args(["--ctrl-c-at", text]);
    }
    command.arg(env!("CARGO_BIN_EXE_ninefold")).args(arguments).current_dir(bench.path("."));
    for name in ["NINEFOLD_ENV", "NINEFOLD_PASSPHRASE", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.envs([("TERM", "xterm-256color"), ("LC_ALL", "C.UTF-8")]).envs(variables.iter().copied());
    let output = command.output().expect("python3 is there: `apt-get install python3`");
    Ran::of(output)
}

/// A workspace whose apply takes long enough to be watched: networks of which each waits for the one
/// that stands `width` before it.
fn chain(length: usize, width: usize) -> Bench {
    let bench = Bench::empty();
    bench.write(
        "stacks/environments/sandbox.yaml",
        "environment: sandbox\ntarget: sandbox\naccount: \"123456789012\"\nregions: { primary: { name: eu-west-1 } }\n",
    );
    bench.write("stacks/platform/stack.yaml", "stack: platform\nphases: [chain]\n");
    let mut phase = "phase: chain\nresources:\n".to_owned();
    for link in 0..length {
        let after = link.checked_sub(width).map(|before| format!("    after: [link_{before}]\n"));
        let after = after.unwrap_or_default();
        phase += &format!(
            "  link_{link}:\n    kind: aws.ec2.vpc\n    region: eu-west-1\n{after}    spec: {{ cidr_block: 10.{link}.0.0/16 }}\n"
        );
    }
    bench.write("phases/chain.yaml", &phase);
    bench
}

/// Whether a text has sequences that set colours or weight: `ESC [ … m`.
fn has_colour(text: &str) -> bool {
    text.split("\u{1b}[").skip(1).any(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';');
        end.is_some_and(|end| rest[end..].starts_with('m'))
    })
}

#[test]
fn a_terminal_shows_what_is_in_flight_done_and_left_and_the_estimate() {
    let bench = chain(60, 1);
    let shown = on_a_terminal(&bench, None, &[], &["apply", "--yes"]);
    assert_eq!(shown.code, 0, "{}", shown.text());
    let text = &shown.out;
    for part in [
        " of 60 done",
        "1 in flight",
        " left",
        " to go",
        "virtual in",
        "creating\u{1b}[0m platform/chain.link_",
        "━",
    ] {
        assert!(text.contains(part), "{part:?} is missing: {text}");
    }
    // What is over scrolls up, once for each.
    for link in 0..60 {
        let line = format!("platform/chain.link_{link}\u{1b}[0m vpc-");
        assert_eq!(text.matches(&line).count(), 1, "{line}: {text}");
    }
    assert!(has_colour(text) && text.contains(": 60 created."), "{text}");
    // The picture is taken away before the summary: nothing is drawn after it.
    let end = &text[text.find(": 60 created.").unwrap()..];
    assert!(!end.contains(" of 60 done"), "{end}");
    bench.is_settled();
}

#[test]
fn without_colour_there_are_no_escapes_of_colour() {
    let bench = chain(20, 1);
    let shown = on_a_terminal(&bench, None, &[("NO_COLOR", "1")], &["apply", "--yes"]);
    assert_eq!(shown.code, 0, "{}", shown.text());
    assert!(!has_colour(&shown.out), "{}", shown.out.escape_debug());
    assert!(shown.out.contains(" of 20 done") && shown.out.contains("Done: 20 created."), "{}", shown.out);
}

#[test]
fn a_terminal_that_can_not_redraw_gets_lines() {
    let bench = chain(3, 1);
    let shown = on_a_terminal(&bench, None, &[("TERM", "dumb")], &["apply", "--yes"]);
    assert!(!shown.out.contains('\u{1b}') && !shown.out.contains(" of 3 done"), "{}", shown.out);
    assert!(shown.out.contains("created platform/chain.link_2 vpc-"), "{}", shown.out);
}

#[test]
fn without_a_terminal_there_are_plain_lines() {
    let bench = chain(3, 1);
    let applied = bench.ok(&["apply", "--yes"]);
    assert!(
        !applied.text().contains('\u{1b}') && !applied.text().contains(" of 3 done"),
        "{}",
        applied.text()
    );
    for link in 0..3 {
        for part in ["creating", "created"] {
            let line = format!("{part} platform/chain.link_{link}");
            assert_eq!(
                applied.err.lines().filter(|one| one.starts_with(&line)).count(),
                1,
                "{}",
                applied.err
            );
        }
    }
}

#[test]
fn ctrl_c_shows_what_it_waits_for_and_the_next_apply_goes_on() {
    let bench = chain(200, 4);
    let shown = on_a_terminal(&bench, Some(" of 200 done"), &[], &["apply", "--yes"]);
    assert_eq!(shown.code, 130, "{}", shown.text());
    let text = &shown.out;
    assert!(text.contains("Stopping:") && text.contains("Waiting for"), "{text}");
    assert!(text.contains("platform/chain.link_") && text.contains("a second Ctrl-C"), "{text}");
    let there = bench.objects();
    assert!(there > 0 && there < 200, "{there}");
    let rest = on_a_terminal(&bench, None, &[], &["apply", "--yes"]);
    assert_eq!(rest.code, 0, "{}", rest.text());
    assert!(!rest.out.contains("The last run"), "what was in flight was waited for: {}", rest.out);
    assert_eq!(bench.objects(), 200);
    bench.is_settled();
}

#[test]
fn without_an_answer_nothing_is_done() {
    let bench = chain(1, 1);
    let shown = on_a_terminal(&bench, Some("Only `yes` goes on"), &[], &["apply"]);
    assert_eq!(shown.code, 130, "{}", shown.text());
    assert_eq!(bench.objects(), 0);
    assert!(bench.ok(&["state", "lock", "--format", "json"]).json()["held"].is_null());
}
