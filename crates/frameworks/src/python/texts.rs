//! Texts in code, without what stands on its own (documentation) or is raised (messages).

use std::borrow::Cow;

use alignment_model::code::{Expr, ExprKind, ExprPart, Literal, Statement, TemplatePart};
use alignment_model::schema_change::HOLE;

use super::scope::each_statement;

/// One text.
pub(crate) struct Text<'a> {
    /// The literal or template.
    pub(crate) expr: &'a Expr,
    /// What it says; a hole stands for each part that is filled in.
    pub(crate) text: Cow<'a, str>,
    /// Nothing is visibly put in front of it or behind it: it is an argument, returned, or all that a name is bound to.
    pub(crate) whole: bool,
    /// The name that it is bound to.
    pub(crate) name: Option<&'a str>,
}

/// Calls `visit` for every text in code.
pub(crate) fn each_text<'a>(body: &'a [Statement], visit: &mut dyn FnMut(Text<'a>)) {
    let mut bodies = vec![body];
    while let Some(body) = bodies.pop() {
        let mut exprs: Vec<(&Expr, bool, Option<&str>)> = Vec::new();
        let mut add = |expr: &'a Expr| exprs.push((expr, true, None));
        let mut assigned: Vec<(&Expr, bool, Option<&str>)> = Vec::new();
        each_statement(body, &mut |statement, _| match statement {
            Statement::Expr(expr) if text_of(expr).is_none() => add(expr),
            Statement::Return(expr, _) => expr.iter().for_each(&mut add),
            Statement::Assign(assign) => {
                let whole = assign.operator.is_none();
                assigned.extend(assign.value.iter().map(|value| (value, whole, assign.target.as_name())));
            }
            Statement::If(branch) => add(&branch.test),
            Statement::For(each) => add(&each.iterable),
            Statement::While(block) => block.head.iter().for_each(&mut add),
            Statement::With(with) => with.items.iter().for_each(|(item, _)| add(item)),
            Statement::Function(function) => bodies.push(&function.body),
            Statement::Class(class) => bodies.push(&class.body),
            _ => {}
        });
        exprs.extend(assigned);
        while let Some((expr, whole, name)) = exprs.pop() {
            if let Some(text) = text_of(expr) {
                visit(Text { expr, text, whole, name });
            }
            let hands_on =
                matches!(expr.kind, ExprKind::Call(_) | ExprKind::Conditional(_) | ExprKind::Await(_));
            expr.for_each_part(&mut |part| match part {
                ExprPart::Expr(inner) => exprs.push((inner, hands_on, None)),
                ExprPart::Function(function) => bodies.push(&function.body),
                ExprPart::Class(class) => bodies.push(&class.body),
                ExprPart::Type(_) => {}
            });
        }
    }
}

/// The text of a literal, or of a template with holes.
pub(crate) fn text_of(expr: &Expr) -> Option<Cow<'_, str>> {
    match &expr.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(Cow::Borrowed(text)),
        ExprKind::Template(parts) => {
            let mut text = String::new();
            for part in parts {
                match part {
                    TemplatePart::Text(own) => text.push_str(own),
                    TemplatePart::Expr { .. } => text.push(HOLE),
                }
            }
            Some(Cow::Owned(text))
        }
        _ => None,
    }
}
