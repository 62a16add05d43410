//! Which series an expression of Prometheus reads. Whether it is an expression at all, promtool says.

use std::collections::BTreeSet;

/// Words of the language that aren't series where no parenthesis follows them.
const WORDS: [&str; 16] = [
    "and",
    "atan2",
    "bool",
    "by",
    "end",
    "group_left",
    "group_right",
    "ignoring",
    "inf",
    "nan",
    "offset",
    "on",
    "or",
    "start",
    "unless",
    "without",
];
/// After these, names in parentheses are labels.
const BEFORE_LABELS: [&str; 6] = ["by", "group_left", "group_right", "ignoring", "on", "without"];

/// The names of series that an expression reads; those that only a matcher names are not found.
pub fn series(expression: &str) -> BTreeSet<String> {
    let letters: Vec<char> = expression.chars().collect();
    let mut found = BTreeSet::new();
    let mut at = 0;
    while let Some(letter) = letters.get(at).copied() {
        match letter {
            '"' | '\'' | '`' => at = after_text(&letters, at),
            // Matchers of labels, and lengths of time.
            '{' => at = after_bracket(&letters, at, '{', '}'),
            '[' => at = after_bracket(&letters, at, '[', ']'),
            '0'..='9' => at = after(&letters, at, |letter| letter.is_alphanumeric() || letter == '.'),
            _ if letter.is_ascii_alphabetic() || matches!(letter, '_' | ':') => {
                let end =
                    after(&letters, at, |letter| letter.is_alphanumeric() || matches!(letter, '_' | ':'));
                let word: String = letters[at..end].iter().collect();
                let next = after(&letters, end, char::is_whitespace);
                let opens = letters.get(next) == Some(&'(');
                at = end;
                if opens && BEFORE_LABELS.contains(&word.to_lowercase().as_str()) {
                    at = after_bracket(&letters, next, '(', ')');
                } else if !opens && !is_word(&word, &letters, next) {
                    found.insert(word);
                }
            }
            _ => at += 1,
        }
    }
    found
}

/// Whether a word is the language's: an aggregation may be followed by `by (…)`.
fn is_word(word: &str, letters: &[char], next: usize) -> bool {
    let rest: String = letters[next.min(letters.len())..].iter().take(8).collect();
    WORDS.contains(&word.to_lowercase().as_str()) || rest.starts_with("by ") || rest.starts_with("without ")
}

fn after(letters: &[char], from: usize, is_part: impl Fn(char) -> bool) -> usize {
    letters[from..].iter().position(|letter| !is_part(*letter)).map_or(letters.len(), |length| from + length)
}

fn after_text(letters: &[char], from: usize) -> usize {
    let quote = letters[from];
    let mut at = from + 1;
    while at < letters.len() && letters[at] != quote {
        at += if letters[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn after_bracket(letters: &[char], from: usize, open: char, close: char) -> usize {
    let mut depth = 0;
    let mut at = from;
    while at < letters.len() {
        match letters[at] {
            '"' | '\'' | '`' => {
                at = after_text(letters, at);
                continue;
            }
            letter if letter == open => depth += 1,
            letter if letter == close => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    letters.len()
}

#[test]
fn names_of_series_are_told_from_all_else() {
    for (expression, names) in [
        ("up", &["up"][..]),
        ("100 * avg(up) > 1e3", &["up"]),
        (r#"sum by (a, b) (rate(x_total{c="d}",e=~"f|g"}[5m:1m] offset 1h))"#, &["x_total"]),
        ("sum(a) by (b) / on (c) group_left (d) e", &["a", "e"]),
        ("a:b:c and bool_total unless c", &["a:b:c", "bool_total", "c"]),
        (r#"label_replace(a, "b", "$1", "c", "(d)")"#, &["a"]),
        ("time() - max(timestamp(a == 1)) > 2 * 3600", &["a"]),
        ("vector(1)", &[]),
        ("count by (__name__) ({__name__=~\"kpi:.+\"})", &[]),
        ("1 - a / 0.0001 >= 0 or inf", &["a"]),
        ("topk(5, max by (le) (a_bucket))", &["a_bucket"]),
    ] {
        let found = series(expression);
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), names, "{expression}");
    }
}
