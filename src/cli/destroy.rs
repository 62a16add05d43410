//! `ninefold destroy`: remove what was made.

use super::apply::Walking;
use super::args::{Environment, Selection};

const EXAMPLES: &str = "\
Examples:
  ninefold destroy                          show what would go, ask, and remove it
  ninefold destroy -e staging --phase database
  ninefold destroy -e sandbox --yes         without asking";

/// Remove what was made, in the reverse order
///
/// Shows the plan and asks. Protected resources are refused: take the protection away in the
/// configuration first.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    #[command(flatten)]
    pub selection: Selection,

    #[command(flatten)]
    pub walking: Walking,
}
