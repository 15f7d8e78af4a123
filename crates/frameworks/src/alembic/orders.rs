//! What a tree makes in the order of its graph, and what it would make in the order of its file names: the difference is what
//! reading the graph is worth. For measurements (`examples/orders.rs`); nothing else uses it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::graph::graph;
use super::replay::follow;
use super::revision::read;
use super::trees::{Tree, trees};
use crate::Input;
use crate::python::Names;

/// One tree in both orders.
#[derive(Debug)]
pub struct Orders {
    /// Its folder.
    pub path: Box<str>,
    /// How many revisions it has.
    pub revisions: usize,
    /// How many of them stand elsewhere in the order of file names.
    pub displaced: usize,
    /// Along `down_revision`.
    pub by_graph: Applied,
    /// By file name.
    pub by_name: Applied,
}

/// What an order makes of an empty database.
#[derive(Debug)]
pub struct Applied {
    /// Columns of each table.
    pub tables: BTreeMap<String, BTreeSet<String>>,
    /// Changes that fail, because what they need is not there: the revision and what is missing.
    pub failed: Vec<(String, String)>,
    /// How long it took to follow.
    pub took: Duration,
}

impl Applied {
    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.tables.values().map(BTreeSet::len).sum()
    }
}

/// Every tree of the repository in both orders.
pub fn orders(input: Input<'_>) -> Vec<Orders> {
    let names = Names::new(input);
    let revisions = input.facts.iter().filter_map(|facts| read(&names, facts.file, &facts.body)).collect();
    trees(input.sources, revisions).into_iter().map(|tree| both(input, &names, &tree)).collect()
}

fn both<'a>(input: Input<'a>, names: &Names<'a>, tree: &Tree<'a>) -> Orders {
    let (_, by_graph) = graph(&tree.revisions);
    let mut by_name = by_graph.clone();
    by_name.sort_by_key(|at| input.sources.path(tree.revisions[*at].file));
    Orders {
        path: tree.path.clone(),
        revisions: by_graph.len(),
        displaced: by_graph.iter().zip(&by_name).filter(|(a, b)| a != b).count(),
        by_graph: applied(names, tree, &by_graph),
        by_name: applied(names, tree, &by_name),
    }
}

fn applied<'a>(names: &Names<'a>, tree: &Tree<'a>, order: &[usize]) -> Applied {
    let start = Instant::now();
    let interpreter = follow(names, tree, order);
    let took = start.elapsed();
    let columns = interpreter.schema.tables.iter().map(|(name, table)| {
        (name.to_string(), table.columns.iter().map(|column| column.name.to_string()).collect())
    });
    let failed = interpreter.failed.iter().map(|failed| {
        let missing = &failed.missing;
        let what = match &missing.column {
            Some(column) => format!("{}.{column}", missing.table),
            None => missing.table.to_string(),
        };
        (failed.revision.to_string(), what)
    });
    Applied { tables: columns.collect(), failed: failed.collect(), took }
}
