//! Where an expression stands and what the names in it are bound to: the activations of functions that are followed.

use std::rc::Rc;

use alignment_model::FileId;
use alignment_model::code::{Class, Expr, Function, MapEntry, TypeExpr};

/// Functions called inside functions that are followed. Clients of real projects wrap three or four times.
pub(super) const MAX_CALLS: usize = 10;

/// An expression, and what its names are bound to.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) file: FileId,
    pub(super) expr: &'a Expr,
    pub(super) frame: Frame<'a>,
}

/// A type as written, and what its type parameters are bound to.
#[derive(Clone, Debug)]
pub(super) struct TypePlace<'a> {
    pub(super) file: FileId,
    pub(super) ty: &'a TypeExpr,
    pub(super) frame: Frame<'a>,
}

/// The innermost activation, or none at the top of a module.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame<'a>(Option<Rc<Activation<'a>>>);

/// A function that is being read, either as it stands (its parameters are open) or for one call of it.
#[derive(Debug)]
pub(super) struct Activation<'a> {
    pub(super) file: FileId,
    pub(super) function: &'a Function,
    /// Positional arguments of the call; none where the function is read as it stands.
    pub(super) arguments: Option<Vec<Place<'a>>>,
    pub(super) type_arguments: Vec<TypePlace<'a>>,
    pub(super) this: Option<This<'a>>,
    /// The activation of the function around it.
    outer: Frame<'a>,
    calls: usize,
}

/// What `this` is.
#[derive(Clone, Debug)]
pub(super) enum This<'a> {
    Instance(Instance<'a>),
    Object(Place<'a>, &'a [MapEntry]),
}

/// An object of a class of the project.
#[derive(Clone, Debug)]
pub(super) struct Instance<'a> {
    pub(super) file: FileId,
    pub(super) class: &'a Class,
    /// Arguments of `new`, where they are known.
    pub(super) arguments: Option<Rc<[Place<'a>]>>,
    /// Type arguments of the class, where they are known.
    pub(super) types: Rc<[TypePlace<'a>]>,
    /// What the type parameters of the class stand for whose method looks at it: its own, or one above it.
    pub(super) seen_as: Bindings<'a>,
}

/// Type parameters with what stands for them.
pub(super) type Bindings<'a> = Rc<[(&'a str, TypePlace<'a>)]>;

impl<'a> Instance<'a> {
    /// An object of a class of which no more is known.
    pub(super) fn new(file: FileId, class: &'a Class) -> Self {
        Self { file, class, arguments: None, types: Rc::default(), seen_as: Rc::default() }
    }
}

/// A function as a value: what it says, and what was bound where it was made.
#[derive(Clone, Debug)]
pub(super) struct Callable<'a> {
    pub(super) file: FileId,
    pub(super) function: &'a Function,
    pub(super) this: Option<This<'a>>,
    pub(super) outer: Frame<'a>,
}

/// What a parameter is bound to.
#[derive(Debug)]
pub(super) enum Bound<'f, 'a> {
    /// Nothing: the function is read as it stands.
    Open,
    /// An argument.
    To(&'f Place<'a>),
    /// The call passes nothing for it.
    Missing,
}

impl<'a> Place<'a> {
    /// Another expression of the same file under the same bindings.
    pub(super) fn at(&self, expr: &'a Expr) -> Self {
        Self { file: self.file, expr, frame: self.frame.clone() }
    }

    pub(super) fn type_at(&self, ty: &'a TypeExpr) -> TypePlace<'a> {
        TypePlace { file: self.file, ty, frame: self.frame.clone() }
    }
}

impl<'a> Frame<'a> {
    pub(super) fn innermost(&self) -> Option<&Activation<'a>> {
        self.0.as_deref()
    }

    /// Whether it is the same activation, or none as well.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Rc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
    }

    /// The activations from the innermost outwards.
    pub(super) fn activations(&self) -> impl Iterator<Item = &Activation<'a>> {
        std::iter::successors(self.0.as_deref(), |activation| activation.outer.0.as_deref())
    }

    /// What `this` is here.
    pub(super) fn this(&self) -> Option<&This<'a>> {
        self.activations().find_map(|activation| activation.this.as_ref())
    }

    /// How many calls lead here.
    pub(super) fn calls(&self) -> usize {
        self.0.as_ref().map_or(0, |activation| activation.calls)
    }

    /// What a parameter of a function is bound to.
    pub(super) fn parameter(&self, function: &Function, at: usize) -> Bound<'_, 'a> {
        let Some(activation) = self.activations().find(|a| std::ptr::eq(a.function, function)) else {
            return Bound::Open;
        };
        match &activation.arguments {
            None => Bound::Open,
            Some(arguments) => match arguments.get(at) {
                Some(place) => Bound::To(place),
                None => Bound::Missing,
            },
        }
    }
}

impl<'a> Callable<'a> {
    /// The frame in which its body is read as it stands.
    pub(super) fn open(&self) -> Frame<'a> {
        self.frame(None, Vec::new(), self.outer.calls())
    }

    /// The frame of one call; `None` if too many calls lead there.
    pub(super) fn call(
        &self,
        arguments: Vec<Place<'a>>,
        type_arguments: Vec<TypePlace<'a>>,
        from: &Frame<'a>,
    ) -> Option<Frame<'a>> {
        let calls = from.calls().max(self.outer.calls()) + 1;
        (calls <= MAX_CALLS).then(|| self.frame(Some(arguments), type_arguments, calls))
    }

    fn frame(
        &self,
        arguments: Option<Vec<Place<'a>>>,
        type_arguments: Vec<TypePlace<'a>>,
        calls: usize,
    ) -> Frame<'a> {
        Frame(Some(Rc::new(Activation {
            file: self.file,
            function: self.function,
            arguments,
            type_arguments,
            this: self.this.clone(),
            outer: self.outer.clone(),
            calls,
        })))
    }
}
