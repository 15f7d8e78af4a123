//! Keys that code reads of an answer of which no type says anything: the ends of a mapping that is written by hand.
//!
//! ```text
//! const rows = await res.json();
//! return rows.map((row) => ({ userName: row.user_name }));   // reads `user_name` of each element
//! ```
//!
//! What is read becomes the fields of an entity like that of an object type in place, so that it is compared like one. Deliberately
//! absent: keys that may be missing as far as the code knows. Those are the keys that it asks about (`if (row.error)`, `"error" in row`),
//! those with an alternative (`row.name ?? row.title`), and what is read where such a question was answered.

use std::collections::BTreeMap;

use alignment_model::code::{
    Call, Expr, ExprKind, If, Literal, MapEntry, Operator, Statement, TypeExpr, TypeKind,
};
use alignment_model::entity::{
    ClientDetail, Completeness, DeclaredType, Detail, Entity, EntityKind, Field, FieldKind,
};
use alignment_model::shape::{DeclarationKey, Property, Shape, TypeRef};
use alignment_model::{Known, Span, Why};

use super::answers::{Carrier, Claim, Claimed, outcome};
use super::bodies::returns_of;
use super::flow::Tracer;
use crate::typescript::names::{Declaration, Symbol, Target};

/// The step of a path that leads to the elements of a list. No key is empty.
pub(super) const ELEMENT: &str = "";

/// Keys of one answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Reads {
    /// Under which keys of the body, and where.
    read: Vec<(Vec<Box<str>>, Span)>,
    /// Whether code asks if something is there, or what it is.
    pub(super) asked: Vec<Vec<Box<str>>>,
}

impl Reads {
    pub(super) fn is_empty(&self) -> bool {
        self.read.is_empty()
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.read.extend(other.read);
        self.asked.extend(other.asked);
    }

    /// Leaves out what code asks about, and what is read of a value that is given a type.
    pub(super) fn settle(&mut self, claims: &[Claim<'_>]) {
        let asked = std::mem::take(&mut self.asked);
        let typed = claims.iter().filter(|claim| !claim.under.is_empty() && !is_any(&claim.by));
        let left_out: Vec<&[Box<str>]> =
            asked.iter().map(Vec::as_slice).chain(typed.map(|claim| &*claim.under)).collect();
        self.read.retain(|(path, _)| !left_out.iter().any(|above| path.starts_with(above)));
    }

    /// What is read, as an object type, with its entities; `None` if nothing is.
    pub(super) fn declared(self, name: &str, call: Span) -> Option<(DeclaredType, Vec<Entity>)> {
        let mut tree = Node::default();
        self.read.into_iter().for_each(|(path, span)| tree.put(&path, span));
        let key =
            DeclarationKey { file: call.file, path: format!("{name}@{}@read", call.range.start).into() };
        let mut entities = Vec::new();
        let shape = tree.shape(name, &key, call, &mut entities);
        let reference = TypeRef { name: name.into(), target: Some(key), arguments: Vec::new() };
        let shape = refer(shape, &reference)?;
        Some((DeclaredType::new(String::new(), shape), entities))
    }
}

/// A list, an object or neither, as far as what is read of it tells.
#[derive(Default)]
struct Node {
    children: BTreeMap<Box<str>, Node>,
    /// Where it is read first.
    span: Option<Span>,
}

impl Node {
    fn put(&mut self, path: &[Box<str>], span: Span) {
        self.span.get_or_insert(span);
        if let [first, rest @ ..] = path {
            self.children.entry(first.clone()).or_default().put(rest, span);
        }
    }

    /// Its shape; adds the entity of an object, under this key, and those inside it.
    fn shape(&self, name: &str, key: &DeclarationKey, call: Span, entities: &mut Vec<Entity>) -> Shape {
        match self.children.get(ELEMENT) {
            Some(element) if self.children.len() == 1 => {
                Shape::List(Box::new(element.shape(name, key, call, entities)))
            }
            // It is read as a list and as an object.
            Some(_) => Shape::Unknown(Why::Ambiguous),
            None if self.children.is_empty() => Shape::Unknown(Why::NotStated),
            None => self.object(name, key, call, entities),
        }
    }

