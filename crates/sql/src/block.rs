//! The body of `DO $$ ... $$`: what of PL/pgSQL decides which statements run.
//!
//! `IF` becomes a guard that the schema decides, loops over literal lists are unrolled, `EXECUTE` of text that can be put together
//! is read as SQL. A loop over rows runs any number of times: what it changes is guarded by what is not known. Deliberately
//! absent: functions, whose bodies run later, and values of tables.

use std::collections::BTreeMap;

use alignment_model::schema_change::{ChangeKind, Condition, GuardedSteps, HOLE, SchemaChange, SchemaStep};

use crate::condition::{first_value, read_condition};
use crate::context::Place;
use crate::cursor::{Cursor, Part, split_commas};
use crate::scan::{LexemeKind, text_of};
use crate::script::Reader;

/// How deep blocks, conditions and loops nest.
const MAX_NESTING: usize = 40;
/// How often the body of one loop over a literal list is read.
const MAX_UNROLLED: usize = 256;

/// Reads the body of an anonymous block.
pub(crate) fn read_block(reader: &mut Reader, text: &str, place: Place, steps: &mut Vec<SchemaStep>) {
    let cursor = Cursor::new(text, reader.dialect);
    let mut block = Block { reader, text, place, cursor, variables: BTreeMap::new(), nesting: 0 };
    block.statements(steps);
}

struct Block<'r, 'a> {
    reader: &'r mut Reader,
    text: &'a str,
    place: Place,
    cursor: Cursor<'a>,
    variables: BTreeMap<Box<str>, Value>,
    nesting: usize,
}

/// What a variable holds, as far as it is known.
#[derive(Clone)]
enum Value {
    Text(String),
    List(Vec<String>),
    Condition(Condition),
}

/// Words that end a list of statements.
const TERMINATORS: &[&str] = &["end", "else", "elsif", "elseif", "exception", "when"];
/// Statements that run no SQL of their own, or only queries.
const WITHOUT_EFFECT: &[&str] = &[
    "perform", "raise", "return", "get", "null", "exit", "continue", "assert", "open", "close", "fetch",
    "commit", "rollback",
];

