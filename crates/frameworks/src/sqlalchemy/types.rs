//! A type expression -> the database type, the shape of its values, and the labels of an enumeration.
//!
//! Deliberately absent: types that only running code decides (`JSONB if settings.POSTGRES else JSON`).

use alignment_model::code::{Call, Expr, ExprKind};
use alignment_model::entity::SqlType;
use alignment_model::shape::{DeclarationKey, Shape};
use alignment_model::{Known, TextRange, Why};

use super::type_table::{TypeRule, rule};
use super::{At, decorators, enums};
use crate::python::{Constant, Locals, Target, parent};

/// What a type expression says.
#[derive(Clone, Debug)]
pub struct ColumnType {
    /// As written, white space folded.
    pub written: Box<str>,
    /// The type that PostgreSQL gets. A native enumeration is known by its name.
    pub sql: Known<SqlType>,
    /// The shape of its values; an enumeration with the values that travel.
    pub shape: Shape,
    /// What Python code sees instead, where the type converts values (`process_result_value`, `as_uuid=False`).
    pub python: Option<Shape>,
    /// The labels, if it is an enumeration.
    pub labels: Option<EnumLabels>,
}

/// What the database knows of an enumeration.
#[derive(Clone, Debug)]
pub struct EnumLabels {
    /// Name of the database type.
    pub name: Option<Box<str>>,
    /// Schema of the database type.
    pub schema: Option<Box<str>>,
    /// The labels that are stored, in order: member NAMES unless `values_callable` says otherwise.
    pub labels: Known<Vec<Box<str>>>,
    /// The Python enumeration, where it is in the repository.
    pub class: Option<DeclarationKey>,
    /// Whether the database has a type for it; if not, it stores text.
    pub native: Known<bool>,
    /// Whether the database type is made with the table (`create_type=False` and `metadata=` say that it is not).
    pub created_with_table: bool,
    /// Whether a check constraint lists the labels (`create_constraint=True`).
    pub checked: bool,
}

/// Types inside types (arrays, variants, decorators of decorators) beyond this are not read.
const DEEPEST: u8 = 12;

impl ColumnType {
    /// A type that is not known.
    pub fn unknown(written: Box<str>, why: Why) -> Self {
        Self { written, sql: Known::Unknown(why), shape: Shape::Unknown(why), python: None, labels: None }
    }

    /// A type of the database.
    pub fn of_sql(written: Box<str>, sql: SqlType) -> Self {
        let shape = sql.shape().unwrap_or(Shape::Unknown(Why::UnsupportedConstruct));
        Self { written, sql: Known::Is(sql), shape, python: None, labels: None }
    }

    /// Longest text it holds, `None` for no limit.
    pub fn length(&self) -> Known<Option<u32>> {
        match &self.sql {
            Known::Is(sql) if !sql.array && matches!(&*sql.base, "varchar" | "char") => {
                Known::Is(sql.arguments.first().copied())
            }
            Known::Is(_) => Known::Is(None),
            Known::Unknown(why) => Known::Unknown(*why),
        }
    }
}

/// Reads a type expression.
pub fn read(at: At<'_, '_, '_>, expr: &Expr) -> ColumnType {
    let read = read_nested(at, expr, 0);
    ColumnType { written: at.written(expr), ..read }
}

/// The database type of a bare type class, by its dotted path: `sqlalchemy.String`.
pub fn of_path(path: &str) -> Option<ColumnType> {
    let (rule, python) = rule(path)?;
    let sql = match rule {
        TypeRule::Plain(base)
        | TypeRule::Length(base)
        | TypeRule::Zoned(base, _)
        | TypeRule::Dimension(base) => SqlType::new(base),
        TypeRule::Precision => SqlType::new("numeric"),
        TypeRule::Float => SqlType::new("float8"),
        TypeRule::Uuid => SqlType::new("uuid"),
        TypeRule::DefaultLength(base, length) => SqlType::with(base, [length]),
        TypeRule::Array | TypeRule::Enum | TypeRule::Wraps | TypeRule::Null => return None,
    };
    Some(ColumnType { python, ..ColumnType::of_sql("".into(), sql) })
}

/// Whether an expression is a type of SQLAlchemy, as far as that is known: a column's argument that is none is a constraint
/// or a default.
pub fn is_type(at: At<'_, '_, '_>, expr: &Expr) -> bool {
    !matches!(read(at, expr).sql, Known::Unknown(_))
}

/// Reads a call that makes a type: `String(50)`.
pub fn read_call_at(at: At<'_, '_, '_>, call: &Call, range: TextRange) -> ColumnType {
    let written = at.written_range(range);
    ColumnType { written, ..read_call(at, call, 0) }
}

/// Whether a dotted path is a type class that is known.
pub fn is_type_class(path: &str) -> bool {
    rule(path).is_some()
}

