//! Which functions of Python run DDL, and from which of them a program starts.
//!
//! A function *carries* DDL if it has some in a text that it runs or hands on, if it uses a constant that holds some, or if it
//! coordinates functions that carry DDL: hands its connection on to one, calls two, is named after the work, or is the constructor of
//! an object that does it. The entries
//! are the carriers that no other carrier uses. Texts in documentation are none, and neither are texts that nothing runs.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use alignment_model::FileId;
use alignment_model::code::{
    Assign, Bodies, Expr, ExprKind, ExprPart, FileFacts, Function, ImportTarget, Language, Literal,
    Statement, TemplatePart,
};
use alignment_model::shape::DeclarationKey;

use crate::database::interpreter::{Entry, is_connection_name};
use crate::python::scope::each_statement;
use crate::python::{Names, Target};

/// How often callers of callers are looked for.
const MAX_ROUNDS: usize = 5;
/// Deepest nesting of expressions and functions is bounded by their number: more in one function is no schema.
const MAX_PARTS: usize = 200_000;

/// A name that people give to what makes or changes the schema.
pub(super) fn is_entry_name(name: &str) -> bool {
    const PARTS: &[&str] = &[
        "init",
        "migrat",
        "schema",
        "setup",
        "ensure",
        "create_table",
        "create_all",
        "create_db",
        "create_database",
        "bootstrap",
        "upgrade",
        "tables",
        "prepare_db",
    ];
    let name = name.to_ascii_lowercase();
    !name.starts_with("__") && PARTS.iter().any(|part| name.contains(part))
}

/// Whether a text is DDL that makes or changes a table, from its start or as a script.
pub(super) fn is_ddl(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let creates = lower.match_indices("create ").any(|(at, _)| {
        let mut words = lower[at..].split_whitespace().skip(1);
        words
            .by_ref()
            .find(|word| !matches!(*word, "temp" | "temporary" | "unlogged" | "virtual"))
            .is_some_and(|word| word == "table")
            && lower[at..].contains('(')
    });
    creates || starts_with_words(&lower, &["alter", "table"]) || starts_with_words(&lower, &["drop", "table"])
}

/// Whether the text of a file has words of DDL anywhere, in capitals or small letters.
pub(super) fn may_say_ddl(text: &str) -> bool {
    const BEFORE: &[&str] = &["create", "alter", "temp", "temporary", "unlogged", "virtual"];
    let after = |word: &str| {
        text.match_indices(word).any(|(at, _)| {
            let before = text[..at].trim_end();
            let start = before.rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |at| at + 1);
            before
                .get(start..)
                .is_some_and(|last| BEFORE.iter().any(|known| last.eq_ignore_ascii_case(known)))
        })
    };
    after("TABLE") || after("table")
}

fn starts_with_words(text: &str, wanted: &[&str]) -> bool {
    let mut words = text.split_whitespace();
    wanted.iter().all(|word| words.next() == Some(word))
}

/// The text of a literal or the literal parts of a template.
pub(super) fn says_ddl(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(Literal::Text(text)) => is_ddl(text),
        ExprKind::Template(parts) => {
            let mut text = String::new();
            for part in parts {
                match part {
                    TemplatePart::Text(part) => text.push_str(part),
                    TemplatePart::Expr { .. } => text.push('x'),
                }
            }
            is_ddl(&text)
        }
        _ => false,
    }
}

/// Functions and constants that carry DDL.
pub(super) struct Carriers<'a> {
    /// Functions, with what they use of the others.
    functions: BTreeMap<DeclarationKey, (Unit<'a>, BTreeSet<DeclarationKey>)>,
    /// Module-level constants, with the functions that they list.
    constants: BTreeMap<DeclarationKey, (&'a Assign, BTreeSet<DeclarationKey>)>,
}

/// One function.
#[derive(Clone)]
struct Unit<'a> {
    key: DeclarationKey,
    function: &'a Function,
    class: Option<DeclarationKey>,
    /// Names and members that stand in it, by their last part.
    mentions: Vec<Mention<'a>>,
    /// It has DDL in a text.
    says: bool,
    /// It calls a method that runs SQL, or hands a connection on.
    runs: bool,
}

#[derive(Clone, Copy)]
struct Mention<'a> {
    name: &'a str,
    expr: &'a Expr,
    /// It is called with a connection.
    with_connection: bool,
}

