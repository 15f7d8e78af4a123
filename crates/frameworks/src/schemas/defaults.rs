//! Default values: an expression -> what Python would print for it.

use alignment_model::code::{Expr, ExprKind};
use alignment_model::entity::{DefaultKind, DefaultValue};
use alignment_model::shape::Value;
use alignment_model::{FileId, Known, Why};

use super::Reader;
use crate::python::Constant;

impl Reader<'_, '_> {
    /// The default that an expression in a class is.
    pub(super) fn default_value(
        &self,
        file: FileId,
        scope: &str,
        expr: &Expr,
    ) -> Known<Option<DefaultValue>> {
        let container =
            |text: &str| Known::Is(Some(DefaultValue { kind: DefaultKind::Container, text: text.into() }));
        match &expr.kind {
            // `set()`, `list()`: empty. What a set with items prints depends on hashes.
            ExprKind::Call(call) => {
                let target = self.names.resolve(file, scope, &call.callee);
                match (target.external(), call.arguments.is_empty()) {
                    (Some("builtins.set"), true) => return container("set()"),
                    (Some("builtins.frozenset"), true) => return container("frozenset()"),
                    (Some("builtins.list"), true) => return container("[]"),
                    (Some("builtins.tuple"), true) => return container("()"),
                    (Some("builtins.set" | "builtins.frozenset"), false) => {
                        return Known::Unknown(Why::UnsupportedConstruct);
                    }
                    _ => {}
                }
            }
            ExprKind::List(_) if self.written(file, expr).starts_with('{') => {
                return Known::Unknown(Why::UnsupportedConstruct);
            }
            _ => {}
        }
        default_of(&self.names.fold(file, scope, expr))
    }
}

/// A constant as a default.
fn default_of(constant: &Constant) -> Known<Option<DefaultValue>> {
    if let Some(value) = constant.value() {
        let value = match value {
            Value::Number(number) => Value::Number(number_repr(&number).into()),
            other => other,
        };
        let text = value.plain().into();
        return Known::Is(Some(DefaultValue { kind: DefaultKind::Scalar(value), text }));
    }
    match (repr(constant, 0), constant) {
        (Some(text), _) => Known::Is(Some(DefaultValue { kind: DefaultKind::Container, text: text.into() })),
        (None, Constant::Unknown(why)) => Known::Unknown(*why),
        (None, _) => Known::Unknown(Why::DynamicExpression),
    }
}

/// `repr()` of a constant, if it is known in all its parts.
fn repr(constant: &Constant, depth: u16) -> Option<String> {
    if depth > 32 {
        return None;
    }
    let all = |items: &[Constant]| -> Option<Vec<String>> {
        items.iter().map(|item| repr(item, depth + 1)).collect()
    };
    Some(match constant {
        Constant::None => "None".to_owned(),
        Constant::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
        Constant::Int(value) => value.to_string(),
        Constant::Number(text) => number_repr(text),
        Constant::Text(text) => text_repr(text),
        Constant::Bytes(text) => format!("b{}", text_repr(text)),
        Constant::List(items) => format!("[{}]", all(items)?.join(", ")),
        Constant::Tuple(items) => match all(items)?.as_slice() {
            [one] => format!("({one},)"),
            several => format!("({})", several.join(", ")),
        },
        Constant::Map(pairs) => {
            let mut parts = Vec::with_capacity(pairs.len());
            for (key, value) in pairs {
                parts.push(format!("{}: {}", repr(key, depth + 1)?, repr(value, depth + 1)?));
            }
            format!("{{{}}}", parts.join(", "))
        }
        Constant::EnumMember { class, name, value } => {
            let class = class.path.rsplit('.').next().unwrap_or(&class.path);
            format!("<{class}.{name}: {}>", repr(value, depth + 1)?)
        }
        Constant::Declaration(_) | Constant::Unknown(_) => return None,
    })
}

/// Text as Python quotes it: single quotes unless the text has one and no double quote.
fn text_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// A number as Python prints it: `1_000` is `1000`, `.50` is `0.5`, `1e-5` is `1e-05`. What is no decimal number stays.
pub(super) fn number_repr(text: &str) -> String {
    let digits = text.replace('_', "");
    if digits.parse::<i128>().is_ok() {
        return digits;
    }
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() => float_repr(number),
        _ => digits,
    }
}

/// `repr()` of a float (Python 3, `float.__repr__`: shortest digits, an exponent below -4 and from 16).
fn float_repr(number: f64) -> String {
    let scientific = format!("{number:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = number.to_string();
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_python_prints_them() {
        let cases = [
            ("1_000", "1000"),
            (".50", "0.5"),
            ("1e-5", "1e-05"),
            ("1e3", "1000.0"),
            ("1e16", "1e+16"),
            ("0.0001", "0.0001"),
            ("-2.5", "-2.5"),
            ("0x1f", "0x1f"),
        ];
        for (written, printed) in cases {
            assert_eq!(number_repr(written), printed, "{written}");
        }
    }

    #[test]
    fn containers_are_defaults_only_if_all_of_them_is_known() {
        let text = |text: &str| Constant::Text(text.into());
        let list = Constant::List(vec![Constant::Int(1), Constant::Tuple(vec![text("it's")])]);
        let Known::Is(Some(default)) = default_of(&list) else { panic!("known") };
        assert_eq!((&*default.text, default.kind), ("[1, (\"it's\",)]", DefaultKind::Container));
        let unknown = Constant::Map(vec![(text("k"), Constant::Unknown(Why::UndefinedName))]);
        assert_eq!(default_of(&unknown), Known::Unknown(Why::DynamicExpression));
    }
}
