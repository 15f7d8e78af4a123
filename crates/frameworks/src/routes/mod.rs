//! FastAPI: decorated functions and mounted routers -> operations.
//!
//! | module | purpose |
//! |---|---|
//! | `interpreter` | runs the code that puts routers together |
//! | `registry` | the routers it finds, with what each serves and includes |
//! | `packages` | routers that packages define |
//! | `operations` | routers -> operations, prefix by prefix |
//! | `parameters`, `markers`, `dependencies` | a handler's signature -> parameters and bodies |
//! | `response` | what an operation answers |
//! | `answers` | what a handler gives where no type says it |
//!
//! Sources: FastAPI 0.115, "Bigger Applications", "Response Model", "Dependencies", "Request Body", and
//! `fastapi/dependencies/utils.py` (`analyze_param`), `fastapi/routing.py` (`APIRouter.include_router`).
//!
//! Deliberately absent: websockets, routes of Starlette (`@app.route`), GraphQL, and what middleware does to a response.

mod answers;
mod dependencies;
mod interpreter;
mod markers;
mod operations;
mod packages;
mod parameters;
mod registry;
mod response;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use alignment_model::FileId;
use alignment_model::code::Expr;
use alignment_model::entity::EntityKind;
use alignment_model::layer::Layer;
use alignment_model::project::Project;
use alignment_model::shape::DeclarationKey;

use self::operations::Served;
use crate::Input;
use crate::python::Names;
use crate::python::annotations::Annotations;
use crate::schemas::version::Versions;

/// Methods of routers that register a handler for the HTTP method of that name.
const HTTP_METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options", "trace"];

/// Adds operations. Schemas and models must be there already.
pub fn collect(input: Input<'_>, names: &Names<'_>, project: &mut Project) {
    let registry = interpreter::run(names);
    let classes = project
        .entities
        .iter()
        .filter(|entity| entity.layer() == Layer::Schema)
        .filter_map(|entity| Some((entity.declaration.clone()?, entity.kind)))
        .collect();
    let reader =
        Reader { names, annotations: Annotations::new(names), classes, versions: Versions::new(input) };
    let Served { operations, open, problems } = operations::read(&reader, &registry);
    project.entities.extend(operations);
    project.open_mounts.extend(open);
    project.problems.extend(problems);
}

/// What the readers of handlers share.
struct Reader<'n, 'a> {
    names: &'n Names<'a>,
    annotations: Annotations<'n, 'a>,
    /// Classes that are schemas of any kind.
    classes: HashMap<DeclarationKey, EntityKind>,
    /// Pydantic's version, by file.
    versions: Versions,
}

impl Reader<'_, '_> {
    /// An expression as written, white space folded.
    fn written(&self, file: FileId, expr: &Expr) -> Box<str> {
        let text = self.names.input().sources.text(file).get(expr.range.to_usize()).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ").into()
    }
}
