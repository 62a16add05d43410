//! `aws.elasticache.user`: who may run which commands on which keys of a cache.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use crate::kinds::aws::{identifier, tags};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// A user of caches, in one region. How it proves who it is stands in `authentication_mode`; the
/// API's older fields `Passwords` and `NoPasswordRequired` say the same and are left out here.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateUser.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its id, unique in the account and region, in small letters.
    #[schemars(extend("x-immutable" = true))]
    pub user_id: String,
    /// The name that it logs in by. A group holds each name once.
    #[schemars(length(min = 1, max = 120), extend("x-immutable" = true))]
    pub user_name: String,
    /// The engine whose groups it is for.
    pub engine: Engine,
    /// What it may do, as the engine's access lists have it, such as `on ~orders:* +@read`.
    #[schemars(length(min = 1))]
    pub access_string: String,
    /// How it proves who it is.
    pub authentication_mode: AuthenticationMode,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// How a user proves who it is.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_AuthenticationMode.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuthenticationMode {
    /// By a password, by IAM, or not at all.
    pub r#type: AuthenticationType,
    /// One password, or two while one takes the other's place, of 16 to 128 characters each.
    #[schemars(
        length(min = 1, max = 2),
        extend("items" = { "type": "string", "minLength": 16, "maxLength": 128, "x-sensitive": true }),
        extend("x-write-only" = true)
    )]
    pub passwords: Option<Vec<String>>,
}

/// A way to prove who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthenticationType {
    Password,
    NoPasswordRequired,
    Iam,
}

/// A user as the API describes it.
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
    /// The first version of the engine that knows such users.
    pub minimum_engine_version: Option<String>,
}

/// The kind itself.
pub struct User;

impl Kind for User {
    const TYPE: &'static str = "aws.elasticache.user";
    const IDENTITY: &'static [&'static str] = &["user_id"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = tags::findings(spec.tags.as_ref());
        findings.extend(identifier::findings("user_id", &spec.user_id, 40));
        if spec.user_name.contains(' ') {
            findings.push(Finding::on("user_name", "a name of a user has no spaces"));
        }
        findings.extend(access(spec));
        findings.extend(authentication(spec));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(10, 15, 10)
            .visible_after(30)
            .computes("id", "{spec.user_id}")
            .computes("arn", "arn:aws:elasticache:{region}:{account}:user:{id}")
            .computes("status", "active")
            .computes("minimum_engine_version", "6.0")
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, .. } if super::is_taken(cloud, Self::TYPE, "user_id", &spec.user_id) => {
                Err(Refusal::new("UserAlreadyExists", format!("User {} already exists.", spec.user_id)))
            }
            _ => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        identifier::import(text, 40, "orders-application")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "elasticache:AddTagsToResource",
            "elasticache:CreateUser",
            "elasticache:DeleteUser",
            "elasticache:DescribeUsers",
            "elasticache:ListTagsForResource",
            "elasticache:ModifyUser",
            "elasticache:RemoveTagsFromResource",
        ]
    }
}

/// ElastiCache keeps passwords itself, and takes no access string without a word on whether the
/// user is on.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html>
fn access(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let rules: Vec<&str> = spec.access_string.split_whitespace().collect();
    if !rules.contains(&"on") && !rules.contains(&"off") {
        findings.push(
            Finding::on("access_string", "`access_string` says neither `on` nor `off`")
                .help("without `on`, the user can't log in"),
        );
    }
    let by_password = |rule: &str| {
        matches!(rule, "nopass" | "resetpass" | "reset") || rule.starts_with(['>', '<', '#', '!'])
    };
    // A rule that sets a password is never repeated in a message.
    if rules.iter().any(|rule| by_password(rule)) {
        findings.push(
            Finding::on("access_string", "`access_string` sets or resets a password")
                .help("passwords stand in `authentication_mode`"),
        );
    }
    findings
}

fn authentication(spec: &Spec) -> Vec<Finding> {
    const PASSWORDS: &str = "authentication_mode.passwords";
    const TYPE: &str = "authentication_mode.type";
    let mode = &spec.authentication_mode;
    let mut findings = Vec::new();
    match (mode.r#type, mode.passwords.is_some()) {
        (AuthenticationType::Password, false) => {
            findings.push(Finding::on(PASSWORDS, "the user has no password").and(TYPE));
        }
        (AuthenticationType::NoPasswordRequired | AuthenticationType::Iam, true) => {
            findings.push(Finding::on(PASSWORDS, "the user has passwords and logs in without").and(TYPE));
        }
        _ => {}
    }
    if mode.r#type == AuthenticationType::NoPasswordRequired && spec.engine == Engine::Valkey {
        findings.push(
            Finding::on(TYPE, "users of Valkey prove who they are")
                .and("engine")
                .help("`password` or `iam`; a user without rights is `off` in its `access_string`"),
        );
    }
    if mode.r#type == AuthenticationType::Iam && spec.user_id != spec.user_name {
        findings.push(
            Finding::on("user_name", "a user that logs in by IAM has its id as its name")
                .and("user_id")
                .and(TYPE),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::kinds::{Field, Shape};
    use crate::model::Json;

    fn user() -> Json {
        json!({
            "user_id": "orders-application",
            "user_name": "application",
            "engine": "valkey",
            "access_string": "on ~orders:* +@all -@dangerous",
            "authentication_mode": {"type": "password", "passwords": ["0123456789abcdef"]},
        })
    }

    #[test]
    fn a_user_proves_who_it_is_and_may_do_something() {
        let mode = |mode: Json| ("/authentication_mode", mode);
        assert_rules::<User>(
            &user(),
            &[
                (&[("/user_id", json!("Orders"))], "did you mean `orders`"),
                (&[("/user_name", json!("a b"))], "no spaces"),
                (&[("/access_string", json!("~* +@all"))], "neither `on` nor `off`"),
                (&[("/access_string", json!("on ~* +@all >secret"))], "sets or resets a password"),
                (&[("/access_string", json!("on nopass ~* +@all"))], "sets or resets a password"),
                (&[mode(json!({"type": "password"}))], "has no password"),
                (&[mode(json!({"type": "password", "passwords": ["short"]}))], "where 16 to 128 are allowed"),
                (&[mode(json!({"type": "password", "passwords": []}))], "has 0 elements"),
                (&[mode(json!({"type": "iam", "passwords": ["0123456789abcdef"]}))], "logs in without"),
                (&[mode(json!({"type": "iam"}))], "its id as its name"),
                (&[mode(json!({"type": "iam"})), ("/user_name", json!("orders-application"))], ""),
                (&[mode(json!({"type": "no-password-required"}))], "prove who they are"),
                (&[mode(json!({"type": "no-password-required"})), ("/engine", json!("redis"))], ""),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
        assert_whole::<User>(&user());
    }

    #[test]
    fn a_password_is_a_secret() {
        let schema = Field::of::<Spec>();
        let passwords = schema.field("authentication_mode").unwrap().field("passwords").unwrap();
        let Shape::List { item, .. } = &passwords.shape else { panic!("passwords are a list") };
        assert!(item.sensitive && passwords.write_only);
    }

    #[test]
    fn an_id_is_taken_once_in_a_region() {
        let sky = World::default().with(User::TYPE, "orders-application", "eu-west-1", user());
        assert!(sky.create::<User>(&user()).is_ok());
        let sky = sky.with(User::TYPE, "orders-application", "us-east-1", user());
        assert_eq!(sky.create::<User>(&user()).unwrap_err(), "UserAlreadyExists");
    }
}
