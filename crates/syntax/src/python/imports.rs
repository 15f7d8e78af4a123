//! Imports of every form.

use alignment_model::code::{Import, ImportTarget, ImportedName};
use tree_sitter::Node;

use super::Lowering;
use super::grammar::{Kind, fields, kind};
use crate::tree::{self, field};

impl<'t> Lowering<'_, 't> {
    /// The imports of one statement. `import a, b as c` names several modules, so it gives several.
    pub(super) fn import(&mut self, node: Node<'t>) -> impl Iterator<Item = Import> + use<> {
        let imports = match kind(node) {
            Kind::ImportFrom => vec![self.import_from(node)],
            Kind::FutureImport => vec![self.import_future(node)],
            _ => self.import_modules(node),
        };
        imports.into_iter()
    }

    /// `import a.b`, `import a.b as c`: without `as` the first segment is bound.
    fn import_modules(&mut self, node: Node<'t>) -> Vec<Import> {
        let children = self.named(node);
        let module = |child: Node<'t>| {
            let (path, alias) = self.path_and_alias(child);
            let (target, local) = match alias {
                Some(alias) => (path.clone(), alias),
                None => {
                    let first: Box<str> = path.split('.').next().unwrap_or_default().into();
                    (first.clone(), first)
                }
            };
            let names =
                vec![ImportedName { target: ImportTarget::Module(target), local, range: tree::range(child) }];
            self.import_of(path, 0, names, node)
        };
        children.into_iter().map(module).collect()
    }

    fn import_from(&mut self, node: Node<'t>) -> Import {
        let module = field(node, fields().module_name);
        let written = module.map_or("", |module| self.text(module));
        let dots = written.bytes().take_while(|byte| *byte == b'.' || byte.is_ascii_whitespace());
        let level = dots.filter(|byte| *byte == b'.').count();
        let path = without_space(written.trim_start_matches(|c: char| c == '.' || c.is_whitespace()));
        let children = self.named(node);
        let names = children
            .into_iter()
            .filter(|child| Some(*child) != module)
            .map(|child| self.member(child))
            .collect();
        self.import_of(path, u8::try_from(level).unwrap_or(u8::MAX), names, node)
    }

    fn import_future(&mut self, node: Node<'t>) -> Import {
        let names = self.named(node).into_iter().map(|child| self.member(child)).collect();
        self.import_of("__future__".into(), 0, names, node)
    }

    /// `x`, `x as y`, `*` after `import`.
    fn member(&self, node: Node<'t>) -> ImportedName {
        let range = tree::range(node);
        if kind(node) == Kind::WildcardImport {
            return ImportedName { target: ImportTarget::All, local: "*".into(), range };
        }
        let (name, alias) = self.path_and_alias(node);
        let local = alias.unwrap_or_else(|| name.clone());
        ImportedName { target: ImportTarget::Member(name), local, range }
    }

    fn path_and_alias(&self, node: Node<'t>) -> (Box<str>, Option<Box<str>>) {
        if kind(node) == Kind::AliasedImport {
            let path =
                field(node, fields().name).map_or_else(Box::default, |name| without_space(self.text(name)));
            return (path, field(node, fields().alias).map(|alias| self.name(alias)));
        }
        (without_space(self.text(node)), None)
    }

    fn import_of(&self, module: Box<str>, level: u8, names: Vec<ImportedName>, node: Node<'_>) -> Import {
        let range = tree::range(node);
        Import { module, level, names, reexport: false, type_only: self.type_checking, range }
    }
}

/// Python allows spaces around the dots of a path.
fn without_space(path: &str) -> Box<str> {
    if path.contains(char::is_whitespace) {
        return path.split_whitespace().collect::<String>().into();
    }
    path.into()
}
