//! Claims about answers, and bodies of requests -> types.

use alignment_model::Span;
use alignment_model::code::{Expr, ExprKind, Literal, Operator, TypeExpr, TypeKind};
use alignment_model::entity::DeclaredType;
use alignment_model::shape::Shape;

use super::answers::{Claim, Claimed, awaited};
use super::bodies::{pattern_path, rest_of};
use super::clients::{Body, Setting};
use super::frame::{Bound, Place, This, TypePlace};
use super::keys::Keys;
use super::reads::ELEMENT;
use super::urls::address;
use super::values::{Value, Values};
use super::wrappers::Requests;
use crate::typescript::names::{Declaration, Target};
use crate::typescript::types::{Ty, Types};

/// What a call says of its answer or its body.
pub(super) struct Said {
    pub(super) declared: DeclaredType,
    pub(super) ty: Ty,
    /// Where it is said.
    pub(super) span: Span,
    /// The name of the schema of zod that says it.
    pub(super) schema: Option<Box<str>>,
}

/// Type arguments of type arguments.
const MAX_DEPTH: usize = 8;

/// What a call says comes back: of several claims the first that says something, else the first at all.
pub(super) fn response<'a>(
    values: &Values<'_, 'a>,
    types: &mut Types<'_, 'a>,
    claims: &[Claim<'a>],
) -> Option<Said> {
    let mut unclear = None;
    // What is claimed for a part of the body is no type of the body, but what is claimed for each element of a list is one.
    let is_element = |claim: &&Claim<'a>| matches!(&claim.under[..], [step] if **step == *ELEMENT);
    let of_body = claims.iter().filter(|claim| claim.under.is_empty());
    for claim in of_body.chain(claims.iter().filter(is_element)) {
        let mut found = match &claim.by {
            Claimed::Type(place) => of_type(types, place, 0),
            Claimed::Schema(place) => of_schema(values, types, place),
        };
        if let Some(said) =
            found.as_mut().filter(|said| is_element(&claim) && is_object(&said.declared.shape))
        {
            let element = std::mem::replace(&mut said.declared.shape, Shape::Any);
            said.declared.shape = Shape::List(Box::new(element));
        } else if is_element(&claim) {
            continue;
        }
        match found {
            Some(found) if found.declared.shape == Shape::Any => {}
            Some(found) if matches!(found.declared.shape, Shape::Unknown(_) | Shape::Parameter(_)) => {
                unclear.get_or_insert(found);
            }
            Some(found) => return Some(found),
            None => {}
        }
    }
    unclear
}

/// Whether a shape refers to a declared type.
fn is_object(shape: &Shape) -> bool {
    matches!(shape, Shape::Ref(reference) if reference.target.is_some())
}

/// A type as written, with what stands for its type parameters. `None` if it is a parameter that nothing stands for.
fn of_type<'a>(types: &mut Types<'_, 'a>, place: &TypePlace<'a>, depth: usize) -> Option<Said> {
    let (ty, place) = evaluate(types, place, depth)?;
    let written = types.written(place.file, place.ty.range);
    let shape = types.shape(ty);
    let span = place.ty.range.in_file(place.file);
    Some(Said { declared: DeclaredType::new(written, shape), ty, span, schema: None })
}

fn evaluate<'a>(
    types: &mut Types<'_, 'a>,
    place: &TypePlace<'a>,
    depth: usize,
) -> Option<(Ty, TypePlace<'a>)> {
    if depth > MAX_DEPTH {
        return None;
    }
    let place = TypePlace { ty: awaited(place.ty), ..place.clone() };
    if let Some(name) = bare_name(place.ty)
        && let Some(argument) = argument_for(&place, name)
    {
        return evaluate(types, &argument?, depth + 1);
    }
    let mut bindings = Vec::new();
    for activation in place.frame.activations() {
        if let Some(This::Instance(instance)) = &activation.this {
            for (name, argument) in instance.seen_as.iter() {
                if let Some((ty, _)) = evaluate(types, argument, depth + 1) {
                    bindings.push((*name, ty));
                }
            }
        }
        for parameter in &activation.function.type_parameters {
            if let Some(Some(argument)) = argument_for(&place, &parameter.name)
                && let Some((ty, _)) = evaluate(types, &argument, depth + 1)
            {
                bindings.push((&*parameter.name, ty));
            }
        }
    }
    let ty = types.of_type_with(place.file, place.ty, &bindings);
    Some((ty, place))
}

