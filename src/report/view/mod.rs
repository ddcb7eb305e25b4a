//! What a reader sees of a report: made once from it, rendered as text, Markdown and HTML.
//!
//! Strings of a view are harmless on a terminal (INVARIANT (inert-text)) unless a field says otherwise; markup is the renderer's.

pub mod access;
pub mod calls;
pub mod change;
pub mod field;
pub mod line;
pub mod value;

use std::collections::BTreeMap;

use crate::diag::{Severity, Source};
use crate::plan::{Change, Finding, Step, StepId};
use crate::review::{AccountReport, Report, Subject};

pub use access::{AccessGroup, GrantView};
pub use change::{ChangeView, Folded};
pub use line::Line;

/// A report as it is shown.
pub struct View<'a> {
    /// The report.
    pub report: &'a Report,
    /// Its accounts, in its order.
    pub accounts: Vec<AccountView<'a>>,
}

/// One account, or several with the same result.
pub struct AccountView<'a> {
    /// What is shown as it is.
    pub report: &'a AccountReport,
    /// What changes, by address.
    pub changes: Vec<ChangeView<'a>>,
    /// What the account differs in already.
    pub drift: Vec<ChangeView<'a>>,
    /// Who gains and loses what, equal changes together, in the order of the first of each.
    pub access: Vec<AccessGroup<'a>>,
    /// New findings, the gravest first; without those that a change says itself, and without `notes`.
    pub findings: Vec<&'a Finding>,
    /// How many notes of the rules are left out of `findings`.
    pub notes: usize,
}

impl<'a> View<'a> {
    /// The view of a report.
    pub fn of(report: &'a Report) -> Self {
        Self { report, accounts: report.accounts.iter().map(|account| AccountView::of(report.subject, account)).collect() }
    }

    /// Whether it is about a plan.
    pub fn is_plan(&self) -> bool {
        self.report.subject == Subject::Plan
    }
}

impl<'a> AccountView<'a> {
    fn of(subject: Subject, account: &'a AccountReport) -> Self {
        let steps: BTreeMap<&StepId, &Step> =
            account.plan.iter().flat_map(|plan| &plan.steps).map(|step| (&step.id, step)).collect();
        let is_plan = subject == Subject::Plan;
        let told: &[Finding] = if is_plan { &account.findings.new } else { &[] };
        let views = |changes: &'a [Change]| changes.iter().map(|change| ChangeView::of(account, change, &steps, told)).collect();
        let is_told = |finding: &Finding| is_plan && account.changes.iter().any(|change| change::says(change, finding));
        // Notes of the rules are many and seldom news: they are counted, and listed by the command that is for them.
        let is_note = |finding: &Finding| finding.severity == Severity::Note && (finding.source == Source::Lint || !is_plan);
        let (notes, mut findings): (Vec<&Finding>, Vec<&Finding>) =
            account.findings.new.iter().filter(|finding| !is_told(finding)).partition(|finding| is_note(finding));
        findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
        Self {
            report: account,
            changes: views(&account.changes),
            drift: views(&account.drift),
            access: access::groups(account),
            findings,
            notes: notes.len(),
        }
    }
}
