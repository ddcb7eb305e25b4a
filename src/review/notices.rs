//! What must be read before all else, one plain sentence each: what specs and plan say beside access.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::compare::Side;
use super::report::{Notice, NoticeKind};
use crate::diag::{Place, Severity};
use crate::diff::Context;
use crate::model::{Desired, InlinePolicies, Manage, PolicyRef, Snapshot, Want, WantRole};
use crate::names::{Address, EntityKind, Name};
use crate::plan::{Action, Plan};
use crate::spec::Waiver;

/// The first lines in their order: what a notice is about, then how grave it is; otherwise in the order in which they were found.
pub(super) fn rank(notice: &Notice) -> (NoticeKind, Reverse<Severity>) {
    (notice.kind, Reverse(notice.severity))
}

/// A warning about an entity.
fn about(address: &Address, message: impl Into<String>) -> Notice {
    Notice::warning(address.to_string(), message)
}

/// A warning about a control of an entity that is weaker than before.
fn control(address: &Address, message: impl Into<String>) -> Notice {
    about(address, message).of_kind(NoticeKind::Control)
}

/// A note about an entity.
fn note(address: &Address, message: impl Into<String>) -> Notice {
    Notice::note(address.to_string(), message)
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
    let mut put = |kind, name: &Name, manage, protect, adopt| {
        found.insert(Address::new(kind, name), Hold { manage, protect, adopt });
    };
    desired.policies.iter().for_each(|(n, w)| put(EntityKind::Policy, n, Some(w.manage), w.protect, w.adopt));
    desired.roles.iter().for_each(|(n, w)| put(EntityKind::Role, n, Some(w.manage), w.protect, w.adopt));
    desired.users.iter().for_each(|(n, w)| put(EntityKind::User, n, Some(w.manage), w.protect, w.adopt));
    desired.groups.iter().for_each(|(n, w)| put(EntityKind::Group, n, Some(w.manage), w.protect, false));
    desired
        .oidc_providers
        .iter()
        .for_each(|(n, w)| put(EntityKind::OidcProvider, n, Some(w.manage.unwrap_or(Manage::Exclusive)), w.protect, false));
    desired
        .saml_providers
        .iter()
        .for_each(|(n, w)| put(EntityKind::SamlProvider, n, Some(w.manage.unwrap_or(Manage::Exclusive)), w.protect, false));
    found
}

/// What specs say of the permissions boundaries of roles and users.
fn boundaries(desired: &Desired) -> BTreeMap<Address, &Want<Option<PolicyRef>>> {
    let roles = desired.roles.iter().map(|(name, want)| (Address::new(EntityKind::Role, name), &want.permissions_boundary));
    let users = desired.users.iter().map(|(name, want)| (Address::new(EntityKind::User, name), &want.permissions_boundary));
    roles.chain(users).collect()
}

fn meaning(manage: Manage) -> (&'static str, &'static str) {
    match manage {
        Manage::Exclusive => ("exclusive", "what others attached is removed"),
        Manage::Additive => ("additive", "what is no longer listed, and what others attached, may stay"),
        Manage::CreateOnly => ("create_only", "once it exists, it is not changed"),
        Manage::AttachOnly => ("attach_only", "only what is attached to it is compared and changed"),
        Manage::Observe => ("observe", "differences are shown, and nothing is changed"),
    }
}

