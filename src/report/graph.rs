//! Graphs as drawings: DOT for Graphviz, Mermaid for Markdown pages.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A graph to draw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawing {
    pub nodes: Vec<Node>,
    /// Pairs of positions: the first waits for the second.
    pub edges: Vec<(usize, usize)>,
}

/// One box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub label: String,
    /// The frame that it stands in, such as `platform/cluster`; none where it is empty.
    pub group: String,
}

/// In the language of Graphviz.
#[must_use]
pub fn dot(drawing: &Drawing) -> String {
    let mut text = "digraph ninefold {\n  rankdir = LR\n  node [shape = box]\n".to_owned();
    for (number, (group, members)) in groups(drawing).into_iter().enumerate() {
        let framed = !group.is_empty();
        let indent = if framed { "    " } else { "  " };
        if framed {
            let _ = writeln!(text, "  subgraph cluster_{number} {{\n    label = {}", dot_quoted(group));
        }
        for (position, node) in members {
            let _ = writeln!(text, "{indent}n{position} [label = {}]", dot_quoted(&node.label));
        }
        if framed {
            text.push_str("  }\n");
        }
    }
    for (from, to) in &drawing.edges {
        let _ = writeln!(text, "  n{from} -> n{to}");
    }
    text.push_str("}\n");
    text
}

/// In the language of Mermaid.
#[must_use]
pub fn mermaid(drawing: &Drawing) -> String {
    let mut text = "graph LR\n".to_owned();
    for (number, (group, members)) in groups(drawing).into_iter().enumerate() {
        let framed = !group.is_empty();
        let indent = if framed { "    " } else { "  " };
        if framed {
            let _ = writeln!(text, "  subgraph g{number} [{}]", mermaid_quoted(group));
        }
        for (position, node) in members {
            let _ = writeln!(text, "{indent}n{position}[{}]", mermaid_quoted(&node.label));
        }
        if framed {
            text.push_str("  end\n");
        }
    }
    for (from, to) in &drawing.edges {
        let _ = writeln!(text, "  n{from} --> n{to}");
    }
    text
}

/// The nodes of each frame, with their positions.
fn groups(drawing: &Drawing) -> BTreeMap<&str, Vec<(usize, &Node)>> {
    let mut groups: BTreeMap<&str, Vec<(usize, &Node)>> = BTreeMap::new();
    for (position, node) in drawing.nodes.iter().enumerate() {
        groups.entry(&node.group).or_default().push((position, node));
    }
    groups
}

/// DOT knows two escapes within quotes.
fn dot_quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Mermaid has no escapes within quotes but its own form of entities.
fn mermaid_quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('#', "#35;").replace('"', "#quot;"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing() -> Drawing {
        let node = |label: &str, group: &str| Node { label: label.into(), group: group.into() };
        Drawing {
            nodes: vec![
                node("subnet[primary-a]", "platform/cluster"),
                node("writer", "platform/database"),
                node("vpc[primary]", "platform/cluster"),
                node(r#"a "quoted" \ #1"#, ""),
            ],
            edges: vec![(0, 2), (1, 0), (3, 1)],
        }
    }

    #[test]
    fn as_dot() {
        insta::assert_snapshot!(dot(&drawing()));
    }

    #[test]
    fn as_mermaid() {
        insta::assert_snapshot!(mermaid(&drawing()));
    }
}
