//! A class -> its method resolution order, with what is outside the repository at the top.

use std::borrow::Cow;

use alignment_model::FileId;
use alignment_model::code::{Call, Class, Expr, ExprKind};
use alignment_model::shape::DeclarationKey;

use super::annotations::parent;
use super::resolve::{Search, View};
use super::{Names, Target};

/// A class with all its ancestors.
#[derive(Clone, Debug, Default)]
pub struct Hierarchy<'a> {
    /// The class itself first, then its ancestors in method resolution order (C3; where the bases contradict each other,
    /// depth first).
    pub mro: Vec<Ancestor<'a>>,
}

/// One class of a method resolution order.
#[derive(Clone, Debug)]
pub enum Ancestor<'a> {
    /// A class of the repository.
    Class {
        /// Its key.
        key: DeclarationKey,
        /// Its declaration.
        class: &'a Class,
        /// Type arguments where it stands as a base (`Base[T]`), as written in `written_in`.
        arguments: Vec<&'a Expr>,
        /// The class that names it as a base; itself for the first.
        written_in: DeclarationKey,
    },
    /// A class outside the repository, by its dotted path (`pydantic.BaseModel`).
    External {
        /// Dotted path, as in [`super::Target::External`].
        path: String,
        /// Type arguments where it stands as a base (`Generic[T]`).
        arguments: Vec<&'a Expr>,
        /// The class that names it as a base.
        written_in: DeclarationKey,
    },
    /// A class made by a call of something outside the repository: `Base = declarative_base()`.
    Made {
        /// Dotted path of what is called: `sqlalchemy.orm.declarative_base`.
        callee: String,
        /// The call.
        call: &'a Call,
        /// The file of the call.
        file: FileId,
        /// The variable it is assigned to, if it is.
        variable: Option<DeclarationKey>,
    },
    /// A base that could not be resolved.
    Unknown {
        /// As written, as far as it is a dotted name.
        name: Box<str>,
        /// The class that names it.
        written_in: DeclarationKey,
    },
}

impl<'a> Hierarchy<'a> {
    /// Nothing known.
    pub const EMPTY: Hierarchy<'static> = Hierarchy { mro: Vec::new() };

    /// The classes of the repository in order, the class itself first.
    pub fn classes(&self) -> impl Iterator<Item = (&DeclarationKey, &'a Class)> + '_ {
        self.mro.iter().filter_map(|ancestor| match ancestor {
            Ancestor::Class { key, class, .. } => Some((key, *class)),
            _ => None,
        })
    }

    /// Dotted paths of the ancestors outside the repository, in order; a made one by what makes it.
    pub fn externals(&self) -> impl Iterator<Item = &str> + '_ {
        self.mro.iter().filter_map(|ancestor| match ancestor {
            Ancestor::External { path, .. } => Some(path.as_str()),
            Ancestor::Made { callee, .. } => Some(callee.as_str()),
            _ => None,
        })
    }

    /// Whether one of these is an ancestor.
    pub fn descends_from(&self, paths: &[&str]) -> bool {
        self.externals().any(|path| paths.contains(&path))
    }

    /// Whether an ancestor is not known, so that anything may be inherited.
    pub fn has_unknown(&self) -> bool {
        self.mro.iter().any(|ancestor| matches!(ancestor, Ancestor::Unknown { .. }))
    }
}

/// Deepest inheritance followed, and longest order kept; a class beyond either has an unknown ancestor.
const DEEPEST: usize = 64;
const LONGEST: usize = 256;

/// Most hierarchies one question may compute anew; only circles of bases need more than a few.
const MOST_CLASSES: u32 = 500;