/// `protect`, `adopt`, `manage`, `waive` and `release`, and boundaries that nobody declares any more.
pub(super) fn of_specs(base: &Side<'_>, head: &Side<'_>) -> Vec<Notice> {
    let (base_specs, head_specs) = (&base.resolved.desired, &head.resolved.desired);
    let (was, is) = (holds(base_specs), holds(head_specs));
    let mut found = Vec::new();
    for (address, now) in &is {
        let before = was.get(address);
        let then = before.copied().unwrap_or_default();
        if then.protect && !now.protect {
            found.push(control(address, "it is no longer protected: a later change can delete or replace it"));
        }
        if now.protect && before.is_some() && !then.protect {
            found.push(note(address, "it is protected from now on: it can no longer be deleted or replaced"));
        }
        if now.adopt && !then.adopt {
            found.push(about(address, "it may adopt an entity of this name that no stack owns (`adopt: true`)"));
        }
        if let (Some(before), Some(manage)) = (before.and_then(|b| b.manage), now.manage)
            && before != manage
        {
            let ((old, _), (new, means)) = (meaning(before), meaning(manage));
            let message = format!("`manage` changes from `{old}` to `{new}`: {means}");
            // What is exclusive is held tightest; the other way round says less of what others put there.
            let weaker = if manage == Manage::Exclusive { about(address, message) } else { control(address, message) };
            found.push(weaker);
        }
    }
    let now = boundaries(head_specs);
    for (address, _) in boundaries(base_specs).into_iter().filter(|(_, want)| want.value().is_some_and(Option::is_some)) {
        if now.get(&address).is_some_and(|want| **want == Want::Leave) {
            let message = "its permissions boundary is no longer declared: the boundary stays, but nothing restores it once it is \
                           removed in the account";
            found.push(control(&address, message));
        }
    }
    let day = |w: &Waiver| w.until.as_ref().map(|(day, _)| day.clone());
    let waived = |side: &Side<'_>| -> BTreeSet<(Address, String)> {
        side.resolved.waivers.iter().map(|w| (w.address.clone(), w.code.clone())).collect()
    };
    let waived_now = waived(head);
    // One that holds longer is as good as a new one.
    let before: BTreeSet<_> = base.resolved.waivers.iter().map(|w| (&w.address, &w.code, day(w))).collect();
    for waiver in head.resolved.waivers.iter().filter(|w| !before.contains(&(&w.address, &w.code, day(w)))) {
        let until = waiver.until.as_ref().map(|(day, _)| format!(" until {day}")).unwrap_or_default();
        let message = format!("the finding `{}` is accepted here{until}, with the reason: {}", waiver.code, waiver.reason);
        found.push(control(&waiver.address, message));
    }
    for waiver in base.resolved.waivers.iter().filter(|w| !waived_now.contains(&(w.address.clone(), w.code.clone()))) {
        if head_specs.declares(&waiver.address) {
            found.push(note(&waiver.address, format!("the finding `{}` is no longer accepted here", waiver.code)));
        }
    }
    for address in head_specs.release.keys().filter(|a| !base_specs.release.contains_key(*a)) {
        found.push(control(address, "it is released: it stays as it is, and nothing manages it"));
    }
    found
}

/// Consequences of the changes: what stays although it is no longer declared, what is recreated, what still names a role that
/// goes, and which guards an apply would meet.
pub(super) fn of_changes(cx: &Context<'_>, plan: &Plan, base: &Desired) -> Vec<Notice> {
    let mut found = Vec::new();
    let changed: BTreeSet<&Address> = plan.changes.iter().map(|c| &c.address).collect();
    for address in base.addresses() {
        if !cx.desired.declares(&address) && !changed.contains(&address) {
            let message = match address.kind {
                EntityKind::Group | EntityKind::ServiceLinkedRole => {
                    "it is no longer declared and stays as it is, because it cannot have an ownership tag"
                }
                EntityKind::OidcProvider | EntityKind::SamlProvider => {
                    "it is no longer declared and stays, because others may rely on it; `--allow-delete` deletes it"
                }
                _ => "it is no longer declared and stays as it is, because it does not have this stack's ownership tag",
            };
            found.push(note(&address, message).of_kind(NoticeKind::Stays));
        }
    }
    let mut documents = None;
    for change in &plan.changes {
        match change.action {
            Action::Replace => {
                let also = change.warnings.iter().map(|warning| format!("; {warning}")).collect::<String>();
                let address = &change.address;
                let message = format!(
                    "IAM cannot change what differs, so it is deleted and created again; an apply asks for `--replace {address}`{also}"
                );
                found.push(about(address, message));
            }
            Action::Delete => {
                let mut uses = change.warnings.clone();
                if let Some(arn) = cx.snapshot.arn_of(&change.address).filter(|_| change.address.kind == EntityKind::Role) {
                    let texts = documents.get_or_insert_with(|| documents_of(cx.desired));
                    uses.extend(named_by(texts, &arn));
                }
                found.extend(in_use(&change.address, &uses));
            }
            Action::Blocked => found.push(about(&change.address, change.reason.clone())),
            _ => {}
        }
    }
    found.extend(renamed(plan, base, cx.desired));
    found.extend(guards(plan));
    found
}

