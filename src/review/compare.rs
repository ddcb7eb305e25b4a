//! Base against head: the account that the base's specs describe, and the plan of the head on it. What a pull request changes falls out
//! of the same code as every plan (INVARIANT (plan-is-all)).

use std::collections::BTreeSet;

use super::report::{AccountReport, FindingsReport, Notice, TestsReport};
use super::{chains, drift, notices, stand_ins, tests};
use crate::cases::TestOutcome;
use crate::diag::Severity;
use crate::diff::Context;
use crate::graph;
use crate::model::{AccountIdentity, Desired, Snapshot};
use crate::names::Address;
use crate::plan::{Action, Change, Finding, Plan, PlanAccount, PlanOptions, Summary};
use crate::planner;
use crate::scope::Settings;
use crate::spec::Waiver;

/// Begins the message of an error of the base.
const BEFORE: &str = "before this change: ";

/// One side of a pull request, for one account.
#[derive(Clone, Debug)]
pub struct Side {
    /// What the specs say.
    pub desired: Desired,
    /// Findings that they accept.
    pub waivers: Vec<Waiver>,
    /// What the rules find, and what the specs themselves warn of.
    pub findings: Vec<Finding>,
    /// How the specs' tests went.
    pub tests: Vec<TestOutcome>,
}

/// A side, or the problems that leave it without a meaning.
pub type Read = Result<Side, Vec<Finding>>;

/// An account that the head is planned on beside, and how.
#[derive(Clone, Debug)]
pub struct Against {
    /// The plan of the head.
    pub head: Plan,
    /// The plan of the base.
    pub base: Plan,
}

/// What is told of one account.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The account's part of the report.
    pub report: AccountReport,
    /// For the first lines.
    pub notices: Vec<Notice>,
    /// Whether both sides had a meaning.
    pub comparable: bool,
}

/// Whether an error is one of the base.
pub(super) fn is_of_base(error: &Finding) -> bool {
    error.message.starts_with(BEFORE)
}

/// Compares two sides. `settings` are the head's, and hold for both: a change to them is told by [`super::project_notices`].
pub fn compare(account: &PlanAccount, settings: &Settings, base: &Read, head: &Read, against: Option<Against>) -> Compared {
    let mut report = AccountReport::empty(account.clone(), Some(settings.stack.clone()));
    let mut errors = Vec::new();
    if let Err(problems) = base {
        errors.extend(
            problems.iter().cloned().map(|finding| Finding { message: format!("{BEFORE}{}", finding.message), ..finding }),
        );
    }
    if let Err(problems) = head {
        errors.extend(problems.iter().cloned());
    }
    report.errors = errors;
    let mut notices = Vec::new();
    let comparable = match (base, head) {
        (Ok(base), Ok(head)) => sides(&mut report, &mut notices, settings, base, head),
        // What the head says of itself is worth having though there is nothing to hold it against.
        (Err(_), Ok(head)) => {
            report.tests = Some(tests::compare(&[], &head.tests));
            report.findings = FindingsReport { standing: head.findings.len(), ..FindingsReport::default() };
            false
        }
        _ => false,
    };
    if let Some(Against { head, base }) = against {
        report.drift = drift::of(&head, &base);
        notices.extend(notices::of_plan(&head));
        report.plan = Some(head);
    }
    Compared { report, notices, comparable }
}

