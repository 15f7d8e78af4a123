//! One expression -> its value.

use alignment_model::code::{
    Assign, Comprehension, Expr, ExprKind, Function, MapEntry, Operator, TemplatePart,
};
use alignment_model::shape::DeclarationKey;
use alignment_model::{FileId, Known, Why};

use super::operators::{DYNAMIC, bind, combine, literal_value, unary, unique_keys};
use super::text;
use super::{Constant, Locals};
use crate::python::enums::is_enum;
use crate::python::parent;
use crate::python::resolve::View;
use crate::python::{Names, Target};

/// Expressions one question may evaluate: a comprehension over a long list costs one for each element and part.
const MOST_STEPS: u32 = 50_000;

/// Deepest nesting followed, through variables too.
const DEEPEST: u32 = 96;

impl Names<'_> {
    /// The value of an expression, with values for local names (loop variables, parameters).
    pub fn fold_with(&self, file: FileId, scope: &str, expr: &Expr, locals: &Locals) -> Constant {
        let env = Env { view: View { file, scope }, locals };
        Fold::new(self, false).value(env, expr, 0)
    }

    /// What the body of a function gives for values of its parameters, by position or name; `key` is where it sees names.
    pub fn run(
        &self,
        key: &DeclarationKey,
        function: &Function,
        arguments: &[(Option<&str>, Constant)],
    ) -> Constant {
        Fold::new(self, false).run(key, function, arguments, 0).unwrap_or(DYNAMIC)
    }

    /// The same in a process whose environment is empty: `os.environ.get("X", "/api")` is `"/api"`. For what a deployment may
    /// change and rarely does, such as the prefix of a URL.
    pub fn fold_unset(&self, file: FileId, scope: &str, expr: &Expr, locals: &Locals) -> Constant {
        let env = Env { view: View { file, scope }, locals };
        Fold::new(self, true).value(env, expr, 0)
    }
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub(super) struct Env<'e> {
    pub(super) view: View<'e>,
    pub(super) locals: &'e Locals,
}

/// One question in progress.
pub(super) struct Fold<'n, 'a> {
    pub(super) names: &'n Names<'a>,
    steps: u32,
    /// Variables whose values are being evaluated: one that needs its own value has none.
    visiting: Vec<&'a Assign>,
    /// Whether variables of the environment are taken to be unset.
    pub(super) unset_environment: bool,
}

impl<'n, 'a> Fold<'n, 'a> {
    fn new(names: &'n Names<'a>, unset_environment: bool) -> Self {
        Self { names, steps: 0, visiting: Vec::new(), unset_environment }
    }

    /// Whether one more step may be taken.
    pub(super) fn step(&mut self) -> bool {
        self.steps += 1;
        self.steps <= MOST_STEPS
    }

    pub(super) fn value(&mut self, env: Env<'_>, expr: &Expr, depth: u32) -> Constant {
        if !self.step() || depth > DEEPEST {
            return Constant::Unknown(Why::UnsupportedConstruct);
        }
        let depth = depth + 1;
        match &expr.kind {
            ExprKind::Literal(literal) => literal_value(literal),
            ExprKind::Name(name) => match env.locals.get(&**name) {
                Some(value) => value.clone(),
                None => self.named(env, expr, depth),
            },
            ExprKind::Member(object, name) => self.member(env, expr, object, name, depth),
            ExprKind::Index(object, index) => self.index(env, object, index, depth),
            ExprKind::Call(call) => self.call(env, call, depth),
            ExprKind::List(items) => self.items(env, items, depth).map_or(DYNAMIC, Constant::List),
            ExprKind::Tuple(items) => self.items(env, items, depth).map_or(DYNAMIC, Constant::Tuple),
            ExprKind::Map(entries) => self.map(env, entries, depth),
            ExprKind::Template(parts) => self.template(env, parts, depth),
            ExprKind::Binary(operator, left, right) => self.binary(env, *operator, left, right, depth),
            ExprKind::Unary(operator, operand) => unary(*operator, self.value(env, operand, depth)),
            ExprKind::Conditional(parts) => {
                let [test, then, otherwise] = &**parts;
                match self.value(env, test, depth).truth() {
                    Some(true) => self.value(env, then, depth),
                    Some(false) => self.value(env, otherwise, depth),
                    None => DYNAMIC,
                }
            }
            ExprKind::Comprehension(comprehension) => self.comprehension(env, comprehension, depth),
            ExprKind::Walrus(_, value) => self.value(env, value, depth),
            ExprKind::Unknown => Constant::Unknown(Why::UnsupportedConstruct),
            _ => DYNAMIC,
        }
    }

