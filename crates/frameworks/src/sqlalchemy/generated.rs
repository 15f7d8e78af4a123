//! `Identity(...)`, `Computed(...)`, `Sequence(...)`, `FetchedValue()` -> how the database fills a column.
//!
//! Source: SQLAlchemy 2.0, "Computed Columns (GENERATED ALWAYS AS)" and "Identity Columns"; what PostgreSQL gets is in
//! `PGDDLCompiler.visit_computed_column` and `DDLCompiler.get_identity_options`.

use alignment_model::code::{Call, Expr, ExprKind};
use alignment_model::database::Generated;
use alignment_model::{Known, Why};

use super::{At, server_defaults};
use crate::python::Constant;

/// Options of a sequence: the keyword, and the words before its number.
const NUMBERS: &[(&str, &str)] = &[
    ("increment", "INCREMENT BY"),
    ("start", "START WITH"),
    ("minvalue", "MINVALUE"),
    ("maxvalue", "MAXVALUE"),
    ("cache", "CACHE"),
];

/// What the call of `path` says about its column; `None` for a call of anything else.
pub fn read(at: At<'_, '_, '_>, path: &str, call: &Call) -> Option<Generated> {
    match path {
        "sqlalchemy.Identity" => Some(identity(at, call)),
        "sqlalchemy.Computed" => Some(computed(at, call)),
        "sqlalchemy.Sequence" | "sqlalchemy.FetchedValue" => Some(Generated::Elsewhere),
        _ => None,
    }
}

/// The same of an expression.
pub fn read_expr(at: At<'_, '_, '_>, expr: &Expr) -> Option<Generated> {
    let ExprKind::Call(call) = &expr.kind else { return None };
    read(at, &at.callee(call)?, call)
}

fn identity(at: At<'_, '_, '_>, call: &Call) -> Generated {
    let given = |keyword: &str, position: usize| {
        call.keyword(keyword).or_else(|| call.positional().nth(position)).map(|value| at.fold(value))
    };
    let always = matches!(given("always", 0), Some(Constant::Bool(true)));
    let mut options: Vec<String> = Vec::new();
    for (keyword, words) in NUMBERS {
        let position = match *keyword {
            "start" => 2,
            "increment" => 3,
            _ => usize::MAX,
        };
        if let Some(Constant::Int(number)) = given(keyword, position) {
            options.push(format!("{words} {number}"));
        }
    }
    if matches!(given("cycle", usize::MAX), Some(Constant::Bool(true))) {
        options.push("CYCLE".to_owned());
    }
    Generated::Identity { always, options: options.join(" ").into() }
}

fn computed(at: At<'_, '_, '_>, call: &Call) -> Generated {
    let text = call.keyword("sqltext").or_else(|| call.positional().next());
    let expression = match text.map(|text| (text, at.fold(text))) {
        Some((_, Constant::Text(text))) => Known::Is(text),
        Some((text, _)) => server_defaults::expression(at, text, 0)
            .map_or(Known::Unknown(Why::DynamicExpression), |sql| Known::Is(sql.into())),
        None => Known::Unknown(Why::NotStated),
    };
    // Without `persisted` PostgreSQL gets `STORED`, the only kind it had before its version 18.
    Generated::Computed { expression, stored: at.flag(call, "persisted") != Ok(Some(false)) }
}
