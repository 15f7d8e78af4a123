//! A tree that changes tables which it does not make: it goes on where another ends, on the same database, with a version table of
//! its own.
//!
//! Source: Alembic 1.17, "Cookbook" (`version_table`, several environments on one database). Nothing in the files says which tree
//! comes first, so it is tried: a tree goes on where another ends if all its changes then find what they need, and if it makes
//! nothing that is there. Where no order works, what the trees share is not known.

use alignment_model::entity::TableName;
use alignment_model::{Span, Why};

use super::graph::graph;
use super::replay::{Replay, follow_on};
use super::trees::Tree;
use crate::database::schema::Schema;
use crate::python::Names;

/// Gives every tree the changes of those that go on where it ends; what is shared otherwise becomes doubtful.
pub(super) fn go_on<'a>(names: &Names<'a>, trees: &[Tree<'a>], replays: &mut [Replay]) {
    let mut open: Vec<usize> = (0..replays.len())
        .filter(|at| replays.get(*at).is_some_and(|replay| assumed(&replay.schema).next().is_some()))
        .collect();
    // One that goes on may be what another needs first: until none finds its base.
    loop {
        let before = open.len();
        open.retain(|at| !goes_on(names, trees, replays, *at));
        if open.len() == before {
            break;
        }
    }
    for at in open {
        doubt_shared(replays, at);
    }
}

/// Tables that a tree changes and does not make.
fn assumed(schema: &Schema) -> impl Iterator<Item = &TableName> {
    schema.tables.iter().filter(|(_, table)| table.assumed).map(|(name, _)| name)
}

/// Whether a schema has a table that its own changes make.
fn makes(schema: &Schema, name: &TableName) -> bool {
    schema.tables.get(name).is_some_and(|table| !table.assumed)
}

/// Lets a tree go on wherever it can; whether it can anywhere. One tree may serve two editions, each with a base of its own.
fn goes_on<'a>(names: &Names<'a>, trees: &[Tree<'a>], replays: &mut [Replay], at: usize) -> bool {
    let mut first = None;
    for base in (0..replays.len()).filter(|base| *base != at) {
        let Some(schema) = continued(names, trees, replays, base, at) else { continue };
        if let Some(base) = replays.get_mut(base) {
            base.makes(schema);
        }
        first = first.or(Some(base));
    }
    if let Some(replay) = replays.get_mut(at) {
        replay.continues = first;
    }
    first.is_some()
}

/// The schema of a base after the changes of a tree, if all of them find what they need.
fn continued<'a>(
    names: &Names<'a>,
    trees: &[Tree<'a>],
    replays: &[Replay],
    base: usize,
    at: usize,
) -> Option<Schema> {
    let (base, own, tree) = (replays.get(base)?, replays.get(at)?, trees.get(at)?);
    let remade = own.schema.tables.iter().any(|(name, table)| !table.assumed && makes(&base.schema, name));
    let is_base = base.continues.is_none() && assumed(&base.schema).next().is_none();
    if remade || !is_base {
        return None;
    }
    let (_, order) = graph(&tree.revisions);
    let followed = follow_on(names, tree, &order, base.schema.clone());
    let mut schema = followed.schema;
    // What is noticed on the way is told by the tree itself.
    schema.events.clone_from(&base.schema.events);
    followed.failed.is_empty().then_some(schema)
}

/// What a tree changes of another's tables, and no order explains: neither says what these tables are in the end.
fn doubt_shared(replays: &mut [Replay], at: usize) {
    let Some(own) = replays.get(at) else { return };
    let path = own.source.path.clone();
    let changed: Vec<(TableName, Span)> = assumed(&own.schema)
        .filter_map(|name| Some((name.clone(), own.schema.tables.get(name)?.span)))
        .collect();
    for base in replays.iter_mut().filter(|base| base.source.path != path) {
        let shared = || changed.iter().filter(|(name, _)| makes(&base.schema, name));
        // One table in common may be of another service's database: most of them are.
        if shared().count() * 5 < changed.len() * 3 {
            continue;
        }
        let mut schema = base.schema.clone();
        for (name, span) in shared() {
            schema.doubt(
                name,
                Why::UndefinedName,
                &format!("the migrations of `{path}` change it too"),
                *span,
            );
            schema.doubt_contents(name, Why::UndefinedName);
        }
        base.makes(schema);
    }
}
