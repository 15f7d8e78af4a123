//! Rows that code makes and hands to a session, with every attribute that it gives them: `session.add(Model(name=...))`, or a local
//! that is made, perhaps filled further, and added (SQLAlchemy 2.0, "Session API", `Session.add`).
//!
//! Only what is whole counts: an object that another function sees before it is flushed may get more there.
//!
//! Deliberately absent: objects added through a relationship or a list, `insert(Model)`, `bulk_save_objects`, and what is added by
//! another function than the one that made it.

use alignment_model::code::{Argument, Call, Expr, ExprKind, ExprPart, Function, Operator, Statement};
use alignment_model::project::RowMade;
use alignment_model::{Span, TextRange};

use super::flow::Flow;
use super::listeners::attributes_set;
use super::types::{Key, Type};
use crate::python::scope::each_statement;

/// Methods of a session that take an object and leave it as it is.
const NEUTRAL: &[&str] = &["expunge", "flush", "refresh"];

/// Methods of a session that write.
const FLUSHING: &[&str] = &["commit", "flush"];

/// An object of a model that a call makes.
pub(super) struct Made {
    model: Key,
    /// Keywords of the call.
    given: Vec<Box<str>>,
    /// Those whose values are not None.
    sure: Vec<Box<str>>,
    /// Those of them that are None in a case that the call writes out.
    nulls: Vec<Box<str>>,
    /// The schema all of whose fields are given.
    schema: Option<Key>,
    range: TextRange,
}

impl<'a> Flow<'_, '_, 'a> {
    /// Notes an object that a call makes, where everything that the call gives is known.
    pub(super) fn row(
        &mut self,
        model: &Key,
        call: &Call,
        range: TextRange,
        spreads: &[&Type],
        named: &[(&'a Argument, &Type)],
    ) {
        let schema = match spreads {
            [] => None,
            [Type::Fields(schema, _)] => Some(schema.clone()),
            _ => return,
        };
        let known = self.found.made.iter().any(|made| made.range == range);
        if known || !self.context.is_model(model) || call.positional().next().is_some() {
            return;
        }
        let given = named.iter().filter_map(|(argument, _)| argument.keyword.clone()).collect();
        let is_sure = |(argument, ty): &&(&'a Argument, &Type)| self.is_value(&argument.value, ty);
        let sure =
            named.iter().filter(is_sure).filter_map(|(argument, _)| argument.keyword.clone()).collect();
        let nulls = named.iter().filter(|(argument, _)| is_none_in_a_case(&argument.value));
        let nulls = nulls.filter_map(|(argument, _)| argument.keyword.clone()).collect();
        self.found.made.push(Made { model: model.clone(), given, sure, nulls, schema, range });
    }

    /// The rows that a function makes, once all of it was read.
    pub(super) fn rows(&mut self, function: &'a Function, place: Span) {
        let made = std::mem::take(&mut self.found.made);
        if made.is_empty() {
            return;
        }
        let is_handler = self.context.handlers.contains(&place);
        for made in made {
            let mut uses = Uses::new(self.context.text(self.file), &made, function);
            uses.read();
            let Some(set) = uses.set_by_then(is_handler) else { continue };
            let nulls = made.nulls.into_iter().filter(|name| !set.contains(name)).collect();
            self.found.rows.push(RowMade {
                model: (*made.model).clone(),
                schema: made.schema.map(|schema| (*schema).clone()),
                given: made.given.into_iter().chain(set).collect(),
                sure: made.sure,
                nulls,
                class_sets: self.set_by_class(&made.model),
                maker: function.name.clone(),
                span: made.range.in_file(self.file),
            });
        }
    }
}

impl Flow<'_, '_, '_> {
    /// Attributes that methods of the class set, and those that its mapper sets (SQLAlchemy 2.0, "Mapper Configuration":
    /// `polymorphic_on`, `version_id_col`).
    fn set_by_class(&self, model: &Key) -> Vec<Box<str>> {
        let mut found: Vec<Box<str>> = Vec::new();
        for (owner, class) in self.context.names.hierarchy(model).classes() {
            for statement in &class.body {
                let (name, range) = match statement {
                    Statement::Assign(assign) => (assign.target.as_name(), assign.range),
                    Statement::Function(function) => (Some(&*function.name), function.range),
                    _ => continue,
                };
                let text = self.context.text(owner.file).get(range.to_usize()).unwrap_or_default();
                if name == Some("__mapper_args__") {
                    let words =
                        text.split(|character: char| !character.is_alphanumeric() && character != '_');
                    found.extend(words.filter(|word| !word.is_empty()).map(Box::from));
                } else if matches!(statement, Statement::Function(_)) {
                    found.extend(attributes_set(text).map(Box::from));
                }
            }
        }
        found
    }
}

/// Whether a value is written as None, or as `x if y else None` or `x or None`.
fn is_none_in_a_case(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Conditional(parts) => parts[1..].iter().any(is_none_in_a_case),
        ExprKind::Binary(Operator::BooleanOr, _, last) => last.is_null(),
        _ => value.is_null(),
    }
}

/// What a function does with one object that it makes.
struct Uses<'u, 'a> {
    text: &'u str,
    function: &'a Function,
    /// The call that makes it.
    made: TextRange,
    /// The local that holds it; `None` where it is added as it is made.
    name: Option<&'a str>,
    /// How often that local is assigned.
    assigned: usize,
    set: Vec<Box<str>>,
    /// Where it is handed to a session.
    added: Option<u32>,
    /// Where the session writes.
    flushes: Vec<u32>,
    /// Where it is handed to anything else.
    handed: Vec<u32>,
    /// Where it is returned.
    returned: Vec<u32>,
}

impl<'u, 'a> Uses<'u, 'a> {
    fn new(text: &'u str, made: &Made, function: &'a Function) -> Self {
        let mut name = None;
        each_statement(&function.body, &mut |statement, _| {
            if let Statement::Assign(assign) = statement
                && assign.value.as_ref().is_some_and(|value| value.range == made.range)
            {
                name = assign.target.as_name();
            }
        });
        Self {
            text,
            function,
            made: made.range,
            name,
            assigned: 0,
            set: Vec::new(),
            added: None,
            flushes: Vec::new(),
            handed: Vec::new(),
            returned: Vec::new(),
        }
    }

