//! The text of a URL in parts, as far as it is known.
//!
//! ```text
//! `${process.env.URL ?? "/api"}/users/${id}?${query}`   ->   default "/api" · "/users/" · hole · "?" · hole
//! ```

use std::rc::Rc;

use alignment_model::FileId;
use alignment_model::code::{
    Assign, Call, Expr, ExprKind, Function, FunctionKind, Literal, Operator, Statement, TemplatePart,
};
use alignment_model::shape::Value as Constant;

use super::clients::Setting;
use super::frame::{Activation, Frame, Place};
use super::values::{Value, Values};
use crate::typescript::constants;
use crate::typescript::names::{Declaration, Target};

/// The name of a value that is not known, the same wherever the value is used: a variable of the environment, what a
/// package exports, the place of the expression. None where it has none.
pub(super) type Source = Option<Rc<str>>;

/// A part of the text of a URL.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Text(String),
    /// A value that is not known.
    Hole(Source),
    /// A parameter that nothing is bound to: function by address, and position.
    Parameter(usize, usize),
    /// A value that is not known, and what stands in for it (`process.env.URL ?? "/api"`).
    Default(Source, Vec<Part>),
    /// One of several texts.
    Either(Vec<Vec<Part>>),
}

/// A text that contains itself, or whose end was not found: none that it may be is known.
const ENDLESS: Part = Part::Either(Vec::new());

/// Assignments to one variable, at most.
const MAX_ASSIGNED: usize = 40;

/// Texts that a function may return, at most.
const MAX_RETURNS: usize = 16;

