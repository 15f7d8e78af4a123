//! `alignment completions` and `alignment man`: what a shell and `man` know about the command line.

use alignment_model::name::did_you_mean;
use clap::CommandFactory;

use crate::args::{Args, CompletionsArgs, ManArgs, Output};
use crate::failure::Failure;
use crate::output;
use crate::run::Status;

/// Prints a script for a shell.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<Status, Failure> {
    let mut command = Args::command();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "alignment", &mut script);
    print(&script)
}

/// Prints a manual page.
pub(crate) fn manual(args: &ManArgs) -> Result<Status, Failure> {
    let mut command = Args::command();
    command.build();
    let page = match &args.command {
        None => command,
        Some(name) => {
            let found = command.find_subcommand(name).cloned();
            found.ok_or_else(|| unknown(name, command.get_subcommands().map(clap::Command::get_name)))?
        }
    };
    let mut text = Vec::new();
    let rendered = clap_mangen::Man::new(page).render(&mut text);
    rendered.map_err(|error| Failure::io(&error).during("failed to write the manual page"))?;
    print(&text)
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let failure = Failure::new(format!("there is no command `{name}`"));
    match did_you_mean(name, known) {
        Some(nearest) => failure.hint(format!("did you mean `{nearest}`?")),
        None => failure.hint("`alignment help` lists the commands"),
    }
}

fn print(text: &[u8]) -> Result<Status, Failure> {
    output::write(&Output { output_file: None }, |out| out.write_all(text))?;
    Ok(Status::Clean)
}
