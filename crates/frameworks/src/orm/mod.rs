//! SQLAlchemy and SQLModel: mapped classes -> models.
//!
//! | module | purpose |
//! |---|---|
//! | `mapped` | which classes are mapped, and to which base |
//! | `table_name`, `table_args` | the table of a class: name, schema, constraints |
//! | `attributes` | the attributes of a class over its hierarchy |
//! | `fields`, `column`, `annotated`, `alias`, `sqlmodel` | one attribute -> one field: columns, properties, hybrids |
//! | `constructor` | attributes that the class's own `__init__` fills |
//! | `relationships` | relationships and the attributes that `backref` makes |
//! | `tables` | `Table(...)` objects and imperative mapping |
//! | `third_party` | columns that mixins of packages bring |
//! | `settle` | what needs all models: types of foreign keys, directions, constraints |
//! | `loading` | which models a program ever loads |
//! | `started` | whose tables the application makes itself when it starts |
//! | `metadata` | declarative bases and `MetaData()` |
//!
//! Deliberately absent: what a program does to its mappings at run time (`add_property`, events, reflection).

mod alias;
mod annotated;
mod attributes;
mod build;
mod column;
mod constructor;
mod fields;
pub(crate) mod loading;
mod mapped;
mod metadata;
mod relationships;
mod settle;
mod sqlmodel;
mod started;
mod table_args;
mod table_name;
mod tables;
mod third_party;

#[cfg(test)]
mod mapping_tests;
#[cfg(test)]
mod tests;

pub(crate) use metadata::naming_convention_of;

use alignment_model::project::Project;

use crate::Input;
use crate::python::Names;

/// Adds models, tables that no class maps, and metadata.
pub fn collect(_input: Input<'_>, names: &Names<'_>, project: &mut Project) {
    let mut built = build::build(names);
    settle::settle(names, &mut built);
    metadata::collect(names, &built, project);
    project.entities.extend(built.into_iter().map(build::Built::into_entity));
}
