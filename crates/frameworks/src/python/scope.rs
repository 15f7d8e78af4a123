//! The names one body of statements binds: a module, a class, a function.
//!
//! Branches are read as one body. Where two branches bind one name, the first wins over `else` and over exception handlers:
//! `try: import a` beats `except ImportError: a = None`, `if TYPE_CHECKING:` beats its `else`. Everywhere else the last
//! binding wins, as in Python.
//!
//! Deliberately absent: names bound by assignment expressions, `global` and `exec`.

use std::collections::HashMap;

use alignment_model::code::{
    Assign, Class, Expr, ExprKind, Function, Import, ImportTarget, ImportedName, Statement, TypeDecl,
};

/// What a name is bound to by its last binding.
#[derive(Clone, Copy, Debug)]
pub enum Binding<'a> {
    /// A class statement.
    Class(&'a Class),
    /// A function.
    Function(&'a Function),
    /// An assignment to the plain name; one without a value only annotates it.
    Variable(&'a Assign),
    /// A `type X = ...` statement.
    Alias(&'a TypeDecl),
    /// An import, and which of its names.
    Import(&'a Import, &'a ImportedName),
    /// Something whose value is not modelled: a loop variable, an unpacked tuple, a parameter.
    Opaque,
}

/// The names of one body, in the order of their first binding.
#[derive(Clone, Debug, Default)]
pub struct Scope<'a> {
    names: Vec<(&'a str, Binding<'a>)>,
    index: HashMap<&'a str, usize>,
    stars: Vec<&'a Import>,
    augmented: Vec<(&'a str, &'a Assign)>,
}

impl<'a> Scope<'a> {
    /// The names bound by these statements, those nested in `if`, `try`, `with` and loops included.
    pub fn of(body: &'a [Statement]) -> Self {
        let mut scope = Scope::default();
        scope.read(body);
        scope
    }

    /// The names of a function: its parameters, then what its body binds.
    pub fn of_function(function: &'a Function) -> Self {
        let mut scope = Scope::default();
        for parameter in &function.parameters {
            scope.bind(&parameter.name, Binding::Opaque, false);
        }
        scope.read(&function.body);
        scope
    }

    /// What `name` is bound to.
    pub fn get(&self, name: &str) -> Option<Binding<'a>> {
        let at = *self.index.get(name)?;
        self.names.get(at).map(|(_, binding)| *binding)
    }

    /// All names with their last binding, in the order of their first.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Binding<'a>)> + '_ {
        self.names.iter().copied()
    }

    /// Whether nothing is bound and nothing star-imported.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.stars.is_empty()
    }

    /// Star imports in order.
    pub fn stars(&self) -> &[&'a Import] {
        &self.stars
    }

    /// The augmenting assignments of a name (`__all__ += [...]`) in order.
    pub fn augmentations<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a Assign> + 's {
        self.augmented.iter().filter(move |(own, _)| *own == name).map(|(_, assign)| *assign)
    }

    fn read(&mut self, body: &'a [Statement]) {
        each_statement(body, &mut |statement, weak| match statement {
            Statement::With(with) => {
                for target in with.items.iter().filter_map(|(_, target)| target.as_ref()) {
                    self.bind_pattern(target, weak);
                }
            }
            Statement::For(each) => self.bind_pattern(&each.target, weak),
            simple => self.read_simple(simple, weak),
        });
    }

    fn read_simple(&mut self, statement: &'a Statement, weak: bool) {
        match statement {
            Statement::Import(import) => {
                for name in &import.names {
                    match name.target {
                        ImportTarget::All => self.stars.push(import),
                        _ => self.bind(&name.local, Binding::Import(import, name), weak),
                    }
                }
            }
            Statement::Class(class) => self.bind(&class.name, Binding::Class(class), weak),
            Statement::Function(function) => {
                let refines = self.index.contains_key(&*function.name) && refines_own_name(function);
                if !refines {
                    self.bind(&function.name, Binding::Function(function), weak);
                }
            }
            Statement::Type(alias) => self.bind(&alias.name, Binding::Alias(alias), weak),
            Statement::Assign(assign) => self.read_assign(assign, weak),
            Statement::Delete(target) => self.bind_pattern(target, weak),
            _ => {}
        }
    }

    fn read_assign(&mut self, assign: &'a Assign, weak: bool) {
        let ExprKind::Name(name) = &assign.target.kind else {
            self.bind_pattern(&assign.target, weak);
            return;
        };
        if assign.operator.is_some() {
            self.augmented.push((name, assign));
            return;
        }
        // An annotation alone binds nothing, so what was bound before stays.
        if assign.value.is_some() || !self.index.contains_key(&**name) {
            self.bind(name, Binding::Variable(assign), weak);
        }
    }

    /// Binds the names of a target whose parts are not modelled: `a, b`, `[a, *b]`. Deeper patterns are rare and skipped.
    fn bind_pattern(&mut self, target: &'a Expr, weak: bool) {
        match &target.kind {
            ExprKind::Name(name) => self.bind(name, Binding::Opaque, weak),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                for item in items {
                    let inner = if let ExprKind::Spread(inner) = &item.kind { inner } else { item };
                    if let ExprKind::Name(name) = &inner.kind {
                        self.bind(name, Binding::Opaque, weak);
                    }
                }
            }
            _ => {}
        }
    }

    fn bind(&mut self, name: &'a str, binding: Binding<'a>, weak: bool) {
        match self.index.get(name) {
            Some(_) if weak => {}
            Some(at) => {
                if let Some(entry) = self.names.get_mut(*at) {
                    entry.1 = binding;
                }
            }
            None => {
                self.index.insert(name, self.names.len());
                self.names.push((name, binding));
            }
        }
    }
}

