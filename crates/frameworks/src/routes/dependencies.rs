//! `Depends(target)`: the parameters of the target belong to the operation too (FastAPI, "Dependencies").

use std::rc::Rc;

use alignment_model::code::{Call, Class, Expr, ExprKind, Function, ParameterKind, Statement};
use alignment_model::entity::{EntityKind, FieldKind};
use alignment_model::shape::{DeclarationKey, Shape, TypeRef};
use alignment_model::{FileId, Why};

use super::markers::Marker;
use super::parameters::{Collector, Parameter, Site};
use crate::python::{Binding, Target, parent};

/// Dependencies of dependencies.
const MAX_DEPTH: u8 = 24;

/// Packages whose dependencies take nothing from the request but what security schemes do.
const WITHOUT_PARAMETERS: &[&str] = &["fastapi.security.", "fastapi_users."];

impl<'a> Collector<'_, '_, 'a> {
    /// A dependency in a list: `dependencies=[Depends(check)]`.
    pub(super) fn marked(&mut self, site: Site<'_>, expr: &'a Expr) {
        if let Some((expr, home)) = self.looked_through(site, expr)
            && let Some(Marker::Depends(Some(target))) = self.marker(home, expr)
        {
            self.dependency(home, target);
        }
    }

    /// What a variable stands for, with the place where that is written: `Current = Depends(get_user)`.
    pub(super) fn looked_through<'e, 's>(
        &self,
        site: Site<'s>,
        expr: &'e Expr,
    ) -> Option<(&'e Expr, Site<'s>)>
    where
        'a: 'e,
    {
        if !matches!(expr.kind, ExprKind::Name(_) | ExprKind::Member(..)) {
            return Some((expr, site));
        }
        match self.reader.names.resolve(site.file, site.scope, expr) {
            // Module-level variables have no scope of their own.
            Target::Variable(key, assign) if !key.path.contains('.') => {
                Some((assign.value.as_ref()?, Site { file: key.file, scope: "" }))
            }
            _ => Some((expr, site)),
        }
    }

    /// The type of an annotation without its metadata: the class that `Annotated[Pagination, Depends()]` depends on.
    pub(super) fn bare<'e>(&self, site: Site<'_>, expr: &'e Expr) -> &'e Expr {
        match &expr.kind {
            ExprKind::Index(object, index) => match &index.kind {
                ExprKind::Tuple(items)
                    if self.reader.names.resolve(site.file, site.scope, object).external()
                        == Some("typing.Annotated") =>
                {
                    items.first().unwrap_or(expr)
                }
                _ => expr,
            },
            _ => expr,
        }
    }

    /// Reads what a dependency takes.
    pub(super) fn dependency(&mut self, site: Site<'_>, target: &Expr) {
        if self.depth >= MAX_DEPTH {
            self.lacks.lacks(Why::UnsupportedConstruct, "dependencies are nested too deeply", None);
            return;
        }
        self.depth += 1;
        self.callable(site, target);
        self.depth -= 1;
    }

    fn callable(&mut self, site: Site<'_>, target: &Expr) {
        match &target.kind {
            ExprKind::Call(call) => self.made(site, target, call),
            ExprKind::Function(_) => {}
            // Which of them is used depends on what the program does; both are read, as both branches of an `if` are.
            ExprKind::Conditional(parts) => {
                let [_, then, otherwise] = &**parts;
                self.callable(site, then);
                self.callable(site, otherwise);
            }
            _ if self.bound_parameter(site, target) => {}
            _ => {
                let found = self.reader.names.resolve(site.file, site.scope, target);
                self.target(site, target, found);
            }
        }
    }

    fn target(&mut self, site: Site<'_>, expr: &Expr, target: Target<'a>) {
        match target {
            Target::Function(key, function) => self.function_of(&key, function),
            Target::Class(key, _) => self.class(&key),
            Target::Variable(key, assign) => match &assign.value {
                Some(value) if !matches!(value.kind, ExprKind::Name(_) | ExprKind::Member(..)) => {
                    self.callable(Site { file: key.file, scope: parent(&key.path) }, value);
                }
                _ => self.unknown(site, expr, Why::DynamicExpression),
            },
            Target::External(path) => self.external(site, expr, &path),
            _ => self.unknown(site, expr, Why::UndefinedName),
        }
    }

