//! What a file *says*, in a small form that is the same for Python and TypeScript: imports, classes, functions,
//! assignments, types and expressions. No framework is known here; whether `C(String)` makes a column is decided
//! after names are resolved over the whole project.
//!
//! Deliberately absent: formatting, comments other than those that speak to this tool, and anything a contract
//! cannot depend on. What the lowering does not model is [`ExprKind::Unknown`] or [`TypeKind::Unknown`], never a guess.

use crate::problem::Problem;
use crate::source::{FileId, TextRange};

/// The language a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// `.py`, `.pyi`.
    Python,
    /// `.ts`, `.mts`, `.cts`, `.d.ts`, and script blocks of `.vue` and `.svelte`.
    TypeScript,
    /// `.tsx` (and script blocks with `lang="tsx"`).
    Tsx,
}

/// Everything one file says. The syntax tree is gone when this exists.
#[derive(Clone, Debug)]
pub struct FileFacts {
    /// The file.
    pub file: FileId,
    /// Its language.
    pub language: Language,
    /// Module-level statements in source order.
    pub body: Vec<Statement>,
    /// Comments that contain `alignment:`.
    pub directives: Vec<Comment>,
    /// The comments before the first statement, for recognising generated files.
    pub header: Box<str>,
    /// Whether function bodies were lowered; where not, [`Function::body`] is empty.
    pub bodies: Bodies,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// How much of each function was lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// Signatures only.
    Omitted,
    /// All statements.
    Lowered,
}

/// One comment, without its marker (`#`, `//`, `/*`).
#[derive(Clone, Debug)]
pub struct Comment {
    /// Where, including the marker.
    pub range: TextRange,
    /// Text without the marker, trimmed.
    pub text: Box<str>,
}

/// One statement. Boxes keep the vector of a body small.
#[derive(Clone, Debug)]
pub enum Statement {
    /// An import, or a re-export with a source (`export { a } from "m"`).
    Import(Box<Import>),
    /// A TypeScript export without a source: `export { a as b }`, `export default X`, `export = X`.
    Export(Box<Export>),
    /// A class.
    Class(Box<Class>),
    /// A function or method.
    Function(Box<Function>),
    /// An interface, type alias, TypeScript enum or namespace; in Python a `type X = ...` statement.
    Type(Box<TypeDecl>),
    /// An assignment, declaration with or without value, or class field.
    Assign(Box<Assign>),
    /// An expression on its own.
    Expr(Expr),
    /// `return`, with its value; in an arrow function with an expression body the implicit one.
    Return(Option<Expr>, TextRange),
    /// `if` / `elif` / `else`; an `elif` is an `If` alone in `otherwise`. Python's `match` and TypeScript's
    /// `switch` are lowered to the same shape, with the case test as an `Unknown` or a comparison.
    If(Box<If>),
    /// `for target in iterable`, and TypeScript's `for (... of ...)`.
    For(Box<For>),
    /// Any other loop; its condition may be anything. TypeScript's `for (k in o)` has `o` for a head; what stands before the
    /// first `;` of a `for` is in the body.
    While(Box<Block>),
    /// `with a as b, c:`; the items in order.
    With(Box<With>),
    /// `try`: body, handlers, `else` and `finally`.
    Try(Box<Try>),
    /// `raise` / `throw`.
    Raise(Option<Expr>, TextRange),
    /// Python's `break` and `continue`.
    Jump(Jump, TextRange),
    /// Python's `assert`, by what it asks.
    Assert(Expr),
    /// `del x`.
    Delete(Expr),
    /// TypeScript's `break` and `continue`, `global` and others that no contract depends on are left out.
    /// A statement that could not be lowered is kept as a place.
    Unknown(TextRange),
}

/// Where a jump inside a loop goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// Behind the loop.
    Break,
    /// To its next item.
    Continue,
}

/// A list of statements with its place.
#[derive(Clone, Debug)]
pub struct Block {
    /// The condition or head expression, if any.
    pub head: Option<Expr>,
    /// The statements.
    pub body: Vec<Statement>,
    /// The whole statement.
    pub range: TextRange,
}

