//! `aws.elasticache.user_group`: the users that a cache lets in.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use crate::kinds::aws::{identifier, tags};
use crate::kinds::{Call, Cloud, CloudObject, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// The users that a cache lets in. A group of Redis needs one whose name is `default`.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateUserGroup.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its id, unique in the account and region, in small letters.
    #[schemars(extend("x-immutable" = true))]
    pub user_group_id: String,
    /// The engine of the caches that it is for.
    pub engine: Engine,
    /// The users. One that somebody else adds is let in, so the list is ours as a whole.
    #[schemars(
        length(min = 1, max = 100),
        extend(
            "x-collection" = "set",
            "x-exclusive" = true,
            "x-refers" = "aws.elasticache.user",
            "x-holds" = true
        )
    )]
    pub user_ids: Vec<String>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A user group as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its id.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// Such as `active`.
    pub status: String,
    /// The first version of the engine that knows such groups.
    pub minimum_engine_version: Option<String>,
}

/// The kind itself.
pub struct UserGroup;

impl Kind for UserGroup {
    const TYPE: &'static str = "aws.elasticache.user_group";
    const IDENTITY: &'static [&'static str] = &["user_group_id"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = tags::findings(spec.tags.as_ref());
        findings.extend(identifier::findings("user_group_id", &spec.user_group_id, 40));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(15, 30, 15)
            .visible_after(30)
            .computes("id", "{spec.user_group_id}")
            .computes("arn", "arn:aws:elasticache:{region}:{account}:usergroup:{id}")
            .computes("status", "active")
            .computes("minimum_engine_version", "6.0")
    }

    /// Its users have different names, and suit its engine.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        if let Call::Create { spec, .. } = &call
            && super::is_taken(cloud, Self::TYPE, "user_group_id", &spec.user_group_id)
        {
            return Err(Refusal::new(
                "UserGroupAlreadyExists",
                format!("User group {} already exists.", spec.user_group_id),
            ));
        }
        let (Call::Create { spec, .. } | Call::Update { spec, .. }) = call else {
            return Ok(());
        };
        let users = users(spec, cloud);
        let mut names = BTreeSet::new();
        for user in &users {
            let name = &user.attributes["user_name"];
            if !names.insert(name.to_string()) {
                return Err(Refusal::new(
                    "DuplicateUserName",
                    format!("The user name {name} is there twice."),
                ));
            }
            refuse_user(spec.engine, user)?;
        }
        let has_default = names.contains(&Json::from("default").to_string());
        let all_known = users.len() == spec.user_ids.len();
        if spec.engine == Engine::Redis && all_known && !has_default {
            return Err(Refusal::new("DefaultUserRequired", "A default user must be in the user group."));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        identifier::import(text, 40, "orders")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "elasticache:AddTagsToResource",
            "elasticache:CreateUserGroup",
            "elasticache:DeleteUserGroup",
            "elasticache:DescribeUserGroups",
            "elasticache:ListTagsForResource",
            "elasticache:ModifyUserGroup",
            "elasticache:RemoveTagsFromResource",
        ]
    }
}

/// Those of its users that are in the region.
fn users<'c>(spec: &Spec, cloud: &'c dyn Cloud) -> Vec<CloudObject<'c>> {
    let all = cloud.all("aws.elasticache.user").into_iter();
    all.filter(|user| user.region == cloud.region() && spec.user_ids.iter().any(|id| id == user.id.as_str()))
        .collect()
}

/// A group of Valkey takes users of both engines, if they prove who they are; one of Redis takes its
/// own.
fn refuse_user(engine: Engine, user: &CloudObject<'_>) -> Result<(), Refusal> {
    let fits = match engine {
        Engine::Valkey => user.attributes["authentication_mode"]["type"] != "no-password-required",
        Engine::Redis => user.attributes["engine"] == "redis",
    };
    if fits {
        return Ok(());
    }
    Err(Refusal::new(
        "InvalidParameterCombination",
        format!("The user {} can't be in a group of the engine {}.", user.id, engine.word()),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, edited};

    fn group() -> Json {
        json!({"user_group_id": "orders", "engine": "valkey", "user_ids": ["orders-application"]})
    }

    fn user(name: &str, engine: &str, mode: &str) -> Json {
        json!({"user_name": name, "engine": engine, "authentication_mode": {"type": mode}})
    }

    #[test]
    fn a_group_has_an_id_and_users() {
        assert_rules::<UserGroup>(
            &group(),
            &[
                (&[("/user_group_id", json!("Orders"))], "did you mean `orders`"),
                (&[("/user_ids", json!([]))], "has 0 elements"),
                (&[("/user_ids", json!(["a", "a"]))], "twice"),
                (&[("/engine", json!("memcached"))], "none of valkey, redis"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
        assert_whole::<UserGroup>(&group());
    }

    #[test]
    fn its_users_suit_its_engine_and_each_other() {
        let type_name = "aws.elasticache.user";
        let sky = World::default()
            .with(type_name, "a", "us-east-1", user("application", "valkey", "password"))
            .with(type_name, "b", "us-east-1", user("application", "valkey", "iam"))
            .with(type_name, "c", "us-east-1", user("reader", "redis", "no-password-required"))
            .with(type_name, "d", "us-east-1", user("default", "redis", "password"));
        for (engine, ids, answer) in [
            ("valkey", json!(["a"]), ""),
            ("valkey", json!(["a", "d"]), ""),
            ("valkey", json!(["a", "b"]), "DuplicateUserName"),
            ("valkey", json!(["c"]), "InvalidParameterCombination"),
            ("redis", json!(["c"]), "DefaultUserRequired"),
            ("redis", json!(["c", "d"]), ""),
            ("redis", json!(["a", "d"]), "InvalidParameterCombination"),
        ] {
            let spec = edited(&group(), &[("/engine", json!(engine)), ("/user_ids", ids.clone())]);
            let made = sky.create::<UserGroup>(&spec).err().unwrap_or_default();
            assert_eq!(made, answer, "{engine} {ids}");
            assert_eq!(sky.update::<UserGroup>("orders", &spec).err().unwrap_or_default(), answer);
        }
        let taken = sky.with(UserGroup::TYPE, "orders", "us-east-1", group());
        assert_eq!(taken.create::<UserGroup>(&group()).unwrap_err(), "UserGroupAlreadyExists");
    }
}