/// What the specs no longer list of an entity and the account keeps: what is additive loses nothing that it cannot remember.
pub(super) fn kept(base: &Desired, head: &Desired, after: &Snapshot) -> Vec<Notice> {
    let mut found = Vec::new();
    let attached = |of: &Address, was: &[(PolicyRef, Place)], is: Option<&[(PolicyRef, Place)]>, held: &BTreeSet<String>| {
        let listed = |policy: &PolicyRef| is.into_iter().flatten().any(|(other, _)| other == policy);
        let gone = was.iter().map(|(policy, _)| policy).filter(|policy| !listed(policy));
        let stays = gone.filter_map(|policy| {
            let (arn, name) = match policy {
                PolicyRef::Arn(arn) => {
                    (arn.clone(), arn.split_once(":policy/").map_or(arn.as_str(), |(_, name)| name).to_owned())
                }
                PolicyRef::Declared(name) => (after.arn_of(&Address::new(EntityKind::Policy, name))?, name.to_string()),
            };
            held.contains(&arn).then(|| format!("`{name}`"))
        });
        stays.map(|name| kept_of(of, &name, "stays attached")).collect::<Vec<_>>()
    };
    let inline = |of: &Address, was: &InlinePolicies, is: Option<&InlinePolicies>, held: &InlinePolicies| {
        let gone = was.keys().filter(|name| !is.is_some_and(|is| is.contains_key(*name)) && held.contains_key(*name));
        gone.map(|name| kept_of(of, &format!("inline policy `{name}`"), "stays")).collect::<Vec<_>>()
    };
    for (name, was) in &base.groups {
        let (of, is) = (Address::new(EntityKind::Group, name), head.groups.get(name));
        let Some(held) = after.groups.get(name) else { continue };
        let all = held.attached_policies.value().cloned().unwrap_or_default();
        found.extend(attached(&of, &was.managed_policies, is.map(|is| is.managed_policies.as_slice()), &all));
        let all = held.inline_policies.value().cloned().unwrap_or_default();
        found.extend(inline(&of, &was.inline_policies, is.map(|is| &is.inline_policies), &all));
        for (user, _) in was.users.iter().filter(|(user, _)| !is.is_some_and(|is| is.users.iter().any(|(u, _)| u == user))) {
            let member = after.users.get(user).and_then(|user| user.groups.value()).is_some_and(|of| of.contains(name));
            if member {
                found.push(kept_of(&of, &format!("`user/{user}`"), "stays a member"));
            }
        }
    }
    for (name, was) in &base.users {
        let (of, is) = (Address::new(EntityKind::User, name), head.users.get(name));
        let Some(held) = after.users.get(name) else { continue };
        let all = held.attached_policies.value().cloned().unwrap_or_default();
        found.extend(attached(&of, &was.managed_policies, is.map(|is| is.managed_policies.as_slice()), &all));
        let all = held.inline_policies.value().cloned().unwrap_or_default();
        found.extend(inline(&of, &was.inline_policies, is.map(|is| &is.inline_policies), &all));
    }
    for (name, was) in &base.roles {
        let (of, is) = (Address::new(EntityKind::Role, name), head.roles.get(name));
        let Some(held) = after.roles.get(name) else { continue };
        let all = held.attached_policies.value().cloned().unwrap_or_default();
        found.extend(attached(&of, &was.managed_policies, is.map(|is| is.managed_policies.as_slice()), &all));
        let all = held.inline_policies.value().cloned().unwrap_or_default();
        found.extend(inline(&of, &was.inline_policies, is.map(|is| &is.inline_policies), &all));
    }
    found
}

