//! Findings that the project accepts: comments beside the code and entries of `alignment.yaml`, each with a reason.
//!
//! `# alignment: ignore[rule] reason` (also `//`, `/* */` and `--`) speaks for its own line, or, alone on a line, for the next
//! line of code, decorators included. A suppression that silences nothing is reported, and so is one without a reason or with a
//! rule nobody knows: it then silences nothing.

use std::collections::BTreeMap;

use alignment_model::analysis::Suppressed;
use alignment_model::code::FileFacts;
use alignment_model::finding::{End, Finding};
use alignment_model::name::did_you_mean;
use alignment_model::problem::{Problem, ProblemKind};
use alignment_model::project::{DatabaseSource, Project};
use alignment_model::{FileId, Layer, LineIndex, Sources, Span, TextRange};

use crate::config::{Config, INTERNAL_RULES, Ignore, Scope, rule_named};
use crate::declared;
use crate::pipeline::Options;

/// Findings parted by whether the project accepts them, and what is wrong with its suppressions.
#[derive(Default)]
pub(crate) struct Parted {
    /// Findings that count.
    pub(crate) findings: Vec<Finding>,
    /// Findings that were silenced.
    pub(crate) suppressed: Vec<Suppressed>,
    /// Suppressions that silence nothing, and why.
    pub(crate) problems: Vec<Problem>,
}

/// Applies the comments, then the configuration.
pub(crate) fn apply(
    findings: Vec<Finding>,
    sources: &Sources,
    facts: &[FileFacts],
    config: &Config,
    project: &Project,
    options: &Options,
) -> Parted {
    let mut parted = Parted::default();
    let mut comments = Comments::read(sources, facts, &mut parted.problems);
    let entry = |ignore| Entry::new(ignore, project, sources, options);
    let mut entries: Vec<Entry<'_>> = config.ignores.iter().map(entry).collect();
    let configuration = config.file(sources);
    let mut accepted = |finding: &Finding| {
        comments.silence(finding).map(|(reason, by)| (reason, Some(by))).or_else(|| {
            let ignore = silence(&mut entries, finding)?;
            Some((ignore.reason.to_string(), configuration.map(|file| ignore.range.in_file(file))))
        })
    };
    for mut finding in findings {
        // Each symptom is asked as well where its root is accepted, so that no suppression of it looks unused.
        let mut symptoms = Vec::new();
        for symptom in std::mem::take(&mut finding.symptoms) {
            match accepted(&symptom) {
                Some((reason, by)) => parted.suppressed.push(Suppressed { finding: symptom, reason, by }),
                None => symptoms.push(symptom),
            }
        }
        finding.symptoms = symptoms;
        match accepted(&finding) {
            Some((reason, by)) => parted.suppressed.push(Suppressed { finding, reason, by }),
            None => parted.findings.push(finding),
        }
    }
    comments.report_unused(config, &mut parted.problems);
    for entry in &entries {
        entry.report(configuration, &mut parted.problems);
    }
    parted
}

/// One entry of the configuration, with what it matched so far.
struct Entry<'a> {
    ignore: &'a Ignore,
    /// The files of both sides, for an entry that belongs to a comparison.
    sides: Option<[&'a [FileId]; 2]>,
    /// By file, whether its path is matched; every file is if the entry names none.
    in_path: Vec<bool>,
    expired: bool,
    /// It says that something is internal which does not exist, and that is told apart.
    names_nothing: bool,
    matched: usize,
}

impl<'a> Entry<'a> {
    fn new(ignore: &'a Ignore, project: &'a Project, sources: &Sources, options: &Options) -> Self {
        let expired = ignore.expires.zip(options.today).is_some_and(|(last, today)| today > last);
        let files = |name: &str| {
            let named = |source: &&DatabaseSource| *source.name == *name || *source.path == *name;
            project.database_sources.iter().find(named).map_or(&[][..], |source| &source.files)
        };
        let sides = match &ignore.scope {
            Scope::Comparison([left, right]) => Some([files(left), files(right)]),
            _ => None,
        };
        let matches = |path: &str| {
            ignore.path.as_ref().is_none_or(|pattern| pattern.matches(&format!("{}{path}", options.prefix)))
        };
        let in_path = sources.iter().map(|(_, source)| matches(&source.path)).collect();
        let names_nothing = matches!(ignore.scope, Scope::Internal(_))
            && ignore.entity.as_ref().is_some_and(|pattern| !declared::exists(project, pattern));
        Self { ignore, sides, in_path, expired, names_nothing, matched: 0 }
    }

