//! A Pydantic model -> an entity: its members read with its configuration, its code and its version of Pydantic.
//!
//! Rules: Pydantic 2, "Fields", "Alias" and "Migration Guide" (required optional and nullable fields); Pydantic 1.10, "Model
//! Fields". `wire_name` is the key of a response: FastAPI sends by alias unless a route says otherwise.

use std::collections::HashMap;
use std::rc::Rc;

use alignment_model::code::{Class, Expr, Function};
use alignment_model::entity::{
    DeclaredType, DefaultKind, DefaultValue, Detail, Entity, EntityKind, Field, FieldKind, Presence,
    SchemaDetail, Sent,
};
use alignment_model::shape::{DeclarationKey, MapKey, Shape, Value};
use alignment_model::{Known, Span, TextRange, Why};

use super::Reader;
use super::alias::Generator;
use super::code::{Code, Effect};
use super::config::Config;
use super::kind::{Kind, PackageDefault, pydantic_name};
use super::members::{Declared, Member, Members};
use super::spec::{At, Given, Spec};
use crate::python::annotations::{Annotation, Metadata, Place, Qualifier};
use crate::python::{Ancestor, Binding, Constant, Target};

/// A model being read.
struct Model<'m, 'n, 'a> {
    reader: &'m Reader<'n, 'a>,
    key: &'m DeclarationKey,
    config: Rc<Config>,
    code: Code<'a>,
    /// Pydantic's major version, where anything tells.
    evidence: Option<u8>,
}

/// A model as it stands in the source: a class statement, or a variable that `create_model` gives a value.
pub(super) struct Source<'s> {
    /// Its declaration.
    pub(super) key: &'s DeclarationKey,
    /// Its name.
    pub(super) name: &'s str,
    /// Place of the name.
    pub(super) range: TextRange,
    /// Bases as written.
    pub(super) bases: Vec<Box<str>>,
}

impl<'a> Reader<'_, 'a> {
    /// A Pydantic model or settings class as an entity.
    pub(super) fn model(&self, key: &DeclarationKey, class: &'a Class, kind: Kind) -> Entity {
        let bases = class.positional_bases().map(|base| self.written(key.file, base)).collect();
        let source = Source { key, name: &class.name, range: class.name_range, bases };
        let config = self.config(key);
        let evidence = self.version(key, &config);
        self.model_of(source, key, kind, self.members(key, evidence))
    }

    /// The entity of a model whose configuration and code are those of the class `home`.
    pub(super) fn model_of(
        &self,
        source: Source<'_>,
        home: &DeclarationKey,
        kind: Kind,
        members: Members<'a>,
    ) -> Entity {
        let config = self.config(home);
        let evidence = self.version(home, &config);
        let model = Model { reader: self, key: source.key, code: self.code(home), config, evidence };
        let mut fields: Vec<Field> = members.iter().map(|member| model.field(member)).collect();
        fields.extend(model.computed(home));
        let mut completeness = members.completeness;
        if let Some((name, owner, range)) = &model.code.model_serializer {
            let message = format!("serializer `{name}` decides which keys are sent");
            completeness.lacks(Why::CodeDecides, message, Some(range.in_file(owner.file)));
        }
        let root = fields.iter().find(|field| matches!(&*field.name, "root" | "__root__"));
        let root = root.filter(|_| self.is_root_model(home)).map(|field| field.ty.shape.clone());
        let detail = SchemaDetail {
            from_attributes: model.config.reads_attributes(evidence),
            bases: source.bases,
            type_parameters: self.type_parameters(source.key),
            extra: model.config.extra,
            populate_by_name: model.config.reads_names(evidence),
            pydantic: evidence,
            code_decides: model.code.decides(),
            added_keys: model.code.added.iter().cloned().collect(),
            input_converted: model.code.sees_input,
            getter: model.config.getter && evidence.is_none_or(|version| version < 2),
            numbers_as_text: model.config.numbers_as_text,
            configuration_unread: model.config.unread || model.config.undecided,
            root,
        };
        Entity {
            kind: match kind {
                Kind::Settings => EntityKind::Settings,
                Kind::TableModel => EntityKind::TableSchema,
                _ => EntityKind::Schema,
            },
            name: source.name.into(),
            qualname: self.names.qualified(source.key).into(),
            declaration: Some(source.key.clone()),
            span: source.range.in_file(source.key.file),
            fields,
            completeness,
            detail: Detail::Schema(detail),
        }
    }

    /// Pydantic's major version for a model, if anything tells.
    pub(super) fn version(&self, key: &DeclarationKey, config: &Config) -> Option<u8> {
        let hierarchy = self.names.hierarchy(key);
        if hierarchy.externals().any(|path| path.starts_with("pydantic.v1.")) {
            return Some(1);
        }
        if hierarchy
            .externals()
            .any(|path| matches!(path, "pydantic.RootModel" | "pydantic_settings.BaseSettings"))
        {
            return Some(2);
        }
        self.versions.of(self.names.input(), key.file).or(config.version)
    }

    fn is_root_model(&self, key: &DeclarationKey) -> bool {
        let hierarchy = self.names.hierarchy(key);
        let declares = |(owner, _): (&DeclarationKey, _)| {
            self.names.class_scope(owner).is_some_and(|scope| scope.get("__root__").is_some())
        };
        hierarchy.externals().any(|path| path == "pydantic.RootModel") || hierarchy.classes().any(declares)
    }
}

