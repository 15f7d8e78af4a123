//! Where the statement being read stands, and what unqualified names in it mean.

use alignment_model::entity::TableName;
use alignment_model::{FileId, Span, TextRange};

use crate::Dialect;
use crate::cursor::Part;
use crate::name::qualified;

/// How positions in a SQL text become places in a file.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// The text stands in the file as it is, from this byte on.
    Verbatim {
        /// The file.
        file: FileId,
        /// First byte of the text in the file.
        offset: usize,
    },
    /// The text is made by code: everything in it has this place.
    Whole(Span),
}

impl Place {
    /// The place of a part of the text.
    pub fn span(self, start: usize, end: usize) -> Span {
        match self {
            Place::Verbatim { file, offset } => TextRange::new(offset + start, offset + end).in_file(file),
            Place::Whole(span) => span,
        }
    }

    /// The place of a text inside this one, which starts at `start`.
    pub(crate) fn inside(self, start: usize) -> Place {
        match self {
            Place::Verbatim { file, offset } => Place::Verbatim { file, offset: offset + start },
            Place::Whole(span) => Place::Whole(span),
        }
    }
}

/// What every reader of a part of a statement needs.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) dialect: Dialect,
    /// Place of the statement.
    pub(crate) place: Place,
    /// The schema that unqualified names belong to (`SET search_path`).
    pub(crate) schema: Option<&'a str>,
}

impl Context<'_> {
    /// Place of a part of the statement.
    pub(crate) fn span(&self, part: Part<'_>) -> Span {
        self.place.span(part.start, part.start + part.text.len())
    }

    /// The name with the schema that it stands for: the default one is none, whether written or not.
    pub(crate) fn resolve(&self, name: TableName) -> TableName {
        let schema = name.schema.or_else(|| self.schema.map(Into::into));
        qualified(schema, name.name)
    }
}
