//! Small functions -> the conversions they show, each on one line.

use alignment_model::project::{Conversion, ConversionKind, RowMade, Stored};

use crate::testing::Repository;

const HEAD: &str = "\
from typing import Annotated
from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
class Base(DeclarativeBase): pass
class Pot(Base):
    __tablename__ = 'pots'
    id: Mapped[int] = mapped_column(primary_key=True)
    glaze: Mapped[str]
    kiln: Mapped['Kiln'] = relationship()
class Kiln(Base):
    __tablename__ = 'kilns'
    id: Mapped[int] = mapped_column(primary_key=True)
    pots: Mapped[list[Pot]] = relationship()
class PotOut(BaseModel):
    id: int
    glaze: str
    owner: str = Field(default='', alias='ownerName')
class PotIn(BaseModel):
    glaze: str
class Tally:
    def one(self) -> Pot: ...
    async def many(self) -> list[Pot]: ...
def find(key: int) -> Pot | None: ...
shelf: dict[str, Pot] = {}
app = FastAPI()
";

/// `target <- source how`, with the mappings of a construction behind it.
fn line(conversion: &Conversion) -> String {
    let source = conversion.source.as_ref().map_or("?", |key| &key.path);
    let how = match &conversion.kind {
        ConversionKind::Validate(_) => "validate".to_owned(),
        ConversionKind::ResponseModel => "response".to_owned(),
        ConversionKind::Spread => "spread".to_owned(),
        ConversionKind::Construct(mappings) => {
            let mappings = mappings.iter().map(|mapping| {
                let shape = mapping.shape.as_ref().map(|shape| format!("({shape})"));
                let value = mapping.attribute.as_deref().map(str::to_owned).or(shape);
                format!("{}={}", mapping.field, value.as_deref().unwrap_or("?"))
            });
            mappings.collect::<Vec<_>>().join(" ")
        }
    };
    format!("{} <- {source} {how}", conversion.target.path)
}

#[track_caller]
fn check(source: &str, expected: &[&str]) {
    let project = Repository::of(&format!("{HEAD}{source}")).project();
    let found: Vec<String> = project.conversions.iter().map(line).collect();
    assert_eq!(found, expected, "{source}");
}

const VALIDATED: &[&str] = &["PotOut <- Pot validate"];

#[test]
fn validation_of_a_certain_object() {
    for value in [
        "PotOut.model_validate(db.get(Pot, key))",
        "PotOut.from_orm(db.query(Pot).filter(Pot.id == key).first())",
        "PotOut.model_validate(db.execute(select(Pot).where(Pot.id == key)).scalar_one())",
        "PotOut.model_validate(db.scalars(select(Pot)).first())",
        "[PotOut.model_validate(each) for each in db.execute(select(Pot)).scalars().all()]",
        "TypeAdapter(list[PotOut]).validate_python(db.query(Pot).order_by(Pot.id).all())",
        "PotOut.model_validate(find(key))",
        "PotOut.model_validate(shelf['first'])",
        "[PotOut.model_validate(each) for each in shelf.values()]",
        "{name: PotOut.model_validate(each) for name, each in shelf.items()}",
        "PotOut.model_validate(tally.one())",
        "PotOut.model_validate((await tally.many())[0])",
        "[PotOut.model_validate(pot) for pot in kiln.pots]",
        "PotOut.model_validate(next((p for p in kiln.pots if p.id), None))",
    ] {
        check(
            &format!("async def run(db: Session, key: int, tally: Tally, kiln: Kiln):\n    return {value}\n"),
            VALIDATED,
        );
    }
}

#[test]
fn validation_of_anything_else_says_nothing() {
    for value in [
        "PotOut.model_validate(raw)",
        "PotOut.model_validate(db.query(Pot, Kiln).first())",
        "PotOut.model_validate(db.query(Pot.glaze).first())",
        "PotOut.model_validate(db.execute(select(Pot)).first())",
        "PotOut.model_validate(db.query(Pot).with_entities(Pot.id).first())",
        "PotOut.model_validate(db.get(Pot, 1) or db.get(Kiln, 1))",
        "PotOut.model_validate(tally.many())",
        "[PotOut.model_validate(each) for each in raw]",
    ] {
        check(&format!("def run(db: Session, raw, tally: Tally):\n    return {value}\n"), &[]);
    }
}

