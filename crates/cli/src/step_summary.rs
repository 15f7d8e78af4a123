//! The summary that a step of GitHub Actions leaves behind: Markdown appended to the file that `GITHUB_STEP_SUMMARY` names.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use alignment_report::{Report, STEP_SUMMARY_LIMIT, step_summary};

use crate::failure::Failure;

/// Appends the summary of a report, within what earlier commands of the step left of the limit. Outside of GitHub Actions it does nothing.
pub(crate) fn append(report: &Report<'_>) -> Result<(), Failure> {
    let Some(path) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let path = Path::new(&path);
    let taken = path.metadata().map_or(0, |file| usize::try_from(file.len()).unwrap_or(usize::MAX));
    let room = STEP_SUMMARY_LIMIT.saturating_sub(taken);
    let summary = step_summary(report, blob().as_deref(), room);
    if summary.len() > room {
        return Ok(());
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path);
    let written = file
        .as_mut()
        .map_err(|error| Failure::io(error))
        .and_then(|file| file.write_all(summary.as_bytes()).map_err(|error| Failure::io(&error)));
    written
        .map_err(|failure| failure.during(format!("failed to write the step summary `{}`", path.display())))
}

/// Where files of the checked-out revision can be read.
fn blob() -> Option<String> {
    let [server, repository, revision] =
        ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA"].map(|name| env::var(name).ok());
    Some(format!("{}/{}/blob/{}", server?, repository?, revision?))
}
