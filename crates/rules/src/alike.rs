//! Findings that say the same of several columns of one table, or of one file of migrations: one mistake of one hand, told once with the list
//! of what it is in.
//!
//! An error stays alone, for each is to be mended before the next release. What a list gathers is named by single findings too, so
//! that a comparison of two analyses finds a column in either.

use std::collections::BTreeMap;

use alignment_model::Severity;

use crate::draft::Draft;
use crate::persistence::MappedColumn;
use crate::{Context, Findings};

/// One finding about a column, as one of those that may say the same.
pub(crate) struct Alike {
    /// The table and the model; the file of migrations and nothing.
    of: (String, String),
    /// What it says, without the name of the column.
    says: String,
    /// The column as it is listed.
    listed: String,
    draft: Draft,
}

impl Alike {
    /// A finding about a mapped column that says what `says` tells.
    pub(crate) fn new(mapped: &MappedColumn<'_>, says: impl Into<String>, draft: Draft) -> Self {
        let (table, model) = (mapped.table(), mapped.model());
        let of = (table.qualname.to_string(), model.qualname.to_string());
        Self::of_columns(of, &table.name, &mapped.column.name, says, draft)
    }

    /// A finding about a column as one of those, of any table, that a file of migrations makes.
    pub(crate) fn of_file(
        context: &Context<'_>,
        mapped: &MappedColumn<'_>,
        says: impl Into<String>,
        draft: Draft,
    ) -> Self {
        let (table, column) = (&mapped.table().name, &mapped.column.name);
        let file = context.graph.project().path(mapped.column.span.file).to_owned();
        let one = Self::of_columns((file, String::new()), table, column, says, draft);
        Self { listed: format!("`{table}.{column}`"), ..one }
    }

    /// The same for columns by name, of a table and a model by theirs.
    pub(crate) fn of_columns(
        of: (String, String),
        table: &str,
        column: &str,
        says: impl Into<String>,
        draft: Draft,
    ) -> Self {
        let draft = draft.gathers_of(table, [column]);
        Self { of, says: says.into(), listed: format!("`{column}`"), draft }
    }

    /// Adds to the name in a list what sets the column apart from the others.
    pub(crate) fn noted(mut self, note: &str) -> Self {
        self.listed.push_str(&format!(" ({note})"));
        self
    }
}

/// What findings share that are told together: the table and the model or the file, what they say, and their weight.
type Group = ((String, String), String, Severity);

/// Adds findings, those together that say the same of one table and model. `help` and `message` are those of several, the message made of
/// what they say, their number and their list.
pub(crate) fn add(
    findings: &mut Findings,
    all: Vec<Alike>,
    help: &str,
    message: impl Fn(&str, usize, &str) -> String,
) {
    let mut groups: BTreeMap<Group, Vec<(String, Draft)>> = BTreeMap::new();
    for Alike { of, says, listed, draft } in all {
        match draft.severity() {
            Severity::Error => findings.add(draft),
            severity => groups.entry((of, says, severity)).or_default().push((listed, draft)),
        }
    }
    for ((_, says, _), group) in groups {
        let (names, mut drafts): (Vec<String>, Vec<Draft>) = group.into_iter().unzip();
        let first = drafts.remove(0);
        findings.add(match drafts.is_empty() {
            true => first,
            false => first.together(drafts, message(&says, names.len(), &names.join(", "))).help(help),
        });
    }
}
