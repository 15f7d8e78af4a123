//! Annotations written as text (`"list[models.User] | None"`) -> the expression they would be without the quotes.
//!
//! Deliberately absent: everything that has no meaning in an annotation (operators other than `|`, lambdas,
//! comprehensions). Such text has no reading, and the caller says so.

use std::iter::Peekable;
use std::str::CharIndices;

use alignment_model::TextRange;
use alignment_model::code::{Argument, Call, Expr, ExprKind, Literal, Operator};

/// Brackets inside brackets beyond this are not read: real annotations have five.
const MAX_DEPTH: u16 = 64;

/// Longer text is not read, so that no chain of members or `|` makes a tree deeper than a stack.
const MAX_LENGTH: usize = 4096;

/// The expression that `text` spells. Every part has the place of the whole, `range`: columns inside a string
/// literal depend on its escapes and are of no use to a reader.
pub(crate) fn parse(text: &str, range: TextRange) -> Option<Expr> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let mut parser = Parser { text, rest: text.char_indices().peekable(), range, depth: 0 };
    let expr = parser.union()?;
    parser.skip_space();
    parser.rest.peek().is_none().then_some(expr)
}

struct Parser<'t> {
    text: &'t str,
    rest: Peekable<CharIndices<'t>>,
    range: TextRange,
    depth: u16,
}

