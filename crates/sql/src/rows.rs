//! What a statement on rows names: its tables, their columns, and what it writes to which of them.
//!
//! Read from the words of the statement, so that joins, subqueries and placeholders of every driver (`%s`, `:name`, `$1`, `?`) are no
//! obstacle. Deliberately absent: which table an unqualified column belongs to where there are several; who knows the columns of the
//! tables can tell.

use alignment_model::Span;
use alignment_model::entity::TableName;
use alignment_model::project::{RowStatement, RowVerb};
use alignment_model::schema_change::{is_known_name, is_known_table};

use crate::Dialect;
use crate::name::qualified;
use crate::scan::{Lexeme, LexemeKind, Lexer, name_of};

mod writes;

/// Lexemes of a statement that are read: more is generated data.
const MAX_LEXEMES: usize = 20_000;

/// Reads a statement on rows, which stands at `span` and is all that is run if it is `whole`; `None` for anything else.
pub fn read_rows(text: &str, dialect: Dialect, span: Span, whole: bool) -> Option<RowStatement> {
    let lexemes: Vec<Lexeme> = Lexer::new(text, dialect).take(MAX_LEXEMES).collect();
    let words: Vec<Word> = lexemes.iter().map(|lexeme| Word::new(text, *lexeme)).collect();
    let verb = verb(&words)?;
    let mut reader = Reader { words: &words, tables: Vec::new(), taken: vec![false; words.len()] };
    reader.read_tables();
    let common = common_tables(&words);
    let columns = reader.columns(&common);
    let every = reader.every();
    let write = match verb {
        RowVerb::Insert => writes::insert(&words, span),
        RowVerb::Update => writes::update(&words, span),
        _ => None,
    };
    let is_real = |table: &TableName| table.schema.is_some() || !common.contains(&&*table.name);
    let tables: Vec<TableName> = reader.tables.iter().map(|(table, _)| table.clone()).collect();
    let columns = columns
        .into_iter()
        .filter(|(table, _)| table.is_none_or(|at| tables.get(at).is_some_and(is_real)))
        .map(|(table, name)| (table.and_then(|at| tables.get(at).cloned()), name))
        .collect();
    let all = |at: &usize| tables.get(*at).filter(|table| is_real(table)).cloned();
    let every = every.iter().filter_map(all).collect();
    let mut real: Vec<TableName> =
        tables.iter().filter(|table| is_real(table) && is_known_table(table)).cloned().collect();
    real.sort();
    real.dedup();
    Some(RowStatement { verb, tables: real, columns, every, write, whole, span })
}

/// One lexeme, with its name where it is a word or a quoted name.
struct Word<'t> {
    raw: &'t str,
    name: Option<Box<str>>,
    kind: LexemeKind,
}

impl<'t> Word<'t> {
    fn new(text: &'t str, lexeme: Lexeme) -> Self {
        let raw = text.get(lexeme.start..lexeme.end).unwrap_or_default();
        Self { raw, name: name_of(text, lexeme), kind: lexeme.kind }
    }

    /// Whether it is this word, in lower case, and not quoted.
    fn is(&self, word: &str) -> bool {
        self.kind == LexemeKind::Word && self.name.as_deref() == Some(word)
    }

    fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    fn is_symbol(&self, symbol: u8) -> bool {
        self.kind == LexemeKind::Symbol(symbol)
    }

    /// A name that no word of the language is.
    fn identifier(&self) -> Option<&str> {
        let name = self.name.as_deref()?;
        (self.kind == LexemeKind::Quoted || !RESERVED.contains(&name)).then_some(name)
    }
}

/// Words that are no names of columns unless they are quoted.
const RESERVED: &[&str] = &[
    "all",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "cast",
    "coalesce",
    "conflict",
    "cross",
    "current_date",
    "current_timestamp",
    "default",
    "delete",
    "desc",
    "distinct",
    "do",
    "duplicate",
    "else",
    "end",
    "except",
    "excluded",
    "exists",
    "extract",
    "false",
    "fetch",
    "filter",
    "first",
    "for",
    "from",
    "full",
    "group",
    "having",
    "ilike",
    "in",
    "inner",
    "insert",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "key",
    "last",
    "lateral",
    "left",
    "like",
    "limit",
    "locked",
    "natural",
    "next",
    "not",
    "nothing",
    "notnull",
    "null",
    "nulls",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "recursive",
    "replace",
    "returning",
    "right",
    "rows",
    "select",
    "set",
    "skip",
    "some",
    "then",
    "true",
    "union",
    "update",
    "using",
    "values",
    "when",
    "where",
    "window",
    "with",
    "within",
];

