//! Which permission each call needs. The names are those of [`crate::model::Operation`]; a test holds the two against each other.

use crate::names::EntityKind::{self, Group, InstanceProfile, OidcProvider, Policy, Role, SamlProvider, ServiceLinkedRole, User};

/// When `apply` sends a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// The entity is made. With a boundary in the call IAM looks at it too.
    Made,
    /// Its own settings and its tags change.
    Changed,
    /// Its path changes, which only users and groups can.
    Moved,
    /// It has inline policies.
    Inline,
    /// It has managed policies.
    Attached,
    /// What it no longer has is taken away.
    Stripped,
    /// It has a boundary.
    Bounded,
    /// Its boundary is taken off.
    Unbounded,
    /// Users are put into the group, or taken out of it.
    Member,
    /// It has left the specs, or is replaced.
    Removed,
    /// No plan of specs sends it.
    Never,
}

/// One call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    /// IAM's name of it, which is the permission's name too.
    pub operation: &'static str,
    /// The entity that the permission is about.
    pub kind: EntityKind,
    /// When it is sent.
    pub when: When,
}

const fn call(operation: &'static str, kind: EntityKind, when: When) -> Call {
    Call { operation, kind, when }
}

/// Every call that writes.
pub(super) const WRITES: &[Call] = &[
    call("CreateRole", Role, When::Made),
    call("UpdateRole", Role, When::Changed),
    call("UpdateAssumeRolePolicy", Role, When::Changed),
    call("TagRole", Role, When::Changed),
    call("UntagRole", Role, When::Changed),
    call("PutRolePolicy", Role, When::Inline),
    call("DeleteRolePolicy", Role, When::Stripped),
    call("AttachRolePolicy", Role, When::Attached),
    call("DetachRolePolicy", Role, When::Stripped),
    call("PutRolePermissionsBoundary", Role, When::Bounded),
    call("DeleteRolePermissionsBoundary", Role, When::Unbounded),
    call("DeleteRole", Role, When::Removed),
    call("CreatePolicy", Policy, When::Made),
    call("CreatePolicyVersion", Policy, When::Changed),
    call("DeletePolicyVersion", Policy, When::Stripped),
    call("TagPolicy", Policy, When::Changed),
    call("UntagPolicy", Policy, When::Changed),
    call("DeletePolicy", Policy, When::Removed),
    call("SetDefaultPolicyVersion", Policy, When::Never),
    call("CreateUser", User, When::Made),
    call("UpdateUser", User, When::Moved),
    call("TagUser", User, When::Changed),
    call("UntagUser", User, When::Changed),
    call("PutUserPolicy", User, When::Inline),
    call("DeleteUserPolicy", User, When::Stripped),
    call("AttachUserPolicy", User, When::Attached),
    call("DetachUserPolicy", User, When::Stripped),
    call("PutUserPermissionsBoundary", User, When::Bounded),
    call("DeleteUserPermissionsBoundary", User, When::Unbounded),
    call("DeleteUser", User, When::Removed),
    call("CreateGroup", Group, When::Made),
    call("UpdateGroup", Group, When::Moved),
    call("PutGroupPolicy", Group, When::Inline),
    call("DeleteGroupPolicy", Group, When::Stripped),
    call("AttachGroupPolicy", Group, When::Attached),
    call("DetachGroupPolicy", Group, When::Stripped),
    call("AddUserToGroup", Group, When::Member),
    call("RemoveUserFromGroup", Group, When::Member),
    call("DeleteGroup", Group, When::Never),
    call("CreateInstanceProfile", InstanceProfile, When::Made),
    call("AddRoleToInstanceProfile", InstanceProfile, When::Changed),
    call("RemoveRoleFromInstanceProfile", InstanceProfile, When::Stripped),
    call("TagInstanceProfile", InstanceProfile, When::Changed),
    call("UntagInstanceProfile", InstanceProfile, When::Changed),
    call("DeleteInstanceProfile", InstanceProfile, When::Removed),
    call("CreateServiceLinkedRole", ServiceLinkedRole, When::Made),
    call("DeleteServiceLinkedRole", ServiceLinkedRole, When::Never),
    call("CreateOpenIDConnectProvider", OidcProvider, When::Made),
    call("AddClientIDToOpenIDConnectProvider", OidcProvider, When::Changed),
    call("RemoveClientIDFromOpenIDConnectProvider", OidcProvider, When::Changed),
    call("UpdateOpenIDConnectProviderThumbprint", OidcProvider, When::Changed),
    call("TagOpenIDConnectProvider", OidcProvider, When::Changed),
    call("UntagOpenIDConnectProvider", OidcProvider, When::Changed),
    call("DeleteOpenIDConnectProvider", OidcProvider, When::Removed),
    call("CreateSAMLProvider", SamlProvider, When::Made),
    call("UpdateSAMLProvider", SamlProvider, When::Changed),
    call("TagSAMLProvider", SamlProvider, When::Changed),
    call("UntagSAMLProvider", SamlProvider, When::Changed),
    call("DeleteSAMLProvider", SamlProvider, When::Removed),
];

