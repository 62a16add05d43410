//! Values in the place of fingerprints, before they are needed.
//!
//! State keeps of a sensitive attribute nothing but its fingerprint. What reads one gets the value
//! from what is read anew, or from the configuration that set it, if that has the same fingerprint.
//! Where neither gives it, nothing is called.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use futures::future::BoxFuture;
use futures::{FutureExt as _, TryFutureExt as _};

use super::context::Context;
use super::settle::Thing;
use super::{Failure, OnlyFingerprint};
use crate::graph::{Body, Evaluated, NodeIndex};
use crate::model::{Diagnostics, Value};

impl Context<'_> {
    /// What an instance asks for, without any fingerprint in the place of a value.
    pub(super) fn resolved(&self, index: NodeIndex) -> BoxFuture<'_, Result<Value, Failure>> {
        // An instance reads only those before it, so that this ends.
        async move {
            let evaluated = self.evaluated(index)?;
            if evaluated.stood_in.is_empty() {
                return Ok(evaluated.value);
            }
            let mut reasons = BTreeMap::new();
            for read in &evaluated.stood_in {
                if let Entry::Vacant(unread) = reasons.entry(read.node.position()) {
                    unread.insert(self.know_anew(read.node).await?);
                }
            }
            let evaluated = self.evaluated(index)?;
            let Some(left) = evaluated.stood_in.into_iter().next() else { return Ok(evaluated.value) };
            let reason = reasons.remove(&left.node.position()).flatten();
            Err(Failure::OnlyFingerprint(Box::new(OnlyFingerprint {
                path: left.path,
                place: (self.setting.display)(left.at),
                owner: self.setting.graph.node(left.node).address.clone(),
                why: reason.unwrap_or_else(|| {
                    "it isn't returned by reading, and what the configuration gives for it is another by now"
                        .to_owned()
                }),
            })))
        }
        .boxed()
    }

    fn evaluated(&self, index: NodeIndex) -> Result<Evaluated, Failure> {
        self.setting.evaluate.evaluate(index).map_err(|faults| first(&faults))
    }

    /// Reads one resource anew and lets others read that, with what the configuration gives for what
    /// reading doesn't return. Says what was in the way.
    async fn know_anew(&self, index: NodeIndex) -> Result<Option<String>, Failure> {
        let node = self.setting.graph.node(index);
        let (Body::Resource { kind, lookup, .. }, Some(resource)) =
            (&node.body, self.resource(&node.address))
        else {
            return Ok(None);
        };
        let kind = self.kind(kind)?.as_ref();
        let mut reason = None;
        let mut observed = resource.observed.read();
        if !kind.lives_in_state() {
            let thing = Thing { address: &node.address, kind, scope: &resource.scope, id: &resource.id };
            match self.read(&thing).await {
                Ok(Some(found)) => observed = found,
                Ok(None) => reason = Some("it is gone".to_owned()),
                Err(failure @ Failure::State(_)) => return Err(failure),
                Err(failure) => reason = Some(format!("it can't be read: {failure}")),
            }
        }
        let mut known = crate::plan::known::of_observed(kind, &observed, Some(&resource.recorded.read()));
        if lookup.is_none() {
            let given = self.resolved(index);
            let given = given.and_then(|given| async move { self.fetched(&given, &resource.scope).await });
            match given.await {
                Ok(given) => {
                    let attributes = Value::Map(std::mem::take(&mut known.attributes));
                    let fingerprint = &self.setting.fingerprint;
                    if let Value::Map(restored) =
                        crate::plan::restore(kind.observed(), attributes, Some(&given), fingerprint)
                    {
                        known.attributes = restored;
                    }
                }
                // That one is the one to be named.
                Err(failure @ (Failure::OnlyFingerprint(_) | Failure::State(_))) => return Err(failure),
                Err(failure) => reason = Some(failure.to_string()),
            }
        }
        self.setting.evaluate.provide(index, known);
        Ok(reason)
    }
}

fn first(faults: &Diagnostics) -> Failure {
    let fault = faults.iter().next();
    Failure::Expression(fault.map_or_else(String::new, |fault| fault.message.clone()))
}
