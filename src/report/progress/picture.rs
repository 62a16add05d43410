//! Progress as it stands on a terminal: what is in flight, and one line of figures.

use super::Progress;
use crate::report::Look;

/// The lines of the moment, each at most as wide as the terminal.
#[must_use]
pub fn lines(_progress: &Progress, _height: usize, _look: Look) -> Vec<String> {
    Vec::new()
}
