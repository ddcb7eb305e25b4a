//! `max_revoked`: many principals that lose access at once are an outage, even where nothing is deleted.

use std::collections::BTreeSet;

use super::item::Item;
use crate::diff::Context;
use crate::model::Act;
use crate::names::{Address, EntityKind};
use crate::plan::GuardRefusal;

pub(super) fn check(cx: &Context<'_>, items: &[Item<'_>]) -> Option<GuardRefusal> {
    let limit = cx.settings.options.max_revoked.unwrap_or(cx.settings.guards.max_revoked);
    let mut losers: BTreeSet<Address> = BTreeSet::new();
    for call in items.iter().flat_map(|item| &item.calls) {
        match call.act() {
            Act::Detach(_) | Act::DeleteInline(_) => losers.extend(call.subject()),
            Act::Leave(EntityKind::User, user) => drop(losers.insert(Address::new(EntityKind::User, user))),
            _ => {}
        }
    }
    // What is deleted or replaced counts for `max_deletes`.
    for item in items.iter().filter(|item| item.ends()) {
        losers.remove(item.address);
    }
    let count = losers.len();
    (count > limit).then(|| GuardRefusal {
        guard: "max_revoked".to_owned(),
        message: format!(
            "{count} principals would lose attachments, inline policies or memberships, more than the {limit} that `max_revoked` allows"
        ),
        r#override: Some(format!("--max-revoked {count}")),
    })
}
