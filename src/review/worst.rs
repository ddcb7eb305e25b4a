//! The second comparison, on an account that was read: the account after the head's plan against the account after the base's. The
//! report keeps the worse of both answers.

use super::compare::{Against, OnAccount, Side, SideFindings, accepted, findings, gainers, run_tests, told_apart};
use super::report::AccountReport;
use super::{chains, providers, settled, spec_tests};
use crate::holdings::AccountState;
use crate::lint::ESCALATION_CODES;
use crate::model::{Desired, Snapshot};
use crate::plan::{AccessChange, AccessVerdict, Finding};
use crate::planner::access::between_accounts;

/// Adds to a report what the account says beyond the specs.
pub(super) fn add(report: &mut AccountReport, against: &Against<'_>) {
    let name = report.accounts.first().map(|a| format!("account {}", a.name)).unwrap_or_default();
    let Against { account, head, base } = against;
    let (after, before) = match (end_of(account, head), base.as_ref().map_or(Some(account), |base| end_of(account, base))) {
        (Some(after), Some(before)) => (after, before),
        (after, _) => {
            let whose = if after.is_none() { "the change" } else { "the specs before it" };
            report.reserve(
                &name,
                "the account after the plan",
                format!("the plan of {whose} on the account cannot be carried out"),
            );
            return;
        }
    };
    if before == after {
        return;
    }
    for change in between_accounts(before, after) {
        merge(&mut report.access, change);
    }
    report.access.sort_by(|a, b| a.principal.cmp(&b.principal));
    let nothing = Desired::default();
    let was = base.as_ref().map_or(&nothing, |base| &base.side.resolved.desired);
    providers::add(report, before, after, was);
    let waivers = base.as_ref().map(|base| base.side.resolved.waivers.as_slice()).unwrap_or_default();
    let accepted = accepted(waivers, &head.side.resolved.waivers);
    let escalations = |side: &Side<'_>, account: &Snapshot| -> SideFindings {
        let SideFindings { mut open, mut waived } = findings(side, &settled::settled(&side.resolved.desired, account));
        for list in [&mut open, &mut waived] {
            list.retain(|finding| ESCALATION_CODES.contains(&finding.code.as_str()));
        }
        SideFindings { open, waived }
    };
    let of_base = match base {
        Some(base) => escalations(&base.side, before),
        None => {
            let mut side = head.side.clone();
            side.resolved.desired = Desired::default();
            side.resolved.waivers.clear();
            escalations(&side, before)
        }
    };
    let of_head = escalations(&head.side, after);
    let gains = gainers(&report.access);
    let found = told_apart(&of_base, &of_head, &accepted, &gains);
    let unwaived = |f: &&Finding| of_head.open.contains(f) || found.new.contains(f);
    for chain in chains::of(of_base.all(), of_head.all().filter(unwaived), &gains) {
        if !report.chains.contains(&chain) {
            report.chains.push(chain);
        }
    }
    let states = (AccountState::of_snapshot(before), AccountState::of_snapshot(after));
    let own = chains::of_accounts(&states.0, &states.1, &head.side.around.today, &accepted, &report.chains);
    report.chains.extend(own);
    let known = |finding: &Finding| report.findings.new.iter().any(|f| f.code == finding.code && f.message == finding.message);
    let new: Vec<Finding> = found.new.into_iter().filter(|finding| !known(finding)).collect();
    report.findings.new.extend(new);
    let tests_before = base.as_ref().map(|base| run_tests(&base.side, before)).unwrap_or_default();
    let on_account = spec_tests::compare(&tests_before, &run_tests(&head.side, after));
    if let Some(report) = &mut report.tests {
        spec_tests::add(report, on_account);
    }
}

/// The account after a plan; `None` where the plan could not be rehearsed.
fn end_of<'a>(account: &'a Snapshot, side: &'a OnAccount<'_>) -> Option<&'a Snapshot> {
    let planned = &side.planned;
    if planned.has_errors {
        return None;
    }
    if planned.plan.steps.is_empty() { Some(account) } else { planned.end.as_ref() }
}

/// Keeps the worse of two answers about one principal, with what both found.
fn merge(access: &mut Vec<AccessChange>, other: AccessChange) {
    let Some(known) = access.iter_mut().find(|change| change.principal == other.principal) else {
        access.push(other);
        return;
    };
    let gravity = |verdict| match verdict {
        AccessVerdict::NoNewAccess => 0,
        AccessVerdict::Undecided => 1,
        AccessVerdict::NewAccess => 2,
    };
    if gravity(other.verdict) > gravity(known.verdict) {
        known.verdict = other.verdict;
    }
    for (list, more) in
        [(&mut known.gained, other.gained), (&mut known.lost, other.lost), (&mut known.ceiling_loosened, other.ceiling_loosened)]
    {
        for grant in more {
            let same = |g: &crate::plan::AccessGrant| {
                g.actions == grant.actions && g.resources == grant.resources && g.conditions == grant.conditions
            };
            if !list.iter().any(same) {
                list.push(grant);
            }
        }
    }
    known.ceiling_lifted |= other.ceiling_lifted;
    if known.reason.is_none() {
        known.reason = other.reason;
    }
}