impl<'a> Names<'a> {
    /// The hierarchy of a class, cached unless a circle cut it off.
    pub(super) fn hierarchy_of(&self, key: &DeclarationKey, search: &mut Search) -> Cow<'_, Hierarchy<'a>> {
        let Some(at) = self.class_at(key.file, &key.path) else { return Cow::Owned(Hierarchy::default()) };
        let entry = &self.classes[at];
        if let Some(known) = entry.hierarchy.get() {
            return Cow::Borrowed(known);
        }
        search.classes += 1;
        if search.visiting.contains(&at) || search.visiting.len() >= DEEPEST || search.classes > MOST_CLASSES
        {
            search.cut = true;
            return Cow::Owned(Hierarchy::default());
        }
        let cut_before = std::mem::take(&mut search.cut);
        let steps_before = search.restart();
        search.visiting.push(at);
        let hierarchy = self.linearize(&entry.key, entry.class, search);
        search.visiting.pop();
        search.resume(steps_before);
        let cut = std::mem::replace(&mut search.cut, cut_before);
        if cut && !search.visiting.is_empty() {
            search.cut = true;
            return Cow::Owned(hierarchy);
        }
        Cow::Borrowed(entry.hierarchy.get_or_init(|| hierarchy))
    }

    fn linearize(&self, key: &DeclarationKey, class: &'a Class, search: &mut Search) -> Hierarchy<'a> {
        let own = Ancestor::Class { key: key.clone(), class, arguments: Vec::new(), written_in: key.clone() };
        let scope = parent(&key.path);
        let view = View { file: key.file, scope };
        let mut orders: Vec<Vec<Ancestor<'a>>> = Vec::new();
        let mut direct = Vec::new();
        for base in class.positional_bases() {
            let order = self.order_of_base(view, base, key, search);
            direct.extend(order.first().cloned());
            orders.push(order);
        }
        orders.push(direct);
        let mut mro = vec![own];
        mro.extend(merge(orders));
        if mro.len() > LONGEST {
            mro.truncate(LONGEST);
            mro.push(Ancestor::Unknown { name: "too many ancestors".into(), written_in: key.clone() });
        }
        Hierarchy { mro }
    }

    /// A base with its ancestors in order.
    fn order_of_base(
        &self,
        view: View<'_>,
        base: &'a Expr,
        written_in: &DeclarationKey,
        search: &mut Search,
    ) -> Vec<Ancestor<'a>> {
        let (named, arguments) = split_arguments(base);
        let unknown = || {
            let name = named.dotted().map_or_else(|| "expression".to_owned(), |path| path.join("."));
            vec![Ancestor::Unknown { name: name.into(), written_in: written_in.clone() }]
        };
        if !search.step() {
            return unknown();
        }
        if let ExprKind::Call(call) = &named.kind {
            if let Some((maker, name)) = self.maker(view, call, search) {
                let inside = View { file: maker.file, scope: &maker.path };
                return self.order_of_base(inside, name, written_in, search);
            }
            return self.order_of_made(view, call, None, search).unwrap_or_else(unknown);
        }
        match self.find(view, named, search) {
            Target::Class(key, _) => {
                let mut order = self.hierarchy_of(&key, search).into_owned().mro;
                match order.first_mut() {
                    Some(Ancestor::Class { arguments: own, written_in: place, .. }) => {
                        *own = arguments;
                        *place = written_in.clone();
                        order
                    }
                    _ => unknown(),
                }
            }
            Target::External(path) if path == "builtins.object" => Vec::new(),
            Target::External(path) => {
                if path == FLASK_MODEL
                    && let Some(order) = self.order_of_flask_model(view, named, search)
                {
                    return order;
                }
                vec![Ancestor::External { path, arguments, written_in: written_in.clone() }]
            }
            Target::Variable(key, assign) => {
                let scope = parent(&key.path);
                let view = View { file: key.file, scope };
                match assign.value.as_ref() {
                    Some(Expr { kind: ExprKind::Call(call), .. }) => {
                        if let Some((maker, name)) = self.maker(view, call, search) {
                            let inside = View { file: maker.file, scope: &maker.path };
                            return self.order_of_base(inside, name, written_in, search);
                        }
                        self.order_of_made(view, call, Some(key.clone()), search).unwrap_or_else(unknown)
                    }
                    Some(value @ Expr { kind: ExprKind::Index(..), .. }) => {
                        self.order_of_base(view, value, written_in, search)
                    }
                    _ => unknown(),
                }
            }
            _ => unknown(),
        }
    }

