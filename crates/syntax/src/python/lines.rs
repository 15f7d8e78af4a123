//! Logical lines of Python text, found without parsing: strings, brackets, comments and continuations are known, grammar is not.
//! Two readers: [`without_bodies`], which blanks function bodies so that the parser need not read them, and the recovery from
//! broken syntax, which must tell declarations apart where brackets are not closed.
//!
//! Python Language Reference, "Lexical analysis".

/// One logical line that is neither blank nor only a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// First byte after the indentation.
    pub(super) start: usize,
    /// One past the last byte, without the line end.
    pub(super) end: usize,
    /// Column of the first byte, with tabs as Python counts them.
    pub(super) indent: usize,
    /// One past the last byte that is neither space nor comment.
    pub(super) code_end: usize,
}

/// The logical lines of a text, and whether it ended outside brackets and strings.
pub(super) struct Lines {
    pub(super) lines: Vec<Line>,
    pub(super) closed: bool,
}

/// Where a lenient reading ends a logical line although a bracket or string is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Nowhere: the text is taken to be right.
    Strict,
    /// Before a line that is not indented deeper than the logical line and starts a word or decorator; strings in three
    /// quotes are respected.
    Lenient,
    /// The same, and strings in three quotes end there too.
    Mistrustful,
}

/// Splits a text into logical lines.
pub(super) fn logical_lines(text: &str, reading: Reading) -> Lines {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, reading, open: Vec::new(), broken: false };
    let mut lines = Vec::new();
    let mut closed = true;
    while let Some((start, indent)) = scanner.next_line_start() {
        scanner.open.clear();
        let code_end = scanner.logical_line(start, indent);
        closed &= scanner.open.is_empty();
        lines.push(Line { start, end: scanner.at, indent, code_end });
    }
    Lines { lines, closed: closed && !scanner.broken }
}

/// The text with the bodies of all functions blanked, each to `_`, byte for byte as long. `None` if there is nothing to blank,
/// or if the text is not closed, so that nothing is sure.
pub(super) fn without_bodies(text: &str) -> Option<String> {
    let Lines { lines, closed: true } = logical_lines(text, Reading::Strict) else { return None };
    let mut out = text.as_bytes().to_vec();
    let mut blanked = false;
    let mut rest = lines.as_slice();
    while let Some((header, after)) = rest.split_first() {
        rest = after;
        if !is_function(text, header) || text.as_bytes().get(header.code_end.wrapping_sub(1)) != Some(&b':') {
            continue;
        }
        let body = after.iter().take_while(|line| line.indent > header.indent).count();
        let (body, after) = after.split_at(body);
        rest = after;
        let (Some(first), Some(last)) = (body.first(), body.last()) else { continue };
        // A comment in the body may speak to this tool.
        if memchr::memmem::find(&text.as_bytes()[first.start..last.end], b"alignment:").is_none() {
            out[first.start..last.end].fill(b' ');
            out[first.start] = b'_';
            blanked = true;
        }
    }
    if blanked { String::from_utf8(out).ok() } else { None }
}

fn is_function(text: &str, line: &Line) -> bool {
    let words = &text[line.start..line.code_end];
    let words = words.strip_prefix("async").map_or(words, str::trim_start);
    words.strip_prefix("def").is_some_and(|rest| rest.starts_with([' ', '\t', '\\']))
}

/// What is open around a byte.
#[derive(Clone, Copy)]
enum Open {
    /// A bracket.
    Bracket,
    /// A string: its quote, whether in three, and whether `{` opens an expression.
    String { quote: u8, triple: bool, template: bool },
    /// The expression of a template.
    Replacement,
    /// What follows `:` in a replacement: text in which `{` opens another.
    Format,
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    reading: Reading,
    open: Vec<Open>,
    /// Whether a string in one quote ended with its line.
    broken: bool,
}

