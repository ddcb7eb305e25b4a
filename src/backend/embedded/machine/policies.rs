//! Customer managed policies and their versions (iam-facts 2.3).

use std::collections::BTreeMap;

use super::lookup::taken;
use super::refusal::{Checked, Refusal};
use super::{Machine, documents, fields, tags};
use crate::model::{Policy, PolicyVersion, Seen, Tags};
use crate::names::{EntityKind, Name, VersionId};
use crate::policy::{Document, DocumentKind};

/// The request of CreatePolicy.
pub(super) struct NewPolicy<'a> {
    pub(super) name: &'a Name,
    pub(super) path: &'a str,
    pub(super) document: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) tags: &'a Tags,
}

impl Machine {
    pub(super) fn create_policy(&mut self, new: NewPolicy, now: &str) -> Checked {
        let kind = EntityKind::Policy;
        fields::name(kind, new.name)?;
        fields::path(kind, new.path)?;
        fields::description(kind, new.description.unwrap_or_default())?;
        let tags = tags::new(kind, new.tags)?;
        taken(&self.account.policies, new.name, || {
            format!("A policy called {} already exists. Duplicate names are not allowed.", new.name)
        })?;
        let document = self.policy_document(new.document)?;
        self.room("PoliciesPerAccount", self.account.policies.len(), self.limits().policies())?;
        let first = VersionId::new(1);
        let version = PolicyVersion { document: Seen::Value(document), created: Some(now.to_owned()) };
        let policy = Policy {
            path: new.path.to_owned(),
            id: self.fresh_id("ANPA"),
            description: Seen::Value(fields::described(new.description)),
            tags: Seen::Value(tags),
            default_version: first.clone(),
            versions: BTreeMap::from([(first, version)]),
            last_version: Some(1),
            created: Some(now.to_owned()),
        };
        self.account.policies.insert(new.name.clone(), policy);
        Ok(())
    }

    fn policy_document(&self, text: &str) -> Checked<Document> {
        let document = documents::check_document(text, DocumentKind::Identity)?;
        let limit = self.limits().policy_size();
        if self.too_large(documents::size(&document), limit) {
            return Err(Refusal::quota("PolicySize", limit));
        }
        Ok(document)
    }

    /// A number is never used twice, also when its version is gone (iam-facts 2.3.2).
    pub(super) fn create_policy_version(&mut self, arn: &str, text: &str, set_as_default: bool, now: &str) -> Checked {
        self.own_policy_mut(arn)?;
        let document = self.policy_document(text)?;
        let limit = self.limits().versions_per_policy();
        let Some((_, policy)) = self.own_policy_mut(arn)? else { return Ok(()) };
        if policy.versions.len() as u64 >= limit {
            return Err(Refusal::limit(format!(
                "A managed policy can have up to {limit} versions. Before you create a new version, you must delete an existing version."
            )));
        }
        let highest = policy.versions.keys().map(VersionId::number).max().unwrap_or(0);
        let number = policy.last_version.unwrap_or(0).max(highest).saturating_add(1);
        let id = VersionId::new(number);
        policy.versions.insert(id.clone(), PolicyVersion { document: Seen::Value(document), created: Some(now.to_owned()) });
        policy.last_version = Some(number);
        if set_as_default {
            policy.default_version = id;
        }
        Ok(())
    }

    pub(super) fn set_default_version(&mut self, arn: &str, version: &VersionId) -> Checked {
        let Some((_, policy)) = self.own_policy_mut(arn)? else { return Ok(()) };
        if !policy.versions.contains_key(version) {
            return Err(no_version(arn, version));
        }
        policy.default_version = version.clone();
        Ok(())
    }

    pub(super) fn delete_policy_version(&mut self, arn: &str, version: &VersionId) -> Checked {
        let Some((_, policy)) = self.own_policy_mut(arn)? else { return Ok(()) };
        if !policy.versions.contains_key(version) {
            return Err(no_version(arn, version));
        }
        if policy.default_version == *version {
            return Err(Refusal::conflict("Cannot delete the default version of a policy."));
        }
        let highest = policy.versions.keys().map(VersionId::number).max();
        policy.last_version = policy.last_version.max(highest);
        policy.versions.remove(version);
        Ok(())
    }

    pub(super) fn delete_policy(&mut self, arn: &str) -> Checked {
        let Some((name, policy)) = self.own_policy_mut(arn)? else { return Ok(()) };
        let versions = policy.versions.len();
        if self.is_attached_to_anyone(arn) {
            return Err(Refusal::conflict("Cannot delete a policy attached to entities."));
        }
        if self.is_boundary_of_anyone(arn) {
            return Err(Refusal::conflict("Cannot delete a policy that is in use as a permissions boundary."));
        }
        if versions > 1 {
            return Err(Refusal::conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. \
                 The default version is deleted with the policy.",
            ));
        }
        self.account.policies.remove(&name);
        Ok(())
    }

    pub(super) fn tag_policy(&mut self, arn: &str, put: &Tags) -> Checked {
        let strictness = self.strictness;
        tags::check(EntityKind::Policy, put)?;
        let Some((name, policy)) = self.own_policy_mut(arn)? else { return Ok(()) };
        match Self::known(strictness, &mut policy.tags, "tags", || format!("policy {name}"))? {
            Some(there) => tags::put(EntityKind::Policy, there, put),
            None => Ok(()),
        }
    }

    pub(super) fn untag_policy(&mut self, arn: &str, keys: &[String]) -> Checked {
        let strictness = self.strictness;
        tags::check_keys(keys)?;
        let Some((name, policy)) = self.own_policy_mut(arn)? else { return Ok(()) };
        if let Some(there) = Self::known(strictness, &mut policy.tags, "tags", || format!("policy {name}"))? {
            tags::take_all(EntityKind::Policy, there, keys);
        }
        Ok(())
    }
}

fn no_version(arn: &str, version: &VersionId) -> Refusal {
    Refusal::no_such(format!("Policy {arn} version {version} does not exist or is not attachable."))
}