impl Parser<'_> {
    /// `A | B | C`, left-associative as Python reads it.
    fn union(&mut self) -> Option<Expr> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut left = self.primary()?;
        while self.eat('|') {
            let right = self.primary()?;
            left = self.expr(ExprKind::Binary(Operator::Or, Box::new(left), Box::new(right)));
        }
        self.depth -= 1;
        Some(left)
    }

    /// An atom with its members, subscripts and calls.
    fn primary(&mut self) -> Option<Expr> {
        let mut expr = self.atom()?;
        loop {
            if self.eat('.') {
                let name = self.name()?;
                expr = self.expr(ExprKind::Member(Box::new(expr), name));
            } else if self.eat('[') {
                let (mut items, comma) = self.items(']')?;
                let index = match items.pop() {
                    Some(only) if items.is_empty() && !comma => only,
                    last => {
                        items.extend(last);
                        self.expr(ExprKind::Tuple(items))
                    }
                };
                expr = self.expr(ExprKind::Index(Box::new(expr), Box::new(index)));
            } else if self.eat('(') {
                let arguments = self.arguments()?;
                let call = Call { callee: expr, arguments, type_arguments: Vec::new(), is_new: false };
                expr = self.expr(ExprKind::Call(Box::new(call)));
            } else {
                return Some(expr);
            }
        }
    }

    fn atom(&mut self) -> Option<Expr> {
        self.skip_space();
        let (_, first) = *self.rest.peek()?;
        match first {
            '(' => {
                self.rest.next();
                let (mut items, comma) = self.items(')')?;
                match items.pop() {
                    Some(only) if items.is_empty() && !comma => Some(only),
                    last => {
                        items.extend(last);
                        Some(self.expr(ExprKind::Tuple(items)))
                    }
                }
            }
            '[' => {
                self.rest.next();
                let items = self.items(']')?.0;
                Some(self.expr(ExprKind::List(items)))
            }
            '"' | '\'' => {
                let text = self.string()?;
                Some(self.expr(ExprKind::Literal(Literal::Text(text))))
            }
            '.' => (0..3).all(|_| self.eat('.')).then(|| self.expr(ExprKind::Literal(Literal::Ellipsis))),
            '-' => {
                self.rest.next();
                let number = self.number()?;
                Some(self.expr(ExprKind::Unary(Operator::Negate, Box::new(number))))
            }
            '0'..='9' => self.number(),
            _ => {
                let name = self.name()?;
                Some(self.expr(match &*name {
                    "None" => ExprKind::Literal(Literal::Null),
                    "True" => ExprKind::Literal(Literal::Bool(true)),
                    "False" => ExprKind::Literal(Literal::Bool(false)),
                    _ => ExprKind::Name(name),
                }))
            }
        }
    }

    /// Items up to `close`, and whether a comma ended the last one.
    fn items(&mut self, close: char) -> Option<(Vec<Expr>, bool)> {
        let (mut items, mut comma) = (Vec::new(), false);
        while !self.eat(close) {
            if !items.is_empty() && !comma {
                return None;
            }
            items.push(self.union()?);
            comma = self.eat(',');
        }
        Some((items, comma))
    }

    /// Arguments of a call, after its `(`.
    fn arguments(&mut self) -> Option<Vec<Argument>> {
        let (mut arguments, mut comma) = (Vec::new(), true);
        while !self.eat(')') {
            if !comma {
                return None;
            }
            let value = self.union()?;
            let argument = match value.as_name() {
                Some(keyword) if self.eat('=') => {
                    Argument { keyword: Some(keyword.into()), value: self.union()? }
                }
                _ => Argument { keyword: None, value },
            };
            arguments.push(argument);
            comma = self.eat(',');
        }
        Some(arguments)
    }

    fn name(&mut self) -> Option<Box<str>> {
        self.skip_space();
        let start = self.offset();
        if !self.rest.peek().is_some_and(|(_, c)| c.is_alphabetic() || *c == '_') {
            return None;
        }
        while self.rest.peek().is_some_and(|(_, c)| c.is_alphanumeric() || *c == '_') {
            self.rest.next();
        }
        self.text.get(start..self.offset()).map(Into::into)
    }

    fn number(&mut self) -> Option<Expr> {
        let start = self.offset();
        while self.rest.peek().is_some_and(|(_, c)| c.is_alphanumeric() || *c == '_' || *c == '.') {
            self.rest.next();
        }
        let text = self.text.get(start..self.offset())?;
        let literal = match text.replace('_', "").parse() {
            Ok(number) => Literal::Int(number),
            Err(_) => Literal::Number(text.into()),
        };
        Some(self.expr(ExprKind::Literal(literal)))
    }

    /// A string without prefix; of escapes only the quoted quote and backslash occur in annotations.
    fn string(&mut self) -> Option<Box<str>> {
        let (_, quote) = self.rest.next()?;
        let mut text = String::new();
        loop {
            match self.rest.next()?.1 {
                '\\' => text.push(self.rest.next()?.1),
                c if c == quote => return Some(text.into()),
                c => text.push(c),
            }
        }
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.skip_space();
        self.rest.next_if(|(_, c)| *c == wanted).is_some()
    }

    fn skip_space(&mut self) {
        while self.rest.next_if(|(_, c)| c.is_whitespace()).is_some() {}
    }

    fn offset(&mut self) -> usize {
        self.rest.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn expr(&self, kind: ExprKind) -> Expr {
        Expr::new(kind, self.range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Python would print it, with every bracket of the tree.
    fn show(expr: &Expr) -> String {
        let all = |items: &[Expr]| items.iter().map(show).collect::<Vec<_>>().join(", ");
        match &expr.kind {
            ExprKind::Name(name) => name.to_string(),
            ExprKind::Member(object, name) => format!("{}.{name}", show(object)),
            ExprKind::Index(object, index) => format!("{}[{}]", show(object), show(index)),
            ExprKind::Tuple(items) => format!("({})", all(items)),
            ExprKind::List(items) => format!("[{}]", all(items)),
            ExprKind::Binary(_, left, right) => format!("({} | {})", show(left), show(right)),
            ExprKind::Call(call) => {
                let positional: Vec<String> = call.positional().map(show).collect();
                format!("{}({} +{})", show(&call.callee), positional.join(", "), call.arguments.len())
            }
            ExprKind::Unary(_, inner) => format!("-{}", show(inner)),
            ExprKind::Literal(literal) => format!("{literal:?}"),
            _ => "?".to_owned(),
        }
    }

    #[test]
    fn text_reads_as_the_expression_it_spells() {
        let cases = [
            (" models.User ", "models.User"),
            ("dict[str, list[int]] | None", "(dict[(str, list[int])] | Null)"),
            ("Literal['a', \"b\", -1]", "Literal[(Text(\"a\"), Text(\"b\"), -Int(1))]"),
            ("Callable[[A], B]", "Callable[([A], B)]"),
            ("tuple[()]", "tuple[()]"),
            ("tuple[int, ...]", "tuple[(int, Ellipsis)]"),
            ("Annotated[str, Field('x', max_length=3)]", "Annotated[(str, Field(Text(\"x\") +2))]"),
            ("Optional['Inner']", "Optional[Text(\"Inner\")]"),
        ];
        for (text, expected) in cases {
            let read = parse(text, TextRange::default()).map(|expr| show(&expr));
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn text_that_is_no_annotation_has_no_reading() {
        for text in ["", "a b", "list[", "x ->", "'open", "a..b", "f(1", "lambda: 1"] {
            assert!(parse(text, TextRange::default()).is_none(), "{text}");
        }
        for deep in ["list[".repeat(800), "a|".repeat(100_000)] {
            assert!(parse(&deep, TextRange::default()).is_none());
        }
    }
}
