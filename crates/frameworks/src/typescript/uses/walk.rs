//! One walk over the code of a file, with what is asked about on the way to each place.

use alignment_model::TextRange;
use alignment_model::code::{
    Assign, Call, Expr, ExprKind, ExprPart, FileFacts, Function, If, MapEntry, Operator, ParameterKind,
    Statement, TypeExpr, TypeKind,
};

use super::{FileUses, Handed, Key, Value};

/// How deep expressions and statements are followed into each other.
const MAX_DEPTH: usize = 400;

/// Objects of the platform, whose properties no answer brings.
const PLATFORM: [&str; 11] = [
    "this",
    "super",
    "window",
    "document",
    "navigator",
    "location",
    "globalThis",
    "process",
    "console",
    "module",
    "Math",
];

/// Functions of the language that need an object or a list.
const NEEDING: [(&str, &str); 6] = [
    ("Object", "keys"),
    ("Object", "values"),
    ("Object", "entries"),
    ("Object", "fromEntries"),
    ("Array", "from"),
    ("Promise", "all"),
];

/// What a local name stands for.
struct Local<'a> {
    name: &'a str,
    /// The value that may be null.
    is: Option<Value>,
    /// The type that it is declared with.
    ty: Option<&'a str>,
    /// What its value was made from: a test of it asks about that.
    from: Vec<Key>,
    /// What the elements of its value were tested for.
    sifted: Vec<Key>,
}

pub(super) struct Walk<'a> {
    text: &'a str,
    uses: FileUses,
    locals: Vec<Local<'a>>,
    /// What is asked about on the way to the place that is looked at.
    guards: Vec<Key>,
    depth: usize,
}

/// What a file does.
pub(super) fn uses(facts: &FileFacts, text: &str) -> FileUses {
    let uses = FileUses::default();
    let mut walk = Walk { text, uses, locals: Vec::new(), guards: Vec::new(), depth: 0 };
    walk.block(&facts.body);
    walk.uses
}

impl<'a> Walk<'a> {
    pub(super) fn asked_through(&self, name: &str) -> Vec<Key> {
        let local = self.local(name);
        local.map_or_else(Vec::new, |local| {
            local.is.iter().map(|is| &is.key).chain(&local.from).cloned().collect()
        })
    }

    pub(super) fn sifted_through(&self, name: &str) -> Vec<Key> {
        self.local(name).map_or_else(Vec::new, |local| local.sifted.clone())
    }

