//! Columns that a response which mirrors its table leaves out.
//!
//! A schema may leave out what it likes, so that the absence alone informs. It weighs where something says that the column is meant
//! to arrive: a client type that reads it, a request that writes it, a column of the same kind that does arrive.

use std::collections::{BTreeMap, BTreeSet};

use alignment_graph::{Link, LinkKind, arriving, direction_of_name};
use alignment_model::entity::{Detail, EntityId, EntityKind, ExtraKeys, Field, FieldId, FieldKind};
use alignment_model::fix::Remedy;
use alignment_model::name::{NameKey, words};
use alignment_model::project::ConversionKind;
use alignment_model::{Confidence, Direction, Layer, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::internal::{is_internal, is_owner, is_secret};
use crate::persistence::is_column;
use crate::places::{count, entities, field, is_shown, listed};
use crate::remedies::schema_gains;
use crate::responses::reads_by_code;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "schema-field-missing",
    summary: "a response that mirrors its table leaves out columns",
    group: "schema",
    severity: Severity::Warning,
    check,
};

/// A schema with at least this share of the model's columns, in per cent, is a mirror of the table; one with less is a choice.
const MIRROR: usize = 60;

/// Share of the columns that travel, in per cent, from which on a column that does not may have been forgotten.
const NEARLY_ALL: usize = 80;

/// A schema with fewer columns than this may have chosen each.
const FEW: usize = 5;

/// Columns that are shown as ends of their own.
const SHOWN: usize = 8;

/// Client types that are shown for each.
const READERS: usize = 3;

fn check(context: &Context<'_>, findings: &mut Findings) {
    let mut by_model: BTreeMap<EntityId, Vec<&Link>> = BTreeMap::new();
    for link in context.graph.links(LinkKind::Fills).filter(|link| is_mirror(context, link)) {
        by_model.entry(link.lower).or_default().push(link);
    }
    for mut links in by_model.into_values() {
        // What several answers lack is told of the one that has most.
        links.sort_by_key(|link| (std::cmp::Reverse(link.pairs.len()), link.upper));
        let mut told = BTreeSet::new();
        for link in links {
            let mut missing = missing(context, link);
            missing.retain(|missing| matches!(missing.sign, Sign::Read(_)) || told.insert(missing.at));
            if missing.is_empty() {
                continue;
            }
            if context.graph.project().entity(link.upper).completeness.is_complete() {
                findings.add(draft(context, link, &missing));
            } else {
                findings.withhold(link.upper);
            }
        }
    }
}

/// A column that does not travel.
struct Missing<'c> {
    at: u32,
    column: &'c Field,
    sign: Sign,
}

/// What says that a column is meant to travel, the strongest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    /// A client type that takes the answer has a property of its name.
    Read(EntityId),
    /// A request writes it: the schema, and the field by position.
    Written(EntityId, u32),
    /// A column of the same type and half its name travels: the column by position.
    Sibling(u32),
    /// Only that most other columns do.
    None,
}

/// Whether a schema that operations answer with is read by name from a model and has most of its columns.
fn is_mirror(context: &Context<'_>, link: &Link) -> bool {
    let (model, schema) = entities(context, link);
    let Detail::Schema(detail) = &schema.detail else { return false };
    let open = detail.extra == ExtraKeys::Allowed || detail.root.is_some() || reads_by_code(schema);
    let columns = model.fields.iter().filter(|field| is_column(field)).count();
    schema.kind == EntityKind::Schema
        && direction_of_name(&schema.name) != Some(Direction::Write)
        && !open
        && link.flow.read
        && link.by_name
        && is_shown(link)
        && !is_view(context, link)
        && carried(context, link).count() * 100 >= columns * MIRROR
        && context.graph.reach(link.upper).read.is_some()
}

