//! When something recurs, as EventBridge and AWS Backup write it: `cron(0 6 * * ? *)`, `rate(1 day)`,
//! `at(2026-12-01T06:00:00)`. It knows the language, not which service takes which part of it.
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>

/// One way to write a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Cron,
    Rate,
    /// Once.
    At,
}

impl Style {
    fn name(self) -> &'static str {
        match self {
            Style::Cron => "cron",
            Style::Rate => "rate",
            Style::At => "at",
        }
    }

    /// What it looks like.
    fn example(self) -> &'static str {
        match self {
            Style::Cron => "cron(0 6 * * ? *)",
            Style::Rate => "rate(1 day)",
            Style::At => "at(2027-01-31T06:00:00)",
        }
    }

    fn check(self, inside: &str) -> Result<(), String> {
        match self {
            Style::Cron => check_cron(inside),
            Style::Rate => check_rate(inside),
            Style::At => check_at(inside),
        }
    }
}

/// Whether a text is an expression of one of some styles.
///
/// # Errors
/// What is wrong with it.
pub fn check(text: &str, styles: &[Style]) -> Result<(), String> {
    let inside = |style: &Style| text.strip_prefix(style.name())?.strip_prefix('(')?.strip_suffix(')');
    match styles.iter().find_map(|style| Some((style, inside(style)?))) {
        Some((style, inside)) => style.check(inside).map_err(|fault| format!("`{text}` {fault}")),
        None => {
            let examples: Vec<&str> = styles.iter().map(|style| style.example()).collect();
            Err(format!("`{text}` isn't written as {}", examples.join(" or ")))
        }
    }
}

/// Whether a text can be the name of a time zone, such as `Europe/Berlin`. Which there are is the
/// service's to know.
#[must_use]
pub fn is_time_zone(text: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "_+-".contains(c))
    };
    text.len() <= 50 && text.split('/').all(is_part)
}

/// A field of a cron expression.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    /// Words for its numbers, from the least on.
    words: &'static [&'static str],
    /// Whether it may be `?`, and have `L`, `W` or `#`.
    is_day: bool,
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const FIELDS: [Field; 6] = [
    Field { name: "minutes", least: 0, most: 59, words: &[], is_day: false },
    Field { name: "hours", least: 0, most: 23, words: &[], is_day: false },
    Field { name: "day of the month", least: 1, most: 31, words: &[], is_day: true },
    Field { name: "month", least: 1, most: 12, words: &MONTHS, is_day: false },
    Field { name: "day of the week", least: 1, most: 7, words: &DAYS, is_day: true },
    Field { name: "year", least: 1970, most: 2199, words: &[], is_day: false },
];

fn check_cron(inside: &str) -> Result<(), String> {
    let parts: Vec<&str> = inside.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err(format!(
            "has {} fields, where six are needed: minutes, hours, day of the month, month, day of the week, year",
            parts.len()
        ));
    }
    for (field, part) in FIELDS.iter().zip(&parts) {
        if !part.split(',').all(|element| field.admits(element)) {
            return Err(format!("has `{part}` as its {}", field.name));
        }
    }
    // One of the days says when, the other one that it says nothing.
    match (parts[2] == "?", parts[4] == "?") {
        (true, false) | (false, true) => Ok(()),
        _ => Err("should have ? as either the day of the month or the day of the week".into()),
    }
}

impl Field {
    /// Whether an element of the field's list can stand in it: `*`, `5`, `1-5`, `0/15`, `MON-FRI`.
    fn admits(&self, element: &str) -> bool {
        if self.is_day && self.is_special_day(element) {
            return true;
        }
        let (whole, step) = match element.split_once('/') {
            Some((whole, step)) => (whole, Some(step)),
            None => (element, None),
        };
        if step.is_some_and(|step| !number(step).is_some_and(|step| (1..=self.most).contains(&step))) {
            return false;
        }
        if whole == "*" {
            return true;
        }
        match whole.split_once('-') {
            Some((from, to)) => self.value(from).is_some() && self.value(to).is_some(),
            None => self.value(whole).is_some(),
        }
    }

    fn value(&self, text: &str) -> Option<u32> {
        let upper = text.to_ascii_uppercase();
        if let Some(position) = self.words.iter().position(|word| *word == upper) {
            return Some(self.least + u32::try_from(position).ok()?);
        }
        number(text).filter(|value| (self.least..=self.most).contains(value))
    }