impl<'a> Model<'_, '_, 'a> {
    /// Whether Pydantic 1's rules hold. Without evidence the present version is the better guess.
    fn is_v1(&self) -> bool {
        self.evidence == Some(1)
    }

    fn field(&self, member: &Member<'a>) -> Field {
        match member {
            Member::Declared(declared) => self.declared(declared),
            Member::Package { name, shape, nullable, default } => {
                let span = self.reader.class_span(self.key);
                let mut field = Field::new(*name, FieldKind::Field, span);
                field.ty = DeclaredType::new("", shape.clone());
                field.nullable = Known::Is(*nullable);
                field.wire_name = self.generated(name).unwrap_or_else(|| Known::Is((*name).into()));
                field.presence =
                    Known::Is(if default.is_some() { Presence::Defaulted } else { Presence::Required });
                field.default = Known::Is(default.map(|default| {
                    let value = match default {
                        PackageDefault::None => Value::Null,
                        PackageDefault::Bool(value) => Value::Bool(value),
                    };
                    let text = value.plain().into();
                    DefaultValue { kind: DefaultKind::Scalar(value), text }
                }));
                field
            }
            Member::Root(annotation, span) => {
                let mut field = Field::new("root", FieldKind::Field, *span);
                field.ty = DeclaredType::new("", annotation.shape.clone());
                field.nullable = annotation.nullable;
                field.presence = Known::Is(Presence::Required);
                field
            }
        }
    }

    fn declared(&self, declared: &Declared<'a>) -> Field {
        let Declared { name, range, annotation, value, owner } = declared;
        let mut field = Field::new(*name, FieldKind::Field, range.in_file(owner.file));
        let mut spec = Spec::default();
        for metadata in annotation.iter().flat_map(|(_, annotation)| &annotation.metadata) {
            spec.metadata(self.reader, at(metadata), &metadata.expr);
        }
        if let Some(value) = value {
            let at = At { file: owner.file, scope: &owner.path, constraints_only: false };
            spec.value(self.reader, at, value);
        }
        match annotation {
            Some((written, annotation)) => {
                let written = self.reader.written(owner.file, written);
                field.ty = DeclaredType::new(written, annotation.shape.clone());
                field.nullable = annotation.nullable;
            }
            None => self.infer(&mut field, &spec),
        }
        if spec.alias.is_none() && self.is_v1() {
            let given = self.config.aliases.iter().find(|(field, _)| **field == **name);
            spec.alias = given.map(|(_, alias)| Known::Is(alias.clone()));
        }
        self.defaults(&mut field, &spec);
        self.names(&mut field, &spec, owner);
        self.constraints(&mut field, &spec);
        self.effects(&mut field, annotation.as_ref().map(|(_, annotation)| annotation), &spec);
        field.excluded = spec.exclude;
        field.undescribed = annotation
            .as_ref()
            .is_some_and(|(_, annotation)| annotation.qualifiers.contains(&Qualifier::Undescribed));
        // What `create_model` declares stands in no class.
        if owner != self.key && !owner.path.is_empty() {
            field.declared_in = Some(owner.clone());
        }
        field
    }

