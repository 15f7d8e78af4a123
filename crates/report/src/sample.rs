//! One sample analysis that the tests of every format share: two ends in two files, hostile names, a problem, a suppression.

use alignment_model::analysis::{Analysis, Coverage, EdgeCoverage, LayerCoverage, Suppressed};
use alignment_model::contract_map::{
    Comparison, ContractLink, ContractMap, EntityContract, FieldContract, FieldPair,
};
use alignment_model::entity::{FieldKind, Presence};
use alignment_model::finding::{End, Finding, Step};
use alignment_model::problem::{Problem, ProblemKind};
use alignment_model::{
    Confidence, Direction, FileId, Known, Layer, Severity, SourceFile, Sources, Span, TextRange,
};

use crate::{Report, RuleInfo, View};

/// A file name that tries to break every format.
pub(crate) const HOSTILE_PATH: &str = "web/a|b`c<script>\n::error::%0A \"'\u{1b}[31m.ts";

/// Files of the sample.
pub(crate) fn sources() -> Sources {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
    Sources::new(vec![
        file("app/models.py", "class User(Base):\n    nickname = Column(String, nullable=True)\n"),
        file(HOSTILE_PATH, "export interface User {\n  nickname: string\n}\n"),
    ])
}

/// The end of `needle` in a file of the sample.
fn end(sources: &Sources, path: &str, needle: &str, layer: Layer, field: Option<&str>) -> End {
    let file = sources.find(path).unwrap();
    let start = sources.text(file).find(needle).unwrap();
    End {
        layer,
        entity: "User".into(),
        qualname: format!("{path}.User"),
        table: (layer == Layer::Orm).then(|| "users".into()),
        field: field.map(Into::into),
        label: "NULL is legal here".into(),
        span: Span { file, range: TextRange::new(start, start + needle.len()) },
        is_use: false,
    }
}

/// A finding about the nickname, or about the user as a whole.
pub(crate) fn finding(sources: &Sources, rule: &'static str, severity: Severity, field: bool) -> Finding {
    let field_name = field.then_some("nickname");
    let needle = if field { "nickname" } else { "User" };
    let client = end(sources, HOSTILE_PATH, needle, Layer::Client, field_name);
    let model = end(sources, "app/models.py", needle, Layer::Orm, field_name);
    let step = Step {
        layer: Layer::Client,
        entity: "User".into(),
        field: field_name.map(Into::into),
        reason: "the call at `/users` says so".into(),
        confidence: Confidence::Resolved,
        span: client.span,
    };
    Finding {
        rule,
        severity,
        confidence: Confidence::Resolved,
        direction: Direction::Read,
        message: "`User.nickname` never expects `null`,\nbut a row may hold NULL \u{1b}[2J | <b>".into(),
        help: Some("write `string | null`".into()),
        remedy: None,
        fix: None,
        gathers: vec![],
        lighter: vec![],
        ends: vec![client, model],
        path: vec![step],
        witness: Some("row {nickname: NULL}\n-> {\"nickname\": null}".into()),
        proof: None,
        symptoms: Vec::new(),
    }
}

/// An analysis with these findings.
pub(crate) fn analysis(sources: &Sources, findings: Vec<Finding>) -> Analysis {
    let layer = |layer| LayerCoverage {
        layer,
        entities: 1,
        complete: 0,
        fields: 1,
        unknown: [(alignment_model::Why::NotStated, 2)].into(),
        incomplete: vec![("base class `Foo` is defined outside the repository".into(), 1)],
    };
    let edge = EdgeCoverage {
        lower: Layer::Schema,
        upper: Layer::Client,
        linked: 1,
        drifted: 1,
        lower_unlinked: 0,
        upper_unlinked: 0,
        fields_compared: 3,
    };
    let coverage = Coverage {
        files_seen: 2,
        files_parsed: 2,
        bytes_parsed: 1_500_000,
        layers: vec![layer(Layer::Orm), layer(Layer::Client)],
        edges: vec![edge],
        ..Coverage::default()
    };
    let suppressed = Suppressed {
        finding: finding(sources, "quiet-rule", Severity::Info, true),
        reason: "kept for | old clients".into(),
        by: Some(Span::file_start(FileId::new(0))),
    };
    let problem = Problem::general(ProblemKind::Unreadable, "`x\n.py` was not read: it is a binary file");
    let timings = vec![("parse", std::time::Duration::from_millis(7))];
    let (suppressed, problems) = (vec![suppressed], vec![problem]);
    Analysis { findings, suppressed, coverage, problems, timings, ..Analysis::default() }
}

