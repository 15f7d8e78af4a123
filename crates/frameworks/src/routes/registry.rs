//! What the interpreter finds: routers, and what each serves, includes and mounts.

use std::collections::BTreeMap;
use std::rc::Rc;

use alignment_model::code::{Expr, Function};
use alignment_model::shape::DeclarationKey;
use alignment_model::{FileId, Known, Span};

use crate::python::Constant;

use super::packages::PackageRoute;

/// A router, by position in [`Registry::routers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RouterId(usize);

/// An instance of a class of the repository, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ObjectId(pub(super) usize);

/// All routers of a repository.
#[derive(Default)]
pub(super) struct Registry<'a> {
    routers: Vec<Router<'a>>,
    /// Whether something unknown was included somewhere: then nobody knows what is mounted.
    pub(super) has_unknown_mounts: bool,
}

/// An application or router.
pub(super) struct Router<'a> {
    pub(super) kind: RouterKind,
    /// The class of the repository it is an instance of, if it is none of FastAPI's own.
    pub(super) class: Option<DeclarationKey>,
    pub(super) prefix: Known<Box<str>>,
    /// `dependencies=[...]`.
    pub(super) dependencies: Vec<Value<'a>>,
    /// `include_in_schema=False`.
    pub(super) hidden: bool,
    /// What the methods of its class keep in it.
    pub(super) attributes: BTreeMap<Box<str>, Value<'a>>,
    /// In the order of registration, in which they are matched.
    pub(super) items: Vec<Item<'a>>,
    /// Whether another router includes or mounts it.
    pub(super) is_included: bool,
    /// Where it is made.
    pub(super) span: Span,
}

/// What a router is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RouterKind {
    /// `FastAPI()`.
    Application,
    /// `APIRouter()`.
    Router,
    /// What a function gets as an argument from callers that were not found.
    Argument,
}

/// One thing registered at a router.
#[derive(Clone)]
pub(super) enum Item<'a> {
    Route(Rc<Route<'a>>),
    Include(Include<'a>),
    /// Something that was not found out is included or mounted under a prefix: what it serves is not known.
    Open(Known<Box<str>>, Span),
}

/// `include_router(child, prefix=...)`, `mount(prefix, child)`.
#[derive(Clone)]
pub(super) struct Include<'a> {
    pub(super) child: RouterId,
    pub(super) prefix: Known<Box<str>>,
    pub(super) dependencies: Vec<Value<'a>>,
    /// `include_in_schema=False`.
    pub(super) hidden: bool,
    /// A setting decides whether it happens.
    pub(super) conditional: bool,
    /// It is mounted and not included.
    pub(super) is_mount: bool,
    pub(super) span: Span,
}

/// One registration of a handler.
pub(super) struct Route<'a> {
    pub(super) endpoint: Endpoint<'a>,
    pub(super) path: Known<Box<str>>,
    /// Upper-case.
    pub(super) methods: Vec<Box<str>>,
    /// Keyword arguments that say something about the operation.
    pub(super) options: Vec<(Box<str>, Value<'a>)>,
    /// A setting decides whether it is registered.
    pub(super) conditional: bool,
    /// Where it is registered.
    pub(super) span: Span,
}

/// What serves a route.
#[derive(Clone)]
pub(super) enum Endpoint<'a> {
    /// A function or method of the repository; a bound method has its first parameter filled.
    Function(DeclarationKey, &'a Function, bool),
    /// A handler that a package defines.
    Package(&'static PackageRoute, Vec<Value<'a>>),
}

