//! `check` with a base: both states of the repository, read from git's objects, and what the change between them brings.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use alignment_engine::compare::{Before, Parted, Renames, met_by, part};
use alignment_engine::config::FILE_NAME;
use alignment_engine::lost::{self, Side as Known};
use alignment_engine::{Config, KeptFacts, Outcome};
use alignment_model::analysis::{Analysis, Lost, Revision, RevisionComparison};
use alignment_model::finding::Finding;
use alignment_model::problem::Problem;
use alignment_model::{SourceFile, Sources};

use crate::admission::{admitted, read};
use crate::args::{GateArgs, Global, Target};
use crate::failure::Failure;
use crate::git::Repository;
use crate::git::listing::{Entry, select};
use crate::git::merge::Scratch;
use crate::git::objects::{Blob, Id};
use crate::git::renames::Side;
use crate::git::revision::Commit;
use crate::load::{Loaded, Place, Setting, above};
use crate::progress::Progress;
use crate::walk::Walked;

/// The word that asks for the merge base with the default branch.
const AUTO: &str = "auto";

/// What was judged, and against what.
pub(crate) struct Judged {
    /// The state that was judged, without its files.
    pub(crate) outcome: Outcome,
    /// Its files.
    pub(crate) sources: Sources,
    /// [`Loaded::folder`].
    pub(crate) folder: String,
    /// [`Loaded::revision`].
    pub(crate) revision: Option<String>,
    /// The configuration that holds in it.
    pub(crate) config: Config,
    /// What it was compared with, if there was a base.
    pub(crate) comparison: Option<RevisionComparison>,
}

/// Analyses the states that the arguments name.
pub(crate) fn judge(
    args: &GateArgs,
    target: &Target,
    extra: Vec<SourceFile>,
    global: &Global,
    color: bool,
    progress: &Progress,
) -> Result<Judged, Failure> {
    let start = Instant::now();
    progress.show("reading git");
    let given = target.path.clone().unwrap_or_else(|| PathBuf::from("."));
    let place = Place::find(target, global)?;
    let repository = Repository::find(if args.reads_work_tree() { &place.root } else { &given })?;
    let states = States::resolve(args, &repository)?;
    let (repository, mut setting) = match &states.head {
        Head::WorkTree => (repository, Setting::on_disk(&place, target, color, progress)?),
        _ => states.setting(repository, place, target, global, color, progress)?,
    };
    setting.extra.extend(extra);
    let (before, after) = states.read(&repository, &setting, global)?;
    let mut after = setting.loaded(after, repository.prefix.clone(), start.elapsed());
    let Some((base, before)) = states.base.as_ref().zip(before) else {
        let outcome = after.analyze(global, progress);
        return Ok(Judged {
            outcome,
            sources: after.sources,
            folder: after.folder,
            revision: after.revision,
            config: after.config,
            comparison: None,
        });
    };
    let before = setting.loaded(before, repository.prefix.clone(), start.elapsed());
    let renames = || repository.renames(&base.id, states.head.side(), states.scratch());
    let compared = compare(before, &mut after, renames, global, progress);
    let comparison = RevisionComparison {
        base: base.shown(),
        head: states.head.shown(),
        known: compared.known,
        fixed: compared.fixed,
        lost: compared.lost,
        accepted: compared.accepted,
        base_sources: compared.base_sources,
    };
    let outcome = compared.outcome;
    Ok(Judged {
        outcome,
        sources: after.sources,
        folder: after.folder,
        revision: after.revision,
        config: after.config,
        comparison: Some(comparison),
    })
}

/// What both states have, and what the second has alone.
struct Compared {
    /// The second state, with its new findings.
    outcome: Outcome,
    known: Vec<Finding>,
    fixed: Vec<Finding>,
    lost: Vec<Lost>,
    accepted: BTreeSet<String>,
    /// The sources that what is gone refers to.
    base_sources: Sources,
}

