//! Text of constants, as Python makes it: `str(x)`, `"...".format(...)`, `"..." % ...`, methods of `str`.

use super::Constant;

/// `str(value)`, as f-strings and `join` use it; not known for containers and for members of enumerations, whose text
/// depends on the version of Python.
pub(super) fn display(value: &Constant) -> Option<String> {
    match value {
        Constant::None => Some("None".to_owned()),
        Constant::Bool(true) => Some("True".to_owned()),
        Constant::Bool(false) => Some("False".to_owned()),
        Constant::Int(value) => Some(value.to_string()),
        Constant::Number(text) | Constant::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

/// `template.format(*positional, **named)`; only plain `{}`, `{0}` and `{name}`.
pub(super) fn format(template: &str, positional: &[Constant], named: &[(&str, Constant)]) -> Option<String> {
    let (mut out, mut rest, mut next) = (String::new(), template, 0);
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let doubled = rest.get(at..at + 2).filter(|pair| matches!(*pair, "{{" | "}}"));
        if let Some(pair) = doubled {
            out.push_str(&pair[..1]);
            rest = &rest[at + 2..];
            continue;
        }
        let inner = rest[at..].strip_prefix('{')?;
        let (field, after) = inner.split_once('}')?;
        let value = if field.is_empty() {
            next += 1;
            positional.get(next - 1)?
        } else if let Ok(at) = field.parse::<usize>() {
            positional.get(at)?
        } else {
            &named.iter().find(|(name, _)| *name == field)?.1
        };
        out.push_str(&display(value)?);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// `template % values`; only `%s`, `%d`, `%i`, `%(name)s` and `%%`.
pub(super) fn percent(template: &str, values: &Constant) -> Option<String> {
    let one = std::slice::from_ref(values);
    let positional = if let Constant::Tuple(items) = values { items.as_slice() } else { one };
    let (mut out, mut rest, mut next) = (String::new(), template, 0);
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let (value, after) = match after.strip_prefix('(') {
            Some(named) => {
                let (name, after) = named.split_once(')')?;
                let Constant::Map(entries) = values else { return None };
                (&entries.iter().find(|(key, _)| key.text() == Some(name))?.1, after)
            }
            None => {
                next += 1;
                (positional.get(next - 1)?, after)
            }
        };
        out.push_str(&display(value)?);
        rest = after.strip_prefix(['s', 'd', 'i'])?;
    }
    out.push_str(rest);
    Some(out)
}

/// A method of `str` on known text.
pub(super) fn method(text: &str, name: &str, arguments: &[Constant]) -> Option<Constant> {
    let texts: Option<Vec<&str>> = arguments.iter().map(Constant::text).collect();
    if name == "join" {
        let [joined] = arguments else { return None };
        let parts: Option<Vec<&str>> = joined.items()?.iter().map(Constant::text).collect();
        return Some(Constant::of_text(parts?.join(text)));
    }
    let texts = texts?;
    let made = match (name, texts.as_slice()) {
        ("lower" | "casefold", []) => text.to_lowercase(),
        ("upper", []) => text.to_uppercase(),
        ("title", []) => title(text),
        ("strip", []) => text.trim().to_owned(),
        ("lstrip", []) => text.trim_start().to_owned(),
        ("rstrip", []) => text.trim_end().to_owned(),
        ("strip", [set]) => text.trim_matches(|c| set.contains(c)).to_owned(),
        ("lstrip", [set]) => text.trim_start_matches(|c| set.contains(c)).to_owned(),
        ("rstrip", [set]) => text.trim_end_matches(|c| set.contains(c)).to_owned(),
        ("removeprefix", [prefix]) => text.strip_prefix(prefix).unwrap_or(text).to_owned(),
        ("removesuffix", [suffix]) => text.strip_suffix(suffix).unwrap_or(text).to_owned(),
        ("replace", [from, to]) if !from.is_empty() => text.replace(from, to),
        ("capitalize", []) => {
            let mut characters = text.chars();
            let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
            first + &characters.as_str().to_lowercase()
        }
        ("split", []) => return Some(list(text.split_whitespace())),
        ("split", [separator]) if !separator.is_empty() => return Some(list(text.split(separator))),
        ("splitlines", []) => return Some(list(text.lines())),
        ("startswith", [prefix]) => return Some(Constant::Bool(text.starts_with(prefix))),
        ("isupper", []) => {
            return Some(Constant::Bool(is_cased(text, char::is_uppercase, char::is_lowercase)));
        }
        ("islower", []) => {
            return Some(Constant::Bool(is_cased(text, char::is_lowercase, char::is_uppercase)));
        }
        ("isdigit", []) => return all(text, |c| c.is_ascii_digit()),
        ("isalpha", []) => return all(text, char::is_alphabetic),
        ("isalnum", []) => return all(text, char::is_alphanumeric),
        ("isspace", []) => return all(text, char::is_whitespace),
        ("endswith", [suffix]) => return Some(Constant::Bool(text.ends_with(suffix))),
        _ => return None,
    };
    Some(Constant::of_text(made))
}

/// `str.title()`: a capital after everything that is no letter.
pub(crate) fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_word = false;
    for character in text.chars() {
        if in_word {
            out.extend(character.to_lowercase());
        } else {
            out.extend(character.to_uppercase());
        }
        in_word = character.is_alphabetic();
    }
    out
}

/// `isupper` and `islower`: a letter of the wanted case, and none of the other.
fn is_cased(text: &str, wanted: fn(char) -> bool, other: fn(char) -> bool) -> bool {
    text.chars().any(wanted) && !text.chars().any(other)
}

/// Whether a text has characters, each of a kind; where letters beyond ASCII are, Python's tables decide.
fn all(text: &str, is_one: fn(char) -> bool) -> Option<Constant> {
    text.is_ascii().then(|| Constant::Bool(!text.is_empty() && text.chars().all(is_one)))
}

fn list<'t>(parts: impl Iterator<Item = &'t str>) -> Constant {
    Constant::List(parts.map(Constant::of_text).collect())
}
