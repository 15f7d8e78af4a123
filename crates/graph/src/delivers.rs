//! Schema and client type, by the call: what an operation answers is what the caller expects, whatever the two types are
//! called. The two shapes are walked together, through lists, pages, generics and nested types.
//!
//! A type that no call names is not linked here, however similar it is.

use std::collections::{BTreeMap, HashSet, VecDeque};

use alignment_model::entity::{Built, Detail, Entity, EntityId, Field, FieldKind, ResponseExcludes};
use alignment_model::project::{ClientCall, KeyConversion};
use alignment_model::shape::{Shape, TypeRef};
use alignment_model::{Confidence, Direction, Layer, Span};

use crate::calls::{CallMatch, CallOutcome};
use crate::index::{Index, MAX_DEPTH, has_fields, substitute, type_parameters};
use crate::link::{Evidence, Link, LinkKind, Passage};
use crate::pairing::{KeyRule, overlap, pair_keys};
use crate::reach::{Reaching, body_direction, root};

/// Links between schemas and client types that calls show, and between operations and the client types their callers name.
pub(crate) fn links<'c>(
    index: &'c Index<'c>,
    reaching: &'c Reaching,
    outcomes: &'c [CallOutcome],
) -> Vec<Link> {
    let mut walk = Walk {
        index,
        reaching,
        links: BTreeMap::new(),
        calls: BTreeMap::new(),
        seen: HashSet::new(),
        conversions: Vec::new(),
        later: VecDeque::new(),
    };
    for ((position, call), found) in (0..).zip(&index.project.calls).zip(outcomes) {
        for one in &found.matches {
            walk.call(position, call, one);
        }
    }
    while let Some((way, step)) = walk.later.pop_front() {
        walk.walk(&way, step);
    }
    walk.calls.into_values().chain(walk.links.into_values()).collect()
}

/// Which pair of types is walked, and how its keys travel. Of equal walks only the first is made.
type Walked = (EntityId, EntityId, KeyTag, Direction, String, ResponseExcludes);
/// Position of a conversion among those that were met.
type KeyTag = usize;

struct Walk<'c> {
    index: &'c Index<'c>,
    reaching: &'c Reaching,
    links: BTreeMap<(EntityId, EntityId, KeyTag, Direction), Link>,
    calls: BTreeMap<(EntityId, EntityId), Link>,
    seen: HashSet<Walked>,
    /// Conversions that were met: a client has one or two.
    conversions: Vec<KeyConversion>,
    /// What is walked once all else is: answers that leave fields out by name, and fields that the handler never gives. What another
    /// operation answers for certain is told of that one.
    later: VecDeque<(Way<'c>, Step)>,
}

/// What the two shapes of one walk have in common.
#[derive(Clone)]
struct Way<'c> {
    keys: &'c KeyConversion,
    tag: KeyTag,
    rule: KeyRule<'c>,
    passage: Passage,
    excludes: &'c ResponseExcludes,
    /// What the operation's handler makes itself.
    built: &'c Built,
    evidence: &'c Evidence,
    /// The client takes the body as it came: nothing unwraps it.
    is_whole: bool,
}

impl Way<'_> {
    /// Whether the answer leaves a field out by name: one of the object that it is. Of a list, FastAPI leaves out fields of the elements
    /// with Pydantic 1 alone (`jsonable_encoder`); a set of names says nothing of the elements of a list to Pydantic 2.
    fn omits(&self, schema: &Entity, at: u32, step: &Step) -> bool {
        let pydantic = match &schema.detail {
            Detail::Schema(detail) => detail.pydantic,
            _ => None,
        };
        self.passage.direction == Direction::Read
            && !step.nested
            && (!step.in_list || pydantic == Some(1))
            && schema.fields.get(at as usize).is_some_and(|field| self.excludes.omits(&field.name))
    }

    /// Whether the handler makes objects of a schema, and gives none of them a field.
    fn never_gives(&self, schema: &Entity, at: u32) -> bool {
        let Some(key) = &schema.declaration else { return false };
        let own = self.built.iter().find(|(own, _)| own == key);
        self.passage.direction == Direction::Read
            && own
                .zip(schema.fields.get(at as usize))
                .is_some_and(|((_, given), field)| !given.contains(&field.name))
    }
}

