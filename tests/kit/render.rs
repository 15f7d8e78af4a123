//! Canonical text of what an analysis knows: one line for each entity, field, link and finding.

use std::fmt::Write;

use alignment_engine::Outcome;
use alignment_graph::{ContractGraph, LinkKind, Trace, contract};
use alignment_model::entity::{Entity, Field, FieldId};
use alignment_model::finding::Finding;
use alignment_model::{Known, Sources, Span};

/// The text of a fence.
pub(crate) fn fence(what: &str, sources: &Sources, outcome: &Outcome) -> String {
    match what.split_once(' ') {
        Some(("trace", name)) => trace(&outcome.graph, name.trim(), sources),
        _ if what == "facts" => facts(&outcome.graph),
        _ if what == "graph" => links(&outcome.graph, sources),
        _ => outcome.analysis.findings.iter().map(|finding| told(finding, sources)).collect(),
    }
}

/// `model User (users)`, then its fields with their contracts.
fn facts(graph: &ContractGraph) -> String {
    let mut out = String::new();
    for (_, entity) in graph.project().iter() {
        let table = entity.table().map(|table| format!(" ({table})")).unwrap_or_default();
        writeln!(out, "{} {}{table}", entity.kind.key(), entity.name).expect("text can be written");
        for field in &entity.fields {
            let wire = match &field.wire_name {
                Known::Is(name) if *name != field.name => format!(" = {name}"),
                Known::Is(_) => String::new(),
                Known::Unknown(why) => format!(" = unknown: {why}"),
            };
            writeln!(out, "  {}{wire}: {}", field.name, contract(entity.layer(), field))
                .expect("text can be written");
        }
        for reason in &entity.completeness.reasons {
            writeln!(out, "  incomplete: {}", reason.message).expect("text can be written");
        }
    }
    out
}

/// `database:users -> model:User  resolved  reason`, then the pairs of fields.
fn links(graph: &ContractGraph, sources: &Sources) -> String {
    let mut out = String::new();
    for link in LinkKind::ALL.into_iter().flat_map(|kind| graph.links(kind)) {
        let project = graph.project();
        let (lower, upper) = (project.entity(link.lower), project.entity(link.upper));
        let reason = link.reason();
        writeln!(
            out,
            "{} -> {}  {} {}  {} ({})",
            named(lower),
            named(upper),
            link.confidence(),
            link.flow.direction().key(),
            reason.reason,
            at(reason.span, sources)
        )
        .expect("text can be written");
        for pair in &link.pairs {
            let name = |id: FieldId| graph.field(id).map_or("?", |field: &Field| &field.name).to_owned();
            let (lower, upper) = (name(link.lower_field(pair)), name(link.upper_field(pair)));
            let why =
                pair.evidence.as_ref().map(|evidence| format!("  {}", evidence.reason)).unwrap_or_default();
            let names = if lower == upper { lower } else { format!("{lower} = {upper}") };
            writeln!(out, "  {names}{why}").expect("text can be written");
        }
    }
    out
}

/// A finding, and its symptoms in short.
fn told(finding: &Finding, sources: &Sources) -> String {
    let mut out = report(finding, sources);
    for symptom in &finding.symptoms {
        let place = symptom.ends.first().map(|end| at(end.span, sources)).unwrap_or_default();
        let line =
            format!("  symptom: {}[{}] {} ({place})\n", symptom.severity, symptom.rule, symptom.message);
        out.push_str(&line);
    }
    out
}

/// A finding with everything a report can show of it.
fn report(finding: &Finding, sources: &Sources) -> String {
    let mut out = format!(
        "{}[{}] {} ({}, {})\n",
        finding.severity,
        finding.rule,
        finding.message,
        finding.confidence,
        finding.direction.key()
    );
    for end in &finding.ends {
        let field = end.field.as_deref().map(|field| format!(".{field}")).unwrap_or_default();
        out.push_str(&format!(
            "  {} {}{field}: {} ({})\n",
            end.layer,
            end.entity,
            end.label,
            at(end.span, sources)
        ));
    }
    for step in &finding.path {
        out.push_str(&format!("  link: {} ({}, {})\n", step.reason, step.confidence, at(step.span, sources)));
    }
    if let Some(witness) = &finding.witness {
        out.push_str(&format!("  witness: {witness}\n"));
    }
    if let Some(help) = &finding.help {
        out.push_str(&format!("  help: {help}\n"));
    }
    out
}

/// One field through every layer.
fn trace(graph: &ContractGraph, name: &str, sources: &Sources) -> String {
    match graph.trace(name) {
        Trace::Found(hops) => {
            let mut out = String::new();
            for hop in hops {
                let entity = graph.project().entity(hop.place.entity);
                let field = hop.place.field.and_then(|field| entity.fields.get(field as usize));
                let name = field.map(|field| format!(".{}", field.name)).unwrap_or_default();
                writeln!(out, "{} {}{name}: {}", hop.layer, entity.name, hop.contract)
                    .expect("text can be written");
                for (_, evidence) in &hop.from {
                    writeln!(
                        out,
                        "  {} ({}, {})",
                        evidence.reason,
                        evidence.confidence,
                        at(evidence.span, sources)
                    )
                    .expect("text can be written");
                }
            }
            out
        }
        Trace::Ambiguous(candidates) => {
            candidates.iter().map(|candidate| format!("{} {}\n", candidate.layer, candidate.name)).collect()
        }
        Trace::Unknown(near) => format!("unknown; nearest: {}\n", near.as_deref().unwrap_or("none")),
    }
}

fn named(entity: &Entity) -> String {
    format!("{}:{}", entity.layer(), entity.name)
}

fn at(span: Span, sources: &Sources) -> String {
    format!("{}:{}", sources.path(span.file), sources.position(span).line)
}