/// What stands for a type parameter of a function around a type: the outer `None` if it is no such parameter, the inner if
/// nothing stands for it.
fn argument_for<'a>(place: &TypePlace<'a>, name: &str) -> Option<Option<TypePlace<'a>>> {
    for activation in place.frame.activations() {
        let at = activation.function.type_parameters.iter().position(|parameter| &*parameter.name == name);
        let Some(at) = at else {
            // A type parameter of the class.
            if let Some(This::Instance(instance)) = &activation.this
                && let Some((_, argument)) = instance.seen_as.iter().find(|(parameter, _)| *parameter == name)
            {
                return Some(Some(argument.clone()));
            }
            continue;
        };
        if let Some(argument) = activation.type_arguments.get(at) {
            return Some(Some(argument.clone()));
        }
        // Where nothing is passed the default stands; read as it stands, the parameter may be anything.
        let parameter = activation.function.type_parameters.get(at)?;
        let default = parameter.default.as_ref().filter(|_| activation.arguments.is_some());
        return Some(default.map(|ty| TypePlace { file: activation.file, ty, frame: place.frame.clone() }));
    }
    None
}

/// What stands for a type that is a type parameter, looked up as far as known; any other type is itself.
pub(super) fn argument_of<'a>(place: &TypePlace<'a>) -> TypePlace<'a> {
    let mut place = TypePlace { ty: awaited(place.ty), ..place.clone() };
    for _ in 0..MAX_DEPTH {
        match bare_name(place.ty).and_then(|name| argument_for(&place, name)) {
            Some(Some(argument)) => place = TypePlace { ty: awaited(argument.ty), ..argument },
            _ => break,
        }
    }
    place
}

pub(super) fn bare_name(ty: &TypeExpr) -> Option<&str> {
    match &ty.kind {
        TypeKind::Name { path, arguments } if arguments.is_empty() => match &path[..] {
            [name] => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// What a zod schema takes: that is what may arrive. What it makes of it is the client's own.
fn of_schema<'a>(values: &Values<'_, 'a>, types: &mut Types<'_, 'a>, place: &Place<'a>) -> Option<Said> {
    let place = argument(values, place.clone());
    let found = match values.value(&place) {
        Value::Expr(found) => found,
        _ => place.clone(),
    };
    let ty = types.zod_input(found.file, found.expr)?;
    let written = types.written(place.file, place.expr.range);
    let shape = types.shape(ty);
    let schema = place.expr.dotted().map(|path| path.join(".").into());
    let span = place.expr.range.in_file(place.file);
    Some(Said { declared: DeclaredType::new(written, shape), ty, span, schema })
}

/// What a call sends as JSON, and what is done to its keys before; `None` if that is no JSON or nothing is known of it.
pub(super) fn request<'a>(
    requests: &Requests<'_, '_, 'a>,
    types: &mut Types<'_, 'a>,
    body: &Body<'a>,
) -> Option<(Said, Keys)> {
    let place = json(requests.values, body.value.clone(), body.raw)?;
    let (place, keys) = unconverted(requests, place);
    let ty = match given_type(requests, types, &place) {
        Some(ty) => ty,
        None => types.of_value(place.file, place.expr),
    };
    let shape = types.shape(ty);
    let is_json = is_json(&shape);
    let declared = DeclaredType::new(types.written(place.file, place.expr.range), shape);
    let span = place.expr.range.in_file(place.file);
    is_json.then_some((Said { declared, ty, span, schema: None }, keys))
}

/// Whether a value of a shape may be sent as JSON.
fn is_json(shape: &Shape) -> bool {
    match shape {
        Shape::Any | Shape::Unknown(_) | Shape::Undefined | Shape::Null | Shape::Parameter(_) => false,
        // A body that is already text.
        Shape::Text => false,
        // A class of the browser: `FormData`, `URLSearchParams`, `Blob`.
        Shape::Ref(reference) => reference.target.is_some() || !is_browser_body(&reference.name),
        // `FormData | undefined`
        Shape::OneOf(sides) => !sides.iter().all(|side| match side {
            Shape::Undefined | Shape::Null => true,
            Shape::Ref(_) => !is_json(side),
            _ => false,
        }),
        _ => true,
    }
}

/// What a converter of keys is given, and what it does; any other expression is itself.
fn unconverted<'a>(requests: &Requests<'_, '_, 'a>, place: Place<'a>) -> (Place<'a>, Keys) {
    let converted = || {
        let ExprKind::Call(call) = &place.expr.kind else { return None };
        let given = call.positional().next()?;
        let callee = requests.values.value(&place.at(&call.callee));
        let keys = requests.converter(&callee, &place.at(&call.callee), Some(call))?;
        Some((argument(requests.values, place.at(given)), keys))
    };
    converted().unwrap_or((place, Keys::None))
}

