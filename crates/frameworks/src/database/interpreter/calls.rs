//! Calls: functions of the project are inlined with their arguments; what packages make is known by its dotted path.

use std::rc::Rc;

use alignment_model::code::{Bodies, Call, Expr, ExprKind, Parameter, ParameterKind};
use alignment_model::schema_change::HOLE;
use alignment_model::shape::DeclarationKey;
use alignment_model::{Span, TextRange};

use super::objects::has_decorator;
use super::statements::Flow;
use super::value::{Frame, FunctionValue, Record, Text, Value};
use super::{Interpreter, MAX_CALLS};
use crate::alembic::join_path;
use crate::sqlalchemy::types::ColumnType;

/// The arguments of a call, evaluated.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments<'a> {
    pub(super) positional: Vec<Argument<'a>>,
    pub(super) keywords: Vec<(Box<str>, Argument<'a>)>,
    /// Further ones are given that are not known.
    pub(super) open: bool,
}

/// One argument.
#[derive(Clone, Debug)]
pub(super) struct Argument<'a> {
    pub(super) value: Value<'a>,
    /// As written; `None` where a spread gives it.
    pub(super) expr: Option<&'a Expr>,
}

/// A call being evaluated: who calls, and where.
pub(super) struct Site<'f, 'a> {
    pub(super) frame: &'f Rc<Frame<'a>>,
    pub(super) call: &'a Call,
    pub(super) range: TextRange,
}

impl Site<'_, '_> {
    pub(super) fn span(&self) -> Span {
        self.range.in_file(self.frame.file)
    }
}

impl<'a> Arguments<'a> {
    /// An argument by position, else by keyword.
    pub(super) fn get(&self, position: usize, keyword: &str) -> Option<&Argument<'a>> {
        self.positional.get(position).or_else(|| self.keyword(keyword))
    }

    pub(super) fn keyword(&self, keyword: &str) -> Option<&Argument<'a>> {
        self.keywords.iter().rev().find(|(name, _)| &**name == keyword).map(|(_, argument)| argument)
    }

    /// The value of an argument by position, else by keyword.
    pub(super) fn value(&self, position: usize, keyword: &str) -> Option<&Value<'a>> {
        self.get(position, keyword).map(|argument| &argument.value)
    }

    /// The text of an argument; a hole where it is given and not known.
    pub(super) fn text(&self, position: usize, keyword: &str) -> Option<Box<str>> {
        match self.value(position, keyword)? {
            Value::None => None,
            value => Some(value.as_text().map_or_else(|| HOLE.to_string().into(), Into::into)),
        }
    }
}

impl Arguments<'_> {
    /// Whether an argument is a name that no convention changes any more.
    pub(super) fn is_final(&self, position: usize, keyword: &str) -> bool {
        matches!(self.value(position, keyword), Some(Value::Text(text)) if text.is_final)
    }
}

