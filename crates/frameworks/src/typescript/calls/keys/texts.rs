//! Expressions that make a text of another one -> the function they are, so that it can be run on the names of fields.
//!
//! ```text
//! key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())
//! key.split("_").map((word, at) => (at ? capitalize(word) : word)).join("")
//! _.camelCase(key)
//! ```
//!
//! Deliberately absent: conditions on the key, loops over its characters. What is not folded here has no function.

use std::cell::Cell;

use alignment_model::code::{Call, Expr, ExprKind, Literal, Operator, TemplatePart};
use alignment_model::key_function::{KeyEdit, KeyFunction, KeyPart, Splitter, Style};
use alignment_model::pattern::Pattern;

use super::super::bodies::returns_of;
use super::super::frame::{Callable, Place};
use super::super::urls::address;
use super::super::values::Value;
use super::super::wrappers::Requests;
use crate::typescript::names::{Declaration, Symbol, Target};

/// Expressions in expressions, and functions called in functions.
const MAX_DEPTH: usize = 40;
/// Parts of a function.
const MAX_PARTS: usize = 32;

/// Folds one expression.
pub(super) struct Texts<'r, 'v, 'n, 'a> {
    requests: &'r Requests<'v, 'n, 'a>,
    /// The one name that the text is made of, once it is met.
    root: Cell<Option<Symbol>>,
}

/// What the parameters of functions around an expression are: by function, in order.
type Bindings = Vec<(usize, Vec<KeyFunction>)>;

impl<'r, 'v, 'n, 'a> Texts<'r, 'v, 'n, 'a> {
    /// The function that an expression is of the one name in it.
    pub(super) fn fold(requests: &'r Requests<'v, 'n, 'a>, place: &Place<'a>) -> Option<KeyFunction> {
        let texts = Self { requests, root: Cell::new(None) };
        let function = texts.text(place, &Vec::new(), 0)?;
        texts.root.get().map(|_| function)
    }

    fn text(&self, place: &Place<'a>, bindings: &Bindings, depth: usize) -> Option<KeyFunction> {
        if depth > MAX_DEPTH {
            return None;
        }
        let inner = |expr: &'a Expr| self.text(&place.at(expr), bindings, depth + 1);
        match &place.expr.kind {
            ExprKind::Literal(Literal::Text(text)) => Some(constant(text)),
            ExprKind::Template(parts) => joined(parts.iter().map(|part| match part {
                TemplatePart::Text(text) => Some(constant(text)),
                TemplatePart::Expr { value, .. } => inner(value),
            })),
            ExprKind::Binary(Operator::Add, left, right) => joined([inner(left), inner(right)]),
            ExprKind::As(value, _) => inner(value),
            ExprKind::Name(_) => self.name(place, bindings, depth),
            // `letter ? letter.toUpperCase() : ""`: of nothing either side makes nothing.
            ExprKind::Conditional(parts) => {
                let [test, then, otherwise] = &**parts;
                let is_empty = otherwise.as_text() == Some("");
                (is_empty && test.as_name().is_some()).then(|| inner(then))?
            }
            ExprKind::Index(object, index) => match index.kind {
                ExprKind::Literal(Literal::Int(at)) => edited(inner(object)?, slice(at, Some(at + 1))?),
                _ => None,
            },
            ExprKind::Call(call) => self.call(place, call, bindings, depth),
            _ => None,
        }
    }

    fn name(&self, place: &Place<'a>, bindings: &Bindings, depth: usize) -> Option<KeyFunction> {
        let names = self.requests.values.names;
        let Target::Declared(symbol) = names.resolve_value(place.file, place.expr) else { return None };
        for (file, declaration) in names.declarations(symbol) {
            match declaration {
                Declaration::Parameter(function, at) => {
                    let bound = bindings.iter().rev().find(|(of, _)| *of == address(function));
                    if let Some((_, inputs)) = bound {
                        return inputs.get(at).cloned();
                    }
                }
                Declaration::Variable(assign) => {
                    if let Some(expr) = &assign.value {
                        let value = Place { file, expr, frame: place.frame.clone() };
                        return self.text(&value, bindings, depth + 1);
                    }
                }
                _ => {}
            }
        }
        // A name from outside: the text all this is about.
        match self.root.get() {
            Some(root) if root != symbol => return None,
            _ => self.root.set(Some(symbol)),
        }
        Some(input(0))
    }

