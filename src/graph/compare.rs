//! Whether an entity is another one after the change. Ids and dates do not count.

use std::collections::BTreeMap;

use crate::model::{InlinePolicies, Seen, Snapshot};
use crate::names::{Address, EntityKind};
use crate::policy::{Document, DocumentKind, equal};

/// Whether the entity behind a node's id differs; false for what is not an entity of the account.
pub fn differs(before: &Snapshot, after: &Snapshot, id: &str) -> bool {
    let Ok(address) = id.parse::<Address>() else { return false };
    let name = &address.name;
    let same = Same { partition: &after.account.partition };
    match address.kind {
        EntityKind::Role => before.roles.get(name).zip(after.roles.get(name)).is_some_and(|(a, b)| {
            !(same.document(&a.trust, &b.trust, DocumentKind::Trust)
                && same.inline(&a.inline_policies, &b.inline_policies)
                && a.path == b.path
                && a.description == b.description
                && a.max_session_duration == b.max_session_duration
                && a.permissions_boundary == b.permissions_boundary
                && a.tags == b.tags
                && a.attached_policies == b.attached_policies)
        }),
        EntityKind::User => before.users.get(name).zip(after.users.get(name)).is_some_and(|(a, b)| {
            !(same.inline(&a.inline_policies, &b.inline_policies)
                && a.path == b.path
                && a.permissions_boundary == b.permissions_boundary
                && a.tags == b.tags
                && a.groups == b.groups
                && a.attached_policies == b.attached_policies)
        }),
        EntityKind::Group => before.groups.get(name).zip(after.groups.get(name)).is_some_and(|(a, b)| {
            !(same.inline(&a.inline_policies, &b.inline_policies)
                && a.path == b.path
                && a.attached_policies == b.attached_policies)
        }),
        EntityKind::Policy => before.policies.get(name).zip(after.policies.get(name)).is_some_and(|(a, b)| {
            let in_force = match (a.default_document(), b.default_document()) {
                (Some(a), Some(b)) => a == b || equal(a, b, DocumentKind::Identity, same.partition),
                (a, b) => a == b,
            };
            !(in_force && a.path == b.path && a.description == b.description && a.tags == b.tags)
        }),
        EntityKind::OidcProvider => before
            .oidc_providers
            .get(name)
            .zip(after.oidc_providers.get(name))
            .is_some_and(|(a, b)| (&a.client_ids, &a.thumbprints, &a.tags) != (&b.client_ids, &b.thumbprints, &b.tags)),
        EntityKind::SamlProvider => before
            .saml_providers
            .get(name)
            .zip(after.saml_providers.get(name))
            .is_some_and(|(a, b)| (&a.metadata, &a.tags) != (&b.metadata, &b.tags)),
        EntityKind::InstanceProfile | EntityKind::ServiceLinkedRole => false,
    }
}

struct Same<'a> {
    partition: &'a str,
}

impl Same<'_> {
    fn document(&self, a: &Seen<Document>, b: &Seen<Document>, kind: DocumentKind) -> bool {
        a == b || a.value().zip(b.value()).is_some_and(|(a, b)| equal(a, b, kind, self.partition))
    }

    fn inline(&self, a: &Seen<InlinePolicies>, b: &Seen<InlinePolicies>) -> bool {
        let (Some(old), Some(new)) = (a.value(), b.value()) else { return a == b };
        let alike = |(a, b): (&Document, &Document)| a == b || equal(a, b, DocumentKind::Identity, self.partition);
        BTreeMap::len(old) == new.len() && old.iter().all(|(name, a)| new.get(name).is_some_and(|b| alike((a, b))))
    }
}
