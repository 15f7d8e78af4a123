//! What the project declares about keys and about what is internal, held against the code: converters are applied to the calls they
//! name, and what the code denies is told.

use std::sync::Arc;

use alignment_graph::{ContractGraph, LinkKind};
use alignment_model::entity::Entity;
use alignment_model::name::did_you_mean;
use alignment_model::problem::{Problem, ProblemKind};
use alignment_model::project::{KeyConversion, Project};
use alignment_model::{Confidence, Direction, Layer, Sources, Span, TextRange};

use crate::config::{Config, Scope};
use crate::pattern::NamePattern;

/// Gives calls the declared conversion of keys, where the code shows none; `prefix` as for overrides.
pub(crate) fn convert(
    project: &mut Project,
    config: &Config,
    sources: &Sources,
    prefix: &str,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut given: Vec<Option<&'static str>> = vec![None; project.calls.len()];
    for converter in &config.converters {
        let span = place(config, sources, converter.range);
        let (mut named, mut changed) = (0_usize, 0_usize);
        for (call, given) in project.calls.iter_mut().zip(&mut given) {
            if !converter.paths.matches(&format!("{prefix}{}", sources.path(call.span.file))) {
                continue;
            }
            named += 1;
            if given.is_some_and(|other| other != converter.name) {
                let other = given.unwrap_or_default();
                let message = format!(
                    "this converter and another one (`{other}`) name the same calls, among them that of `{}`: the first one counts",
                    call.caller
                );
                changed += 1;
                problems.push(mistake(span, message));
                break;
            }
            let by = |function| match span {
                Some(span) => KeyConversion::By { span, function: Arc::new(function) },
                None => KeyConversion::Unknown,
            };
            let (answers, bodies) = match converter.functions {
                Some((answers, bodies)) => (by(answers()), by(bodies())),
                None => (KeyConversion::None, KeyConversion::None),
            };
            let shown = |keys: &KeyConversion| matches!(keys, KeyConversion::By { .. });
            if !shown(&call.keys) && !call.keys.is_like(&answers) {
                (call.keys, changed) = (answers, changed + 1);
                *given = Some(converter.name);
            }
            if !shown(&call.sent_keys) && !call.sent_keys.is_like(&bodies) {
                (call.sent_keys, changed) = (bodies, changed + 1);
                *given = Some(converter.name);
            }
        }
        if named == 0 {
            problems.push(mistake(
                span,
                "this converter names no file with a call: remove it, or correct its paths".to_owned(),
            ));
        } else if changed == 0 {
            let message =
                "the code of all calls that this converter names shows what happens to their keys: remove it";
            problems.push(mistake(span, message.to_owned()));
        }
    }
    problems
}

/// What is declared internal and does not exist, or is sent to clients all the same.
pub(crate) fn internal_problems(graph: &ContractGraph, config: &Config, sources: &Sources) -> Vec<Problem> {
    let mut problems = Vec::new();
    let project = graph.project();
    for ignore in &config.ignores {
        let (Scope::Internal(written), Some(pattern)) = (&ignore.scope, &ignore.entity) else { continue };
        let span = place(config, sources, ignore.range);
        let candidates = || project.iter().filter(|(_, entity)| can_be_internal(entity));
        let mut exists = false;
        for (id, entity) in candidates() {
            if !is_called(entity, pattern) {
                continue;
            }
            exists = true;
            let above = graph.above(id).into_iter();
            let mut carried = above
                .filter(|link| {
                    link.kind == LinkKind::Fills
                        && link.flow.read
                        && link.confidence() >= Confidence::Resolved
                })
                .filter_map(|link| {
                    Some((link, graph.operations_reaching(link.upper, Direction::Read).iter().next()?))
                });
            if let Some((link, operation)) = carried.next() {
                let message = format!(
                    "`{}` is declared internal, and `{}` answers with `{}`, which is filled from it",
                    entity.name,
                    project.entity(*operation).name,
                    project.entity(link.upper).name
                );
                problems.push(mistake(span, message));
            }
        }
        if !exists {
            let hint = did_you_mean(written, candidates().map(|(_, entity)| &*entity.name));
            let hint = hint.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            problems.push(mistake(span, format!("no table, model or schema is called `{written}`{hint}")));
        }
    }
    problems
}

/// Whether some table, model or schema is called so.
pub(crate) fn exists(project: &Project, pattern: &NamePattern) -> bool {
    project.iter().any(|(_, entity)| can_be_internal(entity) && is_called(entity, pattern))
}

fn can_be_internal(entity: &Entity) -> bool {
    matches!(entity.layer(), Layer::Database | Layer::Orm | Layer::Schema)
}

/// Whether a pattern matches the name, the full name or the table of an entity, as at the ends of findings.
fn is_called(entity: &Entity, pattern: &NamePattern) -> bool {
    let table = entity.table().map(ToString::to_string);
    let names = [Some(&*entity.name), Some(&*entity.qualname), table.as_deref()];
    names.into_iter().flatten().any(|name| pattern.matches(name))
}

fn place(config: &Config, sources: &Sources, range: TextRange) -> Option<Span> {
    config.file(sources).map(|file| range.in_file(file))
}

fn mistake(span: Option<Span>, message: String) -> Problem {
    Problem { span, kind: ProblemKind::Configuration, message }
}