impl<'a> Carriers<'a> {
    /// The carriers of some files; callers are looked for in all.
    pub(super) fn find(
        names: &Names<'a>,
        facts: &'a [FileFacts],
        is_candidate: &dyn Fn(FileId) -> bool,
        says_ddl: &dyn Fn(FileId) -> bool,
    ) -> Self {
        let mut carriers = Self { functions: BTreeMap::new(), constants: BTreeMap::new() };
        let files: Vec<&FileFacts> = facts
            .iter()
            .filter(|facts| facts.language == Language::Python && facts.bodies == Bodies::Lowered)
            .collect();
        let mut universe: Vec<Unit<'a>> = Vec::new();
        let mut read: HashSet<FileId> = HashSet::new();
        for facts in files.iter().filter(|facts| says_ddl(facts.file) && is_candidate(facts.file)) {
            read.insert(facts.file);
            universe.extend(units(facts));
            carriers.constants_of(facts);
        }
        if universe.is_empty() && carriers.constants.is_empty() {
            return carriers;
        }
        for _ in 0..MAX_ROUNDS {
            let known: HashSet<Box<str>> = carriers.simple_names();
            let stems: HashSet<&str> = read.iter().map(|file| module_stem(names, *file)).collect();
            for facts in files.iter().filter(|facts| !read.contains(&facts.file)) {
                if imports(&facts.body, &known, &stems) && is_candidate(facts.file) {
                    universe.extend(units(facts));
                }
            }
            read.extend(universe.iter().map(|unit| unit.key.file));
            let before = carriers.functions.len() + carriers.constants.len();
            carriers.grow(names, &universe);
            for facts in files.iter().filter(|facts| read.contains(&facts.file)) {
                carriers.lists_of(names, facts);
            }
            if carriers.functions.len() + carriers.constants.len() == before {
                break;
            }
        }
        carriers
    }

    /// Functions that no other carrier uses.
    pub(super) fn entries(&self) -> Vec<Entry<'a>> {
        let mut used: BTreeSet<&DeclarationKey> = BTreeSet::new();
        for (key, (_, uses)) in &self.functions {
            for other in uses.iter().filter(|other| *other != key) {
                used.insert(other);
                if let Some((_, listed)) = self.constants.get(other) {
                    used.extend(listed.iter().filter(|listed| *listed != key));
                }
            }
        }
        let roots = self.functions.iter().filter(|(key, _)| !used.contains(key));
        roots.map(|(_, (unit, _))| entry(unit)).collect()
    }

    /// Entries within one file alone, of what an entry of the program reaches: its functions that none of its own carriers uses.
    pub(super) fn entries_within(&self, file: FileId, reached: &BTreeSet<DeclarationKey>) -> Vec<Entry<'a>> {
        let own = |key: &&DeclarationKey| key.file == file && reached.contains(*key);
        let mut used: BTreeSet<&DeclarationKey> = BTreeSet::new();
        for (key, (_, uses)) in self.functions.iter().filter(|(key, _)| own(key)) {
            used.extend(uses.iter().filter(|other| *other != key));
        }
        let roots = self.functions.iter().filter(|(key, _)| own(key) && !used.contains(key));
        roots.map(|(_, (unit, _))| entry(unit)).collect()
    }

    /// Constants with DDL, in order of place.
    pub(super) fn constants(&self) -> impl Iterator<Item = (&DeclarationKey, &'a Assign)> {
        let listing =
            self.constants.iter().filter(|(_, (assign, _))| assign.value.as_ref().is_some_and(holds_ddl));
        listing.map(|(key, (assign, _))| (key, *assign))
    }

    /// Files whose functions stand in a list of functions: migrations that are run one after the other.
    pub(super) fn versioned_files(&self) -> BTreeSet<FileId> {
        let lists = self.constants.values().filter(|(_, listed)| listed.len() > 1);
        lists.flat_map(|(_, listed)| listed.iter().map(|key| key.file)).collect()
    }

    /// Carriers that an entry reaches, itself included.
    pub(super) fn reached(&self, entry: &DeclarationKey) -> BTreeSet<DeclarationKey> {
        let mut seen: BTreeSet<&DeclarationKey> = BTreeSet::new();
        let mut stack = vec![entry];
        while let Some(key) = stack.pop() {
            if !seen.insert(key) {
                continue;
            }
            stack.extend(self.functions.get(key).iter().flat_map(|(_, uses)| uses));
            stack.extend(self.constants.get(key).iter().flat_map(|(_, uses)| uses));
        }
        seen.into_iter().cloned().collect()
    }

    fn simple_names(&self) -> HashSet<Box<str>> {
        let keys = self.functions.keys().chain(self.constants.keys());
        keys.map(|key| key.path.rsplit('.').next().unwrap_or(&key.path).into()).collect()
    }

    /// Module-level constants that hold DDL.
    fn constants_of(&mut self, facts: &'a FileFacts) {
        each_statement(&facts.body, &mut |statement, _| {
            let Statement::Assign(assign) = statement else { return };
            if let (Some(name), Some(value)) = (assign.target.as_name(), &assign.value)
                && holds_ddl(value)
            {
                let key = DeclarationKey { file: facts.file, path: name.into() };
                self.constants.insert(key, (assign, BTreeSet::new()));
            }
        });
    }

    /// Module-level lists of functions that carry DDL.
    fn lists_of(&mut self, names: &Names<'a>, facts: &'a FileFacts) {
        let known = self.simple_names();
        let mut found = Vec::new();
        each_statement(&facts.body, &mut |statement, _| {
            let Statement::Assign(assign) = statement else { return };
            let (Some(name), Some(value)) = (assign.target.as_name(), &assign.value) else { return };
            if !matches!(value.kind, ExprKind::List(_) | ExprKind::Tuple(_) | ExprKind::Map(_)) {
                return;
            }
            let mut listed = BTreeSet::new();
            each_part(value, &mut |expr| {
                let Some(last) = last_name(expr).filter(|last| known.contains(*last)) else { return };
                let _ = last;
                if let Some(key) = names.resolve(facts.file, "", expr).declaration()
                    && self.functions.contains_key(key)
                {
                    listed.insert(key.clone());
                }
            });
            if !listed.is_empty() {
                let key = DeclarationKey { file: facts.file, path: name.into() };
                found.push((key, assign, listed));
            }
        });
        for (key, assign, listed) in found {
            self.constants.entry(key).or_insert((assign, BTreeSet::new())).1.extend(listed);
        }
    }

    /// Takes in the functions that carry DDL by what is known so far, until nothing changes.
    fn grow(&mut self, names: &Names<'a>, universe: &[Unit<'a>]) {
        for _ in 0..MAX_ROUNDS {
            let known = self.simple_names();
            let mut changed = false;
            for unit in universe {
                let mut uses = BTreeSet::new();
                let mut handed_on = false;
                let mut constructs = false;
                for mention in unit.mentions.iter().filter(|mention| known.contains(mention.name)) {
                    let Some(key) = resolve(names, unit, mention.expr) else { continue };
                    if key == unit.key {
                        continue;
                    }
                    let function = self.functions.contains_key(&key);
                    if function || self.constants.contains_key(&key) {
                        handed_on |= mention.with_connection || !function;
                        constructs |= &*unit.function.name == "__init__" && is_own(mention.expr);
                        uses.insert(key);
                    }
                }
                let own = unit.says && unit.runs;
                let coordinates = !uses.is_empty()
                    && (uses.len() > 1
                        || constructs
                        || is_entry_name(&unit.function.name)
                        || (handed_on && unit.runs));
                if !own && !coordinates {
                    continue;
                }
                match self.functions.get_mut(&unit.key) {
                    Some((_, known)) => {
                        let count = known.len();
                        known.extend(uses);
                        changed |= known.len() != count;
                    }
                    None => {
                        self.functions.insert(unit.key.clone(), (unit.clone(), uses));
                        changed = true;
                    }
                }
            }
            if !changed {
                return;
            }
        }
    }
}

