//! Sessions and queries: `session.get(Model, id)`, `session.query(Model).filter(...).first()`,
//! `session.execute(select(Model)).scalars().all()`, `session.exec(select(Model)).first()`.
//!
//! A session is told by what it is asked for: no other object takes a mapped class or a `select()` for its first argument.

use super::flow::Flow;
use super::types::{Key, Type};

/// Methods of `Query` and `Select` that give the same again (SQLAlchemy 2.0, "Query API", "SELECT and Related Constructs").
const REFINING: &[&str] = &[
    "distinct",
    "enable_eagerloads",
    "execution_options",
    "filter",
    "filter_by",
    "group_by",
    "having",
    "join",
    "limit",
    "offset",
    "options",
    "order_by",
    "outerjoin",
    "populate_existing",
    "select_from",
    "slice",
    "where",
    "with_for_update",
    "yield_per",
];

impl Flow<'_, '_, '_> {
    /// What a method of a session, query or result gives.
    pub(super) fn query_method(&self, receiver: &Type, method: &str, arguments: &[Type]) -> Option<Type> {
        let object = |key: &Key| Some(Type::Object(key.clone()));
        let list = |key: &Key| Some(Type::list(Type::Object(key.clone())));
        match (receiver, method) {
            (Type::Query(_) | Type::Select(_), _) if REFINING.contains(&method) => Some(receiver.clone()),
            (Type::Query(key), "first" | "one" | "one_or_none" | "get" | "scalar") => object(key),
            (Type::Query(key), "all") => list(key),
            (Type::Rows(key), "scalars") => Some(Type::Scalars(key.clone())),
            (Type::Rows(key), "scalar" | "scalar_one" | "scalar_one_or_none") => object(key),
            (Type::Scalars(key), "first" | "one" | "one_or_none") => object(key),
            (Type::Scalars(key), "all" | "fetchall" | "fetchmany") => list(key),
            (Type::Rows(_) | Type::Scalars(_), "unique") => Some(receiver.clone()),
            (Type::Query(_) | Type::Select(_) | Type::Rows(_) | Type::Scalars(_), _) => Some(Type::Unknown),
            (Type::Unknown | Type::Object(_), _) => self.session_method(method, arguments),
            _ => None,
        }
    }

    fn session_method(&self, method: &str, arguments: &[Type]) -> Option<Type> {
        match (method, arguments) {
            ("get" | "get_one", [Type::Class(key), _, ..]) if self.context.is_model(key) => {
                Some(Type::Object(key.clone()))
            }
            ("query", [Type::Class(key)]) if self.context.is_model(key) => Some(Type::Query(key.clone())),
            ("exec" | "scalars" | "stream_scalars", [Type::Select(key), ..]) => {
                Some(Type::Scalars(key.clone()))
            }
            ("execute" | "stream", [Type::Select(key), ..]) => Some(Type::Rows(key.clone())),
            ("scalar", [Type::Select(key), ..]) => Some(Type::Object(key.clone())),
            _ => None,
        }
    }
}
