//! What a class of the repository is in an annotation: an enumeration, a scalar by inheritance, or an object.

use std::cell::RefCell;
use std::collections::HashMap;

use alignment_model::shape::{DeclarationKey, EnumShape, Shape};

use super::known_types::{Meaning, meaning};
use crate::python::{Names, enums};

/// What each class that was asked for is, remembered: an enumeration of a hundred members stands in a hundred fields.
#[derive(Default)]
pub(super) struct Classes {
    known: RefCell<HashMap<DeclarationKey, Option<Shape>>>,
}

impl Classes {
    /// The shape of a class that is no object: an enumeration, or a subclass of a scalar (`class UserId(str)`), which
    /// Pydantic and SQLAlchemy treat as the scalar.
    pub(super) fn shape(&self, names: &Names<'_>, key: &DeclarationKey) -> Option<Shape> {
        if let Some(known) = self.known.borrow().get(key) {
            return known.clone();
        }
        let shape = read(names, key);
        self.known.borrow_mut().insert(key.clone(), shape.clone());
        shape
    }
}

fn read(names: &Names<'_>, key: &DeclarationKey) -> Option<Shape> {
    let hierarchy = names.hierarchy(key);
    if enums::is_enum(hierarchy) {
        let values = enums::values(&names.enum_members(key).unwrap_or_default());
        let name = super::last_segment(&key.path).into();
        return Some(Shape::Enum(EnumShape { name, target: Some(key.clone()), values }));
    }
    hierarchy.externals().find_map(|path| match meaning(path) {
        Some(Meaning::Is(shape)) if !matches!(shape, Shape::Any) => Some(shape.clone()),
        _ => None,
    })
}
