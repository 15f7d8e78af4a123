//! Calls of the client -> operations of the API, by method and path, whatever the two call their parameters.
//!
//! A client often reaches the API through a base URL, a proxy or a gateway that no file states. The missing prefix is
//! inferred from the calls that fit, and the reason of each link says so.

use std::borrow::Cow;
use std::collections::BTreeMap;

use alignment_model::Confidence;
use alignment_model::entity::{Entity, EntityId, FieldKind};
use alignment_model::project::{ClientCall, OpenMount, Project};
use alignment_model::shape::Shape;

use crate::link::Evidence;
use crate::paths::{Routes, segments};
use crate::reach::is_served;
use crate::server::Composing;

/// The operation that a call reaches.
#[derive(Clone, Debug)]
pub(crate) struct CallMatch {
    pub(crate) operation: EntityId,
    pub(crate) evidence: Evidence,
}

/// How paths of the client become paths of the API: the leading segments that go, and those that come instead.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rewrite {
    pub(crate) strip: Vec<String>,
    pub(crate) add: Vec<String>,
    /// Calls that fit because of it.
    pub(crate) fits: usize,
    /// What goes is the prefix of routers whose prefix is not known.
    pub(crate) is_behind: bool,
}

/// What became of a call. Where it reaches an operation, everything else is empty.
#[derive(Clone, Debug, Default)]
pub struct CallOutcome {
    /// The operations it reaches, with the reasons.
    pub(crate) matches: Vec<CallMatch>,
    /// Whether an operation serves it that takes the rest of any path (`/legacy/{path:path}`): what that gives depends on the rest, so
    /// that nothing about it can be compared.
    pub(crate) served_by_rest: bool,
    /// The operation that takes a word of its path for a parameter which cannot be that word: `/swaps/candidates` for
    /// `/swaps/{swap_id}` with a UUID.
    pub refused_by: Option<EntityId>,
    /// The operations that serve its path under other methods.
    pub other_methods: Vec<EntityId>,
    /// The operation that would serve it behind a prefix that many operations have, where none serves it as it is called: a
    /// base URL from outside may add it.
    pub behind_prefix: Option<EntityId>,
    /// The operation that serves the path without its first words, where no operation's path begins with them: a proxy before the
    /// application may take them off.
    pub behind_proxy: Option<EntityId>,
    /// The operation that is written for this path, but that no application is seen to mount.
    pub unmounted: Option<EntityId>,
    /// Leading segments of its path, as it is called, that operations have in common with it. One more is a prefix under which
    /// nothing is served.
    pub served: usize,
    /// Whether nearly all operations that share those segments go on with a version (`/api/v1`), which the path does not have: it
    /// is of no version of this API, and another service may stand behind the same host.
    pub beside_versions: bool,
    /// Whether it may be served by something whose operations are not known, or with a value of what its path leaves open.
    pub is_open: bool,
}

impl CallOutcome {
    /// Whether it reaches an operation, or something that serves every path.
    pub fn reaches(&self) -> bool {
        !self.matches.is_empty() || self.served_by_rest
    }

    /// The operations it reaches.
    pub fn operations(&self) -> impl Iterator<Item = EntityId> + '_ {
        self.matches.iter().map(|found| found.operation)
    }
}

