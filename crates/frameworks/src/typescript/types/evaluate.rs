//! Type expressions -> evaluated types.

use std::rc::Rc;

use alignment_model::code::{Literal, MappedType, TypeDecl, TypeDeclKind, TypeExpr, TypeKind, TypeParameter};
use alignment_model::shape::Value;
use alignment_model::{FileId, Why};

use super::kinds::{Derivation, Env, Form, Kind, ObjectName, Ty};
use super::{AliasState, Binding, MAX_UNION, Types, address, library};
use crate::typescript::constants;
use crate::typescript::names::{Declaration, Symbol, Target};

impl<'a> Types<'_, 'a> {
    /// Evaluates a type expression; beyond a limit it is unknown.
    pub(super) fn eval(&mut self, expr: &'a TypeExpr, env: Env) -> Ty {
        if !self.enter() {
            return self.unknown(Why::Recursive);
        }
        let ty = self.eval_form(expr, env);
        self.leave();
        ty
    }

    fn eval_form(&mut self, expr: &'a TypeExpr, env: Env) -> Ty {
        match &expr.kind {
            TypeKind::Name { path, arguments } => self.name(path, arguments, expr, env),
            TypeKind::Literal(literal) => self.literal(literal),
            TypeKind::Object(members) => self.identified(expr, env, |_| Form::Written(members, env)),
            TypeKind::Array(element) => {
                let element = self.eval(element, env);
                self.intern(Kind::List(element))
            }
            TypeKind::Tuple(elements) => {
                let elements: Vec<Ty> = elements.iter().map(|element| self.eval(element, env)).collect();
                self.intern(Kind::Tuple(elements.into()))
            }
            TypeKind::Union(members) => {
                let members: Vec<Ty> = members.iter().map(|member| self.eval(member, env)).collect();
                self.union(members)
            }
            TypeKind::Intersection(members) => {
                let members: Vec<Ty> = members.iter().map(|member| self.eval(member, env)).collect();
                self.intersection(&members, Some((expr, env)))
            }
            TypeKind::Function(_) => self.intern(Kind::Function),
            TypeKind::TypeOf(value) => {
                let file = self.file_of(env);
                self.type_of_value(file, value)
            }
            TypeKind::KeyOf(inner) => {
                let inner = self.eval(inner, env);
                self.key_of(inner)
            }
            TypeKind::Indexed(object, index) => {
                let object = self.eval(object, env);
                let index = self.eval(index, env);
                self.indexed(object, index)
            }
            TypeKind::Mapped(mapped) => self.mapped(expr, mapped, env),
            TypeKind::Template(parts) => self.template(parts, env),
            TypeKind::Import { module, path, arguments } => {
                let file = self.file_of(env);
                let target = self.names.imported(file, module, path, crate::typescript::names::Meaning::Type);
                self.target(target, arguments, env)
            }
            TypeKind::Conditional(parts) => self.conditional(parts, env),
            TypeKind::Expression(_) | TypeKind::Unknown => self.unknown(Why::UnsupportedConstruct),
        }
    }

    fn literal(&mut self, literal: &Literal) -> Ty {
        let kind = match literal {
            Literal::Text(text) => Kind::Literal(Value::Text(text.clone())),
            Literal::Int(number) => Kind::Literal(Value::Number(number.to_string().into())),
            Literal::Number(text) => Kind::Literal(Value::Number(constants::plain_number(text))),
            Literal::Bool(value) => Kind::Literal(Value::Bool(*value)),
            Literal::Null => Kind::Null,
            Literal::Undefined => Kind::Undefined,
            Literal::Bytes(_) | Literal::Ellipsis | Literal::Regex(_) => {
                Kind::Unknown(Why::UnsupportedConstruct)
            }
        };
        self.intern(kind)
    }

    fn name(&mut self, path: &'a [Box<str>], arguments: &'a [TypeExpr], expr: &'a TypeExpr, env: Env) -> Ty {
        if let [name] = path {
            if let Some(binding) = self.bound(env, name) {
                return binding.ty;
            }
            if let Some(keyword) = keyword(name) {
                return self.intern(keyword);
            }
        }
        let target = self.names.resolve_type(self.file_of(env), expr.range.start, path);
        self.target(target, arguments, env)
    }

    /// The type that a resolved name stands for.
    pub(super) fn target(&mut self, target: Target<'a>, arguments: &'a [TypeExpr], env: Env) -> Ty {
        match target {
            // What the project adds to `Map` or `Date` does not change what travels.
            Target::Declared(symbol) if self.is_added_to(symbol, library::STRUCTURAL) => {
                self.library_type(&[self.names.name(symbol).into()], arguments, env)
            }
            Target::Declared(symbol) => {
                let arguments: Vec<Ty> = arguments.iter().map(|argument| self.eval(argument, env)).collect();
                self.reference(symbol, arguments)
            }
            Target::Member(symbol, path) => match &path[..] {
                [member] if self.is_enum_member(symbol, member) => {
                    self.intern(Kind::EnumMember(symbol, member.clone()))
                }
                _ => self.unknown(Why::UndefinedName),
            },
            Target::Global(path) => self.library_type(&path, arguments, env),
            Target::External(module, path) => self.external_type(module, &path, arguments, env),
            Target::Module(_) | Target::Expression(..) => self.unknown(Why::DynamicExpression),
            Target::Unknown(why) => self.unknown(why),
        }
    }

    /// A declared type with arguments for its parameters.
    pub(super) fn reference(&mut self, symbol: Symbol, arguments: Vec<Ty>) -> Ty {
        let declared = self.names.declarations(symbol).find(|(_, declaration)| declaration.is_type());
        match declared {
            Some((file, Declaration::Type(decl))) => {
                let arguments = self.arguments(file, &decl.type_parameters, arguments);
                match &decl.kind {
                    TypeDeclKind::Interface { .. } => self.intern(Kind::Declared(symbol, arguments)),
                    TypeDeclKind::Alias(body) => self.alias(symbol, file, decl, body, arguments),
                    TypeDeclKind::Enum { .. } => self.intern(Kind::Enum(symbol)),
                    TypeDeclKind::Namespace(_) => self.unknown(Why::UndefinedName),
                }
            }
            Some((file, Declaration::Class(class))) => {
                let arguments = self.arguments(file, &class.type_parameters, arguments);
                self.intern(Kind::Declared(symbol, arguments))
            }
            Some((_, Declaration::TypeParameter(_))) => self.intern(Kind::Parameter(self.names.name(symbol))),
            _ => self.unknown(Why::UndefinedName),
        }
    }

    /// A declared type with its parameters standing for themselves.
    pub(super) fn declared(&mut self, symbol: Symbol) -> Ty {
        let parameters = self.parameters_of(symbol);
        let arguments =
            parameters.iter().map(|parameter| self.intern(Kind::Parameter(&parameter.name))).collect();
        self.reference(symbol, arguments)
    }

    /// The type of an alias, with its type parameters standing for themselves. A second alias of one name in one scope is an
    /// error, and has a type of its own.
    pub(in crate::typescript) fn of_alias(
        &mut self,
        symbol: Symbol,
        file: FileId,
        decl: &'a TypeDecl,
        body: &'a TypeExpr,
    ) -> Ty {
        let first = self.names.declarations(symbol).find(|(_, declaration)| declaration.is_type());
        if first
            .is_some_and(|(_, first)| matches!(first, Declaration::Type(first) if std::ptr::eq(first, decl)))
        {
            return self.of_symbol(symbol);
        }
        self.begin();
        let parameters: Vec<Ty> = decl
            .type_parameters
            .iter()
            .map(|parameter| self.intern(Kind::Parameter(&parameter.name)))
            .collect();
        let env = self.env_of(file, &decl.type_parameters, &parameters);
        self.eval(body, env)
    }

    /// The type parameters of a declared type.
    pub(in crate::typescript) fn parameters_of(&self, symbol: Symbol) -> &'a [TypeParameter] {
        let declared = self.names.declarations(symbol).find(|(_, declaration)| declaration.is_type());
        match declared {
            Some((_, Declaration::Type(decl))) => &decl.type_parameters,
            Some((_, Declaration::Class(class))) => &class.type_parameters,
            _ => &[],
        }
    }

    /// Arguments in the order of the parameters, with defaults for those that are not given.
    fn arguments(&mut self, file: FileId, parameters: &'a [TypeParameter], given: Vec<Ty>) -> Rc<[Ty]> {
        if parameters.is_empty() {
            return Rc::from([]);
        }
        let mut arguments: Vec<Ty> = given.into_iter().take(parameters.len()).collect();
        for at in arguments.len()..parameters.len() {
            let argument = match parameters.get(at).and_then(|parameter| parameter.default.as_ref()) {
                Some(default) => {
                    let env = self.env_of(file, parameters, &arguments);
                    self.eval(default, env)
                }
                None => self.unknown(Why::NotStated),
            };
            arguments.push(argument);
        }
        arguments.into()
    }

    /// The environment in which arguments stand for parameters.
    pub(super) fn env_of(&mut self, file: FileId, parameters: &'a [TypeParameter], arguments: &[Ty]) -> Env {
        let bindings: Vec<Binding<'a>> = (parameters.iter().zip(arguments))
            .map(|(parameter, ty)| Binding {
                name: &parameter.name,
                ty: *ty,
                bound: parameter.bound.as_ref(),
            })
            .collect();
        self.env(file, &bindings)
    }

    fn alias(
        &mut self,
        symbol: Symbol,
        file: FileId,
        decl: &'a TypeDecl,
        body: &'a TypeExpr,
        arguments: Rc<[Ty]>,
    ) -> Ty {
        let key = (symbol, arguments.clone());
        match self.aliases.get(&key) {
            Some(AliasState::Done(ty)) => return *ty,
            Some(AliasState::InProgress) => return self.intern(Kind::Alias(symbol, arguments)),
            None => {}
        }
        self.aliases.insert(key.clone(), AliasState::InProgress);
        let env = self.env_of(file, &decl.type_parameters, &arguments);
        let mut ty = self.eval(body, env);
        if matches!(self.kind(ty), Kind::Alias(..)) {
            ty = self.unknown(Why::Recursive);
        }
        if let (TypeKind::Union(_), Kind::Union(_)) = (&body.kind, self.kind(ty)) {
            self.union_names.entry(ty).or_insert_with(|| (symbol, arguments.clone()));
        }
        // What a union was multiplied out of has no name, nor has what is declared elsewhere.
        if self.written.get(&(address(body), env)) == Some(&ty) {
            self.name_object(ty, ObjectName::Alias(symbol), arguments);
        }
        self.aliases.insert(key, AliasState::Done(ty));
        ty
    }

    /// The object type that stands at one place under one environment, made when it is met first.
    fn identified(&mut self, expr: &'a TypeExpr, env: Env, form: impl FnOnce(&mut Self) -> Form<'a>) -> Ty {
        if let Some(ty) = self.written.get(&(address(expr), env)) {
            return *ty;
        }
        let form = form(self);
        let ty = self.object(form);
        self.written.insert((address(expr), env), ty);
        ty
    }

    /// `A & B`: unions are multiplied out, primitives narrow each other, objects have the members of all.
    pub(super) fn intersection(&mut self, members: &[Ty], place: Option<(&'a TypeExpr, Env)>) -> Ty {
        let parts: Vec<Vec<Ty>> = members.iter().map(|member| self.parts(*member)).collect();
        let product = parts.iter().try_fold(1usize, |product, part| product.checked_mul(part.len()));
        if product.is_none_or(|product| product > MAX_UNION) {
            return self.unknown(Why::Recursive);
        }
        let mut rows: Vec<Vec<Ty>> = vec![Vec::new()];
        for part in &parts {
            rows = rows
                .iter()
                .flat_map(|row| part.iter().map(move |next| row.iter().copied().chain([*next]).collect()))
                .collect();
        }
        // Only an intersection without unions is one object with a place of its own.
        let place = if rows.len() == 1 { place } else { None };
        let rows: Vec<Ty> = rows.iter().map(|row| self.narrowed(row, place)).collect();
        self.union(rows)
    }

    /// The intersection of types that are no unions.
    fn narrowed(&mut self, row: &[Ty], place: Option<(&'a TypeExpr, Env)>) -> Ty {
        let mut objects: Vec<Ty> = Vec::new();
        let mut primitive: Option<Ty> = None;
        let mut is_object = false;
        for part in row {
            match self.kind(*part) {
                Kind::Any => return *part,
                Kind::Never => return *part,
                Kind::Null
                | Kind::Undefined
                | Kind::Text
                | Kind::Number
                | Kind::Bool
                | Kind::BigInt
                | Kind::Symbol
                | Kind::Literal(_)
                | Kind::Enum(_)
                | Kind::EnumMember(..) => {
                    primitive = match primitive {
                        None => Some(*part),
                        Some(before) => match self.narrower(before, *part) {
                            Some(narrower) => Some(narrower),
                            None => return self.intern(Kind::Never),
                        },
                    };
                }
                Kind::NonPrimitive => is_object = true,
                // It adds nothing.
                Kind::Anything => {}
                _ if objects.contains(part) => {}
                _ => objects.push(*part),
            }
        }
        if is_object && primitive.is_some() {
            return self.intern(Kind::Never);
        }
        if let Some(primitive) = primitive {
            // A primitive with an object beside it is a brand: what travels is the primitive.
            let branded = !matches!(self.kind(primitive), Kind::Null | Kind::Undefined) || objects.is_empty();
            return if branded { primitive } else { self.intern(Kind::Never) };
        }
        if self.are_disjoint(&objects) {
            return self.intern(Kind::Never);
        }
        // What is a list and something else beside it is no plain object; what travels of it is not modelled.
        let is_other =
            |kind: &Kind<'a>| matches!(kind, Kind::List(_) | Kind::Tuple(_) | Kind::Date | Kind::Promise(_));
        if objects.len() > 1 && objects.iter().any(|part| is_other(self.kind(*part))) {
            return self.unknown(Why::UnsupportedConstruct);
        }
        match (objects.len(), place) {
            (0, _) if is_object => self.intern(Kind::NonPrimitive),
            (0, _) => self.intern(Kind::Anything),
            (1, _) => objects.remove(0),
            (_, Some((expr, env))) => self.identified(expr, env, |_| Form::Intersection(objects.into())),
            (_, None) => self.object(Form::Intersection(objects.into())),
        }
    }

    /// Of two primitives the one that is part of the other.
    fn narrower(&mut self, a: Ty, b: Ty) -> Option<Ty> {
        match (self.assignable(a, b), self.assignable(b, a)) {
            (Some(true), _) => Some(a),
            (_, Some(true)) => Some(b),
            _ => None,
        }
    }

    /// `{ [K in Keys]: T }`; over any key it is a map.
    fn mapped(&mut self, expr: &'a TypeExpr, mapped: &'a MappedType, env: Env) -> Ty {
        if let Some((source, parameter)) = self.homomorphic_source(mapped, env) {
            let parts = self.parts(source);
            let Some(name) = parameter.filter(|_| parts.len() > 1) else {
                return self.mapped_over(expr, mapped, source, parameter.is_some(), env);
            };
            // Over a union that a type parameter stands for, it is a union of mapped types.
            let mapped: Vec<Ty> = (parts.into_iter())
                .map(|part| {
                    let env = self.bind(env, Binding { name, ty: part, bound: None });
                    self.mapped_over(expr, mapped, part, true, env)
                })
                .collect();
            return self.union(mapped);
        }
        let keys = self.eval(&mapped.keys, env);
        let parts = self.parts(keys);
        let open = parts.iter().any(|part| matches!(self.kind(*part), Kind::Text | Kind::Number | Kind::Any));
        if open && mapped.rename.is_none() {
            let value = self.mapped_value(mapped, keys, env);
            return self.intern(Kind::Map(value));
        }
        self.identified(expr, env, |_| Form::Mapped(mapped, env))
    }

    /// `{ [K in keyof T]: ... }` over one member of `T`. Where `T` is a type parameter, primitives stay what they are, and a
    /// list becomes a list; tuples, and the methods that a list has otherwise, are not modelled.
    fn mapped_over(
        &mut self,
        expr: &'a TypeExpr,
        mapped: &'a MappedType,
        source: Ty,
        of_parameter: bool,
        env: Env,
    ) -> Ty {
        match self.kind(source) {
            Kind::Null | Kind::Undefined | Kind::Text | Kind::Number | Kind::Bool | Kind::Literal(_) => {
                source
            }
            Kind::List(_) if of_parameter && mapped.rename.is_none() && mapped.optional.is_none() => {
                let number = self.intern(Kind::Number);
                let element = self.mapped_value(mapped, number, env);
                self.intern(Kind::List(element))
            }
            Kind::List(_) | Kind::Tuple(_) => self.unknown(Why::UnsupportedConstruct),
            _ => self.identified(expr, env, |_| Form::Mapped(mapped, env)),
        }
    }

    /// The `T` of `[K in keyof T]`, and of `[P in K]` where `K extends keyof T`; with its name if it is a type parameter.
    pub(super) fn homomorphic_source(
        &mut self,
        mapped: &'a MappedType,
        env: Env,
    ) -> Option<(Ty, Option<&'a str>)> {
        let parameter = |this: &Self, ty: &'a TypeExpr| match &ty.kind {
            TypeKind::Name { path, .. } => match &path[..] {
                [name] => this.bound(env, name).map(|binding| binding.name),
                _ => None,
            },
            _ => None,
        };
        if let TypeKind::KeyOf(inner) = &mapped.keys.kind {
            return Some((self.eval(inner, env), parameter(self, inner)));
        }
        let bound = self.bound(env, parameter(self, &mapped.keys)?)?.bound?;
        match &bound.kind {
            TypeKind::KeyOf(inner) => Some((self.eval(inner, env), None)),
            _ => None,
        }
    }

    /// The value of a mapped type for one key.
    pub(super) fn mapped_value(&mut self, mapped: &'a MappedType, key: Ty, env: Env) -> Ty {
        let env = self.bind(env, Binding { name: &mapped.parameter, ty: key, bound: None });
        match &mapped.value {
            Some(value) => self.eval(value, env),
            None => self.intern(Kind::Any),
        }
    }

    /// A utility type over an object type, named by the compiler after the utility.
    pub(super) fn derived(&mut self, base: Ty, how: Derivation, name: &'static str, arguments: &[Ty]) -> Ty {
        let ty = self.object(Form::Derived(base, how));
        self.name_object(ty, ObjectName::Utility(name), arguments.into());
        ty
    }
}

/// The types that are words of the language.
pub(super) fn keyword<'a>(name: &str) -> Option<Kind<'a>> {
    Some(match name {
        "string" => Kind::Text,
        "number" => Kind::Number,
        "boolean" => Kind::Bool,
        "bigint" => Kind::BigInt,
        "symbol" => Kind::Symbol,
        "object" => Kind::NonPrimitive,
        "any" => Kind::Any,
        "unknown" => Kind::Anything,
        "never" => Kind::Never,
        "null" => Kind::Null,
        "undefined" | "void" => Kind::Undefined,
        "this" => Kind::Unknown(Why::UnsupportedConstruct),
        _ => return None,
    })
}