    /// Pydantic 1: a value without annotation gives the type.
    fn infer(&self, field: &mut Field, spec: &Spec<'_>) {
        let constant = match &spec.default {
            Some(Given::Value(value, file, scope)) => self.reader.names.fold(*file, scope, value),
            _ => Constant::Unknown(Why::NotStated),
        };
        let shape = match &constant {
            Constant::Text(_) => Shape::Text,
            Constant::Bool(_) => Shape::Bool,
            Constant::Int(_) => Shape::Int(None),
            Constant::Number(_) => Shape::Float,
            Constant::List(_) | Constant::Tuple(_) => Shape::List(Box::new(Shape::Any)),
            Constant::Map(_) => Shape::Map(MapKey::text(), Box::new(Shape::Any)),
            _ => Shape::Unknown(Why::NotStated),
        };
        field.nullable = Known::Is(false);
        field.ty = DeclaredType::new("", shape);
    }

    fn defaults(&self, field: &mut Field, spec: &Spec<'_>) {
        let nothing =
            || Known::Is(Some(DefaultValue { kind: DefaultKind::Scalar(Value::Null), text: "None".into() }));
        field.presence = Known::Is(Presence::Defaulted);
        match &spec.default {
            // Pydantic 1: what may be `None` need not be given.
            None if self.is_v1() && field.nullable == Known::Is(true) => field.default = nothing(),
            None | Some(Given::Ellipsis) => field.presence = Known::Is(Presence::Required),
            Some(Given::Value(value, file, scope)) => {
                field.default = self.reader.default_value(*file, scope, value);
                // Pydantic 1: a default of `None` makes the type optional.
                if self.is_v1() && value.is_null() {
                    field.nullable = Known::Is(true);
                }
            }
            Some(Given::Factory(factory, file)) => {
                let text = self.reader.written(*file, factory);
                field.default = Known::Is(Some(DefaultValue { kind: DefaultKind::Computed, text }));
            }
            Some(Given::Unknown(why)) => {
                field.default = Known::Unknown(*why);
                field.presence = Known::Unknown(*why);
            }
        }
        if spec.unread {
            field.default = Known::Unknown(Why::DynamicExpression);
            field.presence = Known::Unknown(Why::DynamicExpression);
        }
    }

    /// Names on the wire. An explicit alias beats a generated one; what is not given explicitly is generated
    /// (`_apply_alias_generator_to_field_info`).
    fn names(&self, field: &mut Field, spec: &Spec<'_>, owner: &DeclarationKey) {
        let name = field.name.clone();
        let explicit = spec.serialization.clone().or_else(|| spec.alias.clone());
        let config = self.naming(spec, owner);
        let generated = || {
            let (generator, names) = (&config.generator, self.reader.names);
            generator.serialization.apply(names, &name).or_else(|| generator.alias.apply(names, &name))
        };
        field.wire_name = match explicit.or_else(generated) {
            _ if spec.unread => Known::Unknown(Why::DynamicExpression),
            Some(wire_name) => wire_name,
            None if self.config.unread => Known::Unknown(Why::DynamicExpression),
            None => Known::Is(name.clone()),
        };
        field.request_names = self.request_names(&field.wire_name, &name, spec, &config.generator);
        if self.config.reads_attributes(self.evidence) {
            field.source_attribute = self.source(&name, spec, &config.generator);
        }
    }

