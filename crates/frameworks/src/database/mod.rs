//! Schema changes -> tables: the schema machine, and the sources it reads.

use alignment_model::project::Project;

use crate::Input;
use crate::python::Names;

/// Adds tables, views and their sources.
pub fn collect(_input: Input<'_>, _names: &Names<'_>, _project: &mut Project) {}
