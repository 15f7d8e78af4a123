//! Committed OpenAPI documents that do not say what the code says any more.
//!
//! Deliberately absent: documents that describe another API, a part of one that was chosen, or that stand for an API of which no code was
//! read; and documents of tests and examples.

use std::collections::BTreeMap;

use alignment_model::api_document::{ApiDocument, DocumentStanding};
use alignment_model::finding::End;
use alignment_model::{FileId, Layer, Severity, Span};

use super::Definition;
use crate::documents::{Difference, What, differences};
use crate::draft::Draft;
use crate::places::{be, count, file_end, listed};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "openapi-document-stale",
    summary: "a committed OpenAPI document differs from the API that the code declares",
    group: "route",
    severity: Severity::Warning,
    check,
};

/// Differences that are shown as ends of their own.
const SHOWN: usize = 20;

fn check(context: &Context<'_>, findings: &mut Findings) {
    for document in &context.graph.project().documents {
        let found = differences(context, document);
        for (is_told, list) in [(true, found.told), (false, found.left_out)] {
            if !list.is_empty() {
                findings.add_or_keep_back(is_told, draft(context, document, &list));
            }
        }
    }
}

fn draft(context: &Context<'_>, document: &ApiDocument, found: &[Difference]) -> Draft {
    let project = context.graph.project();
    let path = project.path(document.file);
    let message = match read_instead(context, document) {
        Some(live) => format!(
            "`{path}` is an old copy that no script of its package reads: they read `{}`; it is not what the code declares in {}",
            project.path(live),
            count(found.len(), "place")
        ),
        None => format!("`{path}` is not what the code declares: {}", summary(found)),
    };
    let places = format!("differs in {}", count(found.len(), "place"));
    let whole = file_end(Layer::Route, path, places, Span::file_start(document.file));
    let (severity, help) = advice(context, document, found);
    let draft = Draft::new(severity, message).help(help).gathers(found.iter().map(told)).place(whole);
    let draft = copies(context, document).fold(draft, Draft::place);
    shown(found).into_iter().fold(draft, |draft, difference| match (difference.code, difference.document) {
        (Some((entity, at)), _) if difference.what != What::FieldGone => {
            let label = label(difference);
            match at {
                Some(at) => draft.field(context, entity, at, label),
                None => draft.end(context, entity, label),
            }
        }
        (_, Some(span)) => draft.place(End {
            layer: if difference.what == What::FieldGone { Layer::Schema } else { Layer::Route },
            entity: difference.subject.clone(),
            qualname: format!("{path}#{}", difference.subject),
            table: None,
            field: None,
            label: label(difference),
            span,
            is_use: false,
        }),
        _ => draft,
    })
}

/// The document that is read in place of this one and of all that hold its text.
fn read_instead(context: &Context<'_>, document: &ApiDocument) -> Option<FileId> {
    document.read_instead.filter(|_| copies(context, document).next().is_none())
}

/// How much it matters, and what to do.
fn advice(context: &Context<'_>, document: &ApiDocument, found: &[Difference]) -> (Severity, String) {
    let project = context.graph.project();
    if read_instead(context, document).is_some() {
        return (Severity::Info, "delete it".to_owned());
    }
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let own_name = name(project.path(document.file));
    let mut written = project.descriptions.written_from.iter();
    if let Some((file, _)) = written.find(|(_, document)| ***document == *own_name) {
        let classes = project.path(*file);
        let help = format!(
            "`{classes}` is generated from this document: write into it what the code serves, and generate the classes anew"
        );
        return (Severity::Warning, help);
    }
    if found.iter().all(Difference::is_by_setting) {
        let help = "if the generator is to call fields with a default required, nothing; else write the document anew from the application";
        return (Severity::Info, help.to_owned());
    }
    let help =
        "write the document anew from the application (`app.openapi()`), and let a test compare the two";
    (Severity::Warning, help.to_owned())
}

/// The first of each sort, then more of each in turn.
fn shown(found: &[Difference]) -> Vec<&Difference> {
    let mut by_sort: BTreeMap<What, Vec<&Difference>> = BTreeMap::new();
    for difference in found {
        by_sort.entry(difference.what).or_default().push(difference);
    }
    let longest = by_sort.values().map(Vec::len).max().unwrap_or(0);
    let mut shown: Vec<&Difference> = (0..longest)
        .flat_map(|at| by_sort.values().filter_map(move |list| list.get(at).copied()))
        .take(SHOWN)
        .collect();
    shown.sort_by_key(|difference| difference.what);
    shown
}

/// Files that hold the same text.
fn copies<'c>(context: &'c Context<'_>, document: &'c ApiDocument) -> impl Iterator<Item = End> + 'c {
    let project = context.graph.project();
    let copies =
        project.documents.iter().filter(|copy| copy.standing == DocumentStanding::Copy(document.file));
    copies.map(|copy| {
        file_end(Layer::Route, project.path(copy.file), "holds the same text", Span::file_start(copy.file))
    })
}

fn label(difference: &Difference) -> String {
    match difference.what {
        What::OperationLacks => "not in the document".to_owned(),
        What::OperationGone => "no code serves this".to_owned(),
        What::FieldLacks => "not in the document".to_owned(),
        What::FieldGone => "no such field in the code".to_owned(),
        What::Operation | What::Field => difference.says.clone(),
    }
}

/// `it lacks 2 operations: ...; 1 field differs: ...`
fn summary(found: &[Difference]) -> String {
    let mut parts = Vec::new();
    for what in What::ALL {
        let list: Vec<&Difference> = found.iter().filter(|difference| difference.what == what).collect();
        if list.is_empty() {
            continue;
        }
        let n = list.len();
        let head = match what {
            What::OperationLacks => format!("it lacks {}", count(n, "operation")),
            What::OperationGone => format!("{} in it {} served by no code", count(n, "operation"), be(n)),
            What::Operation => format!("{} in operations", count(n, "difference")),
            What::FieldLacks => format!("it lacks {}", count(n, "field")),
            What::FieldGone => format!("{} in it {} in no class of the code", count(n, "field"), be(n)),
            What::Field => format!("{} in fields", count(n, "difference")),
        };
        let told: Vec<String> = list.iter().map(|difference| told(difference)).collect();
        parts.push(match what {
            What::Operation | What::Field => format!("{head}: {}", sentences(&told)),
            _ => format!("{head}: {}", listed(told.iter().map(String::as_str))),
        });
    }
    parts.join("; ")
}

fn told(difference: &Difference) -> String {
    match difference.what {
        What::Operation | What::Field => format!("`{}` {}", difference.subject, difference.says),
        _ => difference.subject.clone(),
    }
}

/// A few differences, and how many more there are.
fn sentences(told: &[String]) -> String {
    const TOLD: usize = 3;
    let mut text = told.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
    if let Some(more) = told.len().checked_sub(TOLD).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
