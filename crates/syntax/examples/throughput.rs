//! Lowers every file below some folders and compares the time with that of parsing alone:
//! `cargo run --release -p alignment-syntax --example throughput -- EXTENSIONS DIR...`, where `EXTENSIONS` is `py`, or
//! `ts,tsx,vue,svelte`.
//!
//! Prints each problem, so that a run over valid sources shows what the lowering cannot read.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use alignment_model::FileId;
use alignment_model::code::{Bodies, Language};
use alignment_syntax::{Lowerer, language_of};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let extensions = arguments.next().unwrap_or_default();
    let extensions: Vec<&str> = extensions.split(',').collect();
    let mut paths = Vec::new();
    arguments.for_each(|folder| collect(Path::new(&folder), &extensions, &mut paths));
    paths.sort();
    let files: Vec<(String, String)> = paths
        .iter()
        .filter_map(|path| Some((path.to_string_lossy().into_owned(), std::fs::read_to_string(path).ok()?)))
        .collect();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    println!("{} files, {:.1} MB", files.len(), bytes as f64 / 1e6);

    let parse = time(|| files.iter().for_each(|(path, text)| parse(path, text)));
    report("parse alone", bytes, parse);
    for bodies in [Bodies::Lowered, Bodies::Omitted] {
        let mut lowerer = Lowerer::new();
        let mut problems = 0;
        let took = time(|| {
            for (at, (path, text)) in files.iter().enumerate() {
                let facts = lowerer.lower(FileId::new(at), path, text, bodies);
                problems += facts.problems.len();
                for problem in facts.problems {
                    let at = problem.span.map_or(0, |span| span.range.start as usize);
                    let line = text[..at].bytes().filter(|byte| *byte == b'\n').count() + 1;
                    println!("  {path}:{line}: {}: {}", problem.kind.key(), problem.message);
                }
            }
        });
        report(&format!("lower, bodies {bodies:?}, {problems} problems"), bytes, took);
    }
}

fn collect(folder: &Path, extensions: &[&str], out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, is_folder) = (entry.path(), entry.file_type().is_ok_and(|kind| kind.is_dir()));
        if is_folder {
            collect(&path, extensions, out);
        } else if path.extension().is_some_and(|found| extensions.iter().any(|known| found == *known)) {
            out.push(path);
        }
    }
}

fn parse(path: &str, text: &str) {
    thread_local! {
        static PARSER: std::cell::RefCell<tree_sitter::Parser> = std::cell::RefCell::new(tree_sitter::Parser::new());
    }
    let language: tree_sitter::Language = match language_of(path) {
        Some(Language::TypeScript) => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        Some(Language::Tsx) => tree_sitter_typescript::LANGUAGE_TSX.into(),
        _ => tree_sitter_python::LANGUAGE.into(),
    };
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(&language).expect("the grammars are built for this tree-sitter");
        std::hint::black_box(parser.parse(text, None));
    });
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn report(what: &str, bytes: usize, took: Duration) {
    println!("{what}: {:.3} s, {:.1} MB/s", took.as_secs_f64(), bytes as f64 / 1e6 / took.as_secs_f64());
}