/// `self.name`.
fn is_own(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Member(object, _) if object.as_name() == Some("self"))
}

fn entry<'a>(unit: &Unit<'a>) -> Entry<'a> {
    Entry { key: unit.key.clone(), function: unit.function, class: unit.class.clone() }
}

/// What a name in a function stands for.
fn resolve(names: &Names<'_>, unit: &Unit<'_>, expr: &Expr) -> Option<DeclarationKey> {
    if let (ExprKind::Member(object, name), Some(class)) = (&expr.kind, &unit.class)
        && matches!(object.as_name(), Some("self" | "cls"))
    {
        let (owner, binding) = names.attribute(class, name)?;
        let (file, path) = (owner.file, owner.path.clone());
        return names.target_of(file, &path, name, binding).declaration().cloned();
    }
    match names.resolve(unit.key.file, &unit.key.path, expr) {
        Target::Unknown => None,
        target => target.declaration().cloned(),
    }
}

/// The functions of a file: of the module, and of its classes.
fn units(facts: &FileFacts) -> Vec<Unit<'_>> {
    let mut found = Vec::new();
    let mut pending: Vec<(&[Statement], String, Option<DeclarationKey>)> =
        vec![(&facts.body, String::new(), None)];
    while let Some((body, scope, class)) = pending.pop() {
        each_statement(body, &mut |statement, _| match statement {
            Statement::Function(function) => {
                let key = DeclarationKey { file: facts.file, path: join(&scope, &function.name).into() };
                found.push(unit(key, function, class.clone()));
            }
            Statement::Class(inner) if scope.len() < 200 => {
                let path = join(&scope, &inner.name);
                let key = DeclarationKey { file: facts.file, path: path.as_str().into() };
                pending.push((&inner.body, path, Some(key)));
            }
            _ => {}
        });
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    found
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

fn unit<'a>(key: DeclarationKey, function: &'a Function, class: Option<DeclarationKey>) -> Unit<'a> {
    let mut unit = Unit { key, function, class, mentions: Vec::new(), says: false, runs: false };
    each_expr(function, &mut |expr| match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Template(_) => unit.says |= says_ddl(expr),
        ExprKind::Name(name) => {
            unit.mentions.push(Mention { name, expr, with_connection: false });
        }
        ExprKind::Member(_, name) => unit.mentions.push(Mention { name, expr, with_connection: false }),
        ExprKind::Call(call) => {
            let hands_on = call
                .arguments
                .iter()
                .any(|argument| last_name(&argument.value).is_some_and(is_connection_name));
            if let Some(name) = last_name(&call.callee) {
                unit.runs |= hands_on || name.starts_with("execute") || name == "exec_driver_sql";
                unit.mentions.push(Mention { name, expr: &call.callee, with_connection: hands_on });
            }
        }
        _ => {}
    });
    unit
}

