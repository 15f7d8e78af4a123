//! Constant values of TypeScript expressions, folded across modules: literals, templates, concatenation, members of
//! objects and enums, `as const`. One home for what types (`typeof X[number]`, enum values) and URLs need.
//!
//! What is not constant leaves a hole, with the expression that makes it, so that `` `${BASE}/users/${id}` `` keeps its
//! known parts. Deliberately absent: variables that are not `const`, what a program computes at run time, and fallbacks
//! (`env.URL ?? "/api"`), whose value depends on where the program runs.

use std::cell::Cell;

use alignment_model::code::{
    Assign, Call, Class, EnumMember, Expr, ExprKind, Literal, MapEntry, Operator, Statement, TemplatePart,
    TypeDecl, TypeDeclKind,
};
use alignment_model::shape::Value;
use alignment_model::{FileId, Why};

use super::names::{Declaration, Names, Symbol, Target};

/// A folded value.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant<'a> {
    /// A literal value.
    Value(Value),
    /// `undefined`.
    Undefined,
    /// Text with holes: at least one [`Piece::Hole`].
    Template(Vec<Piece<'a>>),
    /// An array.
    List(Vec<Constant<'a>>),
    /// An object, in order; of equal keys the last one is kept.
    Map(Vec<(Box<str>, Constant<'a>)>),
    /// Not constant, or not modelled.
    Unknown(Why),
}

/// A part of a text with holes.
#[derive(Clone, Debug)]
pub enum Piece<'a> {
    /// Text.
    Text(Box<str>),
    /// An expression that is not constant, and the file it stands in.
    Hole(FileId, &'a Expr),
}

impl PartialEq for Piece<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Piece::Text(a), Piece::Text(b)) => a == b,
            (Piece::Hole(a, x), Piece::Hole(b, y)) => a == b && x.range == y.range,
            _ => false,
        }
    }
}

/// An expression and the file it stands in.
pub type Located<'a> = (FileId, &'a Expr);

/// Nesting and number of steps after which an expression is given up; both bound circles of constants.
const MAX_DEPTH: usize = 64;
const MAX_STEPS: usize = 20_000;

/// Folds an expression of a file.
pub fn fold<'a>(names: &Names<'a>, file: FileId, expr: &'a Expr) -> Constant<'a> {
    Folder::new(names).fold(file, expr, 0)
}

/// The expression that a name, a member or an element stands for, through `const` variables, imports and objects. An
/// expression of any other form is itself.
pub fn definition<'a>(names: &Names<'a>, file: FileId, expr: &'a Expr) -> Option<Located<'a>> {
    match Folder::new(names).locate(file, expr, 0)? {
        Place::Expr(file, expr) => Some((file, expr)),
        Place::Enum(..) => None,
    }
}

/// The members of an enum with their values, as the compiler numbers them.
pub fn enum_values<'a>(
    names: &Names<'a>,
    file: FileId,
    decl: &'a TypeDecl,
) -> Vec<(&'a EnumMember, Constant<'a>)> {
    let mut values: Vec<(&EnumMember, Constant<'_>)> = Vec::new();
    let TypeDeclKind::Enum { members } = &decl.kind else { return values };
    let folder = Folder::new(names);
    for member in members {
        let value = match &member.value {
            Some(value) => folder.enum_value(file, value, &values),
            None => next_number(values.last().map(|(_, value)| value)),
        };
        values.push((member, value));
    }
    values
}

/// The value of an enum member without an initialiser: one more than the one before (TypeScript handbook, "Enums",
/// "Numeric enums").
fn next_number<'a>(before: Option<&Constant<'a>>) -> Constant<'a> {
    match before {
        None => number(0),
        Some(Constant::Value(Value::Number(text))) => {
            match text.parse::<i64>().ok().and_then(|n| n.checked_add(1)) {
                Some(next) => number(next),
                None => Constant::Unknown(Why::UnsupportedConstruct),
            }
        }
        Some(_) => Constant::Unknown(Why::DynamicExpression),
    }
}

fn number<'a>(value: i64) -> Constant<'a> {
    Constant::Value(Value::Number(value.to_string().into()))
}

