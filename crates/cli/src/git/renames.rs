//! Files that git sees as renamed between two states.

use super::Repository;
use super::merge::Scratch;

/// What a base is compared with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side<'a> {
    /// The work tree.
    WorkTree,
    /// The index.
    Index,
    /// A commit or tree.
    Tree(&'a str),
}

impl Repository {
    /// Renames since `base`: from, to. Where git cannot tell, none: names without paths have to do then.
    pub(crate) fn renames(
        &self,
        base: &str,
        side: Side<'_>,
        scratch: Option<&Scratch>,
    ) -> Vec<(String, String)> {
        let mut command =
            self.command(&["diff", "--name-status", "-z", "-M", "--diff-filter=R", "--no-ext-diff"]);
        if self.top.is_some() {
            command.arg("--relative");
        }
        match side {
            Side::WorkTree => command.arg(base),
            Side::Index => command.args(["--cached", base]),
            Side::Tree(tree) => command.args([base, tree]),
        };
        if let Some(scratch) = scratch {
            scratch.apply(&mut command);
        }
        match command.output() {
            Ok(output) if output.status.success() => parse(&String::from_utf8_lossy(&output.stdout)),
            _ => Vec::new(),
        }
    }
}

/// `R<similarity>`, the old path and the new one, each with a zero byte at its end.
fn parse(output: &str) -> Vec<(String, String)> {
    let mut fields = output.split('\0').filter(|field| !field.is_empty());
    let mut renames = Vec::new();
    while let (Some(_), Some(from), Some(to)) = (fields.next(), fields.next(), fields.next()) {
        renames.push((from.to_owned(), to.to_owned()));
    }
    renames
}
