//! Whole journeys of a user through the binary: the repository's own specs, drift, killed runs, saved plans, refusals, output.

#[cfg(feature = "aws")]
mod at_once;
mod aws_policies;
mod drift;
mod edits;
#[cfg(feature = "aws")]
mod every_fault;
#[cfg(feature = "aws")]
mod faults;
mod first_steps;
#[cfg(feature = "aws")]
mod importing;
mod killed;
mod output;
mod rollback;
mod saved;
mod versions;
#[cfg(feature = "aws")]
mod wire;

use std::fs;
use std::path::Path;

use crate::support::project::{self, Project};

use crate::support::on_both;

/// Copies a directory of this repository into a project.
fn copy(project: &Project, from: &str) {
    copy_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join(from), &project.path().join(from));
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
