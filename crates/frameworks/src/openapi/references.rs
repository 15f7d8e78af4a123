//! One document while it is read: its components by name, and what a `$ref` inside it names.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use alignment_model::problem::{Problem, ProblemKind};
use alignment_model::shape::DeclarationKey;
use alignment_model::{FileId, Span, TextRange};

use super::tree::{Entry, Kind, Node};

/// Steps that reading one document may take. Schemas that are written in each other's place again and again are exponential
/// without it; the largest documents known take a tenth of it.
const MAX_STEPS: usize = 2_000_000;

/// References that lead to references.
const MAX_HOPS: usize = 16;

/// The beginning of a reference to a schema.
const SCHEMAS: &str = "#/components/schemas/";

/// One document.
pub(super) struct Document<'t> {
    pub(super) file: FileId,
    pub(super) path: &'t str,
    pub(super) root: &'t Node,
    components: HashMap<&'t str, &'t Entry>,
    says_null: bool,
    /// Steps that are left.
    left: Cell<usize>,
    problems: RefCell<Vec<Problem>>,
}

/// What a reference names.
#[derive(Clone, Copy)]
pub(super) enum Target<'t> {
    /// A schema with a name.
    Component(&'t str, &'t Node),
    /// Another place of the document.
    Place(&'t Node),
    /// Another document.
    Elsewhere,
    /// Nothing.
    Nowhere,
}

impl<'t> Document<'t> {
    pub(super) fn new(file: FileId, path: &'t str, root: &'t Node) -> Self {
        let schemas = root.get("components").and_then(|components| components.get("schemas"));
        let components =
            schemas.map(Node::entries).unwrap_or_default().iter().map(|entry| (&*entry.key, entry)).collect();
        let (left, problems) = (Cell::new(MAX_STEPS), RefCell::default());
        Self { file, path, root, components, says_null: says_null(root), left, problems }
    }

    /// The schema of this name.
    pub(super) fn component(&self, name: &str) -> Option<&'t Entry> {
        self.components.get(name).copied()
    }

    /// All schemas with a name, in order.
    pub(super) fn schemas(&self) -> &'t [Entry] {
        let schemas = self.root.get("components").and_then(|components| components.get("schemas"));
        schemas.map(Node::entries).unwrap_or_default()
    }

    /// The declaration of a schema with a name.
    pub(super) fn key(&self, name: &str) -> DeclarationKey {
        DeclarationKey { file: self.file, path: name.into() }
    }

    /// What a reference names.
    pub(super) fn target(&self, reference: &str) -> Target<'t> {
        if let Some(name) = reference.strip_prefix(SCHEMAS).filter(|name| !name.contains('/')) {
            let name = unescaped(name);
            return self
                .component(&name)
                .map_or(Target::Nowhere, |entry| Target::Component(&entry.key, &entry.value));
        }
        let Some(pointer) = reference.strip_prefix('#') else { return Target::Elsewhere };
        let mut node = self.root;
        for part in pointer.split('/').skip(1) {
            let part = unescaped(part);
            let next = match &node.kind {
                Kind::List(items) => part.parse::<usize>().ok().and_then(|at| items.get(at)),
                _ => node.get(&part),
            };
            match next {
                Some(next) => node = next,
                None => return Target::Nowhere,
            }
        }
        Target::Place(node)
    }

    /// A parameter, body or response, behind references. `None` where it stands in another document.
    pub(super) fn resolved(&self, node: &'t Node) -> Option<&'t Node> {
        let mut node = node;
        for _ in 0..MAX_HOPS {
            let Some(reference) = node.text_at("$ref") else { return Some(node) };
            node = match self.target(reference) {
                Target::Component(_, node) | Target::Place(node) => node,
                Target::Elsewhere | Target::Nowhere => return None,
            };
        }
        None
    }

    /// Takes one step of the budget. False, with a problem the first time, where none is left.
    pub(super) fn step(&self) -> bool {
        let left = self.left.get();
        if left == 1 {
            let message = format!(
                "the schemas of this document take more than {MAX_STEPS} steps; the rest is not read"
            );
            self.problems.borrow_mut().push(Problem::at(
                Span::file_start(self.file),
                ProblemKind::Limit,
                message,
            ));
        }
        self.left.set(left.saturating_sub(1));
        left > 1
    }

    pub(super) fn span(&self, range: TextRange) -> Span {
        range.in_file(self.file)
    }

    /// Whether the document says of any value that it may be null.
    pub(super) fn says_null(&self) -> bool {
        self.says_null
    }

    pub(super) fn problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }
}

/// `nullable: true`, `type: "null"`, `type: [string, "null"]` at any place.
fn says_null(root: &Node) -> bool {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        let is_null = |node: &Node| matches!(&node.kind, Kind::Text(text) if &**text == "null");
        match &node.kind {
            Kind::Map(entries) => {
                for entry in entries {
                    let value = &entry.value;
                    if &*entry.key == "nullable" && matches!(value.kind, Kind::Bool(true))
                        || &*entry.key == "type" && (is_null(value) || value.items().iter().any(is_null))
                    {
                        return true;
                    }
                    open.push(value);
                }
            }
            Kind::List(items) => open.extend(items),
            _ => {}
        }
    }
    false
}

/// A part of a JSON pointer in a fragment (RFC 6901, 3 and 6).
fn unescaped(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        let hex = (*first == b'%').then(|| more.get(..2)).flatten();
        let code = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        if code.is_some() {
            rest = more.get(2..).unwrap_or_default();
        }
        bytes.push(code.unwrap_or(*first));
    }
    String::from_utf8_lossy(&bytes).replace("~1", "/").replace("~0", "~")
}
