//! For programs: the whole diagram, as one line of JSON (version 1).

use std::collections::BTreeSet;
use std::io;

use alignment_model::diagram::{Edge, Node};
use serde::Serialize;

use super::DiagramReport;
use crate::places::Places;

/// Draws the graph.
pub(crate) fn write(report: &DiagramReport<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let places = Places::new(report.sources);
    let diagram = report.diagram;
    let document = Document {
        version: 1,
        focus: diagram.focus.as_deref(),
        beyond: diagram.beyond,
        nodes: diagram.nodes.iter().map(|node| node_json(node, &places)).collect(),
        edges: diagram.edges.iter().map(|edge| edge_json(edge, &diagram.nodes, &places)).collect(),
    };
    serde_json::to_writer(&mut *out, &document)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    focus: Option<&'a str>,
    beyond: usize,
    nodes: Vec<NodeJson<'a>>,
    edges: Vec<EdgeJson<'a>>,
}

#[derive(Serialize)]
struct NodeJson<'a> {
    layer: &'static str,
    name: &'a str,
    qualname: &'a str,
    file: &'a str,
    line: u32,
    distance: usize,
    fields: Vec<FieldJson<'a>>,
    rules: &'a BTreeSet<&'static str>,
}

#[derive(Serialize)]
struct FieldJson<'a> {
    name: &'a str,
    contract: &'a str,
    rules: &'a BTreeSet<&'static str>,
}

/// Ends are positions among the nodes.
#[derive(Serialize)]
struct EdgeJson<'a> {
    lower: usize,
    upper: usize,
    reason: &'a str,
    confidence: &'static str,
    file: &'a str,
    line: u32,
    fields: Vec<PairJson<'a>>,
    rules: &'a BTreeSet<&'static str>,
}

#[derive(Serialize)]
struct PairJson<'a> {
    lower: &'a str,
    upper: &'a str,
    rules: &'a BTreeSet<&'static str>,
}

fn node_json<'a>(node: &'a Node, places: &Places<'a>) -> NodeJson<'a> {
    let field = |field: &'a alignment_model::diagram::FieldNode| FieldJson {
        name: &field.name,
        contract: &field.contract,
        rules: &field.rules,
    };
    NodeJson {
        layer: node.layer.key(),
        name: &node.name,
        qualname: &node.qualname,
        file: places.path(node.span.file),
        line: places.line(node.span),
        distance: node.distance,
        fields: node.fields.iter().map(field).collect(),
        rules: &node.rules,
    }
}

fn edge_json<'a>(edge: &'a Edge, nodes: &'a [Node], places: &Places<'a>) -> EdgeJson<'a> {
    let name = |node: usize, field: usize| &*nodes[node].fields[field].name;
    let pair = |pair: &'a alignment_model::diagram::PairEdge| PairJson {
        lower: name(edge.lower, pair.lower),
        upper: name(edge.upper, pair.upper),
        rules: &pair.rules,
    };
    EdgeJson {
        lower: edge.lower,
        upper: edge.upper,
        reason: &edge.reason,
        confidence: edge.confidence.key(),
        file: places.path(edge.span.file),
        line: places.line(edge.span),
        fields: edge.pairs.iter().map(pair).collect(),
        rules: &edge.rules,
    }
}
