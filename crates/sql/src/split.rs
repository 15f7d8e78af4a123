//! A script -> its statements, each with its place.
//!
//! A semicolon ends a statement unless a quote, dollar tag or comment hides it, or it stands inside the body of a trigger or
//! routine (`BEGIN ... END`). Parentheses do not hide it: one that is missing costs its own statement, not the rest of a dump.
//! psql's meta commands, sqlite3's dot commands, MySQL's `DELIMITER` and the data lines of `COPY ... FROM stdin` are no statements.
//! After a quote that nothing closes, and in text that is no SQL (chat, what psql printed), reading goes on at the next line that
//! starts a definition.

use crate::Dialect;
use crate::scan::{Lexeme, LexemeKind, Lexer};

/// One statement, without its semicolon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawStatement<'a> {
    /// Its text, from its first word on.
    pub text: &'a str,
    /// Where that text starts in the script.
    pub start: usize,
}

/// Iterates over the statements of a script.
pub struct Statements<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    dialect: Dialect,
    /// What ends a statement, where `DELIMITER` changed it.
    delimiter: Option<&'a str>,
    /// A body was never closed: bodies are not followed any more, lest each one cost the whole rest.
    bodies_are_broken: bool,
    unclosed: Vec<usize>,
    prose: Vec<usize>,
    /// Bytes read again after text that is no SQL.
    reread: usize,
}

/// How often reading goes on after a quote that nothing closes: each time costs the rest of the text.
const MAX_RESUMED: usize = 16;

/// The statements of a script.
pub fn statements(text: &str, dialect: Dialect) -> Statements<'_> {
    Statements {
        text,
        lexer: Lexer::new(text, dialect),
        dialect,
        delimiter: None,
        bodies_are_broken: false,
        unclosed: Vec::new(),
        prose: Vec::new(),
        reread: 0,
    }
}

/// How often, on average, a byte may be read again because what stands before it is no SQL.
const MAX_REREAD: usize = 4;

/// First words of statements, in PostgreSQL, SQLite and MySQL. Text that starts with none of them is no SQL if a definition
/// starts at the beginning of one of its lines.
const HEADS: &[&str] = &[
    "create",
    "alter",
    "drop",
    "insert",
    "update",
    "delete",
    "select",
    "with",
    "values",
    "table",
    "set",
    "reset",
    "begin",
    "start",
    "commit",
    "rollback",
    "end",
    "abort",
    "savepoint",
    "release",
    "prepare",
    "execute",
    "deallocate",
    "do",
    "comment",
    "grant",
    "revoke",
    "reassign",
    "copy",
    "call",
    "pragma",
    "vacuum",
    "analyze",
    "explain",
    "truncate",
    "lock",
    "unlock",
    "use",
    "show",
    "describe",
    "declare",
    "fetch",
    "move",
    "close",
    "discard",
    "listen",
    "unlisten",
    "notify",
    "refresh",
    "reindex",
    "cluster",
    "checkpoint",
    "security",
    "import",
    "merge",
    "replace",
    "load",
    "attach",
    "detach",
    "rename",
    "optimize",
    "flush",
    "handler",
    "delimiter",
    "if",
    "raise",
    "perform",
    "return",
    "go",
];

/// What follows a statement.
enum Ending {
    /// The next statement, after the terminator that ends at this byte.
    At(usize),
    /// A meta command in the middle (`\gexec`): the rest of the line belongs to it.
    Line,
    /// The end of the text.
    Text,
}

impl<'a> Statements<'a> {
    /// Where quotes, dollar tags or comments start that nothing closes, as far as the text was read.
    pub fn unclosed(&self) -> &[usize] {
        &self.unclosed
    }

    /// Where text starts that is no SQL and hid a definition, as far as the text was read.
    pub fn prose(&self) -> &[usize] {
        &self.prose
    }

