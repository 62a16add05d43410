//! State in Google Cloud Storage, at a server that stands for it.
//!
//! Of the two interfaces that the service has, fake-gcs-server knows conditions in the one that our
//! client doesn't put by. So a put is handed over to the other: which of two wins, the server decides.

use serde_json::json;

use crate::bench::{Bench, SANDBOX};
use crate::bucket::address_of;
use crate::http::{Request, parts};
use crate::others;
use crate::proxy::Proxy;

const CONDITION: &str = "x-goog-if-generation-match";
/// An account that needs no token.
const ACCOUNT: &str =
    r#"{"private_key": "none", "private_key_id": "none", "client_email": "none", "disable_oauth": true}"#;

fn server() -> String {
    address_of("NINEFOLD_TEST_GOOGLE")
}

/// The name of a new bucket.
fn bucket() -> String {
    let name = others::name("states");
    let body = json!({ "name": name }).to_string().into_bytes();
    let headers = [
        format!("host: {}", server()),
        "content-type: application/json".to_owned(),
        format!("content-length: {}", body.len()),
    ];
    let path = "/storage/v1/b?project=ours".to_owned();
    let (status, said) =
        parts(&Request { method: "POST".into(), path, headers: headers.into(), body }.send(&server()));
    assert_eq!(status, 200, "{said}");
    name
}

fn bench(bucket: &str, address: &str) -> Bench {
    let mut bench = Bench::new();
    let url = format!("gs://{bucket}/ninefold/states?endpoint=http://{address}");
    bench.write(SANDBOX, &format!("{}\nstate: \"{url}\"\n", bench.read(SANDBOX)));
    bench.set(&[("GOOGLE_SERVICE_ACCOUNT_KEY", ACCOUNT)]);
    bench
}

/// What stands for the service, with its condition.
fn passing_on() -> Proxy {
    Proxy::translating(&server(), translated)
}

/// Passes a request on as the server understands it.
fn translated(request: &Request, address: &str) -> Vec<u8> {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut of_server = request.without(&["host"]);
    of_server.headers.push(format!("host: {address}"));
    if request.method == "PUT" {
        let (bucket, key) = path.trim_start_matches('/').split_once('/').expect("a key");
        let condition =
            request.header(CONDITION).map_or_else(String::new, |one| format!("&ifGenerationMatch={one}"));
        let name = key.replace('/', "%2F");
        of_server.method = "POST".into();
        of_server.path = format!("/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}{condition}");
        return with_version(&of_server.send(address));
    }
    let answer = of_server.send(address);
    match query.split('&').find_map(|option| option.strip_prefix("start-after=")) {
        // It lists everything again and again.
        Some(after) => only_after(&answer, &after.replace("%2F", "/")),
        None => answer,
    }
}

/// The interface that is asked answers a put with its version in the head, and the other in the body.
fn with_version(answer: &[u8]) -> Vec<u8> {
    let (status, body) = parts(answer);
    let said: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
    let (Some(generation), 200) = (said["generation"].as_str(), status) else { return answer.to_vec() };
    format!(
        "HTTP/1.1 200 OK\r\netag: \"{generation}\"\r\nx-goog-generation: {generation}\r\ncontent-length: 0\r\n\
         connection: close\r\n\r\n"
    )
    .into_bytes()
}

fn only_after(answer: &[u8], after: &str) -> Vec<u8> {
    let (status, body) = parts(answer);
    let mut pieces = body.split("<Contents>");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    let mut end = "</ListBucketResult>";
    for piece in pieces {
        let key = piece.split("<Key>").nth(1).and_then(|rest| rest.split("</Key>").next()).expect("a key");
        let (entry, rest) = piece.split_once("</Contents>").expect("an end");
        if key > after {
            text += &format!("<Contents>{entry}</Contents>");
        }
        if !rest.is_empty() {
            end = rest;
        }
    }
    if !text.ends_with("</ListBucketResult>") {
        text += end;
    }
    let length = text.len();
    format!(
        "HTTP/1.1 {status} Answer\r\ncontent-type: application/xml\r\ncontent-length: {length}\r\nconnection: \
         close\r\n\r\n{text}"
    )
    .into_bytes()
}

#[test]
fn a_life_in_google_cloud_storage() {
    others::lives(&bench(&bucket(), &passing_on().address));
}

#[test]
fn one_of_two_wins_in_google_cloud_storage() {
    let proxy = passing_on();
    others::races(&bench(&bucket(), &proxy.address), &proxy);
    // The condition is what each put of the log came with.
    let puts =
        proxy.passed().into_iter().map(|(request, _)| request).filter(|request| request.method == "PUT");
    let mut puts = puts.filter(|request| request.path.contains("/log/"));
    assert!(puts.all(|request| request.header(CONDITION) == Some("0")));
}

#[test]
fn a_bucket_that_isnt_there() {
    let failed = bench("states-of-nobody", &passing_on().address).exits(1, &["apply", "--yes"]).err;
    assert!(failed.contains("sandbox/lease"), "{failed}");
}
