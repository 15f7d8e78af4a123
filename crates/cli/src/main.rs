//! The command line: arguments, walking, reading, exit codes. Only here are files read, and only here is a terminal written to.

mod admission;
mod args;
mod baseline;
mod blame;
mod diagram;
mod facts;
mod failure;
mod fix;
mod gate;
mod git;
mod impact;
mod init;
mod live;
mod load;
mod output;
mod progress;
mod question;
mod revision;
mod rule;
mod run;
mod schema;
mod shell;
mod step_summary;
mod trace;
mod walk;
mod witness;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(report_bug));
    let args = args::Args::parse();
    run::run(&args).into()
}

/// A panic is a bug of this program, never of the repository; the process ends with 101.
fn report_bug(panic: &std::panic::PanicHookInfo<'_>) {
    let version = env!("CARGO_PKG_VERSION");
    anstream::eprintln!("alignment {version} has a bug: {panic}");
    anstream::eprintln!(
        "Please report it with this text, the command, and if possible the file it was reading."
    );
}
