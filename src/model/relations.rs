//! Who names whom in an account, gathered once: plans ask it for every entity that they touch.

use std::collections::BTreeMap;

use super::Snapshot;
use crate::names::Name;

/// What roles are named by.
#[derive(Debug, Default)]
pub struct Relations<'a> {
    profiles: BTreeMap<&'a Name, Vec<&'a Name>>,
    trusting: BTreeMap<&'a str, Vec<&'a Name>>,
}

impl<'a> Relations<'a> {
    /// Of an account, as far as it was read.
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let mut relations = Self::default();
        for (profile, held) in &snapshot.instance_profiles {
            if let Some(Some(role)) = held.role.value() {
                relations.profiles.entry(role).or_default().push(profile);
            }
        }
        for (name, role) in &snapshot.roles {
            for principal in role.trust.value().into_iter().flat_map(|trust| trust.principals()) {
                let names = relations.trusting.entry(principal.value).or_default();
                // The names come in order: one that is named twice stands last.
                if names.last() != Some(&name) {
                    names.push(name);
                }
            }
        }
        relations
    }

    /// The instance profiles that hold a role, by name.
    pub fn profiles_of(&self, role: &Name) -> &[&'a Name] {
        self.profiles.get(role).map_or(&[], Vec::as_slice)
    }

    /// The roles whose trust names a principal of whatever kind, as written: an ARN, an account, a service. By name.
    pub fn trusting(&self, principal: &str) -> &[&'a Name] {
        self.trusting.get(principal).map_or(&[], Vec::as_slice)
    }
}
