//! `docs/language.md`: every example of it is run.
//!
//! A fenced block is a file of a workspace (its path follows the language), resources or checks of a
//! phase of their own, or expressions with what they give: `=>` a value, `=!` a part of the error.

#![allow(clippy::disallowed_methods, reason = "tests read and write files of their own")]

use std::collections::BTreeMap;
use std::path::Path;

use ninefold::kinds::Registry;
use ninefold::report::{Look, diagnostics};
use ninefold::workspace::{Environment, Workspace};

struct Block {
    language: String,
    /// What follows the language.
    what: String,
    text: String,
    line: usize,
}

fn blocks() -> Vec<Block> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/language.md");
    let page = std::fs::read_to_string(path).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_open = false;
    for (index, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if is_open => is_open = false,
            Some(info) => {
                let (language, what) = info.split_once(' ').unwrap_or((info, ""));
                let (language, what) = (language.to_owned(), what.to_owned());
                blocks.push(Block { language, what, text: String::new(), line: index + 1 });
                is_open = true;
            }
            None if is_open => blocks.last_mut().unwrap().text += &format!("{line}\n"),
            None => {}
        }
    }
    assert!(!is_open, "the last block has no end");
    blocks
}

/// The files of the page's workspace.
fn files(blocks: &[Block]) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (index, block) in blocks.iter().enumerate() {
        let indented = || block.text.lines().map(|line| format!("  {line}\n")).collect::<String>();
        let fragment = format!("phases/example-{index}.yaml");
        match (block.language.as_str(), block.what.as_str()) {
            ("yaml", what @ ("resources" | "checks")) => {
                let settings = "settings:\n  zones: { type: list, default: [a] }\n";
                files.insert(fragment, format!("phase: example_{index}\n{settings}{what}:\n{}", indented()));
            }
            ("expressions", "") => {}
            (_, path) => {
                assert!(path.contains('/'), "the block in line {} has no path", block.line);
                files.insert(path.to_owned(), block.text.clone());
            }
        }
    }
    let examples: Vec<String> = (0..blocks.len())
        .filter(|index| files.contains_key(&format!("phases/example-{index}.yaml")))
        .map(|index| format!("example_{index}"))
        .collect();
    let stack = files.get_mut("stacks/platform/stack.yaml").unwrap();
    *stack = stack.replace("app]", &format!("app, {}]", examples.join(", ")));
    files
}

fn environment(files: &BTreeMap<String, String>) -> Environment {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let workspace = Workspace::load(folder.path(), Registry::all()).unwrap();
    let show = |faults: &_| diagnostics::human(faults, workspace.sources(), Look::PLAIN);
    let environment = workspace.environment("sandbox").unwrap_or_else(|faults| panic!("{}", show(&faults)));
    environment.validate().unwrap_or_else(|faults| panic!("{}", show(&faults)));
    environment
}

#[test]
fn the_page_describes_a_workspace_that_is_right_and_its_expressions_give_what_it_says() {
    let blocks = blocks();
    let environment = environment(&files(&blocks));
    let at = "platform/network.vpc[primary]".parse().unwrap();
    let mut count = 0;
    let mut wrong = Vec::new();
    for block in blocks.iter().filter(|block| block.language == "expressions") {
        for (index, line) in block.text.lines().enumerate() {
            count += 1;
            let eval = |source: &str| environment.eval(source, Some(&at));
            let line_number = block.line + index + 1;
            if let Some((source, expected)) = line.split_once(" => ") {
                match eval(source) {
                    Ok(value) if value.to_string() == expected => {}
                    other => wrong.push(format!("line {line_number}: {line}\n  gives {other:?}")),
                }
            } else if let Some((source, expected)) = line.split_once(" =! ") {
                match eval(source) {
                    Err(error) if error.contains(expected) => {}
                    other => wrong.push(format!("line {line_number}: {line}\n  gives {other:?}")),
                }
            } else {
                wrong.push(format!("line {line_number} says no result: {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 80, "only {count} expressions were found");
}
