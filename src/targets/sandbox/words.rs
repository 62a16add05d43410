//! The provider's own words for how far an object is: `CREATING`, `available`.

use super::object::{Object, Phase};
use crate::kinds::{AnyKind, Scalar, Shape};

/// The words that providers use for a phase, the likeliest first.
fn usual(phase: Phase) -> &'static [&'static str] {
    match phase {
        Phase::Creating => &["CREATING", "creating", "Creating", "pending", "PENDING", "Pending"],
        Phase::Updating => &["UPDATING", "modifying", "updating", "Updating", "MODIFYING"],
        Phase::Ready => &[
            "ACTIVE",
            "active",
            "Active",
            "available",
            "AVAILABLE",
            "Available",
            "deployed",
            "Deployed",
            "Enabled",
            "enabled",
            "running",
            "ready",
            "Ready",
        ],
        Phase::Failed => &["CREATE_FAILED", "FAILED", "failed", "Failed"],
        Phase::Deleting | Phase::Gone => &["DELETING", "deleting", "Deleting", "DELETED", "deleted"],
    }
}

/// The attribute of a kind that says how far an object is, and the words that it may hold; any
/// where there are none.
fn attribute(kind: &dyn AnyKind) -> Option<(&str, &[String])> {
    // Such as `db_instance_status` of an instance.
    let own = format!("{}_status", kind.name().rsplit('.').next().unwrap_or_default());
    let is_computed = |name: &str| kind.spec().field(name).is_none();
    let fields = kind.observed().fields()?;
    let words = |suffix: &str, whole: bool| {
        fields.iter().filter(|(name, _)| is_computed(name)).find_map(|(name, field)| match &field.shape {
            Shape::Scalar(Scalar::String { one_of, .. })
                if &**name == suffix || (!whole && name.ends_with(suffix)) =>
            {
                Some((&**name, one_of.as_slice()))
            }
            _ => None,
        })
    };
    words("status", true).or_else(|| words("state", true)).or_else(|| words(&own, false))
}

fn chosen(phase: Phase, allowed: &[String], like: Option<&str>) -> Option<&'static str> {
    let fits = |word: &&&str| allowed.is_empty() || allowed.iter().any(|allowed| allowed == **word);
    let is_upper = |word: &str| !word.chars().any(char::is_lowercase);
    let same_style = |word: &&&str| like.is_none_or(|like| is_upper(like) == is_upper(word));
    let words = usual(phase);
    words.iter().filter(fits).find(same_style).or_else(|| words.iter().find(fits)).copied()
}

/// The attribute and word of an object of a kind that is ready.
pub(super) fn ready(kind: &dyn AnyKind) -> Option<(&str, &'static str)> {
    let (name, allowed) = attribute(kind)?;
    chosen(Phase::Ready, allowed, None).map(|word| (name, word))
}

/// The attribute of a kind, and the word that it holds in a phase.
pub(super) fn of<'a>(kind: &'a dyn AnyKind, object: &Object, phase: Phase) -> Option<(&'a str, String)> {
    let (name, allowed) = attribute(kind)?;
    let ready = object.text(name);
    if phase == Phase::Ready {
        return None;
    }
    chosen(phase, allowed, ready).map(|word| (name, word.to_owned()))
}

/// A word for a phase, whether the kind shows one or not.
pub(super) fn for_waiting(kind: Option<&dyn AnyKind>, object: &Object, phase: Phase) -> String {
    kind.and_then(|kind| of(kind, object, phase))
        .map(|(_, word)| word)
        .or_else(|| usual(phase).first().map(|word| (*word).to_owned()))
        .unwrap_or_default()
}