impl Scanner<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// Skips blank lines and comments; start and indentation of the next logical line.
    fn next_line_start(&mut self) -> Option<(usize, usize)> {
        loop {
            let indent = self.indentation();
            match self.bytes.get(self.at)? {
                b'\n' | b'\r' => self.at += 1,
                b'#' => self.skip_comment(),
                _ => return Some((self.at, indent)),
            }
        }
    }

    /// Skips space at the start of a physical line and counts it.
    fn indentation(&mut self) -> usize {
        let mut column = 0;
        loop {
            match self.byte(self.at) {
                b' ' => column += 1,
                b'\t' => column += 8 - column % 8,
                b'\x0c' => column = 0,
                _ if self.bytes[self.at.min(self.bytes.len())..].starts_with("\u{feff}".as_bytes()) => {
                    self.at += 2
                }
                _ => return column,
            }
            self.at += 1;
        }
    }

    fn skip_comment(&mut self) {
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    /// Scans to the end of the logical line that starts at `start`; returns the end of its code.
    fn logical_line(&mut self, start: usize, indent: usize) -> usize {
        let mut code_end = start;
        while self.at < self.bytes.len() {
            let before = self.at;
            match self.open.last().copied() {
                Some(Open::String { quote, triple, template }) => self.in_string(quote, triple, template),
                Some(Open::Format) => self.in_format(),
                _ => {
                    if self.bytes[self.at] == b'\n' && self.open.is_empty() {
                        return code_end;
                    }
                    self.in_code();
                }
            }
            let newline = self.bytes[before] == b'\n' && self.at > before;
            if newline && self.reading != Reading::Strict && self.breaks_here(indent) {
                self.at = before;
                return code_end;
            }
            if !matches!(self.bytes[before], b' ' | b'\t' | b'\r' | b'\n' | b'#') {
                code_end = self.at;
            }
        }
        code_end
    }

    /// Whether a lenient reading starts a new logical line here, at the start of a physical line.
    fn breaks_here(&mut self, indent: usize) -> bool {
        let in_triple = self.open.iter().any(|open| matches!(open, Open::String { .. }));
        if in_triple && self.reading != Reading::Mistrustful {
            return false;
        }
        let back = self.at;
        let column = self.indentation();
        let first = self.byte(self.at);
        let starts = first.is_ascii_alphabetic() || matches!(first, b'_' | b'@');
        self.at = back;
        starts && column <= indent
    }

    fn in_code(&mut self) {
        match self.bytes[self.at] {
            b'#' => return self.skip_comment(),
            b'(' | b'[' => self.open.push(Open::Bracket),
            b'{' => self.open.push(Open::Bracket),
            b')' | b']' if matches!(self.open.last(), Some(Open::Bracket)) => {
                self.open.pop();
            }
            b'}' if matches!(self.open.last(), Some(Open::Bracket | Open::Replacement)) => {
                self.open.pop();
            }
            b':' if matches!(self.open.last(), Some(Open::Replacement)) => self.open.push(Open::Format),
            b'\\' => self.at += if self.bytes[self.at..].starts_with(b"\\\r\n") { 2 } else { 1 },
            quote @ (b'"' | b'\'') => return self.open_string(quote),
            _ => {}
        }
        self.at += 1;
    }

    fn open_string(&mut self, quote: u8) {
        let prefix = self.bytes[..self.at].iter().rev().take(3).take_while(|byte| byte.is_ascii_alphabetic());
        let template = prefix.clone().any(|byte| matches!(byte.to_ascii_lowercase(), b'f' | b't'));
        let letters =
            prefix.clone().all(|byte| matches!(byte.to_ascii_lowercase(), b'f' | b't' | b'r' | b'b' | b'u'));
        let triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if triple { 3 } else { 1 };
        self.open.push(Open::String { quote, triple, template: template && letters });
    }

    fn in_string(&mut self, quote: u8, triple: bool, template: bool) {
        let rest = &self.bytes[self.at..];
        match rest[0] {
            b'\\' => self.at += if rest.starts_with(b"\\\r\n") { 3 } else { 2 },
            byte if byte == quote && (!triple || rest.starts_with(&[quote; 3])) => {
                self.at += if triple { 3 } else { 1 };
                self.open.pop();
            }
            // The end of the line ends a string in one quote: it is broken, and what follows is code again.
            b'\n' if !triple => {
                self.open.pop();
                self.broken = true;
            }
            b'\n' => self.at += 1,
            b'{' if template && rest.starts_with(b"{{") => self.at += 2,
            b'{' if template => {
                self.at += 1;
                self.open.push(Open::Replacement);
            }
            _ => self.at += 1 + plain_length(&rest[1..]),
        }
        self.at = self.at.min(self.bytes.len());
    }

    fn in_format(&mut self) {
        match self.bytes[self.at] {
            b'{' => self.open.push(Open::Replacement),
            b'}' => {
                // Closes the format and the replacement it belongs to.
                self.open.pop();
                self.open.pop();
            }
            b'\n' => {
                self.open.pop();
                return;
            }
            _ => {}
        }
        self.at += 1;
    }
}

/// Bytes of a string that mean nothing to the scanner.
fn plain_length(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| !matches!(byte, b'\\' | b'"' | b'\'' | b'\n' | b'{')).count()
}