    fn object(&self, name: &str, key: &DeclarationKey, call: Span, entities: &mut Vec<Entity>) -> Shape {
        let mut entity = Entity {
            kind: EntityKind::InPlace,
            name: name.into(),
            qualname: key.path.clone(),
            declaration: Some(key.clone()),
            span: self.span.unwrap_or(call),
            fields: Vec::new(),
            completeness: Completeness::default(),
            detail: Detail::Client(ClientDetail { is_what_code_reads: true, ..ClientDetail::default() }),
        };
        let mut properties = Vec::new();
        let mut children: Vec<(&Box<str>, &Node)> = self.children.iter().collect();
        children.sort_by_key(|(_, node)| node.span);
        for (child, node) in children {
            let mut field = Field::new(child.clone(), FieldKind::Field, node.span.unwrap_or(call));
            if let Some(inside) = entity.in_place(&field) {
                field.ty.shape = node.shape(&format!("{name}.{child}"), &inside, call, entities);
            }
            properties.push(Property {
                name: child.clone(),
                shape: field.ty.shape.clone(),
                nullable: Known::Unknown(Why::NotStated),
                optional: false,
            });
            entity.fields.push(field);
        }
        entities.push(entity);
        Shape::Object(properties)
    }
}

/// A reference in place of the object of a shape, alone or in lists.
fn refer(shape: Shape, reference: &TypeRef) -> Option<Shape> {
    match shape {
        Shape::Object(_) => Some(Shape::Ref(reference.clone())),
        Shape::List(inner) => Some(Shape::List(Box::new(refer(*inner, reference)?))),
        _ => None,
    }
}

fn is_any(by: &Claimed<'_>) -> bool {
    let Claimed::Type(place) = by else { return false };
    is_keyword(place.ty, &["any", "unknown"])
}

fn is_keyword(ty: &TypeExpr, names: &[&str]) -> bool {
    matches!(&ty.kind, TypeKind::Name { path, .. } if matches!(&path[..], [name] if names.contains(&&**name)))
}

impl<'a> Tracer<'_, '_, '_, 'a> {
    /// Notes that a key of a value is read, or asked about.
    pub(super) fn note_key(&mut self, key: &'a Expr, object: &'a Expr, of: &Carrier, member: &Carrier) {
        let (Carrier::Body(_), Carrier::Body(path)) = (of, member) else { return };
        if self.asking > 0 {
            self.flow.reads.asked.push(path.clone());
            return;
        }
        let is_own = match &path[..] {
            // The body of a failure (FastAPI, "Handling Errors").
            [name] if &**name == "detail" => true,
            [.., name] => matches!(&**name, "length" | "constructor" | "prototype"),
            [] => true,
        };
        if !is_own && self.quiet == 0 && self.failed == 0 && self.is_sure(object) {
            self.flow.reads.read.push((path.clone(), key.range.in_file(self.file)));
        }
    }

    /// Notes the keys that a pattern takes out of a value, apart from those with a default.
    pub(super) fn note_pattern(&mut self, pattern: &'a Expr, value: &'a Expr, carrier: &Carrier) {
        let ExprKind::Map(entries) = &pattern.kind else { return };
        for entry in entries {
            let MapEntry::Pair(key, target) = entry else { continue };
            let Some(member) = key.as_text().and_then(|name| carrier.member(name)) else { continue };
            let has_default = matches!(target.kind, ExprKind::Walrus(..));
            self.asking += usize::from(has_default);
            self.note_key(key, value, carrier, &member);
            self.asking -= usize::from(has_default);
            self.note_pattern(target, value, &member);
        }
    }

    /// Visits an expression whose value is asked for; whether it asks about the answer.
    pub(super) fn asks(&mut self, test: &'a Expr) -> bool {
        let before = self.flow.reads.asked.len();
        self.asking += 1;
        self.expr(test);
        self.asking -= 1;
        self.flow.reads.asked.len() > before
    }

    /// Notes that code asks what a value is: `typeof body`, `Array.isArray(body)`.
    pub(super) fn asks_what(&mut self, value: &'a Expr) {
        if let Some(Carrier::Body(path)) = self.expr(value) {
            self.flow.reads.asked.push(path);
        }
    }

    /// The two sides of a condition that asked about the answer hold for some answers only, and what comes after it too where a side
    /// ends the function.
    pub(super) fn asked_branch(&mut self, branch: &'a If) {
        let asked = self.asks(&branch.test);
        self.quiet += usize::from(asked);
        self.sides(branch);
        let returns = |side: &[Statement]| matches!(side.last(), Some(Statement::Return(..)));
        let ends = returns(&branch.then) || returns(&branch.otherwise);
        self.quiet -= usize::from(asked && !ends);
        // `if (res.ok) return body;`: what is read now is of a failure.
        self.quiet += usize::from(outcome(&branch.test) == Some(true) && returns(&branch.then));
    }