    /// Whether it covers a finding. An entry of a comparison is about what its two sides alone say.
    fn covers(&self, finding: &Finding) -> bool {
        let is_between = |sides: &[&[FileId]; 2]| {
            let in_database = finding.ends.iter().all(|end| end.layer == Layer::Database);
            let touches = |side: &&[FileId]| finding.ends.iter().any(|end| side.contains(&end.span.file));
            in_database && sides.iter().all(touches)
        };
        let ignore = self.ignore;
        let names_an_end = ignore.entity.is_some() || ignore.field.is_some() || ignore.path.is_some();
        self.sides.as_ref().is_none_or(is_between)
            && ignore.rule.is_none_or(|rule| rule == finding.rule)
            && (!matches!(ignore.scope, Scope::Internal(_)) || INTERNAL_RULES.contains(&finding.rule))
            && (!names_an_end || finding.ends.iter().any(|end| self.covers_end(end)))
    }

    fn covers_end(&self, end: &End) -> bool {
        let Ignore { entity, field, .. } = self.ignore;
        entity.as_ref().is_none_or(|pattern| end.names().any(|name| pattern.matches(name)))
            && field.as_ref().is_none_or(|p| end.field.as_deref().is_some_and(|field| p.matches(field)))
            && self.in_path.get(end.span.file.index()).copied().unwrap_or(false)
    }

    fn report(&self, configuration: Option<FileId>, problems: &mut Vec<Problem>) {
        let what = match &self.ignore.scope {
            Scope::All => "ignore",
            Scope::Comparison(_) => "accepted difference",
            Scope::Internal(_) => "mapping of what is internal",
        };
        let message = match (self.expired, self.ignore.expires, self.matched) {
            (true, Some(day), 0) => format!("this {what} ended on {day} and matches no finding: remove it"),
            (true, Some(day), n) => {
                format!("this {what} ended on {day}; the {n} findings it covered are back")
            }
            (_, _, 0) if self.names_nothing => return,
            (_, _, 0) => format!("this {what} matches no finding: remove it, or correct what it names"),
            _ => return,
        };
        let span = configuration.map(|file| self.ignore.range.in_file(file));
        problems.push(Problem { span, kind: ProblemKind::Configuration, message });
    }
}

/// The first entry in force that covers the finding. Entries that ended are counted, so that they can say what is back.
fn silence<'a>(entries: &mut [Entry<'a>], finding: &Finding) -> Option<&'a Ignore> {
    let mut found = None;
    for entry in entries.iter_mut().filter(|entry| entry.covers(finding)) {
        entry.matched += 1;
        if found.is_none() && !entry.expired {
            found = Some(entry.ignore);
        }
    }
    found
}

/// The comments of all files, by the lines they speak for.
struct Comments {
    by_line: BTreeMap<(FileId, u32), Vec<usize>>,
    lines: BTreeMap<FileId, LineIndex>,
    all: Vec<Directive>,
}

/// One rule of one comment.
struct Directive {
    rule: &'static str,
    reason: String,
    span: Span,
    used: bool,
}

impl Comments {
    fn read(sources: &Sources, facts: &[FileFacts], problems: &mut Vec<Problem>) -> Self {
        let mut comments = Self { by_line: BTreeMap::new(), lines: BTreeMap::new(), all: Vec::new() };
        for facts in facts {
            for comment in &facts.directives {
                comments.add(sources, comment.range.in_file(facts.file), &comment.text, problems);
            }
        }
        for (file, source) in sources.iter().filter(|(_, source)| source.path.ends_with(".sql")) {
            for (range, text) in sql_comments(&source.text) {
                comments.add(sources, range.in_file(file), text, problems);
            }
        }
        comments
    }

    fn add(&mut self, sources: &Sources, span: Span, text: &str, problems: &mut Vec<Problem>) {
        let parsed = match parse(text) {
            Ok(Some(parsed)) => parsed,
            Ok(None) => return,
            Err(message) => return problems.push(Problem::at(span, ProblemKind::Configuration, message)),
        };
        let text = sources.text(span.file);
        let index = self.lines.entry(span.file).or_insert_with(|| LineIndex::new(text));
        let lines = lines_spoken_for(text, index, span.range);
        for rule in parsed.rules {
            let at = self.all.len();
            self.all.push(Directive { rule, reason: parsed.reason.to_owned(), span, used: false });
            for line in lines.clone() {
                self.by_line.entry((span.file, line)).or_default().push(at);
            }
        }
    }

