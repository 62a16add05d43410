//! What a text is written for: with colour or without, with drawing characters or without, and how
//! wide.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// How a report may look. The CLI finds it out; nothing in `report` asks the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub color: bool,
    /// Arrows, check marks and box drawing, rather than ASCII.
    pub unicode: bool,
    /// In columns.
    pub width: usize,
}

impl Look {
    /// For files, pipes and terminals that can do no more.
    pub const PLAIN: Look = Look { color: false, unicode: false, width: 100 };

    /// A text in a style, where there is colour.
    #[must_use]
    pub fn paint(self, style: Style, text: impl Display) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    #[must_use]
    pub fn bold(self, text: impl Display) -> String {
        self.paint(Style::new().bold(), text)
    }

    #[must_use]
    pub fn dim(self, text: impl Display) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    /// Each line of a text dimmed by itself, so that no style runs over the end of a line.
    #[must_use]
    pub(super) fn dim_lines(self, text: &str) -> String {
        text.lines().map(|line| self.dim(line) + "\n").collect()
    }

    #[must_use]
    pub fn good(self, text: impl Display) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    #[must_use]
    pub fn bad(self, text: impl Display) -> String {
        self.paint(AnsiColor::Red.on_default(), text)
    }

    #[must_use]
    pub fn notable(self, text: impl Display) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    pub(super) fn arrow(self) -> &'static str {
        if self.unicode { "→" } else { "->" }
    }

    pub(super) fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    pub(super) fn dash(self) -> &'static str {
        if self.unicode { "–" } else { "-" }
    }
}

/// The columns that a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text of at most `columns`, with its middle left out where it is longer: the ends of ids, paths
/// and ARNs are what tells them apart.
#[must_use]
pub fn cut_in_the_middle(text: &str, columns: usize, look: Look) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(look.ellipsis()));
    let head = fitting(text.chars(), room.div_ceil(2));
    let tail: String = fitting(text.chars().rev(), room / 2).chars().rev().collect();
    format!("{head}{}{tail}", look.ellipsis())
}

/// A text of at most `columns`, cut at its end.
#[must_use]
pub fn cut_at_the_end(text: &str, columns: usize, look: Look) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(look.ellipsis()));
    format!("{}{}", fitting(text.chars(), room), look.ellipsis())
}

fn fitting(chars: impl Iterator<Item = char>, columns: usize) -> String {
    let mut left = columns;
    chars
        .take_while(|c| {
            let taken = c.width().unwrap_or(0);
            let fits = taken <= left;
            left = left.saturating_sub(taken);
            fits
        })
        .collect()
}

/// A text on one line and without control characters: what providers answer could otherwise move the
/// cursor or change the colours of a terminal.
#[must_use]
pub(super) fn harmless(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }));
    }
    line
}

/// `1 error`, `2 errors`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A length of time, as people say it: `350ms`, `2.1s`, `4m 12s`, `1h 3m`.
#[must_use]
pub fn time(ms: u64) -> String {
    let seconds = ms / 1000;
    match ms {
        0..1000 => format!("{ms}ms"),
        1000..60_000 => format!("{seconds}.{}s", ms % 1000 / 100),
        60_000..3_600_000 => format!("{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{}h {}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// US dollars, as bills write them: `$1,234.50`.
#[must_use]
pub fn dollars(amount: f64) -> String {
    let text = format!("{:.2}", amount.abs());
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let sign = if amount < 0.0 && text != "0.00" { "-" } else { "" };
    format!("{sign}${}.{cents}", thousands(whole))
}

/// A number with a comma after every third digit from the right.
fn thousands(digits: &str) -> String {
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_long_text_stay() {
        assert_eq!(cut_in_the_middle("arn:aws:iam::1:role/x", 11, Look::PLAIN), "arn:...le/x");
        let unicode = Look { unicode: true, ..Look::PLAIN };
        assert_eq!(cut_in_the_middle("0123456789", 5, unicode), "01…89");
        assert_eq!(cut_in_the_middle("short", 5, unicode), "short");
        assert_eq!(cut_at_the_end("界界界界", 5, unicode), "界界…");
    }

    #[test]
    fn answers_of_providers_can_not_steer_the_terminal() {
        assert_eq!(harmless("it\u{1b}[2J failed:\n  too many\r"), "it\u{fffd}[2J failed: too many");
    }

    #[test]
    fn times_and_sums_read_as_people_say_them() {
        let times = [999, 1000, 59_999, 60_000, 3_599_999, 3_600_000, 90_061_000].map(time);
        assert_eq!(times, ["999ms", "1.0s", "59.9s", "1m 0s", "59m 59s", "1h 0m", "25h 1m"]);
        let sums = [0.0, -0.001, 999.999, -12_345.5, 1_234_567.0].map(dollars);
        assert_eq!(sums, ["$0.00", "$0.00", "$1,000.00", "-$12,345.50", "$1,234,567.00"]);
    }
}
