//! What stands behind an interface: the objects that functions and variables of the project make for it, and the classes that
//! implement it.
//!
//! ```text
//! interface Http { get<T>(url: string): Promise<T> }
//! const http = (axios: AxiosInstance): Http => ({ get: async (url) => (await axios.get(url)).data })
//! class Users { constructor(private http: Http) {} list() { return this.http.get<User[]>("/users") } }
//! ```
//!
//! Only interfaces with functions are looked behind: of data one object tells nothing about the next. Deliberately absent: the
//! properties of components, which markup makes, and objects in tests.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use alignment_model::FileId;
use alignment_model::code::{
    Assign, Class, Expr, ExprKind, Function, Statement, TypeDecl, TypeDeclKind, TypeExpr, TypeKind,
    TypeMember, TypeMemberKind,
};

use super::annotations::something;
use super::answers::awaited;
use super::frame::{Callable, Frame, Instance, Place, This};
use super::urls::address;
use super::values::{Value, Values};
use crate::typescript::names::{Declaration, Declared, Names, Symbol, Target};

/// Something that makes an object for an interface.
enum Maker<'a> {
    Class(FileId, &'a Class),
    /// A function, and the class whose method it is.
    Function(FileId, &'a Function, Option<&'a Class>),
    Value(FileId, &'a Expr),
}

/// What stands behind interfaces.
#[derive(Default)]
pub(super) struct Implementers<'a> {
    makers: HashMap<Symbol, Vec<Maker<'a>>>,
    /// The interface of a parameter, by function and position.
    parameters: HashMap<(usize, usize), Symbol>,
    /// The type of a parameter that may be an object, by function and position.
    types: HashMap<(usize, usize), (FileId, &'a TypeExpr)>,
    found: RefCell<HashMap<Symbol, Value<'a>>>,
    /// Interfaces that are being looked behind.
    asked: Cell<usize>,
}

/// Interfaces that lead to one another.
const MAX_ASKED: usize = 6;

impl<'a> Implementers<'a> {
    pub(super) fn new(names: &Names<'a>, declared: &[Declared<'a>]) -> Self {
        let mut this = Self::default();
        for declared in declared {
            this.note(names, declared.file, declared.declaration);
        }
        this
    }

    fn note(&mut self, names: &Names<'a>, file: FileId, declaration: Declaration<'a>) {
        match declaration {
            Declaration::Class(class) => {
                for ty in &class.implements {
                    self.add(names, file, ty, Maker::Class(file, class));
                }
                for member in &class.body {
                    if let Statement::Function(method) = member {
                        self.note_function(names, file, method, Some(class));
                    }
                }
            }
            Declaration::Function(function) => self.note_function(names, file, function, None),
            Declaration::Variable(assign) => self.note_variable(names, file, assign),
            Declaration::Parameter(function, at) => {
                let annotation = function.parameters.get(at).and_then(|one| one.annotation.as_ref());
                if let Some(ty) = annotation.filter(|ty| may_be_object(ty)) {
                    self.types.insert((address(function), at), (file, ty));
                }
                // What a component is given comes from markup (react.dev, "Your First Component": names begin with a capital).
                let is_component = function.name.starts_with(char::is_uppercase);
                let parameter =
                    function.parameters.get(at).filter(|one| one.pattern.is_none() && !is_component);
                let ty = parameter.and_then(|parameter| parameter.annotation.as_ref());
                if let Some(symbol) = ty.and_then(|ty| interface(names, file, ty)) {
                    self.parameters.insert((address(function), at), symbol);
                }
            }
            _ => {}
        }
    }

    fn note_variable(&mut self, names: &Names<'a>, file: FileId, assign: &'a Assign) {
        let Some(value) = &assign.value else { return };
        if let Some(ty) = &assign.annotation {
            self.add(names, file, ty, Maker::Value(file, value));
        }
        if let ExprKind::Function(function) = &value.kind {
            self.note_function(names, file, function, None);
        }
    }

    fn note_function(
        &mut self,
        names: &Names<'a>,
        file: FileId,
        function: &'a Function,
        class: Option<&'a Class>,
    ) {
        if let Some(ty) = &function.returns {
            self.add(names, file, awaited(ty), Maker::Function(file, function, class));
        }
    }

    fn add(&mut self, names: &Names<'a>, file: FileId, ty: &'a TypeExpr, maker: Maker<'a>) {
        if let Some(symbol) = interface(names, file, ty) {
            self.makers.entry(symbol).or_default().push(maker);
        }
    }

    /// The type of a parameter that may be an object, with its file.
    pub(super) fn type_of_parameter(&self, function: &Function, at: usize) -> Option<(FileId, &'a TypeExpr)> {
        self.types.get(&(address(function), at)).copied()
    }

    /// The interface that a parameter is declared with.
    pub(super) fn of_parameter(&self, function: &Function, at: usize) -> Option<Symbol> {
        self.parameters.get(&(address(function), at)).copied()
    }
}

