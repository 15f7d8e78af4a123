//! Expressions: names, members, operators, texts, comprehensions.

use std::rc::Rc;

use alignment_model::code::{Comprehension, Expr, ExprKind, Literal, MapEntry, Operator, TemplatePart};
use alignment_model::schema_change::HOLE;
use alignment_model::shape::DeclarationKey;
use alignment_sql::Dialect;

use super::Interpreter;
use super::containers::{position, sliced, united, unknown_list};
use super::value::{Frame, FunctionValue, List, Text, Value};
use crate::alembic::join_path;
use crate::python::{Constant, Target};

/// Items a comprehension or loop may run over.
const MAX_ITEMS: usize = 20_000;
/// Bytes that a text may grow to.
const MAX_TEXT: usize = 4 << 20;

impl<'a> Interpreter<'_, 'a> {
    pub(super) fn eval(&mut self, frame: &Rc<Frame<'a>>, expr: &'a Expr) -> Value<'a> {
        self.nested(|this| this.value_of(frame, expr)).unwrap_or(Value::Unknown)
    }

    fn value_of(&mut self, frame: &Rc<Frame<'a>>, expr: &'a Expr) -> Value<'a> {
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(frame, literal, expr),
            ExprKind::Name(_) | ExprKind::Member(..) => self.path(frame, expr),
            ExprKind::Call(call) => self.call(frame, call, expr),
            ExprKind::List(items) | ExprKind::Tuple(items) => self.list(frame, items),
            ExprKind::Map(entries) => self.map(frame, entries),
            ExprKind::Template(parts) => self.template(frame, parts),
            ExprKind::Index(object, index) => self.index(frame, object, index),
            ExprKind::Binary(operator, left, right) => self.binary(frame, *operator, left, right),
            ExprKind::Unary(operator, inner) => {
                let value = self.eval(frame, inner);
                match (operator, value) {
                    (Operator::Not, value) => Value::decided(value.truth().map(|truth| !truth)),
                    (Operator::Negate, Value::Int(value)) => Value::Int(value.saturating_neg()),
                    _ => Value::Unknown,
                }
            }
            ExprKind::Conditional(parts) => {
                let [test, then, otherwise] = &**parts;
                match self.eval(frame, test).truth() {
                    Some(true) => self.eval(frame, then),
                    Some(false) => self.eval(frame, otherwise),
                    None => Value::Unknown,
                }
            }
            ExprKind::Function(function) => Value::Function(FunctionValue {
                file: frame.file,
                path: frame.scope.clone(),
                function,
                closure: Some(frame.clone()),
                receiver: None,
            }),
            ExprKind::Comprehension(comprehension) => self.comprehension(frame, comprehension),
            ExprKind::Walrus(name, value) => {
                let value = self.eval(frame, value);
                frame.set(name, value.clone());
                value
            }
            ExprKind::Await(inner) => self.eval(frame, inner),
            _ => Value::Unknown,
        }
    }

    fn literal(&self, frame: &Frame<'a>, literal: &Literal, expr: &Expr) -> Value<'a> {
        match literal {
            Literal::Text(text) => {
                let source = self.names.input().sources.text(frame.file);
                let range = expr.range.to_usize();
                // Text without escapes stands in the file as it is: places in it are places in the file.
                let within = source.get(range.clone()).and_then(|source| source.find(&**text));
                let origin = within.map(|at| (frame.file, range.start + at));
                Value::Text(Text { origin, ..Text::new(&**text) })
            }
            Literal::Int(value) => Value::Int(*value),
            Literal::Bool(value) => Value::Bool(*value),
            Literal::Null => Value::None,
            _ => Value::Unknown,
        }
    }

    /// A name, or members of one: a local value, else what the project's names say.
    fn path(&mut self, frame: &Rc<Frame<'a>>, expr: &'a Expr) -> Value<'a> {
        if let ExprKind::Name(name) = &expr.kind
            && let Some(value) = frame.get(name)
        {
            self.asked += u32::from(frame.has_asked(name));
            return value;
        }
        let root = expr.dotted().and_then(|path| path.first().copied());
        if root.is_some_and(|root| frame.get(root).is_none()) {
            let target = self.names.resolve(frame.file, &frame.scope, expr);
            if !matches!(target, Target::Unknown) {
                return self.value_of_target(frame, target);
            }
        }
        match &expr.kind {
            ExprKind::Member(object, member) => {
                let object = self.eval(frame, object);
                self.member(frame, &object, member)
            }
            ExprKind::Name(name) if &**name == "__file__" => {
                Value::Path(self.names.input().sources.path(frame.file).into())
            }
            _ => Value::Unknown,
        }
    }

    fn value_of_target(&mut self, frame: &Rc<Frame<'a>>, target: Target<'a>) -> Value<'a> {
        match target {
            Target::Class(key, _) => Value::Class(key),
            Target::Function(key, function) => Value::Function(FunctionValue {
                file: key.file,
                path: key.path.as_ref().into(),
                function,
                closure: None,
                receiver: None,
            }),
            Target::Variable(key, assign) => {
                // A name of this function that has no value yet.
                let local =
                    !frame.scope.is_empty() && key.file == frame.file && is_inside(&key.path, &frame.scope);
                match &assign.value {
                    Some(value) if !local => self.variable(key, value),
                    _ => Value::Unknown,
                }
            }
            Target::Module(_) | Target::Namespace(_) => Value::Module(Rc::new(target)),
            Target::External(path) => Value::External(path.into()),
            Target::Alias(..) | Target::Unknown => Value::Unknown,
        }
    }

    /// A variable of a module or class.
    fn variable(&mut self, key: DeclarationKey, value: &'a Expr) -> Value<'a> {
        if let Some(known) = self.variables.get(&key) {
            return known.clone();
        }
        let (scope, name) = key.path.rsplit_once('.').unwrap_or(("", &key.path));
        let unsteady =
            scope.is_empty() && self.names.module(key.file).is_some_and(|module| module.is_unsteady(name));
        let member = self.enum_member(&DeclarationKey { file: key.file, path: scope.into() }, name);
        // What depends on itself is not known.
        self.variables.insert(key.clone(), Value::Unknown);
        let value = match member {
            Some(member) => member,
            None if unsteady => Value::Unknown,
            None => {
                let augmented = scope.is_empty()
                    && self
                        .names
                        .module(key.file)
                        .is_some_and(|module| module.augmentations(name).next().is_some());
                if augmented {
                    Value::from_constant(&self.names.fold(key.file, scope, value))
                } else {
                    let frame = Frame::new(key.file, scope.into(), None);
                    self.eval(&frame, value)
                }
            }
        };
        self.variables.insert(key, value.clone());
        value
    }

    /// A member of an enumeration of the repository.
    pub(super) fn enum_member(&self, class: &DeclarationKey, name: &str) -> Option<Value<'a>> {
        let members = self.names.enum_members(class)?;
        let member = members.iter().find(|member| &*member.name == name)?;
        let value =
            member.value.is().map_or(Constant::Unknown(alignment_model::Why::DynamicExpression), constant_of);
        Some(Value::EnumMember(class.clone(), name.into(), value))
    }

    /// `object.name`, where the object is a value.
    pub(super) fn member(&mut self, frame: &Rc<Frame<'a>>, object: &Value<'a>, name: &str) -> Value<'a> {
        match object {
            Value::External(path) => match self.names.member(&Target::External(path.to_string()), name) {
                Target::External(path) => Value::External(path.into()),
                _ => Value::External(format!("{path}.{name}").into()),
            },
            Value::Module(module) => {
                let target = self.names.member(module, name);
                self.value_of_target(frame, target)
            }
            Value::Class(key) => self.class_member(frame, key, name),
            Value::EnumMember(_, own, value) => match name {
                "value" | "_value_" => Value::from_constant(value),
                "name" | "_name_" => Value::text(&**own),
                _ => Value::Unknown,
            },
            Value::Connection => match name {
                "dialect" => Value::Dialect,
                "bind" | "engine" | "connection" | "impl" => Value::Connection,
                // `Engine.name` is that of its dialect.
                "name" => Value::text("postgresql"),
                "as_sql" => Value::Bool(false),
                _ => Value::object("sqlalchemy.engine.Connection"),
            },
            Value::Dialect => match name {
                "name" => Value::text(match self.schema.dialect {
                    Dialect::PostgreSql => "postgresql",
                    Dialect::Sqlite => "sqlite",
                    Dialect::MySql => "mysql",
                }),
                "dialect" => Value::Dialect,
                "driver" => Value::text("psycopg2"),
                "server_version_info" => Value::Unknown,
                _ => Value::object("sqlalchemy.engine.Dialect"),
            },
            Value::Inspector if name == "dialect" => Value::Dialect,
            Value::Inspector if matches!(name, "bind" | "engine") => Value::Connection,
            Value::Path(path) => match name {
                "parent" => Value::Path(path.rsplit_once('/').map_or("", |(folder, _)| folder).into()),
                "name" => Value::text(path.rsplit('/').next().unwrap_or_default()),
                _ => Value::Unknown,
            },
            Value::Column(column) if matches!(name, "name" | "key") => match &column.column.name {
                Some(alignment_model::Known::Is(name)) => Value::text(&**name),
                _ => Value::Unknown,
            },
            Value::Type(ty) => super::reflection::type_attribute(ty, name).unwrap_or(Value::Unknown),
            Value::Table(table) if name == "name" => Value::text(&*table.table.name),
            Value::Instance(_) => self.instance_member(frame, object, name),
            Value::Record(record) => {
                let at = record.names.iter().position(|own| &**own == name);
                at.and_then(|at| record.values.get(at)).cloned().unwrap_or(Value::Unknown)
            }
            Value::Object(path) => Value::Object(path.clone()),
            Value::Table(_) | Value::Column(_) | Value::Sql(_) | Value::Metadata => {
                Value::object("sqlalchemy.sql")
            }
            _ => Value::Unknown,
        }
    }

    fn class_member(&mut self, frame: &Rc<Frame<'a>>, key: &DeclarationKey, name: &str) -> Value<'a> {
        if let Some(member) = self.enum_member(key, name) {
            return member;
        }
        match name {
            "metadata" => Value::Metadata,
            "__name__" => Value::text(key.path.rsplit('.').next().unwrap_or(&key.path)),
            "__table__" => Value::Unknown,
            _ => {
                let target = self.names.resolve_path(key.file, "", &[&key.path, name]);
                match self.names.attribute(key, name) {
                    Some((owner, binding)) => {
                        let owner = owner.clone();
                        let target = self.names.target_of(owner.file, &owner.path, name, binding);
                        match target {
                            Target::Unknown => Value::Unknown,
                            target => self.value_of_target(frame, target),
                        }
                    }
                    None => self.value_of_target(frame, target),
                }
            }
        }
    }

    pub(super) fn list(&mut self, frame: &Rc<Frame<'a>>, items: &'a [Expr]) -> Value<'a> {
        let mut values = Vec::with_capacity(items.len());
        let mut open = false;
        for item in items {
            match &item.kind {
                ExprKind::Spread(inner) => {
                    let inner = self.eval(frame, inner);
                    match self.items(&inner) {
                        Some(list) => {
                            values.extend(list.items.iter().cloned());
                            open |= list.open;
                        }
                        None => open = true,
                    }
                }
                _ => values.push(self.eval(frame, item)),
            }
            open |= values.len() > MAX_ITEMS;
            if open && values.len() > MAX_ITEMS {
                break;
            }
        }
        Value::List(List { items: Rc::new(values), open })
    }

    fn map(&mut self, frame: &Rc<Frame<'a>>, entries: &'a [MapEntry]) -> Value<'a> {
        let mut pairs: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry {
                MapEntry::Pair(key, value) => {
                    let pair = (self.eval(frame, key), self.eval(frame, value));
                    pairs.push(pair);
                }
                MapEntry::Spread(inner) => {
                    let inner = self.eval(frame, inner);
                    let Value::Map(all) = united(&Value::Map(Rc::new(pairs)), &inner) else {
                        return Value::Unknown;
                    };
                    pairs = (*all).clone();
                }
                MapEntry::Method(_) => return Value::Unknown,
            }
        }
        Value::Map(Rc::new(pairs))
    }

    fn template(&mut self, frame: &Rc<Frame<'a>>, parts: &'a [TemplatePart]) -> Value<'a> {
        let mut out = String::new();
        for part in parts {
            match part {
                TemplatePart::Text(text) => out.push_str(text),
                TemplatePart::Expr { value, formatted } => {
                    let value = self.eval(frame, value);
                    out.push_str(&if *formatted { HOLE.to_string() } else { shown(&value) });
                }
            }
            if out.len() > MAX_TEXT {
                return Value::Unknown;
            }
        }
        Value::text(out)
    }

    fn index(&mut self, frame: &Rc<Frame<'a>>, object: &'a Expr, index: &'a Expr) -> Value<'a> {
        let object = self.eval(frame, object);
        if let (Value::List(list), ExprKind::Slice(parts)) = (&object, &index.kind) {
            let [start, end, step] = &**parts;
            let mut of =
                |part: &'a Option<Expr>| part.as_ref().map_or(Value::None, |part| self.eval(frame, part));
            let (start, end) = (of(start), of(end));
            return if step.is_none() { sliced(list, &start, &end) } else { Value::List(unknown_list()) };
        }
        let index = self.eval(frame, index);
        match (&object, &index) {
            // The end of a list that may have more is not known.
            (Value::List(list), Value::Int(at)) if !list.open || *at >= 0 => {
                let item = position(*at, list.items.len()).and_then(|at| list.items.get(at));
                item.cloned().unwrap_or(Value::Unknown)
            }
            (Value::Record(record), key) => {
                let at = match key {
                    Value::Int(at) if *at < 0 => usize::try_from(record.values.len() as i64 + at).ok(),
                    Value::Int(at) => usize::try_from(*at).ok(),
                    key => key
                        .as_text()
                        .and_then(|name| record.names.iter().position(|own| own.eq_ignore_ascii_case(name))),
                };
                at.and_then(|at| record.values.get(at)).cloned().unwrap_or(Value::Unknown)
            }
            (Value::Map(entries), key) => {
                let found = entries.iter().rev().find(|(own, _)| own.equals(key) == Some(true));
                found.map_or(Value::Unknown, |(_, value)| value.clone())
            }
            // `Status["ACTIVE"]`.
            (Value::Class(key), name) => {
                name.as_text().and_then(|name| self.enum_member(key, name)).unwrap_or(Value::Unknown)
            }
            // The first column of a row.
            (Value::Row(query), Value::Int(0)) => self.first_value(&query.clone()),
            (Value::Object(path), _) => Value::Object(path.clone()),
            _ => Value::Unknown,
        }
    }

    fn binary(
        &mut self,
        frame: &Rc<Frame<'a>>,
        operator: Operator,
        left: &'a Expr,
        right: &'a Expr,
    ) -> Value<'a> {
        let a = self.eval(frame, left);
        match (operator, a.truth()) {
            (Operator::BooleanAnd, Some(false)) | (Operator::BooleanOr, Some(true)) => return a,
            (Operator::BooleanAnd, Some(true)) | (Operator::BooleanOr, Some(false)) => {
                return self.eval(frame, right);
            }
            _ => {}
        }
        let b = self.eval(frame, right);
        match operator {
            // Decided by the right side alone.
            Operator::BooleanAnd => Value::decided((b.truth() == Some(false)).then_some(false)),
            Operator::BooleanOr => Value::decided((b.truth() == Some(true)).then_some(true)),
            Operator::Equal => self.compared(&a, &b),
            Operator::NotEqual => Value::decided(self.compared(&a, &b).as_bool().map(|equal| !equal)),
            Operator::Is => self.is(&a, &b),
            Operator::IsNot => Value::decided(self.is(&a, &b).as_bool().map(|same| !same)),
            Operator::In => Value::decided(self.contains(&b, &a)),
            Operator::NotIn => Value::decided(self.contains(&b, &a).map(|contains| !contains)),
            Operator::Add => self.add(&a, &b),
            Operator::Or => united(&a, &b),
            Operator::Modulo => match &a {
                Value::Text(text) => Value::text(interpolated(&text.text, &b)),
                _ => Value::Unknown,
            },
            Operator::Divide => match (&a, b.as_text()) {
                (Value::Path(path), Some(rest)) => Value::Path(join_path(path, rest).into()),
                _ => Value::Unknown,
            },
            Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => {
                ordered(operator, &a, &b)
            }
            Operator::Subtract => match (&a, &b) {
                (Value::Int(a), Value::Int(b)) => Value::Int(a.saturating_sub(*b)),
                (Value::List(all), Value::List(less)) => without(all, less),
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    /// `==`; a count that a query gives is compared with a number.
    fn compared(&mut self, a: &Value<'a>, b: &Value<'a>) -> Value<'a> {
        Value::decided(a.equals(b))
    }

    /// `is`: identity matters for `None`, `True` and `False`.
    fn is(&mut self, a: &Value<'a>, b: &Value<'a>) -> Value<'a> {
        match (a, b) {
            (Value::Row(query), Value::None) | (Value::None, Value::Row(query)) => {
                let row = self.returns_row(&query.clone());
                Value::decided(row.map(|row| !row))
            }
            (Value::Unknown | Value::Undecided, _) | (_, Value::Unknown | Value::Undecided) => {
                Value::Undecided
            }
            (Value::None, other) | (other, Value::None) => Value::Bool(matches!(other, Value::None)),
            (a, b) => Value::decided(a.equals(b)),
        }
    }

    /// `item in container`, where that is known.
    pub(super) fn contains(&mut self, container: &Value<'a>, item: &Value<'a>) -> Option<bool> {
        if let (Value::Text(text), Some(part)) = (container, item.as_text()) {
            return (!text.text.contains(HOLE) && !part.contains(HOLE)).then(|| text.text.contains(part));
        }
        let list = self.items(container)?;
        let compared: Vec<Option<bool>> = list.items.iter().map(|one| one.equals(item)).collect();
        if compared.contains(&Some(true)) {
            return Some(true);
        }
        (!list.open && compared.iter().all(Option::is_some)).then_some(false)
    }

    pub(super) fn add(&mut self, a: &Value<'a>, b: &Value<'a>) -> Value<'a> {
        match (a, b) {
            (Value::Int(a), Value::Int(b)) => Value::Int(a.saturating_add(*b)),
            (Value::List(a), Value::List(b)) => {
                let items: Vec<Value<'a>> = a.items.iter().chain(b.items.iter()).cloned().collect();
                if items.len() > MAX_ITEMS {
                    return Value::Unknown;
                }
                Value::List(List { items: Rc::new(items), open: a.open || b.open })
            }
            (Value::List(list), _) => Value::List(List { items: list.items.clone(), open: true }),
            (_, Value::List(list)) => Value::List(List { items: list.items.clone(), open: true }),
            (Value::Text(_), _) | (_, Value::Text(_)) => {
                let text = shown(a) + &shown(b);
                if text.len() > MAX_TEXT { Value::Unknown } else { Value::text(text) }
            }
            _ => Value::Unknown,
        }
    }

    /// What a loop runs over, where that is known.
    pub(super) fn items(&mut self, value: &Value<'a>) -> Option<List<'a>> {
        let list = |items: Vec<Value<'a>>| Some(List { items: Rc::new(items), open: false });
        match value {
            Value::List(items) => Some(items.clone()),
            Value::Record(record) => list(record.values.clone()),
            Value::Cursor(given) => {
                let given = given.borrow().clone();
                if matches!(given, Value::Cursor(_)) { None } else { self.items(&given) }
            }
            Value::Map(entries) => list(entries.iter().map(|(key, _)| key.clone()).collect()),
            Value::Class(key) => {
                let members = self.names.enum_constants(key)?;
                list(members.iter().map(Value::from_constant).collect())
            }
            _ => None,
        }
    }

    fn comprehension(&mut self, frame: &Rc<Frame<'a>>, comprehension: &'a Comprehension) -> Value<'a> {
        // Names of a comprehension are its own.
        let inner = Frame::new(frame.file, frame.scope.clone(), Some(frame.clone()));
        let mut items = Vec::new();
        let mut open = false;
        self.clauses(&inner, comprehension, 0, &mut items, &mut open);
        if !comprehension.is_map {
            return Value::List(List { items: Rc::new(items), open });
        }
        let pair = |item: Value<'a>| match item {
            Value::List(pair) => match &pair.items[..] {
                [key, value] => Some((key.clone(), value.clone())),
                _ => None,
            },
            _ => None,
        };
        let pairs: Option<Vec<_>> = items.into_iter().map(pair).collect();
        pairs.filter(|_| !open).map_or(Value::Unknown, |pairs| Value::Map(Rc::new(pairs)))
    }

    fn clauses(
        &mut self,
        frame: &Rc<Frame<'a>>,
        comprehension: &'a Comprehension,
        at: usize,
        items: &mut Vec<Value<'a>>,
        open: &mut bool,
    ) {
        let Some((target, iterable, conditions)) = comprehension.clauses.get(at) else {
            let element = self.eval(frame, &comprehension.element);
            items.push(element);
            return;
        };
        let iterable = self.eval(frame, iterable);
        let Some(list) = self.items(&iterable) else {
            *open = true;
            return;
        };
        *open |= list.open;
        for item in list.items.iter() {
            if !self.step() || items.len() >= MAX_ITEMS {
                *open = true;
                return;
            }
            self.bind(frame, target, item.clone());
            let tests: Vec<Option<bool>> =
                conditions.iter().map(|test| self.eval(frame, test).truth()).collect();
            if tests.contains(&Some(false)) {
                continue;
            }
            // Whether the item counts is not known.
            if tests.contains(&None) {
                *open = true;
                continue;
            }
            self.clauses(frame, comprehension, at + 1, items, open);
        }
    }
}

