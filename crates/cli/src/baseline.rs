//! `alignment baseline`: writes down what is known. Also reads such a file for `check`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use alignment_engine::baseline::{Baseline, FILE_NAME, Update};
use alignment_model::SourceFile;

use crate::args::{BaselineArgs, Global, Target};
use crate::failure::Failure;
use crate::load::{Place, load, mistaken};
use crate::output;
use crate::progress::Progress;
use crate::run::Status;

/// A baseline and the file it was read from, as one of the sources.
pub(crate) struct Known {
    pub(crate) baseline: Baseline,
    pub(crate) source: SourceFile,
}

/// Reads a baseline.
pub(crate) fn read(path: &Path, target: &Target, global: &Global, color: bool) -> Result<Known, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        let failure = Failure::io(&error).during(format!("failed to read the baseline `{}`", path.display()));
        match error.kind() {
            io::ErrorKind::NotFound => failure.hint("`alignment baseline` writes one"),
            _ => failure,
        }
    })?;
    let shown = Place::find(target, global)?.shown(path);
    let baseline =
        Baseline::parse(&shown, &text).map_err(|mistakes| mistaken(&shown, &text, &mistakes, color))?;
    Ok(Known { baseline, source: SourceFile { path: shown.into(), text: text.into() } })
}

/// Runs the command.
pub(crate) fn run(args: &BaselineArgs, global: &Global) -> Result<Status, Failure> {
    let color = output::color(global.color, None);
    let path = match &args.file {
        Some(file) => file.clone(),
        None => nearest(Place::find(&args.target, global)?.root.join(FILE_NAME)),
    };
    let old = match (args.update, path.exists()) {
        (true, _) => read(&path, &args.target, global, color)?.baseline,
        (false, false) => Baseline::default(),
        (false, true) => {
            return Err(Failure::new(format!("`{}` exists", path.display()))
                .hint("`--update` takes out what is mended, `--update --add` also adds what is new"));
        }
    };
    let progress = Progress::start();
    let mut loaded = load(&args.target, global, color, &progress)?;
    let analysis = loaded.analyze(global, &progress).analysis;
    drop(progress);
    let (new, update) = old.updated(&analysis.findings, &loaded.sources, args.add || !args.update);
    fs::write(&path, new.to_text())
        .map_err(|error| Failure::io(&error).during(format!("failed to write `{}`", path.display())))?;
    let output = crate::args::Output { output_file: None };
    output::write(&output, |out| writeln!(out, "{}", told(&path, update)))?;
    Ok(Status::Clean)
}

/// The path from the working directory, where that is shorter to read.
fn nearest(path: PathBuf) -> PathBuf {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    here.ok().and_then(|here| Some(path.strip_prefix(here).ok()?.to_path_buf())).unwrap_or(path)
}

fn told(path: &Path, update: Update) -> String {
    let Update { entries, removed, added, left } = update;
    let mut text = format!("{}: {entries} findings", alignment_report::terminal(&path.display().to_string()));
    for (n, what) in [(added, "added"), (removed, "taken out")] {
        if n > 0 {
            text.push_str(&format!(", {n} {what}"));
        }
    }
    if left > 0 {
        text.push_str(&format!("; {left} new ones are not in it: `--add` adds them"));
    }
    text
}
