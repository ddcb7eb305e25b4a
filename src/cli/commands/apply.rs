//! `iamctl apply`.

use crate::cli::args::ApplyArgs;
use crate::cli::{CliError, Context, Exit};

/// Runs the command.
pub fn run(_: &Context, _: &ApplyArgs) -> Result<Exit, CliError> {
    Err(super::unavailable("apply"))
}
