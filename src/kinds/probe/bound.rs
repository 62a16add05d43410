//! The bound that a figure is compared with: `< 200ms`, `>= 3`, `= 30`, `> 80%`.

use std::fmt;
use std::str::FromStr;

use super::figure::Figure;
use super::unit::{Dimension, Unit};

/// A comparison with a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    pub comparison: Comparison,
    pub figure: f64,
    pub unit: Option<Unit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Below,
    AtMost,
    Equal,
    AtLeast,
    Above,
}

/// Why a text is no bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no bound: {reason}; bounds look like `< 200ms`, `>= 3`, `= 30` or `> 80%`")]
pub struct BoundError {
    text: String,
    reason: String,
}

impl Bound {
    /// What kind of figure it can be compared with.
    #[must_use]
    pub fn dimension(&self) -> Dimension {
        self.unit.map_or(Dimension::Count, Unit::dimension)
    }

    /// Whether a figure keeps to it.
    ///
    /// # Errors
    /// When the two can't be compared: `200 ms` isn't more or less than `80 %`.
    pub fn admits(&self, figure: f64, unit: Option<Unit>) -> Result<bool, String> {
        let dimension = unit.map_or(Dimension::Count, Unit::dimension);
        if dimension != self.dimension() {
            let name =
                |unit: Option<Unit>| unit.map_or("without a unit".to_owned(), |unit| format!("in {unit}"));
            return Err(format!(
                "the figure is {} and the bound `{self}` {}: they can't be compared",
                name(unit),
                name(self.unit)
            ));
        }
        let figure = figure * unit.map_or(1.0, Unit::factor);
        let limit = self.figure * self.unit.map_or(1.0, Unit::factor);
        // Conversion costs the last digits; a billionth is less than any figure means.
        let is_equal = (figure - limit).abs() <= 1e-9 * figure.abs().max(limit.abs());
        Ok(match self.comparison {
            Comparison::Below => figure < limit && !is_equal,
            Comparison::AtMost => figure < limit || is_equal,
            Comparison::Equal => is_equal,
            Comparison::AtLeast => figure > limit || is_equal,
            Comparison::Above => figure > limit && !is_equal,
        })
    }
}

impl FromStr for Bound {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, BoundError> {
        let error = |reason: &str| BoundError { text: text.to_owned(), reason: reason.to_owned() };
        let trimmed = text.trim();
        // The longer signs come first: `<=` starts with `<`.
        let (comparison, rest) = Comparison::SIGNS
            .into_iter()
            .find_map(|(sign, comparison)| Some((comparison, trimmed.strip_prefix(sign)?.trim_start())))
            .ok_or_else(|| error("it starts with none of <, <=, =, >=, >"))?;
        let Figure { number: figure, unit } = rest.parse().map_err(|reason: String| error(&reason))?;
        Ok(Self { comparison, figure, unit })
    }
}

impl Comparison {
    const SIGNS: [(&'static str, Comparison); 5] = [
        ("<=", Comparison::AtMost),
        (">=", Comparison::AtLeast),
        ("<", Comparison::Below),
        (">", Comparison::Above),
        ("=", Comparison::Equal),
    ];

    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Below => "<",
            Comparison::AtMost => "<=",
            Comparison::Equal => "=",
            Comparison::AtLeast => ">=",
            Comparison::Above => ">",
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.comparison.sign(), self.figure)?;
        match self.unit {
            Some(unit @ Unit::Percent) => write!(f, "{unit}"),
            Some(unit) => write!(f, " {unit}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(text: &str) -> Bound {
        text.parse().unwrap()
    }

    #[test]
    fn a_bound_is_a_sign_a_figure_and_a_unit() {
        for (text, shown) in [
            ("< 200ms", "< 200 ms"),
            ("<200 ms", "< 200 ms"),
            (" >= 3 ", ">= 3"),
            ("= 30", "= 30"),
            ("> 80%", "> 80%"),
            ("<= $0.001", "<= 0.001 USD"),
            ("<= 5810 USD", "<= 5810 USD"),
            ("> -1", "> -1"),
            ("< 15m", "< 15 m"),
        ] {
            assert_eq!(bound(text).to_string(), shown, "{text}");
            assert_eq!(bound(&bound(text).to_string()), bound(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_bound_is_refused_with_the_reason() {
        for (text, reason) in [
            ("200ms", "it starts with none of <, <=, =, >=, >"),
            ("", "it starts with none of"),
            ("<", "there is no figure in it"),
            ("< fast", "there is no figure in it"),
            ("< 1.2.3", "there is no figure in it"),
            ("< 5,810 USD", "figures are written without `,`"),
            ("< 2 weeks", "`weeks` is no unit, which are ms, s, m, h, d, %, USD"),
            ("< 2 MS", "`MS` is no unit"),
            ("< $3 ms", "`ms` is no unit"),
            ("== 3", "there is no figure in it"),
            ("< inf", "there is no figure in it"),
        ] {
            let error = text.parse::<Bound>().unwrap_err().to_string();
            assert!(
                error.contains(reason) && error.contains("bounds look like `< 200ms`"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn units_of_one_dimension_are_converted() {
        let seconds = Some(Unit::Seconds);
        assert_eq!(bound("< 200ms").admits(0.199, seconds), Ok(true));
        assert_eq!(bound("< 200ms").admits(0.2, seconds), Ok(false));
        assert_eq!(bound("<= 200ms").admits(0.2, seconds), Ok(true));
        assert_eq!(bound("< 5m").admits(299_999.0, Some(Unit::Milliseconds)), Ok(true));
        assert_eq!(bound("= 30d").admits(720.0, Some(Unit::Hours)), Ok(true));
        assert_eq!(bound(">= 1h").admits(59.9, Some(Unit::Minutes)), Ok(false));
        assert_eq!(bound("= 30").admits(31.0, None), Ok(false));
        assert_eq!(bound("> 80%").admits(80.0, Some(Unit::Percent)), Ok(false));
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        let error = bound("< 200ms").admits(3.0, Some(Unit::Percent)).unwrap_err();
        assert_eq!(error, "the figure is in % and the bound `< 200 ms` in ms: they can't be compared");
        let error = bound("< 200").admits(3.0, Some(Unit::Seconds)).unwrap_err();
        assert!(error.contains("the bound `< 200` without a unit"), "{error}");
        assert!(bound("< 200ms").admits(3.0, None).is_err());
    }

    #[test]
    fn no_number_keeps_to_no_bound() {
        for text in ["< 1", "<= 1", "= 1", ">= 1", "> 1"] {
            assert_eq!(bound(text).admits(f64::NAN, None), Ok(false), "{text}");
        }
    }
}
