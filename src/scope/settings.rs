//! What the project file and the command line say about scope, for one account.

use std::collections::BTreeSet;

use super::{ForbidRule, PrincipalPattern};
use crate::plan::PlanOptions;

/// Everything besides specs and account that shapes a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The account's name in the project file.
    pub account_name: String,
    /// The owner's name, written on what is owned.
    pub stack: String,
    /// Earlier names of the stack: their marks count as ours and are rewritten.
    pub formerly: Vec<String>,
    /// The ownership tag's key.
    pub tag_key: String,
    /// What is never ours to judge.
    pub ignore: Ignore,
    /// Thresholds.
    pub guards: Guards,
    /// What no principal may do.
    pub forbid: Vec<ForbidRule>,
    /// The flags of this run.
    pub options: PlanOptions,
    /// The IAM principal behind the caller.
    pub caller_arn: String,
    /// Now, in seconds since 1970, for "used n days ago".
    pub now: i64,
    /// Whether the plan lists what no stack owns, or only counts it.
    pub list_unmanaged: bool,
}

impl Settings {
    /// This stack's name and its earlier ones.
    pub fn stacks(&self) -> Vec<String> {
        std::iter::once(self.stack.clone()).chain(self.formerly.iter().cloned()).collect()
    }
}

/// Patterns of what `exclusive` leaves alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    /// Tag keys.
    pub tags: Vec<String>,
    /// ARNs of attached policies.
    pub attached_policies: Vec<String>,
    /// Names of inline policies.
    pub inline_policies: Vec<String>,
}

/// Thresholds past which a plan is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guards {
    /// Entities deleted or replaced at most.
    pub max_deletes: usize,
    /// Percentage of owned entities changed at most, from ten owned upwards.
    pub max_changes_percent: u32,
    /// Percentage of owned entities deleted or replaced at most, from three owned upwards.
    pub max_deletes_percent: u32,
    /// Principals that lose attachments, inline policies or memberships at most.
    pub max_revoked: usize,
    /// A role used within so many days is not deleted.
    pub delete_unused_days: u32,
    /// Principals that are never changed.
    pub break_glass: BTreeSet<PrincipalPattern>,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            max_deletes: 10,
            max_changes_percent: 30,
            max_deletes_percent: 50,
            max_revoked: 10,
            delete_unused_days: 30,
            break_glass: BTreeSet::new(),
        }
    }
}