/// `if test: then else: otherwise`.
#[derive(Clone, Debug)]
pub struct If {
    /// The condition.
    pub test: Expr,
    /// When it holds.
    pub then: Vec<Statement>,
    /// When it does not.
    pub otherwise: Vec<Statement>,
    /// The whole statement.
    pub range: TextRange,
}

/// `for target in iterable: body`.
#[derive(Clone, Debug)]
pub struct For {
    /// What each item is bound to: a name, or a tuple/list of targets.
    pub target: Expr,
    /// What is iterated.
    pub iterable: Expr,
    /// The body.
    pub body: Vec<Statement>,
    /// The whole statement.
    pub range: TextRange,
}

/// `with item as target: body`.
#[derive(Clone, Debug)]
pub struct With {
    /// Context expressions, each with what it is bound to.
    pub items: Vec<(Expr, Option<Expr>)>,
    /// The body.
    pub body: Vec<Statement>,
    /// The whole statement.
    pub range: TextRange,
}

/// `try` with everything that belongs to it.
#[derive(Clone, Debug)]
pub struct Try {
    /// The guarded statements.
    pub body: Vec<Statement>,
    /// Each handler: the exception types as written, with their name as [`ExprKind::Walrus`] where they have one, and its body.
    pub handlers: Vec<(Option<Expr>, Vec<Statement>)>,
    /// Python's `else`.
    pub otherwise: Vec<Statement>,
    /// `finally`.
    pub finally: Vec<Statement>,
    /// The whole statement.
    pub range: TextRange,
}

/// `import a.b as c`, `from ..m import x as y, *`, `import D, { a as b } from "m"`, `export * from "m"`.
#[derive(Clone, Debug)]
pub struct Import {
    /// Module as written, without Python's leading dots: `a.b`, `m`, `""` for `from . import x`, `./m`, `@/lib/api`.
    pub module: Box<str>,
    /// Python's leading dots; 0 for an absolute import and for TypeScript.
    pub level: u8,
    /// What is bound. Empty for an import for its effects.
    pub names: Vec<ImportedName>,
    /// Whether it is `export ... from`: the names are exported and bind nothing here.
    pub reexport: bool,
    /// `import type`, or inside `if TYPE_CHECKING:`.
    pub type_only: bool,
    /// The whole statement.
    pub range: TextRange,
}

/// One bound name of an import.
#[derive(Clone, Debug)]
pub struct ImportedName {
    /// What it stands for in the module.
    pub target: ImportTarget,
    /// The name bound (or exported, for a re-export). `*` for a star import.
    /// Python's `import a.b` without `as` binds `a`, and its target is `Module("a")`.
    pub local: Box<str>,
    /// Its place.
    pub range: TextRange,
}

/// What an imported name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportTarget {
    /// A member of the module; TypeScript's default import is the member `default`.
    Member(Box<str>),
    /// A module as a whole: Python's `import a.b as c` (`a.b`), TypeScript's `import * as ns from "m"`,
    /// `export * as ns from "m"` and `import ns = require("m")` (`m`).
    Module(Box<str>),
    /// Every public name: `from m import *`, `export * from "m"`.
    All,
}

/// `export { local as exported }`, `export default expression`.
#[derive(Clone, Debug)]
pub struct Export {
    /// Pairs of exported name and the expression it stands for; `default` for a default export, `export=` for `export = X`.
    /// A named function, class or interface that is exported by default is declared beside this, and its name stands here.
    pub names: Vec<(Box<str>, Expr)>,
    /// The whole statement.
    pub range: TextRange,
}

