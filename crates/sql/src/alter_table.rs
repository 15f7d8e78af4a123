//! `ALTER TABLE`: one action between two commas is read alone.

use alignment_model::database::Generated;
use alignment_model::entity::{ConstraintKind, ConstraintSort, SqlType, TableName};
use alignment_model::schema_change::{ChangeKind, ColumnChange};
use alignment_model::{Known, Why};

use crate::Dialect;
use crate::column::{Element, default_of, generated, known_default, read_element};
use crate::context::Context;
use crate::create_table::partition_bounds;
use crate::cursor::{Cursor, Part, split_commas};
use crate::parse::parse_start;
use crate::types::read_type;

/// Actions that change no column, constraint or name: the first words of each.
const WITHOUT_EFFECT: &[&str] = &[
    "owner to",
    "set tablespace",
    "set logged",
    "set unlogged",
    "set without",
    "set with",
    "set access",
    "set statistics",
    "reset",
    "cluster",
    "replica",
    "enable trigger",
    "disable trigger",
    "enable always",
    "enable replica",
    "enable rule",
    "disable rule",
    "no inherit",
    "inherit",
    "of",
    "not of",
    "algorithm",
    "lock",
    "engine",
    "auto_increment",
    "convert to",
    "default character",
    "default charset",
    "character set",
    "charset",
    "collate",
    "comment",
    "row_format",
    "alter constraint",
    "alter index",
    "order by",
    "detach partition",
    "add partition",
    "drop partition",
    "disable keys",
    "enable keys",
];

/// Reads what follows `ALTER TABLE`: what changes, and the table where it is altered only if it exists. `None` where not even
/// the table is named.
pub(crate) fn read_alter_table(
    context: &Context<'_>,
    cursor: &mut Cursor<'_>,
) -> Option<(Vec<ChangeKind>, Option<TableName>)> {
    let if_exists = cursor.words("if exists");
    cursor.words("only");
    let table = context.resolve(cursor.table()?);
    cursor.symbol(b'*');
    let mut changes = Vec::new();
    for part in split_commas(cursor.rest(), context.dialect) {
        let mut action = Action { context, table: &table, changes: &mut changes, part };
        if action.read().is_none() {
            let what: String = part.text.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
            changes.push(ChangeKind::Unmodelled {
                tables: vec![table.clone()],
                what: format!("`ALTER TABLE ... {what}`").into(),
            });
        }
    }
    Some((changes, if_exists.then_some(table)))
}

/// One action being read.
struct Action<'c, 'a> {
    context: &'c Context<'c>,
    table: &'c TableName,
    changes: &'c mut Vec<ChangeKind>,
    part: Part<'a>,
}

