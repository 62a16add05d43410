//! `aws.ecr.replication_configuration`: to where a registry's images are copied.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn::is_account;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// To where images are copied when they arrive. A registry has one of these in each region, and
/// what was there before it stays where it was; deleting it ends the copying.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutReplicationConfiguration.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// What goes where.
    #[schemars(length(min = 1, max = 25))]
    pub rules: Vec<Rule>,
}

/// Some repositories, and where their images are copied to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Where to: a repository of the same name, which is made where there is none.
    #[schemars(length(min = 1, max = 100), extend("x-collection" = "list(registry_id,region)"))]
    pub destinations: Vec<Destination>,
    /// Which repositories; all where it is absent.
    #[schemars(length(min = 1, max = 100), extend("x-collection" = "list(filter)"))]
    pub repository_filters: Option<Vec<RepositoryFilter>>,
    /// Whether what is deleted, or loses its tag, is copied too.
    pub delete_replication: Option<DeleteReplication>,
}

/// A registry in a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Destination {
    /// Such as `eu-west-1`.
    #[schemars(regex(pattern = r"^[0-9a-z-]{2,25}$"))]
    pub region: String,
    /// The account that the registry belongs to.
    #[schemars(regex(pattern = r"^[0-9]{12}$"))]
    pub registry_id: String,
}

/// Repositories by their names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepositoryFilter {
    /// What their names start with.
    #[schemars(
        length(min = 2, max = 256),
        regex(pattern = r"^(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*$")
    )]
    pub filter: String,
    /// How `filter` is read.
    pub filter_type: RepositoryFilterType,
}

/// How a filter of repositories is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RepositoryFilterType {
    PrefixMatch,
}

/// Whether what is deleted is copied too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeleteReplication {
    /// Whether it is.
    pub enabled: bool,
}

/// A replication configuration as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// The account of the registry.
    pub id: String,
    /// The same.
    pub registry_id: String,
}

/// The kind itself.
pub struct ReplicationConfiguration;

impl Kind for ReplicationConfiguration {
    const TYPE: &'static str = "aws.ecr.replication_configuration";
    type Spec = Spec;
    type Observed = Observed;

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (index, rule) in spec.rules.iter().enumerate() {
            for (other, filter) in rule.repository_filters.iter().flatten().enumerate() {
                let shadow = rule
                    .repository_filters
                    .iter()
                    .flatten()
                    .any(|wider| wider != filter && filter.filter.starts_with(&wider.filter));
                if shadow {
                    findings.push(
                        Finding::on(
                            &format!("rules[{index}].repository_filters[{other}].filter"),
                            format!(
                                "{:?} adds nothing: a shorter filter beside it matches already",
                                filter.filter
                            ),
                        )
                        .help("leave out one of the two"),
                    );
                }
            }
        }
        findings
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2).computes("id", "{account}").computes("registry_id", "{account}")
    }

    /// A registry has one, and doesn't copy to itself.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (spec, is_new) = match call {
            Call::Create { spec, .. } => (spec, true),
            Call::Update { spec, .. } => (spec, false),
            Call::Delete { .. } => return Ok(()),
        };
        let itself = |to: &Destination| to.region == cloud.region() && to.registry_id == cloud.account();
        if spec.rules.iter().flat_map(|rule| &rule.destinations).any(itself) {
            return Err(Refusal::new(
                "InvalidParameterException",
                "A registry can't replicate to itself in its own region",
            ));
        }
        // The call would overwrite another's; two resources would then undo each other for ever.
        if is_new && cloud.all(Self::TYPE).into_iter().any(|other| other.region == cloud.region()) {
            return Err(Refusal::new(
                "ValidationException",
                "The registry has a replication configuration in this region already",
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        if is_account(text) {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should be the account of the registry: twelve digits"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ecr:CreateRepository",
            "ecr:DescribeRegistry",
            "ecr:PutReplicationConfiguration",
            "ecr:ReplicateImage",
            "iam:CreateServiceLinkedRole",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::model::Json;

    fn replication() -> Json {
        json!({"rules": [{
            "destinations": [{"region": "eu-west-1", "registry_id": "123456789012"}],
            "repository_filters": [{"filter": "failure-agent", "filter_type": "PREFIX_MATCH"}],
            "delete_replication": {"enabled": false},
        }]})
    }

    #[test]
    fn rules_are_what_the_api_takes() {
        assert_whole::<ReplicationConfiguration>(&replication());
        let twice = json!([{"region": "eu-west-1", "registry_id": "123456789012"},
            {"region": "eu-west-1", "registry_id": "123456789012"}]);
        let filters = |names: &[&str]| {
            let list = names.iter().map(|name| json!({"filter": name, "filter_type": "PREFIX_MATCH"}));
            ("/rules/0/repository_filters", Json::Array(list.collect()))
        };
        assert_rules::<ReplicationConfiguration>(
            &replication(),
            &[
                (&[("/rules", json!([]))], "0 elements"),
                (&[("/rules/0/destinations", json!([]))], "0 elements"),
                (&[("/rules/0/destinations", twice)], "twice"),
                (&[("/rules/0/destinations/0/registry_id", json!("12"))], "doesn't match"),
                (&[("/rules/0/destinations/0/region", json!("EU"))], "doesn't match"),
                (&[filters(&["agent", "web"])], ""),
                (&[filters(&["agent", "agent/api"])], "adds nothing"),
                (&[filters(&["Agent"])], "doesn't match"),
                (&[("/rules/0/repository_filters", Json::Null)], ""),
            ],
        );
    }

    #[test]
    fn a_registry_has_one_in_a_region_and_never_copies_to_itself() {
        let sky = World::default();
        assert!(sky.create::<ReplicationConfiguration>(&replication()).is_ok());
        let mut own = replication();
        own["rules"][0]["destinations"][0]["region"] = json!("us-east-1");
        let refused = Err("InvalidParameterException".to_owned());
        assert_eq!(sky.create::<ReplicationConfiguration>(&own), refused);
        let kind = ReplicationConfiguration::TYPE;
        let elsewhere = sky.with(kind, "123456789012", "eu-west-1", replication());
        assert!(elsewhere.create::<ReplicationConfiguration>(&replication()).is_ok());
        let here = elsewhere.with(kind, "123456789012", "us-east-1", replication());
        assert_eq!(
            here.create::<ReplicationConfiguration>(&replication()),
            Err("ValidationException".into())
        );
        assert!(here.update::<ReplicationConfiguration>("123456789012", &replication()).is_ok());
        assert_eq!(here.update::<ReplicationConfiguration>("123456789012", &own), refused);
    }

    #[test]
    fn it_is_imported_by_the_account() {
        assert!(ReplicationConfiguration::import_id("123456789012").is_ok());
        assert!(ReplicationConfiguration::import_id("main").is_err());
    }
}