    /// The attributes that are set on it until the session writes it; `None` where others may set more, or nobody adds it.
    fn set_by_then(self, is_handler: bool) -> Option<Vec<Box<str>>> {
        let added = self.added?;
        let flushed = self.flushes.iter().copied().filter(|at| *at > added).min().unwrap_or(u32::MAX);
        let seen = self.handed.iter().any(|at| *at < flushed)
            || !is_handler && self.returned.iter().any(|at| *at < flushed);
        (!seen && self.assigned <= 1).then_some(self.set)
    }

    fn read(&mut self) {
        let function = self.function;
        each_statement(&function.body, &mut |statement, _| match statement {
            Statement::Assign(assign) => {
                match &assign.target.kind {
                    ExprKind::Name(name) => self.assigned += usize::from(Some(&**name) == self.name),
                    ExprKind::Member(object, attribute) if self.is_it(object) => {
                        self.set.push(attribute.clone());
                    }
                    _ => self.walk(&assign.target),
                }
                if let Some(value) = assign.value.as_ref().filter(|value| value.range != self.made) {
                    self.walk(value);
                }
            }
            Statement::Return(Some(value), range) => {
                if self.is_it(value) {
                    self.returned.push(range.start)
                } else {
                    self.walk(value)
                }
            }
            Statement::Expr(expr) | Statement::Delete(expr) | Statement::Raise(Some(expr), _) => {
                self.walk(expr)
            }
            Statement::If(branch) => self.walk(&branch.test),
            Statement::For(each) => {
                self.walk(&each.iterable);
                self.walk(&each.target);
            }
            Statement::While(block) => block.head.iter().for_each(|head| self.walk(head)),
            Statement::With(with) => with.items.iter().for_each(|(item, _)| self.walk(item)),
            // A function inside may do anything with it.
            Statement::Function(inner) => self.mentioned(inner.range),
            Statement::Class(inner) => self.mentioned(inner.range),
            _ => {}
        });
    }