/// Two shapes to be compared: what travels, and what the client expects or sends.
struct Step {
    lower: Shape,
    upper: Shape,
    evidence: Evidence,
    nested: bool,
    /// It is what a list holds.
    in_list: bool,
    depth: usize,
}

impl<'c> Walk<'c> {
    fn call(&mut self, position: u32, call: &'c ClientCall, found: &'c CallMatch) {
        let operation = self.index.project.entity(found.operation);
        let Detail::Operation(detail) = &operation.detail else { return };
        for field in &operation.fields {
            let Some(direction) = body_direction(field.kind) else { continue };
            let (declared, span, keys) = match direction {
                Direction::Write => (&call.request, call.span, &call.sent_keys),
                _ => (&call.response, call.response_span.unwrap_or(call.span), &call.keys),
            };
            let read = call.read.as_ref().filter(|_| direction == Direction::Read);
            let Some(declared) = declared.as_ref().or(read) else { continue };
            let Some(upper) = self.sent_as(field, &declared.shape) else { continue };
            let passage = Passage { operation: found.operation, call: position, direction, nested: false };
            let rule = KeyRule { keys, direction, by_alias: detail.by_alias };
            let way = Way {
                keys,
                tag: self.tag(keys),
                rule,
                passage,
                excludes: &detail.response_excludes,
                built: &detail.serving.built,
                evidence: &found.evidence,
                is_whole: call.is_whole && direction == Direction::Read,
            };
            let step = Step {
                lower: field.ty.shape.clone(),
                upper,
                evidence: Evidence { span, ..found.evidence.clone() },
                nested: false,
                in_list: false,
                depth: 0,
            };
            self.link_callers(&way, &declared.shape, span);
            if direction == Direction::Read && detail.response_excludes.fields {
                self.later.push_back((way, step));
            } else {
                self.walk(&way, step);
            }
        }
    }

    fn tag(&mut self, keys: &KeyConversion) -> KeyTag {
        let known = self.conversions.iter().position(|known| known.is_like(keys));
        known.unwrap_or_else(|| {
            self.conversions.push(keys.clone());
            self.conversions.len() - 1
        })
    }

    /// What the client sends or expects for a field of the operation: of a body that is embedded under a name, that property
    /// (FastAPI, "Body - Multiple Parameters").
    fn sent_as(&self, field: &Field, declared: &Shape) -> Option<Shape> {
        let name = match (field.kind, field.wire_name.is()) {
            (FieldKind::Body, Some(name)) if !name.is_empty() => name,
            _ => return Some(declared.clone()),
        };
        match self.peel_upper(declared.clone()) {
            Shape::Object(properties) => {
                properties.into_iter().find(|property| property.name == *name).map(|property| property.shape)
            }
            Shape::Ref(reference) => {
                let client = self.index.project.entity(self.index.client(&reference)?);
                Some(client.wire_field(name)?.ty.shape.clone())
            }
            _ => None,
        }
    }

    /// Links the operation with the client types that the call names.
    fn link_callers(&mut self, way: &Way<'_>, shape: &Shape, span: Span) {
        let mut found = Vec::new();
        crate::index::references(shape, &mut found);
        for client in found.into_iter().filter_map(|reference| self.index.client(reference)) {
            let evidence = Evidence { span, ..way.evidence.clone() };
            let key = (way.passage.operation, client);
            let link = self
                .calls
                .entry(key)
                .or_insert_with(|| Link::new(LinkKind::Calls, key.0, key.1, evidence.clone()));
            link.support(evidence);
            link.flow.show(way.passage.direction);
        }
    }

