//! Files, byte ranges and lines. Ranges are bytes everywhere; lines are computed at the edge.

use std::sync::Arc;

/// A file of the analysed repository. Paths live in one table, [`Sources`]. Ids are dense and follow the
/// sorted order of paths, so an order by id is an order by path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

impl FileId {
    /// The file at this position of [`Sources`].
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("fewer than 2^32 files"))
    }

    /// Position in [`Sources`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A half-open range of bytes of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextRange {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl TextRange {
    /// The range `start..end`; offsets beyond 4 GiB saturate (such files are refused before parsing).
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end) }
    }

    /// This range inside `file`.
    pub fn in_file(self, file: FileId) -> Span {
        Span { file, range: self }
    }

    /// As a range that can index text.
    pub fn to_usize(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A range of bytes in a known file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The bytes.
    pub range: TextRange,
}

impl Span {
    /// The start of a file: where a message goes that concerns the whole of it.
    pub fn file_start(file: FileId) -> Self {
        Self { file, range: TextRange::default() }
    }
}

/// One file: its path relative to the repository's root, with `/` between components, and its text.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Path relative to the root, `/`-separated.
    pub path: Arc<str>,
    /// Contents, UTF-8.
    pub text: Arc<str>,
}

/// All files of one analysis, sorted by path.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Sorts by path; of two files with one path the first stays.
    pub fn new(mut files: Vec<SourceFile>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|b, a| a.path == b.path);
        Self { files }
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The file.
    pub fn get(&self, file: FileId) -> &SourceFile {
        &self.files[file.index()]
    }

    /// Path of a file, relative to the root.
    pub fn path(&self, file: FileId) -> &str {
        &self.get(file).path
    }

    /// Text of a file.
    pub fn text(&self, file: FileId) -> &str {
        &self.get(file).text
    }

    /// The file with exactly this path.
    pub fn find(&self, path: &str) -> Option<FileId> {
        self.files.binary_search_by(|file| (*file.path).cmp(path)).ok().map(FileId::new)
    }

    /// Every file with its id, in order of path.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId::new(index), file))
    }

    /// Line and column of the start of a span.
    pub fn position(&self, span: Span) -> LineColumn {
        LineIndex::position_in(self.text(span.file), span.range.start)
    }
}

/// A place as people name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// The offsets at which the lines of a text start; for many look-ups in one file.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Index of `text`. Lines end with `\n`; a `\r` before it belongs to the line.
    pub fn new(text: &str) -> Self {
        let after_newline = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(after_newline).map(|at| TextRange::new(at, at).start).collect();
        Self { starts }
    }

    /// Line (from 1) of a byte offset.
    pub fn line(&self, offset: u32) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }

    /// Byte offset at which a line (from 1) starts, if the text has that many lines.
    pub fn start_of(&self, line: u32) -> Option<u32> {
        self.starts.get(line.checked_sub(1)? as usize).copied()
    }

    /// Number of lines; a text that ends with a newline has an empty last line.
    pub fn line_count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// Line and column of one offset without building an index.
    pub fn position_in(text: &str, offset: u32) -> LineColumn {
        let mut end = (offset as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        let clamp = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        LineColumn { line: clamp(line), column: clamp(column) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_start_after_each_newline() {
        let index = LineIndex::new("a\nbc\n");
        assert_eq!([0, 1, 2, 4, 5].map(|offset| index.line(offset)), [1, 1, 2, 2, 3]);
        assert_eq!((index.start_of(2), index.start_of(4)), (Some(2), None));
    }

    #[test]
    fn columns_count_characters_and_never_split_one() {
        let text = "ä\nxöy";
        assert_eq!(LineIndex::position_in(text, 6), LineColumn { line: 2, column: 3 });
        assert_eq!(LineIndex::position_in(text, 5), LineColumn { line: 2, column: 2 });
        assert_eq!(LineIndex::position_in(text, 999), LineColumn { line: 2, column: 4 });
    }

    #[test]
    fn files_are_sorted_and_found_by_path() {
        let file = |path: &str| SourceFile { path: path.into(), text: "".into() };
        let sources = Sources::new(vec![file("b"), file("a"), file("b")]);
        assert_eq!(sources.len(), 2);
        assert_eq!(sources.find("b"), Some(FileId::new(1)));
        assert_eq!(sources.find("c"), None);
    }
}
