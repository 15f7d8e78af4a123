//! A metadata without a naming convention under migrations.

use alignment_model::finding::End;
use alignment_model::project::{Metadata, SourceKind};
use alignment_model::{Layer, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::persistence::Persistence;
use crate::places::count;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "missing-naming-convention",
    summary: "models under Alembic have no naming convention for constraints",
    group: "orm",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let project = context.graph.project();
    if !project.database_sources.iter().any(|source| source.kind == SourceKind::Alembic) {
        return;
    }
    let persistence = Persistence::new(context);
    for metadata in &project.metadata {
        let migrated = persistence.manages(metadata.declaration.as_ref());
        if migrated && metadata.models > 0 && metadata.has_naming_convention.is_no() {
            findings.add(draft(metadata));
        }
    }
}

fn draft(metadata: &Metadata) -> Draft {
    let message = format!(
        "`{}` has no naming convention: autogenerate writes `None` for constraints of its {}, and a downgrade cannot drop them",
        metadata.name,
        count(metadata.models, "model")
    );
    Draft::new(Severity::Warning, message)
        .help("give it `metadata = MetaData(naming_convention={\"ix\": ..., \"uq\": ..., \"ck\": ..., \"fk\": ..., \"pk\": ...})`")
        .place(End {
            layer: Layer::Orm,
            entity: metadata.name.to_string(),
            qualname: metadata.declaration.as_ref().map_or(&metadata.name, |key| &key.path).to_string(),
            table: None,
            field: None,
            label: "constraints get no names here".to_owned(),
            span: metadata.span, is_use: false,
        })
}
