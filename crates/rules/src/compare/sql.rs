//! The type of a column as the migrations make it, against the type the model declares, both as PostgreSQL spells them.
//!
//! Spellings of one family that lose nothing (`varchar` and `text`, `json` and `jsonb`) are equal. A name that is no built-in
//! type (an enumeration, a domain) is only compared with another such name.

use alignment_model::entity::{Field, SqlType};
use alignment_model::shape::{Shape, Value};

/// How two types differ, with what breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// What sort of difference.
    pub(crate) kind: GapKind,
    /// The value that shows it, as a phrase.
    pub(crate) proof: String,
}

/// What sort of difference, lightest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum GapKind {
    /// The model is narrower than the column: what it writes fits.
    Narrower,
    /// Values are cut, rounded or refused, or lose their zone.
    Width,
    /// Values of another kind.
    Family,
}

/// Compares a column with the attribute that maps it.
pub(crate) fn gap(column: &Field, attribute: &Field) -> Option<Gap> {
    let (db, orm) = (column.ty.sql.as_ref()?, attribute.ty.sql.as_ref()?);
    if db == orm {
        return None;
    }
    let (db_family, orm_family) = (Family::of(column, db), Family::of(attribute, orm));
    let (db_family, orm_family) = (db_family?, orm_family?);
    if db.array != orm.array {
        return Some(family(db, orm));
    }
    if db_family != orm_family {
        return across(db, db_family, orm, orm_family);
    }
    match db_family {
        // The length of an enumeration stored as text is that of its longest label, not a promise.
        Family::Text => text(db, orm).and_then(|gap| match (gap.kind, longest(attribute)) {
            (GapKind::Narrower, Some(_)) => None,
            (GapKind::Width, Some(longest))
                if db.arguments.first().is_some_and(|limit| longest <= *limit) =>
            {
                Some(Gap {
                    kind: GapKind::Narrower,
                    proof: format!("no value has more than {longest} characters, so that all are stored"),
                })
            }
            _ => Some(gap),
        }),
        Family::Integer => integer(db, orm),
        Family::Moment if db.base != orm.base => Some(zone(db, orm)),
        Family::Vector if db.arguments != orm.arguments && !orm.arguments.is_empty() => {
            Some(Gap { kind: GapKind::Width, proof: format!("a vector for `{orm}` is refused by `{db}`") })
        }
        Family::Named if db.base != orm.base => Some(Gap {
            kind: GapKind::Width,
            proof: format!("a statement that casts to `{orm}` does not fit a column of type `{db}`"),
        }),
        _ => None,
    }
}

/// Compares a column with the one that its foreign key refers to: what the other holds and this one cannot. Numbers refer to
/// numbers, texts to texts and moments to moments whatever their widths (PostgreSQL 17, 5.5.5, and the operator families of
/// its B-tree indexes).
pub(crate) fn reference_gap(from: &Field, to: &Field) -> Option<Gap> {
    let (own, other) = (from.ty.sql.as_ref()?, to.ty.sql.as_ref()?);
    let (own_family, other_family) = (Family::of(from, own)?, Family::of(to, other)?);
    let refers = |family| match family {
        Family::Integer | Family::Float | Family::Exact => Family::Integer,
        Family::Date | Family::Moment => Family::Moment,
        other => other,
    };
    if own.array != other.array || refers(own_family) != refers(other_family) {
        let proof = format!("no value of `{other}` is one of `{own}`");
        return Some(Gap { kind: GapKind::Family, proof });
    }
    match (own_family, other_family) {
        (Family::Named, Family::Named) if own.base != other.base => {
            Some(Gap { kind: GapKind::Family, proof: format!("no value of `{other}` is one of `{own}`") })
        }
        // The length of an enumeration stored as text is that of its longest label, not a promise.
        (Family::Text, Family::Text)
            if from.ty.shape.values().is_none() && to.ty.shape.values().is_none() =>
        {
            let limits = own.arguments.first().filter(|_| &*own.base != "text");
            let wide = limits.copied().filter(|own| other.arguments.first().is_some_and(|other| other > own));
            wide.map(|limit| Gap {
                kind: GapKind::Width,
                proof: format!("a key of {} characters cannot be referred to", limit.saturating_add(1)),
            })
        }
        (Family::Integer, Family::Integer) => {
            let bits = integer_bits(own);
            (bits < integer_bits(other)).then(|| Gap {
                kind: GapKind::Width,
                proof: format!("the key {} cannot be referred to", 2_u64.pow(bits - 1)),
            })
        }
        _ => None,
    }
}