    /// Skips what is no statement: lone semicolons and client commands. The first lexeme of the next statement.
    fn first_lexeme(&mut self) -> Option<Lexeme> {
        loop {
            let lexeme = self.lexer.next()?;
            let raw = self.raw(lexeme);
            match lexeme.kind {
                LexemeKind::Symbol(b';') => {}
                LexemeKind::Symbol(b'\\' | b'.') => self.lexer.skip_line(),
                LexemeKind::Word if raw.eq_ignore_ascii_case("delimiter") => {
                    let from = lexeme.end;
                    self.lexer.skip_line();
                    let line = self.text.get(from..self.lexer.position()).unwrap_or("").trim();
                    self.delimiter = (!line.is_empty() && line != ";").then_some(line);
                }
                _ if self.delimiter.is_some_and(|end| self.text[lexeme.start..].starts_with(end)) => {
                    let length = self.delimiter.map_or(1, str::len);
                    self.lexer.set_position(lexeme.start + length);
                }
                _ => return Some(lexeme),
            }
        }
    }

    fn raw(&self, lexeme: Lexeme) -> &'a str {
        &self.text[lexeme.start..lexeme.end]
    }

    /// The end of the statement that starts with `first`, and what follows.
    fn end_of(&mut self, first: Lexeme) -> (usize, Ending) {
        let mut body = Body::new(self.raw(first));
        let mut end = first.end;
        // Where the statement would end if the body that seems open is none.
        let mut first_semicolon = None;
        while let Some(lexeme) = self.next_or_delimiter() {
            let raw = self.raw(lexeme);
            match lexeme.kind {
                LexemeKind::Symbol(b';') if self.delimiter.is_none() => {
                    if !body.is_open() || self.bodies_are_broken {
                        return (end, Ending::At(lexeme.end));
                    }
                    first_semicolon.get_or_insert((end, lexeme.end));
                }
                LexemeKind::Symbol(_) if self.delimiter == Some(raw) => {
                    return (end, Ending::At(lexeme.end));
                }
                // Only psql has a backslash outside quotes.
                LexemeKind::Symbol(b'\\') => return (end, Ending::Line),
                LexemeKind::Word => body.word(raw),
                _ => body.other(),
            }
            end = lexeme.end;
        }
        if let Some((end, after)) = first_semicolon
            && body.is_open()
        {
            self.bodies_are_broken = true;
            return (end, Ending::At(after));
        }
        self.resumed(first.start, end)
    }

    /// The end of a statement that reaches the end of the text: there, or before the line from which reading goes on because
    /// a quote in it is never closed.
    fn resumed(&mut self, start: usize, end: usize) -> (usize, Ending) {
        let Some(at) = self.lexer.unclosed() else { return (end, Ending::Text) };
        self.unclosed.push(at);
        if self.unclosed.len() > MAX_RESUMED {
            return (end, Ending::Text);
        }
        match next_definition(self.text, start) {
            Some(line) => (self.text[..line].trim_end().len().max(start), Ending::At(line)),
            None => (end, Ending::Text),
        }
    }

    /// The end of text that is no SQL: before the line of it that starts a definition.
    fn without_prose(&mut self, first: Lexeme, end: usize, ending: Ending) -> (usize, Ending) {
        let raw = self.raw(first);
        let is_head = match first.kind {
            LexemeKind::Word => HEADS.iter().any(|head| raw.eq_ignore_ascii_case(head)),
            kind => kind == LexemeKind::Symbol(b'('),
        };
        if is_head || self.reread > self.text.len().saturating_mul(MAX_REREAD) {
            return (end, ending);
        }
        let Some(line) = next_definition(&self.text[..end], first.start) else { return (end, ending) };
        self.prose.push(first.start);
        self.reread += end - line;
        (self.text[..line].trim_end().len().max(first.end), Ending::At(line))
    }

    /// The next lexeme, or the custom delimiter as one symbol.
    fn next_or_delimiter(&mut self) -> Option<Lexeme> {
        let Some(delimiter) = self.delimiter else { return self.lexer.next() };
        self.lexer.skip_blank();
        let at = self.lexer.position();
        if self.text[at..].starts_with(delimiter) {
            self.lexer.set_position(at + delimiter.len());
            return Some(Lexeme { kind: LexemeKind::Symbol(b';'), start: at, end: at + delimiter.len() });
        }
        self.lexer.next()
    }

    /// Goes past the data lines that follow `COPY ... FROM stdin`, which end with `\.` alone on a line.
    fn skip_copy_data(&mut self) {
        self.lexer.skip_line();
        let rest = &self.text[self.lexer.position()..];
        let mut offset = 0;
        let mut is_closed = false;
        for line in rest.split_inclusive('\n') {
            offset += line.len();
            is_closed = line.trim_end() == "\\.";
            if is_closed {
                break;
            }
        }
        let start = self.lexer.position();
        if !is_closed {
            self.unclosed.push(start);
        }
        self.lexer.set_position(start + offset);
    }
}

