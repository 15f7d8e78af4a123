//! How much rules weigh: presets, weights for the whole repository, and weights for parts of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use alignment_model::finding::End;
use alignment_model::name::did_you_mean;
use alignment_model::problem::{Problem, ProblemKind};
use alignment_model::{FileId, Severity, Sources, TextRange};
use alignment_rules::{LocalWeights, RULES};

use super::{Mistake, bad_pattern, list, patterns, rule_named, written};
use crate::pattern::{NamePattern, PathPatterns};

/// What a severity may be called in the configuration.
pub const LEVELS: [(&str, Option<Severity>); 4] = [
    ("off", None),
    ("info", Some(Severity::Info)),
    ("warning", Some(Severity::Warning)),
    ("error", Some(Severity::Error)),
];

/// How much is shown, and what fails a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// What it is called.
    pub name: &'static str,
    /// What it is for, for help texts.
    pub summary: &'static str,
    /// The lightest findings that are shown.
    pub shows: Severity,
    /// The lightest findings that fail a gate.
    pub fails_on: Severity,
}

/// Every preset, from the quietest to the strictest.
pub const PRESETS: [Preset; 4] = [
    Preset {
        name: "ci",
        summary: "Only what breaks: errors, and errors fail",
        shows: Severity::Error,
        fails_on: Severity::Error,
    },
    Preset {
        name: "default",
        summary: "Errors and warnings; errors fail",
        shows: Severity::Warning,
        fails_on: Severity::Error,
    },
    Preset {
        name: "audit",
        summary: "Everything, also what only informs; errors fail",
        shows: Severity::Info,
        fails_on: Severity::Error,
    },
    Preset {
        name: "strict",
        summary: "Everything; errors and warnings fail",
        shows: Severity::Info,
        fails_on: Severity::Warning,
    },
];

impl Preset {
    /// The preset of this name.
    pub fn named(name: &str) -> Option<Preset> {
        PRESETS.into_iter().find(|preset| preset.name == name)
    }
}

/// Weights of rules for a part of the code. What is given must match at one end of a finding.
#[derive(Clone, Debug)]
pub(super) struct Override {
    paths: Option<PathPatterns>,
    entity: Option<NamePattern>,
    rules: BTreeMap<String, Option<Severity>>,
    range: TextRange,
}

