//! Instance profiles: a spec declares one at its role.

use std::collections::{BTreeMap, BTreeSet};

use super::account::Import;
use super::leave_out::Report;
use crate::model::Seen;
use crate::names::{Address, EntityKind, Name};
use crate::scope::Owner;

/// The instance profile that each role may declare, and why the others are left out.
pub(super) fn profiles(
    import: &Import<'_>,
    taken: &BTreeSet<Address>,
    rejected: &BTreeMap<Address, String>,
    report: &mut Report,
) -> BTreeMap<Name, Name> {
    let snapshot = import.snapshot;
    let mut fit: BTreeMap<Name, Vec<&Name>> = BTreeMap::new();
    let leave = |name: &Name, reason: String, report: &mut Report| {
        let address = Address::new(EntityKind::InstanceProfile, name);
        report.leave(&address, reason);
        let tags = snapshot.instance_profiles.get(name).map(|p| &p.tags);
        if tags.is_some_and(|tags| Owner::of(address.kind, tags, import.settings).is_ours()) {
            report.released.push(address);
        }
    };
    for (name, profile) in &snapshot.instance_profiles {
        let holder = match &profile.role {
            Seen::Value(Some(role)) => role,
            Seen::Value(None) => {
                if import.selection.is_whole() {
                    leave(name, "it holds no role, and a spec declares a profile at its role".to_owned(), report);
                }
                continue;
            }
            Seen::Unread => {
                report.unknown(&Address::new(EntityKind::InstanceProfile, name), "the role in it was not read");
                continue;
            }
        };
        let taken = taken.contains(&Address::new(EntityKind::Role, holder));
        if !taken || !snapshot.roles.contains_key(holder) {
            continue;
        }
        let address = Address::new(EntityKind::InstanceProfile, name);
        let owner = Owner::of(address.kind, &profile.tags, import.settings);
        let reason = if let Some(why) = rejected.get(&address) {
            why.clone()
        } else if let Some(why) = import.selection.refuses_owner(&owner) {
            why
        } else {
            fit.entry(holder.clone()).or_default().push(name);
            continue;
        };
        leave(name, reason, report);
    }
    let mut out = BTreeMap::new();
    for (role, names) in fit {
        // The one of the role's own name before any other.
        let first = names.iter().find(|name| ***name == role).or(names.first()).copied();
        for name in names.iter().copied().filter(|name| Some(*name) != first) {
            leave(name, format!("`role/{role}` has another instance profile, and a spec declares one"), report);
        }
        out.extend(first.map(|name| (role, name.clone())));
    }
    out
}
