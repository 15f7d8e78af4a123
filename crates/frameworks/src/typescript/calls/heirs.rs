//! Classes above a class and below it: where a member of an object stands, what the constructor and the type parameters of the
//! class that has it are given, and which classes have a method from above.
//!
//! ```text
//! abstract class Crud<T> { abstract path: string; one(id: string) { return this.http.get<T>(`${this.path}/${id}`) } }
//! class Users extends Crud<User> { path = "/users" }     ->   GET /users/{} gives a User
//! ```

use std::collections::HashMap;
use std::rc::Rc;

use alignment_model::FileId;
use alignment_model::code::{Call, Class, ExprKind, ExprPart, Function, FunctionKind, Statement, TypeExpr};

use super::bodies::each_expr;
use super::declared::bare_name;
use super::frame::{Bindings, Callable, Frame, Instance, Place, This, TypePlace};
use super::urls::address;
use super::values::{Value, Values};
use crate::typescript::names::{Declaration, Declared, Names, Target};

/// Classes above a class.
const MAX_BASES: usize = 20;
/// Classes below a class.
const MAX_HEIRS: usize = 200;

/// One class of those that an object is made of.
#[derive(Clone, Debug)]
pub(super) struct Level<'a> {
    pub(super) file: FileId,
    pub(super) class: &'a Class,
    /// What its constructor is given, where that is known.
    pub(super) arguments: Option<Rc<[Place<'a>]>>,
    /// What its type parameters stand for.
    types: Bindings<'a>,
}

/// What a class extends.
enum Above<'a> {
    Class(Level<'a>),
    Nothing,
    Unknown,
}

/// Classes that extend a class, by its address.
pub(super) struct Heirs<'a>(HashMap<usize, Vec<(FileId, &'a Class)>>);

