//! Pydantic, SQLModel, dataclasses, typed dictionaries, msgspec, attrs and enumerations -> schemas.
//!
//! | module | purpose |
//! |---|---|
//! | `kind` | what sort of schema a class is |
//! | `version` | Pydantic 1 or 2, by evidence |
//! | `config` | a model's configuration, with what it inherits |
//! | `members` | which fields a model has, over its lineage |
//! | `spec` | `Field(...)` and its kin |
//! | `model` | a Pydantic model -> an entity |
//! | `made` | `create_model` |
//! | `code` | validators and serializers, and what they can change |
//! | `null_flow`, `admitted` | what a validator does with `None`, and which values it refuses |
//! | `alias` | alias generators |
//! | `defaults`, `pattern` | values of defaults; patterns that are lists of values |
//! | `described` | how what documents say of schemas comes about |
//! | `plain` | dataclasses, typed dictionaries, structs, attrs classes, enumerations |
//!
//! Deliberately absent: named tuples (they travel as arrays), classes inside functions, and classes made from names that
//! are only known at run time.

mod admitted;
mod alias;
mod code;
mod config;
mod defaults;
mod described;
mod encoders;
mod kind;
mod made;
mod members;
mod model;
mod null_flow;
mod pattern;
mod plain;
mod spec;
#[cfg(test)]
mod tests;
pub(crate) mod version;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use alignment_model::code::Class;
use alignment_model::entity::{Completeness, Detail, Entity, EntityKind, Field};
use alignment_model::project::Project;
use alignment_model::shape::DeclarationKey;

use self::config::Config;
use self::kind::Kind;
use self::version::Versions;
use crate::Input;
use crate::python::Names;
use crate::python::annotations::Annotations;
use crate::python::packages::Locked;

/// Adds schemas and enumerations, by file and place.
pub fn collect(input: Input<'_>, names: &Names<'_>, project: &mut Project) {
    let reader = Reader {
        names,
        annotations: Annotations::new(names),
        versions: Versions::new(input),
        sqlmodel: Locked::new(input, "sqlmodel"),
        configs: RefCell::default(),
    };
    let mut entities: Vec<Entity> =
        names.classes().filter_map(|(key, class)| reader.entity(key, class)).collect();
    entities.extend(input.facts.iter().flat_map(|facts| reader.made_models(facts.file)));
    entities.sort_by_key(|entity| entity.span);
    project.entities.extend(entities);
    project.descriptions = described::read(names);
}

/// Reads the schemas of one project.
struct Reader<'n, 'a> {
    names: &'n Names<'a>,
    annotations: Annotations<'n, 'a>,
    versions: Versions,
    sqlmodel: Locked,
    configs: RefCell<HashMap<DeclarationKey, Rc<Config>>>,
}

impl<'a> Reader<'_, 'a> {
    /// The entity a class declares, if it is a schema.
    fn entity(&self, key: &DeclarationKey, class: &'a Class) -> Option<Entity> {
        let kind = kind::kind(self.names, key, class)?;
        Some(match kind {
            Kind::Enum => self.enumeration(key, class),
            _ if kind.is_pydantic() => self.model(key, class, kind),
            _ => self.plain(key, class, kind),
        })
    }

    fn entity_of(
        &self,
        key: &DeclarationKey,
        class: &Class,
        kind: EntityKind,
        fields: Vec<Field>,
        completeness: Completeness,
        detail: Detail,
    ) -> Entity {
        Entity {
            kind,
            name: class.name.clone(),
            qualname: self.names.qualified(key).into(),
            declaration: Some(key.clone()),
            span: class.name_range.in_file(key.file),
            fields,
            completeness,
            detail,
        }
    }
}