/// A field of the sample.
fn field(name: &str, ty: &str) -> FieldContract {
    FieldContract {
        name: name.into(),
        wire_name: None,
        kind: FieldKind::Column,
        contract: format!("{ty}, nullable"),
        ty: ty.into(),
        nullable: Known::Is(true),
        presence: Known::Is(Presence::Required),
        default: None,
        server_default: Some("'a|<b>'".into()),
        values: Some(vec!["a`|<b>".into(), "b".into()]),
        is_known: true,
        span: Span::file_start(FileId::new(0)),
        findings: Default::default(),
    }
}

/// An entity of the sample.
fn entity(layer: Layer, path: &str, fields: Vec<FieldContract>) -> EntityContract {
    EntityContract {
        layer,
        kind: "model",
        name: "User".into(),
        qualname: format!("{path}.User"),
        table: (layer == Layer::Orm).then(|| "users|<b>".into()),
        span: Span::file_start(FileId::new(0)),
        listed: true,
        expects_partner: true,
        incomplete: Vec::new(),
        fields,
        values: None,
        made_by: None,
        changes: 0,
        comparison: Comparison::Verified,
        findings: Default::default(),
    }
}

/// The map of the sample: a model and a client type that shares one of its two fields.
pub(crate) fn map() -> ContractMap {
    let model =
        entity(Layer::Orm, "app/models.py", vec![field("id", "int4"), field("nickname", "varchar|<b>")]);
    let client = entity(Layer::Client, HOSTILE_PATH, vec![field("nickname", "string")]);
    let link = ContractLink {
        lower: 0,
        upper: 1,
        reason: "the call says so".into(),
        span: Span::file_start(FileId::new(0)),
        confidence: Confidence::Resolved,
        pairs: vec![FieldPair { lower: 1, upper: 0, reason: None, findings: Default::default() }],
        comparison: Comparison::Verified,
        findings: Default::default(),
    };
    ContractMap { entities: vec![model, client], links: vec![link], ..ContractMap::default() }
}

/// What formats are given for an analysis of the sample.
pub(crate) fn report<'a>(sources: &'a Sources, analysis: &'a Analysis, map: &'a ContractMap) -> Report<'a> {
    Report { sources, analysis, map, revision: None, rules: &RULES, folder: "", comparison: None }
}

const RULES: [RuleInfo; 1] = [RuleInfo {
    name: "some-rule",
    summary: "what it reports",
    group: "frontend",
    severity: Severity::Error,
    page: "# some-rule\n\n## What it does\n\nReports a drift.\n\n## Examples\n\nCode.\n\n## How to fix it\n\nMend it.\n",
}];

/// One format's bytes for these findings, as text.
pub(crate) fn written(
    format: &str,
    findings: impl Fn(&Sources) -> Vec<Finding>,
    limit: Option<usize>,
) -> String {
    let sources = sources();
    let analysis = analysis(&sources, findings(&sources));
    let mut map = map();
    map.mark(&analysis.findings);
    let report = report(&sources, &analysis, &map);
    let format = crate::FORMATS.iter().find(|known| known.name == format).unwrap();
    let mut out = Vec::new();
    (format.write)(&report, &View { color: false, limit, summary_only: false }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What every format must hold to.
mod tests {
    use super::*;
    use crate::FORMATS;

    #[test]
    fn no_format_lets_a_control_character_through() {
        for format in FORMATS {
            let out = written(format.name, |s| vec![finding(s, "some-rule", Severity::Error, true)], None);
            let escaped = out.chars().all(|c| !c.is_control() || c == '\n');
            assert!(escaped, "{}: {out:?}", format.name);
        }
    }

    #[test]
    fn every_format_says_the_whole_finding_and_writes_the_same_bytes_again() {
        for format in FORMATS {
            let make =
                || written(format.name, |s| vec![finding(s, "some-rule", Severity::Error, true)], None);
            let out = make();
            for part in [
                "some-rule",
                "nickname",
                "models.py",
                "NULL is legal here",
                "write ",
                "nickname: NULL",
                "the call at",
            ] {
                assert!(out.contains(part), "{} lacks {part}: {out}", format.name);
            }
            assert_eq!(out, make(), "{}", format.name);
            assert!(out.ends_with('\n'));
        }
    }

    #[test]
    fn every_format_survives_nothing() {
        let sources = Sources::default();
        let analysis = Analysis::default();
        let map = ContractMap::default();
        let report = Report {
            sources: &sources,
            analysis: &analysis,
            map: &map,
            revision: None,
            rules: &[],
            folder: "",
            comparison: None,
        };
        for format in FORMATS {
            let mut out = Vec::new();
            (format.write)(&report, &View { color: true, limit: Some(1), summary_only: false }, &mut out)
                .unwrap();
            assert!(!out.is_empty(), "{}", format.name);
        }
    }
}
