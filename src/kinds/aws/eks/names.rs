//! Names within Kubernetes: namespaces, service accounts, labels.

/// Whether a text is a DNS label: up to 63 lower-case letters, digits and hyphens.
pub(super) fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_dns_word(text)
}

/// Whether a text is a DNS subdomain: labels joined by dots, up to 253 characters.
pub(super) fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_word)
}

/// Whether a text can be the key of a label or taint: a name, with a domain and a slash before it.
pub(super) fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((domain, name)) => is_dns_subdomain(domain) && is_label_name(name),
        None => is_label_name(text),
    }
}

/// Whether a text can be the value of a label or taint.
pub(super) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_label_name(text)
}

fn is_dns_word(text: &str) -> bool {
    let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.bytes().all(is_inner) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_label_name(text: &str) -> bool {
    let is_end = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && is_end(bytes.first())
        && is_end(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_kubernetes_takes_them() {
        assert!(is_dns_label("kube-system") && !is_dns_label("kube.system") && !is_dns_label("Kube"));
        assert!(!is_dns_label("-a") && !is_dns_label("") && !is_dns_label(&"a".repeat(64)));
        assert!(is_dns_subdomain("ebs-csi.controller") && !is_dns_subdomain("a..b"));
        assert!(is_label_key("workload") && is_label_key("example.com/Pool_1.a"));
        assert!(!is_label_key("example.com/") && !is_label_key("a/b/c") && !is_label_key("Example.com/a"));
        assert!(
            is_label_value("") && is_label_value("a.B_1") && !is_label_value("a b") && !is_label_value("-a")
        );
    }
}
