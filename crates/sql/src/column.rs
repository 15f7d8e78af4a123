//! One element between the commas of a `CREATE TABLE`, or after `ADD`: a column or a constraint.
//!
//! sqlparser reads it; what it refuses is read word by word, so that one odd element costs its own details and no more.

use alignment_model::database::Generated;
use alignment_model::entity::{Constraint, ConstraintKind, ConstraintTerms, ForeignKey, TableName};
use alignment_model::schema_change::{ColumnChange, HOLE};
use alignment_model::{Known, Span, Why};
use sqlparser::ast::{
    ColumnDef, ColumnOption, ColumnOptionDef, DeferrableInitial, Expr, ForeignKeyConstraint, GeneratedAs,
    GeneratedExpressionMode, Ident, IndexColumn, NullsDistinctOption, ReferentialAction, SequenceOptions,
    TableConstraint,
};

use crate::Dialect;
use crate::check::value_set;
use crate::context::Context;
use crate::cursor::{Cursor, Part, names};
use crate::name::{name, table_name};
use crate::parse::parse_start;
use crate::types::{ReadType, read_type};

/// What an element is.
pub(crate) enum Element {
    /// A column, and the constraints written at it.
    Column(Box<ColumnChange>, Vec<Constraint>),
    /// A constraint of the table.
    Constraint(Constraint),
    /// `LIKE other`.
    Like(TableName),
    /// An index or other thing that is no part of the shape.
    Ignored,
    /// Not even a name could be read.
    Unreadable,
}

/// Words that start a constraint in every dialect, and those that do in MySQL only (elsewhere they are names of columns).
const CONSTRAINT_HEADS: &[&str] = &["constraint", "primary", "unique", "foreign", "check", "exclude"];
const MYSQL_INDEX_HEADS: &[&str] = &["key", "index", "fulltext", "spatial"];

/// Words that end a type.
const OPTION_HEADS: &[&str] = &[
    "constraint",
    "not",
    "null",
    "default",
    "primary",
    "unique",
    "references",
    "check",
    "collate",
    "generated",
    "as",
    "auto_increment",
    "autoincrement",
    "identity",
    "on",
    "comment",
    "after",
    "first",
    "storage",
    "compression",
    "deferrable",
    "initially",
    "using",
];

/// Reads an element of `part`, whose place is relative to the statement.
pub(crate) fn read_element(context: &Context<'_>, part: Part<'_>) -> Element {
    let cursor = Cursor::new(part.text, context.dialect);
    let head = |words: &[&str]| words.iter().any(|word| cursor.is_word(word));
    if head(CONSTRAINT_HEADS) || (context.dialect == Dialect::MySql && head(MYSQL_INDEX_HEADS)) {
        return read_constraint(context, part);
    }
    if cursor.is_word("like") {
        let mut cursor = cursor;
        cursor.words("like");
        return cursor.table().map_or(Element::Unreadable, |other| Element::Like(context.resolve(other)));
    }
    if cursor.is_word("period") && context.dialect == Dialect::MySql {
        return Element::Ignored;
    }
    let parsed = parse_start(part.text, context.dialect, |parser| parser.parse_column_def());
    match parsed {
        Some((definition, rest)) if rest.as_deref().is_none_or(is_position) => {
            column(context, &definition, part)
        }
        _ => read_column_by_words(context, part),
    }
}

/// MySQL's `AFTER x` and `FIRST` say where a column stands.
fn is_position(word: &str) -> bool {
    word.eq_ignore_ascii_case("after") || word.eq_ignore_ascii_case("first")
}

fn column(context: &Context<'_>, definition: &ColumnDef, part: Part<'_>) -> Element {
    let span = context.span(part);
    let written = definition.data_type.to_string();
    let mut column = start_column(name(&definition.name), &written, context.dialect, span);
    let mut constraints = Vec::new();
    for option in &definition.options {
        apply_option(context, &mut column, option, span, &mut constraints);
    }
    Element::Column(Box::new(column), constraints)
}

/// A column of this type before its options.
fn start_column(name: Box<str>, written: &str, dialect: Dialect, span: Span) -> ColumnChange {
    let ReadType { ty, labels, generated } = read_type(written, dialect);
    ColumnChange {
        written: written.into(),
        enum_labels: labels,
        nullable: Known::Is(!generated.is_generated()),
        generated,
        ..ColumnChange::new(name, ty, span)
    }
}