    /// A name of the project.
    fn named(&mut self, env: Env<'_>, expr: &Expr, depth: u32) -> Constant {
        let target = self.names.resolve(env.view.file, env.view.scope, expr);
        self.target(target, depth)
    }

    pub(super) fn target(&mut self, target: Target<'a>, depth: u32) -> Constant {
        match target {
            Target::Variable(key, assign) => self.variable(&key, assign, depth),
            Target::Class(key, _) | Target::Function(key, _) => Constant::Declaration(key),
            Target::External(_) => Constant::Unknown(Why::ExternalName),
            Target::Unknown => Constant::Unknown(Why::UndefinedName),
            _ => DYNAMIC,
        }
    }

    /// A variable: a member of an enumeration, the default of a field, or what is assigned.
    fn variable(&mut self, key: &DeclarationKey, assign: &'a Assign, depth: u32) -> Constant {
        let (scope, name) = key.path.rsplit_once('.').unwrap_or(("", &key.path));
        let class = DeclarationKey { file: key.file, path: scope.into() };
        if !scope.is_empty()
            && self.names.class(&class).is_some()
            && is_enum(self.names.hierarchy(&class))
            && let Some(member) = self.enum_member(&class, |own, _| own == name)
        {
            return member;
        }
        let Some(value) = &assign.value else { return Constant::Unknown(Why::NotStated) };
        let locals = Locals::new();
        let env = Env { view: View { file: key.file, scope }, locals: &locals };
        if self.names.is_rebound(key.file, scope, name) {
            return Constant::Unknown(Why::Ambiguous);
        }
        if self.visiting.iter().any(|known| std::ptr::eq(*known, assign)) {
            return Constant::Unknown(Why::UndefinedName);
        }
        self.visiting.push(assign);
        let value = self.field_default(env, value).unwrap_or(value);
        let mut folded = self.value(env, value, depth);
        self.visiting.pop();
        for more in self.names.augmentations(key.file, scope, name) {
            let added = more.value.as_ref().map_or(DYNAMIC, |value| self.value(env, value, depth));
            folded = more.operator.map_or(DYNAMIC, |operator| combine(operator, folded, added));
        }
        folded
    }

    /// `Field("x")`, `Field(default="x")`, `field(default="x")`: the default is the value of the attribute.
    fn field_default<'e>(&self, env: Env<'_>, value: &'e Expr) -> Option<&'e Expr> {
        let call = value.as_call()?;
        let callee = self.names.resolve(env.view.file, env.view.scope, &call.callee);
        match callee.external()? {
            "pydantic.Field" | "sqlmodel.Field" | "pydantic.v1.Field" => {
                call.keyword("default").or_else(|| call.positional().next())
            }
            "dataclasses.field" | "attr.ib" | "attrs.field" => call.keyword("default"),
            _ => None,
        }
    }

    pub(super) fn enum_member(
        &self,
        class: &DeclarationKey,
        wanted: impl Fn(&str, &Constant) -> bool,
    ) -> Option<Constant> {
        let members = self.names.enum_members(class)?;
        members.iter().find_map(|member| {
            let value = match &member.value {
                Known::Is(value) => Constant::from_value(value),
                Known::Unknown(why) => Constant::Unknown(*why),
            };
            wanted(&member.name, &value).then(|| Constant::EnumMember {
                class: class.clone(),
                name: member.name.clone(),
                value: Box::new(value),
            })
        })
    }

    fn member(&mut self, env: Env<'_>, whole: &Expr, object: &Expr, name: &str, depth: u32) -> Constant {
        // `settings.X` of `settings = Settings(X="...")`.
        if let Target::Variable(key, assign) = self.names.resolve(env.view.file, env.view.scope, object)
            && let Some(given) =
                assign.value.as_ref().and_then(Expr::as_call).and_then(|call| call.keyword(name))
        {
            let locals = Locals::new();
            let scope = parent(&key.path);
            return self.value(Env { view: View { file: key.file, scope }, locals: &locals }, given, depth);
        }
        match self.names.resolve(env.view.file, env.view.scope, whole) {
            Target::Unknown | Target::External(_) => {}
            found => return self.target(found, depth),
        }
        if let Some(found) = self.handed_on(env, object, name, depth) {
            return found;
        }
        match (self.value(env, object, depth), name) {
            (Constant::EnumMember { value, .. }, "value" | "_value_") => *value,
            (Constant::EnumMember { name, .. }, "name" | "_name_") => Constant::Text(name),
            (Constant::Declaration(key), "__name__") => {
                Constant::of_text(key.path.rsplit('.').next().unwrap_or_default())
            }
            (Constant::Unknown(why), _) => Constant::Unknown(why),
            _ => DYNAMIC,
        }
    }

