//! State under a key of AWS KMS, at emulators: it opens with that key alone, and nothing of the data
//! keys or of what they seal lies anywhere.

use std::collections::BTreeSet;
use std::net::TcpListener;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ninefold::state::FingerprintKey;
use serde_json::{Value, json};

use crate::bench::{Bench, NETWORK, SANDBOX};
use crate::bucket::{BOTH, Bucket, Emulator, REGION, SECRET, with_credentials};
use crate::http::{Request, parts};
use crate::proxy::{Fault, Proxy};

const LOG: &str = ".ninefold/state/sandbox/log";

/// What an emulator's KMS answers.
fn ask(emulator: Emulator, operation: &str, question: &Value) -> Value {
    let (address, body) = (emulator.address(), question.to_string());
    let headers = [
        format!("host: {address}"),
        format!(
            "authorization: AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/kms/aws4_request, \
             SignedHeaders=host, Signature=0"
        ),
        format!("x-amz-target: TrentService.{operation}"),
        "content-type: application/x-amz-json-1.1".to_owned(),
        format!("content-length: {}", body.len()),
    ];
    let request =
        Request { method: "POST".into(), path: "/".into(), headers: headers.into(), body: body.into_bytes() };
    let (status, body) = parts(&request.send(&address));
    assert_eq!(status, 200, "{operation}: {body}");
    serde_json::from_str(&body).unwrap_or(Value::Null)
}

/// The ARN of a new key.
fn key(emulator: Emulator, properties: &Value) -> String {
    let made = ask(emulator, "CreateKey", properties);
    made["KeyMetadata"]["Arn"].as_str().expect("an ARN").to_owned()
}

fn symmetric(emulator: Emulator) -> String {
    key(emulator, &json!({}))
}

/// A new alias of a key.
fn alias(emulator: Emulator, arn: &str) -> String {
    let name = format!("alias/state-{}", arn.rsplit('/').next().expect("an id"));
    ask(emulator, "CreateAlias", &json!({ "AliasName": name, "TargetKeyId": arn }));
    name
}

/// A workspace whose KMS is asked at an address.
fn bench(address: &str) -> Bench {
    let mut bench = with_credentials(Bench::new());
    bench.set(&[
        ("AWS_ENDPOINT_URL_KMS", &format!("http://{address}")),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    bench
}

fn encrypted(bench: &Bench, lines: &str) {
    let text = bench.read(SANDBOX);
    let without = text.split("encryption:").next().expect("a beginning").trim_end();
    bench.write(SANDBOX, &format!("{without}\n{lines}\n"));
}

fn by(key_id: &str) -> String {
    format!("encryption: {{ kms: {{ key_id: \"{key_id}\", region: {REGION} }} }}")
}

/// Every file below the workspace's own folder of state, with its name.
fn files(bench: &Bench) -> Vec<(String, String)> {
    let mut folders = vec![bench.path(".ninefold")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).into_owned();
                found.push((path.display().to_string(), text));
            }
        }
    }
    found.sort();
    found
}

fn change(bench: &Bench, to: &str) -> String {
    let before = bench.read(SANDBOX);
    let owner = before.lines().find(|line| line.trim_start().starts_with("owner:")).expect("a setting");
    bench.write(SANDBOX, &before.replace(owner, &format!("    owner: {to}@example.com")));
    bench.ok(&["apply", "--yes"]).text()
}

/// The data keys that KMS has given out in the clear.
fn plaintexts(proxy: &Proxy) -> BTreeSet<String> {
    let answers = proxy.passed().into_iter().map(|(_, answer)| parts(&answer).1);
    let answers = answers.filter_map(|body| serde_json::from_str::<Value>(&body).ok());
    answers.filter_map(|answer| answer["Plaintext"].as_str().map(str::to_owned)).collect()
}

fn calls(proxy: &Proxy, operation: &str) -> Vec<Value> {
    let target = format!("TrentService.{operation}");
    let of_it = proxy.passed().into_iter().map(|(request, _)| request);
    of_it
        .filter(|request| request.header("x-amz-target") == Some(&target))
        .map(|request| serde_json::from_slice(&request.body).expect("JSON"))
        .collect()
}