/// Calls `visit` for every statement that runs with `body`, compound ones before what they hold, not into classes and
/// functions. The flag says that the statement only counts where nothing before it bound the same name.
///
/// Walks with a stack of its own: a chain of `elif` is nested as deeply as it is long.
pub(super) fn each_statement<'a>(body: &'a [Statement], visit: &mut dyn FnMut(&'a Statement, bool)) {
    let mut frames = vec![(body.iter(), false)];
    while let Some((statements, weak)) = frames.last_mut() {
        let weak = *weak;
        let Some(statement) = statements.next() else {
            frames.pop();
            continue;
        };
        visit(statement, weak);
        match statement {
            Statement::If(branch) => {
                frames.push((branch.otherwise.iter(), true));
                frames.push((branch.then.iter(), weak || is_main_guard(&branch.test)));
            }
            Statement::Try(attempt) => {
                frames.push((attempt.finally.iter(), weak));
                frames.push((attempt.otherwise.iter(), weak));
                frames.extend(attempt.handlers.iter().rev().map(|(_, body)| (body.iter(), true)));
                frames.push((attempt.body.iter(), weak));
            }
            Statement::With(with) => frames.push((with.body.iter(), weak)),
            Statement::For(each) => frames.push((each.body.iter(), weak)),
            Statement::While(block) => frames.push((block.body.iter(), weak)),
            _ => {}
        }
    }
}

/// Whether a function only adds to the descriptor of its own name: `@x.setter def x`, `@x.expression def x`.
fn refines_own_name(function: &Function) -> bool {
    function.decorators.iter().any(|decorator| {
        let path = match &decorator.kind {
            ExprKind::Call(call) => call.callee.dotted(),
            _ => decorator.dotted(),
        };
        path.is_some_and(|path| path.len() > 1 && path.first() == Some(&&*function.name))
    })
}

/// `if __name__ == "__main__":` does not run on import.
fn is_main_guard(test: &Expr) -> bool {
    matches!(&test.kind, ExprKind::Binary(_, left, _) if left.as_name() == Some("__name__"))
}
