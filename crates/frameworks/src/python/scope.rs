//! The names one body of statements binds: a module, a class, a function.
//!
//! Branches are read as one body. Where two branches bind one name, the first wins over `else` and over exception handlers:
//! `try: import a` beats `except ImportError: a = None`, `if TYPE_CHECKING:` beats its `else`, but for a class, for which what
//! runs is in the `else`. Everywhere else the last binding wins, as in Python.
//!
//! Deliberately absent: names bound by assignment expressions, `global` and `exec`.

use std::collections::{HashMap, HashSet};

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
    /// Names whose first binding is in a branch or loop.
    branched: HashSet<&'a str>,
    /// Names bound more than once.
    rebound: HashSet<&'a str>,
    /// Names bound more than once, and in a branch or loop at least once; names whose value is changed in place.
    unsteady: HashSet<&'a str>,
}

/// How a statement is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flow {
    /// It only counts where nothing before it bound the same name.
    pub(crate) weak: bool,
    /// It runs in a branch or loop.
    pub(crate) branched: bool,
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
            scope.bind(&parameter.name, Binding::Opaque, Flow::default());
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

    /// Whether a name is bound more than once.
    pub fn is_rebound(&self, name: &str) -> bool {
        self.rebound.contains(name)
    }

    /// Whether the value of a name depends on a branch taken, or is changed in place (`X.append(...)`, `X["k"] = ...`).
    pub fn is_unsteady(&self, name: &str) -> bool {
        self.unsteady.contains(name)
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
        each_statement(body, &mut |statement, flow| match statement {
            Statement::With(with) => {
                for target in with.items.iter().filter_map(|(_, target)| target.as_ref()) {
                    self.bind_pattern(target, flow);
                }
            }
            Statement::For(each) => self.bind_pattern(&each.target, flow),
            simple => self.read_simple(simple, flow),
        });
    }

    fn read_simple(&mut self, statement: &'a Statement, flow: Flow) {
        match statement {
            Statement::Import(import) => {
                for name in &import.names {
                    match name.target {
                        ImportTarget::All => self.stars.push(import),
                        _ => self.bind(&name.local, Binding::Import(import, name), flow),
                    }
                }
            }
            Statement::Class(class) => self.bind(&class.name, Binding::Class(class), flow),
            Statement::Function(function) => {
                let refines = self.index.contains_key(&*function.name) && refines_own_name(function);
                if !refines {
                    self.bind(&function.name, Binding::Function(function), flow);
                }
            }
            Statement::Type(alias) => self.bind(&alias.name, Binding::Alias(alias), flow),
            Statement::Assign(assign) => self.read_assign(assign, flow),
            Statement::Expr(expr) => self.read_mutation(expr),
            Statement::Delete(target) => self.bind_pattern(target, flow),
            _ => {}
        }
    }

    fn read_assign(&mut self, assign: &'a Assign, flow: Flow) {
        let ExprKind::Name(name) = &assign.target.kind else {
            self.bind_pattern(&assign.target, flow);
            return;
        };
        if assign.operator.is_some() {
            self.augmented.push((name, assign));
            return;
        }
        // An annotation alone binds nothing, so what was bound before stays.
        if assign.value.is_some() || !self.index.contains_key(&**name) {
            self.bind(name, Binding::Variable(assign), flow);
        }
    }

    /// Binds the names of a target whose parts are not modelled: `a, b`, `[a, *b]`. Deeper patterns are rare and skipped.
    fn bind_pattern(&mut self, target: &'a Expr, flow: Flow) {
        match &target.kind {
            ExprKind::Name(name) => self.bind(name, Binding::Opaque, flow),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                for item in items {
                    let inner = if let ExprKind::Spread(inner) = &item.kind { inner } else { item };
                    if let ExprKind::Name(name) = &inner.kind {
                        self.bind(name, Binding::Opaque, flow);
                    }
                }
            }
            ExprKind::Index(object, _) => {
                if let ExprKind::Name(name) = &object.kind {
                    self.unsteady.insert(name);
                }
            }
            _ => {}
        }
    }

    fn bind(&mut self, name: &'a str, binding: Binding<'a>, flow: Flow) {
        let Some(at) = self.index.get(name).copied() else {
            self.index.insert(name, self.names.len());
            self.names.push((name, binding));
            if flow.branched {
                self.branched.insert(name);
            }
            return;
        };
        self.rebound.insert(name);
        if flow.branched || self.branched.contains(name) {
            self.unsteady.insert(name);
        }
        if !flow.weak
            && let Some(entry) = self.names.get_mut(at)
        {
            entry.1 = binding;
        }
    }

    /// Marks a name whose value a statement changes in place.
    fn read_mutation(&mut self, expr: &'a Expr) {
        const MUTATORS: &[&str] = &[
            "add",
            "append",
            "clear",
            "discard",
            "extend",
            "insert",
            "pop",
            "remove",
            "reverse",
            "setdefault",
            "sort",
            "update",
        ];
        if let ExprKind::Call(call) = &expr.kind
            && let ExprKind::Member(object, method) = &call.callee.kind
            && let ExprKind::Name(name) = &object.kind
            && MUTATORS.contains(&&**method)
        {
            self.unsteady.insert(name);
        }
    }
}