pub(super) fn read_nested(at: At<'_, '_, '_>, expr: &Expr, depth: u8) -> ColumnType {
    let unknown = |why| ColumnType::unknown("".into(), why);
    if depth > DEEPEST {
        return unknown(Why::Recursive);
    }
    match &expr.kind {
        ExprKind::Call(call) => read_call(at, call, depth + 1),
        ExprKind::Name(_) | ExprKind::Member(..) => match local_or_project(at, expr) {
            Target::External(path) => of_class(at, &path, None, depth + 1),
            Target::Class(key, _) => decorators::read(at, &key, None, depth + 1),
            Target::Variable(key, assign) => match &assign.value {
                Some(value) => {
                    let scope = parent(&key.path);
                    read_nested(At::new(at.names, key.file, scope), value, depth + 1)
                }
                None => unknown(Why::NotStated),
            },
            Target::Unknown => unknown(Why::UndefinedName),
            _ => unknown(Why::UnsupportedConstruct),
        },
        ExprKind::Conditional(parts) => {
            let [test, then, otherwise] = &**parts;
            match at.fold(test).truth() {
                Some(true) => read_nested(at, then, depth + 1),
                Some(false) => read_nested(at, otherwise, depth + 1),
                None => unknown(Why::DynamicExpression),
            }
        }
        _ => unknown(Why::UnsupportedConstruct),
    }
}

/// A name that a local value binds to a class, else one of the project.
fn local_or_project<'a>(at: At<'_, 'a, '_>, expr: &Expr) -> Target<'a> {
    if let Some(Constant::Declaration(key)) = expr.as_name().and_then(|name| at.locals.get(name))
        && let Some(class) = at.names.class(key)
    {
        return Target::Class(key.clone(), class);
    }
    at.resolve(expr)
}

fn read_call(at: At<'_, '_, '_>, call: &Call, depth: u8) -> ColumnType {
    let unknown = |why| ColumnType::unknown("".into(), why);
    if let ExprKind::Member(object, method) = &call.callee.kind {
        match &**method {
            // `JSON().with_variant(JSONB(), "postgresql")`: one type per dialect.
            "with_variant" => {
                let mut arguments = call.positional();
                let variant = arguments.next();
                let for_postgresql = arguments.any(|name| at.fold(name).text() == Some("postgresql"));
                let chosen = variant.filter(|_| for_postgresql).unwrap_or(object);
                return read_nested(at, chosen, depth);
            }
            // `MutableDict.as_mutable(JSONB)` only watches for changes.
            "as_mutable" => {
                return call
                    .positional()
                    .next()
                    .map_or_else(|| unknown(Why::NotStated), |ty| read_nested(at, ty, depth));
            }
            _ => {}
        }
    }
    match local_or_project(at, &call.callee) {
        Target::External(path) => of_class(at, &path, Some(call), depth),
        Target::Class(key, _) => decorators::read(at, &key, Some(call), depth),
        Target::Function(key, function) => {
            let Some(returned) = decorators::only_return(&function.body) else {
                return unknown(Why::DynamicExpression);
            };
            let locals = bind_arguments(at, &function.parameters, call);
            let at = At { names: at.names, file: key.file, scope: &key.path, locals: &locals };
            read_nested(at, returned, depth)
        }
        Target::Unknown => unknown(Why::UndefinedName),
        _ => unknown(Why::UnsupportedConstruct),
    }
}

/// The values of parameters in a call; `self` is left out by the caller.
pub(crate) fn bind_arguments(
    at: At<'_, '_, '_>,
    parameters: &[alignment_model::code::Parameter],
    call: &Call,
) -> Locals {
    let mut locals = Locals::new();
    let mut positional = call.positional();
    for parameter in parameters {
        let plain = parameter.kind == alignment_model::code::ParameterKind::Plain;
        let given = if plain { positional.next() } else { None };
        let given = given.or_else(|| call.keyword(&parameter.name)).or(parameter.default.as_ref());
        if let Some(given) = given {
            locals.insert(parameter.name.clone(), at.fold(given));
        }
    }
    locals
}

/// A type class of a package, with the call that makes the type, if there is one.
pub(super) fn of_class(at: At<'_, '_, '_>, path: &str, call: Option<&Call>, depth: u8) -> ColumnType {
    let Some((rule, python)) = rule(path) else {
        return ColumnType::unknown("".into(), Why::ExternalName);
    };
    let arguments = Arguments { at, call };
    let mut made = match rule {
        TypeRule::Array => array(at, call, depth),
        TypeRule::Enum => enums::read(at, path, call),
        TypeRule::Wraps => {
            let wrapped = arguments.expr(1, "impl");
            wrapped.map_or_else(
                || plain(SqlType::with("varchar", [255])),
                |wrapped| read_nested(at, wrapped, depth),
            )
        }
        TypeRule::Null => ColumnType {
            written: "".into(),
            sql: Known::Unknown(Why::NotStated),
            shape: Shape::Any,
            python: None,
            labels: None,
        },
        rule => simple(&rule, &arguments),
    };
    if python.is_some() {
        made.python = python;
    }
    // What `postgresql.UUID` gives where nothing says it: text in SQLAlchemy 1.4, objects since 2.0 ("What's New", "UUID").
    if path == "sqlalchemy.dialects.postgresql.UUID"
        && call.is_none_or(|call| call.arguments.is_empty())
        && made.python.is_none()
    {
        made.python = Some(Shape::Unknown(Why::NotStated));
    }
    made
}