/// What becomes of each call, by the call's position.
pub(crate) fn outcomes(project: &Project) -> Vec<CallOutcome> {
    let (mut routes, mut unmounted, mut unplaced) = (Routes::default(), Routes::default(), Routes::default());
    for (id, entity) in project.operations().filter(|(_, entity)| !project.is_test(entity.span.file)) {
        let Some(operation) = entity.operation() else { continue };
        let (routes, path) = match operation.path.is() {
            Some(path) if is_served(project, entity) => (&mut routes, path),
            Some(path) => (&mut unmounted, path),
            None if is_served(project, entity) => (&mut unplaced, &operation.own_path),
            None => continue,
        };
        if let Some(path) = matched_path(path, &operation.own_path) {
            routes.insert(&operation.method, &path, id);
        }
    }
    let read = |call| Call::read(call).filter(|call| !project.is_test(call.call.span.file));
    let calls: Vec<Option<Call<'_>>> = project.calls.iter().map(read).collect();
    let composing = Composing::new(project);
    let is_composed = |call: &Option<Call<'_>>| {
        call.as_ref().is_some_and(|call| composing.answers(call.call, call.method, &call.segments))
    };
    let composed: Vec<bool> = calls.iter().map(is_composed).collect();
    // What the client's own server puts together says nothing of prefixes.
    let reaching = calls.iter().zip(&composed).filter(|(_, composed)| !**composed);
    let reaching: Vec<&Call<'_>> = reaching.filter_map(|(call, _)| call.as_ref()).collect();
    let rewrites = infer(&routes, reaching.clone());
    let behind = if unplaced.len() == 0 {
        Vec::new()
    } else {
        let missed = reaching.into_iter().filter(|call| call.find(project, &routes, &rewrites).is_empty());
        infer_behind(&unplaced, missed.collect())
    };
    let prefixes = leading(routes.paths(), 4, routes.len() / 50);
    let outcome = |call: &Call<'_>| {
        let mut matches = call.find(project, &routes, &rewrites);
        if matches.is_empty() && unplaced.len() > 0 {
            matches = call.find_behind(project, &unplaced, &behind);
        }
        if !matches.is_empty() {
            return CallOutcome { matches, ..CallOutcome::default() };
        }
        let written = call.readings(&rewrites);
        if written.iter().any(|path| !routes.find_rest(call.method, path).is_empty()) {
            return CallOutcome { served_by_rest: true, ..CallOutcome::default() };
        }
        let first =
            |routes: &Routes| written.iter().find_map(|path| routes.find(call.method, path).first().copied());
        let any = written.iter().map(|path| routes.find_any(path)).find(|found| !found.is_empty());
        CallOutcome {
            matches,
            served_by_rest: false,
            refused_by: first(&routes),
            is_open: is_open(project, &routes, call.method, &written, any.is_some()),
            other_methods: any.unwrap_or_default(),
            behind_prefix: call.behind_prefix(&routes, &prefixes),
            behind_proxy: call.behind_proxy(&routes),
            unmounted: first(&unmounted),
            served: call.served(&routes, &rewrites),
            beside_versions: written.iter().all(|path| routes.versions_only(path)),
        }
    };
    let each = calls.iter().zip(composed).map(|(call, composed)| match call {
        Some(_) if composed => CallOutcome { is_open: true, ..CallOutcome::default() },
        Some(call) => outcome(call),
        None => CallOutcome::default(),
    });
    each.collect()
}

/// See [`CallOutcome::is_open`]. A parameter that other methods have at the place is what the path means there.
fn is_open(project: &Project, routes: &Routes, method: &str, written: &[Vec<String>], known: bool) -> bool {
    written.iter().any(|path| {
        let by_value = !known && routes.find(method, path).is_empty() && routes.may_serve(method, path);
        by_value || project.open_mounts.iter().any(|mount| is_under(mount, path))
    })
}

/// Whether a path is one of those under a prefix.
fn is_under(mount: &OpenMount, path: &[String]) -> bool {
    let Some(prefix) = mount.prefix.is() else { return true };
    let prefix = segments(prefix);
    prefix.len() <= path.len() && prefix.iter().zip(path).all(|(own, word)| own == word || own.contains("{}"))
}

/// The path that an operation matches, where its last parameter takes the rest of the path (Starlette, "Path Parameters").
/// `None` for one that takes every path: it stands behind all others, to answer with the client's own page.
fn matched_path<'p>(path: &'p str, own: &str) -> Option<Cow<'p, str>> {
    let Some(before) = path.strip_suffix('}').filter(|_| own.ends_with(":path}")) else {
        return Some(path.into());
    };
    let says_something = path.split('/').any(|segment| !segment.is_empty() && !segment.contains('{'));
    says_something.then(|| format!("{before}:path}}").into())
}

