//! The report of all accounts.

use std::collections::BTreeSet;

use super::compare::Compared;
use super::report::{AccountReport, Cause, Concern, Notice, NoticeKind, Report, Reservation, ReviewVerdict, Subject};
use super::verdict::ReviewBasis;
use super::{chains, headline, verdict};
use crate::graph::Graph;
use crate::names::Address;
use crate::plan::{AccessGrant, Action, Plan};

/// The report of a pull request: accounts with the same result share an entry. `notices` are those of the project file.
pub fn assemble(notices: Vec<Notice>, mut accounts: Vec<Compared>) -> Report {
    super::across::add(&mut accounts);
    // A broken base is not a fault of the change, unless nothing is left to compare.
    let nothing = !accounts.is_empty() && accounts.iter().all(|a| !a.comparable);
    let mut all = notices;
    let mut entries = Vec::new();
    for Compared { report, notices, comparable, failed, own, .. } in accounts {
        all.extend(notices);
        let failed = nothing || failed;
        entries.push((report, ReviewBasis { failed, comparable }, own));
    }
    let entries = super::fold::same(entries);
    let verdict = entries.iter().map(|(a, standing)| verdict::of(a, *standing)).max().unwrap_or(ReviewVerdict::NoChange);
    let mut causes: BTreeSet<Cause> = entries.iter().flat_map(|(a, standing)| verdict::causes(a, *standing)).collect();
    let controls = all.iter().filter(|notice| matches!(notice.kind, NoticeKind::Control | NoticeKind::Later));
    causes.extend(controls.map(|notice| Cause { gate: Concern::Controls, subject: notice.subject.clone() }));
    report(Subject::PullRequest, verdict, causes, all, entries.into_iter().map(|(a, _)| a).collect())
}

/// The report of a plan. `graph`: the account after it, marked against the account before; empty where nobody draws it.
pub fn of_plan(plan: &Plan, graph: Graph) -> Report {
    let mut account = AccountReport::empty(plan.account.clone(), plan.stack.clone());
    let (errors, findings) = plan.findings.iter().cloned().partition(|f| f.forbids_apply());
    account.errors = errors;
    account.findings.new = findings;
    account.chains = chains::of(std::iter::empty(), account.findings.new.iter(), &|_| true);
    // The rules say what is so after the plan; only what the plan opens is its own.
    account.chains.retain(|chain| opens(plan, &chain.principal));
    account.summary = plan.summary.clone();
    account.changes = plan.changes.clone();
    account.access = plan.access.clone();
    super::providers::of_changes(&mut account, &plan.changes);
    account.plan = Some(plan.clone());
    account.graph = graph;
    // A plan that could not compare everything has decided nothing about the rest.
    let standing = ReviewBasis { failed: !account.errors.is_empty(), comparable: true };
    let verdict = match verdict::of(&account, standing) {
        ReviewVerdict::NoChange | ReviewVerdict::NoNewAccess if !plan.complete => ReviewVerdict::Undecided,
        verdict => verdict,
    };
    let causes = verdict::causes(&account, standing);
    let mut notices = super::notices::of_plan(plan);
    notices.extend(account.reservations.iter().map(Reservation::notice));
    report(Subject::Plan, verdict, causes, notices, vec![account])
}

/// Whether a plan itself opens a way to more from a principal: by the engine of escalations, or because it grants what changes
/// permissions or hands out credentials, or creates the principal.
fn opens(plan: &Plan, principal: &Address) -> bool {
    let grave = |grant: &AccessGrant| !grant.permissions_management.is_empty() || !grant.gives_credentials.is_empty();
    plan.escalates.contains(principal)
        || plan.changes.iter().any(|change| change.address == *principal && change.action == Action::Create)
        || plan.access.iter().any(|access| access.principal == *principal && access.gained.iter().any(grave))
}

fn report(
    subject: Subject,
    verdict: ReviewVerdict,
    causes: BTreeSet<Cause>,
    notices: Vec<Notice>,
    accounts: Vec<AccountReport>,
) -> Report {
    let mut seen = BTreeSet::new();
    let mut notices: Vec<Notice> = notices.into_iter().filter(|notice| seen.insert(notice.clone())).collect();
    notices.sort_by_key(super::notices::rank);
    Report {
        format_version: 1,
        iamctl_version: env!("CARGO_PKG_VERSION").to_owned(),
        subject,
        verdict,
        headline: headline::headline(subject, verdict, &accounts, &notices),
        concerns: causes.iter().map(|cause| cause.gate).collect(),
        causes,
        notices,
        accounts,
        fleet: None,
    }
}
