//! A test in a process of its own: with another environment, or with nothing that other tests of the binary left in memory.

use std::process::Command;

/// This test binary, to run one test (`concat!(module_path!(), "::NAME")`), be it ignored or not.
pub fn command(test: &str) -> Command {
    let (_, name) = test.split_once("::").unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--include-ignored", "--nocapture"]);
    command
}
