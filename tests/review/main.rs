//! Reviews of changed specs: prepared pull requests (`requests/`), formats, laws.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, reason = "a test fails by panicking")]

mod command;
mod formats;
mod hostile;
mod properties;
#[path = "../support/mod.rs"]
mod support;
