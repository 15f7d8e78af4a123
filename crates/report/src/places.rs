//! Lines and columns of many places, with one line index per file.

use std::cell::OnceCell;

use alignment_model::{FileId, LineColumn, LineIndex, Sources, Span};

/// What a column counts. Every machine format has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnUnit {
    /// Characters (Unicode scalar values).
    Characters,
    /// Bytes of UTF-8.
    Bytes,
    /// Code units of UTF-16.
    Utf16,
}

impl ColumnUnit {
    /// The length of a text.
    fn length(self, text: &str) -> usize {
        match self {
            ColumnUnit::Characters => text.chars().count(),
            ColumnUnit::Bytes => text.len(),
            ColumnUnit::Utf16 => text.encode_utf16().count(),
        }
    }
}

/// A span as lines and columns, both from 1; the end column is one past the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) start: LineColumn,
    pub(crate) end: LineColumn,
}

impl Region {
    /// Whether nothing but a line is meant.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

/// Looks up lines; the index of a file is built when the first place in it is asked for.
pub struct Places<'a> {
    sources: &'a Sources,
    indices: Vec<OnceCell<LineIndex>>,
}

impl<'a> Places<'a> {
    /// Places of these files.
    pub fn new(sources: &'a Sources) -> Self {
        Self { sources, indices: vec![OnceCell::new(); sources.len()] }
    }

    /// The files.
    pub fn sources(&self) -> &'a Sources {
        self.sources
    }

    /// Path of a file.
    pub fn path(&self, file: FileId) -> &'a str {
        self.sources.path(file)
    }

    /// Line (from 1) where a span starts.
    pub fn line(&self, span: Span) -> u32 {
        self.lines(span.file).line(span.range.start)
    }

    /// Line and column where a span starts.
    pub fn position(&self, span: Span) -> LineColumn {
        self.at(span.file, span.range.start, ColumnUnit::Characters)
    }

    /// Where a span starts and ends.
    pub(crate) fn region(&self, span: Span, unit: ColumnUnit) -> Region {
        let text = self.sources.text(span.file).get(span.range.to_usize()).unwrap_or("");
        // A declaration ends with its last character, not on the line after it.
        let trailing = u32::try_from(text.len() - text.trim_end().len()).unwrap_or(0);
        let start = self.at(span.file, span.range.start, unit);
        let end = self.at(span.file, (span.range.end - trailing).max(span.range.start), unit);
        Region { start, end: end.max(start) }
    }

    /// Where a span starts and ends, white space at its end included.
    pub(crate) fn whole(&self, span: Span, unit: ColumnUnit) -> Region {
        let of = |offset| self.at(span.file, offset, unit);
        Region { start: of(span.range.start), end: of(span.range.end) }
    }

    /// Line and column of an offset.
    fn at(&self, file: FileId, offset: u32, unit: ColumnUnit) -> LineColumn {
        let lines = self.lines(file);
        let line = lines.line(offset);
        let start = lines.start_of(line).unwrap_or(0);
        let before = self.sources.text(file).get(start as usize..offset as usize).unwrap_or("");
        LineColumn { line, column: u32::try_from(unit.length(before) + 1).unwrap_or(u32::MAX) }
    }

    /// The lines of a file.
    pub fn lines(&self, file: FileId) -> &LineIndex {
        let text = self.sources.text(file);
        self.indices[file.index()].get_or_init(|| LineIndex::new(text))
    }
}

#[cfg(test)]
mod tests {
    use alignment_model::{SourceFile, TextRange};

    use super::*;

    #[test]
    fn columns_count_what_the_format_counts() {
        let text = "a\n\u{e9}\u{1f600} = b\n\n";
        let sources = Sources::new(vec![SourceFile { path: "a".into(), text: text.into() }]);
        let places = Places::new(&sources);
        let start = text.find('b').unwrap();
        let span = TextRange::new(start, text.len()).in_file(FileId::new(0));
        let columns = |unit| {
            let region = places.region(span, unit);
            assert_eq!((region.start.line, region.end.line), (2, 2), "the empty lines are left out");
            (region.start.column, region.end.column)
        };
        assert_eq!(columns(ColumnUnit::Characters), (6, 7));
        assert_eq!(columns(ColumnUnit::Utf16), (7, 8));
        assert_eq!(columns(ColumnUnit::Bytes), (10, 11));
        assert!(places.region(Span::file_start(FileId::new(0)), ColumnUnit::Bytes).is_empty());
    }
}
