//! Small functions from text to text, run on one text: alias generators of the project's own.
//!
//! Expressions are folded ([`Names::fold_with`]); what is added here are statements and calls of other such functions.
//! Deliberately absent: regular expressions, `while`, everything that is not text.

use alignment_model::code::{Expr, Function, Operator, Statement};
use alignment_model::shape::DeclarationKey;

use super::alias::Naming;
use crate::python::constants::operators::bind;
use crate::python::{Constant, Locals, Names, Target};

/// Steps of one run; alias generators take about fifty.
const MAX_STEPS: u32 = 4000;

/// Functions that call functions.
const MAX_CALLS: u16 = 4;

/// What `function` gives for the text `argument`, passed as its last parameter without a default (`cls` may come before it).
pub(super) fn call(
    names: &Names<'_>,
    home: &DeclarationKey,
    function: &Function,
    argument: &str,
) -> Option<String> {
    let mut run = Run { names, steps: 0 };
    run.call(home, function, Constant::Text(argument.into()), 0)?.text().map(str::to_owned)
}

struct Run<'n, 'a> {
    names: &'n Names<'a>,
    steps: u32,
}

/// Where an expression is evaluated.
struct Frame<'h> {
    home: &'h DeclarationKey,
    locals: Locals,
    depth: u16,
}

impl Run<'_, '_> {
    fn call(
        &mut self,
        home: &DeclarationKey,
        function: &Function,
        argument: Constant,
        depth: u16,
    ) -> Option<Constant> {
        let parameter = function.parameters.iter().rfind(|parameter| parameter.default.is_none())?;
        let mut frame = Frame { home, locals: Locals::new(), depth };
        for other in &function.parameters {
            if let Some(default) = &other.default {
                let value = self.eval(&frame, default)?;
                frame.locals.insert(other.name.clone(), value);
            }
        }
        frame.locals.insert(parameter.name.clone(), argument);
        self.block(&mut frame, &function.body)?
    }

    /// Runs statements: `Some(Some(value))` if they return one, `Some(None)` if they end, `None` if they are not modelled.
    fn block(&mut self, frame: &mut Frame<'_>, body: &[Statement]) -> Option<Option<Constant>> {
        for statement in body {
            self.step()?;
            match statement {
                Statement::Return(value, _) => return Some(Some(self.eval(frame, value.as_ref()?)?)),
                Statement::Assign(assign) => {
                    let mut value = self.eval(frame, assign.value.as_ref()?)?;
                    if let Some(operator) = assign.operator {
                        let before = frame.locals.get(assign.target.as_name()?)?.clone();
                        value = match (operator, before, value) {
                            (Operator::Add, Constant::Text(before), Constant::Text(more)) => {
                                Constant::Text(format!("{before}{more}").into())
                            }
                            _ => return None,
                        };
                    }
                    bind(&assign.target, value, &mut frame.locals)?;
                }
                Statement::If(branch) => {
                    let taken = if self.eval(frame, &branch.test)?.truth()? {
                        &branch.then
                    } else {
                        &branch.otherwise
                    };
                    if let Some(value) = self.block(frame, taken)? {
                        return Some(Some(value));
                    }
                }
                Statement::For(each) => {
                    let items = self.eval(frame, &each.iterable)?;
                    for item in items.items()?.to_vec() {
                        bind(&each.target, item, &mut frame.locals)?;
                        if let Some(value) = self.block(frame, &each.body)? {
                            return Some(Some(value));
                        }
                    }
                }
                Statement::Expr(expr) if expr.as_text().is_some() => {}
                _ => return None,
            }
        }
        Some(None)
    }

    /// An expression; a call of another such function is followed.
    fn eval(&mut self, frame: &Frame<'_>, expr: &Expr) -> Option<Constant> {
        self.step()?;
        if let Some(call) = expr.as_call()
            && let (1, Some(argument)) = (call.arguments.len(), call.positional().next())
        {
            match self.names.resolve(frame.home.file, &frame.home.path, &call.callee) {
                Target::Function(home, function) if frame.depth < MAX_CALLS => {
                    let argument = self.eval(frame, argument)?;
                    return self.call(&home, function, argument, frame.depth + 1);
                }
                Target::External(path) if !path.starts_with("builtins.") => {
                    let argument = self.eval(frame, argument)?;
                    let named = Naming::of_package(&path).apply(self.names, argument.text()?)?;
                    return named.into_option().map(Constant::Text);
                }
                _ => {}
            }
        }
        let value = self.names.fold_with(frame.home.file, &frame.home.path, expr, &frame.locals);
        (!value.is_unknown()).then_some(value)
    }

    fn step(&mut self) -> Option<()> {
        self.steps += 1;
        (self.steps <= MAX_STEPS).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use alignment_model::code::Bodies;
    use alignment_model::{FileId, Sources};
    use alignment_syntax::Lowerer;

    use super::*;
    use crate::Input;

    fn run(code: &str, name: &str) -> Option<String> {
        let facts = vec![Lowerer::new().lower(FileId::new(0), "m.py", code, Bodies::Lowered)];
        let sources = Sources::default();
        let names = Names::new(Input::new(&sources, &facts));
        let Some(Statement::Function(function)) = facts[0].body.last() else { panic!("a function") };
        let home = DeclarationKey { file: FileId::new(0), path: "f".into() };
        call(&names, &home, function, name)
    }

    #[test]
    fn generators_of_the_usual_make_fold() {
        let cases = [
            "def f(s):\n    head, *tail = s.split('_')\n    return head + ''.join(w.capitalize() for w in tail)",
            "def f(s: str) -> str:\n    'doc'\n    parts = s.split('_')\n    return parts[0] + ''.join(map(str.title, parts[1:]))",
            "def f(s):\n    return ''.join(w if i == 0 else w.title() for i, w in enumerate(s.split('_')))",
            "def f(s):\n    t = s.replace('_', ' ').title().replace(' ', '')\n    return f'{t[0].lower()}{t[1:]}'",
            "def f(s):\n    out = ''\n    for i, w in enumerate(s.split('_')):\n        out += w if not i else w.capitalize()\n    return out",
        ];
        for code in cases {
            assert_eq!(run(code, "order_line_id").as_deref(), Some("orderLineId"), "{code}");
        }
    }

    #[test]
    fn what_is_not_modelled_does_not_fold() {
        for code in [
            "def f(s):\n    return re.sub('_', '', s)",
            "def f(s):\n    while True:\n        pass",
            "def f(s):\n    return f(s)",
            "def f():\n    return 'x'",
        ] {
            assert_eq!(run(code, "a_b"), None, "{code}");
        }
    }
}
