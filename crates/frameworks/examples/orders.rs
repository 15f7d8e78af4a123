//! Follows the Alembic trees of a repository in the order of their graph and in that of their file names, and prints how the two
//! schemas differ and how long each took:
//! `cargo run --release -p alignment-frameworks --example orders -- DIR...`

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use alignment_frameworks::Input;
use alignment_frameworks::alembic::orders::{Applied, Orders, orders};
use alignment_model::code::Bodies;
use alignment_model::{SourceFile, Sources};
use alignment_syntax::{Lowerer, language_of};

fn main() {
    for root in std::env::args().skip(1) {
        let mut paths = Vec::new();
        collect(Path::new(&root), &mut paths);
        let read = |path: &PathBuf| {
            let text = std::fs::read_to_string(path).ok()?;
            let path = path.strip_prefix(&root).unwrap_or(path).to_string_lossy().into_owned();
            Some(SourceFile { path: path.into(), text: text.into() })
        };
        let sources = Sources::new(paths.iter().filter_map(read).collect());
        let mut lowerer = Lowerer::new();
        let parsed = sources.iter().filter(|(_, file)| language_of(&file.path).is_some());
        let facts: Vec<_> =
            parsed.map(|(id, file)| lowerer.lower(id, &file.path, &file.text, Bodies::Lowered)).collect();
        println!("{root}");
        for tree in orders(Input::new(&sources, &facts)) {
            report(&tree);
        }
    }
}

/// Python files below a folder.
fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            paths.push(path);
        }
    }
}

fn report(tree: &Orders) {
    println!("  {}: {} revisions, {} elsewhere by file name", tree.path, tree.revisions, tree.displaced);
    show("by graph", &tree.by_graph);
    show("by file name", &tree.by_name);
    let pairs = |applied: &Applied| -> BTreeSet<(String, String)> {
        let columns = applied
            .tables
            .iter()
            .flat_map(|(table, columns)| columns.iter().map(move |column| (table.clone(), column.clone())));
        columns.collect()
    };
    let (right, wrong) = (pairs(&tree.by_graph), pairs(&tree.by_name));
    let tables =
        |a: &Applied, b: &Applied| a.tables.keys().filter(|table| !b.tables.contains_key(*table)).count();
    println!(
        "    by file name: {} tables missing, {} tables extra; {} columns missing, {} columns extra",
        tables(&tree.by_graph, &tree.by_name),
        tables(&tree.by_name, &tree.by_graph),
        right.difference(&wrong).count(),
        wrong.difference(&right).count(),
    );
}

fn show(order: &str, applied: &Applied) {
    let revisions: BTreeSet<&str> = applied.failed.iter().map(|(revision, _)| &**revision).collect();
    println!(
        "    {order}: {} tables, {} columns; {} changes of {} revisions fail; {:.1} ms",
        applied.tables.len(),
        applied.columns(),
        applied.failed.len(),
        revisions.len(),
        applied.took.as_secs_f64() * 1e3,
    );
    if let Some((revision, missing)) = applied.failed.first() {
        println!("      first: `{revision}` needs `{missing}`");
    }
}
