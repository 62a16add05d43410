//! Amazon CloudFront: what is served from near its readers.
//! <https://docs.aws.amazon.com/cloudfront/latest/APIReference/>

pub mod behavior;
pub mod cache_policy;
pub mod distribution;
mod distribution_rules;
pub mod function;
pub mod origin;
pub mod origin_access_control;
pub mod origin_request_policy;
pub mod response_headers_policy;
mod response_headers_rules;
pub mod selection;
pub mod viewer;

use crate::kinds::{Cloud, Registry};
use crate::model::PhysicalId;

pub(super) fn register(registry: &mut Registry) {
    registry
        .add::<cache_policy::CachePolicy>()
        .add::<distribution::Distribution>()
        .add::<function::Function>()
        .add::<origin_access_control::OriginAccessControl>()
        .add::<origin_request_policy::OriginRequestPolicy>()
        .add::<response_headers_policy::ResponseHeadersPolicy>();
}

/// Whether another thing of a kind has that name already in the account.
fn is_taken(cloud: &dyn Cloud, kind: &str, name: &str, own: Option<&PhysicalId>) -> bool {
    cloud.all(kind).into_iter().any(|other| other.attributes["name"] == name && Some(other.id) != own)
}

/// The id of a policy that a person gives to `import`.
fn import_policy(text: &str) -> Result<PhysicalId, String> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let is_hex = text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if is_hex && lengths == [8, 4, 4, 4, 12] {
        Ok(PhysicalId::new(text))
    } else {
        Err(format!("`{text}` should look like 658327ea-f89d-4fab-a63d-7e88639e58f6"))
    }
}

/// The id of a distribution or of an origin access control that a person gives to `import`.
fn import_id(text: &str) -> Result<PhysicalId, String> {
    let is_id = (8..=20).contains(&text.len())
        && text.starts_with('E')
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if is_id { Ok(PhysicalId::new(text)) } else { Err(format!("`{text}` should look like E1A2B3C4D5E6F7")) }
}

/// The pattern of a policy's id.
const POLICY_ID: &str = "{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_a_form() {
        assert!(import_policy("658327ea-f89d-4fab-a63d-7e88639e58f6").is_ok());
        assert!(import_policy("Managed-CachingOptimized").is_err());
        assert!(import_id("E1A2B3C4D5E6F7").is_ok());
        for text in ["e1a2b3c4d5e6f7", "d111111abcdef8.cloudfront.net", "E1"] {
            assert!(import_id(text).is_err(), "{text}");
        }
    }
}
