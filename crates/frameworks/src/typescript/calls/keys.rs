//! What happens to the keys of bodies on the way: interceptors and functions that turn snake case into camel case, and back.
//!
//! | converter | source |
//! |---|---|
//! | `humps` 2, `camelizeKeys`, `decamelizeKeys` | its `camelize` and `separateWords` |
//! | `camelcase-keys`, `decamelize-keys`, `snakecase-keys`, where they go into objects | `camelcase`, `decamelize`, `snake-case` |
//! | `axios-case-converter` 1, both ways | `camel-case` 4, `snake-case` 3 |
//! | a function of the project | its one expression that makes a text of a key (`texts`) |
//!
//! A converter is applied by an interceptor (axios), by an option of the client (`transformResponse`, `transformRequest`,
//! `parseJson`, `parseResponse`), or by a call on the body. Deliberately absent: converters that do not go into objects, or
//! that look at the key before they convert it; they are unknown.

mod texts;

use std::collections::HashSet;
use std::sync::Arc;

use alignment_model::code::{Call, Expr, ExprKind, ExprPart, Literal, MapEntry, Operator};
use alignment_model::key_function::{KeyEdit, KeyFunction, KeyPart, Splitter, Style};
use alignment_model::project::KeyConversion;
use alignment_model::{FileId, TextRange};

use self::texts::{Texts, library};
use super::answers::Carrier;
use super::bodies::each_expr;
use super::clients::{Client, Library, Setting};
use super::flow::Flow;
use super::frame::{Callable, Place};
use super::urls::address;
use super::values::Value;
use super::wrappers::Requests;

/// Functions that a converter calls, as deep as they are looked into.
const MAX_CALLS: usize = 4;

/// What a client does with keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Keys {
    #[default]
    None,
    By(FileId, TextRange, Arc<KeyFunction>),
    Unknown,
}

/// What a client does with the keys of answers, and with those of bodies.
#[derive(Clone, Debug, Default)]
pub(super) struct BothWays {
    pub(super) answers: Keys,
    pub(super) bodies: Keys,
}

impl Keys {
    /// This, then another.
    pub(super) fn then(self, next: Keys) -> Self {
        match (self, next) {
            (Keys::None, keys) | (keys, Keys::None) => keys,
            (Keys::Unknown, _) | (_, Keys::Unknown) => Keys::Unknown,
            // The same converter on two ways through a function, or twice on one: converted keys stay converted.
            (Keys::By(file, range, first), Keys::By(_, _, second)) if first == second => {
                Keys::By(file, range, first)
            }
            (Keys::By(file, range, first), Keys::By(_, _, second)) => match first.then(&second) {
                Some(both) => Keys::By(file, range, Arc::new(both)),
                None => Keys::Unknown,
            },
        }
    }

    pub(super) fn conversion(&self) -> KeyConversion {
        match self {
            Keys::None => KeyConversion::None,
            Keys::By(file, range, function) => {
                KeyConversion::By { span: range.in_file(*file), function: function.clone() }
            }
            Keys::Unknown => KeyConversion::Unknown,
        }
    }
}

impl<'a> Requests<'_, '_, 'a> {
    /// Remembers what an interceptor that a call adds does to the keys of a client.
    pub(super) fn note_interceptor(&mut self, place: &Place<'a>, call: &'a Call) {
        let Some((client, is_answer, keys)) = self.interceptor(place, call) else { return };
        let both = self.interceptors.entry(client).or_default();
        let slot = if is_answer { &mut both.answers } else { &mut both.bodies };
        *slot = std::mem::take(slot).then(keys);
    }

