//! `aws.lambda.permission`: who may call a function.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn::{Arn, is_account};
use super::{function, function_name};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// One statement of a function's own policy: who may call it. A statement can't be changed, only made
/// anew.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The function, by its name or ARN.
    #[schemars(length(min = 1, max = 256), extend("x-immutable" = true, "x-refers" = "aws.lambda.function"))]
    pub function_name: String,
    /// The statement's name in the policy.
    #[schemars(regex(pattern = r"^[a-zA-Z0-9\-_]{1,100}$"), extend("x-immutable" = true))]
    pub statement_id: String,
    /// What is allowed, such as `lambda:InvokeFunction`.
    #[schemars(regex(pattern = r"^(lambda:[*]|lambda:[a-zA-Z]+|[*])$"), extend("x-immutable" = true))]
    pub action: String,
    /// Who: a service such as `events.amazonaws.com`, an account, or the ARN of a role or user.
    #[schemars(length(min = 1, max = 2048), extend("x-immutable" = true))]
    pub principal: String,
    /// For which resource a service calls, by its ARN, which may be a pattern.
    #[schemars(extend("x-immutable" = true))]
    pub source_arn: Option<String>,
    /// For whose account a service calls.
    #[schemars(regex(pattern = r"^[0-9]{12}$"), extend("x-immutable" = true))]
    pub source_account: Option<String>,
    /// The organisation that callers belong to.
    #[schemars(regex(pattern = r"^o-[a-z0-9]{10,32}$"), extend("x-immutable" = true))]
    pub principal_org_id: Option<String>,
    /// What a device of a smart home has to show.
    #[schemars(regex(pattern = r"^[a-zA-Z0-9._\-]{1,256}$"), extend("x-immutable" = true))]
    pub event_source_token: Option<String>,
    /// Whether callers of the function's URL have to be known.
    #[schemars(extend("x-immutable" = true))]
    pub function_url_auth_type: Option<FunctionUrlAuthType>,
    /// Whether it is for calls by the function's URL.
    #[schemars(extend("x-immutable" = true))]
    pub invoked_via_function_url: Option<bool>,
    /// The version or alias that it is about; the function without any where it is absent.
    #[schemars(length(min = 1, max = 128), extend("x-immutable" = true))]
    pub qualifier: Option<String>,
}

/// Whether callers of a URL have to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FunctionUrlAuthType {
    None,
    AwsIam,
}

/// A statement as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// The function with its version or alias, a slash and the statement.
    pub id: String,
}

/// The kind itself.
pub struct Permission;

