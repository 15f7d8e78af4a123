//! Graphviz: everything, with a cluster for each layer and a table of its fields for each entity.

use std::fmt::Write as _;
use std::io;

use alignment_model::diagram::{Diagram, Edge, Node};
use alignment_model::{Confidence, Layer};

use super::{DiagramReport, marks};
use crate::escape::terminal;

/// Draws the graph.
pub(crate) fn write(report: &DiagramReport<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let diagram = report.diagram;
    let mut text = "digraph contracts {\n  rankdir=LR;\n  node [shape=plain];\n".to_owned();
    for layer in Layer::ALL {
        cluster(diagram, layer, &mut text);
    }
    for edge in &diagram.edges {
        lines(edge, &mut text);
    }
    text.push_str("}\n");
    out.write_all(text.as_bytes())
}

fn cluster(diagram: &Diagram, layer: Layer, out: &mut String) {
    let mut nodes = diagram.nodes.iter().enumerate().filter(|(_, node)| node.layer == layer).peekable();
    if nodes.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "  subgraph cluster_{} {{\n    label=\"{layer}\";", layer.key());
    for (at, node) in nodes {
        let _ = writeln!(out, "    n{at} [label=<{}>];", table(node));
    }
    out.push_str("  }\n");
}

/// The entity and its fields as an HTML-like label (Graphviz, "Node Shapes - HTML-Like Labels").
fn table(node: &Node) -> String {
    let cell = |port: &str, text: &str, rules: &str| {
        let color = if rules.is_empty() { "" } else { " COLOR=\"#d1242f\"" };
        let rules = if rules.is_empty() { String::new() } else { format!("<BR/>{}", html(rules)) };
        format!("<TR><TD PORT=\"{port}\"{color} ALIGN=\"LEFT\">{text}{rules}</TD></TR>")
    };
    let name = format!("<B>{}</B>", html(&node.name));
    let mut rows = cell("e", &name, &marks(&node.rules));
    for (at, field) in node.fields.iter().enumerate() {
        let text = html(&format!("{}: {}", field.name, field.contract));
        rows.push_str(&cell(&format!("f{at}"), &text, &marks(&field.rules)));
    }
    format!("<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\">{rows}</TABLE>")
}

fn lines(edge: &Edge, out: &mut String) {
    let style = if edge.confidence < Confidence::Resolved { "dashed" } else { "solid" };
    let attributes = |rules: &str| match rules {
        "" => format!("[style={style}]"),
        rules => format!("[style={style}, color=\"#d1242f\", label=\"{rules}\"]"),
    };
    let (lower, upper) = (edge.lower, edge.upper);
    let _ = writeln!(out, "  n{lower}:e -> n{upper}:e {};", attributes(&marks(&edge.rules)));
    for pair in &edge.pairs {
        let ends = format!("n{lower}:f{} -> n{upper}:f{}", pair.lower, pair.upper);
        let _ = writeln!(out, "  {ends} {};", attributes(&marks(&pair.rules)));
    }
}

fn html(text: &str) -> String {
    let text = terminal(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
