//! One file that is to be changed: its text, what it says, and how it is written.

use alignment_model::code::{FileFacts, ImportTarget, Statement};
use alignment_model::{FileId, TextRange};

/// A file.
pub(super) struct Page<'s> {
    pub(super) file: FileId,
    pub(super) text: &'s str,
    pub(super) facts: FileFacts,
}

impl Page<'_> {
    /// The text of a range; nothing where it is none.
    pub(super) fn slice(&self, range: TextRange) -> &str {
        self.text.get(range.to_usize()).unwrap_or_default()
    }

    /// What stands after an offset.
    pub(super) fn after(&self, at: u32) -> &str {
        self.text.get(at as usize..).unwrap_or_default()
    }

    /// The line that an offset stands in, up to the offset.
    pub(super) fn line_before(&self, at: u32) -> &str {
        let before = self.text.get(..at as usize).unwrap_or_default();
        before.rsplit('\n').next().unwrap_or_default()
    }

    /// The white space at the start of the line of an offset.
    pub(super) fn indent(&self, at: u32) -> &str {
        let start = (at as usize).saturating_sub(self.line_before(at).len());
        let line = self.text.get(start..).unwrap_or_default();
        line.split(|character| character != ' ' && character != '\t').next().unwrap_or_default()
    }

    /// How the line of an offset ends.
    pub(super) fn line_end(&self, at: u32) -> &'static str {
        line_end(self.text, at as usize)
    }

    /// The end of the line of an offset, before what ends it, where nothing but white space and a comment that starts with `marker`
    /// stands between.
    pub(super) fn rest_is_comment(&self, at: u32, marker: &str) -> Option<u32> {
        let rest = self.after(at).split('\n').next().unwrap_or_default();
        let rest = rest.strip_suffix('\r').unwrap_or(rest);
        let word = rest.trim();
        (word.is_empty() || word.starts_with(marker)).then(|| at + TextRange::new(0, rest.len()).end)
    }

    /// The quote that the file uses more often.
    pub(super) fn quote(&self) -> char {
        let count = |quote: char| self.text.matches(quote).count();
        if count('\'') > count('"') { '\'' } else { '"' }
    }

    /// What a name of this module is called in the file, `UUID` of `uuid`: imported itself, or through its module.
    pub(super) fn imported(&self, module: &str, name: &str) -> Option<String> {
        let imports = self.facts.body.iter().filter_map(|statement| match statement {
            Statement::Import(import) if import.level == 0 && !import.reexport => Some(import),
            _ => None,
        });
        let mut found = None;
        for import in imports {
            for bound in &import.names {
                match &bound.target {
                    ImportTarget::Member(member) if &**member == name && &*import.module == module => {
                        return Some(bound.local.to_string());
                    }
                    ImportTarget::Module(of) if &**of == module => {
                        found = Some(format!("{}.{name}", bound.local));
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// Whether the file imports something under this name.
    pub(super) fn imports(&self, local: &str) -> bool {
        self.facts.body.iter().any(|statement| match statement {
            Statement::Import(import) if !import.reexport => {
                import.names.iter().any(|bound| &*bound.local == local)
            }
            _ => false,
        })
    }
}

/// How the line of an offset ends.
pub(super) fn line_end(text: &str, at: usize) -> &'static str {
    let line = text.get(at..).unwrap_or_default().split('\n').next().unwrap_or_default();
    if line.ends_with('\r') { "\r\n" } else { "\n" }
}
