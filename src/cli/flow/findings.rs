//! Findings of specs, in the formats that `validate` and `lint` print.

use std::path::PathBuf;

use crate::cli::args::FindingsFormat;
use crate::cli::flow::origin;
use crate::cli::session::Session;
use crate::cli::{CliError, Context};
use crate::diag::Finding;
use crate::report::{self, Remarks};

/// Prints what `command` found for the accounts of `sessions`. `bare` are documents outside the specs.
///
/// # Errors
/// The output cannot be written.
pub fn print_findings(
    context: &Context,
    sessions: &[Session],
    command: &'static str,
    format: FindingsFormat,
    findings: Vec<Finding>,
    bare: &[PathBuf],
) -> Result<(), CliError> {
    let account = match sessions {
        [one] => Some(one.account.name.clone()),
        _ => None,
    };
    let for_review = |session: &Session, render: fn(&Remarks, &report::Origin) -> String| {
        render(&Remarks::of_findings(command, account, &session.in_full(findings.clone(), bare)), &origin(session))
    };
    let text = match (format, sessions.first()) {
        (FindingsFormat::Json, _) => report::findings_json(&findings),
        (FindingsFormat::Sarif, Some(session)) => for_review(session, report::sarif),
        (FindingsFormat::Github, Some(session)) => for_review(session, report::github),
        (FindingsFormat::Text, _) | (_, None) => report::diagnostics_text(&findings, context.terminal.paint()),
    };
    context.terminal.out(&text)
}
