//! Changes of client types, in the style of their file: separators, indentation, quotes and line ends stay.

use std::fmt::Write as _;

use alignment_model::code::{TypeExpr, TypeKind, TypeMember, TypeMemberKind};
use alignment_model::fix::{Edit, Member};
use alignment_model::shape::{DeclarationKey, EnumShape, Shape, Value};
use alignment_model::{FileId, Known, TextRange};

use super::locate;
use super::page::Page;

/// Values of a union that are written out at most.
const MAX_VALUES: usize = 12;

/// `| null` after the type of the property at `at`.
pub(super) fn allow_null(page: &Page<'_>, at: u32) -> Option<Vec<Edit>> {
    let ty = locate::property_type(&page.facts, at)?;
    let next = page.after(ty.range.end).trim_start_matches([' ', '\t']).chars().next();
    // Anything else belongs to the type: a parenthesis, a further operand on the next line.
    let ends = matches!(next, Some(';' | ',' | '\n' | '\r' | '}'))
        || page.after(ty.range.end).trim_start().starts_with("//");
    if !ends || !takes_an_operand(ty) || goes_on(page, ty.range.end) {
        return None;
    }
    let lines = page.slice(ty.range).contains('\n') && matches!(ty.kind, TypeKind::Union(_));
    let replacement = if lines {
        let last =
            page.slice(ty.range).rfind('\n').map(|at| ty.range.start + TextRange::new(0, at + 1).end)?;
        format!("{}{}| null", page.line_end(ty.range.end), page.indent(last))
    } else {
        " | null".to_owned()
    };
    Some(vec![Edit::put_in(page.file, ty.range.end, replacement)])
}

/// Whether `| null` may follow a type without parentheses around it.
fn takes_an_operand(ty: &TypeExpr) -> bool {
    match &ty.kind {
        TypeKind::Name { .. }
        | TypeKind::Literal(_)
        | TypeKind::Object(_)
        | TypeKind::Array(_)
        | TypeKind::Tuple(_)
        | TypeKind::Indexed(..)
        | TypeKind::Import { .. } => true,
        TypeKind::Union(parts) => parts.iter().all(takes_an_operand),
        _ => false,
    }
}

/// Whether the next line goes on with the type.
fn goes_on(page: &Page<'_>, end: u32) -> bool {
    page.after(end).trim_start().starts_with(['|', '&', '[', '?'])
}

/// Members at the end of the object type that is declared at `at`.
pub(super) fn add_members(
    page: &Page<'_>,
    at: u32,
    members: &[Member],
    names: &[(DeclarationKey, DeclarationKey)],
) -> Option<Vec<Edit>> {
    let object = locate::object_type(&page.facts, at)?;
    let last = object.members.last()?;
    if !page.slice(object.range).ends_with('}') || !object.members.iter().all(is_property) {
        return None;
    }
    let readonly = object
        .members
        .iter()
        .all(|member| matches!(&member.kind, TypeMemberKind::Property { readonly: true, .. }));
    let mut written = Vec::new();
    for member in members {
        let ty = type_of(page, &member.shape, names)?;
        let mut text = if readonly { "readonly ".to_owned() } else { String::new() };
        let _ = write!(text, "{}{}: {ty}", key(page, &member.name), if member.optional { "?" } else { "" });
        if member.nullable && member.shape != Shape::Null {
            text.push_str(" | null");
        }
        written.push(text);
    }
    let separators: Vec<Option<(char, u32)>> =
        object.members.iter().map(|member| separator(page, member)).collect();
    let closed = separators.last().copied().flatten();
    let used = closed.or_else(|| separators.iter().flatten().next().copied()).map(|(separator, _)| separator);
    let end = closed.map_or(last.range.end, |(_, end)| end);
    let lines = page.slice(TextRange { start: end, end: object.range.end }).contains('\n');
    if !lines {
        return Some(vec![in_line(page.file, end, &written, used, closed.is_some())]);
    }
    // Where two members share a line there is no line to copy.
    if !page.line_before(last.range.start).trim().is_empty() {
        return None;
    }
    let between = used.map(String::from).unwrap_or_default();
    let start = format!("{}{}", page.line_end(end), page.indent(last.range.start));
    let joint = format!("{between}{start}");
    let (before, behind) = if closed.is_some() { ("", &*between) } else { (&*between, "") };
    let text = format!("{start}{}{behind}", written.join(&joint));
    let line = page.rest_is_comment(end, "//")?;
    if line == end {
        return Some(vec![Edit::put_in(page.file, end, format!("{before}{text}"))]);
    }
    let edits = [(end, before.to_owned()), (line, text)].into_iter().filter(|(_, text)| !text.is_empty());
    Some(edits.map(|(at, text)| Edit::put_in(page.file, at, text)).collect())
}

