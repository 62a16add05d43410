//! The times of a rule: `rate(5 minutes)` or `cron(0 12 * * ? *)`, in UTC.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html>

/// Why a text is no schedule.
pub(super) fn fault(text: &str) -> Option<String> {
    let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(rate) = inside("rate") {
        return rate_fault(text, rate);
    }
    let Some(cron) = inside("cron") else {
        return Some(format!("`{text}` is neither rate(…) nor cron(…)"));
    };
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let [minutes, hours, day_of_month, month, day_of_week, year] = fields[..] else {
        return Some(format!("`{text}` has {} fields, where six are needed", fields.len()));
    };
    if (day_of_month == "?") == (day_of_week == "?") {
        return Some(format!("`{text}` should have ? as either the day of the month or that of the week"));
    }
    for (name, field, least, most) in [
        ("minutes", minutes, 0, 59),
        ("hours", hours, 0, 23),
        ("days of the month", day_of_month, 1, 31),
        ("months", month, 1, 12),
        ("days of the week", day_of_week, 1, 7),
        ("years", year, 1970, 2199),
    ] {
        if let Some(number) = out_of_bounds(field, least, most) {
            return Some(format!(
                "`{text}` has {number} among its {name}, where {least} to {most} are allowed"
            ));
        }
    }
    None
}

fn rate_fault(text: &str, rate: &str) -> Option<String> {
    let (count, unit) = rate.split_once(' ').unwrap_or((rate, ""));
    let Ok(count) = count.parse::<u32>() else {
        return Some(format!("`{text}` has no number"));
    };
    let singular = unit.strip_suffix('s').unwrap_or(unit);
    if count == 0 || !["minute", "hour", "day"].contains(&singular) {
        return Some(format!("`{text}` isn't every so many minutes, hours or days"));
    }
    (unit.ends_with('s') == (count == 1)).then(|| {
        let right = if count == 1 { singular.to_owned() } else { format!("{singular}s") };
        format!("`{text}` should be `rate({count} {right})`")
    })
}

/// The first number of a field that is outside of its bounds; names and wildcards pass. What follows a
/// slash is a step, and what follows a `#` says which week.
fn out_of_bounds(field: &str, least: u32, most: u32) -> Option<u32> {
    field
        .split([',', '-'])
        .map(|part| part.split(['/', '#']).next().unwrap_or_default())
        .filter_map(|part| part.trim_end_matches(['L', 'W']).parse::<u32>().ok())
        .find(|number| !(least..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_rates_or_six_fields() {
        for fine in [
            "rate(1 minute)",
            "rate(5 minutes)",
            "rate(1 day)",
            "cron(0 12 * * ? *)",
            "cron(0/15 8-17 ? * MON-FRI *)",
            "cron(0 8 1W * ? 2027)",
            "cron(0 8 ? * 2#1 *)",
            "cron(0 8 L * ? *)",
        ] {
            assert_eq!(fault(fine), None, "{fine}");
        }
        for (wrong, why) in [
            ("every day", "neither"),
            ("rate(five minutes)", "no number"),
            ("rate(0 minutes)", "so many"),
            ("rate(5 weeks)", "so many"),
            ("rate(1 minutes)", "should be `rate(1 minute)`"),
            ("rate(5 minute)", "should be `rate(5 minutes)`"),
            ("cron(0 12 * * *)", "5 fields"),
            ("cron(0 12 * * * *)", "should have ?"),
            ("cron(0 12 ? * ? *)", "should have ?"),
            ("cron(60 12 * * ? *)", "60 among its minutes"),
            ("cron(0 12,24 * * ? *)", "24 among its hours"),
            ("cron(0 12 32 * ? *)", "32 among its days"),
            ("cron(0 12 ? 13 2 *)", "13 among its months"),
        ] {
            assert!(fault(wrong).is_some_and(|found| found.contains(why)), "{wrong}: {:?}", fault(wrong));
        }
    }
}
