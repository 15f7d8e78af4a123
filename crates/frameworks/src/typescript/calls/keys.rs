//! What happens to the keys of bodies on the way: interceptors and functions that turn snake case into camel case.
//!
//! | converter | a digit after an underscore | source |
//! |---|---|---|
//! | `humps.camelizeKeys` 2 | joined: `pgy_1` is `pgy1` | its `camelize`: `/[\-_\s]+(.)?/g` |
//! | `camelcase-keys` | joined | `camelcase`: separators are dropped before any letter or digit |
//! | `axios-case-converter` 1 | kept: `pgy_1` | `camel-case` 4: a digit after a separator keeps an underscore |
//! | a function of the project | as its regular expression says | - |
//!
//! Deliberately absent: converters that build their result key by key; they are unknown if they go over keys at all.

use std::collections::HashSet;

use alignment_model::code::{Call, Expr, ExprKind, ExprPart, Literal};
use alignment_model::project::{DigitRule, KeyConversion};
use alignment_model::{FileId, TextRange};

use super::answers::Carrier;
use super::bodies::each_expr;
use super::flow::Flow;
use super::frame::{Callable, Place};
use super::urls::address;
use super::values::Value;
use super::wrappers::Requests;

/// Functions that a converter calls, as deep as they are looked into.
const MAX_CALLS: usize = 4;

/// What a client does with keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    None,
    Camel(FileId, TextRange, DigitRule),
    Unknown,
}

impl Keys {
    /// `axios-case-converter`.
    pub(super) fn of_package(file: FileId, range: TextRange) -> Self {
        Keys::Camel(file, range, DigitRule::Kept)
    }

    /// This, then another: converted keys stay converted.
    pub(super) fn then(self, next: Keys) -> Self {
        match (self, next) {
            (Keys::None, next) => next,
            (Keys::Unknown, _) | (_, Keys::Unknown) => Keys::Unknown,
            (first, _) => first,
        }
    }

    pub(super) fn conversion(&self) -> KeyConversion {
        match self {
            Keys::None => KeyConversion::None,
            Keys::Camel(file, range, digits) => {
                KeyConversion::Camel { span: range.in_file(*file), digits: *digits }
            }
            Keys::Unknown => KeyConversion::Unknown,
        }
    }
}

impl<'a> Requests<'_, '_, 'a> {
    /// Whether a call adds an interceptor for answers to a client: the client's id, and what it does to keys.
    pub(super) fn interceptor(&self, place: &Place<'a>, call: &'a Call) -> Option<(usize, Keys)> {
        let ExprKind::Member(kind, method) = &call.callee.kind else { return None };
        let ExprKind::Member(interceptors, name) = &kind.kind else { return None };
        let ExprKind::Member(client, field) = &interceptors.kind else { return None };
        if (&**method, &**name, &**field) != ("use", "response", "interceptors") {
            return None;
        }
        let Value::Client(client) = self.values.value(&place.at(client)) else { return None };
        let handler = self.values.callable(&place.at(call.positional().next()?))?;
        let keys = Flow::of_argument(self, &handler, 0, Carrier::Axios).keys;
        (keys != Keys::None).then_some((client.id, keys))
    }

    /// What a function does to the keys of what it is given; `None` if it is no converter of keys.
    pub(super) fn converter(&self, callee: &Value<'a>, file: FileId, range: TextRange) -> Option<Keys> {
        let camel = |digits| Some(Keys::Camel(file, range, digits));
        match callee {
            Value::External("humps", path) if ends_with(path, "camelizeKeys") => camel(DigitRule::Joined),
            Value::External("camelcase-keys" | "camelcase-keys-deep", _) => camel(DigitRule::Joined),
            Value::Function(callable) => match self.reading(callable) {
                Reading { goes_over_keys: false, .. } => None,
                Reading { rule: Some(digits), .. } => camel(digits),
                Reading { rule: None, to_snake: true, .. } => None,
                Reading { .. } => Some(Keys::Unknown),
            },
            _ => None,
        }
    }

    /// Reads a function and those it calls.
    fn reading(&self, callable: &Callable<'a>) -> Reading {
        let mut reading = Reading::default();
        let mut seen = HashSet::from([address(callable.function)]);
        let mut open = vec![(callable.clone(), 0)];
        while let Some((callable, depth)) = open.pop() {
            let frame = callable.open();
            let mut bodies = vec![&callable.function.body];
            while let Some(body) = bodies.pop() {
                each_expr(body, &mut |part| match part {
                    ExprPart::Function(function) => bodies.push(&function.body),
                    ExprPart::Expr(expr) => {
                        reading.look_at(expr);
                        let place = Place { file: callable.file, expr, frame: frame.clone() };
                        for inner in self.functions_in(&place) {
                            if depth < MAX_CALLS && seen.insert(address(inner.function)) {
                                open.push((inner, depth + 1));
                            }
                        }
                    }
                    _ => {}
                });
            }
        }
        reading
    }

