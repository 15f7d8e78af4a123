//! Bodies of Python functions -> code that turns an object of one entity into another.
//!
//! | module | purpose |
//! |---|---|
//! | `types` | what is certain about a value |
//! | `flow` | one pass over a function: what each local is certain to be |
//! | `evaluate` | an expression -> its type |
//! | `calls` | what calls give: constructors, functions of the project, validation |
//! | `queries` | sessions and queries of SQLAlchemy and SQLModel |
//! | `checks` | which attributes are not None where an object is read |
//! | `absence` | which values may be None |
//! | `filling` | fields of schemas that are filled after the object was made |
//! | `unfollowed` | writes that are seen, and whose values are not |
//! | `construct` | `Schema(field=obj.attr)`, `Model(**payload.model_dump())` |
//! | `writes` | what requests carry into models, and what code asks about on the way |
//! | `rows` | objects of models that are made and handed to a session |
//! | `listeners` | what listeners of the ORM's events set on rows |
//! | `doubles` | models that share their name with another class |
//! | `responses` | what handlers return through their response model |
//!
//! Sources: Pydantic 2, "Models" (`model_validate`, `from_attributes`) and "Type Adapter"; Pydantic 1.10, "ORM mode";
//! FastAPI 0.115, "Response Model"; SQLAlchemy 2.0, "Session API", "Query API", `Result`; SQLModel, "Read Data".
//!
//! Deliberately absent: code of modules outside functions, tests, types that only the body of a called function shows, what
//! `setattr` with a computed name sets, and closures over locals.

mod absence;
mod calls;
mod checks;
mod construct;
mod doubles;
mod evaluate;
mod filling;
mod flow;
mod listeners;
mod queries;
mod responses;
mod rows;
#[cfg(test)]
mod tests;
mod types;
mod unfollowed;
mod writes;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use alignment_model::code::{Class, Function, Language, Statement};
use alignment_model::entity::{Answers, Built, Detail, Entity, EntityKind};
use alignment_model::layer::Layer;
use alignment_model::project::{Conversion, ConversionKind, ModelWrite, Project, RowMade, Unfollowed};
use alignment_model::shape::DeclarationKey;
use alignment_model::{FileId, Span};

use self::flow::{Flow, Found, Returned};
use self::types::Key;
use crate::python::Names;
use crate::python::annotations::Annotations;
use crate::python::scope::each_statement;

/// Functions and classes inside each other that are read.
const MAX_NESTING: usize = 16;

/// Adds conversions. Entities must be there already.
pub fn collect(names: &Names<'_>, project: &mut Project) {
    let context = Context::new(names, project);
    let mut attached: HashSet<(Key, Box<str>)> = HashSet::new();
    let mut conversions: Vec<Conversion> = Vec::new();
    let mut from_fresh: Vec<(Key, Conversion)> = Vec::new();
    let mut returns: Returns = HashMap::new();
    let mut built: HashMap<Span, Built> = HashMap::new();
    let (mut writes, mut rows, mut handled) = (Vec::new(), Vec::new(), BTreeSet::new());
    let (mut unfollowed, mut statements, mut elsewhere) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
    let (mut constructed, mut completed) = (BTreeSet::new(), BTreeSet::new());
    for facts in names.input().facts {
        if facts.language != Language::Python || project.is_test(facts.file) {
            continue;
        }
        each_function(&facts.body, &mut |site, function| {
            let found = context.function(facts.file, &site, function);
            conversions.extend(found.conversions);
            from_fresh.extend(found.from_fresh);
            attached.extend(found.attached);
            writes.extend(found.writes);
            rows.extend(found.rows);
            handled.extend(found.handled);
            elsewhere.extend(found.elsewhere.iter().map(|key| (**key).clone()));
            completed.extend(found.completed.iter().map(|(key, field)| ((**key).clone(), field.clone())));
            constructed.extend(found.built.iter().map(|(key, _)| (**key).clone()));
            for unread in found.unfollowed {
                match unread.columns() {
                    (model, Some(write)) => statements.push(((*model).clone(), write)),
                    (model, None) => _ = unfollowed.insert((*model).clone()),
                }
            }
            let place = function.name_range.in_file(facts.file);
            if context.handlers.contains(&place) {
                returns.insert(place, found.returns);
                built.insert(place, responses::built(found.built, &found.given));
            }
        });
    }
    let data = responses::data(project, &returns);
    conversions.extend(responses::read(&context, project, &returns, &mut elsewhere));
    conversions.retain(|conversion| !context.is_attached(conversion, &attached));
    let shown: HashSet<(DeclarationKey, Option<DeclarationKey>)> =
        conversions.iter().map(|shown| (shown.target.clone(), shown.source.clone())).collect();
    let alone = from_fresh.into_iter().filter(|(source, conversion)| {
        !shown.contains(&(conversion.target.clone(), Some((**source).clone())))
    });
    conversions.extend(alone.map(|(_, conversion)| conversion));
    let doubles = doubles::read(&context, project);
    conversions.sort_by_key(|conversion| conversion.span);
    writes.sort_by_key(|write: &ModelWrite| write.span);
    rows.sort_by_key(|row: &RowMade| row.span);
    (project.writes, project.rows, project.handled) = (writes, rows, handled);
    (project.doubles, project.from_elsewhere, project.constructed) = (doubles, elsewhere, constructed);
    project.completed = completed;
    project.listeners = listeners::read(names.input());
    project.unfollowed =
        Unfollowed { models: unfollowed, statements, ..unfollowed::by_sql(names.input(), project) };
    project.conversions = conversions;
    for at in data {
        if let Some(Detail::Operation(operation)) =
            project.entities.get_mut(at).map(|entity| &mut entity.detail)
        {
            operation.serving.answers = Answers::Data;
        }
    }
    for entity in &mut project.entities {
        if let Detail::Operation(operation) = &mut entity.detail
            && let Some(built) = built.get(&entity.span)
        {
            operation.serving.built.clone_from(built);
        }
    }
}

