//! Lines and columns of many places, with one line index per file.

use std::cell::OnceCell;

use alignment_model::{FileId, LineColumn, LineIndex, Sources, Span};

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
        let line = self.line(span);
        let start = self.lines(span.file).start_of(line).unwrap_or(0);
        let text = self.sources.text(span.file);
        let before = text.get(start as usize..span.range.start as usize).unwrap_or("");
        let column = u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX);
        LineColumn { line, column }
    }

    /// The lines of a file.
    pub fn lines(&self, file: FileId) -> &LineIndex {
        let text = self.sources.text(file);
        self.indices[file.index()].get_or_init(|| LineIndex::new(text))
    }
}
