//! `alignment trace`: one entity or field through every layer, with what each promises and why each hop is believed.

use std::io::{self, Write};

use alignment_graph::{Gap, Hop};
use alignment_report::{Paint, Places, terminal};
use serde::Serialize;

use crate::args::{Global, PlainFormat, TraceArgs};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::question::{Answering, HopJson, found};
use crate::run::Status;
use crate::{load, output};

/// Runs the command.
pub(crate) fn run(args: &TraceArgs, global: &Global) -> Result<Status, Failure> {
    let color = output::color(global.color, Some(&args.output));
    let progress = Progress::start();
    let mut loaded = load::load(&args.target, global, color, &progress)?;
    let outcome = loaded.analyze(global, &progress);
    drop(progress);
    let hops = found(&args.name, outcome.graph.trace(&args.name))?;
    let gaps = outcome.graph.gaps(&hops);
    let view =
        Answering { graph: &outcome.graph, places: Places::new(&loaded.sources), paint: Paint::new(color) };
    output::write(&args.output, |out| match args.output_format {
        PlainFormat::Text => text(&view, &hops, &gaps, out),
        PlainFormat::Json => json(&view, &hops, &gaps, out),
    })?;
    Ok(Status::Clean)
}

fn text(view: &Answering<'_>, hops: &[Hop], gaps: &[Gap], out: &mut dyn Write) -> io::Result<()> {
    for hop in hops {
        view.hop_text(&format!("{:<8}  ", hop.layer), hop, out)?;
        view.arrivals_text("          ", hop, out)?;
    }
    for gap in gaps {
        let declared = view.graph.project().entity(gap.entity);
        let name = view.paint.bold(&terminal(&declared.name));
        let (beside, _) = view.named(gap.beside);
        let place = view.paint.dim(&view.at(declared.span));
        writeln!(out, "{:<8}  {name} has no partner of {}  {place}", gap.layer, terminal(&beside))?;
        let (reason, confidence) = (terminal(&gap.evidence.reason), gap.evidence.confidence);
        let why = format!("{reason} ({confidence}, {})", view.at(gap.evidence.span));
        writeln!(out, "          linked: {}", view.paint.dim(&why))?;
    }
    Ok(())
}

fn json(view: &Answering<'_>, hops: &[Hop], gaps: &[Gap], out: &mut dyn Write) -> io::Result<()> {
    let hops: Vec<HopJson<'_>> = hops.iter().map(|hop| view.hop_json(hop)).collect();
    let gaps = gaps.iter().map(|gap| {
        let declared = view.graph.project().entity(gap.entity);
        GapJson {
            layer: gap.layer.key(),
            name: &declared.name,
            qualname: &declared.qualname,
            file: view.places.path(declared.span.file),
            line: view.places.line(declared.span),
            beside: view.named(gap.beside).0,
            reason: &gap.evidence.reason,
            confidence: gap.evidence.confidence.key(),
        }
    });
    serde_json::to_writer(&mut *out, &TraceJson { version: 1, hops, gaps: gaps.collect() })?;
    writeln!(out)
}

#[derive(Serialize)]
struct TraceJson<'a> {
    version: u32,
    hops: Vec<HopJson<'a>>,
    gaps: Vec<GapJson<'a>>,
}

/// An entity beside the chain that lacks its field.
#[derive(Serialize)]
struct GapJson<'a> {
    layer: &'static str,
    name: &'a str,
    qualname: &'a str,
    file: &'a str,
    line: u32,
    beside: String,
    reason: &'a str,
    confidence: &'static str,
}
