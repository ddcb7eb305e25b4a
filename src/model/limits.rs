//! An account's quotas, as GetAccountSummary names them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The summary map of GetAccountSummary: quotas and counts by IAM's own keys. Keys may be missing or new (iam-facts 3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Limits(pub BTreeMap<String, u64>);

macro_rules! quotas {
    ($($(#[$doc:meta])* $name:ident = $key:literal, $default:literal;)*) => {
        impl Limits {
            $($(#[$doc])* pub fn $name(&self) -> u64 {
                self.0.get($key).copied().unwrap_or($default)
            })*

            /// Every quota with the default that AWS gives a new account (iam-facts 3.1).
            pub fn defaults() -> Self {
                Self([$(($key.to_owned(), $default)),*].into())
            }
        }
    };
}

quotas! {
    /// Roles in the account.
    roles = "RolesQuota", 1000;
    /// Users in the account.
    users = "UsersQuota", 5000;
    /// Groups in the account.
    groups = "GroupsQuota", 300;
    /// Customer managed policies in the account.
    policies = "PoliciesQuota", 1500;
    /// Instance profiles in the account.
    instance_profiles = "InstanceProfilesQuota", 1000;
    /// Managed policies attached to one role.
    attached_per_role = "AttachedPoliciesPerRoleQuota", 10;
    /// Managed policies attached to one user.
    attached_per_user = "AttachedPoliciesPerUserQuota", 10;
    /// Managed policies attached to one group.
    attached_per_group = "AttachedPoliciesPerGroupQuota", 10;
    /// Versions kept of one managed policy.
    versions_per_policy = "VersionsPerPolicyQuota", 5;
    /// Characters of one managed policy document, white space not counted.
    policy_size = "PolicySizeQuota", 6144;
    /// Characters of all inline policies of one role.
    role_inline_size = "RolePolicySizeQuota", 10240;
    /// Characters of all inline policies of one user.
    user_inline_size = "UserPolicySizeQuota", 2048;
    /// Characters of all inline policies of one group.
    group_inline_size = "GroupPolicySizeQuota", 5120;
    /// Characters of one trust policy.
    trust_size = "AssumeRolePolicySizeQuota", 2048;
    /// Groups that one user is in.
    groups_per_user = "GroupsPerUserQuota", 10;
}

/// Tags on one entity; not adjustable and not in the summary.
pub const TAGS_PER_ENTITY: usize = 50;