    fn walk(&mut self, expr: &'a Expr) {
        let mut open = vec![expr];
        while let Some(expr) = open.pop() {
            match &expr.kind {
                ExprKind::Call(call) => self.call(expr, call, &mut open),
                ExprKind::Member(object, _) if self.is_it(object) => {}
                ExprKind::Name(_) if self.is_it(expr) => self.handed.push(expr.range.start),
                ExprKind::Function(_) | ExprKind::Class(_) => self.mentioned(expr.range),
                _ => expr.for_each_part(&mut |part| {
                    if let ExprPart::Expr(part) = part {
                        open.push(part);
                    }
                }),
            }
        }
    }

    fn call(&mut self, expr: &'a Expr, call: &'a Call, open: &mut Vec<&'a Expr>) {
        let at = expr.range.start;
        let method = match &call.callee.kind {
            ExprKind::Member(object, method) => {
                if self.is_it(object) {
                    self.handed.push(at);
                } else {
                    open.push(object);
                }
                if FLUSHING.contains(&&**method) {
                    self.flushes.push(at);
                }
                Some((&**object, &**method))
            }
            ExprKind::Name(name) if &**name == "setattr" => {
                let mut arguments = call.arguments.iter().map(|argument| &argument.value);
                if let (Some(object), Some(name)) = (arguments.next(), arguments.next())
                    && self.is_it(object)
                {
                    match name.as_text() {
                        Some(name) => self.set.push(name.into()),
                        None => self.handed.push(at),
                    }
                    open.extend(arguments);
                    return;
                }
                None
            }
            _ => {
                open.push(&call.callee);
                None
            }
        };
        for argument in &call.arguments {
            self.argument(at, method, &argument.value, open);
        }
    }

    fn argument(
        &mut self,
        at: u32,
        method: Option<(&'a Expr, &str)>,
        value: &'a Expr,
        open: &mut Vec<&'a Expr>,
    ) {
        match (method, &value.kind) {
            (Some((session, "add")), _) if self.is_object(value) && !self.is_collection(session) => {
                self.added = Some(self.added.map_or(at, |before| before.min(at)));
            }
            (Some((_, "add_all")), ExprKind::List(items)) => {
                for item in items {
                    if self.is_object(item) {
                        self.added = Some(self.added.map_or(at, |before| before.min(at)));
                    } else {
                        open.push(item);
                    }
                }
            }
            (Some((_, method)), _) if self.is_it(value) && NEUTRAL.contains(&method) => {}
            _ => open.push(value),
        }
    }

    fn is_it(&self, expr: &Expr) -> bool {
        self.name.is_some() && expr.as_name() == self.name
    }

    /// Whether an expression is the object: its local, or the call itself.
    fn is_object(&self, expr: &Expr) -> bool {
        self.is_it(expr) || self.name.is_none() && expr.range == self.made
    }

    /// Whether a local is a set, which has `add` too.
    fn is_collection(&self, receiver: &Expr) -> bool {
        let Some(name) = receiver.as_name() else { return false };
        let mut found = false;
        each_statement(&self.function.body, &mut |statement, _| {
            if let Statement::Assign(assign) = statement
                && assign.target.as_name() == Some(name)
                && let Some(value) = &assign.value
            {
                let made = value.as_call().and_then(|call| call.callee.as_name());
                found |= made == Some("set")
                    || matches!(value.kind, ExprKind::List(_) | ExprKind::Comprehension(_));
            }
        });
        found
    }

    /// A function or class inside, or a lambda, that names it.
    fn mentioned(&mut self, range: TextRange) {
        let text = self.text.get(range.to_usize()).unwrap_or_default();
        if self.name.is_some_and(|name| text.contains(name)) {
            self.handed.push(0);
        }
    }
}
