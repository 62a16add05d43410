//! The parameters that the families of Valkey and of Redis 7 have, and what each may be.
//!
//! From the answers of `DescribeCacheParameters` and from
//! <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html>. Of other
//! families nothing is held here, so that nothing is refused which the API takes.

use crate::model::closest;

/// What a parameter may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Allowed {
    YesNo,
    OneOf(&'static [&'static str]),
    /// From the least to the most; without a most, there is no limit.
    Integer(i64, Option<i64>),
    Text,
    /// ElastiCache sets it itself.
    Fixed,
}

use Allowed::{Fixed, Integer, OneOf, Text, YesNo};

/// What all of the families have.
const COMMON: &[(&str, Allowed)] = &[
    ("acl-pubsub-default", OneOf(&["resetchannels", "allchannels"])),
    ("acllog-max-len", Integer(1, Some(10_000))),
    ("active-defrag-cycle-max", Integer(1, Some(75))),
    ("active-defrag-cycle-min", Integer(1, Some(75))),
    ("active-defrag-ignore-bytes", Integer(1_048_576, None)),
    ("active-defrag-max-scan-fields", Integer(1, Some(1_000_000))),
    ("active-defrag-threshold-lower", Integer(1, Some(100))),
    ("active-defrag-threshold-upper", Integer(1, Some(100))),
    ("active-expire-effort", Integer(1, Some(10))),
    ("activedefrag", YesNo),
    ("appendfsync", Fixed),
    ("appendonly", Fixed),
    ("client-output-buffer-limit-normal-hard-limit", Integer(0, None)),
    ("client-output-buffer-limit-normal-soft-limit", Integer(0, None)),
    ("client-output-buffer-limit-normal-soft-seconds", Integer(0, None)),
    ("client-output-buffer-limit-pubsub-hard-limit", Integer(0, None)),
    ("client-output-buffer-limit-pubsub-soft-limit", Integer(0, None)),
    ("client-output-buffer-limit-pubsub-soft-seconds", Integer(0, None)),
    ("client-output-buffer-limit-replica-soft-seconds", Fixed),
    ("client-query-buffer-limit", Integer(1_048_576, Some(1_073_741_824))),
    ("close-on-replica-write", YesNo),
    ("cluster-allow-pubsubshard-when-down", YesNo),
    ("cluster-allow-reads-when-down", YesNo),
    ("cluster-enabled", YesNo),
    ("cluster-preferred-endpoint-type", OneOf(&["ip", "tls-dynamic"])),
    ("cluster-require-full-coverage", YesNo),
    ("databases", Integer(1, Some(10_000))),
    ("hash-max-listpack-entries", Integer(0, None)),
    ("hash-max-listpack-value", Integer(0, None)),
    ("hll-sparse-max-bytes", Integer(1, Some(16_000))),
    ("latency-tracking", YesNo),
    ("lfu-decay-time", Integer(0, None)),
    ("lfu-log-factor", Integer(1, None)),
    ("list-compress-depth", Integer(0, None)),
    ("list-max-listpack-size", Fixed),
    ("lua-time-limit", Fixed),
    ("maxclients", Fixed),
    (
        "maxmemory-policy",
        OneOf(&[
            "volatile-lru",
            "allkeys-lru",
            "volatile-lfu",
            "allkeys-lfu",
            "volatile-random",
            "allkeys-random",
            "volatile-ttl",
            "noeviction",
        ]),
    ),
    ("maxmemory-samples", Integer(1, None)),
    ("min-replicas-max-lag", Integer(0, None)),
    ("min-replicas-to-write", Integer(0, None)),
    ("notify-keyspace-events", Text),
    ("proto-max-bulk-len", Integer(1_048_576, Some(536_870_912))),
    ("rename-commands", Text),
    ("repl-backlog-size", Integer(16_384, None)),
    ("repl-backlog-ttl", Integer(0, None)),
    ("replica-allow-chaining", Fixed),
    ("replica-ignore-maxmemory", Fixed),
    ("reserved-memory-percent", Integer(0, Some(100))),
    ("set-max-intset-entries", Integer(0, Some(500_000_000))),
    ("slowlog-log-slower-than", Integer(-1, None)),
    ("slowlog-max-len", Integer(0, None)),
    ("stream-node-max-bytes", Integer(0, None)),
    ("stream-node-max-entries", Integer(0, None)),
    ("tcp-keepalive", Integer(0, None)),
    ("timeout", Integer(0, None)),
    ("tracking-table-max-keys", Integer(1, Some(100_000_000))),
    ("zset-max-listpack-entries", Integer(0, None)),
    ("zset-max-listpack-value", Integer(0, None)),
];