impl<'a> Block<'_, 'a> {
    /// Reads statements up to a word that ends their list.
    fn statements(&mut self, steps: &mut Vec<SchemaStep>) {
        while !self.cursor.is_done() && !TERMINATORS.iter().any(|word| self.cursor.is_word(word)) {
            if self.nesting >= MAX_NESTING {
                // Deeper than any migration: the rest is not followed.
                let position = self.cursor.position();
                self.unmodelled("blocks nested beyond what is followed", position, steps);
                while self.cursor.next().is_some() {}
                return;
            }
            self.nesting += 1;
            self.statement(steps);
            self.nesting -= 1;
        }
    }

    fn statement(&mut self, steps: &mut Vec<SchemaStep>) {
        let start = self.cursor.position();
        if self.cursor.symbol(b';') {
        } else if self.cursor.words("if") {
            self.conditional(start, steps);
        } else if self.cursor.words("declare") {
            self.declarations();
        } else if self.cursor.words("begin") {
            self.inner_block(steps);
        } else if self.cursor.words("foreach") || self.cursor.words("for") {
            self.loop_over(start, steps);
        } else if self.cursor.words("while") || self.cursor.is_word("loop") {
            while !self.cursor.is_done() && !self.cursor.is_word("loop") {
                self.cursor.next();
            }
            self.cursor.words("loop");
            let body = self.body_of("loop");
            push_guarded(
                Condition::Unknown,
                body,
                Vec::new(),
                self.place.span(start, self.cursor.position()),
                steps,
            );
        } else if self.cursor.words("case") {
            self.case(start, steps);
        } else if self.cursor.words("execute") {
            let text = self.until_semicolon();
            self.execute(text, start, steps);
        } else if WITHOUT_EFFECT.iter().any(|word| self.cursor.is_word(word)) {
            self.until_semicolon();
        } else {
            self.plain(steps);
        }
    }

    /// What stands before the next semicolon; goes past it.
    fn until_semicolon(&mut self) -> Part<'a> {
        let start = self.cursor.position();
        let mut end = start;
        while let Some(lexeme) = self.cursor.next() {
            if lexeme.kind == LexemeKind::Symbol(b';') {
                break;
            }
            end = lexeme.end;
        }
        Part { text: &self.text[start..end.max(start)], start }
    }

    /// What stands before one of these words outside `CASE` and parentheses; goes past the word.
    fn until_word(&mut self, words: &[&str]) -> Part<'a> {
        let start = self.cursor.position();
        let (mut end, mut cases) = (start, 0usize);
        while !self.cursor.is_done() {
            if cases == 0 && self.cursor.one_of(words) {
                break;
            }
            cases += usize::from(self.cursor.is_word("case"));
            cases -= usize::from(cases > 0 && self.cursor.is_word("end"));
            if self.cursor.parenthesis().is_none() {
                self.cursor.next();
            }
            end = self.cursor.end_of_read();
        }
        Part { text: &self.text[start..end.max(start)], start }
    }

    /// Statements up to `END what;`, which is passed.
    fn body_of(&mut self, what: &str) -> Vec<SchemaStep> {
        let mut body = Vec::new();
        self.statements(&mut body);
        self.end_of(what);
        body
    }

    /// Goes past `END` and `what` (if it follows), or past one terminator that is out of place, so that reading goes on.
    fn end_of(&mut self, what: &str) {
        if self.cursor.words("end") {
            self.cursor.words(what);
        } else {
            self.cursor.next();
        }
    }

    /// `IF c THEN ... [ELSIF c THEN ...] [ELSE ...] END IF`, after `IF`.
    fn conditional(&mut self, start: usize, steps: &mut Vec<SchemaStep>) {
        let condition = self.condition();
        let mut then = Vec::new();
        self.statements(&mut then);
        let mut otherwise = Vec::new();
        if self.cursor.one_of(&["elsif", "elseif"]) {
            if self.nesting < MAX_NESTING {
                self.nesting += 1;
                self.conditional(start, &mut otherwise);
                self.nesting -= 1;
            }
        } else {
            if self.cursor.words("else") {
                self.statements(&mut otherwise);
            }
            self.end_of("if");
        }
        let span = self.place.span(start, self.cursor.position());
        push_guarded(condition, then, otherwise, span, steps);
    }

    /// The condition before `THEN`.
    fn condition(&mut self) -> Condition {
        let text = self.until_word(&["then"]);
        let variables = |name: &str| match self.variables.get(name)? {
            Value::Condition(condition) => Some(condition.clone()),
            _ => None,
        };
        read_condition(text.text, self.reader.dialect, &variables)
    }

    /// `name type [:= value];` up to `BEGIN`.
    fn declarations(&mut self) {
        while !self.cursor.is_done() && !self.cursor.is_word("begin") {
            let declaration = self.until_semicolon();
            let mut cursor = Cursor::new(declaration.text, self.reader.dialect);
            let Some(name) = cursor.name() else { continue };
            while let Some(lexeme) = cursor.next() {
                if matches!(lexeme.kind, LexemeKind::Symbol(b'=')) || cursor.words("default") {
                    self.assign(name, cursor.rest());
                    break;
                }
            }
        }
    }

    /// A block inside, after its `BEGIN`. With a handler, what fails there is not the end.
    fn inner_block(&mut self, steps: &mut Vec<SchemaStep>) {
        let mut body = Vec::new();
        self.statements(&mut body);
        let mut handlers = Vec::new();
        if self.cursor.words("exception") {
            tolerate(&mut body);
            while self.cursor.words("when") {
                self.until_word(&["then"]);
                self.statements(&mut handlers);
            }
        }
        let position = self.cursor.position();
        steps.append(&mut body);
        push_guarded(Condition::Unknown, handlers, Vec::new(), self.place.span(position, position), steps);
        self.end_of("");
    }

    /// `FOR x IN ... LOOP`, `FOREACH x IN ARRAY ... LOOP`.
    fn loop_over(&mut self, start: usize, steps: &mut Vec<SchemaStep>) {
        let variable = self.cursor.name().unwrap_or_default();
        let head = self.until_word(&["loop"]);
        let items = self.loop_items(head);
        let body_start = self.cursor.position();
        let Some(items) = items.filter(|items| items.len() <= MAX_UNROLLED) else {
            self.variables.remove(&variable);
            let body = self.body_of("loop");
            let span = self.place.span(start, self.cursor.position());
            return push_guarded(Condition::Unknown, body, Vec::new(), span, steps);
        };
        if items.is_empty() {
            self.body_of("loop");
        }
        for item in items {
            self.variables.insert(variable.clone(), Value::Text(item));
            self.cursor.go_to(body_start);
            let mut body = self.body_of("loop");
            steps.append(&mut body);
        }
    }

    /// The values that a loop runs over, where they are literals.
    fn loop_items(&self, head: Part<'_>) -> Option<Vec<String>> {
        let mut cursor = Cursor::new(head.text, self.reader.dialect);
        cursor.words("in");
        if cursor.words("select unnest") {
            let inside = cursor.parenthesis()?;
            return self.list(inside.text);
        }
        if cursor.words("array") {
            return self.list(cursor.rest().text);
        }
        None
    }

    /// `ARRAY['a', 'b']`, a variable that holds one.
    fn list(&self, text: &str) -> Option<Vec<String>> {
        let mut cursor = Cursor::new(text, self.reader.dialect);
        if cursor.words("array") {
            let rest = cursor.rest();
            let open = rest.text.strip_prefix('[')?;
            let close = open.rfind(']')?;
            let inside = Part { text: &open[..close], start: 0 };
            let items = split_commas(inside, self.reader.dialect);
            return items
                .iter()
                .map(|item| Cursor::new(item.text, self.reader.dialect).string().map(Into::into))
                .collect();
        }
        match self.variables.get(&cursor.name()?)? {
            Value::List(items) => Some(items.clone()),
            _ => None,
        }
    }

    /// `CASE ... WHEN ... THEN ... END CASE`: which branch runs is not known.
    fn case(&mut self, start: usize, steps: &mut Vec<SchemaStep>) {
        let mut branches = Vec::new();
        self.until_word(&["when"]);
        self.until_word(&["then"]);
        self.statements(&mut branches);
        while self.cursor.words("when") {
            self.until_word(&["then"]);
            self.statements(&mut branches);
        }
        if self.cursor.words("else") {
            self.statements(&mut branches);
        }
        self.end_of("case");
        let span = self.place.span(start, self.cursor.position());
        push_guarded(Condition::Unknown, branches, Vec::new(), span, steps);
    }

    /// A statement of SQL, an assignment, or a query that fills a variable.
    fn plain(&mut self, steps: &mut Vec<SchemaStep>) {
        let statement = self.until_semicolon();
        let mut cursor = Cursor::new(statement.text, self.reader.dialect);
        if cursor.is_word("select") || cursor.is_word("with") {
            return self.select_into(statement.text);
        }
        if let Some(name) = cursor.name()
            && (cursor.symbol(b'=') || (cursor.symbol(b':') && cursor.symbol(b'=')))
        {
            return self.assign(name, cursor.rest());
        }
        self.reader.statement(statement.text, self.place.inside(statement.start), steps);
    }

    /// `SELECT value INTO variable FROM ...`.
    fn select_into(&mut self, text: &str) {
        let mut cursor = Cursor::new(text, self.reader.dialect);
        while !cursor.is_done() && !cursor.is_word("into") {
            if cursor.parenthesis().is_none() {
                cursor.next();
            }
        }
        let before = &text[..cursor.position()];
        if !cursor.words("into") {
            return;
        }
        cursor.words("strict");
        let Some(name) = cursor.name() else { return };
        let query = format!("{before} {}", cursor.rest().text);
        self.variables.insert(name, Value::Condition(first_value(&query, self.reader.dialect)));
    }

    fn assign(&mut self, name: Box<str>, value: Part<'_>) {
        let value = if let Some(items) = self.list(value.text) {
            Value::List(items)
        } else {
            let text = self.put_together(value.text);
            if text.contains(HOLE) {
                let none = |_: &str| None;
                Value::Condition(read_condition(value.text, self.reader.dialect, &none))
            } else {
                Value::Text(text)
            }
        };
        self.variables.insert(name, value);
    }

    fn execute(&mut self, statement: Part<'_>, start: usize, steps: &mut Vec<SchemaStep>) {
        let text = self.put_together(statement.text);
        let span = self.place.span(start, self.cursor.position());
        if text.trim_start().starts_with(HOLE) {
            return self.unmodelled("`EXECUTE` of a text that is made at run time", start, steps);
        }
        self.reader.nested(&text, Place::Whole(span), steps);
    }

    fn unmodelled(&self, what: &str, start: usize, steps: &mut Vec<SchemaStep>) {
        let kind = ChangeKind::Unmodelled { tables: Vec::new(), what: what.into() };
        let span = self.place.span(start, self.cursor.position());
        steps.push(SchemaStep::Change(SchemaChange { kind, span }));
    }

    /// The text that an expression of strings, `||`, `format()` and variables makes; a hole for what is not known.
    fn put_together(&self, expression: &str) -> String {
        let mut cursor = Cursor::new(expression, self.reader.dialect);
        let mut out = String::new();
        while let Some(lexeme) = cursor.peek() {
            if cursor.one_of(&["into", "using"]) {
                break;
            }
            match lexeme.kind {
                LexemeKind::Text => {
                    cursor.next();
                    out.push_str(&text_of(expression, lexeme).unwrap_or_default());
                }
                LexemeKind::Symbol(b'|') => {
                    cursor.next();
                }
                LexemeKind::Word => {
                    let name = cursor.name().unwrap_or_default();
                    out.push_str(&self.term(&name, &mut cursor));
                }
                _ => {
                    if cursor.parenthesis().is_none() {
                        cursor.next();
                    }
                    out.push(HOLE);
                }
            }
        }
        out
    }

    /// A variable or call, after its name.
    fn term(&self, name: &str, cursor: &mut Cursor<'_>) -> String {
        if let Some(inside) = cursor.parenthesis() {
            let arguments: Vec<String> = split_commas(inside, self.reader.dialect)
                .iter()
                .map(|argument| self.put_together(argument.text))
                .collect();
            return match (name, arguments.split_first()) {
                ("format", Some((pattern, values))) => formatted(pattern, values),
                ("quote_ident", Some((value, []))) => quoted_name(value),
                ("quote_literal", Some((value, []))) => quoted_literal(value),
                _ => HOLE.to_string(),
            };
        }
        if cursor.symbol(b'.') {
            cursor.next();
            return HOLE.to_string();
        }
        match self.variables.get(name) {
            Some(Value::Text(text)) => text.clone(),
            _ => HOLE.to_string(),
        }
    }
}

