//! What this run has made, written and removed lately: by that alone an error after a write is told from a mistake (iam-facts 4.3).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::model::Operation;
use crate::names::{Arn, Name};

/// One entity as errors and requests name it: `role/name` in small letters, or an ARN.
pub(super) type Key = String;

fn key(word: &str, name: &Name) -> Key {
    format!("{word}/{}", name.as_str().to_ascii_lowercase())
}

/// Everything an operation names, the entity it writes to first.
pub(super) fn mentions(operation: &Operation) -> Vec<Key> {
    use Operation as O;
    let role = |n: &Name| key("role", n);
    let user = |n: &Name| key("user", n);
    let group = |n: &Name| key("group", n);
    let profile = |n: &Name| key("instance-profile", n);
    match operation {
        O::CreateRole { role_name, permissions_boundary, .. } => {
            [role(role_name)].into_iter().chain(permissions_boundary.clone()).collect()
        }
        O::PutRolePermissionsBoundary { role_name, permissions_boundary } => vec![role(role_name), permissions_boundary.clone()],
        O::UpdateRole { role_name, .. }
        | O::UpdateAssumeRolePolicy { role_name, .. }
        | O::DeleteRolePermissionsBoundary { role_name }
        | O::TagRole { role_name, .. }
        | O::UntagRole { role_name, .. }
        | O::PutRolePolicy { role_name, .. }
        | O::DeleteRolePolicy { role_name, .. }
        | O::DeleteRole { role_name }
        | O::DeleteServiceLinkedRole { role_name } => vec![role(role_name)],
        O::AttachRolePolicy { role_name, policy_arn } | O::DetachRolePolicy { role_name, policy_arn } => {
            vec![role(role_name), policy_arn.clone()]
        }
        O::CreatePolicy { policy_name, .. } => vec![key("policy", policy_name)],
        O::CreatePolicyVersion { policy_arn, .. }
        | O::SetDefaultPolicyVersion { policy_arn, .. }
        | O::DeletePolicyVersion { policy_arn, .. }
        | O::DeletePolicy { policy_arn }
        | O::TagPolicy { policy_arn, .. }
        | O::UntagPolicy { policy_arn, .. } => {
            let name = Arn::parse(policy_arn).map(|a| key("policy", &Name::new(a.last_segment())));
            [policy_arn.clone()].into_iter().chain(name).collect()
        }
        O::CreateUser { user_name, permissions_boundary, .. } => {
            [user(user_name)].into_iter().chain(permissions_boundary.clone()).collect()
        }
        O::PutUserPermissionsBoundary { user_name, permissions_boundary } => vec![user(user_name), permissions_boundary.clone()],
        O::UpdateUser { user_name, .. }
        | O::DeleteUserPermissionsBoundary { user_name }
        | O::TagUser { user_name, .. }
        | O::UntagUser { user_name, .. }
        | O::PutUserPolicy { user_name, .. }
        | O::DeleteUserPolicy { user_name, .. }
        | O::DeleteUser { user_name } => vec![user(user_name)],
        O::AttachUserPolicy { user_name, policy_arn } | O::DetachUserPolicy { user_name, policy_arn } => {
            vec![user(user_name), policy_arn.clone()]
        }
        O::CreateGroup { group_name, .. }
        | O::UpdateGroup { group_name, .. }
        | O::PutGroupPolicy { group_name, .. }
        | O::DeleteGroupPolicy { group_name, .. }
        | O::DeleteGroup { group_name } => vec![group(group_name)],
        O::AttachGroupPolicy { group_name, policy_arn } | O::DetachGroupPolicy { group_name, policy_arn } => {
            vec![group(group_name), policy_arn.clone()]
        }
        O::AddUserToGroup { group_name, user_name } | O::RemoveUserFromGroup { group_name, user_name } => {
            vec![group(group_name), user(user_name)]
        }
        O::CreateInstanceProfile { instance_profile_name, .. }
        | O::TagInstanceProfile { instance_profile_name, .. }
        | O::UntagInstanceProfile { instance_profile_name, .. }
        | O::DeleteInstanceProfile { instance_profile_name } => vec![profile(instance_profile_name)],
        O::AddRoleToInstanceProfile { instance_profile_name, role_name }
        | O::RemoveRoleFromInstanceProfile { instance_profile_name, role_name } => {
            vec![profile(instance_profile_name), role(role_name)]
        }
        O::CreateServiceLinkedRole { aws_service_name, custom_suffix, .. } => {
            vec![format!("service-linked-role/{aws_service_name}/{}", custom_suffix.as_deref().unwrap_or_default())]
        }
        O::CreateOidcProvider { url, .. } => {
            vec![key("oidc-provider", &Name::new(url.trim_start_matches("https://")))]
        }
        O::CreateSamlProvider { name, .. } => vec![key("saml-provider", name)],
        O::AddClientIdToOidcProvider { provider_arn, .. }
        | O::RemoveClientIdFromOidcProvider { provider_arn, .. }
        | O::UpdateOidcProviderThumbprint { provider_arn, .. }
        | O::TagOidcProvider { provider_arn, .. }
        | O::UntagOidcProvider { provider_arn, .. }
        | O::DeleteOidcProvider { provider_arn }
        | O::UpdateSamlProvider { provider_arn, .. }
        | O::TagSamlProvider { provider_arn, .. }
        | O::UntagSamlProvider { provider_arn, .. }
        | O::DeleteSamlProvider { provider_arn } => {
            let name = Arn::parse(provider_arn).map(|a| a.resource.to_ascii_lowercase());
            [provider_arn.clone()].into_iter().chain(name).collect()
        }
    }
}

