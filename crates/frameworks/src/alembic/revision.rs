//! Which files are revisions, by what they say: a module-level `revision` with a text, beside a `down_revision`.
//!
//! Source: Alembic 1.17, "Create a Migration Script". File names, folders and docstrings are not read: they are free, and lie.

use alignment_model::code::{Assign, FileFacts, Function, Statement};
use alignment_model::{FileId, Span};

use crate::python::{Constant, Names};

/// One revision file.
#[derive(Clone, Debug)]
pub(crate) struct RevisionFile<'a> {
    /// The file.
    pub(crate) file: FileId,
    /// Its identifier.
    pub(crate) id: Box<str>,
    /// `down_revision`; `None` where it could not be evaluated.
    pub(crate) parents: Option<Vec<Box<str>>>,
    /// `depends_on`, as written: identifiers, parts of them, or labels.
    pub(crate) depends_on: Vec<Box<str>>,
    /// `branch_labels`.
    pub(crate) labels: Vec<Box<str>>,
    /// Place of the `revision` variable.
    pub(crate) span: Span,
    /// Place of the `down_revision` variable.
    pub(crate) parents_span: Span,
    /// What applies it.
    pub(crate) upgrade: Option<&'a Function>,
}

/// Whether a file is a revision.
pub(crate) fn is_revision<'a>(names: &Names<'a>, facts: &'a FileFacts) -> bool {
    read(names, facts.file, &facts.body).is_some()
}

/// The revision that a file is, if it is one.
pub(crate) fn read<'a>(names: &Names<'a>, file: FileId, body: &'a [Statement]) -> Option<RevisionFile<'a>> {
    let id = variable(body, "revision")?;
    let parents = variable(body, "down_revision")?;
    let value =
        |assign: &Assign| assign.value.as_ref().map_or(Constant::None, |value| names.fold(file, "", value));
    let listed =
        |name: &str| variable(body, name).and_then(|assign| texts(&value(assign))).unwrap_or_default();
    let Constant::Text(revision) = value(id) else { return None };
    let upgrade = body.iter().rev().find_map(|statement| match statement {
        Statement::Function(function) if &*function.name == "upgrade" => Some(&**function),
        _ => None,
    });
    Some(RevisionFile {
        file,
        id: revision,
        parents: texts(&value(parents)),
        depends_on: listed("depends_on"),
        labels: listed("branch_labels"),
        span: id.range.in_file(file),
        parents_span: parents.range.in_file(file),
        upgrade,
    })
}

/// The last module-level assignment to a name that has a value.
fn variable<'a>(body: &'a [Statement], name: &str) -> Option<&'a Assign> {
    body.iter().rev().find_map(|statement| match statement {
        Statement::Assign(assign) if assign.target.as_name() == Some(name) && assign.value.is_some() => {
            Some(&**assign)
        }
        _ => None,
    })
}

/// Nothing, one text, or several.
fn texts(value: &Constant) -> Option<Vec<Box<str>>> {
    match value {
        Constant::None => Some(Vec::new()),
        Constant::Text(text) => Some(vec![text.clone()]),
        Constant::List(items) | Constant::Tuple(items) => {
            items.iter().map(|item| item.text().map(Into::into)).collect()
        }
        _ => None,
    }
}
