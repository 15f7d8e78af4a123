//! Alembic: revision files -> the revision graph and the schema that they make.
//!
//! | module | purpose |
//! |---|---|
//! | `revision` | which files are revisions |
//! | `trees` | which of them are applied together |
//! | `env` | what `env.py` gives to Alembic |
//! | `graph` | the order of application, and what is broken |
//! | `continuations` | which tree goes on where another ends |
//! | `orders` | what another order would make of a tree, to measure what the graph is worth |
//! | `replay` | one tree from its first revision to its heads, each `upgrade()` followed by `database::interpreter` |

mod continuations;
#[cfg(test)]
mod doubt_tests;
mod env;
#[cfg(test)]
mod event_tests;
mod graph;
pub mod orders;
mod replay;
mod revision;
#[cfg(test)]
mod tests;
mod trees;

pub(crate) use replay::{Replay, replays};
pub(crate) use revision::is_revision;
pub(crate) use trees::{is_aside, join_path};
