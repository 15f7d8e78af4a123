//! A moment that travels as text to a client that says it has a `Date`.

use alignment_graph::{Link, LinkKind, Pair, is_generated};
use alignment_model::entity::{Field, FieldKind};
use alignment_model::{Direction, Severity};

use super::Definition;
use crate::compare::wire::Wire;
use crate::draft::Draft;
use crate::places::{count, entities, fields, is_shown, listed, quoted};
use crate::proofs;
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "date-typed-as-date",
    summary: "JSON carries days and moments as text, the client type says `Date`",
    group: "frontend",
    severity: Severity::Warning,
    check,
};

/// Properties that one finding shows.
const SHOWN: usize = 10;

fn check(context: &Context<'_>, findings: &mut Findings) {
    let revives = context.graph.project().moments.revived;
    for link in context.graph.links(LinkKind::Delivers).filter(|link| is_shown(link)) {
        let (schema, client) = entities(context, link);
        if is_generated(client) && link.passages.is_empty() || link.flow.read && revives {
            continue;
        }
        let wire = Wire::new(context.graph, schema);
        let mut texts: Vec<(&Pair, &Field)> = Vec::new();
        for pair in &link.pairs {
            let Some((field, property)) = fields(context, link, pair) else { continue };
            if property.kind == FieldKind::Method {
                continue;
            }
            let carried = if link.flow.read { field.sent_type() } else { &field.ty };
            match wire.moment(&carried.shape, &property.ty.shape) {
                Some(_) if link.flow.read => texts.push((pair, property)),
                Some(true) if link.flow.write => findings.add(sent(context, link, pair, (field, property))),
                _ => {}
            }
        }
        if let Some(&(_, first)) = texts.first() {
            findings.add(read(context, link, &texts, first));
        }
    }
}

/// One finding for a type: who wrote one `Date` wrote them all.
fn read(context: &Context<'_>, link: &Link, texts: &[(&Pair, &Field)], first: &Field) -> Draft {
    let (schema, client) = entities(context, link);
    let names = listed(texts.iter().map(|(_, property)| &*property.name));
    let message = format!(
        "`{}` says `Date` for {}, which {} as text from `{}`: {names}",
        client.name,
        count(texts.len(), "field"),
        if texts.len() == 1 { "comes" } else { "come" },
        schema.name
    );
    let draft = Draft::over(context, link, Severity::Warning, message)
        .direction(Direction::Read)
        .help("declare `string`, and make a `Date` of it where one is needed")
        .gathers_of(&client.name, texts.iter().map(|(_, property)| &*property.name))
        .witness(format!(
            "`{{\"{0}\": \"2026-01-31...\"}}` arrives; `x.{0}.getTime` is not a function",
            first.name
        ))
        .proof(proofs::answer(
            client,
            texts.iter().map(|(_, property)| (*property, Some("\"2026-01-31\"".to_owned()))),
        ));
    texts.iter().take(SHOWN).fold(draft, |draft, (pair, _)| {
        let draft = draft.field(context, link.upper, pair.upper, "text arrives here");
        draft.field(context, link.lower, pair.lower, "text on the wire")
    })
}

/// `JSON.stringify` makes a moment of a `Date`, and a day takes none but midnight (Pydantic 2, "Standard Library Types", `date`).
fn sent(context: &Context<'_>, link: &Link, pair: &Pair, (field, property): (&Field, &Field)) -> Draft {
    let (schema, client) = entities(context, link);
    let message = format!(
        "{} is a `Date` and is sent as a moment, {} takes a day: any but midnight in UTC fails with 422",
        quoted(client, property),
        quoted(schema, field)
    );
    Draft::over_pair(context, link, pair, Severity::Warning, message)
        .direction(Direction::Write)
        .help("send the day as text: `YYYY-MM-DD`")
        .witness(format!("the body `{{\"{}\": \"2026-01-31T13:45:00.000Z\"}}` is refused", property.name))
        .field(context, link.upper, pair.upper, "sent as a moment")
        .field(context, link.lower, pair.lower, "takes a day")
}