/// Types that hold the same kind of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    Text,
    Integer,
    Float,
    Exact,
    Bool,
    Uuid,
    Date,
    Time,
    Moment,
    Interval,
    Json,
    Bytes,
    Vector,
    /// An enumeration of the database.
    Named,
}

impl Family {
    pub(crate) fn of(field: &Field, sql: &SqlType) -> Option<Self> {
        // The shape of the element: an array is told apart before.
        let element = SqlType { array: false, ..sql.clone() };
        Some(match element.shape() {
            Some(Shape::Text) => Family::Text,
            Some(Shape::Int(_)) => Family::Integer,
            Some(Shape::Float) => Family::Float,
            Some(Shape::Decimal) => Family::Exact,
            Some(Shape::Bool) => Family::Bool,
            Some(Shape::Uuid) => Family::Uuid,
            Some(Shape::Date) => Family::Date,
            Some(Shape::Time) => Family::Time,
            Some(Shape::DateTime(_)) => Family::Moment,
            Some(Shape::Duration) => Family::Interval,
            Some(Shape::Json) => Family::Json,
            Some(Shape::Bytes) => Family::Bytes,
            Some(Shape::Vector) => Family::Vector,
            None if field.ty.shape.values().is_some() || matches!(field.ty.shape, Shape::Enum(_)) => {
                Family::Named
            }
            _ => return None,
        })
    }
}

/// Whether two columns of one dialect hold values of different kinds. Spellings that drivers and casts take for each other
/// (an enumeration or JSON as text) are of different kinds here: two databases that are to be the same store them differently.
pub(crate) fn classes_differ(one: &Field, other: &Field) -> bool {
    let (Some(one_sql), Some(other_sql)) = (&one.ty.sql, &other.ty.sql) else { return false };
    match (Family::of(one, one_sql), Family::of(other, other_sql)) {
        (Some(one), Some(other)) => one != other || one_sql.array != other_sql.array,
        _ => false,
    }
}

/// A default without what two spellings of one value differ in: case of words, white space, casts (`'a'::text`), quotes around a
/// number, parentheses around the whole. Other text in quotes stays as it is.
pub(crate) fn default_text(sql: &Option<Box<str>>) -> Option<String> {
    let text = sql.as_deref()?.trim();
    let text = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    let mut in_text = false;
    while let Some(character) = rest.next() {
        if character == '\'' {
            in_text = !in_text;
        }
        if in_text {
            out.push(character);
        } else if character == ':' && rest.peek() == Some(&':') {
            rest.next();
            while rest.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | ' ' | '.' | '"')).is_some() {}
        } else if !character.is_whitespace() {
            out.extend(character.to_lowercase());
        }
    }
    let number = out.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    if let Some(number) = number.filter(|number| number.parse::<f64>().is_ok()) {
        return Some(number.to_owned());
    }
    let known = match out.as_str() {
        "current_timestamp" | "current_timestamp()" | "now()" => "now()",
        "null" => return None,
        other => other,
    };
    Some(known.to_owned())
}

/// The length of the longest text that a column of listed values may store: the labels, where these are not the values.
fn longest(attribute: &Field) -> Option<u32> {
    let values = attribute.values.is().and_then(Option::as_deref).or_else(|| attribute.ty.shape.values())?;
    let lengths = values.iter().map(|value| match value {
        Value::Text(text) => u32::try_from(text.chars().count()).ok(),
        _ => None,
    });
    lengths.collect::<Option<Vec<u32>>>()?.into_iter().max()
}

