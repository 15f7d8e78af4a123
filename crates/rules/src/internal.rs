//! Columns that are kept for the application itself, so that nobody misses them in an answer: secrets, housekeeping, what only the
//! database works with, and whose a row is.
//!
//! Names are read by their words. A name that is in no list here is taken for data.

use alignment_model::entity::Field;
use alignment_model::name::words;
use alignment_model::shape::Shape;

/// Words of texts that are secret, or prove that another text was not changed.
const SECRET: &[&str] = &[
    "password",
    "passwd",
    "hash",
    "hashed",
    "secret",
    "secrets",
    "token",
    "tokens",
    "salt",
    "otp",
    "totp",
    "key",
    "keys",
    "credential",
    "credentials",
    "encrypted",
    "cipher",
    "ciphertext",
    "signature",
    "nonce",
    "checksum",
    "digest",
    "fingerprint",
    "etag",
];

/// Words of columns by which the application does its own work.
const WORKING: &[&str] = &[
    "deleted",
    "revoked",
    "embedding",
    "embeddings",
    "vector",
    "tsv",
    "tsvector",
    "search",
    "internal",
    "legacy",
    "deprecated",
    "lock",
    "locked",
    "lease",
    "heartbeat",
    "celery",
    "worker",
    "retry",
    "retries",
    "attempt",
    "attempts",
    "traceback",
    "stacktrace",
    "reminder",
    "reminders",
    "sent",
    "notified",
    "synced",
];

/// Words of columns that nearly every table has, to tell when a row was made and how often it was changed.
const BOOKKEEPING: &[&str] = &["created", "updated", "modified", "inserted", "version", "revision"];

/// Words of keys that say whose a row is: whoever asks has come through the owner.
const OWNERS: &[&str] = &[
    "user",
    "owner",
    "author",
    "creator",
    "organization",
    "organisation",
    "org",
    "workspace",
    "tenant",
    "project",
    "account",
    "company",
    "team",
];

/// Whether a column holds a secret, by its name, or a part of one.
pub(crate) fn is_secret(column: &Field) -> bool {
    let may_be_text = !matches!(
        column.ty.shape,
        Shape::Bool | Shape::Int(_) | Shape::Float | Shape::Decimal | Shape::Date | Shape::DateTime(_)
    );
    may_be_text && has(column, SECRET)
}

/// Whether a column is kept for the application itself.
pub(crate) fn is_internal(column: &Field) -> bool {
    let database_only = matches!(column.ty.shape, Shape::Bytes | Shape::Vector)
        || column.ty.sql.as_ref().is_some_and(|sql| matches!(&*sql.base, "tsvector" | "ltree"));
    column.column.primary_key
        || column.column.generated.is_generated()
        || column.name.starts_with('_')
        || database_only
        || has(column, WORKING)
        || has(column, BOOKKEEPING)
        || is_secret(column)
}

/// Whether a column says whose a row is, or who did something to it.
pub(crate) fn is_owner(column: &Field) -> bool {
    has(column, OWNERS) || has(column, &["by"])
}

fn has(column: &Field, list: &[&str]) -> bool {
    words(&column.name).iter().any(|word| list.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alignment_model::entity::FieldKind;
    use alignment_model::{FileId, Span};

    fn column(name: &str, shape: Shape) -> Field {
        let mut field = Field::new(name, FieldKind::Column, Span::file_start(FileId::new(0)));
        field.ty.shape = shape;
        field
    }

    #[test]
    fn secrets_are_texts() {
        for name in ["hashed_password", "api_key", "client_secret_hash", "refreshToken", "totp_secret"] {
            assert!(is_secret(&column(name, Shape::Text)), "{name}");
        }
        // Counters and flags about secrets, and words that only contain one.
        assert!(!is_secret(&column("max_tokens", Shape::Int(Some(32)))));
        assert!(!is_secret(&column("has_password", Shape::Bool)));
        assert!(!is_secret(&column("keyboard", Shape::Text)));
    }

    #[test]
    fn the_applications_own_columns_are_known_by_name_or_type() {
        for name in ["deleted_at", "is_deleted", "created_at", "lock_version", "search_vector", "_cache"] {
            assert!(is_internal(&column(name, Shape::Text)), "{name}");
        }
        assert!(is_internal(&column("thumbnail", Shape::Bytes)));
        assert!(is_internal(&column("topic", Shape::Vector)));
        for name in ["title", "completed_at", "provides_supervision", "unlocks"] {
            assert!(!is_internal(&column(name, Shape::Text)), "{name}");
        }
    }

    #[test]
    fn owners_are_whom_a_row_belongs_to() {
        for name in ["user_id", "tenant_id", "organization_id", "invited_by", "approved_by_id"] {
            assert!(is_owner(&column(name, Shape::Uuid)), "{name}");
        }
        assert!(!is_owner(&column("activity_id", Shape::Uuid)));
    }
}