#[test]
fn locals_are_what_all_branches_agree_on() {
    let out = "    return PotOut.model_validate(x)\n";
    let certain = [
        "    x = None\n    if key:\n        x = db.get(Pot, 1)\n",
        "    if key:\n        x = find(1)\n    else:\n        x = db.get(Pot, 1)\n",
        "    x = raw\n    if x is None:\n        raise KeyError\n    x = find(1)\n",
        "    if key:\n        x = raw\n        return x\n    else:\n        x = find(1)\n",
        "    try:\n        x = find(1)\n    except KeyError:\n        raise\n",
        "    xs = []\n    for each in db.query(Pot):\n        xs.append(each)\n    x = xs[0]\n",
    ];
    for body in certain {
        check(&format!("def run(db: Session, raw, key: int):\n{body}{out}"), VALIDATED);
    }
    let open = [
        "    x = find(1)\n    if key:\n        x = raw\n",
        "    x = find(1)\n    while key:\n        x = raw\n",
        "    x = find(1)\n    for each in raw:\n        PotOut.model_validate(x)\n        x = each\n",
        "    try:\n        x = find(1)\n    except KeyError:\n        x = raw\n",
        "    x = find(1)\n    for x in raw:\n        pass\n",
        "    xs = [find(1)]\n    xs.append(raw)\n    x = xs[0]\n",
    ];
    for body in open {
        check(&format!("def run(db: Session, raw, key: int):\n{body}{out}"), &[]);
    }
}

#[test]
fn what_handlers_return_through_their_response_model() {
    let route = "@app.get('/pots', response_model=";
    let one = &["PotOut <- Pot response"][..];
    let cases: &[(&str, &[&str])] = &[
        ("PotOut)\ndef read(db: Session) -> Pot: return db.other()\n", one),
        ("PotOut | None)\ndef read(db: Session): return db.get(Pot, 1)\n", one),
        ("list[PotOut])\ndef read(db: Session): return db.query(Pot).all()\n", one),
        (
            "list[PotOut])\nasync def read(t: Tally):\n    xs = await t.many()\n    return [x for x in xs if x.id]\n",
            one,
        ),
        (
            "PotOut)\ndef read(db: Session):\n    pot = Pot(glaze='red')\n    db.add(pot)\n    return pot\n",
            &["Pot <- ? glaze=(string)", "PotOut <- Pot response"],
        ),
        (
            "PotOut)\ndef read(k: Kiln, x: int):\n    if x:\n        return k\n    return find(x)\n",
            &["PotOut <- Kiln response", "PotOut <- Pot response"],
        ),
        ("PotOut)\ndef read(db: Session): return db.query(Pot).all()\n", &[]),
        ("list[PotOut])\ndef read(db: Session): return find(1)\n", &[]),
        ("PotOut)\ndef read(p: PotOut): return p\n", &[]),
        // The object is given what its class lacks.
        ("PotOut)\ndef read():\n    pot = find(1)\n    pot.owner = 'Ada'\n    return pot\n", &[]),
    ];
    for (source, expected) in cases {
        check(&format!("{route}{source}"), expected);
    }
}

