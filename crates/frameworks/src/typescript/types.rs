//! Types as `tsc --strict` resolves them: type expressions and value expressions -> evaluated types, their members, and
//! the shapes that rules compare.
//!
//! ```text
//! interface Base { id: string }
//! type Draft = Partial<Base> & { tags: ("a" | "b")[] | null }
//!   ->  id: optional, text · tags: nullable, list of "a", "b"
//! ```
//!
//! | module | does |
//! |---|---|
//! | `kinds` | the forms of a type and of a member |
//! | `evaluate` | type expressions |
//! | `discriminants` | intersections that no value has |
//! | `access` | `keyof`, `T["k"]`, template literals, conditional types |
//! | `utility` | `Pick`, `Omit`, `Record`, ... |
//! | `members` | what an object type has |
//! | `values` | types of value expressions, for `typeof` and initialisers |
//! | `zod`, `zod_wrappers` | zod schemas, and schemas around schemas |
//! | `library` | the language's own types, and those of React |
//! | `shapes` | evaluated types -> shapes |
//!
//! Deliberately absent: inference (calls of generic functions, `infer`), overloads, and what JavaScript files and installed
//! packages declare: all of these are [`Kind::Unknown`] with the reason.

mod access;
mod discriminants;
mod evaluate;
pub(in crate::typescript) mod kinds;
mod library;
mod members;
mod shapes;
mod utility;
mod values;
mod zod;
mod zod_wrappers;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use alignment_model::code::{Expr, TypeExpr};
use alignment_model::shape::{DeclarationKey, Value};
use alignment_model::{FileId, Why};

pub use self::kinds::Ty;
use self::kinds::{Env, Kind, Members, Object, ObjectName};
use super::names::{Names, Symbol};

/// Nesting beyond this is unknown: of types as written, of aliases in aliases, of members in members.
const MAX_DEPTH: usize = 120;
/// Steps of one question. Deep enough for every type that people wrote, and a bound for those that grow without end.
const MAX_STEPS: usize = 200_000;
/// Members of one union or one product of unions. TypeScript's own limit is 100,000.
const MAX_UNION: usize = 20_000;

/// Evaluates types. Keeps everything it has evaluated.
pub struct Types<'n, 'a> {
    names: &'n Names<'a>,
    kinds: Vec<Kind<'a>>,
    ids: HashMap<Kind<'a>, Ty>,
    objects: Vec<Object<'a>>,
    written: HashMap<(usize, Env), Ty>,
    envs: Vec<EnvData<'a>>,
    env_ids: HashMap<EnvData<'a>, Env>,
    aliases: HashMap<(Symbol, Rc<[Ty]>), AliasState>,
    members: HashMap<Ty, Rc<Members<'a>>>,
    enums: HashMap<Symbol, EnumMembers>,
    zod_outputs: HashMap<(FileId, usize, bool), Option<Ty>>,
    schema_members: HashMap<u32, DeclarationKey>,
    /// The alias that made a union, for unions that contain themselves.
    union_names: HashMap<Ty, (Symbol, Rc<[Ty]>)>,
    /// Unions and nameless objects whose shape is being made.
    shaping: Vec<Ty>,
    /// What the first parameter of a function is given, by the place of the function in memory.
    given: HashMap<usize, Ty>,
    depth: usize,
    steps: usize,
}

/// The members of an enum, each with its value where it is known.
type EnumMembers = Rc<[(Box<str>, Option<Value>)]>;

/// What stands for type parameters in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct EnvData<'a> {
    file: FileId,
    bindings: Rc<[Binding<'a>]>,
}

/// What stands for one type parameter.
#[derive(Clone, Copy, Debug)]
struct Binding<'a> {
    name: &'a str,
    ty: Ty,
    /// `extends`: mapped types keep the modifiers of `T` where their keys are a `K extends keyof T`.
    bound: Option<&'a TypeExpr>,
}

impl PartialEq for Binding<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.ty == other.ty && self.bound.map(address) == other.bound.map(address)
    }
}

impl Eq for Binding<'_> {}

impl std::hash::Hash for Binding<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.name, self.ty).hash(state);
    }
}

#[derive(Clone, Copy, Debug)]
enum AliasState {
    InProgress,
    Done(Ty),
}

impl<'n, 'a> Types<'n, 'a> {
    /// Nothing evaluated yet.
    pub fn new(names: &'n Names<'a>) -> Self {
        Self {
            names,
            kinds: Vec::new(),
            ids: HashMap::new(),
            objects: Vec::new(),
            written: HashMap::new(),
            envs: Vec::new(),
            env_ids: HashMap::new(),
            aliases: HashMap::new(),
            members: HashMap::new(),
            enums: HashMap::new(),
            zod_outputs: HashMap::new(),
            schema_members: HashMap::new(),
            union_names: HashMap::new(),
            shaping: Vec::new(),
            given: HashMap::new(),
            depth: 0,
            steps: 0,
        }
    }

