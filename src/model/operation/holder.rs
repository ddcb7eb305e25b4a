//! Who holds policies: a role, a user or a group. IAM has the same four calls for each.

use std::fmt;

use super::Operation;
use crate::names::{Address, EntityKind, Name};

/// A role, user or group, as the holder of inline and managed policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder<'a> {
    /// A role.
    Role(&'a Name),
    /// A user.
    User(&'a Name),
    /// A group.
    Group(&'a Name),
}

impl<'a> Holder<'a> {
    /// The holder at an address; `None` for kinds that hold no policies.
    pub fn of(address: &'a Address) -> Option<Self> {
        match address.kind {
            EntityKind::Role => Some(Self::Role(&address.name)),
            EntityKind::User => Some(Self::User(&address.name)),
            EntityKind::Group => Some(Self::Group(&address.name)),
            EntityKind::Policy
            | EntityKind::InstanceProfile
            | EntityKind::ServiceLinkedRole
            | EntityKind::OidcProvider
            | EntityKind::SamlProvider => None,
        }
    }

    /// Its kind.
    pub fn kind(self) -> EntityKind {
        match self {
            Self::Role(_) => EntityKind::Role,
            Self::User(_) => EntityKind::User,
            Self::Group(_) => EntityKind::Group,
        }
    }

    /// Its name.
    pub fn name(self) -> &'a Name {
        match self {
            Self::Role(name) | Self::User(name) | Self::Group(name) => name,
        }
    }

    /// AttachRolePolicy and its like.
    pub fn attach(self, policy_arn: String) -> Operation {
        let name = self.name().clone();
        match self {
            Self::Role(_) => Operation::AttachRolePolicy { role_name: name, policy_arn },
            Self::User(_) => Operation::AttachUserPolicy { user_name: name, policy_arn },
            Self::Group(_) => Operation::AttachGroupPolicy { group_name: name, policy_arn },
        }
    }

    /// DetachRolePolicy and its like.
    pub fn detach(self, policy_arn: String) -> Operation {
        let name = self.name().clone();
        match self {
            Self::Role(_) => Operation::DetachRolePolicy { role_name: name, policy_arn },
            Self::User(_) => Operation::DetachUserPolicy { user_name: name, policy_arn },
            Self::Group(_) => Operation::DetachGroupPolicy { group_name: name, policy_arn },
        }
    }

    /// PutRolePermissionsBoundary and its like; groups have no boundary.
    pub fn bind(self, permissions_boundary: String) -> Option<Operation> {
        let name = self.name().clone();
        match self {
            Self::Role(_) => Some(Operation::PutRolePermissionsBoundary { role_name: name, permissions_boundary }),
            Self::User(_) => Some(Operation::PutUserPermissionsBoundary { user_name: name, permissions_boundary }),
            Self::Group(_) => None,
        }
    }

    /// DeleteRolePermissionsBoundary and its like; groups have no boundary.
    pub fn unbind(self) -> Option<Operation> {
        let name = self.name().clone();
        match self {
            Self::Role(_) => Some(Operation::DeleteRolePermissionsBoundary { role_name: name }),
            Self::User(_) => Some(Operation::DeleteUserPermissionsBoundary { user_name: name }),
            Self::Group(_) => None,
        }
    }

    /// PutRolePolicy and its like.
    pub fn put(self, policy_name: String, policy_document: String) -> Operation {
        let name = self.name().clone();
        match self {
            Self::Role(_) => Operation::PutRolePolicy { role_name: name, policy_name, policy_document },
            Self::User(_) => Operation::PutUserPolicy { user_name: name, policy_name, policy_document },
            Self::Group(_) => Operation::PutGroupPolicy { group_name: name, policy_name, policy_document },
        }
    }

    /// DeleteRolePolicy and its like.
    pub fn delete(self, policy_name: String) -> Operation {
        let name = self.name().clone();
        match self {
            Self::Role(_) => Operation::DeleteRolePolicy { role_name: name, policy_name },
            Self::User(_) => Operation::DeleteUserPolicy { user_name: name, policy_name },
            Self::Group(_) => Operation::DeleteGroupPolicy { group_name: name, policy_name },
        }
    }
}

impl fmt::Display for Holder<'_> {
    /// `role x`, as refusals name it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind().noun(), self.name())
    }
}
