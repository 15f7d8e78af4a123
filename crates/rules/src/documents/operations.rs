//! Which operations there are, and what each takes and answers.

use std::collections::HashSet;

use alignment_model::api_document::{ApiDocument, Described};
use alignment_model::entity::{Answers, Entity, EntityId, Field, FieldKind, Operation, Presence};
use alignment_model::shape::Shape;
use alignment_model::{Direction, Known};

use super::schemas::{Place, Walk};
use super::{Difference, What};
use crate::Context;

/// Share of an application's operations that a document must have, in per cent, so that what it lacks is an oversight: a document of the
/// public part leaves the rest out on purpose.
const WHOLE: usize = 80;

/// Operations that only the code has, and whether they are so few that they are an oversight.
pub(super) fn lacking(context: &Context<'_>, described: &Described) -> (Vec<Difference>, bool) {
    let Some(application) = described.application else { return (Vec::new(), false) };
    let project = context.graph.project();
    let known: HashSet<EntityId> = described.operations.iter().map(|(_, id)| *id).collect();
    let own: Vec<(EntityId, &Entity)> = project
        .operations()
        .filter(|(_, entity)| {
            entity.operation().is_some_and(|operation| {
                operation.serving.application == Some(application) && is_documented(operation)
            })
        })
        .collect();
    let documented = own.iter().filter(|(id, _)| known.contains(id)).count();
    let is_whole = documented * 100 >= own.len() * WHOLE;
    let lacks = own.into_iter().filter(|(id, _)| !known.contains(id));
    let lacks = lacks
        .map(|(id, entity)| Difference {
            what: What::OperationLacks,
            subject: entity.name.to_string(),
            says: String::new(),
            code: Some((id, None)),
            document: None,
        })
        .collect();
    (lacks, is_whole)
}

/// Whether FastAPI lists an operation in its document, whatever settings say.
fn is_documented(operation: &Operation) -> bool {
    operation.mounted.is_yes()
        && operation.path.is().is_some()
        && !operation.serving.hidden
        && !operation.serving.conditional
        && !matches!(&*operation.method, "HEAD" | "OPTIONS" | "TRACE")
}

/// Operations of the document that no code has, where all of the code's are known.
pub(super) fn gone(context: &Context<'_>, document: &ApiDocument, described: &Described) -> Vec<Difference> {
    let project = context.graph.project();
    if described.application.is_none() || !project.open_mounts.is_empty() {
        return Vec::new();
    }
    let known: HashSet<u32> = described.operations.iter().map(|(at, _)| *at).collect();
    // Wherever it is served, and if a test serves it: a path that ends like this one may be it behind a prefix.
    let tails: HashSet<(&str, String)> = project
        .operations()
        .filter_map(|(_, entity)| entity.operation())
        .flat_map(|operation| {
            let full = operation.path.is().map(|path| &**path);
            [Some(&*operation.own_path), full]
                .into_iter()
                .flatten()
                .map(|path| (&*operation.method, pattern(path)))
        })
        .collect();
    let operations = (0..).zip(document.entities.iter().take(document.operations));
    let gone = operations.filter(|(at, entity)| {
        let Some(operation) = entity.operation() else { return false };
        let pattern = pattern(operation.path.is().unwrap_or(&operation.own_path));
        let mut ends = pattern.match_indices('/').filter_map(|(at, _)| pattern.get(at..));
        !known.contains(at) && !ends.any(|end| tails.contains(&(&*operation.method, end.to_owned())))
    });
    gone.map(|(_, entity)| Difference {
        what: What::OperationGone,
        subject: entity.name.to_string(),
        says: String::new(),
        code: None,
        document: Some(entity.span),
    })
    .collect()
}

/// A path with its parameters without names and no slash at its end.
fn pattern(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(|part| if part.contains('{') { "/{}".to_owned() } else { format!("/{part}") }).collect()
}

/// What the operations that both have take and answer, and the schemas behind.
pub(super) fn contents(
    context: &Context<'_>,
    document: &ApiDocument,
    described: &Described,
) -> Vec<Difference> {
    let mut walk = Walk::new(context, document);
    for (at, id) in &described.operations {
        let (Some(said), code) = (document.entities.get(*at as usize), context.graph.project().entity(*id))
        else {
            continue;
        };
        let operation = Both { id: *id, code, said };
        walk.found.extend(operation.parameters());
        for direction in [Direction::Write, Direction::Read] {
            operation.body(&mut walk, direction);
        }
    }
    walk.found
}

