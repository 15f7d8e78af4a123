//! `alignment trace`: one entity or field through every layer, with what each promises and why each hop is believed.

use std::io::{self, Write};

use alignment_graph::Hop;
use alignment_report::{Paint, Places};
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
    let view =
        Answering { graph: &outcome.graph, places: Places::new(&loaded.sources), paint: Paint::new(color) };
    output::write(&args.output, |out| match args.output_format {
        PlainFormat::Text => text(&view, &hops, out),
        PlainFormat::Json => json(&view, &hops, out),
    })?;
    Ok(Status::Clean)
}

fn text(view: &Answering<'_>, hops: &[Hop], out: &mut dyn Write) -> io::Result<()> {
    for hop in hops {
        view.hop_text(&format!("{:<8}  ", hop.layer), hop, out)?;
        view.arrivals_text("          ", hop, out)?;
    }
    Ok(())
}

fn json(view: &Answering<'_>, hops: &[Hop], out: &mut dyn Write) -> io::Result<()> {
    let hops: Vec<HopJson<'_>> = hops.iter().map(|hop| view.hop_json(hop)).collect();
    serde_json::to_writer(&mut *out, &TraceJson { version: 1, hops })?;
    writeln!(out)
}

#[derive(Serialize)]
struct TraceJson<'a> {
    version: u32,
    hops: Vec<HopJson<'a>>,
}
