//! Through which changed entities the access of a principal changes that does not change itself: policies that it or its group holds, and
//! groups that it is a member of.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Context, Diff};
use crate::names::{Address, EntityKind, Name};
use crate::plan::AccessChange;

/// Adds them to the access changes of a plan.
pub(super) fn add(cx: &Context<'_>, diff: &Diff, access: &mut [AccessChange]) {
    if access.is_empty() {
        return;
    }
    let mut reached: BTreeMap<Address, BTreeSet<&Address>> = BTreeMap::new();
    for changed in diff.drafts.iter().map(|draft| &draft.address) {
        match changed.kind {
            EntityKind::Policy => {
                let holders = cx.snapshot.arn_of(changed).map(|arn| cx.holders(&arn)).unwrap_or_default();
                for (holder, _) in holders {
                    if holder.kind == EntityKind::Group {
                        members(cx, &holder.name, |user| {
                            reached.entry(user).or_default().insert(changed);
                        });
                    }
                    reached.entry(holder).or_default().insert(changed);
                }
            }
            EntityKind::Group => {
                members(cx, &changed.name, |user| {
                    reached.entry(user).or_default().insert(changed);
                });
            }
            EntityKind::Role
            | EntityKind::User
            | EntityKind::InstanceProfile
            | EntityKind::OidcProvider
            | EntityKind::SamlProvider
            | EntityKind::ServiceLinkedRole => {}
        }
    }
    let own: BTreeSet<&Address> = diff.drafts.iter().map(|draft| &draft.address).collect();
    for change in access.iter_mut().filter(|change| !own.contains(&change.principal)) {
        change.through = reached.remove(&change.principal).unwrap_or_default().into_iter().cloned().collect();
    }
}

/// Calls for each member of a group.
fn members(cx: &Context<'_>, group: &Name, mut each: impl FnMut(Address)) {
    for (name, user) in &cx.snapshot.users {
        if user.groups.value().is_some_and(|groups| groups.contains(group)) {
            each(Address::new(EntityKind::User, name));
        }
    }
}
