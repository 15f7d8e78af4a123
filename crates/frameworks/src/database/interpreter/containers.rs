//! Lists, sets and dictionaries: what they hold after a method, an operator or an assignment to an item.
//!
//! Python changes them in place; here, the local name that holds one gets a new value. What may hold anything after a change is an
//! empty list with an open end, or an unknown dictionary.

use std::rc::Rc;

use alignment_model::code::Expr;

use super::Interpreter;
use super::builtins::put_in_order;
use super::calls::Arguments;
use super::value::{Frame, List, Value};

/// The entries of a dictionary, in order.
type Entries<'a> = Vec<(Value<'a>, Value<'a>)>;

impl<'a> Interpreter<'_, 'a> {
    /// Methods of a list, tuple or set; one that changes it changes the local name that holds it.
    pub(super) fn list_method(
        &mut self,
        frame: &Rc<Frame<'a>>,
        object: &'a Expr,
        list: List<'a>,
        method: &str,
        arguments: &Arguments<'a>,
    ) -> Value<'a> {
        let first = arguments.positional.first().map(|argument| argument.value.clone());
        if let Some(given) = self.asked_of_list(&list, method, first.as_ref()) {
            return given;
        }
        let mut items = (*list.items).clone();
        let mut given = Value::None;
        let changed = match (method, first) {
            ("append" | "add", Some(item)) => {
                items.push(item);
                Some(list.open)
            }
            ("extend" | "update", Some(more)) => {
                let more = self.items(&more).unwrap_or_else(unknown_list);
                items.extend(more.items.iter().cloned());
                Some(list.open || more.open)
            }
            ("insert", Some(Value::Int(at))) if !list.open => arguments.positional.get(1).map(|item| {
                items.insert(clamped(at, items.len()), item.value.clone());
                false
            }),
            // Where it comes to stand is not known, and neither are the others' places.
            ("insert", Some(_)) => arguments.positional.get(1).map(|item| {
                items.push(item.value.clone());
                true
            }),
            ("remove" | "discard", Some(item)) if !list.open => found(&items, &item).map(|at| {
                at.map(|at| items.remove(at));
                false
            }),
            ("pop", at @ (None | Some(Value::Int(_)))) if !list.open => {
                let at = if let Some(Value::Int(at)) = at { at } else { -1 };
                position(at, items.len()).map(|at| {
                    given = items.remove(at);
                    false
                })
            }
            ("clear", None) => {
                items.clear();
                Some(false)
            }
            ("reverse", None) => {
                items.reverse();
                Some(list.open)
            }
            ("sort", None) if arguments.keywords.is_empty() => {
                put_in_order(&mut items);
                Some(list.open)
            }
            _ => None,
        };
        let changed = match changed {
            Some(open) => List { items: Rc::new(items), open },
            None => {
                given = Value::Unknown;
                unknown_list()
            }
        };
        if let Some(name) = object.as_name() {
            frame.replace(name, Value::List(changed));
        }
        given
    }

    /// Methods that change nothing.
    fn asked_of_list(
        &mut self,
        list: &List<'a>,
        method: &str,
        first: Option<&Value<'a>>,
    ) -> Option<Value<'a>> {
        let with = |items: Vec<Value<'a>>, open: bool| Value::List(List { items: Rc::new(items), open });
        Some(match (method, first) {
            ("copy", None) => Value::List(list.clone()),
            ("difference", Some(Value::List(less))) if !less.open => {
                let kept = list.items.iter().filter(|item| found(&less.items, item) == Some(None));
                let open = list.items.iter().any(|item| found(&less.items, item).is_none());
                with(kept.cloned().collect(), list.open || open)
            }
            ("union", Some(Value::List(more))) => {
                let items = list.items.iter().chain(more.items.iter()).cloned();
                with(items.collect(), list.open || more.open)
            }
            ("issubset", Some(Value::List(all))) => {
                let all = Value::List(all.clone());
                let within: Vec<Option<bool>> =
                    list.items.iter().map(|item| self.contains(&all, item)).collect();
                Value::decided(if within.contains(&Some(false)) {
                    Some(false)
                } else {
                    (!list.open && within.iter().all(Option::is_some)).then_some(true)
                })
            }
            ("index" | "count" | "get", _) => Value::Unknown,
            (
                "difference"
                | "union"
                | "intersection"
                | "symmetric_difference"
                | "issubset"
                | "issuperset"
                | "isdisjoint",
                _,
            ) => Value::Unknown,
            _ => return None,
        })
    }

    /// Methods of a dictionary; one that changes it changes the local name that holds it.
    pub(super) fn map_method(
        &mut self,
        frame: &Rc<Frame<'a>>,
        object: &'a Expr,
        entries: &Rc<Entries<'a>>,
        method: &str,
        arguments: &Arguments<'a>,
    ) -> Value<'a> {
        let key = arguments.value(0, "key");
        let default = || arguments.value(1, "default").cloned();
        let (given, changed) = match (method, key) {
            ("items", _) => {
                let pairs = entries.iter().map(|(key, value)| Value::list(vec![key.clone(), value.clone()]));
                return Value::list(pairs.collect());
            }
            ("keys", _) => return Value::list(entries.iter().map(|(key, _)| key.clone()).collect()),
            ("values", _) => return Value::list(entries.iter().map(|(_, value)| value.clone()).collect()),
            ("copy", _) => return Value::Map(entries.clone()),
            ("get", Some(key)) => {
                return match place_of(entries, key) {
                    Some(Some(at)) => entries[at].1.clone(),
                    Some(None) => default().unwrap_or(Value::None),
                    None => Value::Unknown,
                };
            }
            ("get" | "fromkeys", _) => return Value::Unknown,
            ("update", other) => {
                let given = other.cloned().unwrap_or_else(|| Value::Map(Rc::default()));
                let named = arguments.keywords.iter();
                let named = named.map(|(key, value)| (Value::text(&**key), value.value.clone()));
                let named = Value::Map(Rc::new(named.collect()));
                let updated = united(&united(&Value::Map(entries.clone()), &given), &named);
                (Value::None, updated)
            }
            ("setdefault", Some(key)) => match place_of(entries, key) {
                Some(Some(at)) => return entries[at].1.clone(),
                Some(None) => {
                    let given = default().unwrap_or(Value::None);
                    let changed = entry_set(entries, key.clone(), given.clone());
                    (given, changed)
                }
                None => (Value::Unknown, Value::Unknown),
            },
            ("pop", Some(key)) => match place_of(entries, key) {
                Some(Some(at)) => {
                    let mut rest = (**entries).clone();
                    (rest.remove(at).1, Value::Map(Rc::new(rest)))
                }
                Some(None) => return default().unwrap_or(Value::Unknown),
                None => (Value::Unknown, Value::Unknown),
            },
            ("clear", _) => (Value::None, Value::Map(Rc::default())),
            _ => (Value::Unknown, Value::Unknown),
        };
        if let Some(name) = object.as_name() {
            frame.replace(name, changed);
        }
        given
    }
}