    /// Whether a call adds an interceptor to a client: the client's id, whether it is one for answers, what it does to keys.
    fn interceptor(&self, place: &Place<'a>, call: &'a Call) -> Option<(usize, bool, Keys)> {
        let ExprKind::Member(kind, method) = &call.callee.kind else { return None };
        let ExprKind::Member(interceptors, name) = &kind.kind else { return None };
        let ExprKind::Member(client, field) = &interceptors.kind else { return None };
        if (&**method, &**field) != ("use", "interceptors") || !matches!(&**name, "response" | "request") {
            return None;
        }
        let Value::Client(client) = self.values.value(&place.at(client)) else { return None };
        let handler = self.values.callable(&place.at(call.positional().next()?))?;
        // A request's configuration has its body where an answer has its own: in `data`.
        let keys = Flow::of_argument(self, &handler, 0, Carrier::Axios).keys;
        (keys != Keys::None).then_some((client.id, &**name == "response", keys))
    }

    /// What each of the clients does to keys that a call may go to: not known where they differ.
    pub(super) fn keys_of_clients(&self, client: &Client<'a>, place: &Place<'a>) -> BothWays {
        let mut both = self.keys_of_client(client, place);
        for other in &client.others {
            let other = self.keys_of_client(other, place);
            if other.answers != both.answers {
                both.answers = Keys::Unknown;
            }
            if other.bodies != both.bodies {
                both.bodies = Keys::Unknown;
            }
        }
        both
    }

    /// What a client does to keys: its interceptors, the package around it, its options.
    fn keys_of_client(&self, client: &Client<'a>, place: &Place<'a>) -> BothWays {
        let mut both = match self.interceptors.get(&client.id) {
            Some(both) => both.clone(),
            None => BothWays::default(),
        };
        if client.converts {
            let by = |style| {
                let function = KeyFunction::words(Splitter::NoCase, style);
                Keys::By(place.file, place.expr.range, Arc::new(function))
            };
            both.answers = by(Style::Camel).then(both.answers);
            both.bodies = both.bodies.then(by(Style::Snake));
        }
        let (answers, bodies): (&str, Option<&str>) = match client.library {
            Library::Axios => ("transformResponse", Some("transformRequest")),
            Library::Ky => ("parseJson", None),
            Library::Ofetch | Library::UseFetch => ("parseResponse", None),
            Library::Fetch
            | Library::Angular
            | Library::OpenapiFetch
            | Library::OpenapiQuery
            | Library::HeyApi
            | Library::OpenapiGenerator => return both,
        };
        both.answers = self.option(client, answers).then(both.answers);
        if let Some(bodies) = bodies {
            both.bodies = both.bodies.then(self.option(client, bodies));
        }
        both
    }

    /// What the functions under an option of a client do to the keys of their first argument.
    fn option(&self, client: &Client<'a>, name: &str) -> Keys {
        match self.values.setting(client.options.as_ref(), name) {
            Setting::Is(value) => self.of_functions(&value),
            Setting::Absent | Setting::Open(_) => Keys::None,
            // Options from elsewhere say nothing about keys in general; one that is spread in beside others may.
            Setting::Unknown => Keys::None,
        }
    }

    fn of_functions(&self, value: &Place<'a>) -> Keys {
        match &value.expr.kind {
            ExprKind::List(items) => {
                items.iter().fold(Keys::None, |keys, item| keys.then(self.of_function(&value.at(item))))
            }
            // `[].concat(axios.defaults.transformResponse, convert)`
            ExprKind::Call(call) => {
                call.positional().fold(Keys::None, |keys, item| keys.then(self.of_function(&value.at(item))))
            }
            ExprKind::Spread(_) => Keys::None,
            _ => self.of_function(value),
        }
    }

    fn of_function(&self, place: &Place<'a>) -> Keys {
        let callee = self.values.value(place);
        if let Some(keys) = self.converter(&callee, place, None) {
            return keys;
        }
        match callee {
            Value::Function(callable) => Flow::of_argument(self, &callable, 0, Carrier::body()).keys,
            _ => Keys::None,
        }
    }

