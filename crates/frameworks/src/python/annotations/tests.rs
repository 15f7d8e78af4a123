//! Annotation -> shape, in tables; then what deep and endless ones cost.

use alignment_model::Known;

use super::{Annotations, Place};
use crate::testing::Repository;

/// The module every annotation below stands in.
const MODULE: &str = "\
from __future__ import annotations
import datetime as dt
import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum, auto
from typing import (Annotated, Any, Callable, ClassVar, Dict, Final, Generic, List, Literal, NewType, Optional,
                    Set, Tuple, Type, TypeVar, Union)
from uuid import UUID
import ipaddress, pathlib
from pydantic import (UUID4, AwareDatetime, BaseModel, EmailStr, Field, HttpUrl, Json, PositiveInt, SecretStr, StrictStr,
                      conint, conlist, constr)
from typing_extensions import NotRequired, TypedDict

T = TypeVar('T')
class Color(StrEnum):
    RED = auto()
    DARK_BLUE = 'dark-blue'
class Level(int, Enum):
    LOW = 1
    HIGH = auto()
class Item(BaseModel):
    x: int
class Page(BaseModel, Generic[T]):
    items: list[T]
class Name(str): ...
class Row(TypedDict):
    x: int
@dataclass
class Point:
    x: int
UserId = NewType('UserId', int)
Maybe = Optional[str]
Code = Annotated[str, Field(max_length=3)]
Pair = tuple[T, T]
Rows = List
type Tree = dict[str, Tree] | int
type Box[U] = list[U]
";

fn read(annotation: &str) -> super::Annotation {
    let text = format!("{MODULE}value: {annotation}\n");
    let repository = Repository::of(&text);
    let names = repository.names();
    let annotations = Annotations::new(&names);
    let file = repository.file("app.py");
    let Some(crate::python::Binding::Variable(assign)) = names.module(file).and_then(|m| m.get("value"))
    else {
        panic!("a variable: {annotation}")
    };
    let written = assign.annotation.as_ref().and_then(|annotation| annotation.expression());
    annotations.read(Place::new(file, ""), written.expect("an annotation"))
}

#[test]
fn shapes_have_their_canonical_names() {
    let cases = [
        ("int", "int"),
        ("dt.datetime", "datetime"),
        ("date", "date"),
        ("Decimal", "decimal"),
        ("UUID | UUID4", "uuid"),
        ("Any", "any"),
        ("object", "any"),
        ("Callable[[int], str]", "function"),
        ("list", "array<any>"),
        ("List['Item']", "array<ref<Item>>"),
        ("tuple[int, ...]", "array<int>"),
        ("Tuple[int, str]", "array<union<int|string>>"),
        ("Sequence[Set[float]]", "array<array<float>>"),
        ("Dict[str, List[int]]", "map<string,array<int>>"),
        ("Mapping[str, 'Item']", "map<string,ref<Item>>"),
        ("dict", "map<any,any>"),
        ("dict[int, str]", "map<int,string>"),
        ("'list[Item]'", "array<ref<Item>>"),
        ("t.Union[int, 'str']", "union<int|string>"),
        ("Literal['a', 'b'] | Literal['c']", "literal"),
        ("Literal['a'] | int", "union<literal|int>"),
        ("Color", "enum<Color>"),
        ("Item", "ref<Item>"),
        ("Page[Item]", "ref<Page>"),
        ("Row", "ref<Row>"),
        ("Point", "ref<Point>"),
        ("Name", "string"),
        ("UserId", "int"),
        ("Rows[int]", "array<int>"),
        ("Pair[int]", "array<int>"),
        ("Box[Item]", "array<ref<Item>>"),
        ("Tree", "union<map<string,unknown>|int>"),
        ("EmailStr", "string"),
        ("HttpUrl", "string"),
        ("SecretStr", "string"),
        ("StrictStr", "string"),
        ("PositiveInt", "int"),
        ("AwareDatetime", "datetime"),
        ("Json[Item]", "ref<Item>"),
        ("Json", "any"),
        ("constr(max_length=3)", "string"),
        ("conint(gt=0)", "int"),
        ("conlist(Item, min_length=1)", "array<ref<Item>>"),
        ("ipaddress.IPv4Address", "string"),
        ("pathlib.Path", "string"),
        ("ClassVar[int]", "int"),
        ("NotRequired[Final[int]]", "int"),
        ("Annotated[Annotated[int, 1], 2]", "int"),
        ("T", "any"),
        ("Missing", "unknown"),
        ("list[Missing]", "array<unknown>"),
        ("'not an annotation'", "unknown"),
    ];
    for (annotation, expected) in cases {
        assert_eq!(read(annotation).shape.to_string(), expected, "{annotation}");
    }
}