#[test]
fn constructions_map_fields_of_one_source() {
    let cases: &[(&str, &str)] = &[
        ("PotOut(id=pot.id, glaze=pot.glaze.upper())", "PotOut <- Pot id=id glaze=?"),
        (
            "PotOut(id=pot.id, glaze=str(pot.id), ownerName=f'{raw}')",
            "PotOut <- Pot id=id glaze=(string) owner=(string)",
        ),
        ("PotOut(id=pot.id, glaze=raw.glaze)", "PotOut <- ? id=(int) glaze=?"),
        ("PotOut(id=raw.id)", "PotOut <- ? id=?"),
        ("Pot(glaze=payload.glaze)", "Pot <- PotIn glaze=glaze"),
        ("PotOut(**pot.__dict__)", "PotOut <- Pot spread"),
        ("PotOut(**pot.__dict__, owner='Ada')", "PotOut <- ? owner=(string)"),
        ("Pot(**payload.model_dump(exclude_unset=True), id=1)", "Pot <- PotIn spread"),
        ("Pot(**payload.dict())", "Pot <- PotIn spread"),
    ];
    for (value, expected) in cases {
        check(&format!("def run(pot: Pot, payload: PotIn, raw):\n    return {value}\n"), &[expected]);
    }
    for silent in ["Pot(**payload.model_dump(exclude={'glaze'}))", "PotOut(**raw)", "Tally()"] {
        check(&format!("def run(payload: PotIn, raw):\n    return {silent}\n"), &[]);
    }
    let changed =
        "def run(payload: PotIn):\n    data = payload.model_dump()\n    data['id'] = 1\n    Pot(**data)\n";
    check(changed, &[]);
}

#[test]
fn objects_just_made_say_nothing_about_columns() {
    let helpers = "def make() -> Pot:\n    pot = Pot()\n    return pot\n";
    for made in ["Pot()", "make()"] {
        let source = format!("{helpers}def run():\n    pot = {made}\n    return PotOut(id=pot.id)\n");
        check(&source, &["PotOut <- ? id=(int)"]);
    }
    // Where other code reads rows, that counts.
    let read = "def read():\n    pot = find(1)\n    return PotOut(id=pot.id)\n";
    let both = format!("{helpers}{read}def run():\n    pot = make()\n    return PotOut(id=pot.id)\n");
    check(&both, &["PotOut <- Pot id=id"]);
}

#[test]
fn class_methods_make_their_class() {
    let source = "class Card(BaseModel):\n    id: int\n    @classmethod\n    def of(cls, pot: Pot) -> 'Card':\n        \
                  return cls(id=pot.id)\ndef run(pot: Pot):\n    return Card.of(pot)\n";
    check(source, &["Card <- Pot id=id"]);
}

#[test]
fn constructors_of_the_project_take_parameters() {
    check(
        "class Jar(BaseModel):\n    id: int\n    def __init__(self, pot):\n        super().__init__(id=pot.id)\ndef run(p: Pot):\n    Jar(pot=p.id)\n",
        &[],
    );
}

#[test]
fn constructors_that_hand_their_keywords_on_take_fields() {
    let jar = |body: &str| {
        format!(
            "class Jar(BaseModel):\n    id: int\n    def __init__(self, **data):\n{body}def run(p: Pot):\n    Jar(id=p.id)\n"
        )
    };
    let handed =
        "        \"\"\"Keeps the pot.\"\"\"\n        super().__init__(**data)\n        self.full = True\n";
    check(&jar(handed), &["Jar <- Pot id=id"]);
    check(&jar("        data['id'] = 1\n        super().__init__(**data)\n"), &[]);
    check(&jar("        super().__init__(id=1, **data)\n"), &[]);
}

/// `model: what it is given`, with `+` before what its class may set.
fn rows(source: &str) -> Vec<String> {
    let project = Repository::of(&format!("{HEAD}{source}")).project();
    let words = |words: &[Box<str>]| words.iter().map(|word| format!(" {word}")).collect::<String>();
    let row = |row: &RowMade| {
        let schema = row.schema.as_ref().map_or(String::new(), |schema| format!(" *{}", schema.path));
        format!("{}:{schema}{}{}", row.model.path, words(&row.given), words(&row.class_sets))
    };
    project.rows.iter().map(row).collect()
}

