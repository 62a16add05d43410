//! Credentials for S3 as every tool of AWS finds them: profiles, single sign-on, roles.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use aws_config::BehaviorVersion;
use aws_sdk_s3::config::{Credentials, ProvideCredentials as _};
use futures::lock::Mutex;
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;

use super::connector::Store;
use super::fault::FaultKind;

/// Credentials that expire within this time are fetched anew.
const TOO_SHORT_MS: i64 = 5 * 60 * 1_000;

/// The SDK's own search for credentials, made when they are first needed.
#[derive(Debug)]
pub(super) struct SharedCredentials {
    store: Arc<Store>,
    found: Mutex<Option<Found>>,
}

#[derive(Debug)]
struct Found {
    credential: Arc<AwsCredential>,
    until_unix_ms: Option<i64>,
}

impl SharedCredentials {
    pub(super) fn of(store: &Arc<Store>) -> Self {
        Self { store: store.clone(), found: Mutex::new(None) }
    }
}

#[async_trait]
impl CredentialProvider for SharedCredentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        // Held while they are fetched: many requests at once need them only once.
        let mut found = self.found.lock().await;
        let soon_unix_ms = self.store.outside.unix_ms().saturating_add(TOO_SHORT_MS);
        if let Some(known) = &*found
            && known.until_unix_ms.is_none_or(|until| until > soon_unix_ms)
        {
            return Ok(known.credential.clone());
        }
        let fetched = self.store.outside.call(search()).await.map_err(|error| error.to_string());
        let credentials = fetched.and_then(|found| found).map_err(|reason| object_store::Error::Generic {
            store: "S3",
            source: Box::new(self.store.fault(FaultKind::NoCredentials { reason })),
        })?;
        let credential = Arc::new(AwsCredential {
            key_id: credentials.access_key_id().to_owned(),
            secret_key: credentials.secret_access_key().to_owned(),
            token: credentials.session_token().map(str::to_owned),
        });
        let until = credentials.expiry().and_then(|until| until.duration_since(UNIX_EPOCH).ok());
        let until_unix_ms = until.map(|until| i64::try_from(until.as_millis()).unwrap_or(i64::MAX));
        *found = Some(Found { credential: credential.clone(), until_unix_ms });
        Ok(credential)
    }
}

async fn search() -> Result<Credentials, String> {
    let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
    let provider = config.credentials_provider().ok_or("nobody provides any")?;
    provider.provide_credentials().await.map_err(|error| error.to_string())
}
