//! Where results go: standard output or a file, with or without colour. A reader that closes the pipe early is no error.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};

use crate::args::{Color, Output};
use crate::failure::Failure;

/// Whether to colour what goes to standard output, or to a file.
pub(crate) fn color(choice: Color, output: Option<&Output>) -> bool {
    let to_file = output.is_some_and(|output| output.output_file.is_some());
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => !to_file && AutoStream::choice(&io::stdout()) != ColorChoice::Never,
    }
}

/// Runs `write` on the place that was asked for.
pub(crate) fn write(
    output: &Output,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let Some(path) = &output.output_file else {
        let mut out = BufWriter::new(io::stdout().lock());
        let written = write(&mut out).and_then(|()| out.flush());
        return match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::broken_pipe()),
            other => other.map_err(|error| Failure::io(&error).during("failed to write the result")),
        };
    };
    to_file(path, write)
        .map_err(|error| Failure::io(&error).during(format!("failed to write `{}`", path.display())))
}

fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    write(&mut out)?;
    out.flush()
}
