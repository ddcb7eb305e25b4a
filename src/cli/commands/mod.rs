//! One file for each command.

pub mod apply;
pub mod completions;
pub mod destroy;
pub mod explain;
pub mod init;
pub mod plan;
pub mod schema;
pub mod snapshot;
pub mod validate;

use super::CliError;

/// The error of a command that this build lacks.
fn unavailable(command: &str) -> CliError {
    CliError::failed(format!("`iamctl {command}` is not part of this build"))
}
