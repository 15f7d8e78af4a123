//! From what a rule asks for to text: remedies of findings as edits of files, each in the style of its file.
//!
//! A file that cannot be read without doubt is never changed: one with a mistake in its syntax, one that a tool has written, one outside
//! the folder that is analysed. Where one change of a remedy has no sure place, there is no fix.
//!
//! Deliberately absent: writing. [`plan`] applies edits to texts in memory and analyses the result.

mod locate;
mod page;
mod plan;
mod python;
mod revision;
mod sql;
mod table;
mod typescript;

use std::collections::HashMap;

use alignment_frameworks::typescript::is_written_by_tool;
use alignment_model::code::{Bodies, Language};
use alignment_model::finding::Finding;
use alignment_model::fix::{Change, Edit, Fix, Remedy};
use alignment_model::project::Project;
use alignment_model::{FileId, ProblemKind, Sources};
use alignment_syntax::{Lowerer, language_of};

pub use plan::{Change as FileChange, Plan, Withheld, plan};

use page::Page;

/// Gives each finding the fix that its remedy is in this repository.
pub(crate) fn place(findings: &mut [Finding], sources: &Sources, project: &Project) {
    let mut desk = Desk { sources, project, lowerer: Lowerer::new(), pages: HashMap::new() };
    for finding in findings {
        finding.fix = finding.remedy.as_ref().and_then(|remedy| desk.fix(remedy));
        for symptom in &mut finding.symptoms {
            symptom.fix = symptom.remedy.as_ref().and_then(|remedy| desk.fix(remedy));
        }
    }
}

/// Files that were opened, each once.
struct Desk<'s> {
    sources: &'s Sources,
    project: &'s Project,
    lowerer: Lowerer,
    /// `None` for one that is not to be changed.
    pages: HashMap<FileId, Option<Page<'s>>>,
}

impl Desk<'_> {
    fn fix(&mut self, remedy: &Remedy) -> Option<Fix> {
        let (mut edits, mut steps) = (Vec::new(), Vec::new());
        for change in &remedy.changes {
            match change {
                Change::Migrate { source, step } => steps.push((*source, step)),
                Change::DeclareColumn { table, column } => {
                    let having = self.project.entity(column.entity);
                    let column = having.fields.get(column.field as usize)?;
                    edits.extend(sql::add_column(self.sources, self.project.entity(*table), column)?);
                }
                other => edits.extend(self.edits(other)?),
            }
        }
        edits.sort();
        let new_files = revision::drafts(self.sources, self.project, &steps)?;
        Some(Fix { title: remedy.title.clone(), edits, new_files })
    }

    fn edits(&mut self, change: &Change) -> Option<Vec<Edit>> {
        let (sources, span) = (self.sources, place_of(change)?);
        let (page, at) = (self.page(span.file)?, span.range.start);
        match (change, page.facts.language) {
            (Change::AllowNull(_), Language::Python) => python::allow_none(page, sources, at),
            (Change::AllowNull(_), _) => typescript::allow_null(page, at),
            (Change::AddMembers { members, names, .. }, Language::Python) => {
                python::add_members(page, sources, at, members, names)
            }
            (Change::AddMembers { members, names, .. }, _) => {
                typescript::add_members(page, at, members, names)
            }
            (Change::StoreValues { enumeration, .. }, Language::Python) => {
                python::store_values(page, at, enumeration)
            }
            (Change::UnquoteDefault { stored, plain, .. }, Language::Python) => {
                python::unquote(page, at, stored, plain)
            }
            _ => None,
        }
    }

    /// A file that may be changed.
    fn page(&mut self, file: FileId) -> Option<&Page<'_>> {
        let (sources, lowerer) = (self.sources, &mut self.lowerer);
        self.pages.entry(file).or_insert_with(|| open(sources, lowerer, file)).as_ref()
    }
}

fn place_of(change: &Change) -> Option<alignment_model::Span> {
    match change {
        Change::AllowNull(span)
        | Change::AddMembers { owner: span, .. }
        | Change::StoreValues { attribute: span, .. }
        | Change::UnquoteDefault { attribute: span, .. } => Some(*span),
        Change::DeclareColumn { .. } | Change::Migrate { .. } => None,
    }
}

fn open<'s>(sources: &'s Sources, lowerer: &mut Lowerer, file: FileId) -> Option<Page<'s>> {
    let source = sources.get(file);
    language_of(&source.path)?;
    let facts = lowerer.lower(file, &source.path, &source.text, Bodies::Omitted);
    let broken = facts.problems.iter().any(|problem| problem.kind == ProblemKind::Syntax);
    let outside = source.path.starts_with('/') || source.path.split('/').any(|part| part == "..");
    let writable = !broken && !outside && !is_written_by_tool(&source.path, &facts.header);
    writable.then_some(Page { file, text: &source.text, facts })
}
