//! `iamctl render`: the specs of an account written out, without templates, parts and variables; offline.

use crate::cli::args::RenderArgs;
use crate::cli::flow::SpecSet;
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::import::spec_text;
use crate::spec;

/// Runs the command.
pub fn run(context: &Context, args: &RenderArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, None)?;
    let specs = SpecSet::load(&session, &args.paths);
    let (_, resolved) = specs.resolve_offline(context, &session, None)?;
    context.terminal.out(&spec_text(&spec::render(&resolved, &session.member())))?;
    Ok(Exit::FINE)
}