    /// `?`, the last day (`L`, `5L`), the weekday next to a day (`15W`), the second Monday (`MON#2`).
    fn is_special_day(&self, element: &str) -> bool {
        let of_week = !self.words.is_empty();
        if element == "?" || element == "L" {
            return true;
        }
        if of_week {
            let nth = element.split_once('#').is_some_and(|(day, nth)| {
                self.value(day).is_some() && number(nth).is_some_and(|nth| (1..=5).contains(&nth))
            });
            return nth || element.strip_suffix('L').is_some_and(|day| self.value(day).is_some());
        }
        element == "LW" || element.strip_suffix('W').is_some_and(|day| self.value(day).is_some())
    }
}

fn number(text: &str) -> Option<u32> {
    // `parse` takes a sign too, which means nothing here.
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn check_rate(inside: &str) -> Result<(), String> {
    let (count, unit) = inside.split_once(' ').unwrap_or((inside, ""));
    let is_count = number(count).is_some_and(|count| count > 0);
    let is_unit = ["minute", "minutes", "hour", "hours", "day", "days"].contains(&unit);
    match (is_count, is_unit) {
        (true, true) => Ok(()),
        (false, _) => Err("has no number above 0".into()),
        (true, false) => Err("has no unit of minutes, hours or days".into()),
    }
}

/// A date and a time, without a zone: that is a field of its own.
fn check_at(inside: &str) -> Result<(), String> {
    let split = |text: &str, sign: char| text.split(sign).map(number).collect::<Option<Vec<u32>>>();
    let parts = inside.split_once('T').and_then(|(date, time)| Some((split(date, '-')?, split(time, ':')?)));
    let is_time = inside.len() == "2027-01-31T06:00:00".len()
        && parts.is_some_and(|(date, time)| {
            matches!(date[..], [year, month, day] if year >= 1970 && (1..=12).contains(&month)
                && (1..=days(year, month)).contains(&day))
                && matches!(time[..], [hour, minute, second] if hour < 24 && minute < 60 && second < 60)
        });
    if is_time { Ok(()) } else { Err(format!("isn't written as {}", Style::At.example())) }
}

/// How many days a month has.
fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Style; 3] = [Style::Cron, Style::Rate, Style::At];

    #[test]
    fn what_the_services_take_is_taken() {
        for text in [
            "cron(0 6 * * ? *)",
            "cron(0/15 8-18 ? * MON-FRI *)",
            "cron(30 7 1,15 JAN,jul ? 2026-2030)",
            "cron(0 9 ? * MON#1 *)",
            "cron(0 9 ? * 6L *)",
            "cron(0 9 LW * ? *)",
            "cron(0 9 15W * ? *)",
            "rate(1 day)",
            "rate(90 minutes)",
            "at(2028-02-29T23:59:59)",
        ] {
            assert_eq!(check(text, &ALL), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_they_refuse_is_refused_with_the_reason() {
        for (text, fault) in [
            ("every day", "isn't written as cron(0 6 * * ? *) or rate(1 day) or at("),
            ("cron(0 6 * * *)", "has 5 fields"),
            ("cron(60 6 * * ? *)", "has `60` as its minutes"),
            ("cron(0 24 * * ? *)", "as its hours"),
            ("cron(0 6 32 * ? *)", "as its day of the month"),
            ("cron(0 6 ? FOO MON *)", "as its month"),
            ("cron(0 6 ? * 8 *)", "as its day of the week"),
            ("cron(0 6 ? * MON#6 *)", "as its day of the week"),
            ("cron(0 6 ? * 15W *)", "as its day of the week"),
            ("cron(0 6 * * ? 1969)", "as its year"),
            ("cron(+5 6 * * ? *)", "as its minutes"),
            ("cron(0/0 6 * * ? *)", "as its minutes"),
            ("cron(0 6 * * * *)", "should have ? as either"),
            ("cron(0 6 ? * ? *)", "should have ? as either"),
            ("rate(0 days)", "no number above 0"),
            ("rate(1 week)", "no unit"),
            ("rate(1)", "no unit"),
            ("at(2027-02-29T06:00:00)", "isn't written as at("),
            ("at(2027-01-31)", "isn't written as at("),
            ("at(2027-01-31T06:00:00Z)", "isn't written as at("),
        ] {
            let found = check(text, &ALL).unwrap_err();
            assert!(found.contains(fault), "{text}: {found}");
        }
        assert!(check("rate(1 day)", &[Style::Cron]).is_err());
    }

    #[test]
    fn time_zones_have_names() {
        for zone in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"] {
            assert!(is_time_zone(zone), "{zone}");
        }
        for zone in ["", "+01:00", "Europe/", "Europe Berlin"] {
            assert!(!is_time_zone(zone), "{zone}");
        }
    }
}
