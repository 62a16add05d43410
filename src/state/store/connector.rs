//! How the object stores' library reaches the network: through the world, and with faults told apart.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
    ReqwestConnector,
};

use super::fault::{Answer, FaultKind, StoreFault};
use super::remote::RemoteLocation;
use crate::world::Outside;

/// How often something is asked for that changes nothing. Everything else is tried once: a second
/// put would be refused because of the first, and only who put it knows that.
const READS_AT_MOST: u32 = 4;
const FIRST_PAUSE_MS: u64 = 200;

/// Makes clients of one store.
#[derive(Debug, Clone)]
pub(super) struct Connector(pub Arc<Store>);

#[derive(Debug)]
pub(super) struct Store {
    pub location: RemoteLocation,
    /// Where the store answers; whoever else is asked hands out credentials.
    pub host: String,
    pub region: Option<String>,
    pub outside: Outside,
}

impl Store {
    pub(super) fn fault(&self, kind: FaultKind) -> StoreFault {
        StoreFault { service: self.location.service, bucket: self.location.bucket.clone(), kind }
    }

    /// What it means that a host gave no answer.
    fn no_answer(&self, host: &str, reason: &str) -> StoreFault {
        self.fault(if host == self.host {
            FaultKind::NoAnswer { host: host.to_owned(), reason: reason.to_owned() }
        } else {
            FaultKind::NoCredentials { reason: format!("{host}: {reason}") }
        })
    }
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Client { client, store: self.0.clone() }))
    }
}

#[derive(Debug)]
struct Client {
    client: HttpClient,
    store: Arc<Store>,
}

#[async_trait]
impl HttpService for Client {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let (client, outside) = (self.client.clone(), self.store.outside.clone());
        let answered = {
            // Whoever hands out credentials is there or isn't.
            let tries = if host == self.store.host && is_read(&request) { READS_AT_MOST } else { 1 };
            self.store.outside.call(async move { ask(&client, request, tries, &outside).await }).await
        };
        let answered = answered.map_err(|error| {
            HttpError::new(HttpErrorKind::Unknown, self.store.no_answer(&host, &error.to_string()))
        })?;
        let (response, text) = answered.map_err(|error| {
            HttpError::new(error.kind(), self.store.no_answer(&host, reason(error.kind())))
        })?;
        match self.fault(&host, &response, &text) {
            None => Ok(response),
            Some(fault) => Err(HttpError::new(HttpErrorKind::Unknown, fault)),
        }
    }
}

impl Client {
    fn fault(&self, host: &str, response: &HttpResponse, text: &Bytes) -> Option<StoreFault> {
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let text = String::from_utf8_lossy(text);
        let status = response.status().as_u16();
        if host != self.store.host {
            let refused =
                || self.store.fault(FaultKind::NoCredentials { reason: format!("{host} answers {status}") });
            return (!response.status().is_success()).then(refused);
        }
        if response.status().is_success() {
            return None;
        }
        let answer = Answer {
            status,
            region: header("x-amz-bucket-region"),
            code: header("x-ms-error-code"),
            text: &text,
        };
        StoreFault::of_answer(&answer, self.store.region.as_deref()).map(|kind| self.store.fault(kind))
    }
}

/// Asks until there is an answer or no point in asking again, and reads the answer to its end.
async fn ask(
    client: &HttpClient,
    request: HttpRequest,
    tries_at_most: u32,
    outside: &Outside,
) -> Result<(HttpResponse, Bytes), HttpError> {
    let mut tries = 1;
    loop {
        let answered = whole(client, request.clone()).await;
        let may_pass = match &answered {
            Ok((response, _)) => matches!(response.status().as_u16(), 408 | 429 | 500..=599),
            Err(_) => true,
        };
        if !may_pass || tries == tries_at_most {
            return answered;
        }
        outside.pause(Duration::from_millis(FIRST_PAUSE_MS << tries)).await;
        tries += 1;
    }
}

fn is_read(request: &HttpRequest) -> bool {
    matches!(request.method().as_str(), "GET" | "HEAD")
}

async fn whole(client: &HttpClient, request: HttpRequest) -> Result<(HttpResponse, Bytes), HttpError> {
    let (parts, body) = client.execute(request).await?.into_parts();
    let text = body.bytes().await?;
    Ok((HttpResponse::from_parts(parts, text.clone().into()), text))
}

fn reason(kind: HttpErrorKind) -> &'static str {
    match kind {
        HttpErrorKind::Connect => "no connection",
        HttpErrorKind::Timeout => "it took too long",
        HttpErrorKind::Request | HttpErrorKind::Interrupted => "the connection broke off",
        HttpErrorKind::Decode => "the answer broke off",
        _ => "the answer makes no sense",
    }
}
