//! What is seen to bring NULL into a column that may hold it, and what is seen to keep it out.

use std::collections::BTreeMap;

use alignment_graph::LinkKind;
use alignment_model::entity::{Entity, EntityId, Field, FieldId};
use alignment_model::project::{ModelWrite, NamedWrite, RowMade, RowStatement, Stored, WriteKind};
use alignment_model::shape::DeclarationKey;
use alignment_model::{Known, Layer};

use crate::Context;
use crate::persistence::is_column;
use crate::writes::{attributes_of, body, default_of_class, has_none_for_default, written};

/// How a column that may be NULL comes to hold it.
pub(crate) enum Nulls<'n> {
    /// Code that is seen to store it, in words.
    Stored(&'n str),
    /// Nothing is seen to keep it out.
    Possible,
    /// A default of the model fills what the application inserts.
    Defaulted,
    /// All code that is seen to write a row gives a value that is never None.
    AlwaysGiven,
}

/// What the writes of a project say about NULL.
pub(crate) struct NullSources<'c> {
    context: &'c Context<'c>,
    /// What stores NULL, by the attribute.
    stored: BTreeMap<FieldId, String>,
    /// Statements of SQL that write, by the table in lower case.
    statements: BTreeMap<String, Vec<(&'c RowStatement, &'c NamedWrite)>>,
}

impl<'c> NullSources<'c> {
    pub(crate) fn new(context: &'c Context<'c>) -> Self {
        let mut stored = BTreeMap::new();
        for found in written(context, |carried| {
            let left_out = carried.write.leaves_out;
            let kept = left_out.none || left_out.defaults && has_none_for_default(carried.field);
            // An INSERT leaves an attribute that is None out where its column has a default (SQLAlchemy 2.0, "ORM-Enabled INSERT").
            let replaced = carried.write.kind == WriteKind::Insert && has_default(context, carried.id);
            carried.field.nullable.is_yes() && !kept && !replaced
        }) {
            for carried in &found.carried {
                let column = carried.attribute.wire_name.is().unwrap_or(&carried.attribute.name);
                let request = body(found.operation, found.schema.1, carried.field);
                let words = || format!("{request} stores NULL in `{column}`");
                stored.entry(carried.id).or_insert_with(words);
            }
        }
        for row in &context.graph.project().rows {
            leave_out(context, row, &mut stored);
        }
        let mut sources = Self { context, stored, statements: statements_by_table(context) };
        sources.add_statements();
        sources
    }

