//! What pages name is there: files, headings and commands.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use clap::Parser as _;
use clap::error::ErrorKind;
use ninefold::cli::args::Cli;

use crate::text::{anchor, code, pages, paragraphs, prose, read, root};

/// Where the links of a page lead to that don't leave the repository.
fn links(text: &str) -> BTreeSet<String> {
    let mut links = BTreeSet::new();
    for paragraph in paragraphs(text) {
        // What is code is no link, whatever brackets it has.
        let shown: String = paragraph.split('`').step_by(2).collect();
        for part in shown.split("](").skip(1) {
            let link = part.split([')', ' ']).next().unwrap_or_default();
            if !link.contains("://") && !link.starts_with("mailto:") && !link.contains("{{") {
                links.insert(link.to_owned());
            }
        }
    }
    links
}

/// A path without its ways up.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// Why a link of a page leads nowhere.
fn fault(page: &Path, link: &str) -> Option<String> {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() { page.to_owned() } else { plain(&page.parent().unwrap().join(file)) };
    if !root().join(&target).exists() {
        return Some(format!("{}: there is no {link}", page.display()));
    }
    let text = if heading.is_empty() { return None } else { read(&target) };
    let known = prose(&text)
        .filter(|line| line.starts_with('#'))
        .any(|line| anchor(line.trim_start_matches('#')) == heading);
    (!known).then(|| format!("{}: {} has no heading for #{heading}", page.display(), target.display()))
}

#[test]
fn links_lead_somewhere() {
    let mut count = 0;
    let mut faults = Vec::new();
    for page in pages() {
        for link in links(&read(&page)) {
            count += 1;
            faults.extend(fault(&page, &link));
        }
    }
    assert!(count > 200, "only {count} links were found");
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    assert_eq!(
        links("[a](b.md) `[c](d)` [e](https://f.example) [g](#h)\n```\n[i](j)\n```"),
        BTreeSet::from(["b.md".to_owned(), "#h".to_owned()])
    );
    let page = Path::new("docs/status.md");
    assert_eq!(fault(page, "../README.md#try-it"), None);
    assert!(fault(page, "../README.md#not-there").is_some());
    assert!(fault(page, "not-there.md").is_some());
}

/// The words of a line of a shell: what stands in quotes is one, and a remark is none.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// The command lines of ours that a page names, in its text and in its blocks of code.
fn commands(text: &str) -> Vec<String> {
    // What is filled in later is some word, and so is what people put a name of theirs in place of.
    let mut plain = String::new();
    for (index, part) in text.split("{{").enumerate() {
        let rest = if index == 0 { part } else { part.split_once("}}").map_or(part, |(_, rest)| rest) };
        plain += if index == 0 { "" } else { "x" };
        plain += rest;
    }
    let mut commands = Vec::new();
    for paragraph in paragraphs(&plain) {
        commands.extend(code(&paragraph).map(str::to_owned));
    }
    let shown: BTreeSet<&str> = prose(&plain).collect();
    for line in plain.lines().map(str::trim).filter(|line| !shown.contains(line)) {
        // The first command of all, before there is a binary.
        let ours = line.strip_prefix("cargo run ").and_then(|rest| rest.split_once(" -- "));
        commands.push(ours.map_or_else(|| line.to_owned(), |(_, rest)| format!("ninefold {rest}")));
    }
    commands.retain(|command| command.starts_with("ninefold "));
    commands
}

/// Why a command line isn't one.
fn refused(command: &str) -> Option<String> {
    let words = words(command);
    // A word in capitals stands for any command.
    if words.get(1).is_some_and(|word| word.chars().all(char::is_uppercase)) {
        return None;
    }
    match Cli::try_parse_from(&words) {
        // Text names a command without all that it takes.
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => None,
        Err(error) if error.use_stderr() => Some(error.to_string()),
        _ => None,
    }
}

#[test]
fn commands_in_pages_are_taken() {
    let mut count = 0;
    let mut faults = Vec::new();
    for page in pages() {
        // Generated from the kinds, with fields and no commands.
        if page.starts_with("docs/kinds") {
            continue;
        }
        for command in commands(&read(&page)) {
            count += 1;
            faults.extend(refused(&command).map(|why| format!("{}: {command}: {why}", page.display())));
        }
    }
    assert!(count > 40, "only {count} commands were found");
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_command_that_is_none_is_found() {
    assert_eq!(words("ninefold state show 'a/b.c[d]' # why"), ["ninefold", "state", "show", "a/b.c[d]"]);
    assert_eq!(
        commands("`ninefold plan\n-e {{ r.name }}`\n```sh\nninefold drift\ncargo run -q -- cost\nls\n```"),
        ["ninefold plan -e x", "ninefold drift", "ninefold cost"]
    );
    assert_eq!(refused("ninefold plan -e x"), None);
    assert_eq!(refused("ninefold COMMAND --help"), None);
    assert!(refused("ninefold plan --nothing").is_some());
    assert!(refused("ninefold varify").is_some());
}
