//! zod schemas -> the types they give (`z.output`, `z.infer`) and take (`z.input`).
//!
//! Sources: zod 3 documentation (zod.dev/v3), zod 4 documentation (zod.dev, "Defining schemas", "Migration guide").
//! Deliberately absent: what `transform` computes without a declared return type (unknown: the code decides), what a function of the
//! project makes of the schemas that it is given, `deepPartial`, and template literals, which are text. Valibot and io-ts are not read.

use alignment_model::code::{
    Assign, Call, Expr, ExprKind, Function, MapEntry, Statement, TypeExpr, TypeKind,
};
use alignment_model::shape::Value;
use alignment_model::{FileId, Why};
use std::rc::Rc;

use super::Types;
use super::kinds::{Derivation, Env, Form, Kind, Member, Members, Source, Ty};
use super::members::made;
use crate::typescript::calls::returns_of;
use crate::typescript::constants::{self, Constant};
use crate::typescript::names::{Declaration, Target};

/// Whether a module is zod, or hands zod's `z` on.
pub(super) fn is_zod(module: &str) -> bool {
    matches!(module, "zod" | "zod/v3" | "zod/v4" | "@hono/zod-openapi")
}

impl<'a> Types<'_, 'a> {
    /// What the schema that an initialiser makes gives; `None` if it makes no schema.
    pub(in crate::typescript) fn zod_output(&mut self, file: FileId, expr: &'a Expr) -> Option<Ty> {
        self.zod_made(file, expr, false)
    }

    /// What the schema that a variable holds gives; `None` if it holds none. What it is annotated with goes before its value.
    pub(in crate::typescript) fn zod_variable(&mut self, file: FileId, assign: &'a Assign) -> Option<Ty> {
        self.begin();
        let annotated = assign.annotation.as_ref().and_then(|ty| self.zod_annotation(file, ty, false));
        annotated.or_else(|| self.zod_output(file, assign.value.as_ref()?))
    }

    /// `z.ZodType<Output>`: in zod 3 the input is the same unless it is the third argument, in zod 4 it is the second.
    fn zod_annotation(&mut self, file: FileId, annotation: &'a TypeExpr, input: bool) -> Option<Ty> {
        let TypeKind::Name { path, arguments } = &annotation.kind else { return None };
        let Target::External(module, path) = self.names.resolve_type(file, annotation.range.start, path)
        else {
            return None;
        };
        if !is_zod(module) || !matches!(&**path.last()?, "ZodType" | "ZodSchema" | "Schema") {
            return None;
        }
        let is_third = self.zod_major(file) == Some(3);
        let input = if input { arguments.get(if is_third { 2 } else { 1 }) } else { None };
        Some(match (input, arguments.first()) {
            (Some(ty), _) => self.of_written(file, ty),
            (None, Some(ty)) => self.of_written(file, ty),
            (None, None) => self.intern(Kind::Any),
        })
    }

    /// The major version of zod that a file uses: what it imports from says it before the manifest does.
    fn zod_major(&self, file: FileId) -> Option<u32> {
        match ["zod/v3", "zod/v4"].map(|module| self.names.imports_from(file, module)) {
            [true, false] => Some(3),
            [false, true] => Some(4),
            _ => self.names.major_version(file, "zod"),
        }
    }

    /// What the schema that an initialiser makes takes; `None` if it makes no schema.
    pub(in crate::typescript) fn zod_input(&mut self, file: FileId, expr: &'a Expr) -> Option<Ty> {
        self.zod_made(file, expr, true)
    }

    fn zod_made(&mut self, file: FileId, expr: &'a Expr, input: bool) -> Option<Ty> {
        if !matches!(expr.kind, ExprKind::Call(_) | ExprKind::Member(..)) {
            return None;
        }
        self.begin();
        self.schema(file, expr, input)
    }

    /// What a schema gives, or takes; unknown if the expression is no schema that can be read.
    pub(super) fn zod_schema(&mut self, file: FileId, expr: &'a Expr, input: bool) -> Ty {
        let found = self.schema(file, expr, input);
        found.unwrap_or_else(|| self.unknown(Why::DynamicExpression))
    }

    /// `z.infer<typeof X>`, `z.input<typeof X>`.
    pub(super) fn zod_type(&mut self, path: &[&str], arguments: &'a [TypeExpr], env: Env) -> Ty {
        let input = match path.last() {
            Some(&"infer" | &"output" | &"TypeOf") => false,
            Some(&"input") => true,
            _ => return self.unknown(Why::ExternalName),
        };
        match arguments.first().map(|argument| &argument.kind) {
            Some(TypeKind::TypeOf(value)) => {
                let file = self.file_of(env);
                self.zod_schema(file, value, input)
            }
            _ => self.unknown(Why::UnsupportedConstruct),
        }
    }

    pub(super) fn schema(&mut self, file: FileId, expr: &'a Expr, input: bool) -> Option<Ty> {
        let key = (file, std::ptr::from_ref(expr) as usize, input);
        if let Some(known) = self.zod_outputs.get(&key) {
            return *known;
        }
        if !self.enter() {
            return None;
        }
        // A schema that is met inside itself (`z.lazy`) is not written out again.
        let recursive = self.unknown(Why::Recursive);
        self.zod_outputs.insert(key, Some(recursive));
        let found = self.schema_form(file, expr, input);
        self.zod_outputs.insert(key, found);
        self.leave();
        found
    }

    fn schema_form(&mut self, file: FileId, expr: &'a Expr, input: bool) -> Option<Ty> {
        match &expr.kind {
            ExprKind::Call(call) => {
                if let Target::External(module, path) = self.names.resolve_value(file, &call.callee)
                    && is_zod(module)
                {
                    let path: Vec<&str> = path.iter().map(|segment| &**segment).collect();
                    let path = path
                        .strip_prefix(&["z"])
                        .or(path.strip_prefix(&["default"]))
                        .unwrap_or(&path)
                        .to_vec();
                    return Some(self.constructor(file, &path, call, input));
                }
                if let ExprKind::Member(receiver, method) = &call.callee.kind {
                    return self.method(file, receiver, method, call, input);
                }
                let (file, built) = self.built(file, call)?;
                self.schema(file, built, input)
            }
            ExprKind::As(inner, _) => self.schema(file, inner, input),
            ExprKind::Member(object, name) => self.schema_member(file, expr, object, name, input),
            ExprKind::Name(_) | ExprKind::Index(..) => {
                if let Some(ty) = self.annotated_schema(file, expr, input) {
                    return Some(ty);
                }
                let (file, found) = constants::definition(self.names, file, expr)?;
                if std::ptr::eq(found, expr) { None } else { self.schema(file, found, input) }
            }
            _ => None,
        }
    }

    /// The one expression that a function of the project gives when it is called, or that React is told to remember
    /// (`useMemo(() => z.object(...), [])`). What its parameters say stays unknown.
    fn built(&self, file: FileId, call: &'a Call) -> Option<(FileId, &'a Expr)> {
        let (file, function) = match self.names.resolve_value(file, &call.callee) {
            Target::External("react", path) if path.last().is_some_and(|name| &**name == "useMemo") => {
                (file, function_of(call.positional().next()?)?)
            }
            Target::Declared(symbol) => {
                let mut declared = self.names.declarations(symbol);
                let (file, only) = declared.next().filter(|_| declared.next().is_none())?;
                match only {
                    Declaration::Function(function) => (file, function),
                    Declaration::Variable(assign) => (file, function_of(assign.value.as_ref()?)?),
                    _ => return None,
                }
            }
            _ => return None,
        };
        match &returns_of(&function.body)[..] {
            [only] if !function.is_async => Some((file, *only)),
            _ => None,
        }
    }

    /// What a variable with the annotation of a schema gives.
    fn annotated_schema(&mut self, file: FileId, expr: &'a Expr, input: bool) -> Option<Ty> {
        let Target::Declared(symbol) = self.names.resolve_value(file, expr) else { return None };
        let annotation = self.names.declarations(symbol).find_map(|(file, declaration)| match declaration {
            Declaration::Variable(assign) => Some((file, assign.annotation.as_ref()?)),
            _ => None,
        });
        let (file, annotation) = annotation?;
        self.zod_annotation(file, annotation, input)
    }

    /// `X.shape.name`, `X.element`, or a member of an object of schemas.
    fn schema_member(
        &mut self,
        file: FileId,
        expr: &'a Expr,
        object: &'a Expr,
        name: &str,
        input: bool,
    ) -> Option<Ty> {
        if let ExprKind::Member(schema, shape) = &object.kind
            && &**shape == "shape"
        {
            let ty = self.schema(file, schema, input)?;
            let members = self.members(ty);
            let member = members.get(name)?.clone();
            let ty = self.member_type(&member);
            return Some(if member.optional { self.or_undefined(ty) } else { ty });
        }
        if name == "element" {
            let ty = self.schema(file, object, input)?;
            return match *self.kind(ty) {
                Kind::List(element) => Some(element),
                _ => None,
            };
        }
        let (file, found) = constants::definition(self.names, file, expr)?;
        if std::ptr::eq(found, expr) { None } else { self.schema(file, found, input) }
    }

    /// `z.name(arguments)`.
    fn constructor(&mut self, file: FileId, path: &[&str], call: &'a Call, input: bool) -> Ty {
        let arguments: Vec<&'a Expr> = call.positional().collect();
        let kind = match path {
            // What is coerced may be anything; zod 3 says that of the value alone, not of its type.
            ["coerce", _] if input && self.zod_major(file) != Some(3) => Kind::Anything,
            ["coerce", name] | [name] => match simple(name, input) {
                Some(kind) => kind,
                None => return self.composed(file, name, call, &arguments, input),
            },
            ["iso", _] => Kind::Text,
            _ => Kind::Unknown(Why::UnsupportedConstruct),
        };
        self.intern(kind)
    }

    /// Schemas made of others.
    fn composed(
        &mut self,
        file: FileId,
        name: &str,
        call: &'a Call,
        arguments: &[&'a Expr],
        input: bool,
    ) -> Ty {
        let (first, second) = (arguments.first().copied(), arguments.get(1).copied());
        let Some(first) = first else {
            return match (name, call.type_arguments.first()) {
                ("custom", Some(ty)) => self.of_written(file, ty),
                ("custom", None) => self.intern(Kind::Any),
                _ => self.unknown(Why::UnsupportedConstruct),
            };
        };
        match name {
            "object" | "strictObject" | "interface" => self.object_schema(file, first, false, input),
            "looseObject" => self.object_schema(file, first, true, input),
            "array" | "set" => {
                let element = self.zod_schema(file, first, input);
                self.intern(Kind::List(element))
            }
            "tuple" => {
                let elements = self.schemas_in(file, first, input);
                self.intern(Kind::Tuple(elements.into()))
            }
            "record" | "partialRecord" => self.record_schema(file, name, first, second, input),
            "map" => {
                let value = second.map(|value| self.zod_schema(file, value, input));
                let value = value.unwrap_or_else(|| self.unknown(Why::NotStated));
                self.intern(Kind::Map(value))
            }
            "promise" => {
                let inner = self.zod_schema(file, first, input);
                self.intern(Kind::Promise(inner))
            }
            "union" | "xor" => {
                let members = self.schemas_in(file, first, input);
                self.union(members)
            }
            "discriminatedUnion" => {
                let members = second.map(|list| self.schemas_in(file, list, input)).unwrap_or_default();
                self.union(members)
            }
            "intersection" => {
                let parts: Vec<Ty> =
                    arguments.iter().map(|part| self.zod_schema(file, part, input)).collect();
                self.intersection(&parts, None)
            }
            "optional" | "exactOptional" => {
                let inner = self.zod_schema(file, first, input);
                self.or_undefined(inner)
            }
            "nullable" => {
                let (inner, null) = (self.zod_schema(file, first, input), self.intern(Kind::Null));
                self.union([inner, null])
            }
            "nullish" => {
                let (inner, null) = (self.zod_schema(file, first, input), self.intern(Kind::Null));
                let inner = self.union([inner, null]);
                self.or_undefined(inner)
            }
            "literal" => self.literals(file, first),
            "enum" | "nativeEnum" => self.enum_schema(file, first),
            "lazy" => match returned_by(first) {
                Some(inner) => self.zod_schema(file, inner, input),
                None => self.unknown(Why::DynamicExpression),
            },
            "preprocess" if input => self.intern(Kind::Anything),
            "preprocess" => match second {
                Some(inner) => self.zod_schema(file, inner, input),
                None => self.unknown(Why::NotStated),
            },
            "pipe" | "pipeline" | "codec" => match if input { Some(first) } else { second } {
                Some(inner) => self.zod_schema(file, inner, input),
                None => self.unknown(Why::NotStated),
            },
            "custom" => match call.type_arguments.first() {
                Some(ty) => self.of_written(file, ty),
                None => self.intern(Kind::Any),
            },
            "instanceof" => self.instance(file, first, &[]),
            "readonly" => self.zod_schema(file, first, input),
            "keyof" => {
                let inner = self.zod_schema(file, first, input);
                self.key_of(inner)
            }
            _ => self.unknown(Why::UnsupportedConstruct),
        }
    }

    /// `schema.name(arguments)`; `None` if the receiver is no schema. A method that is not listed refines and gives the same.
    fn method(
        &mut self,
        file: FileId,
        receiver: &'a Expr,
        method: &str,
        call: &'a Call,
        input: bool,
    ) -> Option<Ty> {
        if matches!(method, "parse" | "safeParse" | "parseAsync" | "safeParseAsync" | "safeDecode" | "spa") {
            return None;
        }
        let own = self.schema(file, receiver, input)?;
        let first = call.positional().next();
        Some(match method {
            "optional" | "exactOptional" => self.or_undefined(own),
            "nullable" | "nullish" => {
                let null = self.intern(Kind::Null);
                let own = self.union([own, null]);
                if method == "nullish" { self.or_undefined(own) } else { own }
            }
            "default" | "prefault" if input => self.or_undefined(own),
            // zod 4 migration guide, "Input type of .catch()": what goes in is no longer `unknown`.
            "catch" if input && self.zod_major(file) == Some(3) => self.intern(Kind::Anything),
            "catch" => own,
            "default" | "prefault" | "nonoptional" => self.defined(own),
            "unwrap" | "innerType" | "removeDefault" | "removeCatch" => {
                self.unwrapped(file, receiver, own, input)
            }
            "array" => self.intern(Kind::List(own)),
            "promise" => self.intern(Kind::Promise(own)),
            "or" => {
                let other = first.map(|other| self.zod_schema(file, other, input));
                self.union([own].into_iter().chain(other))
            }
            "and" => {
                let other = first.map(|other| self.zod_schema(file, other, input));
                let parts: Vec<Ty> = [own].into_iter().chain(other).collect();
                self.intersection(&parts, None)
            }
            "transform" if input => own,
            "transform" => self.transformed(file, own, first),
            "pipe" if input => own,
            "pipe" => first.map_or(own, |next| self.zod_schema(file, next, input)),
            "extend" | "augment" | "safeExtend" | "merge" | "pick" | "omit" | "partial" | "required"
            | "deepPartial" | "passthrough" | "loose" | "catchall" | "keyof" => {
                self.object_method(file, own, method, first, input)
            }
            "extract" | "exclude" => {
                let named = first.map(|list| self.literals(file, list));
                let wanted = method == "extract";
                let mut kept = Vec::new();
                for part in self.parts(own) {
                    if named.is_some_and(|named| self.parts(named).contains(&part)) == wanted {
                        kept.push(part);
                    }
                }
                self.union(kept)
            }
            _ => own,
        })
    }

    fn object_method(
        &mut self,
        file: FileId,
        own: Ty,
        method: &str,
        first: Option<&'a Expr>,
        input: bool,
    ) -> Ty {
        let mask = |this: &Self| match first.map(|mask| constants::fold(this.names, file, mask)) {
            Some(Constant::Map(entries)) => {
                Some(entries.into_iter().map(|(key, _)| key).collect::<Rc<[Box<str>]>>())
            }
            _ => None,
        };
        match method {
            "extend" | "augment" | "safeExtend" | "merge" => {
                let Some(first) = first else { return own };
                let added = match (method, self.schema(file, first, input)) {
                    ("merge", Some(schema)) => schema,
                    ("merge", None) => self.unknown(Why::DynamicExpression),
                    // `extend(Other.shape)` and `extend({ ... })`.
                    _ => self.object_schema(file, first, false, input),
                };
                let (before, added) = (self.members(own), self.members(added));
                let mut members = (*before).clone();
                added.list.iter().for_each(|member| members.put(member.clone()));
                members.lacks.extend(added.lacks.iter().cloned());
                self.object(Form::Made(members.into()))
            }
            "pick" | "omit" => match mask(self) {
                Some(keys) if method == "pick" => self.object(Form::Derived(own, Derivation::Pick(keys))),
                Some(keys) => self.object(Form::Derived(own, Derivation::Omit(keys))),
                None => self.object(Form::Derived(own, Derivation::Unclear(Why::DynamicExpression))),
            },
            "partial" | "required" => {
                let all = if method == "partial" { Derivation::Partial } else { Derivation::Required };
                let changed = self.object(Form::Derived(own, all));
                if first.is_none() {
                    return changed;
                }
                let Some(keys) = mask(self) else { return self.unknown(Why::DynamicExpression) };
                let (before, changed) = (self.members(own), self.members(changed));
                let mut members = (*before).clone();
                let named = changed.list.iter().filter(|member| keys.iter().any(|key| **key == *member.name));
                named.for_each(|member| members.put(member.clone()));
                self.object(Form::Made(members.into()))
            }
            "passthrough" | "loose" | "catchall" => {
                let mut members = (*self.members(own)).clone();
                members.index = Some(self.intern(Kind::Anything));
                self.object(Form::Made(members.into()))
            }
            "keyof" => self.key_of(own),
            _ => self.unknown(Why::UnsupportedConstruct),
        }
    }

    /// The object of `z.object({ ... })`, or the shape of another schema.
    fn object_schema(&mut self, file: FileId, shape: &'a Expr, loose: bool, input: bool) -> Ty {
        let mut members = Members::default();
        self.shape_members(&mut members, file, shape, input);
        if loose {
            members.index = Some(self.intern(Kind::Anything));
        }
        self.object(Form::Made(members.into()))
    }

    fn shape_members(&mut self, members: &mut Members<'a>, file: FileId, shape: &'a Expr, input: bool) {
        let span = Some(shape.range.in_file(file));
        if let ExprKind::Member(schema, name) = &shape.kind
            && &**name == "shape"
            && let Some(ty) = self.schema(file, schema, input)
        {
            let others = self.members(ty);
            others.list.iter().for_each(|member| members.put(member.clone()));
            members.lacks.extend(others.lacks.iter().cloned());
            return;
        }
        let Some((file, shape)) = constants::definition(self.names, file, shape) else {
            return members.lack(Why::DynamicExpression, "the shape of a schema is not known", span);
        };
        let ExprKind::Map(entries) = &shape.kind else {
            return members.lack(Why::DynamicExpression, "the shape of a schema is not known", span);
        };
        if !self.enter() {
            return members.lack(Why::Recursive, "the shape of a schema is too deep", span);
        }
        for entry in entries {
            match entry {
                MapEntry::Pair(key, value) => match constants::fold(self.names, file, key) {
                    Constant::Value(name) => {
                        let member = self.schema_property(file, &name.plain(), value, input);
                        members.put(Member { span: Some(key.range.in_file(file)), ..member });
                    }
                    _ => {
                        let span = Some(key.range.in_file(file));
                        members.lack(Why::DynamicExpression, "the name of a property is computed", span);
                    }
                },
                MapEntry::Spread(inner) => self.shape_members(members, file, inner, input),
                // zod 4 writes a recursive property as a getter.
                MapEntry::Method(getter) => {
                    if let Some(value) = returned_of(getter) {
                        let span = Some(getter.name_range.in_file(file));
                        members.put(Member {
                            span,
                            ..made(&getter.name, Source::Zod(file, value, input), false)
                        });
                    }
                }
            }
        }
        self.leave();
    }

    fn schema_property(&mut self, file: FileId, name: &str, value: &'a Expr, input: bool) -> Member<'a> {
        let ty = self.zod_schema(file, value, input);
        let parts = self.parts(ty);
        let absent = |this: &Self, part: &Ty| match this.kind(*part) {
            Kind::Undefined => true,
            // zod 3 lets a property of any type be absent (zod 4 migration guide, "z.unknown() and z.any() are no longer
            // marked as key optional").
            Kind::Any | Kind::Anything => this.zod_major(file) == Some(3),
            _ => false,
        };
        // What is anything swallows `undefined`, but not the mark of the key.
        let is_any = parts.iter().any(|part| matches!(self.kind(*part), Kind::Any | Kind::Anything));
        let optional = parts.iter().any(|part| absent(self, part))
            || (is_any && self.may_be_left_out(file, value, input, 0));
        made(name, Source::Zod(file, value, input), optional)
    }

    fn schemas_in(&mut self, file: FileId, list: &'a Expr, input: bool) -> Vec<Ty> {
        match constants::definition(self.names, file, list) {
            Some((file, Expr { kind: ExprKind::List(items), .. })) => {
                items.iter().map(|item| self.zod_schema(file, item, input)).collect()
            }
            _ => vec![self.unknown(Why::DynamicExpression)],
        }
    }

    fn record_schema(
        &mut self,
        file: FileId,
        name: &str,
        first: &'a Expr,
        second: Option<&'a Expr>,
        input: bool,
    ) -> Ty {
        let Some(value) = second else {
            let value = self.zod_schema(file, first, input);
            return self.intern(Kind::Map(value));
        };
        let (keys, value) = (self.zod_schema(file, first, input), self.zod_schema(file, value, input));
        let Some(keys) = self.literal_keys(keys) else { return self.intern(Kind::Map(value)) };
        let record = self.object(Form::Record(keys, value));
        // In zod 3 every key of a record may be absent; in zod 4 that is a `partialRecord`.
        if name == "partialRecord" || self.zod_major(file) == Some(3) {
            return self.derived(record, Derivation::Partial, "Partial", &[]);
        }
        record
    }

    /// The literal, or the list of them.
    fn literals(&mut self, file: FileId, expr: &'a Expr) -> Ty {
        let values = match constants::fold(self.names, file, expr) {
            Constant::List(values) => values,
            value => vec![value],
        };
        let mut kinds = Vec::new();
        for value in values {
            kinds.push(match value {
                Constant::Value(Value::Null) => Kind::Null,
                Constant::Value(value) => Kind::Literal(value),
                Constant::Undefined => Kind::Undefined,
                _ => Kind::Unknown(Why::DynamicExpression),
            });
        }
        let kinds: Vec<Ty> = kinds.into_iter().map(|kind| self.intern(kind)).collect();
        self.union(kinds)
    }

    /// `z.enum([...])`, `z.enum(Enum)`, `z.nativeEnum({ ... })`.
    fn enum_schema(&mut self, file: FileId, expr: &'a Expr) -> Ty {
        if let Target::Declared(symbol) = self.names.resolve_value(file, expr)
            && !self.enum_members(symbol).is_empty()
        {
            return self.intern(Kind::Enum(symbol));
        }
        match constants::fold(self.names, file, expr) {
            Constant::Map(entries) => {
                let values = entries.into_iter().map(|(_, value)| match value {
                    Constant::Value(value) => Kind::Literal(value),
                    _ => Kind::Unknown(Why::DynamicExpression),
                });
                let values: Vec<Kind<'a>> = values.collect();
                let values: Vec<Ty> = values.into_iter().map(|kind| self.intern(kind)).collect();
                self.union(values)
            }
            _ => self.literals(file, expr),
        }
    }

    /// What `transform` gives: what its function says it returns, or the object it writes in place.
    fn transformed(&mut self, file: FileId, given: Ty, function: Option<&'a Expr>) -> Ty {
        if let Some(function) = function
            && let Target::Global(path) = self.names.resolve_value(file, function)
            && let [name @ ("String" | "Number" | "Boolean")] =
                path.iter().map(|name| &**name).collect::<Vec<_>>()[..]
        {
            return self.intern(match name {
                "String" => Kind::Text,
                "Number" => Kind::Number,
                _ => Kind::Bool,
            });
        }
        let definition = function.and_then(|function| constants::definition(self.names, file, function));
        match definition {
            Some((file, Expr { kind: ExprKind::Function(function), .. })) => {
                self.bind_parameter(function, given);
                let returned = self.returned(file, function);
                match *self.kind(returned) {
                    Kind::Unknown(_) => self.unknown(Why::CodeDecides),
                    _ => self.awaited(returned),
                }
            }
            _ => self.unknown(Why::CodeDecides),
        }
    }

    fn of_written(&mut self, file: FileId, ty: &'a TypeExpr) -> Ty {
        let env = self.env(file, &[]);
        self.eval(ty, env)
    }
}

/// Schemas without parts, by the name of their constructor.
fn simple<'a>(name: &str, input: bool) -> Option<Kind<'a>> {
    Some(match name {
        "stringbool" => {
            if input {
                Kind::Text
            } else {
                Kind::Bool
            }
        }
        "string" | "email" | "url" | "httpUrl" | "uuid" | "uuidv4" | "uuidv6" | "uuidv7" | "guid"
        | "cuid" | "cuid2" | "ulid" | "xid" | "ksuid" | "nanoid" | "ipv4" | "ipv6" | "mac" | "cidrv4"
        | "cidrv6" | "base64" | "base64url" | "jwt" | "emoji" | "e164" | "hex" | "hash" | "hostname"
        | "stringFormat" | "templateLiteral" => Kind::Text,
        "number" | "int" | "int32" | "uint32" | "float32" | "float64" | "nan" => Kind::Number,
        "bigint" | "int64" | "uint64" => Kind::BigInt,
        "boolean" => Kind::Bool,
        "date" => Kind::Date,
        "symbol" => Kind::Symbol,
        "undefined" | "void" => Kind::Undefined,
        "null" => Kind::Null,
        "any" | "json" => Kind::Any,
        "unknown" => Kind::Anything,
        "never" => Kind::Never,
        "function" => Kind::Function,
        "file" => Kind::Library("File"),
        _ => return None,
    })
}

/// What an arrow function of one expression, or of one `return`, gives.
pub(super) fn returned_by(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Function(function) => returned_of(function),
        _ => None,
    }
}

fn returned_of(function: &Function) -> Option<&Expr> {
    match &function.body[..] {
        [Statement::Return(Some(value), _)] => Some(value),
        _ => None,
    }
}

fn function_of(expr: &Expr) -> Option<&Function> {
    match &expr.kind {
        ExprKind::Function(function) => Some(function),
        _ => None,
    }
}