/// What the statement does: the first verb outside of parentheses.
fn verb(words: &[Word<'_>]) -> Option<RowVerb> {
    if !words.first()?.is_any(&["select", "insert", "update", "delete", "with", "replace"]) {
        return None;
    }
    let mut depth = 0_usize;
    for word in words {
        match word.kind {
            LexemeKind::Symbol(b'(') => depth += 1,
            LexemeKind::Symbol(b')') => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            _ if word.is("select") => return Some(RowVerb::Select),
            _ if word.is("insert") || word.is("replace") => return Some(RowVerb::Insert),
            _ if word.is("update") => return Some(RowVerb::Update),
            _ if word.is("delete") => return Some(RowVerb::Delete),
            _ => {}
        }
    }
    None
}

/// Names that `WITH` gives to queries.
fn common_tables<'w>(words: &'w [Word<'_>]) -> Vec<&'w str> {
    let names = words.windows(3).filter(|part| {
        part[1].is("as") && (part[2].is_symbol(b'(') || part[2].is_any(&["materialized", "not"]))
    });
    let plain = names.filter_map(|part| part[0].name.as_deref());
    // `WITH name(a, b) AS (`
    let listed = words.windows(2).enumerate().filter_map(|(at, part)| {
        let starts = part[0].is_any(&["with", "recursive"]) || part[0].is_symbol(b',');
        (starts && words.get(at + 2)?.is_symbol(b'(')).then_some(part[1].name.as_deref()?)
    });
    let is_with = words.first().is_some_and(|first| first.is("with"));
    plain.chain(listed.filter(move |_| is_with)).collect()
}

struct Reader<'w, 't> {
    words: &'w [Word<'t>],
    /// Tables with their aliases.
    tables: Vec<(TableName, Option<Box<str>>)>,
    /// Words that belong to the name of a table or alias.
    taken: Vec<bool>,
}

impl Reader<'_, '_> {
    fn word(&self, at: usize) -> Option<&Word<'_>> {
        self.words.get(at)
    }

    fn before(&self, at: usize) -> Option<&Word<'_>> {
        self.words.get(at.checked_sub(1)?)
    }

    fn read_tables(&mut self) {
        // What stands before each open parenthesis.
        let mut open: Vec<Option<usize>> = Vec::new();
        for at in 0..self.words.len() {
            let word = &self.words[at];
            match word.kind {
                LexemeKind::Symbol(b'(') => open.push(at.checked_sub(1)),
                LexemeKind::Symbol(b')') => _ = open.pop(),
                _ => {}
            }
            let of_function = || {
                let before = open.last().copied().flatten().and_then(|at| self.words.get(at));
                before
                    .is_some_and(|word| word.is_any(&["extract", "trim", "substring", "overlay", "position"]))
            };
            let before = self.before(at);
            let starts = match () {
                () if word.is("from") => !of_function() && !before.is_some_and(|word| word.is("distinct")),
                () if word.is_any(&["join", "into"]) => true,
                () if word.is("using") => !self.word(at + 1).is_some_and(|next| next.is_symbol(b'(')),
                () if word.is("update") => {
                    !before.is_some_and(|word| word.is_any(&["for", "do", "on", "key"]))
                }
                () => false,
            };
            if starts {
                let lists = word.is_any(&["from", "using"]);
                self.table_list(at + 1, lists);
            }
        }
    }

    /// `users AS u, orders o`.
    fn table_list(&mut self, mut at: usize, lists: bool) {
        loop {
            while self.word(at).is_some_and(|word| word.is_any(&["only", "lateral", "ignore", "or"])) {
                at += 1;
            }
            let Some((table, next)) = self.table(at) else { return };
            at = next;
            if self.word(at).is_some_and(|word| word.is("as")) {
                at += 1;
            }
            let alias = self.word(at).and_then(Word::identifier).map(Box::from);
            if alias.is_some() {
                self.taken[at] = true;
                at += 1;
            }
            self.tables.push((table, alias));
            if !lists || !self.word(at).is_some_and(|word| word.is_symbol(b',')) {
                return;
            }
            at += 1;
        }
    }

    /// A table's name, and where it ends; a function that gives rows is none.
    fn table(&mut self, at: usize) -> Option<(TableName, usize)> {
        let mut parts = vec![self.word(at)?.identifier()?.into()];
        let mut end = at + 1;
        while self.word(end).is_some_and(|word| word.is_symbol(b'.')) {
            parts.push(self.word(end + 1)?.name.as_deref()?.into());
            end += 2;
        }
        let is_called = self.word(end).is_some_and(|word| word.is_symbol(b'('))
            && !self.before(at).is_some_and(|word| word.is("into"));
        if is_called {
            return None;
        }
        self.taken[at..end].iter_mut().for_each(|taken| *taken = true);
        let name: Box<str> = parts.pop()?;
        Some((qualified(parts.pop(), name), end))
    }

    /// The table that a qualifier stands for.
    fn qualifier(&self, name: &str) -> Option<usize> {
        let alias = self.tables.iter().position(|(_, alias)| alias.as_deref() == Some(name));
        alias.or_else(|| self.tables.iter().position(|(table, _)| &*table.name == name))
    }

    /// Columns that are named, with the table where it is said or where there is only one.
    fn columns(&self, common: &[&str]) -> Vec<(Option<usize>, Box<str>)> {
        // Without a table it may be no statement at all.
        if self.tables.is_empty() {
            return Vec::new();
        }
        let only = if let ([_], []) = (&self.tables[..], common) { Some(0) } else { None };
        let mut out: Vec<(Option<usize>, Box<str>)> = Vec::new();
        for (at, word) in self.words.iter().enumerate() {
            let Some(name) = word.identifier().filter(|name| is_known_name(name)) else { continue };
            if self.taken[at] {
                continue;
            }
            let next_is = |symbol: u8| self.word(at + 1).is_some_and(|next| next.is_symbol(symbol));
            if common.contains(&name) && self.word(at + 1).is_some_and(|next| next.is("as")) {
                continue;
            }
            let table = match self.before(at) {
                Some(dot) if dot.is_symbol(b'.') => {
                    let owner =
                        at.checked_sub(2).and_then(|at| self.word(at)).and_then(|word| word.name.as_deref());
                    let is_excluded = owner == Some("excluded");
                    match owner.and_then(|owner| self.qualifier(owner)) {
                        Some(table) => Some(table),
                        None if is_excluded => only,
                        None => continue,
                    }
                }
                Some(before) if !self.may_precede_column(at, before) => continue,
                _ if next_is(b'.') || next_is(b'(') => continue,
                _ => only,
            };
            out.push((table, name.into()));
        }
        out.sort();
        out.dedup();
        out
    }

    /// Whether a column may follow: not a placeholder (`:name`, `%(name)s`), a type (`::text`), or an alias.
    fn may_precede_column(&self, at: usize, before: &Word<'_>) -> bool {
        match before.kind {
            LexemeKind::Symbol(b':' | b'@' | b'$' | b'%' | b')' | b']') => false,
            LexemeKind::Symbol(b'(') => {
                let outer = at.checked_sub(2).and_then(|at| self.word(at));
                !outer.is_some_and(|word| word.is_symbol(b'%') || word.is("extract"))
            }
            LexemeKind::Symbol(_) => true,
            LexemeKind::Word => {
                before.identifier().is_none() && !before.is_any(&["as", "null", "end", "true", "false"])
            }
            _ => false,
        }
    }

    /// The tables of which every column is named: `*`, `u.*`.
    fn every(&self) -> Vec<usize> {
        let mut out = Vec::new();
        let stars = (0..self.words.len()).filter(|at| self.words[*at].is_symbol(b'*'));
        for at in stars {
            let Some(before) = self.before(at) else { continue };
            let ends = self.word(at + 1).is_none_or(|next| next.is_symbol(b',') || next.is("from"));
            if before.is_symbol(b'.') {
                let owner =
                    at.checked_sub(2).and_then(|at| self.word(at)).and_then(|word| word.name.as_deref());
                out.extend(owner.and_then(|owner| self.qualifier(owner)));
            } else if ends
                && (before.is_any(&["select", "distinct", "all", "returning"]) || before.is_symbol(b','))
            {
                out.extend(0..self.tables.len());
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}

#[cfg(test)]
mod tests;
