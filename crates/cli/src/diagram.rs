//! `alignment graph`: the contract graph, or the neighbourhood of a name, as a drawing.

use alignment_report::diagram::DiagramReport;

use crate::args::{Global, GraphArgs};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::question::found;
use crate::run::Status;
use crate::{load, output};

/// Runs the command.
pub(crate) fn run(args: &GraphArgs, global: &Global) -> Result<Status, Failure> {
    let color = output::color(global.color, Some(&args.output));
    let progress = Progress::start();
    let mut loaded = load::load(&args.target, global, color, &progress)?;
    let outcome = loaded.analyze(global, &progress);
    drop(progress);
    let depth = args.depth.map(usize::from);
    let mut diagram = match &args.focus {
        None => outcome.graph.diagram(),
        Some(name) => found(name, outcome.graph.neighbourhood(name, depth))?,
    };
    diagram.mark(&outcome.analysis.findings);
    let report = DiagramReport { sources: &loaded.sources, diagram: &diagram };
    output::write(&args.output, |out| (args.output_format.write)(&report, out))?;
    Ok(Status::Clean)
}
