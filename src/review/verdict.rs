//! The answer in one word, and what a gate may refuse.

use std::collections::BTreeSet;

use super::report::{AccountReport, Concern, Verdict};
use crate::diag::Severity;
use crate::plan::AccessVerdict;

/// What an account's result rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Errors left it without a result, or with one that an apply would refuse.
    pub failed: bool,
    /// Both sides had a meaning, all of it.
    pub comparable: bool,
}

/// What one account's result comes to.
pub(super) fn of(account: &AccountReport, standing: Standing) -> Verdict {
    let is = |verdict| account.access.iter().any(|a| a.verdict == verdict);
    if standing.failed {
        Verdict::Error
    } else if account.chains.iter().any(|chain| chain.opened) {
        Verdict::Escalation
    } else if is(AccessVerdict::NewAccess) {
        Verdict::NewAccess
    } else if is(AccessVerdict::Undecided)
        || !standing.comparable
        || account.access.iter().any(|a| !a.ceiling_loosened.is_empty())
    {
        Verdict::Undecided
    } else if account.changes.is_empty() {
        Verdict::NoChange
    } else {
        Verdict::NoNewAccess
    }
}

/// What a gate may refuse of one account.
pub(super) fn concerns(account: &AccountReport, standing: Standing) -> BTreeSet<Concern> {
    let mut found = BTreeSet::new();
    let is = |verdict| account.access.iter().any(|a| a.verdict == verdict);
    let tests = account.tests.iter().flat_map(|t| &t.failed).any(|test| test.new);
    let errors = standing.failed || account.findings.new.iter().any(|f| f.severity == Severity::Error);
    for (concern, holds) in [
        (Concern::NewAccess, is(AccessVerdict::NewAccess)),
        (Concern::Ceiling, account.access.iter().any(|a| !a.ceiling_loosened.is_empty())),
        (Concern::Escalation, account.chains.iter().any(|chain| chain.opened)),
        (Concern::Error, errors || tests),
        (Concern::Undecided, is(AccessVerdict::Undecided) || !standing.comparable),
    ] {
        if holds {
            found.insert(concern);
        }
    }
    found
}
