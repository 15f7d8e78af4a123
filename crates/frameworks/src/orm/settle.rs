//! What needs all models: foreign keys that name attributes, types of columns that only refer, constraints, directions of
//! relationships, and attributes that `backref` makes.

use std::collections::HashMap;

use alignment_model::database::Generated;
use alignment_model::entity::{ConstraintKind, EntityKind, Field, FieldKind, Presence, TableName};
use alignment_model::shape::{DeclarationKey, Shape, Value};
use alignment_model::{Known, Why};

use super::build::{Built, column_constraints};
use super::fields::Attribution;
use super::relationships::{self, Relation, RelationTarget};
use crate::python::{Names, Target};
use crate::sqlalchemy::constraints::Referred;

/// Foreign keys to foreign keys followed.
const LONGEST_CHAIN: usize = 8;

/// Settles all references between models.
pub(super) fn settle(names: &Names<'_>, built: &mut [Built]) {
    let index = Index::new(built);
    name_references(&index, built);
    fill_types(&index, built);
    for model in built.iter_mut() {
        column_constraints(model);
        constrain_columns(model);
    }
    relate(names, &index, built);
}

/// Models by what refers to them.
struct Index {
    by_key: HashMap<DeclarationKey, usize>,
    /// Models by table; those of other bases may have tables of the same name.
    by_table: HashMap<TableName, Vec<usize>>,
    /// Classes by name; several may share one.
    by_name: HashMap<Box<str>, Vec<usize>>,
}

impl Index {
    fn new(built: &[Built]) -> Self {
        let mut index = Self { by_key: HashMap::new(), by_table: HashMap::new(), by_name: HashMap::new() };
        for (at, model) in built.iter().enumerate() {
            if let Some(key) = &model.key {
                index.by_key.insert(key.clone(), at);
            }
            if let Known::Is(table) = &model.table
                && model.shares_table_of.is_none()
            {
                index.by_table.entry(table.clone()).or_default().push(at);
            }
            if model.kind == EntityKind::Model {
                index.by_name.entry(model.name.clone()).or_default().push(at);
            }
        }
        index
    }

    /// The model of a table that `own` refers to: one of its own base's, else the only one there is.
    fn table<'b>(&self, built: &'b [Built], own: &Built, table: &TableName) -> Option<&'b Built> {
        let named = self.by_table.get(table)?;
        let same_base = |at: &&usize| built.get(**at).is_some_and(|model| model.base == own.base);
        match (named.iter().find(same_base), named.as_slice()) {
            (Some(at), _) | (None, [at]) => built.get(*at),
            _ => None,
        }
    }
}

/// `ForeignKey(User.id)` -> the table and column of that attribute.
fn name_references(index: &Index, built: &mut [Built]) {
    let mut named = Vec::new();
    for (at, model) in built.iter().enumerate() {
        for (field, made) in model.fields.iter().enumerate() {
            for (reference, key) in made.foreign_keys.iter().enumerate() {
                if let Known::Is(Referred::Attribute(owner, attribute)) = &key.target {
                    let target = index.by_key.get(owner).and_then(|at| built.get(*at));
                    let column = target.and_then(|target| {
                        let column = target.columns().find(|field| field.name == *attribute)?;
                        Some((target.table.is()?.clone(), column.wire_name.is()?.clone()))
                    });
                    let settled = match column {
                        Some((table, column)) => Known::Is(Referred::Column(table, Some(column))),
                        None => Known::Unknown(Why::UndefinedName),
                    };
                    named.push((at, field, reference, settled));
                }
            }
        }
    }
    for (at, field, reference, settled) in named {
        if let Some(made) = built.get_mut(at).and_then(|model| model.fields.get_mut(field))
            && let Some(key) = made.foreign_keys.get_mut(reference)
        {
            key.target = settled;
        }
    }
}

/// A column without a type of its own has the type of the column it refers to (SQLAlchemy 2.0, "ForeignKey", "the type of
/// the column may be omitted").
fn fill_types(index: &Index, built: &mut [Built]) {
    for _ in 0..LONGEST_CHAIN {
        let mut filled = Vec::new();
        for (at, model) in built.iter().enumerate() {
            for (position, made) in model.fields.iter().enumerate().filter(|(_, made)| made.type_of_target) {
                let target = made
                    .foreign_keys
                    .iter()
                    .find_map(|key| referred_column(index, built, model, made, key.target.is()?));
                if let Some(target) = target
                    && !target.type_of_target
                {
                    filled.push((at, position, target.field.clone()));
                }
            }
        }
        if filled.is_empty() {
            break;
        }
        for (at, position, target) in filled {
            if let Some(made) = built.get_mut(at).and_then(|model| model.fields.get_mut(position)) {
                take_type(&mut made.field, &target);
                made.type_of_target = false;
            }
        }
    }
    for made in built.iter_mut().flat_map(|model| &mut model.fields).filter(|made| made.type_of_target) {
        made.field.ty.shape = Shape::Unknown(Why::UndefinedName);
        made.field.length = Known::Unknown(Why::UndefinedName);
    }
}

