//! Quotas: the account's own, in IAM's words (iam-facts 3.1).

use super::Machine;
use super::refusal::{Checked, Refusal};
use crate::model::{Limits, Seen};

/// The quotas that AWS raises on request: what an account has of them, its summary alone tells.
const ADJUSTABLE: [&str; 8] = [
    "AssumeRolePolicySizeQuota",
    "AttachedPoliciesPerGroupQuota",
    "AttachedPoliciesPerRoleQuota",
    "AttachedPoliciesPerUserQuota",
    "GroupsQuota",
    "InstanceProfilesQuota",
    "PoliciesQuota",
    "RolesQuota",
];

impl Machine {
    /// The account's quotas. What was not read refuses nothing in a rehearsal; an embedded account then has AWS's defaults.
    pub(super) fn limits(&self) -> Limits {
        let mut limits = self.account.limits();
        if self.is_rehearsal() {
            let read = match &self.account.limits {
                Seen::Value(read) => Some(&read.0),
                Seen::Unread => None,
            };
            for key in ADJUSTABLE.into_iter().filter(|key| !read.is_some_and(|r| r.contains_key(*key))) {
                limits.0.insert(key.to_owned(), u64::MAX);
            }
        }
        limits
    }

    /// Room for one more where `count` are there.
    pub(super) fn room(&self, quota: &str, count: usize, limit: u64) -> Checked {
        if count as u64 >= limit { Err(Refusal::quota(quota, limit)) } else { Ok(()) }
    }

    /// Whether a document of this many characters is refused. How IAM counts is not published, and documents slightly over the
    /// limit were seen to be accepted: in rehearsal a quarter more is let pass.
    pub(super) fn too_large(&self, size: u64, limit: u64) -> bool {
        let allowed = if self.is_rehearsal() { limit.saturating_add(limit / 4) } else { limit };
        size > allowed
    }
}