    /// A class made by a call of something outside, with the class it is made from: `declarative_base(cls=Common)`
    /// (SQLAlchemy 2.0, "declarative_base", parameter `cls`).
    fn order_of_made(
        &self,
        view: View<'_>,
        call: &'a Call,
        variable: Option<DeclarationKey>,
        search: &mut Search,
    ) -> Option<Vec<Ancestor<'a>>> {
        let Target::External(callee) = self.find(view, &call.callee, search) else { return None };
        let mut order = vec![Ancestor::Made { callee, call, file: view.file, variable }];
        for keyword in ["cls", "model_class"] {
            if let Some(class) = call.keyword(keyword)
                && let Target::Class(key, _) = self.find(view, class, search)
            {
                order.extend(self.hierarchy_of(&key, search).into_owned().mro);
            }
        }
        Some(order)
    }

    /// `db.Model` with `db = SQLAlchemy(model_class=Base)` inherits from `Base` (Flask-SQLAlchemy 3.x, "Initialize the
    /// Extension").
    fn order_of_flask_model(
        &self,
        view: View<'_>,
        base: &Expr,
        search: &mut Search,
    ) -> Option<Vec<Ancestor<'a>>> {
        let ExprKind::Member(object, _) = &base.kind else { return None };
        let Target::Variable(key, assign) = self.find(view, object, search) else { return None };
        let call = assign.value.as_ref()?.as_call()?;
        let mut order = self.order_of_made(View { file: key.file, scope: "" }, call, Some(key), search)?;
        if let Some(Ancestor::Made { callee, .. }) = order.first_mut() {
            *callee = FLASK_MODEL.to_owned();
        }
        Some(order)
    }
}

/// The base class of Flask-SQLAlchemy models.
const FLASK_MODEL: &str = "flask_sqlalchemy.SQLAlchemy.Model";

/// `Base[A, B]` -> `Base` and its arguments.
fn split_arguments(base: &Expr) -> (&Expr, Vec<&Expr>) {
    match &base.kind {
        ExprKind::Index(object, index) => match &index.kind {
            ExprKind::Tuple(items) => (object, items.iter().collect()),
            _ => (object, vec![index]),
        },
        _ => (base, Vec::new()),
    }
}

/// C3: takes the first class that stands in no tail, until none is left. Where the bases contradict each other (Python would
/// refuse the class), the first remaining one is taken.
fn merge<'a>(mut orders: Vec<Vec<Ancestor<'a>>>) -> Vec<Ancestor<'a>> {
    for order in &mut orders {
        order.reverse();
    }
    let mut out = Vec::new();
    loop {
        orders.retain(|order| !order.is_empty());
        let free = orders.iter().filter_map(|order| order.last()).find(|head| {
            !orders.iter().any(|order| order.iter().rev().skip(1).any(|other| same(head, other)))
        });
        let Some(next) = free.or_else(|| orders.first().and_then(|order| order.last())).cloned() else {
            return out;
        };
        for order in &mut orders {
            order.retain(|other| !same(&next, other));
        }
        out.push(next);
    }
}

/// Whether two entries are the same class, whatever their arguments.
fn same(a: &Ancestor<'_>, b: &Ancestor<'_>) -> bool {
    match (a, b) {
        (Ancestor::Class { key: a, .. }, Ancestor::Class { key: b, .. }) => a == b,
        (Ancestor::External { path: a, .. }, Ancestor::External { path: b, .. }) => a == b,
        (Ancestor::Made { call: a, .. }, Ancestor::Made { call: b, .. }) => std::ptr::eq(*a, *b),
        (Ancestor::Unknown { name: a, .. }, Ancestor::Unknown { name: b, .. }) => a == b,
        _ => false,
    }
}
