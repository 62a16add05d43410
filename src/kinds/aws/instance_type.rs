//! Names of instance types such as `m7g.xlarge`, in which the price is linear in the size.

/// The two halves of a type's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InstanceType<'a> {
    /// Such as `m7g`.
    pub family: &'a str,
    /// Such as `xlarge`.
    pub size: &'a str,
}

impl<'a> InstanceType<'a> {
    /// The halves of a text, if it is the name of a type.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (family, size) = text.split_once('.')?;
        let is_word = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let has_generation = family.bytes().any(|b| b.is_ascii_digit());
        (is_word(family) && is_word(size) && has_generation).then_some(Self { family, size })
    }

    /// How many times the price of the family's `large` it costs.
    /// <https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html>
    pub(super) fn larges(self) -> Option<f64> {
        match self.size {
            "nano" => Some(0.0625),
            "micro" => Some(0.125),
            "small" => Some(0.25),
            "medium" => Some(0.5),
            "large" => Some(1.0),
            "xlarge" => Some(2.0),
            size => {
                let count: u32 = size.strip_suffix("xlarge")?.parse().ok()?;
                Some(f64::from(count) * 2.0)
            }
        }
    }

    /// Whether its processor is an ARM one: a `g` follows the generation, as in `m7g`.
    /// `None` where the name doesn't say, as of Apple's machines.
    pub(super) fn is_arm(self) -> Option<bool> {
        if self.family == "a1" {
            return Some(true);
        }
        if self.family.starts_with("mac") {
            return None;
        }
        let after = self.family.trim_start_matches(|c: char| c.is_ascii_lowercase());
        Some(after.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('g'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_family_size_and_processor() {
        let parse = |text| InstanceType::parse(text).unwrap();
        assert_eq!(parse("m7g.xlarge"), InstanceType { family: "m7g", size: "xlarge" });
        for (text, larges) in [
            ("t4g.nano", Some(0.0625)),
            ("t4g.medium", Some(0.5)),
            ("m7g.large", Some(1.0)),
            ("m7g.xlarge", Some(2.0)),
            ("m7g.16xlarge", Some(32.0)),
            ("m7g.metal", None),
        ] {
            assert_eq!(parse(text).larges(), larges, "{text}");
        }
        for (text, arm) in [
            ("a1.large", Some(true)),
            ("m7g.large", Some(true)),
            ("c7gn.large", Some(true)),
            ("im4gn.large", Some(true)),
            ("g5g.xlarge", Some(true)),
            ("g5.xlarge", Some(false)),
            ("g4dn.xlarge", Some(false)),
            ("m7i-flex.large", Some(false)),
            ("mac2.metal", None),
        ] {
            assert_eq!(parse(text).is_arm(), arm, "{text}");
        }
        for text in ["", "m7g", "large", "m7g.", "M7g.large", "m7g.large.x", "m.large"] {
            assert_eq!(InstanceType::parse(text), None, "{text}");
        }
    }
}
