//! What each call touches, refers to, makes and removes: the facts that dependencies are built from.

use crate::model::Operation;
use crate::names::{Address, Arn, EntityKind, Name};
use crate::policy::Document;

use super::target::principal_address;

/// What a call does to entities.
#[derive(Clone, Debug, Default)]
pub(super) struct Touch {
    /// The entity it acts on.
    pub subject: Option<Address>,
    /// It makes its subject.
    pub makes: bool,
    /// It removes its subject.
    pub removes: bool,
    /// It takes something off its subject.
    pub takes: bool,
    /// Entities that must exist, and be up to date, before.
    pub refers: Vec<Address>,
    /// The managed policy that it attaches, detaches or changes, by ARN.
    pub policy_arn: Option<String>,
    /// The entity whose hold on the subject it ends: a role leaving a profile, a user leaving a group.
    pub frees: Option<Address>,
}

/// The policy entity behind an ARN, unless AWS manages it.
pub(super) fn policy_address(arn: &str) -> Option<Address> {
    let parsed = Arn::parse(arn).filter(|a| !a.is_aws_managed_policy())?;
    Some(Address::new(EntityKind::Policy, parsed.last_segment()))
}

fn provider_address(arn: &str) -> Option<Address> {
    principal_address(arn)
}

/// Entities named as principals in a trust document.
pub(super) fn named_in(document: &str) -> Vec<Address> {
    let Ok(document) = Document::parse(document) else { return Vec::new() };
    document.principals().filter_map(|p| principal_address(p.value)).collect()
}

impl Touch {
    fn on(kind: EntityKind, name: &Name) -> Self {
        Self { subject: Some(Address::new(kind, name)), ..Self::default() }
    }

    fn made(mut self) -> Self {
        self.makes = true;
        self
    }

    fn removed(mut self) -> Self {
        self.removes = true;
        self
    }

    fn taking(mut self) -> Self {
        self.takes = true;
        self
    }

    fn needing(mut self, addresses: impl IntoIterator<Item = Address>) -> Self {
        self.refers.extend(addresses);
        self
    }

    fn policy(mut self, arn: &str) -> Self {
        self.policy_arn = Some(arn.to_owned());
        self
    }

    fn freeing(mut self, address: Address) -> Self {
        self.frees = Some(address);
        self
    }

