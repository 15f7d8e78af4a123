//! Our facts against what the real frameworks said (`fixtures/*/truth/*.json`, recorded by `tests/oracle/run.sh`).
//!
//! Everything a framework answered must be answered by us, and equal: an honest "unknown" fails here too, unless the entity says that it is
//! incomplete. What we find and no framework knows fails as well. What differs all the same is written down with its reason, under
//! `differences` in the fixture's `oracle.json`; a reason that nothing needs any more fails too.
//!
//! `ORACLE_FIXTURES` names a folder of other fixtures, which the generator wrote (`tests/oracle/generate.py`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What a framework can be asked for about a field.
const ATTRIBUTES: [&str; 9] = [
    "wire_name",
    "type",
    "type_sql",
    "nullable",
    "required",
    "default",
    "server_default",
    "enum_values",
    "length",
];
/// What a framework can be asked for about an entity.
const ENTITY_ATTRIBUTES: [&str; 2] = ["table", "status"];
/// Kinds of entity that the oracles list; facts hold more (settings, and enumerations of Python).
const KINDS: [&str; 13] = [
    "table",
    "model",
    "schema",
    "dataclass",
    "typeddict",
    "operation",
    "interface",
    "alias",
    "alias_other",
    "union",
    "class",
    "zod",
    "schema_member",
];

#[test]
fn facts_are_what_the_frameworks_say() {
    let mut differences = Vec::new();
    let mut compared = 0;
    for fixture in fixtures_with_truth() {
        let facts = facts_of(&fixture);
        let mut found = Vec::new();
        for layer in ["db", "orm", "schemas", "routes", "ts"] {
            let Ok(text) = std::fs::read_to_string(fixture.join(format!("truth/{layer}.json"))) else {
                continue;
            };
            let truth: Value = serde_json::from_str(&text).expect("the record is JSON");
            compared += compare_layer(&truth, &facts, layer, &mut found);
        }
        let place = fixture.file_name().expect("a folder").display().to_string();
        differences.extend(unexplained(&fixture, found).into_iter().map(|found| format!("{place} {found}")));
    }
    let is_generated = std::env::var_os("ORACLE_FIXTURES").is_some();
    assert!(
        is_generated || compared > 300,
        "only {compared} attributes were compared: is the record still there?"
    );
    assert!(
        differences.is_empty(),
        "{} of {compared} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

fn fixtures_with_truth() -> Vec<PathBuf> {
    let fixtures = std::env::var_os("ORACLE_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures"), PathBuf::from);
    let mut found: Vec<PathBuf> = std::fs::read_dir(fixtures)
        .expect("the folder of fixtures is there")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.join("truth").is_dir())
        .collect();
    found.sort();
    found
}

/// The differences that no reason is written down for, and the reasons that explain none. A reason stands under the beginning of
/// the differences it explains, up to a colon.
fn unexplained(fixture: &Path, found: Vec<String>) -> Vec<String> {
    let text =
        std::fs::read_to_string(fixture.join("oracle.json")).expect("a manifest stands beside the truth");
    let manifest: Value = serde_json::from_str(&text).expect("the manifest is JSON");
    let reasons: Vec<&String> =
        manifest["differences"].as_object().into_iter().flatten().map(|(at, _)| at).collect();
    let mut used = BTreeSet::new();
    let mut rest = Vec::new();
    for difference in found {
        match reasons
            .iter()
            .find(|at| difference.strip_prefix(at.as_str()).is_some_and(|more| more.starts_with([':', ' '])))
        {
            Some(at) => _ = used.insert(at.as_str()),
            None => rest.push(difference),
        }
    }
    let idle = reasons.iter().filter(|at| !used.contains(at.as_str()));
    rest.extend(idle.map(|at| format!("{at}: a reason is written down, but nothing differs")));
    rest
}

fn facts_of(fixture: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_alignment"))
        .args(["facts", "--output-format", "json"])
        .arg(fixture)
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("facts are JSON")
}

/// Number of attributes compared.
fn compare_layer(truth: &Value, facts: &Value, place: &str, differences: &mut Vec<String>) -> usize {
    let layer = text(truth, "layer");
    let ours: BTreeMap<String, &Value> = entities(facts)
        .filter(|entity| text(entity, "layer") == layer && is_asked(entity))
        .map(|entity| (key(entity), entity))
        .collect();
    let theirs: BTreeMap<String, &Value> = entities(truth).map(|entity| (key(entity), entity)).collect();
    for invented in ours.keys().filter(|key| !theirs.contains_key(*key)) {
        differences.push(format!("{place}: {invented} is no entity of the framework"));
    }
    let mut compared = 0;
    for (key, entity) in theirs {
        match ours.get(&key) {
            None => differences.push(format!("{place}: {key} is missing")),
            Some(found) => compared += compare_entity(entity, found, &format!("{place}: {key}"), differences),
        }
    }
    compared
}

fn is_asked(entity: &Value) -> bool {
    let kind = text(entity, "kind");
    KINDS.contains(&kind) || (kind == "enum" && text(entity, "layer") == "ts")
}

fn entities(document: &Value) -> impl Iterator<Item = &Value> {
    document["entities"].as_array().expect("entities are a list").iter()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("")
}

