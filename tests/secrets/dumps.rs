//! No core of the process is written: it would hold every secret that was fetched.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use super::planted::{By, plant};
use super::program::Program;

/// Started so that the system would write a core if the process let it.
fn with_cores(program: &Program, line: &str) -> Command {
    let mut command = Command::new("bash");
    command.args(["-c", &format!("ulimit -c unlimited 2>/dev/null; exec {line}")]);
    command.current_dir(program.path("tmp")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn a_crash_writes_no_core() {
    let program = Program::new(plant(By::Reference));
    let line = format!("{} --workspace .. plan", env!("CARGO_BIN_EXE_ninefold"));
    let mut child = with_cores(&program, &line).spawn().unwrap();
    let limits = format!("/proc/{}/limits", child.id());
    let refuses = || {
        let text = std::fs::read_to_string(&limits).unwrap_or_default();
        let line =
            text.lines().find(|line| line.starts_with("Max core file size")).unwrap_or_default().to_owned();
        line.split_whitespace().skip(4).take(2).all(|limit| limit == "0") && !line.is_empty()
    };
    // Before anything is read, it sets its own limit: neither what it has nor what it may have.
    while child.try_wait().unwrap().is_none() && !refuses() {
        std::thread::yield_now();
    }
    assert!(child.try_wait().unwrap().is_none(), "it ended without having refused cores");
    let killed = Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(6), "{status:?}");
    assert!(!status.core_dumped(), "a core was written");
    let left: Vec<_> = std::fs::read_dir(program.path("tmp")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
