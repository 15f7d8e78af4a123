//! What a response carries beside or instead of what is declared: computed fields, and what serializers make of fields.
//!
//! Rules: Pydantic 2, "Fields: the `computed_field` decorator" and "Serialization". Deliberately absent: `when_used`; a
//! serializer is taken to run.

use std::collections::HashMap;

use alignment_model::code::{Expr, Function};
use alignment_model::entity::{DeclaredType, Field, FieldKind, Presence, Sent};
use alignment_model::shape::{DeclarationKey, Shape};
use alignment_model::{Known, Span, Why};

use super::kind::pydantic_name;
use super::model::Model;
use crate::python::annotations::{Metadata, Place};
use crate::python::{Ancestor, Binding, Constant, Target};

impl<'a> Model<'_, '_, 'a> {
    /// What a serializer makes of a field: a method of the model, or one in the annotation.
    pub(super) fn sent(&self, name: &str, metadata: &[Metadata]) -> Option<Sent> {
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
    pub(super) fn computed(&self, home: &DeclarationKey) -> Vec<Field> {
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
