//! Tests for pytest: Pydantic, SQLAlchemy and Alembic are asked themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use alignment_model::Sources;
use alignment_model::finding::Finding;
use alignment_model::proof::{Facet, NullField, Proof, PythonClass};

use super::{MARK, TestFolder, heading, inside, literal, up};

/// The folder of these tests in that of all.
const FOLDER: &str = "pytest";
/// What the tests share.
const SHARED: &str = include_str!("alignment_witness.py");

/// Tests in the making.
#[derive(Default)]
pub(super) struct Cases {
    files: BTreeMap<String, String>,
    /// Folders from which modules are imported, relative to the analysed one.
    roots: BTreeSet<String>,
}

/// One test: the names that it imports, whether it asks the database, and its body.
struct Case<'p> {
    classes: Vec<&'p PythonClass>,
    helpers: &'static [&'static str],
    database: bool,
    body: String,
}

impl Cases {
    /// Adds the test of a finding, or says why there is none.
    pub(super) fn add(
        &mut self,
        finding: &Finding,
        id: &str,
        proof: &Proof,
        sources: &Sources,
    ) -> Result<(), String> {
        let Some(case) = case(proof) else {
            return Err("it is no matter of Python".to_owned());
        };
        let mut imports = BTreeSet::new();
        for class in &case.classes {
            let Some(root) = root(sources.path(class.file), &class.module) else {
                return Err(format!(
                    "`{}` is not the module of `{}`",
                    class.module,
                    sources.path(class.file)
                ));
            };
            self.roots.insert(root);
            imports.insert(format!(
                "from {} import {}{}\n",
                class.module,
                class.name,
                renamed(class, &case.classes)
            ));
        }
        let imports: String = imports.into_iter().collect();
        let helpers = case.helpers.join(", ");
        let name = format!("test_{}_{id}", finding.rule.replace('-', "_"));
        let argument = if case.database { "database" } else { "" };
        let text = format!(
            "{}\n{imports}{}from alignment_witness import {helpers}\n\n\ndef {name}({argument}):\n{}",
            heading(finding, id, "# "),
            if case.classes.is_empty() { "" } else { "\n" },
            case.body
        );
        self.files.insert(format!("{FOLDER}/{name}.py"), text);
        Ok(())
    }

    /// How to run them.
    pub(super) fn command(&self, folder: &TestFolder) -> Option<String> {
        let place = inside(&folder.from_root, FOLDER);
        (!self.files.is_empty()).then(|| format!("python -m pytest {place}"))
    }

    /// All files, with what the tests share.
    pub(super) fn files(self, folder: &TestFolder) -> BTreeMap<String, String> {
        let mut files = self.files;
        if files.is_empty() {
            return files;
        }
        let roots: Vec<String> = self.roots.iter().map(|root| literal(root)).collect();
        let shared = SHARED
            .replace("{mark}", MARK)
            .replace("{root}", &literal(&up(&folder.to_root, 1)))
            .replace("{roots}", &roots.join(", "));
        files.insert(format!("{FOLDER}/alignment_witness.py"), shared);
        files.insert(format!("{FOLDER}/conftest.py"), include_str!("conftest.py").replace("{mark}", MARK));
        files
    }
}

/// The folder from which a file is imported as a module: `backend` for `backend/app/models.py` and `app.models`.
fn root(path: &str, module: &str) -> Option<String> {
    let path = path.strip_suffix(".py")?;
    let path = path.strip_suffix("/__init__").unwrap_or(path);
    let module = module.replace('.', "/");
    let rest = path.strip_suffix(&module)?;
    match rest.strip_suffix('/') {
        Some(folder) => Some(folder.to_owned()),
        None => rest.is_empty().then(|| ".".to_owned()),
    }
}

/// What a class is called in the test: its name, or another one where two share it.
fn alias(class: &PythonClass, all: &[&PythonClass]) -> String {
    let at = all.iter().filter(|other| other.name == class.name).position(|other| *other == class);
    match at {
        Some(at) if at > 0 => format!("{}Model", class.name),
        _ => class.name.clone(),
    }
}

/// ` as UserModel`, where that is another name.
fn renamed(class: &PythonClass, all: &[&PythonClass]) -> String {
    let alias = alias(class, all);
    if alias == class.name { String::new() } else { format!(" as {alias}") }
}

