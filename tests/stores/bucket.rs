//! A bucket of its own at an emulator, and what is in it.

use std::collections::BTreeMap;

use ninefold::world::{World, process};
use serde_json::Value;

use crate::bench::{Bench, SANDBOX};
use crate::http::{Request, parts};

/// The emulators that a test can run against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emulator {
    Ministack,
    Moto,
}

pub const BOTH: [Emulator; 2] = [Emulator::Ministack, Emulator::Moto];

pub struct Bucket {
    /// Where the emulator answers: host and port.
    pub address: String,
    pub name: String,
}

impl Emulator {
    /// Where it answers: host and port.
    pub fn address(self) -> String {
        address_of(match self {
            Emulator::Ministack => "NINEFOLD_TEST_MINISTACK",
            Emulator::Moto => "NINEFOLD_TEST_MOTO",
        })
    }
}

/// The host and port of the endpoint in a variable.
pub fn address_of(variable: &str) -> String {
    let endpoint = process::variable(variable)
        .unwrap_or_else(|| panic!("{variable} is not set: run it by `bash tests/run stores`"));
    endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned()
}

impl Bucket {
    pub fn new(emulator: Emulator) -> Self {
        let address = emulator.address();
        let name = format!("states-{:x}", World::virtual_from_now().random());
        let bucket = Self { address, name };
        let region = format!(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{REGION}\
             </LocationConstraint></CreateBucketConfiguration>"
        );
        let (status, body) = bucket.ask("PUT", "", region.as_bytes());
        assert_eq!(status, 200, "{body}");
        bucket
    }

    fn ask(&self, method: &str, rest: &str, body: &[u8]) -> (u16, String) {
        // Neither emulator looks at signatures.
        let headers = [
            format!("host: {}", self.address),
            format!(
                "authorization: AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/s3/aws4_request, \
                 SignedHeaders=host, Signature=0"
            ),
            "x-amz-content-sha256: UNSIGNED-PAYLOAD".to_owned(),
            format!("content-length: {}", body.len()),
        ];
        let path = format!("/{}{rest}", self.name);
        let request =
            Request { method: method.to_owned(), path, headers: headers.into(), body: body.to_vec() };
        parts(&request.send(&self.address))
    }

    pub fn get(&self, key: &str) -> String {
        let (status, body) = self.ask("GET", &format!("/{key}"), b"");
        assert_eq!(status, 200, "{key}: {body}");
        body
    }

    /// Every key, in order.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        loop {
            let after = keys.last().map_or_else(String::new, |last| format!("&start-after={last}"));
            let (status, body) = self.ask("GET", &format!("?list-type=2&prefix={prefix}{after}"), b"");
            assert_eq!(status, 200, "{body}");
            let found = body.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
            let before = keys.len();
            keys.extend(found.map(str::to_owned));
            if !body.contains("<IsTruncated>true</IsTruncated>") || keys.len() == before {
                return keys;
            }
        }
    }

    /// The log of the environment `sandbox`, by serial: it has no gap, and each object says what its
    /// key says.
    pub fn log(&self) -> BTreeMap<u64, Value> {
        let folder = format!("{PREFIX}/sandbox/log/");
        let mut log = BTreeMap::new();
        for key in self.keys(&folder) {
            let serial: u64 = key[folder.len()..].trim_end_matches(".json").parse().expect("a serial");
            let object: Value = serde_json::from_str(&self.get(&key)).expect("JSON");
            assert_eq!((&object["serial"], &object["environment"]), (&serial.into(), &"sandbox".into()));
            log.insert(serial, object);
        }
        assert!(log.keys().copied().eq(1..=log.len() as u64), "a gap: {:?}", log.keys());
        log
    }

    /// The URL of the state in it, asked for at an address.
    pub fn url(&self, address: &str) -> String {
        format!("s3://{}/{PREFIX}?region={REGION}&endpoint=http://{address}", self.name)
    }

    /// A workspace whose state is in it.
    pub fn bench(&self, address: &str) -> Bench {
        let bench = Bench::new();
        bench.write(SANDBOX, &format!("{}\nstate: \"{}\"\n", bench.read(SANDBOX), self.url(address)));
        with_credentials(bench)
    }
}

pub const REGION: &str = "eu-north-1";
const PREFIX: &str = "ninefold/states";

pub fn with_credentials(mut bench: Bench) -> Bench {
    bench.set(&[("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", SECRET)]);
    bench
}

/// What no message may show.
pub const SECRET: &str = "planted-secret-access-key";
