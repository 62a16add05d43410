//! The two engines of replication groups, and their versions.

use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::Finding;

/// What a cache speaks. Valkey is what became of Redis when its licence changed; it costs a fifth less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    Valkey,
    Redis,
}

static VALKEY: LazyLock<Regex> = LazyLock::new(|| {
    // The pattern is a constant, and a test uses it.
    Regex::new(r"^([7-9]|[1-9][0-9])\.[0-9]$").expect("a valid pattern")
});

/// Up to 5 with the patch level, then `6.x` or major and minor.
static REDIS: LazyLock<Regex> = LazyLock::new(|| {
    // The pattern is a constant, and a test uses it.
    Regex::new(r"^([2-5]\.[0-9]{1,2}\.[0-9]{1,2}|6\.x|[67]\.[0-9])$").expect("a valid pattern")
});

impl Engine {
    /// The API's own word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Engine::Valkey => "valkey",
            Engine::Redis => "redis",
        }
    }

    /// What is wrong with a field that has to be one of its versions.
    pub(super) fn version_finding(self, field: &str, version: &str) -> Option<Finding> {
        let (pattern, example) = match self {
            Engine::Valkey => (&VALKEY, "8.1"),
            Engine::Redis => (&REDIS, "7.1"),
        };
        (!pattern.is_match(version)).then(|| {
            Finding::on(field, format!("{version:?} is no version of {}", self.word()))
                .and("engine")
                .help(format!("it looks like \"{example}\""))
        })
    }
}

/// Major and minor number of a version, as far as it has them: `6.x` is any 6.
pub(super) fn numbers(version: &str) -> Option<(u32, Option<u32>)> {
    let (major, rest) = version.split_once('.')?;
    let minor = rest.split('.').next().and_then(|text| text.parse().ok());
    Some((major.parse().ok()?, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_writes_its_versions_in_its_own_way() {
        for (engine, version, fits) in [
            (Engine::Valkey, "7.2", true),
            (Engine::Valkey, "8.1", true),
            (Engine::Valkey, "8", false),
            (Engine::Valkey, "8.0.1", false),
            (Engine::Valkey, "6.2", false),
            (Engine::Redis, "7.1", true),
            (Engine::Redis, "6.x", true),
            (Engine::Redis, "5.0.6", true),
            (Engine::Redis, "5.0", false),
            (Engine::Redis, "8.0", false),
        ] {
            let finding = engine.version_finding("engine_version", version);
            assert_eq!(finding.is_none(), fits, "{} {version}", engine.word());
        }
    }

    #[test]
    fn a_version_has_numbers() {
        assert_eq!(numbers("8.1"), Some((8, Some(1))));
        assert_eq!(numbers("6.x"), Some((6, None)));
        assert_eq!(numbers("5.0.6"), Some((5, Some(0))));
        assert_eq!(numbers("8"), None);
    }
}