#[test]
fn none_is_found_wherever_it_is_written() {
    let yes = [
        "int | None",
        "Optional[int]",
        "None",
        "Maybe",
        "'int | None'",
        "Annotated[int | None, 1]",
        "Annotated[int, 1] | None",
        "Literal['a', None]",
        "Any",
        "Final[int | None]",
        "Union[int, Maybe]",
    ];
    for annotation in yes {
        assert_eq!(read(annotation).nullable, Known::Is(true), "{annotation}");
    }
    for annotation in ["int", "list[int | None]", "Color", "dict[str, Any]", "Page[None]"] {
        assert_eq!(read(annotation).nullable, Known::Is(false), "{annotation}");
    }
    assert!(matches!(read("Missing").nullable, Known::Unknown(_)));
    assert_eq!(read("Missing | None").nullable, Known::Is(true));
}

#[test]
fn enumerations_have_the_values_that_travel() {
    let values = |annotation: &str| {
        let shape = read(annotation).shape;
        shape.values().map(|values| values.iter().map(|v| v.plain()).collect::<Vec<_>>().join(","))
    };
    assert_eq!(values("Color").as_deref(), Some("red,dark-blue"));
    assert_eq!(values("Level | None").as_deref(), Some("1,2"));
    assert_eq!(values("Literal[Color.RED, 'x', -1]").as_deref(), Some("red,x,-1"));
}

#[test]
fn metadata_keeps_its_order_and_its_distance_from_the_field() {
    let annotation = read("Annotated[Annotated[str, 'inner'], 'outer'] | None");
    let texts: Vec<_> = annotation.metadata.iter().map(|m| (m.expr.as_text(), m.in_optional)).collect();
    assert_eq!(texts, [(Some("inner"), true), (Some("outer"), true)]);
    assert_eq!(read("Code").metadata.len(), 1);
    assert_eq!(read("list[Code]").metadata.len(), 0, "constraints of elements are not the field's");
    assert_eq!(read("constr(max_length=3)").metadata.len(), 1);
}

#[test]
fn a_field_does_not_hide_the_type_it_is_named_after() {
    let repository =
        Repository::of("from datetime import date\nclass M:\n    date: date = None\n    end: date\n");
    let names = repository.names();
    let annotations = Annotations::new(&names);
    let file = repository.file("app.py");
    let scope = names.class_scope(&alignment_model::shape::DeclarationKey { file, path: "M".into() });
    let Some(crate::python::Binding::Variable(assign)) = scope.and_then(|scope| scope.get("end")) else {
        panic!("a field")
    };
    let written = assign.annotation.as_ref().and_then(|annotation| annotation.expression()).expect("written");
    assert_eq!(annotations.read(Place::new(file, "M"), written).shape.to_string(), "date");
}

#[test]
fn hostile_annotations_are_bounded() {
    let mut doubling = String::from("A0 = int\n");
    for at in 1..40 {
        doubling += &format!("A{at} = tuple[A{}, A{}]\n", at - 1, at - 1);
    }
    for text in [
        format!("{doubling}value: A39\n"),
        "value: 'value'\n".to_owned(),
        "A = list['B']\nB = list['A']\nvalue: A\n".to_owned(),
        format!("value: {}int\n", "int | ".repeat(500)),
        format!("value: '{}'\n", "list[".repeat(700)),
    ] {
        let repository = Repository::of(&text);
        let names = repository.names();
        let file = repository.file("app.py");
        if let Some(crate::python::Binding::Variable(assign)) =
            names.module(file).and_then(|m| m.get("value"))
            && let Some(written) = assign.annotation.as_ref().and_then(|annotation| annotation.expression())
        {
            let shape = Annotations::new(&names).read(Place::new(file, ""), written).shape;
            assert!(shape.to_string().len() < 1_000_000);
        }
    }
}
