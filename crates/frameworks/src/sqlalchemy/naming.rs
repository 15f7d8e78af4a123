//! Names of constraints and indexes by the naming convention of a metadata object.
//!
//! Source: SQLAlchemy 2.0, "Configuring Constraint Naming Conventions" and `sqlalchemy/sql/naming.py`; names beyond the database's
//! limit: `IdentifierPreparer.truncate_and_render_constraint_name`. Deliberately absent: tokens that are functions.

use alignment_model::database::{Index, IndexExpression};
use alignment_model::entity::{Constraint, ConstraintKind, ConstraintSort, TableName};

use super::md5::md5_hex;
use crate::python::Constant;

/// Longest name that PostgreSQL keeps.
const MAX_NAME: usize = 63;

/// What Alembic's `type_` of a constraint to drop means.
pub(crate) fn sort_of_type(type_: &str) -> Option<ConstraintSort> {
    match type_ {
        "foreignkey" => Some(ConstraintSort::ForeignKey),
        "primary" => Some(ConstraintSort::PrimaryKey),
        "unique" => Some(ConstraintSort::Unique),
        "check" => Some(ConstraintSort::Check),
        _ => None,
    }
}

/// A naming convention: a pattern for each kind of constraint (`ix`, `uq`, `ck`, `fk`, `pk`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamingConvention {
    patterns: Vec<(Box<str>, Box<str>)>,
}

impl Default for NamingConvention {
    /// SQLAlchemy's own, which names indexes alone.
    fn default() -> Self {
        Self { patterns: vec![("ix".into(), "ix_%(column_0_label)s".into())] }
    }
}

/// What a pattern may ask for.
struct Tokens<'t> {
    table: &'t TableName,
    columns: Vec<&'t str>,
    referred: Option<(&'t TableName, &'t [Box<str>])>,
    given: Option<&'t str>,
}

impl NamingConvention {
    /// A convention from the dictionary that `naming_convention=` is given.
    pub(crate) fn of(dictionary: &Constant) -> Option<Self> {
        let Constant::Map(entries) = dictionary else { return None };
        let pair = |(key, value): &(Constant, Constant)| match (key, value) {
            (Constant::Text(key), Constant::Text(pattern)) => Some((key.clone(), pattern.clone())),
            _ => None,
        };
        Some(Self { patterns: entries.iter().filter_map(pair).collect() })
    }

    /// The name of a constraint of `table`; `None` where the convention gives it none other than it has. A name of `op.f` is
    /// final.
    pub(crate) fn constraint(
        &self,
        table: &TableName,
        constraint: &Constraint,
        is_final: bool,
    ) -> Option<Box<str>> {
        let (key, columns, referred) = match &constraint.kind {
            ConstraintKind::PrimaryKey(columns) => ("pk", Some(columns), None),
            ConstraintKind::Unique(columns) => ("uq", Some(columns), None),
            ConstraintKind::ForeignKey(key) => {
                ("fk", Some(&key.columns), Some((&key.target, &key.target_columns[..])))
            }
            ConstraintKind::Check { .. } => ("ck", None, None),
            ConstraintKind::Exclusion(_) | ConstraintKind::Other => return None,
        };
        let columns = columns.into_iter().flatten().map(|column| &**column).collect();
        let tokens = Tokens { table, columns, referred, given: constraint.name.as_deref() };
        self.name(key, &tokens, is_final)
    }

    /// The name of an index.
    pub(crate) fn index(&self, index: &Index) -> Option<Box<str>> {
        let keys = index.keys.is()?;
        let columns = keys.iter().map_while(|key| match &key.expression {
            IndexExpression::Column(name) => Some(&**name),
            IndexExpression::Sql(_) => None,
        });
        let tokens = Tokens {
            table: &index.table,
            columns: columns.collect(),
            referred: None,
            given: index.name.as_deref(),
        };
        self.name("ix", &tokens, false)
    }

    /// The name that `drop_constraint(name, table, type_=...)` means.
    pub(crate) fn dropped(&self, table: &TableName, type_: &str, given: &str) -> Option<Box<str>> {
        let key = match sort_of_type(type_)? {
            ConstraintSort::ForeignKey => "fk",
            ConstraintSort::PrimaryKey => "pk",
            ConstraintSort::Unique => "uq",
            ConstraintSort::Check => "ck",
        };
        self.name(key, &Tokens { table, columns: Vec::new(), referred: None, given: Some(given) }, false)
    }

    fn name(&self, key: &str, tokens: &Tokens<'_>, is_final: bool) -> Option<Box<str>> {
        if is_final && tokens.given.is_some() {
            return tokens.given.map(truncated);
        }
        let (_, pattern) = self.patterns.iter().find(|(kind, _)| **kind == *key)?;
        if tokens.given.is_some() && !pattern.contains("%(constraint_name)s") {
            return None;
        }
        Some(truncated(&filled(pattern, tokens)?))
    }
}