    fn local(&self, name: &str) -> Option<&Local<'a>> {
        self.locals.iter().rev().find(|local| local.name == name)
    }

    fn bind(&mut self, name: &'a str, is: Option<Value>, ty: Option<&'a str>) {
        self.locals.push(Local { name, is, ty, from: Vec::new(), sifted: Vec::new() });
    }

    /// Statements with a scope of their own.
    fn block(&mut self, body: &'a [Statement]) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let (locals, guards) = (self.locals.len(), self.guards.len());
        body.iter().for_each(|statement| self.statement(statement));
        self.locals.truncate(locals);
        self.guards.truncate(guards);
        self.depth -= 1;
    }

    /// Does something where these were asked about.
    fn behind(&mut self, asked: Vec<Key>, then: impl FnOnce(&mut Self)) {
        let before = self.guards.len();
        self.guards.extend(asked);
        then(self);
        self.guards.truncate(before);
    }

    fn statement(&mut self, statement: &'a Statement) {
        match statement {
            Statement::Class(class) => self.block(&class.body),
            Statement::Function(function) => self.function(function, Some(&function.name)),
            Statement::Assign(assign) => self.assign(assign),
            Statement::Expr(expr) | Statement::Assert(expr) | Statement::Delete(expr) => self.expr(expr),
            Statement::Return(value, _) | Statement::Raise(value, _) => {
                value.iter().for_each(|value| self.expr(value));
            }
            Statement::If(branch) => self.branch(branch),
            Statement::For(each) => {
                self.expr(&each.iterable);
                self.needs(&each.iterable, each.iterable.range);
                let sifted = self.sifted(&each.iterable);
                self.behind(sifted, |walk| {
                    let before = walk.locals.len();
                    walk.pattern(&each.target, None);
                    walk.block(&each.body);
                    walk.locals.truncate(before);
                });
            }
            Statement::While(repeated) => {
                repeated.head.iter().for_each(|head| self.expr(head));
                let asked = repeated.head.as_ref().map(|head| self.asked(head)).unwrap_or_default();
                self.behind(asked, |walk| walk.block(&repeated.body));
            }
            Statement::With(with) => self.block(&with.body),
            Statement::Try(attempt) => {
                self.block(&attempt.body);
                attempt.handlers.iter().for_each(|(_, body)| self.block(body));
                self.block(&attempt.otherwise);
                self.block(&attempt.finally);
            }
            Statement::Export(export) => export.names.iter().for_each(|(_, expr)| self.expr(expr)),
            Statement::Import(_) | Statement::Type(_) | Statement::Jump(..) | Statement::Unknown(_) => {}
        }
    }

    fn branch(&mut self, branch: &'a If) {
        self.expr(&branch.test);
        let asked = self.asked(&branch.test);
        self.behind(asked.clone(), |walk| {
            walk.block(&branch.then);
            walk.block(&branch.otherwise);
        });
        // `continue` and `break` leave no statement behind.
        if leaves(&branch.then) || !branch.otherwise.is_empty() && leaves(&branch.otherwise) {
            self.guards.extend(asked);
        }
    }

    /// Notes what must be a number.
    fn calculates(&mut self, operand: &'a Expr, range: TextRange) {
        match &operand.kind {
            ExprKind::Binary(Operator::Coalesce | Operator::BooleanOr, left, _) => {
                self.calculates(left, range)
            }
            _ => {
                if let Some(Value { key: Key::Property(name), owner }) = self.value_of(operand) {
                    self.uses.add(Value { key: Key::Number(name), owner }, range);
                }
            }
        }
    }

    fn assign(&mut self, assign: &'a Assign) {
        if let Some(value) = &assign.value {
            if assign.operator == Some(Operator::Add) && !says_text(value) {
                self.calculates(value, assign.range);
            }
            match (&value.kind, assign.target.as_name()) {
                (ExprKind::Function(function), Some(name)) => self.function(function, Some(name)),
                _ => self.expr(value),
            }
        }
        match &assign.target.kind {
            // What is set here is what follows finds.
            ExprKind::Member(object, name) => {
                self.expr(object);
                self.needs(object, assign.target.range);
                self.guards.push(Key::Property(name.clone()));
            }
            ExprKind::Name(name) => {
                let value = assign.value.as_ref();
                let is = value.and_then(|value| self.value_of(value));
                let ty = assign.annotation.as_ref().and_then(name_of_type);
                let from = value.map(|value| self.asked(value)).unwrap_or_default();
                let sifted = value.map(|value| self.sifted(value)).unwrap_or_default();
                self.locals.push(Local { name, is, ty, from, sifted });
            }
            ExprKind::Map(_) | ExprKind::List(_) => {
                if let Some(value) = &assign.value {
                    self.needs(value, value.range);
                }
                let owner = assign.value.as_ref().and_then(|value| self.owner(value));
                self.pattern(&assign.target, owner);
            }
            _ => self.expr(&assign.target),
        }
    }

    /// Binds the names of a pattern, which takes apart what is called so; a pattern in a pattern needs what it takes apart.
    fn pattern(&mut self, pattern: &'a Expr, owner: Option<Box<str>>) {
        match &pattern.kind {
            ExprKind::Name(name) | ExprKind::Walrus(name, _) => self.bind(name, None, None),
            ExprKind::Spread(rest) => self.pattern(rest, None),
            ExprKind::List(items) => items.iter().for_each(|item| self.pattern(item, None)),
            ExprKind::Map(entries) => entries.iter().for_each(|entry| match entry {
                MapEntry::Pair(key, value) => self.taken_apart(key, value, owner.clone()),
                MapEntry::Spread(rest) => self.pattern(rest, None),
                MapEntry::Method(_) => {}
            }),
            _ => {}
        }
    }

    fn taken_apart(&mut self, key: &'a Expr, value: &'a Expr, owner: Option<Box<str>>) {
        let Some(name) = key.as_text() else { return self.pattern(value, None) };
        self.uses.read.insert(name.into());
        let taken = Value { key: Key::Property(name.into()), owner };
        match &value.kind {
            // A default stands for what is missing, not for null.
            ExprKind::Name(local) | ExprKind::Walrus(local, _) => self.bind(local, Some(taken), None),
            _ => {
                self.uses.add(taken, value.range);
                self.pattern(value, Some(name.into()));
            }
        }
    }

    /// A function; what it needs of its parameters is known by its name.
    fn function(&mut self, function: &'a Function, name: Option<&str>) {
        let before = self.locals.len();
        for (at, parameter) in function.parameters.iter().enumerate() {
            let ty = parameter.annotation.as_ref().and_then(name_of_type);
            if let Some(pattern) = &parameter.pattern {
                self.pattern(pattern, ty.map(Into::into));
                continue;
            }
            let expects = parameter.kind == ParameterKind::Plain
                && !parameter.optional
                && parameter.default.is_none()
                && !parameter.annotation.as_ref().is_some_and(allows_null);
            let is = name.filter(|_| expects).map(|name| Key::Parameter(name.into(), at));
            self.bind(&parameter.name, is.map(|key| Value { key, owner: None }), ty);
        }
        self.block(&function.body);
        self.locals.truncate(before);
    }

    fn expr(&mut self, expr: &'a Expr) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        match &expr.kind {
            ExprKind::Member(object, name) => {
                self.expr(object);
                self.uses.read.insert(name.clone());
                self.needs(object, expr.range);
            }
            ExprKind::Index(object, key) => {
                self.expr(object);
                self.expr(key);
                self.uses.read.extend(key.as_text().map(Into::into));
                self.needs(object, expr.range);
            }
            ExprKind::Call(call) => self.call(call),
            ExprKind::List(items) => {
                for item in items {
                    self.expr(item);
                    self.spread(item);
                }
            }
            ExprKind::Binary(
                Operator::BooleanAnd | Operator::BooleanOr | Operator::Coalesce,
                left,
                right,
            ) => {
                self.expr(left);
                let asked = self.asked(left);
                self.behind(asked, |walk| walk.expr(right));
            }
            ExprKind::Binary(Operator::Add, left, right) => {
                self.expr(left);
                self.expr(right);
                if !says_text(expr) {
                    self.calculates(left, expr.range);
                    self.calculates(right, expr.range);
                }
            }
            ExprKind::Binary(Operator::In, left, right) => {
                self.expr(left);
                self.expr(right);
                self.needs(right, expr.range);
            }
            ExprKind::Conditional(parts) => {
                let [test, then, otherwise] = &**parts;
                self.expr(test);
                let asked = self.asked(test);
                self.behind(asked, |walk| {
                    walk.expr(then);
                    walk.expr(otherwise);
                });
            }
            _ => expr.for_each_part(&mut |part| match part {
                ExprPart::Expr(part) => self.expr(part),
                ExprPart::Function(function) => self.function(function, None),
                ExprPart::Class(class) => self.block(&class.body),
                ExprPart::Type(_) => {}
            }),
        }
        self.depth -= 1;
    }

    fn call(&mut self, call: &'a Call) {
        if let ExprKind::Member(object, method) = &call.callee.kind
            && NUMBERS_OWN.contains(&&**method)
        {
            self.calculates(object, call.callee.range);
        }
        self.expr(&call.callee);
        let sifted = match &call.callee.kind {
            ExprKind::Member(object, _) => self.sifted(object),
            _ => Vec::new(),
        };
        self.behind(sifted, |walk| {
            for (at, argument) in call.arguments.iter().enumerate() {
                walk.expr(&argument.value);
                walk.spread(&argument.value);
                walk.hand_on(call, at, &argument.value);
            }
        });
    }

    /// `...value` in a list or in the arguments of a call.
    fn spread(&mut self, item: &'a Expr) {
        if let ExprKind::Spread(value) = &item.kind {
            self.needs(value, item.range);
        }
    }

    fn hand_on(&mut self, call: &'a Call, at: usize, value: &'a Expr) {
        match call.callee.dotted().as_deref() {
            Some([owner, function]) if at == 0 && NEEDING.contains(&(owner, function)) => {
                self.needs(value, value.range);
            }
            Some([function])
                if !call.is_new && self.local(function).is_none_or(|local| local.is.is_none()) =>
            {
                if let Some(what) = self.value_of(value).filter(|what| !self.guards.contains(&what.key)) {
                    let to = Key::Parameter((*function).into(), at);
                    self.uses.handed.push(Handed { what, to, range: value.range });
                }
            }
            _ => {}
        }
    }

    /// The value has to be there, or the code at this place fails.
    fn needs(&mut self, value: &'a Expr, place: TextRange) {
        let after = self.text.get(value.range.to_usize().end..).unwrap_or_default();
        if after.trim_start_matches([')', ' ', '\n', '\r', '\t']).starts_with("?.") {
            return;
        }
        if let Some(value) = self.value_of(value).filter(|value| !self.guards.contains(&value.key)) {
            self.uses.add(value, place);
        }
    }

    /// The property or parameter that a value is.
    fn value_of(&self, value: &Expr) -> Option<Value> {
        let (object, name) = match &value.kind {
            ExprKind::Member(object, name) => (object, &**name),
            ExprKind::Index(object, key) => (object, key.as_text()?),
            ExprKind::Name(name) => return self.local(name)?.is.clone(),
            ExprKind::As(inner, _) => return self.value_of(inner),
            _ => return None,
        };
        self.is_data(object).then(|| Value { key: Key::Property(name.into()), owner: self.owner(object) })
    }

    /// Whether an object may be part of an answer: classes, namespaces and what the platform gives are none.
    fn is_data(&self, object: &Expr) -> bool {
        match &object.kind {
            ExprKind::Name(name) => {
                (self.local(name).is_some() || !PLATFORM.contains(&&**name))
                    && !name.starts_with(|first: char| first.is_ascii_uppercase())
            }
            ExprKind::Member(_, name) => !matches!(&**name, "target" | "currentTarget"),
            // What methods of libraries give is theirs, but for those that give an element of a list.
            ExprKind::Call(call) => match &call.callee.kind {
                ExprKind::Member(_, method) => {
                    matches!(&**method, "find" | "findLast" | "at" | "pop" | "shift" | "get")
                }
                _ => true,
            },
            _ => true,
        }
    }

    /// What an object is called: the type that it is declared with, else its name.
    fn owner(&self, object: &Expr) -> Option<Box<str>> {
        match &object.kind {
            ExprKind::Name(name) => {
                let declared = self.local(name).and_then(|local| local.ty);
                Some(declared.unwrap_or(name).into())
            }
            ExprKind::Member(_, name) => Some(name.clone()),
            ExprKind::Index(list, _) | ExprKind::Await(list) => self.owner(list),
            ExprKind::As(_, ty) => name_of_type(ty).map(Into::into),
            _ => None,
        }
    }
}

