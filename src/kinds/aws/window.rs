//! The hours in which RDS and ElastiCache make backups and maintain: `02:00-03:00`,
//! `sun:04:00-sun:05:00`, in UTC.

use crate::kinds::Finding;

const MINUTES_PER_DAY: u32 = 24 * 60;
const MINUTES_PER_WEEK: u32 = 7 * MINUTES_PER_DAY;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The two windows of a service: the fields that hold them, and how long they are at least.
#[derive(Debug, Clone, Copy)]
pub(super) struct Windows {
    pub backup: &'static str,
    pub maintenance: &'static str,
    pub least_minutes: u32,
}

/// A stretch of a week, which may run over its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    /// From Monday, 00:00.
    start_minute: u32,
    minutes: u32,
}

impl Stretch {
    fn meets(self, other: Self) -> bool {
        let after = |from: u32, to: u32| (to + MINUTES_PER_WEEK - from) % MINUTES_PER_WEEK;
        after(self.start_minute, other.start_minute) < self.minutes
            || after(other.start_minute, self.start_minute) < other.minutes
    }
}

impl Windows {
    /// What is wrong with the two windows of a cluster, each by itself and together.
    pub(super) fn findings(self, backup: Option<&str>, maintenance: Option<&str>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let backup =
            backup.and_then(|text| self.read(self.backup, text, daily(text), "02:00-03:00", &mut findings));
        let maintenance = maintenance.and_then(|text| {
            self.read(self.maintenance, text, weekly(text), "sun:04:00-sun:05:00", &mut findings)
        });
        if let (Some(backup), Some(maintenance)) = (backup, maintenance) {
            let meets = (0..7).any(|day| {
                let start_minute = backup.start_minute + day * MINUTES_PER_DAY;
                Stretch { start_minute, ..backup }.meets(maintenance)
            });
            if meets {
                findings.push(
                    Finding::on(self.maintenance, "maintenance falls into the hours of the backups")
                        .and(self.backup)
                        .help("move one of the two windows: backups run every day"),
                );
            }
        }
        findings
    }

    fn read(
        self,
        field: &str,
        text: &str,
        stretch: Option<Stretch>,
        example: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<Stretch> {
        let Some(stretch) = stretch else {
            let finding = Finding::on(field, format!("{text:?} is no window of time"));
            findings.push(finding.help(format!("write it in UTC, as `{example}`")));
            return None;
        };
        if stretch.minutes < self.least_minutes {
            findings
                .push(Finding::on(field, format!("{text} is shorter than {} minutes", self.least_minutes)));
        }
        if stretch.minutes > MINUTES_PER_DAY {
            findings.push(Finding::on(field, format!("{text} is longer than a day")));
        }
        Some(stretch)
    }
}

/// `02:00-03:00`, on Monday.
fn daily(text: &str) -> Option<Stretch> {
    let (start, end) = text.split_once('-')?;
    let (start_minute, end_minute) = (time(start)?, time(end)?);
    Some(Stretch { start_minute, minutes: (end_minute + MINUTES_PER_DAY - start_minute) % MINUTES_PER_DAY })
}

/// `sun:04:00-sun:05:00`.
fn weekly(text: &str) -> Option<Stretch> {
    let (start, end) = text.split_once('-')?;
    let (start_minute, end_minute) = (day_and_time(start)?, day_and_time(end)?);
    Some(Stretch { start_minute, minutes: (end_minute + MINUTES_PER_WEEK - start_minute) % MINUTES_PER_WEEK })
}

fn day_and_time(text: &str) -> Option<u32> {
    let (day, rest) = text.split_once(':')?;
    let day = DAYS.iter().position(|name| *name == day)?;
    Some(u32::try_from(day).ok()? * MINUTES_PER_DAY + time(rest)?)
}

fn time(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, below: u32| -> Option<u32> {
        let is_plain = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|number: &u32| is_plain && *number < below)
    };
    Some(number(hour, 24)? * 60 + number(minute, 60)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(backup: &str, maintenance: &str) -> String {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Windows { backup: "daily", maintenance: "weekly", least_minutes: 30 }
            .findings(some(backup).as_deref(), some(maintenance).as_deref())
            .into_iter()
            .map(|finding| finding.message + "\n")
            .collect()
    }

    #[test]
    fn windows_have_a_form() {
        assert_eq!(faults("02:00-02:30", "sun:04:00-sun:05:00"), "");
        assert_eq!(faults("23:30-00:30", "sun:23:30-mon:00:30").matches("falls into").count(), 1);
        for text in ["2:00-3:00", "02:00", "24:00-25:00", "02:60-03:00", "sun:02:00-sun:03:00"] {
            assert!(faults(text, "").contains("no window of time"), "{text}");
        }
        for text in ["04:00-05:00", "Sun:04:00-Sun:05:00", "sunday:04:00-sunday:05:00", "sun:04:00"] {
            assert!(faults("", text).contains("no window of time"), "{text}");
        }
        assert!(faults("02:00-02:29", "").contains("shorter than 30 minutes"));
        assert!(faults("", "sun:04:00-sun:04:00").contains("shorter than 30 minutes"));
        assert!(faults("", "sun:04:00-tue:04:00").contains("longer than a day"));
    }

    #[test]
    fn maintenance_and_backups_stay_apart() {
        for (backup, maintenance, meets) in [
            ("02:00-03:00", "sun:03:00-sun:04:00", false),
            ("02:00-03:01", "sun:03:00-sun:04:00", true),
            ("03:30-04:30", "wed:03:00-wed:04:00", true),
            ("23:30-00:30", "mon:00:00-mon:01:00", true),
            ("23:30-00:30", "mon:00:30-mon:01:00", false),
            ("01:00-01:30", "sat:22:00-sun:02:00", true),
        ] {
            assert_eq!(faults(backup, maintenance).contains("falls into"), meets, "{backup} {maintenance}");
        }
    }
}
