//! State in Azure Blob Storage, at Azurite.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ninefold::world::process;
use sha2::Sha256;

use crate::bench::{Bench, SANDBOX};
use crate::bucket::address_of;
use crate::http::{Request, parts};
use crate::others;
use crate::proxy::Proxy;

const ACCOUNT: &str = "ours";
const DATE: &str = "x-ms-date:Thu, 01 Jan 2026 00:00:00 GMT";
const VERSION: &str = "x-ms-version:2021-12-02";

fn server() -> String {
    address_of("NINEFOLD_TEST_AZURE")
}

fn key() -> String {
    process::variable("NINEFOLD_TEST_AZURE_KEY").expect("run it by `bash tests/run stores`")
}

/// The name of a new container.
/// <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>
fn container() -> String {
    let name = others::name("states");
    // Everything between the method and the first of Azure's own headers is absent.
    let absent = "\n".repeat(11);
    let resource = format!("/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container");
    let signed = format!("PUT\n{absent}{DATE}\n{VERSION}\n{resource}");
    let key = BASE64.decode(key()).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
    mac.update(signed.as_bytes());
    let signature = BASE64.encode(mac.finalize().into_bytes());
    let headers = [
        format!("host: {}", server()),
        DATE.to_owned(),
        VERSION.to_owned(),
        format!("authorization: SharedKey {ACCOUNT}:{signature}"),
        "content-length: 0".to_owned(),
    ];
    let path = format!("/{ACCOUNT}/{name}?restype=container");
    let request = Request { method: "PUT".into(), path, headers: headers.into(), body: Vec::new() };
    let (status, said) = parts(&request.send(&server()));
    assert_eq!(status, 201, "{said}");
    name
}

fn bench(container: &str, address: &str) -> Bench {
    let mut bench = Bench::new();
    let endpoint = format!("http://{address}/{ACCOUNT}");
    let url = format!("az://{container}/ninefold/states?account={ACCOUNT}&endpoint={endpoint}");
    bench.write(SANDBOX, &format!("{}\nstate: \"{url}\"\n", bench.read(SANDBOX)));
    bench.set(&[("AZURE_STORAGE_ACCOUNT_KEY", &key())]);
    bench
}

#[test]
fn a_life_in_azure_blob_storage() {
    others::lives(&bench(&container(), &server()));
}

#[test]
fn one_of_two_wins_in_azure_blob_storage() {
    let proxy = Proxy::new(&server(), []);
    others::races(&bench(&container(), &proxy.address), &proxy);
    let puts =
        proxy.passed().into_iter().map(|(request, _)| request).filter(|request| request.method == "PUT");
    let mut puts = puts.filter(|request| request.path.contains("/log/"));
    assert!(puts.all(|request| request.header("if-none-match") == Some("*")));
}

#[test]
fn what_people_read() {
    let failed = bench("states-of-nobody", &server()).exits(1, &["state", "list"]).err;
    assert!(failed.contains("there is no container `states-of-nobody`. Make the container"), "{failed}");
    let mut bench = bench(&container(), &server());
    bench.set(&[("AZURE_STORAGE_ACCOUNT_KEY", "bm90IHRoZSBrZXk=")]);
    let failed = bench.exits(1, &["state", "list"]).text();
    assert!(failed.contains("Azure Blob Storage"), "{failed}");
    assert!(!failed.contains("bm90IHRoZSBrZXk=") && !failed.contains("string to sign"), "{failed}");
}