impl<'a> Heirs<'a> {
    pub(super) fn new(names: &Names<'a>, declared: &[Declared<'a>]) -> Self {
        let mut heirs: HashMap<usize, Vec<(FileId, &'a Class)>> = HashMap::new();
        for declared in declared {
            let Declaration::Class(class) = declared.declaration else { continue };
            let Some(base) = class.positional_bases().next() else { continue };
            let Target::Declared(above) = names.resolve_value(declared.file, base) else { continue };
            for (_, above) in names.declarations(above) {
                if let Declaration::Class(above) = above {
                    heirs.entry(address(above)).or_default().push((declared.file, class));
                }
            }
        }
        Self(heirs)
    }

    fn of(&self, class: &Class) -> &[(FileId, &'a Class)] {
        self.0.get(&address(class)).map_or(&[], |heirs| heirs)
    }
}

impl<'a> Level<'a> {
    fn first(file: FileId, class: &'a Class, instance: Option<&Instance<'a>>) -> Self {
        let arguments = instance.and_then(|instance| instance.arguments.clone());
        let types = match instance {
            Some(instance) if !instance.types.is_empty() => bound(file, class, &instance.types),
            _ => Bindings::default(),
        };
        Self { file, class, arguments, types }
    }

    /// An object as the methods of this class see it.
    pub(super) fn sees(&self, instance: &Instance<'a>) -> Instance<'a> {
        Instance { seen_as: self.types.clone(), ..instance.clone() }
    }

    /// The constructor, called with what it is given.
    pub(super) fn construction(
        &self,
        constructor: &'a Function,
        instance: Option<&Instance<'a>>,
    ) -> Option<Frame<'a>> {
        let this = match instance {
            Some(instance) => self.sees(instance),
            None => Instance::new(self.file, self.class),
        };
        let callable = Callable {
            file: self.file,
            function: constructor,
            this: Some(This::Instance(this)),
            outer: Frame::default(),
        };
        match &self.arguments {
            Some(arguments) => callable.call(arguments.to_vec(), Vec::new(), &Frame::default()),
            None => Some(callable.open()),
        }
    }

    /// What the class above is given by `super(...)`.
    fn passed_up(&self, instance: Option<&Instance<'a>>) -> Option<Rc<[Place<'a>]>> {
        let Some(constructor) = constructor_of(self.class) else { return self.arguments.clone() };
        let call = super_call(constructor)?;
        let frame = self.construction(constructor, instance)?;
        let arguments = call.positional().map(|expr| match expr.kind {
            ExprKind::Spread(_) => None,
            _ => Some(Place { file: self.file, expr, frame: frame.clone() }),
        });
        arguments.collect()
    }

    /// What the type parameters of the class above stand for.
    fn types_above(&self, file: FileId, above: &'a Class) -> Bindings<'a> {
        let argument = |ty: &'a TypeExpr| {
            let own = bare_name(ty).and_then(|name| find(&self.types, name));
            own.unwrap_or_else(|| TypePlace { file: self.file, ty, frame: Frame::default() })
        };
        let arguments: Vec<TypePlace<'a>> = self.class.base_type_arguments.iter().map(argument).collect();
        bound(file, above, &arguments)
    }
}

/// The type parameters of a class with what stands for them; where nothing is passed their defaults do.
fn bound<'a>(file: FileId, class: &'a Class, arguments: &[TypePlace<'a>]) -> Bindings<'a> {
    let mut types: Vec<(&'a str, TypePlace<'a>)> = Vec::new();
    for (at, parameter) in class.type_parameters.iter().enumerate() {
        let default = || {
            let ty = parameter.default.as_ref()?;
            let before = bare_name(ty).and_then(|name| find(&types, name));
            Some(before.unwrap_or_else(|| TypePlace { file, ty, frame: Frame::default() }))
        };
        if let Some(argument) = arguments.get(at).cloned().or_else(default) {
            types.push((&parameter.name, argument));
        }
    }
    types.into()
}

fn find<'a>(types: &[(&'a str, TypePlace<'a>)], name: &str) -> Option<TypePlace<'a>> {
    types.iter().find(|(parameter, _)| *parameter == name).map(|(_, argument)| argument.clone())
}

impl<'a> Values<'_, 'a> {
    /// The classes that an object is made of, its own first, and whether these are all.
    fn levels(
        &self,
        file: FileId,
        class: &'a Class,
        instance: Option<&Instance<'a>>,
        visit: &mut dyn FnMut(&Level<'a>) -> bool,
    ) -> bool {
        let mut level = Level::first(file, class, instance);
        for _ in 0..MAX_BASES {
            if visit(&level) {
                return true;
            }
            match self.above(&level, instance) {
                Above::Class(next) => level = next,
                Above::Nothing => return true,
                Above::Unknown => return false,
            }
        }
        false
    }

    fn above(&self, level: &Level<'a>, instance: Option<&Instance<'a>>) -> Above<'a> {
        let Some(expr) = level.class.positional_bases().next() else { return Above::Nothing };
        match self.value(&Place { file: level.file, expr, frame: Frame::default() }) {
            Value::Class(file, class) => Above::Class(Level {
                file,
                class,
                arguments: level.passed_up(instance),
                types: level.types_above(file, class),
            }),
            _ => Above::Unknown,
        }
    }

    /// A method or field of a class, of those above it too.
    pub(super) fn class_member(
        &self,
        file: FileId,
        class: &'a Class,
        name: &str,
        instance: Option<&Instance<'a>>,
    ) -> Value<'a> {
        let mut found = None;
        let all = self.levels(file, class, instance, &mut |level| {
            found = self.own_member(level, name, instance);
            found.is_some()
        });
        found.unwrap_or(if all { Value::Nothing } else { Value::Unknown })
    }

    /// `super.name` in a method.
    pub(super) fn member_above(&self, place: &Place<'a>, name: &str) -> Value<'a> {
        let around = place.frame.activations().find_map(|activation| match &activation.this {
            Some(This::Instance(instance)) => Some((activation.function, instance)),
            _ => None,
        });
        let Some((function, instance)) = around else { return Value::Unknown };
        let (mut found, mut is_above) = (None, false);
        self.levels(instance.file, instance.class, Some(instance), &mut |level| {
            if is_above {
                found = self.own_member(level, name, Some(instance));
            }
            is_above |= has_function(level.class, function);
            found.is_some()
        });
        found.unwrap_or(Value::Unknown)
    }

    /// Objects of the classes below a class that have a method of it as it stands there.
    pub(super) fn heirs_of(&self, class: &'a Class, method: &str) -> Vec<Instance<'a>> {
        let mut found = Vec::new();
        let mut work: Vec<(FileId, &'a Class)> = self.heirs.of(class).iter().rev().copied().collect();
        let mut met: Vec<&Class> = Vec::new();
        while let Some((file, heir)) = work.pop() {
            if met.len() >= MAX_HEIRS
                || met.iter().any(|one| std::ptr::eq(*one, heir))
                || overrides(heir, method)
            {
                continue;
            }
            met.push(heir);
            let below = self.heirs.of(heir);
            if below.is_empty() || heir.type_parameters.is_empty() {
                let instance = Instance::new(file, heir);
                self.levels(file, heir, Some(&instance), &mut |level| {
                    let is_here = std::ptr::eq(level.class, class);
                    if is_here {
                        found.push(level.sees(&instance));
                    }
                    is_here
                });
            }
            work.extend(below.iter().rev());
        }
        found
    }

    /// Whether a place is in a method that an object has from a class above its own.
    pub(super) fn is_inherited(&self, place: &Place<'a>) -> bool {
        place.frame.activations().any(|activation| match &activation.this {
            Some(This::Instance(instance)) => !has_function(instance.class, activation.function),
            _ => false,
        })
    }

    /// Whether a class only says what those below it do: it has some, and they say what its type parameters stand for.
    pub(super) fn is_pattern(&self, class: &Class) -> bool {
        !class.type_parameters.is_empty() && !self.heirs.of(class).is_empty()
    }
}

/// Whether a class has a method or field of its own with this name.
fn overrides(class: &Class, name: &str) -> bool {
    class.body.iter().any(|member| match member {
        Statement::Function(function) => &*function.name == name && function.kind != FunctionKind::Signature,
        Statement::Assign(assign) => assign.target.as_name() == Some(name) && assign.value.is_some(),
        _ => false,
    })
}

fn has_function(class: &Class, function: &Function) -> bool {
    class.body.iter().any(|member| match member {
        Statement::Function(own) => std::ptr::eq(&raw const **own, function),
        Statement::Assign(assign) => assign.value.as_ref().is_some_and(
            |value| matches!(&value.kind, ExprKind::Function(own) if std::ptr::eq(&raw const **own, function)),
        ),
        _ => false,
    })
}

pub(super) fn constructor_of(class: &Class) -> Option<&Function> {
    class.body.iter().find_map(|member| match member {
        Statement::Function(function) if function.kind == FunctionKind::Constructor => Some(&**function),
        _ => None,
    })
}

fn super_call(constructor: &Function) -> Option<&Call> {
    let mut found = None;
    each_expr(&constructor.body, &mut |part| {
        if let ExprPart::Expr(expr) = part
            && let Some(call) = expr.as_call()
            && call.callee.as_name() == Some("super")
        {
            found = Some(call);
        }
    });
    found
}