#[test]
fn a_life_under_a_key_of_kms() {
    for emulator in BOTH {
        println!("{emulator:?}");
        let (arn, proxy) = (symmetric(emulator), Proxy::new(&emulator.address(), []));
        let bench = bench(&proxy.address);
        encrypted(&bench, &by(&alias(emulator, &arn)));
        let mut said = bench.ok(&["apply", "--yes"]).text();
        // One call for all that a process writes, however many objects that are.
        let made = calls(&proxy, "GenerateDataKey");
        assert_eq!(made.len(), 1, "{made:?}");
        assert_eq!(made[0]["EncryptionContext"], json!({ "ninefold:environment": "sandbox" }));
        assert!(std::fs::read_dir(bench.path(LOG)).expect("a log").count() > 1);
        assert!(calls(&proxy, "Decrypt").is_empty(), "it knows what it has made itself");
        said += &change(&bench, "kim");
        said += &change(&bench, "lee");
        bench.is_settled();
        said += &bench.ok(&["verify"]).text();
        // And one for all that one process has written, however many others read of it.
        let before = calls(&proxy, "Decrypt").len();
        let history = bench.ok(&["state", "history"]).text();
        assert_eq!(history.matches("apply --yes").count(), 3, "{history}");
        let keys: BTreeSet<String> = calls(&proxy, "Decrypt")[before..]
            .iter()
            .map(|call| call["CiphertextBlob"].to_string())
            .collect();
        assert_eq!((keys.len(), calls(&proxy, "Decrypt").len() - before), (3, 3));
        said += &history;
        said += &bench.ok(&["state", "lock"]).text();
        said += &bench.ok(&["destroy", "--yes"]).text();
        assert_eq!(bench.objects(), 0);
        // Neither the keys nor what they seal lie anywhere, whatever they are written as.
        let plaintexts = plaintexts(&proxy);
        assert!(plaintexts.len() >= 4, "{}", plaintexts.len());
        let mut sealed = 0;
        for (name, text) in files(&bench).into_iter().chain([("what was printed".to_owned(), said)]) {
            for plaintext in &plaintexts {
                let bytes = BASE64.decode(plaintext).expect("base64");
                assert!(!text.contains(plaintext.as_str()), "{name}");
                assert!(!text.contains(&hex::encode(&bytes)) && !text.contains(SECRET), "{name}");
            }
            if ["/log/", "/snapshot/", "/evidence/"].iter().any(|folder| name.contains(folder)) {
                sealed += 1;
                assert!(
                    text.starts_with("{\"format_version\":1000,\"environment\":\"sandbox\","),
                    "{name}: {text}"
                );
                assert!(text.contains(&format!("\"wrapped_by\":\"kms\",\"id\":\"{arn}\"")), "{name}: {text}");
                assert!(!text.contains("aws.ec2") && !text.contains("example.com"), "{name}: {text}");
            }
        }
        assert!(sealed > 3);
    }
}

#[test]
fn a_bucket_and_a_key() {
    for emulator in BOTH {
        let bucket = Bucket::new(emulator);
        let mut bench = bucket.bench(&bucket.address);
        bench.set(&[("AWS_ENDPOINT_URL_KMS", &format!("http://{}", emulator.address()))]);
        encrypted(&bench, &by(&symmetric(emulator)));
        bench.ok(&["apply", "--yes"]);
        bench.is_settled();
        assert!(bucket.log().values().all(|object| object["key"]["wrapped_by"] == "kms"));
    }
}

#[test]
fn keys_follow_each_other() {
    for emulator in BOTH {
        let (first, second) = (symmetric(emulator), symmetric(emulator));
        let bench = bench(&emulator.address());
        bench.write("passphrase", "correct horse\n");
        encrypted(&bench, "encryption: { passphrase: { from: file, name: passphrase } }");
        bench.ok(&["apply", "--yes"]);
        let former = |first: &str, rest: &str| {
            format!("encryption:\n  kms: {{ key_id: \"{first}\" }}\n  before: [{rest}]")
        };
        let passphrase = "{ from: file, name: passphrase }";
        // From a passphrase to a key of KMS, from that to another one, and back.
        for lines in [
            former(&first, passphrase),
            former(&second, &format!("{{ kms: {{ key_id: \"{first}\" }} }}, {passphrase}")),
            format!(
                "encryption:\n  passphrase: {passphrase}\n  before: [{{ kms: {{ key_id: \"{second}\" }} }}]"
            ),
        ] {
            encrypted(&bench, &lines);
            bench.is_settled();
            let rotated = bench.ok(&["state", "rotate-key"]);
            assert!(rotated.err.contains("is sealed with the key"), "{}", rotated.err);
            // Everything that goes on needs only the new one.
            encrypted(&bench, lines.split("  before").next().expect("a beginning"));
            bench.is_settled();
            bench.ok(&["verify"]);
        }
        let history = bench.exits(1, &["state", "history"]);
        assert!(history.err.contains("none of the environment's keys is that one"), "{}", history.err);
        encrypted(
            &bench,
            &format!(
                "encryption:\n  passphrase: {passphrase}\n  before: [{{ kms: {{ key_id: \"{first}\" }} }}, \
                 {{ kms: {{ key_id: \"{second}\" }} }}]"
            ),
        );
        assert_eq!(bench.ok(&["state", "history"]).out.matches("rotate-key").count(), 3);
    }
}