/// One operation, of the code and of the document.
struct Both<'c> {
    id: EntityId,
    code: &'c Entity,
    said: &'c Entity,
}

impl Both<'_> {
    fn difference(&self, says: String, at: Option<u32>, said: Option<&Field>) -> Difference {
        Difference {
            what: What::Operation,
            subject: self.code.name.to_string(),
            says,
            code: Some((self.id, at)),
            document: Some(said.map_or(self.said.span, |field| field.span)),
        }
    }

    /// Query parameters. Those of headers and cookies come from middleware and clients as well, and a path's are its segments.
    fn parameters(&self) -> Vec<Difference> {
        let query = |entity: &Entity| -> Vec<(u32, Field)> {
            let fields = (0..).zip(entity.fields.iter().cloned());
            fields.filter(|(_, field)| field.kind == FieldKind::Query).collect()
        };
        let (own, said) = (query(self.code), query(self.said));
        let mut found = Vec::new();
        let key = |field: &Field| field.wire_name.is().cloned();
        for (at, field) in &own {
            let Some(name) = key(field) else { continue };
            match said.iter().find(|(_, other)| other.name == name) {
                None if field.undescribed => {}
                None => found.push(self.difference(
                    format!("takes the parameter `{name}`, which is not in the document"),
                    Some(*at),
                    None,
                )),
                Some((_, other)) if required(field) == Some(true) && required(other) == Some(false) => {
                    let says = format!("requires the parameter `{name}`, which is optional in the document");
                    found.push(self.difference(says, Some(*at), Some(other)));
                }
                Some((_, other)) if required(field) == Some(false) && required(other) == Some(true) => {
                    let says =
                        format!("does not require the parameter `{name}`, which is required in the document");
                    found.push(self.difference(says, Some(*at), Some(other)));
                }
                Some(_) => {}
            }
        }
        let complete =
            self.code.completeness.is_complete() && own.iter().all(|(_, field)| key(field).is_some());
        for (_, other) in said.iter().filter(|_| complete) {
            if !own.iter().any(|(_, field)| key(field).as_ref() == Some(&other.name)) {
                let says = format!("does not take the parameter `{}` of the document", other.name);
                found.push(self.difference(says, None, Some(other)));
            }
        }
        found
    }

    /// The body or the answer.
    fn body(&self, walk: &mut Walk<'_>, direction: Direction) {
        let kind = if direction == Direction::Write { FieldKind::Body } else { FieldKind::Response };
        let whole = |entity: &Entity| {
            let fields = (0..).zip(entity.fields.iter().cloned());
            let mut bodies = fields.filter(|(_, field)| field.kind == kind);
            let first = bodies.next();
            // Several bodies are properties of one that has no name in the code.
            first.filter(|(_, field)| {
                bodies.next().is_none()
                    && (kind == FieldKind::Response || field.wire_name == Known::Is("".into()))
            })
        };
        let (Some((at, own)), Some((_, said))) = (whole(self.code), whole(self.said)) else { return };
        let place =
            Place { what: What::Operation, subject: &self.code.name, span: Some(said.span), depth: 0 };
        if direction == Direction::Read
            && is_declared(&own.ty.shape)
            && said.ty.shape == Shape::Any
            && walk.is_by_fastapi()
            && self.is_plain()
        {
            let says = format!("answers with `{}`, of which the document says nothing", own.ty.written);
            walk.found.push(self.difference(says, Some(at), Some(&said)));
            return;
        }
        walk.shapes(&own.ty.shape, &said.ty.shape, direction, &place);
    }

    /// Whether the answer is what the types say.
    fn is_plain(&self) -> bool {
        self.code.operation().is_some_and(|operation| operation.serving.answers != Answers::Response)
    }
}

/// Whether a type says more than "something".
fn is_declared(shape: &Shape) -> bool {
    match shape {
        Shape::Ref(_) => true,
        Shape::List(inner) => is_declared(inner),
        _ => false,
    }
}

fn required(field: &Field) -> Option<bool> {
    field.presence.is().map(|presence| *presence == Presence::Required)
}