    fn call(
        &self,
        place: &Place<'a>,
        call: &'a Call,
        bindings: &Bindings,
        depth: usize,
    ) -> Option<KeyFunction> {
        let inner = |expr: &'a Expr| self.text(&place.at(expr), bindings, depth + 1);
        let mut arguments = call.positional();
        let (first, second) = (arguments.next(), arguments.next());
        if let ExprKind::Member(object, method) = &call.callee.kind
            && let Some(method) = TextMethod::of(method)
        {
            return match method {
                TextMethod::Upper => edited(inner(object)?, KeyEdit::Upper),
                TextMethod::Lower => edited(inner(object)?, KeyEdit::Lower),
                TextMethod::CharAt => {
                    let at = number(first)?;
                    edited(inner(object)?, slice(at, Some(at + 1))?)
                }
                TextMethod::Slice => {
                    let to = second.map(|second| number(Some(second)));
                    edited(
                        inner(object)?,
                        slice(
                            number(first)?,
                            match to {
                                Some(to) => Some(to?),
                                None => None,
                            },
                        )?,
                    )
                }
                TextMethod::Replace { all } => {
                    let edit = self.replacement(place, first?, second?, all, bindings, depth)?;
                    edited(inner(object)?, edit)
                }
                TextMethod::Join => {
                    let joiner = first.map_or(Some(","), Expr::as_text)?;
                    self.pieces(place, object, joiner, bindings, depth)
                }
                TextMethod::ToText => inner(object),
            };
        }
        let callee = self.requests.values.value(&place.at(&call.callee));
        if let Some(function) = library(&callee) {
            return inner(first?)?.then(&function);
        }
        match callee {
            Value::Global(path) if path.len() == 1 && path.iter().all(|name| &**name == "String") => {
                inner(first?)
            }
            Value::Function(callable) => {
                let inputs: Option<Vec<KeyFunction>> = call.positional().map(inner).collect();
                self.called(&callable, inputs?, bindings, depth)
            }
            _ => None,
        }
    }

    /// What a function returns for its inputs, where it is one expression.
    fn called(
        &self,
        callable: &Callable<'a>,
        inputs: Vec<KeyFunction>,
        bindings: &Bindings,
        depth: usize,
    ) -> Option<KeyFunction> {
        let body = &callable.function.body;
        let [expr] = returns_of(body)[..] else { return None };
        let straight = body.iter().all(|statement| {
            use alignment_model::code::Statement::{Assign, Return};
            matches!(statement, Assign(assign) if assign.operator.is_none())
                || matches!(statement, Return(..))
        });
        let bindings = bindings.iter().cloned().chain([(address(callable.function), inputs)]).collect();
        let place = Place { file: callable.file, expr, frame: callable.open() };
        straight.then(|| self.text(&place, &bindings, depth + 1))?
    }

    fn replacement(
        &self,
        place: &Place<'a>,
        pattern: &'a Expr,
        with: &'a Expr,
        all: bool,
        bindings: &Bindings,
        depth: usize,
    ) -> Option<KeyEdit> {
        let (pattern, all) = match &pattern.kind {
            ExprKind::Literal(Literal::Text(text)) => (Pattern::literal(text)?, all),
            ExprKind::Literal(Literal::Regex(written)) => regular_expression(written)?,
            _ => return None,
        };
        let with = match &with.kind {
            ExprKind::Literal(Literal::Text(text)) => template(text)?,
            _ => {
                let callable = self.requests.values.callable(&place.at(with))?;
                let inputs = (0..=pattern.groups()).map(input).collect();
                self.called(&callable, inputs, bindings, depth)?
            }
        };
        Some(KeyEdit::Replace { pattern, all, with })
    }

