//! A proof in names and values instead of words, so that a test of the repository's own can try it.
//!
//! A rule gives one where its witness can be tried exactly: by importing the declarations it names and giving them the value that
//! breaks. Where the proof is code between two declarations, words are all there is.

use crate::entity::{Detail, Entity, EntityKind};
use crate::source::FileId;

/// A class that Python code can import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonClass {
    /// The module, dotted.
    pub module: String,
    /// Its name in the module.
    pub name: String,
    /// The file of the module.
    pub file: FileId,
}

/// An object type that TypeScript code can import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientType {
    /// The file that exports it.
    pub file: FileId,
    /// Its name there.
    pub name: String,
}

/// What a test can try. Every variant fails while the finding is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A response reads a row whose attribute is NULL into a field that refuses it.
    NullRow {
        /// The model of the row.
        model: PythonClass,
        /// The attribute.
        attribute: String,
        /// The response.
        schema: PythonClass,
        /// Its field.
        field: String,
    },
    /// A response requires an attribute that no row has.
    AbsentAttribute {
        /// The model of the row.
        model: PythonClass,
        /// The response.
        schema: PythonClass,
        /// Its field.
        field: String,
    },
    /// A request takes null for fields whose attributes must have a value.
    NullStored {
        /// The request.
        schema: PythonClass,
        /// The model that is made from it.
        model: PythonClass,
        /// Fields, each with the key of the request and the attribute that it is written to.
        fields: Vec<NullField>,
    },
    /// A request refuses what the client's type lets it send.
    Body {
        /// The request.
        schema: PythonClass,
        /// The field that refuses.
        field: String,
        /// Its key.
        key: String,
        /// What the client sends, as JSON; `None` where it leaves the key out.
        value: Option<String>,
    },
    /// A client type refuses what the API answers.
    Answer {
        /// The type.
        client: ClientType,
        /// Properties with what arrives, as JSON; `None` where the key never does.
        properties: Vec<(String, Option<String>)>,
    },
    /// The database that the migrations make lacks the tables of models.
    Tables {
        /// One model of each.
        models: Vec<PythonClass>,
    },
    /// The database that the migrations make differs from a model.
    Migrated {
        /// The model.
        model: PythonClass,
        /// In what.
        facet: Facet,
    },
    /// Alembic cannot follow a folder of revisions.
    Revisions {
        /// The folder.
        folder: String,
        /// There is more than one head; else the chain is broken.
        heads: bool,
    },
}

/// One field of [`Proof::NullStored`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NullField {
    /// The field of the request.
    pub field: String,
    /// Its key.
    pub key: String,
    /// The attribute of the model.
    pub attribute: String,
}

/// What a migrated database lacks or has otherwise, by attribute of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Facet {
    /// A column.
    Column(String),
    /// Whether a column takes NULL.
    Nullability(String),
    /// The kind of values of a column.
    Type(String),
    /// The labels of an enumeration.
    Labels(String),
}

impl PythonClass {
    /// The class that a model or a Pydantic schema is made from, if it stands at the top of a module with a name that can be imported.
    pub fn of(entity: &Entity) -> Option<Self> {
        let can_be_tried = match &entity.detail {
            Detail::Schema(schema) => {
                matches!(entity.kind, EntityKind::Schema | EntityKind::TableSchema)
                    && schema.pydantic != Some(1)
                    && schema.type_parameters.is_empty()
            }
            _ => entity.kind == EntityKind::Model,
        };
        let declaration = entity.declaration.as_ref().filter(|_| can_be_tried)?;
        let module = entity.qualname.strip_suffix(&*declaration.path)?.strip_suffix('.')?;
        let is_top = is_identifier(&declaration.path) && module.split('.').all(is_identifier);
        is_top.then(|| Self {
            module: module.to_owned(),
            name: declaration.path.to_string(),
            file: declaration.file,
        })
    }
}

impl ClientType {
    /// The object type that an entity of the client is, if it is exported by its name and takes no parameters.
    pub fn of(entity: &Entity) -> Option<Self> {
        let Detail::Client(client) = &entity.detail else { return None };
        let is_object =
            matches!(entity.kind, EntityKind::Interface | EntityKind::Alias | EntityKind::ClientClass);
        let is_named = client.exported && client.type_parameters.is_empty() && !client.is_what_code_reads;
        let declaration = entity.declaration.as_ref().filter(|_| is_object && is_named)?;
        is_identifier(&declaration.path)
            .then(|| Self { file: declaration.file, name: declaration.path.to_string() })
    }
}

/// Whether a word is a name in Python and TypeScript; keywords of Python are none.
fn is_identifier(word: &str) -> bool {
    const KEYWORDS: [&str; 35] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
        "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in",
        "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];
    let mut letters = word.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !KEYWORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::is_identifier;

    #[test]
    fn only_names_that_can_be_imported_are_names() {
        for good in ["a", "_x1", "User"] {
            assert!(is_identifier(good), "{good}");
        }
        for bad in ["", "1a", "a-b", "class", "a.b", "ä"] {
            assert!(!is_identifier(bad), "{bad}");
        }
    }
}