#[test]
fn another_key_opens_nothing() {
    for emulator in BOTH {
        let (right, wrong) = (symmetric(emulator), symmetric(emulator));
        let bench = bench(&emulator.address());
        encrypted(&bench, &by(&right));
        bench.ok(&["apply", "--yes"]);
        let refused = |key_id: &str, expected: &[&str]| {
            encrypted(&bench, &by(key_id));
            let failed = bench.exits(1, &["plan"]);
            let text = failed.err.split_whitespace().collect::<Vec<_>>().join(" ");
            for expected in expected {
                assert!(text.contains(expected), "{expected}: {text}");
            }
            assert!(text.contains("sandbox/") && !text.contains("torn"), "{text}");
        };
        let other =
            ["none of the environment's keys is that one", &*format!("with the key {right}"), "as `kms`"];
        refused(&wrong, &other);
        // An alias has to be asked for: moto refuses as if there were no right to, AWS says which it is.
        let moved = alias(emulator, &wrong);
        match emulator {
            Emulator::Ministack => refused(&moved, &other),
            Emulator::Moto => refused(&moved, &["doesn't let us use", "kms:Decrypt", &moved]),
        }
        // ministack unwraps even by an alias that it doesn't have.
        encrypted(&bench, &by("alias/of-nothing"));
        let nothing = bench.exits(1, &["state", "rotate-key"]).err;
        assert!(nothing.contains("there is no KMS key `alias/of-nothing`"), "{nothing}");
        assert!(nothing.contains("Put right `key_id`"), "{nothing}");
        encrypted(&bench, "");
        let none = bench.exits(1, &["plan"]).err;
        assert!(none.contains("the environment names no key") && none.contains("as `kms`"), "{none}");
        encrypted(&bench, &by(&right));
        bench.is_settled();
    }
}

#[test]
fn what_was_sealed_for_one_environment_opens_in_no_other() {
    for emulator in BOTH {
        let bench = bench(&emulator.address());
        encrypted(&bench, &by(&symmetric(emulator)));
        bench.ok(&["apply", "--yes"]);
        bench.write(
            "stacks/environments/other.yaml",
            &bench.read(SANDBOX).replace("environment: sandbox", "environment: other"),
        );
        for entry in std::fs::read_dir(bench.path(LOG)).expect("a log") {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("a text");
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let moved = text.replacen("\"environment\":\"sandbox\"", "\"environment\":\"other\"", 1);
            bench.write(&format!(".ninefold/state/other/log/{name}"), &moved);
        }
        let failed = bench.exits(1, &["state", "list", "-e", "other"]).err;
        assert!(failed.contains("of another environment"), "{failed}");
        bench.is_settled();
    }
}

#[test]
fn a_key_that_cant_be_used_says_why() {
    // moto unwraps with a key that is disabled.
    let emulator = Emulator::Ministack;
    let arn = symmetric(emulator);
    let bench = bench(&emulator.address());
    encrypted(&bench, &by(&arn));
    bench.ok(&["apply", "--yes"]);
    let id = json!({ "KeyId": arn });
    ask(emulator, "DisableKey", &id);
    let disabled = bench.exits(1, &["plan"]).err;
    assert!(disabled.contains("is disabled. Enable it") && disabled.contains(&arn), "{disabled}");
    ask(emulator, "ScheduleKeyDeletion", &id);
    let deleted = bench.exits(1, &["apply", "--yes"]).err;
    assert!(deleted.contains("cancel-key-deletion"), "{deleted}");
    ask(emulator, "CancelKeyDeletion", &id);
    ask(emulator, "EnableKey", &id);
    bench.is_settled();
    // A key for something else can't be sealed with.
    let hmac = key(emulator, &json!({ "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC" }));
    encrypted(
        &bench,
        &format!(
            "encryption:\n  kms: {{ key_id: \"{hmac}\" }}\n  before: [{{ kms: {{ key_id: \"{arn}\" }} }}]"
        ),
    );
    let other = bench.exits(1, &["state", "rotate-key"]).err;
    assert!(other.contains("is for something else") && other.contains("ENCRYPT_DECRYPT"), "{other}");
    // Of several keys one that fails keeps no other from opening what it has sealed.
    ask(emulator, "DisableKey", &json!({ "KeyId": hmac }));
    bench.ok(&["state", "list"]);
}

