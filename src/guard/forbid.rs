//! `forbid`: access that the project forbids and that the plan adds.

use super::Course;
use crate::diff::Context;
use crate::forbid::of_change;
use crate::holdings::AccountState;
use crate::plan::GuardRefusal;

pub(super) fn check(cx: &Context<'_>, course: &Course<'_>) -> Vec<GuardRefusal> {
    let (before, after) = (AccountState::of_snapshot(cx.snapshot), AccountState::of_snapshot(course.end));
    let added = of_change(&before, &after, &cx.settings.forbid).added;
    let refusal = |breach: crate::forbid::Breach| GuardRefusal {
        guard: super::FORBID.to_owned(),
        message: format!("{}; {}", breach.message(), breach.help()),
        r#override: None,
    };
    added.into_iter().map(refusal).collect()
}