/// What handlers return, by the place of their name.
type Returns = HashMap<Span, Vec<Returned>>;

/// What the readers of functions share.
struct Context<'c, 'n, 'a> {
    names: &'n Names<'a>,
    annotations: Annotations<'n, 'a>,
    models: HashMap<&'c DeclarationKey, &'c Entity>,
    schemas: HashMap<&'c DeclarationKey, &'c Entity>,
    /// Places of the names of functions that serve operations.
    handlers: HashSet<Span>,
    /// Whether a function, by its place, may return an object that it made: answers so far.
    makers: RefCell<HashMap<(FileId, u32), bool>>,
}

impl<'c, 'n, 'a> Context<'c, 'n, 'a> {
    fn new(names: &'n Names<'a>, project: &'c Project) -> Self {
        let of_layer = |layer: Layer| {
            let entities = project
                .entities
                .iter()
                .filter(move |entity| entity.layer() == layer && entity.kind != EntityKind::PythonEnum);
            entities.filter_map(|entity| Some((entity.declaration.as_ref()?, entity))).collect()
        };
        let handlers = project.operations().map(|(_, operation)| operation.span).collect();
        let (models, schemas) = (of_layer(Layer::Orm), of_layer(Layer::Schema));
        let annotations = Annotations::new(names);
        Self { names, annotations, models, schemas, handlers, makers: RefCell::default() }
    }

    fn function(&self, file: FileId, site: &Site, function: &'a Function) -> Found {
        // Of two functions of one path, names are seen from the last.
        let own = self.names.function(file, &site.path).is_some_and(|known| std::ptr::eq(known, function));
        let scope = if own { &site.path } else { &site.outer };
        let owner = site.in_class.then(|| DeclarationKey { file, path: site.outer.as_str().into() });
        Flow::read(self, file, scope, owner.as_ref(), &site.outer, function)
    }

    fn text(&self, file: FileId) -> &'a str {
        self.names.input().sources.text(file)
    }

    fn is_model(&self, key: &DeclarationKey) -> bool {
        self.models.contains_key(key)
    }

    /// Whether an entity is made from a class.
    fn is_entity(&self, key: &DeclarationKey) -> bool {
        self.models.contains_key(key) || self.schemas.contains_key(key)
    }

    /// Whether a class is neither model nor schema of a framework: a domain class, be it a dataclass.
    fn is_plain(&self, key: &DeclarationKey) -> bool {
        let schema = self.schemas.get(key).map(|entity| entity.kind);
        !self.is_model(key) && !matches!(schema, Some(EntityKind::Schema | EntityKind::TableSchema))
    }

    /// Whether a class declares an attribute, as far as that can be told.
    fn declares(&self, key: &DeclarationKey, attribute: &str) -> bool {
        let known = [self.models.get(key), self.schemas.get(key)];
        let fields = known.into_iter().flatten().any(|entity| entity.field(attribute).is_some());
        fields || self.names.attribute(key, attribute).is_some()
    }

    /// Whether code somewhere gives objects of the source an attribute that the target reads: what is validated has
    /// more than its class declares.
    fn is_attached(&self, conversion: &Conversion, attached: &HashSet<(Key, Box<str>)>) -> bool {
        let by_name = matches!(conversion.kind, ConversionKind::Validate(_) | ConversionKind::ResponseModel);
        let (Some(source), Some(target), false) =
            (&conversion.source, self.schemas.get(&conversion.target), attached.is_empty())
        else {
            return false;
        };
        let source = Key::new(source.clone());
        by_name && target.fields.iter().any(|field| attached.contains(&(source.clone(), field.name.clone())))
    }
}

/// Where a function stands.
struct Site {
    /// Its dotted path.
    path: String,
    /// The path of what it stands in; empty for a module.
    outer: String,
    in_class: bool,
}

/// Calls `visit` for every function of a module: methods and nested functions too.
fn each_function<'a>(body: &'a [Statement], visit: &mut dyn FnMut(Site, &'a Function)) {
    let mut open: Vec<(&'a [Statement], String, bool, usize)> = vec![(body, String::new(), false, 0)];
    while let Some((body, outer, in_class, depth)) = open.pop() {
        if depth > MAX_NESTING {
            continue;
        }
        let path_of = |name: &str| if outer.is_empty() { name.to_owned() } else { format!("{outer}.{name}") };
        each_statement(body, &mut |statement, _| match statement {
            Statement::Function(function) => {
                let path = path_of(&function.name);
                open.push((&function.body, path.clone(), false, depth + 1));
                visit(Site { path, outer: outer.clone(), in_class }, function);
            }
            Statement::Class(class) => {
                let class: &'a Class = class;
                open.push((&class.body, path_of(&class.name), true, depth + 1));
            }
            _ => {}
        });
    }
}
