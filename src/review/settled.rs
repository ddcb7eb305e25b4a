//! The account after a plan, in the form that rules and escalation paths are looked for in.
//!
//! What is declared is not what a principal holds: an additive group keeps a policy that its spec drops, a released role keeps all,
//! and users that no spec declares are members of groups. The rules read what the specs declare, so here it is completed by what the
//! account holds; whatever the account holds otherwise counts as the account has it.

use std::collections::BTreeMap;

use crate::diag::Place;
use crate::model::{
    Desired, Group, InlinePolicies, Manage, Policy, PolicyRef, Role, Seen, Snapshot, User, Want, WantGroup, WantPolicy, WantRole,
    WantUser,
};
use crate::names::{Arn, EntityKind, Name};

/// What principals hold in an account, where it was read: everything that is declared, and everything that the account holds beside.
pub(super) fn settled(declared: &Desired, account: &Snapshot) -> Desired {
    let mut settled = declared.clone();
    for (name, policy) in &account.policies {
        policy_of(&mut settled, name, policy);
    }
    for (name, role) in account.roles.iter().filter(|(_, role)| role.linked_service().is_none()) {
        role_of(&mut settled, account, name, role);
    }
    for (name, user) in &account.users {
        user_of(&mut settled, account, name, user);
    }
    for (name, group) in &account.groups {
        group_of(&mut settled, account, name, group);
    }
    settled
}

/// The place of what no spec declares.
fn nowhere() -> Place {
    Place { file: String::new(), line: 0, column: 0 }
}

fn policy_of(settled: &mut Desired, name: &Name, policy: &Policy) {
    let Some(document) = policy.default_document() else { return };
    match settled.policies.get_mut(name) {
        Some(want) => {
            want.path.clone_from(&policy.path);
            want.document.clone_from(document);
        }
        None => {
            let want = WantPolicy {
                place: nowhere(),
                path: policy.path.clone(),
                description: Want::Leave,
                tags: policy.tags.value().cloned().unwrap_or_default(),
                document: document.clone(),
                document_place: nowhere(),
                manage: Manage::Additive,
                protect: false,
                adopt: false,
            };
            settled.policies.insert(name.clone(), want);
        }
    }
}

/// A policy by its ARN, as a spec would refer to it.
fn reference(settled: &Desired, account: &Snapshot, arn: &str) -> PolicyRef {
    let own = Arn::parse(arn).filter(|parsed| !parsed.is_aws_managed_policy()).and_then(|parsed| {
        let (name, want) = settled.policies.get_key_value(&Name::new(parsed.last_segment()))?;
        (account.arn(EntityKind::Policy, &want.path, name) == arn).then(|| name.clone())
    });
    own.map_or_else(|| PolicyRef::Arn(arn.to_owned()), PolicyRef::Declared)
}

/// The attached policies, each at the place of its entry, else at that of its holder.
fn attached(
    settled: &Desired,
    account: &Snapshot,
    seen: &Seen<std::collections::BTreeSet<String>>,
    declared: Option<&Vec<(PolicyRef, Place)>>,
    holder: &Place,
) -> Vec<(PolicyRef, Place)> {
    let Some(arns) = seen.value() else { return declared.cloned().unwrap_or_default() };
    let place = |policy: &PolicyRef| {
        let entry = declared.into_iter().flatten().find(|(declared, _)| declared == policy);
        entry.map_or_else(|| holder.clone(), |(_, place)| place.clone())
    };
    arns.iter()
        .map(|arn| {
            let policy = reference(settled, account, arn);
            let place = place(&policy);
            (policy, place)
        })
        .collect()
}

fn inline(seen: &Seen<InlinePolicies>, declared: Option<&InlinePolicies>) -> InlinePolicies {
    seen.value().or(declared).cloned().unwrap_or_default()
}

fn boundary(
    settled: &Desired,
    account: &Snapshot,
    seen: &Seen<Option<String>>,
    declared: Option<&Want<Option<PolicyRef>>>,
) -> Want<Option<PolicyRef>> {
    match seen {
        Seen::Value(arn) => Want::Exactly(arn.as_ref().map(|arn| reference(settled, account, arn))),
        Seen::Unread => declared.cloned().unwrap_or(Want::Leave),
    }
}

