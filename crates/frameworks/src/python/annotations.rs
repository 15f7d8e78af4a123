//! A Python annotation -> what it means: [`Shape`], whether `None` is legal, the metadata of `Annotated`, and what
//! `Final`, `Required`, `Mapped` and the like say about the field.
//!
//! Names are resolved over the project ([`Names`]), so aliases, `NewType`s, `type X = ...` and annotations in quotes are seen
//! through; classes of the repository become references or enumerations. Deliberately absent: what a framework makes
//! of an annotation (a default of `None`, `type_annotation_map`, JSON forms).

mod classes;
mod known_types;
#[cfg(test)]
mod tests;
pub(crate) mod text;

use alignment_model::code::{Assign, Expr, ExprKind, Literal, Operator, TypeDecl, TypeDeclKind};
use alignment_model::shape::{DeclarationKey, EnumShape, MapKey, Shape, TypeRef, Value};
use alignment_model::{FileId, Known, Why};

use self::classes::Classes;
use self::known_types::Meaning;
use super::{Names, Target, enums};

/// Types inside types beyond this are not read: the deepest real annotation found has seven.
const MAX_DEPTH: u16 = 64;

/// Nodes of one annotation after aliases are expanded. Aliases that double each other are exponential without it.
const MAX_NODES: u16 = 4096;

/// What an annotation says.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// The type without `None`.
    pub shape: Shape,
    /// Whether the type admits `None`: written, inside an alias, or because it admits anything.
    pub nullable: Known<bool>,
    /// Metadata of `Annotated`, and calls that constrain (`constr(max_length=3)`), in the order in which they apply.
    pub metadata: Vec<Metadata>,
    /// What is said about the field beside its type.
    pub qualifiers: Vec<Qualifier>,
}

/// One piece of metadata.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// As written: `Field(max_length=3)`, `mapped_column(primary_key=True)`, `constr(max_length=3)`.
    pub expr: Expr,
    /// The file it is written in, where its names are to be resolved: an alias may come from another file.
    pub file: FileId,
    /// The class it is written in.
    pub scope: Box<str>,
    /// It stands on one member of a union with `None`: Pydantic then takes constraints from it, but no default and no alias.
    pub in_optional: bool,
}

/// What an annotation says about a field beside its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualifier {
    /// `ClassVar[T]`: no field.
    ClassVar,
    /// `Final[T]`.
    Final,
    /// `Required[T]` of a typed dictionary.
    Required,
    /// `NotRequired[T]` of a typed dictionary.
    NotRequired,
    /// `ReadOnly[T]` of a typed dictionary.
    ReadOnly,
    /// `SkipJsonSchema[T]`: in no JSON schema (Pydantic, `pydantic/json_schema.py`, `SkipJsonSchema`).
    Undescribed,
    /// `InitVar[T]` of a dataclass: a parameter, no field.
    InitVar,
    /// SQLAlchemy's `Mapped[T]` and its kin.
    Mapped,
}

/// Where an annotation stands.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    /// The file.
    pub file: FileId,
    /// Dotted path of the class around it; empty at module level.
    pub scope: &'p str,
    /// Type parameters in force by name, each with what it stands for: [`Shape::Parameter`] inside the generic class
    /// itself, the argument where the class is inherited with one. A type variable that is not here is [`Shape::Any`].
    pub bindings: &'p [(Box<str>, Shape)],
}

impl<'p> Place<'p> {
    /// A place without type parameters.
    pub fn new(file: FileId, scope: &'p str) -> Self {
        Self { file, scope, bindings: &[] }
    }
}

/// Reads annotations; remembers what each class is.
pub struct Annotations<'n, 'a> {
    names: &'n Names<'a>,
    classes: Classes,
}

impl<'n, 'a> Annotations<'n, 'a> {
    /// A reader over these names.
    pub fn new(names: &'n Names<'a>) -> Self {
        Self { names, classes: Classes::default() }
    }