    /// The names it resolves with.
    pub fn names(&self) -> &'n Names<'a> {
        self.names
    }

    /// The type of a type expression in a file. Type parameters around it stand for anything.
    pub fn of_type(&mut self, file: FileId, expr: &'a TypeExpr) -> Ty {
        self.begin();
        let env = self.env(file, &[]);
        self.eval(expr, env)
    }

    /// The type of a type expression in a file, with what stands for type parameters around it.
    pub(in crate::typescript) fn of_type_with(
        &mut self,
        file: FileId,
        expr: &'a TypeExpr,
        bindings: &[(&'a str, Ty)],
    ) -> Ty {
        self.begin();
        let bindings: Vec<Binding<'a>> =
            bindings.iter().map(|(name, ty)| Binding { name, ty: *ty, bound: None }).collect();
        let env = self.env(file, &bindings);
        self.eval(expr, env)
    }

    /// The type of a value expression in a file, literals widened.
    pub(in crate::typescript) fn of_value(&mut self, file: FileId, expr: &'a Expr) -> Ty {
        self.begin();
        self.value(file, expr, false)
    }

    /// A type without some of its members.
    pub(in crate::typescript) fn without(&mut self, ty: Ty, keys: Vec<Box<str>>) -> Ty {
        self.object(kinds::Form::Derived(ty, kinds::Derivation::Omit(keys.into())))
    }

    /// What stands under keys of a type.
    pub(in crate::typescript) fn of_path(&mut self, ty: Ty, path: &[Box<str>]) -> Ty {
        self.begin();
        path.iter().fold(ty, |ty, name| self.property(ty, Some(name)))
    }

    /// The declared type of a symbol, with its type parameters standing for themselves.
    pub(in crate::typescript) fn of_symbol(&mut self, symbol: Symbol) -> Ty {
        self.begin();
        self.declared(symbol)
    }

    /// Says that an object type is a schema of a generated document, for references to it.
    pub(in crate::typescript) fn name_schema(&mut self, ty: Ty, key: DeclarationKey) {
        if let Kind::Object(id) = *self.kind(ty) {
            self.schema_members.entry(id).or_insert(key);
        }
    }

    /// Starts a new question.
    fn begin(&mut self) {
        self.steps = 0;
        self.depth = 0;
        self.shaping.clear();
    }

    /// One step deeper, if limits allow; every `true` is followed by [`Types::leave`].
    fn enter(&mut self) -> bool {
        self.steps += 1;
        if self.depth >= MAX_DEPTH || self.steps >= MAX_STEPS {
            return false;
        }
        self.depth += 1;
        true
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub(in crate::typescript) fn kind(&self, ty: Ty) -> &Kind<'a> {
        const NEVER: &Kind<'static> = &Kind::Never;
        self.kinds.get(ty.0 as usize).unwrap_or(NEVER)
    }

    fn intern(&mut self, kind: Kind<'a>) -> Ty {
        if let Some(ty) = self.ids.get(&kind) {
            return *ty;
        }
        let ty = Ty(u32::try_from(self.kinds.len()).unwrap_or(u32::MAX));
        self.kinds.push(kind.clone());
        self.ids.insert(kind, ty);
        ty
    }

    fn unknown(&mut self, why: Why) -> Ty {
        self.intern(Kind::Unknown(why))
    }

    fn text_literal(&mut self, text: impl Into<Box<str>>) -> Ty {
        self.intern(Kind::Literal(Value::Text(text.into())))
    }

    /// An object type that nobody else is.
    fn object(&mut self, form: kinds::Form<'a>) -> Ty {
        let id = u32::try_from(self.objects.len()).unwrap_or(u32::MAX);
        self.objects.push(Object { name: None, arguments: Rc::from([]), form });
        self.intern(Kind::Object(id))
    }

    /// Gives an object type a name, unless it has one.
    fn name_object(&mut self, ty: Ty, name: ObjectName, arguments: Rc<[Ty]>) {
        if let Kind::Object(id) = *self.kind(ty)
            && let Some(object) = self.objects.get_mut(id as usize)
            && object.name.is_none()
        {
            object.name = Some(name);
            object.arguments = arguments;
        }
    }

    fn object_of(&self, id: u32) -> Option<&Object<'a>> {
        self.objects.get(id as usize)
    }

    fn env(&mut self, file: FileId, bindings: &[Binding<'a>]) -> Env {
        let data = EnvData { file, bindings: bindings.into() };
        if let Some(env) = self.env_ids.get(&data) {
            return *env;
        }
        let env = Env(u32::try_from(self.envs.len()).unwrap_or(u32::MAX));
        self.envs.push(data.clone());
        self.env_ids.insert(data, env);
        env
    }

    /// The environment with one more type parameter bound.
    fn bind(&mut self, env: Env, binding: Binding<'a>) -> Env {
        let Some(data) = self.envs.get(env.0 as usize) else { return env };
        let file = data.file;
        let mut bindings: Vec<_> =
            data.bindings.iter().filter(|old| old.name != binding.name).copied().collect();
        bindings.push(binding);
        self.env(file, &bindings)
    }

    fn bound(&self, env: Env, name: &str) -> Option<Binding<'a>> {
        let data = self.envs.get(env.0 as usize)?;
        data.bindings.iter().find(|binding| binding.name == name).copied()
    }

    pub(in crate::typescript) fn file_of(&self, env: Env) -> FileId {
        self.envs.get(env.0 as usize).map_or(FileId::new(0), |data| data.file)
    }

    /// An alias that was in progress when it was met, now as what it stands for; anything else is itself.
    pub(in crate::typescript) fn force(&mut self, ty: Ty) -> Ty {
        let Kind::Alias(symbol, arguments) = self.kind(ty).clone() else { return ty };
        match self.aliases.get(&(symbol, arguments)) {
            Some(AliasState::Done(found)) if !matches!(self.kind(*found), Kind::Alias(..)) => *found,
            _ => self.unknown(Why::Recursive),
        }
    }

    /// The members of a union; anything else is its only member.
    pub(in crate::typescript) fn parts(&mut self, ty: Ty) -> Vec<Ty> {
        let ty = self.force(ty);
        match self.kind(ty) {
            Kind::Union(members) => members.to_vec(),
            _ => vec![ty],
        }
    }

    /// A union as the compiler makes it: flat, without twins, literals absorbed by their own type.
    fn union(&mut self, members: impl IntoIterator<Item = Ty>) -> Ty {
        let mut seen = HashSet::new();
        let mut flat = Vec::new();
        for member in members {
            let parts = match self.kind(member) {
                Kind::Union(parts) => parts.clone(),
                Kind::Never => continue,
                _ => Rc::from([member]),
            };
            flat.extend(parts.iter().copied().filter(|part| seen.insert(*part)));
            if flat.len() > MAX_UNION {
                return self.unknown(Why::Recursive);
            }
        }
        let has = |this: &Self, kind: &Kind<'a>| flat.iter().any(|part| this.kind(*part) == kind);
        for all in [Kind::Any, Kind::Anything] {
            if has(self, &all) {
                return self.intern(all);
            }
        }
        let (text, number) = (has(self, &Kind::Text), has(self, &Kind::Number));
        let both = [true, false].iter().all(|value| has(self, &Kind::Literal(Value::Bool(*value))));
        let bool = both || has(self, &Kind::Bool);
        let mut kept: Vec<Ty> = Vec::with_capacity(flat.len());
        let mut bool_at = None;
        for part in flat {
            match self.kind(part) {
                Kind::Literal(Value::Text(_)) if text => {}
                Kind::Literal(Value::Number(_)) if number => {}
                Kind::Enum(_) | Kind::EnumMember(..) if text || number => {
                    let absorbed = self.enum_values_of(part).is_some_and(|values| {
                        values.iter().all(|value| match value {
                            Value::Text(_) => text,
                            _ => number,
                        })
                    });
                    if !absorbed {
                        kept.push(part);
                    }
                }
                Kind::Literal(Value::Bool(_)) | Kind::Bool if bool => {
                    bool_at.get_or_insert(kept.len());
                }
                _ => kept.push(part),
            }
        }
        if let Some(at) = bool_at {
            let bool = self.intern(Kind::Bool);
            kept.insert(at, bool);
        }
        match kept[..] {
            [] => self.intern(Kind::Never),
            [one] => one,
            _ => self.intern(Kind::Union(kept.into())),
        }
    }

    /// The type without `null` and `undefined`.
    fn non_null(&mut self, ty: Ty) -> Ty {
        let parts = self.parts(ty);
        let rest: Vec<Ty> = parts
            .into_iter()
            .filter(|part| !matches!(self.kind(*part), Kind::Null | Kind::Undefined))
            .collect();
        self.union(rest)
    }

    /// The type without `undefined`.
    fn defined(&mut self, ty: Ty) -> Ty {
        let parts = self.parts(ty);
        let rest: Vec<Ty> =
            parts.into_iter().filter(|part| !matches!(self.kind(*part), Kind::Undefined)).collect();
        self.union(rest)
    }

    fn or_undefined(&mut self, ty: Ty) -> Ty {
        let undefined = self.intern(Kind::Undefined);
        self.union([ty, undefined])
    }
}

/// The place of a type expression in memory: its identity, as facts are never copied.
fn address(expr: &TypeExpr) -> usize {
    std::ptr::from_ref(expr) as usize
}
