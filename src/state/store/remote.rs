//! The names of stores over the network: `s3://bucket/prefix?region=eu-north-1`.

use std::fmt;

use object_store::path::Path as Prefix;

use crate::model::closest;

/// Whose interface a store has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Amazon S3, or what speaks as it does.
    S3,
    GoogleCloudStorage,
    AzureBlobStorage,
}

/// A place in a store over the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteLocation {
    pub service: Service,
    /// The bucket; with Azure, the container.
    pub bucket: String,
    /// What the keys begin with; it may be empty.
    pub prefix: String,
    pub region: Option<String>,
    /// Where the service answers, if that isn't its own public address.
    pub endpoint: Option<String>,
    /// With Azure, the storage account.
    pub account: Option<String>,
}

impl Service {
    pub(super) fn of(scheme: &str) -> Option<Self> {
        Some(match scheme {
            "s3" => Service::S3,
            "gs" => Service::GoogleCloudStorage,
            "az" => Service::AzureBlobStorage,
            _ => return None,
        })
    }

    fn scheme(self) -> &'static str {
        match self {
            Service::S3 => "s3",
            Service::GoogleCloudStorage => "gs",
            Service::AzureBlobStorage => "az",
        }
    }

    /// What may be said of a store beside its URL.
    fn options(self) -> &'static [&'static str] {
        match self {
            Service::S3 => &["region", "endpoint"],
            Service::GoogleCloudStorage => &["endpoint"],
            Service::AzureBlobStorage => &["account", "endpoint"],
        }
    }

    /// What it calls the thing that holds objects.
    pub(super) fn container(self) -> &'static str {
        match self {
            Service::S3 | Service::GoogleCloudStorage => "bucket",
            Service::AzureBlobStorage => "container",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Service::S3 => "S3",
            Service::GoogleCloudStorage => "Google Cloud Storage",
            Service::AzureBlobStorage => "Azure Blob Storage",
        })
    }
}

impl RemoteLocation {
    /// Reads what stands behind the scheme: `//bucket/prefix?option=value&…`.
    pub(super) fn parse(service: Service, rest: &str) -> Result<Self, String> {
        let example = match service {
            Service::S3 => "s3://bucket/prefix",
            Service::GoogleCloudStorage => "gs://bucket/prefix",
            Service::AzureBlobStorage => "az://container/prefix",
        };
        let container = service.container();
        let rest = rest.strip_prefix("//").ok_or_else(|| format!("write it as `{example}`"))?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        let is_name = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
        if bucket.is_empty() || !is_name(bucket) {
            return Err(format!("it names no {container}; write it as `{example}`"));
        }
        let prefix = prefix.trim_end_matches('/');
        Prefix::parse(prefix).map_err(|error| format!("`{prefix}` can't begin a key ({error})"))?;
        let mut location = Self {
            service,
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            region: None,
            endpoint: None,
            account: None,
        };
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            location.set(name, value)?;
        }
        location.complete()
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let options = self.service.options();
        if !options.contains(&name) {
            let known = closest(name, options.iter().copied()).map_or_else(
                || format!("it has {}", options.join(", ")),
                |close| format!("did you mean `{close}`?"),
            );
            return Err(format!("`{name}` is no option of {}; {known}", self.service));
        }
        let field = match name {
            "region" => &mut self.region,
            "endpoint" => &mut self.endpoint,
            // `options` names no other.
            _ => &mut self.account,
        };
        if field.is_some() {
            return Err(format!("it says `{name}` twice"));
        }
        if value.is_empty() || value.contains(char::is_whitespace) {
            return Err(format!(
                "its `{name}` is {}",
                if value.is_empty() { "empty" } else { "no single word" }
            ));
        }
        *field = Some(value.to_owned());
        Ok(())
    }

    fn complete(self) -> Result<Self, String> {
        if let Some(endpoint) = &self.endpoint
            && !(endpoint.starts_with("https://") || endpoint.starts_with("http://"))
        {
            return Err(format!("its endpoint `{endpoint}` is no URL; write it as `https://host`"));
        }
        match self.service {
            // Whose regions those of another S3 are, only that one knows.
            Service::S3 if self.region.is_none() && self.endpoint.is_none() => Err(
                "its region has to be said, because state mustn't lie in a region that it is needed to recover; \
                 add `region`, as in `state: { url: s3://bucket/prefix, region: eu-north-1 }`"
                    .to_owned(),
            ),
            Service::AzureBlobStorage if self.account.is_none() => Err(
                "its storage account has to be said; add `account`, as in `state: { url: az://container/prefix, \
                 account: name }`"
                    .to_owned(),
            ),
            _ => Ok(self),
        }
    }
}

/// As it is parsed.
impl fmt::Display for RemoteLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.service.scheme(), self.bucket)?;
        if !self.prefix.is_empty() {
            write!(f, "/{}", self.prefix)?;
        }
        let options = [("region", &self.region), ("endpoint", &self.endpoint), ("account", &self.account)];
        let said = options.iter().filter_map(|(name, value)| value.as_ref().map(|value| (name, value)));
        for (index, (name, value)) in said.enumerate() {
            write!(f, "{}{name}={value}", if index == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{StoreError, StoreLocation};
    use super::*;

    #[test]
    fn a_url_names_the_bucket_the_prefix_and_options() {
        for text in [
            "s3://states/ninefold?region=eu-north-1",
            "s3://states?region=eu-north-1",
            "s3://states/a/b?region=auto&endpoint=http://127.0.0.1:9000",
            "s3://states?endpoint=https://minio.example",
            "gs://states/ninefold",
            "az://states/ninefold?account=ours",
        ] {
            assert_eq!(StoreLocation::parse(text).unwrap().to_string(), text);
        }
        let StoreLocation::Remote(location) =
            StoreLocation::parse("s3://states/a/b/?region=eu-north-1").unwrap()
        else {
            panic!("it is remote");
        };
        assert_eq!((location.service, &*location.bucket, &*location.prefix), (Service::S3, "states", "a/b"));
        assert_eq!(location.region.as_deref(), Some("eu-north-1"));
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said() {
        for (text, reason) in [
            ("s3:bucket", "write it as `s3://bucket/prefix`"),
            ("s3://", "names no bucket"),
            ("az:///prefix", "names no container"),
            ("s3://states", "its region has to be said"),
            ("s3://states?regoin=eu-north-1", "`regoin` is no option of S3; did you mean `region`?"),
            ("gs://states?account=a", "`account` is no option of Google Cloud Storage; it has endpoint"),
            ("s3://states?region=", "its `region` is empty"),
            ("s3://states?region=a&region=b", "it says `region` twice"),
            ("s3://states?endpoint=minio.example", "`minio.example` is no URL"),
            ("az://states", "its storage account has to be said"),
            ("s3://states/a//b?region=eu-north-1", "can't begin a key"),
        ] {
            let error = StoreLocation::parse(text).unwrap_err();
            assert!(matches!(error, StoreError::Incomplete { .. }), "{error:?}");
            let error = error.to_string();
            assert!(error.contains(reason) && error.contains(text), "{text}: {error}");
        }
    }
}
