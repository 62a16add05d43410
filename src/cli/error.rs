//! What a command fails with: the words, what to do, and the exit code.

use std::fmt::Write as _;

use super::exit::Exit;
use crate::report::Look;
use crate::targets::sandbox::StoreError;

/// A failure that ends the program.
#[derive(Debug)]
pub struct Error {
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    pub exit: Exit,
}

impl Error {
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, exit: Exit::Error }
    }

    /// What must not be done, so that nothing was.
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self { exit: Exit::Refused, ..Self::new(message) }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The message for people.
    #[must_use]
    pub fn render(&self, look: Look) -> String {
        let mut text = format!("{} {}\n", look.bad("error:"), self.message);
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, "{} {hint}", look.notable("hint:"));
        }
        text
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::new(format!("the result can't be written: {error}"))
    }
}
