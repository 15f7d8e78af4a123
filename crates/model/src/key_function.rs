//! What a converter makes of a key: the few operations on text that such functions consist of, so that they can be run on the
//! names of fields.
//!
//! Names are never folded: converters disagree about digits and repeated underscores, and folding would hide exactly that
//! drift. A key that a function cannot be run on has no answer.

use crate::pattern::Pattern;

/// A function from texts to a text. A converter of keys has one input, the key.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyFunction {
    /// What its result is joined of.
    pub parts: Vec<KeyPart>,
}

/// A part of the result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyPart {
    /// Always the same.
    Text(Box<str>),
    /// An input, and what is done to it, in order.
    Input {
        /// Which input.
        at: usize,
        /// What is done to it.
        edits: Vec<KeyEdit>,
    },
}

/// An operation on a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyEdit {
    /// `toLowerCase()`.
    Lower,
    /// `toUpperCase()`.
    Upper,
    /// `slice(from, to)`, `charAt(from)`.
    Slice {
        /// First character.
        from: usize,
        /// The character behind the last one.
        to: Option<usize>,
    },
    /// `replace(pattern, ...)`: the inputs of the replacement are the match and its groups.
    Replace {
        /// What is replaced.
        pattern: Pattern,
        /// Every match, not the first alone.
        all: bool,
        /// What comes instead.
        with: KeyFunction,
    },
    /// `split(separator).map(...).join(joiner)`: the input of both functions is the piece.
    Split {
        /// Between the pieces.
        separator: Box<str>,
        /// What becomes of the first piece.
        first: KeyFunction,
        /// What becomes of every other piece.
        rest: KeyFunction,
        /// Between the results.
        joiner: Box<str>,
    },
    /// Cut into words by the rules of a library, and joined again.
    Words(Splitter, Style),
}

/// How a library cuts a key into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Splitter {
    /// lodash 4, `_.words`: also between letters and digits.
    Lodash,
    /// `no-case` 3 (`change-case` 4, `axios-case-converter`, `snakecase-keys`): before an upper-case letter, and at anything that
    /// is no letter or digit.
    NoCase,
}

/// How words are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Style {
    /// `userId`.
    Camel,
    /// `user_id`.
    Snake,
}

impl KeyFunction {
    /// The input with some edits.
    pub fn of(edits: Vec<KeyEdit>) -> Self {
        Self { parts: vec![KeyPart::Input { at: 0, edits }] }
    }

    /// `/_([a-z])/g` to upper case, or with digits `/_([a-z0-9])/g`: the two rules most hand-written converters have. Private
    /// keys keep their leading underscore.
    pub fn camel(joins_digits: bool) -> Self {
        let pattern = if joins_digits { "(?<=.)_([a-z0-9])" } else { "(?<=.)_([a-z])" };
        let with = Self { parts: vec![KeyPart::Input { at: 1, edits: vec![KeyEdit::Upper] }] };
        Self::of(replace_all(pattern, with))
    }

    /// `/[A-Z]/g` to an underscore and lower case.
    pub fn snake() -> Self {
        let lower = KeyPart::Input { at: 0, edits: vec![KeyEdit::Lower] };
        Self::of(replace_all("[A-Z]", Self { parts: vec![KeyPart::Text("_".into()), lower] }))
    }

    /// `humps` 2: `camelize` cuts at separators and lowers the first letter.
    pub fn humps_camel() -> Self {
        let with = Self { parts: vec![KeyPart::Input { at: 1, edits: vec![KeyEdit::Upper] }] };
        let joined = replace_all(r"[\-_\s]+(.)?", with);
        let part = |slice, case: Option<KeyEdit>| KeyPart::Input {
            at: 0,
            edits: joined.iter().cloned().chain([slice]).chain(case).collect(),
        };
        let first = part(KeyEdit::Slice { from: 0, to: Some(1) }, Some(KeyEdit::Lower));
        Self { parts: vec![first, part(KeyEdit::Slice { from: 1, to: None }, None)] }
    }

    /// `humps` 2: `decamelize` cuts before each upper-case letter.
    pub fn humps_snake() -> Self {
        let mut edits = replace_all("(?<=.)(?=[A-Z])", Self { parts: vec![KeyPart::Text("_".into())] });
        edits.push(KeyEdit::Lower);
        Self::of(edits)
    }

    /// `camelcase` 5 to 8: separators go, and a letter after a digit is upper case too.
    pub fn camelcase() -> Self {
        let upper = |at| Self { parts: vec![KeyPart::Input { at, edits: vec![KeyEdit::Upper] }] };
        let mut edits = replace_all(r"^[_.\- ]+", Self::default());
        edits.extend(replace_all(r"[_.\- ]+(\w|$)", upper(1)));
        edits.extend(replace_all(r"\d+(\w|$)", upper(0)));
        Self::of(edits)
    }

