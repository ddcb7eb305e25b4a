//! Refusals over a whole plan, before its first write (INVARIANT (guards-first)). One file each; none changes a plan.

mod break_glass;
mod hold;
mod item;
pub mod preflight;
mod protect;
mod revoked;
mod rollback;
mod thresholds;
mod usage;

use crate::diff::{Context, Diff};
use crate::plan::{GuardRefusal, Plan};
use item::Item;

pub use rollback::check as check_rollback;

/// Every refusal, in a fixed order.
pub fn check(cx: &Context<'_>, diff: &Diff) -> Vec<GuardRefusal> {
    let mut refusals = protect::check(cx, diff);
    refusals.extend(hold::check(diff));
    refusals.extend(judge(cx, &item::of_diff(diff)));
    refusals
}

/// The refusals of a saved plan, judged again: by who applies it, and by the account and the project file as they are now. What rests on
/// the specs is kept as it was planned; the fingerprints see to the rest.
pub fn check_saved(cx: &Context<'_>, plan: &Plan) -> Vec<GuardRefusal> {
    let of_specs = plan.guards.iter().filter(|refusal| matches!(refusal.guard.as_str(), "protect" | "hold"));
    let mut refusals: Vec<GuardRefusal> = of_specs.cloned().collect();
    refusals.extend(judge(cx, &item::of_plan(plan)));
    refusals
}

/// `destroy` deletes everything: shares of the whole say nothing there, and what is withdrawn goes with its holder.
fn judge(cx: &Context<'_>, items: &[Item<'_>]) -> Vec<GuardRefusal> {
    let mut refusals = break_glass::check(cx, items);
    refusals.extend(thresholds::max_deletes(cx, items));
    if !cx.settings.options.destroy {
        refusals.extend(thresholds::max_deletes_percent(cx, items));
        refusals.extend(thresholds::max_changes_percent(cx, items));
        refusals.extend(revoked::check(cx, items));
    }
    refusals.extend(usage::check(cx, items));
    refusals
}
