//! An expression -> what it is certain to be. Every part is read once, so that conversions inside it are found.

use std::rc::Rc;

use alignment_model::code::{Comprehension, Expr, ExprKind, ExprPart, Literal, Operator};
use alignment_model::project::LeavesOut;
use alignment_model::shape::Shape;

use super::flow::Flow;
use super::types::{Key, Type};
use crate::python::annotations::Place;
use crate::python::{Binding, Target};

/// Expressions inside expressions and statements that are read.
const MAX_DEPTH: u32 = 96;

impl<'a> Flow<'_, '_, 'a> {
    /// What an expression is.
    pub(super) fn eval(&mut self, expr: &'a Expr) -> Type {
        if self.depth > MAX_DEPTH {
            return Type::Unknown;
        }
        self.depth += 1;
        let ty = self.eval_inside(expr);
        self.depth -= 1;
        ty
    }

    fn eval_inside(&mut self, expr: &'a Expr) -> Type {
        match &expr.kind {
            ExprKind::Name(name) => match self.locals.get(&**name) {
                Some(local) => local.clone(),
                None => self.global(expr),
            },
            ExprKind::Literal(literal) => of_literal(literal),
            ExprKind::Template(_) => {
                self.parts(expr);
                Type::value(Shape::Text)
            }
            ExprKind::Member(object, name) => {
                if self.is_static(expr) {
                    return self.global(expr);
                }
                let object = self.eval(object);
                self.attribute(&object, name)
            }
            ExprKind::Index(object, index) => {
                let object = self.eval(object);
                self.eval(index);
                match object {
                    Type::List(_) if matches!(index.kind, ExprKind::Slice(_)) => object,
                    Type::List(element) => Type::clone(&element),
                    Type::Map(value) => Type::clone(&value),
                    Type::Class(_) => object,
                    _ => Type::Unknown,
                }
            }
            ExprKind::Call(call) => self.call(expr, call),
            ExprKind::Await(inner) => match self.eval(inner) {
                Type::Promise(inner) => Type::clone(&inner),
                other => other,
            },
            ExprKind::Spread(inner) => self.eval(inner),
            ExprKind::Walrus(name, inner) => {
                let ty = self.eval(inner);
                self.bind(name, ty.clone());
                ty
            }
            ExprKind::Conditional(parts) => {
                let [test, then, otherwise] = &**parts;
                self.eval(test);
                self.asked(test);
                let then = self.assuming(test, true, then);
                then.join(self.assuming(test, false, otherwise))
            }
            ExprKind::Binary(operator, left, right) => self.binary(*operator, left, right),
            ExprKind::List(items) => {
                let types: Vec<Type> = items.iter().map(|item| self.item(item)).collect();
                Type::list(types.into_iter().reduce(Type::join).unwrap_or(Type::Null))
            }
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension),
            // The body of a lambda is not read: what it is called with is not known.
            ExprKind::Function(_) | ExprKind::Class(_) => Type::Unknown,
            _ => {
                self.parts(expr);
                Type::Unknown
            }
        }
    }

    fn parts(&mut self, expr: &'a Expr) {
        expr.for_each_part(&mut |part| {
            if let ExprPart::Expr(part) = part {
                self.eval(part);
            }
        });
    }

    fn item(&mut self, item: &'a Expr) -> Type {
        let ty = self.eval(item);
        if matches!(item.kind, ExprKind::Spread(_)) { ty.element() } else { ty }
    }

    fn binary(&mut self, operator: Operator, left: &'a Expr, right: &'a Expr) -> Type {
        if matches!(operator, Operator::BooleanAnd | Operator::BooleanOr) {
            self.asked(left);
        }
        let first = left;
        let left = self.eval(left);
        let right = match operator {
            Operator::BooleanAnd => self.assuming(first, true, right),
            Operator::BooleanOr => self.assuming(first, false, right),
            _ => self.eval(right),
        };
        match operator {
            _ if Self::gives_operand(operator) => left.join(right),
            Operator::BooleanAnd => right,
            Operator::Add => match (&left, &right) {
                (Type::List(_), Type::List(_)) => left.join(right),
                _ => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }

    fn comprehension(&mut self, comprehension: &'a Comprehension) -> Type {
        let outside = (self.locals.clone(), self.checked.clone());
        for (target, iterable, conditions) in &comprehension.clauses {
            let element = self.iterated(iterable);
            let checked = self.checked_of(iterable);
            self.bind_pattern(target, &element);
            self.keep(target, checked);
            for condition in conditions {
                self.eval(condition);
                self.asked(condition);
                self.assume(condition, true);
            }
        }
        let element = match &comprehension.element.kind {
            ExprKind::Tuple(pair) if comprehension.is_map => {
                let types: Vec<Type> = pair.iter().map(|part| self.eval(part)).collect();
                types.into_iter().next_back().unwrap_or(Type::Unknown)
            }
            _ => self.eval(&comprehension.element),
        };
        self.resume(outside);
        if comprehension.is_map { Type::Map(Rc::new(element)) } else { Type::list(element) }
    }

    /// Whether an expression is a dotted path that no local starts.
    pub(super) fn is_static(&self, expr: &Expr) -> bool {
        let mut root = expr;
        while let ExprKind::Member(object, _) = &root.kind {
            root = object;
        }
        root.as_name().is_some_and(|name| !self.locals.contains_key(name))
    }

    /// What a name that is no local stands for.
    pub(super) fn global(&self, expr: &Expr) -> Type {
        let names = self.context.names;
        match names.resolve(self.file, self.scope, expr) {
            Target::Class(key, _) => Type::Class(Rc::new(key)),
            Target::Variable(key, assign) if !key.path.contains('.') => {
                if let Some(annotation) = assign.annotation.as_ref().and_then(|written| written.expression())
                {
                    let place = Place::new(key.file, "");
                    return Type::of_shape(&self.context.annotations.shape(place, annotation));
                }
                let steady = names.module(key.file).is_some_and(|scope| !scope.is_rebound(&key.path));
                let call = assign.value.as_ref().and_then(Expr::as_call).filter(|_| steady);
                let Some(call) = call else { return Type::Unknown };
                match names.resolve(key.file, "", &call.callee) {
                    Target::Class(class, _) => Type::Object(Rc::new(class)),
                    Target::External(path) if path == "pydantic.TypeAdapter" => {
                        self.adapter(key.file, "", call)
                    }
                    _ => Type::Unknown,
                }
            }
            _ => Type::Unknown,
        }
    }

    /// What an attribute of a value is.
    fn attribute(&self, object: &Type, name: &str) -> Type {
        let Type::Object(key) = object else { return Type::Unknown };
        if name == "__dict__" {
            return Type::Fields(key.clone(), LeavesOut::default());
        }
        let entities = [self.context.models.get(&**key), self.context.schemas.get(&**key)];
        let field = entities.into_iter().flatten().find_map(|entity| entity.field(name));
        if let Some(field) = field {
            return Type::of_shape(&field.ty.shape);
        }
        self.declared(key, name)
    }

    /// An attribute that a class annotates, or a property.
    fn declared(&self, key: &Key, name: &str) -> Type {
        match self.context.names.attribute(key, name) {
            Some((owner, Binding::Variable(assign))) => {
                let annotation = assign.annotation.as_ref().and_then(|written| written.expression());
                let place = Place::new(owner.file, &owner.path);
                annotation.map_or(Type::Unknown, |annotation| {
                    Type::of_shape(&self.context.annotations.shape(place, annotation))
                })
            }
            Some((owner, Binding::Function(function)))
                if function.decorators.iter().any(|by| by.as_name() == Some("property")) =>
            {
                self.returned(owner.file, &owner.path, function)
            }
            _ => Type::Unknown,
        }
    }
}

fn of_literal(literal: &Literal) -> Type {
    Type::value(match literal {
        Literal::Null => return Type::Null,
        Literal::Text(_) => Shape::Text,
        Literal::Int(_) => Shape::Int(None),
        Literal::Bool(_) => Shape::Bool,
        _ => return Type::Unknown,
    })
}
