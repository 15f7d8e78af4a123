//! JSX: the expressions inside it. Elements may nest as deep as they like, so the walk does not recurse.

use alignment_model::code::Expr;
use tree_sitter::Node;

use super::grammar::Kind;
use super::lowering::Lowering;

impl<'t> Lowering<'_, 't> {
    /// The expressions of an element in source order: attributes, spreads and children, those of nested elements included.
    pub(super) fn markup(&mut self, element: Node<'t>) -> Vec<Expr> {
        let mut found = Vec::new();
        let mut pending = self.named(element);
        pending.reverse();
        while let Some(node) = pending.pop() {
            match self.kind(node) {
                Kind::JsxExpression => found.extend(self.first(node)),
                Kind::String => {}
                _ if node.child_count() > 0 => {
                    let from = pending.len();
                    pending.extend(self.named(node));
                    pending[from..].reverse();
                }
                _ => {}
            }
        }
        found.into_iter().map(|expression| self.expression(expression)).collect()
    }
}
