//! What the questions about the contract graph share: how a name that has no one answer is refused, and how hops are shown.

use std::io::{self, Write};

use alignment_graph::{Answer, Candidate, ContractGraph, Evidence, Hop, Place};
use alignment_model::Span;
use alignment_report::{Paint, Places, terminal};
use serde::Serialize;

use crate::failure::Failure;

/// Meanings of an ambiguous name that are listed.
const CANDIDATES_SHOWN: usize = 12;

/// What was found, or why nothing was.
pub(crate) fn found<T>(name: &str, answer: Answer<T>) -> Result<T, Failure> {
    match answer {
        Answer::Found(found) => Ok(found),
        Answer::Ambiguous(candidates) => Err(ambiguous(name, &candidates)),
        Answer::Unknown(nearest) => Err(unknown(name, nearest.as_deref())),
    }
}

fn ambiguous(name: &str, candidates: &[Candidate]) -> Failure {
    let mut names: Vec<String> = candidates
        .iter()
        .take(CANDIDATES_SHOWN)
        .map(|candidate| format!("`{}` ({})", candidate.name, candidate.layer))
        .collect();
    if candidates.len() > CANDIDATES_SHOWN {
        names.push(format!("and {} more", candidates.len() - CANDIDATES_SHOWN));
    }
    Failure::new(format!("`{name}` means {} things that are not linked", candidates.len()))
        .hint(format!("name one of {}", names.join(", ")))
}

fn unknown(name: &str, nearest: Option<&str>) -> Failure {
    let failure = Failure::new(format!("no layer declares `{name}`"));
    match nearest {
        Some(nearest) => failure.hint(format!("did you mean `{nearest}`?")),
        None => failure.hint("`alignment facts` lists what each layer declares"),
    }
}

/// The graph and how places of it are shown.
pub(crate) struct Answering<'a> {
    pub(crate) graph: &'a ContractGraph,
    pub(crate) places: Places<'a>,
    pub(crate) paint: Paint,
}

impl Answering<'_> {
    /// Name and declaration of a place.
    pub(crate) fn named(&self, place: Place) -> (String, Span) {
        let declared = self.graph.project().entity(place.entity);
        match place.field.and_then(|field| declared.fields.get(field as usize)) {
            Some(field) => (format!("{}.{}", declared.name, field.name), field.span),
            None => (declared.name.to_string(), declared.span),
        }
    }

    /// `file:line`, for a terminal.
    pub(crate) fn at(&self, span: Span) -> String {
        format!("{}:{}", terminal(self.places.path(span.file)), self.places.line(span))
    }

    /// Name, contract and place on one line, after `before`.
    pub(crate) fn hop_text(&self, before: &str, hop: &Hop, out: &mut dyn Write) -> io::Result<()> {
        let (name, span) = self.named(hop.place);
        let contract =
            if hop.contract.is_empty() { String::new() } else { format!("  {}", terminal(&hop.contract)) };
        let (name, place) = (self.paint.bold(&terminal(&name)), self.paint.dim(&self.at(span)));
        writeln!(out, "{before}{name}{contract}  {place}")
    }

    /// Where the value of a hop comes from, one way on a line.
    pub(crate) fn arrivals_text(&self, before: &str, hop: &Hop, out: &mut dyn Write) -> io::Result<()> {
        for (place, Evidence { reason, span, confidence }) in &hop.from {
            let (from, _) = self.named(*place);
            let why = format!("{} ({confidence}, {})", terminal(reason), self.at(*span));
            writeln!(out, "{before}from {}: {}", terminal(&from), self.paint.dim(&why))?;
        }
        Ok(())
    }

    /// A hop for programs.
    pub(crate) fn hop_json<'h>(&'h self, hop: &'h Hop) -> HopJson<'h> {
        let (name, span) = self.named(hop.place);
        let from = hop.from.iter().map(|(place, evidence)| FromJson {
            name: self.named(*place).0,
            reason: &evidence.reason,
            confidence: evidence.confidence.key(),
            file: self.places.path(evidence.span.file),
            line: self.places.line(evidence.span),
        });
        HopJson {
            layer: hop.layer.key(),
            name,
            qualname: &self.graph.project().entity(hop.place.entity).qualname,
            contract: &hop.contract,
            file: self.places.path(span.file),
            line: self.places.line(span),
            confidence: hop.confidence.key(),
            distance: hop.distance,
            from: from.collect(),
        }
    }
}

/// One place that a value passes.
#[derive(Serialize)]
pub(crate) struct HopJson<'a> {
    layer: &'static str,
    name: String,
    qualname: &'a str,
    contract: &'a str,
    file: &'a str,
    line: u32,
    confidence: &'static str,
    distance: usize,
    from: Vec<FromJson<'a>>,
}

#[derive(Serialize)]
struct FromJson<'a> {
    name: String,
    reason: &'a str,
    confidence: &'static str,
    file: &'a str,
    line: u32,
}
