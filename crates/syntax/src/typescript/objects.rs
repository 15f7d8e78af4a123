//! Object literals, object patterns, property names.

use alignment_model::code::{Expr, ExprKind, Literal, MapEntry};
use tree_sitter::Node;

use super::grammar::{Field, Kind};
use super::lowering::Lowering;
use crate::tree::range;

impl<'t> Lowering<'_, 't> {
    pub(super) fn object(&mut self, node: Node<'t>) -> ExprKind {
        let mut entries = Vec::new();
        for entry in self.named(node) {
            match self.kind(entry) {
                Kind::Pair => {
                    self.check(entry);
                    let value = self.field(entry, Field::Value).map(|value| self.expression(value));
                    entries.extend(self.entry(entry, value));
                }
                Kind::ShorthandProperty => {
                    let value = self.expression(entry);
                    entries.push(MapEntry::Pair(self.key_of(entry), value));
                }
                Kind::SpreadElement => {
                    if let Some(inner) = self.first(entry) {
                        entries.push(MapEntry::Spread(self.expression(inner)));
                    }
                }
                Kind::MethodDefinition if self.enter(entry) => {
                    entries.push(MapEntry::Method(Box::new(self.method(entry))));
                    self.leave(1);
                }
                _ => {}
            }
        }
        ExprKind::Map(entries)
    }

    /// `{ a, b: c, d = 1, ...e }` on the left of `=` or among parameters: property to what it is bound to.
    pub(super) fn object_pattern(&mut self, node: Node<'t>) -> ExprKind {
        let mut entries = Vec::new();
        for entry in self.named(node) {
            match self.kind(entry) {
                Kind::PairPattern => {
                    self.check(entry);
                    let target = self.field(entry, Field::Value).map(|value| self.pattern(value));
                    entries.extend(self.entry(entry, target));
                }
                Kind::ShorthandPropertyPattern => {
                    let target = self.pattern(entry);
                    entries.push(MapEntry::Pair(self.key_of(entry), target));
                }
                Kind::ObjectAssignmentPattern => {
                    if let Some(name) = self.field(entry, Field::Left) {
                        let target = self.pattern(entry);
                        entries.push(MapEntry::Pair(self.key_of(name), target));
                    }
                }
                Kind::RestPattern => {
                    if let Some(rest) = self.first(entry) {
                        entries.push(MapEntry::Spread(self.pattern(rest)));
                    }
                }
                _ => {}
            }
        }
        ExprKind::Map(entries)
    }

    fn entry(&mut self, pair: Node<'t>, value: Option<Expr>) -> Option<MapEntry> {
        let key = self.field(pair, Field::Key)?;
        Some(MapEntry::Pair(self.property_key(key), value?))
    }

    /// The text of a node as a key.
    fn key_of(&self, node: Node<'t>) -> Expr {
        Expr::new(ExprKind::Literal(Literal::Text(self.text(node).into())), range(node))
    }

    /// The key of a property: text where it is known, else the expression that computes it.
    fn property_key(&mut self, key: Node<'t>) -> Expr {
        match self.property_name(key) {
            Some(name) => Expr::new(ExprKind::Literal(Literal::Text(name)), range(key)),
            None => match self.first(key) {
                Some(computed) => self.expression(computed),
                None => self.unknown(key),
            },
        }
    }

    /// The name of a property or member, unless it is computed. `"a"`, `['a']` and `a` are one name.
    pub(super) fn property_name(&mut self, name: Node<'t>) -> Option<Box<str>> {
        match self.kind(name) {
            Kind::String => Some(self.string(name)),
            Kind::ComputedPropertyName => {
                let inner = self.first(name)?;
                (self.kind(inner) == Kind::String).then(|| self.string(inner))
            }
            _ => Some(self.text(name).into()),
        }
    }
}