/// Calls `visit` for every statement that runs with `body`, compound ones before what they hold, not into classes and
/// functions.
///
/// Walks with a stack of its own: a chain of `elif` is nested as deeply as it is long.
pub(crate) fn each_statement<'a>(body: &'a [Statement], visit: &mut dyn FnMut(&'a Statement, Flow)) {
    let mut frames = vec![(body.iter(), Flow::default())];
    while let Some((statements, flow)) = frames.last_mut() {
        let flow = *flow;
        let Some(statement) = statements.next() else {
            frames.pop();
            continue;
        };
        visit(statement, flow);
        let inside = Flow { branched: true, ..flow };
        let otherwise = Flow { branched: true, weak: true };
        match statement {
            Statement::If(branch) => {
                let then = if is_main_guard(&branch.test) { otherwise } else { inside };
                frames.push((branch.otherwise.iter(), otherwise));
                if is_for_type_checkers(&branch.test) && !branch.otherwise.is_empty() {
                    let kept = branch.then.iter().rev().filter(|own| !is_replaced(own, &branch.otherwise));
                    frames.extend(kept.map(|own| (std::slice::from_ref(own).iter(), then)));
                } else {
                    frames.push((branch.then.iter(), then));
                }
            }
            Statement::Try(attempt) => {
                frames.push((attempt.finally.iter(), flow));
                frames.push((attempt.otherwise.iter(), inside));
                frames.extend(attempt.handlers.iter().rev().map(|(_, body)| (body.iter(), otherwise)));
                frames.push((attempt.body.iter(), inside));
            }
            Statement::With(with) => frames.push((with.body.iter(), flow)),
            Statement::For(each) => frames.push((each.body.iter(), inside)),
            Statement::While(block) => frames.push((block.body.iter(), inside)),
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

/// Whether a class that only type checkers see has another declaration for the program. Of one that a decorator changes, what
/// type checkers see says what it becomes.
fn is_replaced(statement: &Statement, otherwise: &[Statement]) -> bool {
    let Statement::Class(class) = statement else { return false };
    otherwise.iter().any(|other| match other {
        Statement::Class(other) => other.name == class.name && other.decorators.is_empty(),
        Statement::Assign(assign) => {
            assign.operator.is_none() && assign.target.as_name() == Some(&*class.name)
        }
        _ => false,
    })
}

/// `if TYPE_CHECKING:`.
fn is_for_type_checkers(test: &Expr) -> bool {
    match &test.kind {
        ExprKind::Name(name) | ExprKind::Member(_, name) => &**name == "TYPE_CHECKING",
        _ => false,
    }
}

/// `if __name__ == "__main__":` does not run on import.
fn is_main_guard(test: &Expr) -> bool {
    matches!(&test.kind, ExprKind::Binary(_, left, _) if left.as_name() == Some("__name__"))
}
