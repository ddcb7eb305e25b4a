//! IAM as a pure state machine: an account, one write at a time, and IAM's own refusals.
//!
//! INVARIANT (rehearsed): there are two strictnesses. As the embedded account it refuses all that IAM may refuse; in rehearsal of a
//! plan it refuses only what IAM certainly refuses, since what it starts from was read from an account that already lives.
//! INVARIANT (pure-core): no clock, no randomness: the time is an argument, and unique ids come of the account's serial.

mod attach;
mod documents;
mod fields;
mod groups;
mod ids;
mod inline;
mod linked;
mod lookup;
mod oidc;
mod policies;
mod profiles;
mod quota;
mod refusal;
mod roles;
mod saml;
mod tags;
mod trust;
mod users;

use self::refusal::Checked;
use crate::backend::{BackendError, Performed};
use crate::model::{Holder, Operation, Snapshot};

/// How much the machine refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// All that IAM may refuse: what the machine holds is the account.
    Account,
    /// Only what IAM certainly refuses: what the machine holds is a reading of an account.
    Rehearsal,
}

/// An account that takes IAM's writes.
#[derive(Clone, Debug)]
pub struct Machine {
    account: Snapshot,
    strictness: Strictness,
}

impl Machine {
    /// A machine over an account.
    pub fn new(account: Snapshot, strictness: Strictness) -> Self {
        Self { account, strictness }
    }

    /// The account as it stands.
    pub fn snapshot(&self) -> &Snapshot {
        &self.account
    }

    /// The account, when the machine has done its work.
    pub fn into_snapshot(self) -> Snapshot {
        self.account
    }

    /// Carries out one call at time `now` (RFC 3339), wholly or not at all.
    pub fn perform(&mut self, operation: &Operation, now: &str) -> Result<Performed, BackendError> {
        self.carry_out(operation, now).map_err(|refusal| refusal.into_error(operation))?;
        self.account.serial = self.account.serial.saturating_add(1);
        Ok(Performed::default())
    }