    /// Walks two shapes together. The list of open steps takes the place of recursion.
    fn walk(&mut self, way: &Way<'c>, first: Step) {
        let mut open = vec![first];
        while let Some(step) = open.pop() {
            if step.depth > MAX_DEPTH {
                continue;
            }
            let depth = step.depth + 1;
            let lower = self.peel_lower(step.lower);
            let upper = self.peel_upper(step.upper);
            match (lower, upper) {
                (Shape::List(lower), Shape::List(upper)) | (Shape::Map(_, lower), Shape::Map(_, upper)) => {
                    open.push(Step { lower: *lower, upper: *upper, in_list: true, depth, ..step });
                }
                (Shape::Ref(lower), Shape::Ref(upper)) => {
                    let step = Step { lower: Shape::Null, upper: Shape::Null, depth, ..step };
                    self.entities(way, &lower, &upper, step, &mut open);
                }
                (Shape::Ref(lower), Shape::Object(properties)) => {
                    let Some(schema) = self.index.schema(&lower) else { continue };
                    let schema = self.index.project.entity(schema);
                    for property in &properties {
                        if let Some(at) = way.rule.lower_field(schema, &property.name) {
                            let lower = self.field_shape(schema, at, &lower.arguments);
                            let evidence = step.evidence.clone();
                            open.push(Step {
                                lower,
                                upper: property.shape.clone(),
                                evidence,
                                nested: true,
                                in_list: false,
                                depth,
                            });
                        }
                    }
                }
                (Shape::Ref(lower), Shape::List(upper)) => {
                    if let Some(element) = self.only_list(self.index.schema(&lower), &lower.arguments) {
                        let evidence = inferred(&step.evidence, "its list");
                        let upper = *upper;
                        open.push(Step {
                            lower: element,
                            upper,
                            evidence,
                            nested: true,
                            in_list: true,
                            depth,
                        });
                    }
                }
                (Shape::List(lower), Shape::Ref(upper)) => {
                    if let Some(element) = self.only_list(self.index.client(&upper), &upper.arguments) {
                        let evidence = inferred(&step.evidence, "its list");
                        let lower = *lower;
                        open.push(Step {
                            lower,
                            upper: element,
                            evidence,
                            nested: true,
                            in_list: true,
                            depth,
                        });
                    }
                }
                (lower, upper) => self.alternatives(way, lower, upper, step.evidence, depth, &mut open),
            }
        }
    }

    /// Two declared types: links them and goes on with their fields.
    fn entities(
        &mut self,
        way: &Way<'c>,
        lower: &TypeRef,
        upper: &TypeRef,
        step: Step,
        open: &mut Vec<Step>,
    ) {
        let (Some(schema), Some(client)) = (self.index.schema(lower), self.index.client(upper)) else {
            return;
        };
        let (below, above) = (self.index.project.entity(schema), self.index.project.entity(client));
        if !has_fields(above) {
            return;
        }
        let mut pairs = pair_keys(below, above, way.rule);
        if pairs.is_empty() && self.unwrap(way, (lower, below), (upper, above), &step, open) {
            return;
        }
        if !self.first_walk(way, schema, client, lower, upper) {
            return;
        }
        let omitted = pairs.extract_if(.., |pair| way.omits(below, pair.lower, &step)).map(|pair| pair.upper);
        let omitted: Vec<u32> = omitted.collect();
        let key = (schema, client, way.tag, way.passage.direction);
        let link = self.links.entry(key).or_insert_with(|| {
            let mut link = Link::new(LinkKind::Delivers, schema, client, step.evidence.clone());
            link.pairs.clone_from(&pairs);
            link.left_out = omitted;
            link.keys = way.keys.clone();
            link
        });
        link.support(step.evidence.clone());
        link.flow.show(way.passage.direction);
        link.passages.push(Passage { nested: step.nested, ..way.passage });
        for pair in pairs {
            let (lower, upper) = (
                self.field_shape(below, pair.lower, &lower.arguments),
                self.field_shape(above, pair.upper, &upper.arguments),
            );
            let field = above.fields.get(pair.upper as usize);
            let reason = match field {
                Some(field) => {
                    format!("`{}.{}` of both, where {}", above.name, field.name, step.evidence.reason)
                }
                None => continue,
            };
            // The reason of the whole, once: nested pairs of nested pairs do not pile phrases up.
            let reason = if step.nested { step.evidence.reason.clone() } else { reason };
            let evidence = Evidence { reason, ..step.evidence.clone() };
            let inner = Step { lower, upper, evidence, nested: true, in_list: false, depth: step.depth };
            if way.never_gives(below, pair.lower) {
                let inner = self.given_elsewhere(way, (schema, below), pair.lower, inner);
                self.later.push_back(inner);
            } else {
                open.push(inner);
            }
        }
    }

