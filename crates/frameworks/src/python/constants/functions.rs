//! Small functions, run on known values: `def snake(name): ...`, alias generators, names of tables made from the name of a class.
//!
//! Deliberately absent: `while`, `try`, everything that changes an object, decorators that may replace what a function gives.

use alignment_model::code::{Call, Function, FunctionKind, ParameterKind, Statement};
use alignment_model::shape::DeclarationKey;

use super::fold::{Env, Fold};
use super::operators::{DYNAMIC, bind, combine};
use super::{Constant, Locals};
use crate::python::parent;
use crate::python::resolve::View;

/// Decorators that leave a function what it is.
const NEUTRAL: &[&str] = &["functools.cache", "functools.lru_cache"];

/// Where a block ends.
enum End {
    /// After its last statement.
    Through,
    /// At a `return`.
    Returns(Constant),
}

impl Fold<'_, '_> {
    /// What a function of the project gives to a call; the function is named by `key`.
    pub(super) fn called(
        &mut self,
        env: Env<'_>,
        (key, function): (&DeclarationKey, &Function),
        call: &Call,
        depth: u32,
    ) -> Constant {
        let is_static = |path: &str| path == "builtins.staticmethod";
        let outer = DeclarationKey { file: key.file, path: parent(&key.path).into() };
        let mut is_free = self.names.class(&outer).is_none();
        let is_neutral = function.decorators.iter().all(|decorator| {
            let callee = decorator.as_call().map_or(decorator, |call| &call.callee);
            let target = self.names.resolve(key.file, parent(&key.path), callee);
            is_free |= target.external().is_some_and(is_static);
            target.external().is_some_and(|path| NEUTRAL.contains(&path) || is_static(path))
        });
        // A method gets an object that is not followed.
        if !is_neutral || !is_free {
            return DYNAMIC;
        }
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            arguments.push((argument.keyword.as_deref(), self.value(env, &argument.value, depth)));
        }
        self.run(key, function, &arguments, depth).unwrap_or(DYNAMIC)
    }

    /// What the body of a function gives, whatever its decorators; `None` where it is not known.
    pub(super) fn run(
        &mut self,
        key: &DeclarationKey,
        function: &Function,
        arguments: &[(Option<&str>, Constant)],
        depth: u32,
    ) -> Option<Constant> {
        // A body that was not read is empty.
        if function.is_async || function.kind == FunctionKind::Signature || function.body.is_empty() {
            return None;
        }
        let home = View { file: key.file, scope: &key.path };
        let mut locals = self.parameters(home, function, arguments, depth)?;
        match self.block(home, &function.body, &mut locals, depth)? {
            End::Returns(value) => Some(value),
            End::Through => Some(Constant::None),
        }
    }

    fn parameters(
        &mut self,
        home: View<'_>,
        function: &Function,
        arguments: &[(Option<&str>, Constant)],
        depth: u32,
    ) -> Option<Locals> {
        let mut locals = Locals::new();
        let mut positional = arguments.iter().filter(|(keyword, _)| keyword.is_none());
        for parameter in &function.parameters {
            let by_name = arguments.iter().find(|(keyword, _)| *keyword == Some(&*parameter.name));
            let given = match parameter.kind {
                ParameterKind::Plain => positional.next().or(by_name),
                ParameterKind::KeywordOnly => by_name,
                ParameterKind::Rest | ParameterKind::KeywordRest => return None,
            };
            let value = match (given, &parameter.default) {
                (Some((_, value)), _) => value.clone(),
                (None, Some(default)) => {
                    let outside = Locals::new();
                    self.value(Env { view: home, locals: &outside }, default, depth)
                }
                (None, None) => return None,
            };
            locals.insert(parameter.name.clone(), value);
        }
        let named = arguments.iter().filter_map(|(keyword, _)| *keyword);
        let fits = named.into_iter().all(|name| locals.contains_key(name));
        (fits && positional.next().is_none()).then_some(locals)
    }

    /// Runs statements; `None` where one is not modelled or a condition is not known.
    fn block(&mut self, home: View<'_>, body: &[Statement], locals: &mut Locals, depth: u32) -> Option<End> {
        for statement in body {
            if !self.step() {
                return None;
            }
            match statement {
                Statement::Return(value, _) => {
                    let env = Env { view: home, locals };
                    let value = value.as_ref().map_or(Constant::None, |value| self.value(env, value, depth));
                    return Some(End::Returns(value));
                }
                Statement::Assign(assign) => {
                    let Some(value) = &assign.value else { continue };
                    let mut value = self.value(Env { view: home, locals }, value, depth);
                    if let Some(operator) = assign.operator {
                        let before = locals.get(assign.target.as_name()?)?.clone();
                        value = combine(operator, before, value);
                    }
                    bind(&assign.target, value, locals)?;
                }
                Statement::If(branch) => {
                    let holds = self.value(Env { view: home, locals }, &branch.test, depth).truth()?;
                    let taken = if holds { &branch.then } else { &branch.otherwise };
                    if let End::Returns(value) = self.block(home, taken, locals, depth + 1)? {
                        return Some(End::Returns(value));
                    }
                }
                Statement::For(each) => {
                    let items = self.value(Env { view: home, locals }, &each.iterable, depth);
                    for item in self.iterate(items)? {
                        bind(&each.target, item, locals)?;
                        if let End::Returns(value) = self.block(home, &each.body, locals, depth + 1)? {
                            return Some(End::Returns(value));
                        }
                    }
                }
                Statement::Expr(expr) if expr.as_text().is_some() => {}
                Statement::Import(_) => {}
                _ => return None,
            }
        }
        Some(End::Through)
    }
}
