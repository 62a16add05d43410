//! What the rules of all questions that measure have in common.

use super::bound::Bound;
use super::unit::Dimension;
use crate::kinds::Finding;

/// What is wrong with a measure and its bound: both or none, and of one dimension.
pub(super) fn pair<M>(
    measure: Option<M>,
    bound: Option<&str>,
    dimension: impl Fn(M) -> Dimension,
) -> Vec<Finding> {
    match (measure, bound) {
        (None, None) => Vec::new(),
        (Some(measure), Some(text)) => fits(text, Some(dimension(measure))),
        (Some(measure), None) => {
            let example = dimension(measure).example();
            vec![
                Finding::on("measure", "`measure` only measures: without a `bound` nothing is asked")
                    .and("bound")
                    .help(format!("add a bound, such as \"{example}\"")),
            ]
        }
        (None, Some(_)) => vec![
            Finding::on("bound", "`bound` bounds nothing")
                .and("measure")
                .help("say with `measure` what is to be compared with it"),
        ],
    }
}

/// What is wrong with a bound, whose figures are of a dimension if that is known.
pub(super) fn fits(text: &str, dimension: Option<Dimension>) -> Vec<Finding> {
    match text.parse::<Bound>() {
        Err(error) => vec![Finding::on("bound", error.to_string())],
        Ok(bound) => match dimension {
            Some(dimension) if dimension != bound.dimension() => {
                let example = dimension.example();
                vec![
                    Finding::on("bound", format!("`{text}` doesn't fit what is measured"))
                        .help(format!("bounds of it look like \"{example}\"")),
                ]
            }
            _ => Vec::new(),
        },
    }
}

/// What is wrong with a percentile of samples.
pub(super) fn percentile(percentile: Option<f64>, is_latency: bool) -> Vec<Finding> {
    match percentile {
        Some(percentile) if !(percentile > 0.0 && percentile < 100.0) => {
            vec![Finding::on(
                "percentile",
                format!("`percentile` is {percentile}, and should lie between 0 and 100"),
            )]
        }
        Some(_) if !is_latency => {
            vec![
                Finding::on("percentile", "only a latency has percentiles")
                    .and("measure")
                    .help("add `measure: latency`, or leave `percentile` out"),
            ]
        }
        _ => Vec::new(),
    }
}

/// What is wrong with a text that names something.
pub(super) fn named(field: &'static str, text: &str) -> Vec<Finding> {
    if text.trim().is_empty() { vec![Finding::on(field, format!("`{field}` is empty"))] } else { Vec::new() }
}