fn apply_option(
    context: &Context<'_>,
    column: &mut ColumnChange,
    definition: &ColumnOptionDef,
    span: Span,
    constraints: &mut Vec<Constraint>,
) {
    let own = || vec![column.name.clone()];
    let terms = terms_of_option(&definition.option);
    let mut demand = |name_of: &Option<Ident>, kind: ConstraintKind| {
        let name = definition.name.as_ref().or(name_of.as_ref()).map(name);
        constraints.push(Constraint { terms, ..Constraint::new(name, kind, span) });
    };
    match &definition.option {
        ColumnOption::Null => column.nullable = Known::Is(true),
        ColumnOption::NotNull => column.nullable = Known::Is(false),
        ColumnOption::Default(value) => column.server_default = default_of(value),
        ColumnOption::PrimaryKey(key) => demand(&key.name, ConstraintKind::PrimaryKey(own())),
        ColumnOption::Unique(unique) => demand(&unique.name, ConstraintKind::Unique(own())),
        ColumnOption::ForeignKey(key) => {
            let foreign = foreign_key(context, key, own());
            demand(&key.name, foreign.map_or(ConstraintKind::Other, ConstraintKind::ForeignKey));
        }
        ColumnOption::Check(check) => demand(&check.name, check_kind(&check.expr)),
        ColumnOption::Generated {
            generated_as,
            sequence_options,
            generation_expr,
            generation_expr_mode,
            ..
        } => {
            column.generated = match generation_expr {
                Some(expression) => Generated::Computed {
                    expression: known_sql(expression),
                    stored: *generation_expr_mode != Some(GeneratedExpressionMode::Virtual)
                        && (generation_expr_mode.is_some() || context.dialect == Dialect::PostgreSql),
                },
                None => Generated::Identity {
                    always: *generated_as == GeneratedAs::Always,
                    options: sequence_options.as_deref().map(options_of).unwrap_or_default(),
                },
            };
            if generation_expr.is_none() {
                column.nullable = Known::Is(false);
            }
        }
        ColumnOption::Identity(_) => {
            column.generated = Generated::Identity { always: true, options: "".into() };
            column.nullable = Known::Is(false);
        }
        ColumnOption::DialectSpecific(tokens) => {
            let word = tokens.first().map(ToString::to_string).unwrap_or_default();
            if ["auto_increment", "autoincrement"].contains(&&*word.to_lowercase()) {
                column.generated = Generated::AutoIncrement;
            }
        }
        _ => {}
    }
}

/// A default as SQL; `DEFAULT NULL` is none.
pub(crate) fn default_of(value: &Expr) -> Known<Option<Box<str>>> {
    known_default(&value.to_string())
}

/// A default given as text.
pub(crate) fn known_default(text: &str) -> Known<Option<Box<str>>> {
    match text.trim() {
        hole if hole.contains(HOLE) => Known::Unknown(Why::DynamicExpression),
        null if null.eq_ignore_ascii_case("null") => Known::Is(None),
        text => Known::Is(Some(text.into())),
    }
}

/// An expression as SQL.
fn known_sql(expression: &Expr) -> Known<Box<str>> {
    match expression.to_string() {
        hole if hole.contains(HOLE) => Known::Unknown(Why::DynamicExpression),
        text => Known::Is(text.into()),
    }
}

fn options_of(options: &[SequenceOptions]) -> Box<str> {
    let options: Vec<String> = options.iter().map(|option| option.to_string().trim().to_owned()).collect();
    options.join(" ").into()
}

/// Goes past `GENERATED ... AS ...` and its like, if it is next.
pub(crate) fn generated(cursor: &mut Cursor<'_>, dialect: Dialect) -> Option<Generated> {
    let always = !cursor.words("generated by default");
    if always && !cursor.words("generated always") && !cursor.is_word("as") && !cursor.is_word("identity") {
        return None;
    }
    cursor.words("on null");
    cursor.words("as");
    if cursor.words("identity") {
        let options = cursor.parenthesis().map(|inside| inside.text.trim()).unwrap_or_default();
        return Some(Generated::Identity { always, options: options.into() });
    }
    let expression = match cursor.parenthesis() {
        Some(inside) if !inside.text.contains(HOLE) => Known::Is(inside.text.trim().into()),
        _ => Known::Unknown(Why::DynamicExpression),
    };
    let stored = cursor.words("stored") || (!cursor.words("virtual") && dialect == Dialect::PostgreSql);
    Some(Generated::Computed { expression, stored })
}

