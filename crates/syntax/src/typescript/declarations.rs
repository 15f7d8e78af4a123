//! Named types: interfaces, aliases, enumerations, namespaces; and the members of object types.

use alignment_model::TextRange;
use alignment_model::code::{EnumMember, Statement, TypeDecl, TypeDeclKind, TypeMember, TypeMemberKind};
use tree_sitter::Node;

use super::grammar::{Field, Kind};
use super::lowering::{Lowering, has_token};
use super::statements::Scope;
use crate::tree::range;

impl<'t> Lowering<'_, 't> {
    /// An interface, alias, enumeration or namespace.
    pub(super) fn type_declaration(&mut self, node: Node<'t>, scope: Scope, out: &mut Vec<Statement>) {
        self.check(node);
        let Some(name) = self.field(node, Field::Name) else {
            out.push(Statement::Unknown(range(node)));
            return;
        };
        let body = self.field(node, Field::Body);
        let kind = match self.kind(node) {
            Kind::InterfaceDeclaration => {
                let extends = self.extended_types(node);
                let members = body.map(|body| self.type_members(body)).unwrap_or_default();
                TypeDeclKind::Interface { extends, members }
            }
            Kind::TypeAliasDeclaration => {
                let Some(value) = self.field(node, Field::Value) else { return };
                TypeDeclKind::Alias(self.type_expr(value))
            }
            Kind::EnumDeclaration => {
                let members = body.map(|body| self.enum_members(body)).unwrap_or_default();
                TypeDeclKind::Enum { members }
            }
            _ => {
                let spelt = self.namespace_name(name);
                self.namespace(spelt, range(name), body, scope, node, out);
                return;
            }
        };
        let type_parameters = self.type_parameters(node);
        out.push(Statement::Type(Box::new(TypeDecl {
            name: self.text(name).into(),
            name_range: range(name),
            kind,
            type_parameters,
            exported: scope.exported,
            ambient: scope.ambient,
            range: scope.range(node),
        })));
    }

    fn extended_types(&mut self, interface: Node<'t>) -> Vec<alignment_model::code::TypeExpr> {
        let clauses = self.named(interface);
        let clause = clauses.into_iter().find(|child| self.kind(*child) == Kind::ExtendsTypeClause);
        let types = clause.map(|clause| self.named(clause)).unwrap_or_default();
        types.into_iter().map(|ty| self.type_expr(ty)).collect()
    }

    /// `A.B` without white space; a module keeps its quotes, so that it is no namespace of that name.
    fn namespace_name(&mut self, name: Node<'t>) -> Box<str> {
        match self.kind(name) {
            Kind::String => format!("\"{}\"", self.string(name)).into(),
            _ => self.text(name).split('.').map(str::trim).collect::<Vec<_>>().join(".").into(),
        }
    }

    pub(super) fn namespace(
        &mut self,
        name: Box<str>,
        name_range: TextRange,
        body: Option<Node<'t>>,
        scope: Scope,
        node: Node<'t>,
        out: &mut Vec<Statement>,
    ) {
        let mut statements = Vec::new();
        if let Some(body) = body {
            // In an ambient namespace everything is visible, with or without `export` (TypeScript handbook, "Ambient
            // namespaces").
            let inner = Scope { exported: scope.ambient, ambient: scope.ambient, whole: None };
            self.statements(body, inner, &mut statements);
        }
        out.push(Statement::Type(Box::new(TypeDecl {
            name,
            name_range,
            kind: TypeDeclKind::Namespace(statements),
            type_parameters: Vec::new(),
            exported: scope.exported,
            ambient: scope.ambient,
            range: scope.range(node),
        })));
    }

    fn enum_members(&mut self, body: Node<'t>) -> Vec<EnumMember> {
        let mut members = Vec::new();
        for node in self.named(body) {
            let assigned = self.kind(node) == Kind::EnumAssignment;
            let name = if assigned { self.field(node, Field::Name) } else { Some(node) };
            let Some(name) = name.and_then(|name| self.property_name(name)) else { continue };
            self.check(node);
            let value = if assigned { self.field(node, Field::Value) } else { None };
            let value = value.map(|value| self.expression(value));
            members.push(EnumMember { name, value, range: range(node) });
        }
        members
    }

    /// The members of an interface or object type.
    pub(super) fn type_members(&mut self, body: Node<'t>) -> Vec<TypeMember> {
        let nodes = self.named(body);
        nodes
            .into_iter()
            .map(|node| TypeMember { kind: self.type_member(node), range: range(node) })
            .collect()
    }

    fn type_member(&mut self, node: Node<'t>) -> TypeMemberKind {
        let children = self.children(node);
        let (optional, readonly) = (has_token(&children, "?"), has_token(&children, "readonly"));
        let name = self.field(node, Field::Name);
        match self.kind(node) {
            Kind::PropertySignature => match name.and_then(|name| self.property_name(name)) {
                Some(name) => {
                    let ty = self.annotation(self.field(node, Field::Type));
                    TypeMemberKind::Property { name, ty, optional, readonly }
                }
                None => match name.and_then(|name| self.first(name)) {
                    Some(key) => {
                        let key = self.expression(key);
                        let ty = self.annotation(self.field(node, Field::Type));
                        TypeMemberKind::Computed { key, ty, optional }
                    }
                    None => TypeMemberKind::Other,
                },
            },
            Kind::MethodSignature => match name.and_then(|name| self.property_name(name)) {
                Some(name) => self.method_member(node, name, optional, &children),
                None => TypeMemberKind::Other,
            },
            Kind::IndexSignature => {
                let key = self.field(node, Field::IndexType).map(|key| self.type_expr(key));
                match (key, self.annotation(self.field(node, Field::Type))) {
                    (Some(key), Some(value)) => TypeMemberKind::Index { key, value },
                    _ => TypeMemberKind::Other,
                }
            }
            _ => TypeMemberKind::Other,
        }
    }

    /// A method, or a getter, which is a property to whoever reads it. A setter alone is not modelled.
    fn method_member(
        &mut self,
        node: Node<'t>,
        name: Box<str>,
        optional: bool,
        children: &[Node<'t>],
    ) -> TypeMemberKind {
        let returns = self.annotation(self.field(node, Field::ReturnType));
        if has_token(children, "get") {
            TypeMemberKind::Property { name, ty: returns, optional, readonly: false }
        } else if has_token(children, "set") {
            TypeMemberKind::Other
        } else {
            TypeMemberKind::Method { name, returns, optional }
        }
    }
}
