//! What depends on a field or entity, what it rests on, and the calls of the client that pass it.

use std::collections::BTreeSet;

use alignment_model::entity::{EntityId, TableName};
use alignment_model::project::RowStatement;
use alignment_model::{Confidence, Layer};

use crate::ContractGraph;
use crate::link::{Evidence, LinkKind};
use crate::meaning::{Answer, Place};
use crate::trace::{Hop, hops, resolve};
use crate::walk::{Carriers, Walk, Way};

/// What a change of one field or entity touches.
#[derive(Clone, Debug)]
pub struct Impact {
    /// What was asked for.
    pub subject: Hop,
    /// What depends on it, from storage to screen.
    pub dependents: Vec<Hop>,
    /// What it rests on, from storage to screen.
    pub foundations: Vec<Hop>,
    /// Calls of the client that pass it, in order of place.
    pub calls: Vec<CallSite>,
    /// Statements of SQL in programs that name its column or table, in order of place.
    pub statements: Vec<StatementSite>,
}

/// A statement of SQL that names a column or table.
#[derive(Clone, Debug)]
pub struct StatementSite {
    /// The statement, by its position in [`Project::statements`](alignment_model::project::Project::statements).
    pub statement: usize,
    /// What it names.
    pub place: Place,
    /// How it names it.
    pub naming: Naming,
}

/// How a statement names a column or table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// By name, with its table or where no other table of the statement has such a column.
    Named,
    /// By `*`.
    Every,
}

/// A call of the client.
#[derive(Clone, Debug)]
pub struct CallSite {
    /// The call, by its position in [`Project::calls`](alignment_model::project::Project::calls).
    pub call: usize,
    /// The operation that it reaches.
    pub operation: EntityId,
    /// Why it reaches it, with the place of the call.
    pub evidence: Evidence,
    /// As sure as the weakest link between the call and what was asked for.
    pub confidence: Confidence,
}

pub(crate) fn impact(graph: &ContractGraph, name: &str) -> Answer<Impact> {
    resolve(graph, name).map(|place| of(graph, place))
}

fn of(graph: &ContractGraph, subject: Place) -> Impact {
    let up = Walk::new(graph, subject, Way::Up, Carriers::All);
    let down = Walk::new(graph, subject, Way::Down, Carriers::All);
    let is_other = |hop: &Hop| hop.place != subject;
    let mut dependents = hops(graph, &up);
    dependents.retain(is_other);
    let (foundations, own): (Vec<Hop>, Vec<Hop>) = hops(graph, &down).into_iter().partition(is_other);
    let calls = calls(graph, subject, &dependents);
    let subject = own.into_iter().next().expect("a walk holds its start");
    let statements = statements(graph, &subject, &foundations);
    Impact { subject, dependents, foundations, calls, statements }
}

/// The statements that name a column, or a table as a whole: what was asked for, or what an attribute that was asked for maps.
fn statements(graph: &ContractGraph, subject: &Hop, foundations: &[Hop]) -> Vec<StatementSite> {
    if !matches!(subject.layer, Layer::Database | Layer::Orm) {
        return Vec::new();
    }
    let stored: Vec<Place> = std::iter::once(subject)
        .chain(foundations)
        .filter(|hop| hop.layer == Layer::Database)
        .map(|hop| hop.place)
        .collect();
    let mut sites = Vec::new();
    for (statement, read) in graph.project().statements.iter().enumerate() {
        let named = stored.iter().find_map(|place| Some((*place, naming_of(graph, read, *place)?)));
        sites.extend(named.map(|(place, naming)| StatementSite { statement, place, naming }));
    }
    sites
}

/// How a statement names a place; a table without a schema is the one of the default schema.
fn naming_of(graph: &ContractGraph, statement: &RowStatement, place: Place) -> Option<Naming> {
    let table = graph.project().entity(place.entity).table()?;
    if !statement.tables.iter().any(|named| is_same(named, table)) {
        return None;
    }
    let Some(column) = place.field_id().and_then(|id| graph.field(id)) else { return Some(Naming::Named) };
    let is_named = statement.columns.iter().any(|(of, name)| {
        **name == *column.name
            && match of {
                Some(of) => is_same(of, table),
                None => owners(graph, statement, name) == 1,
            }
    });
    let every = || statement.every.iter().any(|named| is_same(named, table)).then_some(Naming::Every);
    is_named.then_some(Naming::Named).or_else(every)
}

/// How many tables of a statement have a column of this name.
fn owners(graph: &ContractGraph, statement: &RowStatement, column: &str) -> usize {
    let tables = graph.project().layer(Layer::Database).filter(|(_, entity)| {
        let own =
            entity.table().is_some_and(|table| statement.tables.iter().any(|named| is_same(named, table)));
        own && entity.field(column).is_some()
    });
    tables.count()
}

fn is_same(named: &TableName, table: &TableName) -> bool {
    named.name.eq_ignore_ascii_case(&table.name) && named.schema == table.schema
}

/// The calls of the operations that carry it; for a client type, those that name it or what contains it.
fn calls(graph: &ContractGraph, subject: Place, dependents: &[Hop]) -> Vec<CallSite> {
    let layer = graph.project().entity(subject.entity).layer();
    let mut carrying: Vec<(EntityId, Confidence)> = dependents
        .iter()
        .filter(|hop| hop.layer == Layer::Route)
        .map(|hop| (hop.place.entity, hop.confidence))
        .collect();
    if layer == Layer::Route {
        carrying.push((subject.entity, Confidence::Declared));
    }
    let named = (layer == Layer::Client).then(|| naming(graph, subject.entity));
    let mut sites = Vec::new();
    for call in 0..graph.project().calls.len() {
        for (operation, evidence) in graph.operations_of_call(call) {
            let carried = carrying.iter().find(|(other, _)| *other == operation).map(|(_, sure)| *sure);
            let is_named = named.as_ref().is_some_and(|named| named.contains(&(operation, call)));
            if let Some(sure) = carried.or(is_named.then_some(Confidence::Declared)) {
                let confidence = sure.min(evidence.confidence);
                sites.push(CallSite { call, operation, evidence: evidence.clone(), confidence });
            }
        }
    }
    sites.sort_by_key(|site| (site.evidence.span, site.operation));
    sites
}

/// The calls that name a client type, with the operation that each reaches.
fn naming(graph: &ContractGraph, client: EntityId) -> BTreeSet<(EntityId, usize)> {
    let mut named = BTreeSet::new();
    for link in graph.below(client) {
        let passages = link.passages.iter();
        named.extend(passages.map(|passage| (passage.operation, passage.call as usize)));
        if link.kind == LinkKind::Calls {
            let calls = graph.project().calls.iter().enumerate();
            let at = |span| link.evidence.iter().any(|evidence| evidence.span == span);
            let own = calls.filter(|(_, call)| at(call.span) || call.response_span.is_some_and(at));
            named.extend(own.map(|(position, _)| (link.lower, position)));
        }
    }
    named
}
