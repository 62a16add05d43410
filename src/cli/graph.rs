//! `ninefold graph`: what waits for what, as a drawing.

use super::args::{Environment, Selection};

const EXAMPLES: &str = "\
Examples:
  ninefold graph | dot -Tsvg > graph.svg
  ninefold graph --phase cluster --format mermaid";

/// Draw what waits for what
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// The language of the drawing
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    #[command(flatten)]
    pub selection: Selection,
}

/// The languages of drawings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Graphviz
    #[default]
    Dot,
    /// Mermaid, which Markdown pages show
    Mermaid,
}
