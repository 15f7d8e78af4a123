//! Expressions.

use alignment_model::TextRange;
use alignment_model::code::{
    Argument, Call, Expr, ExprKind, FunctionKind, Literal, Operator, TypeExpr, TypeKind,
};
use tree_sitter::Node;

use super::grammar::{Field, Kind};
use super::literals;
use super::lowering::Lowering;
use super::statements::Scope;
use crate::tree::range;

/// Parts of `(a, b, ...)` that are kept.
const MAX_SEQUENCE: usize = 16;

impl<'t> Lowering<'_, 't> {
    /// An expression. Parentheses, `e!`, `e satisfies T` and `e<T>` are looked through.
    pub(super) fn expression(&mut self, node: Node<'t>) -> Expr {
        let node = self.look_through(node);
        if !self.enter(node) {
            return self.unknown(node);
        }
        let expression = match self.kind(node) {
            Kind::AwaitExpression => self.prefix(node, ExprKind::Await),
            Kind::UnaryExpression => {
                let operator = prefix_operator(self.field_text(node, Field::Operator));
                self.prefix(node, |value| ExprKind::Unary(operator, value))
            }
            Kind::AsExpression => self.cast(node),
            _ => Expr::new(self.expression_kind(node), range(node)),
        };
        self.leave(1);
        expression
    }

    pub(super) fn look_through(&mut self, node: Node<'t>) -> Node<'t> {
        let mut node = node;
        while matches!(
            self.kind(node),
            Kind::ParenthesizedExpression
                | Kind::NonNullExpression
                | Kind::SatisfiesExpression
                | Kind::InstantiationExpression
        ) {
            let Some(inner) = self.first(node) else { break };
            node = inner;
        }
        node
    }

    fn expression_kind(&mut self, node: Node<'t>) -> ExprKind {
        match self.kind(node) {
            Kind::Identifier
            | Kind::This
            | Kind::Super
            | Kind::Import
            | Kind::PropertyIdentifier
            | Kind::ShorthandProperty
            | Kind::TypeIdentifier => ExprKind::Name(self.text(node).into()),
            Kind::String => ExprKind::Literal(Literal::Text(self.string(node))),
            Kind::Number => ExprKind::Literal(literals::number(self.text(node))),
            Kind::True => ExprKind::Literal(Literal::Bool(true)),
            Kind::False => ExprKind::Literal(Literal::Bool(false)),
            Kind::Null => ExprKind::Literal(Literal::Null),
            Kind::Undefined => ExprKind::Literal(Literal::Undefined),
            Kind::Regex => ExprKind::Literal(Literal::Regex(self.text(node).into())),
            Kind::TemplateString => self.template(node),
            Kind::MemberExpression | Kind::NestedIdentifier => self.member(node),
            Kind::MetaProperty => self.meta_property(node),
            Kind::SubscriptExpression => self.subscript(node),
            Kind::CallExpression => self.call(node, Field::Function),
            Kind::NewExpression => self.call(node, Field::Constructor),
            Kind::BinaryExpression if self.is_generic_call(node) => self.generic_call(node),
            Kind::BinaryExpression => self.binary(node).kind,
            Kind::TernaryExpression => self.ternary(node),
            Kind::Array => ExprKind::List(self.elements(node)),
            Kind::Object => self.object(node),
            Kind::SpreadElement => self.wrap(node, ExprKind::Spread),
            Kind::ArrowFunction | Kind::FunctionExpression | Kind::GeneratorFunction => {
                ExprKind::Function(Box::new(self.function(node, FunctionKind::Plain)))
            }
            Kind::Class => ExprKind::Class(Box::new(self.class(node, Scope::default(), Vec::new()))),
            Kind::TypeAssertion => self.assertion(node),
            Kind::AssignmentExpression => self.assignment(node),
            Kind::AugmentedAssignment => self.joined(node, Field::Left, Field::Right),
            Kind::UpdateExpression | Kind::YieldExpression => {
                self.wrap(node, |value| ExprKind::Unary(Operator::Other, value))
            }
            Kind::SequenceExpression => self.sequence(node),
            Kind::JsxElement | Kind::JsxSelfClosingElement => ExprKind::Markup(self.markup(node)),
            Kind::ObjectPattern | Kind::ArrayPattern => self.pattern(node).kind,
            _ => ExprKind::Unknown,
        }
    }

    /// A form around the first expression in it.
    fn wrap(&mut self, node: Node<'t>, wrap: impl FnOnce(Box<Expr>) -> ExprKind) -> ExprKind {
        match self.first(node) {
            Some(inner) => wrap(Box::new(self.expression(inner))),
            None => ExprKind::Unknown,
        }
    }

    /// `await e`, `!e`. In `await e as T` the grammar puts the cast inside; TypeScript binds it last.
    fn prefix(&mut self, node: Node<'t>, wrap: impl FnOnce(Box<Expr>) -> ExprKind) -> Expr {
        let Some(operand) = self.first(node) else { return self.unknown(node) };
        let casts = self.casts_outside_parentheses(operand);
        let mut value = self.expression(operand);
        let mut types = Vec::new();
        for _ in 0..casts {
            value = match value.kind {
                ExprKind::As(inner, ty) => {
                    types.push(ty);
                    *inner
                }
                kind => Expr::new(kind, value.range),
            };
        }
        let start = range(node).start;
        let place = TextRange { start, end: value.range.end };
        let whole = Expr::new(wrap(Box::new(value)), place);
        types.into_iter().rev().fold(whole, |whole, ty| {
            let place = TextRange { start, end: ty.range.end };
            Expr::new(ExprKind::As(Box::new(whole), ty), place)
        })
    }

    /// How many casts stand around an expression before the first parenthesis.
    fn casts_outside_parentheses(&mut self, node: Node<'t>) -> usize {
        let (mut node, mut casts) = (node, 0);
        loop {
            match self.kind(node) {
                Kind::AsExpression => casts += 1,
                Kind::SatisfiesExpression | Kind::NonNullExpression => {}
                _ => return casts,
            }
            let Some(inner) = self.first(node) else { return casts };
            node = inner;
        }
    }

    /// `e as T`. In `a ?? b as T` the grammar takes the whole left side; TypeScript binds the cast as tightly as `<`.
    fn cast(&mut self, node: Node<'t>) -> Expr {
        let Some(operand) = self.first(node) else { return self.unknown(node) };
        let mut levels = 0;
        let mut right = operand;
        while self.kind(right) == Kind::BinaryExpression
            && binds_looser_than_as(self.field_text(right, Field::Operator))
            && let Some(next) = self.field(right, Field::Right)
        {
            levels += 1;
            right = next;
        }
        let ty = self.cast_type(node);
        push_cast(self.expression(operand), levels, ty)
    }

    fn cast_type(&mut self, node: Node<'t>) -> TypeExpr {
        let children = self.children(node);
        match children.last() {
            Some(last) if last.is_named() => self.type_expr(*last),
            last => {
                let kind = TypeKind::Name { path: vec!["const".into()], arguments: Vec::new() };
                TypeExpr { kind, range: range(last.copied().unwrap_or(node)) }
            }
        }
    }

    /// `<T>e`
    fn assertion(&mut self, node: Node<'t>) -> ExprKind {
        match self.named(node)[..] {
            [types, value] => {
                let ty = self.types_in(types).into_iter().next().or_else(|| self.const_type(types));
                let value = self.expression(value);
                match ty {
                    Some(ty) => ExprKind::As(Box::new(value), Box::new(ty)),
                    None => value.kind,
                }
            }
            _ => ExprKind::Unknown,
        }
    }

    /// The `const` of `<const>x`, which is no type of its own.
    fn const_type(&self, types: Node<'t>) -> Option<TypeExpr> {
        let is_const = self.text(types).trim_matches(['<', '>', ' ']) == "const";
        let kind = TypeKind::Name { path: vec!["const".into()], arguments: Vec::new() };
        is_const.then(|| TypeExpr { kind, range: range(types) })
    }

    fn member(&mut self, node: Node<'t>) -> ExprKind {
        match self.field(node, Field::Object) {
            Some(object) => {
                let object = self.expression(object);
                ExprKind::Member(Box::new(object), self.field_text(node, Field::Property).into())
            }
            None => ExprKind::Unknown,
        }
    }

    /// `import.meta`, `new.target`
    fn meta_property(&mut self, node: Node<'t>) -> ExprKind {
        match self.text(node).split_once('.') {
            Some((object, name)) => {
                let object = Expr::new(ExprKind::Name(object.trim().into()), range(node));
                ExprKind::Member(Box::new(object), name.trim().into())
            }
            None => ExprKind::Unknown,
        }
    }

    fn subscript(&mut self, node: Node<'t>) -> ExprKind {
        match (self.field(node, Field::Object), self.field(node, Field::Index)) {
            (Some(object), Some(index)) => {
                let object = self.expression(object);
                ExprKind::Index(Box::new(object), Box::new(self.expression(index)))
            }
            _ => ExprKind::Unknown,
        }
    }

    /// `f(a)`, `f<T>(a)`, `new F(a)`, and a tagged template, whose one argument is the template.
    fn call(&mut self, node: Node<'t>, callee: Field) -> ExprKind {
        let is_new = callee == Field::Constructor;
        let Some(callee) = self.field(node, callee) else { return ExprKind::Unknown };
        let callee = self.expression(callee);
        let type_arguments = self.type_arguments(node);
        let mut arguments = Vec::new();
        if let Some(list) = self.field(node, Field::Arguments) {
            let values = if self.kind(list) == Kind::TemplateString { vec![list] } else { self.named(list) };
            arguments.extend(
                values.into_iter().map(|value| Argument { keyword: None, value: self.expression(value) }),
            );
        }
        ExprKind::Call(Box::new(Call { callee, arguments, type_arguments, is_new }))
    }

    /// A chain of binary operators, which nests to the left as deep as it is long: walked down first, then built upwards.
    fn binary(&mut self, node: Node<'t>) -> Expr {
        let mut spine = vec![node];
        let mut left = self.field(node, Field::Left);
        while let Some(next) = left
            && self.kind(next) == Kind::BinaryExpression
            && !self.is_generic_call(next)
            && spine.len() < self.room()
        {
            self.check(next);
            spine.push(next);
            left = self.field(next, Field::Left);
        }
        let levels = spine.len() - 1;
        // There is room for as many levels as were walked down.
        self.deepen(node, levels);
        let mut result = match left {
            Some(left) => self.expression(left),
            None => self.unknown(node),
        };
        while let Some(node) = spine.pop() {
            let right = match self.field(node, Field::Right) {
                Some(right) => self.expression(right),
                None => self.unknown(node),
            };
            let operator = operator(self.field_text(node, Field::Operator));
            let kind = ExprKind::Binary(operator, Box::new(result), Box::new(right));
            result = Expr::new(kind, range(node));
            if !spine.is_empty() {
                self.leave(1);
            }
        }
        result
    }

    /// Whether this is `f<import("m").T>(a)` or `f<typeof import("m")>(a)`, whose type arguments the grammar takes for
    /// comparisons.
    fn is_generic_call(&self, node: Node<'t>) -> bool {
        let compares = |node: Node<'t>, operator: &str| {
            self.kind(node) == Kind::BinaryExpression && self.field_text(node, Field::Operator) == operator
        };
        let (left, right) = (self.field(node, Field::Left), self.field(node, Field::Right));
        compares(node, ">")
            && right.is_some_and(|right| self.kind(right) == Kind::ParenthesizedExpression)
            && left.filter(|left| compares(*left, "<")).is_some_and(|left| {
                let argument = self.field_text(left, Field::Right);
                let queried = argument.strip_prefix("typeof").map_or(argument, str::trim_start);
                queried.starts_with("import") && queried.contains('(')
            })
    }

    fn generic_call(&mut self, node: Node<'t>) -> ExprKind {
        let parts = (self.field(node, Field::Left), self.field(node, Field::Right));
        let (Some(left), Some(list)) = parts else { return ExprKind::Unknown };
        let Some(callee) = self.field(left, Field::Left) else { return ExprKind::Unknown };
        let callee = self.expression(callee);
        let argument = self.field(left, Field::Right).map(|argument| self.misread_type(argument));
        let values = match self.first(list) {
            Some(inner) if self.kind(inner) == Kind::SequenceExpression => self.named(inner),
            inner => inner.into_iter().collect(),
        };
        let passed = |value| Argument { keyword: None, value: self.expression(value) };
        let arguments = values.into_iter().map(passed).collect();
        let type_arguments = argument.into_iter().collect();
        ExprKind::Call(Box::new(Call { callee, arguments, type_arguments, is_new: false }))
    }

    /// A type that the grammar reads as an expression: `typeof import("m")`, `import("m").T`.
    fn misread_type(&mut self, node: Node<'t>) -> TypeExpr {
        let kind = match self.field(node, Field::Argument) {
            Some(queried) => TypeKind::TypeOf(Box::new(self.expression(queried))),
            None => self.import_type(node),
        };
        TypeExpr { kind, range: range(node) }
    }

    fn ternary(&mut self, node: Node<'t>) -> ExprKind {
        let fields = [Field::Condition, Field::Consequence, Field::Alternative];
        match fields.map(|field| self.field(node, field)) {
            [Some(test), Some(then), Some(otherwise)] => {
                let parts = [test, then, otherwise].map(|part| self.expression(part));
                ExprKind::Conditional(Box::new(parts))
            }
            _ => ExprKind::Unknown,
        }
    }

    /// An assignment inside an expression: `(x = e)` has the value of `e`.
    fn assignment(&mut self, node: Node<'t>) -> ExprKind {
        let left = self.field(node, Field::Left);
        let name = left.filter(|left| self.kind(*left) == Kind::Identifier);
        match (name, self.field(node, Field::Right)) {
            (Some(name), Some(value)) => {
                ExprKind::Walrus(self.text(name).into(), Box::new(self.expression(value)))
            }
            _ => self.joined(node, Field::Left, Field::Right),
        }
    }

    /// Two expressions whose combination has no meaning to a contract.
    fn joined(&mut self, node: Node<'t>, left: Field, right: Field) -> ExprKind {
        match (self.field(node, left), self.field(node, right)) {
            (Some(left), Some(right)) => {
                let left = self.pattern(left);
                ExprKind::Binary(Operator::Other, Box::new(left), Box::new(self.expression(right)))
            }
            _ => ExprKind::Unknown,
        }
    }

    /// `(a, b)`, which evaluates all and is the last.
    fn sequence(&mut self, node: Node<'t>) -> ExprKind {
        let mut parts = self.named(node);
        parts.truncate(MAX_SEQUENCE);
        let parts: Vec<Expr> = parts.into_iter().map(|part| self.expression(part)).collect();
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else { return ExprKind::Unknown };
        let join = |a: Expr, b: Expr| {
            let range = TextRange { start: a.range.start, end: b.range.end };
            Expr::new(ExprKind::Binary(Operator::Other, Box::new(a), Box::new(b)), range)
        };
        parts.fold(first, join).kind
    }

    /// The elements of an array or array pattern; a hole is an unknown element.
    pub(super) fn elements(&mut self, node: Node<'t>) -> Vec<Expr> {
        let mut elements = Vec::new();
        let mut expected = true;
        let is_pattern = self.kind(node) == Kind::ArrayPattern;
        for child in self.children(node) {
            if child.is_named() {
                elements.push(if is_pattern { self.pattern(child) } else { self.expression(child) });
                expected = false;
            } else if child.kind() == "," {
                if expected {
                    elements.push(self.unknown(child));
                }
                expected = true;
            }
        }
        elements
    }
}

