//! `iamctl render`: the specs of an account written out, without templates, parts and variables; offline.

use crate::cli::args::RenderArgs;
use crate::cli::flow::SpecSet;
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::import::{Yaml, document_text};
use crate::spec;
use crate::spec::vars::literal;

/// Runs the command.
pub fn run(context: &Context, args: &RenderArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, None)?;
    let specs = SpecSet::load(&session, &args.paths);
    let (_, resolved) = specs.resolve_offline(context, &session, None)?;
    let rendered = spec::render(&resolved, &session.account.name);
    let Yaml::Map(entries) = Yaml::from_json(&rendered, &literal) else { return Ok(Exit::FINE) };
    context.terminal.out(&document_text(&entries, 0))?;
    Ok(Exit::FINE)
}
