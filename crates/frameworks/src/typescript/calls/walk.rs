//! Every call of a file, with the functions, classes and objects around it.

use std::rc::Rc;

use alignment_model::FileId;
use alignment_model::code::{
    Assign, Call, Class, Expr, ExprKind, ExprPart, FileFacts, Function, FunctionKind, MapEntry, Statement,
    TypeDeclKind,
};

use super::bodies::push_nested;
use super::frame::{Callable, Frame, Instance, Place, This};
use super::heirs::constructor_of;

/// What is done with what is met.
pub(super) trait Visitor<'a> {
    /// A call, before what is inside it. `caller` names the function around it for people.
    fn call(&mut self, place: &Place<'a>, call: &'a Call, caller: &str);

    /// Objects of the classes below a class as a method of it sees them, where what it does is asked for each.
    fn heirs(&self, _class: &'a Class, _method: &str) -> Vec<Instance<'a>> {
        Vec::new()
    }

    /// Whether a class is nothing without those below it.
    fn is_pattern(&self, _class: &'a Class) -> bool {
        false
    }

    /// A declaration or assignment.
    fn assign(&mut self, _file: FileId, _assign: &'a Assign) {}
}

/// Visits all calls of a file.
pub(super) fn walk<'a>(facts: &'a FileFacts, visitor: &mut dyn Visitor<'a>) {
    let mut walker = Walker { file: facts.file, visitor };
    walker.body(&facts.body, &Frame::default(), "");
}

struct Walker<'w, 'a> {
    file: FileId,
    visitor: &'w mut dyn Visitor<'a>,
}

