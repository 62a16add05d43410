//! The values of records, by the type of the record.
//! <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html>

use std::net::{Ipv4Addr, Ipv6Addr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordType {
    A,
    Aaaa,
    Caa,
    Cname,
    Ds,
    Https,
    Mx,
    Naptr,
    Ns,
    Ptr,
    Soa,
    Spf,
    Srv,
    Sshfp,
    Svcb,
    Tlsa,
    Txt,
}

impl RecordType {
    /// As the API writes it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            RecordType::A => "A",
            RecordType::Aaaa => "AAAA",
            RecordType::Caa => "CAA",
            RecordType::Cname => "CNAME",
            RecordType::Ds => "DS",
            RecordType::Https => "HTTPS",
            RecordType::Mx => "MX",
            RecordType::Naptr => "NAPTR",
            RecordType::Ns => "NS",
            RecordType::Ptr => "PTR",
            RecordType::Soa => "SOA",
            RecordType::Spf => "SPF",
            RecordType::Srv => "SRV",
            RecordType::Sshfp => "SSHFP",
            RecordType::Svcb => "SVCB",
            RecordType::Tlsa => "TLSA",
            RecordType::Txt => "TXT",
        }
    }

    /// Whether a name has one value of it at most.
    pub(super) fn is_single(self) -> bool {
        matches!(self, RecordType::Cname | RecordType::Soa)
    }
}

/// What is wrong with a value: why, and how it should look.
pub(super) fn fault(kind: RecordType, value: &str) -> Option<(String, &'static str)> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let wrong = |why: &str, example: &'static str| Some((format!("{value:?} is {why}"), example));
    match kind {
        RecordType::A if value.parse::<Ipv4Addr>().is_err() => wrong("no IPv4 address", "192.0.2.1"),
        RecordType::Aaaa if value.parse::<Ipv6Addr>().is_err() => wrong("no IPv6 address", "2001:db8::1"),
        RecordType::Caa => caa_fault(value, &words),
        RecordType::Cname | RecordType::Ns | RecordType::Ptr if !is_host(value) => {
            wrong("no name, in small letters and without a last dot", "www.example.com")
        }
        RecordType::Mx if !(numbers(&words, 1) && words.len() == 2 && is_host(words[1])) => {
            wrong("no priority and mail server", "10 mail.example.com")
        }
        RecordType::Srv if !(numbers(&words, 3) && words.len() == 4 && is_host(words[3])) => {
            wrong("no priority, weight, port and server", "1 10 5269 xmpp.example.com")
        }
        RecordType::Ds if !(numbers(&words, 3) && words.len() == 4 && is_hex(words[3])) => {
            wrong("no key tag, algorithm, digest type and digest", "12345 13 2 0123…cdef")
        }
        RecordType::Tlsa if !(numbers(&words, 3) && words.len() == 4 && is_hex(words[3])) => {
            wrong("no usage, selector, matching type and data", "3 1 1 0123…cdef")
        }
        RecordType::Sshfp if !(numbers(&words, 2) && words.len() == 3 && is_hex(words[2])) => {
            wrong("no algorithm, type and fingerprint", "4 2 0123…cdef")
        }
        RecordType::Https | RecordType::Svcb if !(numbers(&words, 1) && words.len() >= 2) => {
            wrong("no priority and target", "1 . alpn=h2,h3")
        }
        RecordType::Naptr if !(numbers(&words, 2) && words.len() == 6) => wrong(
            "no order, preference, flags, service, expression and replacement",
            "10 100 \"u\" \"sip+E2U\" \"!^.*$!sip:info@example.com!\" .",
        ),
        RecordType::Soa
            if !(words.len() == 7 && words[2..].iter().all(|word| word.parse::<u32>().is_ok())) =>
        {
            wrong(
                "no server, mailbox and five numbers",
                "ns-1.awsdns-01.org. hostmaster.example.com. 1 7200 900 1209600 86400",
            )
        }
        RecordType::Txt | RecordType::Spf => text_fault(value),
        _ => None,
    }
}

