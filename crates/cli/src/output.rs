//! Where results go: standard output or a file, with or without colour. A reader that closes the pipe early is no error.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use alignment_report::{Report, View};
use anstream::{AutoStream, ColorChoice};

use crate::args::{Color, Destination, Output};
use crate::failure::Failure;

/// Whether to colour what goes to standard output, or to a file.
pub(crate) fn color(choice: Color, output: Option<&Output>) -> bool {
    color_of(choice, output.is_some_and(|output| output.output_file.is_some()))
}

fn color_of(choice: Color, to_file: bool) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => !to_file && AutoStream::choice(&io::stdout()) != ColorChoice::Never,
    }
}

/// Refuses reports that would mix or overwrite each other.
pub(crate) fn check(destinations: &[Destination]) -> Result<(), Failure> {
    for (at, one) in destinations.iter().enumerate() {
        let Some(other) = destinations[..at].iter().find(|other| other.file == one.file) else { continue };
        let both = format!("`{}` and `{}`", other.format.name, one.format.name);
        return Err(match &one.file {
            Some(file) => Failure::new(format!("{both} both go to `{}`", file.display())),
            None => Failure::new(format!("{both} both go to standard output"))
                .hint(format!("give one of them a file: `--output {}=FILE`", one.format.name)),
        });
    }
    Ok(())
}

/// Writes every report: files first, so that a reader of standard output who leaves early takes nothing from them. One that cannot be
/// written does not stop the others.
pub(crate) fn reports(
    destinations: &[Destination],
    report: &Report<'_>,
    choice: Color,
    view: View,
) -> Result<(), Failure> {
    let mut result = Ok(());
    let (files, rest): (Vec<_>, Vec<_>) = destinations.iter().partition(|one| one.file.is_some());
    for Destination { format, file } in files.into_iter().chain(rest) {
        let view = View { color: color_of(choice, file.is_some()), ..view };
        let output = Output { output_file: file.clone() };
        result = result.and(write(&output, |out| (format.write)(report, &view, out)));
    }
    result
}

/// Runs `write` on the place that was asked for.
pub(crate) fn write(
    output: &Output,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let Some(path) = &output.output_file else { return standard(write) };
    to_file(path, write)
        .map_err(|error| Failure::io(&error).during(format!("failed to write `{}`", path.display())))
}

/// Runs `write` on standard output.
pub(crate) fn standard(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::broken_pipe()),
        other => other.map_err(|error| Failure::io(&error).during("failed to write the result")),
    }
}

fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    write(&mut out)?;
    out.flush()
}
