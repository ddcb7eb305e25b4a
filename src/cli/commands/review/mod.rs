//! `iamctl review`: what a pull request changes, for every configured account. Offline: it reads two directories, and a snapshot where
//! one is given.

mod sides;

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::args::{Accept, Gate, ReviewArgs, ReviewFormat};
use crate::cli::{CliError, Context, Exit};
use crate::report::{self, Remarks, escape};
use crate::review::{self, Concern, Report, ReviewVerdict};

use sides::Sides;

/// Runs the command.
pub fn run(context: &Context, args: &ReviewArgs) -> Result<Exit, CliError> {
    if args.fail_on.contains(&Gate::None) && args.fail_on.len() > 1 {
        return Err(
            CliError::usage("`--fail-on none` cannot be combined with other gates").help("leave out `none`, or the other gates")
        );
    }
    let sides = Sides::open(context, args)?;
    let mut compared = Vec::new();
    for name in sides.accounts(context) {
        compared.push(sides.compare(context, &name)?);
    }
    sides.require_snapshot_used()?;
    let report = review::assemble(sides.notices(), compared);
    let paint = context.terminal.paint();
    if !(args.skip_unchanged && is_silent(&report)) {
        context.terminal.out(&match args.format {
            ReviewFormat::Text => report::report_text(&report, args.detail(), paint),
            ReviewFormat::Json => report::json(&report),
            ReviewFormat::Html => report::review_html(&report),
            ReviewFormat::Markdown => report::review_markdown(&report),
            ReviewFormat::Sarif => report::sarif(&Remarks::of_review(&report), &sides.origin()),
            ReviewFormat::Github => report::github(&Remarks::of_review(&report), &sides.origin()),
        })?;
    }
    Ok(gate(context, &report, &args.fail_on, &args.accept))
}

/// Whether there is nothing to tell anybody.
fn is_silent(report: &Report) -> bool {
    let quiet = |a: &review::AccountReport| {
        a.findings.new.is_empty()
            && a.findings.fixed.is_empty()
            && a.errors.is_empty()
            && a.plan.as_ref().is_none_or(|plan| plan.changes.is_empty())
            && a.tests.as_ref().is_none_or(|tests| tests.failed.is_empty() && tests.removed.is_empty())
    };
    report.verdict == ReviewVerdict::NoChange && report.notices.is_empty() && report.accounts.iter().all(quiet)
}

/// Most subjects of a gate that its line names.
const MOST_NAMED: usize = 5;

/// What is refused, one line for each gate. Errors are refused whatever the flags, unless they say `none`.
fn gate(context: &Context, report: &Report, gates: &[Gate], accepted: &[Accept]) -> Exit {
    let all: BTreeSet<Concern> = match gates.contains(&Gate::None) {
        true => BTreeSet::new(),
        false => gates.iter().filter_map(|gate| gate.concern()).chain([Concern::Error]).collect(),
    };
    for accept in accepted.iter().filter(|accept| !report.causes.iter().any(|cause| accept.covers(cause))) {
        context.terminal.err(&format!("`--accept {accept}` accepts nothing here\n"));
    }
    let mut refused: BTreeMap<Concern, Vec<&str>> = BTreeMap::new();
    for cause in report.causes.iter().filter(|cause| all.contains(&cause.gate)) {
        if !accepted.iter().any(|accept| accept.covers(cause)) {
            refused.entry(cause.gate).or_default().push(&cause.subject);
        }
    }
    for (concern, subjects) in &refused {
        let named: Vec<String> = subjects.iter().take(MOST_NAMED).map(|s| format!("`{}`", escape::line(s))).collect();
        let more =
            if subjects.len() > named.len() { format!(" and {} more", subjects.len() - named.len()) } else { String::new() };
        context.terminal.err(&format!("refused by the gate {}: {}{more}\n", concern.word(), named.join(", ")));
    }
    if refused.is_empty() { Exit::FINE } else { Exit::FINDINGS }
}
