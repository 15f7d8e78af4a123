//! `alignment trace`: one entity or field through every layer, with what each promises and why each hop is believed.

use std::io::{self, Write};

use alignment_graph::{Candidate, ContractGraph, Evidence, Hop, Trace};
use alignment_model::Span;
use alignment_model::entity::{EntityId, FieldId};
use alignment_report::{Paint, Places, terminal};
use serde::Serialize;

use crate::args::{Global, PlainFormat, TraceArgs};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::run::Status;
use crate::{load, output};

/// Meanings of an ambiguous name that are listed.
const CANDIDATES_SHOWN: usize = 12;

/// Runs the command.
pub(crate) fn run(args: &TraceArgs, global: &Global) -> Result<Status, Failure> {
    let color = output::color(global.color, Some(&args.output));
    let progress = Progress::start();
    let mut loaded = load::load(&args.target, global, color, &progress)?;
    let outcome = loaded.analyze(global, &progress);
    drop(progress);
    let hops = match outcome.graph.trace(&args.name) {
        Trace::Found(hops) => hops,
        Trace::Ambiguous(candidates) => return Err(ambiguous(&args.name, &candidates)),
        Trace::Unknown(nearest) => return Err(unknown(&args.name, nearest.as_deref())),
    };
    let view =
        Drawing { graph: &outcome.graph, places: Places::new(&loaded.sources), paint: Paint::new(color) };
    output::write(&args.output, |out| match args.output_format {
        PlainFormat::Text => view.text(&hops, out),
        PlainFormat::Json => view.json(&hops, out),
    })?;
    Ok(Status::Clean)
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

struct Drawing<'a> {
    graph: &'a ContractGraph,
    places: Places<'a>,
    paint: Paint,
}

impl Drawing<'_> {
    /// Name and place of a hop.
    fn named(&self, entity: EntityId, field: Option<u32>) -> (String, Span) {
        let declared = self.graph.project().entity(entity);
        match field.and_then(|field| self.graph.field(FieldId { entity, field })) {
            Some(field) => (format!("{}.{}", declared.name, field.name), field.span),
            None => (declared.name.to_string(), declared.span),
        }
    }

    fn place(&self, span: Span) -> String {
        format!("{}:{}", terminal(self.places.path(span.file)), self.places.line(span))
    }

    fn text(&self, hops: &[Hop], out: &mut dyn Write) -> io::Result<()> {
        for hop in hops {
            let (name, span) = self.named(hop.entity, hop.field);
            let (name, place) = (self.paint.bold(&terminal(&name)), self.paint.dim(&self.place(span)));
            writeln!(out, "{:<8}  {name}  {}  {place}", hop.layer, terminal(&hop.contract))?;
            for (entity, field, evidence) in &hop.from {
                let Evidence { reason, span, confidence } = evidence;
                let (from, _) = self.named(*entity, *field);
                let why = format!("{} ({confidence}, {})", terminal(reason), self.place(*span));
                writeln!(out, "          from {}: {}", terminal(&from), self.paint.dim(&why))?;
            }
        }
        Ok(())
    }

    fn json(&self, hops: &[Hop], out: &mut dyn Write) -> io::Result<()> {
        let hops: Vec<HopJson<'_>> = hops.iter().map(|hop| self.hop_json(hop)).collect();
        serde_json::to_writer(&mut *out, &TraceJson { version: 1, hops })?;
        writeln!(out)
    }

    fn hop_json<'h>(&'h self, hop: &'h Hop) -> HopJson<'h> {
        let (name, span) = self.named(hop.entity, hop.field);
        let from = hop.from.iter().map(|(entity, field, evidence)| FromJson {
            name: self.named(*entity, *field).0,
            reason: &evidence.reason,
            confidence: evidence.confidence.key(),
            file: self.places.path(evidence.span.file),
            line: self.places.line(evidence.span),
        });
        HopJson {
            layer: hop.layer.key(),
            name,
            contract: &hop.contract,
            file: self.places.path(span.file),
            line: self.places.line(span),
            from: from.collect(),
        }
    }
}

#[derive(Serialize)]
struct TraceJson<'a> {
    version: u32,
    hops: Vec<HopJson<'a>>,
}

#[derive(Serialize)]
struct HopJson<'a> {
    layer: &'static str,
    name: String,
    contract: &'a str,
    file: &'a str,
    line: u32,
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
