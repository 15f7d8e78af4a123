//! Constraints and indexes as SQL.

use alignment_model::database::{Index, IndexExpression, IndexKey};
use alignment_model::entity::{Constraint, ConstraintKind, ForeignKey};
use alignment_model::shape::Value;
use alignment_model::{Dialect, Known};

use super::quote;

/// `CONSTRAINT name ...`, or why it cannot be written.
pub(super) fn constraint(constraint: &Constraint, dialect: Dialect) -> Result<String, String> {
    let body = body(&constraint.kind, constraint.terms.nulls_not_distinct, dialect)?;
    let mut sql = match &constraint.name {
        // MySQL has one name for every primary key.
        Some(name)
            if dialect != Dialect::MySql || !matches!(constraint.kind, ConstraintKind::PrimaryKey(_)) =>
        {
            format!("CONSTRAINT {} {body}", quote::name(name, dialect))
        }
        _ => body,
    };
    if constraint.terms.deferrable {
        sql.push_str(" DEFERRABLE");
        if constraint.terms.initially_deferred {
            sql.push_str(" INITIALLY DEFERRED");
        }
    }
    Ok(sql)
}

fn body(kind: &ConstraintKind, nulls_not_distinct: bool, dialect: Dialect) -> Result<String, String> {
    let nulls = if nulls_not_distinct { "NULLS NOT DISTINCT " } else { "" };
    Ok(match kind {
        ConstraintKind::PrimaryKey(columns) => format!("PRIMARY KEY ({})", quote::names(columns, dialect)),
        ConstraintKind::Unique(columns) => format!("UNIQUE {nulls}({})", quote::names(columns, dialect)),
        ConstraintKind::ForeignKey(key) => foreign_key(key, dialect),
        ConstraintKind::Check { text: Known::Is(text), .. } => {
            format!("CHECK {}", quote::parenthesised(text))
        }
        ConstraintKind::Check { values: Some((column, values)), .. } => {
            let values: Vec<String> = values.iter().map(literal).collect();
            format!("CHECK ({} IN ({}))", quote::name(column, dialect), values.join(", "))
        }
        ConstraintKind::Check { text: Known::Unknown(why), .. } => {
            return Err(format!("the condition of a check is unknown: {why}"));
        }
        ConstraintKind::Exclusion(Known::Is(text)) => format!("EXCLUDE {text}"),
        ConstraintKind::Exclusion(Known::Unknown(why)) => {
            return Err(format!("what an exclusion excludes is unknown: {why}"));
        }
        ConstraintKind::Other => return Err("a constraint that is not modelled".to_owned()),
    })
}

fn foreign_key(key: &ForeignKey, dialect: Dialect) -> String {
    let mut sql = format!(
        "FOREIGN KEY ({}) REFERENCES {}",
        quote::names(&key.columns, dialect),
        quote::qualified(&key.target, dialect)
    );
    if !key.target_columns.is_empty() {
        sql.push_str(&format!(" ({})", quote::names(&key.target_columns, dialect)));
    }
    for (event, action) in [("DELETE", &key.on_delete), ("UPDATE", &key.on_update)] {
        if let Some(action) = action {
            sql.push_str(&format!(" ON {event} {action}"));
        }
    }
    sql
}

fn literal(value: &Value) -> String {
    match value {
        Value::Text(text) => quote::text(text),
        other => other.plain(),
    }
}

/// `CREATE INDEX`, or why it cannot be written.
pub(super) fn index(index: &Index, dialect: Dialect) -> Result<String, String> {
    let keys = match &index.keys {
        Known::Is(keys) => keys.iter().map(|key| index_key(key, dialect)).collect::<Vec<_>>().join(", "),
        Known::Unknown(why) => return Err(format!("its keys are unknown: {why}")),
    };
    let mut sql = format!("CREATE {}INDEX", if index.unique { "UNIQUE " } else { "" });
    if let Some(name) = &index.name {
        sql.push_str(&format!(" {}", quote::name(name, dialect)));
    }
    sql.push_str(&format!(" ON {}", quote::qualified(&index.table, dialect)));
    if let Some(method) = &index.method {
        sql.push_str(&format!(" USING {method}"));
    }
    sql.push_str(&format!(" ({keys})"));
    if !index.include.is_empty() {
        sql.push_str(&format!(" INCLUDE ({})", quote::names(&index.include, dialect)));
    }
    if index.nulls_not_distinct {
        sql.push_str(" NULLS NOT DISTINCT");
    }
    if !index.options.is_empty() {
        sql.push_str(&format!(" WITH ({})", index.options));
    }
    match &index.condition {
        None => {}
        Some(Known::Is(condition)) => sql.push_str(&format!(" WHERE {condition}")),
        Some(Known::Unknown(why)) => return Err(format!("its condition is unknown: {why}")),
    }
    Ok(sql)
}

/// A key of an index.
pub(super) fn index_key(key: &IndexKey, dialect: Dialect) -> String {
    let expression = match &key.expression {
        IndexExpression::Column(name) => quote::name(name, dialect),
        IndexExpression::Sql(text) => quote::parenthesised(text),
    };
    match &*key.suffix {
        "" => expression,
        suffix => format!("{expression} {suffix}"),
    }
}