    /// The functions of the project that a call calls or passes on (`keys.map(convert)`).
    fn functions_in(&self, place: &Place<'a>) -> Vec<Callable<'a>> {
        let ExprKind::Call(call) = &place.expr.kind else { return Vec::new() };
        let named = call.positional().filter(|argument| argument.as_name().is_some());
        std::iter::once(&call.callee)
            .chain(named)
            .filter_map(|expr| self.values.callable(&place.at(expr)))
            .collect()
    }
}

/// What the code of a function shows about keys.
#[derive(Debug, Default)]
struct Reading {
    /// It lists the keys of an object.
    goes_over_keys: bool,
    /// How it turns snake case into camel case.
    rule: Option<DigitRule>,
    /// It turns camel case into snake case.
    to_snake: bool,
}

impl Reading {
    fn look_at(&mut self, expr: &Expr) {
        let ExprKind::Call(call) = &expr.kind else { return };
        if let Some(path) = call.callee.dotted() {
            let over_keys =
                matches!(path[..], ["Object", "keys" | "entries"] | [.., "mapKeys" | "transform"]);
            self.goes_over_keys |= over_keys;
            // lodash: words and numbers are split and joined without separators.
            if matches!(path[..], ["camelCase"] | ["_" | "lodash", "camelCase"]) {
                self.rule.get_or_insert(DigitRule::Joined);
            }
        }
        if let ExprKind::Member(_, method) = &call.callee.kind {
            let first = call.positional().next().map(|first| &first.kind);
            match (&**method, first) {
                ("replace" | "replaceAll", Some(ExprKind::Literal(Literal::Regex(pattern)))) => {
                    match rule_of(pattern) {
                        Some(rule) => drop(self.rule.get_or_insert(rule)),
                        None => self.to_snake |= pattern.contains("[A-Z]"),
                    }
                }
                ("split", Some(ExprKind::Literal(Literal::Text(separator)))) if &**separator == "_" => {
                    self.rule.get_or_insert(DigitRule::Joined);
                }
                _ => {}
            }
        }
    }
}

/// How a regular expression that finds the character after an underscore treats digits.
fn rule_of(pattern: &str) -> Option<DigitRule> {
    let inner = pattern.strip_prefix('/')?;
    let inner = &inner[..inner.rfind('/')?];
    let inner = inner.strip_prefix("(?:").or(inner.strip_prefix('(')).unwrap_or(inner);
    // The separator: `_`, or a class with it.
    let rest = match inner.strip_prefix('_') {
        Some(rest) => rest,
        None => {
            let class = inner.strip_prefix('[')?;
            let end = class.find(']')?;
            let (class, rest) = (&class[..end], &class[end + 1..]);
            if !class.contains('_') || class.starts_with('^') {
                return None;
            }
            rest
        }
    };
    let rest = rest.trim_start_matches(['+', '*']);
    let rest = rest.strip_prefix("(?:").or(rest.strip_prefix('(')).unwrap_or(rest);
    let class = match rest.strip_prefix('[') {
        Some(class) => &class[..class.find(']')?],
        None => rest,
    };
    let digits = class.starts_with('.') || ["\\w", "\\d", "0-9"].iter().any(|part| class.contains(part));
    let letters = class.contains("a-z") || class.contains("A-Z");
    match (digits, letters) {
        (true, _) => Some(DigitRule::Joined),
        (false, true) => Some(DigitRule::Kept),
        _ => None,
    }
}

fn ends_with(path: &[Box<str>], name: &str) -> bool {
    path.last().is_some_and(|last| &**last == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_expressions_say_what_becomes_of_digits() {
        use DigitRule::{Joined, Kept};
        let table = [
            ("/_([a-z])/g", Some(Kept)),
            ("/_+([a-zA-Z])/g", Some(Kept)),
            ("/([-_][a-z])/gi", Some(Kept)),
            ("/_([a-z0-9])/g", Some(Joined)),
            ("/_(\\w)/g", Some(Joined)),
            ("/_(.)/g", Some(Joined)),
            ("/[-_\\s]+(.)?/g", Some(Joined)),
            ("/_[a-z]/g", Some(Kept)),
            ("/[A-Z]/g", None),
            ("/_/g", None),
            ("/[^_]/", None),
            ("/_(/", None),
        ];
        for (pattern, expected) in table {
            assert_eq!(rule_of(pattern), expected, "{pattern}");
        }
    }
}
