//! What breaks one way has a rule for the other way, or a reason why there is none: the pages say which, and the pairs are tried on one
//! repository whose operation answers, then takes, the same two declarations.

use std::collections::BTreeSet;

use alignment_engine::{Config, Options, analyze};
use alignment_model::{Severity, SourceFile, Sources};
use alignment_rules::RULES;

/// The line under "Its mirror" of a rule's page.
fn line(page: &str) -> &str {
    let after = page.split("\n## Its mirror\n\n").nth(1).unwrap_or("");
    after.lines().next().unwrap_or("")
}

/// The rule that a page names as its mirror, or the reason why there is none.
fn mirror(page: &str) -> Result<&str, &str> {
    let line = line(page);
    match line.strip_prefix("Mirror: `").and_then(|rest| rest.split('`').next()) {
        Some(name) => Ok(name),
        None => Err(line.strip_prefix("No mirror: ").unwrap_or("")),
    }
}

#[test]
fn every_rule_names_its_mirror_or_says_why_there_is_none() {
    let mut faults = Vec::new();
    for rule in RULES {
        let name = rule.meta.name;
        match mirror(rule.meta.page) {
            Ok(other) => match RULES.iter().find(|rule| rule.meta.name == other) {
                None => faults.push(format!("{name}: its mirror `{other}` is no rule")),
                Some(other) if mirror(other.meta.page) != Ok(name) => {
                    faults.push(format!("{name}: `{}` does not name it as its mirror", other.meta.name));
                }
                Some(_) => {}
            },
            Err(reason) if reason.split_whitespace().count() < 4 => {
                faults.push(format!("{name}: neither a mirror nor a reason: `{}`", line(rule.meta.page)));
            }
            Err(_) => {}
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Fields of the API's class and of the client's type, with the rule that tells it of an answer and the rule that tells it of a body;
/// `None` where the direction is fine.
struct Case {
    server: &'static str,
    client: &'static str,
    read: Option<&'static str>,
    write: Option<&'static str>,
}

const CASES: [Case; 7] = [
    Case {
        server: "size: int",
        client: "",
        read: Some("frontend-field-missing"),
        write: Some("frontend-optionality-drift"),
    },
    Case {
        server: "size: int | None",
        client: "size: number;",
        read: Some("frontend-nullability-drift"),
        write: None,
    },
    Case {
        server: "size: int",
        client: "size: number | null;",
        read: None,
        write: Some("frontend-nullability-drift"),
    },
    Case {
        server: "size: list[int]",
        client: "size: number;",
        read: Some("frontend-type-drift"),
        write: Some("frontend-type-drift"),
    },
    Case {
        server: "",
        client: "size: number;",
        read: Some("frontend-field-unknown"),
        write: Some("frontend-field-unknown"),
    },
    Case {
        server: "size: Literal[\"small\", \"wide\", \"huge\"]",
        client: "size: \"small\" | \"wide\";",
        read: Some("enum-value-missing-in-frontend"),
        write: None,
    },
    Case {
        server: "size: Literal[\"small\", \"wide\"]",
        client: "size: \"small\" | \"wide\" | \"huge\";",
        read: None,
        write: Some("enum-value-unknown-to-backend"),
    },
];

/// Rules that speak about the two declarations, if the operation answers (`reads`) or takes them.
fn told(case: &Case, reads: bool) -> BTreeSet<&'static str> {
    let (operation, call) = if reads {
        (
            "@app.get(\"/items\", response_model=Item)\ndef items():\n    return fetch()\n",
            "export const items = async (): Promise<Item> => (await fetch(\"/items\")).json() as Promise<Item>;\nexport const shown = (item: Item) => item.size.toString();\n",
        )
    } else {
        (
            "@app.post(\"/items\", status_code=204)\ndef items(item: Item) -> None:\n    keep(item)\n",
            "export const items = (item: Item) => fetch(\"/items\", { method: \"POST\", body: JSON.stringify(item) });\n",
        )
    };
    let server = format!(
        "from typing import Literal\n\nfrom fastapi import FastAPI\nfrom pydantic import BaseModel\n\napp = FastAPI()\n\n\nclass Item(BaseModel):\n    id: int\n    name: str\n    {}\n\n\n{operation}",
        case.server
    );
    let client =
        format!("export interface Item {{\n  id: number;\n  name: string;\n  {}\n}}\n\n{call}", case.client);
    let file = |path: &str, text: String| SourceFile { path: path.into(), text: text.into() };
    let sources = Sources::new(vec![file("app/main.py", server), file("web/items.ts", client)]);
    let findings = analyze(&sources, &Config::default(), Options::default()).analysis.findings;
    // What only informs is told of directions that break nothing, too.
    let known: BTreeSet<&str> = CASES.iter().flat_map(|case| [case.read, case.write]).flatten().collect();
    findings
        .iter()
        .filter(|finding| finding.severity > Severity::Info || finding.rule == "frontend-field-missing")
        .map(|finding| finding.rule)
        .filter(|rule| known.contains(rule))
        .collect()
}

#[test]
fn what_breaks_one_way_is_told_by_the_mirror_the_other_way() {
    for case in &CASES {
        let context = format!("`{}` and `{}`", case.server, case.client);
        assert_eq!(told(case, true), case.read.into_iter().collect(), "an answer: {context}");
        assert_eq!(told(case, false), case.write.into_iter().collect(), "a body: {context}");
        // Both directions of one case are told by one rule or by two that name each other.
        if let (Some(read), Some(write)) = (case.read, case.write) {
            let page = RULES.iter().find(|rule| rule.meta.name == read).map_or("", |rule| rule.meta.page);
            assert_eq!(mirror(page), Ok(write), "{context}");
        }
    }
}
