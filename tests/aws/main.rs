//! The AWS adapter over HTTP: against an emulator of IAM, with a proxy that misbehaves, and against answers as AWS documents them.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, reason = "a test fails by panicking")]

mod adapter;
mod before_writing;
mod check;
mod organization;
mod permissions;
#[path = "../support/mod.rs"]
mod support;
mod test_live;
