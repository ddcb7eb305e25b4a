//! What the base left as it is and the head declares. Without the account its value is not known, so nothing about it is proven.

use std::collections::BTreeSet;

use super::report::AccountReport;
use crate::model::{Desired, Manage, PolicyRef, Want};
use crate::names::{Address, EntityKind, Name};
use crate::plan::{AccessChange, AccessGrant, AccessVerdict};
use crate::planner::access::{Held, between};
use crate::policy::Document;
use crate::policy::access::{AccessDiff, PrincipalPolicies};
use crate::scope::Ignore;

/// How a spec holds a principal, as far as it may touch what others put there.
struct Hold<'a> {
    manage: Manage,
    adopt: bool,
    boundary: Option<&'a Want<Option<PolicyRef>>>,
    /// Whether it exists already although the spec does not create it.
    exists: bool,
}

/// Marks as undecided every principal of which the head declares what the base left alone.
pub(super) fn add(report: &mut AccountReport, base: &Desired, head: &Desired) {
    for (address, is) in holds(head) {
        let was = hold(base, &address).or_else(|| hold(base, &name_before(head, &address)?));
        if let Some(reason) = reason(was.as_ref(), &is, &address) {
            undecided(report, address, reason);
        }
    }
    members(report, base, head);
    policies(report, base, head);
}

/// Managed policies whose document allows more: roles, users and groups that no spec declares may hold them.
fn policies(report: &mut AccountReport, base: &Desired, head: &Desired) {
    for (name, is) in &head.policies {
        let Some(was) = base.policies.get(name).filter(|was| was.document != is.document) else { continue };
        let address = Address::new(EntityKind::Policy, name);
        let id = address.to_string();
        // Whoever is declared is compared by itself.
        if report.access.iter().any(|change| change.gained.iter().any(|grant| grant.policy == id)) {
            continue;
        }
        let held = |document: &Document| {
            Held::of(PrincipalPolicies { identity: vec![(id.clone(), document.clone())], boundary: None, scps: Vec::new() })
        };
        let change = AccessChange::of(address, between(&held(&was.document), &held(&is.document)));
        let grave = |grant: &AccessGrant| !grant.permissions_management.is_empty() || !grant.gives_credentials.is_empty();
        if change.verdict == AccessVerdict::NewAccess && change.gained.iter().any(grave) {
            let why = "it changes permissions or hands out credentials, and no spec declares a holder; `--against` a snapshot shows them";
            report.reserve(&id, "the holders", why.to_owned());
        }
        if change.verdict != AccessVerdict::NoNewAccess {
            report.access.push(change);
        }
    }
}

/// Patterns that the base ignored and the head does not: what they matched is removed from exclusive entities.
pub(super) fn no_longer_ignored(report: &mut AccountReport, was: &Ignore, is: &Ignore) {
    let Ignore { tags: _, attached_policies, inline_policies } = was;
    let gone = |was: &[String], is: &[String]| was.iter().find(|pattern| !is.contains(pattern)).cloned();
    let pattern = gone(attached_policies, &is.attached_policies).or_else(|| gone(inline_policies, &is.inline_policies));
    if let Some(pattern) = pattern {
        report.reserve(
            "ignore",
            "policies that were ignored",
            format!("`{pattern}` is ignored no longer, so what matches it is removed, including denies"),
        );
    }
}