    fn index(&mut self, env: Env<'_>, object: &Expr, index: &Expr, depth: u32) -> Constant {
        let object = self.value(env, object, depth);
        if let ExprKind::Slice(parts) = &index.kind {
            return self.slice(env, object, parts, depth).unwrap_or(DYNAMIC);
        }
        let index = self.value(env, index, depth);
        let found = match (object, index) {
            (Constant::List(items) | Constant::Tuple(items), Constant::Int(at)) => {
                let len = i64::try_from(items.len()).unwrap_or(i64::MAX);
                let at = if at < 0 { at.saturating_add(len) } else { at };
                usize::try_from(at).ok().and_then(|at| items.into_iter().nth(at))
            }
            (Constant::Text(text), Constant::Int(at)) => {
                let len = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
                let at = if at < 0 { at.saturating_add(len) } else { at };
                let character = usize::try_from(at).ok().and_then(|at| text.chars().nth(at));
                character.map(|character| Constant::of_text(character.to_string()))
            }
            (Constant::Map(entries), key) if !key.is_unknown() => {
                entries.into_iter().find(|(own, _)| *own == key).map(|(_, value)| value)
            }
            (Constant::Declaration(class), Constant::Text(name)) if is_enum(self.names.hierarchy(&class)) => {
                self.enum_member(&class, |own, _| own == &*name)
            }
            _ => None,
        };
        found.unwrap_or(DYNAMIC)
    }

    /// `object[start:stop]`.
    fn slice(
        &mut self,
        env: Env<'_>,
        object: Constant,
        parts: &[Option<Expr>; 3],
        depth: u32,
    ) -> Option<Constant> {
        let [start, stop, None] = parts else { return None };
        let mut bound = |part: &Option<Expr>| match part.as_ref().map(|part| self.value(env, part, depth)) {
            None => Some(None),
            Some(Constant::Int(at)) => Some(Some(at)),
            Some(_) => None,
        };
        let (start, stop) = (bound(start)?, bound(stop)?);
        let cut = |length: usize| {
            let signed = i64::try_from(length).unwrap_or(i64::MAX);
            let place = |at: i64| if at < 0 { at.saturating_add(signed) } else { at }.clamp(0, signed);
            let place = |at: i64| usize::try_from(place(at)).unwrap_or(0);
            let (from, to) = (start.map_or(0, place), stop.map_or(length, place));
            (from, to.saturating_sub(from))
        };
        Some(match object {
            Constant::Text(text) => {
                let (from, count) = cut(text.chars().count());
                Constant::of_text(text.chars().skip(from).take(count).collect::<String>())
            }
            Constant::List(items) => {
                let (from, count) = cut(items.len());
                Constant::List(items.into_iter().skip(from).take(count).collect())
            }
            Constant::Tuple(items) => {
                let (from, count) = cut(items.len());
                Constant::Tuple(items.into_iter().skip(from).take(count).collect())
            }
            _ => return None,
        })
    }