    /// What a function does to the keys of what it is given; `None` if it is no converter of keys. Where a call of it is known,
    /// its options are.
    pub(super) fn converter(
        &self,
        callee: &Value<'a>,
        place: &Place<'a>,
        call: Option<&'a Call>,
    ) -> Option<Keys> {
        let by = |function| Keys::By(place.file, place.expr.range, Arc::new(function));
        let options = call.and_then(|call| call.positional().nth(1));
        let when =
            |is_known: bool, function: KeyFunction| Some(if is_known { by(function) } else { Keys::Unknown });
        match callee {
            Value::External("humps", path) => match path.last().map_or("", |name| &**name) {
                "camelizeKeys" => when(options.is_none(), KeyFunction::humps_camel()),
                "decamelizeKeys" => when(options.is_none(), KeyFunction::humps_snake()),
                "pascalizeKeys" | "depascalizeKeys" => Some(Keys::Unknown),
                _ => None,
            },
            Value::External("camelcase-keys", _) => {
                when(options.is_some_and(is_only_deep), KeyFunction::camelcase())
            }
            Value::External("camelcase-keys-deep", _) => when(options.is_none(), KeyFunction::camelcase()),
            Value::External("decamelize-keys", _) => {
                when(options.is_some_and(is_only_deep), KeyFunction::decamelize())
            }
            Value::External("decamelize-keys-deep", _) => when(options.is_none(), KeyFunction::decamelize()),
            Value::External("snakecase-keys", _) => {
                let function = KeyFunction::words(Splitter::NoCase, Style::Snake);
                when(options.is_none_or(is_only_deep), function)
            }
            Value::Function(callable) => {
                let reading = self.reading(callable);
                match (reading.goes_over_keys, reading.function()) {
                    (false, _) => None,
                    (true, Some(function)) => Some(by(function)),
                    (true, None) => Some(Keys::Unknown),
                }
            }
            _ => None,
        }
    }

    /// Reads a function and those it calls.
    fn reading(&self, callable: &Callable<'a>) -> Reading {
        let mut reading = Reading::default();
        let root = address(callable.function);
        let mut seen = HashSet::from([root]);
        let mut open = vec![(callable.clone(), 0)];
        while let Some((callable, depth)) = open.pop() {
            let mut bodies = vec![(&callable.function.body, callable.open())];
            while let Some((body, frame)) = bodies.pop() {
                each_expr(body, &mut |part| match part {
                    ExprPart::Function(function) => bodies.push((&function.body, frame.clone())),
                    ExprPart::Expr(expr) => {
                        let place = Place { file: callable.file, expr, frame: frame.clone() };
                        self.look_at(&place, &mut reading);
                        for inner in self.functions_in(&place) {
                            let called = address(inner.function);
                            reading.is_deep |= called == root || called == address(callable.function);
                            if seen.insert(called) && depth < MAX_CALLS {
                                open.push((inner, depth + 1));
                            }
                        }
                    }
                    _ => {}
                });
            }
        }
        reading
    }

