//! Client types -> entities: interfaces, aliases, classes, enums, zod schemas, and the schemas of generated OpenAPI types.
//!
//! Types of functions and components are entities too, under the path of the functions around them. Deliberately absent:
//! whether a type is a contract (the calls that use it decide), and types of values that no type names.

use std::collections::HashSet;

use alignment_model::code::{Assign, Class, TypeDecl, TypeDeclKind, TypeExpr, TypeKind};
use alignment_model::entity::{
    ClientDetail, Completeness, DeclaredType, Detail, Entity, EntityKind, EnumDetail, Field, FieldKind,
    Presence,
};
use alignment_model::project::Project;
use alignment_model::shape::{DeclarationKey, Shape, Value};
use alignment_model::{FileId, Known, Span, TextRange, Why};

use super::generated::{is_generated, wraps_request};
use super::names::{Declaration, Declared, Names, Symbol};
use super::nested;
use super::types::Types;
use super::types::kinds::{Kind, Member, Members, Source, Ty};

/// Adds the client types of all parsed files.
pub(super) fn collect<'a>(names: &Names<'a>, types: &mut Types<'_, 'a>, project: &mut Project) {
    let declared = names.declared();
    let mut collector =
        Collector { names, types, entities: Vec::new(), seen: HashSet::new(), generated: None };
    let schemas: Vec<_> = declared.iter().flat_map(|declared| collector.schemas_of(declared)).collect();
    for declared in &declared {
        collector.declared(declared);
    }
    for schema in schemas {
        collector.schema_member(schema);
    }
    let mut entities = collector.entities;
    entities.sort_by(|a, b| (a.span, &a.qualname, a.kind).cmp(&(b.span, &b.qualname, b.kind)));
    project.entities.extend(entities);
}

/// A member of `components["schemas"]`.
struct SchemaMember<'a> {
    member: Member<'a>,
    file: FileId,
    key: DeclarationKey,
    ty: Ty,
}

struct Collector<'c, 'n, 'a> {
    names: &'c Names<'a>,
    types: &'c mut Types<'n, 'a>,
    entities: Vec<Entity>,
    seen: HashSet<(DeclarationKey, EntityKind)>,
    generated: Option<(FileId, bool)>,
}

impl<'a> Collector<'_, '_, 'a> {
    fn declared(&mut self, declared: &Declared<'a>) {
        match declared.declaration {
            Declaration::Type(decl) => match &decl.kind {
                TypeDeclKind::Interface { extends, .. } => self.interface(declared, decl, extends),
                TypeDeclKind::Alias(body) => self.alias(declared, decl, body),
                TypeDeclKind::Enum { .. } => self.enumeration(declared, decl),
                TypeDeclKind::Namespace(_) => {}
            },
            Declaration::Class(class) => self.class(declared, class),
            Declaration::Variable(assign) => self.variable(declared, assign),
            _ => {}
        }
    }

    fn interface(&mut self, declared: &Declared<'a>, decl: &'a TypeDecl, extends: &'a [TypeExpr]) {
        let ty = self.types.of_symbol(declared.symbol);
        let detail = ClientDetail {
            bases: extends.iter().map(|base| self.types.written(declared.file, base.range).into()).collect(),
            ..self.detail(declared, decl)
        };
        self.object(declared, EntityKind::Interface, decl.name_range, ty, detail);
    }

    fn class(&mut self, declared: &Declared<'a>, class: &'a Class) {
        let ty = self.types.of_symbol(declared.symbol);
        let ranges = class.positional_bases().map(|base| base.range);
        let ranges = ranges.chain(class.implements.iter().map(|ty| ty.range));
        let detail = ClientDetail {
            exported: class.exported,
            generated: self.is_generated(declared.file),
            bases: ranges.map(|range| self.types.written(declared.file, range).into()).collect(),
            type_parameters: class.type_parameters.iter().map(|parameter| parameter.name.clone()).collect(),
            ..ClientDetail::default()
        };
        self.object(declared, EntityKind::ClientClass, class.name_range, ty, detail);
    }

