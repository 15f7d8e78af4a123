//! `alignment impact`: what depends on an entity or field, what it rests on, the calls of the client that pass it and the statements of
//! SQL that name it.

use std::io::{self, Write};

use alignment_graph::{CallSite, Hop, Impact, Naming, StatementSite};
use alignment_model::{Layer, Span};
use alignment_report::escape::{link_target, markdown, markdown_code};
use alignment_report::{Paint, Places, terminal};
use serde::Serialize;

use crate::args::{Global, ImpactArgs, ReadingFormat};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::question::{Answering, HopJson, found};
use crate::run::Status;
use crate::{load, output};

/// Runs the command.
pub(crate) fn run(args: &ImpactArgs, global: &Global) -> Result<Status, Failure> {
    let color = output::color(global.color, Some(&args.output));
    let progress = Progress::start();
    let mut loaded = load::load(&args.target, global, color, &progress)?;
    let outcome = loaded.analyze(global, &progress);
    drop(progress);
    let impact = found(&args.name, outcome.graph.impact(&args.name))?;
    let view =
        Answering { graph: &outcome.graph, places: Places::new(&loaded.sources), paint: Paint::new(color) };
    let page = Page { view: &view, impact: &impact };
    output::write(&args.output, |out| match args.output_format {
        ReadingFormat::Text => page.text(out),
        ReadingFormat::Markdown => page.markdown(out),
        ReadingFormat::Json => page.json(out),
    })?;
    Ok(Status::Clean)
}

struct Page<'a> {
    view: &'a Answering<'a>,
    impact: &'a Impact,
}

/// The parts of an answer, with what each says if it is empty.
const DEPENDENTS: (&str, &str) = ("Depends on it", "Nothing that was linked depends on it.");
const STATEMENTS: &str = "Statements of SQL";
const FOUNDATIONS: (&str, &str) = ("Rests on", "It rests on nothing that was linked.");

