//! `alignment init`: a short configuration from what was found, with the mappings that would settle most.
//!
//! Nothing in it is needed, and nothing changes a result until a line is uncommented: what was found stands in comments, and links
//! that rest on names are proposals, for only a person knows whether they are true.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use alignment_engine::Outcome;
use alignment_engine::config::{FILE_NAME, PRESETS};
use alignment_graph::{ContractGraph, Link, LinkKind};
use alignment_model::entity::EntityId;
use alignment_model::finding::Finding;
use alignment_model::{Confidence, Layer, Sources};
use alignment_report::coverage_lines;

use crate::args::{Global, InitArgs};
use crate::failure::{Failure, say};
use crate::progress::Progress;
use crate::run::Status;
use crate::{load, output};

/// Proposals in one file: more would not be read.
const PROPOSALS: usize = 8;
/// Fields in common from which a link by name is worth a question.
const LEAST_FIELDS: usize = 3;

/// Runs the command.
pub(crate) fn run(args: &InitArgs, global: &Global) -> Result<Status, Failure> {
    let color = output::color(global.color, None);
    let progress = Progress::start();
    let mut loaded = load::load(&args.target, global, color, &progress)?;
    let outcome = loaded.analyze(global, &progress);
    drop(progress);
    let text = configuration(&outcome, &loaded.sources);
    if args.print {
        output::standard(|out| out.write_all(text.as_bytes()))?;
        return Ok(Status::Clean);
    }
    let path = load::Place::find(&args.target, global)?.root.join(FILE_NAME);
    write_new(&path, &text, args.force)?;
    say(&format!("wrote `{}`", path.display()));
    Ok(Status::Clean)
}

/// Writes the file; one that is there is only replaced if that was asked for.
fn write_new(path: &Path, text: &str, replace: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let opened = if replace { options.open(path) } else { options.create_new(true).open(path) };
    let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let failure = Failure::io(&error).during(format!("failed to write `{}`", path.display()));
        if error.kind() == io::ErrorKind::AlreadyExists {
            failure.hint("`--force` replaces it, `--print` shows what would be written")
        } else {
            failure
        }
    })
}

fn configuration(outcome: &Outcome, sources: &Sources) -> String {
    let mut out = String::from(
        "# Configuration of `alignment`. Every key is optional: what is not said here is read off the code.\n",
    );
    found(outcome, &mut out);
    out.push_str(
        "\n# What is read, as patterns of .gitignore; without `include`, everything that git does not ignore.\n\
         include:\nexclude:\n",
    );
    out.push_str("\n# What `alignment check` shows and fails on:\n");
    for preset in PRESETS {
        let _ = writeln!(out, "#   {:<8} {}", preset.name, preset.summary);
    }
    out.push_str("preset: default\n");
    out.push_str("\n# Weight per rule or group: off, info, warning or error. `alignment rule --all` lists them.\nrules:\n");
    mappings(&outcome.graph, &mut out);
    converters(outcome, sources, &mut out);
    internals(outcome, &mut out);
    out.push_str(
        "\n# Findings that are accepted, each with a reason.\nignore:\n\
         #  - rule: column-not-in-models\n#    entity: audit_*\n#    reason: written by a trigger\n",
    );
    out
}

/// What the analysis saw, as comments.
fn found(outcome: &Outcome, out: &mut String) {
    let coverage = &outcome.analysis.coverage;
    out.push_str("#\n# Found:\n");
    for source in &coverage.database {
        let heads = match source.heads.as_slice() {
            [] => String::new(),
            heads => format!(", at {}", heads.join(", ")),
        };
        comment(out, &format!("database: {} in {}{heads}", source.kind, source.path));
    }
    for line in coverage_lines(coverage) {
        comment(out, &line);
    }
}

/// One line; what the repository names cannot end the comment.
fn comment(out: &mut String, line: &str) {
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let _ = writeln!(out, "#   {line}");
}

fn mappings(graph: &ContractGraph, out: &mut String) {
    out.push_str("\n# What belongs together although the code does not say so.\nmappings:\n");
    let open = open_links(graph);
    if open.is_empty() {
        return;
    }
    out.push_str("# These belong together by their names only, so what differs between them weighs less. Uncomment what is true.\n");
    for link in open.iter().take(PROPOSALS) {
        let (lower, upper) = ends(link.kind);
        let (fields, reason) = (link.pairs.len(), &link.reason().reason);
        comment(out, &format!("{fields} fields in common: {reason}"));
        let _ = writeln!(out, "#  - {lower}: {}", quoted(&written_name(graph, link.lower)));
        let _ = writeln!(out, "#    {upper}: {}", quoted(&written_name(graph, link.upper)));
    }
}