    /// What the annotation `expr` says at `place`.
    pub fn read(&self, place: Place<'_>, expr: &Expr) -> Annotation {
        let mut walk = Walk::new(self);
        let shape = walk.shape(place, expr, Level::Top, 0);
        let nullable = admits_null(&shape);
        Annotation {
            shape: shape.split_null().0,
            nullable,
            metadata: walk.metadata,
            qualifiers: walk.qualifiers,
        }
    }

    /// Names of the type variables in an expression, each once, in order.
    pub fn type_variables(&self, place: Place<'_>, expr: &Expr) -> Vec<Box<str>> {
        Walk::new(self).type_variables(place, expr)
    }

    /// The shape of an annotation with `None` in it, for a place where nullability does not stand beside the shape.
    pub fn shape(&self, place: Place<'_>, expr: &Expr) -> Shape {
        Walk::new(self).shape(place, expr, Level::Inner, 0)
    }
}

/// Whether `None` is one of the values of a shape.
pub fn admits_null(shape: &Shape) -> Known<bool> {
    let members = match shape {
        Shape::OneOf(members) => members.as_slice(),
        one => std::slice::from_ref(one),
    };
    if members.iter().any(|member| matches!(member, Shape::Null | Shape::Any | Shape::Json)) {
        return Known::Is(true);
    }
    let unknown = members.iter().find_map(|member| match member {
        Shape::Unknown(why) => Some(*why),
        // What stands for it may admit null or not.
        Shape::Parameter(_) => Some(Why::NotStated),
        _ => None,
    });
    unknown.map_or(Known::Is(false), Known::Unknown)
}

/// How far a part of an annotation is from the field itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// It is the field's type.
    Top,
    /// It is the field's type, beside `None`.
    InOptional,
    /// It is inside a container, or one of several members of a union.
    Inner,
}

/// One reading.
struct Walk<'w, 'n, 'a> {
    reader: &'w Annotations<'n, 'a>,
    /// Aliases being expanded.
    open: Vec<DeclarationKey>,
    nodes: u16,
    metadata: Vec<Metadata>,
    qualifiers: Vec<Qualifier>,
}

impl<'w, 'n, 'a> Walk<'w, 'n, 'a> {
    fn new(reader: &'w Annotations<'n, 'a>) -> Self {
        Self { reader, open: Vec::new(), nodes: 0, metadata: Vec::new(), qualifiers: Vec::new() }
    }

