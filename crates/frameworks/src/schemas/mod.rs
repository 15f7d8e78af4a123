//! Pydantic, dataclasses, typed dictionaries and enumerations -> schemas.

use alignment_model::project::Project;

use crate::Input;
use crate::python::Names;

/// Adds schemas and enumerations.
pub fn collect(_input: Input<'_>, _names: &Names<'_>, _project: &mut Project) {}
