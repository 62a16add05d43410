//! One statement: its effect, actions and resources.

use super::super::arn::Arn;
use super::{Checker, Usage, elements};
use crate::model::{FieldPath, Json, closest};

/// The actions that a trust policy can allow.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html>
const TRUST_ACTIONS: &[&str] = &[
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
    "sts:*",
];

type Statement = serde_json::Map<String, Json>;

impl Checker {
    pub(super) fn statement(&mut self, statement: &Statement, path: &FieldPath) {
        self.known_keys(
            statement,
            &[
                "Action",
                "Condition",
                "Effect",
                "NotAction",
                "NotPrincipal",
                "NotResource",
                "Principal",
                "Resource",
                "Sid",
            ],
            path,
        );
        self.sid(statement, path);
        match statement.get("Effect").map(Json::as_str) {
            Some(Some("Allow" | "Deny")) => {}
            Some(_) => {
                self.fault(&path.key("Effect"), "`Effect` should be `Allow` or `Deny`");
            }
            None => {
                self.fault(path, "`Effect` is missing in the statement");
            }
        }
        if let Some((path, action)) = self.either(statement, "Action", "NotAction", path) {
            self.actions(action, &path);
        }
        if self.what.is_about_its_holder() {
            let name = self.what.name();
            for key in ["Resource", "NotResource"].into_iter().filter(|key| statement.contains_key(*key)) {
                self.fault(&path.key(key), format!("{name} can't have `{key}`: it is about what holds it"));
            }
        } else if let Some((path, resource)) = self.either(statement, "Resource", "NotResource", path) {
            self.resources(resource, &path);
        }
        self.principals(statement, path);
        if let Some(condition) = statement.get("Condition") {
            self.condition(condition, &path.key("Condition"));
        }
    }

    /// Only the policies of IAM itself are strict about the characters of a `Sid`.
    fn sid(&mut self, statement: &Statement, path: &FieldPath) {
        let Some(sid) = statement.get("Sid") else {
            return;
        };
        let strict = self.what.is_identity() || self.what == Usage::Trust;
        match sid.as_str() {
            None => {
                self.fault(&path.key("Sid"), "`Sid` should be a string");
            }
            Some(text) if strict && !text.chars().all(|c| c.is_ascii_alphanumeric()) => {
                self.fault(
                    &path.key("Sid"),
                    format!("`Sid` is {text:?}, where letters and digits are allowed"),
                );
            }
            Some(_) => {}
        }
    }