#[test]
fn rows_tell_what_is_none_in_a_case() {
    for (body, expected) in [
        ("db.add(Pot(id=1, glaze=raw if raw else None))", "glaze"),
        ("db.add(Pot(id=raw or None, glaze=None))", "id glaze"),
        ("db.add(Pot(id=1 if raw else 2, glaze=raw or 'red'))", ""),
        ("pot = Pot(glaze=None)\n    pot.glaze = 'red'\n    db.add(pot)", ""),
    ] {
        let source = format!("{HEAD}def run(db: Session, raw: str):\n    {body}\n");
        let project = Repository::of(&source).project();
        let nulls: Vec<&str> = project.rows[0].nulls.iter().map(|name| &**name).collect();
        assert_eq!(nulls.join(" "), expected, "{body}");
    }
}

#[test]
fn rows_that_are_added_are_whole() {
    let cases: &[(&str, &[&str])] = &[
        ("db.add(Pot(id=1))", &["Pot: id"]),
        ("db.add(Pot(**payload.model_dump(), id=1))", &["Pot: *PotIn id"]),
        ("pot = Pot(id=1)\n    pot.glaze = 'red'\n    db.add(pot)", &["Pot: id glaze"]),
        ("pot = Pot()\n    db.add(pot)\n    setattr(pot, 'glaze', raw)", &["Pot: glaze"]),
        ("pot = Pot()\n    db.add(pot)\n    db.flush()\n    fill(pot)", &["Pot:"]),
        ("db.add_all([Pot(id=1), Kiln(id=2)])", &["Pot: id", "Kiln: id"]),
        // Another function may give it more, nobody adds it, or what is spread is not known.
        ("pot = Pot()\n    fill(pot)\n    db.add(pot)", &[]),
        ("pot = Pot()\n    db.add(pot)\n    return pot", &[]),
        ("pot = Pot()\n    db.add(pot)\n    later(lambda: pot)", &[]),
        ("pot = Pot()\n    setattr(pot, raw, 1)\n    db.add(pot)", &[]),
        ("pot = Pot(id=1)", &[]),
        ("db.add(Pot(**raw))", &[]),
        ("seen = set()\n    seen.add(Pot(id=1))", &[]),
    ];
    for (body, expected) in cases {
        let source = format!("def run(db: Session, payload: PotIn, raw):\n    {body}\n");
        assert_eq!(rows(&source), *expected, "{body}");
    }
}

#[test]
fn rows_may_be_filled_by_their_class() {
    let class = "class Vase(Base):\n    __tablename__ = 'vases'\n    id: Mapped[int] = mapped_column(primary_key=True)\n    \
                 def stamp(self):\n        self.kind = 'tall'\n        if self.kind == 'x': pass\n";
    let source = format!("{class}def run(db: Session):\n    db.add(Vase(id=1))\n");
    assert_eq!(rows(&source), ["Vase: id kind"]);
}

#[test]
fn listeners_set_attributes_of_any_row() {
    let listener = "from sqlalchemy import event\n@event.listens_for(Pot, 'before_insert')\ndef fill(mapper, connection, target):\n    \
                    target.glaze = 'red'\n    if target.id == 1: pass\n";
    let read = |source: &str| Repository::of(&format!("{HEAD}{source}")).project().listeners;
    let found = read(listener);
    assert!(found.sets.contains("glaze") && !found.sets.contains("id") && !found.any);
    assert!(read(&format!("{listener}    setattr(target, name, 1)\n")).any);
    assert!(read("pot.glaze = 'red'\n").sets.is_empty());
}

#[test]
fn tests_show_nothing() {
    let text = format!("{HEAD}def test_it(pot: Pot):\n    PotOut.model_validate(pot)\n");
    assert_eq!(Repository::new(&[("tests/test_pots.py", &text)]).project().conversions.len(), 0);
}

#[test]
fn deep_and_long_code_is_read_within_bounds() {
    let nested = format!("def run(pot: Pot):\n    return {}pot{}\n", "f(".repeat(3000), ")".repeat(3000));
    check(&nested, &[]);
    let mut chain = String::from("def run(pot: Pot, n: int):\n    if n == 0:\n        x = pot\n");
    (1..2000).for_each(|n| chain.push_str(&format!("    elif n == {n}:\n        x = pot\n")));
    chain.push_str("    return PotOut.model_validate(x)\n");
    check(&chain, VALIDATED);
}

