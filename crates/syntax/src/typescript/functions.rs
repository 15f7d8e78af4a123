//! Functions, methods, their parameters.

use alignment_model::TextRange;
use alignment_model::code::{Expr, ExprKind, Function, FunctionKind, Parameter, ParameterKind, Statement};
use tree_sitter::Node;

use super::grammar::{Field, Kind};
use super::lowering::{Lowering, has_token};
use super::statements::Scope;
use crate::tree::range;

impl<'t> Lowering<'_, 't> {
    /// `function f() {}`, `async function* f() {}`, and overload signatures.
    pub(super) fn declared_function(&mut self, node: Node<'t>, scope: Scope) -> Function {
        let kind = match self.kind(node) {
            Kind::FunctionSignature => FunctionKind::Signature,
            _ => FunctionKind::Plain,
        };
        let mut function = self.function(node, kind);
        function.exported = scope.exported;
        function.range = scope.range(node);
        function
    }

    /// A method, getter, setter or constructor of a class or of an object literal.
    pub(super) fn method(&mut self, node: Node<'t>) -> Function {
        let children = self.children(node);
        let name = self.field(node, Field::Name).and_then(|name| self.property_name(name));
        let name = name.unwrap_or_default();
        let kind = if self.kind(node) != Kind::MethodDefinition {
            FunctionKind::Signature
        } else if has_token(&children, "get") {
            FunctionKind::Getter
        } else if has_token(&children, "set") {
            FunctionKind::Setter
        } else if has_token(&children, "static") {
            FunctionKind::Static
        } else if &*name == "constructor" {
            FunctionKind::Constructor
        } else {
            FunctionKind::Plain
        };
        Function { name, ..self.function(node, kind) }
    }

    /// Any function: declaration, expression, arrow function, method, signature.
    pub(super) fn function(&mut self, node: Node<'t>, kind: FunctionKind) -> Function {
        let children = self.children(node);
        let name = self.field(node, Field::Name);
        Function {
            name: name.map_or("", |name| self.text(name)).into(),
            name_range: range(name.unwrap_or(node)),
            kind,
            parameters: self.parameters(node),
            returns: self.annotation(self.field(node, Field::ReturnType)),
            type_parameters: self.type_parameters(node),
            decorators: Vec::new(),
            body: self.function_body(node),
            is_async: has_token(&children, "async"),
            exported: false,
            range: range(node),
        }
    }

    fn parameters(&mut self, function: Node<'t>) -> Vec<Parameter> {
        if let Some(single) = self.field(function, Field::Parameter) {
            return vec![plain_parameter(self.text(single), range(single))];
        }
        let Some(list) = self.field(function, Field::Parameters) else { return Vec::new() };
        let nodes = self.named(list);
        nodes.into_iter().filter_map(|node| self.parameter(node)).collect()
    }

    /// One parameter. `this: T` is none: callers do not pass it.
    fn parameter(&mut self, node: Node<'t>) -> Option<Parameter> {
        self.check(node);
        let target = self.field(node, Field::Pattern)?;
        let mut parameter = plain_parameter("", range(node));
        parameter.optional = self.kind(node) == Kind::OptionalParameter;
        let target = match self.kind(target) {
            Kind::This => return None,
            Kind::RestPattern => {
                parameter.kind = ParameterKind::Rest;
                self.first(target)?
            }
            _ => target,
        };
        match self.pattern(target) {
            Expr { kind: ExprKind::Name(name), .. } => parameter.name = name,
            pattern => parameter.pattern = Some(pattern),
        }
        parameter.annotation = self.annotation(self.field(node, Field::Type));
        parameter.default = self.field(node, Field::Value).map(|value| self.expression(value));
        Some(parameter)
    }

    /// The statements of a body; of an arrow function with an expression for a body, the return of that.
    fn function_body(&mut self, function: Node<'t>) -> Vec<Statement> {
        let body = self.field(function, Field::Body).filter(|_| self.wants_bodies());
        match body {
            Some(body) if self.kind(body) == Kind::StatementBlock => self.block(body),
            Some(body) => vec![Statement::Return(Some(self.expression(body)), range(body))],
            None => Vec::new(),
        }
    }

    /// The expressions of the decorators among some children, outermost first.
    pub(super) fn decorators_among(&mut self, children: &[Node<'t>]) -> Vec<Expr> {
        let mut decorators = Vec::new();
        for child in children {
            if self.kind(*child) == Kind::Decorator
                && let Some(expression) = self.first(*child)
            {
                decorators.push(self.expression(expression));
            }
        }
        decorators
    }
}

fn plain_parameter(name: &str, range: TextRange) -> Parameter {
    Parameter {
        name: name.into(),
        pattern: None,
        annotation: None,
        default: None,
        kind: ParameterKind::Plain,
        optional: false,
        range,
    }
}
