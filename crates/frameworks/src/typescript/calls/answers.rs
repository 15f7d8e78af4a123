//! The answer of a call: what carries it, and what claims something about it.

use alignment_model::code::{Call, Expr, ExprKind, Function, Literal, Operator, TypeExpr, TypeKind};

use super::frame::{Place, TypePlace};

/// What a value is with regard to the answer of a call. Promises are looked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// A `Response` of `fetch`.
    Response,
    /// Its text.
    Text,
    /// An answer of axios or `openapi-fetch`, with the body in `data`.
    Axios,
    /// The body, or what stands under these keys in it.
    Body(Vec<Box<str>>),
    /// A list that has it at this position: what `Promise.all` is given and gives.
    Item(usize, Box<Carrier>),
    /// An object that code puts together and that has it under this key: `{ status: res.status, body: await res.json() }`.
    Entry(Box<str>, Box<Carrier>),
}

impl Carrier {
    /// The whole body.
    pub(super) fn body() -> Self {
        Carrier::Body(Vec::new())
    }

    pub(super) fn member(&self, name: &str) -> Option<Self> {
        match self {
            Carrier::Axios if name == "data" => Some(Carrier::body()),
            Carrier::Body(path) => Some(Carrier::Body(path.iter().cloned().chain([name.into()]).collect())),
            Carrier::Item(at, inner) => (name.parse() == Ok(*at)).then(|| (**inner).clone()),
            Carrier::Entry(key, inner) => (**key == *name).then(|| (**inner).clone()),
            _ => None,
        }
    }
}

/// Something that says what comes back.
#[derive(Clone, Debug)]
pub(super) struct Claim<'a> {
    pub(super) by: Claimed<'a>,
    /// The keys of the body under which it stands.
    pub(super) under: Vec<Box<str>>,
}

/// What a claim is made with.
#[derive(Clone, Debug)]
pub(super) enum Claimed<'a> {
    /// A type.
    Type(TypePlace<'a>),
    /// A zod schema that the body is parsed with.
    Schema(Place<'a>),
}

impl<'a> Claim<'a> {
    /// A type of the whole body.
    pub(super) fn of_type(ty: TypePlace<'a>) -> Self {
        Self { by: Claimed::Type(ty), under: Vec::new() }
    }
}

/// The names of classes of promises: that of the language, and that of clients which generators write.
const PROMISES: [&str; 2] = ["Promise", "CancelablePromise"];

/// The function that settles a new promise by what it gives to its first parameter: `new Promise((resolve) => resolve(x))`.
pub(super) fn executor(call: &Call) -> Option<&Function> {
    let name = call.callee.as_name().filter(|_| call.is_new)?;
    match &call.positional().next()?.kind {
        ExprKind::Function(function) if PROMISES.contains(&name) => Some(function),
        _ => None,
    }
}

/// The type inside promises and observables.
pub(super) fn awaited(ty: &TypeExpr) -> &TypeExpr {
    let mut ty = ty;
    for _ in 0..4 {
        match wrapped(ty, &PROMISES).or_else(|| wrapped(ty, &["PromiseLike", "Observable"])) {
            Some(inner) => ty = inner,
            None => break,
        }
    }
    ty
}

pub(super) fn wrapped<'t>(ty: &'t TypeExpr, names: &[&str]) -> Option<&'t TypeExpr> {
    match &ty.kind {
        TypeKind::Name { path, arguments } => {
            let named = path.last().is_some_and(|name| names.contains(&&**name));
            arguments.first().filter(|_| named)
        }
        _ => None,
    }
}

/// Whether an expression tells the status 404 from others: `res.status === 404`, `error.response?.status !== 404`.
pub(super) fn is_missing(test: &Expr) -> bool {
    let ExprKind::Binary(Operator::Equal | Operator::NotEqual, left, right) = &test.kind else {
        return false;
    };
    let named = |expr: &Expr, names: &[&str]| match &expr.kind {
        ExprKind::Member(_, name) | ExprKind::Name(name) => names.contains(&&**name),
        _ => false,
    };
    matches!(right.kind, ExprKind::Literal(Literal::Int(404)))
        && named(left, &["status", "statusCode", "status_code", "code"])
}

/// Whether a condition holds only for success (`res.ok`), only for failure (`!res.ok`, `res.status === 404`), or neither.
pub(super) fn outcome(test: &Expr) -> Option<bool> {
    match &test.kind {
        ExprKind::Member(_, name) if &**name == "ok" => Some(true),
        ExprKind::Name(name) if &**name == "ok" => Some(true),
        ExprKind::Unary(Operator::Not, inner) => Some(!outcome(inner)?),
        ExprKind::Binary(Operator::BooleanAnd, left, right) => match (outcome(left), outcome(right)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), None) | (None, Some(true)) | (Some(true), Some(true)) => Some(true),
            (None, None) => None,
        },
        ExprKind::Binary(Operator::BooleanOr, left, right) => match (outcome(left), outcome(right)) {
            (Some(false), Some(false)) => Some(false),
            // `!res.ok || data.error`
            (Some(false), None) | (None, Some(false)) => Some(false),
            _ => None,
        },
        ExprKind::Binary(operator, left, right) => {
            let status = matches!(&left.kind, ExprKind::Member(_, name) if &**name == "status")
                || left.as_name() == Some("status");
            let ExprKind::Literal(Literal::Int(code)) = right.kind else { return None };
            if !status {
                return None;
            }
            let success = (200..300).contains(&code);
            match operator {
                // Another status may be a success too (`204`).
                Operator::Equal => (!success).then_some(false),
                // `status !== 204`: there is a body.
                Operator::NotEqual => (success && code != 204).then_some(false),
                Operator::GreaterEqual | Operator::Greater if code >= 299 => Some(false),
                _ => None,
            }
        }
        _ => None,
    }
}
