//! The names under which Ninefold marks what it makes: whose it is, and which operation made it.
//! Targets write and look for them; a configuration can't set them.

/// The names of the marks in one system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkNames {
    pub environment: &'static str,
    pub address: &'static str,
    pub operation: &'static str,
}

/// The tags of what is on AWS.
pub const TAGS: MarkNames = MarkNames {
    environment: "ninefold:environment",
    address: "ninefold:address",
    operation: "ninefold:operation",
};

/// The annotations of what is in Kubernetes, where a key may have no colon but a domain.
pub const ANNOTATIONS: MarkNames = MarkNames {
    environment: "ninefold.dev/environment",
    address: "ninefold.dev/address",
    operation: "ninefold.dev/operation",
};

/// The prefix that all our tags have, and no other tag may have.
pub(super) const TAG_PREFIX: &str = "ninefold:";

impl MarkNames {
    /// All of them.
    #[must_use]
    pub fn all(self) -> [&'static str; 3] {
        [self.environment, self.address, self.operation]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tags_have_the_prefix() {
        assert!(TAGS.all().iter().all(|tag| tag.starts_with(TAG_PREFIX)));
    }
}
