//! Mapped classes and `Table(...)` objects -> entities whose references to each other are still open.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use alignment_model::code::{Expr, ExprKind, MapEntry};
use alignment_model::entity::{
    Completeness, Constraint, ConstraintKind, Detail, Entity, EntityKind, Field, FieldKind, LoadedBy, Model,
    TableName,
};
use alignment_model::shape::DeclarationKey;
use alignment_model::{Known, Span, Why};

use super::annotated::TypeMap;
use super::attributes::{self, Attribute};
use super::fields::{Attribution, Reader, columns_by_attribute};
use super::mapped::{Mapped, Models, Style};
use super::table_name::{self, TableOf};
use super::tables::{self, TableCall};
use super::{constructor, table_args, third_party};
use crate::python::annotations::Annotations;
use crate::python::{Ancestor, Binding, Names, Target};
use crate::sqlalchemy::At;
use crate::sqlalchemy::columns::ColumnCall;

/// A model or table before its references are settled.
pub(super) struct Built {
    pub(super) kind: EntityKind,
    pub(super) name: Box<str>,
    pub(super) qualname: Box<str>,
    /// The class, or the variable of a `Table(...)`.
    pub(super) key: Option<DeclarationKey>,
    pub(super) span: Span,
    pub(super) fields: Vec<Attribution>,
    pub(super) table: Known<TableName>,
    pub(super) constraints: Vec<Constraint>,
    pub(super) base: Option<DeclarationKey>,
    pub(super) shares_table_of: Option<DeclarationKey>,
    pub(super) is_schema: bool,
    pub(super) given_table: bool,
    pub(super) completeness: Completeness,
}

impl Built {
    pub(super) fn into_entity(self) -> Entity {
        let is_model = self.kind == EntityKind::Model;
        Entity {
            kind: self.kind,
            name: self.name,
            qualname: self.qualname,
            declaration: self.key.filter(|_| is_model),
            span: self.span,
            fields: self.fields.into_iter().map(|made| made.field).collect(),
            completeness: self.completeness,
            detail: Detail::Model(Model {
                table: self.table,
                constraints: self.constraints,
                base: self.base,
                shares_table_of: self.shares_table_of,
                is_schema: self.is_schema,
                given_table: self.given_table,
                loaded: LoadedBy::default(),
            }),
        }
    }

    /// The column whose name in the table is `name`.
    pub(super) fn column(&self, name: &str) -> Option<&Field> {
        self.columns().find(|field| field.wire_name.is().is_some_and(|own| &**own == name))
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().map(|made| &made.field).filter(|field| field.kind == FieldKind::Column)
    }
}

/// Builds every model and every table that no class maps.
pub(super) fn build(names: &Names<'_>) -> Vec<Built> {
    let mut models = Models::find(names);
    let tables: Vec<Rc<TableCall>> = tables::collect(names).into_iter().map(Rc::new).collect();
    let by_variable: HashMap<&DeclarationKey, usize> =
        tables.iter().enumerate().filter_map(|(at, table)| Some((table.variable.as_ref()?, at))).collect();
    let imperative = add_imperative(names, &mut models);
    let mut builder = Builder {
        names,
        annotations: Annotations::new(names),
        type_maps: HashMap::new(),
        models: &models,
        tables: &tables,
        by_variable: &by_variable,
        mapped_tables: HashSet::new(),
        imperative: &imperative,
    };
    let mut built: Vec<Built> = models.all.iter().filter_map(|mapped| builder.model(mapped)).collect();
    let mapped_tables = builder.mapped_tables;
    let named: HashSet<TableName> = built.iter().filter_map(|model| model.table.is().cloned()).collect();
    built.extend(tables.into_iter().enumerate().filter_map(|(at, table)| {
        let free = !mapped_tables.contains(&at) && table.name.is().is_none_or(|name| !named.contains(name));
        (free && !table.reflected).then(|| table_object(names, &table))
    }));
    built.sort_by_key(|built| (built.kind, built.span));
    built
}

/// Classes that `map_imperatively` maps, with the call's arguments: table and `properties=`.
type Imperative<'a> = HashMap<DeclarationKey, (alignment_model::FileId, &'a alignment_model::code::Call)>;

