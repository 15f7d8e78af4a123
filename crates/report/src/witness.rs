//! Witnesses as tests: a file for each error whose proof a program can try, for pytest and for vitest.
//!
//! A test fails while the drift is there, and passes once the end that it tries is mended. It imports the declarations of the
//! repository and gives them the one value that breaks; what cannot be tried exactly is listed with the reason and not written.
//! Nothing here depends on the machine: the same findings in the same place give the same bytes.

mod client;
mod python;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use alignment_model::finding::Finding;
use alignment_model::proof::Proof;
use alignment_model::{Severity, Sources};

use crate::escape::terminal;
use crate::plain::unique;
use crate::words::count;

/// How the first line of every written file begins, behind the sign of a comment. A file without it belongs to somebody else.
pub const MARK: &str = "Written by `alignment audit --witness-tests`, anew each time.";

/// Signs before [`MARK`], in the languages that are written.
pub const COMMENTS: [&str; 3] = ["# ", "// ", "<!-- "];

/// Where the tests go, from which their imports follow. Both paths have `/` and no end of one; `.` is the same folder.
#[derive(Clone, Debug)]
pub struct TestFolder {
    /// From the folder of the tests to the analysed one.
    pub to_root: String,
    /// From the analysed folder to that of the tests.
    pub from_root: String,
}

/// What is to be written.
#[derive(Clone, Debug, Default)]
pub struct WitnessTests {
    /// Files by their path in the folder of the tests.
    pub files: BTreeMap<String, String>,
    /// How many of them try a finding.
    pub written: usize,
    /// Errors that are not tried: fingerprint with rule and message, and why.
    pub unwritten: Vec<(String, String)>,
}

/// The tests of every error, with what they need to run.
pub fn witness_tests(findings: &[Finding], sources: &Sources, folder: &TestFolder) -> WitnessTests {
    let mut tests = WitnessTests::default();
    let (mut python, mut client) = (python::Cases::default(), client::Cases::default());
    let mut seen = BTreeMap::new();
    let errors = findings.iter().flat_map(Finding::told).filter(|told| told.severity == Severity::Error);
    for error in errors {
        let id = unique(error, &mut seen, '_');
        let written = match &error.proof {
            None => Err("its proof is no value of declarations that a test could import".to_owned()),
            Some(Proof::Answer { client: ty, properties }) => {
                client.add(error, &id, (ty, properties), sources, folder)
            }
            Some(proof) => python.add(error, &id, proof, sources),
        };
        match written {
            Ok(()) => tests.written += 1,
            Err(why) => tests.unwritten.push((title(error, &id), why)),
        }
    }
    let commands: Vec<String> = python.command(folder).into_iter().chain(client.commands(folder)).collect();
    tests.files.extend(python.files(folder));
    tests.files.extend(client.files(folder));
    let readme = readme(&tests, &commands);
    tests.files.insert("README.md".to_owned(), readme);
    tests
}

/// How to run the tests, and what is not among them.
fn readme(tests: &WitnessTests, commands: &[String]) -> String {
    let mut out = format!("<!-- {MARK} -->\n\n# Witness tests\n\n");
    let _ = writeln!(
        out,
        "{} for errors of `alignment audit`. Each fails while its drift is there, and passes once the end that it tries is mended. \
         Where the other end was mended, write the tests again: what is gone is not written any more.\n",
        count(tests.written, "test")
    );
    if !commands.is_empty() {
        let _ = writeln!(out, "Run in the analysed folder:\n\n```sh\n{}\n```", commands.join("\n"));
    }
    if !tests.unwritten.is_empty() {
        out.push_str("\nNot written:\n\n");
        for (title, why) in &tests.unwritten {
            let _ = writeln!(out, "- {title}: {why}");
        }
    }
    out
}

/// "rule fingerprint: message".
fn title(finding: &Finding, id: &str) -> String {
    format!("{} {id}: {}", finding.rule, terminal(&finding.message))
}

/// The lines that open the file of a test.
fn heading(finding: &Finding, id: &str, comment: &str) -> String {
    let witness = finding.witness.iter().flat_map(|witness| witness.lines());
    let lines = [MARK.to_owned(), title(finding, id)]
        .into_iter()
        .chain(witness.map(|line| format!("witness: {}", terminal(line))))
        .chain(["How to run it stands in README.md of this folder's parent.".to_owned()]);
    lines.map(|line| format!("{comment}{line}\n")).collect()
}

/// A path in a folder, both with `/`.
fn inside(folder: &str, path: &str) -> String {
    match folder {
        "" | "." => path.to_owned(),
        folder => format!("{folder}/{path}"),
    }
}

/// A path from a folder further down.
fn up(path: &str, levels: usize) -> String {
    inside(&vec![".."; levels].join("/"), if path == "." { "" } else { path })
        .trim_end_matches('/')
        .to_owned()
}

/// A text as a literal that Python and TypeScript read alike.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