/// A list of which nothing is known.
pub(super) fn unknown_list<'a>() -> List<'a> {
    List { items: Rc::default(), open: true }
}

/// A list or dictionary in which one item was set; without a value, taken out.
pub(super) fn with_item<'a>(held: &Value<'a>, key: Value<'a>, value: Option<Value<'a>>) -> Value<'a> {
    match (held, value) {
        (Value::List(list), value) => {
            let at = if let Value::Int(at) = key { position(at, list.items.len()) } else { None };
            let Some(at) = at.filter(|_| !list.open) else { return Value::List(unknown_list()) };
            let mut items = (*list.items).clone();
            match value {
                Some(value) => items[at] = value,
                None => {
                    items.remove(at);
                }
            }
            Value::list(items)
        }
        (Value::Map(entries), Some(value)) => entry_set(entries, key, value),
        (Value::Map(entries), None) => match place_of(entries, &key) {
            Some(Some(at)) => {
                let mut rest = (**entries).clone();
                rest.remove(at);
                Value::Map(Rc::new(rest))
            }
            _ => Value::Unknown,
        },
        (Value::Object(path), _) => Value::Object(path.clone()),
        _ => Value::Unknown,
    }
}

/// `a | b` of dictionaries and sets.
pub(super) fn united<'a>(a: &Value<'a>, b: &Value<'a>) -> Value<'a> {
    match (a, b) {
        (Value::Map(a), Value::Map(b)) => {
            let mut all = Value::Map(a.clone());
            for (key, value) in b.iter() {
                let Value::Map(entries) = &all else { return Value::Unknown };
                all = entry_set(entries, key.clone(), value.clone());
            }
            all
        }
        (Value::List(a), Value::List(b)) => {
            let new = b.items.iter().filter(|item| !matches!(found(&a.items, item), Some(Some(_))));
            let items = a.items.iter().chain(new).cloned().collect();
            Value::List(List { items: Rc::new(items), open: a.open || b.open })
        }
        (Value::List(list), _) => Value::List(List { items: list.items.clone(), open: true }),
        _ => Value::Unknown,
    }
}

