//! How a resource behaves: how long its operations take, what it costs, what the provider computes.

use std::time::Duration;

/// What is typical of a resource with a given spec.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// How long each takes, typically: what plans estimate and what passes on the sandbox's clock.
    pub create: Duration,
    pub update: Duration,
    pub delete: Duration,
    /// For how long after its creation a listing may still not show it. Within this time, absence
    /// proves nothing.
    pub visibility: Duration,
    /// The attributes that the provider computes.
    pub computed: Vec<Computed>,
    /// What it costs, at list price.
    pub prices: Vec<Price>,
}

impl Profile {
    /// Operations that take that many seconds, nothing computed, no price.
    #[must_use]
    pub fn seconds(create: u64, update: u64, delete: u64) -> Self {
        Self {
            create: Duration::from_secs(create),
            update: Duration::from_secs(update),
            delete: Duration::from_secs(delete),
            visibility: Duration::ZERO,
            computed: Vec::new(),
            prices: Vec::new(),
        }
    }

    /// Sets for how long, in seconds, a listing may not show a new one.
    #[must_use]
    pub fn visible_after(mut self, seconds: u64) -> Self {
        self.visibility = Duration::from_secs(seconds);
        self
    }

    /// Adds a computed attribute: see [`Computed::pattern`].
    #[must_use]
    pub fn computes(mut self, attribute: &'static str, pattern: &str) -> Self {
        self.computed.push(Computed { attribute, pattern: pattern.to_owned(), changes_with: &[] });
        self
    }

    /// Adds a computed attribute that an update of one of `fields` changes.
    #[must_use]
    pub fn computes_from(
        mut self,
        attribute: &'static str,
        pattern: &str,
        fields: &'static [&'static str],
    ) -> Self {
        self.computed.push(Computed { attribute, pattern: pattern.to_owned(), changes_with: fields });
        self
    }

    /// Adds a price in US dollars an hour.
    #[must_use]
    pub fn costs_hourly(mut self, item: impl Into<String>, usd_per_hour: f64) -> Self {
        self.prices.push(Price { item: item.into(), usd_per_month: usd_per_hour * HOURS_PER_MONTH });
        self
    }

    /// Adds a price in US dollars a month.
    #[must_use]
    pub fn costs_monthly(mut self, item: impl Into<String>, usd_per_month: f64) -> Self {
        self.prices.push(Price { item: item.into(), usd_per_month });
        self
    }

    /// The sum of its prices in US dollars a month.
    #[must_use]
    pub fn usd_per_month(&self) -> f64 {
        self.prices.iter().map(|price| price.usd_per_month).sum()
    }
}

/// The hours that AWS reckons a month at: 365 days x 24 hours / 12.
/// <https://aws.amazon.com/calculator/calculator-assumptions/>
const HOURS_PER_MONTH: f64 = 730.0;

/// An attribute that the provider computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computed {
    pub attribute: &'static str,
    /// What the sandbox makes of it: text with `{region}`, `{account}`, `{id}` (this object's
    /// physical id), `{hex:N}` and `{digits:N}` (N characters that differ from object to object),
    /// `{spec.FIELD}` (a field of the spec). The attribute `id` becomes the physical id. A pattern
    /// that starts with `json:` is JSON after its placeholders are filled in.
    pub pattern: String,
    /// The fields of the spec whose update changes it; with none it is fixed when created.
    pub changes_with: &'static [&'static str],
}

/// One line of a bill.
#[derive(Debug, Clone, PartialEq)]
pub struct Price {
    /// What is paid for, with its assumption: `NAT gateway hours`, `gp3 storage, 50 GiB`.
    pub item: String,
    pub usd_per_month: f64,
}