fn plain(sql: SqlType) -> ColumnType {
    ColumnType::of_sql("".into(), sql)
}

/// The rules that make one built-in type of scalar arguments.
fn simple(rule: &TypeRule, arguments: &Arguments<'_, '_, '_, '_>) -> ColumnType {
    let sized = |base: &str, length: Result<Option<u32>, Why>| match length {
        Ok(None) => plain(SqlType::new(base)),
        Ok(Some(length)) => plain(SqlType::with(base, [length])),
        Err(why) => ColumnType { sql: Known::Unknown(why), ..plain(SqlType::new(base)) },
    };
    match *rule {
        TypeRule::Length(base) => sized(base, arguments.number(0, "length")),
        TypeRule::DefaultLength(base, length) => {
            sized(base, arguments.number(0, "length").map(|given| Some(given.unwrap_or(length))))
        }
        TypeRule::Dimension(base) => sized(base, arguments.number(0, "dim")),
        TypeRule::Precision => {
            let precision = arguments.number(0, "precision");
            let scale = arguments.number(1, "scale");
            let mut made = match (precision, scale) {
                (Ok(Some(precision)), Ok(Some(scale))) => plain(SqlType::with("numeric", [precision, scale])),
                (precision, Ok(None)) => sized("numeric", precision),
                (precision, _) => sized("numeric", Err(precision.err().unwrap_or(Why::DynamicExpression))),
            };
            // Numeric(asdecimal=False) gives floats to Python.
            made.python = arguments.is_false("asdecimal").then_some(Shape::Float);
            made
        }
        TypeRule::Float => match arguments.number(0, "precision") {
            Ok(Some(precision)) if precision <= 24 => plain(SqlType::new("float4")),
            Ok(_) => plain(SqlType::new("float8")),
            Err(why) => sized("float8", Err(why)),
        },
        TypeRule::Zoned(naive, zoned) => {
            let given = arguments.value(0, "timezone");
            let precision = arguments.number(1, "precision");
            match given.as_ref().map_or(Some(false), Constant::truth) {
                Some(true) => sized(zoned, precision),
                Some(false) => sized(naive, precision),
                None => sized(naive, Err(Why::DynamicExpression)),
            }
        }
        TypeRule::Uuid => {
            let mut made = if arguments.is_false("native_uuid") {
                plain(SqlType::with("char", [32]))
            } else {
                plain(SqlType::new("uuid"))
            };
            made.python = arguments.is_false("as_uuid").then_some(Shape::Text);
            made
        }
        TypeRule::Plain(base) => plain(SqlType::new(base)),
        TypeRule::Array | TypeRule::Enum | TypeRule::Wraps | TypeRule::Null => {
            ColumnType::unknown("".into(), Why::UnsupportedConstruct)
        }
    }
}

fn array(at: At<'_, '_, '_>, call: Option<&Call>, depth: u8) -> ColumnType {
    let Some(item) = (Arguments { at, call }).expr(0, "item_type") else {
        return ColumnType::unknown("".into(), Why::NotStated);
    };
    let item = read_nested(at, item, depth);
    ColumnType {
        written: "".into(),
        sql: item.sql.map(|sql| SqlType { array: true, ..sql }),
        shape: Shape::List(Box::new(item.shape)),
        python: item.python.map(|shape| Shape::List(Box::new(shape))),
        labels: item.labels,
    }
}

/// The arguments of a type's constructor.
struct Arguments<'c, 'n, 'a, 's> {
    at: At<'n, 'a, 's>,
    call: Option<&'c Call>,
}

impl<'c> Arguments<'c, '_, '_, '_> {
    fn expr(&self, position: usize, keyword: &str) -> Option<&'c Expr> {
        let call = self.call?;
        call.keyword(keyword).or_else(|| call.positional().nth(position))
    }

    /// The value of an argument; `None` where it is not given or is `None`.
    fn value(&self, position: usize, keyword: &str) -> Option<Constant> {
        if self.call.is_some_and(Call::has_spread) {
            return Some(Constant::Unknown(Why::DynamicExpression));
        }
        let value = self.at.fold(self.expr(position, keyword)?);
        (value != Constant::None).then_some(value)
    }

    fn number(&self, position: usize, keyword: &str) -> Result<Option<u32>, Why> {
        match self.value(position, keyword) {
            None => Ok(None),
            Some(Constant::Int(value)) => {
                u32::try_from(value).map(Some).map_err(|_| Why::UnsupportedConstruct)
            }
            Some(Constant::Unknown(why)) => Err(why),
            Some(_) => Err(Why::UnsupportedConstruct),
        }
    }

    fn is_false(&self, keyword: &str) -> bool {
        self.call
            .and_then(|call| call.keyword(keyword))
            .is_some_and(|value| self.at.fold(value) == Constant::Bool(false))
    }
}

#[cfg(test)]
mod tests;
