//! `encryption:` and `fingerprints:` of an environment: by what its state is encrypted, and what keys
//! the fingerprints of its secrets.
//!
//! ```yaml
//! encryption:
//!   kms: { key_id: alias/ninefold-state, region: eu-north-1 }
//!   before:
//!     - { from: env, name: NINEFOLD_STATE_PASSPHRASE }
//! fingerprints:
//!   kms: { key_id: alias/ninefold-fingerprints, region: eu-north-1 }
//! ```

use std::sync::Arc;

use super::evaluate::plain;
use super::fields::{Fields, elements, text};
use super::template::{Compiler, secret_reference};
use super::yaml::{Content, Node};
use crate::model::{Diagnostic, Diagnostics, Json, Location, SecretReference, SecretStore};

/// By what an environment's state is encrypted. It says where the keys are, never what they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encryption {
    /// What new objects are sealed with; without it they are written in the clear.
    pub current: Option<EncryptionKey>,
    /// What older ones were sealed with.
    pub before: Vec<EncryptionKey>,
}

/// Where a key of state is to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EncryptionKey {
    Passphrase(SecretReference),
    Kms(KmsReference),
}

/// A key of AWS KMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsReference {
    /// Its id, its ARN, `alias/NAME`, or the ARN of an alias.
    pub key_id: Arc<str>,
    pub region: Arc<str>,
    /// Where the file says so.
    pub at: Location,
}

/// Reads the field of an environment's file.
pub(super) fn read(node: &Node, compiler: &mut Compiler<'_>) -> Encryption {
    let mut fields = Fields::of("an environment's encryption", node, compiler.diagnostics);
    let passphrase = fields.take("passphrase");
    let kms = fields.take("kms");
    let before = fields.take("before");
    fields.finish(compiler.diagnostics);
    if passphrase.is_none() && kms.is_none() && before.is_none() {
        compiler.diagnostics.push(Diagnostic::error("`encryption` names no key").at(node.at, "in this map").help(
            "write passphrase: { from: env, name: NINEFOLD_STATE_PASSPHRASE }, or kms: { key_id: alias/NAME, region: … \
             }, or leave `encryption` out",
        ));
    }
    if let (Some(passphrase), Some(kms)) = (passphrase, kms) {
        compiler.diagnostics.push(
            Diagnostic::error("`encryption` names two keys to seal with")
                .at(passphrase.at, "one is this")
                .at(kms.at, "the other is this")
                .help("keep one; what the other has sealed it opens from the list `before`"),
        );
    }
    let former = before.map_or(&[][..], |node| elements(node, "before", compiler));
    let passphrase = passphrase.and_then(|node| reference(node, compiler)).map(EncryptionKey::Passphrase);
    let kms = kms.and_then(|node| kms_reference(node, compiler.diagnostics)).map(EncryptionKey::Kms);
    Encryption {
        current: passphrase.or(kms),
        before: former.iter().filter_map(|node| former_key(node, compiler)).collect(),
    }
}

/// Reads what keys fingerprints; only a service can be named, because a passphrase has its variable.
pub(super) fn read_fingerprints(node: &Node, compiler: &mut Compiler<'_>) -> Option<KmsReference> {
    let mut fields = Fields::of("an environment's fingerprints", node, compiler.diagnostics);
    let kms = fields.take("kms");
    fields.finish(compiler.diagnostics);
    let Some(kms) = kms else {
        compiler.diagnostics.push(
            Diagnostic::error("`fingerprints` names no key").at(node.at, "in this map").help(
                "write kms: { key_id: alias/NAME, region: … }; without `fingerprints`, NINEFOLD_PASSPHRASE keys them",
            ),
        );
        return None;
    };
    kms_reference(kms, compiler.diagnostics)
}

/// One of `before`: `{ kms: … }`, or else where a passphrase is to be had.
fn former_key(node: &Node, compiler: &mut Compiler<'_>) -> Option<EncryptionKey> {
    let is_kms = matches!(&node.content, Content::Map(map) if map.iter().any(|(key, _)| &*key.text == "kms"));
    if !is_kms {
        return reference(node, compiler).map(EncryptionKey::Passphrase);
    }
    let mut fields = Fields::of("a former key", node, compiler.diagnostics);
    let kms = fields.take("kms");
    fields.finish(compiler.diagnostics);
    kms_reference(kms?, compiler.diagnostics).map(EncryptionKey::Kms)
}

/// Where a passphrase is to be had. It is needed before anything of a cloud can be reached.
fn reference(node: &Node, compiler: &mut Compiler<'_>) -> Option<SecretReference> {
    let template = compiler.template(node);
    let reference = match plain(&template) {
        Some(value) => secret_reference(&value, node.at),
        None => Err(Diagnostic::error("a passphrase's place is plain text").at(node.at, "this reference")),
    };
    let reference = match reference {
        Ok(reference) => reference,
        Err(fault) => {
            compiler.diagnostics.push(fault);
            return None;
        }
    };
    if matches!(reference.from, SecretStore::Env | SecretStore::File) {
        return Some(reference);
    }
    compiler.diagnostics.push(
        Diagnostic::error("the passphrase of state can't be kept in a cloud's store")
            .at(node.at, "this reference")
            .help("it is needed before the cloud can be reached: write { from: env | file, name: … }"),
    );
    None
}