    /// The reason and place of a comment that speaks for one end of the finding.
    fn silence(&mut self, finding: &Finding) -> Option<(String, Span)> {
        for end in &finding.ends {
            let Some(index) = self.lines.get(&end.span.file) else { continue };
            let line = index.line(end.span.range.start);
            for at in self.by_line.get(&(end.span.file, line)).into_iter().flatten() {
                if let Some(directive) = self.all.get_mut(*at).filter(|d| d.rule == finding.rule) {
                    directive.used = true;
                    return Some((directive.reason.clone(), directive.span));
                }
            }
        }
        None
    }

    /// Comments that silenced nothing, but for rules that are off.
    fn report_unused(&self, config: &Config, problems: &mut Vec<Problem>) {
        for unused in self.all.iter().filter(|directive| !directive.used) {
            if config.rules.severities.get(unused.rule).is_some_and(Option::is_none) {
                continue;
            }
            let message = format!("this suppression of `{}` silences no finding: remove it", unused.rule);
            problems.push(Problem::at(unused.span, ProblemKind::Configuration, message));
        }
    }
}

/// Lines a comment speaks for: its own, or, alone on it, the next line of code with the decorators before it.
fn lines_spoken_for(text: &str, index: &LineIndex, comment: TextRange) -> std::ops::RangeInclusive<u32> {
    let own = index.line(comment.start);
    let start = index.start_of(own).unwrap_or(0) as usize;
    if text.get(start..comment.start as usize).is_some_and(|before| !before.trim().is_empty()) {
        return own..=own;
    }
    let after = text.get(comment.end as usize..).unwrap_or("");
    let mut line = index.line(comment.end);
    let mut first = None;
    for content in after.split('\n').skip(1).map(str::trim) {
        line += 1;
        let is_code =
            !content.is_empty() && !["#", "//", "--", "/*", "*"].iter().any(|m| content.starts_with(m));
        if is_code {
            first.get_or_insert(line);
            if !content.starts_with('@') {
                break;
            }
        }
    }
    first.map_or(own..=own, |first| first..=line)
}

/// What one comment says.
struct Parsed<'a> {
    rules: Vec<&'static str>,
    reason: &'a str,
}

/// Reads a comment. `Ok(None)` for prose that only happens to contain the word; an error says what is missing.
fn parse(comment: &str) -> Result<Option<Parsed<'_>>, String> {
    let Some((before, after)) = comment.split_once("alignment:") else { return Ok(None) };
    if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-') {
        return Ok(None);
    }
    let after = after.trim().trim_end_matches("*/").trim_end();
    let word: &str = after.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    if word != "ignore" {
        let slip = !word.is_empty() && did_you_mean(word, ["ignore"]).is_some();
        return if slip {
            Err(format!("unknown instruction `{word}`; did you mean `ignore`?"))
        } else {
            Ok(None)
        };
    }
    let rest = after.strip_prefix("ignore").unwrap_or(after).trim_start();
    let Some((names, reason)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return Err("a suppression names its rules in brackets: `alignment: ignore[rule] reason`".to_owned());
    };
    let mut rules = Vec::new();
    for name in names.split(',').map(str::trim) {
        let with_help = |(message, help): (String, Option<String>)| match help {
            Some(help) => format!("{message}; {help}"),
            None => message,
        };
        rules.push(rule_named(name).map_err(with_help)?);
    }
    let reason = reason.trim().trim_start_matches([':', '-']).trim();
    if reason.is_empty() {
        return Err("a suppression needs a reason: `alignment: ignore[rule] reason`".to_owned());
    }
    Ok(Some(Parsed { rules, reason }))
}

/// Line comments of SQL that speak to this tool, one a line.
fn sql_comments(text: &str) -> impl Iterator<Item = (TextRange, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + memchr::memmem::find(text.get(from..)?.as_bytes(), b"alignment:")?;
            let line_start = text.get(from..at)?.rfind('\n').map_or(from, |newline| from + newline + 1);
            let end = text.get(at..)?.find('\n').map_or(text.len(), |newline| at + newline);
            from = end;
            if let Some(dashes) = text.get(line_start..at)?.find("--") {
                let start = line_start + dashes;
                return Some((
                    TextRange::new(start, end),
                    text.get(start..end)?.trim_start_matches('-').trim(),
                ));
            }
        }
    })
}

#[cfg(test)]
mod tests;
