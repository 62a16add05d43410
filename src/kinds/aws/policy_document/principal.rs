//! Whom a statement is about.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use super::super::arn::{Arn, is_account};
use super::{Checker, Usage, elements};
use crate::model::{FieldPath, Json};

/// Providers of identities that have no ARN.
const WEB_PROVIDERS: &[&str] =
    &["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];

/// What the names of services end with.
const SERVICE_SUFFIXES: &[&str] =
    &[".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.com", ".aws.internal"];

impl Checker {
    pub(super) fn principals(&mut self, statement: &serde_json::Map<String, Json>, path: &FieldPath) {
        if self.what.is_identity() {
            for key in ["Principal", "NotPrincipal"].into_iter().filter(|key| statement.contains_key(*key)) {
                let what = self.what.name();
                self.fault(
                    &path.key(key),
                    format!("{what} can't have `{key}`: it is about whoever holds it"),
                );
            }
            return;
        }
        let Some((principal_path, principal)) = self.either(statement, "Principal", "NotPrincipal", path)
        else {
            return;
        };
        if statement.contains_key("NotPrincipal") && statement.get("Effect") == Some(&Json::from("Allow")) {
            self.fault(
                &principal_path,
                "`NotPrincipal` can only be denied: with `Allow` it lets everybody else in",
            );
        }
        match principal {
            Json::String(text) if text == "*" => {}
            Json::Object(map) if map.is_empty() => {
                self.fault(&principal_path, format!("`{principal_path}` is empty"));
            }
            Json::Object(map) => {
                self.known_keys(map, &["AWS", "CanonicalUser", "Federated", "Service"], &principal_path);
                for (kind, values) in map {
                    self.principals_of(kind, values, &principal_path.key(kind));
                }
                if self.what == Usage::Trust {
                    self.federation(statement, map, path);
                }
            }
            _ => {
                self.fault(
                    &principal_path,
                    "a principal should be `*` or a map such as `Service: ec2.amazonaws.com`",
                );
            }
        }
    }

    fn principals_of(&mut self, kind: &str, values: &Json, path: &FieldPath) {
        if values.as_array().is_some_and(Vec::is_empty) {
            self.fault(path, format!("`{path}` is empty"));
        }
        for (path, value) in elements(values, path) {
            let Some(value) = value.as_str() else {
                self.fault(&path, "a principal should be a string");
                continue;
            };
            match kind {
                "AWS" => self.aws_principal(value, &path),
                "Service" => {
                    let is_service = SERVICE_SUFFIXES
                        .iter()
                        .any(|suffix| value.strip_suffix(suffix).is_some_and(|name| !name.is_empty()));
                    if !is_service || value.contains(['*', '/', ':']) {
                        self.fault(&path, format!("{value:?} isn't the name of a service"));
                        self.help_last("write it as ec2.amazonaws.com");
                    }
                }
                "Federated" => {
                    let is_provider = Arn::of_service(value, "iam").is_some_and(|arn| {
                        arn.resource.starts_with("oidc-provider/")
                            || arn.resource.starts_with("saml-provider/")
                    });
                    if !is_provider && !WEB_PROVIDERS.contains(&value) {
                        self.fault(&path, format!("{value:?} isn't an identity provider"));
                        self.help_last("give the ARN of an aws.iam.oidc_provider, or a SAML provider's");
                    }
                }
                "CanonicalUser" if self.what != Usage::Bucket => {
                    self.fault(&path, "a canonical user is known only to bucket policies");
                }
                _ => {}
            }
        }
    }

    fn aws_principal(&mut self, value: &str, path: &FieldPath) {
        if value == "*" {
            return;
        }
        if is_account(value) {
            self.fault(path, format!("the account {value} is written as its number"));
            self.help_last(format!(
                "write arn:aws:iam::{value}:root: AWS turns it into that, and it would look changed for ever"
            ));
            return;
        }
        let is_arn = ["iam", "sts"].iter().any(|service| {
            Arn::of_service(value, service)
                .is_some_and(|arn| is_account(arn.account) || arn.account == "cloudfront")
        });
        if !is_arn {
            self.fault(path, format!("{value:?} is neither the ARN of an account, user or role nor `*`"));
            self.help_last(if value.contains('*') {
                "a pattern can stand only in a condition, such as ArnLike on aws:PrincipalArn"
            } else {
                "write it as arn:aws:iam::123456789012:role/name"
            });
        }
    }

    /// Tokens of a provider are taken by another action than those of AWS itself.
    fn federation(
        &mut self,
        statement: &serde_json::Map<String, Json>,
        principal: &serde_json::Map<String, Json>,
        path: &FieldPath,
    ) {
        let Some(provider) = principal.get("Federated").and_then(Json::as_str) else {
            return;
        };
        let wanted = if provider.contains(":saml-provider/") {
            "sts:AssumeRoleWithSAML"
        } else {
            "sts:AssumeRoleWithWebIdentity"
        };
        let Some(actions) = statement.get("Action") else {
            return;
        };
        let is_there = elements(actions, path)
            .iter()
            .filter_map(|(_, action)| action.as_str())
            .any(|action| action.eq_ignore_ascii_case(wanted) || action == "sts:*");
        if !is_there && principal.len() == 1 {
            self.fault(&path.key("Action"), format!("an identity of {provider} can't use these actions"));
            self.help_last(format!("it assumes a role by `{wanted}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{faults, of};
    use super::*;
    use serde_json::json;

    fn all(principal: Json, what: Usage) -> Vec<String> {
        let mut statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
        if what == Usage::Bucket {
            statement["Action"] = json!("s3:GetObject");
            statement["Resource"] = json!("arn:aws:s3:::bucket/*");
        }
        faults(&of(statement), what)
    }

    #[test]
    fn principals_are_known_in_their_form() {
        for fine in [
            json!("*"),
            json!({"AWS": "*"}),
            json!({"AWS": ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/a/b"]}),
            json!({"AWS": "arn:aws:sts::123456789012:assumed-role/a/b"}),
            json!({"Service": ["ec2.amazonaws.com", "pods.eks.amazonaws.com"]}),
        ] {
            assert_eq!(all(fine.clone(), Usage::Trust), Vec::<String>::new(), "{fine}");
        }
        for (wrong, fault) in [
            (json!("root"), "should be `*` or a map"),
            (json!({}), "is empty"),
            (json!({"AWS": []}), "is empty"),
            (json!({"AWS": [1]}), "should be a string"),
            (json!({"aws": "*"}), "did you mean `AWS`"),
            (json!({"AWS": "123456789012"}), "write arn:aws:iam::123456789012:root"),
            (json!({"AWS": "arn:aws:iam::123456789012:role/*"}), "ArnLike"),
            (json!({"AWS": "arn:aws:s3:::bucket"}), "neither the ARN of an account"),
            (json!({"Service": "ec2"}), "write it as ec2.amazonaws.com"),
            (json!({"Service": "*.amazonaws.com"}), "isn't the name of a service"),
            (json!({"Federated": "oidc.example.com"}), "isn't an identity provider"),
            (json!({"CanonicalUser": "abc"}), "bucket policies"),
        ] {
            let faults = all(wrong.clone(), Usage::Trust);
            assert!(faults.iter().any(|found| found.contains(fault)), "{wrong}: {faults:?}");
        }
        let canonical = json!({"CanonicalUser": "abc"});
        assert_eq!(all(canonical, Usage::Bucket), Vec::<String>::new());
    }

    #[test]
    fn a_provider_needs_its_own_action() {
        let provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
        let faults = all(json!({"Federated": provider}), Usage::Trust);
        assert!(faults.len() == 1 && faults[0].contains("`sts:AssumeRoleWithWebIdentity`"), "{faults:?}");
        let saml = all(json!({"Federated": "arn:aws:iam::123456789012:saml-provider/a"}), Usage::Trust);
        assert!(saml.len() == 1 && saml[0].contains("`sts:AssumeRoleWithSAML`"), "{saml:?}");
    }

    #[test]
    fn only_policies_on_something_name_principals() {
        let identity = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"});
        let found = faults(&of(identity), Usage::Managed);
        assert!(found.len() == 1 && found[0].contains("whoever holds it"), "{found:?}");
        let trust = json!({"Effect": "Allow", "Action": "sts:AssumeRole"});
        let found = faults(&of(trust), Usage::Trust);
        assert!(found.len() == 1 && found[0].contains("`Principal` is missing"), "{found:?}");
        let statement = |effect: &str| {
            of(json!({"Effect": effect, "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "s3:*", "Resource": "*"}))
        };
        let found = faults(&statement("Allow"), Usage::Bucket);
        assert!(found.len() == 1 && found[0].contains("only be denied"), "{found:?}");
        assert_eq!(faults(&statement("Deny"), Usage::Bucket), Vec::<String>::new());
    }
}
