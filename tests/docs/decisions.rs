//! Each decision has a number of its own, and the list of them is whole.

use std::collections::BTreeMap;

use crate::text::{names, read};

#[test]
fn each_decision_has_a_number_of_its_own_and_a_line_in_the_list() {
    let mut by_number: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut wanted = Vec::new();
    for file in names("docs/decisions").into_iter().filter(|name| name != "README.md") {
        let text = read(format!("docs/decisions/{file}"));
        let heading = text.lines().next().unwrap_or_default();
        let number = file.split('-').next().unwrap_or_default().to_owned();
        let title = heading.strip_prefix(&format!("# {number} "));
        let title = title.unwrap_or_else(|| panic!("{file} starts with another number: {heading}"));
        wanted.push(format!("| [{number}]({file}) | {title} |"));
        by_number.entry(number).or_default().push(file);
    }
    let twice: Vec<_> = by_number.values().filter(|files| files.len() > 1).collect();
    assert!(twice.is_empty(), "these have one number: {twice:?}");
    // Names start with their numbers, so that their order is that of the numbers.
    let list = read("docs/decisions/README.md");
    let listed: Vec<&str> = list.lines().filter(|line| line.starts_with("| [")).collect();
    assert_eq!(listed, wanted);
}