impl<'a> Iterator for Statements<'a> {
    type Item = RawStatement<'a>;

    fn next(&mut self) -> Option<RawStatement<'a>> {
        let Some(first) = self.first_lexeme() else {
            // A comment at the end that nothing closes belongs to no statement.
            self.unclosed.extend(self.lexer.unclosed());
            self.lexer.resume_at(self.text.len());
            return None;
        };
        let (end, ending) = self.end_of(first);
        let (end, ending) = self.without_prose(first, end, ending);
        let text = &self.text[first.start..end];
        match ending {
            Ending::At(after) => self.lexer.resume_at(after),
            Ending::Line => self.lexer.skip_line(),
            Ending::Text => self.lexer.set_position(self.text.len()),
        }
        if is_copy_from_stdin(text, self.dialect) {
            self.skip_copy_data();
        }
        Some(RawStatement { text, start: first.start })
    }
}

/// Start of the first line after the one at `from` that starts a definition.
fn next_definition(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        let starts = |head: &str| line.get(..head.len()).is_some_and(|word| word.eq_ignore_ascii_case(head));
        if at > from && ["create ", "alter ", "drop ", "comment ", "insert "].iter().any(|head| starts(head))
        {
            return Some(at);
        }
        at += line.len();
    }
    None
}

fn is_copy_from_stdin(text: &str, dialect: Dialect) -> bool {
    if !text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("copy")) {
        return false;
    }
    let mut after_from = false;
    for lexeme in Lexer::new(text, dialect) {
        let raw = &text[lexeme.start..lexeme.end];
        if after_from {
            return raw.eq_ignore_ascii_case("stdin");
        }
        after_from = raw.eq_ignore_ascii_case("from");
    }
    false
}

/// Whether the statement read so far is inside the `BEGIN ... END` of a trigger or routine.
struct Body {
    state: BodyState,
    /// Open `BEGIN`s and `CASE`s.
    depth: usize,
    previous_was_end: bool,
}

#[derive(PartialEq, Eq)]
enum BodyState {
    /// `CREATE` and words that may precede what is created.
    Head,
    /// A trigger or routine.
    Routine,
    /// Anything else has no body.
    None,
}

impl Body {
    fn new(first: &str) -> Self {
        let state = if first.eq_ignore_ascii_case("create") { BodyState::Head } else { BodyState::None };
        Self { state, depth: 0, previous_was_end: false }
    }

    fn is_open(&self) -> bool {
        self.depth > 0
    }

    fn word(&mut self, word: &str) {
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        match self.state {
            BodyState::None => {}
            BodyState::Head => {
                if ["trigger", "function", "procedure", "event"].iter().any(|kind| is(kind)) {
                    self.state = BodyState::Routine;
                } else if ["table", "view", "index", "type", "policy", "rule", "sequence", "schema"]
                    .iter()
                    .any(|kind| is(kind))
                {
                    self.state = BodyState::None;
                }
            }
            BodyState::Routine => {
                let closes_other = ["if", "loop", "while", "repeat", "for"].iter().any(|kind| is(kind));
                let after_end = std::mem::replace(&mut self.previous_was_end, is("end"));
                if after_end && closes_other {
                    // `END IF` closes what is not counted; undo the `END` before it.
                    self.depth += 1;
                } else if is("end") {
                    self.depth = self.depth.saturating_sub(1);
                } else if is("begin") || (is("case") && !after_end) {
                    self.depth += 1;
                }
            }
        }
    }

    fn other(&mut self) {
        self.previous_was_end = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, dialect: Dialect) -> Vec<&str> {
        statements(text, dialect).map(|statement| statement.text).collect()
    }

    #[test]
    fn only_a_visible_semicolon_ends_a_statement() {
        let text = "\u{feff}-- a;\nSELECT ';' ; ;\r\n/* ; */ DO $x$ a; b; $x$;\r\r\nselect 2";
        assert_eq!(split(text, Dialect::PostgreSql), ["SELECT ';'", "DO $x$ a; b; $x$", "select 2"]);
    }

