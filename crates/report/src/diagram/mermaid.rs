//! Mermaid flowcharts: a subgraph for each layer, drifted links marked with their rules.
//!
//! Viewers refuse what is larger than Mermaid's own limits: `maxTextSize`, 50,000 characters, and `maxEdges`, 500 (Mermaid 10 and
//! 11, "Mermaid Config Schema"; GitHub keeps both). So detail goes until the drawing fits: the fields first, then entities without
//! a link, then the entities farthest from the focus or from any drift. What was left out is said in the drawing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::io;

use alignment_model::Layer;
use alignment_model::diagram::{Diagram, Edge, Node};

use super::{DiagramReport, marks};
use crate::escape::terminal;
use crate::words::{count, entity_noun, number};

/// Characters that viewers take.
const MAX_TEXT: usize = 50_000;
/// Edges that viewers take.
const MAX_EDGES: usize = 500;

/// Draws the graph.
pub(crate) fn write(report: &DiagramReport<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(drawing(report.diagram, MAX_TEXT, MAX_EDGES).as_bytes())
}

/// The most detailed drawing within the limits.
pub(super) fn drawing(diagram: &Diagram, max_text: usize, max_edges: usize) -> String {
    let all: Vec<usize> = (0..diagram.nodes.len()).collect();
    let fits = |chart: &Chart<'_>| chart.fits(max_text, max_edges);
    let detailed = Chart { diagram, nodes: all.clone(), fields: true };
    if fits(&detailed) {
        return detailed.text();
    }
    let whole = Chart { diagram, nodes: all, fields: false };
    if fits(&whole) {
        return whole.text();
    }
    let ranked = ranked(diagram);
    let nearest = |n: usize| {
        let mut nodes: Vec<usize> = ranked.iter().take(n).copied().collect();
        nodes.sort_unstable();
        Chart { diagram, nodes, fields: false }
    };
    // More entities never make a smaller drawing, so the largest that fits can be searched for.
    let (mut least, mut most) = (0, ranked.len());
    while least < most {
        let middle = (least + most).div_ceil(2);
        if fits(&nearest(middle)) {
            least = middle;
        } else {
            most = middle - 1;
        }
    }
    nearest(least).text()
}

/// Entities with a link, those first that are to stay: near the focus; without one, whole chains, those with drift first.
fn ranked(diagram: &Diagram) -> Vec<usize> {
    let mut linked: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for edge in &diagram.edges {
        linked.entry(edge.lower).or_default().insert(edge.upper);
        linked.entry(edge.upper).or_default().insert(edge.lower);
    }
    let mut nodes: Vec<usize> = linked.keys().copied().collect();
    nodes.sort_by_cached_key(|node| (diagram.nodes[*node].distance, !diagram.drifts(*node), *node));
    if diagram.focus.is_some() {
        return nodes;
    }
    let (mut ranked, mut seen) = (Vec::new(), BTreeSet::new());
    for start in nodes {
        let mut open = VecDeque::from([start]);
        while let Some(node) = open.pop_front() {
            if seen.insert(node) {
                ranked.push(node);
                open.extend(linked.get(&node).into_iter().flatten());
            }
        }
    }
    ranked
}

/// One choice of detail.
struct Chart<'a> {
    diagram: &'a Diagram,
    /// Positions of the entities that are drawn, in order.
    nodes: Vec<usize>,
    fields: bool,
}

