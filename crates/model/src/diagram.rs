//! The contract graph as a drawing: self-contained, so that a format can draw it without the graph.

use std::collections::BTreeSet;

use crate::finding::{End, Finding};
use crate::layer::{Confidence, Layer};
use crate::source::Span;

/// Entities, the links between them, and where they drift.
#[derive(Clone, Debug, Default)]
pub struct Diagram {
    /// The name it was asked for, if it is a neighbourhood.
    pub focus: Option<String>,
    /// Entities, from storage to screen.
    pub nodes: Vec<Node>,
    /// Links, in order of their ends.
    pub edges: Vec<Edge>,
    /// Entities of the neighbourhood that lie farther away than was asked for.
    pub beyond: usize,
}

/// One entity.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its layer.
    pub layer: Layer,
    /// Its name.
    pub name: String,
    /// The name that tells homonyms apart.
    pub qualname: String,
    /// Where it is declared.
    pub span: Span,
    /// Its fields that are drawn: those of the neighbourhood, else all.
    pub fields: Vec<FieldNode>,
    /// Links between it and the focus; 0 without one.
    pub distance: usize,
    /// Rules that find something about it that no edge shows.
    pub rules: BTreeSet<&'static str>,
}

/// One field.
#[derive(Clone, Debug)]
pub struct FieldNode {
    /// Its name.
    pub name: String,
    /// What it promises, for people.
    pub contract: String,
    /// Rules that find something about it that no edge shows.
    pub rules: BTreeSet<&'static str>,
}

/// One link.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The end nearer to storage, by its position among the nodes.
    pub lower: usize,
    /// The end nearer to the screen.
    pub upper: usize,
    /// Why the two are linked.
    pub reason: String,
    /// Where that stands.
    pub span: Span,
    /// How sure it is.
    pub confidence: Confidence,
    /// Fields that are the same field.
    pub pairs: Vec<PairEdge>,
    /// Rules that find the two ends to disagree.
    pub rules: BTreeSet<&'static str>,
}

/// Two fields that are the same field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairEdge {
    /// Position among the drawn fields of the lower node.
    pub lower: usize,
    /// Position among the drawn fields of the upper node.
    pub upper: usize,
    /// Rules that find the two to disagree.
    pub rules: BTreeSet<&'static str>,
}

impl Diagram {
    /// Marks what findings are about: the links whose ends disagree, else the declaration that a finding looks at first.
    pub fn mark<'f>(&mut self, findings: impl IntoIterator<Item = &'f Finding>) {
        for finding in findings.into_iter().flat_map(Finding::told) {
            if !self.mark_edges(finding)
                && let Some(end) = finding.ends.first()
            {
                self.mark_node(end, finding.rule);
            }
        }
    }

    fn mark_edges(&mut self, finding: &Finding) -> bool {
        let nodes = &self.nodes;
        let mut is_marked = false;
        for edge in &mut self.edges {
            let (lower, upper) = (&nodes[edge.lower], &nodes[edge.upper]);
            let (below, above) = (lower.end_of(finding), upper.end_of(finding));
            let (Some(below), Some(above)) = (below, above) else { continue };
            is_marked = true;
            edge.rules.insert(finding.rule);
            for pair in &mut edge.pairs {
                let is = |node: &Node, at: usize, end: &End| {
                    node.fields.get(at).is_some_and(|field| end.field.as_deref() == Some(&field.name))
                };
                if is(lower, pair.lower, below) && is(upper, pair.upper, above) {
                    pair.rules.insert(finding.rule);
                }
            }
        }
        is_marked
    }

    fn mark_node(&mut self, end: &End, rule: &'static str) {
        let Some(node) = self.nodes.iter_mut().find(|node| node.is(end)) else { return };
        let field = node.fields.iter_mut().find(|field| end.field.as_deref() == Some(&field.name));
        match field {
            Some(field) => field.rules.insert(rule),
            None => node.rules.insert(rule),
        };
    }

    /// Whether findings are about a node, its fields or its links.
    pub fn drifts(&self, node: usize) -> bool {
        let own = self.nodes.get(node);
        own.is_some_and(|own| !own.rules.is_empty() || own.fields.iter().any(|field| !field.rules.is_empty()))
            || self
                .edges
                .iter()
                .any(|edge| !edge.rules.is_empty() && (edge.lower == node || edge.upper == node))
    }
}

impl Node {
    fn is(&self, end: &End) -> bool {
        self.layer == end.layer && self.qualname == end.qualname
    }

    fn end_of<'f>(&self, finding: &'f Finding) -> Option<&'f End> {
        finding.ends.iter().find(|end| self.is(end))
    }
}
