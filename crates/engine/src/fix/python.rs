//! Changes of schemas and models, in the style of their file.

use alignment_model::code::{Assign, Call, Expr, ExprKind, Literal, Operator, Statement};
use alignment_model::fix::{Edit, Member};
use alignment_model::shape::{DeclarationKey, Shape};
use alignment_model::{Sources, TextRange};

use super::locate;
use super::page::Page;

/// How a file says that something may be None.
enum Style {
    /// `X | None`.
    Union,
    /// `Optional[X]`, with what it calls `Optional`.
    Optional(String),
}

/// The first version of Python that reads `X | None` at run time (PEP 604).
const UNION_SINCE: (u32, u32) = (3, 10);

/// None for the field that is declared at `at`.
pub(super) fn allow_none(page: &Page<'_>, sources: &Sources, at: u32) -> Option<Vec<Edit>> {
    let annotation = locate::attribute(&page.facts, at)?.annotation.as_ref()?;
    let expression = annotation.expression()?;
    let (range, style) = (annotation.range, style(page, sources)?);
    let put_in = |at: u32, text: &str| Edit::put_in(page.file, at, text);
    Some(match style {
        Style::Union if takes_an_operand(expression) => vec![put_in(range.end, " | None")],
        Style::Optional(name) if !is_text(expression) => {
            vec![put_in(range.start, &format!("{name}[")), put_in(range.end, "]")]
        }
        _ => return None,
    })
}

/// Whether `| None` may follow an annotation: a text has no such operator.
fn takes_an_operand(expression: &Expr) -> bool {
    match &expression.kind {
        ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Index(..) => true,
        ExprKind::Binary(Operator::Or, left, right) => takes_an_operand(left) && takes_an_operand(right),
        _ => false,
    }
}

fn is_text(expression: &Expr) -> bool {
    matches!(expression.kind, ExprKind::Literal(Literal::Text(_)) | ExprKind::Unknown)
}

/// What the file does more often; where it does neither, what every Python can read that the project asks for.
fn style(page: &Page<'_>, sources: &Sources) -> Option<Style> {
    let optional = page.imported("typing", "Optional");
    let uses = |what: &str| page.text.matches(what).count();
    let unions = uses("| None");
    match optional {
        Some(name) if uses(&format!("{name}[")) > unions => Some(Style::Optional(name)),
        _ if unions > 0 => Some(Style::Union),
        Some(name) if least_python(page, sources).is_none_or(|least| least < UNION_SINCE) => {
            Some(Style::Optional(name))
        }
        _ => least_python(page, sources).is_none_or(|least| least >= UNION_SINCE).then_some(Style::Union),
    }
}

/// The least version of Python that the nearest `pyproject.toml` above a file asks for.
fn least_python(page: &Page<'_>, sources: &Sources) -> Option<(u32, u32)> {
    let mut folder = sources.path(page.file);
    loop {
        folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path =
            if folder.is_empty() { "pyproject.toml".to_owned() } else { format!("{folder}/pyproject.toml") };
        if let Some(version) = sources.find(&path).and_then(|file| version_in(sources.text(file))) {
            return Some(version);
        }
        if folder.is_empty() {
            return None;
        }
    }
}

/// `requires-python = ">=3.9"`, Poetry's `python = "^3.9"`.
fn version_in(manifest: &str) -> Option<(u32, u32)> {
    let line = manifest.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        matches!(key.trim(), "requires-python" | "python").then_some(value)
    })?;
    let (major, rest) =
        line.trim_start_matches(|character: char| !character.is_ascii_digit()).split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Fields after the last one of the class that is declared at `at`.
pub(super) fn add_members(
    page: &Page<'_>,
    sources: &Sources,
    at: u32,
    members: &[Member],
    names: &[(DeclarationKey, DeclarationKey)],
) -> Option<Vec<Edit>> {
    let class = locate::class(&page.facts, at)?;
    let is_field =
        |statement: &Statement| matches!(statement, Statement::Assign(assign) if assign.annotation.is_some());
    let last = class.body.iter().rposition(is_field)?;
    let Statement::Assign(field) = &class.body[last] else { return None };
    let mut end = field.range.end;
    // A text after a field is its documentation.
    if let Some(Statement::Expr(text)) = class.body.get(last + 1)
        && text.as_text().is_some()
    {
        end = text.range.end;
    }
    if !page.line_before(field.range.start).trim().is_empty() {
        return None;
    }
    let start = format!("{}{}", page.line_end(end), page.indent(field.range.start));
    let mut text = String::new();
    for member in members {
        let mut ty = type_of(page, &member.shape, names)?;
        if member.nullable {
            ty = match style(page, sources)? {
                Style::Union => format!("{ty} | None"),
                Style::Optional(name) => format!("{name}[{ty}]"),
            };
        }
        text.push_str(&format!("{start}{}: {ty}", member.name));
    }
    let end = page.rest_is_comment(end, "#")?;
    Some(vec![Edit::put_in(page.file, end, text)])
}

