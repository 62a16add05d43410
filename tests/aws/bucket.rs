//! `aws.s3.bucket`: many small calls, and names that are everybody's.

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use ninefold::kinds::{ErrorKind, Goal, Presence, Reading as _, Target as _};
use ninefold::model::{Changed, Json};
use serde_json::json;

use crate::emulator::{Account, Emulator, assert_covers, on};

const KIND: &str = "aws.s3.bucket";

fn client(account: &Account) -> aws_sdk_s3::Client {
    aws_sdk_s3::Client::new(&account.sdk)
}

fn spec(account: &Account) -> Json {
    let bucket = account.name("audit");
    json!({
        "bucket": bucket,
        "versioning": { "status": "Enabled" },
        "server_side_encryption": { "sse_algorithm": "AES256" },
        "public_access_block": {
            "block_public_acls": true, "ignore_public_acls": true,
            "block_public_policy": true, "restrict_public_buckets": true,
        },
        "ownership_controls": { "object_ownership": "BucketOwnerEnforced" },
        "policy": {
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
                "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
                "Condition": { "Bool": { "aws:SecureTransport": "false" } },
            }],
        },
        "lifecycle_rules": [
            { "id": "old", "status": "Enabled",
              "filter": { "prefix": "logs/", "tags": { "keep": "no" } },
              "transitions": [{ "storage_class": "STANDARD_IA", "days": 30 }],
              "expiration": { "days": 365 },
              "noncurrent_version_expiration": { "noncurrent_days": 30, "newer_noncurrent_versions": 3 } },
            { "id": "uploads", "status": "Enabled",
              "abort_incomplete_multipart_upload": { "days_after_initiation": 7 } },
        ],
        "cors_rules": [{
            "id": "pages", "allowed_methods": ["GET", "HEAD"], "allowed_origins": ["https://audityzer.com"],
            "allowed_headers": ["*"], "expose_headers": ["ETag"], "max_age_seconds": 600,
        }],
        "tags": { "team": "platform", "cost": "audit" },
    })
}

#[test]
fn its_life() {
    // moto answers GetBucketVersioning by an element of another name than S3's, which the SDK refuses.
    on(&[Emulator::Ministack], async |account, _| {
        let spec = spec(&account);
        let intent = account.intent(KIND, "platform/logs.audit[primary]");
        let id = account.create_once(&intent, &spec).await;
        account.settle(KIND, &id, Goal::Ready).await;
        assert_covers(&account.projected(KIND, &id).await, &spec);

        // Some settings change, others are withdrawn.
        let mut wanted = spec.clone();
        wanted["lifecycle_rules"] = json!([{
            "id": "old", "status": "Disabled", "filter": { "prefix": "logs/" },
            "expiration": { "date": "2030-01-01" },
        }]);
        wanted["tags"] = json!({ "team": "security" });
        wanted["public_access_block"]["block_public_policy"] = json!(false);
        for field in ["policy", "cors_rules", "versioning"] {
            wanted.as_object_mut().expect("a map").remove(field);
        }
        let fields = [
            ("lifecycle_rules", Changed::Set),
            ("tags", Changed::Set),
            ("public_access_block", Changed::Set),
            ("policy", Changed::Reset),
            ("cors_rules", Changed::Reset),
            ("versioning", Changed::Reset),
        ];
        account.update(&intent, &id, &fields, &wanted).await;
        let seen = account.projected(KIND, &id).await;
        assert_covers(&seen, &wanted);
        assert_eq!(seen.get("policy"), None);
        assert_eq!(seen.get("cors_rules"), None);
        assert_eq!(seen["versioning"]["status"], "Suspended");
        assert_eq!(seen["tags"], json!({ "team": "security" }));

        account.pass_on(&intent, &id, &spec).await;
        assert_eq!(account.projected(KIND, &id).await["tags"], json!({ "team": "security" }));
        account.delete(&intent, &id, &wanted).await;
    });
}

#[test]
fn what_somebody_else_changes_is_seen() {
    // moto's answer of GetBucketVersioning can't be read, as above.
    on(&[Emulator::Ministack], async |account, _| {
        let spec = spec(&account);
        let intent = account.intent(KIND, "platform/logs.audit");
        let id = account.target.create(&intent, &spec).await.expect("a bucket").id;
        let suspended = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
        let sdk = client(&account);
        let call = sdk.put_bucket_versioning().bucket(id.as_str()).versioning_configuration(suspended);
        call.send().await.expect("suspended");
        sdk.delete_bucket_policy().bucket(id.as_str()).send().await.expect("no policy");
        sdk.delete_public_access_block().bucket(id.as_str()).send().await.expect("no block");

        let seen = account.projected(KIND, &id).await;
        assert_eq!(seen["versioning"]["status"], "Suspended");
        assert_eq!(seen.get("policy"), None);
        assert_eq!(seen["public_access_block"]["block_public_acls"], false);
    });
}