/// The document of an operation in which principals are named: a role's trust policy.
pub(super) fn principals_document(operation: &Operation) -> Option<&str> {
    match operation {
        Operation::CreateRole { assume_role_policy_document: document, .. }
        | Operation::UpdateAssumeRolePolicy { policy_document: document, .. } => Some(document),
        _ => None,
    }
}

/// Whether the operation makes an entity that was not there.
pub(super) fn creates(operation: &Operation) -> bool {
    use Operation as O;
    matches!(
        operation,
        O::CreateRole { .. }
            | O::CreatePolicy { .. }
            | O::CreateUser { .. }
            | O::CreateGroup { .. }
            | O::CreateInstanceProfile { .. }
            | O::CreateServiceLinkedRole { .. }
            | O::CreateOidcProvider { .. }
            | O::CreateSamlProvider { .. }
    )
}

/// Whether the operation takes something away for good, so that finding nothing there is its goal.
///
/// Taking a boundary or a client id off is not among them: there NoSuchEntity may mean that the whole entity is gone, which a
/// plan must not pass over.
pub(super) fn removes(operation: &Operation) -> bool {
    use Operation as O;
    deletes_entity(operation)
        || matches!(
            operation,
            O::DeleteRolePolicy { .. }
                | O::DetachRolePolicy { .. }
                | O::DeletePolicyVersion { .. }
                | O::DeleteUserPolicy { .. }
                | O::DetachUserPolicy { .. }
                | O::DeleteGroupPolicy { .. }
                | O::DetachGroupPolicy { .. }
                | O::RemoveUserFromGroup { .. }
                | O::RemoveRoleFromInstanceProfile { .. }
        )
}

fn deletes_entity(operation: &Operation) -> bool {
    use Operation as O;
    matches!(
        operation,
        O::DeleteRole { .. }
            | O::DeletePolicy { .. }
            | O::DeleteUser { .. }
            | O::DeleteGroup { .. }
            | O::DeleteInstanceProfile { .. }
            | O::DeleteServiceLinkedRole { .. }
            | O::DeleteOidcProvider { .. }
            | O::DeleteSamlProvider { .. }
    )
}

/// When this run last made, wrote to, and deleted what.
#[derive(Debug, Default)]
pub(super) struct Touched {
    made: BTreeMap<Key, Instant>,
    written: BTreeMap<Key, Instant>,
    removed: BTreeMap<Key, Instant>,
}

/// The part of [`Touched`] that is not older than the window.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent {
    made: BTreeSet<Key>,
    written: BTreeSet<Key>,
    removed: BTreeSet<Key>,
}

impl Touched {
    /// Notes a write that was carried out, and the ARN of what it made.
    pub fn record(&mut self, operation: &Operation, arn: Option<String>, now: Instant) {
        let named = mentions(operation);
        if let Some(subject) = named.first() {
            if creates(operation) {
                self.made.insert(subject.clone(), now);
            }
            if deletes_entity(operation) {
                for key in &named {
                    self.made.remove(key);
                    self.removed.insert(key.clone(), now);
                }
            }
        }
        // A user whose path changes has a new ARN, as young as a new user's.
        if let Some(arn) = arn {
            self.written.insert(arn.clone(), now);
            self.made.insert(arn, now);
        }
        self.written.extend(named.into_iter().map(|key| (key, now)));
    }

    /// What is still recent at `now`.
    pub fn recent(&self, now: Instant, window: Duration) -> Recent {
        let within = |map: &BTreeMap<Key, Instant>| {
            map.iter().filter(|(_, at)| now.saturating_duration_since(**at) < window).map(|(k, _)| k.clone()).collect()
        };
        Recent { made: within(&self.made), written: within(&self.written), removed: within(&self.removed) }
    }
}

impl Recent {
    /// Whether this run made any of these lately.
    pub fn made_any(&self, keys: &[Key]) -> bool {
        keys.iter().any(|k| self.made.contains(k))
    }

    /// Whether this run wrote to any of these lately.
    pub fn wrote_any(&self, keys: &[Key]) -> bool {
        keys.iter().any(|k| self.written.contains(k))
    }

    /// Whether this run deleted any of these lately.
    pub fn removed_any(&self, keys: &[Key]) -> bool {
        keys.iter().any(|k| self.removed.contains(k))
    }

    /// Whether a trust policy names a principal that this run made: by its ARN, or as a role's session.
    pub fn made_principal_in(&self, document: &str) -> bool {
        self.made.iter().filter_map(|k| Arn::parse(k)).any(|arn| {
            let session = format!("\"arn:{}:sts::{}:assumed-role/{}/", arn.partition, arn.account, arn.last_segment());
            document.contains(&format!("\"{arn}\"")) || (arn.resource.starts_with("role/") && document.contains(&session))
        })
    }
}
