//! The contract graph as a drawing, one file per format.

mod dot;
mod json;
mod mermaid;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io;

use alignment_model::Sources;
use alignment_model::diagram::Diagram;

/// What a format draws.
#[derive(Clone, Copy)]
pub struct DiagramReport<'a> {
    /// The files.
    pub sources: &'a Sources,
    /// What to draw.
    pub diagram: &'a Diagram,
}

/// A format of `graph`.
#[derive(Debug)]
pub struct DiagramFormat {
    /// Its name on the command line.
    pub name: &'static str,
    /// One line of help.
    pub summary: &'static str,
    /// Draws the graph.
    pub write: fn(&DiagramReport<'_>, &mut dyn io::Write) -> io::Result<()>,
}

/// All formats of `graph`; help, parser and tests read this table.
pub const DIAGRAM_FORMATS: &[DiagramFormat] = &[
    DiagramFormat {
        name: "mermaid",
        summary: "for Markdown, within what viewers draw; says what it leaves out",
        write: mermaid::write,
    },
    DiagramFormat { name: "dot", summary: "for Graphviz: everything", write: dot::write },
    DiagramFormat { name: "json", summary: "for programs: everything, version 1", write: json::write },
];

/// The most detailed Mermaid drawing within these numbers of characters and edges.
pub(crate) fn mermaid_within(diagram: &Diagram, max_text: usize, max_edges: usize) -> String {
    mermaid::drawing(diagram, max_text, max_edges)
}

/// Names of rules, as a label shows them.
fn marks(rules: &BTreeSet<&'static str>) -> String {
    rules.iter().copied().collect::<Vec<_>>().join(", ")
}