    /// The functions of the project that a call calls or passes on (`keys.map(convert)`).
    fn functions_in(&self, place: &Place<'a>) -> Vec<Callable<'a>> {
        let ExprKind::Call(call) = &place.expr.kind else { return Vec::new() };
        let named = call.positional().filter(|argument| argument.as_name().is_some());
        std::iter::once(&call.callee)
            .chain(named)
            .filter_map(|expr| self.values.callable(&place.at(expr)))
            .collect()
    }

    /// Takes up what an expression inside a function shows about keys.
    fn look_at(&self, place: &Place<'a>, reading: &mut Reading) {
        let call = match &place.expr.kind {
            ExprKind::Call(call) => call,
            ExprKind::Template(_) | ExprKind::Binary(Operator::Add, ..) => {
                let folded = Texts::fold(self, place);
                if is_conversion(folded.as_ref()) {
                    reading.add(place, folded);
                }
                return;
            }
            // A key that is told apart from the others.
            ExprKind::Binary(Operator::Equal | Operator::NotEqual, left, right) => {
                let one_is_text = left.as_text().is_some() || right.as_text().is_some();
                reading.looks_at_keys |=
                    one_is_text && (left.as_name().is_some() || right.as_name().is_some());
                return;
            }
            _ => return,
        };
        let path = call.callee.dotted();
        let path = path.as_deref().unwrap_or(&[]);
        reading.goes_over_keys |=
            matches!(path, ["Object", "keys" | "entries"] | [.., "mapKeys" | "transform"]);
        // `mapKeys(object, camelCase)`, `keys.map(camelCase)`
        for argument in call.positional().filter(|argument| argument.as_name().is_some()) {
            if let Some(function) = library(&self.values.value(&place.at(argument))) {
                reading.add(place, Some(function));
            }
        }
        let ExprKind::Member(_, method) = &call.callee.kind else {
            if is_conversion(Texts::fold(self, place).as_ref()) {
                reading.add(place, Texts::fold(self, place));
            }
            return;
        };
        match &**method {
            "startsWith" | "endsWith" | "includes" | "test" | "match" | "has" => reading.looks_at_keys = true,
            "replace" | "replaceAll" => {
                let is_text = call.positional().next().is_some_and(is_text_pattern);
                let folded = Texts::fold(self, place);
                if is_text || folded.is_some() {
                    reading.add(place, folded);
                }
            }
            _ => {
                let folded = Texts::fold(self, place);
                if is_conversion(folded.as_ref()) {
                    reading.add(place, folded);
                }
            }
        }
    }
}

/// Whether the first argument of `replace` makes it a method of texts.
fn is_text_pattern(pattern: &Expr) -> bool {
    matches!(&pattern.kind, ExprKind::Literal(Literal::Regex(_) | Literal::Text(_)) | ExprKind::Name(_))
}

/// Whether a function does more than change the case of letters or take some away.
fn is_conversion(function: Option<&KeyFunction>) -> bool {
    let converts =
        |edit: &KeyEdit| matches!(edit, KeyEdit::Replace { .. } | KeyEdit::Split { .. } | KeyEdit::Words(..));
    function.is_some_and(|function| {
        function
            .parts
            .iter()
            .any(|part| matches!(part, KeyPart::Input { edits, .. } if edits.iter().any(converts)))
    })
}

/// `{ deep: true }`
fn is_only_deep(options: &Expr) -> bool {
    let ExprKind::Map(entries) = &options.kind else { return false };
    matches!(&entries[..], [MapEntry::Pair(key, value)]
        if key.as_text() == Some("deep") && matches!(value.kind, ExprKind::Literal(Literal::Bool(true))))
}

/// What the code of a function shows about keys.
#[derive(Debug, Default)]
struct Reading {
    /// It lists the keys of an object.
    goes_over_keys: bool,
    /// It calls itself: it goes into objects in objects.
    is_deep: bool,
    /// It may convert some keys and leave others.
    looks_at_keys: bool,
    /// Expressions that make a text of a text, with their places: what they do, or that it could not be read.
    texts: Vec<(FileId, TextRange, Option<KeyFunction>)>,
}

impl Reading {
    fn add(&mut self, place: &Place<'_>, function: Option<KeyFunction>) {
        self.texts.push((place.file, place.expr.range, function));
    }

    /// The one function that all keys are given to.
    fn function(&self) -> Option<KeyFunction> {
        let inside = |file: FileId, range: TextRange| {
            self.texts.iter().any(|(other, around, _)| {
                *other == file && *around != range && around.start <= range.start && range.end <= around.end
            })
        };
        let mut whole = self.texts.iter().filter(|(file, range, _)| !inside(*file, *range));
        let (_, _, first) = whole.next()?;
        let agree = whole.all(|(_, _, other)| other == first);
        (agree && self.is_deep && !self.looks_at_keys).then(|| first.clone())?
    }
}
