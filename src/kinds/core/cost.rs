//! `core.cost`: something that costs and is no resource of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Finding, Kind, Profile, region_price_factor};
use crate::model::PhysicalId;

/// Something that costs and is no resource of its own, such as traffic, data through a gateway, or
/// what a store will hold: an assumption, said where everybody sees it, that counts in every estimate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// What is paid for, such as `data through NAT gateways`.
    #[schemars(length(min = 1, max = 200))]
    pub item: String,
    /// How much of it a month.
    #[schemars(range(min = 0.0))]
    pub quantity: f64,
    /// What is counted, such as `GB`.
    #[schemars(length(min = 1, max = 50))]
    pub unit: String,
    /// The list price of one in us-east-1, in US dollars; other regions are reckoned by how much dearer
    /// they are.
    #[schemars(range(min = 0.0))]
    pub usd_per_unit: f64,
    /// The region that it is billed in; none where it has none.
    pub billed_in: Option<String>,
    /// Why so much is assumed.
    #[schemars(length(min = 1))]
    pub because: String,
}

/// What state knows of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// The id of the operation that made it.
    pub id: String,
}

/// The kind itself.
pub struct Cost;

impl Kind for Cost {
    const TYPE: &'static str = "core.cost";
    const LIVES_IN_STATE: bool = true;
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let region = spec.billed_in.as_deref();
        let wrong = region.filter(|name| name.split('-').count() < 3);
        wrong
            .map(|name| {
                Finding::on("billed_in", format!("`billed_in` is `{name}`, which is no region"))
                    .help("such as us-east-1")
            })
            .into_iter()
            .collect()
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let item = format!("{}: {} {} assumed", spec.item, spec.quantity, spec.unit);
        // What it is called in the kinds' own prices doesn't matter: all of these differ alike.
        let factor = region_price_factor("aws.", spec.billed_in.as_deref());
        Profile::seconds(0, 0, 0)
            .computes("id", "{hex:26}")
            .costs_monthly(item, spec.quantity * spec.usd_per_unit * factor)
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        Err(format!("core.cost lives only in state: `{text}` can't be imported"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{assert_rules, assert_whole};

    #[test]
    fn it_costs_what_it_says() {
        let spec = json!({
            "item": "data through NAT gateways", "quantity": 100.0, "unit": "GB", "usd_per_unit": 0.045,
            "billed_in": "us-east-1", "because": "images and updates",
        });
        assert_whole::<Cost>(&spec);
        let profile = Cost::profile(&serde_json::from_value(spec.clone()).unwrap());
        assert!((profile.usd_per_month() - 4.5).abs() < 1e-9);
        let mut elsewhere = spec.clone();
        elsewhere["billed_in"] = json!("ap-southeast-1");
        let dearer = Cost::profile(&serde_json::from_value(elsewhere).unwrap()).usd_per_month();
        assert!((dearer - 4.5 * 1.25).abs() < 1e-9);
        assert_eq!(profile.prices[0].item, "data through NAT gateways: 100 GB assumed");
        assert_rules::<Cost>(
            &spec,
            &[
                (&[("/billed_in", json!("primary"))], "no region"),
                (&[("/quantity", json!(-1))], "at least 0"),
                (&[("/because", json!(""))], "characters"),
            ],
        );
    }
}
