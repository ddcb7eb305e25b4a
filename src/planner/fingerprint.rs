//! The facts a plan rests on, to be found unchanged when a saved plan is applied (INVARIANT (stale-refused)).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::model::{Relations, Seen, Snapshot};
use crate::names::{Address, EntityKind, entity_arn};
use crate::plan::Fingerprint;
use crate::policy::{Document, DocumentKind};

/// The fingerprints of a set of entities.
pub fn fingerprints_of(snapshot: &Snapshot, addresses: &BTreeSet<Address>) -> Vec<Fingerprint> {
    let relations = Relations::of(snapshot);
    addresses
        .iter()
        .map(|address| Fingerprint { address: address.clone(), facts: facts(snapshot, &relations, address) })
        .collect()
}

/// The entities whose facts differ from a plan's, each with the names of the facts.
pub fn stale(snapshot: &Snapshot, planned: &[Fingerprint]) -> Vec<(Address, Vec<String>)> {
    let relations = Relations::of(snapshot);
    planned
        .iter()
        .filter_map(|print| {
            let now = facts(snapshot, &relations, &print.address);
            let keys: BTreeSet<&String> = now.keys().chain(print.facts.keys()).collect();
            let changed: Vec<String> = keys.into_iter().filter(|k| now.get(*k) != print.facts.get(*k)).cloned().collect();
            (!changed.is_empty()).then(|| (print.address.clone(), changed))
        })
        .collect()
}

/// Under which name an entity of a plan is now, by its unique id, where it was renamed since.
pub fn renamed_to(snapshot: &Snapshot, planned: &Fingerprint) -> Option<Address> {
    let id = planned.facts.get("id")?.as_deref().filter(|id| !id.is_empty())?;
    let users = snapshot.users.iter().filter(|(_, user)| user.id == id).map(|(name, _)| (EntityKind::User, name));
    let groups = snapshot.groups.iter().filter(|(_, group)| group.id == id).map(|(name, _)| (EntityKind::Group, name));
    let found = users.chain(groups).map(|(kind, name)| Address::new(kind, name));
    found.into_iter().find(|now| now.kind == planned.address.kind && *now != planned.address)
}

type Facts = BTreeMap<String, Option<String>>;

fn hash(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    Sha256::digest(text).iter().take(12).map(|b| format!("{b:02x}")).collect()
}

struct Collector<'a> {
    facts: Facts,
    partition: &'a str,
}

impl Collector<'_> {
    fn put(&mut self, key: &str, value: Option<String>) {
        self.facts.insert(key.to_owned(), value);
    }

    fn seen<T: Serialize>(&mut self, key: &str, value: &Seen<T>) {
        self.put(key, value.value().map(hash));
    }

    fn document(&mut self, key: &str, document: Option<&Document>, kind: DocumentKind) {
        self.put(key, document.map(|d| d.canon(kind, self.partition).fingerprint()));
    }

    fn documents(&mut self, key: &str, documents: &Seen<crate::model::InlinePolicies>) {
        let canon = |d: &Document| d.canon(DocumentKind::Identity, self.partition).fingerprint();
        let all = documents.value().map(|m| m.iter().map(|(name, d)| (name.clone(), canon(d))).collect::<BTreeMap<_, _>>());
        self.put(key, all.map(|m| hash(&m)));
    }
}

