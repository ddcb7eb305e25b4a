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

/// The next move where a quota refuses a call, by IAM's words. Most quotas cannot be raised (IAM User Guide, "IAM and AWS STS quotas").
pub fn quota_advice(said: &str) -> &'static str {
    let says = |text: &str| said.contains(text);
    if says("number of tags") {
        "an entity has 50 tags at most, which cannot be raised: use fewer tags; iamctl's own tags count too"
    } else if says("PolicySize") {
        "the size of a managed policy cannot be raised: split the document over several policies, or shorten it"
    } else if says("Maximum policy size") {
        "the size of all inline policies of one entity cannot be raised: move statements to managed policies, or shorten them"
    } else if says("ACLSizePerRole") {
        "shorten the trust policy, or have the account's quota for role trust policy length raised"
    } else if says("PoliciesPerRole") || says("PoliciesPerUser") {
        "attach fewer policies (merge documents, use inline policies), or have the account's quota for managed policies raised"
    } else if says("PoliciesPerGroup") {
        "a group has 10 managed policies at most, which cannot be raised: merge documents, or use inline policies"
    } else if says("GroupsPerUser") {
        "a user is in 10 groups at most, which cannot be raised: merge groups"
    } else if says("UsersPerAccount") {
        "the number of users cannot be raised: delete some, or use roles"
    } else if says("VersionsPerPolicy") {
        "a policy keeps five versions, which cannot be raised: delete one"
    } else if says("InstanceSessionsPerInstanceProfile") {
        "an instance profile holds one role, which cannot be raised: take the other one out first"
    } else {
        "free something, or have the quota raised if Service Quotas lists it for IAM"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_quotas_that_can_be_raised_are_to_be_raised() {
        let raised = |said: &str| quota_advice(said).contains("have the");
        for fixed in [
            "The number of tags has reached the maximum limit.",
            "Cannot exceed quota for PolicySize: 6144",
            "Maximum policy size of 10240 bytes exceeded for role x",
            "Cannot exceed quota for PoliciesPerGroup: 10",
            "Cannot exceed quota for GroupsPerUser: 10",
            "Cannot exceed quota for UsersPerAccount: 5000",
            "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
        ] {
            assert!(!raised(fixed) && !quota_advice(fixed).contains("smaller policies"), "{fixed}");
        }
        for adjustable in ["Cannot exceed quota for ACLSizePerRole: 2048", "Cannot exceed quota for PoliciesPerRole: 10"] {
            assert!(raised(adjustable), "{adjustable}");
        }
    }
}
