//! A baseline: findings that were there when the gate was set up, one a line, so that a difference of two baselines reads like a
//! list. They are found again as two revisions are compared ([`crate::compare`]): by fingerprint, and by names where files moved.

use alignment_model::analysis::{Analysis, Suppressed};
use alignment_model::finding::Finding;
use alignment_model::problem::{Problem, ProblemKind};
use alignment_model::{Sources, Span, TextRange};
use serde::Deserialize;

use crate::compare::{self, Gathered, Identity, Spread, Standing};
use crate::config::written::{self, Spanned};
use crate::config::{Config, Mistake};

/// Name of the file that is written unless another is named.
pub const FILE_NAME: &str = "alignment-baseline.yaml";

/// What a reader of the file is told first.
const HEADER: &str = "\
# Findings that `alignment check --baseline` does not report. `alignment baseline --update` takes out what is mended
# and keeps the reasons, which are for you to write.
version: 1
findings:
";

/// The reason of an entry that gives none.
const NO_REASON: &str = "in the baseline";

/// Findings that are known.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// What the file is called among the sources.
    path: Box<str>,
    entries: Vec<Entry>,
}

/// One known finding.
#[derive(Clone, Debug)]
struct Entry {
    identity: Identity,
    /// The file it was in, for people.
    place: String,
    reason: String,
    range: TextRange,
}

/// What an update did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Entries that the baseline has now.
    pub entries: usize,
    /// Entries whose finding is gone.
    pub removed: usize,
    /// Findings that were added.
    pub added: usize,
    /// Findings that are not in it.
    pub left: usize,
}

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: Spanned<u32>,
    findings: Option<Vec<Spanned<Line>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    rule: String,
    place: String,
    subject: String,
    #[serde(default)]
    gathers: Vec<String>,
    fingerprint: String,
    #[serde(default)]
    reason: String,
}

impl Baseline {
    /// Reads a baseline. `path` is what the file is called among the sources.
    pub fn parse(path: &str, text: &str) -> Result<Self, Vec<Mistake>> {
        let file: File = written::read(text).map_err(|mistake| vec![mistake])?;
        if file.version.value != 1 {
            let message = format!("version {} of the format is not known", file.version.value);
            let help = Some("this program reads version 1".to_owned());
            return Err(vec![Mistake { message, help, range: written::range(&file.version) }]);
        }
        let entries = file.findings.unwrap_or_default().into_iter().map(Entry::read).collect();
        Ok(Self { path: path.into(), entries })
    }

    /// Moves what is known from the findings to the suppressed, and says which entries match nothing.
    pub fn apply(&self, analysis: &mut Analysis, sources: &Sources, config: &Config) {
        let spread = Spread::new(std::mem::take(&mut analysis.findings));
        let pairing = compare::pair(&spread.identities(), &self.identities(), || None);
        let file = sources.find(&self.path);
        let place = |entry: &Entry| file.map(|file| entry.range.in_file(file));
        let mut entry_of = vec![None; spread.findings.len()];
        let mut new = Gathered::default();
        for (entry, finding) in self.entries.iter().zip(&pairing.successor) {
            if let Some(finding) = finding {
                entry_of[*finding] = Some(entry);
            }
        }
        let spread = spread.into_iter().zip(pairing.after).zip(entry_of);
        for (((at, cause, mut finding), standing), entry) in spread {
            match standing {
                Standing::New(added) => {
                    compare::tell(&mut finding, &added);
                    new.add(at, cause, finding);
                }
                Standing::Known => {
                    let reason = entry.map_or(NO_REASON, |entry| match &*entry.reason {
                        "" => NO_REASON,
                        reason => reason,
                    });
                    let by = entry.and_then(place);
                    analysis.suppressed.push(Suppressed { finding, reason: reason.to_owned(), by });
                }
            }
        }
        analysis.findings = new.findings;
        analysis.findings.iter_mut().for_each(compare::outweigh_symptoms);
        let stale = self.entries.iter().zip(pairing.still_there).filter(|(entry, still_there)| {
            !still_there && !config.rules.severities.get(&entry.identity.rule).is_some_and(Option::is_none)
        });
        let stale: Vec<&Entry> = stale.map(|(entry, _)| entry).collect();
        analysis.problems.extend(stale.first().map(|first| told(stale.len(), place(first))));
        analysis.sort();
    }

