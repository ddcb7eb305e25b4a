//! Refusals over a whole plan, before its first write (INVARIANT (guards-first)). One file each; none changes a plan.

mod break_glass;
mod course;
mod forbid;
mod hold;
mod item;
mod lockout;
pub mod preflight;
mod protect;
mod revoked;
mod rollback;
#[cfg(test)]
mod tests;
mod thresholds;
mod usage;
mod ways_in;

use crate::diff::{Context, Diff};
use crate::plan::{GuardRefusal, Plan};
use item::Item;

pub use course::Course;
pub use rollback::check as check_rollback;

/// Every refusal, in a fixed order. `course`: the plan as rehearsed; `None` where there is nothing to do.
pub fn check(cx: &Context<'_>, diff: &Diff, course: Option<&Course<'_>>) -> Vec<GuardRefusal> {
    let mut refusals = protect::check(cx, diff);
    refusals.extend(hold::check(diff));
    refusals.extend(judge(cx, &item::of_diff(diff), course));
    refusals
}

/// The refusals of a saved plan, judged again: by who applies it, and by the account and the project file as they are now. What rests on
/// the specs is kept as it was planned; the fingerprints see to the rest.
pub fn check_saved(cx: &Context<'_>, plan: &Plan, course: &Course<'_>) -> Vec<GuardRefusal> {
    let of_specs = plan.guards.iter().filter(|refusal| matches!(refusal.guard.as_str(), "protect" | "hold" | TESTS));
    let mut refusals: Vec<GuardRefusal> = of_specs.cloned().collect();
    refusals.extend(judge(cx, &item::of_plan(plan), Some(course)));
    refusals
}

/// Whether a plan ends with exit code 3: spec tests fail, and nobody said that they may, or it adds what the project forbids.
pub fn stops_plan(plan: &Plan) -> bool {
    plan.guards.iter().any(|refusal| refusal.guard == TESTS || refusal.guard == FORBID)
}

/// The name of the guard of forbidden access.
const FORBID: &str = "forbid";

/// The name of the guard of failing tests.
const TESTS: &str = "tests";

/// `tests`: spec tests that fail. They are run by whoever has the specs.
pub fn failing_tests(cx: &Context<'_>, failing: &[&str]) -> Option<GuardRefusal> {
    if failing.is_empty() || cx.settings.options.allow_failing_tests {
        return None;
    }
    const SHOWN: usize = 5;
    let mut names: Vec<String> = failing.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if failing.len() > SHOWN {
        names.push(format!("{} more", failing.len() - SHOWN));
    }
    let what = if failing.len() == 1 { "1 spec test fails".to_owned() } else { format!("{} spec tests fail", failing.len()) };
    Some(GuardRefusal {
        guard: TESTS.to_owned(),
        message: format!("{what} on the account after this plan: {}", names.join(", ")),
        r#override: Some("--allow-failing-tests".to_owned()),
    })
}

/// `destroy` deletes everything: shares of the whole say nothing there, and what is withdrawn goes with its holder.
fn judge(cx: &Context<'_>, items: &[Item<'_>], course: Option<&Course<'_>>) -> Vec<GuardRefusal> {
    let mut refusals = break_glass::check(cx, items);
    refusals.extend(course.map(|course| lockout::check(cx, course)).unwrap_or_default());
    refusals.extend(course.map(forbid::check).unwrap_or_default());
    refusals.extend(thresholds::max_deletes(cx, items));
    if !cx.settings.options.destroy {
        refusals.extend(thresholds::max_deletes_percent(cx, items));
        refusals.extend(thresholds::max_changes_percent(cx, items));
        refusals.extend(revoked::check(cx, items));
    }
    refusals.extend(usage::check(cx, items));
    refusals
}