    fn function_of(&mut self, key: &DeclarationKey, function: &'a Function) {
        self.function(key, function, self.is_bound(key, function));
    }

    /// Whether the first parameter of a function is the object or class that it is called on.
    fn is_bound(&self, key: &DeclarationKey, function: &Function) -> bool {
        let owner = DeclarationKey { file: key.file, path: parent(&key.path).into() };
        self.reader.names.class(&owner).is_some() && !is_static(function)
    }

    /// A class: the parameters of its `__init__`, or its fields.
    fn class(&mut self, key: &DeclarationKey) {
        if let Some((owner, Binding::Function(init))) = self.reader.names.attribute(key, "__init__") {
            let path = format!("{}.__init__", owner.path).into();
            self.function(&DeclarationKey { file: owner.file, path }, init, true);
            return;
        }
        let hierarchy = self.reader.names.hierarchy(key);
        for path in hierarchy.externals() {
            if path == "fastapi.security.OAuth2PasswordRequestForm"
                || path.ends_with(".OAuth2PasswordRequestFormStrict")
            {
                let span = self
                    .reader
                    .names
                    .class(key)
                    .map_or(alignment_model::Span::file_start(key.file), |class| {
                        class.name_range.in_file(key.file)
                    });
                self.password_form(span);
                return;
            }
        }
        if !self.reader.classes.contains_key(key) {
            return;
        }
        let classes: Vec<_> = hierarchy.classes().map(|(owner, class)| (owner.clone(), class)).collect();
        for (owner, class) in classes.into_iter().rev() {
            if !self.seen.insert((owner.file, class.range)) {
                continue;
            }
            for parameter in annotated(class, owner.file) {
                self.parameter(Site { file: owner.file, scope: &owner.path }, &parameter);
            }
        }
    }

    /// The class whose fields are parameters: `Annotated[Filter, Query()]` (FastAPI, "Query Parameter Models").
    pub(super) fn parameter_model(&self, shape: &Shape) -> Option<DeclarationKey> {
        let Shape::Ref(TypeRef { target: Some(key), .. }) = shape else { return None };
        let is_schema = self.reader.classes.get(key) == Some(&EntityKind::Schema);
        is_schema.then(|| key.clone())
    }

    /// The fields of such a class, each a parameter of this kind.
    pub(super) fn parameters_of(&mut self, key: &DeclarationKey, kind: FieldKind) {
        let hierarchy = self.reader.names.hierarchy(key);
        let classes: Vec<_> = hierarchy.classes().map(|(owner, class)| (owner.clone(), class)).collect();
        for (owner, class) in classes.into_iter().rev() {
            for parameter in annotated(class, owner.file) {
                self.parameter_field(Site { file: owner.file, scope: &owner.path }, &parameter, kind);
            }
        }
    }

    /// A dependency that a call makes: an instance with `__call__`, or the function that a factory returns.
    fn made(&mut self, site: Site<'_>, expr: &Expr, call: &Call) {
        match self.reader.names.resolve(site.file, site.scope, &call.callee) {
            Target::Class(key, _) => match self.reader.names.attribute(&key, "__call__") {
                Some((owner, Binding::Function(function))) => {
                    let path = format!("{}.__call__", owner.path).into();
                    self.function(&DeclarationKey { file: owner.file, path }, function, true);
                }
                _ => self.unknown(site, expr, Why::UnsupportedConstruct),
            },
            Target::Function(key, function) => {
                let arguments = self.arguments(site, call, &key, function);
                let outer = std::mem::replace(&mut self.arguments, Rc::new(arguments));
                self.returned(site, expr, &key, function);
                self.arguments = outer;
            }
            Target::External(path) if path == "functools.partial" => {
                if let Some(inner) = call.positional().next() {
                    self.callable(site, inner);
                }
            }
            Target::External(path) => self.external(site, expr, &path),
            _ => self.unknown(site, expr, Why::UndefinedName),
        }
    }