impl Page<'_> {
    fn parts(&self) -> [((&'static str, &'static str), &[Hop]); 2] {
        [(DEPENDENTS, &self.impact.dependents), (FOUNDATIONS, &self.impact.foundations)]
    }

    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let subject = &self.impact.subject;
        self.view.hop_text(&format!("{} ", subject.layer), subject, out)?;
        for ((title, empty), hops) in self.parts() {
            writeln!(out, "\n{}", self.view.paint.bold(&heading(title, hops.len())))?;
            if hops.is_empty() {
                writeln!(out, "  {empty}")?;
            }
            for (layer, hops) in by_layer(hops) {
                writeln!(out, "  {layer}")?;
                for hop in hops {
                    self.view.hop_text("    ", hop, out)?;
                    for (from, reason, span, confidence) in self.reasons(hop) {
                        let why = format!("{} ({confidence}, {})", terminal(reason), self.view.at(span));
                        writeln!(out, "      {}: {}", terminal(&from), self.view.paint.dim(&why))?;
                    }
                }
            }
        }
        self.calls_text(out)?;
        let statements = &self.impact.statements;
        if !statements.is_empty() {
            writeln!(out, "\n{}", self.view.paint.bold(&heading(STATEMENTS, statements.len())))?;
        }
        for (span, words) in statements.iter().filter_map(|site| self.statement(site)) {
            writeln!(out, "  {}  {}", self.view.at(span), self.view.paint.dim(&terminal(&words)))?;
        }
        Ok(())
    }

    /// Where a statement of SQL stands, and how it names what was asked for.
    fn statement(&self, site: &StatementSite) -> Option<(Span, String)> {
        let (name, _) = self.view.named(site.place);
        let read = self.view.graph.project().statements.get(site.statement)?;
        let words = match site.naming {
            Naming::Named => format!("{} names {name}", read.verb.word()),
            Naming::Every => format!("{} reads every column of the table, {name} too", read.verb.word()),
        };
        Some((read.span, words))
    }

    fn calls_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let calls = &self.impact.calls;
        if calls.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.view.paint.bold(&heading("Calls of the client", calls.len())))?;
        for CallSite { evidence, confidence, .. } in calls {
            let place = self.view.at(evidence.span);
            writeln!(
                out,
                "  {place}  {}",
                self.view.paint.dim(&format!("{} ({confidence})", terminal(&evidence.reason)))
            )?;
        }
        Ok(())
    }

    /// Why a hop is there: where its value comes from, or, of a foundation, where it goes to on the way to what was asked for.
    fn reasons<'h>(&'h self, hop: &'h Hop) -> Vec<(String, &'h str, Span, &'static str)> {
        let passed = |verb: &str, place, evidence: &'h alignment_graph::Evidence| {
            let name = format!("{verb} {}", self.view.named(place).0);
            (name, &*evidence.reason, evidence.span, evidence.confidence.key())
        };
        let is_foundation = self.impact.foundations.iter().any(|other| other.place == hop.place);
        if !is_foundation {
            return hop.from.iter().map(|(place, evidence)| passed("from", *place, evidence)).collect();
        }
        let uppers = std::iter::once(&self.impact.subject).chain(&self.impact.foundations);
        let steps = uppers.flat_map(|upper| upper.from.iter().map(move |step| (upper.place, step)));
        let own = steps.filter(|(_, (lower, _))| *lower == hop.place);
        own.map(|(upper, (_, evidence))| passed("to", upper, evidence)).collect()
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        let subject = &self.impact.subject;
        let (name, span) = self.view.named(subject.place);
        writeln!(out, "# Impact of {}\n", markdown_code(&name))?;
        writeln!(out, "{} {}{}", subject.layer, self.link(span), self.promise(subject))?;
        for ((title, empty), hops) in self.parts() {
            writeln!(out, "\n## {}\n", heading(title, hops.len()))?;
            if hops.is_empty() {
                writeln!(out, "{empty}")?;
            }
            for (at, (layer, hops)) in by_layer(hops).enumerate() {
                writeln!(out, "{}### {layer} ({})\n", if at == 0 { "" } else { "\n" }, hops.len())?;
                for hop in hops {
                    self.hop_markdown(hop, out)?;
                }
            }
        }
        if !self.impact.calls.is_empty() {
            writeln!(out, "\n## {}\n", heading("Calls of the client", self.impact.calls.len()))?;
        }
        for CallSite { evidence, confidence, .. } in &self.impact.calls {
            writeln!(out, "- {} {} ({confidence})", self.link(evidence.span), markdown(&evidence.reason))?;
        }
        if !self.impact.statements.is_empty() {
            writeln!(out, "\n## {}\n", heading(STATEMENTS, self.impact.statements.len()))?;
        }
        for (span, words) in self.impact.statements.iter().filter_map(|site| self.statement(site)) {
            writeln!(out, "- {} {}", self.link(span), markdown(&words))?;
        }
        Ok(())
    }

    fn hop_markdown(&self, hop: &Hop, out: &mut dyn Write) -> io::Result<()> {
        let (name, span) = self.view.named(hop.place);
        writeln!(out, "- {} {}{}", markdown_code(&name), self.link(span), self.promise(hop))?;
        for (from, reason, span, confidence) in self.reasons(hop) {
            let (verb, name) = from.split_once(' ').unwrap_or(("from", &from));
            let (name, reason, place) = (markdown_code(name), markdown(reason), self.link(span));
            writeln!(out, "  - {verb} {name}: {reason} ({confidence}, {place})")?;
        }
        Ok(())
    }

    fn promise(&self, hop: &Hop) -> String {
        if hop.contract.is_empty() { String::new() } else { format!(": {}", markdown_code(&hop.contract)) }
    }

    fn link(&self, span: Span) -> String {
        let (path, line) = (self.view.places.path(span.file), self.view.places.line(span));
        format!("[{}:{line}]({}#L{line})", markdown(path), link_target(path))
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let document = ImpactJson {
            version: 1,
            subject: self.view.hop_json(&self.impact.subject),
            dependents: self.impact.dependents.iter().map(|hop| self.view.hop_json(hop)).collect(),
            foundations: self.impact.foundations.iter().map(|hop| self.view.hop_json(hop)).collect(),
            calls: self.impact.calls.iter().map(|site| self.call_json(site)).collect(),
            statements: self.impact.statements.iter().filter_map(|site| self.statement_json(site)).collect(),
        };
        serde_json::to_writer(&mut *out, &document)?;
        writeln!(out)
    }

    fn statement_json(&self, site: &StatementSite) -> Option<StatementJson<'_>> {
        let read = self.view.graph.project().statements.get(site.statement)?;
        Some(StatementJson {
            file: self.view.places.path(read.span.file),
            line: self.view.places.line(read.span),
            verb: read.verb.word(),
            name: self.view.named(site.place).0,
            naming: match site.naming {
                Naming::Named => "named",
                Naming::Every => "every_column",
            },
        })
    }

    fn call_json<'h>(&'h self, site: &'h CallSite) -> CallJson<'h> {
        let project = self.view.graph.project();
        CallJson {
            file: self.view.places.path(site.evidence.span.file),
            line: self.view.places.line(site.evidence.span),
            caller: project.calls.get(site.call).map_or("", |call| &call.caller),
            operation: &project.entity(site.operation).name,
            reason: &site.evidence.reason,
            confidence: site.confidence.key(),
        }
    }
}

fn heading(title: &str, n: usize) -> String {
    if n == 0 { title.to_owned() } else { format!("{title} ({n})") }
}

/// The hops of each layer, in order.
fn by_layer(hops: &[Hop]) -> impl Iterator<Item = (Layer, &[Hop])> {
    hops.chunk_by(|a, b| a.layer == b.layer).filter_map(|hops| Some((hops.first()?.layer, hops)))
}

#[derive(Serialize)]
struct ImpactJson<'a> {
    version: u32,
    subject: HopJson<'a>,
    dependents: Vec<HopJson<'a>>,
    foundations: Vec<HopJson<'a>>,
    calls: Vec<CallJson<'a>>,
    statements: Vec<StatementJson<'a>>,
}

#[derive(Serialize)]
struct StatementJson<'a> {
    file: &'a str,
    line: u32,
    verb: &'static str,
    name: String,
    naming: &'static str,
}

#[derive(Serialize)]
struct CallJson<'a> {
    file: &'a str,
    line: u32,
    caller: &'a str,
    operation: &'a str,
    reason: &'a str,
    confidence: &'static str,
}
