//! Evaluated types -> shapes.

use alignment_model::shape::{EnumShape, MapKey, Property, Shape, TypeRef, Value};
use alignment_model::{FileId, Known, TextRange, Why};

use super::Types;
use super::kinds::{Kind, ObjectName, Ty};
use crate::typescript::names::Symbol;

/// Objects inside objects are written out this deep; beyond it their shape is unknown.
const MAX_NESTING: usize = 5;
/// Parts of one shape.
const MAX_PARTS: usize = 4_000;
/// Characters of a type as written that people are shown.
const MAX_WRITTEN: usize = 300;

/// A type without `null` and `undefined`, and what is known about those.
#[derive(Clone, Debug)]
pub struct Split {
    /// The rest.
    pub ty: Ty,
    /// Whether `null` is a legal value.
    pub nullable: Known<bool>,
    /// Whether `undefined` is.
    pub undefined: bool,
}

impl<'a> Types<'_, 'a> {
    /// The shape of a type, `null` and `undefined` included.
    pub fn shape(&mut self, ty: Ty) -> Shape {
        self.begin();
        let mut parts = 0;
        self.shape_of(ty, 0, &mut parts)
    }

    /// The shape of a type that is to be looked into: an object is written out, with what stands for its type parameters.
    pub fn expanded(&mut self, ty: Ty) -> Shape {
        self.begin();
        let ty = self.force(ty);
        match self.kind(ty) {
            Kind::Declared(..) | Kind::Object(_) => self.object_shape(ty, 0, &mut 0),
            _ => self.shape_of(ty, 0, &mut 0),
        }
    }

    /// Takes `null` and `undefined` out of a type.
    pub fn split(&mut self, ty: Ty) -> Split {
        let parts = self.parts(ty);
        let has = |this: &Self, kind: Kind<'a>| parts.iter().any(|part| *this.kind(*part) == kind);
        let undefined = has(self, Kind::Undefined);
        let nullable = if has(self, Kind::Null) {
            Known::Is(true)
        } else {
            let unsure = parts.iter().find_map(|part| match self.kind(*part) {
                Kind::Unknown(why) => Some(*why),
                Kind::Any | Kind::Anything | Kind::Parameter(_) => Some(Why::NotStated),
                _ => None,
            });
            unsure.map_or(Known::Is(false), Known::Unknown)
        };
        let rest = self.non_null(ty);
        let ty = match self.kind(rest) {
            Kind::Never if nullable.is_yes() => self.intern(Kind::Null),
            Kind::Never if undefined => self.intern(Kind::Undefined),
            _ => rest,
        };
        Split { ty, nullable, undefined }
    }

    /// Whether a type is a function, whatever else it may be beside `null` and `undefined`.
    pub(in crate::typescript) fn is_function(&mut self, ty: Ty) -> bool {
        let rest = self.non_null(ty);
        let parts = self.parts(rest);
        !matches!(self.kind(rest), Kind::Never) && parts.into_iter().all(|part| self.is_callable(part))
    }

    fn is_callable(&mut self, ty: Ty) -> bool {
        match self.kind(ty) {
            Kind::Function => true,
            Kind::Declared(..) | Kind::Object(_) => self.members(ty).callable,
            _ => false,
        }
    }

    /// The literal values of a type that is nothing but literals, `null` and `undefined` left out.
    pub(in crate::typescript) fn closed_values(&mut self, ty: Ty) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        for part in self.parts(ty) {
            match self.kind(part).clone() {
                Kind::Literal(value) => values.push(value),
                Kind::Enum(_) | Kind::EnumMember(..) => values.extend(self.enum_values_of(part)?),
                Kind::Null | Kind::Undefined => {}
                _ => return None,
            }
        }
        (!values.is_empty()).then_some(values)
    }

    fn shape_of(&mut self, ty: Ty, nesting: usize, parts: &mut usize) -> Shape {
        *parts += 1;
        if *parts > MAX_PARTS || !self.enter() {
            return Shape::Unknown(Why::Recursive);
        }
        let shape = match self.kind(ty) {
            Kind::Union(_) | Kind::Object(_) if self.shaping.contains(&ty) => {
                self.recursive_shape(ty, nesting, parts)
            }
            Kind::Union(_) | Kind::Object(_) => {
                self.shaping.push(ty);
                let shape = self.shape_form(ty, nesting, parts);
                self.shaping.pop();
                shape
            }
            _ => self.shape_form(ty, nesting, parts),
        };
        self.leave();
        shape
    }

    /// The shape of a type inside itself: its name, if it has one.
    fn recursive_shape(&mut self, ty: Ty, nesting: usize, parts: &mut usize) -> Shape {
        let name = match *self.kind(ty) {
            Kind::Object(id) => self.object_of(id).and_then(|object| match object.name {
                Some(ObjectName::Alias(symbol)) => Some((symbol, object.arguments.clone())),
                _ => None,
            }),
            _ => self.union_names.get(&ty).cloned(),
        };
        match name {
            Some((symbol, arguments)) => self.reference_shape(symbol, &arguments, nesting, parts),
            None => Shape::Unknown(Why::Recursive),
        }
    }

    fn shape_form(&mut self, ty: Ty, nesting: usize, parts: &mut usize) -> Shape {
        match self.kind(ty).clone() {
            Kind::Any | Kind::Anything => Shape::Any,
            Kind::Unknown(why) => Shape::Unknown(why),
            Kind::Never => Shape::Never,
            Kind::Null => Shape::Null,
            Kind::Undefined => Shape::Undefined,
            Kind::Text => Shape::Text,
            Kind::Number => Shape::Number,
            Kind::Bool => Shape::Bool,
            Kind::BigInt => Shape::Int(None),
            Kind::Symbol => Shape::Unknown(Why::UnsupportedConstruct),
            Kind::NonPrimitive => Shape::Object(Vec::new()),
            Kind::Date => Shape::DateTime(Known::Unknown(Why::NotStated)),
            Kind::Function => Shape::Function,
            Kind::Literal(value) => Shape::Literals(vec![value]),
            Kind::Enum(symbol) | Kind::EnumMember(symbol, _) => Shape::Enum(self.enum_shape(symbol, ty)),
            Kind::Parameter(name) => Shape::Parameter(name.into()),
            Kind::List(element) => Shape::List(Box::new(self.shape_of(element, nesting + 1, parts))),
            Kind::Tuple(elements) => {
                let element = self.union(elements.iter().copied());
                Shape::List(Box::new(self.shape_of(element, nesting + 1, parts)))
            }
            Kind::Promise(inner) => Shape::Promise(Box::new(self.shape_of(inner, nesting + 1, parts))),
            Kind::Map(value) => {
                Shape::Map(MapKey::text(), Box::new(self.shape_of(value, nesting + 1, parts)))
            }
            Kind::Union(members) => self.union_shape(&members, nesting, parts),
            Kind::Declared(symbol, arguments) => self.declared_shape(ty, symbol, &arguments, nesting, parts),
            Kind::Alias(symbol, arguments) => self.reference_shape(symbol, &arguments, nesting, parts),
            Kind::Library(name) => {
                Shape::Ref(TypeRef { name: name.into(), target: None, arguments: Vec::new() })
            }
            Kind::Object(id) => self.nameless_shape(ty, id, nesting, parts),
        }
    }

    fn declared_shape(
        &mut self,
        ty: Ty,
        symbol: Symbol,
        arguments: &[Ty],
        nesting: usize,
        parts: &mut usize,
    ) -> Shape {
        match self.callable_or_map(ty, nesting, parts) {
            Some(shape) => shape,
            None => self.reference_shape(symbol, arguments, nesting, parts),
        }
    }

    /// An object that can be called is a function; one that has nothing but an index signature is a map.
    fn callable_or_map(&mut self, ty: Ty, nesting: usize, parts: &mut usize) -> Option<Shape> {
        let members = self.members(ty);
        if members.callable {
            return Some(Shape::Function);
        }
        let index = members.index.filter(|_| members.list.is_empty() && members.lacks.is_empty())?;
        Some(Shape::Map(MapKey::text(), Box::new(self.shape_of(index, nesting + 1, parts))))
    }

    fn reference_shape(
        &mut self,
        symbol: Symbol,
        arguments: &[Ty],
        nesting: usize,
        parts: &mut usize,
    ) -> Shape {
        let arguments =
            arguments.iter().map(|argument| self.shape_of(*argument, nesting + 1, parts)).collect();
        Shape::Ref(TypeRef {
            name: self.names.name(symbol).into(),
            target: self.names.key(symbol),
            arguments,
        })
    }

    fn nameless_shape(&mut self, ty: Ty, id: u32, nesting: usize, parts: &mut usize) -> Shape {
        if let Some(shape) = self.callable_or_map(ty, nesting, parts) {
            return shape;
        }
        let Some(object) = self.object_of(id) else { return Shape::Unknown(Why::Recursive) };
        let arguments = object.arguments.clone();
        match object.name {
            Some(ObjectName::Alias(symbol)) => {
                return self.reference_shape(symbol, &arguments, nesting, parts);
            }
            // The compiler prints a record of known keys as the object it is.
            Some(ObjectName::Utility("Record")) | None => {}
            Some(ObjectName::Utility(name)) => {
                let arguments =
                    arguments.iter().map(|argument| self.shape_of(*argument, nesting + 1, parts)).collect();
                return Shape::Ref(TypeRef { name: name.into(), target: None, arguments });
            }
        }
        if nesting > 0
            && let Some(key) = self.schema_members.get(&id)
        {
            let name = key.path.rsplit('.').next().unwrap_or_default().into();
            return Shape::Ref(TypeRef { name, target: Some(key.clone()), arguments: Vec::new() });
        }
        self.object_shape(ty, nesting, parts)
    }

    /// An object written out.
    fn object_shape(&mut self, ty: Ty, nesting: usize, parts: &mut usize) -> Shape {
        let members = self.members(ty);
        if nesting >= MAX_NESTING {
            return Shape::Unknown(Why::Recursive);
        }
        let mut properties = Vec::with_capacity(members.list.len());
        for member in &members.list {
            let ty = self.member_type(member);
            let split = self.split(ty);
            properties.push(Property {
                name: (&*member.name).into(),
                shape: self.shape_of(split.ty, nesting + 1, parts),
                nullable: split.nullable,
                optional: member.optional || split.undefined,
            });
        }
        Shape::Object(properties)
    }

    fn union_shape(&mut self, members: &[Ty], nesting: usize, parts: &mut usize) -> Shape {
        if let Some(shape) = self.enum_union(members) {
            return shape;
        }
        let (mut shapes, mut literals, mut literals_at) = (Vec::new(), Vec::new(), None);
        for member in members {
            // Literals are one part, however many.
            if let Kind::Literal(value) = self.kind(*member) {
                literals_at.get_or_insert(shapes.len());
                literals.push(value.clone());
                continue;
            }
            let shape = self.shape_of(*member, nesting, parts);
            if let Shape::Unknown(why) = shape {
                return Shape::Unknown(why);
            }
            shapes.push(shape);
        }
        if let Some(at) = literals_at {
            shapes.insert(at, Shape::Literals(literals));
        }
        Shape::one_of(shapes)
    }

    /// Members of one enum are that enum, with fewer values.
    fn enum_union(&mut self, members: &[Ty]) -> Option<Shape> {
        let mut found: Option<Symbol> = None;
        let mut values = Vec::new();
        for member in members {
            let symbol = match self.kind(*member) {
                Kind::EnumMember(symbol, _) => *symbol,
                _ => return None,
            };
            if found.is_some_and(|before| before != symbol) {
                return None;
            }
            found = Some(symbol);
            values.extend(self.enum_values_of(*member)?);
        }
        let symbol = found?;
        let (name, target) = (self.names.name(symbol).into(), self.names.key(symbol));
        Some(Shape::Enum(EnumShape { name, target, values: Known::Is(values) }))
    }

    fn enum_shape(&mut self, symbol: Symbol, ty: Ty) -> EnumShape {
        let values = self.enum_values_of(ty);
        EnumShape {
            name: self.names.name(symbol).into(),
            target: self.names.key(symbol),
            values: values.map_or(Known::Unknown(Why::DynamicExpression), Known::Is),
        }
    }

    /// The text at a place.
    pub(super) fn text(&self, file: FileId, range: TextRange) -> &'a str {
        let text = self.names.input().sources.text(file);
        text.get(range.to_usize()).unwrap_or_default()
    }

    /// What is written at a place, white space folded, cut where it is long.
    pub(in crate::typescript) fn written(&self, file: FileId, range: TextRange) -> String {
        let mut out = String::new();
        for word in self.text(file, range).split_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
            if out.len() > MAX_WRITTEN {
                let cut = (0..=MAX_WRITTEN).rev().find(|at| out.is_char_boundary(*at)).unwrap_or(0);
                out.truncate(cut);
                out.push('…');
                break;
            }
        }
        out
    }
}
