//! Models made by a call: `create_model("Name", field=(type, default), __base__=Base)`.
//!
//! Rules: Pydantic 2 and 1.10, "Dynamic model creation". Deliberately absent: calls inside functions, and fields that are
//! spread in from a dictionary (the model is then incomplete).

use alignment_model::code::{Assign, Call, Expr, ExprKind};
use alignment_model::entity::Entity;
use alignment_model::shape::DeclarationKey;
use alignment_model::{FileId, Why};

use super::Reader;
use super::config::Config;
use super::kind::{self, Kind, pydantic_name};
use super::members::{Declared, Member, Members};
use super::model::Source;
use crate::python::annotations::Place;
use crate::python::{Binding, Target};

impl<'a> Reader<'_, 'a> {
    /// The models that variables of a module are given.
    pub(super) fn made_models(&self, file: FileId) -> Vec<Entity> {
        let Some(scope) = self.names.module(file) else { return Vec::new() };
        let assigned = scope.iter().filter_map(|(name, binding)| match binding {
            Binding::Variable(assign) => self.made_model(file, name, assign),
            _ => None,
        });
        assigned.collect()
    }

    fn made_model(&self, file: FileId, variable: &str, assign: &'a Assign) -> Option<Entity> {
        let call = assign.value.as_ref()?.as_call()?;
        let callee = self.names.resolve(file, "", &call.callee);
        if callee.external().and_then(pydantic_name) != Some("create_model") {
            return None;
        }
        let key = DeclarationKey { file, path: variable.into() };
        let named = call.positional().next().or_else(|| call.keyword("model_name"));
        let name = named.and_then(Expr::as_text).unwrap_or(variable);
        let base = call.keyword("__base__");
        let home = base.and_then(|base| match self.names.resolve(file, "", base) {
            Target::Class(home, _) if kind::is_model(self.names.hierarchy(&home)) => Some(home),
            _ => None,
        });
        let mut members = match &home {
            Some(home) => self.members(home, self.version(home, &self.config(home))),
            None => Members::default(),
        };
        let place = assign.target.range.in_file(file);
        if home.is_none() && base.is_some_and(|base| !base.is_null()) {
            members.completeness.lacks(
                Why::UnsupportedConstruct,
                "its base is not one known model",
                Some(place),
            );
        }
        self.made_fields(&mut members, &key, call);
        let bases = base.map(|base| self.written(file, base)).into_iter().collect();
        let source = Source { key: &key, name, range: assign.target.range, bases };
        Some(self.model_of(source, home.as_ref().unwrap_or(&key), Kind::Model, members))
    }

    /// `field=(type, default)`, `field=(type, ...)`, `field=type`.
    fn made_fields(&self, members: &mut Members<'a>, key: &DeclarationKey, call: &'a Call) {
        let owner = DeclarationKey { file: key.file, path: "".into() };
        for argument in &call.arguments {
            if matches!(argument.value.kind, ExprKind::Spread(_)) {
                let place = argument.value.range.in_file(key.file);
                members.completeness.lacks(Why::DynamicExpression, "fields are spread into it", Some(place));
            }
            let Some(name) = argument.keyword.as_deref().filter(|name| !name.starts_with('_')) else {
                continue;
            };
            if matches!(argument.value.kind, ExprKind::Spread(_)) || name == "model_name" {
                continue;
            }
            let (written, value) = match &argument.value.kind {
                ExprKind::Tuple(parts) => match parts.as_slice() {
                    [written, value] => (Some(written), Some(value)),
                    _ => continue,
                },
                // Pydantic 1 takes anything else for a default, whose type is that of the field.
                _ if self.version(key, &Config::default()) == Some(1) => (None, Some(&argument.value)),
                _ => (Some(&argument.value), None),
            };
            let annotation =
                written.map(|written| (written, self.annotations.read(Place::new(key.file, ""), written)));
            let (range, owner) = (argument.value.range, owner.clone());
            members.put(name, Member::Declared(Declared { name, range, annotation, value, owner }));
        }
    }
}
