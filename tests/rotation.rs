//! The function that renews the database's passwords, against a real PostgreSQL over TLS:
//! `bash tests/run rotation`.

#![allow(clippy::disallowed_methods, reason = "tests run other programs")]

use std::process::Command;

#[test]
fn a_password_is_renewed_in_four_steps_that_can_be_repeated() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rotation/try.py");
    let output = Command::new("python3").arg(script).output().expect("Python runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
}
