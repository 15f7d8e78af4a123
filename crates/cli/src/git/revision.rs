//! From what people write to commits: revisions, the merge base with the default branch, and what CI says about a pull request.

use std::env;

use alignment_model::name::did_you_mean;

use super::{DEEPEN, Repository};
use crate::failure::Failure;

/// The default branch, by the names under which it is found, in this order.
const DEFAULT_BRANCHES: [&str; 5] = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];

/// Variable of GitHub Actions: the branch that a pull request is to be merged into ("Variables reference", default variables).
const GITHUB_BASE: &str = "GITHUB_BASE_REF";
/// Variable of GitLab CI: the base commit of a merge request's difference ("Predefined CI/CD variables reference").
const GITLAB_BASE: &str = "CI_MERGE_REQUEST_DIFF_BASE_SHA";
/// Variable of GitLab CI: the branch that a merge request is to be merged into (the same).
const GITLAB_TARGET: &str = "CI_MERGE_REQUEST_TARGET_BRANCH_NAME";

/// A commit and what the user calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    /// As written: `main`, `HEAD^`, `the merge base with origin/main`.
    pub(crate) name: String,
    /// Its full name.
    pub(crate) id: String,
}

impl Repository {
    /// The commit that a revision names.
    pub(crate) fn commit(&self, revision: &str) -> Result<Commit, Failure> {
        if revision.is_empty() {
            return Err(Failure::new("the name of the revision is empty")
                .hint("name a branch, tag or commit, or `auto`; a variable may have no value here"));
        }
        if revision.starts_with('-') {
            return Err(Failure::new(format!("`{revision}` is no revision")));
        }
        match self.find_commit(revision)? {
            Some(id) => Ok(Commit { name: revision.to_owned(), id }),
            None => Err(self.unknown(revision)?),
        }
    }

    /// The commit at the head of the work tree; `None` where there is no commit yet.
    pub(crate) fn head(&self) -> Result<Option<Commit>, Failure> {
        let id = self.find_commit("HEAD")?;
        Ok(id.map(|id| Commit { name: "HEAD".to_owned(), id }))
    }

    /// The tree without files, which git knows without keeping it.
    pub(crate) fn empty_tree(&self) -> Result<String, Failure> {
        self.line(&["hash-object", "-t", "tree", "--stdin"])
    }