    /// Reads a call. Every operation is named here, so that a new one does not compile until its dependencies are known.
    pub(super) fn of(operation: &Operation) -> Self {
        use EntityKind::{Group, InstanceProfile, OidcProvider, Policy, Role, SamlProvider, ServiceLinkedRole, User};
        use Operation as Op;
        let by_policy = |arn: &str| Self { subject: policy_address(arn), ..Self::default() };
        let by_provider = |arn: &str| Self { subject: provider_address(arn), ..Self::default() };
        let bound = |arn: &Option<String>| arn.as_deref().and_then(policy_address);
        match operation {
            Op::CreateRole { role_name, assume_role_policy_document, permissions_boundary, .. } => Self::on(Role, role_name)
                .made()
                .needing(bound(permissions_boundary))
                .needing(named_in(assume_role_policy_document)),
            Op::UpdateRole { role_name, .. } | Op::TagRole { role_name, .. } => Self::on(Role, role_name),
            Op::UpdateAssumeRolePolicy { role_name, policy_document } => {
                Self::on(Role, role_name).needing(named_in(policy_document))
            }
            Op::PutRolePermissionsBoundary { role_name, permissions_boundary } => {
                Self::on(Role, role_name).needing(policy_address(permissions_boundary))
            }
            Op::DeleteRolePermissionsBoundary { role_name } | Op::UntagRole { role_name, .. } => {
                Self::on(Role, role_name).taking()
            }
            Op::PutRolePolicy { role_name, .. } => Self::on(Role, role_name),
            Op::DeleteRolePolicy { role_name, .. } => Self::on(Role, role_name).taking(),
            Op::AttachRolePolicy { role_name, policy_arn } => {
                Self::on(Role, role_name).needing(policy_address(policy_arn)).policy(policy_arn)
            }
            Op::DetachRolePolicy { role_name, policy_arn } => Self::on(Role, role_name).taking().policy(policy_arn),
            Op::DeleteRole { role_name } | Op::DeleteServiceLinkedRole { role_name } => Self::on(Role, role_name).removed(),

            Op::CreatePolicy { policy_name, .. } => Self::on(Policy, policy_name).made(),
            Op::CreatePolicyVersion { policy_arn, .. } | Op::SetDefaultPolicyVersion { policy_arn, .. } => {
                by_policy(policy_arn).policy(policy_arn)
            }
            Op::DeletePolicyVersion { policy_arn, .. } => by_policy(policy_arn).taking(),
            Op::DeletePolicy { policy_arn } => by_policy(policy_arn).removed().policy(policy_arn),
            Op::TagPolicy { policy_arn, .. } => by_policy(policy_arn),
            Op::UntagPolicy { policy_arn, .. } => by_policy(policy_arn).taking(),

            Op::CreateUser { user_name, permissions_boundary, .. } => {
                Self::on(User, user_name).made().needing(bound(permissions_boundary))
            }
            Op::UpdateUser { user_name, .. } | Op::TagUser { user_name, .. } | Op::PutUserPolicy { user_name, .. } => {
                Self::on(User, user_name)
            }
            Op::PutUserPermissionsBoundary { user_name, permissions_boundary } => {
                Self::on(User, user_name).needing(policy_address(permissions_boundary))
            }
            Op::DeleteUserPermissionsBoundary { user_name }
            | Op::UntagUser { user_name, .. }
            | Op::DeleteUserPolicy { user_name, .. } => Self::on(User, user_name).taking(),
            Op::AttachUserPolicy { user_name, policy_arn } => {
                Self::on(User, user_name).needing(policy_address(policy_arn)).policy(policy_arn)
            }
            Op::DetachUserPolicy { user_name, policy_arn } => Self::on(User, user_name).taking().policy(policy_arn),
            Op::DeleteUser { user_name } => Self::on(User, user_name).removed(),

            Op::CreateGroup { group_name, .. } => Self::on(Group, group_name).made(),
            Op::UpdateGroup { group_name, .. } | Op::PutGroupPolicy { group_name, .. } => Self::on(Group, group_name),
            Op::DeleteGroupPolicy { group_name, .. } => Self::on(Group, group_name).taking(),
            Op::AttachGroupPolicy { group_name, policy_arn } => {
                Self::on(Group, group_name).needing(policy_address(policy_arn)).policy(policy_arn)
            }
            Op::DetachGroupPolicy { group_name, policy_arn } => Self::on(Group, group_name).taking().policy(policy_arn),
            Op::AddUserToGroup { group_name, user_name } => Self::on(Group, group_name).needing([Address::new(User, user_name)]),
            Op::RemoveUserFromGroup { group_name, user_name } => {
                Self::on(Group, group_name).taking().freeing(Address::new(User, user_name))
            }
            Op::DeleteGroup { group_name } => Self::on(Group, group_name).removed(),

            Op::CreateInstanceProfile { instance_profile_name, .. } => Self::on(InstanceProfile, instance_profile_name).made(),
            Op::AddRoleToInstanceProfile { instance_profile_name, role_name } => {
                Self::on(InstanceProfile, instance_profile_name).needing([Address::new(Role, role_name)])
            }
            Op::RemoveRoleFromInstanceProfile { instance_profile_name, role_name } => {
                Self::on(InstanceProfile, instance_profile_name).taking().freeing(Address::new(Role, role_name))
            }
            Op::TagInstanceProfile { instance_profile_name, .. } => Self::on(InstanceProfile, instance_profile_name),
            Op::UntagInstanceProfile { instance_profile_name, .. } => Self::on(InstanceProfile, instance_profile_name).taking(),
            Op::DeleteInstanceProfile { instance_profile_name } => Self::on(InstanceProfile, instance_profile_name).removed(),

            Op::CreateServiceLinkedRole { aws_service_name, custom_suffix, .. } => {
                let key = match custom_suffix {
                    Some(suffix) => format!("{aws_service_name}/{suffix}"),
                    None => aws_service_name.clone(),
                };
                Self::on(ServiceLinkedRole, &Name::new(key)).made()
            }

            Op::CreateOidcProvider { url, .. } => Self::on(OidcProvider, &Name::new(url.trim_start_matches("https://"))).made(),
            Op::AddClientIdToOidcProvider { provider_arn, .. }
            | Op::UpdateOidcProviderThumbprint { provider_arn, .. }
            | Op::TagOidcProvider { provider_arn, .. } => by_provider(provider_arn),
            Op::RemoveClientIdFromOidcProvider { provider_arn, .. } | Op::UntagOidcProvider { provider_arn, .. } => {
                by_provider(provider_arn).taking()
            }
            Op::DeleteOidcProvider { provider_arn } | Op::DeleteSamlProvider { provider_arn } => {
                by_provider(provider_arn).removed()
            }
            Op::CreateSamlProvider { name, .. } => Self::on(SamlProvider, name).made(),
            Op::UpdateSamlProvider { provider_arn, .. } | Op::TagSamlProvider { provider_arn, .. } => by_provider(provider_arn),
            Op::UntagSamlProvider { provider_arn, .. } => by_provider(provider_arn).taking(),
        }
    }
}