fn take_type(field: &mut Field, target: &Field) {
    let written = std::mem::take(&mut field.ty.written);
    field.ty = target.ty.clone();
    if !written.is_empty() {
        field.ty.written = written;
    }
    field.length = target.length;
    if target.ty.shape.values().is_some() {
        field.values = target.values.clone();
    }
    if let (Some(sent), None) = (&target.sent, &field.sent) {
        let mut sent = sent.clone();
        sent.nullable = field.nullable;
        field.sent = Some(sent);
    }
}

fn referred_column<'b>(
    index: &Index,
    built: &'b [Built],
    owner: &Built,
    own: &Attribution,
    target: &Referred,
) -> Option<&'b Attribution> {
    let Referred::Column(table, column) = target else { return None };
    let model = index.table(built, owner, table)?;
    let column = column.as_deref().or(own.field.wire_name.is().map(|name| &**name))?;
    model.fields.iter().find(|made| {
        made.field.kind == FieldKind::Column
            && made.field.wire_name.is().is_some_and(|name| &**name == column)
    })
}

/// What the constraints of a table say about single columns.
fn constrain_columns(model: &mut Built) {
    let constraints = std::mem::take(&mut model.constraints);
    for constraint in &constraints {
        match &constraint.kind {
            ConstraintKind::PrimaryKey(columns) => {
                for column in columns {
                    if let Some(made) = column_mut(model, column)
                        && !made.field.column.primary_key
                    {
                        made.field.column.primary_key = true;
                        made.field.presence = Known::Is(Presence::Defaulted);
                        if !made.nullable_given {
                            made.field.nullable = Known::Is(false);
                        }
                    }
                }
            }
            ConstraintKind::Unique(columns) => {
                if let [column] = columns.as_slice()
                    && let Some(Attribution { field, .. }) = column_mut(model, column)
                {
                    field.column.unique = true;
                }
            }
            ConstraintKind::ForeignKey(key) => {
                if let [column] = key.columns.as_slice()
                    && let Some(Attribution { field, .. }) = column_mut(model, column)
                {
                    field.column.foreign_key = true;
                }
            }
            ConstraintKind::Check { values: Some((column, values)), .. } => {
                let values: Vec<Value> = values.clone();
                if let Some(Attribution { field, .. }) = column_mut(model, column)
                    && matches!(field.values, Known::Is(None))
                {
                    field.values = Known::Is(Some(values));
                }
            }
            _ => {}
        }
    }
    model.constraints = constraints;
    fill_by_database(model);
}

/// A lone integer primary key without default or foreign key is filled by the database (SQLAlchemy 2.0, "Column", parameter
/// `autoincrement`).
fn fill_by_database(model: &mut Built) {
    let keys = model.fields.iter_mut().filter(|made| made.field.column.primary_key);
    let mut keys: Vec<&mut Attribution> = keys.collect();
    if let [key] = keys.as_mut_slice() {
        let integer = matches!(key.field.ty.shape, Shape::Int(_));
        let free = key.foreign_keys.is_empty()
            && matches!(key.field.default, Known::Is(None))
            && matches!(key.field.server_default, Known::Is(None));
        // Without `autoincrement` SQLAlchemy leaves the key to the program, which then must give it.
        let left = !matches!(key.field.presence, Known::Is(Presence::Required));
        if integer && free && left && !key.field.column.generated.is_generated() {
            key.field.column.generated = Generated::Serial;
        }
    }
}

fn column_mut<'m>(model: &'m mut Built, column: &str) -> Option<&'m mut Attribution> {
    model.fields.iter_mut().find(|made| {
        made.field.kind == FieldKind::Column
            && made.field.wire_name.is().is_some_and(|name| &**name == column)
    })
}

/// Looks up the targets of relationships, settles their direction, and adds what `backref` makes.
fn relate(names: &Names<'_>, index: &Index, built: &mut [Built]) {
    let mut settled = Vec::new();
    for (at, model) in built.iter().enumerate() {
        for (position, made) in model.fields.iter().enumerate() {
            if let Some(relation) = &made.relation {
                let target = find_target(names, index, built, at, relation);
                settled.push((at, position, relation.clone(), target));
            }
        }
    }
    let mut added = Vec::new();
    for (at, position, relation, target) in settled {
        let many = relation.many.or_else(|| direction(built, at, &relation, target));
        let nullable = relation.nullable.unwrap_or_else(|| nullability(built, at, &relation, target, many));
        let named = target
            .and_then(|target| built.get(target))
            .and_then(|target| Some((target.name.clone(), target.key.clone()?)));
        let own = built.get(at).and_then(|model| Some((model.name.clone(), model.key.clone()?)));
        let Some(made) = built.get_mut(at).and_then(|model| model.fields.get_mut(position)) else { continue };
        relationships::settle(
            &mut made.field,
            named.as_ref().map(|(name, key)| (&**name, key.clone())),
            many,
            nullable,
        );
        if let (Some((name, uselist)), Some(target), Some((own_name, own_key))) =
            (&relation.backref, target, own)
        {
            let many = uselist.or(many.map(|many| !many || relation.secondary));
            let mut field = Field::new(name.clone(), FieldKind::Relationship, made.field.span);
            field.presence = Known::Is(Presence::Defaulted);
            field.declared_in = Some(own_key.clone());
            let nullable = Known::Unknown(Why::NotStated);
            relationships::settle(&mut field, Some((&own_name, own_key)), many, nullable);
            added.push((target, field));
        }
    }
    let heirs = if added.is_empty() { HashMap::new() } else { heirs(names, index, built) };
    for (target, field) in added {
        // Classes that inherit from the target have the attribute too.
        for at in std::iter::once(target).chain(heirs.get(&target).into_iter().flatten().copied()) {
            if let Some(model) = built.get_mut(at)
                && model.fields.iter().all(|made| made.field.name != field.name)
            {
                model.fields.push(Attribution::plain(field.clone()));
            }
        }
    }
}