    fn find_commit(&self, revision: &str) -> Result<Option<String>, Failure> {
        let commit = format!("{revision}^{{commit}}");
        self.try_line(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])
    }

    /// The last commit that `head` shares with the default branch, or with the branch that CI says it is to be merged into.
    pub(crate) fn automatic_base(&self, head: &Commit) -> Result<Commit, Failure> {
        if let Some(id) = variable(GITLAB_BASE) {
            let base = self.commit(&id).map_err(|failure| failure.during(format!("`{GITLAB_BASE}`")))?;
            return Ok(Commit { name: GITLAB_BASE.to_owned(), ..base });
        }
        let tip = self.target()?;
        self.merge_base(&tip, head)
    }

    /// The last commit that two have in common.
    fn merge_base(&self, tip: &Commit, head: &Commit) -> Result<Commit, Failure> {
        match self.try_line(&["merge-base", "--end-of-options", &tip.id, &head.id])? {
            Some(id) => Ok(Commit { name: format!("the merge base with {}", tip.name), id }),
            None => {
                let message = format!("`{}` and `{}` have no commit in common", tip.name, head.name);
                let failure = Failure::new(message);
                Err(if self.is_shallow()? { failure.hint(DEEPEN) } else { failure })
            }
        }
    }

    /// The tip of the branch that the work is to be merged into.
    pub(crate) fn target(&self) -> Result<Commit, Failure> {
        for name in [GITHUB_BASE, GITLAB_TARGET] {
            if let Some(branch) = variable(name) {
                let remote = format!("origin/{branch}");
                return self.commit(&remote).map_err(|failure| failure.during(format!("`{name}`")));
            }
        }
        for branch in DEFAULT_BRANCHES {
            if let Some(id) = self.find_commit(branch)? {
                return Ok(Commit { name: self.short_name(branch)?, id });
            }
        }
        if self.has_no_commit()? {
            return Err(no_commits());
        }
        let tried = DEFAULT_BRANCHES.map(|branch| format!("`{branch}`")).join(", ");
        Err(Failure::new(format!("no default branch was found (looked for {tried})")).hint(
            "name the base: `--base REV`, or fetch it: `git fetch origin main:refs/remotes/origin/main`",
        ))
    }

    /// `origin/main` for `origin/HEAD`.
    fn short_name(&self, branch: &str) -> Result<String, Failure> {
        let name = self.try_line(&["rev-parse", "--abbrev-ref", branch])?;
        Ok(name.unwrap_or_else(|| branch.to_owned()))
    }

    fn has_no_commit(&self) -> Result<bool, Failure> {
        Ok(self.find_commit("HEAD")?.is_none()
            && self.line(&["for-each-ref", "--count=1", "--format=%(refname)"])?.is_empty())
    }

    /// Of something that git understands and that is no commit, or none that there is: what it is.
    fn misnamed(&self, revision: &str) -> Result<Option<Failure>, Failure> {
        if let Some((from, to)) = revision.split_once("..") {
            let hint = match to.strip_prefix('.') {
                Some(to) => format!("name one commit: `--base $(git merge-base {from} {to})`"),
                None => format!("name its ends: `--base {from} --head {to}`"),
            };
            return Ok(Some(Failure::new(format!("`{revision}` is a range of commits")).hint(hint)));
        }
        if let Some(kind) = self.try_line(&["cat-file", "-t", revision])? {
            let kind = if kind == "blob" { "file" } else { &*kind };
            let failure = Failure::new(format!("`{revision}` is a {kind} and no commit"));
            return Ok(Some(failure.hint("name a branch, tag or commit")));
        }
        let Some(stem) = stem(revision).filter(|_| !revision.contains("@{")) else { return Ok(None) };
        let Some(tip) = self.find_commit(stem)? else { return Ok(None) };
        if self.is_shallow()? {
            return Ok(None);
        }
        let before =
            self.line(&["rev-list", "--count", "--first-parent", "--skip=1", "--end-of-options", &tip])?;
        let failure = match &*before {
            "0" => Failure::new(format!("`{stem}` is the first commit: there is no `{revision}`"))
                .hint("run `alignment check` without `--base`: everything in the first commit is new"),
            "1" => Failure::new(format!("there is no `{revision}`: 1 commit comes before `{stem}`")),
            n => Failure::new(format!("there is no `{revision}`: {n} commits come before `{stem}`")),
        };
        Ok(Some(failure))
    }

    /// Why a revision names no commit here, and what helps.
    fn unknown(&self, revision: &str) -> Result<Failure, Failure> {
        if self.has_no_commit()? {
            return Ok(no_commits());
        }
        if let Some(failure) = self.misnamed(revision)? {
            return Ok(failure);
        }
        let failure = Failure::new(format!("unknown revision `{revision}`"));
        if self.is_shallow()? {
            return Ok(failure.hint(DEEPEN));
        }
        let names = self.line(&["for-each-ref", "--format=%(refname:short)"])?;
        if let Some(near) = did_you_mean(revision, names.lines()) {
            return Ok(failure.hint(format!("did you mean `{near}`?")));
        }
        if revision.ends_with("@{u}") || revision.ends_with("@{upstream}") {
            let hint = "the branch follows no other: `git branch --set-upstream-to=origin/main`, or name the base itself";
            return Ok(failure.hint(hint));
        }
        Ok(match revision.split_once('/') {
            Some((remote, branch)) if !branch.is_empty() => failure.hint(format!(
                "if it is a branch of the remote, fetch it: `git fetch {remote} {branch}:refs/remotes/{revision}`"
            )),
            _ => failure.hint("a branch, tag or commit of this clone is needed: `git fetch` brings new ones"),
        })
    }
}

/// What stands before the steps back in `main~2^`.
fn stem(revision: &str) -> Option<&str> {
    let stem = revision.trim_end_matches(|c: char| c.is_ascii_digit() || c == '^' || c == '~');
    let steps = &revision[stem.len()..];
    (steps.starts_with(['^', '~']) && !stem.is_empty()).then_some(stem)
}

fn no_commits() -> Failure {
    Failure::new("the repository has no commit yet, so there is nothing to compare with")
        .hint("run `alignment check` without `--base`")
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}