    /// A field that the handler never gives, by way of another operation that answers with the same type and may give it, where there is
    /// one.
    fn given_elsewhere(
        &self,
        way: &Way<'c>,
        (schema, entity): (EntityId, &Entity),
        at: u32,
        step: Step,
    ) -> (Way<'c>, Step) {
        let other = self.reaching.operations(schema, Direction::Read).iter().find_map(|id| {
            let operation = self.index.project.entity(*id).operation()?;
            let built = &operation.serving.built;
            (!Way { built, ..way.clone() }.never_gives(entity, at)).then_some((*id, built))
        });
        let Some((operation, built)) = other else { return (way.clone(), step) };
        let name = &self.index.project.entity(operation).name;
        let reason = format!("{}, and `{name}` answers with the same type", step.evidence.reason);
        let passage = Passage { operation, ..way.passage };
        (
            Way { passage, built, ..way.clone() },
            Step { evidence: Evidence { reason, ..step.evidence }, ..step },
        )
    }

    /// Two types without a common key, of which one wraps the other (`{"data": ...}`): looks through the wrapper. What a call sends as the
    /// whole body is what travels: nothing is around it but what the code puts there.
    fn unwrap(
        &self,
        way: &Way<'_>,
        (lower, below): (&TypeRef, &Entity),
        (upper, above): (&TypeRef, &Entity),
        step: &Step,
        open: &mut Vec<Step>,
    ) -> bool {
        if way.passage.direction == Direction::Write && !step.nested {
            return false;
        }
        let alike = |schema: &Entity, client: &Entity| {
            overlap(pair_keys(schema, client, way.rule).len(), client) >= ENOUGH
        };
        let is_taken_out = step.nested || !way.is_whole;
        for at in 0..below.fields.len().min(if is_taken_out { MAX_WRAPPER } else { 0 }) {
            let shape =
                self.peel_lower(self.field_shape(below, u32::try_from(at).unwrap_or(0), &lower.arguments));
            let Shape::Ref(inner) = &shape else { continue };
            let Some(schema) = self.index.schema(inner) else { continue };
            if alike(self.index.project.entity(schema), above) {
                let evidence = inferred(&step.evidence, "its content");
                let upper = Shape::Ref(upper.clone());
                let depth = step.depth;
                open.push(Step { lower: shape, upper, evidence, nested: true, in_list: false, depth });
                return true;
            }
        }
        for at in 0..above.fields.len().min(MAX_WRAPPER) {
            let shape =
                self.peel_upper(self.field_shape(above, u32::try_from(at).unwrap_or(0), &upper.arguments));
            let Shape::Ref(inner) = &shape else { continue };
            let Some(client) = self.index.client(inner) else { continue };
            if alike(below, self.index.project.entity(client)) {
                let evidence = inferred(&step.evidence, "its content");
                let lower = Shape::Ref(lower.clone());
                let depth = step.depth;
                open.push(Step { lower, upper: shape, evidence, nested: true, in_list: false, depth });
                return true;
            }
        }
        false
    }

