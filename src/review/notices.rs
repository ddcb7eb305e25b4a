//! What must be read before all else, one plain sentence each: what specs and plan say beside access.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{Side, is_role};
use super::report::Notice;
use super::stand_ins;
use crate::diff::Context;
use crate::model::{Desired, Manage};
use crate::names::{Address, EntityKind};
use crate::plan::{Action, Plan};

/// A notice about an entity.
fn about(address: &Address, message: impl Into<String>) -> Notice {
    Notice { subject: address.to_string(), message: message.into() }
}

/// How an entity is held, beside what it is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Hold {
    manage: Option<Manage>,
    protect: bool,
    adopt: bool,
}

fn holds(desired: &Desired) -> BTreeMap<Address, Hold> {
    let mut found = BTreeMap::new();
    let mut put = |kind, name: &crate::names::Name, manage, protect, adopt| {
        found.insert(Address::new(kind, name), Hold { manage, protect, adopt });
    };
    desired.policies.iter().for_each(|(n, w)| put(EntityKind::Policy, n, Some(w.manage), w.protect, w.adopt));
    desired.roles.iter().for_each(|(n, w)| put(EntityKind::Role, n, Some(w.manage), w.protect, w.adopt));
    desired.users.iter().for_each(|(n, w)| put(EntityKind::User, n, Some(w.manage), w.protect, w.adopt));
    desired.groups.iter().for_each(|(n, w)| put(EntityKind::Group, n, Some(w.manage), w.protect, false));
    desired.oidc_providers.iter().for_each(|(n, w)| put(EntityKind::OidcProvider, n, None, w.protect, false));
    desired.saml_providers.iter().for_each(|(n, w)| put(EntityKind::SamlProvider, n, None, w.protect, false));
    found
}

fn meaning(manage: Manage) -> (&'static str, &'static str) {
    match manage {
        Manage::Exclusive => ("exclusive", "whatever others put there is taken off"),
        Manage::Additive => ("additive", "what is no longer listed and what others put there may stay"),
        Manage::CreateOnly => ("create_only", "once it exists nothing of it is compared or changed any more"),
    }
}

/// `protect`, `adopt`, `manage`, `waive` and `release`.
pub(super) fn of_specs(base: &Side, head: &Side) -> Vec<Notice> {
    let (was, is) = (holds(&base.desired), holds(&head.desired));
    let mut found = Vec::new();
    for (address, now) in &is {
        let before = was.get(address);
        let then = before.copied().unwrap_or_default();
        if then.protect && !now.protect {
            found.push(about(address, "it is no longer protected: a later change may delete or replace it"));
        }
        if now.protect && before.is_some() && !then.protect {
            found.push(about(address, "it is protected from now on: it can no longer be deleted or replaced"));
        }
        if now.adopt && !then.adopt {
            found.push(about(address, "it may take over what exists under this name and no stack owns (`adopt: true`)"));
        }
        if let (Some(before), Some(manage)) = (before.and_then(|b| b.manage), now.manage)
            && before != manage
        {
            let ((old, _), (new, means)) = (meaning(before), meaning(manage));
            found.push(about(address, format!("`manage` changes from `{old}` to `{new}`: {means}")));
        }
    }
    let waived = |side: &Side| -> BTreeSet<(Address, String)> {
        side.waivers.iter().map(|w| (w.address.clone(), w.code.clone())).collect()
    };
    let (waived_before, waived_now) = (waived(base), waived(head));
    for waiver in head.waivers.iter().filter(|w| !waived_before.contains(&(w.address.clone(), w.code.clone()))) {
        let until = waiver.until.as_ref().map(|(day, _)| format!(" until {day}")).unwrap_or_default();
        let message = format!("the finding `{}` is accepted here{until}, with the reason: {}", waiver.code, waiver.reason);
        found.push(about(&waiver.address, message));
    }
    for waiver in base.waivers.iter().filter(|w| !waived_now.contains(&(w.address.clone(), w.code.clone()))) {
        if head.desired.declares(&waiver.address) {
            found.push(about(&waiver.address, format!("the finding `{}` is no longer accepted here", waiver.code)));
        }
    }
    for address in head.desired.release.keys().filter(|a| !base.desired.release.contains_key(*a)) {
        found.push(about(address, "it is released: the marks come off, it stays as it is, and nobody manages it any more"));
    }
    found
}