/// A call whose method and path are known.
struct Call<'a> {
    call: &'a ClientCall,
    method: &'a str,
    segments: Vec<String>,
}

impl<'a> Call<'a> {
    fn read(call: &'a ClientCall) -> Option<Self> {
        let (method, path) = call.method.zip(&call.path)?;
        let base = call.base.as_deref().unwrap_or("");
        // `${API}/users`: a base that is not known, which is no parameter of the path.
        let path = path.strip_prefix("{}").filter(|rest| rest.starts_with('/')).unwrap_or(path);
        Some(Self { call, method, segments: segments(base).into_iter().chain(segments(path)).collect() })
    }

    /// The path of the API under a rewriting, if it applies.
    fn rewritten(&self, rewrite: &Rewrite) -> Option<Vec<String>> {
        let rest = self.segments.strip_prefix(rewrite.strip.as_slice())?;
        Some(rewrite.add.iter().chain(rest).cloned().collect())
    }

    /// The operations that serve a path and take the words at its parameters.
    fn serving(&self, project: &Project, routes: &Routes, path: &[String]) -> Vec<EntityId> {
        let found = routes.find_own(self.method, path).iter().copied();
        found.filter(|operation| takes(project.entity(*operation), path)).collect()
    }

    /// The operations it reaches by the end of their paths, where the prefix before it is not known: as it is written, for the client
    /// may not know it either, or behind a prefix that many calls have.
    fn find_behind(&self, project: &Project, unplaced: &Routes, rewrites: &[Rewrite]) -> Vec<CallMatch> {
        let as_written = Rewrite { is_behind: true, ..Rewrite::default() };
        for rewrite in std::iter::once(&as_written).chain(rewrites) {
            if let Some(path) = self.rewritten(rewrite)
                && !unplaced.find_meant(self.method, &path, 0).is_empty()
            {
                return self.matched(project, &self.serving(project, unplaced, &path), Some(rewrite));
            }
        }
        Vec::new()
    }

    /// The operations it reaches: several only where the repository serves one path more than once.
    fn find(&self, project: &Project, routes: &Routes, rewrites: &[Rewrite]) -> Vec<CallMatch> {
        let direct = self.serving(project, routes, &self.segments);
        if !direct.is_empty() {
            return self.matched(project, &direct, None);
        }
        for rewrite in rewrites {
            let found =
                self.rewritten(rewrite).map_or(Vec::new(), |path| self.serving(project, routes, &path));
            if !found.is_empty() {
                return self.matched(project, &found, Some(rewrite));
            }
        }
        Vec::new()
    }

    /// The path as it is written, and under every rewriting that applies.
    fn readings(&self, rewrites: &[Rewrite]) -> Vec<Vec<String>> {
        let rewritten = rewrites.iter().filter_map(|rewrite| self.rewritten(rewrite));
        std::iter::once(self.segments.clone()).chain(rewritten).collect()
    }

    /// The operation that serves the path behind one of the prefixes.
    fn behind_prefix(&self, routes: &Routes, prefixes: &[Vec<String>]) -> Option<EntityId> {
        let says_something = self.segments.iter().any(|segment| !segment.contains("{}"));
        let mut paths = prefixes.iter().filter(|prefix| says_something && !prefix.is_empty());
        paths.find_map(|prefix| {
            let path: Vec<String> = prefix.iter().chain(&self.segments).cloned().collect();
            routes.find_meant(self.method, &path, prefix.len()).first().copied()
        })
    }

    /// See [`CallOutcome::behind_proxy`]. One word alone may be the same by accident.
    fn behind_proxy(&self, routes: &Routes) -> Option<EntityId> {
        const LONGEST: usize = 2;
        if routes.served_depth(&self.segments) > 0 {
            return None;
        }
        let says = |segments: &[String]| segments.iter().filter(|segment| !segment.contains("{}")).count();
        (1..=LONGEST.min(self.segments.len())).find_map(|taken| {
            let (prefix, rest) = self.segments.split_at(taken);
            let is_meant = says(prefix) == taken && says(rest) >= 2;
            routes.find_meant(self.method, rest, 0).first().copied().filter(|_| is_meant)
        })
    }