    fn alias(&mut self, declared: &Declared<'a>, decl: &'a TypeDecl, body: &'a TypeExpr) {
        let ty = self.types.of_alias(declared.symbol, declared.file, decl, body);
        let ty = self.types.force(ty);
        let shape = self.types.shape(ty);
        let detail = ClientDetail {
            alias_of: Some(self.types.written(declared.file, body.range).into()),
            shape: Some(shape),
            ..self.detail(declared, decl)
        };
        let never = matches!(self.types.kind(ty), Kind::Never);
        match self.alias_kind(ty) {
            // No value has all its parts; it is an object type all the same, without members.
            _ if never && matches!(body.kind, TypeKind::Intersection(_)) => {
                let (kind, detail) = (EntityKind::Alias, Detail::Client(detail));
                self.push(declared, kind, decl.name_range, Vec::new(), Completeness::default(), detail);
            }
            EntityKind::Alias => self.object(declared, EntityKind::Alias, decl.name_range, ty, detail),
            EntityKind::Union => self.union(declared, decl, ty, detail),
            kind => {
                let detail = Detail::Client(detail);
                self.push(declared, kind, decl.name_range, Vec::new(), Completeness::default(), detail);
            }
        }
    }

    /// What an alias of this type is, as the compiler's flags have it.
    fn alias_kind(&mut self, ty: Ty) -> EntityKind {
        if self.types.is_function(ty) {
            return EntityKind::AliasOther;
        }
        match self.types.kind(ty) {
            Kind::Bool | Kind::Literal(_) | Kind::Enum(_) | Kind::EnumMember(..) | Kind::Union(_) => {
                EntityKind::Union
            }
            Kind::Null | Kind::Undefined => EntityKind::Union,
            Kind::Declared(..) | Kind::Object(_) | Kind::Map(_) => EntityKind::Alias,
            Kind::Date | Kind::Promise(_) | Kind::Library(_) => EntityKind::Alias,
            _ => EntityKind::AliasOther,
        }
    }

    /// A union: of literals it is a list of values, of objects it has the members they share.
    fn union(&mut self, declared: &Declared<'a>, decl: &'a TypeDecl, ty: Ty, detail: ClientDetail) {
        let values = self.types.closed_values(ty);
        let (kind, range) = (EntityKind::Union, decl.name_range);
        if let Some(values) = values {
            let detail =
                Detail::Values(EnumDetail { values: Some(values), client: detail, ..EnumDetail::default() });
            return self.push(declared, kind, range, Vec::new(), Completeness::default(), detail);
        }
        match self.types.kind(ty) {
            Kind::Union(_) => self.object(declared, kind, range, ty, detail),
            _ => {
                let detail = Detail::Client(detail);
                self.push(declared, kind, range, Vec::new(), Completeness::default(), detail);
            }
        }
    }

    fn enumeration(&mut self, declared: &Declared<'a>, decl: &'a TypeDecl) {
        let members = self.types.enum_members(declared.symbol);
        let values: Option<Vec<Value>> = members.iter().map(|(_, value)| value.clone()).collect();
        let mut fields = Vec::with_capacity(members.len());
        for (name, value) in members.iter() {
            let mut field =
                Field::new(name.clone(), FieldKind::Member, decl.name_range.in_file(declared.file));
            field.wire_name = match value {
                Some(value) => Known::Is(value.plain().into()),
                None => Known::Unknown(Why::DynamicExpression),
            };
            let shape = value.clone().map(|value| Shape::Literals(vec![value]));
            field.ty = DeclaredType::new("", shape.unwrap_or(Shape::Unknown(Why::DynamicExpression)));
            field.nullable = Known::Is(false);
            field.presence = Known::Is(Presence::Required);
            fields.push(field);
        }
        let detail = Detail::Values(EnumDetail {
            names: members.iter().map(|(name, _)| name.clone()).collect(),
            values,
            client: self.detail(declared, decl),
            ..EnumDetail::default()
        });
        self.push(declared, EntityKind::ClientEnum, decl.name_range, fields, Completeness::default(), detail);
    }