/// A type as Python writes it; `None` where the file has no name for it.
fn type_of(page: &Page<'_>, shape: &Shape, names: &[(DeclarationKey, DeclarationKey)]) -> Option<String> {
    Some(match shape {
        Shape::Bool => "bool".to_owned(),
        Shape::Int(_) => "int".to_owned(),
        Shape::Float => "float".to_owned(),
        Shape::Text => "str".to_owned(),
        Shape::Decimal => page.imported("decimal", "Decimal")?,
        Shape::Uuid => page.imported("uuid", "UUID")?,
        Shape::DateTime(_) => page.imported("datetime", "datetime")?,
        Shape::Date => page.imported("datetime", "date")?,
        Shape::Time => page.imported("datetime", "time")?,
        Shape::Enum(shape) => {
            let target = shape.target.as_ref()?;
            let (_, own) = names.iter().find(|(key, _)| key == target)?;
            let known = !own.path.contains('.') && (own.file == page.file || page.imports(&own.path));
            known.then(|| own.path.to_string())?
        }
        Shape::List(inner) => {
            let list = page.imported("typing", "List").unwrap_or_else(|| "list".to_owned());
            format!("{list}[{}]", type_of(page, inner, names)?)
        }
        _ => return None,
    })
}

/// `values_callable` for the call that makes the type of a column.
pub(super) fn store_values(page: &Page<'_>, at: u32, enumeration: &str) -> Option<Vec<Edit>> {
    const ARGUMENT: &str = "values_callable=lambda members: [member.value for member in members]";
    let last_name = |expr: &Expr| expr.dotted().and_then(|path| path.last().map(|name| (*name).to_owned()));
    let is_it = |call: &Call| {
        last_name(&call.callee).is_some_and(|name| name.to_lowercase().ends_with("enum"))
            && call.positional().next().and_then(last_name).as_deref() == Some(enumeration)
    };
    let (call, range) = locate::call(locate::attribute(&page.facts, at)?, &is_it)?;
    if call.has_spread() || call.keyword("values_callable").is_some() {
        return None;
    }
    let last = call.arguments.last()?.value.range;
    let rest = page.slice(TextRange { start: last.end, end: range.end }).strip_suffix(')')?;
    let comma = match rest.trim() {
        "" => None,
        "," => rest.find(','),
        _ => return None,
    };
    let lines = page.line_before(last.start).trim().is_empty() || rest.contains('\n');
    let gap = if lines && rest.contains('\n') {
        let own_line = call.arguments.first().map(|argument| argument.value.range.start)?;
        format!("{}{}", page.line_end(last.end), page.indent(own_line))
    } else {
        " ".to_owned()
    };
    let (at, replacement) = match comma {
        Some(comma) => (last.end + TextRange::new(0, comma + 1).end, format!("{gap}{ARGUMENT},")),
        None => (last.end, format!(",{gap}{ARGUMENT}")),
    };
    Some(vec![Edit::put_in(page.file, at, replacement)])
}

/// The text of `server_default` without the quotes inside of it.
pub(super) fn unquote(page: &Page<'_>, at: u32, stored: &str, plain: &str) -> Option<Vec<Edit>> {
    let is_it = |call: &Call| {
        call.keyword("server_default").and_then(Expr::as_text).is_some_and(|text| text == stored)
    };
    let assign: &Assign = locate::attribute(&page.facts, at)?;
    let (call, _) = locate::call(assign, &is_it)?;
    let range = call.keyword("server_default")?.range;
    let written = page.slice(range);
    let quote = written.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    // Escapes, prefixes and texts in several parts have another length.
    if written.len() != stored.len() + 2 || plain.contains(['\\', quote, '\n']) {
        return None;
    }
    Some(vec![Edit { file: page.file, range, replacement: format!("{quote}{plain}{quote}") }])
}