    /// How the column of an attribute comes to hold NULL.
    pub(crate) fn of(&self, id: FieldId) -> Nulls<'_> {
        match self.stored.get(&id) {
            Some(request) => Nulls::Stored(request),
            None if has_default(self.context, id) => Nulls::Defaulted,
            None if self.is_always_given(id) => Nulls::AlwaysGiven,
            None => Nulls::Possible,
        }
    }

    /// Whether something may store NULL in the column of an attribute: code that is seen to, a request that may carry null for it, rows
    /// that are made without it, or writes whose values are not followed.
    pub(crate) fn may_be_stored(&self, id: FieldId) -> bool {
        let project = self.context.graph.project();
        let model = project.entity(id.entity);
        let (Some(key), Some(attribute)) = (&model.declaration, self.context.graph.field(id)) else {
            return true;
        };
        let is_written_by_sql = model
            .table()
            .is_some_and(|table| project.unfollowed.tables.contains(table.name.to_lowercase().as_str()));
        is_written_by_sql
            || self.may_be_named(id, model, attribute)
            || self.stored.contains_key(&id)
            || project.unfollowed.models.contains(key)
            || self.given(key, attribute).contains(&Given::MayBeNone)
            || self.is_nullable_in_requests(id)
    }

    /// Whether a statement that names its columns may store NULL in that of an attribute.
    fn may_be_named(&self, id: FieldId, model: &Entity, attribute: &Field) -> bool {
        let project = self.context.graph.project();
        let named = project.unfollowed.statements.iter();
        let own = named.filter(|(key, _)| Some(key) == model.declaration.as_ref()).map(|(_, write)| write);
        let table = model.table().map(|table| table.name.to_lowercase());
        let by_sql = table.and_then(|table| self.statements.get(&table)).into_iter().flatten();
        // A default that only the model declares for the database fills nothing there.
        let defaulted = attribute.default != Known::Is(None) || !self.is_null_by_default(id);
        let may_be = |write: &NamedWrite, filled: bool| match stored_by(write, attribute) {
            Some(stored) => stored != Stored::Value,
            None => write.inserts && !filled,
        };
        own.into_iter().any(|write| may_be(write, defaulted))
            || by_sql.into_iter().any(|(_, write)| may_be(write, !self.is_null_by_default(id)))
    }

    /// Adds the columns that statements fill with NULL: by its name, or by leaving a column without a default out.
    fn add_statements(&mut self) {
        let project = self.context.graph.project();
        let mut found = Vec::new();
        for (id, model) in project.layer(Layer::Orm) {
            let Some(table) = model.table() else { continue };
            let table = table.name.to_lowercase();
            let is_filled = project.triggers.any || project.triggers.tables.contains(&*table);
            let Some(statements) = self.statements.get(&table).filter(|_| !is_filled) else { continue };
            for (at, attribute) in (0..).zip(&model.fields).filter(|(_, attribute)| is_column(attribute)) {
                let id = FieldId { entity: id, field: at };
                let words = statements.iter().find_map(|(statement, write)| {
                    let does = match stored_by(write, attribute) {
                        Some(Stored::Null) => "sets",
                        None if write.inserts && self.is_null_by_default(id) => "leaves out",
                        _ => return None,
                    };
                    let column = attribute.wire_name.is().unwrap_or(&attribute.name);
                    let (verb, path) = (statement.verb.word(), project.path(statement.span.file));
                    let what =
                        if does == "sets" { "sets `{column}` to NULL" } else { "leaves `{column}` out" };
                    let what = what.replace("{column}", column);
                    Some(format!("{verb} of `{table}` in `{path}` {what}"))
                });
                found.extend(words.map(|words| (id, words)));
            }
        }
        for (id, words) in found {
            self.stored.entry(id).or_insert(words);
        }
    }

    /// Whether the database itself puts NULL where an INSERT leaves the column of an attribute out.
    fn is_null_by_default(&self, id: FieldId) -> bool {
        let columns = self.context.graph.fields_below(id);
        let takes_null = |column: &Field| {
            let flags = &column.column;
            column.nullable.is_yes()
                && column.server_default == Known::Is(None)
                && !flags.generated.is_generated()
        };
        !columns.is_empty()
            && columns.iter().all(|column| self.context.graph.field(column.field).is_some_and(takes_null))
    }

    /// Whether a request that reaches the model may carry null for an attribute.
    fn is_nullable_in_requests(&self, id: FieldId) -> bool {
        let above = self.context.graph.fields_above(id).into_iter();
        let mut taken = above.filter(|above| above.link.kind == LinkKind::Fills && above.link.flow.write);
        taken.any(|above| self.context.graph.field(above.field).is_some_and(|field| field.nullable.is_yes()))
    }

    /// Whether rows are seen to be made, and no code that is seen leaves the attribute out or may set it to None.
    fn is_always_given(&self, id: FieldId) -> bool {
        let model = self.context.graph.project().entity(id.entity);
        let (Some(key), Some(attribute)) = (&model.declaration, self.context.graph.field(id)) else {
            return false;
        };
        let given = self.given(key, attribute);
        given.contains(&Given::Always) && !given.contains(&Given::MayBeNone)
    }

    /// What each piece of code that is seen to write rows gives an attribute.
    fn given(&self, key: &DeclarationKey, attribute: &Field) -> Vec<Given> {
        let project = self.context.graph.project();
        let writes = project.writes.iter().filter(|write| write.model == *key);
        let writes = writes.filter(|write| !project.is_test(write.span.file));
        let rows = project.rows.iter().filter(|row| row.model == *key);
        let rows = rows.filter(|row| !project.is_test(row.span.file));
        writes
            .map(|write| self.by_write(write, attribute))
            .chain(rows.map(|row| self.by_row(row, attribute)))
            .collect()
    }

    fn by_write(&self, write: &ModelWrite, attribute: &Field) -> Given {
        if write.set.contains(&attribute.name) {
            return Given::ByCode;
        }
        let inserts = write.kind == WriteKind::Insert;
        let source = self.schema(&write.schema).and_then(|(_, schema)| {
            schema.fields.iter().find(|field| attributes_of(write, field).contains(&&*attribute.name))
        });
        let Some(field) = source else {
            return if inserts { Given::MayBeNone } else { Given::ByCode };
        };
        let leaves_out = write.leaves_out;
        let may_be_left_out = leaves_out.unknown
            || (leaves_out.unset || leaves_out.defaults) && field.default != Known::Is(None);
        match (field.nullable.is_no(), inserts) {
            (true, true) if !may_be_left_out => Given::Always,
            (true, false) => Given::ByCode,
            (false, false) if leaves_out.none && !leaves_out.unknown => Given::ByCode,
            _ => Given::MayBeNone,
        }
    }

    fn by_row(&self, row: &RowMade, attribute: &Field) -> Given {
        let is_null = row.nulls.contains(&attribute.name);
        if row.sure.contains(&attribute.name) {
            return Given::Always;
        }
        if !is_null && row.given.contains(&attribute.name) || row.class_sets.contains(&attribute.name) {
            return Given::ByCode;
        }
        if is_null {
            return Given::MayBeNone;
        }
        let schema = row.schema.as_ref().and_then(|schema| self.schema(schema));
        match schema.and_then(|(_, schema)| schema.field(&attribute.name)) {
            Some(field) if field.nullable.is_no() && !field.excluded => Given::Always,
            _ => Given::MayBeNone,
        }
    }

    fn schema(&self, key: &DeclarationKey) -> Option<(EntityId, &'c Entity)> {
        self.context.graph.declared_by(key).find(|(_, entity)| entity.layer() == Layer::Schema)
    }
}

