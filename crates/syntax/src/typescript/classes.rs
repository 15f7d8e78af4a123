//! Classes and their members.

use alignment_model::TextRange;
use alignment_model::code::{
    Argument, Assign, Class, Expr, ExprKind, FunctionKind, Modifiers, Statement, TypeExpr,
};
use tree_sitter::Node;

use super::grammar::{Field, Kind};
use super::lowering::{Lowering, has_token};
use super::statements::Scope;
use crate::tree::range;

impl<'t> Lowering<'_, 't> {
    /// A class declaration or expression. Decorators before `export` are given; those after it are read.
    pub(super) fn class(&mut self, node: Node<'t>, scope: Scope, decorators: Vec<Expr>) -> Class {
        let children = self.children(node);
        let name = self.field(node, Field::Name);
        let mut class = Class {
            name: name.map_or("", |name| self.text(name)).into(),
            name_range: range(name.unwrap_or(node)),
            bases: Vec::new(),
            base_type_arguments: Vec::new(),
            implements: Vec::new(),
            type_parameters: self.type_parameters(node),
            decorators,
            body: Vec::new(),
            exported: scope.exported,
            range: scope.range(node),
        };
        class.decorators.extend(self.decorators_among(&children));
        for child in children {
            if self.kind(child) == Kind::ClassHeritage {
                self.heritage(child, &mut class);
            }
        }
        if let Some(body) = self.field(node, Field::Body) {
            class.body = self.class_body(body);
        }
        class
    }

    fn heritage(&mut self, node: Node<'t>, class: &mut Class) {
        for clause in self.named(node) {
            match self.kind(clause) {
                Kind::ExtendsClause => {
                    self.check(clause);
                    class.base_type_arguments = self.type_arguments(clause);
                    if let Some(base) = self.field(clause, Field::Value) {
                        if class.base_type_arguments.is_empty() {
                            class.base_type_arguments = self.instantiated_with(base);
                        }
                        class.bases.push(Argument { keyword: None, value: self.expression(base) });
                    }
                }
                Kind::ImplementsClause => class.implements = self.types_in(clause),
                _ => {}
            }
        }
    }

    /// The type arguments of a base that the grammar reads as one expression with them.
    fn instantiated_with(&mut self, base: Node<'t>) -> Vec<TypeExpr> {
        match self.kind(base) {
            Kind::InstantiationExpression => self.type_arguments(base),
            _ => Vec::new(),
        }
    }

    fn class_body(&mut self, body: Node<'t>) -> Vec<Statement> {
        let mut out = Vec::new();
        let mut decorators = Vec::new();
        self.note_missing(body);
        for member in crate::tree::children(&mut body.walk(), body) {
            if member.is_error() {
                self.unreadable(range(member));
                out.push(Statement::Unknown(range(member)));
            } else if self.kind(member) == Kind::Decorator {
                decorators.extend(self.decorators_among(&[member]));
            } else if member.is_named() {
                let above = std::mem::take(&mut decorators);
                self.guarded(member, &mut out, |this, out| this.class_member(member, above, out));
            }
        }
        out
    }

    fn class_member(&mut self, node: Node<'t>, decorators: Vec<Expr>, out: &mut Vec<Statement>) {
        match self.kind(node) {
            Kind::FieldDefinition => {
                let field = self.class_field(node, decorators);
                out.push(Statement::Assign(Box::new(field)));
            }
            Kind::MethodDefinition | Kind::MethodSignature | Kind::AbstractMethodSignature => {
                let mut method = self.method(node);
                method.decorators = decorators;
                if method.kind == FunctionKind::Constructor {
                    self.parameter_properties(node, out);
                }
                out.push(Statement::Function(Box::new(method)));
            }
            // Index signatures and static blocks declare no member of their own.
            _ => {}
        }
    }

    fn class_field(&mut self, node: Node<'t>, mut decorators: Vec<Expr>) -> Assign {
        let children = self.children(node);
        decorators.extend(self.decorators_among(&children));
        let target = match self.field(node, Field::Name) {
            Some(name) => match self.property_name(name) {
                Some(text) => Expr::new(ExprKind::Name(text), range(name)),
                None => self.unknown(name),
            },
            None => self.unknown(node),
        };
        let private_name = target.as_name().is_some_and(|name| name.starts_with('#'));
        let mut modifiers = self.member_modifiers(&children);
        modifiers.private |= private_name;
        Assign {
            target,
            annotation: self.annotation(self.field(node, Field::Type)),
            value: self.field(node, Field::Value).map(|value| self.expression(value)),
            operator: None,
            modifiers,
            decorators,
            range: range(node),
        }
    }

    fn member_modifiers(&self, children: &[Node<'t>]) -> Modifiers {
        let access = children.iter().find(|child| self.kind(**child) == Kind::AccessibilityModifier);
        Modifiers {
            optional: has_token(children, "?"),
            readonly: has_token(children, "readonly"),
            is_static: has_token(children, "static"),
            private: access.is_some_and(|access| self.text(*access) != "public"),
            ambient: has_token(children, "declare"),
            declares: true,
            ..Modifiers::default()
        }
    }

    /// `constructor(private readonly http: HttpClient)` declares a field of that name.
    fn parameter_properties(&mut self, constructor: Node<'t>, out: &mut Vec<Statement>) {
        let Some(list) = self.field(constructor, Field::Parameters) else { return };
        for parameter in self.named(list) {
            let children = self.children(parameter);
            let access = children.iter().any(|child| self.kind(*child) == Kind::AccessibilityModifier);
            let declares = access || has_token(&children, "readonly") || has_token(&children, "override");
            if let Some(name) = self.field(parameter, Field::Pattern)
                && declares
                && self.kind(name) == Kind::Identifier
            {
                let field = self.parameter_property(parameter, name, &children);
                out.push(Statement::Assign(Box::new(field)));
            }
        }
    }

    fn parameter_property(&mut self, node: Node<'t>, name: Node<'t>, children: &[Node<'t>]) -> Assign {
        let place: TextRange = range(node);
        Assign {
            target: Expr::new(ExprKind::Name(self.text(name).into()), range(name)),
            annotation: self.annotation(self.field(node, Field::Type)),
            value: None,
            operator: None,
            modifiers: self.member_modifiers(children),
            decorators: self.decorators_among(children),
            range: place,
        }
    }
}