/// A converter for each folder of client types whose keys differ by their case alone: perhaps something between converts them.
fn converters(outcome: &Outcome, sources: &Sources, out: &mut String) {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    let told = outcome.analysis.findings.iter().flat_map(Finding::told);
    for finding in told.filter(|finding| finding.rule == "field-case-mismatch") {
        let Some(end) = finding.ends.first() else { continue };
        let calls = outcome.graph.project().calls.iter();
        // The converter stands at the calls: the files that use the type name it in what they say comes back.
        let uses = calls.filter(|call| {
            [&call.response, &call.request].into_iter().flatten().any(|ty| names(&ty.written, &end.entity))
        });
        for call in uses {
            let path = sources.path(call.span.file);
            *folders.entry(path.rsplit_once('/').map_or("", |(folder, _)| folder)).or_default() +=
                finding.gathers.len();
        }
    }
    for (folder, keys) in folders.into_iter().filter(|(_, keys)| *keys >= LEAST_FIELDS).take(PROPOSALS) {
        comment(out, &format!("{keys} keys differ by their case alone, and no converter is seen between"));
        let _ = writeln!(out, "#  - converter: camelCase\n#    paths: [{}]", quoted(&format!("{folder}/**")));
        out.push_str("#    reason: say what converts them\n");
    }
}

/// Whether a type that is written down names another one.
fn names(written: &str, name: &str) -> bool {
    written.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}

/// Tables that no model maps: perhaps on purpose.
fn internals(outcome: &Outcome, out: &mut String) {
    let told = outcome.analysis.findings.iter().flat_map(Finding::told);
    let tables: BTreeSet<&str> = told
        .filter(|finding| finding.rule == "table-not-in-models")
        .filter_map(|finding| finding.ends.first())
        .map(|end| &*end.entity)
        .collect();
    for table in tables.into_iter().take(PROPOSALS) {
        comment(out, &format!("no model maps the table {table}"));
        let _ = writeln!(out, "#  - internal: {}\n#    reason: say who reads it", quoted(table));
    }
}

/// Links that rest on names, where the upper end has no better one; those with most fields first.
fn open_links(graph: &ContractGraph) -> Vec<&Link> {
    let all =
        || LinkKind::ALL.into_iter().filter(|kind| is_declarable(*kind)).flat_map(|kind| graph.links(kind));
    let is_sure = |link: &&Link| link.confidence() > Confidence::Inferred;
    let settled: BTreeSet<EntityId> = all().filter(is_sure).map(|link| link.upper).collect();
    let mut open: Vec<&Link> = all()
        .filter(|link| !is_sure(link) && !settled.contains(&link.upper) && link.pairs.len() >= LEAST_FIELDS)
        .collect();
    open.sort_by_key(|link| (std::cmp::Reverse(link.pairs.len()), link.lower, link.upper));
    open
}

/// Whether `mappings` can declare such a link.
fn is_declarable(kind: LinkKind) -> bool {
    matches!(kind, LinkKind::Maps | LinkKind::Fills | LinkKind::Delivers)
}

/// What the two ends are called in `mappings`.
fn ends(kind: LinkKind) -> (&'static str, &'static str) {
    match kind {
        LinkKind::Maps => ("table", "model"),
        LinkKind::Fills => ("model", "schema"),
        LinkKind::Delivers | LinkKind::Carries | LinkKind::Calls => ("schema", "type"),
    }
}

/// The name that `mappings` understands: the plain one where only one entity of the layer has it.
fn written_name(graph: &ContractGraph, entity: EntityId) -> String {
    let project = graph.project();
    let own = project.entity(entity);
    let layer: Layer = own.layer();
    let twins =
        project.layer(layer).filter(|(_, other)| other.name == own.name && project.is_listed(other)).count();
    if twins == 1 { own.name.to_string() } else { own.qualname.to_string() }
}

/// A YAML scalar in single quotes where it would not be read as itself.
fn quoted(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-'))
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if is_plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "''")) }
}
