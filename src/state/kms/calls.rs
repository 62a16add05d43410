//! The calls to KMS, by the official client: credentials, profile and endpoint are those of every other
//! AWS tool.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{DataKeySpec, MacAlgorithmSpec};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::lock::Mutex;
use zeroize::Zeroizing;

use super::{Context, KmsDataKey, KmsFault, KmsFaultKind, KmsKey};
use crate::world::Outside;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For one try; the client makes three, because no call changes anything.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes calls in one region. The client is made for the first of them.
pub(super) struct Caller {
    region: String,
    outside: Outside,
    client: Arc<Mutex<Option<Client>>>,
}

impl Caller {
    pub(super) fn new(region: &str, outside: &Outside) -> Self {
        Self { region: region.to_owned(), outside: outside.clone(), client: Arc::default() }
    }

    async fn call<T, E, F>(&self, ask: impl FnOnce(Client) -> F + Send + 'static) -> Result<T, KmsFaultKind>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'static,
        T: Send + 'static,
        E: ProvideErrorMetadata + Send + 'static,
    {
        let (region, client) = (self.region.clone(), self.client.clone());
        let answered = self.outside.call(async move {
            let client = {
                // Held while it is made: many calls at once need it only once.
                let mut made = client.lock().await;
                match &*made {
                    Some(client) => client.clone(),
                    None => made.insert(connect(region).await).clone(),
                }
            };
            ask(client).await.map_err(|error| kind(&error))
        });
        match answered.await {
            Ok(answer) => answer,
            Err(error) => Err(KmsFaultKind::NoAnswer { reason: error.to_string() }),
        }
    }
}

async fn connect(region: String) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region))
        .timeout_config(timeouts)
        .load()
        .await;
    Client::new(&config)
}

fn kind<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> KmsFaultKind {
    let no_answer = |reason: &str| KmsFaultKind::NoAnswer { reason: reason.to_owned() };
    match error {
        SdkError::ServiceError(answered) => {
            KmsFaultKind::of_code(answered.err().code().unwrap_or_default(), answered.raw().status().as_u16())
        }
        SdkError::TimeoutError(_) => no_answer("it took too long"),
        // Whoever can't be reached fails as I/O or in time; what else keeps a request from being sent is
        // that nobody signs it.
        SdkError::DispatchFailure(failure) if failure.is_io() => no_answer("no connection"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => no_answer("it took too long"),
        SdkError::DispatchFailure(_) => KmsFaultKind::NoCredentials,
        _ => no_answer("the answer makes no sense"),
    }
}

/// What KMS always answers with; without it the answer makes no sense.
fn there<T>(part: Option<T>) -> Result<T, KmsFaultKind> {
    part.ok_or_else(|| KmsFaultKind::NoAnswer { reason: "a part of the answer is missing".to_owned() })
}

/// The client's own copies of an answer aren't ours to erase; this one is.
fn secret(blob: Blob) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(blob.into_inner())
}

impl KmsKey {
    /// Lets KMS make a data key of 256 bits.
    pub(in crate::state) async fn generate_data_key(&self, context: Context) -> Result<KmsDataKey, KmsFault> {
        let key_id = self.key_id.clone();
        let made = self.caller.call(move |client| {
            client
                .generate_data_key()
                .key_id(key_id)
                .key_spec(DataKeySpec::Aes256)
                .set_encryption_context(Some(context.into_iter().collect()))
                .send()
        });
        let made = made.await.and_then(|made| {
            let plaintext = secret(there(made.plaintext)?);
            let ciphertext = there(made.ciphertext_blob)?.into_inner();
            Ok(KmsDataKey { plaintext, ciphertext, arn: there(made.key_id)? })
        });
        made.map_err(|kind| self.fault(kind))
    }

    /// Unwraps a data key that this key has wrapped, and none that another has: which key is right, the
    /// environment's file decides and not what lies in the store.
    pub(in crate::state) async fn decrypt(
        &self,
        ciphertext: Vec<u8>,
        context: Context,
    ) -> Result<KmsDataKey, KmsFault> {
        let (key_id, blob) = (self.key_id.clone(), Blob::new(ciphertext.clone()));
        let unwrapped = self.caller.call(move |client| {
            client
                .decrypt()
                .key_id(key_id)
                .ciphertext_blob(blob)
                .set_encryption_context(Some(context.into_iter().collect()))
                .send()
        });
        let unwrapped = unwrapped.await.and_then(|unwrapped| {
            let plaintext = secret(there(unwrapped.plaintext)?);
            Ok(KmsDataKey { plaintext, ciphertext, arn: there(unwrapped.key_id)? })
        });
        unwrapped.map_err(|kind| self.fault(kind))
    }

    /// The HMAC-SHA-256 of a message under a key that is for HMACs.
    pub(in crate::state) async fn mac(&self, message: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, KmsFault> {
        let key_id = self.key_id.clone();
        let made = self.caller.call(move |client| {
            client
                .generate_mac()
                .key_id(key_id)
                .message(Blob::new(message))
                .mac_algorithm(MacAlgorithmSpec::HmacSha256)
                .send()
        });
        let made = made.await.and_then(|made| there(made.mac).map(secret));
        made.map_err(|kind| self.fault(kind))
    }
}
