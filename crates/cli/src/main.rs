//! The command line: arguments, walking, reading, exit codes.

mod args;
mod failure;
mod run;
mod walk;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    match run::run(&args) {
        Ok(status) => status.into(),
        Err(failure) => {
            failure.print();
            run::Status::CouldNotRun.into()
        }
    }
}
