//! `iamctl fleet`: what several machines planned, as one.

use crate::cli::args::{FleetArgs, FleetCommand};
use crate::cli::{CliError, Context, Exit, fleet};

/// Runs the command.
pub fn run(context: &Context, args: &FleetArgs) -> Result<Exit, CliError> {
    match &args.command {
        FleetCommand::Report(args) => fleet::join(context, args),
    }
}