fn add_imperative<'a>(names: &Names<'a>, models: &mut Models<'a>) -> Imperative<'a> {
    let mut out = HashMap::new();
    for (key, file, call) in tables::imperative(names) {
        let Some(class) = names.class(&key) else { continue };
        out.insert(key.clone(), (file, call));
        if !models.by_key.contains_key(&key) {
            models.by_key.insert(key.clone(), models.all.len());
            let mapped = Mapped { key, class, style: Style::Declarative, base: None, parent: None };
            models.all.push(mapped);
        }
    }
    out
}

struct Builder<'b, 'n, 'a> {
    names: &'n Names<'a>,
    annotations: Annotations<'n, 'a>,
    /// By base, since a project has few.
    type_maps: HashMap<Option<DeclarationKey>, TypeMap<'a>>,
    models: &'b Models<'a>,
    tables: &'b [Rc<TableCall>],
    by_variable: &'b HashMap<&'b DeclarationKey, usize>,
    /// Tables that a class maps, by position.
    mapped_tables: HashSet<usize>,
    imperative: &'b Imperative<'a>,
}

impl<'a> Builder<'_, '_, 'a> {
    fn model(&mut self, mapped: &Mapped<'a>) -> Option<Built> {
        let completeness = self.completeness(mapped);
        let table_of = table_name::of_class(self.names, self.models, mapped);
        let given = self.given_table(mapped, &table_of);
        let declared = !matches!(table_of, TableOf::Own(Known::Unknown(Why::NotStated)));
        if !declared && given.is_none() && completeness.is_complete() {
            return None;
        }
        let types =
            self.type_maps.remove(&mapped.base).unwrap_or_else(|| TypeMap::of_class(self.names, &mapped.key));
        let mut fields = self.fields(mapped, &types, given.as_deref());
        self.type_maps.insert(mapped.base.clone(), types);
        let mut built = Built {
            kind: EntityKind::Model,
            name: mapped.class.name.clone(),
            qualname: self.names.qualified(&mapped.key).into(),
            key: Some(mapped.key.clone()),
            span: mapped.class.name_range.in_file(mapped.key.file),
            fields: Vec::new(),
            table: Known::Unknown(Why::NotStated),
            constraints: Vec::new(),
            base: mapped.base.clone(),
            shares_table_of: None,
            is_schema: mapped.style == Style::SqlModel,
            given_table: given.is_some() || self.imperative.contains_key(&mapped.key),
            completeness,
        };
        self.place(mapped, table_of, given.as_deref(), &mut fields, &mut built);
        let filled = constructor::filled(self.names, &mapped.key);
        for made in &mut fields {
            made.field.column.constructed = filled.contains(&made.field.name);
        }
        built.fields = fields;
        Some(built)
    }

    /// The `Table(...)` that a class maps: `__table__`, or the second argument of `map_imperatively`.
    fn given_table(&mut self, mapped: &Mapped<'a>, table_of: &TableOf) -> Option<Rc<TableCall>> {
        let (file, scope, expr) = match (table_of, self.imperative.get(&mapped.key)) {
            (_, Some((file, call))) => (*file, "".into(), call.positional().nth(1)?),
            (TableOf::Given, None) => {
                let (owner, binding) = self.names.attribute(&mapped.key, "__table__")?;
                let Binding::Variable(assign) = binding else { return None };
                (owner.file, owner.path.clone(), assign.value.as_ref()?)
            }
            _ => return None,
        };
        if let ExprKind::Call(call) = &expr.kind {
            return tables::read(At::new(self.names, file, &scope), call, None).map(Rc::new);
        }
        let Target::Variable(key, _) = self.names.resolve(file, &scope, expr) else { return None };
        let at = *self.by_variable.get(&key)?;
        self.mapped_tables.insert(at);
        self.tables.get(at).cloned()
    }

