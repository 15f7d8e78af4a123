//! Which sources of the database layer describe one database, which of them stands for it, and which are to agree.
//!
//! Declared comparisons are taken as they are. Others are inferred only where the evidence is clear: most of the tables are
//! the same, one side claims to be whole, and it is kept up. A schema file that migrations start from, and that holds nothing
//! of what they add, is where they start and no second declaration. Whether the two sides agree is for the rules.

use std::collections::BTreeSet;

use alignment_model::comparison::{FacetLevels, Relation, SourceComparison};
use alignment_model::entity::TableName;
use alignment_model::name::{NameScope, did_you_mean};
use alignment_model::project::{DatabaseSource, Project, SourceKind, Standing};
use alignment_model::{Confidence, Dialect, Problem, ProblemKind, Severity};

use super::entities::is_tool_table;
use super::schema::Additions;
use super::settings::{ConfiguredComparison, DatabaseSettings};
use super::sql_files::{Claim, claim};
use crate::alembic::Replay;

/// Says which sources are second to another, and compares what is to agree.
pub(super) fn compare(replays: &mut [Replay], settings: &DatabaseSettings, project: &mut Project) {
    let declared = |one| configured(replays, one, project);
    let mut comparisons: Vec<SourceComparison> = settings.comparisons.iter().filter_map(declared).collect();
    let sides: Vec<Side<'_>> = replays.iter().map(Side::new).collect();
    for (left, right) in pairs(replays.len()) {
        if comparisons.iter().any(|known| covers(known, left, right)) {
            continue;
        }
        comparisons.extend(inferred(&sides, left, right).or_else(|| inferred(&sides, right, left)));
    }
    comparisons.extend(running(&sides, &comparisons));
    project.impossible_comparisons.extend(foreign(&sides, &comparisons));
    let seconds = seconds(&sides, &comparisons);
    for (replay, second_to) in replays.iter_mut().zip(seconds) {
        replay.source.second_to = second_to;
    }
    project.comparisons = comparisons;
}

/// Every two positions once.
fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |left| (left + 1..count).map(move |right| (left, right)))
}

fn covers(comparison: &SourceComparison, left: usize, right: usize) -> bool {
    let sides = [comparison.left as usize, comparison.right as usize];
    sides == [left, right] || sides == [right, left]
}

fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A declared comparison, its sides found.
fn configured(
    replays: &[Replay],
    declared: &ConfiguredComparison,
    project: &mut Project,
) -> Option<SourceComparison> {
    let mut side = |name: &str, span| {
        let named = |replay: &Replay| *replay.source.name == *name || *replay.source.path == *name;
        let found = replays.iter().position(named);
        if found.is_none() {
            let near = did_you_mean(name, replays.iter().map(|replay| &*replay.source.name));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let message = format!("a comparison names the source `{name}`, which does not exist{hint}");
            project.problems.push(Problem { span, kind: ProblemKind::Configuration, message });
            project
                .impossible_comparisons
                .push(format!("the compared source `{name}` does not exist").into());
        }
        found
    };
    let left = side(&declared.left, declared.left_span);
    let right = side(&declared.right, declared.right_span);
    Some(SourceComparison {
        left: position(left?),
        right: position(right?),
        relation: declared.relation,
        tables: declared.tables.clone(),
        facets: declared.facets,
        allowed: declared.allowed.clone(),
        confidence: Confidence::Declared,
        reason: "`alignment.yaml` says so".into(),
        span: declared.span,
    })
}

/// One source with what the evidence needs.
struct Side<'r> {
    source: &'r DatabaseSource,
    /// Names of tables, those of tools left out, without schema and case.
    tables: BTreeSet<String>,
    /// Of those, the ones it makes, as against those it only changes.
    made: usize,
    deltas: Option<&'r Additions>,
    replay: &'r Replay,
}

impl<'r> Side<'r> {
    fn new(replay: &'r Replay) -> Self {
        let own = || replay.schema.tables.iter().filter(|(name, _)| !is_tool_table(name));
        Self {
            source: &replay.source,
            tables: own().map(|(name, _)| name.name.to_lowercase()).collect(),
            made: own().filter(|(_, table)| !table.assumed).count(),
            deltas: replay.schema.deltas.as_ref(),
            replay,
        }
    }