/// Whether code puts a schema together from the model and other things, so that it has chosen the fields, and only the name says that
/// the schema is read from the model.
fn is_view(context: &Context<'_>, link: &Link) -> bool {
    let project = context.graph.project();
    let schema = project.entity(link.upper).declaration.as_ref();
    link.confidence() < Confidence::Resolved
        && !link.unpaired_upper(project).is_empty()
        && project.conversions.iter().any(|conversion| {
            matches!(conversion.kind, ConversionKind::Construct(_))
                && Some(&conversion.target) == schema
                && !project.is_test(conversion.span.file)
        })
}

/// The columns that have a partner in the schema, by position.
fn carried<'c>(context: &'c Context<'_>, link: &'c Link) -> impl Iterator<Item = (u32, &'c Field)> {
    let of =
        |at: u32| field(context, link.lower, at).filter(|field| is_column(field)).map(|field| (at, field));
    link.pairs.iter().filter_map(move |pair| of(pair.lower))
}

fn missing<'c>(context: &'c Context<'_>, link: &Link) -> Vec<Missing<'c>> {
    let stand_ins = StandIns::of(context, link);
    let mut missing: Vec<Missing<'_>> = link
        .unpaired_lower(context.graph.project())
        .into_iter()
        .filter_map(|at| Some((at, field(context, link.lower, at).filter(|field| is_column(field))?)))
        .filter(|(at, column)| {
            let id = FieldId { entity: link.lower, field: *at };
            !stand_ins.are_for(&column.name)
                && is_there(context, id)
                && !is_given_by_path(context, link, column)
                && !travels_elsewhere(context, link, *at, column)
        })
        .map(|(at, column)| Missing { at, column, sign: sign(context, link, at, column) })
        .filter(|missing| is_missed(context, link, missing))
        .collect();
    missing.sort_by_key(|missing| (missing.sign, missing.at));
    missing
}

/// Whether anybody may miss a column. What the client reads it misses, whatever the name says, but for secrets.
fn is_missed(context: &Context<'_>, link: &Link, missing: &Missing<'_>) -> bool {
    let Missing { column, sign, .. } = missing;
    if matches!(sign, Sign::Read(_)) {
        return !is_secret(column);
    }
    let key = column.column.foreign_key;
    let is_told = *sign != Sign::None || carried(context, link).count() >= FEW;
    is_told && !is_internal(column) && !(key && (is_owner(column) || is_only_inside(context, link)))
}

/// Whether a schema travels only inside of another one, which says what the row belongs to.
fn is_only_inside(context: &Context<'_>, link: &Link) -> bool {
    let mut above = context.graph.above(link.upper).into_iter();
    !above.any(|link| link.kind == LinkKind::Carries && link.flow.read)
}

/// Fields of a schema that are read from no column: each may be one in another form, `owner` for `owner_id` or `tags` for `tags_json`.
struct StandIns {
    /// The words of each.
    fields: Vec<BTreeSet<String>>,
    /// The words of all columns.
    columns: Vec<BTreeSet<String>>,
}

impl StandIns {
    fn of(context: &Context<'_>, link: &Link) -> Self {
        let (model, schema) = entities(context, link);
        let is_read = |at: u32| {
            let mut pairs = link.pairs.iter().filter(|pair| pair.upper == at);
            pairs.any(|pair| field(context, link.lower, pair.lower).is_some_and(is_column))
        };
        let others = (0..).zip(&schema.fields).filter(|(at, _)| !is_read(*at));
        let fields = others.map(|(_, field)| telling(&field.name)).filter(|words| !words.is_empty());
        let columns = model.fields.iter().filter(|field| is_column(field));
        Self { fields: fields.collect(), columns: columns.map(|column| telling(&column.name)).collect() }
    }

    /// A field stands for the column of its words; where there is none, for each that has them among others, or only some of them.
    fn are_for(&self, column: &str) -> bool {
        let column = telling(column);
        self.fields.iter().any(|field| {
            *field == column
                || !self.columns.contains(field) && (field.is_subset(&column) || column.is_subset(field))
        })
    }
}

/// The words of a name without those that say in which form it is kept.
fn telling(name: &str) -> BTreeSet<String> {
    words(name).into_iter().filter(|word| !FORMS.contains(&word.as_str())).collect()
}

