//! `iamctl validate`: parse, references, document grammar, known limits; offline.

use crate::cli::args::{Format, ValidateArgs};
use crate::cli::flow::{SpecSet, Unknown};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::diag::Severity;
use crate::report;

/// Runs the command.
pub fn run(context: &Context, args: &ValidateArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, None)?;
    let specs = SpecSet::load(&session, &args.paths);
    let unknown = if session.is_embedded() { Unknown::Error } else { Unknown::Warning };
    let identity = session.offline_identity();
    let caller = crate::cli::flow::root_of(&identity);
    let resolved = specs.problems_or_resolved(&session, &identity, Some(&caller), None, unknown);
    let (problems, count) = match resolved {
        Ok(resolved) => (resolved.warnings, resolved.desired.addresses().len()),
        Err(problems) => (problems, 0),
    };
    let errors = problems.iter().any(|p| p.severity == Severity::Error);
    match args.format {
        Format::Json => context.terminal.out(&report::diagnostics_json(&problems))?,
        Format::Text => {
            context.terminal.out(&report::diagnostics_text(&problems, context.terminal.paint()))?;
            if !errors {
                let noun = if count == 1 { "entity" } else { "entities" };
                context
                    .terminal
                    .out(&format!("The specs are valid: {count} {noun} for account `{}`.\n", session.account.name))?;
            }
        }
    }
    Ok(if errors { Exit::FINDINGS } else { Exit::FINE })
}
