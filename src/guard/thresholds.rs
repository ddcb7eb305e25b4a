//! `max_deletes` and `max_changes_percent`: a plan that does far more than usual is probably a mistake.

use super::item::Item;
use crate::diff::{Context, owned};
use crate::plan::{Action, GuardRefusal};

/// From how many owned entities upwards the percentage of changes counts.
const PERCENT_FROM: usize = 10;
/// From how many owned entities upwards the percentage of deletions counts.
const DELETES_FROM: usize = 3;

pub(super) fn max_deletes(cx: &Context<'_>, items: &[Item<'_>]) -> Option<GuardRefusal> {
    let limit = cx.settings.options.max_deletes.unwrap_or(cx.settings.guards.max_deletes);
    let count = items.iter().filter(|item| item.ends()).count();
    (count > limit).then(|| GuardRefusal {
        guard: "max_deletes".to_owned(),
        message: format!(
            "{count} {} would be deleted or replaced, more than the {limit} that `max_deletes` allows",
            if count == 1 { "entity" } else { "entities" }
        ),
        r#override: Some(format!("--max-deletes {count}")),
    })
}

/// The share of what the stack owns that goes, whatever its number.
pub(super) fn max_deletes_percent(cx: &Context<'_>, items: &[Item<'_>]) -> Option<GuardRefusal> {
    let limit = cx.settings.options.max_deletes_percent.unwrap_or(cx.settings.guards.max_deletes_percent);
    let owned = owned(cx);
    let gone = items.iter().filter(|item| item.ends() && owned.contains(item.address)).count();
    if owned.len() < DELETES_FROM {
        return None;
    }
    let percent = (gone * 100).div_ceil(owned.len());
    (percent > limit as usize).then(|| GuardRefusal {
        guard: "max_deletes_percent".to_owned(),
        message: format!(
            "{gone} of {} owned entities would be deleted or replaced ({percent} %), more than the {limit} % that `max_deletes_percent` allows",
            owned.len()
        ),
        r#override: Some(format!("--max-deletes-percent {percent}")),
    })
}

pub(super) fn max_changes_percent(cx: &Context<'_>, items: &[Item<'_>]) -> Option<GuardRefusal> {
    let limit = cx.settings.options.max_changes_percent.unwrap_or(cx.settings.guards.max_changes_percent);
    let owned = owned(cx);
    if owned.len() < PERCENT_FROM {
        return None;
    }
    let changed = items
        .iter()
        .filter(|item| match item.action {
            Action::Delete | Action::Replace | Action::Release => true,
            Action::Update => owned.contains(item.address) && item.fields.iter().any(|field| *field != "tags"),
            Action::Create | Action::Adopt | Action::DetachOnly | Action::Blocked => false,
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