/// A name that SQLAlchemy made, or took from `op.f`, cut to what the database keeps.
pub(crate) fn truncated(name: &str) -> Box<str> {
    if name.len() <= MAX_NAME {
        return name.into();
    }
    let digest = md5_hex(name);
    let kept: String = name.chars().take(MAX_NAME - 8).collect();
    format!("{kept}_{}", digest.get(digest.len() - 4..).unwrap_or_default()).into()
}

/// A pattern with its tokens filled in; `None` where one is not known.
fn filled(pattern: &str, tokens: &Tokens<'_>) -> Option<String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("%(") {
        let (token, tail) = after.split_once(")s")?;
        out.push_str(before);
        out.push_str(&value(token, tokens)?);
        rest = tail;
    }
    out.push_str(rest);
    Some(out.replace("%%", "%"))
}

fn value(token: &str, tokens: &Tokens<'_>) -> Option<String> {
    match token {
        "table_name" => return Some(tokens.table.name.to_string()),
        "constraint_name" => return tokens.given.map(ToOwned::to_owned),
        "referred_table_name" => return tokens.referred.map(|(table, _)| table.name.to_string()),
        _ => {}
    }
    let (referred, token) = match token.strip_prefix("referred_") {
        Some(rest) => (true, rest),
        None => (false, token),
    };
    let token = token.strip_prefix("column_")?;
    let digits = token.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = token.split_at_checked(digits)?;
    // All columns (`0N`, `0_N`), or one.
    let (separator, attribute) = match (rest.strip_prefix("N_"), rest.strip_prefix("_N_")) {
        (Some(attribute), _) => (Some(""), attribute),
        (_, Some(attribute)) => (Some("_"), attribute),
        _ => (None, rest.strip_prefix('_')?),
    };
    let columns: Vec<String> = match referred {
        true => tokens.referred?.1.iter().map(ToString::to_string).collect(),
        false => {
            tokens.columns.iter().map(|column| of_column(attribute, column, tokens)).collect::<Option<_>>()?
        }
    };
    match separator {
        Some(separator) => Some(columns.join(separator)),
        None => Some(columns.get(number.parse::<usize>().ok()?).cloned().unwrap_or_default()),
    }
}

fn of_column(attribute: &str, column: &str, tokens: &Tokens<'_>) -> Option<String> {
    match attribute {
        "name" | "key" => Some(column.to_owned()),
        "label" => Some(match &tokens.table.schema {
            Some(schema) => format!("{}_{}_{column}", schema.replace('.', "_"), tokens.table.name),
            None => format!("{}_{column}", tokens.table.name),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alignment_model::{FileId, Span};

    use super::*;

    fn convention(pairs: &[(&str, &str)]) -> NamingConvention {
        let entry = |(key, pattern): &(&str, &str)| {
            (Constant::Text((*key).into()), Constant::Text((*pattern).into()))
        };
        NamingConvention::of(&Constant::Map(pairs.iter().map(entry).collect())).expect("a dictionary")
    }

    #[test]
    fn patterns_name_what_has_no_name() {
        let naming = convention(&[
            ("uq", "uq_%(table_name)s_%(column_0_N_name)s"),
            ("ck", "ck_%(table_name)s_%(constraint_name)s"),
            ("pk", "pk_%(table_name)s"),
        ]);
        let table = TableName::new("lines");
        let span = Span::file_start(FileId::new(0));
        let named = |name: Option<&str>, kind: ConstraintKind, is_final: bool| {
            naming.constraint(&table, &Constraint::new(name.map(Into::into), kind, span), is_final)
        };
        let unique = || ConstraintKind::Unique(vec!["a".into(), "b".into()]);
        let check =
            || ConstraintKind::Check { text: alignment_model::Known::Is("a > 0".into()), values: None };
        assert_eq!(named(None, unique(), false).as_deref(), Some("uq_lines_a_b"));
        assert_eq!(named(Some("mine"), unique(), false), None);
        assert_eq!(named(Some("positive"), check(), false).as_deref(), Some("ck_lines_positive"));
        assert_eq!(named(Some("positive"), check(), true).as_deref(), Some("positive"));
        assert_eq!(named(None, check(), false), None);
        assert_eq!(naming.dropped(&table, "check", "positive").as_deref(), Some("ck_lines_positive"));
        assert_eq!(naming.dropped(&table, "unique", "mine"), None);
    }

    #[test]
    fn names_beyond_the_limit_end_in_a_digest() {
        let long = "fk_deliveries_of_orders_warehouse_location_id_warehouse_locations_of_regions";
        let name = truncated(long);
        assert_eq!(name.len(), MAX_NAME - 8 + 5);
        assert!(name.starts_with("fk_deliveries_of_orders_warehouse_location_id_warehouse"));
        assert_eq!(&*truncated("short"), "short");
    }
}
