//! `iamctl review`: what a pull request changes, for every configured account. Offline: it reads two directories, and a snapshot where
//! one is given.

mod sides;

use crate::cli::args::{Gate, ReviewArgs, ReviewFormat};
use crate::cli::{CliError, Context, Exit};
use crate::report::{self, Remarks};
use crate::review::{self, Concern, Report, Verdict};

use sides::Sides;

/// Runs the command.
pub fn run(context: &Context, args: &ReviewArgs) -> Result<Exit, CliError> {
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
            ReviewFormat::Text => report::review_text(&report, paint),
            ReviewFormat::Json => report::json(&report),
            ReviewFormat::Html => report::review_html(&report),
            ReviewFormat::Markdown => report::review_markdown(&report),
            ReviewFormat::Sarif => report::sarif(&Remarks::of_review(&report), &sides.origin()),
            ReviewFormat::Github => report::github(&Remarks::of_review(&report), &sides.origin()),
        })?;
    }
    Ok(gate(context, &report, &args.fail_on))
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
    report.verdict == Verdict::NoChange && report.notices.is_empty() && report.accounts.iter().all(quiet)
}

/// What is refused, in one line. Specs with errors are, whatever the flags: nothing was proven of them.
fn gate(context: &Context, report: &Report, gates: &[Gate]) -> Exit {
    let mut met: Vec<&str> = Vec::new();
    for gate in [Gate::Error, Gate::Escalation, Gate::NewAccess, Gate::Ceiling, Gate::Undecided] {
        let asked = gates.contains(&gate) || (gate == Gate::Error && report.verdict == Verdict::Error);
        if asked && report.concerns.contains(&gate.concern()) {
            met.push(word(gate.concern()));
        }
    }
    if met.is_empty() {
        return Exit::FINE;
    }
    context.terminal.err(&format!("refused by the gate {}\n", met.join(", ")));
    Exit::FINDINGS
}

fn word(concern: Concern) -> &'static str {
    match concern {
        Concern::NewAccess => "new_access",
        Concern::Ceiling => "ceiling",
        Concern::Escalation => "escalation",
        Concern::Error => "error",
        Concern::Undecided => "undecided",
    }
}
