//! A figure with its unit: `200ms`, `3`, `80%`, `$0.001`.

use std::str::FromStr;

use super::unit::{Dimension, Unit};

/// A number, and what it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    pub number: f64,
    pub unit: Option<Unit>,
}

impl Figure {
    /// What kind of figures it can be compared with.
    #[must_use]
    pub fn dimension(self) -> Dimension {
        self.unit.map_or(Dimension::Count, Unit::dimension)
    }

    /// The same figure in another unit of its dimension.
    #[must_use]
    pub fn converted_to(self, unit: Option<Unit>) -> Option<Self> {
        let factor = |unit: Option<Unit>| unit.map_or(1.0, Unit::factor);
        let is_alike = unit.map_or(Dimension::Count, Unit::dimension) == self.dimension();
        is_alike.then(|| Self { number: self.number * factor(self.unit) / factor(unit), unit })
    }
}

impl FromStr for Figure {
    /// Why a text is none.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (dollar, rest) = match text.trim().strip_prefix('$') {
            Some(rest) => (true, rest),
            None => (false, text.trim()),
        };
        let end =
            rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | ','))).unwrap_or(rest.len());
        let (digits, name) = rest.split_at(end);
        if digits.contains(',') {
            return Err("figures are written without `,`".to_owned());
        }
        let number: f64 = digits.parse().map_err(|_| "there is no figure in it".to_owned())?;
        let name = name.trim();
        let unit = match (dollar, name) {
            (true, "" | "USD") => Some(Unit::Dollars),
            (false, "") => None,
            _ => Some(Unit::named(name).filter(|_| !dollar).ok_or_else(|| {
                let names = Unit::ALL.map(Unit::symbol).join(", ");
                format!("`{name}` is no unit, which are {names}")
            })?),
        };
        Ok(Self { number, unit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_a_number_and_a_unit() {
        let figure = |text: &str| text.parse::<Figure>().map(|figure| (figure.number, figure.unit));
        assert_eq!(figure("150ms"), Ok((150.0, Some(Unit::Milliseconds))));
        assert_eq!(figure(" 99.995 % "), Ok((99.995, Some(Unit::Percent))));
        assert_eq!(figure("$0.001"), Ok((0.001, Some(Unit::Dollars))));
        assert_eq!(figure("3"), Ok((3.0, None)));
        for (text, reason) in [
            ("", "no figure"),
            ("fast", "no figure"),
            ("1,000", "without `,`"),
            ("1 week", "`week` is no unit"),
        ] {
            assert!(figure(text).unwrap_err().contains(reason), "{text}");
        }
    }

    #[test]
    fn a_figure_is_converted_within_its_dimension() {
        let figure: Figure = "150ms".parse().unwrap();
        let seconds = figure.converted_to(Some(Unit::Seconds)).unwrap();
        assert_eq!((seconds.number, seconds.unit), (0.15, Some(Unit::Seconds)));
        assert_eq!(figure.converted_to(Some(Unit::Percent)), None);
        assert_eq!(figure.converted_to(None), None);
    }
}