/// Members after the last one of an object type that is written in one line.
fn in_line(file: FileId, end: u32, written: &[String], used: Option<char>, closed: bool) -> Edit {
    let separator = used.unwrap_or(';');
    let joint = format!("{separator} ");
    let members = written.join(&joint);
    let text = if closed { format!(" {members}{separator}") } else { format!("{joint}{members}") };
    Edit::put_in(file, end, text)
}

fn is_property(member: &TypeMember) -> bool {
    matches!(member.kind, TypeMemberKind::Property { .. } | TypeMemberKind::Method { .. })
}

/// What separates a member from the next, and where that ends; nothing where only the line does.
fn separator(page: &Page<'_>, member: &TypeMember) -> Option<(char, u32)> {
    let of = |character: char| matches!(character, ';' | ',').then_some(character);
    if let Some(own) = page.slice(member.range).chars().next_back().and_then(of) {
        return Some((own, member.range.end));
    }
    let next = page.after(member.range.end).chars().next().and_then(of)?;
    Some((next, member.range.end + 1))
}

fn key(page: &Page<'_>, name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '$');
    if first && letters.all(|c| c.is_alphanumeric() || c == '_' || c == '$') {
        return name.to_owned();
    }
    let quote = page.quote();
    format!("{quote}{name}{quote}")
}

/// A type as TypeScript writes it; `None` where the file has no name for it.
fn type_of(page: &Page<'_>, shape: &Shape, names: &[(DeclarationKey, DeclarationKey)]) -> Option<String> {
    Some(match shape {
        Shape::Bool => "boolean".to_owned(),
        Shape::Number => "number".to_owned(),
        Shape::Text => "string".to_owned(),
        Shape::Null => "null".to_owned(),
        Shape::Literals(values) => literals(page, values)?,
        Shape::Enum(EnumShape { target, values, .. }) => {
            match target.as_ref().and_then(|target| name_of(page, target, names)) {
                Some(name) => name,
                None => match values {
                    Known::Is(values) => literals(page, values)?,
                    Known::Unknown(_) => return None,
                },
            }
        }
        Shape::Ref(reference) => name_of(page, reference.target.as_ref()?, names)?,
        Shape::List(inner) => {
            let inner = type_of(page, inner, names)?;
            if inner.contains('|') { format!("({inner})[]") } else { format!("{inner}[]") }
        }
        Shape::Map(_, value) => format!("Record<string, {}>", type_of(page, value, names)?),
        Shape::OneOf(members) => {
            let mut parts: Vec<String> = Vec::new();
            for member in members {
                let part = type_of(page, member, names)?;
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
            parts.join(" | ")
        }
        _ => return None,
    })
}

fn literals(page: &Page<'_>, values: &[Value]) -> Option<String> {
    if values.is_empty() || values.len() > MAX_VALUES {
        return None;
    }
    let quote = page.quote();
    let literal = |value: &Value| match value {
        Value::Text(text) if text.contains(['\'', '"', '\\', '\n', '\r']) => None,
        Value::Text(text) => Some(format!("{quote}{text}{quote}")),
        other => Some(other.plain()),
    };
    Some(values.iter().map(literal).collect::<Option<Vec<_>>>()?.join(" | "))
}

/// What a schema is called in this file: declared in it, or imported.
fn name_of(
    page: &Page<'_>,
    target: &DeclarationKey,
    names: &[(DeclarationKey, DeclarationKey)],
) -> Option<String> {
    let (_, client) = names.iter().find(|(schema, _)| schema == target)?;
    let plain = !client.path.contains(['.', '@']);
    (plain && (client.file == page.file || page.imports(&client.path))).then(|| client.path.to_string())
}
