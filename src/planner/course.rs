//! A plan's calls carried out again on the embedded machine, for guards that ask what the account is like after some of them.

use crate::backend::embedded::{Machine, Strictness};
use crate::diff::Context;
use crate::forbid::of_change;
use crate::guard::{self, Course};
use crate::holdings::AccountState;
use crate::model::{Desired, Snapshot};
use crate::plan::{GuardRefusal, Plan, Step};
use crate::scope::Settings;

/// The account after some calls. One that is refused changes nothing: it was accepted when the plan was rehearsed.
pub(super) fn after(account: &Snapshot, steps: &[Step]) -> Snapshot {
    let mut machine = Machine::new(account.clone(), Strictness::Rehearsal);
    for step in steps {
        let _ = machine.perform(&step.call, super::order::REHEARSAL_TIME);
    }
    machine.into_snapshot()
}

/// The refusals of a saved plan, judged by the account as it is now and by who applies it.
pub fn check_saved(snapshot: &Snapshot, settings: &Settings, plan: &Plan) -> Vec<GuardRefusal> {
    let replay = |count: usize| after(snapshot, plan.steps.get(..count).unwrap_or_default());
    let end = replay(plan.steps.len());
    let forbidden = of_change(&AccountState::of_snapshot(snapshot), &AccountState::of_snapshot(&end), &settings.forbid).added;
    let course = Course { steps: &plan.steps, end: &end, forbidden: &forbidden, after: &replay };
    guard::check_saved(&Context { desired: &Desired::default(), snapshot, settings }, plan, &course)
}