    /// The configuration whose generator names what a field leaves open. It is that of the model; for a field with any explicit alias
    /// that of the first class, from the declaring one down, which has a generator: what that one made stays (Pydantic 2,
    /// `_apply_alias_generator_to_field_info`, `alias_priority` 2).
    fn naming(&self, spec: &Spec<'_>, owner: &DeclarationKey) -> Rc<Config> {
        let is_explicit = spec.alias.is_some() || spec.validation.is_some() || spec.serialization.is_some();
        if is_explicit && !self.is_v1() && owner != self.key && !owner.path.is_empty() {
            let names = self.reader.names;
            let mut lineage: Vec<_> = names.hierarchy(self.key).classes().map(|(key, _)| key).collect();
            lineage.reverse();
            let below = lineage.into_iter().skip_while(|key| *key != owner);
            let heirs = below.filter(|key| names.hierarchy(key).classes().any(|(above, _)| above == owner));
            let mut configs = heirs.map(|key| self.reader.config(key));
            if let Some(config) = configs.find(|config| !config.generator.is_none()) {
                return config;
            }
        }
        Rc::clone(&self.config)
    }

    /// The keys under which a request carries a field; none where that is the wire name. Of a path only the first key counts.
    fn request_names(
        &self,
        wire_name: &Known<Box<str>>,
        name: &str,
        spec: &Spec<'_>,
        generator: &Generator,
    ) -> Known<Vec<Box<str>>> {
        let generated = || {
            let names = self.reader.names;
            generator.validation.apply(names, name).or_else(|| generator.alias.apply(names, name))
        };
        let first = |path: &str| -> Box<str> { path.split('.').next().unwrap_or(path).into() };
        let keys = match (&spec.validation, &spec.alias) {
            (Some(Known::Is(choices)), _) => Known::Is(choices.iter().map(|choice| first(choice)).collect()),
            (Some(Known::Unknown(why)), _) => Known::Unknown(*why),
            (None, Some(alias)) => alias.clone().map(|alias| vec![alias]),
            (None, None) => match generated() {
                Some(generated) => generated.map(|generated| vec![generated]),
                None => Known::Is(vec![name.into()]),
            },
        };
        match (&keys, wire_name) {
            (Known::Is(keys), Known::Is(wire_name)) if *keys == [wire_name.clone()] => Known::Is(Vec::new()),
            _ => keys,
        }
    }

    /// The attribute of an object that a field is read from, where it is not the field's name.
    fn source(&self, name: &str, spec: &Spec<'_>, generator: &Generator) -> Option<Box<str>> {
        let source = match &spec.validation {
            Some(Known::Is(choices)) if choices.iter().any(|choice| &**choice == name) => return None,
            Some(Known::Is(choices)) => choices.first()?.clone(),
            Some(Known::Unknown(_)) => return None,
            // With `populate_by_name` the field's own name is tried after its alias.
            None if self.config.reads_names(self.evidence) => return None,
            None => match &spec.alias {
                Some(alias) => alias.is()?.clone(),
                None => {
                    let generated = generator.validation.apply(self.reader.names, name);
                    generated.or_else(|| generator.alias.apply(self.reader.names, name))?.into_option()?
                }
            },
        };
        (&*source != name).then_some(source)
    }

    /// The generated name of a field in a response.
    fn generated(&self, name: &str) -> Option<Known<Box<str>>> {
        let generator = &self.config.generator;
        let names = self.reader.names;
        generator.serialization.apply(names, name).or_else(|| generator.alias.apply(names, name))
    }

    fn constraints(&self, field: &mut Field, spec: &Spec<'_>) {
        if matches!(field.ty.shape, Shape::Text) {
            field.length = match spec.max_length {
                Some(Known::Is(length)) => Known::Is(Some(length)),
                Some(Known::Unknown(why)) => Known::Unknown(why),
                None => Known::Is(None),
            };
            field.values = Known::Is(spec.values.clone());
        }
        if spec.unread {
            field.length = Known::Unknown(Why::DynamicExpression);
            field.values = Known::Unknown(Why::DynamicExpression);
        }
    }

