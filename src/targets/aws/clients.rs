//! The clients of each service, one for each region, made when first asked for.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};

use crate::kinds::{Answer, CallError, ErrorKind, Scope};

/// The clients of one account.
pub struct Clients {
    config: SdkConfig,
    ec2: ByRegion<aws_sdk_ec2::Client>,
    eks: ByRegion<aws_sdk_eks::Client>,
    s3: ByRegion<aws_sdk_s3::Client>,
}

impl Clients {
    /// With credentials, profile and endpoint as every AWS tool finds them: `AWS_PROFILE`,
    /// `AWS_ENDPOINT_URL`, the shared files, the role of the machine.
    pub async fn from_environment() -> Self {
        Self::new(aws_config::defaults(BehaviorVersion::latest()).load().await)
    }

    /// With a given configuration, whose retries are turned off and whose calls end in time.
    #[must_use]
    pub fn new(config: SdkConfig) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(Duration::from_secs(60))
            .build();
        let config =
            config.into_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts).build();
        Self { config, ec2: ByRegion::default(), eks: ByRegion::default(), s3: ByRegion::default() }
    }

    /// # Errors
    /// When the scope has no region, as for every service below.
    pub fn ec2(&self, scope: &Scope) -> Answer<aws_sdk_ec2::Client> {
        self.ec2.get(scope, |region| {
            let config = aws_sdk_ec2::config::Builder::from(&self.config).region(region).build();
            aws_sdk_ec2::Client::from_conf(config)
        })
    }

    /// # Errors
    /// When the scope has no region.
    pub fn eks(&self, scope: &Scope) -> Answer<aws_sdk_eks::Client> {
        self.eks.get(scope, |region| {
            let config = aws_sdk_eks::config::Builder::from(&self.config).region(region).build();
            aws_sdk_eks::Client::from_conf(config)
        })
    }

    /// # Errors
    /// When the scope has no region.
    pub fn s3(&self, scope: &Scope) -> Answer<aws_sdk_s3::Client> {
        self.s3.get(scope, |region| {
            let config = aws_sdk_s3::config::Builder::from(&self.config).region(region).build();
            aws_sdk_s3::Client::from_conf(config)
        })
    }
}

/// The region that a scope names.
///
/// # Errors
/// When it names none.
pub(super) fn region(scope: &Scope) -> Answer<&str> {
    scope.region.as_deref().ok_or_else(|| {
        CallError::refused(ErrorKind::Invalid, "MissingRegion", "a resource of AWS needs a `region`")
    })
}

/// Clients of one service. A client holds its connections, so there is one for each region.
struct ByRegion<C>(Mutex<BTreeMap<String, C>>);

impl<C> Default for ByRegion<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C: Clone> ByRegion<C> {
    fn get(&self, scope: &Scope, make: impl FnOnce(Region) -> C) -> Answer<C> {
        let region = region(scope)?;
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(region) {
            return Ok(client.clone());
        }
        let client = make(Region::new(region.to_owned()));
        clients.insert(region.to_owned(), client.clone());
        Ok(client)
    }
}