/// A class of either language.
#[derive(Clone, Debug)]
pub struct Class {
    /// Its name.
    pub name: Box<str>,
    /// Place of the name.
    pub name_range: TextRange,
    /// Python: positional bases and keywords (`table=True`, `metaclass=`). TypeScript: the `extends` clause, one
    /// positional argument whose value is a call-free expression; its type arguments are in `base_type_arguments`.
    pub bases: Vec<Argument>,
    /// Type arguments of TypeScript's `extends Base<A, B>`.
    pub base_type_arguments: Vec<TypeExpr>,
    /// TypeScript's `implements`.
    pub implements: Vec<TypeExpr>,
    /// Type parameters: PEP 695 or TypeScript.
    pub type_parameters: Vec<TypeParameter>,
    /// Decorators, outermost first.
    pub decorators: Vec<Expr>,
    /// Fields as [`Statement::Assign`], methods as [`Statement::Function`], nested classes, `if` blocks. TypeScript's
    /// constructor parameter properties are fields too.
    pub body: Vec<Statement>,
    /// Exported from its module (TypeScript); always true in Python.
    pub exported: bool,
    /// The whole declaration, decorators included.
    pub range: TextRange,
}

/// A function, method, getter, or a named arrow function's own form inside [`ExprKind::Function`].
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name; empty for an anonymous function.
    pub name: Box<str>,
    /// Place of the name (of the whole, where anonymous).
    pub name_range: TextRange,
    /// What sort of function.
    pub kind: FunctionKind,
    /// Parameters in order.
    pub parameters: Vec<Parameter>,
    /// Return annotation.
    pub returns: Option<TypeExpr>,
    /// Type parameters.
    pub type_parameters: Vec<TypeParameter>,
    /// Decorators, outermost first.
    pub decorators: Vec<Expr>,
    /// Statements; empty where bodies were omitted.
    pub body: Vec<Statement>,
    /// `async`.
    pub is_async: bool,
    /// Exported from its module (TypeScript); always true in Python.
    pub exported: bool,
    /// The whole declaration, decorators included.
    pub range: TextRange,
}

/// What sort of function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// A function or a method.
    Plain,
    /// TypeScript's `get x()`. Python's `@property` is a decorator.
    Getter,
    /// TypeScript's `set x(v)`.
    Setter,
    /// TypeScript's `constructor`.
    Constructor,
    /// TypeScript's `static` method. Python's `@staticmethod` is a decorator.
    Static,
    /// A signature without body: overload, abstract method, `declare function`.
    Signature,
}

/// One parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name; empty for a destructured one, whose names are in `pattern`.
    pub name: Box<str>,
    /// A destructuring pattern: a map of property to bound name.
    pub pattern: Option<Expr>,
    /// Its annotation.
    pub annotation: Option<TypeExpr>,
    /// Its default.
    pub default: Option<Expr>,
    /// How arguments reach it.
    pub kind: ParameterKind,
    /// TypeScript's `x?: T`.
    pub optional: bool,
    /// Its place.
    pub range: TextRange,
}

/// How arguments reach a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// By position or name.
    Plain,
    /// By name only (after `*`).
    KeywordOnly,
    /// `*args`, `...rest`.
    Rest,
    /// `**kwargs`.
    KeywordRest,
}

/// `target: annotation = value`, any part of which may be absent but the target.
#[derive(Clone, Debug)]
pub struct Assign {
    /// A name, a member (`self.x`), an index, or a pattern ([`ExprKind::List`], [`ExprKind::Map`]). Python's chained
    /// `a = b = v` is lowered to one `Assign` per target.
    pub target: Expr,
    /// The annotation.
    pub annotation: Option<TypeExpr>,
    /// The value.
    pub value: Option<Expr>,
    /// `+=` and the like: the operator without `=`.
    pub operator: Option<Operator>,
    /// What a declaration adds.
    pub modifiers: Modifiers,
    /// Decorators (TypeScript fields).
    pub decorators: Vec<Expr>,
    /// The whole statement.
    pub range: TextRange,
}

/// What a declaration says beside its type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modifiers {
    /// `x?: T`.
    pub optional: bool,
    /// `readonly`.
    pub readonly: bool,
    /// `static`.
    pub is_static: bool,
    /// `private`, `protected` or `#x`.
    pub private: bool,
    /// `const` (as against `let`, `var`).
    pub is_const: bool,
    /// TypeScript's `const`, `let`, `var` and fields, as against an assignment to what is declared elsewhere.
    pub declares: bool,
    /// `export`.
    pub exported: bool,
    /// `declare`.
    pub ambient: bool,
}

