//! Imports and exports of every form.

use alignment_model::code::{
    Assign, Export, Expr, ExprKind, Import, ImportTarget, ImportedName, Modifiers, Statement, TypeDecl,
    TypeDeclKind, TypeExpr, TypeKind,
};
use tree_sitter::Node;

use super::grammar::{Field, Kind};
use super::lowering::{Lowering, has_token};
use super::statements::Scope;
use crate::query::Role;
use crate::tree::range;

impl<'t> Lowering<'_, 't> {
    /// `import D, { a as b } from "m"`, `import * as ns from "m"`, `import "m"`, `import x = require("m")`, `import A = ns.B`.
    pub(super) fn import(&mut self, node: Node<'t>, scope: Scope, out: &mut Vec<Statement>) {
        if self.kind(node) == Kind::ImportAlias {
            self.import_alias(node, scope, out);
            return;
        }
        let children = self.children(node);
        let mut names = Vec::new();
        let mut source = self.field(node, Field::Source);
        for child in &children {
            match self.kind(*child) {
                Kind::ImportClause => self.import_clause(*child, source, &mut names),
                Kind::ImportRequireClause => {
                    source = self.field(*child, Field::Source);
                    let module = source.map(|source| self.string(source)).unwrap_or_default();
                    if let Some(local) = self.first(*child) {
                        names.push(self.imported(ImportTarget::Module(module), local));
                    }
                }
                _ => {}
            }
        }
        let type_only = has_token(&children, "type") || has_token(&children, "typeof");
        self.push_import(source, names, false, type_only, node, out);
    }

    fn import_clause(&mut self, node: Node<'t>, source: Option<Node<'t>>, names: &mut Vec<ImportedName>) {
        for child in self.named(node) {
            match self.kind(child) {
                Kind::Identifier => names.push(self.imported(ImportTarget::Member("default".into()), child)),
                Kind::NamespaceImport => {
                    let module = source.map(|source| self.string(source)).unwrap_or_default();
                    if let Some(local) = self.first(child) {
                        names.push(self.imported(ImportTarget::Module(module), local));
                    }
                }
                Kind::NamedImports => {
                    for specifier in self.named(child) {
                        names.extend(self.specifier(specifier));
                    }
                }
                _ => {}
            }
        }
    }

    /// `a`, `a as b`, `type a`, `"a-b" as c`, in an import or a re-export.
    fn specifier(&mut self, node: Node<'t>) -> Option<ImportedName> {
        self.check(node);
        let name = self.field(node, Field::Name)?;
        let local = self.field(node, Field::Alias).unwrap_or(name);
        let member = self.module_name(name);
        Some(self.imported(ImportTarget::Member(member), local))
    }

    /// The name of an import or export, which may be a string.
    fn module_name(&mut self, node: Node<'t>) -> Box<str> {
        match self.kind(node) {
            Kind::String => self.string(node),
            _ => self.text(node).into(),
        }
    }

    fn imported(&mut self, target: ImportTarget, local: Node<'t>) -> ImportedName {
        ImportedName { target, local: self.module_name(local), range: range(local) }
    }

    fn push_import(
        &mut self,
        source: Option<Node<'t>>,
        names: Vec<ImportedName>,
        reexport: bool,
        type_only: bool,
        node: Node<'t>,
        out: &mut Vec<Statement>,
    ) {
        let module = source.map(|source| self.string(source)).unwrap_or_default();
        let import = Import { module, level: 0, names, reexport, type_only, range: range(node) };
        out.push(Statement::Import(Box::new(import)));
    }

    /// `import A = ns.B` names a type, a value, or both: it is lowered to an alias of each.
    fn import_alias(&mut self, node: Node<'t>, scope: Scope, out: &mut Vec<Statement>) {
        let named = self.named(node);
        let [name, target] = named[..] else { return };
        let path = self.text(target).split('.').map(|segment| segment.trim().into()).collect();
        let ty = TypeExpr { kind: TypeKind::Name { path, arguments: Vec::new() }, range: range(target) };
        out.push(Statement::Type(Box::new(TypeDecl {
            name: self.text(name).into(),
            name_range: range(name),
            kind: TypeDeclKind::Alias(ty),
            type_parameters: Vec::new(),
            exported: scope.exported,
            ambient: scope.ambient,
            range: scope.range(node),
        })));
        let value = self.expression(target);
        out.push(Statement::Assign(Box::new(Assign {
            target: Expr::new(ExprKind::Name(self.text(name).into()), range(name)),
            annotation: None,
            value: Some(value),
            operator: None,
            modifiers: Modifiers {
                is_const: true,
                declares: true,
                exported: scope.exported,
                ambient: scope.ambient,
                ..Modifiers::default()
            },
            decorators: Vec::new(),
            range: scope.range(node),
        })));
    }

    /// Everything that starts with `export`.
    pub(super) fn export(&mut self, node: Node<'t>, scope: Scope, out: &mut Vec<Statement>) {
        let children = self.children(node);
        let source = self.field(node, Field::Source);
        if source.is_some() {
            self.reexport(node, &children, source, out);
        } else if let Some(clause) = children.iter().find(|child| self.kind(**child) == Kind::ExportClause) {
            let names = self.export_clause(*clause);
            out.push(Statement::Export(Box::new(Export { names, range: range(node) })));
        } else if has_token(&children, "default") {
            self.export_default(node, &children, scope, out);
        } else if has_token(&children, "=") {
            if let Some(value) = self.first(node) {
                self.push_export("export=", value, node, out);
            }
        } else {
            let decorators = self.decorators_among(&children);
            let scope = Scope { exported: true, whole: Some(scope.range(node)), ..scope };
            self.declarations(node, scope, decorators, out);
        }
    }

    /// `export { a, b as c } from "m"`, `export * from "m"`, `export * as ns from "m"`.
    fn reexport(
        &mut self,
        node: Node<'t>,
        children: &[Node<'t>],
        source: Option<Node<'t>>,
        out: &mut Vec<Statement>,
    ) {
        let mut names = Vec::new();
        for child in children {
            match self.kind(*child) {
                Kind::ExportClause => {
                    for specifier in self.named(*child) {
                        names.extend(self.specifier(specifier));
                    }
                }
                Kind::NamespaceExport => {
                    let module = source.map(|source| self.string(source)).unwrap_or_default();
                    if let Some(local) = self.first(*child) {
                        names.push(self.imported(ImportTarget::Module(module), local));
                    }
                }
                _ if child.kind() == "*" => {
                    names.push(ImportedName {
                        target: ImportTarget::All,
                        local: "*".into(),
                        range: range(*child),
                    });
                }
                _ => {}
            }
        }
        self.push_import(source, names, true, has_token(children, "type"), node, out);
    }

    fn export_clause(&mut self, clause: Node<'t>) -> Vec<(Box<str>, Expr)> {
        let mut names = Vec::new();
        for specifier in self.named(clause) {
            self.check(specifier);
            let Some(name) = self.field(specifier, Field::Name) else { continue };
            let exported = self.field(specifier, Field::Alias).unwrap_or(name);
            let exported = self.module_name(exported);
            names.push((exported, Expr::new(ExprKind::Name(self.text(name).into()), range(name))));
        }
        names
    }

    /// `export default` of a named declaration declares it and exports the name; of anything else it exports the expression.
    fn export_default(
        &mut self,
        node: Node<'t>,
        children: &[Node<'t>],
        scope: Scope,
        out: &mut Vec<Statement>,
    ) {
        if let Some(value) = self.field(node, Field::Value) {
            self.push_export("default", value, node, out);
            return;
        }
        let decorators = self.decorators_among(children);
        let scope = Scope { exported: false, whole: Some(scope.range(node)), ..scope };
        let named = self.found(node).into_iter().find(|(role, _)| *role != Role::Error);
        self.declarations(node, scope, decorators, out);
        if let Some(name) = named.and_then(|(_, declaration)| self.field(declaration, Field::Name)) {
            let value = Expr::new(ExprKind::Name(self.text(name).into()), range(name));
            let names = vec![("default".into(), value)];
            out.push(Statement::Export(Box::new(Export { names, range: range(node) })));
        }
    }

    fn push_export(&mut self, name: &str, value: Node<'t>, node: Node<'t>, out: &mut Vec<Statement>) {
        let names = vec![(name.into(), self.expression(value))];
        out.push(Statement::Export(Box::new(Export { names, range: range(node) })));
    }
}
