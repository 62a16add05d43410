//! Running text, broken into lines.

use super::look::{harmless, width};

/// A text as lines of at most `columns`, each after `indent`. A word that is longer stands alone.
pub(super) fn wrapped(text: &str, indent: &str, columns: usize) -> String {
    let mut lines = String::new();
    for paragraph in text.split("\n\n") {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && width(indent) + width(&line) + 1 + width(word) > columns {
                push_line(&mut lines, indent, &line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&harmless(word));
        }
        if !line.is_empty() {
            push_line(&mut lines, indent, &line);
        }
    }
    lines
}

fn push_line(lines: &mut String, indent: &str, line: &str) {
    lines.push_str(indent);
    lines.push_str(line);
    lines.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_and_lines_short() {
        assert_eq!(
            wrapped("one two\nthree extraordinary", "  ", 11),
            "  one two\n  three\n  extraordinary\n"
        );
    }
}