/// A named type.
#[derive(Clone, Debug)]
pub struct TypeDecl {
    /// Its name; for a namespace the dotted name, for `declare module "m"` the module in double quotes.
    pub name: Box<str>,
    /// Place of the name.
    pub name_range: TextRange,
    /// What it is.
    pub kind: TypeDeclKind,
    /// Type parameters.
    pub type_parameters: Vec<TypeParameter>,
    /// Exported from its module.
    pub exported: bool,
    /// `declare`, or inside `declare global`.
    pub ambient: bool,
    /// The whole declaration.
    pub range: TextRange,
}

/// What a named type is.
#[derive(Clone, Debug)]
pub enum TypeDeclKind {
    /// `interface X extends A, B { ... }`.
    Interface {
        /// What it extends.
        extends: Vec<TypeExpr>,
        /// Its members.
        members: Vec<TypeMember>,
    },
    /// `type X = ...`.
    Alias(TypeExpr),
    /// `enum X { A = 1, B }`.
    Enum {
        /// Members with their initialisers.
        members: Vec<EnumMember>,
    },
    /// `namespace X { ... }`, `declare global { ... }` (named `global`), `declare module "m" { ... }`.
    Namespace(Vec<Statement>),
}

/// A member of a TypeScript enum.
#[derive(Clone, Debug)]
pub struct EnumMember {
    /// Its name.
    pub name: Box<str>,
    /// Its initialiser.
    pub value: Option<Expr>,
    /// Its place.
    pub range: TextRange,
}

/// A type parameter.
#[derive(Clone, Debug)]
pub struct TypeParameter {
    /// Its name.
    pub name: Box<str>,
    /// `T extends X`, `T: X`.
    pub bound: Option<TypeExpr>,
    /// `T = X`.
    pub default: Option<TypeExpr>,
}

/// A type as written.
#[derive(Clone, Debug)]
pub struct TypeExpr {
    /// What it is.
    pub kind: TypeKind,
    /// Its place.
    pub range: TextRange,
}

/// The forms of a type.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// Python writes types as expressions.
    Expression(Box<Expr>),
    /// `Foo`, `ns.Foo`, `Foo<A>`, and the keywords (`string`, `number`, `unknown`, `null`, `undefined`, ...).
    Name {
        /// Dotted path, one segment each.
        path: Vec<Box<str>>,
        /// Type arguments.
        arguments: Vec<TypeExpr>,
    },
    /// `"a"`, `1`, `-1`, `true`.
    Literal(Literal),
    /// `{ a: T; b?: U; [key: string]: V }`.
    Object(Vec<TypeMember>),
    /// `T[]`.
    Array(Box<TypeExpr>),
    /// `[A, B?, ...C[]]`; the elements' types.
    Tuple(Vec<TypeExpr>),
    /// `A | B`.
    Union(Vec<TypeExpr>),
    /// `A & B`.
    Intersection(Vec<TypeExpr>),
    /// `(a: A) => B`, `new () => B`: the type it returns, if written.
    Function(Option<Box<TypeExpr>>),
    /// `typeof x`, `typeof x.y`: a dotted path of a value.
    TypeOf(Box<Expr>),
    /// `keyof T`.
    KeyOf(Box<TypeExpr>),
    /// `T["k"]`, `T[number]`.
    Indexed(Box<TypeExpr>, Box<TypeExpr>),
    /// `{ [K in Keys]?: T }`.
    Mapped(Box<MappedType>),
    /// `` `a-${T}` ``: literal parts and types in turn.
    Template(Vec<TemplateTypePart>),
    /// `import("./m").Y<A>`.
    Import {
        /// The module.
        module: Box<str>,
        /// The path inside it.
        path: Vec<Box<str>>,
        /// Type arguments.
        arguments: Vec<TypeExpr>,
    },
    /// `A extends B ? C : D`.
    Conditional(Box<[TypeExpr; 4]>),
    /// `readonly T`, `unique symbol` and parentheses are looked through; anything else is here.
    Unknown,
}