/// On what terms a constraint at a column holds.
fn terms_of_option(option: &ColumnOption) -> ConstraintTerms {
    let (characteristics, nulls) = match option {
        ColumnOption::ForeignKey(key) => (&key.characteristics, None),
        ColumnOption::PrimaryKey(key) => (&key.characteristics, None),
        ColumnOption::Unique(key) => (&key.characteristics, Some(&key.nulls_distinct)),
        _ => return ConstraintTerms::default(),
    };
    let initially = characteristics.as_ref().and_then(|one| one.initially);
    let initially_deferred = initially == Some(DeferrableInitial::Deferred);
    ConstraintTerms {
        deferrable: initially_deferred
            || characteristics.as_ref().and_then(|one| one.deferrable) == Some(true),
        initially_deferred,
        nulls_not_distinct: nulls == Some(&NullsDistinctOption::NotDistinct),
        not_valid: false,
    }
}

/// On what terms a constraint of a table holds, by the words outside its parentheses.
fn terms_of_words(part: Part<'_>, dialect: Dialect) -> ConstraintTerms {
    let mut terms = ConstraintTerms::default();
    let mut cursor = Cursor::new(part.text, dialect);
    while !cursor.is_done() {
        if cursor.words("not deferrable") {
            terms.deferrable = false;
        } else if cursor.words("deferrable") {
            terms.deferrable = true;
        } else if cursor.words("initially deferred") {
            (terms.deferrable, terms.initially_deferred) = (true, true);
        } else if cursor.words("nulls not distinct") {
            terms.nulls_not_distinct = true;
        } else if cursor.words("not valid") {
            terms.not_valid = true;
        } else if cursor.parenthesis().is_none() {
            cursor.next();
        }
    }
    terms
}

fn check_kind(condition: &Expr) -> ConstraintKind {
    let text = known_sql(condition);
    let values = text.is().and_then(|_| value_set(condition));
    ConstraintKind::Check { text, values }
}

fn foreign_key(
    context: &Context<'_>,
    key: &ForeignKeyConstraint,
    columns: Vec<Box<str>>,
) -> Option<ForeignKey> {
    let action = |action: &Option<ReferentialAction>| {
        action
            .as_ref()
            .filter(|action| **action != ReferentialAction::NoAction)
            .map(|action| action.to_string().into())
    };
    Some(ForeignKey {
        columns,
        target: context.resolve(table_name(&key.foreign_table)?),
        target_columns: key.referred_columns.iter().map(name).collect(),
        on_delete: action(&key.on_delete),
        on_update: action(&key.on_update),
    })
}

/// Plain columns of a key; `None` where one is an expression.
fn key_columns(columns: &[IndexColumn]) -> Option<Vec<Box<str>>> {
    let plain = |column: &IndexColumn| match &column.column.expr {
        Expr::Identifier(ident) => Some(name(ident)),
        _ => None,
    };
    columns.iter().map(plain).collect()
}

fn read_constraint(context: &Context<'_>, part: Part<'_>) -> Element {
    // What is left over says when a constraint holds (`NOT VALID`), not what it demands.
    let parsed = parse_start(part.text, context.dialect, |parser| parser.parse_optional_table_constraint());
    match parsed {
        Some((Some(constraint), _)) => table_constraint(context, &constraint, part),
        _ => read_constraint_by_words(context, part),
    }
}

fn table_constraint(context: &Context<'_>, constraint: &TableConstraint, part: Part<'_>) -> Element {
    let key = |columns: &[IndexColumn], kind: fn(Vec<Box<str>>) -> ConstraintKind| {
        key_columns(columns).map_or(ConstraintKind::Other, kind)
    };
    let (given, kind) = match constraint {
        TableConstraint::PrimaryKey(primary) => {
            (&primary.name, key(&primary.columns, ConstraintKind::PrimaryKey))
        }
        TableConstraint::Unique(unique) => {
            let given = if unique.name.is_some() { &unique.name } else { &unique.index_name };
            (given, key(&unique.columns, ConstraintKind::Unique))
        }
        TableConstraint::ForeignKey(foreign) => {
            let columns = foreign.columns.iter().map(name).collect();
            let kind = foreign_key(context, foreign, columns)
                .map_or(ConstraintKind::Other, ConstraintKind::ForeignKey);
            (&foreign.name, kind)
        }
        TableConstraint::Check(check) => (&check.name, check_kind(&check.expr)),
        TableConstraint::Exclude(exclude) => (&exclude.name, exclusion(part, context.dialect)),
        TableConstraint::PrimaryKeyUsingIndex(using) | TableConstraint::UniqueUsingIndex(using) => {
            (&using.name, ConstraintKind::Other)
        }
        TableConstraint::Index(_) | TableConstraint::FulltextOrSpatial(_) => return Element::Ignored,
    };
    let terms = terms_of_words(part, context.dialect);
    let name = given.as_ref().map(name);
    Element::Constraint(Constraint { terms, ..Constraint::new(name, kind, context.span(part)) })
}

