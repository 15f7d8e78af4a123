//! Classes, functions and what their headers say.

use alignment_model::code::{
    Argument, Bodies, Class, Expr, Function, FunctionKind, Parameter, ParameterKind, Statement, TypeDecl,
    TypeDeclKind, TypeExpr, TypeKind, TypeParameter,
};
use tree_sitter::Node;

use super::grammar::{Kind, fields, kind};
use super::{Lowering, unknown};
use crate::tree::{self, field};

impl<'t> Lowering<'_, 't> {
    /// A class or function with its decorators.
    pub(super) fn decorated(&mut self, node: Node<'t>) -> Statement {
        let children = self.named(node);
        let decorators: Vec<Expr> = children
            .iter()
            .filter(|child| kind(**child) == Kind::Decorator)
            .map(|decorator| {
                self.first_named(*decorator).map_or_else(|| unknown(*decorator), |inner| self.expr(inner))
            })
            .collect();
        match field(node, fields().definition) {
            Some(definition) if kind(definition) == Kind::ClassDefinition => {
                self.class(definition, decorators, node)
            }
            Some(definition) => self.function(definition, decorators, node),
            None => Statement::Unknown(tree::range(node)),
        }
    }

    /// `whole` is the node with the decorators.
    pub(super) fn class(&mut self, node: Node<'t>, decorators: Vec<Expr>, whole: Node<'t>) -> Statement {
        let f = fields();
        let Some(name) = field(node, f.name).filter(|name| !name.is_missing()) else {
            return Statement::Unknown(tree::range(whole));
        };
        let type_parameters = self.type_parameters(node);
        let bases = field(node, f.superclasses).map(|bases| self.arguments(bases)).unwrap_or_default();
        let body = self.block_in(node, f.body);
        Statement::Class(Box::new(Class {
            name: self.name(name),
            name_range: tree::range(name),
            bases,
            base_type_arguments: Vec::new(),
            implements: Vec::new(),
            type_parameters,
            decorators,
            body,
            exported: true,
            range: tree::range(whole),
        }))
    }

    /// `whole` is the node with the decorators.
    pub(super) fn function(&mut self, node: Node<'t>, decorators: Vec<Expr>, whole: Node<'t>) -> Statement {
        let f = fields();
        let parameters = field(node, f.parameters);
        let (Some(name), Some(parameters)) = (field(node, f.name), parameters) else {
            return Statement::Unknown(tree::range(whole));
        };
        let returns = field(node, f.return_type);
        if name.is_missing() || parameters.has_error() || returns.is_some_and(|returns| returns.has_error()) {
            return Statement::Unknown(tree::range(whole));
        }
        let function = Function {
            name: self.name(name),
            name_range: tree::range(name),
            kind: FunctionKind::Plain,
            parameters: self.parameters(parameters),
            returns: returns.map(|returns| self.annotation(returns)),
            type_parameters: self.type_parameters(node),
            decorators,
            body: match self.source.bodies {
                Bodies::Omitted => Vec::new(),
                Bodies::Lowered => self.block_in(node, f.body),
            },
            is_async: self.text(node).starts_with("async"),
            exported: true,
            range: tree::range(whole),
        };
        Statement::Function(Box::new(function))
    }

    /// The arguments of a call or class header. A broken one is there as an unknown value, so that nobody counts on the
    /// list being complete.
    pub(super) fn arguments(&mut self, list: Node<'t>) -> Vec<Argument> {
        self.named(list).into_iter().map(|child| self.argument(child)).collect()
    }

    fn argument(&mut self, node: Node<'t>) -> Argument {
        match kind(node) {
            Kind::KeywordArgument => {
                let keyword = field(node, fields().name).map(|name| self.name(name));
                Argument { keyword, value: self.expr_in(node, fields().value) }
            }
            Kind::DictionarySplat => Argument { keyword: Some("**".into()), value: self.expr(node) },
            _ => Argument { keyword: None, value: self.expr(node) },
        }
    }

    /// The parameters of a function or lambda.
    pub(super) fn parameters(&mut self, list: Node<'t>) -> Vec<Parameter> {
        let mut plain = ParameterKind::Plain;
        let mut out = Vec::new();
        for node in self.named(list) {
            match kind(node) {
                Kind::KeywordSeparator => plain = ParameterKind::KeywordOnly,
                Kind::Other => {}
                _ => {
                    let parameter = self.parameter(node, plain);
                    if parameter.kind == ParameterKind::Rest {
                        plain = ParameterKind::KeywordOnly;
                    }
                    out.push(parameter);
                }
            }
        }
        out
    }

    fn parameter(&mut self, node: Node<'t>, plain: ParameterKind) -> Parameter {
        let f = fields();
        let named = match kind(node) {
            Kind::DefaultParameter | Kind::TypedDefaultParameter => field(node, f.name),
            Kind::TypedParameter => self.first_named(node),
            _ => Some(node),
        };
        let named = named.unwrap_or(node);
        let (name, kind) = match kind(named) {
            Kind::ListSplatPattern => (self.text(named).trim_start_matches('*').trim(), ParameterKind::Rest),
            Kind::DictionarySplatPattern => {
                (self.text(named).trim_start_matches('*').trim(), ParameterKind::KeywordRest)
            }
            _ => (self.text(named), plain),
        };
        Parameter {
            name: name.into(),
            pattern: None,
            annotation: field(node, f.ty).map(|ty| self.annotation(ty)),
            default: field(node, f.value).map(|value| self.expr(value)),
            kind,
            optional: false,
            range: tree::range(node),
        }
    }

    /// `type X[T] = ...`: the name and its parameters are written as a type.
    pub(super) fn type_alias(&mut self, node: Node<'t>) -> Statement {
        let f = fields();
        let (left, right) = (field(node, f.left), field(node, f.right));
        let (Some(head), Some(right)) = (left.and_then(|left| self.first_named(left)), right) else {
            return Statement::Unknown(tree::range(node));
        };
        let name =
            if kind(head) == Kind::GenericType { self.first_named(head).unwrap_or(head) } else { head };
        if kind(name) != Kind::Identifier {
            return Statement::Unknown(tree::range(node));
        }
        let parameters = self.named(head).into_iter().find(|child| kind(*child) == Kind::TypeParameter);
        Statement::Type(Box::new(TypeDecl {
            name: self.name(name),
            name_range: tree::range(name),
            kind: TypeDeclKind::Alias(self.annotation(right)),
            type_parameters: parameters.map(|list| self.type_parameter_list(list)).unwrap_or_default(),
            exported: true,
            ambient: false,
            range: tree::range(node),
        }))
    }

    fn type_parameters(&mut self, node: Node<'t>) -> Vec<TypeParameter> {
        field(node, fields().type_parameters).map(|list| self.type_parameter_list(list)).unwrap_or_default()
    }

    /// `[T, U: Bound, *Ts, **P]`.
    fn type_parameter_list(&mut self, list: Node<'t>) -> Vec<TypeParameter> {
        let mut out = Vec::new();
        for ty in self.named(list) {
            let Some(inner) = self.first_named(ty) else { continue };
            let parts = if kind(inner) == Kind::ConstrainedType { self.named(inner) } else { vec![ty] };
            let Some(name) = parts.first() else { continue };
            let bound = parts.get(1).map(|bound| self.annotation(*bound));
            let name = self.text(*name).trim_start_matches('*').trim().into();
            out.push(TypeParameter { name, bound, default: None });
        }
        out
    }

    /// An annotation: Python writes types as expressions.
    pub(super) fn annotation(&mut self, node: Node<'t>) -> TypeExpr {
        let expr = self.expr(node);
        TypeExpr { range: expr.range, kind: TypeKind::Expression(Box::new(expr)) }
    }
}
