//! What is said of an entity that is taken: fields that were not read, and texts that no spec may hold.

use std::collections::BTreeSet;

use super::leave_out::Report;
use crate::aws_policies::withdrawal;
use crate::model::{Seen, Snapshot};
use crate::names::{Address, EntityKind, check_description};

/// What is not in a reading, and so not in the specs either.
pub(super) fn notes(snapshot: &Snapshot, address: &Address, additive: &BTreeSet<Address>, report: &mut Report) {
    let name = &address.name;
    let mut unread = Vec::new();
    let mut bad_text = None;
    match address.kind {
        EntityKind::Policy => {
            if let Some(policy) = snapshot.policies.get(name) {
                unread.extend(policy.tags.is_unread().then_some("tags"));
                unread.extend(policy.description.is_unread().then_some("description"));
                bad_text = policy.description.value().cloned().flatten();
            }
        }
        EntityKind::Role => {
            if let Some(role) = snapshot.roles.get(name) {
                unread.extend(role.tags.is_unread().then_some("tags"));
                unread.extend(role.description.is_unread().then_some("description"));
                unread.extend(role.max_session_duration.is_unread().then_some("max_session_duration"));
                unread.extend(role.permissions_boundary.is_unread().then_some("permissions_boundary"));
                unread.extend(role.attached_policies.is_unread().then_some("managed policies"));
                unread.extend(role.inline_policies.is_unread().then_some("inline policies"));
                bad_text = role.description.value().cloned().flatten();
            }
        }
        EntityKind::User => {
            if let Some(user) = snapshot.users.get(name) {
                unread.extend(user.tags.is_unread().then_some("tags"));
                unread.extend(user.permissions_boundary.is_unread().then_some("permissions_boundary"));
                unread.extend(user.attached_policies.is_unread().then_some("managed policies"));
                unread.extend(user.inline_policies.is_unread().then_some("inline policies"));
            }
        }
        EntityKind::OidcProvider => {
            if let Some(provider) = snapshot.oidc_providers.get(name) {
                unread.extend(provider.tags.is_unread().then_some("tags"));
                unread.extend(provider.client_ids.is_unread().then_some("client_ids"));
                unread.extend(provider.thumbprints.is_unread().then_some("thumbprints"));
            }
        }
        EntityKind::SamlProvider => {
            unread.extend(snapshot.saml_providers.get(name).is_some_and(|p| p.tags.is_unread()).then_some("tags"));
        }
        EntityKind::Group => {
            let members = snapshot.users.values().any(|u| u.groups.is_unread()) || snapshot.unlisted.contains(&EntityKind::User);
            unread.extend(members.then_some("users"));
            if let Some(group) = snapshot.groups.get(name) {
                unread.extend(group.attached_policies.is_unread().then_some("managed policies"));
                unread.extend(group.inline_policies.is_unread().then_some("inline policies"));
            }
        }
        EntityKind::InstanceProfile | EntityKind::ServiceLinkedRole => {}
    }
    if !unread.is_empty() {
        // What is left as it is where a spec omits it, and no part of it is access, is no gap.
        let harmless = unread.iter().all(|field| matches!(*field, "description" | "max_session_duration"));
        let says = if additive.contains(address) { "; its spec says `manage: additive` and takes nothing off" } else { "" };
        let reason = format!("what was read does not hold its {}{says}", unread.join(", "));
        if harmless { report.note(address, reason) } else { report.unknown(address, reason) }
    }
    // It is attached there and stays so; a role that is created anew would not get it.
    let attached = match address.kind {
        EntityKind::Role => snapshot.roles.get(name).map(|role| &role.attached_policies),
        EntityKind::User => snapshot.users.get(name).map(|user| &user.attached_policies),
        EntityKind::Group => snapshot.groups.get(name).map(|group| &group.attached_policies),
        EntityKind::Policy
        | EntityKind::InstanceProfile
        | EntityKind::ServiceLinkedRole
        | EntityKind::OidcProvider
        | EntityKind::SamlProvider => None,
    };
    for gone in attached.and_then(Seen::value).into_iter().flatten().filter_map(|arn| withdrawal(arn)) {
        report.note(address, format!("{}; {}", gone.message(), gone.help()));
    }
    if let Some(Err(why)) = bad_text.map(|text| check_description(&text)) {
        report.leave(address, format!("its description is not in the spec and stays as it is: {why}"));
    }
}