    fn fields(
        &self,
        mapped: &Mapped<'a>,
        types: &TypeMap<'a>,
        given: Option<&TableCall>,
    ) -> Vec<Attribution> {
        let reader =
            Reader { names: self.names, annotations: &self.annotations, types, models: self.models, mapped };
        let attributes = attributes::of_class(self.names, &mapped.key);
        let taken: HashSet<&str> = attributes.iter().map(|attribute| attribute.name).collect();
        let mut fields = Vec::new();
        let span = mapped.class.name_range.in_file(mapped.key.file);
        let mut seen = HashSet::new();
        for path in self.names.hierarchy(&mapped.key).externals() {
            let brought = reader.third_party(path, span, &|name| taken.contains(name));
            fields.extend(brought.into_iter().filter(|made| seen.insert(made.field.name.clone())));
        }
        if let Some(table) = given {
            let properties =
                self.imperative.get(&mapped.key).and_then(|(_, call)| call.keyword("properties"));
            let shape = TableShape::of(mapped, &attributes, properties);
            fields.extend(table_columns(table, &mapped.key, &shape));
        }
        fields.extend(attributes.iter().filter_map(|attribute| reader.read(attribute)));
        fields.extend(self.imperative_properties(&reader, mapped));
        if self.is_concrete(&mapped.key) {
            fields.retain(|made| !self.belongs_to_parent(&made.field));
        }
        fields
    }

    /// `__mapper_args__ = {"concrete": True}`: the class has a table of its own and none of its parent's columns (SQLAlchemy 2.0,
    /// "Concrete Table Inheritance").
    fn is_concrete(&self, key: &DeclarationKey) -> bool {
        let Some(Binding::Variable(assign)) =
            self.names.class_scope(key).and_then(|scope| scope.get("__mapper_args__"))
        else {
            return false;
        };
        let Some(Expr { kind: ExprKind::Map(entries), .. }) = &assign.value else { return false };
        entries.iter().any(|entry| {
            let MapEntry::Pair(name, value) = entry else { return false };
            name.as_text() == Some("concrete") && value.as_bool() == Some(true)
        })
    }

    fn belongs_to_parent(&self, field: &Field) -> bool {
        matches!(field.kind, FieldKind::Column | FieldKind::Relationship)
            && field.declared_in.as_ref().is_some_and(|owner| self.models.by_key.contains_key(owner))
    }

    /// `properties={"posts": relationship(...)}` of `map_imperatively`.
    fn imperative_properties(&self, reader: &Reader<'_, '_, 'a>, mapped: &Mapped<'a>) -> Vec<Attribution> {
        let Some((file, call)) = self.imperative.get(&mapped.key) else { return Vec::new() };
        let Some(Expr { kind: ExprKind::Map(entries), .. }) = call.keyword("properties") else {
            return Vec::new();
        };
        let at = At::new(self.names, *file, "");
        let made = entries.iter().filter_map(|entry| {
            let MapEntry::Pair(name, value) = entry else { return None };
            // `{"name": users.c.user_name}` gives a column of the table another name, see `TableShape`.
            if table_column(value).is_some() {
                return None;
            }
            let attribute = Attribute::new(name.as_text()?, mapped.key.clone(), Binding::Opaque);
            reader.made_by(at, &attribute, name.range, value, None)
        });
        made.collect()
    }

    /// Gives the model its table, and its inherited fields their owner.
    fn place(
        &self,
        mapped: &Mapped<'a>,
        table_of: TableOf,
        given: Option<&TableCall>,
        fields: &mut [Attribution],
        built: &mut Built,
    ) {
        let columns = columns_by_attribute(fields);
        let args = table_args::read(self.names, mapped, &|name| columns.get(name).cloned());
        built.constraints = args.constraints;
        if let Some(table) = given {
            built.table = table.name.clone();
            built.constraints.extend(table.constraints.iter().cloned());
            if table.open {
                let message = "columns of its `Table(...)` are not written in the call";
                built.completeness.lacks(Why::DynamicExpression, message, Some(table.span));
            }
            return;
        }
        let parent = mapped.parent.and_then(|parent| self.models.all.get(parent));
        match (table_of, parent) {
            (TableOf::Parents, Some(_)) => {
                let root = self.table_owner(mapped);
                built.shares_table_of = Some(root.key.clone());
                built.table = self.table_of(root);
            }
            (TableOf::Own(name), _) => {
                built.table = table_name::with_schema(name, args.schema.or_else(|| self.base_schema(mapped)));
                if parent.is_some() {
                    self.mark_inherited(mapped, fields);
                }
            }
            (TableOf::Parents | TableOf::Given, _) => built.table = Known::Unknown(Why::DynamicExpression),
        }
    }

