//! `encryption:` of an environment: by what its state is encrypted.
//!
//! ```yaml
//! encryption:
//!   passphrase: { from: env, name: NINEFOLD_STATE_PASSPHRASE }
//!   before:
//!     - { from: file, name: .secrets/former }
//! ```

use super::evaluate::plain;
use super::fields::{Fields, wrong};
use super::template::{Compiler, secret_reference};
use super::yaml::{Content, Node};
use crate::model::{Diagnostic, Json, SecretReference, SecretStore};

/// By what an environment's state is encrypted. It says where the keys are, never what they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encryption {
    /// What new objects are sealed with; without it they are written in the clear.
    pub passphrase: Option<SecretReference>,
    /// What older ones were sealed with.
    pub before: Vec<SecretReference>,
}

/// Reads the field of an environment's file.
pub(super) fn read(node: &Node, compiler: &mut Compiler<'_>) -> Encryption {
    let mut fields = Fields::of("an environment's encryption", node, compiler.diagnostics);
    let passphrase = fields.take("passphrase");
    let before = fields.take("before");
    fields.finish(compiler.diagnostics);
    if passphrase.is_none() && before.is_none() {
        compiler.diagnostics.push(
            Diagnostic::error("`encryption` names no key").at(node.at, "in this map").help(
                "write passphrase: { from: env, name: NINEFOLD_STATE_PASSPHRASE }, or leave `encryption` out",
            ),
        );
    }
    let former = match before.map(|node| (&node.content, node)) {
        None | Some((Content::Null, _)) => &[][..],
        Some((Content::List(former), _)) => former,
        Some((_, node)) => {
            compiler.diagnostics.push(wrong(node, "before", "a list"));
            &[][..]
        }
    };
    Encryption {
        passphrase: passphrase.and_then(|node| reference(node, compiler)),
        before: former.iter().filter_map(|node| reference(node, compiler)).collect(),
    }
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

/// The JSON Schema of the field.
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
    serde_json::json!({
        "type": "object",
        "description": "By what its state is encrypted",
        "properties": {
            "passphrase": reference,
            "before": { "type": "array", "items": reference, "description": "Former passphrases" },
        },
        "additionalProperties": false,
    })
}