    /// See [`CallOutcome::served`].
    fn served(&self, routes: &Routes, rewrites: &[Rewrite]) -> usize {
        let before = self.call.base.as_deref().map_or(0, |base| segments(base).len());
        let as_written = routes.served_depth(&self.segments);
        let rewritten = rewrites.iter().filter_map(|rewrite| {
            let depth = routes.served_depth(&self.rewritten(rewrite)?);
            Some((depth + rewrite.strip.len()).saturating_sub(rewrite.add.len()))
        });
        rewritten.fold(as_written, usize::max).saturating_sub(before)
    }

    fn matched(&self, project: &Project, found: &[EntityId], rewrite: Option<&Rewrite>) -> Vec<CallMatch> {
        let alone = found.len() == 1;
        let confidence = match rewrite {
            _ if !alone => Confidence::Guessed,
            Some(rewrite) if rewrite.fits < MANY => Confidence::Inferred,
            // A document says what the service was meant to do when it was written; the service itself was not read.
            _ if project.api_is_document() => Confidence::Inferred,
            _ => Confidence::Resolved,
        };
        let reason = |operation: EntityId| {
            let caller = if self.call.caller.is_empty() { "the client" } else { &self.call.caller };
            let mut reason = format!("`{caller}` calls `{}`", project.entity(operation).name);
            if let Some(rewrite) = rewrite {
                reason.push_str(&rewrite.phrase());
            }
            if !alone {
                reason.push_str(", which is served more than once");
            }
            reason
        };
        let one = |operation: &EntityId| CallMatch {
            operation: *operation,
            evidence: Evidence::new(confidence, self.call.span, reason(*operation)),
        };
        found.iter().map(one).collect()
    }
}

/// Whether an operation takes the words of a path that stand at its parameters: a UUID or a number takes no other word, and
/// FastAPI answers with 422.
fn takes(operation: &Entity, path: &[String]) -> bool {
    let Some(declared) = operation.operation().and_then(|detail| detail.path.is()) else { return true };
    let declared = declared.split('/').filter(|segment| !segment.is_empty());
    declared.zip(path).all(|(declared, word)| {
        let Some(name) = declared.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            return true;
        };
        let parameter =
            operation.fields.iter().find(|field| field.kind == FieldKind::Path && *field.name == *name);
        word.contains("{}")
            || match parameter.map(|field| &field.ty.shape) {
                Some(Shape::Int(_)) => word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'),
                Some(Shape::Uuid) => {
                    word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
                }
                _ => true,
            }
    })
}

/// From this many fitting calls on, an inferred prefix is as good as a written one.
const MANY: usize = 3;

impl Rewrite {
    fn phrase(&self) -> String {
        let path = |segments: &[String]| format!("/{}", segments.join("/"));
        if self.is_behind && self.strip.is_empty() {
            return ", whose prefix is not known".to_owned();
        }
        let what = match (self.strip.is_empty(), self.add.is_empty()) {
            (_, true) if self.is_behind => format!("`{}` for a prefix that is not known", path(&self.strip)),
            (true, _) => format!("prefix `{}`", path(&self.add)),
            (false, true) => format!("`{}` taken off", path(&self.strip)),
            (false, false) => format!("`{}` for `{}`", path(&self.add), path(&self.strip)),
        };
        let calls =
            if self.fits == 1 { "1 call fits".to_owned() } else { format!("{} calls fit", self.fits) };
        format!(" ({what}, inferred: {calls})")
    }
}

/// The rewritings that make calls fit which fit nothing as they are, the most fruitful first.
fn infer(routes: &Routes, calls: Vec<&Call<'_>>) -> Vec<Rewrite> {
    infer_with(routes, calls, &leading(routes.paths(), 4, routes.len() / 50))
}

