//! Users (iam-facts 2.2).

use std::collections::BTreeSet;

use super::lookup::taken;
use super::refusal::{Checked, Refusal};
use super::{Machine, fields, tags};
use crate::model::{InlinePolicies, Seen, Tags, User};
use crate::names::{EntityKind, Name};

impl Machine {
    pub(super) fn create_user(&mut self, name: &Name, path: &str, boundary: Option<&str>, put: &Tags, now: &str) -> Checked {
        let kind = EntityKind::User;
        fields::name(kind, name)?;
        fields::path(kind, path)?;
        let tags = tags::new(kind, put)?;
        taken(&self.account.users, name, || format!("User with name {name} already exists."))?;
        if let Some(arn) = boundary {
            self.check_boundary(arn)?;
        }
        self.room("UsersPerAccount", self.account.users.len(), self.limits().users())?;
        let user = User {
            path: path.to_owned(),
            id: self.fresh_id("AIDA"),
            permissions_boundary: Seen::Value(boundary.map(str::to_owned)),
            tags: Seen::Value(tags),
            inline_policies: Seen::Value(InlinePolicies::new()),
            attached_policies: Seen::Value(BTreeSet::new()),
            groups: Seen::Value(BTreeSet::new()),
            credentials: Seen::Value(BTreeSet::new()),
            created: Some(now.to_owned()),
        };
        self.account.users.insert(name.clone(), user);
        Ok(())
    }

    /// Trust documents follow the user to its new ARN, because IAM keeps its id in them.
    pub(super) fn update_user(&mut self, name: &Name, path: Option<&str>, new_name: Option<&Name>) -> Checked {
        path.map_or(Ok(()), |path| fields::path(EntityKind::User, path))?;
        if self.user(name)?.is_none() {
            return Ok(());
        }
        if let Some(new) = new_name {
            fields::name(EntityKind::User, new)?;
            if new != name {
                taken(&self.account.users, new, || format!("User with name {new} already exists."))?;
            }
        }
        let Some((real, mut user)) = self.account.users.remove_entry(name) else { return Ok(()) };
        let before = self.account.arn(EntityKind::User, &user.path, &real);
        if let Some(path) = path {
            path.clone_into(&mut user.path);
        }
        let real = new_name.cloned().unwrap_or(real);
        let after = self.account.arn(EntityKind::User, &user.path, &real);
        self.account.users.insert(real, user);
        if before != after {
            self.rename_principal(&before, &after);
        }
        Ok(())
    }

    pub(super) fn put_user_boundary(&mut self, name: &Name, arn: &str) -> Checked {
        self.user(name)?;
        self.check_boundary(arn)?;
        if let Some(user) = self.user_mut(name)? {
            user.permissions_boundary = Seen::Value(Some(arn.to_owned()));
        }
        Ok(())
    }

    /// As for roles: where there is none, the account refuses and a rehearsal does not.
    pub(super) fn delete_user_boundary(&mut self, name: &Name) -> Checked {
        let rehearsal = self.is_rehearsal();
        let Some(user) = self.user_mut(name)? else { return Ok(()) };
        if !rehearsal && user.permissions_boundary == Seen::Value(None) {
            return Err(Refusal::no_such(format!("User {name} does not have a permissions boundary.")));
        }
        user.permissions_boundary = Seen::Value(None);
        Ok(())
    }

    pub(super) fn tag_user(&mut self, name: &Name, put: &Tags) -> Checked {
        let strictness = self.strictness;
        tags::check(EntityKind::User, put)?;
        let Some(user) = self.user_mut(name)? else { return Ok(()) };
        match Self::known(strictness, &mut user.tags, "tags", || format!("user {name}"))? {
            Some(there) => tags::put(EntityKind::User, there, put),
            None => Ok(()),
        }
    }

    pub(super) fn untag_user(&mut self, name: &Name, keys: &[String]) -> Checked {
        let strictness = self.strictness;
        tags::check_keys(keys)?;
        let Some(user) = self.user_mut(name)? else { return Ok(()) };
        if let Some(there) = Self::known(strictness, &mut user.tags, "tags", || format!("user {name}"))? {
            tags::take_all(EntityKind::User, there, keys);
        }
        Ok(())
    }

    /// Refused while the user holds a credential, a policy or a membership.
    pub(super) fn delete_user(&mut self, name: &Name) -> Checked {
        let Some(user) = self.user(name)? else { return Ok(()) };
        let words = || format!("user {name}");
        self.seen(&user.credentials, "credentials", words)?;
        if let Some(kind) = user.held_credentials().next() {
            return Err(Refusal::conflict(format!("Cannot delete entity, must delete {} first.", credential(kind))));
        }
        if self.seen(&user.groups, "groups", words)?.is_some_and(|g| !g.is_empty()) {
            return Err(Refusal::conflict("Cannot delete entity, must remove users from group first."));
        }
        if self.seen(&user.attached_policies, "attached policies", words)?.is_some_and(|a| !a.is_empty()) {
            return Err(Refusal::conflict("Cannot delete entity, must detach all policies first."));
        }
        if self.seen(&user.inline_policies, "inline policies", words)?.is_some_and(|i| !i.is_empty()) {
            return Err(Refusal::conflict("Cannot delete entity, must delete policies first."));
        }
        if let Some((name, user)) = self.account.users.remove_entry(name) {
            let arn = self.account.arn(EntityKind::User, &user.path, &name);
            self.rename_principal(&arn, &user.id);
        }
        Ok(())
    }
}

/// A kind of credential in IAM's sentence.
fn credential(kind: &str) -> String {
    match kind {
        "access-key" => "access keys".to_owned(),
        "login-profile" => "login profile".to_owned(),
        "mfa-device" => "MFA device".to_owned(),
        "signing-certificate" => "signing certificates".to_owned(),
        "ssh-public-key" => "SSH public keys".to_owned(),
        "service-specific-credential" => "service specific credentials".to_owned(),
        other => other.to_owned(),
    }
}
