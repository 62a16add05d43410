//! Kubernetes versions as EKS writes them: `1.35`.

use crate::kinds::Finding;

/// The minor version of a text such as `1.35`, if it is one.
pub(super) fn minor(text: &str) -> Option<u32> {
    let minor = text.strip_prefix("1.")?;
    let is_plain = minor.bytes().all(|b| b.is_ascii_digit()) && !minor.starts_with('0');
    if is_plain { minor.parse().ok() } else { None }
}

/// What is wrong with a field that has to be a Kubernetes version.
pub(super) fn findings(field: &str, text: &str) -> Vec<Finding> {
    if minor(text).is_some() {
        return Vec::new();
    }
    let finding = Finding::on(field, format!("`{field}` is {text:?}, which is no Kubernetes version of EKS"));
    let plain = text.trim_start_matches('v');
    let shortened: Vec<&str> = plain.splitn(3, '.').take(2).collect();
    let shortened = shortened.join(".");
    vec![if minor(&shortened).is_some() {
        finding.help(format!("did you mean \"{shortened}\"? AWS chooses the patch"))
    } else {
        finding.help("write major and minor version, in quotes: \"1.35\"")
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_a_minor_part_and_no_patch() {
        assert_eq!(minor("1.35"), Some(35));
        for text in ["", "1", "1.", "1.x", "2.1", "1.035", "1.35.2", "v1.35"] {
            assert_eq!(minor(text), None, "{text}");
        }
        assert!(findings("version", "1.35").is_empty());
        assert!(findings("version", "v1.35.2")[0].help.as_ref().unwrap().contains("\"1.35\"?"));
        assert!(findings("version", "latest")[0].help.as_ref().unwrap().contains("in quotes"));
    }
}
