//! Which major version of Pydantic a file is written for, by evidence: what the nearest dependency file asks for or locks,
//! else which version's words the code around it uses.
//!
//! Rules: Pydantic 2, "Migration Guide". Deliberately absent: environments and installed packages.

use std::collections::HashMap;

use alignment_model::FileId;
use alignment_model::code::{Import, ImportTarget, Statement};

use crate::Input;
use crate::python::packages::{directories, is_lock_file, locked};

/// Names that only Pydantic 2 has.
const ONLY_V2: &[&str] = &[
    "AfterValidator",
    "AliasChoices",
    "AliasGenerator",
    "AliasPath",
    "AwareDatetime",
    "BeforeValidator",
    "ConfigDict",
    "NaiveDatetime",
    "PlainSerializer",
    "RootModel",
    "StringConstraints",
    "TypeAdapter",
    "computed_field",
    "field_serializer",
    "field_validator",
    "model_serializer",
    "model_validator",
];

/// Names that only Pydantic 1 has.
const ONLY_V1: &[&str] =
    &["BaseSettings", "ConstrainedStr", "ConstrainedInt", "GenericModel", "parse_obj_as", "Required"];

/// Versions by directory.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    /// What dependency files say, by directory.
    declared: HashMap<String, u8>,
    /// What the code says, by directory, counted over everything below: votes for 1 and for 2.
    used: HashMap<String, [u32; 2]>,
}

impl Versions {
    pub(crate) fn new(input: Input<'_>) -> Self {
        let mut versions = Versions::default();
        for (_, file) in input.sources.iter() {
            let (directory, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            let locks = is_lock_file(name);
            let asks =
                matches!(name, "pyproject.toml" | "Pipfile" | "setup.py" | "setup.cfg" | "environment.yml")
                    || name.starts_with("requirements") && name.ends_with(".txt");
            let version = match (locks, asks) {
                (true, _) => locked(&file.text, "pydantic").and_then(major),
                (_, true) => asked_version(&file.text),
                _ => None,
            };
            if let Some(version) = version {
                // A lock file beats what it was made from.
                let known = versions.declared.entry(directory.to_owned()).or_insert(version);
                if locks {
                    *known = version;
                }
            }
        }
        for facts in input.facts {
            let path = input.sources.path(facts.file);
            let mut votes = [0_u32; 2];
            for statement in &facts.body {
                if let Statement::Import(import) = statement {
                    vote(import, &mut votes);
                }
            }
            if votes != [0, 0] {
                for directory in directories(path) {
                    let counted = versions.used.entry(directory.to_owned()).or_default();
                    counted[0] += votes[0];
                    counted[1] += votes[1];
                }
            }
        }
        versions
    }

    /// The version of a file, if anything tells.
    pub(crate) fn of(&self, input: Input<'_>, file: FileId) -> Option<u8> {
        let path = input.sources.path(file);
        let declared = directories(path).find_map(|directory| self.declared.get(directory).copied());
        declared.or_else(|| {
            let [one, two] = directories(path).find_map(|directory| self.used.get(directory))?;
            Some(if two >= one { 2 } else { 1 })
        })
    }
}

fn vote(import: &Import, votes: &mut [u32; 2]) {
    let top = import.module.split('.').next().unwrap_or_default();
    match (top, &*import.module) {
        ("pydantic_settings" | "pydantic_core", _) => votes[1] += 1,
        // The compatibility layer: says nothing about the rest of the project, except that version 2 is installed.
        ("pydantic", module) if module.starts_with("pydantic.v1") => {}
        ("pydantic", "pydantic.generics") => votes[0] += 1,
        ("pydantic", "pydantic.alias_generators" | "pydantic.functional_validators") => votes[1] += 1,
        ("pydantic", _) => {
            for name in &import.names {
                if let ImportTarget::Member(member) = &name.target {
                    votes[0] += u32::from(ONLY_V1.contains(&&**member));
                    votes[1] += u32::from(ONLY_V2.contains(&&**member));
                }
            }
        }
        _ => {}
    }
}

/// `pydantic>=2.0`, `"pydantic[email] ~= 2.1"`, `pydantic = "^1.10"`, `pydantic = { version = "^2" }`. A lower bound of 1 alone
/// admits both.
fn asked_version(text: &str) -> Option<u8> {
    text.lines().map(str::trim).filter(|line| !line.starts_with('#')).find_map(|line| {
        let line = line.trim_start_matches(['-', ' ', '"', '\'']);
        let rest = line.strip_prefix("pydantic")?;
        let rest = match rest.strip_prefix('[') {
            Some(extras) => extras.split_once(']')?.1,
            None => rest,
        };
        if !rest.trim_start_matches(['"', '\'']).starts_with(['=', '<', '>', '~', '^', '!', ' ']) {
            return None;
        }
        wanted(rest.split(['#', ';']).next().unwrap_or_default())
    })
}

/// The version that bounds like `>=1.8,<2` leave, if they leave one.
fn wanted(bounds: &str) -> Option<u8> {
    let (mut least, mut most) = (None, None);
    for bound in bounds.split(',') {
        let Some(digits) = bound.find(|c: char| c.is_ascii_digit()) else { continue };
        let (operator, version) = bound.split_at(digits);
        let version = major(version);
        match operator {
            _ if operator.contains('!') => {}
            _ if operator.contains('>') => least = version,
            _ if operator.contains('<') => most = version,
            _ => return version,
        }
    }
    match (least, most) {
        (_, Some(1 | 2)) => Some(1),
        (Some(2), _) => Some(2),
        _ => None,
    }
}

/// The first number of a version, if it is one of Pydantic's.
fn major(text: &str) -> Option<u8> {
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    match digits.get(..end)? {
        "1" | "0" => Some(1),
        "2" => Some(2),
        "3" => Some(3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependency_files_tell_the_version() {
        let asked = [
            ("pydantic==1.10.13\n", Some(1)),
            ("fastapi\npydantic[email]>=2.5,<3\n", Some(2)),
            ("pydantic = \"^1.10\"", Some(1)),
            ("    \"pydantic>=2.0\",", Some(2)),
            ("pydantic<2", Some(1)),
            ("pydantic>=1.8", None),
            ("pydantic>=1.8,<2.0", Some(1)),
            ("pydantic>=1.8,!=1.9,<3", None),
            ("pydantic==2.*; python_version < '3.9'", Some(2)),
            ("pydantic = { version = \"2.6\", extras = [] }", Some(2)),
            ("pydantic-settings>=2.0\n", None),
            ("# pydantic==1.0\npydantic\n", None),
        ];
        for (text, version) in asked {
            assert_eq!(asked_version(text), version, "{text}");
        }
    }
}
