//! The pages that people write, and what tests have to know of Markdown.

use std::path::{Path, PathBuf};

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the files of a folder, in order.
pub fn names(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Every page of Markdown in the repository, below its root.
pub fn pages() -> Vec<PathBuf> {
    let mut pages = vec![PathBuf::from("README.md")];
    let mut folders: Vec<PathBuf> =
        ["docs", "examples", "stacks", "templates"].into_iter().map(PathBuf::from).collect();
    while let Some(folder) = folders.pop() {
        for name in names(&folder.to_string_lossy()) {
            let path = folder.join(name);
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// The lines of a page that aren't within a block of code.
pub fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut within = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        within ^= fence;
        !within && !fence
    })
}

/// The paragraphs of a page, each in one line: what is code may go over a line's end.
pub fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in prose(text) {
        let last = paragraphs.last_mut().unwrap();
        match (line.trim(), last.is_empty()) {
            ("", _) => paragraphs.push(String::new()),
            (line, true) => last.push_str(line),
            (line, false) => {
                last.push(' ');
                last.push_str(line);
            }
        }
    }
    paragraphs
}

/// The name by which a heading is linked to: as GitHub makes it.
pub fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

/// The headings of a page of one level, each with what stands below it.
pub fn sections(text: &str, level: usize) -> Vec<(&str, String)> {
    let mut sections: Vec<(&str, String)> = Vec::new();
    let mark = format!("{} ", "#".repeat(level));
    for line in prose(text) {
        if let Some(heading) = line.strip_prefix(&mark) {
            sections.push((heading, String::new()));
        } else if let Some((_, body)) = sections.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    sections
}

/// What stands between backticks in a paragraph.
pub fn code(paragraph: &str) -> impl Iterator<Item = &str> {
    paragraph.split('`').skip(1).step_by(2)
}
