//! Why an operation is there, in words, with the line that asks for it.

use super::block::Item;
use crate::plan::Reason;

/// Such as ``forced by `cidr_block`, phases/1-cluster.yaml:12:5``.
pub(super) fn text(item: &Item<'_>) -> String {
    let mut parts: Vec<String> = item.reasons().iter().map(words).collect();
    if item.main().deferred {
        parts.push("parts of it wait for what is made before it".to_owned());
    }
    let mut text = parts.join("; ");
    if let Some(source) = item.source() {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(source);
    }
    text
}

pub(in crate::report) fn words(reason: &Reason) -> String {
    match reason {
        Reason::New => "new".to_owned(),
        Reason::NoLongerDeclared => "no longer declared".to_owned(),
        Reason::Differs => "differs from what is declared".to_owned(),
        Reason::Unrecorded => "is as its lines say; only state takes note of that".to_owned(),
        Reason::Immutable { field } => format!("forced by `{field}`"),
        Reason::Requested => "asked for with --replace".to_owned(),
        Reason::Destroy => "everything is to go".to_owned(),
        Reason::Tainted { why } => format!("an earlier run left it unusable: {why}"),
        Reason::Missing => "it is gone from the world".to_owned(),
        Reason::Deposed => "left behind by a replacement".to_owned(),
        Reason::Moved { from } => format!("moved from {from}"),
        Reason::Adopted => "names an existing thing".to_owned(),
        Reason::ContainerReplaced { container } => format!("{container} is replaced"),
        Reason::BeforeItChanges => "something before it changes".to_owned(),
        Reason::EvidenceDue => "its evidence is too old, or there is none".to_owned(),
        Reason::Lookup => "only read".to_owned(),
    }
}
