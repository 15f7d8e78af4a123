//! `mappings`: what belongs together, what happens to keys on the way, and what is internal on purpose.
//!
//! An entry is one of the three. A mistake that the file alone shows is told here; what names something that does not exist, or says
//! what the code denies, is told where that is known (`graph` for links, [`crate::declared`] for the rest).

use std::collections::BTreeMap;

use alignment_graph::DeclaredLink;
use alignment_model::TextRange;
use alignment_model::key_function::KeyFunction;
use alignment_model::name::did_you_mean;

use super::{Config, Ignore, Mistake, Scope, bad_pattern, check_reason, list, patterns, written};
use crate::pattern::{NamePattern, PathPatterns};

/// Rules that miss an entity or field further up, and are silent about what a mapping says is internal.
pub const INTERNAL_RULES: [&str; 4] =
    ["table-not-in-models", "column-not-in-models", "schema-field-missing", "frontend-field-missing"];

/// Functions that a declared converter may stand for: what becomes of keys of an answer, and of a body.
type BothWays = Option<(fn() -> KeyFunction, fn() -> KeyFunction)>;

/// Names of converters. `none` says that keys stay as they are.
pub const CONVERTERS: [(&str, BothWays); 5] = [
    ("camelCase", Some((|| KeyFunction::camel(false), KeyFunction::snake))),
    ("camelCase-digits", Some((|| KeyFunction::camel(true), KeyFunction::snake))),
    ("humps", Some((KeyFunction::humps_camel, KeyFunction::humps_snake))),
    ("camelcase-keys", Some((KeyFunction::camelcase, KeyFunction::decamelize))),
    ("none", None),
];

/// What happens to the keys of calls in some files.
#[derive(Clone, Debug)]
pub(crate) struct Converter {
    pub(crate) name: &'static str,
    pub(crate) functions: BothWays,
    pub(crate) paths: PathPatterns,
    pub(crate) range: TextRange,
}

/// Reads one entry into the configuration.
pub(super) fn read(
    entry: written::Spanned<written::Mapping>,
    config: &mut Config,
    mistakes: &mut Vec<Mistake>,
) {
    let range = written::range(&entry);
    let mapping = entry.value;
    let ties = [&mapping.table, &mapping.model, &mapping.schema, &mapping.client];
    let ends = ties.into_iter().flatten().count();
    let kinds = [
        mapping.converter.is_some() || mapping.paths.is_some(),
        mapping.internal.is_some(),
        ends > 0 || mapping.fields.is_some(),
    ];
    if kinds.into_iter().filter(|is| *is).count() > 1 {
        let message =
            "a mapping is one thing: ends that belong together, a `converter`, or something `internal`";
        let help = Some("write an entry for each".to_owned());
        mistakes.push(Mistake { message: message.to_owned(), help, range });
    } else if mapping.internal.is_some() {
        config.ignores.extend(internal(mapping, range, mistakes));
    } else if mapping.converter.is_some() || mapping.paths.is_some() {
        config.converters.extend(converter(mapping, range, mistakes));
    } else {
        let link = link(mapping, ends, range, mistakes);
        if let Some(again) =
            link.as_ref().filter(|link| config.links.iter().any(|(known, _)| is_like(known, link)))
        {
            let named = [&again.table, &again.model, &again.schema, &again.client];
            let named: Vec<&str> = named.into_iter().flatten().map(String::as_str).collect();
            let message = format!("a mapping of {} stands here already", list(&named));
            mistakes.push(Mistake { message, help: Some("put their `fields` into one".to_owned()), range });
        }
        config.links.extend(link.map(|link| (link, range)));
    }
}

/// Whether two links have the same ends.
fn is_like(one: &DeclaredLink, other: &DeclaredLink) -> bool {
    (&one.table, &one.model, &one.schema, &one.client)
        == (&other.table, &other.model, &other.schema, &other.client)
}

fn link(
    mapping: written::Mapping,
    ends: usize,
    range: TextRange,
    mistakes: &mut Vec<Mistake>,
) -> Option<DeclaredLink> {
    let written::Mapping { table, model, schema, client, fields, reason, .. } = mapping;
    if ends < 2 {
        let message = format!("a mapping ties at least two ends together, this one has {ends}");
        let help = Some("ends are `table`, `model`, `schema` and `type`".to_owned());
        mistakes.push(Mistake { message, help, range });
        return None;
    }
    if let Some(reason) = &reason {
        check_reason("a mapping", reason, mistakes);
    }
    let mut by_upper: BTreeMap<String, String> = BTreeMap::new();
    for (lower, upper) in fields.map_or_else(Vec::new, |fields| fields.0) {
        if let Some(other) = by_upper.insert(upper.value.clone(), lower.value.clone()) {
            let message = format!(
                "`{}` cannot be both `{other}` and `{}` of the lower layer",
                upper.value, lower.value
            );
            mistakes.push(Mistake { message, help: None, range: written::range(&upper) });
        }
    }
    let fields = by_upper.into_iter().map(|(upper, lower)| (lower, upper)).collect();
    Some(DeclaredLink { table, model, schema, client, fields, span: None })
}

fn converter(mapping: written::Mapping, range: TextRange, mistakes: &mut Vec<Mistake>) -> Option<Converter> {
    let before = mistakes.len();
    needs_reason("a converter", mapping.reason, range, mistakes);
    let paths = patterns(mapping.paths.filter(|paths| !paths.is_empty()), mistakes);
    if paths.is_none() {
        let message = "a converter needs `paths`: the files whose calls it stands between".to_owned();
        mistakes.push(Mistake { message, help: None, range });
    }
    let Some(written) = mapping.converter else {
        let message = "`paths` belong to a `converter`, which is missing".to_owned();
        mistakes.push(Mistake { message, help: None, range });
        return None;
    };
    let Some((name, functions)) = CONVERTERS.into_iter().find(|(name, _)| *name == written.value) else {
        let names = CONVERTERS.map(|(name, _)| name);
        let help = match did_you_mean(&written.value, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", list(&names)),
        };
        let message = format!("unknown converter `{}`", written.value);
        mistakes.push(Mistake { message, help: Some(help), range: written::range(&written) });
        return None;
    };
    (mistakes.len() == before).then_some(Converter { name, functions, paths: paths?, range })
}

/// What is internal is an ignore of what misses it further up.
fn internal(mapping: written::Mapping, range: TextRange, mistakes: &mut Vec<Mistake>) -> Option<Ignore> {
    let before = mistakes.len();
    let reason = needs_reason("what is internal", mapping.reason, range, mistakes);
    let written = mapping.internal?;
    let fail = |error| mistakes.push(bad_pattern(error, &written));
    let entity = NamePattern::new(&written.value).map_err(fail).ok();
    (mistakes.len() == before).then_some(Ignore {
        rule: None,
        entity,
        field: None,
        path: None,
        reason: reason?,
        expires: None,
        scope: Scope::Internal(written.value.into()),
        range,
    })
}

fn needs_reason(
    what: &str,
    reason: Option<written::Spanned<String>>,
    range: TextRange,
    mistakes: &mut Vec<Mistake>,
) -> Option<Box<str>> {
    let Some(reason) = reason else {
        let message = format!("{what} needs a `reason` that a reader can check");
        mistakes.push(Mistake { message, help: None, range });
        return None;
    };
    check_reason(what, &reason, mistakes);
    Some(reason.value.trim().into())
}
