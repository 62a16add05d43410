//! Where resources of a kind live, and so what has to be said of each to reach it.

/// What a resource of a kind lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habitat {
    /// The machine or the state: `region` and `cluster` mean nothing to it.
    Here,
    /// An AWS service without regions.
    Global,
    /// An AWS region: it needs `region`.
    Region,
    /// A Kubernetes cluster: it needs `cluster`.
    Cluster,
}

/// The AWS services whose resources belong to the account rather than to a region.
/// <https://docs.aws.amazon.com/general/latest/gr/rande.html#global-endpoints>
const GLOBAL_SERVICES: [&str; 7] =
    ["budgets", "ce", "cloudfront", "iam", "route53", "route53domains", "globalaccelerator"];

impl Habitat {
    /// The habitat of a kind, by the first parts of its name.
    #[must_use]
    pub fn of(kind: &str) -> Self {
        let mut parts = kind.split('.');
        match (parts.next(), parts.next()) {
            (Some("aws"), Some(service)) if GLOBAL_SERVICES.contains(&service) => Habitat::Global,
            (Some("aws"), _) => Habitat::Region,
            (Some("kubernetes" | "helm"), _) => Habitat::Cluster,
            _ => Habitat::Here,
        }
    }
}