fn is_host(text: &str) -> bool {
    text == "." || super::name::findings("name", text, true).is_empty()
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.len().is_multiple_of(2) && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// Whether the first words are numbers of 16 bits.
fn numbers(words: &[&str], count: usize) -> bool {
    words.len() >= count && words.iter().take(count).all(|word| word.parse::<u16>().is_ok())
}

fn caa_fault(value: &str, words: &[&str]) -> Option<(String, &'static str)> {
    const EXAMPLE: &str = "0 issue \"letsencrypt.org\"";
    let quoted = value.split_once('"').and_then(|(_, rest)| rest.strip_suffix('"'));
    match words {
        [flags, tag, ..] if quoted.is_some() => {
            if !matches!(*flags, "0" | "128") {
                Some((format!("the flags of {value:?} are neither 0 nor 128"), EXAMPLE))
            } else if !matches!(*tag, "issue" | "issuewild" | "issuemail" | "issuevmc" | "iodef") {
                Some((format!("`{tag}` is no property of a CAA record"), EXAMPLE))
            } else {
                None
            }
        }
        _ => Some((format!("{value:?} has no flags, property and quoted value"), EXAMPLE)),
    }
}

/// A text is one or more strings in quotes, each of at most 255 characters.
fn text_fault(value: &str) -> Option<(String, &'static str)> {
    const EXAMPLE: &str = "\"v=spf1 -all\"";
    let mut rest = value.trim();
    if rest.is_empty() {
        return Some(("an empty text isn't in quotes".into(), EXAMPLE));
    }
    while !rest.is_empty() {
        let Some(inner) = rest.strip_prefix('"') else {
            return Some((format!("{value:?} isn't in quotes"), EXAMPLE));
        };
        let Some(end) = closing_quote(inner) else {
            return Some((format!("a quote of {value:?} isn't closed"), EXAMPLE));
        };
        if inner[..end].chars().count() > 255 {
            return Some((
                "a string of a text has more than 255 characters".into(),
                "\"first part\" \"second part\"",
            ));
        }
        rest = inner[end + 1..].trim_start();
    }
    None
}

/// Where the quote stands that ends a string; one behind a backslash doesn't.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(index, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(index)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_values_of_its_own() {
        use RecordType::{
            A, Aaaa, Caa, Cname, Ds, Https, Mx, Naptr, Ns, Ptr, Soa, Spf, Srv, Sshfp, Svcb, Tlsa, Txt,
        };
        let digest = "ab".repeat(32);
        for (kind, fine, wrong) in [
            (A, "192.0.2.1", "2001:db8::1"),
            (Aaaa, "2001:db8::1", "192.0.2.1"),
            (Caa, "0 issue \"letsencrypt.org\"", "0 issue letsencrypt.org"),
            (Caa, "128 issuewild \";\"", "1 issue \"a.test\""),
            (Caa, "0 iodef \"mailto:a@example.com\"", "0 allow \"a.test\""),
            (Cname, "www.example.com", "www.example.com."),
            (Ns, "ns-1.awsdns-01.org", "ns 1"),
            (Ptr, "a.example.com", "A.example.com"),
            (Mx, "10 mail.example.com", "mail.example.com"),
            (Mx, "0 .", "70000 mail.example.com"),
            (Srv, "1 10 5269 xmpp.example.com", "1 10 xmpp.example.com"),
            (Ds, &format!("12345 13 2 {digest}"), "12345 13 2 xyz"),
            (Tlsa, &format!("3 1 1 {digest}"), "3 1 1"),
            (Sshfp, &format!("4 2 {digest}"), "4 2 abc"),
            (Https, "1 . alpn=h2,h3", "."),
            (Svcb, "0 other.example.com", "0"),
            (Naptr, "10 100 \"u\" \"sip\" \"!^.*$!a!\" .", "10 \"u\" ."),
            (Soa, "ns.example.com. root.example.com. 1 2 3 4 5", "ns.example.com"),
            (Txt, "\"v=spf1 -all\"", "v=spf1 -all"),
            (Txt, "\"a\" \"b\"", "\"a"),
            (Spf, "\"say \\\"no\\\"\"", ""),
        ] {
            assert_eq!(fault(kind, fine), None, "{fine}");
            assert!(fault(kind, wrong).is_some(), "{wrong:?}");
        }
        assert!(fault(Txt, &format!("\"{}\"", "a".repeat(256))).is_some());
    }

    #[test]
    fn types_are_written_as_the_api_writes_them() {
        for kind in [RecordType::Aaaa, RecordType::Https, RecordType::Cname] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