impl<'a> Values<'_, 'a> {
    /// The text of an expression in parts, neighbouring texts joined.
    pub(super) fn parts(&self, place: &Place<'a>) -> Vec<Part> {
        let parts = self.deeper(|| self.parts_of(place)).unwrap_or_else(|| vec![ENDLESS]);
        joined(parts)
    }

    /// The text of an expression, if all of it is known.
    pub(super) fn text(&self, place: &Place<'a>) -> Option<String> {
        match &self.parts(place)[..] {
            [] => Some(String::new()),
            [Part::Text(text)] => Some(text.clone()),
            // `options?.method?.toUpperCase() || "GET"` without options.
            [Part::Default(_, parts)] => match &parts[..] {
                [Part::Text(text)] => Some(text.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    fn parts_of(&self, place: &Place<'a>) -> Vec<Part> {
        match &place.expr.kind {
            ExprKind::Literal(Literal::Text(text)) => vec![Part::Text(text.to_string())],
            ExprKind::Literal(Literal::Int(number)) => vec![Part::Text(number.to_string())],
            ExprKind::Template(parts) => {
                let each = parts.iter().flat_map(|part| match part {
                    TemplatePart::Text(text) => vec![Part::Text(text.to_string())],
                    TemplatePart::Expr { value, .. } => self.parts(&place.at(value)),
                });
                each.collect()
            }
            ExprKind::Binary(Operator::Add, left, right) => {
                [self.parts(&place.at(left)), self.parts(&place.at(right))].concat()
            }
            ExprKind::Binary(Operator::Coalesce | Operator::BooleanOr, left, right) => {
                self.defaulted(place, left, right)
            }
            ExprKind::Binary(Operator::BooleanAnd, _, right) => {
                vec![Part::Either(vec![self.parts(&place.at(right)), Vec::new()])]
            }
            ExprKind::Conditional(parts) => {
                let [test, then, otherwise] = &**parts;
                match self.truth(&place.at(test)) {
                    Some(true) => self.parts(&place.at(then)),
                    Some(false) => self.parts(&place.at(otherwise)),
                    None => self.chosen(place, &[then, otherwise]),
                }
            }
            ExprKind::As(inner, _) | ExprKind::Await(inner) => self.parts(&place.at(inner)),
            ExprKind::Call(call) => self.called_text(place, call),
            ExprKind::Name(_) => self.named_text(place),
            ExprKind::Member(..) | ExprKind::Index(..) => self.valued_text(place),
            _ => vec![Part::Hole(None)],
        }
    }

    /// `a ?? b`: what the left is if that is known, else the right as what stands in for it.
    fn defaulted(&self, place: &Place<'a>, left: &'a Expr, right: &'a Expr) -> Vec<Part> {
        if let Some(table) = table_of(left, right) {
            // `PATHS[path] || path`: what is no key of the table stands for itself.
            let own = place.at(right);
            return match self.text(&own).map(|key| self.setting(Some(&place.at(table)), &key)) {
                Some(Setting::Is(found)) => self.parts(&found),
                _ => self.parts(&own),
            };
        }
        match self.value(&place.at(left)) {
            Value::Nothing => return self.parts(&place.at(right)),
            // `this.base = base ?? "/api"`: what a client is made with is its base.
            Value::Parameter(function, ..) if function.kind == FunctionKind::Constructor => {
                return vec![Part::Default(None, self.parts(&place.at(right)))];
            }
            _ => {}
        }
        let known = self.parts(&place.at(left));
        match &known[..] {
            [Part::Hole(source)] => vec![Part::Default(source.clone(), self.parts(&place.at(right)))],
            [Part::Default(source, inner)] if matches!(inner[..], [Part::Hole(_)]) => {
                vec![Part::Default(source.clone(), self.parts(&place.at(right)))]
            }
            _ => known,
        }
    }

    /// One of several expressions; `null` and `undefined` among them make no request.
    fn chosen(&self, place: &Place<'a>, sides: &[&'a Expr]) -> Vec<Part> {
        let nothing =
            |side: &&&Expr| !matches!(side.kind, ExprKind::Literal(Literal::Null | Literal::Undefined));
        let mut texts: Vec<Vec<Part>> = Vec::new();
        for side in sides.iter().filter(nothing) {
            let text = self.parts(&place.at(side));
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        if texts.len() == 1 { texts.remove(0) } else { vec![Part::Either(texts)] }
    }

    /// A name: a variable that grows (`let url = "/a"; if (x) url += "?b"`), else what it stands for.
    fn named_text(&self, place: &Place<'a>) -> Vec<Part> {
        if let Target::Declared(symbol) = self.names.resolve_value(place.file, place.expr) {
            let mut assigns = Vec::new();
            for (file, declaration) in self.names.declarations(symbol) {
                if let Declaration::Variable(assign) = declaration {
                    assigns.push((file, assign));
                }
            }
            if assigns.len() > 1 {
                return self.assigned_text(place, &assigns);
            }
        }
        self.valued_text(place)
    }

    /// What a variable may hold that is assigned more than once: one of its values, with what is added at its end.
    fn assigned_text(&self, place: &Place<'a>, assigns: &[(FileId, &'a Assign)]) -> Vec<Part> {
        if assigns.len() > MAX_ASSIGNED {
            return vec![ENDLESS];
        }
        let (mut values, mut suffixes): (Vec<Vec<Part>>, Vec<Part>) = (Vec::new(), Vec::new());
        for (file, assign) in assigns {
            let Some(expr) = &assign.value else { continue };
            let reached = self.is_reached(place, *file, assign);
            if reached == Some(false) {
                continue;
            }
            if self.is_read_before(place, assigns, assign) {
                continue;
            }
            self.reading.borrow_mut().push((assign, place.frame.clone()));
            let text = self.parts(&Place { file: *file, expr, frame: place.frame.clone() });
            self.reading.borrow_mut().pop();
            // The text as it was before it is filled in makes no request.
            if replaces_itself(assign) {
                values.clear();
            }
            match assign.operator {
                None if !matches!(expr.kind, ExprKind::Literal(Literal::Null | Literal::Undefined)) => {
                    if reached == Some(true) {
                        values.clear();
                        suffixes.clear();
                    }
                    values.push(text);
                }
                None => {}
                Some(Operator::Add) if reached == Some(true) => suffixes.extend(text),
                Some(Operator::Add) => suffixes.push(Part::Either(vec![text, Vec::new()])),
                Some(_) => return vec![ENDLESS],
            }
        }
        let value = if values.len() == 1 { values.remove(0) } else { vec![Part::Either(values)] };
        [value, suffixes].concat()
    }

    /// Whether a variable is asked for what it was before an assignment: `url = host + url`.
    fn is_read_before(&self, place: &Place<'a>, assigns: &[(FileId, &'a Assign)], assign: &Assign) -> bool {
        let reading = self.reading.borrow();
        let mut own = reading.iter().filter(|(read, frame)| {
            frame.is_same(&place.frame) && assigns.iter().any(|(_, own)| std::ptr::eq(*own, *read))
        });
        own.any(|(read, _)| read.range.start <= assign.range.start)
    }

    fn valued_text(&self, place: &Place<'a>) -> Vec<Part> {
        match self.value(place) {
            Value::Expr(found) if !std::ptr::eq(found.expr, place.expr) => self.parts(&found),
            Value::Parameter(function, at, _) => vec![Part::Parameter(address(function), at)],
            Value::Nothing => vec![Part::Text("undefined".to_owned())],
            value => {
                let source = self.source(&value, place);
                self.constant_text(place, source)
            }
        }
    }

    /// What a value that is not known is called wherever it is used.
    fn source(&self, value: &Value<'a>, place: &Place<'a>) -> Source {
        match value {
            Value::Global(path) => Some(path.join(".").into()),
            Value::External(module, path) => Some(format!("{module}:{}", path.join(".")).into()),
            Value::Expr(found) => Some(format!("{}@{}", found.file.index(), found.expr.range.start).into()),
            _ => place.expr.dotted().map(|path| format!("{}#{}", place.file.index(), path.join(".")).into()),
        }
    }

    /// What the result of a call is called: with the same known arguments it is the same.
    fn called_source(&self, callee: &Value<'a>, place: &Place<'a>, arguments: &[Place<'a>]) -> Source {
        let texts: Option<Vec<String>> = arguments.iter().map(|argument| self.text(argument)).collect();
        match (callee, texts) {
            (Value::Global(_) | Value::External(..), Some(texts)) => {
                let callee = self.source(callee, place)?;
                Some(format!("{callee}({})", texts.join(",")).into())
            }
            _ => Some(format!("{}@{}", place.file.index(), place.expr.range.start).into()),
        }
    }

    /// An enum member, a static field: what the folding of constants knows beyond values.
    fn constant_text(&self, place: &Place<'a>, source: Source) -> Vec<Part> {
        match constants::fold(self.names, place.file, place.expr) {
            constants::Constant::Value(value @ (Constant::Text(_) | Constant::Number(_))) => {
                vec![Part::Text(value.plain())]
            }
            _ => vec![Part::Hole(source)],
        }
    }

    /// The text that a call gives: of a function of the language, or of one of the project that builds a path.
    fn called_text(&self, place: &Place<'a>, call: &'a Call) -> Vec<Part> {
        let arguments: Vec<Place<'a>> = call.positional().map(|argument| place.at(argument)).collect();
        if let ExprKind::Member(object, method) = &call.callee.kind
            && let Some(parts) = self.text_method(&place.at(object), method, &arguments)
        {
            return parts;
        }
        match self.value(&place.at(&call.callee)) {
            Value::Global(path) => self.global_text(&path, &arguments, call.is_new),
            Value::Function(callable) => {
                let active = |activation: &Activation<'a>| {
                    std::ptr::eq(activation.function, callable.function) && activation.arguments.is_some()
                };
                if place.frame.activations().any(active) {
                    return vec![ENDLESS];
                }
                let Some(frame) = callable.call(arguments, Vec::new(), &place.frame) else {
                    return vec![ENDLESS];
                };
                self.returned_text(callable.file, callable.function, &frame)
            }
            value => vec![Part::Hole(self.called_source(&value, place, &arguments))],
        }
    }

    /// What a function returns as text: one of its returns.
    pub(super) fn returned_text(&self, file: FileId, function: &'a Function, frame: &Frame<'a>) -> Vec<Part> {
        let mut returns = Vec::new();
        let ends = self.returns_when_called(file, &function.body, frame, &mut returns);
        match returns.first() {
            Some(expr) if ends && returns.len() <= MAX_RETURNS => {
                self.chosen(&Place { file, expr, frame: frame.clone() }, &returns)
            }
            _ => vec![Part::Hole(Some(format!("{}@{}", file.index(), function.range.start).into()))],
        }
    }

    /// The values that a body may return under these bindings, and whether it always returns one (or throws).
    pub(super) fn returns_when_called(
        &self,
        file: FileId,
        body: &'a [Statement],
        frame: &Frame<'a>,
        out: &mut Vec<&'a Expr>,
    ) -> bool {
        for statement in body {
            let ends = match statement {
                Statement::Return(Some(value), _) => {
                    out.push(value);
                    true
                }
                Statement::Return(None, _) | Statement::Raise(..) => true,
                Statement::If(branch) => {
                    let test = Place { file, expr: &branch.test, frame: frame.clone() };
                    let truth = self.truth(&test);
                    let then =
                        truth != Some(false) && self.returns_when_called(file, &branch.then, frame, out);
                    let otherwise =
                        truth != Some(true) && self.returns_when_called(file, &branch.otherwise, frame, out);
                    (then || truth == Some(false)) && (otherwise || truth == Some(true))
                }
                Statement::Try(guard) => self.returns_when_called(file, &guard.body, frame, out),
                _ => false,
            };
            if ends {
                return true;
            }
        }
        false
    }

    fn global_text(&self, path: &[Box<str>], arguments: &[Place<'a>], is_new: bool) -> Vec<Part> {
        let path: Vec<&str> = path.iter().map(|name| &**name).collect();
        match (&path[..], arguments) {
            (["encodeURIComponent" | "String"], [only]) => match &self.parts(only)[..] {
                [Part::Text(text)] => vec![Part::Text(text.clone())],
                _ => vec![Part::Hole(None)],
            },
            (["encodeURI" | "decodeURI"], [only]) => self.parts(only),
            (["URL"], [only]) if is_new => self.parts(only),
            (["URL"], [relative, base]) if is_new => {
                let relative = self.parts(relative);
                match relative.first() {
                    // A path from the root replaces the path of the base.
                    Some(Part::Text(text)) if text.starts_with('/') => {
                        [vec![host_of_base(&self.parts(base))], relative].concat()
                    }
                    Some(Part::Text(_)) => {
                        [self.parts(base), vec![Part::Text("/".to_owned())], relative].concat()
                    }
                    _ => vec![Part::Hole(None)],
                }
            }
            _ => vec![Part::Hole(None)],
        }
    }

    /// Methods of text, and of what is turned into text.
    fn text_method(&self, object: &Place<'a>, method: &str, arguments: &[Place<'a>]) -> Option<Vec<Part>> {
        match (method, arguments) {
            ("toString" | "toLowerCase" | "trim" | "trimEnd", []) => Some(match self.value(object) {
                Value::Nothing => vec![Part::Hole(None)],
                _ => self.parts(object),
            }),
            ("toUpperCase", []) => match self.value(object) {
                Value::Nothing => None,
                _ => Some(match self.text(object) {
                    Some(text) => vec![Part::Text(text.to_uppercase())],
                    None => self.parts(object),
                }),
            },
            ("concat", suffixes) => {
                let mut parts = self.parts(object);
                suffixes.iter().for_each(|suffix| parts.extend(self.parts(suffix)));
                Some(parts)
            }
            ("replace" | "replaceAll", [from, to]) => Some(self.replaced(object, from, to)),
            ("join", [separator]) => self.joined_list(object, separator),
            _ => None,
        }
    }

    /// `path.replace(":id", id)`, `base.replace(/\/$/, "")`, `part.replace(/^\/+|\/+$/g, "")`. Other patterns change what cannot be told here.
    fn replaced(&self, object: &Place<'a>, from: &Place<'a>, to: &Place<'a>) -> Vec<Part> {
        let parts = self.parts(object);
        match &from.expr.kind {
            ExprKind::Literal(Literal::Regex(pattern))
                if let Some((start, end)) = slashes_at_ends(pattern) =>
            {
                let mut parts = parts;
                if start {
                    trim_start(&mut parts);
                }
                if end {
                    trim_end(&mut parts);
                }
                parts
            }
            ExprKind::Literal(Literal::Regex(_)) => parts,
            _ => match (self.text(from), &parts[..]) {
                (Some(from), [Part::Text(text)]) if !from.is_empty() => match text.split_once(&*from) {
                    Some((before, after)) => {
                        let before = Part::Text(before.to_owned());
                        let after = Part::Text(after.to_owned());
                        [vec![before], self.parts(to), vec![after]].concat()
                    }
                    None => parts,
                },
                _ => parts,
            },
        }
    }
}

