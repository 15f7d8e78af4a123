//! `alignment rule`: the page of a rule, or a table of all.

use std::io::{self, Write};

use alignment_engine::config::rule_named;
use alignment_report::Paint;
use alignment_rules::{RULES, RuleMeta};
use serde::Serialize;

use crate::args::{Global, RuleArgs, RuleFormat};
use crate::failure::Failure;
use crate::output;
use crate::run::Status;

/// Runs the command.
pub(crate) fn run(args: &RuleArgs, global: &Global) -> Result<Status, Failure> {
    let paint = Paint::new(output::color(global.color, Some(&args.output)));
    let wanted = match &args.name {
        Some(name) => Some(rule_named(name).map_err(|(message, help)| match help {
            Some(help) => Failure::new(message).hint(help),
            None => Failure::new(message),
        })?),
        None => None,
    };
    let rules: Vec<&RuleMeta> = RULES
        .iter()
        .map(|rule| &rule.meta)
        .filter(|meta| wanted.is_none_or(|name| name == meta.name))
        .collect();
    output::write(&args.output, |out| match (args.output_format, wanted.is_some()) {
        (RuleFormat::Json, _) => json(&rules, out),
        (_, true) => rules.iter().try_for_each(|meta| out.write_all(meta.page.as_bytes())),
        (RuleFormat::Markdown, false) => table(&rules, out),
        (RuleFormat::Text, false) => list(&rules, paint, out),
    })?;
    Ok(Status::Clean)
}

fn list(rules: &[&RuleMeta], paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let width = rules.iter().map(|meta| meta.name.len()).max().unwrap_or(0);
    let mut group = "";
    for meta in rules {
        if meta.group != group {
            let gap = if group.is_empty() { "" } else { "\n" };
            group = meta.group;
            writeln!(out, "{gap}{}", paint.bold(group))?;
        }
        let severity = paint.severity(meta.severity, &format!("{:<7}", meta.severity.key()));
        writeln!(out, "  {severity}  {:<width$}  {}", meta.name, meta.summary)?;
    }
    Ok(())
}

fn table(rules: &[&RuleMeta], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| rule | severity | group | what it reports |\n|---|---|---|---|")?;
    for meta in rules {
        writeln!(out, "| `{}` | {} | {} | {} |", meta.name, meta.severity, meta.group, meta.summary)?;
    }
    Ok(())
}

#[derive(Serialize)]
struct RuleJson {
    name: &'static str,
    group: &'static str,
    severity: &'static str,
    summary: &'static str,
    page: &'static str,
}

fn json(rules: &[&RuleMeta], out: &mut dyn Write) -> io::Result<()> {
    let rules: Vec<RuleJson> = rules
        .iter()
        .map(|meta| RuleJson {
            name: meta.name,
            group: meta.group,
            severity: meta.severity.key(),
            summary: meta.summary,
            page: meta.page,
        })
        .collect();
    serde_json::to_writer(&mut *out, &serde_json::json!({ "version": 1, "rules": rules }))?;
    writeln!(out)
}
