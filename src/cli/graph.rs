//! `ninefold graph`: what waits for what, as a drawing.

use super::args::{Environment, Global, Selection};
use super::error::Error;
use super::exit::Exit;
use super::plan::Planning;
use super::session::Session;
use super::terminal::{self, Terminal};
use crate::report::graph::{Drawing, Node, dot, mermaid};

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

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let session = Session::open(global, &args.environment.name, terminal)?;
    let planning = Planning { replace: Vec::new(), refresh: false };
    let selection = session.selection(&args.selection, &planning, false, &session.state()?)?;
    let graph = &session.environment.graph;
    let selected = crate::plan::selected(graph, &session.environment.order, &selection);
    let mut drawing = Drawing::default();
    let mut drawn = vec![None; graph.len()];
    for (index, node) in graph.nodes().filter(|(index, _)| selected[index.position()]) {
        drawn[index.position()] = Some(drawing.nodes.len());
        let address = &node.address;
        let phase = address.phase().map_or_else(String::new, |phase| format!("/{phase}"));
        let group = format!("{}{phase}", address.stack());
        let key = address.key().map_or_else(String::new, |key| format!("[{key}]"));
        drawing.nodes.push(Node { label: format!("{}{key}", address.name()), group });
    }
    for (index, _) in graph.nodes() {
        for edge in graph.dependencies(index) {
            if let (Some(from), Some(to)) = (drawn[index.position()], drawn[edge.to.position()]) {
                drawing.edges.push((from, to));
            }
        }
    }
    let text = match args.format {
        Format::Dot => dot(&drawing),
        Format::Mermaid => mermaid(&drawing),
    };
    terminal::result(&text)?;
    Ok(Exit::Done)
}