    /// Whether a value that carries the answer is nothing else on any way.
    pub(super) fn is_sure(&self, value: &'a Expr) -> bool {
        if self.target.as_ref().is_some_and(|(target, _)| std::ptr::eq(*target, value)) {
            return true;
        }
        match &value.kind {
            ExprKind::Name(_) => self
                .symbol(value)
                .is_some_and(|symbol| !self.unsure.contains(&symbol) && self.is_given_once(symbol)),
            ExprKind::Await(inner) | ExprKind::As(inner, _) => self.is_sure(inner),
            ExprKind::Member(object, _) | ExprKind::Index(object, _) => self.is_sure(object),
            ExprKind::List(items) => items.iter().all(|item| self.named_or_made(item)),
            ExprKind::Binary(Operator::Coalesce | Operator::BooleanOr, left, right) => {
                is_nothing(right) && self.is_sure(left)
            }
            ExprKind::Call(call) => self.is_sure_call(call),
            _ => false,
        }
    }

    /// Whether a variable is given no value after its first.
    fn is_given_once(&self, symbol: Symbol) -> bool {
        let mut declarations = self.requests.values.names.declarations(symbol);
        declarations
            .all(|(_, one)| !matches!(one, Declaration::Variable(assign) if !assign.modifiers.declares))
    }

    /// An item beside the one that carries the answer does not matter.
    fn named_or_made(&self, item: &'a Expr) -> bool {
        !matches!(item.kind, ExprKind::Conditional(_) | ExprKind::Binary(..) | ExprKind::Spread(_))
    }

    fn is_sure_call(&self, call: &'a Call) -> bool {
        let first = call.positional().next();
        let ExprKind::Member(object, method) = &call.callee.kind else {
            let callee = self.place(&call.callee);
            let converter =
                self.requests.converter(&self.requests.values.value(&callee), &callee, Some(call));
            return converter.is_some() && first.is_some_and(|first| self.is_sure(first));
        };
        match &**method {
            "then" => match first.map(|first| &first.kind) {
                Some(ExprKind::Function(function)) => {
                    let returns = returns_of(&function.body);
                    self.is_sure(object) && matches!(returns[..], [one] if self.is_sure(one))
                }
                _ => false,
            },
            "json" | "text" | "clone" | "finally" | "filter" | "slice" | "find" | "at" => {
                self.is_sure(object)
            }
            "parse" | "all" | "resolve" => first.is_some_and(|first| self.is_sure(first)),
            _ => false,
        }
    }

    /// What a name or the names of a pattern are bound to is as sure as the value.
    pub(super) fn note_sureness(&mut self, target: &'a Expr, value: &'a Expr) {
        if self.is_sure(value) {
            return;
        }
        let mut open = vec![target];
        while let Some(target) = open.pop() {
            match &target.kind {
                ExprKind::Name(_) => {
                    let symbol = self.symbol(target);
                    self.unsure.extend(symbol);
                }
                ExprKind::Map(entries) => open.extend(entries.iter().filter_map(|entry| match entry {
                    MapEntry::Pair(_, inner) => Some(inner),
                    _ => None,
                })),
                ExprKind::List(items) => open.extend(items),
                _ => {}
            }
        }
    }

    /// Notes what a function returns for another answer than the one that it is asked for.
    pub(super) fn note_returned(&mut self, value: &'a Expr, carrier: Option<&Carrier>) {
        let same = match (carrier, &self.flow.returned) {
            (None, _) => is_nothing(value),
            (Some(carrier), Some(before)) => carrier == before && self.is_sure(value),
            (Some(_), None) => self.is_sure(value),
        };
        self.flow.is_sure &= same;
    }

    fn symbol(&self, name: &'a Expr) -> Option<Symbol> {
        name.as_name()?;
        match self.requests.values.names.resolve_value(self.file, name) {
            Target::Declared(symbol) => Some(symbol),
            _ => None,
        }
    }
}

/// Whether a value stands for none: of it nothing is read.
fn is_nothing(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Literal(Literal::Null | Literal::Undefined) => true,
        ExprKind::List(items) => items.is_empty(),
        ExprKind::Map(entries) => entries.is_empty(),
        _ => false,
    }
}

/// Methods of a list that give each element to a function, or those that are left.
pub(super) fn gives_elements(method: &str) -> bool {
    const METHODS: [&str; 9] =
        ["map", "forEach", "filter", "find", "findLast", "some", "every", "flatMap", "findIndex"];
    METHODS.contains(&method)
}
