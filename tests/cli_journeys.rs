//! Whole journeys of a user through the binary: the repository's own specs, drift, killed runs, saved plans, refusals, output.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "cli_journeys/aws_policies.rs"]
mod aws_policies;
#[path = "cli_journeys/drift.rs"]
mod drift;
#[path = "cli_journeys/edits.rs"]
mod edits;
#[cfg(feature = "aws")]
#[path = "cli_journeys/faults.rs"]
mod faults;
#[path = "cli_journeys/first_steps.rs"]
mod first_steps;
#[cfg(feature = "aws")]
#[path = "cli_journeys/importing.rs"]
mod importing;
#[path = "cli_journeys/killed.rs"]
mod killed;
#[cfg(feature = "aws")]
#[path = "support/moto.rs"]
mod moto;
#[cfg(feature = "aws")]
#[path = "support/odd_account.rs"]
mod odd_account;
#[path = "cli_journeys/output.rs"]
mod output;
#[path = "support/project.rs"]
mod project;
#[cfg(feature = "aws")]
#[path = "support/proxy.rs"]
mod proxy;
#[path = "cli_journeys/rollback.rs"]
mod rollback;
#[path = "cli_journeys/saved.rs"]
mod saved;
#[path = "cli_journeys/versions.rs"]
mod versions;
#[cfg(feature = "aws")]
#[path = "cli_journeys/wire.rs"]
mod wire;

use std::fs;
use std::path::Path;

use project::Project;

/// A test on an account that is a file and on one of the emulator.
macro_rules! on_both {
    ($($name:ident($project:ident, $id:literal) $body:block)+) => {
        $(mod $name {
            use super::*;

            fn body($project: Project) $body

            #[test]
            fn embedded() {
                body(Project::embedded());
            }

            #[test]
            #[cfg(feature = "aws")]
            fn moto() {
                body(Project::moto($id));
            }
        })+
    };
}
use on_both;

/// Copies a directory of this repository into a project.
fn copy(project: &Project, from: &str) {
    fn walk(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                walk(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(from), &project.path().join(from));
}
