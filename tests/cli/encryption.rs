//! State that lies encrypted: with the right key everything goes on as before, without it nothing does.

use crate::bench::{Bench, SANDBOX, VPC};

const LOG: &str = ".ninefold/state/sandbox/log";

fn encrypted(bench: &Bench, lines: &str) {
    let text = bench.read(SANDBOX);
    let without = text.split("encryption:").next().unwrap().trim_end();
    bench.write(SANDBOX, &format!("{without}\n{lines}"));
}

fn objects(bench: &Bench, folder: &str) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(bench.path(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn state_is_encrypted_from_the_next_record_on_and_opens_with_its_passphrase_alone() {
    let bench = Bench::applied();
    let clear = objects(&bench, LOG).len();
    bench.write("first", "correct horse\n");
    encrypted(&bench, "encryption:\n  passphrase: { from: file, name: first }\n");
    bench.ok(&["state", "rotate-key"]);
    bench.replace("phases/1-network.yaml", "      tags:\n", "      tags:\n        a: b\n");
    bench.ok(&["apply", "--yes"]);
    bench.is_settled();
    for text in &objects(&bench, LOG)[clear..] {
        assert!(
            text.starts_with("{\"format_version\":1000,\"environment\":\"sandbox\",\"serial\":"),
            "{text}"
        );
        assert!(!text.contains("aws.ec2") && !text.contains("10.0."), "{text}");
    }
    assert!(bench.ok(&["state", "history"]).out.contains("rotate-key"));
    // Another passphrase, and none.
    bench.write("first", "wrong horse\n");
    let wrong = bench.exits(1, &["plan"]);
    assert!(wrong.err.contains("none of the environment's keys is that one"), "{}", wrong.err);
    assert!(wrong.err.contains("sandbox/snapshot/") && !wrong.err.contains("torn"), "{}", wrong.err);
    encrypted(&bench, "");
    let none = bench.exits(1, &["apply", "--yes"]);
    assert!(none.err.contains("Say `encryption:` in stacks/environments/sandbox.yaml"), "{}", none.err);
    encrypted(&bench, "encryption:\n  passphrase: { from: env, name: NOT_SET_ANYWHERE }\n");
    let unset = bench.exits(1, &["state", "show", VPC]);
    assert!(unset.err.contains("NOT_SET_ANYWHERE, which a secret refers to, isn't set"), "{}", unset.err);
    // Another one from now on: the former opens what it has sealed.
    bench.write("first", "correct horse\n");
    bench.write("second", "battery staple\n");
    encrypted(
        &bench,
        "encryption:\n  passphrase: { from: file, name: second }\n  before: [{ from: file, name: first }]\n",
    );
    let rotated = bench.ok(&["state", "rotate-key"]);
    assert!(
        rotated.err.contains("in the clear") && rotated.err.contains("keep their keys"),
        "{}",
        rotated.err
    );
    // From its snapshot on the former isn't needed any more, but for what was before.
    encrypted(&bench, "encryption:\n  passphrase: { from: file, name: second }\n");
    bench.is_settled();
    let history = bench.exits(1, &["state", "history"]);
    assert!(history.err.contains("none of the environment's keys"), "{}", history.err);
}

#[test]
fn what_encryption_names_has_to_make_sense() {
    let bench = Bench::new();
    for (lines, expected) in [
        ("encryption: {}\n", "`encryption` names no key"),
        ("encryption: { passphrase: hunter2 }\n", "this is no reference to a secret"),
        ("encryption: { passphrase: { from: ssm, name: a } }\n", "can't be kept in a cloud's store"),
        ("encryption: { password: { from: env, name: A } }\n", "did you mean `passphrase`"),
    ] {
        encrypted(&bench, lines);
        let refused = bench.exits(1, &["validate"]);
        assert!(refused.err.contains(expected), "{lines}: {}", refused.err);
    }
    encrypted(&bench, "");
    let nothing = bench.exits(1, &["state", "rotate-key"]);
    assert!(nothing.err.contains("names no key to seal with"), "{}", nothing.err);
}
