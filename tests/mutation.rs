//! Broken input: every file of every fixture cut at each line, and with each of many tokens deleted. Nothing may panic, and
//! nothing may take long.

use std::time::{Duration, Instant};

use alignment_engine::Config;
use alignment_model::SourceFile;

use crate::determinism::repositories;
use crate::kit::run;

/// Longest that a broken file of fixture size may take, with room for a busy machine.
const LONGEST: Duration = Duration::from_secs(5);
/// Deleted tokens in one file: all of a small one, some of each part of a large one.
const DELETIONS: usize = 24;

#[test]
fn broken_files_neither_panic_nor_hang() {
    let mut seen = std::collections::BTreeSet::new();
    for (name, files, config) in repositories() {
        for file in files {
            // The same base file stands in many headings.
            if seen.insert((file.path.clone(), file.text.clone())) {
                mutate(&name, &file, &config);
            }
        }
    }
}

fn mutate(name: &str, file: &SourceFile, config: &Config) {
    let cuts = file.text.match_indices('\n').map(|(at, _)| file.text[..at].to_owned());
    let tokens = tokens(&file.text);
    let stride = tokens.len().div_ceil(DELETIONS).max(1);
    let deletions = tokens.into_iter().step_by(stride).map(|token| {
        let (before, after) = (&file.text[..token.start], &file.text[token.end..]);
        format!("{before}{after}")
    });
    for text in cuts.chain(deletions) {
        let start = Instant::now();
        let broken = SourceFile { path: file.path.clone(), text: text.as_str().into() };
        run::analysis(vec![broken], config, 1);
        assert!(start.elapsed() < LONGEST, "{name}: {} took {:?}:\n{text}", file.path, start.elapsed());
    }
}

/// Words and single marks.
fn tokens(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut out: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, character) in text.char_indices() {
        let end = at + character.len_utf8();
        let is_word = character.is_alphanumeric() || character == '_';
        match out.last_mut() {
            Some(last)
                if is_word
                    && last.end == at
                    && text[last.clone()].ends_with(|c: char| c.is_alphanumeric() || c == '_') =>
            {
                last.end = end;
            }
            _ if character.is_whitespace() => {}
            _ => out.push(at..end),
        }
    }
    out
}
