//! `--target`: only the named entities and what they depend on.

use std::collections::BTreeSet;

use crate::diag::Severity;
use crate::diff::{Context, Diff};
use crate::model::{Act, PolicyRef, policy_address, principal_address};
use crate::names::{Address, EntityKind};

/// Drops everything outside the targets and their dependencies.
pub(super) fn narrow(cx: &Context<'_>, diff: &mut Diff) {
    let targets = &cx.settings.options.target;
    if targets.is_empty() {
        return;
    }
    let mut inside = BTreeSet::new();
    let mut queue: Vec<Address> = targets.iter().cloned().collect();
    while let Some(address) = queue.pop() {
        if inside.insert(address.clone()) {
            queue.extend(dependencies(cx, &address));
        }
    }
    let outside = |address: &Address| !inside.contains(address);
    let lets_go = |call: &crate::diff::Call| matches!(call.operation.act(), Act::Detach(arn) if cx.settings.options.destroy && policy_address(arn).is_some_and(|policy| !outside(&policy)));
    // A policy that is destroyed is detached first, from groups that stay too.
    for draft in diff.drafts.iter_mut().filter(|d| outside(&d.address) && d.address.kind == EntityKind::Group) {
        draft.calls.retain(lets_go);
    }
    diff.drafts.retain(|d| {
        !outside(&d.address) || (d.address.kind == EntityKind::Group && !d.calls.is_empty() && d.calls.iter().all(lets_go))
    });
    diff.unchanged =
        inside.iter().filter(|a| cx.desired.declares(a)).count().saturating_sub(diff.drafts.len()).min(diff.unchanged);
    diff.findings.retain(|f| f.address.as_ref().is_none_or(|a| !outside(a)) && f.code != "not-pruned");
    let idle = |a: &&Address| !cx.desired.declares(a) && diff.drafts.iter().all(|d| d.address != **a);
    for address in targets.iter().filter(idle).collect::<Vec<_>>() {
        let message = "no spec declares it, and this run does not prune: it is left alone".to_owned();
        let help = "to have it deleted if this stack owns it, add `--prune`".to_owned();
        diff.find(Severity::Note, "not-pruned", address, None, message, Some(help));
    }
    diff.not_compared.retain(|n| !outside(&n.address));
    diff.protected.retain(|a| !outside(a));
    diff.held.retain(|(a, _)| !outside(a));
}

fn dependencies(cx: &Context<'_>, address: &Address) -> Vec<Address> {
    let desired = cx.desired;
    let mut found = Vec::new();
    let mut policy = |reference: &PolicyRef| {
        if let PolicyRef::Declared(name) = reference {
            found.push(Address::new(EntityKind::Policy, name));
        }
    };
    match address.kind {
        EntityKind::Role => {
            let Some(want) = desired.roles.get(&address.name) else { return found };
            want.managed_policies.iter().for_each(|(r, _)| policy(r));
            if let Some(Some(boundary)) = want.permissions_boundary.value() {
                policy(boundary);
            }
            for principal in want.trust.principals() {
                found.extend(principal_address(principal.value).filter(|a| desired.declares(a)));
            }
            let profiles = desired.instance_profiles.iter().filter(|(_, p)| p.role == address.name);
            found.extend(profiles.map(|(name, _)| Address::new(EntityKind::InstanceProfile, name)));
        }
        EntityKind::User => {
            let Some(want) = desired.users.get(&address.name) else { return found };
            want.managed_policies.iter().for_each(|(r, _)| policy(r));
            if let Some(Some(boundary)) = want.permissions_boundary.value() {
                policy(boundary);
            }
        }
        EntityKind::Group => {
            let Some(want) = desired.groups.get(&address.name) else { return found };
            want.managed_policies.iter().for_each(|(r, _)| policy(r));
            let users = want.users.iter().map(|(user, _)| Address::new(EntityKind::User, user));
            found.extend(users.filter(|a| desired.declares(a)));
        }
        EntityKind::InstanceProfile => {
            found.extend(desired.instance_profiles.get(&address.name).map(|p| Address::new(EntityKind::Role, &p.role)));
        }
        EntityKind::Policy | EntityKind::ServiceLinkedRole | EntityKind::OidcProvider | EntityKind::SamlProvider => {}
    }
    found
}