    /// The nearest mapped ancestor with a table of its own.
    fn table_owner<'s>(&'s self, mapped: &'s Mapped<'a>) -> &'s Mapped<'a> {
        let mut owner = mapped;
        for _ in 0..64 {
            let Some(parent) = owner.parent.and_then(|parent| self.models.all.get(parent)) else { break };
            owner = parent;
            if !matches!(table_name::of_class(self.names, self.models, owner), TableOf::Parents) {
                break;
            }
        }
        owner
    }

    fn table_of(&self, owner: &Mapped<'a>) -> Known<TableName> {
        let TableOf::Own(name) = table_name::of_class(self.names, self.models, owner) else {
            return Known::Unknown(Why::DynamicExpression);
        };
        let args = table_args::read(self.names, owner, &|_| None);
        table_name::with_schema(name, args.schema.or_else(|| self.base_schema(owner)))
    }

    /// `metadata = MetaData(schema="x")` on the base.
    fn base_schema(&self, mapped: &Mapped<'a>) -> Option<Box<str>> {
        let (file, call) = super::metadata::metadata_call(self.names, mapped)?;
        At::new(self.names, file, "").text(call, "schema")
    }

    /// Joined-table inheritance: what a mapped ancestor declares lives in that one's table, so it is the declaring class, also
    /// for what the ancestor has from a mixin.
    fn mark_inherited(&self, mapped: &Mapped<'a>, fields: &mut [Attribution]) {
        let Some(parent) = mapped.parent.and_then(|parent| self.models.all.get(parent)) else { return };
        let hierarchy = self.names.hierarchy(&parent.key);
        let of_parent: HashSet<&DeclarationKey> = hierarchy.classes().map(|(key, _)| key).collect();
        for made in fields {
            if let Some(owner) = &made.field.declared_in
                && of_parent.contains(owner)
                && !self.models.by_key.contains_key(owner)
            {
                made.field.declared_in = Some(parent.key.clone());
            }
        }
    }

    /// Why a model may have fields that are not known: bases that are not known.
    fn completeness(&self, mapped: &Mapped<'a>) -> Completeness {
        let mut completeness = Completeness::default();
        let span = Some(mapped.class.name_range.in_file(mapped.key.file));
        for ancestor in &self.names.hierarchy(&mapped.key).mro {
            match ancestor {
                Ancestor::External { path, .. } | Ancestor::Made { callee: path, .. } => {
                    let known = third_party::brings_no_column(path) || third_party::mixin(path).is_some();
                    if !known {
                        let message = format!("base class `{path}` is defined outside the repository");
                        completeness.lacks(third_party::WHY, message, span);
                    }
                }
                Ancestor::Unknown { name, .. } => {
                    let message = format!("base class `{name}` was not found");
                    completeness.lacks(Why::UndefinedName, message, span);
                }
                Ancestor::Class { .. } => {}
            }
        }
        completeness
    }
}

/// How a class sees the columns of its `Table(...)`.
struct TableShape<'a> {
    /// Columns that a value of the class hides.
    hidden: HashSet<&'a str>,
    /// Columns that have another name in the class.
    renamed: HashMap<&'a str, &'a str>,
}

impl<'a> TableShape<'a> {
    /// SQLAlchemy 2.0, `Mapper._should_exclude`: what the class binds to a name hides the column of that name, but for `None` and
    /// the defaults of a dataclass's fields; an annotation binds nothing.
    fn of(mapped: &Mapped<'a>, attributes: &[Attribute<'a>], properties: Option<&'a Expr>) -> Self {
        let mut shape = TableShape { hidden: HashSet::new(), renamed: HashMap::new() };
        let is_dataclass = mapped.class.decorators.iter().any(|decorator| {
            let callee = decorator.as_call().map_or(decorator, |call| &call.callee);
            callee.dotted().is_some_and(|path| path.last() == Some(&"dataclass"))
        });
        for attribute in attributes {
            let Binding::Variable(assign) = attribute.binding else {
                shape.hidden.insert(attribute.name);
                continue;
            };
            match &assign.value {
                Some(value) if let Some(column) = table_column(value) => {
                    shape.renamed.insert(column, attribute.name);
                }
                Some(value) if value.is_null() || is_dataclass && assign.annotation.is_some() => {}
                Some(_) => _ = shape.hidden.insert(attribute.name),
                None => {}
            }
        }
        if let Some(Expr { kind: ExprKind::Map(entries), .. }) = properties {
            for entry in entries {
                let MapEntry::Pair(name, value) = entry else { continue };
                let Some(name) = name.as_text() else { continue };
                match table_column(value) {
                    Some(column) => _ = shape.renamed.insert(column, name),
                    None => _ = shape.hidden.insert(name),
                }
            }
        }
        shape
    }
}