/// A value in a text: what `str()` gives, a hole where that is not known.
pub(super) fn shown(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) | Value::Sql(text) => text.text.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
        Value::None => "None".to_owned(),
        // `str(member)` depends on the class; its value is what a `StrEnum` and a `str` mixin give.
        Value::EnumMember(_, _, Constant::Text(text)) => text.to_string(),
        Value::Path(path) => path.to_string(),
        Value::Failure(failure) => failure.message.to_string(),
        _ => HOLE.to_string(),
    }
}

/// `text % values`.
pub(super) fn interpolated(text: &str, values: &Value<'_>) -> String {
    let single = [values.clone()];
    let list = match values {
        Value::List(list) => &list.items[..],
        _ => &single[..],
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut next = 0;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
        } else if let Some(named) = rest.strip_prefix('(') {
            let (name, after) = named.split_once(')').unwrap_or((named, ""));
            let value = match values {
                Value::Map(entries) => entries.iter().find(|(key, _)| key.as_text() == Some(name)),
                _ => None,
            };
            out.push_str(&value.map_or(HOLE.to_string(), |(_, value)| shown(value)));
            rest = after.get(1..).unwrap_or("");
        } else {
            let plain = rest.starts_with(['s', 'd']);
            let value = list.get(next).filter(|_| plain);
            out.push_str(&value.map_or(HOLE.to_string(), shown));
            next += 1;
            let length = rest.find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |at| at + 1);
            rest = &rest[length..];
        }
    }
    out.push_str(rest);
    out
}