    /// `decamelize` 3 to 6.
    pub fn decamelize() -> Self {
        let group = |at| KeyPart::Input { at, edits: Vec::new() };
        let with = Self { parts: vec![group(1), KeyPart::Text("_".into()), group(2)] };
        let mut edits = replace_all("([a-z0-9])([A-Z])", with.clone());
        edits.extend(replace_all("([A-Z]+)([A-Z][a-z]+)", with));
        edits.push(KeyEdit::Lower);
        Self::of(edits)
    }

    /// Words of a library, joined.
    pub fn words(splitter: Splitter, style: Style) -> Self {
        Self::of(vec![KeyEdit::Words(splitter, style)])
    }

    /// This function, and another one on its result.
    pub fn then(&self, next: &KeyFunction) -> Option<KeyFunction> {
        let [KeyPart::Input { at: 0, edits }] = &self.parts[..] else { return None };
        let part = |part: &KeyPart| match part {
            KeyPart::Input { at, edits: more } => {
                KeyPart::Input { at: *at, edits: edits.iter().chain(more).cloned().collect() }
            }
            text => text.clone(),
        };
        Some(Self { parts: next.parts.iter().map(part).collect() })
    }

    /// What becomes of a key. `None` where it cannot be said: a key that is not ASCII, or longer than any name.
    pub fn apply(&self, key: &str) -> Option<String> {
        (key.is_ascii() && key.len() <= MAX_KEY).then(|| self.run(&[key], 0))?
    }

    fn run(&self, inputs: &[&str], depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut out = String::new();
        for part in &self.parts {
            match part {
                KeyPart::Text(text) => out.push_str(text),
                KeyPart::Input { at, edits } => {
                    let start = (*inputs.get(*at)?).to_owned();
                    out.push_str(&edits.iter().try_fold(start, |text, edit| edit.apply(text, depth))?);
                }
            }
        }
        Some(out)
    }
}

/// The longest key that a function is run on.
const MAX_KEY: usize = 200;
/// Functions in functions.
const MAX_DEPTH: usize = 8;

fn replace_all(pattern: &str, with: KeyFunction) -> Vec<KeyEdit> {
    let pattern = Pattern::parse(pattern, false);
    pattern.map(|pattern| KeyEdit::Replace { pattern, all: true, with }).into_iter().collect()
}

impl KeyEdit {
    fn apply(&self, text: String, depth: usize) -> Option<String> {
        Some(match self {
            KeyEdit::Lower => text.to_ascii_lowercase(),
            KeyEdit::Upper => text.to_ascii_uppercase(),
            KeyEdit::Slice { from, to } => {
                let to = to.unwrap_or(text.len()).min(text.len());
                text.get((*from).min(to)..to)?.to_owned()
            }
            KeyEdit::Replace { pattern, all, with } => replaced(&text, pattern, *all, with, depth)?,
            KeyEdit::Split { separator, first, rest, joiner } => {
                let pieces = text.split(&**separator).enumerate();
                let pieces: Option<Vec<String>> = pieces
                    .map(|(at, piece)| if at == 0 { first } else { rest }.run(&[piece], depth + 1))
                    .collect();
                pieces?.join(joiner)
            }
            KeyEdit::Words(splitter, style) => joined(&splitter.words(&text)?, *splitter, *style),
        })
    }
}

fn replaced(text: &str, pattern: &Pattern, all: bool, with: &KeyFunction, depth: usize) -> Option<String> {
    let (mut out, mut from, mut kept) = (String::new(), 0, 0);
    while let Some(captures) = pattern.find_at(text, from)? {
        let group = |place: &Option<(usize, usize)>| place.and_then(|(from, to)| text.get(from..to));
        let inputs: Vec<&str> = captures.iter().map(|place| group(place).unwrap_or("")).collect();
        let (start, end) = captures.first().copied().flatten()?;
        out.push_str(text.get(kept..start)?);
        out.push_str(&with.run(&inputs, depth + 1)?);
        (kept, from) = (end, if end > start { end } else { end + 1 });
        if !all || from > text.len() {
            break;
        }
    }
    out.push_str(text.get(kept..)?);
    Some(out)
}