fn reason(was: Option<&Hold<'_>>, is: &Hold<'_>, address: &Address) -> Option<String> {
    const HELP: &str = "; `--against` a snapshot of the account shows it";
    let adopts = is.adopt && !was.is_some_and(|was| was.adopt);
    if adopts {
        return Some(format!("it may be adopted, and what it holds today is not known{HELP}"));
    }
    if let Some(Want::Exactly(_)) = is.boundary
        && was.map_or(is.exists, |was| matches!(was.boundary, Some(Want::Leave)))
    {
        return Some(format!(
            "its permissions boundary was left as it is, so which one is replaced or removed is not known{HELP}"
        ));
    }
    let exclusive = is.manage == Manage::Exclusive;
    match was.map(|was| was.manage) {
        Some(Manage::Additive) if exclusive => {
            Some(format!("`manage` becomes `exclusive`, and what is removed is not known, and may include denies{HELP}"))
        }
        Some(before @ (Manage::CreateOnly | Manage::AttachOnly | Manage::Observe)) if is.manage != before => {
            Some(format!("it was left alone until now, so what is replaced is not known{HELP}"))
        }
        None if address.kind == EntityKind::Group => {
            Some(format!("the group may exist already, and what it holds then is not known{HELP}"))
        }
        None if is.exists && exclusive => Some(format!(
            "the {} exists already, and what comes off it is not known, denials among it{HELP}",
            address.kind.noun()
        )),
        Some(Manage::Additive | Manage::CreateOnly | Manage::Exclusive | Manage::AttachOnly | Manage::Observe) | None => None,
    }
}

/// The address that a renamed user or group had.
fn name_before(head: &Desired, address: &Address) -> Option<Address> {
    let renamed_from = match address.kind {
        EntityKind::User => &head.users.get(&address.name)?.renamed_from,
        EntityKind::Group => &head.groups.get(&address.name)?.renamed_from,
        _ => return None,
    };
    renamed_from.as_ref().map(|(name, _)| Address::new(address.kind, name))
}

fn holds(desired: &Desired) -> Vec<(Address, Hold<'_>)> {
    desired.addresses().into_iter().filter_map(|address| Some((address.clone(), hold(desired, &address)?))).collect()
}

fn hold<'a>(desired: &'a Desired, address: &Address) -> Option<Hold<'a>> {
    let name = &address.name;
    match address.kind {
        EntityKind::Role => desired.roles.get(name).map(|want| Hold {
            manage: want.manage,
            adopt: want.adopt,
            boundary: Some(&want.permissions_boundary),
            exists: false,
        }),
        EntityKind::User => desired.users.get(name).map(|want| Hold {
            manage: want.manage,
            adopt: want.adopt,
            boundary: Some(&want.permissions_boundary),
            exists: !want.create,
        }),
        EntityKind::Group => {
            desired.groups.get(name).map(|want| Hold { manage: want.manage, adopt: false, boundary: None, exists: true })
        }
        EntityKind::Policy => {
            desired.policies.get(name).map(|want| Hold { manage: want.manage, adopt: want.adopt, boundary: None, exists: false })
        }
        EntityKind::InstanceProfile => desired.instance_profiles.get(name).map(|want| Hold {
            manage: want.manage,
            adopt: want.adopt,
            boundary: None,
            exists: false,
        }),
        EntityKind::OidcProvider | EntityKind::SamlProvider | EntityKind::ServiceLinkedRole => None,
    }
}

/// Who joins a group that keeps what others attached: nobody knows what that is.
fn members(report: &mut AccountReport, base: &Desired, head: &Desired) {
    for (group, want) in head.groups.iter().filter(|(_, want)| want.manage != Manage::Exclusive) {
        let Some(was) = base.groups.get(group) else { continue };
        let before: BTreeSet<&Name> = was.users.iter().map(|(user, _)| user).collect();
        for (user, _) in want.users.iter().filter(|(user, _)| !before.contains(user)) {
            let reason = format!(
                "it joins `group/{group}`, which keeps what others attach to it, and what that is, is not known; `--against` a \
                 snapshot of the account shows it"
            );
            undecided(report, Address::new(EntityKind::User, user), reason);
        }
    }
}

/// Nothing about a principal is proven, unless it is known already to gain access.
fn undecided(report: &mut AccountReport, address: Address, reason: String) {
    match report.access.iter_mut().find(|change| change.principal == address) {
        Some(change) => {
            if change.verdict == AccessVerdict::NoNewAccess {
                change.verdict = AccessVerdict::Undecided;
            }
            change.reason.get_or_insert(reason);
        }
        None => report.access.push(AccessChange::of(address, AccessDiff::undecided(reason))),
    }
}