/// Wraps the value, or the right operand that many levels down, in `as T`.
fn push_cast(value: Expr, levels: usize, ty: TypeExpr) -> Expr {
    let range = TextRange { start: value.range.start, end: ty.range.end };
    let kind = match value.kind {
        ExprKind::Binary(operator, left, right) if levels > 0 => {
            ExprKind::Binary(operator, left, Box::new(push_cast(*right, levels - 1, ty)))
        }
        kind => ExprKind::As(Box::new(Expr::new(kind, value.range)), Box::new(ty)),
    };
    Expr::new(kind, range)
}

/// `as` has the precedence of relational operators (TypeScript's `getBinaryOperatorPrecedence`).
fn binds_looser_than_as(operator: &str) -> bool {
    matches!(operator, "||" | "&&" | "??" | "|" | "^" | "&" | "==" | "!=" | "===" | "!==")
}

/// An infix operator by its sign.
pub(super) fn operator(text: &str) -> Operator {
    match text {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Modulo,
        "|" => Operator::Or,
        "&" => Operator::And,
        "==" | "===" => Operator::Equal,
        "!=" | "!==" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterEqual,
        "in" => Operator::In,
        "&&" => Operator::BooleanAnd,
        "||" => Operator::BooleanOr,
        "??" => Operator::Coalesce,
        _ => Operator::Other,
    }
}

fn prefix_operator(text: &str) -> Operator {
    match text {
        "!" => Operator::Not,
        "-" => Operator::Negate,
        _ => Operator::Other,
    }
}