impl Splitter {
    /// The words of a key. `None` where the library has a rule of its own for it.
    fn words(self, key: &str) -> Option<Vec<String>> {
        let class = |byte: u8| match byte {
            b'a'..=b'z' => 'a',
            b'A'..=b'Z' => 'A',
            b'0'..=b'9' => '0',
            _ => '_',
        };
        let bytes = key.as_bytes();
        let mut words: Vec<String> = Vec::new();
        let mut before = '_';
        for (at, byte) in bytes.iter().enumerate() {
            let this = class(*byte);
            let next = bytes.get(at + 1).map(|next| class(*next));
            let cut = match (before, this) {
                ('_', _) => true,
                // `parseJSONBody`: before the last upper-case letter of a run, if a lower-case one follows.
                ('A', 'A') => next == Some('a'),
                ('a', 'A') => true,
                ('0', 'A') => true,
                ('0', 'a') | ('a' | 'A', '0') => self == Splitter::Lodash,
                _ => false,
            };
            if this != '_' {
                if cut || words.is_empty() {
                    words.push(String::new());
                }
                words.last_mut()?.push(char::from(*byte).to_ascii_lowercase());
            }
            before = this;
        }
        // lodash keeps ordinals (`1st`) whole.
        let ordinal = self == Splitter::Lodash
            && words.windows(2).any(|pair| matches!(pair, [number, end]
                if number.bytes().all(|byte| byte.is_ascii_digit()) && matches!(&**end, "st" | "nd" | "rd" | "th")));
        (!ordinal).then_some(words)
    }
}

fn joined(words: &[String], splitter: Splitter, style: Style) -> String {
    if style == Style::Snake {
        return words.join("_");
    }
    let mut out = String::new();
    for (at, word) in words.iter().enumerate() {
        // `camel-case` 4 keeps digits apart: `version_1_2` is `version_1_2`.
        let digit = word.bytes().next().is_some_and(|first| first.is_ascii_digit());
        if at > 0 && digit && splitter == Splitter::NoCase {
            out.push('_');
        }
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if at > 0 => out.push(first.to_ascii_uppercase()),
            Some(first) => out.push(first),
            None => {}
        }
        out.extend(letters);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(function: &KeyFunction, table: &[(&str, &str)]) {
        for (key, expected) in table {
            assert_eq!(function.apply(key).as_deref(), Some(*expected), "{key}");
        }
    }

    #[test]
    fn libraries_disagree_about_digits_and_underscores() {
        check(
            &KeyFunction::humps_camel(),
            &[
                ("user_id", "userId"),
                ("next_4_weeks", "next4Weeks"),
                ("_private_key", "privateKey"),
                ("a__b", "aB"),
            ],
        );
        check(
            &KeyFunction::camelcase(),
            &[
                ("user_id", "userId"),
                ("pgy1_ratio", "pgy1Ratio"),
                ("foo2bar", "foo2Bar"),
                ("pageSize", "pageSize"),
            ],
        );
        let lodash = KeyFunction::words(Splitter::Lodash, Style::Camel);
        check(&lodash, &[("user_id", "userId"), ("foo2bar", "foo2Bar"), ("HTTPServer_a", "httpServerA")]);
        assert_eq!(lodash.apply("the_1st_place"), None);
        let no_case = KeyFunction::words(Splitter::NoCase, Style::Camel);
        check(&no_case, &[("next_4_weeks", "next_4Weeks"), ("pub_256", "pub_256"), ("foo__bar", "fooBar")]);
        check(
            &KeyFunction::camel(false),
            &[("next_4_weeks", "next_4Weeks"), ("_private_key", "_privateKey")],
        );
        check(&KeyFunction::camel(true), &[("next_4_weeks", "next4Weeks"), ("pageSize", "pageSize")]);
    }

    #[test]
    fn requests_go_back_by_rules_of_their_own() {
        check(
            &KeyFunction::snake(),
            &[("createdAt", "created_at"), ("next_4Weeks", "next_4_weeks"), ("pub256", "pub256")],
        );
        check(&KeyFunction::humps_snake(), &[("createdAt", "created_at"), ("next4Weeks", "next4_weeks")]);
        check(&KeyFunction::decamelize(), &[("parseJSONBody", "parse_json_body"), ("line1", "line1")]);
        check(&KeyFunction::words(Splitter::Lodash, Style::Snake), &[("pgy1Ratio", "pgy_1_ratio")]);
        check(
            &KeyFunction::words(Splitter::NoCase, Style::Snake),
            &[("next_4Weeks", "next_4_weeks"), ("line1", "line1")],
        );
    }

    #[test]
    fn functions_are_joined_and_bounded() {
        let there_and_back = KeyFunction::camel(false).then(&KeyFunction::snake()).expect("one input");
        check(&there_and_back, &[("user_id", "user_id"), ("foo__bar", "foo__bar"), ("a_B", "a__b")]);
        assert_eq!(KeyFunction::snake().apply("naïve"), None);
        assert_eq!(KeyFunction::snake().apply(&"a".repeat(10_000)), None);
        assert_eq!(KeyFunction::default().apply("a").as_deref(), Some(""));
    }
}