    fn shape(&mut self, place: Place<'_>, expr: &Expr, level: Level, depth: u16) -> Shape {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            self.nodes = self.nodes.min(MAX_NODES);
            return Shape::Unknown(Why::UnsupportedConstruct);
        }
        let depth = depth + 1;
        match &expr.kind {
            ExprKind::Name(_) | ExprKind::Member(..) => self.named(place, expr, &[], level, depth),
            ExprKind::Index(base, index) => {
                let arguments = match &index.kind {
                    ExprKind::Tuple(items) => items.as_slice(),
                    _ => std::slice::from_ref(&**index),
                };
                // `X[()]` has no arguments, but is not bare `X`; nothing depends on the difference.
                self.named(place, base, arguments, level, depth)
            }
            ExprKind::Binary(Operator::Or, ..) => self.union(place, &alternatives(expr), level, depth),
            ExprKind::Literal(Literal::Null) => Shape::Null,
            ExprKind::Literal(Literal::Ellipsis) => Shape::Any,
            ExprKind::Literal(Literal::Text(text)) => match text::parse(text, expr.range) {
                Some(parsed) => self.shape(place, &parsed, level, depth),
                None => Shape::Unknown(Why::UnsupportedConstruct),
            },
            ExprKind::Call(call) => match self.resolve(place, &call.callee) {
                Target::External(path) => {
                    let arguments: Vec<&Expr> = call.positional().collect();
                    self.made(place, expr, known_types::meaning(&path), &arguments, level, depth)
                }
                _ => Shape::Unknown(Why::DynamicExpression),
            },
            ExprKind::Spread(inner) => self.shape(place, inner, Level::Inner, depth),
            ExprKind::Unknown => Shape::Unknown(Why::BrokenSyntax),
            _ => Shape::Unknown(Why::UnsupportedConstruct),
        }
    }

    /// A name with its type arguments.
    fn named(
        &mut self,
        place: Place<'_>,
        name: &Expr,
        arguments: &[Expr],
        level: Level,
        depth: u16,
    ) -> Shape {
        if let Some(bound) = name.as_name().and_then(|name| binding(place, name)) {
            return bound.clone();
        }
        match self.resolve(place, name) {
            Target::Class(key, class) => {
                if let Some(shape) = self.reader.classes.shape(self.reader.names, &key) {
                    return shape;
                }
                let arguments = self.shapes(place, arguments, depth);
                Shape::Ref(TypeRef { name: class.name.clone(), target: Some(key), arguments })
            }
            Target::Variable(key, assign) => self.variable(place, key, assign, arguments, level, depth),
            Target::Alias(key, declaration) => self.alias(place, key, declaration, arguments, level, depth),
            Target::External(path) => self.external(place, &path, arguments, level, depth),
            Target::Unknown => Shape::Unknown(Why::UndefinedName),
            _ => Shape::Unknown(Why::UnsupportedConstruct),
        }
    }

    /// A name of a package, with its type arguments.
    fn external(
        &mut self,
        place: Place<'_>,
        path: &str,
        arguments: &[Expr],
        level: Level,
        depth: u16,
    ) -> Shape {
        let last = || path.rsplit('.').next().unwrap_or(path);
        match known_types::meaning(path) {
            Some(Meaning::Is(shape) | Meaning::Constrained(shape)) => shape.clone(),
            Some(Meaning::List | Meaning::ConstrainedList) => {
                let items = self.shapes(place, arguments, depth);
                Shape::List(Box::new(if items.is_empty() { Shape::Any } else { Shape::one_of(items) }))
            }
            Some(Meaning::Map) => {
                let key = MapKey(Box::new(self.nth(place, arguments, 0, depth)));
                Shape::Map(key, Box::new(self.nth(place, arguments, 1, depth)))
            }
            Some(Meaning::Counter) => {
                let key = MapKey(Box::new(self.nth(place, arguments, 0, depth)));
                Shape::Map(key, Box::new(Shape::Int(None)))
            }
            Some(Meaning::Union) => {
                let members: Vec<&Expr> = arguments.iter().collect();
                self.union(place, &members, level, depth)
            }
            Some(Meaning::Optional) => {
                let inner = if level == Level::Inner { Level::Inner } else { Level::InOptional };
                let members = arguments.iter().map(|argument| self.shape(place, argument, inner, depth));
                let members: Vec<Shape> = members.chain([Shape::Null]).collect();
                Shape::one_of(members)
            }
            Some(Meaning::Literal) => self.literals(place, arguments, depth),
            Some(Meaning::Annotated) => self.annotated(place, arguments, level, depth),
            Some(Meaning::Qualifier(qualifier)) => {
                if level == Level::Top {
                    self.qualifiers.push(*qualifier);
                }
                arguments.first().map_or(Shape::Any, |inner| self.shape(place, inner, level, depth))
            }
            Some(Meaning::Transparent) => {
                arguments.first().map_or(Shape::Any, |inner| self.shape(place, inner, level, depth))
            }
            Some(Meaning::Promise) => {
                let yielded = arguments.last().map(|last| self.shape(place, last, Level::Inner, depth));
                Shape::Promise(Box::new(yielded.unwrap_or(Shape::Any)))
            }
            Some(Meaning::Enum) => Shape::Enum(EnumShape {
                name: last().into(),
                target: None,
                values: Known::Unknown(Why::ExternalName),
            }),
            Some(Meaning::TypeVariable) => Shape::Any,
            Some(Meaning::Renamed | Meaning::MakesClass | Meaning::EnumBase) => {
                Shape::Unknown(Why::UnsupportedConstruct)
            }
            // A class of the language itself without a row in the table: an exception, a `range`.
            None if path.starts_with("builtins.") => {
                Shape::Ref(TypeRef { name: last().into(), target: None, arguments: Vec::new() })
            }
            None => Shape::Unknown(Why::ExternalName),
        }
    }

    /// A call that makes a type where it stands: `constr(max_length=3)`, `conlist(int)`, the value of `X = NewType(...)`.
    fn made(
        &mut self,
        place: Place<'_>,
        call: &Expr,
        meaning: Option<&Meaning>,
        arguments: &[&Expr],
        level: Level,
        depth: u16,
    ) -> Shape {
        match meaning {
            Some(Meaning::Constrained(shape)) => {
                self.push_metadata(place, call, level);
                shape.clone()
            }
            Some(Meaning::ConstrainedList) => {
                self.push_metadata(place, call, level);
                let item = call.as_call().and_then(|call| call.keyword("item_type"));
                let item = item.or_else(|| arguments.first().copied());
                let item = item.map(|item| self.shape(place, item, Level::Inner, depth));
                Shape::List(Box::new(item.unwrap_or(Shape::Any)))
            }
            Some(Meaning::Renamed) => {
                let value = call.as_call().and_then(|call| call.keyword("value"));
                let renamed = arguments.get(1).copied().or(value);
                renamed.map_or(Shape::Unknown(Why::NotStated), |inner| self.shape(place, inner, level, depth))
            }
            Some(Meaning::TypeVariable) => Shape::Any,
            Some(_) => Shape::Unknown(Why::UnsupportedConstruct),
            None => Shape::Unknown(Why::ExternalName),
        }
    }

    /// A module-level or class-level variable that is used as a type.
    fn variable(
        &mut self,
        place: Place<'_>,
        key: DeclarationKey,
        assign: &Assign,
        arguments: &[Expr],
        level: Level,
        depth: u16,
    ) -> Shape {
        let Some(value) = &assign.value else { return Shape::Unknown(Why::NotStated) };
        let home = Place::new(key.file, parent(&key.path));
        if let Some(call) = value.as_call()
            && let Target::External(path) = self.resolve(home, &call.callee)
        {
            match known_types::meaning(&path) {
                Some(Meaning::TypeVariable) => return Shape::Any,
                Some(Meaning::MakesClass) => {
                    let name = last_segment(&key.path).into();
                    return Shape::Ref(TypeRef { name, target: Some(key), arguments: Vec::new() });
                }
                Some(Meaning::EnumBase) => {
                    let members =
                        enums::functional_members(self.reader.names, home.file, home.scope, &path, call);
                    let values = enums::values(&members);
                    let name = last_segment(&key.path).into();
                    return Shape::Enum(EnumShape { name, target: Some(key), values });
                }
                _ => {}
            }
        }
        // `Pair = tuple[T, T]` used as `Pair[int]`: the variables in the order in which they first occur.
        let parameters = if arguments.is_empty() { Vec::new() } else { self.type_variables(home, value) };
        let bindings = self.bind(place, &parameters, arguments, depth);
        let home = Place { bindings: &bindings, ..home };
        self.expand(home, key.clone(), |walk, home| walk.shape(home, value, level, depth))
    }

    /// A `type X[T] = ...` statement.
    fn alias(
        &mut self,
        place: Place<'_>,
        key: DeclarationKey,
        declaration: &TypeDecl,
        arguments: &[Expr],
        level: Level,
        depth: u16,
    ) -> Shape {
        let TypeDeclKind::Alias(value) = &declaration.kind else {
            return Shape::Unknown(Why::UnsupportedConstruct);
        };
        let Some(value) = value.expression() else { return Shape::Unknown(Why::UnsupportedConstruct) };
        let parameters: Vec<Box<str>> = declaration.type_parameters.iter().map(|p| p.name.clone()).collect();
        let bindings = self.bind(place, &parameters, arguments, depth);
        let path = key.path.clone();
        let home = Place { file: key.file, scope: parent(&path), bindings: &bindings };
        self.expand(home, key, |walk, home| walk.shape(home, value, level, depth))
    }

    /// Runs `read` unless the alias is being read already.
    fn expand(
        &mut self,
        home: Place<'_>,
        key: DeclarationKey,
        read: impl FnOnce(&mut Self, Place<'_>) -> Shape,
    ) -> Shape {
        if self.open.contains(&key) {
            return Shape::Unknown(Why::Recursive);
        }
        self.open.push(key);
        let shape = read(self, home);
        self.open.pop();
        shape
    }

    /// `Annotated[T, m, ...]`: inner metadata applies before outer.
    fn annotated(&mut self, place: Place<'_>, arguments: &[Expr], level: Level, depth: u16) -> Shape {
        let Some((inner, metadata)) = arguments.split_first() else { return Shape::Unknown(Why::NotStated) };
        let shape = self.shape(place, inner, level, depth);
        for expr in metadata {
            self.push_metadata(place, expr, level);
        }
        shape
    }

    fn push_metadata(&mut self, place: Place<'_>, expr: &Expr, level: Level) {
        if level != Level::Inner {
            let in_optional = level == Level::InOptional;
            let (file, scope) = (place.file, place.scope.into());
            self.metadata.push(Metadata { expr: expr.clone(), file, scope, in_optional });
        }
    }

    fn union(&mut self, place: Place<'_>, members: &[&Expr], level: Level, depth: u16) -> Shape {
        let others = members.iter().filter(|member| !member.is_null()).count();
        let inner = match level {
            Level::Top | Level::InOptional if others == members.len() && others == 1 => level,
            Level::Top | Level::InOptional if others == 1 => Level::InOptional,
            _ => Level::Inner,
        };
        Shape::one_of(members.iter().map(|member| self.shape(place, member, inner, depth)).collect())
    }

    fn literals(&mut self, place: Place<'_>, arguments: &[Expr], depth: u16) -> Shape {
        let mut members = Vec::with_capacity(arguments.len());
        for argument in arguments {
            members.push(match literal_value(argument) {
                Some(Value::Null) => Shape::Null,
                Some(value) => Shape::Literals(vec![value]),
                None => self.literal_name(place, argument, depth),
            });
        }
        Shape::one_of(members)
    }

    /// `Literal[Color.RED]`: the member's value. `Literal[OTHER_LITERAL]`: an alias of literals.
    fn literal_name(&mut self, place: Place<'_>, argument: &Expr, depth: u16) -> Shape {
        match self.reader.names.fold(place.file, place.scope, argument).value() {
            Some(Value::Null) => Shape::Null,
            Some(value) => Shape::Literals(vec![value]),
            None if matches!(argument.kind, ExprKind::Name(_) | ExprKind::Index(..)) => {
                self.shape(place, argument, Level::Inner, depth)
            }
            None => Shape::Unknown(Why::DynamicExpression),
        }
    }

    /// Shapes of type arguments; the `...` of `tuple[int, ...]` is none.
    fn shapes(&mut self, place: Place<'_>, arguments: &[Expr], depth: u16) -> Vec<Shape> {
        let written = arguments.iter().filter(|a| !matches!(a.kind, ExprKind::Literal(Literal::Ellipsis)));
        written.map(|argument| self.shape(place, argument, Level::Inner, depth)).collect()
    }

    fn nth(&mut self, place: Place<'_>, arguments: &[Expr], at: usize, depth: u16) -> Shape {
        arguments.get(at).map_or(Shape::Any, |argument| self.shape(place, argument, Level::Inner, depth))
    }

    /// Each parameter with its argument.
    fn bind(
        &mut self,
        place: Place<'_>,
        parameters: &[Box<str>],
        arguments: &[Expr],
        depth: u16,
    ) -> Vec<(Box<str>, Shape)> {
        let mut bindings = Vec::with_capacity(parameters.len());
        for (at, parameter) in parameters.iter().enumerate() {
            bindings.push((parameter.clone(), self.nth(place, arguments, at, depth)));
        }
        bindings
    }

    /// Names of type variables in an alias's value, each once, in order.
    fn type_variables(&mut self, home: Place<'_>, value: &Expr) -> Vec<Box<str>> {
        let (mut found, mut stack): (Vec<Box<str>>, _) = (Vec::new(), vec![value]);
        while let Some(expr) = stack.pop() {
            match &expr.kind {
                ExprKind::Index(base, index) => stack.extend([&**index, &**base]),
                ExprKind::Binary(_, left, right) => stack.extend([&**right, &**left]),
                ExprKind::Tuple(items) | ExprKind::List(items) => stack.extend(items.iter().rev()),
                ExprKind::Name(name) if !found.contains(name) && self.is_type_variable(home, expr) => {
                    found.push(name.clone());
                }
                _ => {}
            }
        }
        found
    }

    fn is_type_variable(&mut self, home: Place<'_>, name: &Expr) -> bool {
        let Target::Variable(key, Assign { value: Some(value), .. }) = self.resolve(home, name) else {
            return false;
        };
        let Some(call) = value.as_call() else { return false };
        let home = Place::new(key.file, parent(&key.path));
        matches!(self.resolve(home, &call.callee), Target::External(path)
            if matches!(known_types::meaning(&path), Some(Meaning::TypeVariable)))
    }

    /// What a name stands for where an annotation is evaluated. Fields and methods of the class itself are no types:
    /// `date: date | None = None` means the module's `date`, which is what Python finds before the field is bound.
    fn resolve(&self, place: Place<'_>, expr: &Expr) -> Target<'a> {
        let target = self.reader.names.resolve(place.file, place.scope, expr);
        let is_own = |key: &DeclarationKey| key.file == place.file && parent(&key.path) == place.scope;
        match &target {
            Target::Variable(key, Assign { annotation: Some(_), .. }) | Target::Function(key, _)
                if !place.scope.is_empty() && is_own(key) =>
            {
                self.reader.names.resolve(place.file, parent(place.scope), expr)
            }
            _ => target,
        }
    }
}

/// The members of `A | B | C`, without recursion: a union may have a thousand.
fn alternatives(expr: &Expr) -> Vec<&Expr> {
    let (mut members, mut stack) = (Vec::new(), vec![expr]);
    while let Some(expr) = stack.pop() {
        match &expr.kind {
            ExprKind::Binary(Operator::Or, left, right) => stack.extend([&**right, &**left]),
            _ => members.push(expr),
        }
    }
    members
}

/// A literal as a value, if it is one.
pub(crate) fn literal_value(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Literal(literal) => match literal {
            Literal::Text(text) => Some(Value::Text(text.clone())),
            Literal::Int(number) => Some(Value::Number(number.to_string().into())),
            Literal::Number(number) => Some(Value::Number(number.clone())),
            Literal::Bool(value) => Some(Value::Bool(*value)),
            Literal::Null => Some(Value::Null),
            _ => None,
        },
        ExprKind::Unary(Operator::Negate, inner) => match literal_value(inner)? {
            Value::Number(number) => Some(Value::Number(format!("-{number}").into())),
            _ => None,
        },
        _ => None,
    }
}

fn binding<'p>(place: Place<'p>, name: &str) -> Option<&'p Shape> {
    place.bindings.iter().find(|(bound, _)| &**bound == name).map(|(_, shape)| shape)
}

/// `Outer` of `Outer.Inner`, empty for a name of the module.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

pub(crate) fn last_segment(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
