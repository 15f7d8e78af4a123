//! The queries of one language: compiled once per process, checked against the vocabulary, run as one over the children of
//! one node.
//!
//! Deliberately absent: predicates (a misspelt one filters nothing and is no error) and patterns with more than one node
//! (see `queries/README.md`).

use std::sync::LazyLock;

use alignment_model::code::Language;
use tree_sitter::{Node, Query, QueryCursor, StreamingIterator};

use crate::tree::grammar;

/// What sort of statement a captured node is: the vocabulary of `queries/README.md`, where each word is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Import,
    Export,
    Class,
    Function,
    Decorated,
    Variable,
    Field,
    Type,
    Ambient,
    Expression,
    Branch,
    Loop,
    With,
    Try,
    Leave,
    Delete,
    Block,
    Error,
}

/// Every capture name with its role.
const VOCABULARY: &[(&str, Role)] = &[
    ("import", Role::Import),
    ("export", Role::Export),
    ("class", Role::Class),
    ("function", Role::Function),
    ("decorated", Role::Decorated),
    ("variable", Role::Variable),
    ("field", Role::Field),
    ("type", Role::Type),
    ("ambient", Role::Ambient),
    ("expression", Role::Expression),
    ("branch", Role::Branch),
    ("loop", Role::Loop),
    ("with", Role::With),
    ("try", Role::Try),
    ("leave", Role::Leave),
    ("delete", Role::Delete),
    ("block", Role::Block),
    ("error", Role::Error),
];

const PYTHON: &str = include_str!("../../../queries/python/statements.scm");
const TYPESCRIPT: &str = include_str!("../../../queries/typescript/statements.scm");

/// The source of all queries of a language.
const fn source(language: Language) -> &'static str {
    match language {
        Language::Python => PYTHON,
        Language::TypeScript | Language::Tsx => TYPESCRIPT,
    }
}

/// States that may be in progress at once. Patterns of one node need none; an overrun is reported.
const MATCH_LIMIT: u32 = 256;

/// The compiled queries of one language.
pub(crate) struct Queries {
    query: Query,
    /// Role of each capture index.
    roles: Box<[Role]>,
}

impl Queries {
    /// The queries of a language, compiled when first asked for.
    pub(crate) fn of(language: Language) -> &'static Queries {
        static COMPILED: [LazyLock<Queries>; 3] = [
            LazyLock::new(|| Queries::compile(Language::Python)),
            LazyLock::new(|| Queries::compile(Language::TypeScript)),
            LazyLock::new(|| Queries::compile(Language::Tsx)),
        ];
        &COMPILED[language as usize]
    }

    fn compile(language: Language) -> Queries {
        let query = Query::new(&grammar(language), source(language)).expect("tests compile every query");
        for pattern in 0..query.pattern_count() {
            let plain = query.general_predicates(pattern).is_empty()
                && query.property_predicates(pattern).is_empty()
                && query.property_settings(pattern).is_empty();
            assert!(
                plain && query.is_pattern_rooted(pattern),
                "pattern {pattern} has a predicate or several roots"
            );
        }
        let role = |name: &&str| VOCABULARY.iter().find(|(word, _)| word == name).map(|(_, role)| *role);
        let roles = query.capture_names().iter().map(role).collect::<Option<_>>();
        Queries { roles: roles.expect("tests hold captures against the vocabulary"), query }
    }

    /// The statements directly under `parent`, in source order, and whether some were lost to the match limit.
    pub(crate) fn statements<'t>(&self, cursor: &mut QueryCursor, parent: Node<'t>) -> Statements<'t> {
        cursor.set_max_start_depth(Some(1));
        cursor.set_match_limit(MATCH_LIMIT);
        let mut found = Vec::new();
        // No pattern has a predicate, so no text is ever asked for.
        let mut matches = cursor.matches(&self.query, parent, |_: Node<'_>| std::iter::empty::<&[u8]>());
        while let Some(matched) = matches.next() {
            for capture in matched.captures() {
                if capture.node.id() != parent.id()
                    && let Some(role) = self.roles.get(capture.index as usize)
                {
                    found.push((*role, capture.node));
                }
            }
        }
        drop(matches);
        Statements { found, overrun: cursor.did_exceed_match_limit() }
    }
}

/// What [`Queries::statements`] finds.
pub(crate) struct Statements<'t> {
    /// Role and node of each statement.
    pub(crate) found: Vec<(Role, Node<'t>)>,
    /// Whether the match limit was exceeded, so that some are missing.
    pub(crate) overrun: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANGUAGES: [Language; 3] = [Language::Python, Language::TypeScript, Language::Tsx];

    #[test]
    fn queries_compile_and_stay_inside_the_vocabulary() {
        for language in LANGUAGES {
            let queries = Queries::of(language);
            assert_eq!(queries.roles.len(), queries.query.capture_names().len());
            assert!(
                !source(language).contains("(#"),
                "{language:?}: predicates filter nothing when misspelt"
            );
        }
    }

    #[test]
    fn the_vocabulary_is_the_table_of_the_readme() {
        let readme = include_str!("../../../queries/README.md");
        let row = |line: &'static str| line.strip_prefix("| `@")?.split_once('`').map(|(word, _)| word);
        let documented: Vec<&str> = readme.lines().filter_map(row).collect();
        let known: Vec<&str> = VOCABULARY.iter().map(|(word, _)| *word).collect();
        assert_eq!(documented, known);
    }

    /// One statement for each pattern; the last cannot be read.
    const PYTHON_SAMPLE: &str = "import a\nfrom b import c\nfrom __future__ import d\nclass E: pass\ndef f(): pass\n@g\nclass H: pass\ntype I = J\n\
        k = 1\nif l: m\nmatch n:\n  case _: o\nfor p in q: r\nwhile s: break\nwhile s: continue\nwith u: v\ntry: w\nfinally: x\nreturn y\nraise z\nassert z\ndel a\n)\n";

    const TYPESCRIPT_SAMPLE: &str = "import a from 'a'; import a2 = a.b; export const b = 1; class C {} abstract class D {} function e() {}\n\
        function* f() {}\nfunction g(): void;\nconst h = 1; var i; interface J {} type K = L; enum M { N } namespace O {}\n\
        module P {}\ndeclare const q: R; s(); if (t) {} switch (u) {} for (;;) {} for (const v of w) {} while (x) {}\n\
        do {} while (y); try {} finally {} return; throw z; {} a: b;\n;;; }}} \\\n";

    #[test]
    fn every_pattern_matches_somewhere() {
        for (language, sample) in [
            (Language::Python, PYTHON_SAMPLE),
            (Language::TypeScript, TYPESCRIPT_SAMPLE),
            (Language::Tsx, TYPESCRIPT_SAMPLE),
        ] {
            let mut parser = tree_sitter::Parser::new();
            parser.set_language(&grammar(language)).unwrap();
            let tree = parser.parse(sample, None).unwrap();
            let query = &Queries::of(language).query;
            let mut cursor = QueryCursor::new();
            let mut matches = cursor.matches(query, tree.root_node(), sample.as_bytes());
            let mut unmatched: Vec<usize> = (0..query.pattern_count()).collect();
            while let Some(matched) = matches.next() {
                unmatched.retain(|pattern| *pattern != matched.pattern_index);
            }
            let text = |pattern: &usize| {
                &source(language)
                    [query.start_byte_for_pattern(*pattern)..query.end_byte_for_pattern(*pattern)]
            };
            let unmatched: Vec<&str> = unmatched.iter().map(text).collect();
            assert!(unmatched.is_empty(), "{language:?}: {unmatched:?}");
        }
    }
}
