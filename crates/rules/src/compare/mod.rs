//! What two contracts have to do with each other, once for all rules.
//!
//! | module | compares |
//! |---|---|
//! | `labels` | what an enumeration of the models stores with what the column takes |
//! | `lax` | what Pydantic does with an object of another type |
//! | `literals` | defaults of SQL and Python |
//! | `dialects` | column types of two dialects |
//! | `null` | who may say null against who cannot take it, by direction |
//! | `sql` | database types with database types |
//! | `values` | closed sets of values with each other |
//! | `wire` | what JSON carries with what the client declares |
//!
//! Every function here is silent (`None`) where one side is not known.

pub(crate) mod dialects;
pub(crate) mod labels;
pub(crate) mod lax;
pub(crate) mod literals;
pub(crate) mod null;
pub(crate) mod sql;
pub(crate) mod values;
pub(crate) mod wire;
