//! Ids such as `vpc-0a1b2c3d4e5f60718`.

use crate::model::PhysicalId;

/// Reads an id of a prefix, followed by 8 or 17 hexadecimal digits.
pub(super) fn with_prefix(text: &str, prefix: &str) -> Result<PhysicalId, String> {
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    if matches!(digits.len(), 8 | 17) && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(PhysicalId::new(text))
    } else {
        Err(format!("`{text}` should look like {prefix}0a1b2c3d4e5f60718"))
    }
}