    fn common(&self, other: &Side<'_>) -> usize {
        self.tables.intersection(&other.tables).count()
    }

    fn claim(&self) -> Claim {
        match self.source.kind {
            SourceKind::SqlSchema if self.source.configured.is_none() => claim(&self.source.path),
            _ => Claim::Whole,
        }
    }

    /// Whether something of what changes add is in this schema: somebody keeps it up. At least a quarter, or it is an accident.
    fn keeps_up_with(&self, deltas: &Additions) -> bool {
        let holds = |(table, column): &&(TableName, Option<Box<str>>)| {
            self.replay
                .schema
                .tables
                .get(table)
                .is_some_and(|table| column.as_ref().is_none_or(|column| table.column(column).is_some()))
        };
        deltas.iter().filter(holds).count() * 4 >= deltas.len() && !deltas.is_empty()
    }
}

/// Whether most of the tables of the smaller side are in the other: three of five, and never one alone, for every other
/// service has `users`.
fn is_shared(common: usize, smaller: usize) -> bool {
    common >= 2 && common * 5 >= smaller * 3
}

/// What a running database is held against: the migrations that have most of its tables, else the schema that declares them.
/// It was named for this repository, so more is compared than between two files.
fn running(sides: &[Side<'_>], known: &[SourceComparison]) -> Vec<SourceComparison> {
    let is_running = |side: &Side<'_>| side.source.kind.standing() == Standing::Running;
    let mut comparisons = Vec::new();
    for (at, side) in sides.iter().enumerate().filter(|(_, side)| is_running(side)) {
        if known.iter().any(|one| one.left as usize == at || one.right as usize == at) {
            continue;
        }
        let others = sides.iter().enumerate().filter(|(_, other)| {
            !is_running(other) && other.source.dialect == side.source.dialect && side.common(other) > 0
        });
        let rank =
            |other: &Side<'_>| (trust(other.source.kind.standing()), std::cmp::Reverse(side.common(other)));
        let Some((with, _)) = others.min_by_key(|(_, other)| rank(other)) else { continue };
        let facets = FacetLevels {
            nullability: Some(Severity::Warning),
            default: Some(Severity::Warning),
            ..FacetLevels::default()
        };
        comparisons.push(SourceComparison {
            left: position(with),
            right: position(at),
            relation: Relation::Equal,
            tables: NameScope::default(),
            facets,
            allowed: Vec::new(),
            confidence: Confidence::Resolved,
            reason: "the database was named for this repository".into(),
            span: None,
        });
    }
    comparisons
}

/// Running databases that nothing in the repository describes.
fn foreign(sides: &[Side<'_>], known: &[SourceComparison]) -> Vec<Box<str>> {
    let running = sides.iter().enumerate().filter(|(_, side)| side.source.kind == SourceKind::Live);
    let alone = running
        .filter(|(at, _)| !known.iter().any(|one| one.left as usize == *at || one.right as usize == *at));
    let message = |(_, side): (usize, &Side<'_>)| {
        format!("`{}` has no table in common with what the repository declares", side.source.name).into()
    };
    alone.map(message).collect()
}

/// Two sources that are to agree without being told so: migrations and a schema that claims to be what they make, or one
/// database in two dialects.
fn inferred(sides: &[Side<'_>], left_at: usize, right_at: usize) -> Option<SourceComparison> {
    let (left, right) = (sides.get(left_at)?, sides.get(right_at)?);
    let (smaller, larger) =
        (left.tables.len().min(right.tables.len()), left.tables.len().max(right.tables.len()));
    let common = left.common(right);
    let both = common * 5 >= larger * 3;
    if !is_shared(common, smaller) || left.made == 0 || right.made == 0 {
        return None;
    }
    let standing = (left.source.kind.standing(), right.source.kind.standing());
    let relation = if left.source.dialect != right.source.dialect {
        if standing.0 == Standing::Running || standing.1 == Standing::Running || !both || left_at > right_at {
            return None;
        }
        let partial = |side: &Side<'_>| side.claim() == Claim::Nothing || side.deltas.is_some();
        if partial(left) || partial(right) {
            return None;
        }
        Relation::Equal
    } else {
        if standing != (Standing::Migrated, Standing::Declared) {
            return None;
        }
        match right.claim() {
            Claim::Nothing | Claim::Part => return None,
            Claim::Whole if common * 2 < larger && !lies_beside(left.source, right.source) => return None,
            _ => {}
        }
        let rests = left.source.files.iter().any(|file| right.source.files.contains(file));
        match left.deltas {
            Some(deltas) if !right.keeps_up_with(deltas) => return None,
            Some(_) => Relation::LeftSubset,
            None if rests || left.source.kind == SourceKind::CodeMigrations => Relation::LeftSubset,
            // Migrations that never touch a fifth of the declared tables add to a database that somebody else makes.
            None if common * 5 < right.tables.len() * 4 => Relation::LeftSubset,
            None => Relation::Equal,
        }
    };
    let reason = format!(
        "{common} of {} tables of `{}` are in `{}` too",
        left.tables.len(),
        left.source.name,
        right.source.name
    );
    Some(SourceComparison {
        left: position(left_at),
        right: position(right_at),
        relation,
        tables: NameScope::default(),
        facets: FacetLevels::default(),
        allowed: Vec::new(),
        confidence: if both { Confidence::Resolved } else { Confidence::Inferred },
        reason: reason.into(),
        span: None,
    })
}

/// Whether a schema file lies where the migrations do: in a folder around them, or in the one that theirs lies in.
fn lies_beside(migrations: &DatabaseSource, schema: &DatabaseSource) -> bool {
    let parent = |path: &str| path.rsplit_once('/').map_or(String::new(), |(parent, _)| parent.to_owned());
    let (around, folder) = (parent(&schema.path), &migrations.path);
    let beside = parent(&around);
    let holds = |outer: &str| folder.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    around.is_empty() || holds(&around) || (!beside.is_empty() && holds(&beside))
}

/// For each source, the one that stands for its database. Two trees of Alembic, or two services with migrations of their own,
/// each stand for themselves, whatever tables they have in common, unless one goes on where the other ends.
fn seconds(sides: &[Side<'_>], comparisons: &[SourceComparison]) -> Vec<Option<u32>> {
    let mut order: Vec<usize> = (0..sides.len()).collect();
    order.sort_by_key(|at| sides.get(*at).map(|side| (rank(side), *at)));
    let mut seconds: Vec<Option<u32>> = vec![None; sides.len()];
    for (nth, at) in order.iter().enumerate() {
        let Some(side) = sides.get(*at) else { continue };
        if side.source.kind == SourceKind::Alembic {
            if let Some(slot) = seconds.get_mut(*at) {
                *slot = side.replay.continues.map(position);
            }
            continue;
        }
        let stands = order.iter().take(nth).filter(|first| seconds.get(**first) == Some(&None));
        let found = stands.filter(|first| {
            let Some(other) = sides.get(**first) else { return false };
            let compared = comparisons.iter().any(|known| covers(known, *at, **first));
            let apart = other.source.kind == side.source.kind && other.source.dialect == side.source.dialect;
            let common = side.common(other);
            let smaller = side.tables.len().min(other.tables.len());
            compared || (!apart && (is_shared(common, smaller) || (common == 1 && side.tables.len() == 1)))
        });
        let common = |first: &&usize| sides.get(**first).map_or(0, |other| side.common(other));
        // Of several the one with most in common; the first of equals.
        let best = found.fold(None, |best: Option<&usize>, first| match best {
            Some(best) if common(&best) >= common(&first) => Some(best),
            _ => Some(first),
        });
        if let (Some(first), Some(slot)) = (best.copied(), seconds.get_mut(*at)) {
            *slot = Some(position(first));
        }
    }
    seconds
}

/// What stands for a database comes first: what changes it, then what declares it, then what it has; PostgreSQL before the
/// dialects that tests and small installations use; the larger one.
fn rank(side: &Side<'_>) -> impl Ord + use<> {
    let standing = trust(side.source.kind.standing());
    let aside = side.source.kind != SourceKind::Alembic;
    let dialect = side.source.dialect != Dialect::PostgreSql;
    (standing, aside, dialect, std::cmp::Reverse(side.made))
}

/// What changes a database stands for it before what declares it, and that before what it has: least first.
fn trust(standing: Standing) -> u8 {
    match standing {
        Standing::Migrated => 0,
        Standing::Declared => 1,
        Standing::Running => 2,
    }
}
