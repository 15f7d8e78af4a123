//! Code frames: the lines that disagree, drawn as rustc draws them.

use std::borrow::Cow;

use alignment_model::finding::Finding;
use alignment_model::{LineIndex, Severity, Span, TextRange};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet};

use crate::escape::terminal;
use crate::places::Places;
use crate::plain::path;
use crate::words::count;

/// Longest piece of one line that is shown; generated code has lines of a megabyte.
const MAX_LINE: usize = 160;

/// Most places drawn for one finding; machine formats list all.
const MAX_ENDS: usize = 4;

/// Most symptoms listed for one finding; machine formats and Markdown list all.
const MAX_SYMPTOMS: usize = 4;

/// Draws findings.
pub(crate) struct Frames {
    renderer: Renderer,
}

impl Frames {
    /// With or without colour.
    pub(crate) fn new(color: bool) -> Self {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        Self { renderer: renderer.decor_style(DecorStyle::Ascii) }
    }

    /// A finding: both ends, the path between them, the witness and the help.
    pub(crate) fn finding(&self, finding: &Finding, places: &Places<'_>) -> String {
        let title = level(finding.severity).primary_title(terminal(&finding.message)).id(finding.rule);
        let mut elements: Vec<Element<'_>> = Vec::new();
        for (at, end) in finding.ends.iter().take(MAX_ENDS).enumerate() {
            let kind = if at == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            elements.push(snippet(places, end.span, kind, &end.label).into());
        }
        if let Some(rest) = finding.ends.len().checked_sub(MAX_ENDS).filter(|rest| *rest > 0) {
            let more = format!("{} of this kind", count(rest, "more place"));
            elements.push(Level::NOTE.message(more).into());
        }
        if !finding.path.is_empty() {
            elements.push(Level::NOTE.with_name("path").message(path(finding)).into());
        }
        for line in finding.witness.iter().flat_map(|witness| witness.lines()) {
            elements.push(Level::NOTE.with_name("witness").message(terminal(line)).into());
        }
        if let Some(help) = &finding.help {
            elements.push(Level::HELP.message(terminal(help)).into());
        }
        if let Some(fix) = &finding.fix {
            // What only informs is mended where its rule is named.
            let rule = match finding.severity {
                Severity::Info => format!(" --rule {}", finding.rule),
                _ => String::new(),
            };
            let text = format!("{} (`alignment fix{rule}`)", terminal(&fix.title));
            elements.push(Level::NOTE.with_name("fix").message(text).into());
        }
        for symptom in finding.symptoms.iter().take(MAX_SYMPTOMS) {
            let text = self::symptom(symptom, places);
            elements.push(Level::NOTE.with_name("symptom").message(text).into());
        }
        if let Some(rest) = finding.symptoms.len().checked_sub(MAX_SYMPTOMS).filter(|rest| *rest > 0) {
            elements.push(Level::NOTE.message(count(rest, "more symptom")).into());
        }
        self.renderer.render(&[Group::with_title(title).elements(elements)])
    }

    /// A mistake in a text that is not part of the analysis: the configuration.
    pub(crate) fn mistake(
        &self,
        path: &str,
        text: &str,
        at: TextRange,
        message: &str,
        help: Option<&str>,
    ) -> String {
        let mut group = Group::with_title(Level::ERROR.primary_title(terminal(message)));
        let index = LineIndex::new(text);
        let excerpt = Excerpt::new(text, &index, at);
        group = group
            .element(excerpt.snippet(path).annotation(AnnotationKind::Primary.span(excerpt.marked.clone())));
        if let Some(help) = help {
            group = group.element(Level::HELP.message(terminal(help)));
        }
        self.renderer.render(&[group])
    }
}

/// One line: what the rule says at the other place, and where.
fn symptom(symptom: &Finding, places: &Places<'_>) -> String {
    let place = symptom.ends.first().map(|end| {
        let path = terminal(places.path(end.span.file));
        format!(" at {path}:{}", places.line(end.span))
    });
    format!("{} ({}{})", terminal(&symptom.message), symptom.rule, place.unwrap_or_default())
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

fn snippet<'a>(
    places: &Places<'a>,
    span: Span,
    kind: AnnotationKind,
    label: &'a str,
) -> Snippet<'a, Annotation<'a>> {
    let excerpt = Excerpt::new(places.sources().text(span.file), places.lines(span.file), span.range);
    let annotation = kind.span(excerpt.marked.clone());
    let annotation = if label.is_empty() { annotation } else { annotation.label(terminal(label)) };
    excerpt.snippet(places.path(span.file)).annotation(annotation)
}

/// One line of a text, cut to what can be shown, and what is marked in it.
struct Excerpt<'a> {
    text: Cow<'a, str>,
    line: u32,
    marked: std::ops::Range<usize>,
}

impl<'a> Excerpt<'a> {
    /// The line on which `range` starts. An empty range marks the rest of its line.
    fn new(text: &'a str, index: &LineIndex, range: TextRange) -> Self {
        let line = index.line(range.start);
        let start = index.start_of(line).unwrap_or(0) as usize;
        let end = index.start_of(line + 1).map_or(text.len(), |next| next as usize);
        let content = text.get(start..end).unwrap_or("").trim_end();
        let from = (range.start as usize - start.min(range.start as usize)).min(content.len());
        let wanted = (range.end as usize).saturating_sub(start).min(content.len());
        let to = if wanted > from { wanted } else { content.len().max(from) };
        if content.len() <= MAX_LINE {
            return Self { text: Cow::Borrowed(content), line, marked: from..to };
        }
        let cut_from = boundary(content, from.saturating_sub(MAX_LINE / 4));
        let cut_to = boundary(content, (cut_from + MAX_LINE).min(content.len()));
        let (from, to) = (from.clamp(cut_from, cut_to), to.clamp(cut_from, cut_to));
        let dots = if cut_from > 0 { "..." } else { "" };
        let shown = format!("{dots}{}...", content.get(cut_from..cut_to).unwrap_or(""));
        let shift = |at: usize| at - cut_from + dots.len();
        Self { text: Cow::Owned(shown), line, marked: shift(from)..shift(to) }
    }

    fn snippet(&self, path: &'a str) -> Snippet<'a, Annotation<'a>> {
        Snippet::source(self.text.clone()).line_start(self.line as usize).path(terminal(path)).fold(true)
    }
}

/// The nearest start of a character at or before `at`.
fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
