//! Units of figures, and what can be converted into what.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The unit of a figure or of a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Unit {
    #[serde(rename = "ms")]
    Milliseconds,
    #[serde(rename = "s")]
    Seconds,
    #[serde(rename = "m")]
    Minutes,
    #[serde(rename = "h")]
    Hours,
    #[serde(rename = "d")]
    Days,
    #[serde(rename = "%")]
    Percent,
    #[serde(rename = "USD")]
    Dollars,
}

/// What a unit measures: only units of one dimension can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    Time,
    Share,
    Money,
    /// A number of things, or a code.
    Count,
}

impl Unit {
    pub const ALL: [Unit; 7] = [
        Unit::Milliseconds,
        Unit::Seconds,
        Unit::Minutes,
        Unit::Hours,
        Unit::Days,
        Unit::Percent,
        Unit::Dollars,
    ];

    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Milliseconds => "ms",
            Unit::Seconds => "s",
            Unit::Minutes => "m",
            Unit::Hours => "h",
            Unit::Days => "d",
            Unit::Percent => "%",
            Unit::Dollars => "USD",
        }
    }

    /// The unit that a text names.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.symbol() == text)
    }

    #[must_use]
    pub fn dimension(self) -> Dimension {
        match self {
            Unit::Milliseconds | Unit::Seconds | Unit::Minutes | Unit::Hours | Unit::Days => Dimension::Time,
            Unit::Percent => Dimension::Share,
            Unit::Dollars => Dimension::Money,
        }
    }

    /// How many of the smallest unit of its dimension it is.
    #[must_use]
    pub fn factor(self) -> f64 {
        match self {
            Unit::Milliseconds | Unit::Percent | Unit::Dollars => 1.0,
            Unit::Seconds => 1e3,
            Unit::Minutes => 60e3,
            Unit::Hours => 3_600e3,
            Unit::Days => 86_400e3,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

impl Dimension {
    /// An example of a bound in it.
    pub(super) fn example(self) -> &'static str {
        match self {
            Dimension::Time => "< 200ms",
            Dimension::Share => "> 80%",
            Dimension::Money => "<= 0.001 USD",
            Dimension::Count => ">= 3",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_unit_is_how_it_is_stored() {
        for unit in Unit::ALL {
            assert_eq!(serde_json::to_value(unit).unwrap(), unit.symbol());
            assert_eq!(Unit::named(unit.symbol()), Some(unit));
        }
        assert_eq!(Unit::named("weeks"), None);
    }
}