/// Listings of the whole account, which take no resource but `*`.
pub(super) const LISTS: &[&str] = &[
    "GetAccountAuthorizationDetails",
    "GetAccountSummary",
    "ListInstanceProfiles",
    "ListOpenIDConnectProviders",
    "ListRoles",
    "ListSAMLProviders",
];

/// Reads of one entity: any of its kind, because the account is read as a whole.
pub(super) const READS: &[(&str, EntityKind)] = &[
    ("GetRole", Role),
    ("GetPolicy", Policy),
    ("GetPolicyVersion", Policy),
    ("ListPolicyVersions", Policy),
    ("GetInstanceProfile", InstanceProfile),
    ("GetOpenIDConnectProvider", OidcProvider),
    ("GetSAMLProvider", SamlProvider),
    ("GetUser", User),
    ("GetLoginProfile", User),
    ("ListAccessKeys", User),
    ("ListMFADevices", User),
    ("ListSSHPublicKeys", User),
    ("ListServiceSpecificCredentials", User),
    ("ListSigningCertificates", User),
    ("GetGroup", Group),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalogue;
    use crate::model::Operation;

    #[test]
    fn every_operation_of_the_writer_is_here_and_no_other() {
        let schema = serde_json::to_value(schemars::schema_for!(Operation)).unwrap();
        let operations: BTreeSet<&str> = schema["oneOf"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["properties"]["operation"]["const"].as_str())
            .collect();
        let table: BTreeSet<&str> = WRITES.iter().map(|call| call.operation).collect();
        assert_eq!(table, operations);
        assert_eq!(table.len(), WRITES.len(), "each once");
    }

    #[test]
    fn every_permission_exists_and_takes_the_resource_that_it_is_given() {
        let word = |kind| if kind == ServiceLinkedRole { "role" } else { EntityKind::word(kind) };
        let writes = WRITES.iter().map(|call| (call.operation, call.kind));
        for (name, kind) in writes.chain(READS.iter().copied()) {
            let action = catalogue::action(&format!("iam:{name}")).unwrap_or_else(|| panic!("{name}"));
            assert!(action.resource_types().any(|t| t.resource.name() == word(kind)), "{name} on {}", word(kind));
        }
        for name in LISTS {
            assert!(catalogue::action(&format!("iam:{name}")).is_some(), "{name}");
        }
    }

    #[test]
    fn what_is_for_reading_only_reads() {
        use catalogue::AccessLevel::{List, Read};
        for name in LISTS.iter().copied().chain(READS.iter().map(|(name, _)| *name)) {
            let level = catalogue::action(&format!("iam:{name}")).map(|action| action.level());
            assert!(matches!(level, Some(List | Read)), "{name}: {level:?}");
        }
    }
}