/// The type of a parameter, or of a name in the pattern of one, that is annotated or given where its function stands.
fn given_type<'a>(
    requests: &Requests<'_, '_, 'a>,
    types: &mut Types<'_, 'a>,
    place: &Place<'a>,
) -> Option<Ty> {
    let names = requests.values.names;
    let mut keys = Vec::new();
    let mut name = place.expr;
    while let Some((object, key)) = key_of(name) {
        keys.insert(0, key.into());
        name = object;
    }
    let ExprKind::Name(_) = &name.kind else { return None };
    let Target::Declared(symbol) = names.resolve_value(place.file, name) else { return None };
    let (file, function, at) =
        names.declarations(symbol).find_map(|(file, declaration)| match declaration {
            Declaration::Parameter(function, at) => Some((file, function, at)),
            _ => None,
        })?;
    let parameter = function.parameters.get(at)?;
    let of = match &parameter.annotation {
        Some(ty) => TypePlace { file, ty, frame: place.frame.clone() },
        None => requests.given.get(&(address(function), at))?.clone(),
    };
    let (mut ty, _) = evaluate(types, &of, 0)?;
    if let Some(pattern) = &parameter.pattern {
        let name = names.name(symbol);
        match (rest_of(pattern, name), pattern_path(pattern, name)) {
            (Some(others), _) => ty = types.without(ty, others),
            (None, Some(path)) => ty = types.of_path(ty, &path),
            (None, None) => return None,
        }
    }
    Some(types.of_path(ty, &keys))
}

/// The object and the key of `object.key` and `object["key"]`.
fn key_of(expr: &Expr) -> Option<(&Expr, &str)> {
    match &expr.kind {
        ExprKind::Member(object, key) => Some((object, key)),
        ExprKind::Index(object, key) => Some((object, key.as_text()?)),
        _ => None,
    }
}

fn is_browser_body(name: &str) -> bool {
    matches!(name, "FormData" | "URLSearchParams" | "Blob" | "File" | "ArrayBuffer" | "ReadableStream")
}

/// The value that becomes JSON: what `JSON.stringify` is given, what is passed for a parameter, the side of a condition that
/// is something.
fn json<'a>(values: &Values<'_, 'a>, place: Place<'a>, raw: bool) -> Option<Place<'a>> {
    let mut place = argument(values, place);
    let mut raw = raw;
    for _ in 0..MAX_DEPTH {
        let next: &'a Expr = match &place.expr.kind {
            ExprKind::Call(call) if is_stringify(place.expr) => {
                raw = false;
                call.positional().next()?
            }
            ExprKind::Conditional(parts) => {
                let [test, then, otherwise] = &**parts;
                match values.truth(&place.at(test)) {
                    Some(false) => otherwise,
                    Some(true) => then,
                    None if matches!(values.value(&place.at(then)), Value::Nothing) => otherwise,
                    // `isForm(body) ? body : JSON.stringify(body)`
                    None if is_stringify(otherwise) => otherwise,
                    None => then,
                }
            }
            // What a function makes of it, where that is `JSON.stringify`, or what it was given; a variable that holds it.
            ExprKind::Call(_) => match (sent_by(values, &place), raw) {
                (Some(sent), true) => {
                    place = sent;
                    continue;
                }
                (None, true) => return None,
                (Some(sent), false) if is_said_nothing_of(values, &place) && is_parameter(values, &sent) => {
                    place = argument(values, sent);
                    continue;
                }
                (_, false) => break,
            },
            // `json ?? form`, where only one of them was given.
            ExprKind::Binary(Operator::Coalesce | Operator::BooleanOr, left, right) => {
                let is_nothing = |side| matches!(values.value(&place.at(side)), Value::Nothing);
                match (is_nothing(left), is_nothing(right)) {
                    (true, _) => right,
                    (false, true) => left,
                    (false, false) => break,
                }
            }
            ExprKind::Name(_) if raw => match values.value(&place) {
                Value::Expr(found) if !std::ptr::eq(found.expr, place.expr) => {
                    place = found;
                    continue;
                }
                _ => break,
            },
            _ => break,
        };
        place = argument(values, place.at(next));
    }
    (!raw).then_some(place)
}

