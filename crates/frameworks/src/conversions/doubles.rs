//! Models of whose name there is another class in the repository, which is neither model nor schema and has attributes of the same names: a
//! domain class beside its table. What a schema called after both is validated from is not known by its name.

use std::collections::{BTreeSet, HashMap, HashSet};

use alignment_model::Layer;
use alignment_model::code::{Class, Language, Statement};
use alignment_model::entity::Entity;
use alignment_model::project::Project;
use alignment_model::shape::DeclarationKey;

use super::Context;
use crate::python::scope::each_statement;

/// Attributes that two classes must have in common, for a name alone says little.
const ENOUGH: usize = 2;

/// Those models.
pub(super) fn read(context: &Context<'_, '_, '_>, project: &Project) -> BTreeSet<DeclarationKey> {
    let mut by_name: HashMap<&str, Vec<&Entity>> = HashMap::new();
    for (_, model) in project.layer(Layer::Orm) {
        by_name.entry(&model.name).or_default().push(model);
    }
    let mut found = BTreeSet::new();
    for facts in context.names.input().facts {
        if facts.language != Language::Python || project.is_test(facts.file) {
            continue;
        }
        each_statement(&facts.body, &mut |statement, _| {
            let Statement::Class(class) = statement else { return };
            let Some(models) = by_name.get(&*class.name) else { return };
            let own = DeclarationKey { file: facts.file, path: class.name.clone() };
            if !context.is_plain(&own) {
                return;
            }
            let attributes = annotated(class);
            let is_double = |model: &&&Entity| {
                model.fields.iter().filter(|field| attributes.contains(&*field.name)).count() >= ENOUGH
            };
            found.extend(models.iter().filter(is_double).filter_map(|model| model.declaration.clone()));
        });
    }
    found
}

/// Attributes that a class annotates, and parameters of its constructor.
fn annotated(class: &Class) -> HashSet<&str> {
    class.body.iter().flat_map(names).collect()
}

fn names(statement: &Statement) -> Vec<&str> {
    match statement {
        Statement::Assign(assign) if assign.annotation.is_some() => {
            assign.target.as_name().into_iter().collect()
        }
        Statement::Function(function) if &*function.name == "__init__" => {
            function.parameters.iter().map(|parameter| &*parameter.name).collect()
        }
        _ => Vec::new(),
    }
}