fn facts(snapshot: &Snapshot, relations: &Relations<'_>, address: &Address) -> Facts {
    let mut c = Collector { facts: Facts::new(), partition: &snapshot.account.partition };
    let name = &address.name;
    let found = match address.kind {
        EntityKind::Role | EntityKind::ServiceLinkedRole => {
            let role = match address.kind {
                EntityKind::Role => snapshot.roles.get(name),
                _ => snapshot.service_linked_role(name.as_str()).map(|(_, r)| r),
            };
            role.map(|r| {
                c.put("id", Some(r.id.clone()));
                c.document("trust", r.trust.value(), DocumentKind::Trust);
                c.seen("description", &r.description);
                c.seen("max_session_duration", &r.max_session_duration);
                c.seen("permissions_boundary", &r.permissions_boundary);
                c.seen("tags", &r.tags);
                c.documents("inline_policies", &r.inline_policies);
                c.seen("managed_policies", &r.attached_policies);
                c.put("instance_profiles", Some(hash(&relations.profiles_of(name))));
                c.put(
                    "trusted_by",
                    Some(hash(&snapshot.arn_of(address).map(|arn| relations.trusting(&arn).to_vec()).unwrap_or_default())),
                );
            })
        }
        EntityKind::Policy => snapshot.policies.get(name).map(|p| {
            c.put("id", Some(p.id.clone()));
            c.put("default_version", Some(p.default_version.to_string()));
            c.put("versions", Some(hash(&p.versions.keys().collect::<Vec<_>>())));
            c.document("document", p.default_document(), DocumentKind::Identity);
            c.seen("tags", &p.tags);
            let arn = entity_arn(&snapshot.account.partition, &snapshot.account.id, EntityKind::Policy, &p.path, name.as_str());
            c.put("holders", Some(hash(&holders(snapshot, &arn))));
        }),
        EntityKind::User => snapshot.users.get(name).map(|u| {
            c.put("id", Some(u.id.clone()));
            c.seen("permissions_boundary", &u.permissions_boundary);
            c.seen("tags", &u.tags);
            c.documents("inline_policies", &u.inline_policies);
            c.seen("managed_policies", &u.attached_policies);
            c.seen("groups", &u.groups);
            c.put("path", Some(u.path.clone()));
        }),
        EntityKind::Group => snapshot.groups.get(name).map(|g| {
            c.put("id", Some(g.id.clone()));
            c.documents("inline_policies", &g.inline_policies);
            c.seen("managed_policies", &g.attached_policies);
            c.put("path", Some(g.path.clone()));
            let members: Vec<_> = snapshot
                .users
                .iter()
                .filter(|(_, u)| u.groups.value().is_some_and(|s| s.contains(name)))
                .map(|(n, _)| n)
                .collect();
            c.put("users", Some(hash(&members)));
        }),
        EntityKind::InstanceProfile => snapshot.instance_profiles.get(name).map(|p| {
            c.put("id", Some(p.id.clone()));
            c.seen("role", &p.role);
            c.seen("tags", &p.tags);
        }),
        EntityKind::OidcProvider => snapshot.oidc_providers.get(name).map(|p| {
            c.seen("client_ids", &p.client_ids);
            c.seen("thumbprints", &p.thumbprints);
            c.seen("tags", &p.tags);
        }),
        EntityKind::SamlProvider => snapshot.saml_providers.get(name).map(|p| {
            c.seen("metadata", &p.metadata);
            c.seen("tags", &p.tags);
        }),
    };
    c.put("exists", found.map(|()| "yes".to_owned()));
    c.facts
}

/// Who holds a policy, each with how.
fn holders(snapshot: &Snapshot, arn: &str) -> Vec<String> {
    let attached = |set: &Seen<BTreeSet<String>>| set.value().is_some_and(|s| s.contains(arn));
    let bounds = |b: &Seen<Option<String>>| b.value().and_then(Option::as_deref) == Some(arn);
    let roles = snapshot
        .roles
        .iter()
        .map(|(n, r)| (format!("role/{n}"), attached(&r.attached_policies), bounds(&r.permissions_boundary)));
    let users = snapshot
        .users
        .iter()
        .map(|(n, u)| (format!("user/{n}"), attached(&u.attached_policies), bounds(&u.permissions_boundary)));
    let groups = snapshot.groups.iter().map(|(n, g)| (format!("group/{n}"), attached(&g.attached_policies), false));
    roles.chain(users).chain(groups).filter(|(_, a, b)| *a || *b).map(|(who, a, b)| format!("{who} {a} {b}")).collect()
}
