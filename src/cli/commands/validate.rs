//! `iamctl validate`: parse, references, document grammar, known limits; offline.

use crate::cli::args::{FindingsFormat, ValidateArgs};
use crate::cli::flow::{self, SpecSet, Unknown};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::diag::Severity;
use crate::report::{self, Remarks};

/// Runs the command.
pub fn run(context: &Context, args: &ValidateArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, None)?;
    let for_review = matches!(args.format, FindingsFormat::Sarif | FindingsFormat::Github);
    if for_review && args.paths.is_empty() {
        flow::refuse_lost_project(&session, "--format")?;
    }
    let specs = SpecSet::load(&session, &args.paths);
    let unknown = if session.is_embedded() { Unknown::Error } else { Unknown::Warning };
    let identity = session.offline_identity();
    let caller = flow::root_of(&identity);
    let resolved = specs.problems_or_resolved(&session, &identity, Some(&caller), None, unknown);
    let (problems, count) = match resolved {
        Ok(resolved) => (resolved.warnings, resolved.desired.addresses().len()),
        Err(problems) => (problems, 0),
    };
    let errors = problems.iter().any(|p| p.severity == Severity::Error);
    let remarks = || Remarks::of_findings("validate", &session.account.name, &problems);
    match args.format {
        FindingsFormat::Sarif => context.terminal.out(&report::sarif(&remarks(), &flow::origin(&session)))?,
        FindingsFormat::Github => context.terminal.out(&report::github(&remarks(), &flow::origin(&session)))?,
        FindingsFormat::Json => context.terminal.out(&report::findings_json(&problems))?,
        FindingsFormat::Text => {
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
