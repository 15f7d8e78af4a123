//! SQLAlchemy and SQLModel: mapped classes -> models.

use alignment_model::project::Project;

use crate::Input;
use crate::python::Names;

/// Adds models and metadata.
pub fn collect(_input: Input<'_>, _names: &Names<'_>, _project: &mut Project) {}