impl<'a> Interpreter<'_, 'a> {
    pub(super) fn call(&mut self, frame: &Rc<Frame<'a>>, call: &'a Call, expr: &'a Expr) -> Value<'a> {
        let site = Site { frame, call, range: expr.range };
        if let ExprKind::Member(object, method) = &call.callee.kind {
            let callee = self.eval(frame, &call.callee);
            if matches!(callee, Value::Function(_) | Value::External(_) | Value::Class(_)) {
                return self.call_value(&site, callee);
            }
            let object_value = self.eval(frame, object);
            let arguments = self.arguments(frame, call);
            return self.method(&site, object, object_value, method, arguments);
        }
        let callee = self.eval(frame, &call.callee);
        self.call_value(&site, callee)
    }

    pub(super) fn arguments(&mut self, frame: &Rc<Frame<'a>>, call: &'a Call) -> Arguments<'a> {
        let mut arguments = Arguments::default();
        for argument in &call.arguments {
            match (&argument.value.kind, &argument.keyword) {
                (ExprKind::Spread(inner), _) => {
                    let inner = self.eval(frame, inner);
                    match (&inner, self.items(&inner)) {
                        (Value::Map(entries), _) if argument.keyword.is_some() => {
                            for (key, value) in entries.iter() {
                                let Some(key) = key.as_text() else { continue };
                                let value = Argument { value: value.clone(), expr: None };
                                arguments.keywords.push((key.into(), value));
                            }
                        }
                        (_, Some(list)) => {
                            let items =
                                list.items.iter().cloned().map(|value| Argument { value, expr: None });
                            arguments.positional.extend(items);
                            arguments.open |= list.open;
                        }
                        _ => arguments.open = true,
                    }
                }
                (_, keyword) => {
                    let value = self.eval(frame, &argument.value);
                    let evaluated = Argument { value, expr: Some(&argument.value) };
                    match keyword {
                        Some(keyword) => arguments.keywords.push((keyword.clone(), evaluated)),
                        None => arguments.positional.push(evaluated),
                    }
                }
            }
        }
        arguments
    }

    fn call_value(&mut self, site: &Site<'_, 'a>, callee: Value<'a>) -> Value<'a> {
        match callee {
            Value::Function(function) => {
                let arguments = self.arguments(site.frame, site.call);
                self.call_function(&function, arguments)
            }
            Value::External(path) => self.call_external(site, &path),
            Value::Class(key) => self.make(site, &key),
            Value::RecordClass(names) => {
                let arguments = self.arguments(site.frame, site.call);
                Self::record(&names, &arguments)
            }
            Value::Object(path) => {
                self.arguments(site.frame, site.call);
                Value::Object(path)
            }
            _ => {
                // Arguments may have effects of their own.
                self.arguments(site.frame, site.call);
                Value::Unknown
            }
        }
    }

    /// A function of the project, followed with these arguments.
    pub(super) fn call_function(
        &mut self,
        function: &FunctionValue<'a>,
        arguments: Arguments<'a>,
    ) -> Value<'a> {
        if self.calls >= MAX_CALLS {
            let span = function.function.name_range.in_file(function.file);
            self.unmodelled(Vec::new(), "a function that calls itself without end", span);
            return Value::Unknown;
        }
        if self.is_unread(function) {
            // What it does is not known; without a connection it can do nothing to the schema.
            let given =
                arguments.positional.iter().chain(arguments.keywords.iter().map(|(_, argument)| argument));
            let reaches = |value: &Value<'_>| match value {
                Value::Connection | Value::Cursor(_) | Value::Batch(_) => true,
                Value::External(path) => &**path == "alembic.op",
                _ => false,
            };
            if given.into_iter().any(|argument| reaches(&argument.value)) {
                let span = function.function.name_range.in_file(function.file);
                self.unmodelled(Vec::new(), "a function whose body was not read", span);
            }
            return Value::Unknown;
        }
        let mut arguments = arguments;
        if let Some(receiver) = &function.receiver {
            let receiver = Argument { value: (**receiver).clone(), expr: None };
            arguments.positional.insert(0, receiver);
        }
        // What a context manager yields is not followed into the body of its `with`.
        if self.program.is_some()
            && has_decorator(function.function, &["contextmanager", "asynccontextmanager"])
        {
            return Value::Unknown;
        }
        let frame = Frame::new(function.file, function.path.clone(), function.closure.clone());
        self.bind_parameters(&frame, &function.function.parameters, arguments);
        // In a function of its own, a failing change ends that function only where something catches it.
        self.calls += 1;
        let flow = self.block(&frame, &function.function.body);
        self.calls -= 1;
        match flow {
            Flow::Return(value) => value,
            Flow::Next | Flow::Jump(_) | Flow::MayJump(_) => Value::None,
            Flow::MayReturn => Value::Unknown,
            Flow::Raised => {
                self.raised |= self.guarded > 0;
                Value::Unknown
            }
        }
    }

    /// Whether the body of a function was left out when its file was parsed.
    fn is_unread(&self, function: &FunctionValue<'a>) -> bool {
        let facts = self.names.input().facts_of(function.file);
        function.function.body.is_empty() && facts.is_some_and(|facts| facts.bodies == Bodies::Omitted)
    }

    fn bind_parameters(
        &mut self,
        frame: &Rc<Frame<'a>>,
        parameters: &'a [Parameter],
        arguments: Arguments<'a>,
    ) {
        let mut positional = arguments.positional.into_iter();
        let mut keywords = arguments.keywords;
        for parameter in parameters {
            let mut named = |name: &str| {
                let at = keywords.iter().position(|(keyword, _)| &**keyword == name)?;
                Some(keywords.remove(at).1.value)
            };
            let value = match parameter.kind {
                ParameterKind::Rest => {
                    Value::list(positional.by_ref().map(|argument| argument.value).collect())
                }
                ParameterKind::KeywordRest => {
                    let rest = std::mem::take(&mut keywords).into_iter();
                    Value::Map(Rc::new(
                        rest.map(|(name, argument)| (Value::text(&*name), argument.value)).collect(),
                    ))
                }
                ParameterKind::Plain => match positional.next() {
                    Some(argument) => argument.value,
                    None => match named(&parameter.name) {
                        Some(value) => value,
                        None => self.default_of(frame, parameter, arguments.open),
                    },
                },
                ParameterKind::KeywordOnly => match named(&parameter.name) {
                    Some(value) => value,
                    None => self.default_of(frame, parameter, arguments.open),
                },
            };
            frame.set(&parameter.name, value);
        }
    }

    fn default_of(&mut self, frame: &Rc<Frame<'a>>, parameter: &'a Parameter, open: bool) -> Value<'a> {
        match &parameter.default {
            Some(default) if !open => self.eval(frame, default),
            _ => Value::Unknown,
        }
    }

    /// What a class of the project makes: a type of the database, or something else.
    fn make(&mut self, site: &Site<'_, 'a>, key: &DeclarationKey) -> Value<'a> {
        let ty = self.read_type(site.frame, site.call, site.range);
        if ty.sql.is().is_some() {
            return Value::Type(Rc::new(ty));
        }
        let arguments = self.arguments(site.frame, site.call);
        let followed = self.program.is_some() || self.is_plain(key);
        if followed && self.names.enum_constants(key).is_none() {
            return if self.calls < MAX_CALLS { self.instance(key, arguments) } else { Value::Unknown };
        }
        // `Status("active")`.
        if let Some(members) = self.names.enum_constants(key)
            && let Some(wanted) = arguments.value(0, "value")
        {
            let members: Vec<Value<'a>> = members.iter().map(Value::from_constant).collect();
            let by_value = |member: &&Value<'a>| match member {
                Value::EnumMember(_, _, value) => Value::from_constant(value).equals(wanted) == Some(true),
                _ => false,
            };
            return members.iter().find(by_value).cloned().unwrap_or(Value::Unknown);
        }
        Value::Unknown
    }

    /// Something of a package, called.
    fn call_external(&mut self, site: &Site<'_, 'a>, path: &str) -> Value<'a> {
        if let Some(value) = self.declared(site, path) {
            return value;
        }
        if let Some(function) = path.strip_prefix("alembic.op.") {
            let arguments = self.arguments(site.frame, site.call);
            return self.operation(site, function, arguments);
        }
        if let Some(function) = path.strip_prefix("builtins.") {
            let arguments = self.arguments(site.frame, site.call);
            return self.builtin(function, &arguments);
        }
        let arguments = self.arguments(site.frame, site.call);
        // `metadata = MetaData()` of the project's own, `SQLModel.metadata`, Flask's `db`.
        let maker = ["sqlalchemy.", "sqlmodel.", "flask_sqlalchemy."];
        if let Some((_, method @ ("create_all" | "drop_all"))) = path.rsplit_once('.')
            && maker.iter().any(|package| path.starts_with(package))
        {
            return self.metadata_method(site, method);
        }
        if self.program.is_some() && makes_connection(path) {
            return Value::Connection;
        }
        match path {
            "sqlalchemy.text" | "sqlalchemy.literal_column" | "sqlalchemy.DDL" => {
                sql_text(arguments.value(0, "text"))
            }
            // The sequence as a value: what `next_value()` gives.
            "sqlalchemy.Sequence" => match arguments.text(0, "name") {
                Some(name) => Value::Sql(Text::new(format!("nextval('{name}'::regclass)"))),
                None => Value::object(path),
            },
            "sqlalchemy.true" => Value::Sql(Text::new("true")),
            "sqlalchemy.false" => Value::Sql(Text::new("false")),
            "sqlalchemy.null" => Value::Sql(Text::new("NULL")),
            "sqlalchemy.inspect"
            | "sqlalchemy.engine.reflection.Inspector.from_engine"
            | "sqlalchemy.engine.reflection.Inspector"
            | "sqlalchemy.Inspector"
            | "sqlalchemy.Inspector.from_engine"
            | "sqlalchemy.engine.Inspector.from_engine" => Value::Inspector,
            "sqlalchemy.MetaData" => Value::Metadata,
            "alembic.context.is_offline_mode" => Value::Bool(false),
            "alembic.context.get_x_argument" => Value::Map(Rc::new(Vec::new())),
            "alembic.context.get_bind" | "alembic.context.get_context" => Value::Connection,
            "textwrap.dedent" | "inspect.cleandoc" => match arguments.value(0, "text") {
                Some(Value::Text(text)) => Value::Text(Text::new(&*text.text)),
                _ => Value::Unknown,
            },
            "pathlib.Path" | "os.path.abspath" | "os.path.realpath" => match arguments.value(0, "path") {
                Some(Value::Text(text)) => Value::Path(text.text.clone()),
                Some(Value::Path(path)) => Value::Path(path.clone()),
                _ => Value::Unknown,
            },
            "os.path.dirname" => match arguments.value(0, "p") {
                Some(path @ Value::Path(_)) => self.member(site.frame, path, "parent"),
                _ => Value::Unknown,
            },
            "os.path.join" => self.joined_path(&arguments),
            "contextlib.closing" | "contextlib.nullcontext" if self.program.is_some() => {
                arguments.positional.first().map_or(Value::Unknown, |argument| argument.value.clone())
            }
            "types.SimpleNamespace" if !arguments.open && arguments.positional.is_empty() => {
                let (names, arguments): (_, Vec<Argument<'a>>) = arguments.keywords.into_iter().unzip();
                let values = arguments.into_iter().map(|argument| argument.value).collect();
                Value::Record(Rc::new(Record { names, values }))
            }
            "collections.namedtuple" | "typing.NamedTuple" => {
                self.named_tuple(&arguments).map_or(Value::Unknown, Value::RecordClass)
            }
            "os.getenv" | "os.environ.get" | "json.loads" | "json.dumps" => Value::Unknown,
            _ if path.starts_with("sqlalchemy.orm.") && path.to_ascii_lowercase().contains("session") => {
                Value::Connection
            }
            _ => Value::object(path),
        }
    }

    /// The names of `namedtuple("Change", "table column")` and its spellings.
    fn named_tuple(&mut self, arguments: &Arguments<'a>) -> Option<Rc<[Box<str>]>> {
        let given = arguments.value(1, "field_names")?;
        if let Some(text) = given.as_text() {
            return Some(text.split([' ', ',']).filter(|name| !name.is_empty()).map(Into::into).collect());
        }
        let list = self.items(given).filter(|list| !list.open)?;
        let name = |item: &Value<'a>| match item {
            // `NamedTuple("Change", [("table", str)])`.
            Value::List(pair) => pair.items.first().and_then(Value::as_text).map(Into::into),
            item => item.as_text().map(Into::into),
        };
        list.items.iter().map(name).collect()
    }

    /// A named tuple with these names.
    fn record(names: &[Box<str>], arguments: &Arguments<'a>) -> Value<'a> {
        let given = names.iter().enumerate();
        let values =
            given.map(|(at, name)| arguments.value(at, name).cloned().unwrap_or(Value::Unknown)).collect();
        Value::Record(Rc::new(Record { names: names.to_vec(), values }))
    }

    fn joined_path(&mut self, arguments: &Arguments<'a>) -> Value<'a> {
        let mut parts = arguments.positional.iter().map(|argument| &argument.value);
        let Some(Value::Path(base)) = parts.next() else { return Value::Unknown };
        let mut joined = base.to_string();
        for part in parts {
            let Some(part) = part.as_text() else { return Value::Unknown };
            joined = join_path(&joined, part);
        }
        Value::Path(joined.into())
    }

    /// A method of a value.
    fn method(
        &mut self,
        site: &Site<'_, 'a>,
        object: &'a Expr,
        value: Value<'a>,
        method: &str,
        arguments: Arguments<'a>,
    ) -> Value<'a> {
        if let Some(given) = self.database_method(site, &value, method, &arguments) {
            return given;
        }
        match value {
            Value::Batch(table) => self.batch_operation(site, &table, method, arguments),
            Value::Inspector => self.inspect(method, &arguments),
            Value::Connection | Value::Dialect => self.connection_method(site, method, &arguments),
            Value::Rows(query) => self.rows_method(&query, method),
            Value::Row(query) if matches!(method, "scalar" | "get") => self.first_value(&query),
            Value::Metadata => self.metadata_method(site, method),
            Value::Type(ty) => self.type_method(site, &ty, method, &arguments),
            Value::Table(table) => self.table_method(site, &table, method, &arguments),
            Value::Path(path) => self.path_method(&path, method, &arguments),
            Value::Text(text) => self.text_method(&text.text, method, &arguments),
            Value::List(list) => self.list_method(site.frame, object, list, method, &arguments),
            Value::Map(entries) => self.map_method(site.frame, object, &entries, method, &arguments),
            // `text("...").bindparams(...)` and the like keep their text.
            Value::Sql(text) => Value::Sql(text),
            Value::Object(path) => Value::Object(path),
            Value::Class(key) => self.class_method(site, &key, method, arguments),
            Value::Column(_) | Value::Constraint(..) => Value::object("sqlalchemy.sql"),
            _ => Value::Unknown,
        }
    }

    /// A method of a class of the project.
    fn class_method(
        &mut self,
        site: &Site<'_, 'a>,
        key: &DeclarationKey,
        method: &str,
        arguments: Arguments<'a>,
    ) -> Value<'a> {
        if self.program.is_some()
            && let Value::Function(function) = self.method_of_class(key, method)
        {
            return self.call_function(&function, arguments);
        }
        // `Model.__table__.create(bind)` and `Model.metadata.create_all(bind)` are values before they come here.
        let member = self.member(site.frame, &Value::Class(key.clone()), method);
        match member {
            Value::Function(function) => self.call_function(&function, arguments),
            _ => Value::Unknown,
        }
    }

    fn type_method(
        &mut self,
        site: &Site<'_, 'a>,
        ty: &Rc<ColumnType>,
        method: &str,
        arguments: &Arguments<'a>,
    ) -> Value<'a> {
        match method {
            "create" => self.create_type(ty, site.span()),
            "drop" => self.drop_type(ty, site.span()),
            "with_variant" => {
                // Another type for another dialect.
                let for_postgresql = arguments
                    .positional
                    .iter()
                    .skip(1)
                    .any(|name| name.value.as_text() == Some("postgresql"));
                return match arguments.value(0, "type_") {
                    Some(variant) if for_postgresql => variant.clone(),
                    _ => Value::Type(ty.clone()),
                };
            }
            "copy" | "evolve" => return Value::Type(ty.clone()),
            _ => return Value::Unknown,
        }
        Value::None
    }

    /// Reading a file of the repository.
    fn path_method(&mut self, path: &Rc<str>, method: &str, arguments: &Arguments<'a>) -> Value<'a> {
        match method {
            "resolve" | "absolute" | "expanduser" => Value::Path(path.clone()),
            "joinpath" => arguments.positional.iter().fold(Value::Path(path.clone()), |base, part| {
                match (base, part.value.as_text()) {
                    (Value::Path(base), Some(part)) => Value::Path(join_path(&base, part).into()),
                    _ => Value::Unknown,
                }
            }),
            "exists" | "is_file" => Value::decided(Some(self.names.input().sources.find(path).is_some())),
            "open" => Value::Path(path.clone()),
            "read_text" | "read" => {
                let sources = self.names.input().sources;
                match sources.find(path) {
                    Some(file) => {
                        Value::Text(Text { origin: Some((file, 0)), ..Text::new(sources.text(file)) })
                    }
                    None => Value::Unknown,
                }
            }
            _ => Value::Unknown,
        }
    }
}

/// Whether a call of a package gives a connection, engine, pool or session.
fn makes_connection(path: &str) -> bool {
    let (package, function) =
        (path.split('.').next().unwrap_or(path), path.rsplit('.').next().unwrap_or(path));
    match package {
        "sqlite3" | "aiosqlite" | "psycopg" | "psycopg2" | "pymysql" | "mysql" | "MySQLdb" | "aiomysql" => {
            matches!(function, "connect" | "Connection" | "create_pool")
        }
        "asyncpg" => matches!(function, "connect" | "create_pool"),
        "sqlalchemy" | "sqlmodel" => {
            matches!(function, "create_engine" | "create_async_engine" | "Session" | "AsyncSession")
        }
        "psycopg_pool" => true,
        _ => false,
    }
}

/// `text("...")`: a colon that is no parameter is escaped by a backslash.
fn sql_text<'a>(argument: Option<&Value<'a>>) -> Value<'a> {
    match argument {
        Some(Value::Text(text)) if text.text.contains("\\:") => {
            Value::Sql(Text::new(text.text.replace("\\:", ":")))
        }
        Some(Value::Text(text) | Value::Sql(text)) => Value::Sql(text.clone()),
        _ => Value::Sql(Text::new(HOLE.to_string())),
    }
}