    /// Items of a list, spread ones spliced in; `None` where a spread is not known.
    fn items(&mut self, env: Env<'_>, items: &[Expr], depth: u32) -> Option<Vec<Constant>> {
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            match &item.kind {
                ExprKind::Spread(inner) => {
                    let inner = self.value(env, inner, depth);
                    out.extend(self.iterate(inner)?);
                }
                _ => out.push(self.value(env, item, depth)),
            }
        }
        Some(out)
    }

    fn map(&mut self, env: Env<'_>, entries: &[MapEntry], depth: u32) -> Constant {
        let mut out = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry {
                MapEntry::Pair(key, value) => {
                    let key = self.value(env, key, depth);
                    if key.is_unknown() {
                        return DYNAMIC;
                    }
                    out.push((key, self.value(env, value, depth)));
                }
                MapEntry::Spread(inner) => match self.value(env, inner, depth) {
                    Constant::Map(inner) => out.extend(inner),
                    _ => return DYNAMIC,
                },
                MapEntry::Method(_) => return DYNAMIC,
            }
        }
        unique_keys(out)
    }

    fn template(&mut self, env: Env<'_>, parts: &[TemplatePart], depth: u32) -> Constant {
        let mut out = String::new();
        for part in parts {
            match part {
                TemplatePart::Text(text) => out.push_str(text),
                TemplatePart::Expr { formatted: true, .. } => return DYNAMIC,
                TemplatePart::Expr { value, .. } => {
                    let value = self.value(env, value, depth);
                    match (self.text_of(&value), value) {
                        (Some(text), _) => out.push_str(&text),
                        (None, Constant::Unknown(why)) => return Constant::Unknown(why),
                        (None, _) => return DYNAMIC,
                    }
                }
            }
        }
        Constant::Text(out.into())
    }

    /// `str(value)`. A `StrEnum` member is its value in every version of Python; for `class E(str, Enum)` it depends.
    pub(super) fn text_of(&self, value: &Constant) -> Option<String> {
        match value {
            Constant::EnumMember { class, value, .. }
                if self.names.hierarchy(class).descends_from(&["enum.StrEnum"]) =>
            {
                text::display(value)
            }
            other => text::display(other),
        }
    }

    /// A chain of one operator is as deep as it is long, so its left spine is walked without recursion.
    fn binary(
        &mut self,
        env: Env<'_>,
        operator: Operator,
        left: &Expr,
        right: &Expr,
        depth: u32,
    ) -> Constant {
        let mut pending = vec![(operator, right)];
        let mut first = left;
        while let ExprKind::Binary(operator, left, right) = &first.kind {
            pending.push((*operator, right));
            first = left;
        }
        let mut folded = self.value(env, first, depth);
        while let Some((operator, right)) = pending.pop() {
            folded = match (operator, folded.truth()) {
                (Operator::BooleanAnd, Some(false)) | (Operator::BooleanOr, Some(true)) => folded,
                (Operator::BooleanAnd, Some(true)) | (Operator::BooleanOr, Some(false)) => {
                    self.value(env, right, depth)
                }
                (Operator::BooleanAnd | Operator::BooleanOr, None) => DYNAMIC,
                _ => {
                    let right = self.value(env, right, depth);
                    combine(operator, folded, right)
                }
            };
        }
        folded
    }

    /// What a loop over a value sees.
    pub(super) fn iterate(&self, value: Constant) -> Option<Vec<Constant>> {
        match value {
            Constant::List(items) | Constant::Tuple(items) => Some(items),
            Constant::Map(entries) => Some(entries.into_iter().map(|(key, _)| key).collect()),
            Constant::Text(text) => Some(text.chars().map(|c| Constant::of_text(c.to_string())).collect()),
            Constant::Declaration(class) if is_enum(self.names.hierarchy(&class)) => {
                self.names.enum_constants(&class)
            }
            _ => None,
        }
    }

    fn comprehension(&mut self, env: Env<'_>, comprehension: &Comprehension, depth: u32) -> Constant {
        let mut out = Vec::new();
        if self.clauses(env, comprehension, 0, depth, &mut out).is_none() {
            return DYNAMIC;
        }
        if !comprehension.is_map {
            return Constant::List(out);
        }
        let pairs = out.into_iter().map(|item| match item {
            Constant::Tuple(pair) => <[Constant; 2]>::try_from(pair).ok().map(|[key, value]| (key, value)),
            _ => None,
        });
        pairs.collect::<Option<Vec<_>>>().map_or(DYNAMIC, unique_keys)
    }

    fn clauses(
        &mut self,
        env: Env<'_>,
        comprehension: &Comprehension,
        at: usize,
        depth: u32,
        out: &mut Vec<Constant>,
    ) -> Option<()> {
        let Some((target, iterable, conditions)) = comprehension.clauses.get(at) else {
            out.push(self.value(env, &comprehension.element, depth));
            return Some(());
        };
        let iterable = self.value(env, iterable, depth);
        for item in self.iterate(iterable)? {
            let mut locals = env.locals.clone();
            bind(target, item, &mut locals)?;
            let env = Env { locals: &locals, ..env };
            let mut holds = true;
            for condition in conditions {
                holds = holds && self.value(env, condition, depth).truth()?;
            }
            if holds {
                self.clauses(env, comprehension, at + 1, depth + 1, out)?;
            }
            if self.steps > MOST_STEPS {
                return None;
            }
        }
        Some(())
    }
}
