//! `re.sub` and `re.split` on known text (Python 3.13, `re`), for the patterns whose reading [`Pattern`] shares with Python.

use alignment_model::pattern::{Captures, Pattern};

use super::Constant;

/// What a function of `re` gives; `None` for other functions and for what is not known.
pub(super) fn call(path: &str, arguments: &[Constant]) -> Option<Constant> {
    match (path, arguments) {
        ("re.sub", [pattern, replacement, subject]) => {
            let replacement = pieces(replacement.text()?)?;
            substitute(&parse(pattern.text()?)?, &replacement, subject.text()?).map(Constant::of_text)
        }
        ("re.split", [pattern, subject]) => split(&parse(pattern.text()?)?, subject.text()?),
        _ => None,
    }
}

/// A pattern that means the same in both languages: `[]a]` is a set of two characters in Python alone.
fn parse(source: &str) -> Option<Readable> {
    let has = |texts: &[&str]| texts.iter().any(|text| source.contains(text));
    let pattern = if has(&["[]", "[^]"]) { None } else { Pattern::parse(source, false) };
    Some(Readable { pattern: pattern?, may_prefer_empty: has(&["|", "*?", "??"]) })
}

struct Readable {
    pattern: Pattern,
    /// An empty match may stand where a longer one could.
    may_prefer_empty: bool,
}

/// A piece of a replacement: text, or the group that stands there.
enum Piece<'s> {
    Text(&'s str),
    Group(usize),
}

/// `\1_\2`; any other escape is not modelled.
fn pieces(replacement: &str) -> Option<Vec<Piece<'_>>> {
    let (before, mut rest) = match replacement.split_once('\\') {
        Some((before, rest)) => (before, Some(rest)),
        None => (replacement, None),
    };
    let mut out = vec![Piece::Text(before)];
    while let Some(escaped) = rest {
        let number = escaped.chars().next()?.to_digit(10).filter(|number| *number > 0)?;
        out.push(Piece::Group(usize::try_from(number).ok()?));
        let after = escaped.get(1..).filter(|after| !after.starts_with(|c: char| c.is_ascii_digit()))?;
        let (text, next) = match after.split_once('\\') {
            Some((text, next)) => (text, Some(next)),
            None => (after, None),
        };
        out.push(Piece::Text(text));
        rest = next;
    }
    Some(out)
}

fn substitute(pattern: &Readable, replacement: &[Piece<'_>], subject: &str) -> Option<String> {
    let (mut out, mut done) = (String::new(), 0);
    for captures in matches(pattern, subject)? {
        let (start, end) = (*captures.first()?)?;
        out.push_str(subject.get(done..start)?);
        for piece in replacement {
            match piece {
                Piece::Text(text) => out.push_str(text),
                // A group that took no part is empty.
                Piece::Group(number) => {
                    let group = *captures.get(*number)?;
                    out.push_str(group.map_or(Some(""), |(start, end)| subject.get(start..end))?);
                }
            }
        }
        done = end;
    }
    out.push_str(subject.get(done..)?);
    Some(out)
}

/// The pieces between the matches; what groups capture would stand among them.
fn split(pattern: &Readable, subject: &str) -> Option<Constant> {
    if pattern.pattern.groups() > 0 {
        return None;
    }
    let (mut out, mut done) = (Vec::new(), 0);
    for captures in matches(pattern, subject)? {
        let (start, end) = (*captures.first()?)?;
        out.push(Constant::of_text(subject.get(done..start)?));
        done = end;
    }
    out.push(Constant::of_text(subject.get(done..)?));
    Some(Constant::List(out))
}

/// All matches, empty ones too, also where one follows another at once (Python 3.7 and later).
fn matches(pattern: &Readable, subject: &str) -> Option<Vec<Captures>> {
    // `$` matches before a last line break in Python.
    if subject.contains('\n') {
        return None;
    }
    let (mut out, mut from) = (Vec::new(), 0);
    while from <= subject.len() {
        let Some(captures) = pattern.pattern.find_at(subject, from)? else { break };
        let (start, end) = (*captures.first()?)?;
        // Python looks for one that is not empty at the same place next.
        if start == end && pattern.may_prefer_empty {
            return None;
        }
        from = if end > start { end } else { end + 1 };
        out.push(captures);
    }
    Some(out)
}
