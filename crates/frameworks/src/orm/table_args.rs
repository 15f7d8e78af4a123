//! `__table_args__`: constraints and the schema.
//!
//! Rules: SQLAlchemy 2.0, "Declarative Table Configuration", "Table Arguments": a dictionary, or a tuple of constraints with
//! a dictionary last; on a mixin also as a `declared_attr`.

use alignment_model::code::{Call, Expr, ExprKind, MapEntry, Operator};
use alignment_model::entity::Constraint;

use super::attributes::{class_locals, returned};
use super::mapped::Mapped;
use crate::python::{Binding, Constant, Locals, Names, Target, parent};
use crate::sqlalchemy::At;
use crate::sqlalchemy::constraints::table_constraint;

/// What `__table_args__` says.
#[derive(Default)]
pub(super) struct TableArgs {
    pub(super) constraints: Vec<Constraint>,
    pub(super) schema: Option<Box<str>>,
}

/// Reads the `__table_args__` of a class. `column_of` gives the column of an attribute by name.
pub(super) fn read(
    names: &Names<'_>,
    mapped: &Mapped<'_>,
    column_of: &dyn Fn(&str) -> Option<Box<str>>,
) -> TableArgs {
    let mut args = TableArgs::default();
    let Some((owner, binding)) = names.attribute(&mapped.key, "__table_args__") else { return args };
    match binding {
        Binding::Variable(assign) => {
            if let Some(value) = &assign.value {
                args.read(At::new(names, owner.file, &owner.path), value, column_of, 0);
            }
        }
        Binding::Function(function) => {
            if let Some(value) = returned(&function.body) {
                let locals: Locals = class_locals(function, &mapped.key);
                let scope = format!("{}.{}", owner.path, function.name);
                args.read(
                    At { names, file: owner.file, scope: &scope, locals: &locals },
                    value,
                    column_of,
                    0,
                );
            }
        }
        _ => {}
    }
    args
}

impl TableArgs {
    fn read(
        &mut self,
        at: At<'_, '_, '_>,
        value: &Expr,
        column_of: &dyn Fn(&str) -> Option<Box<str>>,
        depth: u8,
    ) {
        if depth > 6 {
            return;
        }
        match &value.kind {
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                for item in items {
                    self.read(at, item, column_of, depth + 1);
                }
            }
            ExprKind::Spread(inner) => self.read(at, inner, column_of, depth + 1),
            ExprKind::Binary(Operator::Add, left, right) => {
                self.read(at, left, column_of, depth + 1);
                self.read(at, right, column_of, depth + 1);
            }
            ExprKind::Map(entries) => {
                for entry in entries {
                    if let MapEntry::Pair(key, value) = entry
                        && key.as_text() == Some("schema")
                        && let Constant::Text(schema) = at.fold(value)
                    {
                        self.schema = Some(schema);
                    }
                }
            }
            ExprKind::Call(call) => self.read_call(at, call, column_of),
            ExprKind::Name(_) | ExprKind::Member(..) => {
                if let Target::Variable(key, assign) = at.resolve(value)
                    && let Some(value) = &assign.value
                {
                    self.read(At::new(at.names, key.file, parent(&key.path)), value, column_of, depth + 1);
                }
            }
            _ => {}
        }
    }

    fn read_call(&mut self, at: At<'_, '_, '_>, call: &Call, column_of: &dyn Fn(&str) -> Option<Box<str>>) {
        let Some(path) = at.callee(call) else { return };
        let attribute = |expr: &Expr| match &expr.kind {
            ExprKind::Name(name) => column_of(name),
            ExprKind::Member(_, name) => column_of(name),
            _ => None,
        };
        self.constraints.extend(table_constraint(at, &path, call, &attribute));
    }
}
