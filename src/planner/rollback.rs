//! The plan of a rollback: the same road as any plan's from the diff on — order, rehearsal, access, fingerprints.

use super::{Planned, assemble, course, forbidden, order};
use crate::diag::Severity;
use crate::diff::{self, Context};
use crate::guard::{self, Course};
use crate::model::Policy;
use crate::names::{Address, VersionId};
use crate::policy::access::Library;

/// Plans the switch of a policy's default to a version that it keeps. `cx.desired` is not looked at: no spec is needed to go back.
pub fn rollback(cx: &Context<'_>, address: &Address, policy: &Policy, to: &VersionId) -> Planned {
    let mut diff = diff::rollback(cx, address, policy, to);
    let library = Library::of_partition(&cx.snapshot.account.partition);
    let mut ordered = order::order(cx, &diff, &library, super::Order::Proven);
    diff.findings.append(&mut ordered.findings);
    let settled = ordered.end.as_ref().and_then(|end| end.policies.get(&address.name));
    if !diff.has_errors()
        && let Some(settled) = settled
        && settled.default_version != *to
    {
        let message = format!("the rollback would not settle: after all its steps {} is the default", settled.default_version);
        let help = "this is a fault in iamctl; nothing was changed. Please report it with the plan".to_owned();
        diff.find(Severity::Error, "internal", address, None, message, Some(help));
    }
    let forbidden = forbidden(cx, ordered.end.as_ref(), &mut diff);
    let has_errors = diff.has_errors();
    let end = ordered.end.take();
    let steps = &ordered.steps;
    let replay = |count: usize| course::after(cx.snapshot, steps.get(..count).unwrap_or_default());
    let course = end.as_ref().map(|end| Course { steps, end, forbidden: &forbidden, after: &replay });
    let guards = guard::check_rollback(cx, &diff, course.as_ref());
    let mut plan = assemble::assemble(cx, &library, diff, ordered, end.as_ref(), guards);
    // No specs were read, so what no stack owns is not the question.
    plan.unmanaged_count = 0;
    Planned { plan, has_errors, end }
}
