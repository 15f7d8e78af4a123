//! `Schema(field=obj.attr, other=str(obj.id))` and `Model(**payload.model_dump())`.

use alignment_model::TextRange;
use alignment_model::code::{Argument, Call, Expr, ExprKind, Function, ParameterKind, Statement};
use alignment_model::project::{Conversion, ConversionKind, FieldMapping};

use super::flow::Flow;
use super::types::{Key, Type};
use super::unfollowed::Unread;
use crate::python::Binding;

impl<'a> Flow<'_, '_, 'a> {
    /// Notes what a constructor shows. `arguments` are the types of its arguments.
    pub(super) fn construct(&mut self, key: &Key, call: &'a Call, range: TextRange, arguments: &[Type]) {
        // A constructor of the project's own takes parameters, not fields.
        if !self.context.is_entity(key) || self.takes_parameters(key) {
            return;
        }
        let given = || call.arguments.iter().zip(arguments);
        let is_spread = |argument: &Argument| argument.keyword.as_deref() == Some("**");
        let spreads: Vec<&Type> =
            given().filter(|(argument, _)| is_spread(argument)).map(|(_, ty)| ty).collect();
        let named = given().filter(|(argument, _)| argument.keyword.is_some() && !is_spread(argument));
        let named: Vec<(&'a Argument, &Type)> = named.collect();
        if self.context.is_model(key) && spreads.iter().any(|spread| spread.dumped().is_none()) {
            self.found.unfollowed.push(Unread::of(key.clone(), range));
        }
        self.built(key, call, &spreads, &named);
        self.inserted(key, range, &spreads, &named);
        self.row(key, call, range, &spreads, &named);
        let (source, kind) = match spreads.as_slice() {
            // What stands beside the spread fills a model further; a schema it fills from elsewhere.
            [Type::Fields(source, _)] if named.is_empty() || self.context.is_model(key) => {
                (Some(source.clone()), ConversionKind::Spread)
            }
            [] => self.mappings(key, &named),
            _ => {
                let mappings =
                    named.iter().filter_map(|(argument, ty)| self.mapping(key, argument, ty, None));
                (None, ConversionKind::Construct(mappings.collect()))
            }
        };
        let empty = matches!(&kind, ConversionKind::Construct(mappings) if mappings.is_empty());
        let known = source.as_ref().is_none_or(|source| self.context.is_entity(source) && source != key);
        if empty || !known {
            return;
        }
        let read = named.iter().find_map(|(argument, _)| self.read_of(&argument.value));
        let checked = read.map_or_else(Vec::new, |(local, _)| self.checked_on(local));
        let checked = checked.into_iter().map(Box::from).collect();
        let conversion = Conversion {
            target: (**key).clone(),
            source: source.map(|source| (*source).clone()),
            kind,
            checked,
            span: range.in_file(self.file),
        };
        match self.fresh_source(&named) {
            Some(fresh) if conversion.source.is_none() => self.found.from_fresh.push((fresh, conversion)),
            _ => self.found.conversions.push(conversion),
        }
    }

    /// Notes which fields of a schema a construction gives.
    fn built(&mut self, key: &Key, call: &Call, spreads: &[&Type], named: &[(&'a Argument, &Type)]) {
        let Some(schema) = self.context.schemas.get(&**key) else { return };
        let is_whole = spreads.is_empty() && call.positional().next().is_none();
        let field = |(argument, _): &(&Argument, _)| {
            let written = argument.keyword.as_deref()?;
            Some(schema.field(written).or_else(|| schema.wire_field(written))?.name.clone())
        };
        let given = is_whole.then(|| named.iter().filter_map(field).collect());
        self.found.built.push((key.clone(), given));
    }

    /// Whether a class has a constructor of its own that does more than hand its keywords on to the class above.
    fn takes_parameters(&self, key: &Key) -> bool {
        let Some((_, own)) = self.context.names.attribute(key, "__init__") else { return false };
        !matches!(own, Binding::Function(function) if hands_keywords_on(function))
    }

    /// The class of the first object that is read, where it was just made.
    fn fresh_source(&self, named: &[(&'a Argument, &Type)]) -> Option<Key> {
        let (first, _) = named.iter().find_map(|(argument, _)| self.read_of(&argument.value))?;
        match self.locals.get(first) {
            Some(Type::Object(key)) if self.fresh.contains(first) => Some(key.clone()),
            _ => None,
        }
    }

    fn mappings(&self, key: &Key, named: &[(&'a Argument, &Type)]) -> (Option<Key>, ConversionKind) {
        let source = self.source(named);
        let root = source.as_ref().map(|(name, _)| *name);
        let mappings = named.iter().filter_map(|(argument, ty)| self.mapping(key, argument, ty, root));
        (source.map(|(_, key)| key), ConversionKind::Construct(mappings.collect()))
    }

    /// The one object whose attributes are read.
    fn source(&self, named: &[(&'a Argument, &Type)]) -> Option<(&'a str, Key)> {
        let mut names = named.iter().filter_map(|(argument, _)| self.read_of(&argument.value));
        let (first, _) = names.next()?;
        if names.any(|(name, _)| name != first) {
            return None;
        }
        match self.locals.get(first) {
            // A model that was just made holds what the code put in, not what the column allows.
            Some(Type::Object(key)) if self.context.is_model(key) && self.fresh.contains(first) => None,
            Some(Type::Object(key)) if self.context.is_entity(key) => Some((first, key.clone())),
            _ => None,
        }
    }

    /// The local and its attribute of `local.attribute`.
    fn read_of(&self, value: &'a Expr) -> Option<(&'a str, &'a str)> {
        let ExprKind::Member(object, attribute) = &value.kind else { return None };
        let name = object.as_name().filter(|name| self.locals.contains_key(*name))?;
        Some((name, attribute))
    }

    /// One argument. Attributes are named only where they are of the source.
    fn mapping(
        &self,
        key: &Key,
        argument: &'a Argument,
        ty: &Type,
        source: Option<&str>,
    ) -> Option<FieldMapping> {
        let written = argument.keyword.as_deref()?;
        let entities = [self.context.schemas.get(&**key), self.context.models.get(&**key)];
        let entity = entities.into_iter().flatten().next()?;
        let field = entity.field(written).or_else(|| entity.wire_field(written));
        let read = self.read_of(&argument.value).filter(|(name, _)| Some(*name) == source);
        let shape = match ty {
            Type::Value(shape) if read.is_none() => Some((**shape).clone()),
            _ => None,
        };
        Some(FieldMapping {
            field: field.map_or_else(|| written.into(), |field| field.name.clone()),
            attribute: read.map(|(_, attribute)| attribute.into()),
            shape,
            may_be_none: self.may_be_none(&argument.value),
            is_midnight: is_midnight(&argument.value),
            span: argument.value.range.in_file(self.file),
        })
    }
}

/// `datetime.combine(day, datetime.min.time())`, `datetime.combine(day, time.min)`, `datetime.combine(day, time())`: a day without a time.
fn is_midnight(value: &Expr) -> bool {
    let is_min = |expr: &Expr| matches!(&expr.kind, ExprKind::Member(_, name) if &**name == "min");
    let Some(call) = value.as_call() else { return false };
    let ExprKind::Member(_, method) = &call.callee.kind else { return false };
    let [_, time, ..] = call.arguments.as_slice() else { return false };
    &**method == "combine"
        && match &time.value.kind {
            ExprKind::Call(of) => {
                of.arguments.is_empty()
                    && match &of.callee.kind {
                        ExprKind::Member(object, name) => {
                            &**name == "time" && (is_min(object) || object.as_name() == Some("datetime"))
                        }
                        _ => of.callee.as_name() == Some("time"),
                    }
            }
            _ => is_min(&time.value),
        }
}

/// `def __init__(self, **data): super().__init__(**data)`, whatever follows: the keywords are the fields still, and the class has
/// validated them before anything else runs.
fn hands_keywords_on(function: &Function) -> bool {
    let [_, keywords] = function.parameters.as_slice() else { return false };
    let mut body = function.body.iter().filter(|statement| !is_docstring(statement));
    let Some(Statement::Expr(first)) = body.next() else { return false };
    keywords.kind == ParameterKind::KeywordRest
        && first
            .as_call()
            .is_some_and(|call| is_init_of_super(&call.callee) && spreads_only(call, &keywords.name))
}

fn is_docstring(statement: &Statement) -> bool {
    matches!(statement, Statement::Expr(expr) if expr.as_text().is_some())
}

fn is_init_of_super(callee: &Expr) -> bool {
    let ExprKind::Member(object, name) = &callee.kind else { return false };
    &**name == "__init__" && object.as_call().is_some_and(|call| call.callee.as_name() == Some("super"))
}

fn spreads_only(call: &Call, name: &str) -> bool {
    let [argument] = call.arguments.as_slice() else { return false };
    let ExprKind::Spread(spread) = &argument.value.kind else { return false };
    argument.keyword.as_deref() == Some("**") && spread.as_name() == Some(name)
}