fn case(proof: &Proof) -> Option<Case<'_>> {
    let case = match proof {
        Proof::NullRow { model, attribute, schema, field } => {
            let (attribute, field) = (literal(attribute), literal(field));
            let classes = vec![schema, model];
            let (schema, model) = (alias(schema, &classes), alias(model, &classes));
            let body = format!(
                "    if may_be_null({model}, {attribute}):\n        assert refusals({schema}, {field}, loaded({model}, {{{attribute}: None}})) == []\n"
            );
            Case { classes, helpers: &["loaded", "may_be_null", "refusals"], database: false, body }
        }
        Proof::AbsentAttribute { model, schema, field } => {
            let classes = vec![schema, model];
            let (schema, model) = (alias(schema, &classes), alias(model, &classes));
            let body = format!("    assert not lacks({schema}, {}, loaded({model}, {{}}))\n", literal(field));
            Case { classes, helpers: &["lacks", "loaded"], database: false, body }
        }
        Proof::NullStored { schema, model, fields } => null_stored(schema, model, fields),
        Proof::Body { schema, field, key, value } => {
            let (name, field, key) = (&schema.name, literal(field), literal(key));
            let (helpers, body): (&[&str], String) = match value {
                Some(value) => {
                    let value = python(value);
                    (
                        &["refusals"],
                        format!("    assert refusals({name}, {field}, {{{key}: {value}}}) == []\n"),
                    )
                }
                None => (&["lacks"], format!("    assert not lacks({name}, {field}, {{}})\n")),
            };
            Case { classes: vec![schema], helpers, database: false, body }
        }
        Proof::Tables { models } => {
            let classes: Vec<&PythonClass> = models.iter().collect();
            let has_table = |class: &&PythonClass| {
                format!("    assert has_table(database, {})\n", alias(class, &classes))
            };
            let body = classes.iter().map(has_table).collect();
            Case { classes, helpers: &["has_table"], database: true, body }
        }
        Proof::Migrated { model, facet } => migrated(model, facet),
        Proof::Revisions { folder, heads } => {
            let helpers: &[&str] = if *heads { &["heads"] } else { &["walk"] };
            let body = if *heads {
                format!("    assert len(heads({})) == 1\n", literal(folder))
            } else {
                format!("    assert walk({})\n", literal(folder))
            };
            Case { classes: vec![], helpers, database: false, body }
        }
        Proof::Answer { .. } => return None,
    };
    Some(case)
}

fn null_stored<'p>(schema: &'p PythonClass, model: &'p PythonClass, fields: &[NullField]) -> Case<'p> {
    let classes = vec![schema, model];
    let (schema, model) = (alias(schema, &classes), alias(model, &classes));
    let mut body = String::new();
    for NullField { field, key, attribute } in fields {
        let (field, key, attribute) = (literal(field), literal(key), literal(attribute));
        let _ = writeln!(
            body,
            "    assert not (takes({schema}, {field}, {{{key}: None}}) and needs_a_value({model}, {attribute}))"
        );
    }
    Case { classes, helpers: &["needs_a_value", "takes"], database: false, body }
}

fn migrated<'p>(model: &'p PythonClass, facet: &Facet) -> Case<'p> {
    let name = &model.name;
    let (helpers, attribute, tail): (&[&str], _, _) = match facet {
        Facet::Column(attribute) => (&["has_column"], attribute, ""),
        Facet::Nullability(attribute) => (&["same_nullability"], attribute, ""),
        Facet::Type(attribute) => (&["same_type"], attribute, ""),
        Facet::Labels(attribute) => (&["foreign_labels"], attribute, " == []"),
    };
    let body = format!("    assert {}(database, {name}, {}){tail}\n", helpers[0], literal(attribute));
    Case { classes: vec![model], helpers, database: true, body }
}

/// A JSON value as Python: only the three words differ, and no proof holds them inside another value.
fn python(json: &str) -> &str {
    match json {
        "null" => "None",
        "true" => "True",
        "false" => "False",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn a_module_is_imported_from_the_folder_above_its_name() {
        assert_eq!(root("backend/app/models.py", "app.models").as_deref(), Some("backend"));
        assert_eq!(root("app/models/__init__.py", "app.models").as_deref(), Some("."));
        assert_eq!(root("backend/myapp/models.py", "app.models"), None);
        assert_eq!(root("backend/app/models.pyi", "app.models"), None);
    }
}
