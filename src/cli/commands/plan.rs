//! `iamctl plan`.

use crate::cli::args::PlanArgs;
use crate::cli::{CliError, Context, Exit};

/// Runs the command.
pub fn run(_: &Context, _: &PlanArgs) -> Result<Exit, CliError> {
    Err(super::unavailable("plan"))
}