impl Chart<'_> {
    fn edges(&self) -> impl Iterator<Item = &Edge> {
        let is_drawn = |node: &usize| self.nodes.binary_search(node).is_ok();
        self.diagram.edges.iter().filter(move |edge| is_drawn(&edge.lower) && is_drawn(&edge.upper))
    }

    fn fits(&self, max_text: usize, max_edges: usize) -> bool {
        let edges: usize = if self.fields {
            self.edges().map(|edge| edge.pairs.len().max(1)).sum()
        } else {
            self.edges().count()
        };
        // Mermaid counts as JavaScript does.
        edges <= max_edges && self.text().encode_utf16().count() <= max_text
    }

    fn text(&self) -> String {
        let mut out = "flowchart LR\n".to_owned();
        let left_out = self.left_out();
        if !left_out.is_empty() {
            let _ = writeln!(out, "  %% left out: {left_out}");
            let _ = writeln!(out, "  left_out[\"left out: {left_out}\"]");
        }
        for layer in Layer::ALL {
            let nodes: Vec<usize> =
                self.nodes.iter().copied().filter(|node| self.diagram.nodes[*node].layer == layer).collect();
            if nodes.is_empty() {
                continue;
            }
            let _ = writeln!(out, "  subgraph {}[\"{layer}\"]", layer.key());
            for node in nodes {
                self.node(node, &mut out);
            }
            out.push_str("  end\n");
        }
        let mut links = Links::default();
        for edge in self.edges() {
            self.edge(edge, &mut links);
        }
        out.push_str(&links.text);
        if !links.drifted.is_empty() {
            let _ = writeln!(out, "  linkStyle {} stroke:#d1242f,stroke-width:2px", links.drifted.join(","));
        }
        self.classes(&mut out);
        out
    }

    fn node(&self, at: usize, out: &mut String) {
        let node = &self.diagram.nodes[at];
        if !self.has_fields(at) {
            let _ = writeln!(out, "    n{at}[\"{}\"]", marked(&node.name, &marks(&node.rules)));
            return;
        }
        let _ = writeln!(out, "    subgraph n{at}[\"{}\"]", marked(&node.name, &marks(&node.rules)));
        for (position, field) in
            node.fields.iter().enumerate().filter(|(position, _)| self.shows(at, *position))
        {
            let name = format!("{}: {}", field.name, field.contract);
            let _ = writeln!(out, "      n{at}f{position}[\"{}\"]", marked(&name, &marks(&field.rules)));
        }
        out.push_str("    end\n");
    }

    /// Whether a field is drawn: one that is linked or drifts, and each that was asked for.
    fn shows(&self, node: usize, field: usize) -> bool {
        let is_linked = || {
            self.diagram.edges.iter().any(|edge| {
                let mut pairs = edge.pairs.iter();
                edge.lower == node && pairs.clone().any(|pair| pair.lower == field)
                    || edge.upper == node && pairs.any(|pair| pair.upper == field)
            })
        };
        let own = self.diagram.nodes[node].fields.get(field);
        own.is_some_and(|own| !own.rules.is_empty() || is_linked())
    }

    fn has_fields(&self, node: usize) -> bool {
        self.fields && (0..self.diagram.nodes[node].fields.len()).any(|field| self.shows(node, field))
    }

    fn edge(&self, edge: &Edge, links: &mut Links) {
        if !self.fields || edge.pairs.is_empty() {
            let (lower, upper) = (format!("n{}", edge.lower), format!("n{}", edge.upper));
            return links.add(&lower, &upper, edge, &marks(&edge.rules));
        }
        for pair in &edge.pairs {
            let lower = format!("n{}f{}", edge.lower, pair.lower);
            let upper = format!("n{}f{}", edge.upper, pair.upper);
            links.add(&lower, &upper, edge, &marks(&pair.rules));
        }
    }

    /// Nodes that drift by themselves.
    fn classes(&self, out: &mut String) {
        let mut drifted: Vec<String> = Vec::new();
        for at in &self.nodes {
            let node = &self.diagram.nodes[*at];
            if !node.rules.is_empty() || !self.fields && has_drifting_field(node) {
                drifted.push(format!("n{at}"));
            }
            let fields =
                node.fields.iter().enumerate().filter(|(_, field)| self.fields && !field.rules.is_empty());
            drifted.extend(fields.map(|(position, _)| format!("n{at}f{position}")));
        }
        if !drifted.is_empty() {
            let _ = writeln!(out, "  classDef drift stroke:#d1242f,stroke-width:2px");
            let _ = writeln!(out, "  class {} drift", drifted.join(","));
        }
    }

    /// What of the diagram is not drawn, for people; empty if nothing.
    fn left_out(&self) -> String {
        let mut parts = Vec::new();
        let fields: usize = self.nodes.iter().map(|node| self.diagram.nodes[*node].fields.len()).sum();
        if !self.fields && fields > 0 {
            parts.push(format!("the {}", count(fields, "field")));
        }
        for layer in Layer::ALL {
            let of_layer = |node: &usize| self.diagram.nodes[*node].layer == layer;
            let all = (0..self.diagram.nodes.len()).filter(of_layer).count();
            let drawn = self.nodes.iter().filter(|node| of_layer(node)).count();
            if all > drawn {
                parts.push(format!("{} of {}", number(all - drawn), count(all, entity_noun(layer))));
            }
        }
        if self.diagram.beyond > 0 {
            parts.push(format!("{} farther away", count(self.diagram.beyond, "entity")));
        }
        parts.join("; ")
    }
}

fn has_drifting_field(node: &Node) -> bool {
    node.fields.iter().any(|field| !field.rules.is_empty())
}

/// Edges as text; Mermaid styles them by their number.
#[derive(Default)]
struct Links {
    text: String,
    drawn: usize,
    drifted: Vec<String>,
}

impl Links {
    fn add(&mut self, lower: &str, upper: &str, edge: &Edge, rules: &str) {
        // What is less than sure is dotted.
        let is_sure = edge.confidence >= alignment_model::Confidence::Resolved;
        let arrow = if is_sure { "-->" } else { "-.->" };
        if rules.is_empty() {
            let _ = writeln!(self.text, "  {lower} {arrow} {upper}");
        } else {
            let _ = writeln!(self.text, "  {lower} {arrow}|\"{}\"| {upper}", label(rules));
            self.drifted.push(self.drawn.to_string());
        }
        self.drawn += 1;
    }
}

/// A name, and the rules that find something about it.
fn marked(name: &str, rules: &str) -> String {
    if rules.is_empty() { label(name) } else { format!("{}<br/>{}", label(name), label(rules)) }
}

/// A text inside quotes. What Mermaid or the HTML around it could read as syntax becomes an entity code, in base 10 ("Flowcharts -
/// Entity codes to escape characters"): a backtick after the quote begins Markdown, `#` an entity code.
fn label(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in terminal(text).chars() {
        match character {
            '"' | '#' | '&' | '<' | '>' | '`' | '|' | '\\' | ';' | '*' | '_' | '~' | '$' | '%' => {
                let _ = write!(out, "#{};", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out
}
