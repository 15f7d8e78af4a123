//! Dataclasses, typed dictionaries, msgspec structs, attrs classes and enumerations -> entities.
//!
//! Rules: Python 3.13, `dataclasses` and `typing.TypedDict`; msgspec 0.19, "Structs"; attrs 25, "API Reference".

use std::collections::HashMap;

use alignment_model::code::{Assign, Call, Class, Expr, ExprKind, Literal};
use alignment_model::entity::{
    Completeness, DeclaredType, DefaultKind, DefaultValue, Detail, Entity, EntityKind, EnumDetail, Field,
    FieldKind, Presence, SchemaDetail,
};
use alignment_model::shape::{DeclarationKey, Shape, Value};
use alignment_model::{Known, Why};

use super::Reader;
use super::alias::Naming;
use super::kind::{self, Kind, adds_no_field};
use crate::python::annotations::{Place, Qualifier};
use crate::python::constants::cases::{to_camel, to_pascal};
use crate::python::{Ancestor, Binding, enums};

impl<'a> Reader<'_, 'a> {
    /// A class with annotated attributes and no framework of its own behind it.
    pub(super) fn plain(&self, key: &DeclarationKey, class: &'a Class, kind: Kind) -> Entity {
        let (mut slots, mut index): (Vec<Option<Field>>, HashMap<&str, usize>) = (Vec::new(), HashMap::new());
        let mut completeness = Completeness::default();
        let bindings = self.bindings(key);
        for (ancestor, bindings) in self.names.hierarchy(key).mro.iter().zip(&bindings).rev() {
            match ancestor {
                Ancestor::Class { key: owner, class, .. } => {
                    // A base that is no dataclass itself adds no field.
                    if owner != key && kind::kind(self.names, owner, class) != Some(kind) {
                        continue;
                    }
                    let Some(scope) = self.names.class_scope(owner) else { continue };
                    for (name, binding) in scope.iter() {
                        let Binding::Variable(assign) = binding else { continue };
                        let place = Place { file: owner.file, scope: &owner.path, bindings };
                        let Some(mut field) = self.plain_field(place, owner, class, kind, name, assign)
                        else {
                            continue;
                        };
                        if owner != key {
                            field.declared_in = Some(owner.clone());
                        }
                        match index.get(name) {
                            Some(at) => slots[*at] = Some(field),
                            None => {
                                index.insert(name, slots.len());
                                slots.push(Some(field));
                            }
                        }
                    }
                }
                Ancestor::External { path, written_in, .. } if !adds_no_field(path) => {
                    let message = format!("base class `{path}` is defined outside the repository");
                    completeness.lacks(Why::ExternalName, message, Some(self.class_span(written_in)));
                }
                Ancestor::Unknown { name, written_in } => {
                    let message = format!("base class `{name}` could not be resolved");
                    completeness.lacks(Why::UndefinedName, message, Some(self.class_span(written_in)));
                }
                _ => {}
            }
        }
        let fields = slots.into_iter().flatten().collect();
        let detail = SchemaDetail {
            bases: class.positional_bases().map(|base| self.written(key.file, base)).collect(),
            type_parameters: self.type_parameters(key),
            ..SchemaDetail::default()
        };
        let kind = if kind == Kind::TypedDict { EntityKind::TypedDict } else { EntityKind::Dataclass };
        self.entity_of(key, class, kind, fields, completeness, Detail::Schema(detail))
    }

    fn plain_field(
        &self,
        place: Place<'_>,
        owner: &DeclarationKey,
        class: &Class,
        kind: Kind,
        name: &str,
        assign: &'a Assign,
    ) -> Option<Field> {
        let written = assign.annotation.as_ref()?.expression()?;
        let annotation = self.annotations.read(place, written);
        let says = |qualifier| annotation.qualifiers.contains(&qualifier);
        let marker = self.names.resolve(owner.file, &owner.path, written);
        if says(Qualifier::ClassVar)
            || says(Qualifier::InitVar)
            || marker.external() == Some("dataclasses.KW_ONLY")
        {
            return None;
        }
        let span = assign.target.range.in_file(owner.file);
        let mut field = Field::new(name, FieldKind::Field, span);
        field.ty = DeclaredType::new(self.written(owner.file, written), annotation.shape.clone());
        field.nullable = annotation.nullable;
        if kind == Kind::TypedDict {
            let total = class.keyword("total").and_then(Expr::as_bool) != Some(false);
            let required = says(Qualifier::Required) || total && !says(Qualifier::NotRequired);
            field.presence = Known::Is(if required { Presence::Required } else { Presence::Optional });
            return Some(field);
        }
        self.plain_default(&mut field, owner, assign.value.as_ref());
        if kind == Kind::Struct {
            self.struct_name(&mut field, owner, class, assign.value.as_ref());
        }
        Some(field)
    }

    /// `= value`, `= field(default=value)`, `= field(default_factory=list)`, `= attrs.field(factory=list)`.
    fn plain_default(&self, field: &mut Field, owner: &DeclarationKey, value: Option<&'a Expr>) {
        field.presence = Known::Is(Presence::Required);
        let Some(value) = value else { return };
        let (value, factory) = match self.field_call(owner, value) {
            Some(call) => {
                let factory = call.keyword("default_factory").or_else(|| call.keyword("factory"));
                (call.keyword("default"), factory)
            }
            None => (Some(value), None),
        };
        if let Some(factory) = factory {
            let text = self.written(owner.file, factory);
            field.default = Known::Is(Some(DefaultValue { kind: DefaultKind::Computed, text }));
        } else if let Some(value) = value {
            if matches!(value.kind, ExprKind::Literal(Literal::Ellipsis)) {
                return;
            }
            field.default = self.default_value(owner.file, &owner.path, value);
        } else {
            return;
        }
        field.presence = Known::Is(Presence::Defaulted);
    }

    fn field_call(&self, owner: &DeclarationKey, value: &'a Expr) -> Option<&'a Call> {
        let call = value.as_call()?;
        let target = self.names.resolve(owner.file, &owner.path, &call.callee);
        let is_field = matches!(
            target.external()?,
            "dataclasses.field"
                | "pydantic.Field"
                | "attr.ib"
                | "attr.attrib"
                | "attr.field"
                | "attrs.field"
                | "msgspec.field"
        );
        is_field.then_some(call)
    }

    /// `msgspec.field(name="x")`, `class S(Struct, rename="camel")`.
    fn struct_name(&self, field: &mut Field, owner: &DeclarationKey, class: &Class, value: Option<&'a Expr>) {
        let named =
            value.and_then(|value| self.field_call(owner, value)).and_then(|call| call.keyword("name"));
        if let Some(named) = named {
            let name = self.names.fold(owner.file, &owner.path, named);
            field.wire_name = match name.text() {
                Some(name) => Known::Is(name.into()),
                None => Known::Unknown(Why::DynamicExpression),
            };
            return;
        }
        let Some(rename) = class.keyword("rename") else { return };
        let naming = match rename.as_text() {
            Some("camel") => Naming::Package(to_camel),
            Some("pascal") => Naming::Package(to_pascal),
            Some("lower") => {
                field.wire_name = Known::Is(field.name.to_lowercase().into());
                return;
            }
            _ if rename.is_null() => return,
            _ => Naming::Unknown(Why::UnsupportedConstruct),
        };
        if let Some(name) = naming.apply(self.names, &field.name) {
            field.wire_name = name;
        }
    }

    /// An enumeration: its members are fields, and its values those that travel.
    pub(super) fn enumeration(&self, key: &DeclarationKey, class: &'a Class) -> Entity {
        let members = self.names.enum_members(key).unwrap_or_default();
        let fields = members.iter().map(|member| {
            let mut field =
                Field::new(member.name.clone(), FieldKind::Member, member.range.in_file(key.file));
            field.wire_name = match &member.value {
                Known::Is(value) => Known::Is(value.plain().into()),
                Known::Unknown(why) => Known::Unknown(*why),
            };
            field.ty = DeclaredType::new("", member_shape(&member.value));
            field.nullable = Known::Is(false);
            field.presence = Known::Is(Presence::Required);
            field
        });
        let fields = fields.collect();
        let values = enums::values(&members);
        let mut completeness = Completeness::default();
        if let Known::Unknown(why) = values {
            completeness.lacks(
                why,
                "a member's value is not known",
                Some(class.name_range.in_file(key.file)),
            );
        }
        let names = members.iter().map(|member| member.name.clone()).collect();
        // Python 3.13, `enum`, "Supported __dunder__ names": looks up what no member has.
        let completes = self.names.attribute(key, "_missing_").is_some();
        let detail = EnumDetail { names, values: values.into_option(), completes, ..EnumDetail::default() };
        self.entity_of(key, class, EntityKind::PythonEnum, fields, completeness, Detail::Values(detail))
    }
}

fn member_shape(value: &Known<Value>) -> Shape {
    match value {
        Known::Is(value) => Shape::Literals(vec![value.clone()]),
        Known::Unknown(why) => Shape::Unknown(*why),
    }
}
