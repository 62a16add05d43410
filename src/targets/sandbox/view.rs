//! What a kind's `simulate` sees of the world.

use super::ground::Ground;
use super::object::{Object, Place};
use super::session::Session;
use crate::kinds::{Cloud, CloudObject};

/// The world as seen by a call to a place.
pub(super) struct View<'a> {
    ground: &'a Ground,
    now_ms: u64,
    place: &'a Place,
}

impl<'a> View<'a> {
    pub(super) fn new(session: &'a Session<'_>, place: &'a Place) -> Self {
        Self { ground: session.ground, now_ms: session.now_ms, place }
    }

    /// What lives in another cluster can't be seen from within one.
    fn shows(&self, object: &Object) -> bool {
        self.place.cluster().is_none()
            || object.key.place.cluster().is_none()
            || object.key.place == *self.place
    }
}

fn seen(object: &Object) -> CloudObject<'_> {
    CloudObject {
        kind: &object.key.kind,
        id: &object.key.id,
        region: object.key.place.region(),
        attributes: &object.attributes,
    }
}

impl Cloud for View<'_> {
    fn region(&self) -> &str {
        self.place.region()
    }

    fn account(&self) -> &str {
        &self.ground.account
    }

    fn cluster(&self) -> Option<&str> {
        self.place.cluster()
    }

    fn find(&self, kind: &str, attribute: &str, value: &str) -> Option<CloudObject<'_>> {
        let named = |object: &&Object| self.shows(object) && object.text(attribute) == Some(value);
        let objects = || self.ground.of_kind(kind, self.now_ms).filter(named);
        // Names of different regions may be the same: the call's own region comes first.
        objects()
            .find(|object| object.key.place.region() == self.place.region())
            .or_else(|| objects().next())
            .map(seen)
    }

    fn all(&self, kind: &str) -> Vec<CloudObject<'_>> {
        self.ground.of_kind(kind, self.now_ms).filter(|object| self.shows(object)).map(seen).collect()
    }
}