/// What a function of the project gives for a body: what it returns other than nothing, or the JSON among that.
fn sent_by<'a>(values: &Values<'_, 'a>, place: &Place<'a>) -> Option<Place<'a>> {
    let call = place.expr.as_call()?;
    let callable = values.callable(&place.at(&call.callee))?;
    let arguments = call.positional().map(|argument| place.at(argument)).collect();
    let frame = callable.call(arguments, Vec::new(), &place.frame)?;
    let mut returns = Vec::new();
    values.returns_when_called(callable.file, &callable.function.body, &frame, &mut returns);
    returns.retain(|expr| !matches!(expr.kind, ExprKind::Literal(Literal::Null | Literal::Undefined)));
    let given =
        |expr: &&'a Expr| expr.as_call().filter(|_| is_stringify(expr))?.positional().next()?.dotted();
    let expr = match returns[..] {
        [only] => only,
        _ => {
            let json: Vec<&'a Expr> = returns.into_iter().filter(|expr| is_stringify(expr)).collect();
            let first = *json.first()?;
            json.iter()
                .all(|other| given(other).is_some() && given(other) == given(&first))
                .then_some(first)?
        }
    };
    Some(Place { file: callable.file, expr, frame })
}

/// Whether the function of a call does not say what it gives.
fn is_said_nothing_of<'a>(values: &Values<'_, 'a>, place: &Place<'a>) -> bool {
    let callable = place.expr.as_call().and_then(|call| values.callable(&place.at(&call.callee)));
    let returns = callable.and_then(|callable| callable.function.returns.as_ref());
    returns.is_none_or(|ty| matches!(bare_name(ty), Some("any" | "unknown")))
}

/// Whether an expression is a parameter, or stands under keys of one.
fn is_parameter<'a>(values: &Values<'_, 'a>, place: &Place<'a>) -> bool {
    let mut name = place.expr;
    while let ExprKind::Member(object, _) = &name.kind {
        name = object;
    }
    let Target::Declared(symbol) = values.names.resolve_value(place.file, name) else { return false };
    values
        .names
        .declarations(symbol)
        .any(|(_, declaration)| matches!(declaration, Declaration::Parameter(..)))
}

fn is_stringify(expr: &Expr) -> bool {
    let path = expr.as_call().and_then(|call| call.callee.dotted());
    path.is_some_and(|path| path == ["JSON", "stringify"])
}

/// What is passed for a parameter, and what variables of a function that is called stand for; any other expression is
/// itself.
fn argument<'a>(values: &Values<'_, 'a>, place: Place<'a>) -> Place<'a> {
    let mut place = place;
    for _ in 0..MAX_DEPTH {
        let Some(next) = passed(values, &place) else { break };
        place = next;
    }
    place
}

fn passed<'a>(values: &Values<'_, 'a>, place: &Place<'a>) -> Option<Place<'a>> {
    // Where a function is read as it stands, the types of its own names say most.
    let called = place.frame.innermost().is_some_and(|activation| activation.arguments.is_some());
    if let ExprKind::Member(object, key) = &place.expr.kind {
        return called.then(|| under(values, place.at(object), std::slice::from_ref(key)))?;
    }
    let ExprKind::Name(_) = &place.expr.kind else { return None };
    let Target::Declared(symbol) = values.names.resolve_value(place.file, place.expr) else { return None };
    let name = values.names.name(symbol);
    values.names.declarations(symbol).find_map(|(file, declaration)| match declaration {
        Declaration::Parameter(function, at) => {
            let Bound::To(given) = place.frame.parameter(function, at) else { return None };
            match &function.parameters.get(at)?.pattern {
                Some(pattern) => under(values, given.clone(), &pattern_path(pattern, name)?),
                None => Some(given.clone()),
            }
        }
        Declaration::Variable(assign) if called => {
            let expr = assign.value.as_ref()?;
            Some(Place { file, expr, frame: place.frame.clone() })
        }
        Declaration::Destructured(assign) if called => {
            let expr = assign.value.as_ref()?;
            let given = Place { file, expr, frame: place.frame.clone() };
            under(values, given, &pattern_path(&assign.target, name)?)
        }
        _ => None,
    })
}

/// What stands under keys of an object.
fn under<'a>(values: &Values<'_, 'a>, object: Place<'a>, keys: &[Box<str>]) -> Option<Place<'a>> {
    keys.iter().try_fold(object, |object, key| match values.setting(Some(&object), key) {
        Setting::Is(found) => Some(found),
        _ => None,
    })
}