    /// What validators and serializers leave unknown.
    fn effects(&self, field: &mut Field, annotation: Option<&Annotation>, spec: &Spec<'_>) {
        let metadata = annotation.map_or(&[][..], |annotation| &annotation.metadata);
        let validators: Vec<_> =
            metadata.iter().filter_map(|metadata| self.reader.annotated_validator(metadata)).collect();
        let mut keys: Vec<&str> = vec![&field.name];
        keys.extend(spec.alias.iter().filter_map(Known::is).map(|alias| &**alias));
        keys.extend(spec.validation.iter().filter_map(Known::is).flatten().map(|alias| &**alias));
        keys.extend(field.wire_name.is().map(|name| &**name));
        let nullable = field.nullable != Known::Is(false);
        let Effect { null, ty, presence, input } =
            self.code.effect(&field.name, &keys, nullable, &validators);
        if null && field.nullable.is().is_some() {
            field.nullable = Known::Unknown(Why::CodeDecides);
        }
        if ty {
            field.ty.shape = Shape::Unknown(Why::CodeDecides);
        }
        if presence && field.presence == Known::Is(Presence::Required) {
            field.presence = Known::Unknown(Why::CodeDecides);
        }
        field.converted = input || self.finds_members(&field.ty.shape);
        if field.ty.shape == Shape::Text && field.values == Known::Is(None) {
            field.values = Known::Is(self.code.admits(&field.name, &validators).map(<[_]>::to_vec));
        }
        field.sent = self.sent(&field.name, metadata).or_else(|| self.encoded(field)).map(Box::new);
    }

    /// Whether an enumeration in a type finds members for other values than theirs (`_missing_`; Python 3, "Supported `_sunder_` names").
    fn finds_members(&self, shape: &Shape) -> bool {
        match shape {
            Shape::Enum(of) => {
                of.target.as_ref().is_some_and(|key| self.reader.names.attribute(key, "_missing_").is_some())
            }
            Shape::List(inner) | Shape::Map(_, inner) => self.finds_members(inner),
            Shape::OneOf(members) => members.iter().any(|member| self.finds_members(member)),
            _ => false,
        }
    }

    /// What a serializer makes of a field: a method of the model, or one in the annotation.
    fn sent(&self, name: &str, metadata: &[Metadata]) -> Option<Sent> {
        let unknown = || Sent {
            ty: DeclaredType::unknown(Why::CodeDecides),
            nullable: Known::Unknown(Why::CodeDecides),
        };
        if let Some(serializer) = self.code.serializer(name) {
            let Some((returns, owner)) = &serializer.returns else { return Some(unknown()) };
            let Some(returns) = returns.expression() else { return Some(unknown()) };
            return Some(self.sent_as(owner, returns));
        }
        metadata.iter().rev().find_map(|metadata| {
            let call = metadata.expr.as_call()?;
            let (file, scope) = (metadata.file, &*metadata.scope);
            let target = self.reader.names.resolve(file, scope, &call.callee);
            if !matches!(pydantic_name(target.external()?)?, "PlainSerializer" | "WrapSerializer") {
                return None;
            }
            let home = DeclarationKey { file, path: scope.into() };
            if let Some(returns) = call.keyword("return_type") {
                return Some(self.sent_as(&home, returns));
            }
            let function = call.positional().next().or_else(|| call.keyword("func"))?;
            match self.reader.names.resolve(file, scope, function) {
                Target::Function(key, Function { returns: Some(returns), .. }) => {
                    returns.expression().map(|returns| self.sent_as(&key, returns))
                }
                _ => Some(unknown()),
            }
        })
    }

    /// What an encoder of the configuration makes of a field.
    fn encoded(&self, field: &Field) -> Option<Sent> {
        let shape = self.config.encoders.sent(&field.ty.shape)?;
        let nullable = if shape.is_unknown() { Known::Unknown(Why::CodeDecides) } else { field.nullable };
        Some(Sent { ty: DeclaredType::new(field.ty.written.clone(), shape), nullable })
    }