    /// What the parameters of a factory stand for: what the call gives them, else their defaults.
    fn arguments(
        &self,
        site: Site<'_>,
        call: &Call,
        key: &DeclarationKey,
        function: &Function,
    ) -> Vec<Argument> {
        let bound = self.is_bound(key, function);
        let mut positional = call.positional();
        let mut arguments = Vec::new();
        for parameter in function.parameters.iter().skip(usize::from(bound)) {
            let by_position = match parameter.kind {
                ParameterKind::Plain => positional.next(),
                _ => None,
            };
            let (value, file, scope) = match by_position.or_else(|| call.keyword(&parameter.name)) {
                Some(given) => (Some(given), site.file, site.scope),
                None => (parameter.default.as_ref(), key.file, parent(&key.path)),
            };
            let Some(value) = value.filter(|value| !matches!(value.kind, ExprKind::Spread(_))) else { break };
            arguments.push(Argument {
                of: key.clone(),
                name: parameter.name.clone(),
                value: value.clone(),
                file,
                scope: scope.into(),
                outer: Rc::clone(&self.arguments),
            });
        }
        arguments
    }

    /// Reads what a parameter of the factory around stands for; `false` if the name is none.
    fn bound_parameter(&mut self, site: Site<'_>, target: &Expr) -> bool {
        let Some(name) = target.as_name() else { return false };
        let arguments = Rc::clone(&self.arguments);
        let is_it = |argument: &&Argument| {
            &*argument.name == name && argument.of.file == site.file && *argument.of.path == *site.scope
        };
        let Some(argument) = arguments.iter().find(is_it) else { return false };
        let inner = std::mem::replace(&mut self.arguments, Rc::clone(&argument.outer));
        self.dependency(Site { file: argument.file, scope: &argument.scope }, &argument.value);
        self.arguments = inner;
        true
    }

    /// The function that a factory defines and returns.
    fn returned(&mut self, site: Site<'_>, expr: &Expr, key: &DeclarationKey, function: &'a Function) {
        let mut returned = None;
        crate::python::scope::each_statement(&function.body, &mut |statement, _| {
            if let Statement::Return(Some(value), _) = statement {
                returned = Some(value);
            }
        });
        let inner = returned.and_then(Expr::as_name).and_then(|name| {
            let path = format!("{}.{name}", key.path);
            Some((
                DeclarationKey { file: key.file, path: path.as_str().into() },
                self.reader.names.function(key.file, &path)?,
            ))
        });
        match (inner, returned) {
            (Some((key, inner)), _) => self.function(&key, inner, false),
            (None, Some(value)) if self.seen.insert((key.file, function.range)) => {
                let scope = key.path.to_string();
                // `return Depends(x)` and `return SomeClass(...)`.
                match self.marker(Site { file: key.file, scope: &scope }, value) {
                    Some(Marker::Depends(Some(target))) => {
                        self.dependency(Site { file: key.file, scope: &scope }, target);
                    }
                    _ => self.dependency(Site { file: key.file, scope: &scope }, value),
                }
            }
            _ => self.unknown(site, expr, Why::DynamicExpression),
        }
    }

    fn external(&mut self, site: Site<'_>, expr: &Expr, path: &str) {
        if path.starts_with("fastapi.security.OAuth2PasswordRequestForm") {
            self.password_form(expr.range.in_file(site.file));
        } else if !WITHOUT_PARAMETERS.iter().any(|package| path.starts_with(package)) {
            self.unknown(site, expr, Why::ExternalName);
        }
    }

    fn unknown(&mut self, site: Site<'_>, expr: &Expr, why: Why) {
        let written = self.reader.written(site.file, expr);
        let message = format!("what the dependency `{written}` takes is not known");
        self.lacks.lacks(why, message, Some(expr.range.in_file(site.file)));
    }
}

/// What a parameter of a dependency factory stands for, with the place where that is written.
pub(super) struct Argument {
    /// The factory.
    of: DeclarationKey,
    name: Box<str>,
    value: Expr,
    file: FileId,
    scope: Box<str>,
    /// What the names of that place stand for, if it is in a factory too.
    outer: Rc<Vec<Argument>>,
}

fn is_static(function: &Function) -> bool {
    function.decorators.iter().any(|decorator| decorator.as_name() == Some("staticmethod"))
}

/// The annotated fields of a class's own body, as parameters.
fn annotated(class: &Class, file: FileId) -> impl Iterator<Item = Parameter<'_>> {
    class.body.iter().filter_map(move |statement| {
        let Statement::Assign(assign) = statement else { return None };
        Some(Parameter {
            name: assign.target.as_name()?,
            annotation: assign.annotation.as_ref()?.expression(),
            default: assign.value.as_ref(),
            span: assign.target.range.in_file(file),
        })
    })
}
