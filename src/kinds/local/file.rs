//! `local.file`: a file of the workspace that an apply writes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Digest, PhysicalId};

/// A file within the workspace that an apply writes, such as a rendered runbook or a lock file. Its
/// content stands in plans and in state, so it is no place for secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Where it is, relative to the workspace, with `/` between its parts.
    #[schemars(length(min = 1, max = 4096), extend("x-immutable" = true))]
    pub path: String,
    /// What it holds, as UTF-8.
    pub content: String,
    /// Who may do what with it, in octal digits: `"0755"` makes it executable.
    #[schemars(regex(pattern = "^0[0-7]{3}$"), extend("default" = "0644"))]
    pub mode: Option<String>,
}

/// A file as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its path.
    pub id: String,
    /// The SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
}

/// The kind itself.
pub struct File;

impl Kind for File {
    const TYPE: &'static str = "local.file";
    const IDENTITY: &'static [&'static str] = &["path"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Err(fault) = check_path(&spec.path) {
            findings.push(
                Finding::on("path", fault).help("write it relative to the workspace, as docs/runbook.md"),
            );
        }
        if spec.mode.as_deref().is_some_and(unreadable) {
            findings.push(
                Finding::on(
                    "mode",
                    "`mode` doesn't let the owner read and write the file: it couldn't be kept",
                )
                .help("write it as \"0644\", or \"0755\" for what can be executed"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        Profile::seconds(0, 0, 0).computes("id", "{spec.path}").computes_from(
            "sha256",
            Digest::of(spec.content.as_bytes()).as_str(),
            &["content"],
        )
    }

    /// A path is one file.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        if cloud.find(Self::TYPE, "path", &spec.path).is_some() {
            return Err(Refusal::new("AlreadyExists", format!("{} is there already", spec.path)));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        check_path(text).map(|()| PhysicalId::new(text))
    }
}

/// Whether a mode keeps the owner from reading or writing.
fn unreadable(mode: &str) -> bool {
    let owner = mode.chars().nth(1).and_then(|digit| digit.to_digit(8));
    owner.is_some_and(|bits| bits & 0o6 != 0o6)
}

/// Folders that are not an apply's to write to.
const RESERVED: &[&str] = &[".git", ".ninefold"];

fn check_path(path: &str) -> Result<(), String> {
    if path.starts_with(['/', '~']) || path.contains(['\\', ':', '\0']) {
        return Err(format!("`path` is {path:?}, which isn't relative to the workspace"));
    }
    if path.split('/').any(|part| part == "..") {
        return Err(format!("`path` is {path:?}, which could leave the workspace"));
    }
    if path.split('/').any(|part| matches!(part, "" | ".")) {
        return Err(format!("`path` is {path:?}, which has parts that say nothing"));
    }
    match path.split('/').next().filter(|first| RESERVED.contains(first)) {
        Some(first) => Err(format!("`path` is {path:?}, and {first} isn't the configuration's to write to")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, faults, refusal};
    use serde_json::json;

    #[test]
    fn each_rule_refuses_what_breaks_it_only() {
        let file = json!({"path": "docs/runbook.md", "content": ""});
        for fine in
            [json!({}), json!({"mode": "0755"}), json!({"mode": "0600"}), json!({"path": ".github/a..b"})]
        {
            assert_eq!(faults::<File>(file.clone(), fine.clone()), Vec::<String>::new(), "{fine}");
        }
        for (change, fault) in [
            (json!({"path": "/etc/passwd"}), "relative to the workspace"),
            (json!({"path": "~/a"}), "relative to the workspace"),
            (json!({"path": "c:\\a"}), "relative to the workspace"),
            (json!({"path": "a/../../b"}), "leave the workspace"),
            (json!({"path": "a//b"}), "say nothing"),
            (json!({"path": "./a"}), "say nothing"),
            (json!({"path": "a/"}), "say nothing"),
            (json!({"path": ".git/config"}), "isn't the configuration's"),
            (json!({"mode": "644"}), "doesn't match"),
            (json!({"mode": "0888"}), "doesn't match"),
            (json!({"mode": 420}), "put it in quotes"),
            (json!({"mode": "0444"}), "read and write"),
            (json!({"content": null}), "`content` is missing"),
        ] {
            let found = faults::<File>(file.clone(), change.clone());
            assert!(found.iter().any(|found| found.contains(fault)), "{change}: {found:?}");
        }
    }

    #[test]
    fn its_digest_follows_its_content() {
        let spec = Spec { path: "a".to_owned(), content: "abc".to_owned(), mode: None };
        let computed = File::profile(&spec).computed;
        assert_eq!(computed[1].pattern, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(computed[1].changes_with, ["content"]);
    }

    #[test]
    fn a_path_is_one_file() {
        let file = json!({"path": "a", "content": ""});
        let mut world = World::default();
        assert_eq!(refusal::<File>(&world, file.clone(), json!({})), "");
        world.add("local.file", "a", json!({"path": "a"}));
        assert_eq!(refusal::<File>(&world, file, json!({})), "AlreadyExists");
        assert!(File::import_id("../a").is_err() && File::import_id("a").is_ok());
    }
}
