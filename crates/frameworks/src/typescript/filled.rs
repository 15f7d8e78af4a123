//! Properties that client code fills itself after an answer has come: `{ ...service, applications }`, `node.data.applications = ...`.
//!
//! A file says which properties it fills, and the types that it names say which values it may mean. Deliberately absent: the types
//! of expressions. What a property is filled with from itself (`{ ...a, b: a.b ?? 0 }`) has come with the answer.

use std::collections::{BTreeSet, HashMap};

use alignment_model::FileId;
use alignment_model::code::{
    Bodies, Expr, ExprKind, ExprPart, FileFacts, Function, MapEntry, Operator, Statement,
};
use alignment_model::entity::Entity;
use alignment_model::project::Project;

use super::calls::each_expr;
use super::text::has_word;
use super::uses::{is_client_code, spoken};
use crate::Input;

/// Notes which properties of the client types of a project its code fills.
pub(super) fn collect(input: Input<'_>, project: &mut Project) {
    let mut spread: HashMap<FileId, BTreeSet<&str>> = HashMap::new();
    for facts in input.facts.iter().filter(|facts| facts.bodies == Bodies::Lowered) {
        spread.insert(facts.file, filled(facts));
    }
    let mut owners: HashMap<&str, Vec<&Entity>> = HashMap::new();
    for entity in &project.entities {
        entity.fields.iter().for_each(|field| owners.entry(&field.name).or_default().push(entity));
    }
    let mut found = BTreeSet::new();
    for (id, file) in input.sources.iter() {
        if !is_client_code(&file.path) {
            continue;
        }
        let mut filled = assigned(&file.text);
        filled.extend(spread.remove(&id).into_iter().flatten());
        for name in filled {
            for entity in owners.get(name).into_iter().flatten() {
                if let Some(key) = &entity.declaration
                    && (key.file == id || has_word(&file.text, spoken(entity)))
                {
                    found.insert((key.clone(), name.into()));
                }
            }
        }
    }
    project.filled = found;
}

/// Properties that objects are given in the code of a file beside those that they take over.
fn filled(facts: &FileFacts) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut bodies: Vec<&[Statement]> = vec![&facts.body];
    while let Some(body) = bodies.pop() {
        each_expr(body, &mut |part| match part {
            ExprPart::Expr(expr) => spread_with(expr, &mut found),
            ExprPart::Function(Function { body, .. }) => bodies.push(body),
            ExprPart::Class(class) => bodies.push(&class.body),
            ExprPart::Type(_) => {}
        });
    }
    found
}

/// `service.applications = ...`, also in files that were not parsed, or without their bodies. An object's own fields are not
/// what came with an answer.
fn assigned(text: &str) -> BTreeSet<&str> {
    let targets = text.match_indices(" = ").filter_map(|(at, _)| {
        let before = text.get(..at)?;
        let (object, name) = before.rsplit_once('.')?;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
        (is_name && !object.ends_with("this") && object.ends_with(|c: char| c.is_alphanumeric() || c == ']'))
            .then_some(name)
    });
    targets.collect()
}

/// `{ ...service, applications: ... }`
fn spread_with<'a>(expr: &'a Expr, found: &mut BTreeSet<&'a str>) {
    let ExprKind::Map(entries) = &expr.kind else { return };
    if !entries.iter().any(|entry| matches!(entry, MapEntry::Spread(_))) {
        return;
    }
    for entry in entries {
        if let MapEntry::Pair(key, value) = entry
            && let Some(name) = key.as_text()
            && !is_copy(value, name)
        {
            found.insert(name);
        }
    }
}

/// Whether a value is the property of that name, or that with a default.
fn is_copy(value: &Expr, name: &str) -> bool {
    match &value.kind {
        ExprKind::Member(_, own) => **own == *name,
        ExprKind::Binary(Operator::Coalesce | Operator::BooleanOr, left, _) => is_copy(left, name),
        ExprKind::As(inner, _) => is_copy(inner, name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::assigned;

    #[test]
    fn an_assignment_fills_a_property_of_another_object() {
        let text = "node.data.total = 1; this.own = 2; a.b == c; rows[0].state = x; let plain = 3; f.g => h";
        assert_eq!(assigned(text).into_iter().collect::<Vec<_>>(), ["state", "total"]);
    }
}
