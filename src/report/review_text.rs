//! A review as it is read on a terminal.

use super::plan_text;
use super::style::{Paint, Role};
use super::{count, escape};
use crate::diag::Severity;
use crate::plan::{Finding, Plan, PlanAccount, PlanOptions};
use crate::review::{AccountReport, FindingsReport, Report, Subject, TestsReport, Verdict};

/// The verdict, what must be read first, and then account by account what changes.
pub fn review_text(report: &Report, paint: Paint) -> String {
    let mut out = headline(report, paint);
    for notice in &report.notices {
        let subject = paint.paint(Role::Strong, &escape::line(&notice.subject));
        let sign = if notice.severity > Severity::Note { paint.paint(Role::Warning, "!") } else { "-".to_owned() };
        out += &format!("{sign} {subject}: {}\n", escape::line(&notice.message));
    }
    for account in &report.accounts {
        out.push('\n');
        out += &self::account(report.subject, account, paint);
    }
    out
}

/// The answer in one line.
pub(super) fn headline(report: &Report, paint: Paint) -> String {
    let role = match report.verdict {
        Verdict::NoChange | Verdict::NoNewAccess => Role::Strong,
        Verdict::Undecided | Verdict::NewAccess => Role::Warning,
        Verdict::Escalation | Verdict::Error => Role::Error,
    };
    format!("{}\n", paint.paint(role, &escape::line(&report.headline)))
}

/// The accounts of an entry: `dev (111111111111), prod (222222222222)`; harmless.
pub(super) fn accounts(account: &AccountReport) -> String {
    let names: Vec<String> = account.accounts.iter().map(|a| format!("{} ({})", escape::line(&a.name), a.id)).collect();
    names.join(", ")
}

fn account(subject: Subject, account: &AccountReport, paint: Paint) -> String {
    let noun = if account.accounts.len() == 1 { "Account" } else { "Accounts, all with the same result:" };
    let mut out = format!("{noun} {}\n", paint.paint(Role::Strong, &accounts(account)));
    out += &findings("Errors", &account.errors, paint);
    out += &plan_text::changes_and_access(&shell(account), paint);
    for (opened, heading) in [(true, "Ways to more than was given, opened:"), (false, "Ways to more than was given, closed:")] {
        let chains: Vec<_> = account.chains.iter().filter(|chain| chain.opened == opened).collect();
        if chains.is_empty() {
            continue;
        }
        out += &format!("\n{}\n", paint.paint(if opened { Role::Error } else { Role::Strong }, heading));
        for chain in chains {
            out += &format!("  {}\n", escape::line(&chain.message));
        }
    }
    let FindingsReport { new, fixed, standing } = &account.findings;
    let (notes, grave): (Vec<&Finding>, Vec<&Finding>) = new.iter().partition(|f| f.severity == Severity::Note);
    out += &findings(if subject == Subject::Plan { "Findings" } else { "New findings" }, grave, paint);
    if !notes.is_empty() {
        out += &format!("\n{} (`iamctl lint` lists them)\n", count(notes.len(), "new note", "new notes"));
    }
    out += &findings("Findings that are gone", fixed, paint);
    if *standing > 0 {
        out += &format!("\n{}\n", paint.paint(Role::Dim, &format!("{} as before", count(*standing, "finding", "findings"))));
    }
    if let Some(tests) = &account.tests {
        out += &self::tests(tests, paint);
    }
    if let Some(plan) = account.plan.as_ref().filter(|_| subject == Subject::PullRequest) {
        out += &format!("\nOn the account: {}\n", plan_text::summary_line(plan));
        if !account.drift.is_empty() {
            let drift: Vec<String> = account.drift.iter().map(|c| escape::line(&c.address.to_string()).into_owned()).collect();
            out += &format!("Drift, and not of this change: {}\n", drift.join(", "));
        }
    }
    out
}

/// A plan that holds what a review tells in a plan's words.
pub(super) fn shell(account: &AccountReport) -> Plan {
    let none = || PlanAccount { name: String::new(), id: crate::names::AccountId::zero(), partition: "aws".to_owned() };
    Plan {
        format_version: 1,
        iamctl_version: String::new(),
        stack: account.stack.clone(),
        account: account.accounts.first().cloned().unwrap_or_else(none),
        digest: String::new(),
        complete: true,
        summary: account.summary.clone(),
        changes: account.changes.clone(),
        steps: account.plan.as_ref().map(|plan| plan.steps.clone()).unwrap_or_default(),
        guards: Vec::new(),
        order: crate::plan::StepOrder::default(),
        gaps: Vec::new(),
        access: account.access.clone(),
        unmanaged: Vec::new(),
        unmanaged_count: 0,
        findings: Vec::new(),
        not_compared: Vec::new(),
        options: PlanOptions::default(),
        fingerprints: Vec::new(),
    }
}

fn findings<'f>(heading: &str, list: impl IntoIterator<Item = &'f Finding>, paint: Paint) -> String {
    let mut out = String::new();
    for finding in list {
        if out.is_empty() {
            out = format!("\n{}\n", paint.paint(Role::Strong, &format!("{heading}:")));
        }
        let role = match finding.severity {
            Severity::Error => Role::Error,
            Severity::Warning => Role::Warning,
            Severity::Note => Role::Note,
        };
        let head = paint.paint(role, &format!("{}[{}]", finding.severity.word(), escape::line(&finding.code)));
        out += &format!("  {head} {}{}\n", escape::line(&finding.message), paint.paint(Role::Dim, &place(finding)));
    }
    out
}

/// `  [file:line]`, or nothing; harmless.
fn place(finding: &Finding) -> String {
    finding.at.as_ref().map(|at| format!("  [{}:{}]", escape::line(&at.file), at.line)).unwrap_or_default()
}

fn tests(tests: &TestsReport, paint: Paint) -> String {
    if tests.passed == 0 && tests.failed.is_empty() {
        return String::new();
    }
    let failed = if tests.failed.is_empty() { String::new() } else { format!(", {} failed", tests.failed.len()) };
    let mut out = format!("\nTests: {} passed{}\n", tests.passed, paint.paint(Role::Error, &failed));
    for test in &tests.failed {
        let new = if test.new { "failed now" } else { "failed before too" };
        out += &format!("  {} {}\n", paint.paint(Role::Error, new), escape::line(&test.name));
        for message in &test.messages {
            out += &format!("      {}\n", escape::line(message));
        }
    }
    out
}
