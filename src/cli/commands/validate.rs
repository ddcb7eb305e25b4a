//! `iamctl validate`: parse, references, document grammar, known limits; offline.

use crate::cli::args::{FindingsFormat, ValidateArgs};
use crate::cli::flow::{self, SpecSet, SpecSets};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::diag::Severity;
use crate::report;

/// Runs the command.
pub fn run(context: &Context, args: &ValidateArgs) -> Result<Exit, CliError> {
    let sessions = Session::open_all(context, &args.many)?;
    let for_review = matches!(args.format, FindingsFormat::Sarif | FindingsFormat::Github);
    if for_review && args.paths.is_empty() {
        sessions.iter().try_for_each(|session| flow::refuse_lost_project(session, "--format"))?;
    }
    let mut counts = Vec::new();
    let problems = SpecSet::of_accounts(&SpecSets::load(&sessions, &args.paths), &sessions, &args.paths, |session, specs| {
        let (problems, count) = match specs.offline(session) {
            Ok(resolved) => (resolved.warnings, resolved.desired.addresses().len()),
            Err(problems) => (problems, 0),
        };
        counts.push((count, session.account.name.clone()));
        problems
    });
    let errors = problems.iter().any(|p| p.severity == Severity::Error);
    flow::print_findings(context, &sessions, "validate", args.format, problems, &[])?;
    if args.format == FindingsFormat::Text && !errors {
        context.terminal.out(&format!("The specs are valid{}.\n", counted(&counts)))?;
    }
    Ok(if errors { Exit::FINDINGS } else { Exit::FINE })
}

/// What the specs declare in each account; of many accounts the least and the most.
fn counted(counts: &[(usize, String)]) -> String {
    const SHOWN: usize = 6;
    let entities = |count| report::count(count, "entity", "entities");
    if counts.len() <= SHOWN {
        let each: Vec<String> = counts.iter().map(|(count, name)| format!("{} for account `{name}`", entities(*count))).collect();
        return format!(": {}", each.join(", "));
    }
    let numbers = || counts.iter().map(|(count, _)| *count);
    match (numbers().min().unwrap_or_default(), numbers().max().unwrap_or_default()) {
        (least, most) if least == most => format!(" for {} accounts: {} in each", counts.len(), entities(most)),
        (least, most) => format!(" for {} accounts: {least} to {} in each", counts.len(), entities(most)),
    }
}
