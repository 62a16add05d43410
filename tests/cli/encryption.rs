//! State that lies encrypted: with the right key everything goes on as before, without it nothing does.

use crate::bench::{Bench, SANDBOX, VPC};

const LOG: &str = ".ninefold/state/sandbox/log";

fn encrypted(bench: &Bench, lines: &str) {
    let text = bench.read(SANDBOX);
    let without = text.split("encryption:").next().unwrap();
    let without = without.split("fingerprints:").next().unwrap().trim_end();
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
        ("encryption: { kms: { key_id: alias/a } }\n", "the region of the key `alias/a` has to be said"),
        ("encryption: { kms: { region: eu-north-1 } }\n", "`key_id` is missing"),
        ("encryption: { kms: { key_id: key/a, region: eu-north-1 } }\n", "`key/a` names no key of KMS"),
        (
            "encryption: { kms: { key_id: \"arn:aws:kms:eu-north-1:111122223333:key/a\", region: eu-west-1 } }\n",
            "is in eu-north-1, as its ARN says, not in eu-west-1",
        ),
        (
            "encryption: { passphrase: { from: env, name: A }, kms: { key_id: alias/a, region: eu-north-1 } }\n",
            "names two keys to seal with",
        ),
        (
            "encryption: { before: [{ kms: { key: alias/a, region: eu-north-1 } }] }\n",
            "did you mean `key_id`",
        ),
        ("fingerprints: { passphrase: { from: env, name: A } }\n", "`passphrase` is no field of"),
        ("fingerprints: {}\n", "`fingerprints` names no key"),
    ] {
        encrypted(&bench, lines);
        let refused = bench.exits(1, &["validate"]);
        // As one line: messages are broken where they are too wide.
        let words: Vec<&str> = refused.err.split_whitespace().filter(|word| *word != "|").collect();
        assert!(words.join(" ").contains(expected), "{lines}: {}", refused.err);
    }
    encrypted(&bench, "");
    let nothing = bench.exits(1, &["state", "rotate-key"]);
    assert!(nothing.err.contains("names no key to seal with"), "{}", nothing.err);
}

#[test]
fn a_key_isnt_kept_in_a_region_that_it_is_needed_to_recover() {
    for what in ["encryption", "fingerprints"] {
        let bench = Bench::new();
        let lines = format!("{what}: {{ kms: {{ key_id: alias/ninefold, region: eu-west-1 }} }}\n");
        encrypted(&bench, &lines);
        // The sandbox's regions are no places.
        bench.ok(&["validate"]);
        bench.replace(SANDBOX, "target: sandbox", "target: aws");
        let failed = bench.exits(1, &["validate"]);
        let words: Vec<&str> = failed.err.split_whitespace().filter(|word| *word != "|").collect();
        let text = words.join(" ");
        assert!(
            text.contains("by the key `alias/ninefold` in eu-west-1, and the environment itself is there"),
            "{text}"
        );
        assert!(text.contains("other than eu-west-1"), "{text}");
        bench.replace(SANDBOX, "region: eu-west-1 } }", "region: eu-north-1 } }");
        bench.ok(&["validate"]);
        // A former key only opens what is old: it may have been anywhere.
        if what == "encryption" {
            encrypted(&bench, "encryption: { before: [{ kms: { key_id: alias/a, region: eu-west-1 } }] }\n");
            bench.ok(&["validate"]);
        }
    }
}

#[cfg(not(feature = "aws"))]
#[test]
fn a_build_that_cant_ask_kms_says_so() {
    let bench = Bench::new();
    encrypted(&bench, "encryption: { kms: { key_id: alias/a, region: eu-north-1 } }\n");
    bench.ok(&["validate"]);
    let failed = bench.exits(1, &["apply", "--yes"]).err;
    assert!(failed.contains("`alias/a` in eu-north-1") && failed.contains("default features"), "{failed}");
    assert_eq!(bench.objects(), 0);
    encrypted(&bench, "fingerprints: { kms: { key_id: alias/a, region: eu-north-1 } }\n");
    let failed = bench.exits(1, &["plan"]).err;
    assert!(failed.contains("fingerprints can't be had") && failed.contains("default features"), "{failed}");
}
