//! The spec tests of a plan: run on the account as the plan leaves it, because what others attached takes part in what is allowed.

use std::collections::BTreeSet;

use super::{PlanInput, SpecSet, Unknown};
use crate::cases::{self, TestOutcome};
use crate::diff;
use crate::guard;
use crate::holdings::AccountState;
use crate::names::Address;
use crate::planner::Planned;
use crate::review;
use crate::spec::{Loaded, Resolved};

/// Adds the tests that fail to the findings of a plan, and the guard that refuses it.
pub(super) fn judge(input: &PlanInput<'_>, cx: &diff::Context<'_>, planned: &mut Planned) {
    let part = input.specs.is_part() || !input.settings.options.target.is_empty();
    let whole = whole(input);
    let (resolved, loaded) = match &whole {
        Some((set, resolved)) => (resolved, set.loaded()),
        None => (&input.resolved, input.specs.loaded()),
    };
    if resolved.tests.is_empty() {
        return;
    }
    let mut outcomes = run(input, planned, resolved, loaded);
    if part {
        // Principals outside the plan stay as they are; this run cannot fix them.
        let changes = planned.plan.changes.iter().map(|change| &change.address);
        let touched: BTreeSet<&Address> = changes.chain(planned.plan.access.iter().map(|change| &change.principal)).collect();
        outcomes.retain(|test| test.subject.parse().is_ok_and(|address: Address| touched.contains(&address)));
    }
    let failing: Vec<&str> = outcomes.iter().filter(|test| !test.passed()).map(|test| test.name.as_str()).collect();
    planned.plan.guards.extend(guard::failing_tests(cx, &failing));
    planned.plan.findings.extend(review::failing_tests(&outcomes));
}

/// The whole of the project's specs, where a part of them is planned. Errors elsewhere are no reason not to plan the part.
fn whole(input: &PlanInput<'_>) -> Option<(SpecSet, Resolved)> {
    if !input.specs.is_part() {
        return None;
    }
    let (session, account) = (input.session, &input.snapshot.account);
    let set = SpecSet::load(session, &[]);
    let caller = super::principal_behind(&input.settings.caller_arn, Some(&input.snapshot));
    let resolved = set.problems_or_resolved(session, account, Some(&caller), Some(&input.snapshot), Unknown::Warning).ok()?;
    Some((set, resolved))
}

fn run(input: &PlanInput<'_>, planned: &Planned, resolved: &Resolved, loaded: &Loaded) -> Vec<TestOutcome> {
    let options = cases::Options::default();
    // A plan with errors has no end: what the specs say is all there is to ask.
    if planned.has_errors {
        let state = AccountState::of_specs(&resolved.desired, input.snapshot.account.clone());
        return cases::run(resolved, loaded, &state, options);
    }
    let end = AccountState::of_snapshot(planned.end.as_ref().unwrap_or(&input.snapshot));
    let specs = AccountState::of_specs(&resolved.desired, input.snapshot.account.clone());
    cases::run(resolved, loaded, &end, options).into_iter().map(|test| test.with_account(&specs, &end)).collect()
}
