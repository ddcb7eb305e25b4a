//! The binary as users run it, on accounts that are files and on the emulator.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, reason = "a test fails by panicking")]

mod access;
mod catalogue_lazily;
mod check;
mod check_roles;
mod conformance;
mod data;
mod documentation;
mod every_account;
mod examples;
mod fleet;
mod forbid;
mod generated;
mod gitops;
mod graph;
mod import_account;
mod import_files;
mod import_shorter;
mod journeys;
mod lifetimes;
mod lint;
mod mistakes;
mod output_schemas;
mod ownership;
mod questions;
mod regressions;
mod release;
mod require;
mod second_word;
mod seeds;
#[path = "../support/mod.rs"]
mod support;
mod usage;
