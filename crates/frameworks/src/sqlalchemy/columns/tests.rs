use alignment_model::code::Statement;

use super::*;
use crate::testing::Repository;

/// What the call that `app.py` assigns last says, in few words.
fn column(arguments: &str) -> String {
    let text = format!(
        "import enum, datetime, uuid\nfrom sqlalchemy import *\nclass Size(str, enum.Enum):\n    S = 's'\ndef now(): ...\n\
         class User:\n    id = Column(Integer)\nOWNER = ForeignKey('users.id')\nC = Column({arguments})\n"
    );
    let repository = Repository::of(&text);
    let names = repository.names();
    let file = repository.file("app.py");
    let facts = repository.input().facts_of(file).expect("parsed");
    let value = facts.body.iter().rev().find_map(|statement| match statement {
        Statement::Assign(assign) => assign.value.as_ref(),
        _ => None,
    });
    let value = value.expect("a value");
    let read = read(At::new(&names, file, ""), value.as_call().expect("a call"), value.range);
    let mut words = Vec::new();
    if let Some(Known::Is(name)) = &read.name {
        words.push(format!("name {name}"));
    }
    if let Some(ty) = &read.ty {
        words.push(ty.sql.is().map_or("?".to_owned(), ToString::to_string));
    }
    for key in &read.foreign_keys {
        let target = match &key.target {
            Known::Is(Referred::Column(table, column)) => {
                format!("{table}.{}", column.as_deref().unwrap_or("*"))
            }
            Known::Is(Referred::Attribute(key, name)) => format!("{}@{name}", key.path),
            Known::Unknown(_) => "?".to_owned(),
        };
        words.push(format!(
            "-> {target}{}",
            key.on_delete.as_deref().map(|a| format!(" {a}")).unwrap_or_default()
        ));
    }
    match read.nullable {
        Some(Known::Is(nullable)) => words.push(format!("null={nullable}")),
        Some(Known::Unknown(_)) => words.push("null=?".to_owned()),
        None => {}
    }
    for (flag, word) in [
        (read.primary_key, "pk"),
        (read.unique, "unique"),
        (Known::Is(read.generated.is_generated()), "generated"),
    ] {
        words.extend(flag.is_yes().then(|| word.to_owned()));
    }
    match &read.default {
        Known::Is(Some(default)) => words.push(match &default.kind {
            DefaultKind::Scalar(value) => format!("= {}", value.plain()),
            DefaultKind::Container => format!("= {}", default.text),
            DefaultKind::Computed => format!("= {}()", default.text),
        }),
        Known::Is(None) => {}
        Known::Unknown(_) => words.push("= ?".to_owned()),
    }
    match &read.server_default {
        Known::Is(Some(sql)) => words.push(format!("sql {sql}")),
        Known::Is(None) => {}
        Known::Unknown(_) => words.push("sql ?".to_owned()),
    }
    words.join(" ")
}

use super::super::constraints::Referred;

#[test]
fn arguments_by_position_and_by_name() {
    for (arguments, expected) in [
        ("'a', String(3)", "name a varchar(3)"),
        ("String", "varchar"),
        ("'a', ForeignKey('users.id', ondelete='cascade')", "name a -> users.id CASCADE"),
        ("Integer, ForeignKey(User.id, ondelete='NO ACTION')", "int4 -> User@id"),
        ("Integer, OWNER", "int4 -> users.id"),
        ("ForeignKey('auth.users.id'), primary_key=True", "-> auth.users.id pk"),
        ("Integer, Identity(), primary_key=True", "int4 pk generated"),
        ("Integer, Computed('a + b')", "int4 generated"),
        ("name='a', type_=Text, nullable=False, unique=True", "name a text null=false unique"),
        ("Text, nullable=decide()", "text null=?"),
    ] {
        assert_eq!(column(arguments), expected, "{arguments}");
    }
}

#[test]
fn defaults_of_python_and_of_the_database() {
    for (arguments, expected) in [
        ("default='x'", "= x"),
        ("default=-1.5", "= -1.5"),
        ("default=Size.S", "= s"),
        ("default=Size.S.value", "= s"),
        ("default=list", "= list()"),
        ("default=uuid.uuid4", "= uuid.uuid4()"),
        ("default=datetime.datetime.utcnow", "= datetime.datetime.utcnow()"),
        ("default=lambda: 1", "= lambda: 1()"),
        ("default=now", "= now()"),
        ("default=func.now()", "= func.now()()"),
        ("default={'a': [1, None]}", "= {'a': [1, None]}"),
        ("default=now()", "= ?"),
        ("default=None", ""),
        ("server_default='x'", "sql 'x'"),
        // The quotes are part of the value: the literal has them doubled.
        ("server_default=\"'x'\"", "sql '''x'''"),
        ("server_default=text('now()')", "sql now()"),
        ("server_default=func.now()", "sql now()"),
        ("server_default=func.current_timestamp()", "sql CURRENT_TIMESTAMP"),
        ("server_default=func.timezone('utc', func.now())", "sql timezone('utc', now())"),
        ("server_default=true()", "sql true"),
        ("server_default=sql.expression.false()", "sql false"),
        ("server_default=Size.S", "sql 's'"),
        ("server_default=func.now(tz())", "sql ?"),
        ("server_default=FetchedValue()", "generated"),
    ] {
        assert_eq!(column(arguments), expected, "{arguments}");
    }
}