    fn sent_as(&self, owner: &DeclarationKey, returns: &Expr) -> Sent {
        let annotation = self.reader.annotations.read(Place::new(owner.file, &owner.path), returns);
        let written = self.reader.written(owner.file, returns);
        let shape = match annotation.shape {
            // `Any` says that the author did not.
            Shape::Any => Shape::Unknown(Why::CodeDecides),
            shape => shape,
        };
        let nullable =
            if shape.is_unknown() { Known::Unknown(Why::CodeDecides) } else { annotation.nullable };
        Sent { ty: DeclaredType::new(written, shape), nullable }
    }

    /// Computed fields, those of base classes first; a subclass's version keeps the place of the inherited one.
    fn computed(&self, home: &DeclarationKey) -> Vec<Field> {
        let names = self.reader.names;
        let (mut fields, mut index): (Vec<Field>, HashMap<&str, usize>) = (Vec::new(), HashMap::new());
        let hierarchy = names.hierarchy(home);
        let bindings = self.reader.bindings(home);
        for ((owner, _), bindings) in
            hierarchy.mro.iter().zip(&bindings).rev().filter_map(|(ancestor, bindings)| match ancestor {
                Ancestor::Class { key, class, .. } => Some(((key, class), bindings)),
                _ => None,
            })
        {
            let Some(scope) = names.class_scope(owner) else { continue };
            for (name, binding) in scope.iter() {
                let Binding::Function(function) = binding else { continue };
                let Some(alias) = self.computed_alias(owner, function) else { continue };
                let place = Place { file: owner.file, scope: &owner.path, bindings };
                let field = self.computed_field(place, owner, function, name, alias);
                match index.get(name) {
                    Some(at) => fields[*at] = field,
                    None => {
                        index.insert(name, fields.len());
                        fields.push(field);
                    }
                }
            }
        }
        fields
    }

    /// `Some` for a function that `@computed_field` decorates: the alias it gives, if any.
    fn computed_alias(
        &self,
        owner: &DeclarationKey,
        function: &'a Function,
    ) -> Option<Option<Known<Box<str>>>> {
        let names = self.reader.names;
        function.decorators.iter().find_map(|decorator| {
            let call = decorator.as_call();
            let callee = call.map_or(decorator, |call| &call.callee);
            let target = names.resolve(owner.file, &owner.path, callee);
            if target.external().and_then(pydantic_name) != Some("computed_field") {
                return None;
            }
            let alias = call.and_then(|call| call.keyword("alias")).filter(|alias| !alias.is_null());
            Some(alias.map(|alias| match names.fold(owner.file, &owner.path, alias) {
                Constant::Text(alias) => Known::Is(alias),
                _ => Known::Unknown(Why::DynamicExpression),
            }))
        })
    }

    fn computed_field(
        &self,
        place: Place<'_>,
        owner: &DeclarationKey,
        function: &Function,
        name: &str,
        alias: Option<Known<Box<str>>>,
    ) -> Field {
        let span: Span = function.name_range.in_file(owner.file);
        let mut field = Field::new(name, FieldKind::Computed, span);
        field.presence = Known::Is(Presence::Required);
        if let Some(returns) = function.returns.as_ref().and_then(|returns| returns.expression()) {
            let annotation = self.reader.annotations.read(place, returns);
            field.ty = DeclaredType::new(self.reader.written(owner.file, returns), annotation.shape);
            field.nullable = annotation.nullable;
        }
        let unread = || self.config.unread.then_some(Known::Unknown(Why::DynamicExpression));
        let wire_name = alias.or_else(|| self.generated(name)).or_else(unread);
        field.wire_name = wire_name.unwrap_or_else(|| Known::Is(name.into()));
        field.sent = self.sent(name, &[]).map(Box::new);
        if owner != self.key {
            field.declared_in = Some(owner.clone());
        }
        field
    }
}

fn at(metadata: &Metadata) -> At<'_> {
    At { file: metadata.file, scope: &metadata.scope, constraints_only: metadata.in_optional }
}
