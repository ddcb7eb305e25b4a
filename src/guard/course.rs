//! The calls of a plan, and the account as they leave it: what guards that ask the evaluator look at.

use crate::forbid::Breach;
use crate::model::Snapshot;
use crate::plan::Step;

/// A rehearsed plan.
pub struct Course<'a> {
    /// Its calls, in their order.
    pub steps: &'a [Step],
    /// The account after all of them.
    pub end: &'a Snapshot,
    /// What the project forbids and these calls add.
    pub forbidden: &'a [Breach],
    /// The account after the first so many.
    pub after: &'a dyn Fn(usize) -> Snapshot,
}

impl std::fmt::Debug for Course<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Course").field("steps", &self.steps.len()).finish_non_exhaustive()
    }
}