/// What an expression gives while routers are put together.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Constant(Constant),
    Router(RouterId),
    Object(ObjectId),
    /// A function, with what it knows beside its arguments.
    Function(DeclarationKey, &'a Function, Bound<'a>),
    /// `router.get`, `router.api_route`: a method that makes decorators.
    Method(RouterId, Box<str>),
    /// `router.get("/x")`: what registers the handler that it is called with.
    Registration(RouterId, Rc<Arguments<'a>>),
    /// `functools.partial(make, ...)`: what is called, and with what.
    Partial(Box<Value<'a>>, Rc<Arguments<'a>>),
    /// A module found by its name at run time.
    Module(FileId),
    List(Vec<Value<'a>>),
    /// In order.
    Map(Vec<(Constant, Value<'a>)>),
    /// Anything else: the expression, where its names can be resolved.
    Written(Written<'a>),
    Unknown,
}

/// What a function knows beside its arguments.
#[derive(Clone, Debug)]
pub(super) enum Bound<'a> {
    /// Names of its module.
    Free,
    /// The object or router whose method it is.
    Method(Box<Value<'a>>),
    /// The local names of the call that defined it.
    Closure(Rc<BTreeMap<Box<str>, Value<'a>>>),
}

/// Evaluated arguments.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments<'a> {
    pub(super) positional: Vec<Value<'a>>,
    pub(super) named: Vec<(Box<str>, Value<'a>)>,
}

/// An expression and where it is written.
#[derive(Clone, Debug)]
pub(super) struct Written<'a> {
    pub(super) expr: &'a Expr,
    pub(super) file: FileId,
    pub(super) scope: Rc<str>,
}

impl<'a> Registry<'a> {
    pub(super) fn add(&mut self, router: Router<'a>) -> RouterId {
        self.routers.push(router);
        RouterId(self.routers.len() - 1)
    }

    pub(super) fn get(&self, id: RouterId) -> &Router<'a> {
        &self.routers[id.0]
    }

    pub(super) fn get_mut(&mut self, id: RouterId) -> &mut Router<'a> {
        &mut self.routers[id.0]
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = RouterId> + use<> {
        (0..self.routers.len()).map(RouterId)
    }

    /// Puts one router into another.
    pub(super) fn include(&mut self, parent: RouterId, include: Include<'a>) {
        self.get_mut(include.child).is_included = true;
        self.get_mut(parent).items.push(Item::Include(include));
    }
}

impl<'a> Router<'a> {
    /// A router that serves nothing yet.
    pub(super) fn new(
        kind: RouterKind,
        class: Option<DeclarationKey>,
        prefix: Known<Box<str>>,
        span: Span,
    ) -> Self {
        Self {
            kind,
            class,
            prefix,
            dependencies: Vec::new(),
            hidden: false,
            attributes: BTreeMap::new(),
            items: Vec::new(),
            is_included: false,
            span,
        }
    }
}

impl<'a> Route<'a> {
    /// The value of a keyword argument.
    pub(super) fn option(&self, name: &str) -> Option<&Value<'a>> {
        self.options.iter().find(|(own, _)| &**own == name).map(|(_, value)| value)
    }
}

impl<'a> Arguments<'a> {
    pub(super) fn named(&self, name: &str) -> Option<&Value<'a>> {
        self.named.iter().find(|(own, _)| &**own == name).map(|(_, value)| value)
    }

    pub(super) fn get(&self, position: usize, name: &str) -> Option<&Value<'a>> {
        self.positional.get(position).or_else(|| self.named(name))
    }

    /// Whether a function that gets them may register something.
    pub(super) fn has_router(&self) -> bool {
        let holds =
            |value: &Value<'a>| matches!(value, Value::Router(_) | Value::Object(_) | Value::Method(..));
        self.positional.iter().any(holds) || self.named.iter().any(|(_, value)| holds(value))
    }

    /// These, then those of a call (`functools.partial`): what a call names again replaces what was named before.
    pub(super) fn and(&self, more: Self) -> Self {
        let mut all = self.clone();
        all.named.retain(|(name, _)| more.named(name).is_none());
        all.positional.extend(more.positional);
        all.named.extend(more.named);
        all
    }
}

impl<'a> Value<'a> {
    /// As a constant; what is none is unknown in its place.
    pub(super) fn constant(&self) -> Constant {
        match self {
            Value::Constant(constant) => constant.clone(),
            Value::List(items) => Constant::List(items.iter().map(Value::constant).collect()),
            Value::Map(entries) => {
                Constant::Map(entries.iter().map(|(key, value)| (key.clone(), value.constant())).collect())
            }
            _ => Constant::Unknown(alignment_model::Why::DynamicExpression),
        }
    }

    /// The items of a list, or the only item.
    pub(super) fn into_items(self) -> Vec<Value<'a>> {
        match self {
            Value::List(items) => items,
            other => vec![other],
        }
    }

    /// Whether it is known to be `False`.
    pub(super) fn is_false(&self) -> bool {
        matches!(self, Value::Constant(Constant::Bool(false)))
    }

    /// Whether it is known to be `None`.
    pub(super) fn is_none(&self) -> bool {
        match self {
            Value::Constant(Constant::None) => true,
            Value::Written(written) => written.expr.is_null(),
            _ => false,
        }
    }

    /// The text, as a prefix or path.
    pub(super) fn text(&self) -> Known<Box<str>> {
        match self {
            Value::Constant(Constant::Text(text)) => Known::Is(text.clone()),
            Value::Constant(Constant::None) => Known::Is("".into()),
            Value::Constant(Constant::EnumMember { value, .. }) => match value.text() {
                Some(text) => Known::Is(text.into()),
                None => Known::Unknown(alignment_model::Why::DynamicExpression),
            },
            _ => Known::Unknown(alignment_model::Why::DynamicExpression),
        }
    }
}