/// `list[start:end]`, where the ends are plain numbers.
pub(super) fn sliced<'a>(list: &List<'a>, start: &Value<'a>, end: &Value<'a>) -> Value<'a> {
    let ends = |value: &Value<'a>, missing: usize| match value {
        Value::Int(at) => Some(clamped(*at, list.items.len())),
        Value::None => Some(missing),
        _ => None,
    };
    match (ends(start, 0), ends(end, list.items.len())) {
        (Some(start), Some(end)) if !list.open => {
            Value::list(list.items.get(start..end.max(start)).unwrap_or_default().to_vec())
        }
        _ => Value::List(unknown_list()),
    }
}

/// Where a place counted from either end is, if there is one.
pub(super) fn position(at: i64, length: usize) -> Option<usize> {
    let at = if at < 0 { at.saturating_add(length as i64) } else { at };
    usize::try_from(at).ok().filter(|at| *at < length)
}

/// The same for a place between items: what lies outside is the nearest end.
fn clamped(at: i64, length: usize) -> usize {
    let at = if at < 0 { at.saturating_add(length as i64) } else { at };
    usize::try_from(at).unwrap_or(0).min(length)
}

/// Where an item stands first, or that it does not; `None` where that is not known.
fn found<'a>(items: &[Value<'a>], item: &Value<'a>) -> Option<Option<usize>> {
    first_equal(items.iter(), item)
}

/// The same for a key of a dictionary.
fn place_of<'a>(entries: &[(Value<'a>, Value<'a>)], key: &Value<'a>) -> Option<Option<usize>> {
    first_equal(entries.iter().map(|(own, _)| own), key)
}

fn first_equal<'v, 'a: 'v>(
    values: impl Iterator<Item = &'v Value<'a>>,
    wanted: &Value<'a>,
) -> Option<Option<usize>> {
    for (at, value) in values.enumerate() {
        match value.equals(wanted) {
            Some(true) => return Some(Some(at)),
            Some(false) => {}
            None => return None,
        }
    }
    Some(None)
}

/// A dictionary with one entry set: a key that is there keeps its place.
fn entry_set<'a>(entries: &[(Value<'a>, Value<'a>)], key: Value<'a>, value: Value<'a>) -> Value<'a> {
    let mut changed = entries.to_vec();
    match place_of(entries, &key) {
        Some(Some(at)) => changed[at].1 = value,
        Some(None) => changed.push((key, value)),
        None => return Value::Unknown,
    }
    Value::Map(Rc::new(changed))
}