    /// `x.split(separator).map(f)`, or without the function, about to be joined.
    fn pieces(
        &self,
        place: &Place<'a>,
        list: &'a Expr,
        joiner: &str,
        bindings: &Bindings,
        depth: usize,
    ) -> Option<KeyFunction> {
        let method = |expr: &'a Expr| match &expr.kind {
            ExprKind::Call(call) => match &call.callee.kind {
                ExprKind::Member(object, method) => Some((&**object, &**method, call.positional().next())),
                _ => None,
            },
            _ => None,
        };
        let (object, name, argument) = method(list)?;
        let (split, callback) = match name {
            "map" => (object, Some(argument?)),
            _ => (list, None),
        };
        let (text, "split", Some(separator)) = method(split)? else { return None };
        let text = self.text(&place.at(text), bindings, depth + 1)?;
        let separator = match (&separator.kind, callback) {
            (ExprKind::Literal(Literal::Text(separator)), _) => separator.clone(),
            (ExprKind::Literal(Literal::Regex(written)), None) => {
                let source = written.strip_prefix('/')?.rsplit_once('/')?.0;
                // Nothing is cut off before the first character.
                let inside =
                    if source.starts_with("(?=") { format!("(?<=.){source}") } else { source.into() };
                let pattern = Pattern::parse(&inside, false)?;
                return edited(text, KeyEdit::Replace { pattern, all: true, with: constant(joiner) });
            }
            _ => return None,
        };
        let (first, rest) = match callback {
            Some(callback) => self.piece_functions(place, callback, bindings, depth)?,
            None => (input(0), input(0)),
        };
        let joiner = joiner.into();
        (!separator.is_empty()).then(|| edited(text, KeyEdit::Split { separator, first, rest, joiner }))?
    }

    /// What `(word, at) => ...` makes of the first piece, and of the others.
    fn piece_functions(
        &self,
        place: &Place<'a>,
        callback: &'a Expr,
        bindings: &Bindings,
        depth: usize,
    ) -> Option<(KeyFunction, KeyFunction)> {
        let callable = self.requests.values.callable(&place.at(callback))?;
        let [expr] = returns_of(&callable.function.body)[..] else { return None };
        let bindings: Bindings =
            bindings.iter().cloned().chain([(address(callable.function), vec![input(0)])]).collect();
        let inner = |expr: &'a Expr| {
            let place = Place { file: callable.file, expr, frame: callable.open() };
            self.text(&place, &bindings, depth + 1)
        };
        let index = callable.function.parameters.get(1).map(|parameter| &*parameter.name);
        if let (ExprKind::Conditional(parts), Some(index)) = (&expr.kind, index) {
            let [test, then, otherwise] = &**parts;
            return match is_first(test, index)? {
                true => Some((inner(then)?, inner(otherwise)?)),
                false => Some((inner(otherwise)?, inner(then)?)),
            };
        }
        let every = inner(expr)?;
        Some((every.clone(), every))
    }
}