/// The column that `users.c.user_name`, `deferred(users.c.user_name)` names.
fn table_column(value: &Expr) -> Option<&str> {
    match &value.kind {
        ExprKind::Member(collection, column) => match &collection.kind {
            ExprKind::Member(_, name) if matches!(&**name, "c" | "columns") => Some(column),
            _ => None,
        },
        ExprKind::Call(call) => {
            let callee = call.callee.dotted()?;
            let wraps = matches!(*callee.last()?, "deferred" | "column_property");
            wraps.then(|| call.positional().next().and_then(table_column)).flatten()
        }
        _ => None,
    }
}

/// The columns of a `Table(...)` as fields of the class that maps it, except those the class declares itself.
fn table_columns(table: &TableCall, owner: &DeclarationKey, shape: &TableShape<'_>) -> Vec<Attribution> {
    let seen = table.columns.iter().filter_map(|column| {
        let name: &str = &column.0;
        let renamed = shape.renamed.get(name).copied();
        Some((renamed.or((!shape.hidden.contains(name)).then_some(name))?, column))
    });
    seen.map(|(attribute, (name, range, call))| {
        let attribute = Attribute::new(attribute, owner.clone(), Binding::Opaque);
        let call = &ColumnCall { name: call.name.clone().or(Some(Known::Is(name.clone()))), ..call.clone() };
        let mut made = super::column::free_column(&attribute, *range, call);
        made.field.span = range.in_file(table.span.file);
        made
    })
    .collect()
}

/// A `Table(...)` that no class maps.
fn table_object(names: &Names<'_>, table: &TableCall) -> Built {
    let name: Box<str> = match (&table.variable, &table.name) {
        (Some(variable), _) => variable.path.clone(),
        (None, Known::Is(name)) => name.name.clone(),
        (None, Known::Unknown(_)) => "Table".into(),
    };
    let key = table.variable.clone().unwrap_or(DeclarationKey { file: table.span.file, path: name.clone() });
    let mut completeness = Completeness::default();
    if table.open {
        let message = "columns of its `Table(...)` are not written in the call";
        completeness.lacks(Why::DynamicExpression, message, Some(table.span));
    }
    let fields = table
        .columns
        .iter()
        .map(|(name, range, call)| {
            let attribute = Attribute::new(name, key.clone(), Binding::Opaque);
            super::column::free_column(&attribute, *range, call)
        })
        .collect();
    Built {
        kind: EntityKind::ModelTable,
        qualname: names.qualified(&key).into(),
        name,
        key: table.variable.clone(),
        span: table.span,
        fields,
        table: table.name.clone(),
        constraints: table.constraints.clone(),
        base: None,
        shares_table_of: None,
        is_schema: false,
        given_table: true,
        completeness,
    }
}

/// Adds the constraints that columns carry themselves.
pub(super) fn column_constraints(built: &mut Built) {
    let mut more = Vec::new();
    let mut key = Vec::new();
    for made in &built.fields {
        let Known::Is(column) = &made.field.wire_name else { continue };
        if made.field.kind != FieldKind::Column {
            continue;
        }
        let span = made.field.span;
        let mut add = |kind| more.push(Constraint::new(None, kind, span));
        if made.field.column.primary_key {
            key.push(column.clone());
        }
        if made.field.column.unique {
            add(ConstraintKind::Unique(vec![column.clone()]));
        }
        for reference in &made.foreign_keys {
            if let Some(foreign_key) = super::fields::foreign_key_of(column, reference) {
                let kind = ConstraintKind::ForeignKey(foreign_key);
                more.push(Constraint::new(reference.name.clone(), kind, span));
            }
        }
        more.extend(made.checks.iter().cloned());
    }
    let has_key = built.constraints.iter().any(|own| matches!(own.kind, ConstraintKind::PrimaryKey(_)));
    if !key.is_empty() && !has_key {
        more.insert(0, Constraint::new(None, ConstraintKind::PrimaryKey(key), built.span));
    }
    built.constraints.extend(more);
}