fn text(db: &SqlType, orm: &SqlType) -> Option<Gap> {
    let limit = |sql: &SqlType| if &*sql.base == "text" { None } else { sql.arguments.first().copied() };
    match (limit(db), limit(orm)) {
        (Some(db_limit), orm_limit) if orm_limit.is_none_or(|orm| orm > db_limit) => Some(Gap {
            kind: GapKind::Width,
            proof: format!(
                "a text of {} characters fits `{orm}` and is refused by `{db}`",
                db_limit.saturating_add(1)
            ),
        }),
        (Some(db_limit), Some(orm_limit)) if orm_limit < db_limit => Some(Gap {
            kind: GapKind::Narrower,
            proof: format!(
                "the column holds texts of up to {db_limit} characters, the model says {orm_limit}"
            ),
        }),
        _ => None,
    }
}

fn integer(db: &SqlType, orm: &SqlType) -> Option<Gap> {
    let (db_bits, orm_bits) = (integer_bits(db), integer_bits(orm));
    if db_bits < orm_bits {
        let first_refused = 2_u64.pow(db_bits - 1);
        let proof = format!("{first_refused} fits `{orm}` and is out of range for `{db}`");
        return Some(Gap { kind: GapKind::Width, proof });
    }
    (db_bits > orm_bits).then(|| Gap {
        kind: GapKind::Narrower,
        proof: format!("the column holds numbers that `{orm}` does not"),
    })
}

fn integer_bits(sql: &SqlType) -> u32 {
    match &*sql.base {
        "int2" => 16,
        "int8" => 64,
        _ => 32,
    }
}

fn zone(db: &SqlType, orm: &SqlType) -> Gap {
    let (stored, said) = match &*db.base {
        "timestamptz" => ("with an offset", "without one"),
        _ => ("without an offset", "with one"),
    };
    Gap {
        kind: GapKind::Width,
        proof: format!(
            "the column gives moments {stored}, `{orm}` promises them {said}; comparing the two raises TypeError"
        ),
    }
}

/// Two families: some hold each other's values after rounding, most do not.
fn across(db: &SqlType, db_family: Family, orm: &SqlType, orm_family: Family) -> Option<Gap> {
    use Family as F;
    let number = |family| matches!(family, F::Integer | F::Float | F::Exact);
    let proof = match (orm_family, db_family) {
        (F::Float | F::Exact, F::Integer) => format!("1.5 written through `{orm}` is stored as 2"),
        (F::Exact, F::Float) => {
            format!("`{db}` stores 0.1 as the nearest binary fraction, `{orm}` promises it exactly")
        }
        (F::Float, F::Exact) => format!("`{db}` holds digits that `{orm}` rounds"),
        (F::Integer, _) if number(db_family) => format!("the column may hold 1.5, which `{orm}` does not"),
        // Drivers that do not cast accept a text for an enumeration and for JSON, and the reverse.
        (F::Named, F::Text) => {
            format!("drivers that cast the value to `{orm}` need that type in the database")
        }
        (F::Text, F::Named) => format!("a text that is no label of `{db}` is refused"),
        (F::Json, F::Text) | (F::Text, F::Json) => {
            format!("drivers that cast the value to `{orm}` are refused by a column of type `{db}`")
        }
        // PostgreSQL converts to text on assignment, and has no operator for the two (17, "CREATE CAST", "automatic I/O conversion casts").
        (F::Uuid, F::Text) => {
            let name = if &*db.base == "varchar" { "character varying" } else { &*db.base };
            let proof = format!(
                "a value is stored as text, but a statement that compares the two fails: operator does not exist: {name} = uuid"
            );
            return Some(Gap { kind: GapKind::Family, proof });
        }
        (F::Moment, F::Date) => {
            return Some(Gap {
                kind: GapKind::Family,
                proof: "2026-01-31 13:45 is stored as 2026-01-31".to_owned(),
            });
        }
        _ => return Some(family(db, orm)),
    };
    Some(Gap { kind: GapKind::Width, proof })
}

