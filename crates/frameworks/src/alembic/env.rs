//! What the `env.py` of a tree gives to Alembic: the metadata whose naming convention holds for operations, too.
//!
//! Source: Alembic 1.17, `operations/schemaobj.py` (`SchemaObjects.metadata`): the `naming_convention` of `target_metadata`, where that
//! is one object. Deliberately absent: metadata given to `context.configure` other than by the variable `target_metadata`.

use alignment_model::code::{Expr, ExprKind};

use crate::orm::naming_convention_of;
use crate::python::{Binding, Names};
use crate::sqlalchemy::naming::NamingConvention;

/// The naming convention of a tree's `target_metadata`, else SQLAlchemy's own.
pub(super) fn naming_convention(names: &Names<'_>, tree: &str) -> NamingConvention {
    let path = if tree.is_empty() { "env.py".to_owned() } else { format!("{tree}/env.py") };
    read(names, &path).unwrap_or_default()
}

fn read<'a>(names: &Names<'a>, path: &str) -> Option<NamingConvention> {
    let file = names.input().sources.find(path)?;
    let Binding::Variable(assign) = names.module(file)?.get("target_metadata")? else { return None };
    let value: &'a Expr = assign.value.as_ref()?;
    match &value.kind {
        // Of several metadata objects none gives its convention.
        ExprKind::List(_) | ExprKind::Tuple(_) => None,
        _ => NamingConvention::of(&naming_convention_of(names, file, value)?),
    }
}