fn ordered<'a>(operator: Operator, a: &Value<'a>, b: &Value<'a>) -> Value<'a> {
    let (Value::Int(a), Value::Int(b)) = (a, b) else { return Value::Undecided };
    Value::Bool(match operator {
        Operator::Less => a < b,
        Operator::LessEqual => a <= b,
        Operator::Greater => a > b,
        _ => a >= b,
    })
}

/// A set without the items of another.
fn without<'a>(all: &List<'a>, less: &List<'a>) -> Value<'a> {
    if less.open {
        return Value::Unknown;
    }
    let kept =
        all.items.iter().filter(|item| !less.items.iter().any(|other| other.equals(item) == Some(true)));
    Value::List(List { items: Rc::new(kept.cloned().collect()), open: all.open })
}

fn is_inside(path: &str, scope: &str) -> bool {
    path.strip_prefix(scope).is_some_and(|rest| rest.starts_with('.'))
}

fn constant_of(value: &alignment_model::shape::Value) -> Constant {
    use alignment_model::shape::Value as V;
    match value {
        V::Text(text) => Constant::Text(text.clone()),
        V::Number(number) => match number.parse() {
            Ok(value) => Constant::Int(value),
            Err(_) => Constant::Number(number.clone()),
        },
        V::Bool(value) => Constant::Bool(*value),
        V::Null => Constant::None,
    }
}