/// One part of a template literal type.
#[derive(Clone, Debug)]
pub enum TemplateTypePart {
    /// Text.
    Text(Box<str>),
    /// A type between `${` and `}`.
    Type(TypeExpr),
}

/// `{ readonly [K in Keys as Name]?: Value }`.
#[derive(Clone, Debug)]
pub struct MappedType {
    /// `K`.
    pub parameter: Box<str>,
    /// `Keys`.
    pub keys: TypeExpr,
    /// `as Name`.
    pub rename: Option<TypeExpr>,
    /// `Value`.
    pub value: Option<TypeExpr>,
    /// `Some(true)` for `?` or `+?`, `Some(false)` for `-?`.
    pub optional: Option<bool>,
}

/// A member of an interface, object type or class type.
#[derive(Clone, Debug)]
pub struct TypeMember {
    /// What it is.
    pub kind: TypeMemberKind,
    /// Its place.
    pub range: TextRange,
}

/// The members of an object type.
#[derive(Clone, Debug)]
pub enum TypeMemberKind {
    /// `name?: T`.
    Property {
        /// Name without quotes.
        name: Box<str>,
        /// Its type, if written.
        ty: Option<TypeExpr>,
        /// `?`.
        optional: bool,
        /// `readonly`.
        readonly: bool,
    },
    /// `name(a: A): B`, with the type it returns.
    Method {
        /// Name without quotes.
        name: Box<str>,
        /// Type it returns.
        returns: Option<TypeExpr>,
        /// `?`.
        optional: bool,
    },
    /// `[key: string]: T`.
    Index {
        /// Type of the key.
        key: TypeExpr,
        /// Type of the value.
        value: TypeExpr,
    },
    /// `[key]: T`, whose name is the value of an expression.
    Computed {
        /// The expression of the key.
        key: Expr,
        /// Its type, if written.
        ty: Option<TypeExpr>,
        /// `?`.
        optional: bool,
    },
    /// A call or construct signature, a computed name of a method: present, not modelled.
    Other,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place.
    pub range: TextRange,
}

/// The forms of an expression. Parentheses are looked through.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `x`; `self`, `this` and `super` are names.
    Name(Box<str>),
    /// A literal.
    Literal(Literal),
    /// `object.name`, `object?.name`.
    Member(Box<Expr>, Box<str>),
    /// `object[index]`; a Python subscript with several items has a [`ExprKind::Tuple`] index.
    Index(Box<Expr>, Box<Expr>),
    /// `start:stop:step` inside a Python subscript, each of which may be left out.
    Slice(Box<[Option<Expr>; 3]>),
    /// `callee(arguments)`, `new callee(arguments)`, a tagged template.
    Call(Box<Call>),
    /// `[a, b]`, a Python set `{a, b}`.
    List(Vec<Expr>),
    /// `(a, b)`.
    Tuple(Vec<Expr>),
    /// `{"a": b, **c}`, `{ a, b: c, ...d }`.
    Map(Vec<MapEntry>),
    /// An f-string or template literal: literal text and expressions in turn.
    Template(Vec<TemplatePart>),
    /// `a + b`, `a == b`, `a and b`, `a ?? b`, `a in b`. A chained comparison is a conjunction of its parts.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `not a`, `-a`, `!a`, `typeof a`, `void a`.
    Unary(Operator, Box<Expr>),
    /// `then if test else otherwise`, `test ? then : otherwise`: test, then, otherwise.
    Conditional(Box<[Expr; 3]>),
    /// A lambda or arrow function or function expression.
    Function(Box<Function>),
    /// `[element for target in iterable if condition]`, also set and generator; dictionaries have a `Tuple` element.
    Comprehension(Box<Comprehension>),
    /// `await e`.
    Await(Box<Expr>),
    /// `*e`, `...e`.
    Spread(Box<Expr>),
    /// `e as T`, `<T>e`; `e satisfies T` and `e!` are looked through. `as const` has the type name `const`.
    As(Box<Expr>, Box<TypeExpr>),
    /// `name := e`, TypeScript's `(name = e)`; inside a TypeScript pattern a name with its default (`{ a = 1 }`).
    Walrus(Box<str>, Box<Expr>),
    /// JSX: the expressions inside it (attributes and children), in order, those of nested elements included.
    Markup(Vec<Expr>),
    /// A class expression.
    Class(Box<Class>),
    /// Anything else.
    Unknown,
}

