//! The permissions that reading needs; those of writes are the rows of [`crate::model::Operation`].

use crate::names::EntityKind::{self, Group, InstanceProfile, OidcProvider, Policy, Role, SamlProvider, User};

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

/// Reads that only an apply makes: a look at what IAM says is gone, before that is believed.
pub(super) const LOOKS: &[(&str, EntityKind)] = &[
    ("GetRolePolicy", Role),
    ("GetUserPolicy", User),
    ("GetGroupPolicy", Group),
    ("ListAttachedRolePolicies", Role),
    ("ListAttachedUserPolicies", User),
    ("ListAttachedGroupPolicies", Group),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;
    use crate::model::Operation;
    use crate::names::EntityKind::ServiceLinkedRole;

    #[test]
    fn every_permission_exists_and_takes_the_resource_that_it_is_given() {
        let word = |kind| if kind == ServiceLinkedRole { "role" } else { EntityKind::word(kind) };
        let writes = Operation::CALLS.iter().map(|call| (call.name, call.kind));
        for (name, kind) in writes.chain(READS.iter().chain(LOOKS).copied()) {
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
        for name in LISTS.iter().copied().chain(READS.iter().chain(LOOKS).map(|(name, _)| *name)) {
            let level = catalogue::action(&format!("iam:{name}")).map(|action| action.level());
            assert!(matches!(level, Some(List | Read)), "{name}: {level:?}");
        }
    }
}
