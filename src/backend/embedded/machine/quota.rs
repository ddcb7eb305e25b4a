//! Quotas: the account's own, in IAM's words (iam-facts 3.1).

use super::Machine;
use super::refusal::{Checked, Refusal};

impl Machine {
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
