//! `alignment facts`: what each layer declares.

use std::io::{self, Write};

use alignment_graph::contract;
use alignment_model::entity::EntityKind;
use alignment_model::project::Project;
use alignment_model::{Layer, Sources};
use alignment_report::{Paint, Places, terminal};

use crate::args::{FactsArgs, Global, PlainFormat};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::run::{Status, timings};
use crate::{load, output};

/// Runs the command.
pub(crate) fn run(args: &FactsArgs, global: &Global) -> Result<Status, Failure> {
    let color = output::color(global.color, Some(&args.output));
    let progress = Progress::start();
    let mut loaded = load::load(&args.target, global, color, &progress)?;
    let outcome = loaded.analyze(global, &progress);
    drop(progress);
    let (project, sources) = (outcome.graph.project(), &loaded.sources);
    let reached = |call| outcome.graph.operations_of_call(call).map(|(operation, _)| operation).collect();
    output::write(&args.output, |out| match args.output_format {
        PlainFormat::Json => alignment_report::facts::write(project, &reached, sources, out),
        PlainFormat::Text => text(project, sources, Paint::new(color), out),
    })?;
    if global.timings {
        timings(&outcome.analysis);
    }
    Ok(Status::Clean)
}

/// One paragraph per entity: where it is, then a line per field.
fn text(project: &Project, sources: &Sources, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(sources);
    for layer in Layer::ALL {
        for (_, entity) in project.layer(layer).filter(|(_, entity)| entity.kind != EntityKind::InPlace) {
            let place = format!("{}:{}", terminal(places.path(entity.span.file)), places.line(entity.span));
            let name = paint.bold(&terminal(&entity.name));
            writeln!(out, "{} {name} {}", entity.kind.key(), paint.dim(&place))?;
            for field in &entity.fields {
                let contract = contract(layer, field);
                writeln!(out, "  {}: {}", terminal(&field.name), terminal(&contract))?;
            }
            for reason in &entity.completeness.reasons {
                writeln!(out, "  {}", paint.dim(&format!("may have more: {}", terminal(&reason.message))))?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}
