//! Expressions and annotations.

use alignment_model::TextRange;
use alignment_model::code::{
    Argument, Call, Comprehension, Expr, ExprKind, Function, FunctionKind, Literal, MapEntry, Operator,
    Statement,
};
use tree_sitter::Node;

use super::grammar::{Kind, fields, kind};
use super::{Lowering, unknown};
use crate::tree::{self, field};

/// Longest chain of binary operators that is lowered as it associates; a longer one of one associative operator is
/// balanced, so that its depth is the logarithm of its length.
const MAX_CHAIN: usize = 48;

impl<'t> Lowering<'_, 't> {
    /// The expression in a field; unknown if there is none.
    pub(super) fn expr_in(&mut self, node: Node<'t>, number: u16) -> Expr {
        match field(node, number) {
            Some(inner) => self.expr(inner),
            None => unknown(node),
        }
    }

    /// An expression, annotation or assignment target.
    pub(super) fn expr(&mut self, node: Node<'t>) -> Expr {
        let node = self.unwrapped(node);
        let lowered = self.deeper(1, node, |this| this.expr_kind(node));
        Expr::new(lowered.unwrap_or(ExprKind::Unknown), tree::range(node))
    }

    /// Looks through parentheses and the nodes that only say "this is a type"; a loop, because they may be nested without end.
    fn unwrapped(&mut self, node: Node<'t>) -> Node<'t> {
        let mut node = node;
        while matches!(kind(node), Kind::ParenthesizedExpression | Kind::Type | Kind::AsPatternTarget)
            && let Some(inner) = self.first_named(node)
        {
            node = inner;
        }
        node
    }

    fn expr_kind(&mut self, node: Node<'t>) -> ExprKind {
        let f = fields();
        match kind(node) {
            Kind::Identifier | Kind::KeywordIdentifier => ExprKind::Name(self.name(node)),
            Kind::Attribute => match field(node, f.attribute) {
                Some(attribute) => {
                    ExprKind::Member(Box::new(self.expr_in(node, f.object)), self.name(attribute))
                }
                None => ExprKind::Unknown,
            },
            Kind::Call => self.call(node),
            Kind::String | Kind::ConcatenatedString => self.string(node),
            Kind::Integer => ExprKind::Literal(integer(self.text(node))),
            Kind::Float => ExprKind::Literal(Literal::Number(self.name(node))),
            Kind::True => ExprKind::Literal(Literal::Bool(true)),
            Kind::False => ExprKind::Literal(Literal::Bool(false)),
            Kind::None => ExprKind::Literal(Literal::Null),
            Kind::Ellipsis => ExprKind::Literal(Literal::Ellipsis),
            Kind::Subscript => self.subscript(node),
            Kind::Slice => self.slice(node),
            Kind::List | Kind::Set | Kind::ListPattern => ExprKind::List(self.items(node)),
            Kind::Tuple | Kind::ExpressionList | Kind::PatternList => ExprKind::Tuple(self.items(node)),
            // `(x) = 1`: parentheses around a target, which make no tuple.
            Kind::TuplePattern => {
                let items = self.items(node);
                one_or_tuple(items, self.has_trailing_comma(node), tree::range(node)).kind
            }
            Kind::Dictionary => self.dictionary(node),
            Kind::BinaryOperator | Kind::BooleanOperator => self.binary(node),
            Kind::UnionType => self.union(node),
            Kind::ComparisonOperator => self.comparison(node),
            Kind::NotOperator => ExprKind::Unary(Operator::Not, Box::new(self.expr_in(node, f.argument))),
            Kind::UnaryOperator => self.unary(node),
            Kind::ConditionalExpression => self.conditional(node),
            Kind::ListComprehension
            | Kind::SetComprehension
            | Kind::DictionaryComprehension
            | Kind::GeneratorExpression => self.comprehension(node),
            Kind::Lambda => self.lambda(node),
            Kind::NamedExpression => match field(node, f.name) {
                Some(name) => ExprKind::Walrus(self.name(name), Box::new(self.expr_in(node, f.value))),
                None => ExprKind::Unknown,
            },
            _ => self.wrapping(node),
        }
    }

    /// Expressions around one other, and the forms only annotations have.
    fn wrapping(&mut self, node: Node<'t>) -> ExprKind {
        let children = self.named(node);
        let Some(first) = children.first().copied() else { return ExprKind::Unknown };
        match kind(node) {
            Kind::Await => ExprKind::Await(Box::new(self.expr(first))),
            Kind::ListSplat
            | Kind::ListSplatPattern
            | Kind::DictionarySplat
            | Kind::DictionarySplatPattern
            | Kind::SplatType => ExprKind::Spread(Box::new(self.expr(first))),
            Kind::GenericType => self.generic(first, children.get(1).copied()),
            Kind::MemberType => match children.get(1) {
                Some(name) => ExprKind::Member(Box::new(self.expr(first)), self.name(*name)),
                None => ExprKind::Unknown,
            },
            _ => ExprKind::Unknown,
        }
    }

    /// `list[int]` as the grammar reads it in an annotation.
    fn generic(&mut self, name: Node<'t>, arguments: Option<Node<'t>>) -> ExprKind {
        let Some(list) = arguments else { return ExprKind::Unknown };
        let items = self.items(list);
        let index = one_or_tuple(items, self.has_trailing_comma(list), tree::range(list));
        ExprKind::Index(Box::new(self.expr(name)), Box::new(index))
    }

    /// Whether the last thing before the closing bracket is a comma.
    fn has_trailing_comma(&mut self, node: Node<'t>) -> bool {
        let children = tree::children(&mut self.cursor, node);
        let before_bracket = children.iter().rev().nth(1);
        before_bracket.is_some_and(|child| !child.is_named() && self.text(*child) == ",")
    }

    fn items(&mut self, node: Node<'t>) -> Vec<Expr> {
        self.named(node).into_iter().map(|item| self.expr(item)).collect()
    }

    fn call(&mut self, node: Node<'t>) -> ExprKind {
        let f = fields();
        let callee = self.expr_in(node, f.function);
        let arguments = match field(node, f.arguments) {
            Some(list) if kind(list) == Kind::ArgumentList => self.arguments(list),
            Some(generator) => vec![Argument { keyword: None, value: self.expr(generator) }],
            None => Vec::new(),
        };
        ExprKind::Call(Box::new(Call { callee, arguments, type_arguments: Vec::new(), is_new: false }))
    }

    fn subscript(&mut self, node: Node<'t>) -> ExprKind {
        let mut children = self.named(node).into_iter();
        let Some(value) = children.next() else { return ExprKind::Unknown };
        let value = self.expr(value);
        let indices: Vec<Expr> = children.map(|index| self.expr(index)).collect();
        let inside = TextRange::new(value.range.end as usize, node.end_byte());
        let index = one_or_tuple(indices, self.has_trailing_comma(node), inside);
        ExprKind::Index(Box::new(value), Box::new(index))
    }

    /// `start:stop:step`; the colons tell which part stands where.
    fn slice(&mut self, node: Node<'t>) -> ExprKind {
        let mut parts = [None, None, None];
        let mut at = 0;
        for child in tree::children(&mut self.cursor, node) {
            if !child.is_named() {
                at += 1;
            } else if let Some(part) = parts.get_mut(at) {
                *part = Some(self.expr(child));
            }
        }
        ExprKind::Slice(Box::new(parts))
    }

    fn dictionary(&mut self, node: Node<'t>) -> ExprKind {
        let f = fields();
        let mut entries = Vec::new();
        for entry in self.named(node) {
            entries.push(match kind(entry) {
                Kind::Pair => MapEntry::Pair(self.expr_in(entry, f.key), self.expr_in(entry, f.value)),
                Kind::DictionarySplat => {
                    let inner = self.first_named(entry);
                    MapEntry::Spread(inner.map_or_else(|| unknown(entry), |inner| self.expr(inner)))
                }
                _ => MapEntry::Spread(unknown(entry)),
            });
        }
        ExprKind::Map(entries)
    }

    fn unary(&mut self, node: Node<'t>) -> ExprKind {
        let f = fields();
        let written = field(node, f.operator).map_or("", |operator| self.text(operator));
        let argument = self.expr_in(node, f.argument);
        match (written, &argument.kind) {
            ("-", ExprKind::Literal(Literal::Int(value))) if value.checked_neg().is_some() => {
                ExprKind::Literal(Literal::Int(-value))
            }
            ("-", ExprKind::Literal(Literal::Number(value))) if !value.starts_with('-') => {
                ExprKind::Literal(Literal::Number(format!("-{value}").into()))
            }
            ("-", _) => ExprKind::Unary(Operator::Negate, Box::new(argument)),
            _ => ExprKind::Unary(Operator::Other, Box::new(argument)),
        }
    }

    fn conditional(&mut self, node: Node<'t>) -> ExprKind {
        let children = self.named(node);
        let [then, test, otherwise] = children.as_slice() else { return ExprKind::Unknown };
        ExprKind::Conditional(Box::new([self.expr(*test), self.expr(*then), self.expr(*otherwise)]))
    }

    fn lambda(&mut self, node: Node<'t>) -> ExprKind {
        let f = fields();
        let parameters = field(node, f.parameters).map(|list| self.parameters(list)).unwrap_or_default();
        let value = self.expr_in(node, f.body);
        let range = value.range;
        ExprKind::Function(Box::new(Function {
            name: "".into(),
            name_range: tree::range(node),
            kind: FunctionKind::Plain,
            parameters,
            returns: None,
            type_parameters: Vec::new(),
            decorators: Vec::new(),
            body: vec![Statement::Return(Some(value), range)],
            is_async: false,
            exported: true,
            range: tree::range(node),
        }))
    }

    fn comprehension(&mut self, node: Node<'t>) -> ExprKind {
        let f = fields();
        let is_map = kind(node) == Kind::DictionaryComprehension;
        let Some(body) = field(node, f.body) else { return ExprKind::Unknown };
        let element = if kind(body) == Kind::Pair {
            let pair = vec![self.expr_in(body, f.key), self.expr_in(body, f.value)];
            Expr::new(ExprKind::Tuple(pair), tree::range(body))
        } else {
            self.expr(body)
        };
        let mut clauses: Vec<(Expr, Expr, Vec<Expr>)> = Vec::new();
        for clause in self.named(node) {
            match kind(clause) {
                Kind::ForInClause => {
                    let target = self.expr_in(clause, f.left);
                    let iterables: Vec<Expr> =
                        self.named(clause).into_iter().skip(1).map(|item| self.expr(item)).collect();
                    let iterable = one_or_tuple(iterables, false, tree::range(clause));
                    clauses.push((target, iterable, Vec::new()));
                }
                Kind::IfClause => {
                    let test =
                        self.first_named(clause).map_or_else(|| unknown(clause), |test| self.expr(test));
                    if let Some((_, _, conditions)) = clauses.last_mut() {
                        conditions.push(test);
                    }
                }
                _ => {}
            }
        }
        ExprKind::Comprehension(Box::new(Comprehension { element, clauses, is_map }))
    }

    /// A chain of left-associative operators, read along its left spine without recursion.
    fn binary(&mut self, node: Node<'t>) -> ExprKind {
        let f = fields();
        let mut operands = Vec::new();
        let mut operators = Vec::new();
        let mut left = node;
        while matches!(kind(left), Kind::BinaryOperator | Kind::BooleanOperator) {
            let (Some(next), Some(right)) = (field(left, f.left), field(left, f.right)) else {
                return ExprKind::Unknown;
            };
            let written = field(left, f.operator).map_or("", |operator| self.text(operator));
            operators.push(binary_operator(written));
            operands.push(right);
            left = next;
        }
        operands.push(left);
        operands.reverse();
        operators.reverse();
        self.chain(node, &operands, &operators)
    }

    /// `list[A] | B | C` in an annotation, which the grammar hangs to the right as soon as one part has arguments.
    fn union(&mut self, node: Node<'t>) -> ExprKind {
        let f = fields();
        let mut operands = Vec::new();
        let mut pending = vec![node];
        while let Some(part) = pending.pop() {
            let is_or =
                |this: &Self| field(part, f.operator).is_some_and(|operator| this.text(operator) == "|");
            match kind(part) {
                Kind::Type | Kind::UnionType => pending.extend(self.named(part).into_iter().rev()),
                Kind::BinaryOperator if is_or(self) => {
                    pending.extend([field(part, f.right), field(part, f.left)].into_iter().flatten());
                }
                _ => operands.push(part),
            }
        }
        let operators = vec![Operator::Or; operands.len().saturating_sub(1)];
        self.chain(node, &operands, &operators)
    }

    fn chain(&mut self, node: Node<'t>, operands: &[Node<'t>], operators: &[Operator]) -> ExprKind {
        let first = operators.first().copied().unwrap_or(Operator::Other);
        let uniform = operators.iter().all(|operator| *operator == first);
        let balanced = operators.len() > MAX_CHAIN && uniform && is_associative(first);
        let levels = if balanced { halvings(operands.len()) } else { as_depth(operators.len()) };
        let lowered =
            self.deeper(levels, node, |this| operands.iter().map(|operand| this.expr(*operand)).collect());
        let Some(lowered): Option<Vec<Expr>> = lowered else { return ExprKind::Unknown };
        if balanced {
            return balance(lowered, first).map_or(ExprKind::Unknown, |expr| expr.kind);
        }
        let mut lowered = lowered.into_iter();
        let Some(start) = lowered.next() else { return ExprKind::Unknown };
        let joined =
            operators.iter().zip(lowered).fold(start, |left, (operator, right)| join(*operator, left, right));
        joined.kind
    }

    /// `a < b < c` is `a < b and b < c`. The operand in the middle stands twice if it is a name or literal; any other is
    /// unknown the second time, because copying what may nest again would take time without bound.
    fn comparison(&mut self, node: Node<'t>) -> ExprKind {
        let mut operands = Vec::new();
        let mut operators = Vec::new();
        for child in tree::children(&mut self.cursor, node) {
            if child.is_named() {
                operands.push(child);
            } else {
                operators.push(comparison_operator(self.text(child)));
            }
        }
        if operands.len() != operators.len() + 1 {
            return ExprKind::Unknown;
        }
        let levels = halvings(operators.len());
        let lowered =
            self.deeper(levels, node, |this| operands.iter().map(|operand| this.expr(*operand)).collect());
        let Some(lowered): Option<Vec<Expr>> = lowered else { return ExprKind::Unknown };
        let mut lowered = lowered.into_iter();
        let Some(mut left) = lowered.next() else { return ExprKind::Unknown };
        let mut parts = Vec::with_capacity(operators.len());
        for (operator, right) in operators.into_iter().zip(lowered) {
            let again = match &right.kind {
                ExprKind::Name(_) | ExprKind::Literal(_) => right.clone(),
                _ => Expr::new(ExprKind::Unknown, right.range),
            };
            parts.push(join(operator, left, right));
            left = again;
        }
        balance(parts, Operator::BooleanAnd).map_or(ExprKind::Unknown, |expr| expr.kind)
    }
}

