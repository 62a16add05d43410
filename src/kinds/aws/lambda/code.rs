//! Where a function's code comes from.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html>

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn::{Arn, findings as arn_findings};
use crate::kinds::Finding;
use crate::model::FieldPath;

/// Where a function's code comes from: files, an archive in a bucket, or an image. Reading a function
/// tells only the digest of its code, so what stands here is compared with what was set last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Code {
    /// The files themselves, text by path, such as `index.py`. Ours: they are sent as an archive whose
    /// times and order are fixed, so that the same files always have the same digest.
    #[schemars(extend("x-write-only" = true))]
    pub files: Option<BTreeMap<String, String>>,
    /// The bucket of an archive, in the function's region.
    #[schemars(regex(pattern = r"^[0-9A-Za-z.\-_]{3,63}$"), extend("x-write-only" = true, "x-refers" = "aws.s3.bucket"))]
    pub s3_bucket: Option<String>,
    /// The key of an archive.
    #[schemars(length(min = 1, max = 1024), extend("x-write-only" = true))]
    pub s3_key: Option<String>,
    /// The version of the object.
    #[schemars(length(min = 1, max = 1024), extend("x-write-only" = true))]
    pub s3_object_version: Option<String>,
    /// Whether Lambda keeps a copy of the archive or reads it where it lies.
    #[schemars(extend("default" = "COPY", "x-write-only" = true))]
    pub s3_object_storage_mode: Option<StorageMode>,
    /// An image in a repository of the function's region, by its digest best.
    #[schemars(length(min = 1, max = 512))]
    pub image_uri: Option<String>,
    /// The key that encrypts the archive.
    #[schemars(extend("x-refers" = "aws.kms.key|aws.kms.replica_key"))]
    pub source_kms_key_arn: Option<String>,
}

/// Whether Lambda keeps a copy of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StorageMode {
    Copy,
    Reference,
}

/// An archive that is sent with the call may have 50 MiB; files in a configuration stay far below.
const MOST_BYTES: usize = 4 << 20;

impl Code {
    /// What is wrong with it.
    pub(super) fn findings(&self, is_image: bool) -> Vec<Finding> {
        let root = FieldPath::root().key("code");
        let mut findings = Vec::new();
        let sources = [
            ("files", self.files.is_some()),
            ("s3_bucket", self.s3_bucket.is_some()),
            ("image_uri", self.image_uri.is_some()),
        ];
        let given: Vec<&str> = sources.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
        match given[..] {
            [] => findings.push(
                Finding::at(root.clone(), "`code` says nowhere to take the code from")
                    .help("set `files`, `s3_bucket` with `s3_key`, or `image_uri`"),
            ),
            [_] => {}
            [first, second, ..] => findings.push(
                Finding::at(root.key(second), format!("the code is taken from `{first}` or from `{second}`"))
                    .and_at(root.key(first)),
            ),
        }
        if is_image != self.image_uri.is_some() && !given.is_empty() {
            findings.push(
                Finding::on("package_type", "an image and `package_type: Image` go only together")
                    .and("code.image_uri"),
            );
        }
        if self.s3_bucket.is_some() != self.s3_key.is_some() {
            findings.push(
                Finding::at(root.key("s3_key"), "`s3_bucket` and `s3_key` go only together")
                    .and_at(root.key("s3_bucket")),
            );
        }
        for (field, set) in [
            ("s3_object_version", self.s3_object_version.is_some()),
            ("s3_object_storage_mode", self.s3_object_storage_mode.is_some()),
        ] {
            if set && self.s3_bucket.is_none() {
                findings.push(
                    Finding::at(root.key(field), format!("`{field}` is for an archive in a bucket"))
                        .and_at(root.key("s3_bucket")),
                );
            }
        }
        if let Some(key) = &self.source_kms_key_arn
            && Arn::of_service(key, "kms").is_none()
        {
            findings.extend(arn_findings("code.source_kms_key_arn", key, "kms", &["key"]));
        }
        findings.extend(self.file_findings(&root.key("files")));
        findings
    }

    fn file_findings(&self, path: &FieldPath) -> Vec<Finding> {
        let Some(files) = &self.files else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        if files.is_empty() {
            findings.push(Finding::at(path.clone(), "`code.files` has no file"));
        }
        for name in files.keys() {
            let goes_out = name.split('/').any(|part| part.is_empty() || part == "." || part == "..");
            if goes_out || name.contains('\\') {
                findings.push(
                    Finding::at(path.key(name), format!("{name:?} is no path within the archive"))
                        .help("write it as index.py or lib/tools.py"),
                );
            }
        }
        let bytes: usize = files.values().map(String::len).sum();
        if bytes > MOST_BYTES {
            findings.push(
                Finding::at(path.clone(), format!("the files have {bytes} bytes, more than {MOST_BYTES}"))
                    .help("put them into a bucket, and name it by `s3_bucket` and `s3_key`"),
            );
        }
        findings
    }
}
