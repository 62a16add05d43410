//! What the first page says of the program is what the program says of itself.

use clap::{Command, CommandFactory as _};
use ninefold::cli::args::Cli;
use ninefold::cli::exit;
use ninefold::graph::Body;

use crate::text::{code, names, read, sections};
use crate::{assert_marked, known};

#[test]
fn the_readme_says_what_the_sandbox_holds() {
    let workspace = known::workspace();
    let environment = workspace.environment("sandbox").unwrap_or_else(|faults| panic!("{faults:?}"));
    let nodes = environment.graph.nodes();
    let (checks, resources): (Vec<_>, Vec<_>) =
        nodes.partition(|(_, node)| matches!(node.body, Body::Check(_)));
    let count = |folder: &str, of: fn(&str) -> bool| names(folder).iter().filter(|name| of(name)).count();
    let phases = count("phases", |name| name.ends_with(".yaml"));
    let stacks = count("stacks", |name| name != "environments");
    assert_marked(
        "README.md",
        "sandbox",
        &format!(
            "It makes **{} resources** and passes **{} checks**, of {phases} phases and {stacks} stacks in {} regions.\n",
            resources.len(),
            checks.len(),
            environment.regions.len(),
        ),
    );
}

/// The commands below one, each as it is typed.
fn below(command: &Command) -> impl Iterator<Item = &str> {
    command.get_subcommands().map(Command::get_name)
}

#[test]
fn the_readme_names_every_command_and_exit_code() {
    let text = read("README.md");
    let sections = sections(&text, 2);
    let commands = &sections.iter().find(|(heading, _)| *heading == "Commands").unwrap().1;
    let rows: Vec<&str> = commands.lines().filter(|line| line.starts_with("| `")).collect();
    // `state list`, `show`: the first one is whole, the others follow it.
    let mut named: Vec<String> = Vec::new();
    for row in &rows {
        let cell = row.trim_start_matches("| ").split(" | ").next().unwrap();
        let mut group = "";
        for words in code(cell) {
            let words =
                words.split(['[', ' ']).filter(|word| word.chars().all(|l| l.is_lowercase() || l == '-'));
            let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
            match words.as_slice() {
                [parent, child] => {
                    group = parent;
                    named.push(format!("{parent} {child}"));
                }
                [child] if !group.is_empty() => named.push(format!("{group} {child}")),
                [command] => named.push((*command).to_owned()),
                _ => panic!("{row}: what is {words:?}?"),
            }
        }
    }
    let program = Cli::command();
    let mut wanted = Vec::new();
    for command in program.get_subcommands() {
        let name = command.get_name();
        if below(command).next().is_none() {
            wanted.push(name.to_owned());
        }
        wanted.extend(below(command).map(|child| format!("{name} {child}")));
    }
    named.sort();
    wanted.sort();
    assert_eq!(named, wanted);

    for code in exit::HELP.lines().skip(1).filter_map(|line| line.split_whitespace().next()) {
        let is_there = commands.split_whitespace().any(|word| word == code);
        assert!(is_there, "the exit code {code} isn't in the README");
    }
}