/// Analyses both states; the second parses only what the first did not.
fn compare(
    mut before: Loaded,
    after: &mut Loaded,
    renames: impl FnOnce() -> Renames,
    global: &Global,
    progress: &Progress,
) -> Compared {
    if same(&before.sources, &after.sources) {
        // Nothing that is read differs, so nothing but what cannot be read is new.
        let unread = after.problems.clone();
        let mut outcome = after.analyze(global, progress);
        outcome.analysis.suppressed.clear();
        outcome.analysis.problems = unread;
        leave_new_problems(&mut outcome.analysis, &after.sources, &before.problems, &before.sources);
        let known = std::mem::take(&mut outcome.analysis.findings);
        let (fixed, lost, accepted) = (Vec::new(), Vec::new(), BTreeSet::new());
        return Compared { outcome, known, fixed, lost, accepted, base_sources: before.sources };
    }
    // What half a merge hid was there all the same: only what the base lacks with these files whole is new.
    before.sources = without_conflicts(&before.sources, &after.sources);
    let base = before.analyze_with(KeptFacts::default(), true, global, progress);
    let mut outcome = after.analyze_with(base.kept, false, global, progress);
    let analysis = &mut outcome.analysis;
    analysis.timings.splice(0..0, base.analysis.timings);
    let asked = OnceCell::new();
    let mut renames = Some(renames);
    let mut renames =
        || -> &Renames { asked.get_or_init(|| renames.take().map_or_else(Renames::new, |ask| ask())) };
    let found = Before { findings: base.analysis.findings, withheld: base.analysis.withheld };
    let Parted { new, known, gone } =
        part(std::mem::take(&mut analysis.findings), found, || renames().clone());
    analysis.findings = new;
    // What the change silences is neither known nor gone; what it adds much of a kind to is there all the same.
    let silenced: Vec<Finding> = analysis.suppressed.iter().map(|one| one.finding.clone()).collect();
    let known_before = Before { findings: gone.clone(), ..Before::default() };
    let accepted = part(silenced.clone(), known_before, Renames::new).known;
    let (_, gone) = met_by(gone, &silenced);
    let (kept_back, gone) = met_by(gone, &analysis.withheld);
    let (base_map, head_map) = (base.graph.map(), outcome.graph.map());
    let base_side = Known { map: &base_map, sources: &before.sources, problems: &base.analysis.problems };
    let head_side = Known { map: &head_map, sources: &after.sources, problems: &analysis.problems };
    let (fixed, mut lost) = match gone.is_empty() {
        true => (gone, Vec::new()),
        false => lost::part(gone, base_side, head_side, renames()),
    };
    let reason = "more of its kind differs now than an oversight would explain";
    lost.extend(kept_back.into_iter().map(|finding| Lost { finding, reason: reason.to_owned() }));
    leave_new_problems(analysis, &after.sources, &base.analysis.problems, &before.sources);
    let silenced = base.analysis.suppressed.into_iter().map(|one| one.finding).collect();
    leave_new_suppressed(analysis, silenced);
    let accepted = accepted.iter().map(Finding::fingerprint).collect();
    Compared { outcome, known, fixed, lost, accepted, base_sources: before.sources }
}

/// The base with those files taken from the head that were committed with conflict markers in them and are whole there.
fn without_conflicts(base: &Sources, head: &Sources) -> Sources {
    let whole = |file: &SourceFile| {
        let found = has_conflict(&file.text).then(|| head.find(&file.path))??;
        Some(head.get(found)).filter(|found| !has_conflict(&found.text)).cloned()
    };
    Sources::new(base.iter().map(|(_, file)| whole(file).unwrap_or_else(|| file.clone())).collect())
}

/// Whether a text has the marks that git leaves where a merge conflicts.
fn has_conflict(text: &str) -> bool {
    let has_line = |mark: &str| text.starts_with(mark) || text.contains(&format!("\n{mark}"));
    has_line("<<<<<<< ") && has_line(">>>>>>> ")
}

/// Whether two states have the same files with the same texts.
fn same(one: &Sources, other: &Sources) -> bool {
    let equal = |(a, b): (&SourceFile, &SourceFile)| {
        a.path == b.path && (Arc::ptr_eq(&a.text, &b.text) || a.text == b.text)
    };
    one.len() == other.len() && one.iter().zip(other.iter()).all(|((_, a), (_, b))| equal((a, b)))
}

/// Of what the project accepts, leaves what it did not accept before.
fn leave_new_suppressed(analysis: &mut Analysis, before: Vec<Finding>) {
    let findings = analysis.suppressed.iter().map(|one| one.finding.clone()).collect();
    let new: BTreeSet<String> =
        part(findings, Before { findings: before, ..Before::default() }, Renames::new)
            .new
            .iter()
            .map(Finding::fingerprint)
            .collect();
    analysis.suppressed.retain(|one| new.contains(&one.finding.fingerprint()));
}