impl Kind for Permission {
    const TYPE: &'static str = "aws.lambda.permission";
    const IDENTITY: &'static [&'static str] = &["function_name", "qualifier", "statement_id"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        if !function_name::is_name(&spec.function_name)
            && function_name::of_arn(&spec.function_name).is_none()
        {
            findings.push(
                Finding::on(
                    "function_name",
                    format!(
                        "`function_name` is {:?}, which is no name or ARN of a function",
                        spec.function_name
                    ),
                )
                .help("refer to the `arn` of an aws.lambda.function"),
            );
        }
        if let Some(source) = &spec.source_arn
            && Arn::parse(source).is_none()
        {
            findings.push(Finding::on(
                "source_arn",
                format!("`source_arn` is {source:?}, which is no Amazon resource name"),
            ));
        }
        findings.extend(principal_findings(spec));
        let by_url = spec.action == "lambda:InvokeFunctionUrl";
        if spec.function_url_auth_type.is_some() && !by_url {
            findings.push(
                Finding::on(
                    "function_url_auth_type",
                    "`function_url_auth_type` is for `action: lambda:InvokeFunctionUrl`",
                )
                .and("action"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let of = if spec.qualifier.is_some() { ":{spec.qualifier}" } else { "" };
        Profile::seconds(2, 2, 2)
            .visible_after(10)
            .computes("id", &format!("{{spec.function_name}}{of}/{{spec.statement_id}}"))
    }

    /// The function is there, and has no statement of that name.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        if !function::find(cloud, &spec.function_name) {
            return Err(Refusal::new(
                "ResourceNotFoundException",
                format!("Function not found: {}", spec.function_name),
            ));
        }
        let taken = cloud.all(Self::TYPE).into_iter().any(|other| {
            other.region == cloud.region()
                && other.attributes["function_name"] == spec.function_name.as_str()
                && other.attributes["statement_id"] == spec.statement_id.as_str()
                && other.attributes["qualifier"].as_str() == spec.qualifier.as_deref()
        });
        if taken {
            return Err(Refusal::new(
                "ResourceConflictException",
                format!("The statement id ({}) provided already exists.", spec.statement_id),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let fits = text.rsplit_once('/').is_some_and(|(function, statement)| {
            let name = function.split(':').next().unwrap_or(function);
            (function_name::is_name(name) || function_name::of_arn(function).is_some())
                && !statement.is_empty()
        });
        if fits {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!(
                "`{text}` should be a function, a slash and the name of a statement, such as rotate/events"
            ))
        }
    }

    fn actions() -> &'static [&'static str] {
        &["lambda:AddPermission", "lambda:GetPolicy", "lambda:RemovePermission"]
    }
}

/// A service calls for anybody who asks it to, so it has to be said for whom.
fn principal_findings(spec: &Spec) -> Vec<Finding> {
    let is_service = spec.principal.contains(".amazonaws.com") || spec.principal.contains(".amazon.com");
    let known = is_service
        || spec.principal == "*"
        || is_account(&spec.principal)
        || Arn::of_service(&spec.principal, "iam").is_some()
        || Arn::of_service(&spec.principal, "sts").is_some();
    if !known {
        return vec![
            Finding::on("principal", format!("`principal` is {:?}, which is nobody", spec.principal))
                .help("name a service such as events.amazonaws.com, an account, or the ARN of a role"),
        ];
    }
    let bounded = spec.source_arn.is_some() || spec.source_account.is_some();
    if is_service && !bounded && spec.event_source_token.is_none() {
        return vec![
            Finding::on("principal", "the service may call for any account that asks it to")
                .and("source_arn")
                .and("source_account")
                .help("set `source_arn` or `source_account`"),
        ];
    }
    let by_known_url = spec.function_url_auth_type == Some(FunctionUrlAuthType::AwsIam);
    let open = spec.principal == "*" && spec.principal_org_id.is_none() && !by_known_url;
    let meant = spec.function_url_auth_type == Some(FunctionUrlAuthType::None)
        || spec.invoked_via_function_url == Some(true);
    if open && !bounded && !meant {
        return vec![
            Finding::on("principal", "everybody may call the function")
                .and("principal_org_id")
                .help("name who, or set `principal_org_id`"),
        ];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::model::Json;

    fn permission() -> Json {
        json!({
            "function_name": "rotate", "statement_id": "secrets", "action": "lambda:InvokeFunction",
            "principal": "secretsmanager.amazonaws.com", "source_account": "123456789012",
        })
    }

    #[test]
    fn a_service_calls_for_somebody() {
        assert_whole::<Permission>(&permission());
        let anybody = ("/principal", json!("*"));
        let nobody = ("/source_account", Json::Null);
        assert_rules::<Permission>(
            &permission(),
            &[
                (&[("/function_name", json!("arn:aws:lambda:us-east-1:123456789012:function:rotate"))], ""),
                (&[("/function_name", json!("a.b"))], "no name or ARN"),
                (&[("/action", json!("s3:GetObject"))], "doesn't match"),
                (&[("/statement_id", json!("a b"))], "doesn't match"),
                (std::slice::from_ref(&nobody), "for any account"),
                (&[nobody.clone(), ("/source_arn", json!("arn:aws:s3:::b"))], ""),
                (&[("/source_arn", json!("b"))], "no Amazon resource name"),
                (&[("/principal", json!("secretsmanager"))], "which is nobody"),
                (&[nobody.clone(), ("/principal", json!("123456789012"))], ""),
                (&[nobody.clone(), anybody.clone()], "everybody may call"),
                (&[nobody.clone(), anybody, ("/principal_org_id", json!("o-0123456789"))], ""),
                (&[("/function_url_auth_type", json!("AWS_IAM"))], "InvokeFunctionUrl"),
            ],
        );
    }

    #[test]
    fn a_statement_is_made_once_on_a_function_that_is_there() {
        let sky = World::default();
        assert_eq!(sky.create::<Permission>(&permission()), Err("ResourceNotFoundException".into()));
        let sky = sky.with("aws.lambda.function", "rotate", "us-east-1", json!({"function_name": "rotate"}));
        assert!(sky.create::<Permission>(&permission()).is_ok());
        let sky = sky.with(Permission::TYPE, "rotate/secrets", "us-east-1", permission());
        assert_eq!(sky.create::<Permission>(&permission()), Err("ResourceConflictException".into()));
        let mut alias = permission();
        alias["qualifier"] = json!("live");
        assert!(sky.create::<Permission>(&alias).is_ok());
    }

    #[test]
    fn it_is_imported_by_function_and_statement() {
        for text in ["rotate/secrets", "rotate:live/secrets"] {
            assert!(Permission::import_id(text).is_ok(), "{text}");
        }
        assert!(Permission::import_id("secrets").is_err());
    }
}