/// Words that say in which form something is kept, or that many names have.
const FORMS: &[&str] =
    &["id", "ids", "uuid", "json", "raw", "data", "is", "has", "at", "on", "list", "value", "name"];

/// Whether the column is in the database: what no migration makes is another rule's finding.
fn is_there(context: &Context<'_>, id: FieldId) -> bool {
    let below = context.graph.below(id.entity).into_iter();
    let mapped = below.filter(|link| link.kind == LinkKind::Maps).count() > 0;
    !mapped || !context.graph.fields_below(id).is_empty()
}

/// Whether an operation that answers with the schema has the column's value in its path.
fn is_given_by_path(context: &Context<'_>, link: &Link, column: &Field) -> bool {
    let project = context.graph.project();
    let key = NameKey::new(&column.name);
    let is_it = |field: &Field| field.kind == FieldKind::Path && NameKey::new(&field.name) == key;
    let operations = context.graph.operations_reaching(link.upper, Direction::Read);
    operations.iter().any(|operation| project.entity(*operation).fields.iter().any(is_it))
}

/// Whether another schema carries the column: an answer of the same model, or one that has what this one has and more. Then this one
/// leaves it out on purpose.
fn travels_elsewhere(context: &Context<'_>, link: &Link, at: u32, column: &Field) -> bool {
    let is_sent = |schema: EntityId| schema != link.upper && context.graph.reach(schema).read.is_some();
    let above = context.graph.fields_above(FieldId { entity: link.lower, field: at });
    let of_model = above
        .iter()
        .any(|other| other.link.kind == LinkKind::Fills && other.link.flow.read && is_sent(other.link.upper));
    let (_, schema) = entities(context, link);
    let wider = || {
        context.graph.project().layer(Layer::Schema).any(|(id, other)| {
            other.field(&column.name).is_some()
                && id != link.upper
                && direction_of_name(&other.name) != Some(Direction::Write)
                && schema.fields.iter().all(|field| other.field(&field.name).is_some())
        })
    };
    of_model || wider()
}

fn sign(context: &Context<'_>, link: &Link, at: u32, column: &Field) -> Sign {
    if let Some((client, _)) = readers(context, link, column).first() {
        return Sign::Read(*client);
    }
    let above = context.graph.fields_above(FieldId { entity: link.lower, field: at });
    let written = above.iter().find(|other| {
        other.link.kind == LinkKind::Fills
            && other.link.flow.write
            && other.link.confidence() >= Confidence::Resolved
            && context.graph.reach(other.link.upper).write.is_some()
    });
    match written {
        Some(other) => Sign::Written(other.field.entity, other.field.field),
        None => sibling(context, link, column).map_or(Sign::None, Sign::Sibling),
    }
}

/// The properties of client types that take the answer and expect the column in it: the hole is in the middle of the chain.
fn readers(context: &Context<'_>, link: &Link, column: &Field) -> Vec<(EntityId, u32)> {
    let key = NameKey::new(&column.name);
    let above = context.graph.above(link.upper).into_iter();
    let reads = |above: &&Link| above.kind == LinkKind::Delivers && above.flow.read && is_shown(above);
    let reader = |delivers: &Link| {
        let meant = |property: &Field| {
            let arrives = || arriving(&column.name, &delivers.keys).is_some_and(|key| *key == *property.name);
            property.kind == FieldKind::Field && (NameKey::new(&property.name) == key || arrives())
        };
        let mut free = delivers.unpaired_upper(context.graph.project()).into_iter();
        let found = free.find(|at| field(context, delivers.upper, *at).is_some_and(meant))?;
        Some((delivers.upper, found))
    };
    let found: BTreeSet<(EntityId, u32)> = above.filter(reads).filter_map(reader).collect();
    found.into_iter().collect()
}