/// An exclusion: everything after its head word.
fn exclusion(part: Part<'_>, dialect: Dialect) -> ConstraintKind {
    let mut cursor = Cursor::new(part.text, dialect);
    if cursor.words("constraint") {
        cursor.next();
    }
    match cursor.words("exclude").then(|| cursor.rest().text.trim()) {
        Some(text) if !text.contains(HOLE) => ConstraintKind::Exclusion(Known::Is(text.into())),
        _ => ConstraintKind::Exclusion(Known::Unknown(Why::DynamicExpression)),
    }
}

/// A constraint that sqlparser refuses: its name, and its columns where it is a key.
fn read_constraint_by_words(context: &Context<'_>, part: Part<'_>) -> Element {
    let mut cursor = Cursor::new(part.text, context.dialect);
    let given = if cursor.words("constraint") { cursor.name() } else { None };
    let columns = |cursor: &mut Cursor<'_>| cursor.parenthesis().map(|inside| names(inside, context.dialect));
    let kind = if cursor.words("primary key") {
        columns(&mut cursor).map(ConstraintKind::PrimaryKey)
    } else if cursor.words("unique") {
        columns(&mut cursor).map(ConstraintKind::Unique)
    } else if cursor.words("check") {
        let text = cursor.parenthesis().map(|inside| inside.text.into());
        Some(ConstraintKind::Check {
            text: text.map_or(Known::Unknown(Why::BrokenSyntax), Known::Is),
            values: None,
        })
    } else if cursor.is_word("exclude") {
        Some(exclusion(part, context.dialect))
    } else {
        None
    };
    let kind = kind.unwrap_or(ConstraintKind::Other);
    let terms = terms_of_words(part, context.dialect);
    Element::Constraint(Constraint { terms, ..Constraint::new(given, kind, context.span(part)) })
}

/// A column that sqlparser refuses: its name, its type up to the first option, and the options that are plain words.
fn read_column_by_words(context: &Context<'_>, part: Part<'_>) -> Element {
    let mut cursor = Cursor::new(part.text, context.dialect);
    let Some(name) = cursor.name() else { return Element::Unreadable };
    let type_start = cursor.position();
    skip_to_option(&mut cursor);
    let written = part.text[type_start..cursor.position()].trim();
    let span = context.span(part);
    let mut column = start_column(name, written, context.dialect, span);
    let mut constraints = Vec::new();
    let own = vec![column.name.clone()];
    while !cursor.is_done() {
        if cursor.words("not null") {
            column.nullable = Known::Is(false);
        } else if cursor.words("null") {
            column.nullable = Known::Is(true);
        } else if cursor.words("default") {
            let start = cursor.position();
            cursor.next();
            skip_to_option(&mut cursor);
            column.server_default = known_default(&part.text[start..cursor.position()]);
        } else if cursor.words("primary key") {
            let kind = ConstraintKind::PrimaryKey(own.clone());
            constraints.push(Constraint::new(None, kind, span));
        } else if cursor.words("unique") {
            constraints.push(Constraint::new(None, ConstraintKind::Unique(own.clone()), span));
        } else if cursor.one_of(&["auto_increment", "autoincrement"]) {
            column.generated = Generated::AutoIncrement;
        } else if let Some(generated) = generated(&mut cursor, context.dialect) {
            if !generated.is_computed() {
                column.nullable = Known::Is(false);
            }
            column.generated = generated;
        } else {
            cursor.next();
        }
    }
    Element::Column(Box::new(column), constraints)
}

/// Goes to the next option word outside parentheses.
fn skip_to_option(cursor: &mut Cursor<'_>) {
    while !cursor.is_done() && !OPTION_HEADS.iter().any(|word| cursor.is_word(word)) {
        if cursor.parenthesis().is_none() {
            cursor.next();
        }
    }
}
