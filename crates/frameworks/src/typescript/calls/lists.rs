//! Lists of texts that are joined to one: `[base, "users", id].join("/")`, and helpers of projects that take the parts as a rest parameter.

use alignment_model::code::{ExprKind, ParameterKind};

use super::frame::Place;
use super::urls::Part;
use super::values::{Value, Values};
use crate::typescript::names::{Declaration, Target};

impl<'a> Values<'_, 'a> {
    /// The text of `list.join(separator)`.
    pub(super) fn joined_list(&self, list: &Place<'a>, separator: &Place<'a>) -> Option<Vec<Part>> {
        let separator = self.text(separator)?;
        let mut parts = Vec::new();
        for (at, text) in self.texts_of(list)?.into_iter().enumerate() {
            if at > 0 {
                parts.push(Part::Text(separator.clone()));
            }
            parts.extend(text);
        }
        Some(parts)
    }

    /// The texts in a list. What a filter leaves out is empty in practice, so that it leaves out nothing that is known.
    fn texts_of(&self, list: &Place<'a>) -> Option<Vec<Vec<Part>>> {
        match method_of(list) {
            Some((inner, "filter", _)) => self.texts_of(&inner),
            Some((inner, "map", turn)) => {
                let Value::Function(turn) = self.value(&turn) else { return None };
                let turned = |element| {
                    let frame = turn.call(vec![element], Vec::new(), &list.frame)?;
                    Some(self.returned_text(turn.file, turn.function, &frame))
                };
                self.elements(&inner)?.into_iter().map(turned).collect()
            }
            Some(_) => None,
            None => Some(self.elements(list)?.iter().map(|element| self.parts(element)).collect()),
        }
    }

    /// The expressions in a list.
    fn elements(&self, list: &Place<'a>) -> Option<Vec<Place<'a>>> {
        if let Some((inner, method, _)) = method_of(list) {
            return if method == "filter" { self.elements(&inner) } else { None };
        }
        if let Some(arguments) = self.rest_arguments(list) {
            return Some(arguments);
        }
        let Value::Expr(place) = self.value(list) else { return None };
        let ExprKind::List(items) = &place.expr.kind else { return None };
        let is_spread = |item: &_| matches!(item, ExprKind::Spread(_));
        (!items.iter().any(|item| is_spread(&item.kind)))
            .then(|| items.iter().map(|item| place.at(item)).collect())
    }

    /// What a call passes for a rest parameter, where the name is one.
    fn rest_arguments(&self, name: &Place<'a>) -> Option<Vec<Place<'a>>> {
        let ExprKind::Name(_) = &name.expr.kind else { return None };
        let Target::Declared(symbol) = self.names.resolve_value(name.file, name.expr) else { return None };
        self.names.declarations(symbol).find_map(|(_, declaration)| {
            let Declaration::Parameter(function, at) = declaration else { return None };
            if function.parameters.get(at)?.kind != ParameterKind::Rest {
                return None;
            }
            let activation = name.frame.activations().find(|a| std::ptr::eq(a.function, function))?;
            let arguments = activation.arguments.as_ref()?.get(at..)?;
            let is_spread = |argument: &Place<'_>| matches!(argument.expr.kind, ExprKind::Spread(_));
            (!arguments.iter().any(is_spread)).then(|| arguments.to_vec())
        })
    }
}

/// `list.method(argument)`.
fn method_of<'a>(list: &Place<'a>) -> Option<(Place<'a>, &'a str, Place<'a>)> {
    let ExprKind::Call(call) = &list.expr.kind else { return None };
    let ExprKind::Member(inner, method) = &call.callee.kind else { return None };
    Some((list.at(inner), method, list.at(call.positional().next()?)))
}
