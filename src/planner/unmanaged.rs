//! What no stack owns: neither marked by any stack nor declared here.

use crate::diff::Context;
use crate::names::{Address, EntityKind};
use crate::scope::Owner;

/// Addresses of unowned entities. Service-linked and reserved roles are AWS's, and entities whose tags were not read are
/// not counted, because nobody knows.
pub(super) fn list(cx: &Context<'_>) -> Vec<Address> {
    let snapshot = cx.snapshot;
    let mut found = Vec::new();
    let mut note = |kind, name: &crate::names::Name, tags: &crate::model::Seen<crate::model::Tags>| {
        let address = Address::new(kind, name);
        if cx.owner(kind, tags) == Owner::Nobody && !cx.desired.declares(&address) {
            found.push(address);
        }
    };
    for (name, role) in snapshot.roles.iter().filter(|(_, r)| !r.is_reserved()) {
        note(EntityKind::Role, name, &role.tags);
    }
    for (name, policy) in &snapshot.policies {
        note(EntityKind::Policy, name, &policy.tags);
    }
    for (name, user) in &snapshot.users {
        note(EntityKind::User, name, &user.tags);
    }
    for (name, profile) in &snapshot.instance_profiles {
        note(EntityKind::InstanceProfile, name, &profile.tags);
    }
    for (name, provider) in &snapshot.oidc_providers {
        note(EntityKind::OidcProvider, name, &provider.tags);
    }
    for (name, provider) in &snapshot.saml_providers {
        note(EntityKind::SamlProvider, name, &provider.tags);
    }
    for name in snapshot.groups.keys() {
        note(EntityKind::Group, name, &crate::model::Seen::Value(crate::model::Tags::new()));
    }
    found.sort();
    found
}
