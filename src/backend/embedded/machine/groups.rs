//! Groups and their members (iam-facts 2.2). A membership is written on the user.

use std::collections::BTreeSet;

use super::lookup::taken;
use super::refusal::{Checked, Refusal};
use super::{Machine, fields};
use crate::model::{Group, InlinePolicies, Seen};
use crate::names::{EntityKind, Name};

impl Machine {
    pub(super) fn create_group(&mut self, name: &Name, path: &str, now: &str) -> Checked {
        fields::name(EntityKind::Group, name)?;
        fields::path(EntityKind::Group, path)?;
        taken(&self.account.groups, name, || format!("Group with name {name} already exists."))?;
        self.room("GroupsPerAccount", self.account.groups.len(), self.limits().groups())?;
        let group = Group {
            path: path.to_owned(),
            id: self.fresh_id("AGPA"),
            inline_policies: Seen::Value(InlinePolicies::new()),
            attached_policies: Seen::Value(BTreeSet::new()),
            created: Some(now.to_owned()),
        };
        self.account.groups.insert(name.clone(), group);
        Ok(())
    }

    /// Members stay members under the new name.
    pub(super) fn update_group(&mut self, name: &Name, path: Option<&str>, new_name: Option<&Name>) -> Checked {
        path.map_or(Ok(()), |path| fields::path(EntityKind::Group, path))?;
        if self.group_mut(name)?.is_none() {
            return Ok(());
        }
        if let Some(new) = new_name {
            fields::name(EntityKind::Group, new)?;
            if new != name {
                taken(&self.account.groups, new, || format!("Group with name {new} already exists."))?;
            }
        }
        // All is checked: a refused call changes nothing.
        if let (Some(path), Some(group)) = (path, self.group_mut(name)?) {
            path.clone_into(&mut group.path);
        }
        let Some(new) = new_name else { return Ok(()) };
        let Some((old, group)) = self.account.groups.remove_entry(name) else { return Ok(()) };
        self.account.groups.insert(new.clone(), group);
        for user in self.account.users.values_mut() {
            if let Seen::Value(groups) = &mut user.groups
                && groups.remove(&old)
            {
                groups.insert(new.clone());
            }
        }
        Ok(())
    }

    /// Again is no error.
    pub(super) fn add_user_to_group(&mut self, group: &Name, user: &Name) -> Checked {
        let strictness = self.strictness;
        self.group(group)?;
        let real = self.account.groups.get_key_value(group).map_or_else(|| group.clone(), |(real, _)| real.clone());
        let limit = self.limits().groups_per_user();
        let Some(entity) = self.user_mut(user)? else { return Ok(()) };
        let Some(groups) = Self::known(strictness, &mut entity.groups, "groups", || format!("user {user}"))? else {
            return Ok(());
        };
        if !groups.contains(&real) && groups.len() as u64 >= limit {
            return Err(Refusal::quota("GroupsPerUser", limit));
        }
        groups.insert(real);
        Ok(())
    }

    /// Whether IAM refuses to take out a user that is not in is not written down: the account refuses, a rehearsal does not.
    pub(super) fn remove_user_from_group(&mut self, group: &Name, user: &Name) -> Checked {
        let strictness = self.strictness;
        let rehearsal = self.is_rehearsal();
        self.group(group)?;
        let Some(entity) = self.user_mut(user)? else { return Ok(()) };
        if let Some(groups) = Self::known(strictness, &mut entity.groups, "groups", || format!("user {user}"))? {
            let was_in = groups.remove(group);
            if !was_in && !rehearsal {
                return Err(Refusal::no_such(format!("The user with name {user} is not in the group with name {group}.")));
            }
        }
        Ok(())
    }

    pub(super) fn delete_group(&mut self, name: &Name) -> Checked {
        let Some(group) = self.group(name)? else { return Ok(()) };
        if self.account.users.values().any(|u| u.groups.value().is_some_and(|g| g.contains(name))) {
            return Err(Refusal::conflict("Cannot delete entity, must remove users from group first."));
        }
        let words = || format!("group {name}");
        if self.seen(&group.attached_policies, "attached policies", words)?.is_some_and(|a| !a.is_empty()) {
            return Err(Refusal::conflict("Cannot delete entity, must detach all policies first."));
        }
        if self.seen(&group.inline_policies, "inline policies", words)?.is_some_and(|i| !i.is_empty()) {
            return Err(Refusal::conflict("Cannot delete entity, must delete policies first."));
        }
        self.account.groups.remove(name);
        Ok(())
    }
}
