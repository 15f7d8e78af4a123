//! How long `check --base` takes between two revisions, beside one audit of the newer, and beside the floor: git reading every file
//! that can matter in both of them, and doing nothing else.
//!
//! `cargo bench -p alignment-cli --bench gate -- REPOSITORY BASE HEAD`
//!
//! The three take turns, so that a busy machine slows them alike; seconds are the best of several runs, CPU seconds include git's.
//! Nothing is kept between runs but what the system caches of the disk.

#![expect(clippy::print_stdout, reason = "figures go to standard output")]

#[expect(
    dead_code,
    reason = "the command line's own module, of which only the names of files are judged here"
)]
#[path = "../src/admission.rs"]
mod admission;
#[expect(
    dead_code,
    reason = "the command line's own module, of which only the reasons of the system are used here"
)]
#[path = "../src/failure.rs"]
mod failure;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Runs of each measurement; the best counts.
const RUNS: usize = 3;

fn main() {
    // `cargo bench` passes `--bench`.
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [repository, base, head] = arguments.as_slice() else {
        println!("usage: cargo bench -p alignment-cli --bench gate -- REPOSITORY BASE HEAD");
        return;
    };
    let mut best = [(Duration::MAX, f64::MAX); 3];
    for _ in 0..RUNS {
        let runs: [&dyn Fn(); 3] =
            [&|| floor(repository, [base, head]), &|| check(repository, head, head), &|| {
                check(repository, base, head)
            }];
        for (run, best) in runs.iter().zip(&mut best) {
            let (start, cpu_start) = (Instant::now(), children_cpu_seconds());
            run();
            best.0 = best.0.min(start.elapsed());
            best.1 = best.1.min(children_cpu_seconds() - cpu_start);
        }
    }
    for (name, (wall, cpu)) in ["floor", "one audit", "check --base"].iter().zip(best) {
        let seconds = wall.as_secs_f64();
        println!(
            "{name:>14} {seconds:7.2} s, {cpu:6.2} s CPU; {:5.2} floors, {:5.2} audits, {:5.2} audits of CPU",
            seconds / best[0].0.as_secs_f64(),
            seconds / best[1].0.as_secs_f64(),
            cpu / best[1].1,
        );
    }
}

/// A check of two revisions. Where they are the same, one is analysed.
fn check(repository: &str, base: &str, head: &str) {
    let ended = Command::new(env!("CARGO_BIN_EXE_alignment"))
        .args(["check", "--base", base, "--head", head, "--fail-on", "never", "--output-format", "json"])
        .current_dir(repository)
        .stdout(Stdio::null())
        .status()
        .expect("the binary runs");
    assert!(ended.success(), "check failed: {ended}");
}

/// Lists both trees and reads each content once through one `git cat-file`.
fn floor(repository: &str, revisions: [&str; 2]) {
    let git = || {
        let mut command = Command::new("git");
        command.arg("-C").arg(repository);
        command
    };
    let mut ids = BTreeSet::new();
    for revision in revisions {
        let listed = git().args(["ls-tree", "-r", "-z", revision]).output().expect("git runs").stdout;
        for entry in String::from_utf8_lossy(&listed).split('\0') {
            let Some((about, path)) = entry.split_once('\t') else { continue };
            let mut about = about.split(' ').skip(1);
            if about.next() == Some("blob") && admission::can_matter(path) {
                ids.extend(about.next().map(str::to_owned));
            }
        }
    }
    let mut child = git()
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    let mut questions = child.stdin.take().expect("a pipe");
    let asking = thread::spawn(move || {
        for id in ids {
            writeln!(questions, "{id}").expect("git reads");
        }
    });
    let mut answers = Vec::new();
    child.stdout.take().expect("a pipe").read_to_end(&mut answers).expect("git answers");
    std::hint::black_box(answers);
    asking.join().expect("all was asked");
    assert!(child.wait().expect("git ends").success());
}

/// CPU time of the processes that have ended and been waited for, in seconds, on Linux.
fn children_cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace().skip(13).take(2);
    fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}
