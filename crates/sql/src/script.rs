//! A script: its statements in order, each read alone.

use alignment_model::Span;
use alignment_model::schema_change::SchemaStep;

use crate::Dialect;
use crate::block::read_block;
use crate::context::{Context, Place};
use crate::scan::{LexemeKind, Lexer, name_of, text_bounds, text_of};
use crate::split::statements;
use crate::statement::read_statement;

/// What a script does to a schema.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Changes in the order they apply.
    pub steps: Vec<SchemaStep>,
    /// How many statements there are, data included.
    pub statements: usize,
    /// Where quotes, dollar tags, comments and the data of `COPY` start that nothing closes.
    pub unclosed: Vec<Span>,
    /// Where text starts that is no SQL and stood before a definition.
    pub prose: Vec<Span>,
}

/// Reads a script.
pub fn read_script(text: &str, place: Place, dialect: Dialect) -> Script {
    let mut reader = Reader { dialect, schema: None, depth: 0 };
    let mut script = Script::default();
    reader.script(text, place, &mut script);
    script
}

/// How deep SQL in strings of SQL is followed (`EXECUTE` in `DO` in `EXECUTE`).
const MAX_DEPTH: usize = 8;

/// What holds from one statement to the next.
pub(crate) struct Reader {
    pub(crate) dialect: Dialect,
    /// The schema of unqualified names, where it was set to another than the default.
    pub(crate) schema: Option<Box<str>>,
    depth: usize,
}

impl Reader {
    fn script(&mut self, text: &str, place: Place, script: &mut Script) {
        let mut all = statements(text, self.dialect);
        for statement in all.by_ref() {
            script.statements += 1;
            self.statement(statement.text, place.inside(statement.start), &mut script.steps);
        }
        script.unclosed.extend(all.unclosed().iter().map(|at| place.span(*at, *at)));
        script.prose.extend(all.prose().iter().map(|at| place.span(*at, *at)));
    }

    /// SQL text that other SQL makes and runs.
    pub(crate) fn nested(&mut self, text: &str, place: Place, steps: &mut Vec<SchemaStep>) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let mut script = Script::default();
        self.script(text, place, &mut script);
        steps.append(&mut script.steps);
        self.depth -= 1;
    }

    pub(crate) fn statement(&mut self, text: &str, place: Place, steps: &mut Vec<SchemaStep>) {
        let mut lexer = Lexer::new(text, self.dialect);
        let Some(first) = lexer.next() else { return };
        let head = &text[first.start..first.end];
        if head.eq_ignore_ascii_case("do") {
            return self.anonymous_block(text, place, steps);
        }
        if head.eq_ignore_ascii_case("set") {
            return self.set(text);
        }
        let context = Context { dialect: self.dialect, place, schema: self.schema.as_deref() };
        read_statement(&context, head, text, steps);
    }

    /// `DO $$ ... $$`.
    fn anonymous_block(&mut self, text: &str, place: Place, steps: &mut Vec<SchemaStep>) {
        let body = Lexer::new(text, self.dialect).find(|lexeme| lexeme.kind == LexemeKind::Text);
        let Some(body) = body.filter(|_| self.depth < MAX_DEPTH) else { return };
        let raw = &text[body.start..body.end];
        self.depth += 1;
        if raw.starts_with('$') {
            let (start, end) = text_bounds(raw);
            let from = body.start + start;
            read_block(self, &raw[start..end], place.inside(from), steps);
        } else if let Some(body_text) = text_of(text, body) {
            // Doubled quotes move what follows them.
            read_block(self, &body_text, Place::Whole(place.span(body.start, body.end)), steps);
        }
        self.depth -= 1;
    }

    /// `SET [LOCAL] search_path TO first, ...`: unqualified names belong to the first schema.
    fn set(&mut self, text: &str) {
        let names: Vec<Box<str>> = Lexer::new(text, self.dialect)
            .filter_map(|lexeme| name_of(text, lexeme).or_else(|| text_of(text, lexeme).map(Into::into)))
            .collect();
        let Some(at) = names.iter().position(|name| &**name == "search_path") else { return };
        let first = names.get(at + 1..).and_then(|rest| rest.iter().find(|name| &***name != "to"));
        let default = |name: &str| matches!(name, "public" | "" | "$user" | "pg_catalog" | "default");
        self.schema = first.filter(|name| !default(name)).cloned();
    }
}

/// An expression in which every use of the column `from` is called `to`.
pub fn renamed_in_expression(text: &str, from: &str, to: &str, dialect: Dialect) -> Box<str> {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for lexeme in Lexer::new(text, dialect) {
        if name_of(text, lexeme).is_some_and(|name| &*name == from) {
            out.push_str(&text[done..lexeme.start]);
            match lexeme.kind {
                LexemeKind::Quoted => out.push_str(&format!("\"{to}\"")),
                _ => out.push_str(to),
            }
            done = lexeme.end;
        }
    }
    out.push_str(&text[done..]);
    out.into()
}

/// Whether an expression uses the column.
pub fn mentions(text: &str, column: &str, dialect: Dialect) -> bool {
    Lexer::new(text, dialect).any(|lexeme| name_of(text, lexeme).is_some_and(|name| &*name == column))
}
