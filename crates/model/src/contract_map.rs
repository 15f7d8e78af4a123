//! The map of contracts: every entity, what each of its fields promises, and which fields of neighbouring layers are the same field.
//! Self-contained, so that a report needs neither the graph nor the entities.

use std::collections::{BTreeSet, HashMap};

use crate::diagram::{Diagram, Edge, FieldNode, Node, PairEdge};
use crate::entity::{FieldKind, Presence};
use crate::finding::Finding;
use crate::known::Known;
use crate::layer::{Confidence, Layer};
use crate::source::Span;

/// Entities, the links between them, and what the repository says about its migrations and names as a whole.
#[derive(Clone, Debug, Default)]
pub struct ContractMap {
    /// Entities, from storage to screen.
    pub entities: Vec<EntityContract>,
    /// Links, in order of their ends; each two entities once.
    pub links: Vec<ContractLink>,
    /// Histories of changes to a database.
    pub histories: Vec<MigrationHistory>,
    /// What names constraints that the models leave without a name.
    pub naming: Vec<NamingConvention>,
}

/// One entity.
#[derive(Clone, Debug)]
pub struct EntityContract {
    /// Its layer.
    pub layer: Layer,
    /// What it is, as in machine formats: `table`, `model`, `schema`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The name that tells homonyms apart.
    pub qualname: String,
    /// The table that it is or maps to.
    pub table: Option<String>,
    /// Where it is declared.
    pub span: Span,
    /// It is listed and counted: no second description of a table, and no type written in place.
    pub listed: bool,
    /// Something in a neighbouring layer is to say the same. Not so for enumerations, settings and tables of a tool.
    pub expects_partner: bool,
    /// Why fields of it may not be known; empty where all are.
    pub incomplete: Vec<String>,
    /// Its fields, in the order of declaration.
    pub fields: Vec<FieldContract>,
    /// The values of an enumeration, as they travel.
    pub values: Option<Vec<String>>,
    /// The revision that made a table, where one did.
    pub made_by: Option<String>,
    /// Later changes to a table.
    pub changes: usize,
    /// How far it was compared.
    pub comparison: Comparison,
    /// Findings about it or its fields, by position.
    pub findings: BTreeSet<usize>,
}

/// What one field promises.
#[derive(Clone, Debug)]
pub struct FieldContract {
    /// Its name.
    pub name: String,
    /// The name its neighbours see, where it is another one.
    pub wire_name: Option<String>,
    /// What sort of field.
    pub kind: FieldKind,
    /// The promise in one line.
    pub contract: String,
    /// The type in the words of its layer.
    pub ty: String,
    /// Whether null is a legal value.
    pub nullable: Known<bool>,
    /// When it is there.
    pub presence: Known<Presence>,
    /// Its default in code, as written.
    pub default: Option<String>,
    /// The database's default, as SQL.
    pub server_default: Option<String>,
    /// The values allowed, where they are a closed set.
    pub values: Option<Vec<String>>,
    /// Its type and whether it may be null are known.
    pub is_known: bool,
    /// Where it is declared.
    pub span: Span,
    /// Findings about it, by position.
    pub findings: BTreeSet<usize>,
}

/// Two entities that say the same thing in two layers.
#[derive(Clone, Debug)]
pub struct ContractLink {
    /// The end nearer to storage, by position.
    pub lower: usize,
    /// The end nearer to the screen.
    pub upper: usize,
    /// Why the two are linked.
    pub reason: String,
    /// Where that stands.
    pub span: Span,
    /// How sure it is.
    pub confidence: Confidence,
    /// Fields that are the same field.
    pub pairs: Vec<FieldPair>,
    /// How far the two were compared.
    pub comparison: Comparison,
    /// Findings about both ends, by position.
    pub findings: BTreeSet<usize>,
}

/// Two fields that are the same field, by their positions in the two entities of a link.
#[derive(Clone, Debug)]
pub struct FieldPair {
    /// In the lower entity.
    pub lower: usize,
    /// In the upper entity.
    pub upper: usize,
    /// Why, where it is not simply the name.
    pub reason: Option<String>,
    /// Findings about both, by position.
    pub findings: BTreeSet<usize>,
}

/// How far something was compared. What is not known can never be found to drift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Comparison {
    /// Nothing to compare it with.
    #[default]
    NotComparable,
    /// Compared, but the link is less than sure, or something of an end is not known.
    Partly,
    /// Compared, with a sure link and everything known.
    Verified,
}

impl Comparison {
    /// The word in prose and machine formats.
    pub fn key(self) -> &'static str {
        match self {
            Comparison::NotComparable => "not comparable",
            Comparison::Partly => "partly",
            Comparison::Verified => "verified",
        }
    }
}

/// One history of changes to a database.
#[derive(Clone, Debug)]
pub struct MigrationHistory {
    /// Its folder or file.
    pub path: String,
    /// `alembic`, `sql-migrations`, ...
    pub kind: &'static str,
    /// Revisions or files.
    pub steps: usize,
    /// Revisions that nobody builds on.
    pub heads: Vec<String>,
    /// Revisions that build on nothing.
    pub bases: Vec<String>,
    /// Revisions that build on several others.
    pub merges: Vec<String>,
    /// What is broken in the chain.
    pub faults: usize,
    /// Statements that were not understood.
    pub unmodelled: usize,
}

