//! Refusals over a whole plan, before its first write (INVARIANT (guards-first)). One file each; none changes a plan.

mod break_glass;
mod hold;
mod protect;
mod rollback;
#[cfg(test)]
mod tests;
mod thresholds;
mod usage;

use crate::diff::{Context, Diff};
use crate::plan::GuardRefusal;

pub use rollback::check as check_rollback;

/// Every refusal, in a fixed order. `destroy` has a confirmation of its own in place of thresholds and use.
pub fn check(cx: &Context<'_>, diff: &Diff) -> Vec<GuardRefusal> {
    let mut refusals = Vec::new();
    refusals.extend(protect::check(cx, diff));
    refusals.extend(break_glass::check(cx, diff));
    refusals.extend(hold::check(diff));
    if !cx.settings.options.destroy {
        refusals.extend(thresholds::max_deletes(cx, diff));
        refusals.extend(thresholds::max_changes_percent(cx, diff));
        refusals.extend(usage::check(cx, diff));
    }
    refusals
}
