//! The one form of a workspace's YAML: what differs between two files that mean the same and read
//! the same to people. Comments, quotes, indentation and the order of keys are the writer's.
//!
//! - no white space at the end of a line, line feeds as line endings, one at the end of the file;
//! - at most one blank line in a row, none at either end;
//! - one space within the braces of `{{ expression }}`.
//!
//! The lines of block scalars (`|`, `>`) are text, and stay as they are.

use crate::model::Json;

/// Why a text can't be put in form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    #[error("line {line} is indented with a tab, which YAML doesn't allow: use spaces")]
    Tab { line: usize },
    #[error("it is not YAML: {0}")]
    NotYaml(String),
    /// A scalar of several lines may hold what looks like layout.
    #[error(
        "its form can't be changed without changing what it means: look for white space or blank lines within \
         a quoted text of several lines"
    )]
    Meaning,
}

/// Puts a text in form, and proves that it means the same.
///
/// # Errors
/// [`FormError`].
pub fn form(text: &str) -> Result<String, FormError> {
    // A byte-order mark and carriage returns mean nothing in YAML.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let lines = lines(&text)?;
    let formed = joined(&lines);
    let (before, after) = (meaning(&text)?, meaning(&formed)?);
    if before == after { Ok(formed) } else { Err(FormError::Meaning) }
}

/// A line in form, and whether it is text of a block scalar.
struct Line {
    text: String,
    is_text: bool,
}

fn lines(text: &str) -> Result<Vec<Line>, FormError> {
    let mut lines = Vec::new();
    // The indentation of the line that begins a block scalar.
    let mut block: Option<usize> = None;
    for (index, raw) in text.lines().enumerate() {
        let content = raw.trim_start_matches(' ');
        let indent = raw.len() - content.len();
        let is_blank = content.trim().is_empty();
        if block.is_some_and(|begins| is_blank || indent > begins) {
            lines.push(Line { text: raw.to_owned(), is_text: true });
            continue;
        }
        block = None;
        if content.starts_with('\t') && !is_blank {
            return Err(FormError::Tab { line: index + 1 });
        }
        let line = format!("{}{}", " ".repeat(indent), spaced(content.trim_end()));
        if begins_block(content) {
            block = Some(indent);
        }
        let text = if is_blank { String::new() } else { line };
        lines.push(Line { text, is_text: false });
    }
    Ok(lines)
}

/// Whether a line ends with the sign of a block scalar: `key: |`, `- >-`, `key: |2 # remark`.
fn begins_block(line: &str) -> bool {
    let code = line.split(" #").next().unwrap_or(line).trim_end();
    let Some((before, sign)) = code.rsplit_once([' ', '\t']) else { return false };
    let mut characters = sign.chars();
    matches!(characters.next(), Some('|' | '>'))
        && characters.all(|c| matches!(c, '+' | '-' | '1'..='9'))
        && before.trim_end().ends_with([':', '-'])
}

/// The lines as one text, without blank lines that say nothing.
fn joined(lines: &[Line]) -> String {
    // Blank lines after a block scalar are its text only where the scalar keeps them (`|+`), which
    // the comparison of meanings finds out.
    let last = lines.iter().rposition(|line| !line.text.trim().is_empty()).map_or(0, |last| last + 1);
    let mut formed = String::new();
    let mut blank = true;
    for line in &lines[..last] {
        let is_blank = line.text.is_empty();
        if is_blank && blank && !line.is_text {
            continue;
        }
        formed.push_str(&line.text);
        formed.push('\n');
        blank = is_blank;
    }
    formed
}

/// A text whose expressions have one space within each pair of braces.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let inner = &rest[start + 2..];
        let Some(end) = super::template::closing(inner) else { break };
        spaced.push_str(&rest[..start]);
        let expression = inner[..end].trim();
        // Where quotes are escaped the end of the expression may be elsewhere: better leave it.
        if expression.is_empty() || expression.contains('\\') {
            spaced.push_str(&rest[start..start + 2 + end + 2]);
        } else {
            spaced.push_str("{{ ");
            spaced.push_str(expression);
            spaced.push_str(" }}");
        }
        rest = &inner[end + 2..];
    }
    spaced.push_str(rest);
    spaced
}

/// What a text says, whatever its expressions' spaces.
fn meaning(text: &str) -> Result<Vec<Json>, FormError> {
    fn settle(value: &mut Json) {
        match value {
            Json::String(text) => *text = spaced(text),
            Json::Array(items) => items.iter_mut().for_each(settle),
            Json::Object(map) => map.values_mut().for_each(settle),
            _ => {}
        }
    }
    let mut documents = super::yaml::documents(text).map_err(FormError::NotYaml)?;
    documents.iter_mut().for_each(settle);
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNTIDY: &str = "\n\n# why\nphase: net   \r\n\n\n\nresources:\n  a: # one\n    kind: core.value\t\n    \
                          spec: { value: \"{{a.id}}-{{  b | f({'x': {'y': 1}})}}\" }\n    note: |\n      keep  \n\n\n      \
                          {{x}}\n  \n  b: {}\n\n\n";
    const TIDY: &str = "# why\nphase: net\n\nresources:\n  a: # one\n    kind: core.value\n    spec: { value: \
                        \"{{ a.id }}-{{ b | f({'x': {'y': 1}}) }}\" }\n    note: |\n      keep  \n\n\n      {{x}}\n  \n  b: \
                        {}\n";

    #[test]
    fn layout_changes_and_text_does_not() {
        assert_eq!(form(UNTIDY).unwrap(), TIDY);
    }

    #[test]
    fn what_is_in_form_stays() {
        for text in [
            TIDY,
            "",
            "a: 1\n",
            "- >-\n  x\n\n  y\n- 2\n",
            "# only a remark\n",
            "a: \"{{ f(\\\"x\\\") }}\"\n",
        ] {
            assert_eq!(form(text).unwrap(), text, "{text:?}");
            assert_eq!(form(&form(text).unwrap()).unwrap(), text);
        }
    }

    #[test]
    fn what_would_mean_something_else_is_refused() {
        assert_eq!(form("a: |+\n  x\n\n\nb: 1\n").unwrap(), "a: |+\n  x\n\n\nb: 1\n");
        assert_eq!(form("a: |+\n  x\n\n\n"), Err(FormError::Meaning));
        assert_eq!(form("a: 'x\n\n\n\n  y'\n"), Err(FormError::Meaning));
    }

    #[test]
    fn faults_are_told() {
        assert_eq!(form("a:\n\tb: 1\n"), Err(FormError::Tab { line: 2 }));
        assert!(matches!(form("a: [1\n"), Err(FormError::NotYaml(_))));
    }

    #[test]
    fn quotes_and_braces_of_an_expression_do_not_end_it() {
        assert_eq!(form("a: \"{{'}}'}}\"\n").unwrap(), "a: \"{{ '}}' }}\"\n");
    }
}
