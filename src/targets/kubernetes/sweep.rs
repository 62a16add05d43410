//! Every object of an environment in a cluster, of whatever kind.

use std::collections::BTreeSet;

use futures::{StreamExt as _, TryStreamExt as _};
use kube::api::{Api, DynamicObject, ListParams};
use kube::discovery::{ApiResource, Discovery, verbs};

use super::error::call_error;
use super::marks;
use crate::kinds::{Answer, CallError, ErrorKind};
use crate::model::PhysicalId;

/// How many kinds are listed at once.
const KINDS_AT_ONCE: usize = 8;
/// How many objects a page has.
const PAGE: u32 = 500;

/// The ids of the resources that have an object with the marks of an environment.
pub(super) async fn of_environment(client: &kube::Client, environment: &str) -> Answer<Vec<PhysicalId>> {
    let discovery = Discovery::new(client.clone()).run().await.map_err(call_error("discovery"))?;
    let kinds = discovery
        .groups()
        .flat_map(|group| group.recommended_resources())
        .filter(|(_, capabilities)| capabilities.supports_operation(verbs::LIST))
        .map(|(resource, _)| resource);
    let lists: Vec<BTreeSet<PhysicalId>> = futures::stream::iter(kinds.collect::<Vec<_>>())
        .map(|resource| of_kind(client, resource, environment))
        .buffered(KINDS_AT_ONCE)
        .try_collect()
        .await?;
    let all: BTreeSet<PhysicalId> = lists.into_iter().flatten().collect();
    Ok(all.into_iter().collect())
}

/// Controllers copy an object's labels or its annotations to what they make of it, never both:
/// together they tell the object itself.
async fn of_kind(
    client: &kube::Client,
    resource: ApiResource,
    environment: &str,
) -> Answer<BTreeSet<PhysicalId>> {
    let api: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
    let mut params =
        ListParams::default().labels(&format!("{}={environment}", marks::ENVIRONMENT)).limit(PAGE);
    let mut found = BTreeSet::new();
    loop {
        let page = match api.list_metadata(&params).await.map_err(call_error("list")) {
            Ok(page) => page,
            // A kind that may not be listed, or is no longer served, hides nothing that we made.
            Err(CallError { kind: ErrorKind::Denied | ErrorKind::NotFound, .. }) => return Ok(found),
            Err(error) if error.code == "MethodNotAllowed" => return Ok(found),
            Err(error) => return Err(error),
        };
        for object in &page.items {
            let annotations = object.metadata.annotations.as_ref();
            let annotation = |key: &str| annotations.and_then(|all| all.get(key)).map(String::as_str);
            if annotation(marks::ENVIRONMENT) == Some(environment)
                && let Some(id) = annotation(marks::ID)
            {
                found.insert(PhysicalId::new(id));
            }
        }
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => return Ok(found),
        }
    }
}
