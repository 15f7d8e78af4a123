//! JSON as configuration files write it: with comments, trailing commas and a byte order mark. Lenient, because a broken
//! `tsconfig.json` must cost its own settings and nothing else; everything readable before the break is kept.
//!
//! Deliberately absent: numbers are kept as text (no setting that matters here is one), and nothing is written.

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    /// An object, in order; of equal keys the last one counts.
    Object(Vec<(String, Json)>),
    /// An array.
    Array(Vec<Json>),
    /// A string.
    Text(String),
    /// A boolean.
    Bool(bool),
    /// A number, `null`, or something that is no JSON.
    Other,
}

/// Nesting beyond this is read as [`Json::Other`].
const MAX_DEPTH: usize = 64;

impl Json {
    /// Reads a text.
    pub(crate) fn parse(text: &str) -> Json {
        let text = text.trim_start_matches('\u{feff}');
        Reader { bytes: text.as_bytes(), text, at: 0 }.value(0)
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        self.entries().iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The entries of an object; nothing for anything else.
    pub(crate) fn entries(&self) -> &[(String, Json)] {
        match self {
            Json::Object(entries) => entries,
            _ => &[],
        }
    }

    /// The items of an array; nothing for anything else.
    pub(crate) fn items(&self) -> &[Json] {
        match self {
            Json::Array(items) => items,
            _ => &[],
        }
    }

    /// The text of a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }
}

struct Reader<'t> {
    bytes: &'t [u8],
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Json {
        self.skip_blank();
        match self.peek() {
            Some(b'{') if depth < MAX_DEPTH => self.object(depth),
            Some(b'[') if depth < MAX_DEPTH => self.array(depth),
            Some(b'"') => Json::Text(self.string()),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Json {
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            self.skip_blank();
            match self.peek() {
                Some(b'"') => {
                    let key = self.string();
                    self.skip_blank();
                    if self.peek() != Some(b':') {
                        break;
                    }
                    self.at += 1;
                    entries.push((key, self.value(depth + 1)));
                }
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                _ => break,
            }
        }
        Json::Object(entries)
    }

    fn array(&mut self, depth: usize) -> Json {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                None => break,
                Some(_) => {
                    let before = self.at;
                    items.push(self.value(depth + 1));
                    if self.at == before {
                        break;
                    }
                }
            }
        }
        Json::Array(items)
    }

    fn string(&mut self) -> String {
        self.at += 1;
        let mut out = String::new();
        let mut from = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => break,
                b'\\' => {
                    out.push_str(self.text.get(from..self.at).unwrap_or_default());
                    self.at += 1;
                    self.escape(&mut out);
                    from = self.at;
                }
                _ => self.at += 1,
            }
        }
        out.push_str(self.text.get(from..self.at).unwrap_or_default());
        self.at += 1;
        out
    }

    fn escape(&mut self, out: &mut String) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => out.push('\n'),
            b't' => out.push('\t'),
            b'r' => out.push('\r'),
            b'u' => {
                let code =
                    self.text.get(self.at..self.at + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                self.at = (self.at + 4).min(self.bytes.len());
                out.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            // A multi-byte character after a backslash is no JSON; its first byte is dropped with the backslash.
            byte if byte.is_ascii() => out.push(char::from(byte)),
            _ => {}
        }
    }

    fn word(&mut self) -> Json {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.'))
        {
            self.at += 1;
        }
        match self.text.get(start..self.at) {
            Some("true") => Json::Bool(true),
            Some("false") => Json::Bool(false),
            _ => Json::Other,
        }
    }

    fn skip_blank(&mut self) {
        while let Some(byte) = self.peek() {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'/' if rest.starts_with(b"//") => {
                    self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                }
                b'/' if rest.starts_with(b"/*") => {
                    let end = rest.windows(2).skip(2).position(|pair| pair == b"*/");
                    self.at += end.map_or(rest.len(), |end| end + 4);
                }
                _ => return,
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_are_allowed() {
        let json = Json::parse(
            "\u{feff}{ // line\n \"a\": [\"x\\u0041\\n\", /* in */ true, 1.5e3,], \"b\": {\"c/*\": \"//\",},\n}",
        );
        let items = json.get("a").map(Json::items).unwrap_or_default();
        assert_eq!(items, [Json::Text("xA\n".into()), Json::Bool(true), Json::Other]);
        assert_eq!(json.get("b").and_then(|b| b.get("c/*")).and_then(Json::text), Some("//"));
    }

    #[test]
    fn broken_text_keeps_what_stands_before_the_break() {
        let json = Json::parse("{\"a\": \"1\", \"b\" \"2\"}");
        assert_eq!(json.get("a").and_then(Json::text), Some("1"));
        for text in
            ["", "{", "[[", "{\"a\"", "\"\\u12", "\"\\", "/*", "/**/", "[}", "{\"a\": é}", "[\"é\\é\"]"]
        {
            let _ = Json::parse(text);
        }
        assert_eq!(Json::parse(&"[".repeat(100_000)).items().len(), 1);
    }
}
