//! What is said of signals and failpoints is what there is.

use ninefold::world::{Boundary, TIME_TO_LEAVE};

use crate::text::{code, read, sections};

#[test]
fn every_failpoint_is_in_its_table_and_nothing_else() {
    let text = read("docs/recovery.md");
    let sections = sections(&text, 2);
    let table =
        &sections.iter().find(|(heading, _)| *heading == "Failpoints").expect("a section of failpoints").1;
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let named: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    assert_eq!(named, Boundary::ALL.map(Boundary::name));
}

#[test]
fn the_time_to_leave_is_the_one_that_is_promised() {
    let text = read("docs/recovery.md");
    assert_eq!(TIME_TO_LEAVE.as_millis(), 3_500);
    assert!(text.contains("three and a half seconds at most"));
}

#[test]
fn the_files_that_prove_it_are_there() {
    let text = read("docs/recovery.md");
    let sections = sections(&text, 2);
    let proofs = &sections.iter().find(|(heading, _)| *heading == "How it is proven").expect("a section").1;
    for path in code(proofs).filter(|words| words.starts_with("tests/")) {
        assert!(crate::text::root().join(path).exists(), "{path}");
    }
}
