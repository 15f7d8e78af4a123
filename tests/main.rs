//! The one integration target: Markdown tests, checks of the source itself, determinism and mutation.
//!
//! `tests/kit` reads the Markdown format; its header says what the format is.

mod cli;
mod comparison;
mod determinism;
mod fix;
mod formats;
mod gate;
mod kit;
mod markdown;
mod mirrors;
mod mutation;
mod oracle;
mod readme;
mod shop;
mod tidy;
mod ways_in;