/// `path = path.replace("{id}", id)`: the same text with something filled in.
fn replaces_itself(assign: &Assign) -> bool {
    let call = assign.value.as_ref().and_then(Expr::as_call).filter(|_| assign.operator.is_none());
    match call.map(|call| &call.callee.kind) {
        Some(ExprKind::Member(object, method)) => {
            let is_replaced = matches!(&**method, "replace" | "replaceAll");
            is_replaced && object.as_name().is_some() && object.as_name() == assign.target.as_name()
        }
        _ => false,
    }
}

/// Neighbouring texts become one, empty ones go.
pub(super) fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match (out.last_mut(), part) {
            (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
            (_, Part::Text(text)) if text.is_empty() => {}
            (_, part) => out.push(part),
        }
    }
    out
}

/// The table where `left` looks up in one what `right` is: `table[path]` for `path`.
fn table_of<'a>(left: &'a Expr, right: &Expr) -> Option<&'a Expr> {
    let ExprKind::Index(table, key) = &left.kind else { return None };
    let key = match &key.kind {
        ExprKind::As(inner, _) => inner,
        _ => key,
    };
    (key.dotted()? == right.dotted()?).then_some(table)
}

/// What stands for the host of a base URL.
fn host_of_base(base: &[Part]) -> Part {
    match base.first() {
        Some(Part::Hole(source) | Part::Default(source, _)) => Part::Hole(source.clone()),
        Some(Part::Text(text)) => Part::Hole(super::paths::origin_of(text).map(Into::into)),
        _ => Part::Hole(None),
    }
}

