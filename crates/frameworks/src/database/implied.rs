//! Names that PostgreSQL gives to constraints without one (`ChooseIndexName`, `ChooseConstraintName`, `makeObjectName` in its source):
//! `table_column_suffix`, cut to 63 bytes, with a number where the name is taken.

use alignment_model::Known;
use alignment_model::database::{Index, IndexExpression, IndexKey};
use alignment_model::entity::{ConstraintKind, TableName};

/// Longest identifier in bytes (`NAMEDATALEN` - 1).
const MAX_NAME: usize = 63;

/// The name PostgreSQL gives to a constraint of `table` that has none; `None` for kinds whose name cannot be known. A check is
/// called after its column (`checked`) where it names one only.
pub(crate) fn implied_name(
    table: &TableName,
    kind: &ConstraintKind,
    checked: Option<&str>,
    taken: &dyn Fn(&str) -> bool,
) -> Option<Box<str>> {
    let (columns, suffix): (String, &str) = match kind {
        ConstraintKind::PrimaryKey(_) => (String::new(), "pkey"),
        ConstraintKind::Unique(columns) => (columns.join("_"), "key"),
        ConstraintKind::ForeignKey(key) => (key.columns.join("_"), "fkey"),
        ConstraintKind::Check { text: Known::Unknown(_), values: None } => return None,
        ConstraintKind::Check { .. } => (checked.unwrap_or_default().to_owned(), "check"),
        ConstraintKind::Exclusion(_) | ConstraintKind::Other => return None,
    };
    let numbers = std::iter::once(String::new()).chain((1..1_000).map(|number| number.to_string()));
    let mut names = numbers.map(|number| object_name(&table.name, &columns, &format!("{suffix}{number}")));
    names.find(|name| !taken(name)).map(Into::into)
}

/// The name PostgreSQL gives to an index that has none (`ChooseIndexNameAddition`): an expression is called after its function.
pub(crate) fn index_name(index: &Index) -> Box<str> {
    let key = |key: &IndexKey| match &key.expression {
        IndexExpression::Column(name) => name.to_string(),
        IndexExpression::Sql(text) => match text.split_once('(') {
            Some((function, _)) if function.chars().all(|c| c.is_alphanumeric() || c == '_') => {
                function.to_lowercase()
            }
            _ => "expr".to_owned(),
        },
    };
    let keys: Vec<String> = index.keys.is().into_iter().flatten().map(key).collect();
    object_name(&index.table.name, &keys.join("_"), "idx").into()
}

/// An identifier as PostgreSQL keeps it: its first 63 bytes ("Identifiers and Key Words", 4.1.1 of its manual).
pub(crate) fn kept(name: &str) -> &str {
    let mut end = name.len().min(MAX_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

/// `first_second_label`, where the longer of the two names is cut until all fits.
fn object_name(first: &str, second: &str, label: &str) -> String {
    let overhead = label.len() + 1 + usize::from(!second.is_empty());
    let (mut first, mut second) = (first, second);
    while first.len() + second.len() + overhead > MAX_NAME && first.len() + second.len() > 0 {
        let longer = if first.len() > second.len() { &mut first } else { &mut second };
        let mut end = longer.len() - 1;
        while !longer.is_char_boundary(end) {
            end -= 1;
        }
        *longer = &longer[..end];
    }
    match second {
        "" => format!("{first}_{label}"),
        second => format!("{first}_{second}_{label}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unnamed_constraints_get_postgresqls_names() {
        let table = TableName::new("order_lines");
        let unique = ConstraintKind::Unique(vec!["order_id".into(), "position".into()]);
        let name = |kind: &ConstraintKind, taken: &[&str]| {
            implied_name(&table, kind, None, &|name| taken.contains(&name))
        };
        assert_eq!(name(&unique, &[]).as_deref(), Some("order_lines_order_id_position_key"));
        assert_eq!(
            name(&unique, &["order_lines_order_id_position_key"]).as_deref(),
            Some("order_lines_order_id_position_key1")
        );
        assert_eq!(
            name(&ConstraintKind::PrimaryKey(vec!["id".into()]), &[]).as_deref(),
            Some("order_lines_pkey")
        );
    }

    #[test]
    fn long_names_are_cut_at_the_longer_part() {
        let name = object_name(&"t".repeat(40), &"c".repeat(40), "fkey");
        assert_eq!(name, format!("{}_{}_fkey", "t".repeat(29), "c".repeat(28)));
        assert_eq!(name.len(), 63);
    }
}