/// Tables are known by name, everything else by file and name; a type and a zod schema of the client may share both.
fn key(entity: &Value) -> String {
    let (name, file) = (text(entity, "name"), text(entity, "file"));
    match text(entity, "layer") {
        "db" => name.to_owned(),
        "ts" => format!("{file}#{name} ({})", text(entity, "kind")),
        _ => format!("{file}#{name}"),
    }
}

fn compare_entity(truth: &Value, ours: &Value, place: &str, differences: &mut Vec<String>) -> usize {
    if truth["line"].is_u64() && truth["line"] != ours["line"] {
        differences.push(format!("{place}: stands on line {}, not {}", truth["line"], ours["line"]));
    }
    let by_name = |entity: &Value| -> BTreeMap<String, Value> {
        let fields = entity["fields"].as_array().expect("fields are a list").iter();
        fields
            .map(|field| (format!("{} {}", text(field, "kind"), text(field, "name")), field.clone()))
            .collect()
    };
    let mut compared = 0;
    for attribute in ENTITY_ATTRIBUTES.into_iter().filter(|attribute| truth.get(attribute).is_some()) {
        let ours = ours.get(attribute).or_else(|| ours["serving"].get(attribute)).unwrap_or(&Value::Null);
        compared += 1;
        if truth[attribute] != *ours {
            differences.push(format!("{place}: {attribute} is {}, not {ours}", truth[attribute]));
        }
    }
    let (theirs, mine) = (by_name(truth), by_name(ours));
    for invented in mine.keys().filter(|field| !theirs.contains_key(*field)) {
        differences.push(format!("{place}: field {invented} is invented"));
    }
    let complete = ours["complete"].as_bool().unwrap_or(false);
    if complete && truth["complete"] == false {
        differences.push(format!("{place}: has more members, from the library"));
    }
    for (field, truth) in &theirs {
        let Some(mine) = mine.get(field) else {
            if complete {
                differences.push(format!("{place}: field {field} is missing"));
            }
            continue;
        };
        for attribute in ATTRIBUTES.into_iter().filter(|attribute| truth.get(attribute).is_some()) {
            compared += 1;
            let (truth, mine) =
                (comparable(attribute, &truth[attribute]), comparable(attribute, &mine[attribute]));
            if truth != mine {
                differences.push(format!("{place}: {field}: {attribute} is {truth}, not {mine}"));
            }
        }
    }
    compared
}

/// One spelling for what is the same: defaults as text, server defaults without PostgreSQL's casts.
fn comparable(attribute: &str, value: &Value) -> String {
    match attribute {
        "default" => match (value["kind"].as_str(), value["value"].as_str()) {
            (None, _) => "none".to_owned(),
            (Some("scalar"), value) => format!("scalar {}", value.unwrap_or("").to_lowercase()),
            (Some(kind), _) => kind.to_owned(),
        },
        "server_default" if value["kind"] == "unknown" => "unknown".to_owned(),
        "server_default" => server_default(value.as_str().or_else(|| value["value"].as_str()))
            .unwrap_or_else(|| "none".to_owned()),
        "enum_values" => {
            let mut values: Vec<String> =
                value.as_array().into_iter().flatten().map(Value::to_string).collect();
            values.sort();
            values.join(",")
        }
        // A generic class with its own parameters as arguments is the class itself.
        "type" => sorted_unions(&value.to_string().replace("[Any]", "").replace("[Any, Any]", "")),
        _ => value.to_string(),
    }
}

/// A type with the members of its unions in order of the alphabet: the compiler has them in the order in which it met them.
fn sorted_unions(ty: &str) -> String {
    let Some((before, after)) = ty.split_once("union<") else { return ty.to_owned() };
    let (mut depth, mut start, mut members) = (0, 0, Vec::new());
    for (at, character) in after.char_indices() {
        match character {
            '<' => depth += 1,
            '>' if depth > 0 => depth -= 1,
            '>' | '|' if depth == 0 => {
                members.push(sorted_unions(&after[start..at]));
                start = at + 1;
                if character == '>' {
                    break;
                }
            }
            _ => {}
        }
    }
    members.sort();
    format!("{before}union<{}>{}", members.join("|"), sorted_unions(&after[start..]))
}

fn server_default(sql: Option<&str>) -> Option<String> {
    let sql = sql?.trim();
    if sql.starts_with("nextval(") {
        return Some("nextval()".to_owned());
    }
    let (computed, sql) = match sql.strip_prefix("<computed> ") {
        Some(expression) => ("<computed> ", expression),
        None => ("", sql),
    };
    let plain = without_casts(sql);
    let inside = plain.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(&plain);
    Some(format!("{computed}{}", inside.trim_matches('\'').to_lowercase()))
}

/// An expression without `::type`.
fn without_casts(sql: &str) -> String {
    let mut parts = sql.split("::");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | '[' | ']');
        let mut rest = part.trim_start_matches(is_name);
        for more in [" varying", " precision", " with time zone", " without time zone"] {
            rest = rest.strip_prefix(more).unwrap_or(rest);
        }
        out.push_str(rest.trim_start_matches("[]"));
    }
    out
}
