//! The workflows, the action and their scripts: pinned, without untrusted text in scripts, with no more rights than they need; and run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "gitops/scripts.rs"]
mod scripts;
#[path = "gitops/workflows.rs"]
mod workflows;

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
