//! Phase `testing`: what makes each of its checks fail, what `verify --pin` writes down, and whose
//! signature counts.

use std::path::Path;
use std::process::Command;

use super::{applied, assert_damages, assert_figures_everywhere};

/// Each figure makes its check fail in every region that asks it, and no other one.
#[test]
fn its_checks_fail_when_what_they_measure_is_beyond_its_bound() {
    assert_figures_everywhere(&[
        ("fixtures_encrypted", "job.encrypted", "0"),
        ("p99_at_load", "job.p99_ms@load-test", "201"),
        ("requests_at_load", "job.requests_per_second@load-test", "99"),
        ("errors_at_load", "job.errors_percent", "0.1"),
        ("recovers", "job.recovery_seconds", "120"),
        ("no_critical_vulnerability", "job.critical", "1"),
        ("no_high_finding", "job.high", "1"),
    ]);
}

#[test]
fn nobody_has_approved_while_the_job_that_looks_is_gone() {
    assert_damages(&[("approved[primary]", &["platform/testing.approval[primary]", "--delete"])]);
}

#[test]
fn figures_are_pinned_for_review_and_read_by_expressions() {
    let bench = applied();
    let ran = bench.ok(&["verify", "--phase", "testing", "--pin"]);
    assert!(ran.err.contains("sandbox.evidence.yaml"), "{}", ran.err);
    let pinned = bench.read("stacks/environments/sandbox.evidence.yaml");
    for line in ["p99_at_load:", "figure: 150", "unit: ms", "source: simulated"] {
        assert!(pinned.contains(line), "{line}: {pinned}");
    }
    let expression = "evidence.platform.testing.p99_at_load.primary.figure";
    let read = bench.ok(&["eval", "-e", "sandbox", expression]);
    assert!(read.out.contains("150"), "{}", read.out);
    // What reads them follows; the same figures again change nothing but the time.
    bench.ok(&["apply", "--yes"]);
    bench.ok(&["verify", "--phase", "testing", "--pin"]);
    bench.exits(0, &["plan", "--detailed-exitcode"]);
}

/// What the pod of the approval says, run here on the files of an environment.
fn approval(folder: &Path, release: &str, environment: &str) -> (bool, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let result = folder.join("result");
    let status = Command::new("bash")
        .arg(root.join("templates/testing/approval.sh"))
        .env("APPROVAL", folder)
        .env("RESULT", &result)
        .env("RELEASE", release)
        .env("ENVIRONMENT", environment)
        .output()
        .unwrap()
        .status;
    (status.success(), std::fs::read_to_string(result).unwrap())
}

#[test]
fn only_a_signature_over_this_very_text_by_somebody_allowed_approves() {
    let there = Command::new("ssh-keygen").arg("-?").output();
    assert!(there.is_ok(), "`ssh-keygen` is missing: `apt-get install openssh-client`");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/testing/approvals");
    let bench = super::bench::Bench::empty();
    let folder = bench.path("approval");
    std::fs::create_dir_all(&folder).unwrap();
    let put = |environment: &str, change: &dyn Fn(String) -> String| {
        for (ending, name) in [("txt", "statement.txt"), ("sig", "signature"), ("signers", "allowed_signers")]
        {
            let text = std::fs::read_to_string(source.join(format!("{environment}.{ending}"))).unwrap();
            let text = if ending == "txt" { change(text) } else { text };
            std::fs::write(folder.join(name), text).unwrap();
        }
    };
    put("sandbox", &|text| text);
    let (passed, said) = approval(&folder, "2026.11", "sandbox");
    assert!(passed && said.contains("approved by platform-team"), "{said}");
    for (release, environment, reason) in
        [("2026.12", "sandbox", "another release"), ("2026.11", "production", "another environment")]
    {
        let (passed, said) = approval(&folder, release, environment);
        assert!(!passed && said.contains(reason), "{said}");
    }
    put("sandbox", &|text| text.replace("100 people", "10 people"));
    let (passed, said) = approval(&folder, "2026.11", "sandbox");
    assert!(!passed && said.contains("isn't of platform-team"), "{said}");
    put("sandbox", &|text| text.replace("2099-12-31", "2020-01-01"));
    let (passed, said) = approval(&folder, "2026.11", "sandbox");
    assert!(!passed && said.contains("no longer valid"), "{said}");
    put("production", &|text| text);
    let (passed, said) = approval(&folder, "2026.11", "production");
    assert!(!passed && said.contains("nobody has approved"), "{said}");
}