/// A literal value.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// Text with escapes resolved; adjacent Python strings are joined.
    Text(Box<str>),
    /// Bytes, as written between the quotes.
    Bytes(Box<str>),
    /// A whole number; one that does not fit stays as a [`Literal::Number`].
    Int(i64),
    /// Any other number, as written.
    Number(Box<str>),
    /// `True`, `true`.
    Bool(bool),
    /// `None`, `null`.
    Null,
    /// `undefined`.
    Undefined,
    /// `...`.
    Ellipsis,
    /// A regular expression, as written.
    Regex(Box<str>),
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is called.
    pub callee: Expr,
    /// Arguments in order.
    pub arguments: Vec<Argument>,
    /// TypeScript type arguments.
    pub type_arguments: Vec<TypeExpr>,
    /// `new`.
    pub is_new: bool,
}

/// One argument of a call or class header.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Keyword, if by name. `**kwargs` is a positional [`ExprKind::Spread`] with `keyword` `**`.
    pub keyword: Option<Box<str>>,
    /// Its value.
    pub value: Expr,
}

/// An entry of a map.
#[derive(Clone, Debug)]
pub enum MapEntry {
    /// `key: value`; a shorthand `{ a }` has a text key and a name value.
    Pair(Expr, Expr),
    /// `**e`, `...e`.
    Spread(Expr),
    /// A method or accessor in an object literal.
    Method(Box<Function>),
}

/// A part of an f-string or template literal.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text with escapes resolved.
    Text(Box<str>),
    /// An expression; Python's conversion and format specification are kept only as "present".
    Expr {
        /// The expression.
        value: Expr,
        /// Whether a conversion or format specification changes the text.
        formatted: bool,
    },
}

/// A comprehension.
#[derive(Clone, Debug)]
pub struct Comprehension {
    /// The element; a `Tuple` of key and value for a dictionary.
    pub element: Expr,
    /// Each `for target in iterable if ...`: target, iterable, conditions.
    pub clauses: Vec<(Expr, Expr, Vec<Expr>)>,
    /// Whether it makes a dictionary.
    pub is_map: bool,
}

/// Operators that contracts depend on; the rest is `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `**`
    Power,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `|`
    Or,
    /// `&`
    And,
    /// `==`, `===`
    Equal,
    /// `!=`, `!==`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `is`
    Is,
    /// `is not`
    IsNot,
    /// `and`, `&&`
    BooleanAnd,
    /// `or`, `||`
    BooleanOr,
    /// `??`
    Coalesce,
    /// `not`, `!`
    Not,
    /// unary `-`
    Negate,
    /// any other
    Other,
}

impl Expr {
    /// An expression of this kind.
    pub fn new(kind: ExprKind, range: TextRange) -> Self {
        Self { kind, range }
    }