    /// Unions: each type of the client with the most similar of what travels, where one client type alone does not have
    /// to stand for several.
    fn alternatives(
        &self,
        way: &Way<'_>,
        lower: Shape,
        upper: Shape,
        evidence: Evidence,
        depth: usize,
        open: &mut Vec<Step>,
    ) {
        let (lowers, uppers) = (self.objects(lower, Self::peel_lower), self.objects(upper, Self::peel_upper));
        if lowers.is_empty() || uppers.is_empty() || lowers.len() > 1 && uppers.len() == 1 {
            return;
        }
        let alone = lowers.len() == 1 && uppers.len() == 1;
        for upper in &uppers {
            let Some(client) = self.index.client(upper).map(|id| self.index.project.entity(id)) else {
                continue;
            };
            let similarity = |lower: &TypeRef| {
                let schema = self.index.project.entity(self.index.schema(lower)?);
                similarity(schema, client, way.rule)
            };
            let found: Vec<_> = lowers.iter().filter_map(|lower| Some((similarity(lower)?, lower))).collect();
            let Some((common, best)) = self.most_similar(&found, &client.name) else { continue };
            if !alone && overlap(common, client) < ENOUGH {
                continue;
            }
            let evidence =
                if alone { evidence.clone() } else { inferred(&evidence, "the most similar of several") };
            let (lower, upper) = (Shape::Ref(best.clone()), Shape::Ref(upper.clone()));
            open.push(Step { lower, upper, evidence, nested: true, in_list: false, depth });
        }
    }

    /// Of the schemas of a union, each with the number of keys it has in common with a client type, the one that the type stands
    /// for: the one of its name, else the only one with most keys. Which of several equal ones it is nobody says.
    fn most_similar<'t>(&self, found: &[(usize, &'t TypeRef)], name: &str) -> Option<(usize, &'t TypeRef)> {
        let is_named = |reference: &TypeRef| {
            self.index.schema(reference).is_some_and(|id| *self.index.project.entity(id).name == *name)
        };
        let most = found.iter().map(|(common, _)| *common).max()?;
        let mut best = found.iter().filter(|(common, _)| *common == most);
        let named = found.iter().find(|(_, reference)| is_named(reference));
        named.or_else(|| best.next().filter(|_| best.next().is_none())).copied()
    }

    /// The declared types among the alternatives of a shape, a few at most.
    fn objects(&self, shape: Shape, peel: fn(&Self, Shape) -> Shape) -> Vec<TypeRef> {
        let members = match shape {
            Shape::OneOf(members) => members,
            other => vec![other],
        };
        let peeled = members.into_iter().take(MAX_ALTERNATIVES).map(|member| peel(self, member));
        peeled
            .filter_map(|shape| if let Shape::Ref(reference) = shape { Some(reference) } else { None })
            .collect()
    }

    /// A shape of the API without what JSON does not show: null beside it, and the root model around it.
    fn peel_lower(&self, shape: Shape) -> Shape {
        let mut shape = shape;
        for _ in 0..MAX_DEPTH {
            shape = match shape.split_null().0 {
                Shape::Promise(inner) => *inner,
                Shape::Ref(reference) => {
                    let entity = self.index.schema(&reference).map(|id| self.index.project.entity(id));
                    match entity.and_then(|entity| Some((entity, root(entity)?))) {
                        Some((entity, root)) => {
                            substitute(root, type_parameters(entity), &reference.arguments, 0)
                        }
                        None => return Shape::Ref(reference),
                    }
                }
                other => return other,
            };
        }
        shape
    }

    /// A shape of the client without promises, null and aliases around it.
    fn peel_upper(&self, shape: Shape) -> Shape {
        let mut shape = shape;
        for _ in 0..MAX_DEPTH {
            shape = match shape.split_null().0 {
                Shape::Promise(inner) => *inner,
                Shape::Ref(reference) => {
                    let entity = self.index.client(&reference).map(|id| self.index.project.entity(id));
                    match entity.and_then(|entity| Some((entity, alias_of(entity)?))) {
                        Some((entity, meant)) => {
                            substitute(meant, type_parameters(entity), &reference.arguments, 0)
                        }
                        None => return Shape::Ref(reference),
                    }
                }
                other => return other,
            };
        }
        shape
    }

    /// The element of the only list that a type has: what a page is about.
    fn only_list(&self, entity: Option<EntityId>, arguments: &[Shape]) -> Option<Shape> {
        let entity = self.index.project.entity(entity?);
        let mut lists =
            (0..).zip(&entity.fields).filter_map(|(at, _)| match self.field_shape(entity, at, arguments) {
                Shape::List(element) => Some(*element),
                _ => None,
            });
        let first = lists.next()?;
        lists.next().is_none().then_some(first)
    }

    /// The shape of a field, with type parameters replaced, and with a reference to the object type that it writes in place.
    fn field_shape(&self, entity: &Entity, at: u32, arguments: &[Shape]) -> Shape {
        let Some(field) = entity.fields.get(at as usize) else { return Shape::Any };
        let shape = substitute(&field.sent_type().shape, type_parameters(entity), arguments, 0);
        let written = entity.in_place(field).filter(|key| self.index.in_layer(key, Layer::Client).is_some());
        match written {
            Some(target) => {
                let arguments = if field.declared_in.is_some() { Vec::new() } else { arguments.to_vec() };
                named(shape, &TypeRef { name: field.name.clone(), target: Some(target), arguments })
            }
            None => shape,
        }
    }

    fn first_walk(
        &mut self,
        way: &Way<'_>,
        schema: EntityId,
        client: EntityId,
        lower: &TypeRef,
        upper: &TypeRef,
    ) -> bool {
        let arguments = if lower.arguments.is_empty() && upper.arguments.is_empty() {
            String::new()
        } else {
            format!("{:?}{:?}", lower.arguments, upper.arguments)
        };
        let key = (schema, client, way.tag, way.passage.direction, arguments, way.excludes.clone());
        self.seen.insert(key)
    }
}

