//! A column that holds a hash or a key, in an answer of the API.

use alignment_model::entity::{Entity, EntityId};
use alignment_model::name::words;
use alignment_model::{Direction, Severity};

use super::Definition;
use crate::draft::Draft;
use crate::places::quoted;
use crate::responses::{Read, reads};
use crate::{Context, Findings};

pub(super) const RULE: Definition = Definition {
    name: "sensitive-field-exposed",
    summary: "a response carries a password hash or a stored key",
    group: "schema",
    severity: Severity::Error,
    check,
};

/// What a column keeps secret, by its name. Only names that say both what is kept and how: `token` or `secret` alone may be what the
/// client asked for.
const SECRETS: &[(&[&str], Secret)] = &[
    (&["hashed", "password"], Secret::PasswordHash),
    (&["password", "hash"], Secret::PasswordHash),
    (&["password", "digest"], Secret::PasswordHash),
    (&["password", "salt"], Secret::PasswordHash),
    (&["encrypted", "password"], Secret::PasswordHash),
    (&["hashed", "api", "key"], Secret::Hash),
    (&["api", "key", "hash"], Secret::Hash),
    (&["client", "secret", "hash"], Secret::Hash),
    (&["token", "hash"], Secret::Hash),
    (&["refresh", "token", "hash"], Secret::Hash),
    (&["private", "key"], Secret::Key),
    (&["secret", "key"], Secret::Key),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Secret {
    /// The hash of a password: no client has a use for it.
    PasswordHash,
    /// The hash of a key or token.
    Hash,
    /// A key itself, which the request that makes it may answer with on purpose.
    Key,
}

fn check(context: &Context<'_>, findings: &mut Findings) {
    for read in reads(context) {
        let Some(operation) = context.graph.reach(read.link.upper).read else { continue };
        let told = read.attribute.wire_name.is().unwrap_or(&read.attribute.name);
        if let Some(secret) = secret(told).filter(|secret| is_sent(context, &read, *secret, operation)) {
            let operation = context.graph.project().entity(operation);
            findings.add(draft(context, &read, secret, operation));
        }
    }
}

fn secret(name: &str) -> Option<Secret> {
    let words = words(name);
    SECRETS.iter().find(|(secret, _)| words == *secret).map(|(_, secret)| *secret)
}

/// Whether the value itself travels: not left out, not masked by a serializer or by Pydantic's `SecretStr`.
fn is_sent(context: &Context<'_>, read: &Read<'_>, secret: Secret, operation: EntityId) -> bool {
    let field = read.field;
    let masked = field.excluded || field.sent.is_some() || field.ty.written.contains("Secret");
    let Some(operation) = context.graph.project().entity(operation).operation() else { return false };
    let asked = secret != Secret::Key || &*operation.method == "GET";
    !masked && asked && !operation.response_excludes.fields
}

fn draft(context: &Context<'_>, read: &Read<'_>, secret: Secret, operation: &Entity) -> Draft {
    let Read { link, pair, model, attribute, schema, field } = *read;
    let (severity, what, example) = match secret {
        Secret::PasswordHash => (Severity::Error, "the hash of a password", "$2b$12$Kix..."),
        Secret::Hash => (Severity::Warning, "the hash of a secret", "9f86d081884c..."),
        Secret::Key => (Severity::Warning, "a key", "-----BEGIN..."),
    };
    let message = format!(
        "`{}` answers with {what}: {} carries {}",
        operation.name,
        quoted(schema, field),
        quoted(model, attribute)
    );
    Draft::over_pair(context, link, pair, severity, message)
        .direction(Direction::Read)
        .help(format!(
            "take `{}` out of `{}`, or answer with a schema that lacks it",
            field.name, schema.name
        ))
        .witness(format!("`{}` answers `{{\"{}\": \"{example}\"}}`", operation.name, field.name))
        .field(context, link.upper, pair.upper, "sent from here")
        .field(context, link.lower, pair.lower, "kept secret here")
}