    /// The one of two elements that is there; exactly one has to be.
    pub(super) fn either<'a>(
        &mut self,
        statement: &'a Statement,
        name: &str,
        negated: &str,
        path: &FieldPath,
    ) -> Option<(FieldPath, &'a Json)> {
        match (statement.get(name), statement.get(negated)) {
            (Some(value), None) => Some((path.key(name), value)),
            (None, Some(value)) => Some((path.key(negated), value)),
            (Some(_), Some(_)) => {
                self.fault(
                    &path.key(negated),
                    format!("a statement can't have both `{name}` and `{negated}`"),
                );
                None
            }
            (None, None) => {
                let what = self.what.name();
                self.fault(path, format!("`{name}` is missing in the statement: {what} needs it"));
                None
            }
        }
    }

    fn actions(&mut self, actions: &Json, path: &FieldPath) {
        if actions.as_array().is_some_and(Vec::is_empty) {
            self.fault(path, format!("`{path}` is empty"));
        }
        for (path, action) in elements(actions, path) {
            let Some(action) = action.as_str() else {
                self.fault(&path, "an action should be a string");
                continue;
            };
            self.action(action, &path);
        }
    }

    fn action(&mut self, action: &str, path: &FieldPath) {
        if self.what == Usage::Trust {
            if !TRUST_ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(action)) {
                self.fault(path, format!("a trust policy can't allow `{action}`, only to assume the role"));
                self.help_last(match closest(action, TRUST_ACTIONS.iter().copied()) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => format!("the actions are {}", TRUST_ACTIONS.join(", ")),
                });
            }
            return;
        }
        if action == "*" {
            return;
        }
        let Some((service, name)) = action.split_once(':') else {
            self.fault(path, format!("the action {action:?} names no service"));
            self.help_last("write it as s3:GetObject");
            return;
        };
        let service_fits =
            !service.is_empty() && service.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let name_fits =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "*?".contains(c));
        if !service_fits || !name_fits {
            self.fault(path, format!("the action {action:?} isn't a service's prefix, a colon and a name"));
            self.help_last("write it as s3:GetObject; only the name may hold * and ?");
        } else if let Some(own) = self.what.service()
            && !own.eq_ignore_ascii_case(service)
        {
            let what = self.what.name();
            self.fault(
                path,
                format!("the action `{action}` has no meaning in {what}: only `{own}:` actions do"),
            );
        }
    }

    fn resources(&mut self, resources: &Json, path: &FieldPath) {
        if resources.as_array().is_some_and(Vec::is_empty) {
            self.fault(path, format!("`{path}` is empty"));
        }
        for (path, resource) in elements(resources, path) {
            match resource.as_str() {
                Some("*") => {}
                Some(text) if Arn::parse(text).is_some() => {}
                Some(text) => {
                    self.fault(&path, format!("the resource {text:?} is neither an ARN nor `*`"));
                    self.help_last("an ARN has six parts: arn:aws:s3:::bucket/*");
                }
                None => {
                    self.fault(&path, "a resource should be a string");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{faults, of};
    use super::*;
    use serde_json::json;

    fn one(statement: Json, what: Usage, fault: &str) {
        let faults = faults(&of(statement), what);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains(fault), "{faults:?}");
    }

    /// A fine statement of a managed policy with one element changed, or taken away by null.
    fn with(key: &str, value: Json) -> Json {
        let mut statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
        let map = statement.as_object_mut().unwrap();
        if value.is_null() {
            map.remove(key)
        } else {
            map.insert(key.to_owned(), value)
        };
        statement
    }

    #[test]
    fn statements_need_effect_action_and_resource() {
        let managed = |key, value, fault| one(with(key, value), Usage::Managed, fault);
        managed("Effect", Json::Null, "`Effect` is missing");
        managed("Effect", json!("allow"), "`Allow` or `Deny`");
        managed("Action", Json::Null, "`Action` is missing");
        managed("NotAction", json!("s3:*"), "both `Action` and `NotAction`");
        managed("Resource", Json::Null, "`Resource` is missing");
        managed("NotResource", json!("*"), "both `Resource` and `NotResource`");
        managed("Sid", json!("with space"), "letters and digits");
        managed("Sid", json!(1), "should be a string");
        managed("Resources", json!("*"), "did you mean `Resource`");
        let negated = json!({"Effect": "Allow", "NotAction": "iam:*", "NotResource": "*"});
        assert_eq!(faults(&of(negated), Usage::Managed), Vec::<String>::new());
    }

    #[test]
    fn actions_are_a_service_and_a_name() {
        let action = |value, fault| one(with("Action", value), Usage::Managed, fault);
        action(json!("GetObject"), "names no service");
        action(json!("s*:GetObject"), "only the name may hold");
        action(json!("s3:Get Object"), "a colon and a name");
        action(json!(["s3:GetObject", 1]), "policy.Statement[0].Action[1]");
        action(json!([]), "is empty");
    }

    #[test]
    fn resources_are_arns() {
        let resource = |value, fault| one(with("Resource", value), Usage::Managed, fault);
        resource(json!("bucket/*"), "neither an ARN");
        resource(json!(["*", "arn:aws:s3:bucket"]), "policy.Statement[0].Resource[1]");
        resource(json!(true), "should be a string");
        resource(json!([]), "is empty");
    }

    #[test]
    fn each_usage_has_its_own_actions() {
        let of_all =
            |action: &str| json!({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"});
        one(of_all("s3:Get*"), Usage::Key, "only `kms:`");
        one(of_all("kms:Decrypt"), Usage::Bucket, "only `s3:`");
        one(of_all("s3:Get*"), Usage::Secret, "only `secretsmanager:`");
        let trust = |action: &str| json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": action});
        one(trust("sts:AssumeRoles"), Usage::Trust, "did you mean `sts:AssumeRole`");
        one(trust("*"), Usage::Trust, "only to assume the role");
        let mut with_resource = trust("sts:AssumeRole");
        with_resource["Resource"] = json!("*");
        one(with_resource, Usage::Trust, "about what holds it");
    }
}