/// PostgreSQL's `format()` (9.4.1): `%s`, `%I`, `%L`, `%%`, with or without a position.
fn formatted(pattern: &str, values: &[String]) -> String {
    let hole = HOLE.to_string();
    let mut out = String::new();
    let mut next = 0;
    let mut rest = pattern;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && rest.as_bytes().get(digits) == Some(&b'$') {
            next = rest[..digits].parse::<usize>().unwrap_or(1).saturating_sub(1);
            rest = &rest[digits + 1..];
        }
        let value = values.get(next).unwrap_or(&hole);
        match rest.bytes().next() {
            Some(b'I') => out.push_str(&quoted_name(value)),
            Some(b'L') => out.push_str(&quoted_literal(value)),
            Some(b's') => out.push_str(value),
            Some(b'%') => out.push('%'),
            _ => {
                out.push('%');
                continue;
            }
        }
        next += usize::from(!rest.starts_with('%'));
        rest = &rest[1..];
    }
    out.push_str(rest);
    out
}

fn quoted_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == HOLE;
    if name.chars().all(plain) { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn quoted_literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn push_guarded(
    condition: Condition,
    then: Vec<SchemaStep>,
    otherwise: Vec<SchemaStep>,
    span: alignment_model::Span,
    steps: &mut Vec<SchemaStep>,
) {
    if !then.is_empty() || !otherwise.is_empty() {
        steps.push(SchemaStep::Guarded(Box::new(GuardedSteps { condition, then, otherwise, span })));
    }
}

/// `EXCEPTION WHEN duplicate_object THEN NULL`: what exists already stays, what is not there need not be dropped.
fn tolerate(steps: &mut [SchemaStep]) {
    for step in steps {
        match step {
            SchemaStep::Guarded(guarded) => {
                tolerate(&mut guarded.then);
                tolerate(&mut guarded.otherwise);
            }
            SchemaStep::Change(change) => match &mut change.kind {
                ChangeKind::CreateTable(create) => create.if_not_exists = true,
                ChangeKind::AddColumn { if_not_exists, .. }
                | ChangeKind::CreateEnum { if_not_exists, .. } => {
                    *if_not_exists = true;
                }
                ChangeKind::DropTable { if_exists, .. }
                | ChangeKind::DropColumn { if_exists, .. }
                | ChangeKind::DropConstraint { if_exists, .. }
                | ChangeKind::DropType { if_exists, .. }
                | ChangeKind::DropView { if_exists, .. } => *if_exists = true,
                _ => {}
            },
        }
    }
}
