//! What the sandbox's world looks like as a whole.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Faults, Sandbox, StoreError};

/// A summary of the world.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    pub account: String,
    /// The clock, in milliseconds since the world began.
    pub now_ms: u64,
    /// When the world began, in milliseconds since 1970.
    pub began_unix_ms: i64,
    /// How many objects there are of each kind, by region (`global` for those without).
    pub counts: BTreeMap<String, BTreeMap<String, usize>>,
    /// Regions that are broken, or are to break, with the point of the clock.
    pub broken_at_ms: BTreeMap<String, u64>,
    pub faults: Faults,
    /// Figures that probes give instead of their own.
    pub figures: BTreeMap<String, f64>,
}

impl Sandbox {
    /// Sums the world up.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn status(&self) -> Result<Status, StoreError> {
        self.with(|session| {
            let ground = &*session.ground;
            let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
            for object in ground.live(session.now_ms) {
                let of_kind = counts.entry(object.key.kind.to_string()).or_default();
                *of_kind.entry(object.key.place.region().to_owned()).or_default() += 1;
            }
            Ok(Status {
                account: ground.account.clone(),
                now_ms: session.now_ms,
                began_unix_ms: ground.began_unix_ms,
                counts,
                broken_at_ms: ground.broken.clone(),
                faults: ground.faults.clone(),
                figures: ground.figures.clone(),
            })
        })
    }
}