#[test]
fn kms_refuses_or_is_out_of_reach() {
    let said = |bench: &Bench| {
        let failed = bench.exits(1, &["apply", "--yes"]).text();
        for never in [SECRET, "Signature=", "not for people"] {
            assert!(!failed.contains(never), "{failed}");
        }
        assert_eq!(bench.objects(), 0, "nothing is made that can't be recorded");
        failed.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for (code, expected) in [
        ("AccessDeniedException", "kms:GenerateDataKey and kms:Decrypt"),
        ("ExpiredTokenException", "(ExpiredTokenException). Renew them"),
        ("KMSInternalException", "Run the command again in a while"),
    ] {
        let bench = bench(&Proxy::always(Fault::Refuses(code)).address);
        encrypted(&bench, &by("alias/state"));
        let text = said(&bench);
        assert!(text.contains(expected) && text.contains("`alias/state` in eu-north-1"), "{code}: {text}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let mut bench = bench(&address);
    encrypted(&bench, &by("alias/state"));
    let text = said(&bench);
    assert!(text.contains("KMS doesn't answer about") && text.contains("(no connection)"), "{text}");
    // An empty variable is as good as none.
    bench.set(&[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")]);
    let text = said(&bench);
    assert!(
        text.contains("there are no credentials for the KMS key") && text.contains("AWS_PROFILE"),
        "{text}"
    );
}

#[test]
fn fingerprints_are_keyed_by_a_key_for_hmacs() {
    for emulator in BOTH {
        let hmac = || key(emulator, &json!({ "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC" }));
        let (first, second) = (hmac(), hmac());
        let proxy = Proxy::new(&emulator.address(), []);
        let bench = bench(&proxy.address);
        bench.replace(
            NETWORK,
            "\nresources:\n",
            "\nresources:\n  token:\n    kind: aws.secretsmanager.secret\n    region: eu-west-1\n    spec: { name: token, \
             value: hunter2hunter2 }\n",
        );
        let plain = bench.read(SANDBOX);
        let keyed = |arn: &str| {
            bench.write(SANDBOX, &format!("{plain}\nfingerprints: {{ kms: {{ key_id: \"{arn}\" }} }}\n"));
        };
        keyed(&first);
        bench.ok(&["apply", "--yes"]);
        bench.is_settled();
        // What it is made of is what KMS makes of a fixed text, and nothing is kept of it.
        let text = BASE64.encode("ninefold fingerprint key\nsandbox");
        let question = json!({ "KeyId": first, "Message": text, "MacAlgorithm": "HMAC_SHA_256" });
        let mac = ask(emulator, "GenerateMac", &question)["Mac"].as_str().expect("a MAC").to_owned();
        let bytes = BASE64.decode(&mac).expect("base64");
        assert_eq!(bytes.len(), 32);
        let expected = FingerprintKey::from_bytes(&bytes).fingerprint(b"hunter2hunter2");
        let all = files(&bench);
        assert!(all.iter().any(|(name, text)| name.contains("/log/") && text.contains(expected.as_str())));
        for (name, text) in &all {
            assert!(!text.contains(&mac) && !text.contains(&hex::encode(&bytes)), "{name}");
            assert!(!text.contains("hunter2"), "{name}");
        }
        let asked = calls(&proxy, "GenerateMac").len();
        bench.is_settled();
        assert_eq!(calls(&proxy, "GenerateMac").len(), asked + 1, "once for each process");
        // Under another key a secret of the configuration seems to be another one.
        keyed(&second);
        bench.exits(2, &["plan", "--detailed-exitcode"]);
        keyed(&symmetric(emulator));
        let refused = bench.exits(1, &["plan"]).err;
        assert!(refused.contains("fingerprints can't be had") && refused.contains("HMAC_256"), "{refused}");
    }
}