/// What names constraints of the models of one metadata object.
#[derive(Clone, Debug)]
pub struct NamingConvention {
    /// The declarative base or metadata object.
    pub name: String,
    /// Models it holds.
    pub models: usize,
    /// Whether it has a naming convention of the project's own.
    pub has_convention: Known<bool>,
    /// Where it is made.
    pub span: Span,
}

impl ContractMap {
    /// Those of some entities that are linked with another of them.
    pub fn linked_among(&self, entities: &BTreeSet<usize>) -> BTreeSet<usize> {
        let ends = self.links.iter().map(|link| [link.lower, link.upper]);
        ends.filter(|ends| ends.iter().all(|end| entities.contains(end))).flatten().collect()
    }

    /// Marks what findings and their symptoms are about: their ends, and the links and pairs that have both ends of one.
    pub fn mark(&mut self, findings: &[Finding]) {
        let mut named: HashMap<(Layer, String), Vec<usize>> = HashMap::new();
        for (at, entity) in self.entities.iter().enumerate() {
            named.entry((entity.layer, entity.qualname.clone())).or_default().push(at);
        }
        let mut linked: HashMap<(usize, usize), usize> = HashMap::new();
        for (at, link) in self.links.iter().enumerate() {
            linked.insert((link.lower, link.upper), at);
        }
        let told =
            findings.iter().enumerate().flat_map(|(at, finding)| finding.told().map(move |told| (at, told)));
        for (number, finding) in told {
            let mut ends = Vec::new();
            for end in &finding.ends {
                let found = named.get(&(end.layer, end.qualname.clone())).into_iter().flatten();
                ends.extend(found.map(|at| (*at, end.field.as_deref())));
            }
            for (at, field) in &ends {
                self.mark_end(*at, *field, number);
            }
            for lower in &ends {
                for upper in &ends {
                    if let Some(link) = linked.get(&(lower.0, upper.0)) {
                        self.mark_link(*link, lower.1, upper.1, number);
                    }
                }
            }
        }
    }

    fn mark_end(&mut self, at: usize, field: Option<&str>, number: usize) {
        let entity = &mut self.entities[at];
        entity.findings.insert(number);
        let declared = entity.fields.iter_mut().find(|declared| Some(&*declared.name) == field);
        if let Some(declared) = declared {
            declared.findings.insert(number);
        }
    }

    fn mark_link(&mut self, at: usize, lower: Option<&str>, upper: Option<&str>, number: usize) {
        let link = &mut self.links[at];
        link.findings.insert(number);
        let (below, above) = (&self.entities[link.lower].fields, &self.entities[link.upper].fields);
        for pair in &mut link.pairs {
            let is =
                |field: Option<&FieldContract>, name| field.is_some_and(|field| Some(&*field.name) == name);
            if is(below.get(pair.lower), lower) && is(above.get(pair.upper), upper) {
                pair.findings.insert(number);
            }
        }
    }

    /// A drawing of these entities, with those of their fields that are wanted; unmarked.
    pub fn diagram(&self, wanted: &BTreeSet<usize>, draws: impl Fn(&FieldContract) -> bool) -> Diagram {
        let mut diagram = Diagram::default();
        let mut at: HashMap<usize, (usize, HashMap<usize, usize>)> = HashMap::new();
        for (position, entity) in self.entities.iter().enumerate().filter(|(at, _)| wanted.contains(at)) {
            let shown: Vec<usize> = entity
                .fields
                .iter()
                .enumerate()
                .filter(|(_, field)| draws(field))
                .map(|(at, _)| at)
                .collect();
            let field = |at: &usize| FieldNode {
                name: entity.fields[*at].name.clone(),
                contract: entity.fields[*at].contract.clone(),
                rules: BTreeSet::new(),
            };
            let positions = shown.iter().enumerate().map(|(drawn, at)| (*at, drawn)).collect();
            at.insert(position, (diagram.nodes.len(), positions));
            diagram.nodes.push(Node {
                layer: entity.layer,
                name: entity.name.clone(),
                qualname: entity.qualname.clone(),
                span: entity.span,
                fields: shown.iter().map(field).collect(),
                distance: 0,
                rules: BTreeSet::new(),
            });
        }
        for link in &self.links {
            let (Some((lower, below)), Some((upper, above))) = (at.get(&link.lower), at.get(&link.upper))
            else {
                continue;
            };
            let pair = |pair: &FieldPair| {
                let (lower, upper) = (*below.get(&pair.lower)?, *above.get(&pair.upper)?);
                Some(PairEdge { lower, upper, rules: BTreeSet::new() })
            };
            diagram.edges.push(Edge {
                lower: *lower,
                upper: *upper,
                reason: link.reason.clone(),
                span: link.span,
                confidence: link.confidence,
                pairs: link.pairs.iter().filter_map(pair).collect(),
                rules: BTreeSet::new(),
            });
        }
        diagram
    }
}
