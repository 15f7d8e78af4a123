//! What a schema's name says about its part: `UserCreate`, `CreateUserRequest`, `UserRead` and `IUserDto` are about `User`.
//!
//! A name is only ever a sign. Links use it together with `from_attributes` and common fields, and directions are read
//! off it only where no route says them.

use alignment_model::Direction;
use alignment_model::name::words;

/// Words that end (or begin) a schema's name and say what it is for, with the direction they speak of. The customs of
/// FastAPI's, SQLModel's and Pydantic's documentation, and of hand-written clients (`I` before, `Dto` behind).
const ROLES: &[(&str, Option<Direction>)] = &[
    ("response", Some(Direction::Read)),
    ("resp", Some(Direction::Read)),
    ("read", Some(Direction::Read)),
    ("out", Some(Direction::Read)),
    ("output", Some(Direction::Read)),
    ("public", Some(Direction::Read)),
    ("detail", Some(Direction::Read)),
    ("details", Some(Direction::Read)),
    ("view", Some(Direction::Read)),
    ("result", Some(Direction::Read)),
    ("info", Some(Direction::Read)),
    ("summary", Some(Direction::Read)),
    ("snapshot", Some(Direction::Read)),
    ("create", Some(Direction::Write)),
    ("update", Some(Direction::Write)),
    ("upsert", Some(Direction::Write)),
    ("patch", Some(Direction::Write)),
    ("request", Some(Direction::Write)),
    ("req", Some(Direction::Write)),
    ("input", Some(Direction::Write)),
    ("in", Some(Direction::Write)),
    ("payload", Some(Direction::Write)),
    ("form", Some(Direction::Write)),
    ("base", None),
    ("schema", None),
    ("model", None),
    ("dto", None),
    ("data", None),
    ("db", None),
    ("type", None),
    ("full", None),
    ("orm", None),
];

/// Words that can stand before the name of the thing: `CreateUser`, `IUser`.
const LEADING: &[&str] = &["create", "update", "patch", "upsert", "get", "read", "new", "i", "base", "api"];

/// Words that name a wrapper around the thing: a list, page or batch is looked through, never compared with the thing.
const WRAPPERS: &[&str] =
    &["list", "page", "paged", "paginated", "pagination", "batch", "bulk", "collection", "envelope"];

/// One way to read a name: what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The words of the thing, joined by `_`, as [`NameKey`](alignment_model::name::NameKey) does.
    pub(crate) stem: String,
    /// The whole name, without a role taken off.
    pub(crate) exact: bool,
}

/// Every way to read a name, the longest first: the whole, then with one role after another taken off both ends.
pub(crate) fn readings(name: &str) -> Vec<Reading> {
    let all = words(name);
    let mut out = vec![Reading { stem: all.join("_"), exact: true }];
    let mut rest = all.as_slice();
    while let Some((last, shorter)) = rest.split_last()
        && !shorter.is_empty()
        && role(last).is_some()
    {
        rest = shorter;
        push(&mut out, rest);
        if let Some((first, inner)) = rest.split_first()
            && !inner.is_empty()
            && LEADING.contains(&first.as_str())
        {
            push(&mut out, inner);
        }
    }
    if let Some((first, inner)) = all.split_first()
        && !inner.is_empty()
        && LEADING.contains(&first.as_str())
    {
        push(&mut out, inner);
    }
    out
}

fn push(out: &mut Vec<Reading>, words: &[String]) {
    let reading = Reading { stem: words.join("_"), exact: false };
    if !out.iter().any(|other| other.stem == reading.stem) {
        out.push(reading);
    }
}

/// The direction a name speaks of: that of its last role word, or of a leading verb.
pub fn direction(name: &str) -> Option<Direction> {
    let words = words(name);
    let behind = words.iter().rev().map_while(|word| role(word)).flatten().next();
    let before = || match words.first()?.as_str() {
        "create" | "update" | "patch" | "upsert" | "new" => Some(Direction::Write),
        "read" | "get" => Some(Direction::Read),
        _ => None,
    };
    behind.or_else(before)
}

/// Whether a name says that it wraps others: `UserListResponse`, `PaginatedUsers`, `BatchCreateRequest`.
pub fn is_wrapper(name: &str) -> bool {
    words(name).iter().any(|word| WRAPPERS.contains(&word.as_str()))
}

fn role(word: &str) -> Option<Option<Direction>> {
    ROLES.iter().find(|(name, _)| *name == word).map(|(_, direction)| *direction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(name: &str) -> Vec<String> {
        readings(name).into_iter().map(|reading| reading.stem).collect()
    }

    #[test]
    fn roles_come_off_both_ends() {
        assert_eq!(stems("SurveyResponse"), ["survey_response", "survey"]);
        assert_eq!(
            stems("CreateUserRequest"),
            ["create_user_request", "create_user", "user", "user_request"]
        );
        assert_eq!(stems("IUserDto"), ["i_user_dto", "i_user", "user", "user_dto"]);
        assert_eq!(stems("UserReadDetail"), ["user_read_detail", "user_read", "user"]);
        assert_eq!(stems("Response"), ["response"]);
    }

    #[test]
    fn the_last_role_says_the_direction() {
        for (name, expected) in [
            ("UserCreate", Some(Direction::Write)),
            ("UserUpdateResponse", Some(Direction::Read)),
            ("CreateUser", Some(Direction::Write)),
            ("UserBase", None),
            ("User", None),
        ] {
            assert_eq!(direction(name), expected, "{name}");
        }
    }

    #[test]
    fn wrappers_are_known_by_their_words() {
        assert!(is_wrapper("UserListResponse") && is_wrapper("PaginatedUsers"));
        assert!(!is_wrapper("Listing") && !is_wrapper("UserResponse"));
    }
}
