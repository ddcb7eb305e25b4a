//! The `iamctl` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    iamctl::cli::run(std::env::args_os()).into()
}
