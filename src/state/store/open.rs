//! Opens stores over the network by the library's own clients of S3, Google Cloud Storage and Azure.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path as Prefix;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, Result, RetryConfig};

use super::connector::{Connector, Store};
use super::proven::Proven;
use super::remote::{RemoteLocation, Service};
use crate::world::{World, process};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For a whole request with its answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Where AWS's tools look for credentials in a process's environment. With the feature `aws`, the
/// SDK looks there and everywhere else.
#[cfg(not(feature = "aws"))]
const AWS_VARIABLES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];
const GOOGLE_VARIABLES: &[&str] =
    &["GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_KEY"];
const AZURE_VARIABLES: &[&str] = &[
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_TENANT_ID",
    "AZURE_AUTHORITY_HOST",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_USE_AZURE_CLI",
];

/// Opens a store. Nothing is asked of it yet.
pub(super) fn open(location: &RemoteLocation, world: &World) -> Result<Arc<dyn ObjectStore>> {
    let store = match location.service {
        Service::S3 => within(s3(location, world)?, &location.prefix),
        Service::GoogleCloudStorage => within(google(location, world)?, &location.prefix),
        Service::AzureBlobStorage => within(azure(location, world)?, &location.prefix),
    };
    // The services themselves document that they put nothing where something is.
    Ok(if is_elsewhere(location) { Arc::new(Proven::new(store, location)) } else { store })
}

/// Whether somebody else than the service itself answers.
fn is_elsewhere(location: &RemoteLocation) -> bool {
    location.endpoint.is_some() || (location.service == Service::S3 && s3_elsewhere().is_some())
}

/// Where S3 is to answer instead of Amazon, as every tool of AWS is told.
fn s3_elsewhere() -> Option<String> {
    first_variable(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
}

fn within(store: impl ObjectStore, prefix: &str) -> Arc<dyn ObjectStore> {
    if prefix.is_empty() { Arc::new(store) } else { Arc::new(PrefixStore::new(store, Prefix::from(prefix))) }
}

/// No second try that the one who asks doesn't know of.
fn no_retries() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: 0, retry_timeout: REQUEST_TIMEOUT }
}

fn client_options(endpoint: &str) -> ClientOptions {
    ClientOptions::new()
        .with_connect_timeout(CONNECT_TIMEOUT)
        .with_timeout(REQUEST_TIMEOUT)
        .with_allow_http(endpoint.starts_with("http://"))
}

fn connector(location: &RemoteLocation, endpoint: &str, region: Option<String>, world: &World) -> Connector {
    let host = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or_default().to_owned();
    Connector(Arc::new(Store { location: location.clone(), host, region, outside: world.outside().clone() }))
}

/// The settings of a client that the process's environment has.
fn given<K: FromStr>(variables: &[&str]) -> impl Iterator<Item = (K, String)> {
    variables.iter().filter_map(|name| {
        let value = process::variable(name)?;
        name.to_ascii_lowercase().parse().ok().map(|key| (key, value))
    })
}

fn first_variable(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| process::variable(name))
}

fn s3(location: &RemoteLocation, world: &World) -> Result<impl ObjectStore + use<>> {
    let bucket = &location.bucket;
    let elsewhere = location.endpoint.clone().or_else(s3_elsewhere);
    let region = location.region.clone();
    let region = region.or_else(|| first_variable(&["AWS_REGION", "AWS_DEFAULT_REGION"]));
    let region = region.unwrap_or_else(|| "us-east-1".to_owned());
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    // A bucket is a host of its own, except where the certificate doesn't cover its dots.
    let hosts_buckets = elsewhere.is_none() && !bucket.contains('.');
    let endpoint = match elsewhere {
        Some(endpoint) => endpoint,
        None if hosts_buckets => format!("https://{bucket}.s3.{region}.{domain}"),
        None => format!("https://s3.{region}.{domain}"),
    };
    let connector = connector(location, &endpoint, Some(region.clone()), world);
    let builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_config(AmazonS3ConfigKey::Region, region)
        .with_client_options(client_options(&endpoint))
        .with_endpoint(endpoint)
        .with_virtual_hosted_style_request(hosts_buckets)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(no_retries());
    s3_credentials(builder, &connector).with_http_connector(connector).build()
}

#[cfg(feature = "aws")]
fn s3_credentials(builder: AmazonS3Builder, connector: &Connector) -> AmazonS3Builder {
    builder.with_credentials(Arc::new(super::shared_credentials::SharedCredentials::of(&connector.0)))
}

#[cfg(not(feature = "aws"))]
fn s3_credentials(builder: AmazonS3Builder, _connector: &Connector) -> AmazonS3Builder {
    given(AWS_VARIABLES).fold(builder, |builder, (key, value)| builder.with_config(key, value))
}

fn google(location: &RemoteLocation, world: &World) -> Result<impl ObjectStore + use<>> {
    let endpoint = location.endpoint.as_deref().unwrap_or("https://storage.googleapis.com");
    let builder = GoogleCloudStorageBuilder::new()
        .with_bucket_name(&location.bucket)
        .with_client_options(client_options(endpoint))
        .with_config(GoogleConfigKey::BaseUrl, endpoint)
        .with_retry(no_retries())
        .with_http_connector(connector(location, endpoint, None, world));
    given(GOOGLE_VARIABLES).fold(builder, |builder, (key, value)| builder.with_config(key, value)).build()
}

fn azure(location: &RemoteLocation, world: &World) -> Result<impl ObjectStore + use<>> {
    // A location of Azure without an account can't be parsed.
    let account = location.account.as_deref().unwrap_or_default();
    let own = format!("https://{account}.blob.core.windows.net");
    let endpoint = location.endpoint.as_deref().unwrap_or(&own);
    let builder = MicrosoftAzureBuilder::new()
        .with_account(account)
        .with_container_name(&location.bucket)
        .with_client_options(client_options(endpoint))
        .with_config(AzureConfigKey::Endpoint, endpoint)
        .with_retry(no_retries())
        .with_http_connector(connector(location, endpoint, None, world));
    given(AZURE_VARIABLES).fold(builder, |builder, (key, value)| builder.with_config(key, value)).build()
}