impl<'a> Action<'_, 'a> {
    /// `None` where it is not understood.
    fn read(&mut self) -> Option<()> {
        let mut cursor = Cursor::new(self.part.text, self.context.dialect);
        if cursor.one_of(WITHOUT_EFFECT) || (cursor.words("set") && cursor.symbol(b'(')) {
            return Some(());
        }
        cursor = Cursor::new(self.part.text, self.context.dialect);
        if cursor.words("rename") {
            self.rename(&mut cursor)
        } else if cursor.words("set schema") {
            let schema = self.context.resolve(TableName { schema: cursor.name(), name: "".into() }).schema;
            self.push(ChangeKind::MoveTable { table: self.table.clone(), schema });
            Some(())
        } else if cursor.words("add") {
            self.add(&mut cursor)
        } else if cursor.words("drop") {
            self.drop(&mut cursor)
        } else if cursor.words("alter") {
            self.alter_column(&mut cursor)
        } else if cursor.words("modify") {
            cursor.words("column");
            self.redefine(None, &mut cursor)
        } else if cursor.words("change") {
            cursor.words("column");
            let old = cursor.name()?;
            self.redefine(Some(old), &mut cursor)
        } else if let Some((enabled, forced)) = row_security(&mut cursor) {
            self.push(ChangeKind::RowSecurity { table: self.table.clone(), enabled, forced });
            Some(())
        } else if cursor.words("validate constraint") {
            let name = cursor.name()?;
            self.push(ChangeKind::ValidateConstraint { table: self.table.clone(), name });
            Some(())
        } else if cursor.words("attach partition") {
            let partition = self.context.resolve(cursor.table()?);
            let bounds = partition_bounds(&mut cursor);
            let bounds = bounds.map_or(Known::Unknown(Why::BrokenSyntax), Known::Is);
            self.push(ChangeKind::AttachPartition { table: self.table.clone(), partition, bounds });
            Some(())
        } else {
            None
        }
    }

    fn push(&mut self, change: ChangeKind) {
        self.changes.push(change);
    }

    /// The element that starts where the cursor stands.
    fn element(&self, cursor: &Cursor<'a>) -> Element {
        let rest = cursor.rest();
        read_element(self.context, Part { text: rest.text, start: self.part.start + rest.start })
    }

    fn rename(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        let table = self.table.clone();
        let change = if cursor.words("to") || cursor.words("as") {
            ChangeKind::RenameTable { from: table, to: cursor.table()?.name }
        } else if cursor.words("constraint") {
            let from = cursor.name()?;
            let to = cursor.words("to").then(|| cursor.name())??;
            ChangeKind::RenameConstraint { table, from, to }
        } else if cursor.one_of(&["index", "key"]) {
            let from = cursor.name()?;
            ChangeKind::RenameIndex { from, to: cursor.words("to").then(|| cursor.name())?? }
        } else {
            // The word COLUMN may be left out, and a column may be called so.
            let named = cursor.words("column") && !cursor.is_word("to");
            let from = if named || !cursor.is_word("to") { cursor.name()? } else { "column".into() };
            match cursor.words("to") {
                true => ChangeKind::RenameColumn { table, from, to: cursor.name()? },
                // MySQL: `RENAME new_name`.
                false if !named => ChangeKind::RenameTable { from: table, to: from },
                false => return None,
            }
        };
        self.push(change);
        Some(())
    }

    fn add(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        cursor.words("column");
        let if_not_exists = cursor.words("if not exists");
        // MySQL and Oracle: `ADD (a int, b int)`.
        if let Some(inside) = cursor.parenthesis() {
            for part in split_commas(inside, self.context.dialect) {
                let start = self.part.start + part.start;
                self.add_element(read_element(self.context, Part { text: part.text, start }), if_not_exists)?;
            }
            return Some(());
        }
        let element = self.element(cursor);
        self.add_element(element, if_not_exists)
    }

    fn add_element(&mut self, element: Element, if_not_exists: bool) -> Option<()> {
        let table = self.table.clone();
        match element {
            Element::Column(column, constraints) => {
                self.push(ChangeKind::AddColumn { table: table.clone(), column, if_not_exists });
                for constraint in constraints {
                    self.push(ChangeKind::AddConstraint { table: table.clone(), constraint });
                }
            }
            Element::Constraint(constraint) => self.push(ChangeKind::AddConstraint { table, constraint }),
            Element::Ignored => {}
            Element::Like(_) | Element::Unreadable => return None,
        }
        Some(())
    }

    fn drop(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        let table = self.table.clone();
        if cursor.one_of(&["constraint", "foreign key", "check"]) {
            let if_exists = cursor.words("if exists");
            let name = cursor.name()?;
            self.push(ChangeKind::DropConstraint { table, name, sort: None, if_exists });
            return Some(());
        }
        if cursor.words("primary key") {
            let name = format!("{}_pkey", table.name).into();
            let sort = Some(ConstraintSort::PrimaryKey);
            self.push(ChangeKind::DropConstraint { table, name, sort, if_exists: true });
            return Some(());
        }
        if self.context.dialect == Dialect::MySql && cursor.one_of(&["index", "key"]) {
            let name = cursor.name()?;
            self.push(ChangeKind::DropIndex { name });
            return Some(());
        }
        cursor.words("column");
        let if_exists = cursor.words("if exists");
        let column = cursor.name()?;
        let cascade = cursor.words("cascade");
        self.push(ChangeKind::DropColumn { table, column, if_exists, cascade });
        Some(())
    }

    fn alter_column(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        cursor.words("column");
        let mut change = AlterColumn::of(cursor.name()?);
        if cursor.one_of(&["set data type", "type"]) {
            let start = cursor.position();
            while !cursor.is_done() && !cursor.is_word("using") && !cursor.is_word("collate") {
                cursor.next();
            }
            let written = &self.part.text[start..cursor.position()];
            change.ty = Some(read_type(written, self.context.dialect).ty);
        } else if cursor.words("set default") {
            change.server_default = Some(self.default(cursor.rest().text));
        } else if cursor.words("drop default") {
            change.server_default = Some(Known::Is(None));
        } else if cursor.words("set not null") {
            change.nullable = Some(Known::Is(false));
        } else if cursor.words("drop not null") {
            change.nullable = Some(Known::Is(true));
        } else if cursor.words("add") && cursor.is_word("generated") {
            change.generated = generated(cursor, self.context.dialect);
            change.nullable = Some(Known::Is(false));
        } else if cursor.one_of(&["drop identity", "drop expression"]) {
            change.generated = Some(Generated::No);
        } else if cursor.one_of(&["set", "reset", "restart"]) {
            // Statistics, storage, compression, options of an identity.
            return Some(());
        } else {
            return None;
        }
        let change = change.on(self.table);
        self.push(change);
        Some(())
    }

    fn default(&self, text: &str) -> Known<Option<Box<str>>> {
        match parse_start(text, self.context.dialect, |parser| parser.parse_expr()) {
            Some((value, None)) => default_of(&value),
            _ => known_default(text),
        }
    }

    /// MySQL's `MODIFY` and `CHANGE`: the whole definition again.
    fn redefine(&mut self, old: Option<Box<str>>, cursor: &mut Cursor<'a>) -> Option<()> {
        let Element::Column(column, constraints) = self.element(cursor) else { return None };
        let ColumnChange { name, ty, nullable, server_default, generated, .. } = *column;
        let rename = old.as_ref().filter(|old| ***old != *name).map(|_| name.clone());
        let change = AlterColumn {
            column: old.unwrap_or(name),
            ty: Some(ty),
            nullable: Some(nullable),
            server_default: Some(server_default),
            generated: Some(generated),
            rename,
        };
        let change = change.on(self.table);
        self.push(change);
        for constraint in
            constraints.into_iter().filter(|constraint| constraint.kind != ConstraintKind::Other)
        {
            self.push(ChangeKind::AddConstraint { table: self.table.clone(), constraint });
        }
        Some(())
    }
}

