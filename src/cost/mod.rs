//! What everything that is declared costs a month, at list prices, line by line.
//!
//! Pure: it asks the kinds' profiles and the graph, and knows no target, no state and no clock. What a
//! bill adds (traffic, what grows) is declared as `core.cost` and counts like everything else.

mod commitment;
mod part;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::graph::{Body, Evaluate, Graph, Instance, NodeIndex};
use crate::kinds::{Registry, region_price_factor};
use crate::model::{Address, Diagnostics, Json};

pub use part::PARTS;

/// One line of a bill.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub address: Address,
    pub kind: Arc<str>,
    /// The region that it is billed in.
    pub region: Option<String>,
    /// What it belongs to for people who read bills, such as `nodes`.
    pub part: &'static str,
    /// What is paid for, with its assumption.
    pub item: String,
    pub usd_per_month: f64,
    /// The same when everything that grows by itself has grown as far as it may.
    pub usd_at_peak: f64,
    /// The same with a commitment for a year, nothing paid upfront.
    pub usd_committed: f64,
}

/// What an environment costs a month.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Estimate {
    pub lines: Vec<Line>,
}

/// By what the lines of an estimate are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Part,
    Phase,
    Stack,
    Region,
}

impl Estimate {
    /// Adds up what a graph declares, evaluated with what is known of it at this time.
    ///
    /// # Errors
    /// What fails in its expressions, or the fault of a spec that its kind can't read.
    pub fn of(
        graph: &Graph<Instance>,
        order: &[NodeIndex],
        evaluate: &dyn Evaluate,
        registry: &Registry,
    ) -> Result<Self, Diagnostics> {
        let mut lines = Vec::new();
        for &index in order {
            let node = graph.node(index);
            let Body::Resource { kind: name, lookup: None, .. } = &node.body else { continue };
            let Some(kind) = registry.get(name) else { continue };
            let spec = kind.spec().complete(&evaluate.evaluate(index)?.value);
            // A spec that the language has taken is one that its kind can read.
            let Ok(profile) = kind.profile(&spec) else { continue };
            let peak = at_peak(name, &spec).and_then(|spec| kind.profile(&spec).ok());
            let region = match spec.get("billed_in").and_then(Json::as_str) {
                Some(region) => Some(region.to_owned()),
                None => node.region.as_deref().map(str::to_owned),
            };
            let factor = region_price_factor(name, region.as_deref());
            for (position, price) in profile.prices.into_iter().enumerate() {
                let usd = price.usd_per_month * factor;
                let most = peak.as_ref().and_then(|peak| peak.prices.get(position));
                lines.push(Line {
                    address: node.address.clone(),
                    kind: name.clone(),
                    region: region.clone(),
                    part: part::of(name, node.address.name(), &price.item),
                    usd_per_month: usd,
                    usd_at_peak: most.map_or(usd, |most| most.usd_per_month * factor),
                    usd_committed: usd * commitment::share(name, &price.item),
                    item: price.item,
                });
            }
        }
        Ok(Self { lines })
    }

    /// All of it.
    #[must_use]
    pub fn usd_per_month(&self) -> f64 {
        self.lines.iter().map(|line| line.usd_per_month).sum()
    }

    /// All of it when everything that grows by itself has grown as far as it may.
    #[must_use]
    pub fn usd_at_peak(&self) -> f64 {
        self.lines.iter().map(|line| line.usd_at_peak).sum()
    }

    /// All of it with commitments for a year.
    #[must_use]
    pub fn usd_committed(&self) -> f64 {
        self.lines.iter().map(|line| line.usd_committed).sum()
    }

    /// Sums by something.
    #[must_use]
    pub fn by(&self, by: By) -> BTreeMap<String, f64> {
        let mut sums = BTreeMap::new();
        for line in &self.lines {
            *sums.entry(line.group(by)).or_default() += line.usd_per_month;
        }
        sums
    }

    /// What is paid for and whose price isn't known.
    pub fn without_price(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.item.ends_with("price not known"))
    }
}

impl Line {
    /// The group that it is added to.
    #[must_use]
    pub fn group(&self, by: By) -> String {
        match by {
            By::Part => self.part.to_owned(),
            By::Phase => self.address.phase().unwrap_or("(none)").to_owned(),
            By::Stack => self.address.stack().to_owned(),
            By::Region => self.region.clone().unwrap_or_else(|| "global".to_owned()),
        }
    }
}

/// The spec of what grows by itself, grown as far as it may.
fn at_peak(kind: &str, spec: &Json) -> Option<Json> {
    if kind != "aws.eks.node_group" {
        return None;
    }
    let most = spec.pointer("/scaling_config/max_size")?.clone();
    let mut grown = spec.clone();
    *grown.pointer_mut("/scaling_config/desired_size")? = most;
    Some(grown)
}
