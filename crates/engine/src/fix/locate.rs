//! Where declarations stand in a file that was lowered, found again by the place that a finding gives.

use alignment_model::TextRange;
use alignment_model::code::{
    Assign, Call, Class, Expr, ExprKind, ExprPart, FileFacts, Statement, TypeDeclKind, TypeExpr, TypeKind,
    TypeMember, TypeMemberKind,
};

/// An object type with its members, and its whole text up to the closing brace.
pub(super) struct ObjectType<'f> {
    pub(super) members: &'f [TypeMember],
    pub(super) range: TextRange,
}

fn holds(range: TextRange, at: u32) -> bool {
    range.start <= at && at < range.end
}

/// The type of the property that stands at `at`, the innermost where they are nested.
pub(super) fn property_type(facts: &FileFacts, at: u32) -> Option<&TypeExpr> {
    in_statements(&facts.body, at)
}

fn in_statements(statements: &[Statement], at: u32) -> Option<&TypeExpr> {
    statements.iter().find_map(|statement| match statement {
        Statement::Type(decl) if holds(decl.range, at) => match &decl.kind {
            TypeDeclKind::Interface { members, .. } => in_members(members, at),
            TypeDeclKind::Alias(ty) => in_type(ty, at),
            TypeDeclKind::Namespace(body) => in_statements(body, at),
            TypeDeclKind::Enum { .. } => None,
        },
        _ => None,
    })
}

fn in_members(members: &[TypeMember], at: u32) -> Option<&TypeExpr> {
    let member = members.iter().find(|member| holds(member.range, at))?;
    let TypeMemberKind::Property { ty: Some(ty), .. } = &member.kind else { return None };
    if holds(ty.range, at) { in_type(ty, at) } else { Some(ty) }
}

fn in_type(ty: &TypeExpr, at: u32) -> Option<&TypeExpr> {
    match &ty.kind {
        TypeKind::Object(members) => in_members(members, at),
        TypeKind::Array(inner) => in_type(inner, at),
        TypeKind::Union(parts)
        | TypeKind::Intersection(parts)
        | TypeKind::Tuple(parts)
        | TypeKind::Name { arguments: parts, .. } => {
            parts.iter().find(|part| holds(part.range, at)).and_then(|part| in_type(part, at))
        }
        _ => None,
    }
}

/// The object type that is declared under the name at `at`.
pub(super) fn object_type(facts: &FileFacts, at: u32) -> Option<ObjectType<'_>> {
    object_in(&facts.body, at)
}

fn object_in(statements: &[Statement], at: u32) -> Option<ObjectType<'_>> {
    statements.iter().find_map(|statement| {
        let Statement::Type(decl) = statement else { return None };
        match &decl.kind {
            TypeDeclKind::Namespace(body) if holds(decl.range, at) => object_in(body, at),
            _ if decl.name_range.start != at => None,
            TypeDeclKind::Interface { members, .. } => Some(ObjectType { members, range: decl.range }),
            TypeDeclKind::Alias(TypeExpr { kind: TypeKind::Object(members), range }) => {
                Some(ObjectType { members, range: *range })
            }
            _ => None,
        }
    })
}

/// The class that is declared under the name at `at`.
pub(super) fn class(facts: &FileFacts, at: u32) -> Option<&Class> {
    class_in(&facts.body, at)
}

fn class_in(statements: &[Statement], at: u32) -> Option<&Class> {
    statements.iter().find_map(|statement| match statement {
        Statement::Class(class) if class.name_range.start == at => Some(&**class),
        Statement::Class(class) if holds(class.range, at) => class_in(&class.body, at),
        _ => None,
    })
}

/// The assignment or declaration of a class that stands at `at`.
pub(super) fn attribute(facts: &FileFacts, at: u32) -> Option<&Assign> {
    attribute_in(&facts.body, at)
}

fn attribute_in(statements: &[Statement], at: u32) -> Option<&Assign> {
    statements.iter().find_map(|statement| match statement {
        Statement::Class(class) if holds(class.range, at) => attribute_in(&class.body, at),
        Statement::Assign(assign) if holds(assign.range, at) => Some(&**assign),
        _ => None,
    })
}

/// The first call in the value or the annotation of an attribute that `wanted` accepts, with the place of the whole call.
pub(super) fn call<'f>(assign: &'f Assign, wanted: &dyn Fn(&Call) -> bool) -> Option<(&'f Call, TextRange)> {
    let annotation = assign.annotation.as_ref().and_then(TypeExpr::expression);
    let mut stack: Vec<&Expr> = assign.value.iter().chain(annotation).collect();
    while let Some(expr) = stack.pop() {
        if let ExprKind::Call(call) = &expr.kind
            && wanted(call)
        {
            return Some((call, expr.range));
        }
        expr.for_each_part(&mut |part| {
            if let ExprPart::Expr(inner) = part {
                stack.push(inner);
            }
        });
    }
    None
}
