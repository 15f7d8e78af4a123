//! How long an audit takes, stage by stage, beside the floor: parsing the same files with tree-sitter and doing nothing else.
//!
//! `cargo bench -p alignment-cli --bench audit -- FOLDER...`
//!
//! CPU seconds are those of the whole process and hold on a busy machine too; seconds are the best of several runs.
//! Deliberately absent: a measuring framework. A run takes seconds, and what matters is the ratio in the last line.

#![expect(clippy::print_stdout, reason = "figures go to standard output")]

#[path = "../src/admission.rs"]
mod admission;
#[expect(
    dead_code,
    reason = "the command line's own module, of which only the reasons of the system are used here"
)]
#[path = "../src/failure.rs"]
mod failure;
#[path = "../src/walk.rs"]
mod walk;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use alignment_engine::{Config, Options, Outcome, analyze};
use alignment_model::{FileId, Sources};
use tree_sitter::{Language, Parser};

/// Runs of each measurement; the best counts.
const RUNS: usize = 3;

fn main() {
    // `cargo bench` passes `--bench`.
    let folders: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if folders.is_empty() {
        println!("usage: cargo bench -p alignment-cli --bench audit -- FOLDER...");
    }
    for folder in folders {
        measure(&folder);
    }
}

fn measure(folder: &str) {
    let root = Path::new(folder).canonicalize().expect("the folder exists");
    let mut best: BTreeMap<usize, (Duration, &str)> = BTreeMap::new();
    let mut total = Duration::MAX;
    let mut parsed = Vec::new();
    let mut cpu = f64::MAX;
    let mut memory = None;
    let mut sources = Sources::default();
    for _ in 0..RUNS {
        let (start, cpu_start) = (Instant::now(), cpu_seconds());
        let walked = walk::walk(&root, 0, &|_| true);
        sources = Sources::new(walked.files);
        let timings = vec![("read", start.elapsed())];
        let options = Options { problems: walked.problems, timings, ..Options::default() };
        let Outcome { analysis, parsed: files, .. } = analyze(&sources, &Config::default(), options);
        total = total.min(start.elapsed());
        cpu = cpu.min(cpu_seconds() - cpu_start);
        for (at, (stage, time)) in analysis.timings.into_iter().enumerate() {
            let known = best.entry(at).or_insert((time, stage));
            known.0 = known.0.min(time);
        }
        parsed = files;
        // Later runs and the floor would add their own; folders after the first show the largest so far.
        memory.get_or_insert_with(peak_megabytes);
    }
    let (floor, floor_cpu) = floor(&sources, &parsed);
    let bytes: usize = parsed.iter().map(|file| sources.text(*file).len()).sum();
    println!("{folder}: {} files, {} parsed, {:.1} MB", sources.len(), parsed.len(), bytes as f64 / 1e6);
    for (time, stage) in best.values() {
        println!("{stage:>12} {:9.1} ms", time.as_secs_f64() * 1e3);
    }
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{:>12} {:9.1} ms {cpu:7.2} s CPU, at most {:.0} MB",
        "audit",
        milliseconds(total),
        memory.unwrap_or_default()
    );
    println!("{:>12} {:9.1} ms {floor_cpu:7.2} s CPU", "floor", milliseconds(floor));
    println!("{:>12} {:9.2}    {:7.2}", "ratio", total.as_secs_f64() / floor.as_secs_f64(), cpu / floor_cpu);
}

/// Parses the files on all cores and drops the trees.
fn floor(sources: &Sources, files: &[FileId]) -> (Duration, f64) {
    let (mut wall, mut cpu) = (Duration::MAX, f64::MAX);
    for _ in 0..RUNS {
        let (start, cpu_start) = (Instant::now(), cpu_seconds());
        let next = AtomicUsize::new(0);
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut parser = Parser::new();
                    while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                        parser.set_language(&grammar(sources.path(*file))).expect("the grammar fits");
                        std::hint::black_box(parser.parse(sources.text(*file), None));
                    }
                });
            }
        });
        wall = wall.min(start.elapsed());
        cpu = cpu.min(cpu_seconds() - cpu_start);
    }
    (wall, cpu)
}

fn grammar(path: &str) -> Language {
    match path.rsplit('.').next() {
        Some("py" | "pyi") => tree_sitter_python::LANGUAGE.into(),
        Some("tsx") => tree_sitter_typescript::LANGUAGE_TSX.into(),
        _ => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
    }
}

/// CPU time of the process in seconds, on Linux.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace().skip(11).take(2);
    fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Peak memory of the process, on Linux.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap_or(0.0) / 1024.0
}
