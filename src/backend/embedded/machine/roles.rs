//! Roles (iam-facts 2.1).

use std::collections::BTreeSet;

use super::lookup::{protected, taken};
use super::refusal::{Checked, Refusal};
use super::{Machine, fields, tags};
use crate::model::{InlinePolicies, Role, Seen, Tags};
use crate::names::{EntityKind, Name};

/// The request of CreateRole.
pub(super) struct NewRole<'a> {
    pub(super) name: &'a Name,
    pub(super) path: &'a str,
    pub(super) trust: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) max_session_duration: Option<u32>,
    pub(super) boundary: Option<&'a str>,
    pub(super) tags: &'a Tags,
}

impl Machine {
    pub(super) fn create_role(&mut self, new: NewRole, now: &str) -> Checked {
        let kind = EntityKind::Role;
        fields::name(kind, new.name)?;
        fields::path(kind, new.path)?;
        for reserved in ["/aws-service-role/", "/aws-reserved/"] {
            if new.path.starts_with(reserved) {
                return Err(Refusal::invalid(format!("Cannot create a role with the reserved path prefix {reserved}")));
            }
        }
        fields::description(kind, new.description.unwrap_or_default())?;
        let seconds = new.max_session_duration.unwrap_or(3600);
        fields::max_session_duration(seconds)?;
        let tags = tags::new(kind, new.tags)?;
        taken(&self.account.roles, new.name, || format!("Role with name {} already exists.", new.name))?;
        let trust = self.trust_as_stored(new.trust)?;
        if let Some(arn) = new.boundary {
            self.check_boundary(arn)?;
        }
        let limit = self.limits().roles();
        // Service-linked roles may or may not count (sources differ): the account counts them, a rehearsal does not.
        let count = self.account.roles.values().filter(|r| !self.is_rehearsal() || r.linked_service().is_none()).count();
        self.room("RolesPerAccount", count, limit)?;
        let role = Role {
            path: new.path.to_owned(),
            id: self.fresh_id("AROA"),
            trust: Seen::Value(trust),
            description: Seen::Value(fields::described(new.description)),
            max_session_duration: Seen::Value(seconds),
            permissions_boundary: Seen::Value(new.boundary.map(str::to_owned)),
            tags: Seen::Value(tags),
            inline_policies: Seen::Value(InlinePolicies::new()),
            attached_policies: Seen::Value(BTreeSet::new()),
            created: Some(now.to_owned()),
            last_used: Seen::Value(None),
        };
        self.account.roles.insert(new.name.clone(), role);
        Ok(())
    }

    /// On service-linked roles the description alone may change (iam-facts 2.1.4); both members are always sent.
    pub(super) fn update_role(&mut self, name: &Name, description: &str, seconds: u32) -> Checked {
        fields::description(EntityKind::Role, description)?;
        fields::max_session_duration(seconds)?;
        let Some(role) = self.role_mut(name)? else { return Ok(()) };
        let other_duration = role.max_session_duration.value().is_some_and(|s| *s != seconds);
        if role.is_reserved() && (role.linked_service().is_none() || other_duration) {
            return Err(protected(name));
        }
        role.description = Seen::Value(fields::described(Some(description)));
        role.max_session_duration = Seen::Value(seconds);
        Ok(())
    }

    pub(super) fn update_trust(&mut self, name: &Name, text: &str) -> Checked {
        self.check_own_role(name)?;
        let trust = self.trust_as_stored(text)?;
        if let Some(role) = self.role_mut(name)? {
            role.trust = Seen::Value(trust);
        }
        Ok(())
    }

    pub(super) fn put_role_boundary(&mut self, name: &Name, arn: &str) -> Checked {
        self.check_own_role(name)?;
        self.check_boundary(arn)?;
        if let Some(role) = self.role_mut(name)? {
            role.permissions_boundary = Seen::Value(Some(arn.to_owned()));
        }
        Ok(())
    }

    /// What IAM says where there is none is uncertain (iam-facts 2.1): the account refuses, a rehearsal does not.
    pub(super) fn delete_role_boundary(&mut self, name: &Name) -> Checked {
        let rehearsal = self.is_rehearsal();
        let Some(role) = self.own_role_mut(name)? else { return Ok(()) };
        if !rehearsal && role.permissions_boundary == Seen::Value(None) {
            return Err(Refusal::no_such(format!("Role {name} does not have a permissions boundary.")));
        }
        role.permissions_boundary = Seen::Value(None);
        Ok(())
    }

    pub(super) fn tag_role(&mut self, name: &Name, put: &Tags) -> Checked {
        let strictness = self.strictness;
        tags::check(EntityKind::Role, put)?;
        let Some(role) = self.taggable_role(name)? else { return Ok(()) };
        match Self::known(strictness, &mut role.tags, "tags", || format!("role {name}"))? {
            Some(there) => tags::put(EntityKind::Role, there, put),
            None => Ok(()),
        }
    }

    pub(super) fn untag_role(&mut self, name: &Name, keys: &[String]) -> Checked {
        let strictness = self.strictness;
        tags::check_keys(keys)?;
        let Some(role) = self.taggable_role(name)? else { return Ok(()) };
        if let Some(there) = Self::known(strictness, &mut role.tags, "tags", || format!("role {name}"))? {
            tags::take_all(EntityKind::Role, there, keys);
        }
        Ok(())
    }

    /// Service-linked roles take tags, IAM Identity Center's do not (iam-facts 2.1.4).
    fn taggable_role(&mut self, name: &Name) -> Checked<Option<&mut Role>> {
        match self.role_mut(name)? {
            Some(role) if role.is_reserved() && role.linked_service().is_none() => Err(protected(name)),
            role => Ok(role),
        }
    }

    /// Refused in the order in which IAM finds the obstacles (iam-facts 2.1.2). Trust documents that name the role keep its id.
    pub(super) fn delete_role(&mut self, name: &Name) -> Checked {
        self.check_own_role(name)?;
        let Some(role) = self.role(name)? else { return Ok(()) };
        if self.account.instance_profiles.values().any(|p| p.role.value().is_some_and(|r| r.as_ref() == Some(name))) {
            return Err(Refusal::conflict("Cannot delete entity, must remove roles from instance profile first."));
        }
        let words = || format!("role {name}");
        if self.seen(&role.attached_policies, "attached policies", words)?.is_some_and(|a| !a.is_empty()) {
            return Err(Refusal::conflict("Cannot delete entity, must detach all policies first."));
        }
        if self.seen(&role.inline_policies, "inline policies", words)?.is_some_and(|i| !i.is_empty()) {
            return Err(Refusal::conflict("Cannot delete entity, must delete policies first."));
        }
        self.remove_role(name);
        Ok(())
    }

    /// Takes the role away, and lets its unique id stand where trust documents named it.
    pub(super) fn remove_role(&mut self, name: &Name) {
        if let Some((name, role)) = self.account.roles.remove_entry(name) {
            let arn = self.account.arn(EntityKind::Role, &role.path, &name);
            self.rename_principal(&arn, &role.id);
        }
    }
}