/// The attributes of the source that are not None where `PotOut` is made, or may have been asked about: one text for each conversion.
#[track_caller]
fn checked(body: &str, expected: &[&str]) {
    let head = "def run(db: Session, pot: Pot, others: list[Pot], slim: bool, label: str):\n";
    let project = Repository::of(&format!("{HEAD}{head}{body}")).project();
    let found: Vec<String> = project.conversions.iter().map(|made| made.checked.join(" ")).collect();
    assert_eq!(found, expected, "{body}");
}

#[test]
fn conditions_keep_none_out_where_they_hold() {
    let make = "PotOut(id=pot.id, glaze=pot.glaze)";
    for (code, expected) in [
        ("    return MAKE\n", ""),
        ("    if pot.glaze is not None:\n        return MAKE\n", "glaze"),
        ("    if pot.glaze != None:\n        return MAKE\n", "glaze"),
        ("    if pot.glaze is None:\n        return MAKE\n", ""),
        ("    if not pot.glaze or slim:\n        return None\n    return MAKE\n", "glaze"),
        ("    if pot.glaze is None:\n        raise ValueError\n    return MAKE\n", "glaze"),
        ("    if pot.glaze is None:\n        print(1)\n    return MAKE\n", ""),
        ("    if pot.glaze:\n        print(1)\n    else:\n        return MAKE\n", ""),
        ("    assert pot.glaze\n    return MAKE\n", "glaze"),
        ("    return MAKE if pot.glaze else None\n", "glaze"),
        ("    return None if pot.glaze else MAKE\n", ""),
        ("    return pot.glaze and MAKE\n", "glaze"),
        ("    return pot.glaze is None or MAKE\n", "glaze"),
        ("    if isinstance(pot.glaze, str) and slim:\n        return MAKE\n", "glaze"),
        // What is asked about in another way may keep None out.
        ("    if ready(pot.glaze):\n        return MAKE\n", "glaze"),
        ("    if getattr(pot, 'glaze', None):\n        return MAKE\n", "glaze"),
        (
            "    for one in others:\n        if one.glaze is None:\n            continue\n        PotOut(id=one.id, glaze=one.glaze)\n",
            "glaze",
        ),
        ("    return [PotOut(id=one.id, glaze=one.glaze) for one in others if one.glaze]\n", "glaze"),
        (
            "    for at, one in enumerate([one for one in others if one.glaze]):\n        PotOut.model_validate(one)\n",
            "glaze",
        ),
        // Only until the object or the attribute is another.
        ("    if pot.glaze:\n        pot = db.get(Pot, 1)\n        return MAKE\n", ""),
        ("    if pot.glaze:\n        pot.glaze = None\n        return MAKE\n", ""),
        ("    if pot.glaze is None:\n        pot.glaze = label\n    return MAKE\n", "glaze"),
        ("    assert pot.glaze\n    for one in others:\n        pot = one\n    return MAKE\n", ""),
        ("    if others[0].glaze:\n        return MAKE\n", ""),
    ] {
        checked(&code.replace("MAKE", make), &[expected]);
    }
}