/// Leaves what could be read, or was not tried, before.
fn leave_new_problems(analysis: &mut Analysis, sources: &Sources, before: &[Problem], base: &Sources) {
    fn identity<'a>(problem: &'a Problem, sources: &'a Sources) -> (Option<&'a str>, &'a str) {
        (problem.span.map(|span| sources.path(span.file)), &problem.message)
    }
    let told: BTreeSet<_> = before.iter().map(|problem| identity(problem, base)).collect();
    analysis.problems.retain(|problem| !told.contains(&identity(problem, sources)));
}

/// The two states of the repository.
struct States {
    /// The base; `None` if everything is to be told.
    base: Option<Base>,
    head: Head,
}

/// What was before.
struct Base {
    commit: Option<Commit>,
    /// A commit or tree.
    id: String,
}

/// What is judged.
enum Head {
    WorkTree,
    Index,
    Commit(Commit),
    Merge { name: String, tree: String, scratch: Scratch },
}

impl Base {
    fn of(commit: Commit) -> Self {
        Self { id: commit.id.clone(), commit: Some(commit) }
    }

    fn shown(&self) -> Revision {
        match &self.commit {
            Some(commit) => Revision { name: commit.name.clone(), commit: Some(commit.id.clone()) },
            None => Revision { name: "nothing".to_owned(), commit: None },
        }
    }
}

impl Head {
    fn shown(&self) -> Revision {
        let named = |name: &str| Revision { name: name.to_owned(), commit: None };
        match self {
            Head::WorkTree => named("the work tree"),
            Head::Index => named("the index"),
            Head::Commit(commit) => Revision { name: commit.name.clone(), commit: Some(commit.id.clone()) },
            Head::Merge { name, .. } => named(name),
        }
    }

    fn side(&self) -> Side<'_> {
        match self {
            Head::WorkTree => Side::WorkTree,
            Head::Index => Side::Index,
            Head::Commit(commit) => Side::Tree(&commit.id),
            Head::Merge { tree, .. } => Side::Tree(tree),
        }
    }
}

impl States {
    fn resolve(args: &GateArgs, repository: &Repository) -> Result<Self, Failure> {
        if repository.top.is_none() && (args.staged || args.reads_work_tree()) {
            return Err(Failure::new("this is a bare repository: it has no work tree and no index")
                .hint("name what is to be judged: `--head REV`"));
        }
        if args.merge {
            return Self::merged(args, repository);
        }
        let head = match &args.head {
            Some(head) => Head::Commit(repository.commit(head)?),
            None if args.staged => Head::Index,
            None => Head::WorkTree,
        };
        let base = match args.base.as_deref() {
            Some(AUTO) => {
                let tip = match &head {
                    Head::Commit(commit) => commit.clone(),
                    _ => repository.commit("HEAD")?,
                };
                Some(Base::of(repository.automatic_base(&tip)?))
            }
            Some(base) => Some(Base::of(repository.commit(base)?)),
            // What is staged is the next commit, also where it is the first.
            None if args.staged => Some(match repository.head()? {
                Some(head) => Base::of(head),
                None => Base { commit: None, id: repository.empty_tree()? },
            }),
            None => None,
        };
        Ok(Self { base, head })
    }

    /// The tip of the base, and what merging the head into it makes.
    fn merged(args: &GateArgs, repository: &Repository) -> Result<Self, Failure> {
        let base = match args.base.as_deref() {
            None | Some(AUTO) => repository.target()?,
            Some(base) => repository.commit(base)?,
        };
        let head = repository.commit(args.head.as_deref().unwrap_or("HEAD"))?;
        let (tree, scratch) = repository.merge(&base, &head)?;
        let name = format!("the merge of {} into {}", head.name, base.name);
        Ok(Self { base: Some(Base::of(base)), head: Head::Merge { name, tree, scratch } })
    }

    fn scratch(&self) -> Option<&Scratch> {
        match &self.head {
            Head::Merge { scratch, .. } => Some(scratch),
            _ => None,
        }
    }

