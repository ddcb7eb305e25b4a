//! `iamctl validate`.

use crate::cli::args::ValidateArgs;
use crate::cli::{CliError, Context, Exit};

/// Runs the command.
pub fn run(_: &Context, _: &ValidateArgs) -> Result<Exit, CliError> {
    Err(super::unavailable("validate"))
}