    /// The name, if it is one.
    pub fn as_name(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The text, if it is a text literal.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Literal(Literal::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if it is a boolean literal.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            ExprKind::Literal(Literal::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    /// Whether it is `None` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, ExprKind::Literal(Literal::Null))
    }

    /// The call, if it is one.
    pub fn as_call(&self) -> Option<&Call> {
        match &self.kind {
            ExprKind::Call(call) => Some(call),
            _ => None,
        }
    }

    /// The segments of `a.b.c`, if it is a name or a chain of members of a name.
    pub fn dotted(&self) -> Option<Vec<&str>> {
        match &self.kind {
            ExprKind::Name(name) => Some(vec![name]),
            ExprKind::Member(object, name) => {
                let mut path = object.dotted()?;
                path.push(name);
                Some(path)
            }
            _ => None,
        }
    }
}

impl Call {
    /// The value of a keyword argument.
    pub fn keyword(&self, name: &str) -> Option<&Expr> {
        self.arguments.iter().find(|a| a.keyword.as_deref() == Some(name)).map(|a| &a.value)
    }

    /// Positional arguments in order, spreads included.
    pub fn positional(&self) -> impl Iterator<Item = &Expr> {
        self.arguments.iter().filter(|a| a.keyword.is_none()).map(|a| &a.value)
    }

    /// Whether arguments are spread into the call, so that some are not known.
    pub fn has_spread(&self) -> bool {
        self.arguments.iter().any(|a| matches!(a.value.kind, ExprKind::Spread(_)))
    }
}

impl Class {
    /// The value of a keyword in the class header (`table=True`).
    pub fn keyword(&self, name: &str) -> Option<&Expr> {
        self.bases.iter().find(|a| a.keyword.as_deref() == Some(name)).map(|a| &a.value)
    }

    /// Positional bases in order.
    pub fn positional_bases(&self) -> impl Iterator<Item = &Expr> {
        self.bases.iter().filter(|a| a.keyword.is_none()).map(|a| &a.value)
    }
}

impl TypeExpr {
    /// A Python annotation's expression.
    pub fn expression(&self) -> Option<&Expr> {
        match &self.kind {
            TypeKind::Expression(expr) => Some(expr),
            _ => None,
        }
    }
}

/// One part of an expression, as [`Expr::for_each_part`] finds them.
#[derive(Clone, Copy, Debug)]
pub enum ExprPart<'e> {
    /// An expression.
    Expr(&'e Expr),
    /// A function: a lambda, or a method of an object literal.
    Function(&'e Function),
    /// A class expression.
    Class(&'e Class),
    /// A type: a type argument or the type of an assertion.
    Type(&'e TypeExpr),
}

impl Expr {
    /// Visits the parts of this expression in source order, one level deep. For walkers that keep their own stack:
    /// expressions may be nested deeper than the call stack allows.
    pub fn for_each_part<'e>(&'e self, visit: &mut dyn FnMut(ExprPart<'e>)) {
        use ExprPart as P;
        match &self.kind {
            ExprKind::Name(_) | ExprKind::Literal(_) | ExprKind::Unknown => {}
            ExprKind::Member(inner, _)
            | ExprKind::Unary(_, inner)
            | ExprKind::Await(inner)
            | ExprKind::Spread(inner)
            | ExprKind::Walrus(_, inner) => visit(P::Expr(inner)),
            ExprKind::Index(left, right) | ExprKind::Binary(_, left, right) => {
                visit(P::Expr(left));
                visit(P::Expr(right));
            }
            ExprKind::Slice(parts) => parts.iter().flatten().for_each(|part| visit(P::Expr(part))),
            ExprKind::Call(call) => {
                visit(P::Expr(&call.callee));
                call.type_arguments.iter().for_each(|ty| visit(P::Type(ty)));
                call.arguments.iter().for_each(|argument| visit(P::Expr(&argument.value)));
            }
            ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Markup(items) => {
                items.iter().for_each(|item| visit(P::Expr(item)));
            }
            ExprKind::Map(entries) => {
                for entry in entries {
                    match entry {
                        MapEntry::Pair(key, value) => {
                            visit(P::Expr(key));
                            visit(P::Expr(value));
                        }
                        MapEntry::Spread(value) => visit(P::Expr(value)),
                        MapEntry::Method(function) => visit(P::Function(function)),
                    }
                }
            }
            ExprKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Expr { value, .. } = part {
                        visit(P::Expr(value));
                    }
                }
            }
            ExprKind::Conditional(parts) => parts.iter().for_each(|part| visit(P::Expr(part))),
            ExprKind::Function(function) => visit(P::Function(function)),
            ExprKind::Comprehension(comprehension) => {
                visit(P::Expr(&comprehension.element));
                for (target, iterable, conditions) in &comprehension.clauses {
                    visit(P::Expr(target));
                    visit(P::Expr(iterable));
                    conditions.iter().for_each(|condition| visit(P::Expr(condition)));
                }
            }
            ExprKind::As(inner, ty) => {
                visit(P::Expr(inner));
                visit(P::Type(ty));
            }
            ExprKind::Class(class) => visit(P::Class(class)),
        }
    }
}
