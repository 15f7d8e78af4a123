//! Types of value expressions, for `typeof x`, for initialisers of class fields and for `as const`. Only what needs no
//! inference: literals, objects, arrays, what is annotated, and calls of functions that say what they return.

use alignment_model::code::{
    Call, Expr, ExprKind, Function, Literal, Operator, Statement, TypeExpr, TypeKind,
};
use alignment_model::shape::Value;
use alignment_model::{FileId, Why};

use super::Types;
use super::kinds::{Form, Kind, Source, Ty};
use super::members::made;
use crate::typescript::constants;
use crate::typescript::names::{Declaration, Symbol, Target};

impl<'a> Types<'_, 'a> {
    /// `typeof x`, `typeof x.y`.
    pub(super) fn type_of_value(&mut self, file: FileId, expr: &'a Expr) -> Ty {
        self.value_at(file, expr, Mode::Kept)
    }

    /// The type of a value in a place that may change, or, frozen, under `as const`.
    pub(super) fn value(&mut self, file: FileId, expr: &'a Expr, frozen: bool) -> Ty {
        self.value_at(file, expr, if frozen { Mode::Frozen } else { Mode::Widened })
    }

    /// The type of what a call of a function gives, if the function says it.
    pub(super) fn returned(&mut self, file: FileId, function: &'a Function) -> Ty {
        match &function.returns {
            Some(returns) if function.type_parameters.is_empty() => {
                let env = self.env(file, &[]);
                self.eval(returns, env)
            }
            Some(_) => self.unknown(Why::UnsupportedConstruct),
            None => self.inferred_return(file, function),
        }
    }

    /// The type of the only value that a function returns. Several would have to be unified, and a generic function would
    /// have to be instantiated.
    fn inferred_return(&mut self, file: FileId, function: &'a Function) -> Ty {
        if !function.type_parameters.is_empty() {
            return self.unknown(Why::UnsupportedConstruct);
        }
        let Some(value) = only_return(&function.body) else { return self.unknown(Why::NotStated) };
        let ty = self.value_at(file, value, Mode::Widened);
        match self.kind(ty) {
            Kind::Promise(_) => ty,
            _ if function.is_async => self.intern(Kind::Promise(ty)),
            _ => ty,
        }
    }

    /// Says what the first parameter of a function is given, where the function itself does not.
    pub(super) fn bind_parameter(&mut self, function: &'a Function, ty: Ty) {
        self.given.insert(std::ptr::from_ref(function) as usize, ty);
    }

    fn value_at(&mut self, file: FileId, expr: &'a Expr, mode: Mode) -> Ty {
        if !self.enter() {
            return self.unknown(Why::Recursive);
        }
        let ty = self.value_form(file, expr, mode);
        self.leave();
        ty
    }

    fn value_form(&mut self, file: FileId, expr: &'a Expr, mode: Mode) -> Ty {
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal_value(literal, mode),
            ExprKind::As(inner, ty) => match &ty.kind {
                TypeKind::Name { path, .. }
                    if path.len() == 1 && path.iter().any(|name| &**name == "const") =>
                {
                    self.value_at(file, inner, Mode::Frozen)
                }
                _ => {
                    let env = self.env(file, &[]);
                    self.eval(ty, env)
                }
            },
            ExprKind::Map(entries) => {
                let frozen = mode == Mode::Frozen;
                let key = (std::ptr::from_ref(expr) as usize, self.env(file, &[]));
                // One object literal is one type, frozen or not: the two never meet at one place.
                if let Some(ty) = self.written.get(&key) {
                    return *ty;
                }
                let ty = self.object(Form::Literal(file, entries, frozen));
                self.written.insert(key, ty);
                ty
            }
            ExprKind::List(items) => self.list_value(file, items, mode),
            ExprKind::Name(name) if &**name == "undefined" => self.intern(Kind::Undefined),
            ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Index(..) => {
                self.reference_value(file, expr, mode)
            }
            ExprKind::Call(call) => self.call_value(file, call, mode),
            ExprKind::Template(_) => self.intern(Kind::Text),
            ExprKind::Function(_) | ExprKind::Class(_) => self.intern(Kind::Function),
            ExprKind::Conditional(parts) => {
                let [_, then, otherwise] = &**parts;
                let parts = [self.value_at(file, then, mode), self.value_at(file, otherwise, mode)];
                self.union(parts)
            }
            ExprKind::Await(inner) => {
                let inner = self.value_at(file, inner, mode);
                self.awaited(inner)
            }
            ExprKind::Unary(Operator::Negate, inner) => match (&inner.kind, mode) {
                (ExprKind::Literal(Literal::Int(number)), Mode::Kept | Mode::Frozen) => {
                    self.intern(Kind::Literal(Value::Number(format!("-{number}").into())))
                }
                _ => self.intern(Kind::Number),
            },
            ExprKind::Unary(Operator::Not, _) => self.intern(Kind::Bool),
            ExprKind::Binary(operator, ..) => self.operation_value(*operator),
            _ => self.unknown(Why::DynamicExpression),
        }
    }

    fn literal_value(&mut self, literal: &Literal, mode: Mode) -> Ty {
        let widened = mode == Mode::Widened;
        let kind = match literal {
            Literal::Text(_) if widened => Kind::Text,
            Literal::Text(text) => Kind::Literal(Value::Text(text.clone())),
            Literal::Int(_) | Literal::Number(_) if widened => Kind::Number,
            Literal::Int(number) => Kind::Literal(Value::Number(number.to_string().into())),
            Literal::Number(text) => Kind::Literal(Value::Number(constants::plain_number(text))),
            Literal::Bool(_) if widened => Kind::Bool,
            Literal::Bool(value) => Kind::Literal(Value::Bool(*value)),
            Literal::Null => Kind::Null,
            Literal::Undefined => Kind::Undefined,
            Literal::Regex(_) => Kind::Library("RegExp"),
            Literal::Bytes(_) | Literal::Ellipsis => Kind::Unknown(Why::UnsupportedConstruct),
        };
        self.intern(kind)
    }

    fn list_value(&mut self, file: FileId, items: &'a [Expr], mode: Mode) -> Ty {
        let mode = if mode == Mode::Frozen { Mode::Frozen } else { Mode::Widened };
        let mut elements = Vec::new();
        for item in items {
            match &item.kind {
                ExprKind::Spread(inner) => {
                    let inner = self.value_at(file, inner, mode);
                    match self.kind(inner).clone() {
                        Kind::Tuple(parts) => elements.extend(parts.iter().copied()),
                        Kind::List(element) => elements.push(element),
                        _ => elements.push(self.unknown(Why::DynamicExpression)),
                    }
                }
                _ => elements.push(self.value_at(file, item, mode)),
            }
        }
        if mode == Mode::Frozen {
            return self.intern(Kind::Tuple(elements.into()));
        }
        // What an empty array holds is inferred from its use.
        let element = if elements.is_empty() { self.unknown(Why::NotStated) } else { self.union(elements) };
        self.intern(Kind::List(element))
    }

    fn reference_value(&mut self, file: FileId, expr: &'a Expr, mode: Mode) -> Ty {
        match self.names.resolve_value(file, expr) {
            Target::Declared(symbol) => self.symbol_value(symbol, mode),
            Target::Member(symbol, path) => {
                if let [member] = &path[..]
                    && self.is_enum_member(symbol, member)
                {
                    let kind = if mode == Mode::Widened {
                        Kind::Enum(symbol)
                    } else {
                        Kind::EnumMember(symbol, member.clone())
                    };
                    return self.intern(kind);
                }
                let mut ty = self.symbol_value(symbol, Mode::Kept);
                for name in &path {
                    ty = self.property(ty, Some(name));
                }
                ty
            }
            Target::Expression(file, expr) => self.value_at(file, expr, mode),
            Target::External(..) => self.unknown(Why::ExternalName),
            Target::Unknown(Why::DynamicExpression) => self.access_value(file, expr),
            Target::Global(path) if path.len() == 1 && path.iter().any(|name| &**name == "fetch") => {
                self.intern(Kind::Function)
            }
            Target::Global(_) | Target::Module(_) | Target::Unknown(_) => {
                self.unknown(Why::DynamicExpression)
            }
        }
    }

    /// A member or element of what is no name.
    fn access_value(&mut self, file: FileId, expr: &'a Expr) -> Ty {
        match &expr.kind {
            ExprKind::Member(object, name) => {
                let object = self.value_at(file, object, Mode::Kept);
                let key = self.text_literal(name.clone());
                self.indexed(object, key)
            }
            ExprKind::Index(object, index) => {
                let object = self.value_at(file, object, Mode::Kept);
                let index = self.value_at(file, index, Mode::Kept);
                self.indexed(object, index)
            }
            _ => self.unknown(Why::DynamicExpression),
        }
    }

    /// The type of a declared value.
    fn symbol_value(&mut self, symbol: Symbol, mode: Mode) -> Ty {
        let declared = self.names.declarations(symbol).find(|(_, declaration)| declaration.is_value());
        let Some((file, declaration)) = declared else { return self.unknown(Why::UndefinedName) };
        match declaration {
            Declaration::Variable(assign) => match (&assign.annotation, &assign.value) {
                (Some(annotation), _) => {
                    let env = self.env(file, &[]);
                    self.eval(annotation, env)
                }
                (None, Some(value)) => {
                    let kept = assign.modifiers.is_const && mode != Mode::Widened;
                    self.value_at(file, value, if kept { Mode::Kept } else { Mode::Widened })
                }
                (None, None) => self.unknown(Why::NotStated),
            },
            Declaration::Function(_) | Declaration::Class(_) => self.intern(Kind::Function),
            Declaration::Type(_) => self.enum_object(symbol),
            Declaration::Parameter(function, at) => {
                let parameter = function.parameters.get(at).filter(|parameter| parameter.pattern.is_none());
                match parameter.and_then(|parameter| parameter.annotation.as_ref()) {
                    Some(annotation) => {
                        let env = self.env(file, &[]);
                        self.eval(annotation, env)
                    }
                    None => {
                        let given = self.given.get(&(std::ptr::from_ref(function) as usize)).copied();
                        let given = given.filter(|_| at == 0 && parameter.is_some());
                        given.unwrap_or_else(|| self.unknown(Why::NotStated))
                    }
                }
            }
            _ => self.unknown(Why::DynamicExpression),
        }
    }

    /// `typeof Colour`: the object that holds the members of an enum.
    fn enum_object(&mut self, symbol: Symbol) -> Ty {
        let mut members = super::kinds::Members::default();
        for (name, _) in self.enum_members(symbol).iter() {
            let member = self.intern(Kind::EnumMember(symbol, name.clone()));
            members.put(made(name, Source::Known(member), false));
        }
        self.object(Form::Made(members.into()))
    }

    fn call_value(&mut self, file: FileId, call: &'a Call, mode: Mode) -> Ty {
        if call.is_new {
            return self.new_value(file, call);
        }
        match call.callee.dotted().as_deref() {
            Some(["Object", "freeze"]) => {
                return match call.positional().next() {
                    Some(value) => self.value_at(file, value, mode),
                    None => self.unknown(Why::NotStated),
                };
            }
            Some(["Object", "keys"]) => {
                let text = self.intern(Kind::Text);
                return self.intern(Kind::List(text));
            }
            Some(["String"]) => return self.intern(Kind::Text),
            Some(["Number" | "parseInt" | "parseFloat"] | ["Date", "now"]) => {
                return self.intern(Kind::Number);
            }
            Some(["Boolean"]) => return self.intern(Kind::Bool),
            Some(["useCallback"] | ["React", "useCallback"]) => return self.intern(Kind::Function),
            _ => {}
        }
        if let Target::Declared(symbol) = self.names.resolve_value(file, &call.callee)
            && let Some((file, Declaration::Function(function))) =
                self.names.declarations(symbol).find(|(_, declaration)| declaration.is_value())
        {
            return self.returned(file, function);
        }
        let definition = constants::definition(self.names, file, &call.callee);
        match definition {
            Some((file, Expr { kind: ExprKind::Function(function), .. })) => self.returned(file, function),
            _ => self.unknown(Why::DynamicExpression),
        }
    }

    fn new_value(&mut self, file: FileId, call: &'a Call) -> Ty {
        self.instance(file, &call.callee, &call.type_arguments)
    }

    /// The type of the instances of a class.
    pub(super) fn instance(&mut self, file: FileId, class: &'a Expr, arguments: &'a [TypeExpr]) -> Ty {
        let env = self.env(file, &[]);
        match self.names.resolve_value(file, class) {
            Target::Declared(symbol) => {
                let is_class = |(_, declaration)| matches!(declaration, Declaration::Class(_));
                if !self.names.declarations(symbol).any(is_class) {
                    return self.unknown(Why::DynamicExpression);
                }
                // Without arguments they are inferred from what the constructor is given.
                if arguments.is_empty() && !self.parameters_of(symbol).is_empty() {
                    return self.unknown(Why::DynamicExpression);
                }
                self.target(Target::Declared(symbol), arguments, env)
            }
            Target::Global(path) => self.library_type(&path, arguments, env),
            Target::External(module, path) => self.external_type(module, &path, arguments, env),
            _ => self.unknown(Why::DynamicExpression),
        }
    }

    fn operation_value(&mut self, operator: Operator) -> Ty {
        use Operator as O;
        let kind = match operator {
            O::Equal | O::NotEqual | O::Less | O::LessEqual | O::Greater | O::GreaterEqual | O::In => {
                Kind::Bool
            }
            O::Subtract | O::Multiply | O::Divide | O::Modulo => Kind::Number,
            _ => Kind::Unknown(Why::DynamicExpression),
        };
        self.intern(kind)
    }
}

/// How much of a literal its type keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Only its base type: in a place that may change.
    Widened,
    /// The literal itself, but not inside objects and arrays: a `const`.
    Kept,
    /// Everything: `as const`.
    Frozen,
}

/// The value of the only `return` of a body, those of functions inside it left out; `None` if there are several, or if the
/// body may end without one.
fn only_return(body: &[Statement]) -> Option<&Expr> {
    let Some(Statement::Return(Some(last), _)) = body.last() else { return None };
    let mut stack: Vec<&[Statement]> = vec![body];
    let mut returns = 0;
    while let Some(body) = stack.pop() {
        for statement in body {
            match statement {
                Statement::Return(..) => returns += 1,
                Statement::If(branch) => stack.extend([&branch.then[..], &branch.otherwise]),
                Statement::For(each) => stack.push(&each.body),
                Statement::While(block) => stack.push(&block.body),
                Statement::With(with) => stack.push(&with.body),
                Statement::Try(guard) => {
                    stack.extend([&guard.body[..], &guard.otherwise, &guard.finally]);
                    stack.extend(guard.handlers.iter().map(|(_, body)| &body[..]));
                }
                _ => {}
            }
        }
    }
    (returns == 1).then_some(last)
}