/// A column of the same type that travels and has at least half the words of this one's name, at the beginning or end: of a family of
/// columns, one was forgotten. Only where nearly all columns travel.
fn sibling(context: &Context<'_>, link: &Link, column: &Field) -> Option<u32> {
    let (model, _) = entities(context, link);
    let columns = model.fields.iter().filter(|field| is_column(field)).count();
    if column.column.foreign_key || carried(context, link).count() * 100 < columns * NEARLY_ALL {
        return None;
    }
    let own = words(&column.name);
    let like = |other: &Field| {
        let words = words(&other.name);
        let before = own.iter().zip(&words).take_while(|(a, b)| a == b).map(|(word, _)| word);
        let behind =
            own.iter().rev().zip(words.iter().rev()).take_while(|(a, b)| a == b).map(|(word, _)| word);
        let common: Vec<&String> = before.chain(behind).collect();
        let says_something = common.iter().any(|word| !FORMS.contains(&word.as_str()));
        other.ty.shape == column.ty.shape && says_something && common.len() * 2 >= own.len()
    };
    carried(context, link).find(|(_, other)| like(other)).map(|(at, _)| at)
}

fn draft(context: &Context<'_>, link: &Link, missing: &[Missing<'_>]) -> Draft {
    let (model, schema) = entities(context, link);
    let columns = model.fields.iter().filter(|field| is_column(field)).count();
    let names = listed(missing.iter().map(|missing| &*missing.column.name));
    let (severity, why) = why(context, link, missing);
    let message = format!(
        "`{}` has {} of the {} of `{}` and leaves out {names}{why}",
        schema.name,
        carried(context, link).count(),
        count(columns, "column"),
        model.name,
    );
    let draft = Draft::over(context, link, severity, message)
        .direction(Direction::Read)
        .help(format!("add what clients are to see to `{}`", schema.name))
        .remedy(remedy(context, link, missing))
        .gathers_of(&schema.name, missing.iter().map(|missing| &*missing.column.name))
        .end(context, link.upper, "not sent");
    missing.iter().take(SHOWN).fold(draft, |draft, missing| {
        let draft = draft.field(context, link.lower, missing.at, "stored");
        match missing.sign {
            Sign::Read(_) => {
                let readers = readers(context, link, missing.column).into_iter().take(READERS);
                readers.fold(draft, |draft, (client, at)| {
                    draft.field(context, client, at, "expected, and always undefined")
                })
            }
            Sign::Written(schema, at) => draft.field(context, schema, at, "written from here"),
            Sign::Sibling(at) => draft.field(context, link.lower, at, "of the same kind, and sent"),
            Sign::None => draft,
        }
    })
}

/// Only where a client reads every one of them: else to leave it out may be meant.
fn remedy(context: &Context<'_>, link: &Link, missing: &[Missing<'_>]) -> Option<Remedy> {
    let all_read = missing.iter().all(|missing| matches!(missing.sign, Sign::Read(_)));
    let columns: Vec<&Field> = missing.iter().map(|missing| missing.column).collect();
    all_read.then(|| schema_gains(context, link.upper, &columns)).flatten()
}

/// What the strongest sign weighs, and how to say it.
fn why(context: &Context<'_>, link: &Link, missing: &[Missing<'_>]) -> (Severity, String) {
    let project = context.graph.project();
    let Some(first) = missing.first() else { return (Severity::Info, String::new()) };
    let same = |sign: &Sign| std::mem::discriminant(sign) == std::mem::discriminant(&first.sign);
    let meant: Vec<&str> =
        missing.iter().filter(|other| same(&other.sign)).map(|other| &*other.column.name).collect();
    let names = if meant.len() == missing.len() { "them".to_owned() } else { listed(meant.iter().copied()) };
    let names = if missing.len() == 1 { "it".to_owned() } else { names };
    let why = match first.sign {
        Sign::Read(client) => {
            format!(", while the client's `{}` reads {names}", project.entity(client).name)
        }
        Sign::Written(schema, _) => {
            format!(", while a request with `{}` writes {names}", project.entity(schema).name)
        }
        Sign::Sibling(at) => {
            let sibling = field(context, link.lower, at).map_or("", |field| &field.name);
            format!(", while it has `{sibling}`, a column like {names}")
        }
        Sign::None => return (Severity::Info, String::new()),
    };
    (Severity::Warning, why)
}