/// One item alone is itself, unless a comma or star makes it a tuple.
fn one_or_tuple(mut items: Vec<Expr>, trailing_comma: bool, range: TextRange) -> Expr {
    match items.pop() {
        Some(only) if items.is_empty() && !trailing_comma && !matches!(only.kind, ExprKind::Spread(_)) => {
            only
        }
        last => {
            items.extend(last);
            Expr::new(ExprKind::Tuple(items), range)
        }
    }
}

fn join(operator: Operator, left: Expr, right: Expr) -> Expr {
    let range = TextRange { start: left.range.start.min(right.range.start), end: right.range.end };
    Expr::new(ExprKind::Binary(operator, Box::new(left), Box::new(right)), range)
}

/// Joins pairs until one is left.
fn balance(mut parts: Vec<Expr>, operator: Operator) -> Option<Expr> {
    while parts.len() > 1 {
        let mut joined = Vec::with_capacity(parts.len().div_ceil(2));
        let mut rest = parts.into_iter();
        while let Some(left) = rest.next() {
            joined.push(match rest.next() {
                Some(right) => join(operator, left, right),
                None => left,
            });
        }
        parts = joined;
    }
    parts.pop()
}

/// How often so many parts are halved until one is left.
fn halvings(parts: usize) -> u32 {
    parts.max(1).next_power_of_two().ilog2()
}