#[test]
fn queries_keep_null_out() {
    for (filter, expected) in [
        (".where(Pot.glaze.is_not(None))", "glaze"),
        (".where(Pot.id > 1, ~Pot.glaze.is_(None))", "glaze id"),
        (".where((Pot.glaze != None) & (Pot.id == 1))", "glaze id"),
        (".filter_by(glaze=label)", "glaze"),
        (".where(Pot.glaze.in_(['red', 'blue'])).order_by(Pot.id).limit(3)", "glaze"),
        (".where(or_(Pot.glaze.is_(None), Pot.id == 1))", ""),
        (".where((Pot.glaze == label) | (Pot.glaze == 'red'))", "glaze"),
        (".where(Pot.glaze.is_(None))", ""),
        (".where(Pot.glaze == None)", ""),
        (".where(Kiln.id == 1)", ""),
    ] {
        let query = format!("select(Pot){filter}");
        let direct = format!(
            "    for one in db.execute({query}).scalars().all():\n        PotOut.model_validate(one)\n"
        );
        let found = |body: &str| {
            let head = "def run(db: Session, label: str):\n";
            let project = Repository::of(&format!("{HEAD}{head}{body}")).project();
            let mut names = project.conversions[0].checked.to_vec();
            names.sort_unstable();
            names.join(" ")
        };
        assert_eq!(found(&direct), expected, "{filter}");
        let named = format!(
            "    query = {query}\n    rows = db.scalars(query).all()\n    return [PotOut.model_validate(one) for one in rows]\n"
        );
        assert_eq!(found(&named), expected, "{filter} of a local");
    }
}

#[test]
fn writes_whose_values_are_not_followed_are_told() {
    let of = |body: &str| {
        let head = "from sqlalchemy.dialects.postgresql import insert\nfrom sqlalchemy import update\ndef run(db: Session, pot: Pot, data: dict, payload: PotIn):\n";
        let project = Repository::of(&format!("{HEAD}{head}    {body}\n")).project();
        let paths = project.unfollowed.models.iter().map(|key| key.path.to_string());
        (paths.collect::<Vec<_>>(), project.unfollowed.tables.into_iter().collect::<Vec<_>>())
    };
    for body in [
        "db.add(Pot(**data))",
        "db.execute(insert(Pot).values(data))",
        "db.execute(update(Pot).values(**data))",
        "db.query(Pot).filter(Pot.id == 1).update(data)",
        "db.bulk_insert_mappings(Pot, [data])",
        "for key in data: setattr(pot, key, data[key])",
    ] {
        assert_eq!(of(body).0, ["Pot"], "{body}");
    }
    for body in [
        "db.add(Pot(glaze='red'))",
        "db.add(Pot(**payload.model_dump()))",
        "setattr(pot, 'glaze', 'red')",
        "for key, value in payload.model_dump().items(): setattr(pot, key, value)",
        "db.execute(select(Pot))",
    ] {
        assert_eq!(of(body).0, Vec::<String>::new(), "{body}");
    }
    for body in [
        "db.execute(text('INSERT INTO shop.\"Pots\" VALUES (1)'))",
        "db.execute(text('INSERT INTO Pots (id) VALUES (1)' + more))",
        "db.execute(text(f'UPDATE pots SET {more}'))",
    ] {
        assert_eq!(of(body).1, [Box::from("pots")], "{body}");
    }
    assert!(of("db.execute(text('INSERT INTO shop.\"Pots\" (id) VALUES (1)'))").1.is_empty());
}

#[test]
fn statements_that_name_their_columns_are_read() {
    let of = |body: &str| {
        let head = "from sqlalchemy.dialects.postgresql import insert\nfrom sqlalchemy import update\nimport sqlalchemy as sa\ndef run(db: Session, pot: Pot, data: dict):\n";
        let project = Repository::of(&format!("{HEAD}{head}    {body}\n")).project();
        let show = |columns: &[(Box<str>, Stored)]| {
            columns.iter().map(|(name, stored)| format!(" {name}={stored:?}")).collect::<String>()
        };
        let named = project.unfollowed.statements.iter().map(|(model, write)| {
            let inserts = if write.inserts { "+" } else { "" };
            format!("{}{inserts}:{} /{}", model.path, show(&write.columns), show(&write.updated))
        });
        let whole = project.unfollowed.models.iter().map(|key| key.path.to_string());
        named.chain(whole).collect::<Vec<_>>().join(", ")
    };
    for (body, expected) in [
        (
            "db.execute(insert(Pot).values(id=pot.id, glaze=None).returning(Pot.id))",
            "Pot+: id=Unknown glaze=Null /",
        ),
        (
            "db.execute(sa.insert(Pot).values({'id': 1, Pot.glaze: data['x']}))",
            "Pot+: id=Value glaze=Unknown /",
        ),
        ("db.execute(update(Pot).where(Pot.id == 1).values(glaze='red'))", "Pot: / glaze=Value"),
        ("db.query(Pot).filter(Pot.id == 1).update({'glaze': None})", "Pot: / glaze=Null"),
        (
            "db.execute(insert(Pot).values(id=1).on_conflict_do_update(index_elements=['id'], set_={'glaze': data['x']}))",
            "Pot+: id=Value / glaze=Unknown",
        ),
        (
            "db.execute(insert(Pot).values(id=1).on_conflict_do_update(index_elements=['id'], set_=data))",
            "Pot",
        ),
        ("db.execute(insert(Pot).values(id=1).values(**data))", "Pot"),
        ("db.execute(insert(Pot), [data])", "Pot"),
        (
            "stmt = insert(Pot).values(id=1)\n    stmt = stmt.on_conflict_do_update(set_={'glaze': 1})\n    db.execute(stmt)",
            "Pot",
        ),
    ] {
        assert_eq!(of(body), expected, "{body}");
    }
}

