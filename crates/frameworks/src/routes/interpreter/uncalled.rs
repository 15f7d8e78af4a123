//! Functions that nobody calls: factories that a server is told to run, and functions that fill a router they are given.

use alignment_model::code::{FileFacts, Function, Statement};
use alignment_model::shape::DeclarationKey;
use alignment_model::{Known, Why};

use super::super::registry::{Arguments, Router, RouterKind, Value};
use super::{Frame, Interpreter};
use crate::python::Target;
use crate::python::parent;

impl<'a> Interpreter<'_, 'a> {
    /// Runs the functions of a file that make an application, or fill a router they are given, and that nobody called.
    pub(super) fn uncalled(&mut self, facts: &'a FileFacts) {
        let mut scopes: Vec<(Box<str>, &'a [Statement])> = vec![("".into(), &facts.body)];
        while let Some((scope, body)) = scopes.pop() {
            let frame = Frame::new(facts.file, &scope);
            crate::python::scope::each_statement(body, &mut |statement, _| match statement {
                Statement::Class(class) => scopes.push((frame.path(&class.name), &class.body)),
                Statement::Function(function) => {
                    let key = DeclarationKey { file: facts.file, path: frame.path(&function.name) };
                    self.run_uncalled(&key, function);
                }
                _ => {}
            });
        }
    }

    fn run_uncalled(&mut self, key: &DeclarationKey, function: &'a Function) {
        if self.executed.contains(&(key.file, function.range)) || !self.registers(key.file, function) {
            return;
        }
        let scope = parent(&key.path);
        let mut arguments = Arguments::default();
        for parameter in &function.parameters {
            let annotation = parameter.annotation.as_ref().and_then(|annotation| annotation.expression());
            let target = annotation.map(|annotation| self.names.resolve(key.file, scope, annotation));
            let is_router = match target.as_ref().and_then(Target::external) {
                Some(path) => matches!(path, "fastapi.FastAPI" | "fastapi.APIRouter")
                    .then_some(path == "fastapi.FastAPI"),
                None if annotation.is_none() => match &*parameter.name {
                    "app" | "application" | "api" => Some(true),
                    "router" => Some(false),
                    _ => None,
                },
                None => None,
            };
            let Some(is_application) = is_router else { continue };
            let kind = if is_application { RouterKind::Application } else { RouterKind::Argument };
            let prefix =
                if is_application { Known::Is("".into()) } else { Known::Unknown(Why::DynamicExpression) };
            let span = parameter.range.in_file(key.file);
            let id = self.registry.add(Router::new(kind, None, prefix, span));
            arguments.named.push((parameter.name.clone(), Value::Router(id)));
        }
        // A factory makes the application, or fills one that another factory made.
        let returns = function.returns.as_ref().and_then(|returns| returns.expression());
        let gives = returns.is_some_and(|returns| {
            let target = self.names.resolve(key.file, &key.path, returns);
            target.external() == Some("fastapi.FastAPI") && function.parameters.len() == arguments.named.len()
        });
        let makes = gives || self.slice(key.file, function.range).contains("FastAPI(");
        if makes || !arguments.named.is_empty() {
            self.call_function(key, function, None, arguments);
        }
    }
}