/// Where a value is defined.
enum Place<'a> {
    Expr(FileId, &'a Expr),
    Enum(FileId, &'a TypeDecl),
}

struct Folder<'n, 'a> {
    names: &'n Names<'a>,
    steps: Cell<usize>,
}

impl<'n, 'a> Folder<'n, 'a> {
    fn new(names: &'n Names<'a>) -> Self {
        Self { names, steps: Cell::new(0) }
    }

    /// Whether another step may be taken.
    fn step(&self, depth: usize) -> bool {
        self.steps.set(self.steps.get() + 1);
        depth < MAX_DEPTH && self.steps.get() < MAX_STEPS
    }

    fn fold(&self, file: FileId, expr: &'a Expr, depth: usize) -> Constant<'a> {
        if !self.step(depth) {
            return Constant::Unknown(Why::Recursive);
        }
        match &expr.kind {
            ExprKind::Literal(literal) => of_literal(literal),
            ExprKind::As(inner, _) => self.fold(file, inner, depth + 1),
            ExprKind::Template(parts) => self.template(file, parts, depth),
            ExprKind::Binary(Operator::Add, ..) => self.sum(file, expr, depth),
            ExprKind::Unary(Operator::Negate, inner) => match self.fold(file, inner, depth + 1) {
                Constant::Value(Value::Number(text)) => Constant::Value(Value::Number(negated(&text))),
                _ => Constant::Unknown(Why::DynamicExpression),
            },
            ExprKind::List(items) => {
                let items = items.iter().flat_map(|item| self.element(file, item, depth)).collect();
                Constant::List(items)
            }
            ExprKind::Map(entries) => self.map(file, entries, depth),
            ExprKind::Call(call) => match unfrozen(call) {
                Some(inner) => self.fold(file, inner, depth + 1),
                None => Constant::Unknown(Why::DynamicExpression),
            },
            ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Index(..) => {
                self.reference(file, expr, depth).unwrap_or(Constant::Unknown(Why::DynamicExpression))
            }
            _ => Constant::Unknown(Why::DynamicExpression),
        }
    }

    fn element(&self, file: FileId, item: &'a Expr, depth: usize) -> Vec<Constant<'a>> {
        let ExprKind::Spread(inner) = &item.kind else { return vec![self.fold(file, item, depth + 1)] };
        match self.fold(file, inner, depth + 1) {
            Constant::List(items) => items,
            _ => vec![Constant::Unknown(Why::DynamicExpression)],
        }
    }

    fn map(&self, file: FileId, entries: &'a [MapEntry], depth: usize) -> Constant<'a> {
        let mut map: Vec<(Box<str>, Constant<'a>)> = Vec::new();
        for entry in entries {
            match entry {
                MapEntry::Pair(key, value) => match self.key(file, key, depth) {
                    Some(key) => map.push((key, self.fold(file, value, depth + 1))),
                    None => return Constant::Unknown(Why::DynamicExpression),
                },
                MapEntry::Spread(inner) => match self.fold(file, inner, depth + 1) {
                    Constant::Map(inner) => map.extend(inner),
                    Constant::Unknown(why) => return Constant::Unknown(why),
                    _ => {}
                },
                MapEntry::Method(method) => {
                    map.push((method.name.clone(), Constant::Unknown(Why::DynamicExpression)));
                }
            }
        }
        let mut seen = std::collections::HashSet::new();
        let mut kept: Vec<_> = map.into_iter().rev().filter(|(key, _)| seen.insert(key.clone())).collect();
        kept.reverse();
        Constant::Map(kept)
    }

    fn key(&self, file: FileId, key: &'a Expr, depth: usize) -> Option<Box<str>> {
        match self.fold(file, key, depth + 1) {
            Constant::Value(value) => Some(value.plain().into()),
            _ => None,
        }
    }

    fn template(&self, file: FileId, parts: &'a [TemplatePart], depth: usize) -> Constant<'a> {
        let mut pieces = Vec::new();
        for part in parts {
            match part {
                TemplatePart::Text(text) => push_text(&mut pieces, text),
                TemplatePart::Expr { value, .. } => self.push_piece(&mut pieces, file, value, depth),
            }
        }
        of_pieces(pieces)
    }

    /// `a + b + c`: text if any operand is text, otherwise a number.
    fn sum(&self, file: FileId, expr: &'a Expr, depth: usize) -> Constant<'a> {
        let mut operands = Vec::new();
        let mut left = expr;
        while let ExprKind::Binary(Operator::Add, a, b) = &left.kind {
            operands.push(&**b);
            left = a;
        }
        operands.push(left);
        operands.reverse();
        let folded: Vec<_> = operands.iter().map(|operand| self.fold(file, operand, depth + 1)).collect();
        let numbers: Option<Vec<i64>> = folded.iter().map(as_integer).collect();
        if let Some(numbers) = numbers {
            return match numbers.iter().try_fold(0i64, |sum, next| sum.checked_add(*next)) {
                Some(sum) => number(sum),
                None => Constant::Unknown(Why::UnsupportedConstruct),
            };
        }
        let is_text =
            |value: &Constant<'_>| matches!(value, Constant::Value(Value::Text(_)) | Constant::Template(_));
        // `1 + 2 + "px"` adds before it joins; only a text among the first two makes every `+` a concatenation.
        if !folded.iter().take(2).any(is_text) {
            return Constant::Unknown(Why::DynamicExpression);
        }
        let mut pieces = Vec::new();
        for (operand, value) in operands.iter().zip(folded) {
            push_value(&mut pieces, value, file, operand);
        }
        of_pieces(pieces)
    }

    fn push_piece(&self, pieces: &mut Vec<Piece<'a>>, file: FileId, expr: &'a Expr, depth: usize) {
        let value = self.fold(file, expr, depth + 1);
        push_value(pieces, value, file, expr);
    }

    /// The value of a name, a member or an element.
    fn reference(&self, file: FileId, expr: &'a Expr, depth: usize) -> Option<Constant<'a>> {
        if let ExprKind::Member(object, name) = &expr.kind
            && let Some(Place::Enum(file, decl)) = self.locate(file, object, depth + 1)
        {
            return enum_member(self.names, file, decl, name);
        }
        match self.locate(file, expr, depth + 1)? {
            Place::Expr(_, found) if std::ptr::eq(found, expr) => None,
            Place::Expr(file, found) => Some(self.fold(file, found, depth + 1)),
            Place::Enum(..) => None,
        }
    }

    fn locate(&self, file: FileId, expr: &'a Expr, depth: usize) -> Option<Place<'a>> {
        if !self.step(depth) {
            return None;
        }
        match &expr.kind {
            ExprKind::Name(_) => self.target(self.names.resolve_value(file, expr), depth),
            ExprKind::Member(object, name) => match self.names.resolve_value(file, expr) {
                Target::Unknown(_) | Target::External(..) | Target::Global(_) => {
                    let object = self.locate(file, object, depth + 1)?;
                    self.descend(object, name, depth + 1)
                }
                target => self.target(target, depth),
            },
            ExprKind::Index(object, index) => {
                let key = self.key(file, index, depth)?;
                let object = self.locate(file, object, depth + 1)?;
                self.descend(object, &key, depth + 1)
            }
            ExprKind::As(inner, _) => self.locate(file, inner, depth + 1),
            ExprKind::Call(call) => match unfrozen(call) {
                Some(inner) => self.locate(file, inner, depth + 1),
                None => Some(Place::Expr(file, expr)),
            },
            _ => Some(Place::Expr(file, expr)),
        }
    }

    fn target(&self, target: Target<'a>, depth: usize) -> Option<Place<'a>> {
        match target {
            Target::Declared(symbol) => self.symbol(symbol, depth),
            Target::Expression(file, expr) => self.locate(file, expr, depth + 1),
            Target::Member(symbol, path) => {
                let (first, rest) = path.split_first()?;
                let mut place = match self.static_field(symbol, first) {
                    Some((file, value)) => self.locate(file, value, depth + 1)?,
                    None => self.descend(self.symbol(symbol, depth)?, first, depth + 1)?,
                };
                for name in rest {
                    place = self.descend(place, name, depth + 1)?;
                }
                Some(place)
            }
            _ => None,
        }
    }

    fn symbol(&self, symbol: Symbol, depth: usize) -> Option<Place<'a>> {
        let mut values = self.names.declarations(symbol).filter(|(_, declaration)| declaration.is_value());
        let (file, declaration) = values.next()?;
        match declaration {
            // A second declaration or assignment makes it a variable that changes.
            Declaration::Variable(Assign { modifiers, value: Some(value), .. }) if modifiers.is_const => {
                if values.next().is_some() {
                    return None;
                }
                self.locate(file, value, depth + 1)
            }
            Declaration::Type(decl) => Some(Place::Enum(file, decl)),
            _ => None,
        }
    }

    /// The value of a `static readonly` field of a class.
    fn static_field(&self, symbol: Symbol, name: &str) -> Option<Located<'a>> {
        self.names.declarations(symbol).find_map(|(file, declaration)| match declaration {
            Declaration::Class(class) => Some((file, static_field(class, name)?)),
            _ => None,
        })
    }

    /// The value of a key of an object or of an element of an array.
    fn descend(&self, place: Place<'a>, key: &str, depth: usize) -> Option<Place<'a>> {
        let Place::Expr(file, expr) = place else { return None };
        if !self.step(depth) {
            return None;
        }
        match &expr.kind {
            ExprKind::Map(entries) => {
                for entry in entries.iter().rev() {
                    match entry {
                        MapEntry::Pair(name, value) => {
                            // A key that is not known may be this one.
                            if *self.key(file, name, depth)? == *key {
                                return self.locate(file, value, depth + 1);
                            }
                        }
                        MapEntry::Spread(inner) => {
                            let inner = self.locate(file, inner, depth + 1)?;
                            if let Some(found) = self.descend(inner, key, depth + 1) {
                                return Some(found);
                            }
                        }
                        MapEntry::Method(method) if &*method.name == key => return None,
                        MapEntry::Method(_) => {}
                    }
                }
                None
            }
            ExprKind::List(items) => {
                let at: usize = key.parse().ok()?;
                let before = items.get(..=at)?;
                if before.iter().any(|item| matches!(item.kind, ExprKind::Spread(_))) {
                    return None;
                }
                self.locate(file, before.last()?, depth + 1)
            }
            _ => None,
        }
    }

    /// The initialiser of an enum member, which may name members before it.
    fn enum_value(
        &self,
        file: FileId,
        expr: &'a Expr,
        before: &[(&'a EnumMember, Constant<'a>)],
    ) -> Constant<'a> {
        if let ExprKind::Name(name) = &expr.kind
            && let Some((_, value)) = before.iter().find(|(member, _)| member.name == *name)
        {
            return value.clone();
        }
        match self.fold(file, expr, 0) {
            Constant::Template(_) => Constant::Unknown(Why::DynamicExpression),
            value => value,
        }
    }
}

fn enum_member<'a>(names: &Names<'a>, file: FileId, decl: &'a TypeDecl, name: &str) -> Option<Constant<'a>> {
    let found = enum_values(names, file, decl).into_iter().find(|(member, _)| &*member.name == name);
    found.map(|(_, value)| value)
}

fn static_field<'a>(class: &'a Class, name: &str) -> Option<&'a Expr> {
    class.body.iter().find_map(|statement| match statement {
        Statement::Assign(assign) if assign.modifiers.is_static && assign.modifiers.readonly => {
            (assign.target.as_name() == Some(name)).then_some(assign.value.as_ref())?
        }
        _ => None,
    })
}

/// The argument of `Object.freeze(x)`.
fn unfrozen(call: &Call) -> Option<&Expr> {
    (call.callee.dotted()? == ["Object", "freeze"]).then(|| call.positional().next())?
}

fn of_literal<'a>(literal: &Literal) -> Constant<'a> {
    match literal {
        Literal::Text(text) => Constant::Value(Value::Text(text.clone())),
        Literal::Int(int) => number(*int),
        Literal::Number(text) => Constant::Value(Value::Number(plain_number(text))),
        Literal::Bool(value) => Constant::Value(Value::Bool(*value)),
        Literal::Null => Constant::Value(Value::Null),
        Literal::Undefined => Constant::Undefined,
        Literal::Bytes(_) | Literal::Ellipsis | Literal::Regex(_) => {
            Constant::Unknown(Why::UnsupportedConstruct)
        }
    }
}

/// A fraction as the language prints it: `1.50` is `1.5`. What it prints with an exponent, or cannot be read, stays as written.
pub(super) fn plain_number(text: &str) -> Box<str> {
    match text.replace('_', "").parse::<f64>() {
        Ok(number) if (1e-6..1e21).contains(&number.abs()) => number.to_string().into(),
        _ => text.into(),
    }
}

fn negated(text: &str) -> Box<str> {
    match text.strip_prefix('-') {
        Some(positive) => positive.into(),
        None if text == "0" => text.into(),
        None => format!("-{text}").into(),
    }
}

fn as_integer(value: &Constant<'_>) -> Option<i64> {
    match value {
        Constant::Value(Value::Number(text)) => text.parse().ok(),
        _ => None,
    }
}

fn push_text(pieces: &mut Vec<Piece<'_>>, text: &str) {
    if text.is_empty() {
        return;
    }
    match pieces.last_mut() {
        Some(Piece::Text(before)) => *before = format!("{before}{text}").into(),
        _ => pieces.push(Piece::Text(text.into())),
    }
}

fn push_value<'a>(pieces: &mut Vec<Piece<'a>>, value: Constant<'a>, file: FileId, expr: &'a Expr) {
    match value {
        Constant::Value(value) => push_text(pieces, &value.plain()),
        Constant::Template(inner) => {
            for piece in inner {
                match piece {
                    Piece::Text(text) => push_text(pieces, &text),
                    hole => pieces.push(hole),
                }
            }
        }
        _ => pieces.push(Piece::Hole(file, expr)),
    }
}

fn of_pieces(mut pieces: Vec<Piece<'_>>) -> Constant<'_> {
    match (pieces.len(), pieces.pop()) {
        (0, _) | (_, None) => Constant::Value(Value::Text("".into())),
        (1, Some(Piece::Text(text))) => Constant::Value(Value::Text(text)),
        (_, Some(last)) => {
            pieces.push(last);
            Constant::Template(pieces)
        }
    }
}