/// Whether a condition holds for the first index alone (`at === 0`, `!at`), or for every other one (`at`, `at > 0`).
fn is_first(test: &Expr, index: &str) -> Option<bool> {
    match &test.kind {
        ExprKind::Name(name) => (**name == *index).then_some(false),
        ExprKind::Unary(Operator::Not, inner) => Some(!is_first(inner, index)?),
        ExprKind::Binary(operator, left, right) if left.as_name() == Some(index) => {
            match (operator, &right.kind) {
                (Operator::Equal, ExprKind::Literal(Literal::Int(0))) => Some(true),
                (Operator::NotEqual | Operator::Greater, ExprKind::Literal(Literal::Int(0))) => Some(false),
                (Operator::Less, ExprKind::Literal(Literal::Int(1))) => Some(true),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Methods of texts that are followed.
pub(super) enum TextMethod {
    Upper,
    Lower,
    CharAt,
    Slice,
    Replace { all: bool },
    Join,
    ToText,
}

impl TextMethod {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "toUpperCase" | "toLocaleUpperCase" => TextMethod::Upper,
            "toLowerCase" | "toLocaleLowerCase" => TextMethod::Lower,
            "charAt" | "at" => TextMethod::CharAt,
            "slice" | "substring" => TextMethod::Slice,
            "replace" => TextMethod::Replace { all: false },
            "replaceAll" => TextMethod::Replace { all: true },
            "join" => TextMethod::Join,
            "toString" => TextMethod::ToText,
            _ => return None,
        })
    }
}

/// What a function of a library makes of one key.
pub(super) fn library(callee: &Value<'_>) -> Option<KeyFunction> {
    let Value::External(module, path) = callee else { return None };
    let name = path.last().map_or("", |name| &**name);
    let words = |splitter, style| Some(KeyFunction::words(splitter, style));
    match (*module, name) {
        ("lodash" | "lodash-es", "camelCase") | ("lodash/camelCase" | "lodash.camelcase", _) => {
            words(Splitter::Lodash, Style::Camel)
        }
        ("lodash" | "lodash-es", "snakeCase") | ("lodash/snakeCase" | "lodash.snakecase", _) => {
            words(Splitter::Lodash, Style::Snake)
        }
        ("change-case" | "camel-case", "camelCase") => words(Splitter::NoCase, Style::Camel),
        ("change-case" | "snake-case", "snakeCase") => words(Splitter::NoCase, Style::Snake),
        ("humps", "camelize") => Some(KeyFunction::humps_camel()),
        ("humps", "decamelize") => Some(KeyFunction::humps_snake()),
        ("camelcase", _) => Some(KeyFunction::camelcase()),
        ("decamelize", _) => Some(KeyFunction::decamelize()),
        ("lodash" | "lodash-es", "upperFirst") => Some(first_letter(KeyEdit::Upper)),
        ("lodash" | "lodash-es", "lowerFirst") => Some(first_letter(KeyEdit::Lower)),
        _ => None,
    }
}

fn first_letter(case: KeyEdit) -> KeyFunction {
    let first = vec![KeyEdit::Slice { from: 0, to: Some(1) }, case];
    let rest = vec![KeyEdit::Slice { from: 1, to: None }];
    KeyFunction { parts: vec![KeyPart::Input { at: 0, edits: first }, KeyPart::Input { at: 0, edits: rest }] }
}

fn constant(text: &str) -> KeyFunction {
    let part = (!text.is_empty()).then(|| KeyPart::Text(text.into()));
    KeyFunction { parts: part.into_iter().collect() }
}

fn input(at: usize) -> KeyFunction {
    KeyFunction { parts: vec![KeyPart::Input { at, edits: Vec::new() }] }
}

fn joined(functions: impl IntoIterator<Item = Option<KeyFunction>>) -> Option<KeyFunction> {
    let mut parts = Vec::new();
    for function in functions {
        parts.extend(function?.parts);
    }
    (parts.len() <= MAX_PARTS).then_some(KeyFunction { parts })
}

/// A function with one more edit: case is changed part by part, everything else needs one part.
fn edited(mut function: KeyFunction, edit: KeyEdit) -> Option<KeyFunction> {
    let by_part = matches!(edit, KeyEdit::Lower | KeyEdit::Upper);
    if !by_part && !matches!(function.parts[..], [KeyPart::Input { .. }]) {
        return None;
    }
    for part in &mut function.parts {
        match part {
            KeyPart::Input { edits, .. } => edits.push(edit.clone()),
            KeyPart::Text(text) if matches!(edit, KeyEdit::Lower) => *text = text.to_ascii_lowercase().into(),
            KeyPart::Text(text) => *text = text.to_ascii_uppercase().into(),
        }
    }
    Some(function)
}

fn number(expr: Option<&Expr>) -> Option<i64> {
    match expr?.kind {
        ExprKind::Literal(Literal::Int(number)) => Some(number),
        _ => None,
    }
}

fn slice(from: i64, to: Option<i64>) -> Option<KeyEdit> {
    let to = match to {
        Some(to) => Some(usize::try_from(to).ok()?),
        None => None,
    };
    Some(KeyEdit::Slice { from: usize::try_from(from).ok()?, to })
}

/// A regular expression as written, and whether it replaces every match.
fn regular_expression(written: &str) -> Option<(Pattern, bool)> {
    let (source, flags) = written.strip_prefix('/')?.rsplit_once('/')?;
    let known = flags.chars().all(|flag| matches!(flag, 'g' | 'i' | 'u'));
    known.then(|| Some((Pattern::parse(source, flags.contains('i'))?, flags.contains('g'))))?
}

/// The text of a replacement: `$1` and `$&` are inputs (ECMAScript, "GetSubstitution").
fn template(text: &str) -> Option<KeyFunction> {
    let mut parts = Vec::new();
    let mut characters = text.chars();
    let mut plain = String::new();
    while let Some(character) = characters.next() {
        if character != '$' {
            plain.push(character);
            continue;
        }
        let at = match characters.next()? {
            '$' => {
                plain.push('$');
                continue;
            }
            '&' => 0,
            digit => digit.to_digit(10).filter(|digit| *digit > 0)? as usize,
        };
        parts.extend(constant(&std::mem::take(&mut plain)).parts);
        parts.extend(input(at).parts);
    }
    parts.extend(constant(&plain).parts);
    Some(KeyFunction { parts })
}