/// [`ChangeKind::AlterColumn`] while it is put together.
struct AlterColumn {
    column: Box<str>,
    ty: Option<Known<SqlType>>,
    nullable: Option<Known<bool>>,
    server_default: Option<Known<Option<Box<str>>>>,
    generated: Option<Generated>,
    rename: Option<Box<str>>,
}

impl AlterColumn {
    fn of(column: Box<str>) -> Self {
        Self { column, ty: None, nullable: None, server_default: None, generated: None, rename: None }
    }

    fn on(self, table: &TableName) -> ChangeKind {
        let Self { column, ty, nullable, server_default, generated, rename } = self;
        ChangeKind::AlterColumn {
            table: table.clone(),
            column,
            ty,
            nullable,
            server_default,
            generated,
            rename,
        }
    }
}

/// `{ENABLE | DISABLE | FORCE | NO FORCE} ROW LEVEL SECURITY`: whether it is enabled, and whether the owner is subject to it.
fn row_security(cursor: &mut Cursor<'_>) -> Option<(Option<bool>, Option<bool>)> {
    const FORMS: &[(&str, Option<bool>, Option<bool>)] = &[
        ("enable row", Some(true), None),
        ("disable row", Some(false), None),
        ("force row", None, Some(true)),
        ("no force row", None, Some(false)),
    ];
    FORMS.iter().find(|(words, ..)| cursor.words(words)).map(|(_, enabled, forced)| (*enabled, *forced))
}
