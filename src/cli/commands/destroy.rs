//! `iamctl destroy`.

use crate::cli::args::DestroyArgs;
use crate::cli::{CliError, Context, Exit};

/// Runs the command.
pub fn run(_: &Context, _: &DestroyArgs) -> Result<Exit, CliError> {
    Err(super::unavailable("destroy"))
}