fn kept_of(of: &Address, what: &str, how: &str) -> Notice {
    note(of, format!("{what} is no longer listed and {how}: the access through it does not change")).of_kind(NoticeKind::Stays)
}

/// Roles that are new and declared as one that goes.
fn renamed(plan: &Plan, base: &Desired, head: &Desired) -> Vec<Notice> {
    let roles = |action| {
        plan.changes.iter().filter(move |c| c.action == action && c.address.kind == EntityKind::Role).map(|c| &c.address)
    };
    let alike = |was: &WantRole, is: &WantRole| {
        let attached = |role: &WantRole| role.managed_policies.iter().map(|(policy, _)| policy.clone()).collect::<Vec<_>>();
        was.trust == is.trust
            && was.inline_policies == is.inline_policies
            && was.permissions_boundary == is.permissions_boundary
            && attached(was) == attached(is)
    };
    let told = |new: &Address| {
        let is = head.roles.get(&new.name)?;
        let old = roles(Action::Delete).find(|old| base.roles.get(&old.name).is_some_and(|was| alike(was, is)))?;
        let message = format!(
            "it is declared like `{old}`, which is deleted: to IAM it is another role, and policies that name the old one do not reach it"
        );
        Some(note(new, message))
    };
    roles(Action::Create).filter_map(told).collect()
}

/// What a plan on an account says that the specs alone cannot: use, and guards.
pub(super) fn of_plan(plan: &Plan) -> Vec<Notice> {
    let going = plan.changes.iter().filter(|change| change.action == Action::Delete);
    going.filter_map(|change| in_use(&change.address, &change.warnings)).chain(guards(plan)).collect()
}

fn in_use(address: &Address, uses: &[String]) -> Option<Notice> {
    (!uses.is_empty()).then(|| {
        let message = format!("it is deleted while still in use: {}", uses.join("; "));
        about(address, message).of_kind(NoticeKind::InUse)
    })
}

/// Every policy document of the specs as text, with its place. The plan reports trusts that name deleted principals.
fn documents_of(desired: &Desired) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let inline = |kind, holder: &Name, policies: &crate::model::InlinePolicies, found: &mut Vec<(String, String)>| {
        for (name, document) in policies {
            found.push((format!("`{}` (inline policy `{name}`)", Address::new(kind, holder)), document.to_compact()));
        }
    };
    for (name, want) in &desired.policies {
        found.push((format!("`{}`", Address::new(EntityKind::Policy, name)), want.document.to_compact()));
    }
    for (name, want) in &desired.roles {
        inline(EntityKind::Role, name, &want.inline_policies, &mut found);
    }
    desired.users.iter().for_each(|(name, want)| inline(EntityKind::User, name, &want.inline_policies, &mut found));
    desired.groups.iter().for_each(|(name, want)| inline(EntityKind::Group, name, &want.inline_policies, &mut found));
    found
}

/// Where the ARN of a deleted role still occurs.
fn named_by(documents: &[(String, String)], arn: &str) -> Option<String> {
    let quoted = format!("\"{arn}\"");
    let named: Vec<String> =
        documents.iter().filter(|(_, text)| text.contains(&quoted)).map(|(place, _)| place.clone()).collect();
    (!named.is_empty()).then(|| format!("named by {}", some(&named)))
}

fn guards(plan: &Plan) -> Vec<Notice> {
    let notice = |refusal: &crate::plan::GuardRefusal| {
        let flag = refusal.r#override.as_ref().map(|flag| format!("; `{flag}` overrides it for one run")).unwrap_or_default();
        let message = format!("as far as is known here, an apply refuses this: {}{flag}", refusal.message);
        Notice::warning(&refusal.guard, message).of_kind(NoticeKind::Guard)
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