#[test]
fn a_bucket_that_was_there_before_is_never_taken_over() {
    on(&[Emulator::Ministack, Emulator::Moto], async |account, _| {
        let spec = spec(&account);
        let name = spec["bucket"].as_str().expect("a name");
        let region = aws_sdk_s3::types::BucketLocationConstraint::from(crate::emulator::REGION);
        let configuration =
            aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint(region).build();
        let call = client(&account).create_bucket().bucket(name);
        call.create_bucket_configuration(configuration).send().await.expect("somebody's bucket");

        let intent = account.intent(KIND, "platform/logs.audit");
        let error = account.target.create(&intent, &spec).await.expect_err("the name is taken");
        assert_eq!(error.kind, ErrorKind::AlreadyExists);
        let found = account.target.find(&intent, &spec).await;
        assert!(matches!(found, Ok(Presence::TooEarly(_))), "{found:?}");
        let tags = client(&account).get_bucket_tagging().bucket(name).send().await;
        assert!(tags.is_err(), "it was tagged: {tags:?}");
    });
}

#[test]
fn what_is_in_it_is_deleted_only_when_that_is_asked_for() {
    on(&[Emulator::Ministack, Emulator::Moto], async |account, _| {
        let mut spec = spec(&account);
        // The emulators are called without TLS, which moto's reading of the policy forbids.
        spec.as_object_mut().expect("a map").remove("policy");
        let intent = account.intent(KIND, "platform/logs.audit");
        let id = account.target.create(&intent, &spec).await.expect("a bucket").id;
        let sdk = client(&account);
        for version in ["one", "two"] {
            let body = aws_sdk_s3::primitives::ByteStream::from_static(version.as_bytes());
            sdk.put_object().bucket(id.as_str()).key("a/b").body(body).send().await.expect("an object");
        }
        sdk.delete_object().bucket(id.as_str()).key("a/b").send().await.expect("a delete marker");

        let error = account.target.delete(&intent, &id, &spec).await.expect_err("it isn't empty");
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Invalid, "BucketNotEmpty"));
        assert!(error.message.contains("force_destroy"), "{error}");

        spec["force_destroy"] = json!(true);
        account.delete(&intent, &id, &spec).await;
    });
}

#[test]
fn logs_locks_and_replicas() {
    // Only ministack keeps all three as they were set.
    on(&[Emulator::Ministack], async |account, _| {
        let mut target = spec(&account);
        target["bucket"] = json!(account.name("copies"));
        let other = account.intent(KIND, "platform/logs.copies");
        account.target.create(&other, &target).await.expect("a second bucket");

        let mut spec = spec(&account);
        let copies = target["bucket"].as_str().expect("a name");
        spec["logging"] = json!({ "target_bucket": copies, "target_prefix": "access/" });
        spec["object_lock"] = json!({ "default_retention": { "mode": "GOVERNANCE", "days": 30 } });
        spec["replication"] = json!({
            "role": "arn:aws:iam::123456789012:role/replication",
            "rules": [{
                "id": "all", "status": "Enabled", "priority": 1,
                "destination": { "bucket": format!("arn:aws:s3:::{copies}"), "storage_class": "STANDARD_IA" },
                "delete_marker_replication": "Enabled",
            }],
        });
        let intent = account.intent(KIND, "platform/logs.audit");
        let id = account.target.create(&intent, &spec).await.expect("a bucket").id;
        assert_covers(&account.projected(KIND, &id).await, &spec);

        let mut wanted = spec.clone();
        wanted["object_lock"] = json!({});
        for field in ["logging", "replication"] {
            wanted.as_object_mut().expect("a map").remove(field);
        }
        let fields =
            [("object_lock", Changed::Set), ("logging", Changed::Reset), ("replication", Changed::Reset)];
        account.update(&intent, &id, &fields, &wanted).await;
        let seen = account.projected(KIND, &id).await;
        assert_eq!((seen.get("logging"), seen.get("replication")), (None, None));
        assert_eq!(seen["object_lock"], json!({}));
    });
}
