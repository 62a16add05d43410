//! The ids that EKS knows things by: a cluster's name, and `cluster/name` of what is inside.

/// Reads the name of a cluster.
pub(super) fn cluster(text: &str) -> Result<&str, String> {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if starts_well && is_plain && text.len() <= 100 {
        Ok(text)
    } else {
        Err(format!("`{text}` is no name of a cluster, such as `production`"))
    }
}

/// Reads the name of a cluster, a slash, and what names something inside of it.
pub(super) fn inside<'a>(text: &'a str, example: &str) -> Result<(&'a str, &'a str), String> {
    match text.split_once('/') {
        Some((name, rest)) if cluster(name).is_ok() && !rest.is_empty() => Ok((name, rest)),
        _ => Err(format!("`{text}` should be the cluster's name, a slash and the rest: `{example}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_what_is_inside() {
        assert!(cluster("prod_1-a").is_ok());
        assert!(cluster("").is_err() && cluster("_a").is_err() && cluster("a b").is_err());
        assert_eq!(inside("prod/spot", "x/y"), Ok(("prod", "spot")));
        assert_eq!(inside("prod/arn:aws:iam::1:role/a", "x/y"), Ok(("prod", "arn:aws:iam::1:role/a")));
        assert!(inside("prod", "x/y").is_err() && inside("prod/", "x/y").is_err());
    }
}