/// Takes slashes off the start, of whichever text it is.
fn trim_start(parts: &mut [Part]) {
    match parts.first_mut() {
        Some(Part::Text(text)) => *text = text.trim_start_matches('/').to_owned(),
        Some(Part::Either(sides)) => sides.iter_mut().for_each(|side| trim_start(side)),
        Some(Part::Default(_, inner)) => trim_start(inner),
        _ => {}
    }
}

/// Takes slashes off the end, of whichever text it is.
fn trim_end(parts: &mut [Part]) {
    match parts.last_mut() {
        Some(Part::Text(text)) => text.truncate(text.trim_end_matches('/').len()),
        Some(Part::Either(sides)) => sides.iter_mut().for_each(|side| trim_end(side)),
        Some(Part::Default(_, inner)) => trim_end(inner),
        _ => {}
    }
}

/// Whether a pattern matches the slashes at the start, and those at the end of a text, and nothing else.
fn slashes_at_ends(pattern: &str) -> Option<(bool, bool)> {
    let source = pattern.strip_prefix('/')?.rsplit_once('/')?.0.replace("[/]", "\\/");
    let is_slashes = |text: &str| matches!(text, "\\/" | "\\/+" | "\\/*");
    let (mut start, mut end) = (false, false);
    for alternative in source.split('|') {
        match (alternative.strip_prefix('^'), alternative.strip_suffix('$')) {
            (Some(slashes), None) if is_slashes(slashes) => start = true,
            (None, Some(slashes)) if is_slashes(slashes) => end = true,
            _ => return None,
        }
    }
    Some((start, end))
}

/// What tells a part of the code from equal ones elsewhere.
pub(super) fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of) as usize
}