    /// The configuration as the head has it, and the folder that is analysed, by the rules that hold on disk.
    fn setting(
        &self,
        repository: Repository,
        place: Place,
        target: &Target,
        global: &Global,
        color: bool,
        progress: &Progress,
    ) -> Result<(Repository, Setting), Failure> {
        if global.config.is_some() {
            return Ok((repository, Setting::on_disk(&place, target, color, progress)?));
        }
        let prefix = repository.prefix.clone();
        let folders = prefix.match_indices('/').map(|(at, _)| &prefix[..=at]).rev().chain([""]);
        for folder in folders {
            let path = format!("{folder}{FILE_NAME}");
            let Some(text) = repository.text_of(&self.head.side(), &path, self.scratch())? else { continue };
            let below = &prefix[folder.len()..];
            let (root, below) = match (&target.path, &repository.top) {
                (None, Some(top)) => (Repository::find(&top.join(folder))?, ""),
                _ => (repository.clone(), below),
            };
            let shown = above(below.matches('/').count());
            let setting = Setting::new(Some((shown, text)), below.to_owned(), target, color, progress)?;
            return Ok((root, setting));
        }
        Ok((repository, Setting::new(None, String::new(), target, color, progress)?))
    }

    /// The files of both states. Contents that both have are read once.
    fn read(
        &self,
        repository: &Repository,
        setting: &Setting,
        global: &Global,
    ) -> Result<(Option<Walked>, Walked), Failure> {
        let wanted = |path: &str| setting.selects(path);
        let scratch = self.scratch();
        let head = match &self.head {
            Head::WorkTree => repository.list_work_tree()?,
            Head::Index => repository.list_index()?,
            Head::Commit(commit) => repository.list_tree(&commit.id, None)?,
            Head::Merge { tree, .. } => repository.list_tree(tree, scratch)?,
        };
        let (head, head_problems) = select(head, &wanted);
        let base = match &self.base {
            Some(base) => Some(select(repository.list_tree(&base.id, None)?, &wanted)),
            None => None,
        };
        let on_disk = match &self.head {
            Head::WorkTree => Disk::read(repository.folder(), &head, global),
            _ => Disk::default(),
        };
        let all = head.iter().chain(base.iter().flat_map(|(entries, _)| entries));
        let ids =
            all.filter_map(|entry| entry.id.clone()).filter(|id| !on_disk.by_id.contains_key(id)).collect();
        let blobs = repository.blobs(&ids, scratch)?;
        let gather = |entries: Vec<Entry>, problems| {
            let mut walked = Walked { files: Vec::new(), problems };
            for entry in entries {
                walked.add(contents(&entry, &on_disk, &blobs).and_then(|text| admitted(&entry.path, text)));
            }
            walked
        };
        Ok((base.map(|(entries, problems)| gather(entries, problems)), gather(head, head_problems)))
    }
}

/// The text of a file, or why it has none; `None` for a file that was deleted in the work tree.
fn contents(entry: &Entry, disk: &Disk, blobs: &HashMap<Id, Blob>) -> Option<Text> {
    match &entry.id {
        Some(id) => match disk.by_id.get(id) {
            Some(text) => Some(text.clone()),
            None => blobs.get(id).map(|blob| blob.text_at(&entry.path)),
        },
        None => disk.changed.get(&entry.path).cloned(),
    }
}

type Text = Result<Arc<str>, String>;

/// What the work tree holds.
#[derive(Default)]
struct Disk {
    /// Files that are as git has them.
    by_id: HashMap<Id, Text>,
    /// Changed and new files, by path.
    changed: HashMap<String, Text>,
}

impl Disk {
    /// Reads the files on several threads. What is not there is deleted, or left out by a sparse checkout.
    fn read(root: &Path, entries: &[Entry], global: &Global) -> Self {
        let all = Mutex::new(Self::default());
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = global.threads.map_or(cores, usize::from);
        thread::scope(|scope| {
            for part in entries.chunks(entries.len().div_ceil(threads).max(1)) {
                scope.spawn(|| {
                    let read = |entry| Some((entry, text_on_disk(root, entry)?));
                    let texts: Vec<(&Entry, Text)> = part.iter().filter_map(read).collect();
                    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                    for (entry, text) in texts {
                        match &entry.id {
                            Some(id) => drop(all.by_id.insert(id.clone(), text)),
                            None => drop(all.changed.insert(entry.path.clone(), text)),
                        }
                    }
                });
            }
        });
        all.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text_on_disk(root: &Path, entry: &Entry) -> Option<Text> {
    let path = root.join(&entry.path);
    path.exists().then(|| read(&path, &entry.path))
}
