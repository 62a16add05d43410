//! What an environment costs a month. The form for programs is documented here and changes only with its
//! version:
//!
//! ```json
//! { "format_version": 1, "environment": "production", "usd_per_month": 5709.12,
//!   "usd_at_peak": 7000.5, "usd_committed": 5100.0,
//!   "by": { "part": { "nodes": 1200.0 }, "phase": {}, "stack": {}, "region": {} },
//!   "lines": [ { "address": "platform/cluster.cluster[primary]", "kind": "aws.eks.cluster",
//!     "region": "us-east-1", "part": "control planes", "item": "EKS control plane, standard support",
//!     "usd_per_month": 73.0 } ] }
//! ```

use std::fmt::Write as _;

use serde_json::json;

use super::table::Table;
use super::{Look, dollars};
use crate::cost::{By, Estimate, Line, PARTS};
use crate::model::Json;

/// The version of the machine form.
pub const FORMAT_VERSION: u32 = 1;

/// For programs.
#[must_use]
pub fn json(environment: &str, estimate: &Estimate) -> Json {
    let cents = |usd: f64| (usd * 100.0).round() / 100.0;
    let sums = |by: By| -> Json {
        estimate.by(by).into_iter().map(|(name, usd)| (name, json!(cents(usd)))).collect()
    };
    let line = |line: &Line| {
        json!({
            "address": line.address.to_string(), "kind": &*line.kind, "region": line.region,
            "part": line.part, "item": line.item, "usd_per_month": cents(line.usd_per_month),
        })
    };
    json!({
        "format_version": FORMAT_VERSION,
        "environment": environment,
        "usd_per_month": cents(estimate.usd_per_month()),
        "usd_at_peak": cents(estimate.usd_at_peak()),
        "usd_committed": cents(estimate.usd_committed()),
        "by": {
            "part": sums(By::Part), "phase": sums(By::Phase), "stack": sums(By::Stack),
            "region": sums(By::Region),
        },
        "lines": estimate.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

/// For people: a table of parts by region, the phases and stacks, and what all of it comes to.
#[must_use]
pub fn human(environment: &str, estimate: &Estimate, look: Look) -> String {
    let regions: Vec<String> = estimate.by(By::Region).into_keys().collect();
    let heads = std::iter::once("part").chain(regions.iter().map(String::as_str)).chain(["together"]);
    let mut table = Table::new(heads).figures_from(1);
    for part in PARTS {
        let of_part = || estimate.lines.iter().filter(|line| line.part == part);
        if of_part().next().is_none() {
            continue;
        }
        let sum = |region: Option<&String>| -> f64 {
            let of_region = of_part().filter(|line| region.is_none_or(|it| *it == line.group(By::Region)));
            of_region.map(|line| line.usd_per_month).sum()
        };
        let cells = regions.iter().map(|region| dollars(sum(Some(region)))).chain([dollars(sum(None))]);
        table.row(std::iter::once(part.to_owned()).chain(cells));
    }
    let mut text = table.render(look);
    for (by, head) in [(By::Phase, "phase"), (By::Stack, "stack")] {
        let mut table = Table::new([head, "a month"]).figures_from(1);
        for (name, usd) in estimate.by(by) {
            table.row([name, dollars(usd)]);
        }
        let _ = write!(text, "\n{}", table.render(look));
    }
    let total = format!("{environment}: {} a month at list prices", dollars(estimate.usd_per_month()));
    let _ = writeln!(text, "\n{}", look.bold(&total));
    let _ = writeln!(text, "With all nodes that may run: {}.", dollars(estimate.usd_at_peak()));
    let _ = writeln!(
        text,
        "With commitments for a year, nothing upfront: {}.",
        dollars(estimate.usd_committed())
    );
    for line in estimate.without_price() {
        let _ = writeln!(text, "Not counted: {} ({})", line.address, line.item);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate() -> Estimate {
        let line = |address: &str, kind: &str, region: Option<&str>, part, item: &str, usd: f64| Line {
            address: address.parse().unwrap(),
            kind: kind.into(),
            region: region.map(str::to_owned),
            part,
            item: item.into(),
            usd_per_month: usd,
            usd_at_peak: usd * 2.0,
            usd_committed: usd * 0.75,
        };
        Estimate {
            lines: vec![
                line(
                    "platform/cluster.a[x]",
                    "aws.eks.node_group",
                    Some("us-east-1"),
                    "nodes",
                    "nodes",
                    100.0,
                ),
                line(
                    "platform/cluster.a[y]",
                    "aws.eks.node_group",
                    Some("eu-west-1"),
                    "nodes",
                    "nodes",
                    112.0,
                ),
                line("agent/b", "aws.x.y", None, "other", "a thing: price not known", 0.0),
            ],
        }
    }

    #[test]
    fn people_read_parts_by_region_and_what_they_come_to() {
        let text = human("production", &estimate(), Look::PLAIN);
        for wanted in [
            "$212.00",
            "$112.00",
            "production: $212.00 a month at list prices",
            "that may run: $424.00",
            "upfront: $159.00",
        ] {
            assert!(text.contains(wanted), "{wanted}:\n{text}");
        }
        assert!(text.contains("Not counted: agent/b (a thing: price not known)"), "{text}");
    }

    #[test]
    fn programs_get_sums_and_lines() {
        let json = json("production", &estimate());
        assert_eq!(json["by"]["region"]["eu-west-1"], 112.0);
        assert_eq!(json["by"]["stack"]["platform"], 212.0);
        assert_eq!(json["by"]["phase"]["cluster"], 212.0);
        assert_eq!(json["lines"].as_array().unwrap().len(), 3);
    }
}
