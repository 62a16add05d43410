//! The two engines of Aurora.

use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::Finding;

/// What Aurora is compatible with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    AuroraMysql,
    AuroraPostgresql,
}

/// For how long after its end of standard support an engine's version is supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EngineLifecycleSupport {
    /// Up to three years, at a price for each vCPU-hour.
    OpenSourceRdsExtendedSupport,
    /// Not at all: AWS upgrades the major version.
    OpenSourceRdsExtendedSupportDisabled,
}

static POSTGRESQL: LazyLock<Regex> = LazyLock::new(|| {
    // The pattern is a constant, and a test uses it.
    Regex::new(r"^[1-9][0-9]\.[0-9]{1,2}(-limitless)?$").expect("a valid pattern")
});

static MYSQL: LazyLock<Regex> = LazyLock::new(|| {
    // The pattern is a constant, and a test uses it.
    Regex::new(r"^[58]\.[0-9]\.mysql_aurora\.[0-9]+\.[0-9]+\.[0-9]+$").expect("a valid pattern")
});

impl Engine {
    /// The API's own word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Engine::AuroraMysql => "aurora-mysql",
            Engine::AuroraPostgresql => "aurora-postgresql",
        }
    }

    /// The port that it listens on where none is named.
    pub(super) fn default_port(self) -> u16 {
        match self {
            Engine::AuroraMysql => 3306,
            Engine::AuroraPostgresql => 5432,
        }
    }

    /// The logs that it can send to CloudWatch.
    pub(super) fn logs(self) -> &'static [&'static str] {
        match self {
            Engine::AuroraMysql => {
                &["audit", "error", "general", "instance", "slowquery", "iam-db-auth-error"]
            }
            Engine::AuroraPostgresql => &["instance", "postgresql", "iam-db-auth-error"],
        }
    }

    /// Words that can't be the name of a master user.
    pub(super) fn reserved_users(self) -> &'static [&'static str] {
        match self {
            Engine::AuroraMysql => &["rdsadmin", "rdsrepladmin"],
            Engine::AuroraPostgresql => &["admin", "public", "rdsadmin", "user"],
        }
    }

    /// What is wrong with the version in a field.
    pub(super) fn version_findings(self, field: &str, text: &str) -> Option<Finding> {
        let (pattern, example) = match self {
            Engine::AuroraMysql => (&*MYSQL, "8.0.mysql_aurora.3.10.1"),
            Engine::AuroraPostgresql => (&*POSTGRESQL, "17.5"),
        };
        (!pattern.is_match(text)).then(|| {
            Finding::on(field, format!("{text:?} is no full version of {}", self.word()))
                .and("engine")
                .help(format!("name the minor version too, or it reads back differently: \"{example}\""))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_full() {
        let is_fine = |engine: Engine, text| engine.version_findings("engine_version", text).is_none();
        for (text, postgresql, mysql) in [
            ("17.5", true, false),
            ("16.9-limitless", true, false),
            ("17", false, false),
            ("17.5.1", false, false),
            ("8.0.mysql_aurora.3.10.1", false, true),
            ("8.0", false, false),
            ("", false, false),
        ] {
            assert_eq!(is_fine(Engine::AuroraPostgresql, text), postgresql, "{text}");
            assert_eq!(is_fine(Engine::AuroraMysql, text), mysql, "{text}");
        }
    }

    #[test]
    fn words_are_those_of_the_api() {
        for engine in [Engine::AuroraMysql, Engine::AuroraPostgresql] {
            assert_eq!(serde_json::to_value(engine).unwrap(), engine.word());
        }
    }
}
