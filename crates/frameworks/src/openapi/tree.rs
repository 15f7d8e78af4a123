//! JSON and YAML -> one tree with places. JSON is read as the YAML it is (YAML 1.2, "Relation to JSON").
//!
//! Hostile text costs a problem and never the run: the parser limits nesting, and aliases are copied within a budget of nodes, so
//! that a document that repeats itself a billion times is refused.

use std::borrow::Cow;
use std::collections::HashMap;

use alignment_model::TextRange;
use granit_parser::{Event, Parser, ScalarStyle, Span};

/// Nodes of one document, copies made for aliases included. The largest documents known have half of that.
const MAX_NODES: usize = 4_000_000;

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) range: TextRange,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Number(Box<str>),
    Text(Box<str>),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Box<str>,
    pub(super) range: TextRange,
    pub(super) value: Node,
}

impl Node {
    /// The value of a key; of equal keys the last counts.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().rev().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// The entries of a map; nothing for anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; nothing for anything else.
    pub(super) fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a string, or of a number where a string is meant (`version: 3.1`).
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) | Kind::Number(text) => Some(text),
            _ => None,
        }
    }

    /// The text at a key.
    pub(super) fn text_at(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// Whether a key says `true`.
    pub(super) fn is_set(&self, key: &str) -> bool {
        matches!(self.get(key).map(|node| &node.kind), Some(Kind::Bool(true)))
    }
}

/// Reads the first document of a text, or says why not.
pub(super) fn parse(text: &str) -> Result<Node, String> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| format!("line {}: {}", error.marker().line(), error.info()))?;
        if builder.event(event, &span)? {
            break;
        }
    }
    builder.root.ok_or_else(|| "it is empty".to_owned())
}

/// What is open while events come in.
#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    /// Nodes with anchors, and how many nodes each is.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

/// A list or map whose end has not come.
struct Open {
    node: Node,
    /// The key whose value comes next.
    key: Option<(Box<str>, TextRange)>,
    anchor: usize,
    /// Nodes before it.
    before: usize,
}

impl Builder {
    /// Takes one event; true at the end of the first document.
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<bool, String> {
        let range =
            span.byte_range().map_or(TextRange::default(), |range| TextRange::new(range.start, range.end));
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let before = self.nodes;
                let node = Node { range, kind: scalar(text, style) };
                self.place(node, anchor, before)?;
            }
            Event::SequenceStart(_, anchor, _) => self.start(range, Kind::List(Vec::new()), anchor),
            Event::MappingStart(_, anchor, _) => self.start(range, Kind::Map(Vec::new()), anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    self.place(open.node, open.anchor, open.before)?;
                }
            }
            Event::Alias(anchor) => {
                let (node, size) =
                    self.anchors.get(&anchor).ok_or("an alias stands inside what it names")?.clone();
                self.nodes += size;
                let before = self.nodes;
                self.place(Node { range, ..node }, 0, before)?;
            }
            Event::DocumentEnd => return Ok(true),
            _ => {}
        }
        Ok(false)
    }

    fn start(&mut self, range: TextRange, kind: Kind, anchor: usize) {
        let before = self.nodes;
        self.open.push(Open { node: Node { range, kind }, key: None, anchor, before });
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, node: Node, anchor: usize, before: usize) -> Result<(), String> {
        self.nodes += 1;
        if anchor != 0 {
            let size = self.nodes - before;
            self.nodes += size;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        if self.nodes > MAX_NODES {
            return Err(format!("it has more than {MAX_NODES} values, those of aliases included"));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.node.kind, open.key.take()) {
            (Kind::List(items), _) => items.push(node),
            (Kind::Map(_), None) => {
                let range = node.range;
                open.key = Some((key_text(node), range));
            }
            (Kind::Map(entries), Some((key, _))) if &*key == "<<" => merge(entries, node),
            (Kind::Map(entries), Some((key, range))) => entries.push(Entry { key, range, value: node }),
            _ => {}
        }
        Ok(())
    }
}

/// `<<: *base`: what the map does not say itself. Entries come first, so that later ones of the same key count.
fn merge(entries: &mut Vec<Entry>, node: Node) {
    let maps = match node.kind {
        Kind::List(items) => items,
        _ => vec![node],
    };
    for map in maps {
        if let Kind::Map(merged) = map.kind {
            entries.splice(0..0, merged);
        }
    }
}

/// A key as text; a key that is no scalar is one that nobody asks for.
fn key_text(node: Node) -> Box<str> {
    match node.kind {
        Kind::Text(text) | Kind::Number(text) => text,
        Kind::Bool(value) => value.to_string().into(),
        Kind::Null => "null".into(),
        Kind::List(_) | Kind::Map(_) => "".into(),
    }
}

/// A scalar by the core schema (YAML 1.2, 10.3.2): what is quoted is text.
fn scalar(text: Cow<'_, str>, style: ScalarStyle) -> Kind {
    if style != ScalarStyle::Plain {
        return Kind::Text(text.into());
    }
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        number if is_number(number) => Kind::Number(text.into()),
        _ => Kind::Text(text.into()),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+', '.']);
    digits.starts_with(|first: char| first.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_yaml_are_one_tree_with_places() {
        let json = parse("{\"a\": [1, true, null, \"x\\ud83d\\ude00\"], \"b\":{\"c\":\"1\"}}").expect("json");
        let yaml = parse("# c\na: [1, true, ~, 'x😀']\nb:\n  c: '1'\n").expect("yaml");
        for tree in [&json, &yaml] {
            let items = tree.get("a").map(Node::items).unwrap_or_default();
            assert!(matches!(&items[0].kind, Kind::Number(one) if &**one == "1"));
            assert!(matches!(items[1].kind, Kind::Bool(true)) && matches!(items[2].kind, Kind::Null));
            assert_eq!(items[3].text(), Some("x😀"));
            assert_eq!(tree.get("b").and_then(|b| b.text_at("c")), Some("1"));
        }
        assert_eq!(yaml.entries()[1].range.start, 29);
    }

    #[test]
    fn aliases_are_copied_and_merged_keys_give_way() {
        let tree = parse("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nlist: [*b]\n").expect("yaml");
        let used = tree.get("use").expect("use");
        assert_eq!((used.text_at("x"), used.text_at("y")), (Some("1"), Some("3")));
        assert_eq!(tree.get("list").map(|list| list.items().len()), Some(1));
    }

    #[test]
    fn hostile_text_is_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..20 {
            let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert!(parse(&bomb).is_err_and(|why| why.contains("aliases included")));
        for text in [
            "",
            "{",
            "a: &a [*a]",
            "a: *b",
            "\"\\u12",
            "- a\nb: c",
            &"[".repeat(100_000),
            &"- ".repeat(50_000),
        ] {
            assert!(parse(text).is_err(), "{:.20}", text);
        }
    }
}
