//! The arguments, as clap reads them.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Finds where the layers of a full-stack repository disagree, without running it.
#[derive(Debug, Parser)]
#[command(name = "alignment", version, about, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Worker threads; one per core if not given
    #[arg(long, global = true, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Print the time of each stage to standard error
    #[arg(long, global = true)]
    pub(crate) timings: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Report everything, for reading
    Audit(Target),
    /// The gate: exit 1 on findings
    Check(Target),
    /// Print what each layer declares
    Facts(Target),
}

/// What to analyse.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// Folder of the repository
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) output_format: Format,
}

/// How to write a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    Text,
    /// For programs
    Json,
}