    fn carry_out(&mut self, operation: &Operation, now: &str) -> Checked {
        match operation {
            Operation::CreateRole {
                role_name,
                path,
                assume_role_policy_document,
                description,
                max_session_duration,
                permissions_boundary,
                tags,
            } => self.create_role(
                roles::NewRole {
                    name: role_name,
                    path,
                    trust: assume_role_policy_document,
                    description: description.as_deref(),
                    max_session_duration: *max_session_duration,
                    boundary: permissions_boundary.as_deref(),
                    tags,
                },
                now,
            ),
            Operation::UpdateRole { role_name, description, max_session_duration } => {
                self.update_role(role_name, description, *max_session_duration)
            }
            Operation::UpdateAssumeRolePolicy { role_name, policy_document } => self.update_trust(role_name, policy_document),
            Operation::PutRolePermissionsBoundary { role_name, permissions_boundary } => {
                self.put_role_boundary(role_name, permissions_boundary)
            }
            Operation::DeleteRolePermissionsBoundary { role_name } => self.delete_role_boundary(role_name),
            Operation::TagRole { role_name, tags } => self.tag_role(role_name, tags),
            Operation::UntagRole { role_name, tag_keys } => self.untag_role(role_name, tag_keys),
            Operation::PutRolePolicy { role_name, policy_name, policy_document } => {
                self.put_inline(Holder::Role(role_name), policy_name, policy_document)
            }
            Operation::DeleteRolePolicy { role_name, policy_name } => self.delete_inline(Holder::Role(role_name), policy_name),
            Operation::AttachRolePolicy { role_name, policy_arn } => self.attach(Holder::Role(role_name), policy_arn),
            Operation::DetachRolePolicy { role_name, policy_arn } => self.detach(Holder::Role(role_name), policy_arn),
            Operation::DeleteRole { role_name } => self.delete_role(role_name),

            Operation::CreatePolicy { policy_name, path, policy_document, description, tags } => self.create_policy(
                policies::NewPolicy {
                    name: policy_name,
                    path,
                    document: policy_document,
                    description: description.as_deref(),
                    tags,
                },
                now,
            ),
            Operation::CreatePolicyVersion { policy_arn, policy_document, set_as_default } => {
                self.create_policy_version(policy_arn, policy_document, *set_as_default, now)
            }
            Operation::SetDefaultPolicyVersion { policy_arn, version_id } => self.set_default_version(policy_arn, version_id),
            Operation::DeletePolicyVersion { policy_arn, version_id } => self.delete_policy_version(policy_arn, version_id),
            Operation::DeletePolicy { policy_arn } => self.delete_policy(policy_arn),
            Operation::TagPolicy { policy_arn, tags } => self.tag_policy(policy_arn, tags),
            Operation::UntagPolicy { policy_arn, tag_keys } => self.untag_policy(policy_arn, tag_keys),

            Operation::CreateUser { user_name, path, permissions_boundary, tags } => {
                self.create_user(user_name, path, permissions_boundary.as_deref(), tags, now)
            }
            Operation::UpdateUser { user_name, new_path, new_user_name } => {
                self.update_user(user_name, new_path.as_deref(), new_user_name.as_ref())
            }
            Operation::PutUserPermissionsBoundary { user_name, permissions_boundary } => {
                self.put_user_boundary(user_name, permissions_boundary)
            }
            Operation::DeleteUserPermissionsBoundary { user_name } => self.delete_user_boundary(user_name),
            Operation::TagUser { user_name, tags } => self.tag_user(user_name, tags),
            Operation::UntagUser { user_name, tag_keys } => self.untag_user(user_name, tag_keys),
            Operation::PutUserPolicy { user_name, policy_name, policy_document } => {
                self.put_inline(Holder::User(user_name), policy_name, policy_document)
            }
            Operation::DeleteUserPolicy { user_name, policy_name } => self.delete_inline(Holder::User(user_name), policy_name),
            Operation::AttachUserPolicy { user_name, policy_arn } => self.attach(Holder::User(user_name), policy_arn),
            Operation::DetachUserPolicy { user_name, policy_arn } => self.detach(Holder::User(user_name), policy_arn),
            Operation::DeleteUser { user_name } => self.delete_user(user_name),

            Operation::CreateGroup { group_name, path } => self.create_group(group_name, path, now),
            Operation::UpdateGroup { group_name, new_path, new_group_name } => {
                self.update_group(group_name, new_path.as_deref(), new_group_name.as_ref())
            }
            Operation::PutGroupPolicy { group_name, policy_name, policy_document } => {
                self.put_inline(Holder::Group(group_name), policy_name, policy_document)
            }
            Operation::DeleteGroupPolicy { group_name, policy_name } => {
                self.delete_inline(Holder::Group(group_name), policy_name)
            }
            Operation::AttachGroupPolicy { group_name, policy_arn } => self.attach(Holder::Group(group_name), policy_arn),
            Operation::DetachGroupPolicy { group_name, policy_arn } => self.detach(Holder::Group(group_name), policy_arn),
            Operation::AddUserToGroup { group_name, user_name } => self.add_user_to_group(group_name, user_name),
            Operation::RemoveUserFromGroup { group_name, user_name } => self.remove_user_from_group(group_name, user_name),
            Operation::DeleteGroup { group_name } => self.delete_group(group_name),

            Operation::CreateInstanceProfile { instance_profile_name, path, tags } => {
                self.create_profile(instance_profile_name, path, tags, now)
            }
            Operation::AddRoleToInstanceProfile { instance_profile_name, role_name } => {
                self.add_role_to_profile(instance_profile_name, role_name)
            }
            Operation::RemoveRoleFromInstanceProfile { instance_profile_name, role_name } => {
                self.remove_role_from_profile(instance_profile_name, role_name)
            }
            Operation::TagInstanceProfile { instance_profile_name, tags } => self.tag_profile(instance_profile_name, tags),
            Operation::UntagInstanceProfile { instance_profile_name, tag_keys } => {
                self.untag_profile(instance_profile_name, tag_keys)
            }
            Operation::DeleteInstanceProfile { instance_profile_name } => self.delete_profile(instance_profile_name),

            Operation::CreateServiceLinkedRole { aws_service_name, custom_suffix, description } => {
                self.create_linked_role(aws_service_name, custom_suffix.as_deref(), description.as_deref(), now)
            }
            Operation::DeleteServiceLinkedRole { role_name } => self.delete_linked_role(role_name),

            Operation::CreateOidcProvider { url, client_ids, thumbprints, tags } => {
                self.create_oidc_provider(url, client_ids, thumbprints, tags, now)
            }
            Operation::AddClientIdToOidcProvider { provider_arn, client_id } => self.add_client_id(provider_arn, client_id),
            Operation::RemoveClientIdFromOidcProvider { provider_arn, client_id } => {
                self.remove_client_id(provider_arn, client_id)
            }
            Operation::UpdateOidcProviderThumbprint { provider_arn, thumbprints } => {
                self.update_thumbprints(provider_arn, thumbprints)
            }
            Operation::TagOidcProvider { provider_arn, tags } => self.tag_oidc_provider(provider_arn, tags),
            Operation::UntagOidcProvider { provider_arn, tag_keys } => self.untag_oidc_provider(provider_arn, tag_keys),
            Operation::DeleteOidcProvider { provider_arn } => self.delete_oidc_provider(provider_arn),

            Operation::CreateSamlProvider { name, metadata, tags } => self.create_saml_provider(name, metadata, tags, now),
            Operation::UpdateSamlProvider { provider_arn, metadata } => self.update_saml_provider(provider_arn, metadata),
            Operation::TagSamlProvider { provider_arn, tags } => self.tag_saml_provider(provider_arn, tags),
            Operation::UntagSamlProvider { provider_arn, tag_keys } => self.untag_saml_provider(provider_arn, tag_keys),
            Operation::DeleteSamlProvider { provider_arn } => self.delete_saml_provider(provider_arn),
        }
    }
}

#[cfg(test)]
mod tests;