/// The prefixes behind which calls fit the end of paths whose own prefix is not known.
fn infer_behind(unplaced: &Routes, calls: Vec<&Call<'_>>) -> Vec<Rewrite> {
    let mut found = infer_with(unplaced, calls, &[Vec::new()]);
    found.iter_mut().for_each(|rewrite| rewrite.is_behind = true);
    found
}

fn infer_with(routes: &Routes, calls: Vec<&Call<'_>>, adds: &[Vec<String>]) -> Vec<Rewrite> {
    let mut open = calls;
    open.retain(|call| routes.find_own(call.method, &call.segments).is_empty());
    let strips = leading(open.iter().map(|call| call.segments.as_slice()), 2, FEW.min(open.len() / 20));
    let mut out: Vec<Rewrite> = Vec::new();
    while out.len() < MAX_REWRITES {
        let Some(best) = best(routes, &open, &strips, adds) else { break };
        open.retain(|call| !fits(routes, call, &best));
        out.push(best);
    }
    out
}

/// A prefix that so few calls share is none: it is the beginning of their paths.
const FEW: usize = 2;
/// A repository has one API prefix for each of its clients, rarely two.
const MAX_REWRITES: usize = 4;
/// Candidate prefixes considered on each side.
const MAX_CANDIDATES: usize = 24;

fn best(
    routes: &Routes,
    open: &[&Call<'_>],
    strips: &[Vec<String>],
    adds: &[Vec<String>],
) -> Option<Rewrite> {
    let mut best: Option<Rewrite> = None;
    for strip in strips {
        for add in adds.iter().filter(|add| *add != strip) {
            // A path that has the new prefix already is not one that lacks it.
            let lacks = |call: &&&Call<'_>| {
                call.segments.starts_with(strip) && (add.is_empty() || !call.segments.starts_with(add))
            };
            let applies = open.iter().filter(lacks).count();
            let mut rewrite = Rewrite { strip: strip.clone(), add: add.clone(), ..Rewrite::default() };
            // A prefix under which most calls still miss is a coincidence of short paths, and one that replaces another for a
            // single call is none, nor for calls that may never be made.
            let is_added = strip.is_empty();
            let least = if is_added { 1 } else { MANY };
            let counts = |call: &&&Call<'_>| is_added || !call.call.is_inherited;
            rewrite.fits = open.iter().filter(counts).filter(|call| fits(routes, call, &rewrite)).count();
            if rewrite.fits * 4 < applies || rewrite.fits < least {
                continue;
            }
            if best.as_ref().is_none_or(|best| rewrite.fits > best.fits) {
                best = Some(rewrite);
            }
        }
    }
    best
}

/// Whether a call reaches an operation under a rewriting, by more than parameters.
fn fits(routes: &Routes, call: &Call<'_>, rewrite: &Rewrite) -> bool {
    let meant = |path: Vec<String>| !routes.find_meant(call.method, &path, rewrite.add.len()).is_empty();
    call.rewritten(rewrite).is_some_and(meant)
}

/// Literal prefixes of up to `longest` segments that more than `few` paths share, the empty one first, then by frequency.
fn leading<'p>(paths: impl Iterator<Item = &'p [String]>, longest: usize, few: usize) -> Vec<Vec<String>> {
    let mut counts: BTreeMap<&[String], usize> = BTreeMap::new();
    for path in paths {
        let literal = path.iter().take_while(|segment| !segment.contains("{}")).count();
        for length in 1..=literal.min(longest).min(path.len().saturating_sub(1)) {
            if let Some(prefix) = path.get(..length) {
                *counts.entry(prefix).or_default() += 1;
            }
        }
    }
    let mut common: Vec<(&[String], usize)> = counts.into_iter().filter(|(_, count)| *count > few).collect();
    common.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let prefixes = common.into_iter().take(MAX_CANDIDATES).map(|(prefix, _)| prefix.to_vec());
    std::iter::once(Vec::new()).chain(prefixes).collect()
}
