//! What requests carry into models: `Model(**payload.model_dump())`, `Model(name=payload.name)`, loops of `setattr` over a dump and
//! SQLModel's `sqlmodel_update`; and which fields code asks about or sets on the way, after which nothing is certain.
//!
//! Deliberately absent: dumps that `include` fields by name or `exclude` names that are not constant, loops that do anything but `setattr`, functions that are
//! handed a dump.

use alignment_model::TextRange;
use alignment_model::code::{Argument, Call, Expr, ExprKind, ExprPart, For, Operator, Statement};
use alignment_model::project::{LeavesOut, ModelWrite, WriteKind};

use super::flow::{Flow, Found};
use super::types::{Key, Type};

impl Found {
    /// What a function sets by itself on objects of a model may be on the object that it writes.
    pub(super) fn settle_writes(&mut self) {
        for write in &mut self.writes {
            let own = self.assigned.iter().filter(|(key, _)| **key == write.model);
            write.set.extend(own.map(|(_, attribute)| attribute.clone()));
        }
    }
}

impl<'a> Flow<'_, '_, 'a> {
    /// `Model(**payload.model_dump(), owner=user)` or `Model(name=payload.name)`.
    pub(super) fn inserted(
        &mut self,
        model: &Key,
        range: TextRange,
        spreads: &[&Type],
        named: &[(&'a Argument, &Type)],
    ) {
        if !self.context.is_model(model) {
            return;
        }
        let keyword = |argument: &Argument| argument.keyword.clone().unwrap_or_default();
        match spreads {
            [dump] => {
                let Some((schema, left_out, without)) = parts(dump) else { return };
                let set = named.iter().map(|(argument, _)| keyword(argument)).chain(without).collect();
                self.write(WriteKind::Insert, range, model, schema, (None, left_out, set));
            }
            [] => {
                let mut by_schema: Vec<(Key, Renames)> = Vec::new();
                for (argument, _) in named {
                    let Some((schema, field)) = self.field_of(&argument.value) else { continue };
                    let pair = (keyword(argument), field.into());
                    match by_schema.iter_mut().find(|(key, _)| *key == schema) {
                        Some((_, pairs)) => pairs.push(pair),
                        None => by_schema.push((schema, vec![pair])),
                    }
                }
                for (schema, pairs) in by_schema {
                    let how = (Some(pairs), LeavesOut::default(), Vec::new());
                    self.write(WriteKind::Insert, range, model, &schema, how);
                }
            }
            _ => {}
        }
    }

    /// `row.sqlmodel_update(dump, update={...})` (SQLModel, "Update with Extra Data").
    pub(super) fn updated(
        &mut self,
        expr: &Expr,
        call: &Call,
        model: &Key,
        schema: &Key,
        left_out: LeavesOut,
    ) {
        // What `update` holds is not read.
        if call.keyword("update").is_none() {
            self.write(WriteKind::Update, expr.range, model, schema, (None, left_out, Vec::new()));
        }
    }

    /// `for key, value in dump.items(): setattr(row, key, value)`, where the loop does nothing else: whether it is one.
    pub(super) fn set_each(&mut self, each: &'a For) -> bool {
        let ExprKind::Call(items) = &each.iterable.kind else { return false };
        let (ExprKind::Member(dump, method), []) = (&items.callee.kind, items.arguments.as_slice()) else {
            return false;
        };
        let (ExprKind::Tuple(target) | ExprKind::List(target)) = &each.target.kind else { return false };
        let [key, value] = target.as_slice() else { return false };
        let (Some(key), Some(value), "items") = (key.as_name(), value.as_name(), &**method) else {
            return false;
        };
        let Some(row) = set_in(&each.body, key, value) else { return false };
        let Some(Type::Object(model)) = self.locals.get(row).cloned() else { return false };
        if !self.context.is_model(&model) || self.fresh.contains(row) {
            return false;
        }
        let dump = self.eval(dump);
        let Some((schema, left_out, without)) = parts(&dump) else { return false };
        let how = (None, left_out, without);
        self.write(WriteKind::Update, each.iterable.range, &model, schema, how);
        true
    }

    fn write(
        &mut self,
        kind: WriteKind,
        range: TextRange,
        model: &Key,
        schema: &Key,
        (fields, leaves_out, set): How,
    ) {
        if !self.context.schemas.contains_key(&**schema) || self.context.is_model(schema) {
            return;
        }
        let validated = self.validated_attributes(model);
        self.found.writes.push(ModelWrite {
            model: (**model).clone(),
            schema: (**schema).clone(),
            kind,
            fields,
            leaves_out,
            set: set.into_iter().chain(validated).collect(),
            span: range.in_file(self.file),
        });
    }

    /// Attributes whose values a method of the model looks at before they are set (SQLAlchemy 2.0, "Simple Validators").
    fn validated_attributes(&self, model: &Key) -> Vec<Box<str>> {
        let mut names = Vec::new();
        for (owner, class) in self.context.names.hierarchy(model).classes() {
            let functions = class.body.iter().filter_map(|statement| match statement {
                Statement::Function(function) => Some(function),
                _ => None,
            });
            for call in functions.flat_map(|function| function.decorators.iter().filter_map(Expr::as_call)) {
                let target = self.context.names.resolve(owner.file, &owner.path, &call.callee);
                if target.external() == Some("sqlalchemy.orm.validates") {
                    names
                        .extend(call.arguments.iter().filter_map(|name| name.value.as_text()).map(Box::from));
                }
            }
        }
        names
    }

    /// The schema and field of `payload.field`.
    fn field_of(&self, value: &'a Expr) -> Option<(Key, &'a str)> {
        let ExprKind::Member(object, field) = &value.kind else { return None };
        match self.locals.get(object.as_name()?) {
            Some(Type::Object(key)) if self.context.schemas.contains_key(&**key) => {
                Some((key.clone(), field))
            }
            _ => None,
        }
    }

    /// Notes that code sets an attribute by name.
    pub(super) fn set(&mut self, key: &Key, attribute: &str) {
        if self.context.is_model(key) {
            self.found.assigned.push((key.clone(), attribute.into()));
        } else if self.context.schemas.contains_key(&**key) {
            self.found.handled.push(((**key).clone(), attribute.into()));
            self.found.given.push((key.clone(), attribute.into()));
        }
    }

    /// Notes the fields of schemas that an expression mentions: a condition on them may refuse or replace their values.
    pub(super) fn asked(&mut self, expr: &'a Expr) {
        let mut open = vec![expr];
        while let Some(expr) = open.pop() {
            let mentioned = match &expr.kind {
                ExprKind::Member(..) => self.field_of(expr),
                ExprKind::Index(dump, name) => self.key_of(dump, name),
                ExprKind::Binary(Operator::In | Operator::NotIn, name, dump) => self.key_of(dump, name),
                ExprKind::Call(call) => match (&call.callee.kind, call.arguments.first()) {
                    (ExprKind::Member(dump, _), Some(name)) => self.key_of(dump, &name.value),
                    (ExprKind::Name(_), Some(object)) => {
                        call.arguments.get(1).and_then(|name| self.named_of(&object.value, &name.value))
                    }
                    _ => None,
                },
                _ => None,
            };
            if let Some((key, field)) = mentioned {
                self.found.handled.push(((*key).clone(), field.into()));
            }
            expr.for_each_part(&mut |part| {
                if let ExprPart::Expr(part) = part {
                    open.push(part);
                }
            });
        }
    }

    /// The schema and field of `dump["field"]`.
    fn key_of(&self, dump: &'a Expr, name: &'a Expr) -> Option<(Key, &'a str)> {
        let key = self.locals.get(dump.as_name()?)?.dumped()?;
        Some((key.clone(), name.as_text()?))
    }

    /// The schema and field of `getattr(payload, "field")`.
    fn named_of(&self, object: &'a Expr, name: &'a Expr) -> Option<(Key, &'a str)> {
        match (self.locals.get(object.as_name()?), name.as_text()) {
            (Some(Type::Object(key) | Type::Fields(key, _) | Type::FieldsBut(key, ..)), Some(name)) => {
                Some((key.clone(), name))
            }
            _ => None,
        }
    }

    /// A function that is handed a dump may change it, and one that is handed a value may refuse it.
    pub(super) fn handed_on(&mut self, expr: &'a Expr) {
        let call = match &expr.kind {
            ExprKind::Await(inner) => inner.as_call(),
            _ => expr.as_call(),
        };
        for argument in call.into_iter().flat_map(|call| &call.arguments) {
            // What is made of values, as in `db.add(Row(name=payload.name))`, asks about none of them.
            if argument.value.as_call().is_none() {
                self.asked(&argument.value);
            }
            if let Some(name) = argument.value.as_name()
                && argument.keyword.as_deref() != Some("**")
                && self.locals.get(name).is_some_and(|own| own.dumped().is_some())
            {
                self.bind(name, Type::Unknown);
            }
        }
    }
}

/// The class of a dump, what it leaves out, and the names of fields that it leaves out beside.
fn parts(dump: &Type) -> Option<(&Key, LeavesOut, Vec<Box<str>>)> {
    match dump {
        Type::Fields(schema, left_out) => Some((schema, *left_out, Vec::new())),
        Type::FieldsBut(schema, left_out, without) => Some((schema, *left_out, without.to_vec())),
        _ => None,
    }
}

/// Pairs of attribute and field.
type Renames = Vec<(Box<str>, Box<str>)>;

/// Pairs of attribute and field, what is left out, what is set beside.
type How = (Option<Renames>, LeavesOut, Vec<Box<str>>);

/// The object on which a body sets the attribute `key` to `value`, where it does that alone: `hasattr` may be asked before.
fn set_in<'a>(body: &'a [Statement], key: &str, value: &str) -> Option<&'a str> {
    let [statement] = body else { return None };
    match statement {
        Statement::Expr(expr) => match arguments_of(expr, "setattr")? {
            [row, name, given]
                if name.value.as_name() == Some(key) && given.value.as_name() == Some(value) =>
            {
                row.value.as_name()
            }
            _ => None,
        },
        Statement::If(branch) if branch.otherwise.is_empty() => {
            let [row, name] = arguments_of(&branch.test, "hasattr")? else { return None };
            let asked = row.value.as_name().filter(|_| name.value.as_name() == Some(key))?;
            let [Statement::Expr(_)] = branch.then.as_slice() else { return None };
            set_in(&branch.then, key, value).filter(|row| *row == asked)
        }
        _ => None,
    }
}

fn arguments_of<'a>(expr: &'a Expr, function: &str) -> Option<&'a [Argument]> {
    let call = expr.as_call()?;
    (call.callee.as_name() == Some(function)).then_some(&call.arguments)
}