#[test]
fn columns_that_each_insert_names_are_told() {
    let of = |statements: &[&str]| {
        let calls: Vec<String> =
            statements.iter().map(|sql| format!("    db.execute(text({sql}))\n")).collect();
        let project = Repository::of(&format!("{HEAD}def run(db: Session):\n{}", calls.concat())).project();
        let named = project.unfollowed.named.get("pots").cloned();
        named.map(|columns| columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    };
    let both = "'INSERT INTO pots (id, \"Glaze\") VALUES (1, 2)'";
    assert_eq!(of(&[both]).as_deref(), Some("glaze id"));
    assert_eq!(of(&["'INSERT INTO pots (id,' ' glaze) VALUES (1, 2)'"]).as_deref(), Some("glaze id"));
    assert_eq!(of(&[both, "'INSERT INTO pots (id) VALUES (1)'"]).as_deref(), Some("id"));
    assert_eq!(of(&[both, "f'INSERT INTO pots ({columns}) VALUES (1)'"]).as_deref(), Some(""));
    assert_eq!(of(&[both, "'INSERT INTO pots SELECT * FROM old'"]).as_deref(), Some(""));
    assert_eq!(of(&["'UPDATE pots SET glaze = 1'"]), None);
}

#[test]
fn a_class_of_the_name_of_a_model_is_its_double_and_what_it_fills_is_told() {
    let project = |source: &str| Repository::of(&format!("{HEAD}{source}")).project();
    let double = |class: &str| {
        let doubles =
            Repository::new(&[("shop/tables.py", HEAD), ("shop/domain.py", class)]).project().doubles;
        doubles.into_iter().map(|key| key.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(double("class Pot:\n    id: int\n    glaze: str\n"), ["Pot"]);
    assert_eq!(double("class Pot:\n    def __init__(self, id, glaze): ...\n"), ["Pot"]);
    let dataclass =
        "from dataclasses import dataclass\n@dataclass\nclass Pot:\n    id: int\n    glaze: str\n";
    assert_eq!(double(dataclass), ["Pot"]);
    let schema = "from pydantic import BaseModel\nclass Pot(BaseModel):\n    id: int\n    glaze: str\n";
    assert_eq!(double(schema), Vec::<String>::new());
    assert_eq!(double("class Pot:\n    lid: int\n"), Vec::<String>::new());
    assert_eq!(double("class Vase:\n    id: int\n    glaze: str\n"), Vec::<String>::new());
    let filled = |body: &str| {
        let found =
            project(&format!("class Shard:\n    id: int\ndef run(shard: Shard, pot: Pot):\n    {body}\n"));
        found.from_elsewhere.into_iter().map(|key| key.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(filled("PotOut.model_validate(shard)"), ["PotOut"]);
    assert_eq!(filled("PotOut.model_validate(pot)"), Vec::<String>::new());
}