    /// A variable is an entity if it holds a zod schema.
    fn variable(&mut self, declared: &Declared<'a>, assign: &'a Assign) {
        let Some(value) = &assign.value else { return };
        let Some(ty) = self.types.zod_variable(declared.file, assign) else { return };
        let shape = self.types.shape(ty);
        let detail = ClientDetail {
            exported: assign.modifiers.exported,
            generated: self.is_generated(declared.file),
            alias_of: Some(self.types.written(declared.file, value.range).into()),
            shape: Some(shape),
            ..ClientDetail::default()
        };
        let range = assign.target.range;
        match self.types.kind(ty) {
            Kind::Declared(..) | Kind::Object(_) => self.object(declared, EntityKind::Zod, range, ty, detail),
            kind => {
                let mut completeness = Completeness::default();
                if let Kind::Unknown(why) = *kind {
                    let message = format!("what the schema gives is not known: {why}");
                    completeness.lacks(why, message, Some(range.in_file(declared.file)));
                }
                self.push(declared, EntityKind::Zod, range, Vec::new(), completeness, Detail::Client(detail));
            }
        }
    }

    /// The members of `components["schemas"]`, if this declares them.
    fn schemas_of(&mut self, declared: &Declared<'a>) -> Vec<SchemaMember<'a>> {
        let is_components =
            declared.name == "components" && matches!(declared.declaration, Declaration::Type(_));
        let Some(key) = self.names.key(declared.symbol).filter(|_| is_components) else { return Vec::new() };
        let components = self.types.of_symbol(declared.symbol);
        let schemas = self.types.members(components).get("schemas").cloned();
        let Some(schemas) = schemas else { return Vec::new() };
        let schemas = self.types.member_type(&schemas);
        let members = self.types.members(schemas);
        let mut found = Vec::with_capacity(members.list.len());
        for member in &members.list {
            let path = format!("{}.schemas.{}", key.path, member.name);
            let key = DeclarationKey { file: declared.file, path: path.into() };
            let ty = self.types.member_type(member);
            self.types.name_schema(ty, key.clone());
            found.push(SchemaMember { member: member.clone(), file: declared.file, key, ty });
        }
        found
    }

    fn schema_member(&mut self, schema: SchemaMember<'a>) {
        let SchemaMember { member, file, key, ty } = schema;
        let span = member.span.unwrap_or(Span::file_start(file));
        let is_object = matches!(self.types.kind(ty), Kind::Object(_) | Kind::Declared(..) | Kind::Map(_));
        let values = self.types.closed_values(ty);
        let client = ClientDetail {
            exported: true,
            generated: true,
            shape: Some(self.types.shape(ty)),
            ..ClientDetail::default()
        };
        let (mut own, mut completeness, mut open) = (Vec::new(), Completeness::default(), false);
        if is_object {
            let members = self.types.members(ty);
            own = fields(self.names, self.types, &members, None, span);
            completeness = Completeness { reasons: members.lacks.clone() };
            open = members.index.is_some();
        }
        let detail = match values {
            Some(values) => {
                Detail::Values(EnumDetail { values: Some(values), client, ..EnumDetail::default() })
            }
            None => Detail::Client(ClientDetail { open, ..client }),
        };
        self.entities.push(Entity {
            kind: EntityKind::SchemaMember,
            name: (&*member.name).into(),
            qualname: format!("{}#{}", self.names.input().sources.path(file), key.path).into(),
            declaration: Some(key),
            span,
            fields: own,
            completeness,
            detail,
        });
    }

    fn object(
        &mut self,
        declared: &Declared<'a>,
        kind: EntityKind,
        range: TextRange,
        ty: Ty,
        mut detail: ClientDetail,
    ) {
        let members = self.types.members(ty);
        let span = range.in_file(declared.file);
        let fields = fields(self.names, self.types, &members, Some(declared.symbol), span);
        detail.open = members.index.is_some();
        let completeness = Completeness { reasons: members.lacks.clone() };
        let generated = detail.generated;
        let at = self.entities.len();
        self.push(declared, kind, range, fields, completeness, Detail::Client(detail));
        // Nobody reads the objects inside a generated type as a type of their own.
        if let Some(entity) = self.entities.get(at).filter(|_| !generated) {
            let inside = nested::written_inside(self.names, self.types, entity, &members);
            self.entities.extend(inside);
        }
    }

    fn detail(&mut self, declared: &Declared<'a>, decl: &'a TypeDecl) -> ClientDetail {
        ClientDetail {
            exported: decl.exported,
            generated: self.is_generated(declared.file),
            wraps_request: wraps_request(self.names.input(), declared.file),
            type_parameters: decl.type_parameters.iter().map(|parameter| parameter.name.clone()).collect(),
            ..ClientDetail::default()
        }
    }

    fn is_generated(&mut self, file: FileId) -> bool {
        match self.generated {
            Some((known, generated)) if known == file => generated,
            _ => {
                let generated = is_generated(self.names.input(), file);
                self.generated = Some((file, generated));
                generated
            }
        }
    }

    /// Adds an entity, unless there is one of this path and kind: declarations that merge are one, in whatever files they stand.
    fn push(
        &mut self,
        declared: &Declared<'a>,
        kind: EntityKind,
        range: TextRange,
        fields: Vec<Field>,
        completeness: Completeness,
        detail: Detail,
    ) {
        let own = || DeclarationKey {
            file: declared.file,
            path: self.names.path_of(declared.scope, declared.name).into(),
        };
        let key = self.names.key(declared.symbol).unwrap_or_else(own);
        if !self.seen.insert((key.clone(), kind)) {
            return;
        }
        self.entities.push(Entity {
            kind,
            name: declared.name.into(),
            qualname: format!("{}#{}", self.names.input().sources.path(key.file), key.path).into(),
            declaration: Some(key),
            span: range.in_file(declared.file),
            fields,
            completeness,
            detail,
        });
    }
}

/// The fields of the members of a type. `owner` is the declaration that they belong to, `span` stands for those without a place.
pub(super) fn fields<'a>(
    names: &Names<'a>,
    types: &mut Types<'_, 'a>,
    members: &Members<'a>,
    owner: Option<Symbol>,
    span: Span,
) -> Vec<Field> {
    members.list.iter().map(|member| field(names, types, member, owner, span)).collect()
}

