//! The same input gives the same bytes, whatever the order of files and the number of threads.

use alignment_engine::Config;
use alignment_model::{SourceFile, Sources};

use crate::kit::document::parse;
use crate::kit::{files, relative, render, root, run, suites};

#[test]
fn order_of_files_and_threads_change_nothing() {
    for (name, files, config) in repositories() {
        let mut shuffled = files.clone();
        shuffle(&mut shuffled);
        let first = everything(files, &config, 1);
        assert_eq!(first, everything(shuffled.clone(), &config, 1), "{name}: the order of files matters");
        assert_eq!(first, everything(shuffled, &config, 4), "{name}: the number of threads matters");
    }
}

/// Everything an analysis says, as text.
fn everything(files: Vec<SourceFile>, config: &Config, threads: usize) -> String {
    let (sources, outcome) = run::analysis(files, config, threads);
    let parts = ["facts", "graph", "report"].map(|what| render::fence(what, &sources, &outcome));
    let problems: Vec<String> =
        outcome.analysis.problems.iter().map(|problem| format!("{problem:?}")).collect();
    format!("{}{}", parts.concat(), problems.join("\n"))
}

/// Every test of every suite, and the repositories in folders.
pub(crate) fn repositories() -> Vec<(String, Vec<SourceFile>, Config)> {
    let mut out = Vec::new();
    for path in suites() {
        let text = std::fs::read_to_string(&path).expect("a suite that was listed can be read");
        for test in parse(&text).tests {
            let config = run::config(&test).unwrap_or_default();
            out.push((format!("{}: {}", relative(&path), test.title), run::sources(&test), config));
        }
    }
    out.push(("fixtures/shop".to_owned(), folder("fixtures/shop"), Config::default()));
    out
}

/// The source files of a folder.
pub(crate) fn folder(name: &str) -> Vec<SourceFile> {
    let folder = root().join(name);
    let mut out = Vec::new();
    for extension in ["py", "ts", "tsx", "sql", "json", "ini", "toml"] {
        for path in files(&folder, extension) {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let path = relative(&path);
            let path = path.strip_prefix(name).and_then(|rest| rest.strip_prefix('/')).unwrap_or(&path);
            out.push(SourceFile { path: path.into(), text: text.into() });
        }
    }
    Sources::new(out).iter().map(|(_, file)| file.clone()).collect()
}

/// A fixed permutation: a linear congruential generator is enough to break any accidental order.
fn shuffle(files: &mut [SourceFile]) {
    let mut state: u64 = 20_260_131;
    for at in (1..files.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        files.swap(at, (state >> 33) as usize % (at + 1));
    }
}