    /// The baseline without what is gone, with renewed fingerprints of what moved, and with what is new if it is to be added.
    pub fn updated(&self, findings: &[Finding], sources: &Sources, add: bool) -> (Self, Update) {
        let spread = Spread::new(findings.to_vec());
        let (now, findings) = (spread.identities(), &spread.findings);
        let pairing = compare::pair(&now, &self.identities(), || None);
        let mut update = Update::default();
        let mut entries = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            match pairing.successor[at] {
                Some(found) => entries
                    .push(Entry { reason: entry.reason.clone(), ..Entry::of(&findings[found], sources) }),
                None if pairing.still_there[at] => entries.push(entry.with_members_of(&now)),
                None => update.removed += 1,
            }
        }
        for (finding, standing) in findings.iter().zip(&pairing.after) {
            let Standing::New(added) = standing else { continue };
            if add {
                update.added += 1;
                let mut entry = Entry::of(finding, sources);
                if !added.is_empty() {
                    entry.identity.gathers.clone_from(added);
                }
                entries.push(entry);
            } else {
                update.left += 1;
            }
        }
        update.entries = entries.len();
        (Self { path: self.path.clone(), entries }, update)
    }

    /// The file: sorted, one finding a line.
    pub fn to_text(&self) -> String {
        let mut lines: Vec<String> = self.entries.iter().map(Entry::line).collect();
        lines.sort();
        let empty = if lines.is_empty() { "  []\n" } else { "" };
        format!("{HEADER}{empty}{}", lines.concat())
    }

    fn identities(&self) -> Vec<Identity> {
        self.entries.iter().map(|entry| entry.identity.clone()).collect()
    }
}

fn told(stale: usize, place: Option<Span>) -> Problem {
    let what = match stale {
        1 => "this entry of the baseline matches no finding".to_owned(),
        n => format!("{n} entries of the baseline match no finding, this one first"),
    };
    let message = format!("{what}: `alignment baseline --update` takes out what is mended");
    Problem { span: place, kind: ProblemKind::Configuration, message }
}

impl Entry {
    fn read(line: Spanned<Line>) -> Self {
        let range = written::range(&line);
        let Line { rule, place, subject, mut gathers, fingerprint, reason } = line.value;
        gathers.sort();
        Self { identity: Identity { rule, fingerprint, subject, gathers }, place, reason, range }
    }

    fn of(finding: &Finding, sources: &Sources) -> Self {
        let place = finding.ends.first().map_or("", |end| sources.path(end.span.file)).to_owned();
        Self { identity: Identity::of(finding), place, reason: String::new(), range: TextRange::default() }
    }

    /// Of a list, what any finding of the rule still has.
    fn with_members_of(&self, now: &[Identity]) -> Self {
        let mut entry = self.clone();
        let rule = &self.identity.rule;
        let has = |member: &String| now.iter().any(|one| one.rule == *rule && one.gathers.contains(member));
        entry.identity.gathers.retain(has);
        entry
    }

    /// One line: a flow mapping whose texts are quoted as in JSON, which YAML 1.2 reads (section 1.3, "Relation to JSON").
    fn line(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let Identity { rule, fingerprint, subject, gathers } = &self.identity;
        let mut line =
            format!("  - {{ rule: {rule}, place: {}, subject: {}", quoted(&self.place), quoted(subject));
        if !gathers.is_empty() {
            let names: Vec<String> = gathers.iter().map(|name| quoted(name)).collect();
            line.push_str(&format!(", gathers: [{}]", names.join(", ")));
        }
        // A fingerprint of digits alone would be a number without its quotes.
        line.push_str(&format!(
            ", fingerprint: {}, reason: {} }}\n",
            quoted(fingerprint),
            quoted(&self.reason)
        ));
        line
    }
}

#[cfg(test)]
mod tests;
