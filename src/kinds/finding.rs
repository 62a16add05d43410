//! What is wrong with a spec, by field.

use crate::model::FieldPath;

/// One fault of a spec. The loader adds file, line and column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The fields it is about; the first is the one to point at. A finding counts only when all of
    /// them are known.
    pub paths: Vec<FieldPath>,
    pub message: String,
    pub help: Option<String>,
}

impl Finding {
    /// A fault of one field.
    #[must_use]
    pub fn at(path: FieldPath, message: impl Into<String>) -> Self {
        Self { paths: vec![path], message: message.into(), help: None }
    }

    /// A secret stands where it would be shown.
    #[must_use]
    pub(super) fn secret(path: &FieldPath) -> Self {
        let field = if path.is_root() { "spec".to_owned() } else { format!("`{path}`") };
        Self::at(path.clone(), format!("{field} is not a sensitive field"))
            .help("a secret may stand only where the kind's schema says `sensitive`")
    }

    /// A fault of the field at a path such as `scaling.min_size`.
    ///
    /// # Panics
    /// When `path` isn't one, which the first test of a kind finds.
    #[must_use]
    pub fn on(path: &str, message: impl Into<String>) -> Self {
        Self::at(path.parse().expect("a kind names its own fields"), message)
    }

    /// Names another field that the fault depends on.
    ///
    /// # Panics
    /// As [`Finding::on`].
    #[must_use]
    pub fn and(self, path: &str) -> Self {
        self.and_at(path.parse().expect("a kind names its own fields"))
    }

    /// The same for a path that is one already.
    #[must_use]
    pub fn and_at(mut self, path: FieldPath) -> Self {
        self.paths.push(path);
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
