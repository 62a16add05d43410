//! Types of cache nodes, such as `cache.m7g.large`.

use crate::kinds::Finding;
use crate::kinds::aws::instance_type::InstanceType;

/// The halves of a node type's name.
pub(super) fn parse(text: &str) -> Option<InstanceType<'_>> {
    InstanceType::parse(text.strip_prefix("cache.")?)
}

/// What is wrong with a field that has to be a node type.
pub(super) fn finding(field: &str, text: &str) -> Option<Finding> {
    if parse(text).is_some() {
        return None;
    }
    let finding = Finding::on(field, format!("{text:?} is no type of cache nodes"));
    Some(if InstanceType::parse(text).is_some() {
        finding.help(format!("did you mean `cache.{text}`?"))
    } else {
        finding.help("it looks like `cache.m7g.large`")
    })
}

/// Whether global replication groups can be made of a type: burstable nodes and those smaller than
/// `large` are left out, and so are generations before m5 and r5.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Redis-Global-Datastores-Getting-Started.html>
pub(super) fn can_be_global(text: &str) -> bool {
    parse(text).is_some_and(|parsed| {
        let is_large = !matches!(parsed.size, "nano" | "micro" | "small" | "medium");
        let is_old = ["m1", "m2", "m3", "m4", "r3", "r4", "c1"].contains(&parsed.family);
        is_large && !is_old && !parsed.family.starts_with('t')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_a_prefix_a_family_and_a_size() {
        assert!(finding("a", "cache.m7g.large").is_none());
        assert_eq!(finding("a", "m7g.large").unwrap().help.unwrap(), "did you mean `cache.m7g.large`?");
        assert!(finding("a", "large").unwrap().help.unwrap().contains("looks like"));
    }

    #[test]
    fn small_burstable_and_old_nodes_are_in_no_global_group() {
        for (text, can) in [
            ("cache.m7g.large", true),
            ("cache.r6gd.xlarge", true),
            ("cache.t4g.medium", false),
            ("cache.m4.large", false),
            ("large", false),
        ] {
            assert_eq!(can_be_global(text), can, "{text}");
        }
    }
}
