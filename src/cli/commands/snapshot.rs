//! `iamctl snapshot`.

use crate::cli::args::SnapshotArgs;
use crate::cli::{CliError, Context, Exit};

/// Runs the command.
pub fn run(_: &Context, _: &SnapshotArgs) -> Result<Exit, CliError> {
    Err(super::unavailable("snapshot"))
}