fn last_name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) | ExprKind::Member(_, name) => Some(name),
        _ => None,
    }
}

/// Every expression of a function, those of functions inside it included.
fn each_expr<'a>(function: &'a Function, visit: &mut dyn FnMut(&'a Expr)) {
    let mut bodies: Vec<&'a [Statement]> = vec![&function.body];
    let mut left = MAX_PARTS;
    while let Some(body) = bodies.pop() {
        each_statement(body, &mut |statement, _| {
            let mut own: Vec<&'a Expr> = Vec::new();
            match statement {
                Statement::Expr(expr) | Statement::Delete(expr) => own.push(expr),
                // What is raised is a message.
                Statement::Return(expr, _) => own.extend(expr.as_ref()),
                Statement::Assign(assign) => own.extend(assign.value.as_ref()),
                Statement::If(branch) => own.push(&branch.test),
                Statement::For(each) => own.push(&each.iterable),
                Statement::While(block) => own.extend(block.head.as_ref()),
                Statement::With(with) => own.extend(with.items.iter().map(|(item, _)| item)),
                Statement::Function(inner) => bodies.push(&inner.body),
                _ => {}
            }
            for expr in own {
                parts(expr, &mut left, visit);
            }
        });
    }
}

fn parts<'a>(expr: &'a Expr, left: &mut usize, visit: &mut dyn FnMut(&'a Expr)) {
    let mut stack = vec![expr];
    while let Some(expr) = stack.pop() {
        if *left == 0 {
            return;
        }
        *left -= 1;
        visit(expr);
        expr.for_each_part(&mut |part| match part {
            ExprPart::Expr(inner) => stack.push(inner),
            ExprPart::Function(function) => {
                let returned = function.body.iter().filter_map(|statement| match statement {
                    Statement::Return(Some(expr), _) | Statement::Expr(expr) => Some(expr),
                    _ => None,
                });
                stack.extend(returned);
            }
            ExprPart::Class(_) | ExprPart::Type(_) => {}
        });
    }
}

fn each_part<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    let mut left = MAX_PARTS;
    parts(expr, &mut left, visit);
}

fn holds_ddl(value: &Expr) -> bool {
    let mut found = false;
    each_part(value, &mut |expr| found |= says_ddl(expr));
    found
}

/// Whether a file imports one of these names, or one of these modules.
fn imports(body: &[Statement], known: &HashSet<Box<str>>, stems: &HashSet<&str>) -> bool {
    let mut found = false;
    let mut bodies = vec![(body, 0)];
    while let Some((body, depth)) = bodies.pop() {
        each_statement(body, &mut |statement, _| match statement {
            Statement::Import(import) => {
                let module = import.module.rsplit('.').next().unwrap_or_default();
                found |= stems.contains(module);
                found |= import.names.iter().any(|name| match &name.target {
                    ImportTarget::Member(member) => known.contains(member) || stems.contains(&**member),
                    ImportTarget::Module(module) => {
                        stems.contains(module.rsplit('.').next().unwrap_or_default())
                    }
                    ImportTarget::All => false,
                });
            }
            Statement::Function(function) if depth < 2 => bodies.push((&function.body, depth + 1)),
            Statement::Class(class) if depth < 2 => bodies.push((&class.body, depth + 1)),
            _ => {}
        });
    }
    found
}

fn module_stem<'n>(names: &'n Names<'_>, file: FileId) -> &'n str {
    names.module_name(file).rsplit('.').next().unwrap_or_default()
}