fn role_of(settled: &mut Desired, account: &Snapshot, name: &Name, role: &Role) {
    let declared = settled.roles.get(name);
    // A role of which nothing but the name is known says nothing of what it may do.
    let Some(trust) = role.trust.value().or(declared.map(|want| &want.trust)) else { return };
    let place = declared.map_or_else(nowhere, |want| want.place.clone());
    let managed = attached(settled, account, &role.attached_policies, declared.map(|want| &want.managed_policies), &place);
    let want = WantRole {
        path: role.path.clone(),
        description: Want::Leave,
        max_session_duration: Want::Leave,
        permissions_boundary: boundary(
            settled,
            account,
            &role.permissions_boundary,
            declared.map(|want| &want.permissions_boundary),
        ),
        tags: role.tags.value().cloned().unwrap_or_default(),
        trust: trust.clone(),
        trust_place: declared.map_or_else(nowhere, |want| want.trust_place.clone()),
        managed_policies: managed,
        inline_policies: inline(&role.inline_policies, declared.map(|want| &want.inline_policies)),
        inline_places: declared.map(|want| want.inline_places.clone()).unwrap_or_default(),
        manage: declared.map_or(Manage::Additive, |want| want.manage),
        protect: declared.is_some_and(|want| want.protect),
        adopt: declared.is_some_and(|want| want.adopt),
        place,
    };
    settled.roles.insert(name.clone(), want);
}

fn user_of(settled: &mut Desired, account: &Snapshot, name: &Name, user: &User) {
    let declared = settled.users.get(name);
    let place = declared.map_or_else(nowhere, |want| want.place.clone());
    let managed = attached(settled, account, &user.attached_policies, declared.map(|want| &want.managed_policies), &place);
    let want = WantUser {
        path: Want::Exactly(user.path.clone()),
        permissions_boundary: boundary(
            settled,
            account,
            &user.permissions_boundary,
            declared.map(|want| &want.permissions_boundary),
        ),
        tags: user.tags.value().cloned().unwrap_or_default(),
        managed_policies: managed,
        inline_policies: inline(&user.inline_policies, declared.map(|want| &want.inline_policies)),
        inline_places: declared.map(|want| want.inline_places.clone()).unwrap_or_default(),
        manage: declared.map_or(Manage::Additive, |want| want.manage),
        protect: declared.is_some_and(|want| want.protect),
        adopt: declared.is_some_and(|want| want.adopt),
        create: declared.is_some_and(|want| want.create),
        renamed_from: None,
        place,
    };
    settled.users.insert(name.clone(), want);
}

fn group_of(settled: &mut Desired, account: &Snapshot, name: &Name, group: &Group) {
    let declared = settled.groups.get(name);
    let place = declared.map_or_else(nowhere, |want| want.place.clone());
    let managed = attached(settled, account, &group.attached_policies, declared.map(|want| &want.managed_policies), &place);
    let mut members: BTreeMap<Name, Place> = declared.map(|want| want.users.iter().cloned().collect()).unwrap_or_default();
    for (user, is) in &account.users {
        match is.groups.value().map(|groups| groups.contains(name)) {
            Some(true) => drop(members.entry(user.clone()).or_insert_with(|| place.clone())),
            Some(false) => drop(members.remove(user)),
            None => {}
        }
    }
    let want = WantGroup {
        path: Want::Exactly(group.path.clone()),
        managed_policies: managed,
        inline_policies: inline(&group.inline_policies, declared.map(|want| &want.inline_policies)),
        inline_places: declared.map(|want| want.inline_places.clone()).unwrap_or_default(),
        users: members.into_iter().collect(),
        manage: declared.map_or(Manage::Additive, |want| want.manage),
        protect: declared.is_some_and(|want| want.protect),
        renamed_from: None,
        place,
    };
    settled.groups.insert(name.clone(), want);
}