/// Fills the report, and tells whether all of the base could be carried out.
fn sides(report: &mut AccountReport, notices: &mut Vec<Notice>, settings: &Settings, base: &Side, head: &Side) -> bool {
    let account = report.accounts.first().map(|a| AccountIdentity { id: a.id.clone(), partition: a.partition.clone() });
    let Some(account) = account else { return false };
    let (before, refused) = described(account, settings, &base.desired, &head.desired);
    let whole = refused.is_empty();
    report.errors.extend(refused.into_iter().map(|f| Finding { message: format!("{BEFORE}{}", f.message), ..f }));
    let mut settings = settings.clone();
    // What IAM cannot change is shown as it would be: made anew. A notice says that an apply asks for the word.
    let replace = head.desired.addresses().into_iter().collect();
    settings.options = PlanOptions { prune: true, replace, ..PlanOptions::default() };
    let cx = Context { desired: &head.desired, snapshot: &before, settings: &settings };
    let planner::Planned { plan: planned, end, .. } = planner::plan(&cx);
    report.graph = graph::of(end.as_ref().unwrap_or(&before), Some(&before));
    notices.extend(notices::of_specs(base, head));
    notices.extend(notices::of_changes(&cx, &planned, &base.desired));
    let (errors, told): (Vec<Finding>, Vec<Finding>) = planned.findings.into_iter().partition(|f| f.severity == Severity::Error);
    report.errors.extend(errors);
    // What the plan says of what stays as it is, it would say of the base too.
    let changed: BTreeSet<&Address> = planned.changes.iter().map(|c| &c.address).collect();
    let news = |f: &Finding| f.severity > Severity::Note && f.address.as_ref().is_none_or(|a| changed.contains(a));
    let told: Vec<Finding> = told.into_iter().filter(news).collect();
    report.changes = planned.changes.into_iter().map(bare).collect();
    report.summary = planned.summary;
    report.access = planned.access;
    report.findings = findings(&base.findings, &head.findings);
    report.findings.new.extend(told);
    report.chains = chains::of(&report.findings);
    report.tests = Some(tests::compare(&base.tests, &head.tests));
    notices.extend(tests::notices(&base.tests, &head.tests));
    whole
}

/// The account after an apply of the base's specs, on an account that holds nothing but what they name and do not declare.
fn described(account: AccountIdentity, settings: &Settings, base: &Desired, head: &Desired) -> (Snapshot, Vec<Finding>) {
    let mut start = Snapshot::empty(account);
    // Nobody knows the account's own quotas here.
    start.limits = crate::model::Seen::Unread;
    let put = stand_ins::put(&mut start, base, head, settings);
    let settings = Settings { options: PlanOptions::default(), ..settings.clone() };
    let (mut end, refused) = planner::carried_out(&Context { desired: base, snapshot: &start, settings: &settings });
    stand_ins::take_out(&mut end, &put, base, head);
    (end, refused)
}

/// A change of what is declared: no calls, and reasons that speak of the two sides.
fn bare(change: Change) -> Change {
    let reason = match change.action {
        Action::Create => "newly declared".to_owned(),
        Action::Update => "declared otherwise than before".to_owned(),
        Action::Delete => "no longer declared".to_owned(),
        Action::DetachOnly => "no longer declared: what this stack attached comes off, the rest stays".to_owned(),
        Action::Replace => "declared otherwise than before, in what IAM cannot change: it is deleted and made anew".to_owned(),
        Action::Adopt | Action::Release | Action::Blocked => change.reason,
    };
    Change { reason, steps: Vec::new(), ..change }
}

/// Findings of two sides, told apart by code, entity, words and ways: a finding that moved to another line is the same.
fn findings(base: &[Finding], head: &[Finding]) -> FindingsReport {
    let key = |f: &Finding| (f.code.clone(), f.address.clone(), f.message.clone(), f.ways.clone());
    let (was, is): (BTreeSet<_>, BTreeSet<_>) = (base.iter().map(key).collect(), head.iter().map(key).collect());
    FindingsReport {
        new: head.iter().filter(|f| !was.contains(&key(f))).cloned().collect(),
        fixed: base.iter().filter(|f| !is.contains(&key(f))).cloned().collect(),
        standing: head.iter().filter(|f| was.contains(&key(f))).count(),
    }
}

impl AccountReport {
    /// A report that tells nothing yet.
    pub(super) fn empty(account: PlanAccount, stack: Option<String>) -> Self {
        Self {
            accounts: vec![account],
            stack,
            summary: Summary::default(),
            changes: Vec::new(),
            access: Vec::new(),
            chains: Vec::new(),
            findings: FindingsReport::default(),
            tests: None::<TestsReport>,
            errors: Vec::new(),
            plan: None,
            drift: Vec::new(),
            graph: crate::graph::Graph::default(),
        }
    }
}