fn field<'a>(
    names: &Names<'a>,
    types: &mut Types<'_, 'a>,
    member: &Member<'a>,
    owner: Option<Symbol>,
    span: Span,
) -> Field {
    let ty = types.read_type(member);
    let split = types.split(ty);
    let is_method = member.is_method || types.is_function(ty);
    let kind = if is_method { FieldKind::Method } else { FieldKind::Field };
    let mut field = Field::new(&*member.name, kind, member.span.unwrap_or(span));
    let written = match &member.source {
        Source::Written(expr, env) => types.written(types.file_of(*env), expr.range),
        Source::Value(file, expr, _) | Source::Zod(file, expr, _) => types.written(*file, expr.range),
        _ => String::new(),
    };
    field.ty = DeclaredType::new(written, types.shape(split.ty));
    field.nullable = split.nullable;
    let undefined = !member.optional && split.undefined;
    field.presence = match (member.optional, undefined) {
        (true, _) => Known::Is(Presence::Optional),
        // `x: T | undefined` must be written, and may be absent all the same where it is read from JSON.
        (false, true) => Known::Unknown(Why::Ambiguous),
        (false, false) => Known::Is(Presence::Required),
    };
    let inherited = member.owner.filter(|declared| Some(*declared) != owner);
    field.declared_in = inherited.and_then(|declared| names.key(declared));
    field
}