/// The models that inherit from each model.
fn heirs(names: &Names<'_>, index: &Index, built: &[Built]) -> HashMap<usize, Vec<usize>> {
    let mut heirs: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, model) in built.iter().enumerate() {
        let Some(key) = &model.key else { continue };
        for (ancestor, _) in names.hierarchy(key).classes().skip(1) {
            if let Some(parent) = index.by_key.get(ancestor) {
                heirs.entry(*parent).or_default().push(at);
            }
        }
    }
    heirs
}

fn find_target(
    names: &Names<'_>,
    index: &Index,
    built: &[Built],
    at: usize,
    relation: &Relation,
) -> Option<usize> {
    let own = built.get(at)?;
    match &relation.target {
        RelationTarget::Class(key) => index.by_key.get(key).copied(),
        RelationTarget::Named(name) => {
            let path: Vec<&str> = name.split('.').collect();
            if let Target::Class(key, _) = names.resolve_path(own.span.file, "", &path)
                && let Some(found) = index.by_key.get(&key)
            {
                return Some(*found);
            }
            let last = path.last()?;
            let candidates = index.by_name.get(*last)?;
            let fits = |candidate: &&usize| {
                built.get(**candidate).is_some_and(|model| {
                    path.len() == 1
                        || model.qualname.ends_with(&format!(".{name}"))
                        || *model.qualname == **name
                })
            };
            let fitting: Vec<usize> = candidates.iter().filter(fits).copied().collect();
            let same_base: Vec<usize> = fitting
                .iter()
                .copied()
                .filter(|candidate| built.get(*candidate).is_some_and(|model| model.base == own.base))
                .collect();
            match (same_base.as_slice(), fitting.as_slice()) {
                ([one], _) | (_, [one]) => Some(*one),
                _ => None,
            }
        }
        RelationTarget::Unknown => None,
    }
}

/// One or many by where the foreign key is: in this class's table it points at one, in the other's it is held by many.
fn direction(built: &[Built], at: usize, relation: &Relation, target: Option<usize>) -> Option<bool> {
    if relation.secondary {
        return Some(true);
    }
    let (own, target) = (built.get(at)?, built.get(target?)?);
    if own.table == target.table {
        return Some(!relation.remote_side);
    }
    match (refers(own, target), refers(target, own)) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        (true, true) => {
            let own_key =
                relation.foreign_keys.iter().any(|name| own.columns().any(|field| field.name == *name));
            (!relation.foreign_keys.is_empty()).then_some(!own_key)
        }
        (false, false) => None,
    }
}

fn refers(own: &Built, target: &Built) -> bool {
    target.table.is().is_some_and(|table| foreign_key_columns(own, table).next().is_some())
}

/// The columns of a model that refer to a table.
fn foreign_key_columns<'b>(own: &'b Built, table: &'b TableName) -> impl Iterator<Item = &'b str> {
    let keys = own.constraints.iter().filter_map(move |constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(key) if key.target == *table => Some(key),
        _ => None,
    });
    keys.flat_map(|key| key.columns.iter().map(|column| &**column))
}

/// A reference to one object is `None` exactly where its foreign key is NULL.
fn nullability(
    built: &[Built],
    at: usize,
    relation: &Relation,
    target: Option<usize>,
    many: Option<bool>,
) -> Known<bool> {
    let unknown = Known::Unknown(Why::NotStated);
    let (Some(own), Some(target), Some(false)) =
        (built.get(at), target.and_then(|target| built.get(target)), many)
    else {
        return unknown;
    };
    let Known::Is(table) = &target.table else { return unknown };
    let named = |column: &&str| {
        relation.foreign_keys.is_empty()
            || own.column(column).is_some_and(|field| relation.foreign_keys.contains(&field.name))
    };
    let columns: Vec<&str> = foreign_key_columns(own, table).filter(named).collect();
    match columns.as_slice() {
        [column] => own.column(column).map_or(unknown, |field| field.nullable),
        _ => unknown,
    }
}