impl<'a> Walker<'_, 'a> {
    fn body(&mut self, body: &'a [Statement], frame: &Frame<'a>, caller: &str) {
        let mut work: Vec<&'a Statement> = body.iter().rev().collect();
        while let Some(statement) = work.pop() {
            self.statement(statement, frame, caller);
            push_nested(statement, &mut work);
        }
    }

    fn statement(&mut self, statement: &'a Statement, frame: &Frame<'a>, caller: &str) {
        match statement {
            Statement::Expr(expr) | Statement::Delete(expr) => self.expr(expr, frame, caller),
            Statement::Return(expr, _) | Statement::Raise(expr, _) => {
                expr.iter().for_each(|expr| self.expr(expr, frame, caller));
            }
            Statement::Assign(assign) => {
                self.visitor.assign(self.file, assign);
                let named = assign.target.as_name().filter(|_| caller.is_empty() || is_function(assign));
                assign.value.iter().for_each(|value| self.expr(value, frame, named.unwrap_or(caller)));
            }
            Statement::Function(function) => self.function(function, None, frame, &function.name),
            Statement::Class(class) => self.class(class, frame),
            Statement::Export(export) => {
                export.names.iter().for_each(|(_, value)| self.expr(value, frame, caller));
            }
            Statement::Type(decl) => {
                if let TypeDeclKind::Namespace(body) = &decl.kind {
                    self.body(body, frame, caller);
                }
            }
            Statement::If(branch) => self.expr(&branch.test, frame, caller),
            Statement::For(each) => self.expr(&each.iterable, frame, caller),
            Statement::While(block) => {
                block.head.iter().for_each(|head| self.expr(head, frame, caller));
            }
            _ => {}
        }
    }

    fn function(&mut self, function: &'a Function, this: Option<This<'a>>, outer: &Frame<'a>, caller: &str) {
        let frame = Callable { file: self.file, function, this, outer: outer.clone() }.open();
        for parameter in &function.parameters {
            parameter.default.iter().for_each(|default| self.expr(default, &frame, caller));
        }
        self.body(&function.body, &frame, caller);
    }

    fn class(&mut self, class: &'a Class, outer: &Frame<'a>) {
        let this = This::Instance(Instance::new(self.file, class));
        let constructor = constructor_of(class);
        let here =
            |function| Callable { file: self.file, function, this: Some(this.clone()), outer: outer.clone() };
        // Initialisers of fields see `this` and the parameters of the constructor.
        let in_fields = constructor.map_or_else(|| outer.clone(), |function| here(function).open());
        for member in &class.body {
            match member {
                Statement::Function(function) => {
                    self.method(class, function, &function.name, &this, outer);
                }
                Statement::Assign(assign) => {
                    self.visitor.assign(self.file, assign);
                    let name = assign.target.as_name().unwrap_or_default();
                    let caller = format!("{}.{name}", class.name);
                    match assign.value.as_ref().map(|value| (&value.kind, value)) {
                        Some((ExprKind::Function(function), _)) => {
                            self.method(class, function, name, &this, outer);
                        }
                        Some((_, value)) => self.expr(value, &in_fields, &caller),
                        None => {}
                    }
                }
                other => self.statement(other, outer, &class.name),
            }
        }
    }

    /// A method, as it stands and for each class below that has it.
    fn method(
        &mut self,
        class: &'a Class,
        function: &'a Function,
        name: &str,
        this: &This<'a>,
        outer: &Frame<'a>,
    ) {
        let heirs = match function.kind {
            FunctionKind::Constructor | FunctionKind::Static => Vec::new(),
            _ => self.visitor.heirs(class, name),
        };
        if heirs.is_empty() || !self.visitor.is_pattern(class) {
            let caller = format!("{}.{name}", class.name);
            self.function(function, Some(this.clone()), outer, &caller);
        }
        for heir in heirs {
            let caller = format!("{}.{name}", heir.class.name);
            self.function(function, Some(This::Instance(heir)), outer, &caller);
        }
    }

    fn expr(&mut self, expr: &'a Expr, frame: &Frame<'a>, caller: &str) {
        match &expr.kind {
            ExprKind::Function(function) => {
                let caller = if function.name.is_empty() { caller } else { &function.name };
                self.function(function, None, frame, caller);
            }
            ExprKind::Class(class) => self.class(class, frame),
            ExprKind::Map(entries) => self.object(expr, entries, frame, caller),
            _ => {
                if let ExprKind::Call(call) = &expr.kind {
                    let place = Place { file: self.file, expr, frame: frame.clone() };
                    self.visitor.call(&place, call, caller);
                }
                let mut parts = Vec::new();
                expr.for_each_part(&mut |part| parts.push(part));
                for part in parts {
                    match part {
                        ExprPart::Expr(inner) => self.expr(inner, frame, caller),
                        ExprPart::Function(function) => self.function(function, None, frame, caller),
                        ExprPart::Class(class) => self.class(class, frame),
                        ExprPart::Type(_) => {}
                    }
                }
            }
        }
    }

    /// An object literal. What stands at the top of a module is named by its variable and key.
    fn object(&mut self, expr: &'a Expr, entries: &'a [MapEntry], frame: &Frame<'a>, caller: &str) {
        let is_top = frame.innermost().is_none();
        let named =
            |key: &str| if is_top && !caller.is_empty() { format!("{caller}.{key}") } else { caller.into() };
        let place = Place { file: self.file, expr, frame: frame.clone() };
        let this = This::Object(place, entries);
        for entry in entries {
            match entry {
                MapEntry::Pair(key, value) => {
                    let name: Rc<str> = named(key.as_text().unwrap_or_default()).into();
                    match &value.kind {
                        ExprKind::Function(function) if frame.this().is_none() => {
                            self.function(function, Some(this.clone()), frame, &name);
                        }
                        _ => self.expr(value, frame, &name),
                    }
                }
                MapEntry::Spread(value) => self.expr(value, frame, caller),
                MapEntry::Method(function) => {
                    self.function(function, Some(this.clone()), frame, &named(&function.name));
                }
            }
        }
    }
}

fn is_function(assign: &Assign) -> bool {
    assign.value.as_ref().is_some_and(|value| match &value.kind {
        ExprKind::Function(_) => true,
        // `useCallback(() => ...)`
        ExprKind::Call(call) => {
            call.positional().next().is_some_and(|first| matches!(first.kind, ExprKind::Function(_)))
        }
        _ => false,
    })
}