fn as_depth(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn is_associative(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Add | Operator::Or | Operator::And | Operator::BooleanAnd | Operator::BooleanOr
    )
}

/// The operator of a binary or boolean expression, or of an augmented assignment.
pub(super) fn binary_operator(written: &str) -> Operator {
    match written {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "**" => Operator::Power,
        "/" => Operator::Divide,
        "%" => Operator::Modulo,
        "|" => Operator::Or,
        "&" => Operator::And,
        "and" => Operator::BooleanAnd,
        "or" => Operator::BooleanOr,
        _ => Operator::Other,
    }
}

/// `not in` and `is not` may have any space between their words.
fn comparison_operator(written: &str) -> Operator {
    match written {
        "==" => Operator::Equal,
        "!=" | "<>" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterEqual,
        "in" => Operator::In,
        "is" => Operator::Is,
        _ if written.starts_with("not") => Operator::NotIn,
        _ if written.starts_with("is") => Operator::IsNot,
        _ => Operator::Other,
    }
}

/// A whole number; one that does not fit, an imaginary one or one of Python 2 stays as written.
fn integer(written: &str) -> Literal {
    let digits: String = written.chars().filter(|c| *c != '_').collect();
    let lower = digits.to_ascii_lowercase();
    let parsed = match lower.get(..2) {
        Some("0x") => i64::from_str_radix(&lower[2..], 16),
        Some("0o") => i64::from_str_radix(&lower[2..], 8),
        Some("0b") => i64::from_str_radix(&lower[2..], 2),
        _ => lower.parse(),
    };
    parsed.map_or_else(|_| Literal::Number(written.into()), Literal::Int)
}
