//! What the rules of all questions that measure have in common.

use super::bound::Bound;
use super::figure::Figure;
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

/// What is wrong with the figure that a simulated world answers: nobody who declares one wants a
/// check that fails there.
pub(super) fn simulated(text: Option<&str>, bound: Option<&str>) -> Vec<Finding> {
    let (Some(text), Some(Ok(bound))) = (text, bound.map(str::parse::<Bound>)) else {
        return Vec::new();
    };
    let wrong = |message: String| Finding::on("simulated", message).and("bound");
    match text.parse::<Figure>().map(|figure| bound.admits(figure.number, figure.unit)) {
        Ok(Ok(true)) => Vec::new(),
        Ok(Ok(false)) => {
            let help = "say what a healthy world answers; `ninefold sandbox figure` sets another for a drill";
            vec![wrong(format!("`{text}` doesn't keep to the bound `{bound}`")).help(help)]
        }
        Ok(Err(conflict)) => vec![wrong(format!("`{text}` doesn't fit its bound: {conflict}"))],
        Err(reason) => {
            vec![
                Finding::on("simulated", format!("`{text}` is no figure: {reason}"))
                    .help("figures look like `150ms`, `3` or `99.995%`"),
            ]
        }
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