/// What a statement stores in the column of an attribute, where it names it: of several values the likeliest NULL.
fn stored_by(write: &NamedWrite, attribute: &Field) -> Option<Stored> {
    let column = attribute.wire_name.is().unwrap_or(&attribute.name);
    let named = write.columns.iter().chain(&write.updated);
    let own = named.filter(|(name, _)| name == column || *name == attribute.name);
    own.map(|(_, stored)| *stored).min()
}

fn statements_by_table<'c>(
    context: &Context<'c>,
) -> BTreeMap<String, Vec<(&'c RowStatement, &'c NamedWrite)>> {
    let mut found: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for statement in context.graph.project().statements.iter().filter(|statement| statement.whole) {
        if let Some((table, write)) = &statement.write {
            found.entry(table.name.to_lowercase()).or_default().push((statement, write));
        }
    }
    found
}

/// Adds the attributes that are None in a row, where all that it is given is seen and none of it fills another column.
fn leave_out(context: &Context<'_>, row: &RowMade, stored: &mut BTreeMap<FieldId, String>) {
    let project = context.graph.project();
    let mut declared = context.graph.declared_by(&row.model);
    let Some((id, model)) = declared.find(|(_, entity)| entity.layer() == Layer::Orm) else { return };
    let columns_only = row.given.iter().all(|name| model.field(name).is_some_and(is_column));
    if !columns_only || project.listeners.any || project.is_test(row.span.file) {
        return;
    }
    for (at, attribute) in (0..).zip(&model.fields) {
        let by_others =
            row.class_sets.contains(&attribute.name) || project.listeners.sets.contains(&attribute.name);
        let id = FieldId { entity: id, field: at };
        if by_others || !is_column(attribute) || has_default(context, id) {
            continue;
        }
        let words = if row.nulls.contains(&attribute.name) {
            format!("`{}` may add a `{}` with `{}` None", row.maker, model.name, attribute.name)
        } else if row.schema.is_none() && !row.given.contains(&attribute.name) {
            format!("`{}` adds a `{}` without `{}`", row.maker, model.name, attribute.name)
        } else {
            continue;
        };
        stored.entry(id).or_insert(words);
    }
}

/// What one piece of code gives an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    /// A value that is never None.
    Always,
    /// A value that code decides on, or none to a row that has one.
    ByCode,
    /// None, or nothing at all.
    MayBeNone,
}

/// Whether the application fills the attribute of a new row: by a default of the column, or of the SQLModel class, whose
/// constructor sets every field that is not given (SQLModel 0.0.44, `sqlmodel_table_construct`) while a column that is written
/// apart stays as it is (`get_column_from_field`).
pub(crate) fn has_default(context: &Context<'_>, id: FieldId) -> bool {
    context.graph.field(id).is_some_and(|attribute| {
        attribute.default != Known::Is(None)
            || attribute.server_default != Known::Is(None)
            || default_of_class(context, id, attribute).is_some_and(|field| !has_none_for_default(field))
    })
}
