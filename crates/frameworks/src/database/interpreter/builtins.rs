//! Python's own functions, and the methods of texts.

use std::rc::Rc;

use alignment_model::schema_change::HOLE;

use super::Interpreter;
use super::calls::Arguments;
use super::expressions::shown;
use super::reflection::{is_instance_of_any, shown_type, type_attribute};
use super::value::{Frame, List, Value};

/// Numbers that `range()` may give.
const MAX_RANGE: i64 = 10_000;

impl<'a> Interpreter<'_, 'a> {
    pub(super) fn builtin(&mut self, function: &str, arguments: &Arguments<'a>) -> Value<'a> {
        let first = arguments.positional.first().map(|argument| argument.value.clone());
        match (function, first) {
            ("str" | "repr", Some(Value::Type(ty))) => shown_type(&ty).map_or(Value::Unknown, Value::text),
            ("isinstance", Some(Value::Type(ty))) => {
                let classes = arguments.value(1, "class_or_tuple");
                Value::decided(classes.and_then(|classes| is_instance_of_any(&ty, classes)))
            }
            ("isinstance", Some(value)) => arguments
                .value(1, "class_or_tuple")
                .map_or(Value::Undecided, |class| Value::decided(is_builtin_instance(&value, class))),
            ("hasattr", Some(Value::Type(ty))) => match arguments.value(1, "name").and_then(Value::as_text) {
                Some(name) => match type_attribute(&ty, name) {
                    Some(Value::Unknown) => Value::Undecided,
                    found => Value::Bool(found.is_some()),
                },
                None => Value::Undecided,
            },
            ("repr", Some(failure @ Value::Failure(_))) => Value::text(shown(&failure)),
            ("str", Some(value)) => match shown(&value) {
                text if text.contains(HOLE) => Value::Unknown,
                text => Value::text(text),
            },
            ("len", Some(value)) => match self.items(&value) {
                Some(list) if !list.open => Value::Int(list.items.len() as i64),
                _ => Value::Undecided,
            },
            ("bool", Some(value)) => Value::decided(value.truth()),
            ("int", Some(Value::Int(value))) => Value::Int(value),
            ("int", Some(Value::Text(text))) => text.text.trim().parse().map_or(Value::Unknown, Value::Int),
            ("list" | "tuple" | "set" | "frozenset" | "sorted" | "reversed" | "iter", None) => {
                Value::list(Vec::new())
            }
            ("dict", None) => {
                let pairs = arguments.keywords.iter();
                Value::Map(Rc::new(
                    pairs.map(|(key, value)| (Value::text(&**key), value.value.clone())).collect(),
                ))
            }
            ("dict", Some(map @ Value::Map(_))) => map,
            ("dict", Some(Value::Record(record))) => {
                let names = record.names.iter().map(|name| Value::text(&**name));
                Value::Map(Rc::new(names.zip(record.values.iter().cloned()).collect()))
            }
            ("list" | "tuple" | "set" | "frozenset" | "iter", Some(value)) => {
                self.items(&value).map_or(Value::Unknown, Value::List)
            }
            ("sorted", Some(value)) => self.items(&value).map_or(Value::Unknown, sorted),
            ("reversed", Some(value)) => self.items(&value).map_or(Value::Unknown, |list| {
                let items = list.items.iter().rev().cloned().collect();
                Value::List(List { items: Rc::new(items), open: list.open })
            }),
            ("range", Some(_)) => range(arguments),
            ("enumerate", Some(value)) => self.items(&value).map_or(Value::Unknown, |list| {
                let numbered = list.items.iter().enumerate();
                let items = numbered
                    .map(|(at, item)| Value::list(vec![Value::Int(at as i64), item.clone()]))
                    .collect();
                Value::List(List { items: Rc::new(items), open: list.open })
            }),
            ("zip", Some(_)) => self.zipped(arguments),
            ("any", Some(value)) => {
                self.items(&value).map_or(Value::Undecided, |list| quantified(&list, true))
            }
            ("all", Some(value)) => {
                self.items(&value).map_or(Value::Undecided, |list| quantified(&list, false))
            }
            ("next", Some(value)) => match self.items(&value) {
                Some(list) => match (list.items.first(), list.open) {
                    (Some(item), _) => item.clone(),
                    (None, false) => arguments.value(1, "default").cloned().unwrap_or(Value::Unknown),
                    (None, true) => Value::Undecided,
                },
                None => Value::Unknown,
            },
            ("open", Some(path @ Value::Path(_))) => path,
            ("open", Some(Value::Text(path))) => Value::Path(path.text),
            ("print", _) => Value::None,
            ("getattr", Some(Value::Type(ty))) => match arguments.value(1, "name").and_then(Value::as_text) {
                Some(name) => match type_attribute(&ty, name) {
                    Some(value) => value,
                    None => arguments.value(2, "default").cloned().unwrap_or(Value::Unknown),
                },
                None => Value::Unknown,
            },
            ("getattr", Some(object)) => match arguments.value(1, "name").and_then(Value::as_text) {
                Some(name) => {
                    let frame = Frame::new(alignment_model::FileId::new(0), "".into(), None);
                    self.member(&frame, &object, name)
                }
                None => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    fn zipped(&mut self, arguments: &Arguments<'a>) -> Value<'a> {
        let mut lists = Vec::new();
        for argument in &arguments.positional {
            let Some(list) = self.items(&argument.value) else { return Value::Unknown };
            lists.push(list);
        }
        let length = lists.iter().map(|list| list.items.len()).min().unwrap_or(0);
        let open = lists.iter().any(|list| list.open);
        let row =
            |at: usize| Value::list(lists.iter().filter_map(|list| list.items.get(at).cloned()).collect());
        Value::List(List { items: Rc::new((0..length).map(row).collect()), open })
    }

    pub(super) fn text_method(
        &mut self,
        text: &Rc<str>,
        method: &str,
        arguments: &Arguments<'a>,
    ) -> Value<'a> {
        let argument =
            |position: usize| arguments.positional.get(position).and_then(|one| one.value.as_text());
        match method {
            "join" => {
                let Some(list) = arguments.positional.first().and_then(|one| self.items(&one.value)) else {
                    return Value::text(HOLE.to_string());
                };
                let mut parts: Vec<String> = list.items.iter().map(shown).collect();
                if list.open {
                    parts.push(HOLE.to_string());
                }
                Value::text(parts.join(text))
            }
            "format" => Value::text(formatted(text, arguments)),
            "upper" => Value::text(text.to_uppercase()),
            "lower" => Value::text(text.to_lowercase()),
            "strip" => Value::text(text.trim()),
            "lstrip" => Value::text(text.trim_start()),
            "rstrip" => Value::text(text.trim_end()),
            "title" | "capitalize" | "encode" | "decode" => Value::Unknown,
            "replace" => match (argument(0), argument(1)) {
                (Some(from), Some(to)) if !from.is_empty() => Value::text(text.replace(from, to)),
                _ => Value::Unknown,
            },
            "startswith" => Value::decided(argument(0).map(|prefix| text.starts_with(prefix))),
            "endswith" => Value::decided(argument(0).map(|suffix| text.ends_with(suffix))),
            "split" => {
                let parts: Vec<Value<'a>> = match argument(0) {
                    Some(separator) if !separator.is_empty() => {
                        text.split(separator).map(Value::text).collect()
                    }
                    _ if arguments.positional.is_empty() => {
                        text.split_whitespace().map(Value::text).collect()
                    }
                    _ => return Value::Unknown,
                };
                Value::list(parts)
            }
            "splitlines" => Value::list(text.lines().map(Value::text).collect()),
            "removeprefix" | "removesuffix" => Value::Unknown,
            _ => Value::Unknown,
        }
    }
}

/// `isinstance(value, str)` and its like.
fn is_builtin_instance(value: &Value<'_>, class: &Value<'_>) -> Option<bool> {
    let Value::External(class) = class else { return None };
    let of = |wanted: &[&str]| Some(wanted.contains(&&**class));
    match value {
        Value::Text(_) => of(&["builtins.str"]),
        Value::Int(_) => of(&["builtins.int"]),
        Value::Bool(_) => of(&["builtins.bool", "builtins.int"]),
        Value::Map(_) => of(&["builtins.dict"]),
        Value::None => of(&[]),
        _ => None,
    }
}

/// `text.format(...)`.
fn formatted(text: &str, arguments: &Arguments<'_>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut next = 0;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if rest.starts_with(brace) || brace == "}" {
            out.push_str(brace);
            rest = rest.strip_prefix(brace).unwrap_or(rest);
            continue;
        }
        let (field, after) = rest.split_once('}').unwrap_or((rest, ""));
        rest = after;
        let value = match (field, field.parse::<usize>()) {
            ("", _) => {
                next += 1;
                arguments.positional.get(next - 1)
            }
            (_, Ok(position)) => arguments.positional.get(position),
            (name, Err(_)) => arguments.keyword(name),
        };
        out.push_str(&value.map_or(HOLE.to_string(), |argument| shown(&argument.value)));
    }
    out.push_str(rest);
    out
}

