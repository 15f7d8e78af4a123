//! FastAPI: decorated functions and mounted routers -> operations, and the conversions their bodies show.

use alignment_model::project::Project;

use crate::Input;
use crate::python::Names;

/// Adds operations and conversions.
pub fn collect(_input: Input<'_>, _names: &Names<'_>, _project: &mut Project) {}
