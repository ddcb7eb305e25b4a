//! A whole organisation as one project.

mod accounts;
mod applies;
mod ceiling;
mod crossing;
mod engines;
mod plans;
mod tested;

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs the binary in a directory: exit code, standard output, standard error.
pub fn run(directory: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_iamctl")).current_dir(directory).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A directory with these files.
pub fn files(list: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in list {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}