/// Methods of numbers that texts do not have.
const NUMBERS_OWN: [&str; 3] = ["toFixed", "toPrecision", "toExponential"];

/// Whether a text is among what is added.
fn says_text(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Binary(Operator::Add, left, right) => says_text(left) || says_text(right),
        ExprKind::Template(_) => true,
        _ => expr.as_text().is_some(),
    }
}

/// Whether nothing after these statements runs. `break` and `continue` are not kept, so an empty body is taken for one.
fn leaves(body: &[Statement]) -> bool {
    matches!(body.last(), None | Some(Statement::Return(..) | Statement::Raise(..) | Statement::Jump(..)))
}

/// Whether an annotation takes null.
fn allows_null(ty: &TypeExpr) -> bool {
    match &ty.kind {
        TypeKind::Union(parts) => parts.iter().any(allows_null),
        TypeKind::Literal(alignment_model::code::Literal::Null) => true,
        TypeKind::Name { path, .. } => {
            matches!(
                path.last().map(|name| &**name),
                Some("null" | "undefined" | "any" | "unknown" | "Maybe" | "Nullable")
            )
        }
        _ => false,
    }
}

/// The name of a type, of a list or a promise that of what is in it.
fn name_of_type(ty: &TypeExpr) -> Option<&str> {
    match &ty.kind {
        TypeKind::Name { path, arguments } => match arguments.first() {
            Some(inner) => name_of_type(inner),
            None => {
                path.last().map(|name| &**name).filter(|name| name.starts_with(|c: char| c.is_uppercase()))
            }
        },
        TypeKind::Array(inner) => name_of_type(inner),
        TypeKind::Union(parts) => parts.iter().find_map(name_of_type),
        _ => None,
    }
}