/// A shape with a reference in place of the object that it writes out, alone or in lists and maps.
fn named(shape: Shape, reference: &TypeRef) -> Shape {
    match shape {
        Shape::Object(_) => Shape::Ref(reference.clone()),
        Shape::List(inner) => Shape::List(Box::new(named(*inner, reference))),
        Shape::Map(key, inner) => Shape::Map(key, Box::new(named(*inner, reference))),
        Shape::OneOf(members) => {
            Shape::OneOf(members.into_iter().map(|member| named(member, reference)).collect())
        }
        other => other,
    }
}

/// Number of common keys, or `None` if a common key tells the two apart: members of a union that say `type: "a"` and
/// `type: "b"` are not the same.
fn similarity(schema: &Entity, client: &Entity, rule: KeyRule<'_>) -> Option<usize> {
    let pairs = pair_keys(schema, client, rule);
    let apart = pairs.iter().any(|pair| {
        let (Some(field), Some(property)) =
            (schema.fields.get(pair.lower as usize), client.fields.get(pair.upper as usize))
        else {
            return false;
        };
        match (field.sent_type().shape.values(), property.ty.shape.values()) {
            (Some(sent), Some(known)) => !sent.iter().any(|value| known.contains(value)),
            _ => false,
        }
    });
    (!apart).then_some(pairs.len())
}

/// Common keys that make two members of unions, or the content of a wrapper, the same, in per cent of the client's.
const ENOUGH: usize = 50;
/// A wrapper has few fields; a type with many that shares no key with the other is simply another type.
const MAX_WRAPPER: usize = 6;
/// Alternatives of a union that are looked at.
const MAX_ALTERNATIVES: usize = 16;

/// The same reason, less sure: it rests on looking through a wrapper or choosing among alternatives.
fn inferred(evidence: &Evidence, what: &str) -> Evidence {
    let confidence = evidence.confidence.min(Confidence::Inferred);
    let reason = if evidence.confidence == confidence {
        evidence.reason.clone()
    } else {
        format!("{what}, where {}", evidence.reason)
    };
    Evidence { reason, confidence, span: evidence.span }
}

/// What an alias stands for, if the type is an alias of something other than an object of its own.
fn alias_of(entity: &Entity) -> Option<&Shape> {
    match &entity.detail {
        Detail::Client(client) if entity.fields.is_empty() || !has_fields(entity) => client.shape.as_ref(),
        _ => None,
    }
}