/// What the changes mean beyond themselves: what stays though no longer declared, what is made anew, what still names a role that
/// goes, and which guards an apply would meet.
pub(super) fn of_changes(cx: &Context<'_>, plan: &Plan, base: &Desired) -> Vec<Notice> {
    let mut found = Vec::new();
    let changed: BTreeSet<&Address> = plan.changes.iter().map(|c| &c.address).collect();
    for address in base.addresses() {
        if !cx.desired.declares(&address) && !changed.contains(&address) {
            let message = match address.kind {
                EntityKind::Group | EntityKind::ServiceLinkedRole => {
                    "it is no longer declared, and stays as it is: it can carry no mark of ownership"
                }
                EntityKind::OidcProvider | EntityKind::SamlProvider => {
                    "it is no longer declared, and stays unless an apply names it with `--allow-delete`: others may rely on it"
                }
                _ => "it is no longer declared, and stays as it is: iamctl put no mark on it",
            };
            found.push(about(&address, message));
        }
    }
    let mut documents = None;
    for change in &plan.changes {
        match change.action {
            Action::Replace => {
                let message = format!(
                    "IAM cannot change what differs, so it is deleted and made anew; an apply asks for `--replace {}`",
                    change.address
                );
                found.push(about(&change.address, message));
            }
            Action::Delete if is_role(&change.address) => {
                let Some(arn) = cx.snapshot.arn_of(&change.address) else { continue };
                let quoted = format!("\"{arn}\"");
                let texts = documents.get_or_insert_with(|| {
                    stand_ins::documents(cx).into_iter().map(|(a, what, d)| (a, what, d.to_compact())).collect::<Vec<_>>()
                });
                let named: Vec<String> = texts
                    .iter()
                    .filter(|(_, _, text)| text.contains(&quoted))
                    .map(|(address, what, _)| format!("`{address}` ({what})"))
                    .collect();
                if !named.is_empty() {
                    found.push(about(&change.address, format!("it is deleted and still named by {}", some(&named))));
                }
            }
            Action::Blocked => found.push(about(&change.address, change.reason.clone())),
            _ => {}
        }
        found.extend(in_use(change));
    }
    found.extend(guards(plan));
    found
}

/// What a plan on an account says that the specs alone cannot: use, and guards.
pub(super) fn of_plan(plan: &Plan) -> Vec<Notice> {
    plan.changes.iter().flat_map(in_use).chain(guards(plan)).collect()
}

/// Warnings of a role that goes.
fn in_use(change: &crate::plan::Change) -> Vec<Notice> {
    if !matches!(change.action, Action::Delete | Action::Replace) || change.warnings.is_empty() {
        return Vec::new();
    }
    vec![about(&change.address, format!("it would be deleted, and is in use: {}", change.warnings.join("; ")))]
}

fn guards(plan: &Plan) -> Vec<Notice> {
    let notice = |refusal: &crate::plan::GuardRefusal| Notice {
        subject: refusal.guard.clone(),
        message: match &refusal.r#override {
            Some(flag) => format!("an apply refuses this: {}; `{flag}` overrides it for one run", refusal.message),
            None => format!("an apply refuses this: {}", refusal.message),
        },
    };
    plan.guards.iter().map(notice).collect()
}

/// The first few of a list, and how many more there are.
pub(super) fn some(items: &[String]) -> String {
    const SHOWN: usize = 3;
    let mut text = items.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if items.len() > SHOWN {
        text += &format!(" and {} more", items.len() - SHOWN);
    }
    text
}