fn family(db: &SqlType, orm: &SqlType) -> Gap {
    let proof = format!("a value that `{orm}` writes is not one that a column of type `{db}` takes");
    Gap { kind: GapKind::Family, proof }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alignment_model::entity::{DeclaredType, FieldKind};
    use alignment_model::{FileId, Span};

    fn field(sql: SqlType) -> Field {
        let shape = sql.shape().unwrap_or(Shape::Text);
        let ty = DeclaredType { written: "".into(), shape, sql: Some(sql) };
        Field { ty, ..Field::new("x", FieldKind::Column, Span::file_start(FileId::new(0))) }
    }

    fn kind(db: SqlType, orm: SqlType) -> Option<GapKind> {
        gap(&field(db), &field(orm)).map(|gap| gap.kind)
    }

    #[test]
    fn listed_values_that_all_fit_are_stored() {
        let listed = |sql: SqlType, values: &[&str]| {
            let values = values.iter().map(|value| Value::Text((*value).into())).collect();
            let ty = DeclaredType { shape: Shape::Literals(values), ..field(sql.clone()).ty };
            Field { ty, ..field(sql) }
        };
        let kind = |values: &[&str]| {
            let attribute = listed(SqlType::new("varchar"), values);
            gap(&field(SqlType::with("varchar", [6])), &attribute).map(|gap| gap.kind)
        };
        assert_eq!(kind(&["open", "closed"]), Some(GapKind::Narrower));
        assert_eq!(kind(&["open", "reopened"]), Some(GapKind::Width));
    }

    #[test]
    fn spellings_that_lose_nothing_are_equal() {
        let plain = |base: &str| SqlType::new(base);
        for (db, orm) in [
            (plain("text"), plain("varchar")),
            (plain("varchar"), SqlType::with("varchar", [80])),
            (plain("jsonb"), plain("json")),
            (plain("float4"), plain("float8")),
            (SqlType::with("numeric", [10, 2]), plain("numeric")),
            (plain("my_domain"), plain("text")),
        ] {
            assert_eq!(kind(db.clone(), orm.clone()), None, "{db} {orm}");
        }
    }

    #[test]
    fn a_narrower_column_refuses_and_a_wider_one_does_not() {
        let text = |length| SqlType::with("varchar", [length]);
        assert_eq!(kind(text(10), text(20)), Some(GapKind::Width));
        assert_eq!(kind(text(20), text(10)), Some(GapKind::Narrower));
        assert_eq!(kind(text(10), SqlType::new("text")), Some(GapKind::Width));
        assert_eq!(kind(SqlType::new("int4"), SqlType::new("int8")), Some(GapKind::Width));
        assert_eq!(kind(SqlType::new("int8"), SqlType::new("int4")), Some(GapKind::Narrower));
        assert_eq!(kind(SqlType::new("timestamp"), SqlType::new("timestamptz")), Some(GapKind::Width));
    }

    #[test]
    fn a_foreign_key_needs_the_kind_and_the_room_of_what_it_refers_to() {
        let text = |length| SqlType::with("varchar", [length]);
        for (from, to, expected) in [
            (SqlType::new("uuid"), SqlType::new("text"), Some(GapKind::Family)),
            (SqlType::new("int4"), SqlType::new("int8"), Some(GapKind::Width)),
            (SqlType::new("int8"), SqlType::new("int4"), None),
            (text(36), text(255), Some(GapKind::Width)),
            (text(255), text(36), None),
            (text(36), SqlType::new("text"), None),
            (SqlType::new("timestamp"), SqlType::new("timestamptz"), None),
            (SqlType::new("my_domain"), SqlType::new("uuid"), None),
        ] {
            let found = reference_gap(&field(from.clone()), &field(to.clone())).map(|gap| gap.kind);
            assert_eq!(found, expected, "{from} {to}");
        }
    }

    #[test]
    fn other_kinds_of_values_are_another_family() {
        let array = SqlType { array: true, ..SqlType::new("uuid") };
        for (db, orm) in [
            (SqlType::new("varchar"), SqlType::new("uuid")),
            (SqlType::new("text"), SqlType::new("int4")),
            (SqlType::new("date"), SqlType::new("timestamp")),
            (array, SqlType::new("uuid")),
        ] {
            assert_eq!(kind(db.clone(), orm.clone()), Some(GapKind::Family), "{db} {orm}");
        }
    }
}