/// Whether a type may have properties that a file says.
fn may_be_object(ty: &TypeExpr) -> bool {
    match &something(ty).kind {
        TypeKind::Object(_) | TypeKind::Intersection(_) => true,
        TypeKind::Name { path, .. } => path.last().is_some_and(|name| name.starts_with(char::is_uppercase)),
        _ => false,
    }
}

/// The interface with functions that a type names, `null` beside it left out.
fn interface<'a>(names: &Names<'a>, file: FileId, ty: &TypeExpr) -> Option<Symbol> {
    let ty = something(ty);
    let TypeKind::Name { path, .. } = &ty.kind else { return None };
    let Target::Declared(symbol) = names.resolve_type(file, ty.range.start, path) else { return None };
    let mut declarations = names.declarations(symbol);
    let is_one =
        declarations.any(|(_, found)| matches!(found, Declaration::Type(decl) if has_functions(decl)));
    is_one.then_some(symbol)
}

fn has_functions(decl: &TypeDecl) -> bool {
    let is_function = |member: &TypeMember| match &member.kind {
        TypeMemberKind::Method { .. } => true,
        TypeMemberKind::Property { ty: Some(ty), .. } => matches!(ty.kind, TypeKind::Function(_)),
        _ => false,
    };
    match &decl.kind {
        TypeDeclKind::Interface { members, .. } => members.iter().any(is_function),
        TypeDeclKind::Alias(ty) => match &ty.kind {
            TypeKind::Object(members) => members.iter().any(is_function),
            _ => false,
        },
        _ => false,
    }
}

impl<'a> Values<'_, 'a> {
    /// One of the objects that are made for an interface, if there are any.
    pub(super) fn behind(&self, symbol: Symbol) -> Option<Value<'a>> {
        let implementers = &self.implementers;
        let makers = implementers.makers.get(&symbol)?;
        if let Some(found) = implementers.found.borrow().get(&symbol) {
            return is_several(found);
        }
        if implementers.asked.get() >= MAX_ASKED {
            return None;
        }
        implementers.asked.set(implementers.asked.get() + 1);
        // One that leads back to itself finds nothing there.
        implementers.found.borrow_mut().insert(symbol, Value::Unknown);
        let (mut made, _) = self
            .conditions
            .assuming(&[], || makers.iter().map(|maker| self.made(maker)).collect::<Vec<Value<'a>>>());
        made.retain(|value| matches!(value, Value::Object(..) | Value::Instance(_) | Value::OneOf(_)));
        let known: Vec<Value<'a>> = made.iter().filter(|value| is_bound(value)).cloned().collect();
        // What is made somewhere counts, not what could be made.
        made.retain(|value| is_bound(value) || !known.iter().any(|known| is_made_alike(known, value)));
        let found = self.one_of(made);
        implementers.asked.set(implementers.asked.get() - 1);
        implementers.found.borrow_mut().insert(symbol, found.clone());
        is_several(&found)
    }

    fn made(&self, maker: &Maker<'a>) -> Value<'a> {
        match *maker {
            Maker::Class(file, class) => Value::Instance(Instance::new(file, class)),
            Maker::Value(file, expr) => self.value(&Place { file, expr, frame: Frame::default() }),
            Maker::Function(file, function, class) => {
                let this = class.map(|class| This::Instance(Instance::new(file, class)));
                let callable = Callable { file, function, this, outer: Frame::default() };
                let frame = callable.open();
                self.returned_in(&callable, frame)
            }
        }
    }
}

/// What is known of an interface is what its objects can do, one as well as several.
fn is_several<'a>(found: &Value<'a>) -> Option<Value<'a>> {
    match found {
        Value::OneOf(_) => Some(found.clone()),
        Value::Object(..) | Value::Instance(_) => Some(Value::OneOf([found.clone()].into())),
        _ => None,
    }
}

/// Whether it is known what an object was made with.
fn is_bound(value: &Value<'_>) -> bool {
    match value {
        Value::Object(place, _) => {
            place.frame.innermost().is_none_or(|activation| activation.arguments.is_some())
        }
        Value::Instance(instance) => instance.arguments.is_some(),
        _ => true,
    }
}

fn is_made_alike(one: &Value<'_>, other: &Value<'_>) -> bool {
    match (one, other) {
        (Value::Object(one, _), Value::Object(other, _)) => std::ptr::eq(one.expr, other.expr),
        (Value::Instance(one), Value::Instance(other)) => std::ptr::eq(one.class, other.class),
        _ => false,
    }
}
