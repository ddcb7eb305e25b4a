//! Instance profiles: one role each (iam-facts 2.5).

use super::lookup::{protected, taken};
use super::refusal::{Checked, Refusal};
use super::{Machine, fields, tags};
use crate::model::{InstanceProfile, Seen, Tags};
use crate::names::{EntityKind, Name};

impl Machine {
    pub(super) fn create_profile(&mut self, name: &Name, path: &str, put: &Tags, now: &str) -> Checked {
        let kind = EntityKind::InstanceProfile;
        fields::name(kind, name)?;
        fields::path(kind, path)?;
        let tags = tags::new(kind, put)?;
        taken(&self.account.instance_profiles, name, || format!("Instance Profile {name} already exists."))?;
        let limit = self.limits().instance_profiles();
        self.room("InstanceProfilesPerAccount", self.account.instance_profiles.len(), limit)?;
        let profile = InstanceProfile {
            path: path.to_owned(),
            id: self.fresh_id("AIPA"),
            role: Seen::Value(None),
            tags: Seen::Value(tags),
            created: Some(now.to_owned()),
        };
        self.account.instance_profiles.insert(name.clone(), profile);
        Ok(())
    }

    /// Refused while any role is in it, the same one too.
    pub(super) fn add_role_to_profile(&mut self, name: &Name, role: &Name) -> Checked {
        let strictness = self.strictness;
        self.profile(name)?;
        if self.role(role)?.is_some_and(|r| r.is_reserved()) {
            return Err(protected(role));
        }
        let real = self.account.roles.get_key_value(role).map_or_else(|| role.clone(), |(real, _)| real.clone());
        let Some(profile) = self.profile_mut(name)? else { return Ok(()) };
        let Some(holds) = Self::known(strictness, &mut profile.role, "role", || format!("instance profile {name}"))? else {
            return Ok(());
        };
        if holds.is_some() {
            return Err(Refusal::quota("InstanceSessionsPerInstanceProfile", 1));
        }
        *holds = Some(real);
        Ok(())
    }

    pub(super) fn remove_role_from_profile(&mut self, name: &Name, role: &Name) -> Checked {
        let strictness = self.strictness;
        self.role(role)?;
        let Some(profile) = self.profile_mut(name)? else { return Ok(()) };
        let Some(holds) = Self::known(strictness, &mut profile.role, "role", || format!("instance profile {name}"))? else {
            return Ok(());
        };
        if holds.as_ref() != Some(role) {
            return Err(Refusal::no_such(format!("The role with name {role} cannot be found in instance profile {name}.")));
        }
        *holds = None;
        Ok(())
    }

    pub(super) fn tag_profile(&mut self, name: &Name, put: &Tags) -> Checked {
        let strictness = self.strictness;
        tags::check(EntityKind::InstanceProfile, put)?;
        let Some(profile) = self.profile_mut(name)? else { return Ok(()) };
        match Self::known(strictness, &mut profile.tags, "tags", || format!("instance profile {name}"))? {
            Some(there) => tags::put(EntityKind::InstanceProfile, there, put),
            None => Ok(()),
        }
    }

    pub(super) fn untag_profile(&mut self, name: &Name, keys: &[String]) -> Checked {
        let strictness = self.strictness;
        tags::check_keys(keys)?;
        let Some(profile) = self.profile_mut(name)? else { return Ok(()) };
        if let Some(there) = Self::known(strictness, &mut profile.tags, "tags", || format!("instance profile {name}"))? {
            tags::take_all(EntityKind::InstanceProfile, there, keys);
        }
        Ok(())
    }

    pub(super) fn delete_profile(&mut self, name: &Name) -> Checked {
        let Some(profile) = self.profile(name)? else { return Ok(()) };
        if self.seen(&profile.role, "role", || format!("instance profile {name}"))?.is_some_and(Option::is_some) {
            return Err(Refusal::conflict("Cannot delete entity, must remove roles from instance profile first."));
        }
        self.account.instance_profiles.remove(name);
        Ok(())
    }
}