/// What Valkey 7 and Redis 7 have besides: Valkey 8 always frees memory lazily.
const UP_TO_7: &[(&str, Allowed)] = &[
    ("lazyfree-lazy-eviction", YesNo),
    ("lazyfree-lazy-expire", YesNo),
    ("lazyfree-lazy-server-del", YesNo),
    ("lazyfree-lazy-user-del", YesNo),
    ("replica-lazy-flush", Fixed),
];

/// What Valkey 8 has besides; the logs of commands since 8.1, the search since 8.2.
const FROM_8: &[(&str, Allowed)] = &[
    ("commandlog-large-reply-max-len", Integer(0, Some(1024))),
    ("commandlog-large-request-max-len", Integer(0, Some(1024))),
    ("commandlog-reply-larger-than", Integer(-1, None)),
    ("commandlog-request-larger-than", Integer(-1, None)),
    ("extended-redis-compatibility", YesNo),
    ("search-default-timeout-ms", Integer(1, Some(60_000))),
    ("search-enable-partial-results", YesNo),
    ("search-fanout-target-mode", OneOf(&["client", "throughput"])),
];

/// The tables of a family; none where its parameters aren't held here.
fn tables(family: &str) -> Option<[&'static [(&'static str, Allowed)]; 2]> {
    match family {
        "redis7" | "valkey7" => Some([COMMON, UP_TO_7]),
        "valkey8" => Some([COMMON, FROM_8]),
        _ => None,
    }
}

/// Why a family doesn't take a parameter, or not with that value, and what to do.
pub(super) fn fault(family: &str, name: &str, value: &str) -> Option<(String, String)> {
    let tables = tables(family)?;
    let names = || tables.into_iter().flatten().map(|(name, _)| *name);
    let Some((_, allowed)) = tables.into_iter().flatten().find(|(known, _)| *known == name) else {
        let help = match closest(name, names()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "`aws elasticache describe-engine-default-parameters` lists them".to_owned(),
        };
        return Some((format!("`{name}` is no parameter of {family}"), help));
    };
    let wrong = |help: String| Some((format!("`{name}` is {value:?}"), help));
    match allowed {
        Text => None,
        Fixed => {
            Some((format!("`{name}` can't be set: ElastiCache sets it itself"), "leave it out".to_owned()))
        }
        YesNo if matches!(value, "yes" | "no") => None,
        YesNo => wrong("\"yes\" or \"no\"".to_owned()),
        OneOf(values) if values.contains(&value) => None,
        OneOf(values) => wrong(format!("one of {}", values.join(", "))),
        Integer(least, most) => {
            let number = value.parse::<i64>().ok();
            // Between 1 and 19 seconds, idle connections can't be closed.
            let fits = number.is_some_and(|number| {
                number >= *least
                    && most.is_none_or(|most| number <= most)
                    && (name != "timeout" || number == 0 || number >= 20)
            });
            match (fits, name, most) {
                (true, ..) => None,
                (_, "timeout", _) => wrong("0, or 20 and more".to_owned()),
                (.., Some(most)) => wrong(format!("a number from {least} to {most}")),
                (.., None) => wrong(format!("a number from {least}")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_listed_once() {
        for family in ["redis7", "valkey7", "valkey8"] {
            let names: Vec<&str> =
                tables(family).unwrap().into_iter().flatten().map(|(name, _)| *name).collect();
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{family}");
        }
    }

    #[test]
    fn values_are_what_the_api_takes() {
        let message = |family: &str, name: &str, value: &str| {
            fault(family, name, value).map(|(fault, help)| format!("{fault}: {help}")).unwrap_or_default()
        };
        assert_eq!(message("valkey8", "maxmemory-policy", "allkeys-lfu"), "");
        assert_eq!(message("valkey8", "notify-keyspace-events", "Ex"), "");
        assert_eq!(message("valkey8", "slowlog-log-slower-than", "-1"), "");
        assert!(message("valkey8", "maxmemory-policy", "lru").contains("one of volatile-lru"));
        assert!(message("valkey8", "max-memory-policy", "x").contains("did you mean `maxmemory-policy`?"));
        assert!(message("valkey8", "activedefrag", "true").contains("\"yes\" or \"no\""));
        assert!(message("valkey8", "reserved-memory-percent", "101").contains("from 0 to 100"));
        assert!(message("valkey8", "repl-backlog-size", "1k").contains("from 16384"));
        assert!(message("valkey8", "timeout", "5").contains("20 and more"));
        assert_eq!(message("valkey8", "timeout", "0"), "");
        assert!(message("valkey8", "maxclients", "100").contains("sets it itself"));
        assert!(message("valkey8", "lazyfree-lazy-expire", "yes").contains("no parameter of valkey8"));
        assert_eq!(message("valkey7", "lazyfree-lazy-expire", "yes"), "");
        assert!(message("valkey7", "commandlog-reply-larger-than", "1").contains("no parameter"));
        assert_eq!(message("redis6.x", "whatever", "1"), "", "nothing is held of it");
    }
}
