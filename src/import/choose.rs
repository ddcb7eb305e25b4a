//! Which entities are taken, and what is said of the rest.

use std::collections::{BTreeMap, BTreeSet};

use super::account::Import;
use super::leave_out::Report;
use crate::model::{Seen, Snapshot, Tags};
use crate::names::{Address, EntityKind, Name};
use crate::scope::Owner;

/// An entity that may be taken.
pub(super) struct Candidate<'a> {
    pub address: Address,
    path: Option<&'a str>,
    pub tags: &'a Seen<Tags>,
}

pub(super) fn candidates(snapshot: &Snapshot) -> Vec<Candidate<'_>> {
    static NO_TAGS: Seen<Tags> = Seen::Value(Tags::new());
    let mut all = Vec::new();
    let mut add = |kind, name: &Name, path, tags| all.push(Candidate { address: Address::new(kind, name), path, tags });
    snapshot.oidc_providers.iter().for_each(|(n, p)| add(EntityKind::OidcProvider, n, None, &p.tags));
    snapshot.saml_providers.iter().for_each(|(n, p)| add(EntityKind::SamlProvider, n, None, &p.tags));
    snapshot.policies.iter().for_each(|(n, p)| add(EntityKind::Policy, n, Some(p.path.as_str()), &p.tags));
    snapshot.roles.iter().for_each(|(n, r)| add(EntityKind::Role, n, Some(r.path.as_str()), &r.tags));
    snapshot.users.iter().for_each(|(n, u)| add(EntityKind::User, n, Some(u.path.as_str()), &u.tags));
    snapshot.groups.iter().for_each(|(n, g)| add(EntityKind::Group, n, Some(g.path.as_str()), &NO_TAGS));
    all
}

/// Who holds each customer managed policy, by attachment or as boundary.
pub(super) fn holders(snapshot: &Snapshot) -> BTreeMap<String, BTreeSet<Address>> {
    let mut held: BTreeMap<String, BTreeSet<Address>> = BTreeMap::new();
    let mut note = |kind, name: &Name, attached: &Seen<BTreeSet<String>>, boundary: Option<&Seen<Option<String>>>| {
        let arns = attached.value().into_iter().flatten().chain(boundary.and_then(Seen::value).into_iter().flatten());
        for arn in arns {
            held.entry(arn.clone()).or_default().insert(Address::new(kind, name));
        }
    };
    snapshot.roles.iter().for_each(|(n, r)| note(EntityKind::Role, n, &r.attached_policies, Some(&r.permissions_boundary)));
    snapshot.users.iter().for_each(|(n, u)| note(EntityKind::User, n, &u.attached_policies, Some(&u.permissions_boundary)));
    snapshot.groups.iter().for_each(|(n, g)| note(EntityKind::Group, n, &g.attached_policies, None));
    held
}

/// What to take, and what is said of the rest.
pub(super) fn chosen(
    import: &Import<'_>,
    known: &BTreeSet<Address>,
    rejected: &BTreeMap<Address, String>,
    held: &BTreeMap<String, BTreeSet<Address>>,
    report: &mut Report,
) -> BTreeSet<Address> {
    let (snapshot, selection) = (import.snapshot, import.selection);
    let all = candidates(snapshot);
    let addresses: Vec<Address> = all.iter().map(|c| c.address.clone()).collect();
    report.idle = selection.idle(&addresses);
    let mut taken = BTreeSet::new();
    let mut take = |candidate: &Candidate<'_>, report: &mut Report| -> bool {
        let address = &candidate.address;
        if known.contains(address) {
            report.known.push(address.clone());
            return false;
        }
        let role = snapshot.roles.get(&address.name).filter(|_| address.kind == EntityKind::Role);
        let owner = if address.kind == EntityKind::Group {
            Owner::Nobody
        } else {
            Owner::of(address.kind, candidate.tags, import.settings)
        };
        let refused =
            role.and_then(|role| selection.refuses_role(&address.name, role)).or_else(|| selection.refuses_owner(&owner));
        if let Some(reason) = refused {
            report.leave(address, reason);
            return false;
        }
        if let Some(reason) = rejected.get(address) {
            report.unknown(address, reason.clone());
            if owner.is_ours() {
                report.released.push(address.clone());
            }
            return false;
        }
        taken.insert(address.clone());
        true
    };
    for candidate in &all {
        if selection.wants(&candidate.address, candidate.path, candidate.tags) {
            take(candidate, report);
        }
    }
    if selection.is_whole() {
        return taken;
    }
    // What only the chosen use comes with them.
    let chosen = taken.clone();
    let mut take_along = Vec::new();
    for candidate in all.iter().filter(|c| c.address.kind == EntityKind::Policy && !chosen.contains(&c.address)) {
        let arn = snapshot.arn_of(&candidate.address).unwrap_or_default();
        if held.get(&arn).is_some_and(|holders| !holders.is_empty() && holders.is_subset(&chosen)) {
            take_along.push(candidate);
        }
    }
    let mut along = Report::default();
    for candidate in take_along {
        let address = &candidate.address;
        let owner = Owner::of(address.kind, candidate.tags, import.settings);
        if !known.contains(address) && !rejected.contains_key(address) && selection.refuses_owner(&owner).is_none() {
            taken.insert(address.clone());
        } else if let Some(reason) = rejected.get(address) {
            along.unknown(address, reason.clone());
        }
    }
    report.unknown.append(&mut along.unknown);
    taken
}