    #[test]
    fn a_missing_parenthesis_costs_one_statement() {
        assert_eq!(split("create table t (a int; select 1;", Dialect::PostgreSql).len(), 2);
    }

    #[test]
    fn data_lines_and_client_commands_are_no_statements() {
        let text = "\\set x 1\nCOPY t (a) FROM stdin;\n1;\n'\n\\.\nselect 1 \\gexec\n.tables\nselect 2;";
        assert_eq!(split(text, Dialect::PostgreSql), ["COPY t (a) FROM stdin", "select 1", "select 2"]);
        let truncated = "copy t from stdin;\n1\n2";
        assert_eq!(split(truncated, Dialect::PostgreSql), ["copy t from stdin"]);
    }

    #[test]
    fn bodies_of_triggers_and_routines_stay_whole() {
        let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END";
        assert_eq!(split(&format!("{trigger}; select 1"), Dialect::Sqlite), [trigger, "select 1"]);
        let routine = "CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; CASE x WHEN 1 THEN SELECT 2; END CASE; END";
        assert_eq!(split(&format!("{routine}; select 1"), Dialect::MySql), [routine, "select 1"]);
        let atomic = "create function f() returns int begin atomic select 1; end";
        assert_eq!(split(&format!("{atomic}; x"), Dialect::PostgreSql), [atomic, "x"]);
        let without_body = "CREATE TRIGGER t BEFORE UPDATE ON a EXECUTE FUNCTION f()";
        assert_eq!(split(&format!("{without_body}; x"), Dialect::PostgreSql), [without_body, "x"]);
    }

    #[test]
    fn a_body_that_never_ends_gives_the_rest_back() {
        assert_eq!(split("create trigger t begin a; create table b (c int); d", Dialect::Sqlite).len(), 3);
    }

    #[test]
    fn a_quote_that_nothing_closes_costs_what_is_before_the_next_definition() {
        let mut all =
            statements("create table a (b text default 'x);\nCREATE TABLE c (d int);", Dialect::PostgreSql);
        let texts: Vec<&str> = all.by_ref().map(|statement| statement.text).collect();
        assert_eq!(texts, ["create table a (b text default 'x);", "CREATE TABLE c (d int)"]);
        assert_eq!(all.unclosed(), [31]);
    }

    #[test]
    fn text_that_is_no_sql_hides_no_definition() {
        let chat = "Sure! Here's what you asked for:\n\n```sql\nCREATE TABLE a (b int);\n```\nTell me if it doesn't work.\n\nCREATE TABLE c (d int);\n";
        let mut all = statements(chat, Dialect::PostgreSql);
        let definitions: Vec<&str> =
            all.by_ref().map(|statement| statement.text).filter(|text| text.starts_with("CREATE")).collect();
        assert_eq!(definitions, ["CREATE TABLE a (b int)", "CREATE TABLE c (d int)"]);
        assert_eq!(all.prose().first(), Some(&0));
        let printed = " ?column? \n----------\n        1\n(1 row)\n\nalter table a add b int;";
        assert_eq!(split(printed, Dialect::PostgreSql).last(), Some(&"alter table a add b int"));
        // A body is no prose, whatever its lines start with.
        let body = "CREATE FUNCTION f() RETURNS int AS $$ BEGIN\ncreate temp table x (a int);\nEND $$";
        assert_eq!(split(body, Dialect::PostgreSql), [body]);
    }

    #[test]
    fn what_the_end_of_the_text_cuts_is_told() {
        for (text, at) in [("select 1; /* a", 10), ("copy t from stdin;\n1\n2", 19)] {
            let mut all = statements(text, Dialect::PostgreSql);
            assert_eq!(all.by_ref().count(), 1, "{text}");
            assert_eq!(all.unclosed(), [at], "{text}");
        }
    }

    #[test]
    fn a_delimiter_of_ones_own_is_followed() {
        let text =
            "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END //\nDELIMITER ;\nselect 1; select 2;";
        assert_eq!(
            split(text, Dialect::MySql),
            ["CREATE PROCEDURE p() BEGIN SELECT 1; END", "select 1", "select 2"]
        );
    }
}