/// The preset as written.
pub(super) fn preset(
    written: Option<written::Spanned<String>>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Preset> {
    let written = written?;
    let found = Preset::named(&written.value);
    if found.is_none() {
        let names = PRESETS.map(|preset| preset.name);
        let help = match did_you_mean(&written.value, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("a preset is one of {}", list(&names)),
        };
        let message = format!("unknown preset `{}`", written.value);
        mistakes.push(Mistake { message, help: Some(help), range: written::range(&written) });
    }
    found
}

/// Weights by rule. A group stands for its rules, and a rule that is named itself is stronger than its group.
pub(super) fn severities(
    written: written::Pairs,
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<String, Option<Severity>> {
    let mut of_groups = BTreeMap::new();
    let mut of_rules = BTreeMap::new();
    for (name, level) in written.0 {
        let members: Vec<&str> = group(&name.value).collect();
        if members.is_empty()
            && let Err((message, help)) = rule_named(&name.value)
        {
            mistakes.push(Mistake { message, help, range: written::range(&name) });
        }
        let Some(severity) = level_of(&level, mistakes) else { continue };
        if members.is_empty() {
            of_rules.insert(name.value, severity);
        } else {
            of_groups.extend(members.iter().map(|rule| ((*rule).to_owned(), severity)));
        }
    }
    of_groups.extend(of_rules);
    of_groups
}

/// Names of the rules of a group.
fn group(name: &str) -> impl Iterator<Item = &'static str> {
    RULES.iter().filter(move |rule| rule.meta.group == name).map(|rule| rule.meta.name)
}

/// What a level stands for: `Some(None)` is `off`.
pub(super) fn level_of(
    level: &written::Spanned<String>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Option<Severity>> {
    let found = LEVELS.iter().find(|(key, _)| *key == level.value).map(|(_, severity)| *severity);
    if found.is_none() {
        mistakes.push(unknown_level(level));
    }
    found
}

fn unknown_level(level: &written::Spanned<String>) -> Mistake {
    let keys = LEVELS.map(|(key, _)| key);
    let near = keys.into_iter().find(|key| key.starts_with(&level.value) && !level.value.is_empty());
    let help = match near.or_else(|| did_you_mean(&level.value, keys)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("a severity is one of {}", list(&keys)),
    };
    let message = format!("unknown severity `{}`", level.value);
    Mistake { message, help: Some(help), range: written::range(level) }
}

/// One entry of `overrides`.
pub(super) fn read_override(
    entry: written::Spanned<written::Override>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Override> {
    let range = written::range(&entry);
    let before = mistakes.len();
    let written::Override { paths, entity, rules } = entry.value;
    if paths.is_none() && entity.is_none() {
        let message = "an override names `paths`, an `entity` or both".to_owned();
        let help = Some("weights for the whole repository stand under `rules`".to_owned());
        mistakes.push(Mistake { message, help, range });
    }
    let paths = patterns(paths, mistakes);
    let entity = entity.and_then(|pattern| {
        let fail = |error| mistakes.push(bad_pattern(error, &pattern));
        NamePattern::new(&pattern.value).map_err(fail).ok()
    });
    let rules = severities(rules, mistakes);
    (mistakes.len() == before).then_some(Override { paths, entity, rules, range })
}

/// The overrides of one run. Of several that speak about a finding the last one counts.
#[derive(Debug)]
pub(crate) struct Overrides {
    entries: Vec<Resolved>,
}

#[derive(Debug)]
struct Resolved {
    entry: Override,
    /// By file, whether the paths match it.
    in_paths: Vec<bool>,
    spoke: AtomicBool,
}

impl Overrides {
    /// Resolves paths; `None` if there is no override.
    pub(super) fn new(entries: &[Override], sources: &Sources, prefix: &str) -> Option<Arc<Self>> {
        let covers = |entry: &Override, path: &str| entry.covers_path(&format!("{prefix}{path}"));
        let resolve = |entry: &Override| Resolved {
            in_paths: sources.iter().map(|(_, source)| covers(entry, &source.path)).collect(),
            entry: entry.clone(),
            spoke: AtomicBool::new(false),
        };
        let entries: Vec<Resolved> = entries.iter().map(resolve).collect();
        (!entries.is_empty()).then(|| Arc::new(Self { entries }))
    }

    /// Overrides that changed nothing.
    pub(crate) fn report_unused(&self, configuration: Option<FileId>, problems: &mut Vec<Problem>) {
        for unused in self.entries.iter().filter(|entry| !entry.spoke.load(Ordering::Relaxed)) {
            let span = configuration.map(|file| unused.entry.range.in_file(file));
            let message = "this override matches no finding: remove it, or correct what it names".to_owned();
            problems.push(Problem { span, kind: ProblemKind::Configuration, message });
        }
    }
}

impl Override {
    fn covers_path(&self, path: &str) -> bool {
        self.paths.as_ref().is_none_or(|paths| paths.matches(path))
    }

    fn covers_entity(&self, end: &End) -> bool {
        self.entity.as_ref().is_none_or(|pattern| end.names().any(|name| pattern.matches(name)))
    }
}

impl LocalWeights for Overrides {
    fn weight(&self, rule: &'static str, ends: &[End]) -> Option<Option<Severity>> {
        let covers = |resolved: &Resolved, end: &End| {
            resolved.in_paths.get(end.span.file.index()).copied().unwrap_or(false)
                && resolved.entry.covers_entity(end)
        };
        let mut found = None;
        for resolved in &self.entries {
            let Some(weight) = resolved.entry.rules.get(rule) else { continue };
            if ends.iter().any(|end| !end.is_use && covers(resolved, end)) {
                resolved.spoke.store(true, Ordering::Relaxed);
                found = Some(*weight);
            }
        }
        found
    }
}