fn range<'a>(arguments: &Arguments<'a>) -> Value<'a> {
    let numbers: Option<Vec<i64>> = arguments
        .positional
        .iter()
        .map(|argument| match argument.value {
            Value::Int(number) => Some(number),
            _ => None,
        })
        .collect();
    let (start, end) = match numbers.as_deref() {
        Some([end]) => (0, *end),
        Some([start, end]) => (*start, *end),
        _ => return Value::Unknown,
    };
    if end.saturating_sub(start) > MAX_RANGE {
        return Value::Unknown;
    }
    Value::list((start..end).map(Value::Int).collect())
}

/// Puts texts or numbers in order; anything else keeps its place.
pub(super) fn put_in_order(items: &mut [Value<'_>]) {
    items.sort_by(|a, b| match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (a, b) => a.as_text().cmp(&b.as_text()),
    });
}

fn sorted(list: List<'_>) -> Value<'_> {
    let mut items = (*list.items).clone();
    put_in_order(&mut items);
    Value::List(List { items: Rc::new(items), open: list.open })
}

/// `any()` and `all()`: one decisive item is enough.
fn quantified<'a>(list: &List<'a>, decisive: bool) -> Value<'a> {
    let truths: Vec<Option<bool>> = list.items.iter().map(Value::truth).collect();
    if truths.contains(&Some(decisive)) {
        return Value::Bool(decisive);
    }
    Value::decided((!list.open && truths.iter().all(Option::is_some)).then_some(!decisive))
}
