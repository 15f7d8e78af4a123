//! Statements: lists of them, variables, assignments, and what `declare` and `export` add.

use alignment_model::TextRange;
use alignment_model::code::{Assign, Expr, ExprKind, Modifiers, Operator, Statement};
use tree_sitter::Node;

use super::grammar::{Field, Kind};
use super::lowering::{Lowering, has_token};
use crate::query::Role;
use crate::tree::range;

/// Tokens without a home beside which declarations are still looked for. A query looks ahead from each for a named sibling,
/// so their number counts twice.
const MAX_STRAY_TOKENS: u32 = 2_000;

/// What the surroundings of a declaration say about it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scope {
    /// Under `export`, or in an ambient namespace, whose declarations are all visible.
    pub(super) exported: bool,
    /// Under `declare`.
    pub(super) ambient: bool,
    /// The statement that exports or declares it, decorators included.
    pub(super) whole: Option<TextRange>,
}

impl Scope {
    /// The place of a declaration: that of the statement around it, where there is one.
    pub(super) fn range(self, node: Node<'_>) -> TextRange {
        self.whole.unwrap_or(range(node))
    }
}

impl<'t> Lowering<'_, 't> {
    /// The statements of a file. Where the parser gave up on the whole of it, whole declarations are kept.
    pub(super) fn module(&mut self, root: Node<'t>, out: &mut Vec<Statement>) {
        if root.is_error() {
            self.unreadable(range(root));
            out.push(Statement::Unknown(range(root)));
            self.salvage(root, Scope::default(), out);
        } else {
            self.statements(root, Scope::default(), out);
        }
    }

    /// The statements directly under a node that is a scope of its own.
    pub(super) fn block(&mut self, parent: Node<'t>) -> Vec<Statement> {
        let mut out = Vec::new();
        self.statements(parent, Scope::default(), &mut out);
        out
    }

    /// Appends the statements directly under a node: a block, or a statement with a body that needs no braces.
    pub(super) fn statements(&mut self, parent: Node<'t>, scope: Scope, out: &mut Vec<Statement>) {
        self.note_missing(parent);
        if !self.deepen(parent, 1) {
            out.push(Statement::Unknown(range(parent)));
            return;
        }
        for (role, node) in self.found(parent) {
            if role == Role::Error {
                self.unreadable(range(node));
                out.push(Statement::Unknown(range(node)));
                self.salvage(node, scope, out);
            } else {
                self.guarded(node, out, |this, out| this.statement(role, node, scope, out));
            }
        }
        self.leave(1);
    }

    /// Whole declarations inside something unreadable are kept: a missing brace often swallows the rest of the file.
    fn salvage(&mut self, error: Node<'t>, scope: Scope, out: &mut Vec<Statement>) {
        let named = u32::try_from(error.named_child_count()).unwrap_or(u32::MAX);
        let stray = error.child_count().saturating_sub(named);
        if stray > MAX_STRAY_TOKENS || !self.deepen(error, 1) {
            return;
        }
        for (role, node) in self.found(error) {
            let declares = matches!(
                role,
                Role::Import | Role::Export | Role::Class | Role::Function | Role::Type | Role::Ambient
            );
            if declares && !node.has_error() {
                self.guarded(node, out, |this, out| this.statement(role, node, scope, out));
            }
        }
        self.leave(1);
    }

    /// Lowers one statement.
    pub(super) fn statement(&mut self, role: Role, node: Node<'t>, scope: Scope, out: &mut Vec<Statement>) {
        match role {
            Role::Import => self.import(node, scope, out),
            Role::Export => self.export(node, scope, out),
            Role::Class => {
                let class = self.class(node, scope, Vec::new());
                out.push(Statement::Class(Box::new(class)));
            }
            Role::Function => {
                let function = self.declared_function(node, scope);
                out.push(Statement::Function(Box::new(function)));
            }
            Role::Variable => self.variables(node, scope, out),
            Role::Type => self.type_declaration(node, scope, out),
            Role::Ambient => self.ambient(node, scope, out),
            Role::Expression => self.expression_statement(node, scope, out),
            Role::Branch => self.branch(node, out),
            Role::Loop => self.repetition(node, out),
            Role::Try => self.try_statement(node, out),
            Role::Leave => self.departure(node, out),
            Role::Block => self.statements(node, scope, out),
            Role::Decorated | Role::Field | Role::With | Role::Delete | Role::Error => {
                out.push(Statement::Unknown(range(node)));
            }
        }
    }

    /// `declare global { ... }`, `declare module "m" { ... }`, `declare const x: T`, `declare function f(): T`.
    fn ambient(&mut self, node: Node<'t>, scope: Scope, out: &mut Vec<Statement>) {
        let children = self.children(node);
        if has_token(&children, "global")
            && let Some(body) = children.iter().find(|child| self.kind(**child) == Kind::StatementBlock)
        {
            let name =
                children.iter().find(|child| child.kind() == "global").map_or(range(node), |n| range(*n));
            self.namespace("global".into(), name, Some(*body), Scope { ambient: true, ..scope }, node, out);
            return;
        }
        let scope = Scope { ambient: true, whole: Some(scope.range(node)), ..scope };
        self.declarations(node, scope, Vec::new(), out);
    }

    /// The declaration under `export` or `declare`; decorators before `export` belong to it.
    pub(super) fn declarations(
        &mut self,
        parent: Node<'t>,
        scope: Scope,
        decorators: Vec<Expr>,
        out: &mut Vec<Statement>,
    ) {
        for (role, node) in self.found(parent) {
            if role == Role::Class {
                let class = self.class(node, scope, decorators);
                out.push(Statement::Class(Box::new(class)));
                return;
            }
            self.statement(role, node, scope, out);
        }
    }

    /// `const a: T = 1, { b } = c`: one assignment for each.
    fn variables(&mut self, node: Node<'t>, scope: Scope, out: &mut Vec<Statement>) {
        let children = self.children(node);
        let modifiers = Modifiers {
            is_const: has_token(&children, "const"),
            declares: true,
            exported: scope.exported,
            ambient: scope.ambient,
            ..Modifiers::default()
        };
        let declarators: Vec<_> =
            children.into_iter().filter(|child| self.kind(*child) == Kind::VariableDeclarator).collect();
        let alone = declarators.len() == 1;
        for declarator in declarators {
            let place = if alone { scope.range(node) } else { range(declarator) };
            let assign = self.declarator(declarator, modifiers, place);
            out.push(Statement::Assign(Box::new(assign)));
        }
    }

    fn declarator(&mut self, node: Node<'t>, modifiers: Modifiers, place: TextRange) -> Assign {
        let target = match self.field(node, Field::Name) {
            Some(name) => self.pattern(name),
            None => self.unknown(node),
        };
        self.check(node);
        Assign {
            target,
            annotation: self.annotation(self.field(node, Field::Type)),
            value: self.field(node, Field::Value).map(|value| self.expression(value)),
            operator: None,
            modifiers,
            decorators: Vec::new(),
            range: place,
        }
    }

    /// An expression on its own: an assignment, several with commas between, a namespace, or any other.
    fn expression_statement(&mut self, node: Node<'t>, scope: Scope, out: &mut Vec<Statement>) {
        let Some(expression) = self.first(node) else { return };
        match self.kind(expression) {
            Kind::InternalModule => self.type_declaration(expression, scope, out),
            Kind::SequenceExpression => {
                for part in self.named(expression) {
                    let statement = self.effect(part, range(part));
                    out.push(statement);
                }
            }
            _ => {
                let statement = self.effect(expression, range(node));
                out.push(statement);
            }
        }
    }

    /// An expression that is evaluated for what it does.
    fn effect(&mut self, node: Node<'t>, place: TextRange) -> Statement {
        let node = self.look_through(node);
        let operator = match self.kind(node) {
            Kind::AssignmentExpression => None,
            Kind::AugmentedAssignment => Some(self.compound_operator(node)),
            _ => return Statement::Expr(self.expression(node)),
        };
        self.check(node);
        let target = self.field(node, Field::Left).map(|left| self.pattern(left));
        let value = self.field(node, Field::Right).map(|right| self.expression(right));
        Statement::Assign(Box::new(Assign {
            target: target.unwrap_or_else(|| self.unknown(node)),
            annotation: None,
            value,
            operator,
            modifiers: Modifiers::default(),
            decorators: Vec::new(),
            range: place,
        }))
    }

    /// The operator of `a += b`, without its `=`.
    fn compound_operator(&self, node: Node<'t>) -> Operator {
        let text = self.field_text(node, Field::Operator);
        super::expressions::operator(text.strip_suffix('=').unwrap_or(text))
    }

    /// What a name, member or pattern on the left of `=` binds. Defaults inside patterns stay beside the name they are for
    /// ([`ExprKind::Walrus`]).
    pub(super) fn pattern(&mut self, node: Node<'t>) -> Expr {
        if !self.enter(node) {
            return self.unknown(node);
        }
        let kind = match self.kind(node) {
            Kind::ObjectPattern => self.object_pattern(node),
            Kind::ArrayPattern => ExprKind::List(self.elements(node)),
            Kind::AssignmentPattern | Kind::ObjectAssignmentPattern => self.pattern_with_default(node),
            Kind::RestPattern => match self.first(node) {
                Some(rest) => ExprKind::Spread(Box::new(self.pattern(rest))),
                None => ExprKind::Unknown,
            },
            Kind::ShorthandPropertyPattern => ExprKind::Name(self.text(node).into()),
            _ => {
                let expression = self.expression(node);
                self.leave(1);
                return expression;
            }
        };
        self.leave(1);
        Expr::new(kind, range(node))
    }

    fn pattern_with_default(&mut self, node: Node<'t>) -> ExprKind {
        let Some(left) = self.field(node, Field::Left) else { return ExprKind::Unknown };
        let target = self.pattern(left);
        match (target.kind, self.field(node, Field::Right)) {
            (ExprKind::Name(name), Some(default)) => {
                ExprKind::Walrus(name, Box::new(self.expression(default)))
            }
            (pattern, _) => pattern,
        }
    }
}
