//! `max_deletes` and `max_changes_percent`: a plan that does far more than usual is probably a mistake.

use crate::diff::{Context, Diff, owned};
use crate::plan::{Action, GuardRefusal};

/// From how many owned entities upwards the percentage counts.
const PERCENT_FROM: usize = 10;

pub(super) fn max_deletes(cx: &Context<'_>, diff: &Diff) -> Option<GuardRefusal> {
    let limit = cx.settings.options.max_deletes.unwrap_or(cx.settings.guards.max_deletes);
    let count = diff.drafts.iter().filter(|d| matches!(d.action, Action::Delete | Action::Replace)).count();
    (count > limit).then(|| GuardRefusal {
        guard: "max_deletes".to_owned(),
        message: format!(
            "{count} {} would be deleted or replaced, more than the {limit} that `max_deletes` allows",
            if count == 1 { "entity" } else { "entities" }
        ),
        r#override: Some(format!("--max-deletes {count}")),
    })
}

pub(super) fn max_changes_percent(cx: &Context<'_>, diff: &Diff) -> Option<GuardRefusal> {
    let limit = cx.settings.options.max_changes_percent.unwrap_or(cx.settings.guards.max_changes_percent);
    let owned = owned(cx);
    if owned.len() < PERCENT_FROM {
        return None;
    }
    let changed = diff
        .drafts
        .iter()
        .filter(|d| match d.action {
            Action::Delete | Action::Replace => true,
            Action::Update => owned.contains(&d.address) && d.fields.iter().any(|f| f.field != "tags"),
            Action::Create | Action::Adopt | Action::DetachOnly | Action::Release | Action::Blocked => false,
        })
        .count();
    // In whole per cent, rounded up, so that the override named is enough.
    let percent = (changed * 100).div_ceil(owned.len());
    (percent > limit as usize).then(|| GuardRefusal {
        guard: "max_changes_percent".to_owned(),
        message: format!("{changed} of {} owned entities would change ({percent} %), more than the {limit} % that `max_changes_percent` allows", owned.len()),
        r#override: Some(format!("--max-changes-percent {percent}")),
    })
}