/// A key of KMS. An ARN says its region itself; of any other name it has to be said.
fn kms_reference(node: &Node, diagnostics: &mut Diagnostics) -> Option<KmsReference> {
    let mut fields = Fields::of("a key of KMS", node, diagnostics);
    let key_id = fields.required_text("key_id", diagnostics);
    let region = fields.take("region").map(|node| text(node, "region", diagnostics));
    fields.finish(diagnostics);
    let (key_id, key_at) = key_id?;
    let region = match region {
        None => None,
        Some(None) => return None,
        Some(said) => said,
    };
    let of_arn = match named(&key_id) {
        Ok(region) => region,
        Err(why) => {
            diagnostics.push(
                Diagnostic::error(format!("`{key_id}` names no key of KMS: {why}"))
                    .at(key_at, "here")
                    .help("give the key's id, its ARN, `alias/NAME`, or an alias's ARN"),
            );
            return None;
        }
    };
    let region = match (region, of_arn) {
        (Some((said, at)), Some(own)) if *said != *own => {
            diagnostics.push(
                Diagnostic::error(format!("the key of KMS is in {own}, as its ARN says, not in {said}"))
                    .at(at, "this region")
                    .help("leave `region` out, or put right which of both is meant"),
            );
            return None;
        }
        (Some((said, _)), _) => said,
        (None, Some(own)) => own.into(),
        (None, None) => {
            diagnostics.push(
                Diagnostic::error(format!("the region of the key `{key_id}` has to be said"))
                    .at(node.at, "in this map")
                    .help("add region: …, one that the environment itself isn't in"),
            );
            return None;
        }
    };
    Some(KmsReference { key_id, region, at: node.at })
}

/// The region of an ARN; `None` of a name that has none.
fn named(key_id: &str) -> Result<Option<&str>, &'static str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "/_-:".contains(c);
    if key_id.is_empty() || key_id.len() > 2048 || !key_id.chars().all(fits) {
        return Err("it has letters, digits and `/`, `_`, `-`, `:`");
    }
    if !key_id.starts_with("arn:") {
        return if key_id.contains(':') || (key_id.contains('/') && !key_id.starts_with("alias/")) {
            Err("it is neither an ARN nor an alias")
        } else {
            Ok(None)
        };
    }
    let parts: Vec<&str> = key_id.splitn(6, ':').collect();
    match parts[..] {
        [_, _, "kms", region, account, resource]
            if !region.is_empty()
                && account.len() == 12
                && (resource.starts_with("key/") || resource.starts_with("alias/")) =>
        {
            Ok(Some(region))
        }
        _ => Err("an ARN of a key is `arn:aws:kms:REGION:ACCOUNT:key/ID`"),
    }
}

/// The JSON Schema of a key of KMS.
fn kms_schema() -> Json {
    serde_json::json!({
        "type": "object",
        "description": "A key of AWS KMS",
        "properties": {
            "key_id": { "type": "string", "description": "Its id, its ARN, alias/NAME, or an alias's ARN" },
            "region": {
                "type": "string",
                "description": "Its region, unless the ARN says it: none that the environment itself is in",
            },
        },
        "required": ["key_id"],
        "additionalProperties": false,
    })
}

/// The JSON Schema of `encryption`.
pub(super) fn schema() -> Json {
    let reference = serde_json::json!({
        "type": "object",
        "properties": {
            "from": { "enum": ["env", "file"] },
            "name": { "type": "string", "description": "The variable, or the file in the workspace" },
            "key": { "type": "string", "description": "The key within a JSON object" },
        },
        "required": ["from", "name"],
        "additionalProperties": false,
    });
    let former = serde_json::json!({
        "type": "object",
        "properties": { "kms": kms_schema() },
        "required": ["kms"],
        "additionalProperties": false,
    });
    serde_json::json!({
        "type": "object",
        "description": "By what its state is encrypted",
        "properties": {
            "passphrase": reference,
            "kms": kms_schema(),
            "before": {
                "type": "array",
                "items": { "anyOf": [reference, former] },
                "description": "Former passphrases and keys",
            },
        },
        "additionalProperties": false,
    })
}

/// The JSON Schema of `fingerprints`.
pub(super) fn fingerprints_schema() -> Json {
    serde_json::json!({
        "type": "object",
        "description": "What keys the fingerprints of its secrets, instead of NINEFOLD_PASSPHRASE",
        "properties": { "kms": kms_schema() },
        "required": ["kms"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_key_is_called_by_its_id_its_arn_or_an_alias() {
        let arn = "arn:aws:kms:eu-north-1:111122223333:";
        for (key_id, region) in [
            ("alias/ninefold/state", None),
            ("1234abcd-12ab-34cd-56ef-1234567890ab", None),
            ("mrk-1234abcd12ab34cd56ef1234567890ab", None),
            (&*format!("{arn}key/1234abcd-12ab-34cd-56ef-1234567890ab"), Some("eu-north-1")),
            (&format!("{arn}alias/state"), Some("eu-north-1")),
            ("arn:aws-cn:kms:cn-north-1:111122223333:key/a", Some("cn-north-1")),
        ] {
            assert_eq!(named(key_id), Ok(region), "{key_id}");
        }
        for key_id in
            ["", "state key", "key/1234", "kms:alias/a", "arn:aws:s3:::states", &format!("{arn}grant/a")]
        {
            assert!(named(key_id).is_err(), "{key_id}");
        }
    }
}
