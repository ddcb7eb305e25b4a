//! The answer in one word, and what a gate may refuse.

use std::collections::BTreeSet;

use super::report::{AccountReport, Cause, Concern, ReviewVerdict};
use crate::diag::Severity;
use crate::plan::AccessVerdict;

/// What an account's result rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReviewBasis {
    /// Errors left it without a result, or with one that an apply would refuse.
    pub failed: bool,
    /// Both sides had a meaning, all of it.
    pub comparable: bool,
}

/// What one account's result comes to.
pub(super) fn of(account: &AccountReport, standing: ReviewBasis) -> ReviewVerdict {
    let is = |verdict| account.access.iter().any(|a| a.verdict == verdict);
    if standing.failed {
        ReviewVerdict::Error
    } else if account.chains.iter().any(|chain| chain.opened) {
        ReviewVerdict::Escalation
    } else if is(AccessVerdict::NewAccess) {
        ReviewVerdict::NewAccess
    } else if is(AccessVerdict::Undecided)
        || !standing.comparable
        || !account.reservations.is_empty()
        || account.access.iter().any(|a| !a.ceiling_loosened.is_empty())
    {
        ReviewVerdict::Undecided
    } else if account.changes.is_empty() && account.access.iter().all(|a| a.lost.is_empty()) {
        ReviewVerdict::NoChange
    } else {
        ReviewVerdict::NoNewAccess
    }
}

/// What a gate may refuse of one account.
pub(super) fn causes(account: &AccountReport, standing: ReviewBasis) -> BTreeSet<Cause> {
    let mut found = BTreeSet::new();
    let mut add = |gate, subject: String| {
        found.insert(Cause { gate, subject });
    };
    for access in &account.access {
        match access.verdict {
            AccessVerdict::NewAccess => add(Concern::NewAccess, access.principal.to_string()),
            AccessVerdict::Undecided => add(Concern::Undecided, access.principal.to_string()),
            AccessVerdict::NoNewAccess => {}
        }
        // A comparison that found new access may have left the rest of that principal open.
        if access.verdict == AccessVerdict::NewAccess && access.reason.is_some() {
            add(Concern::Undecided, access.principal.to_string());
        }
        if !access.ceiling_loosened.is_empty() || access.ceiling_lifted {
            add(Concern::Ceiling, access.principal.to_string());
        }
    }
    for chain in account.chains.iter().filter(|chain| chain.opened) {
        add(Concern::Escalation, chain.principal.to_string());
    }
    for reservation in &account.reservations {
        add(Concern::Undecided, reservation.subject.clone());
    }
    let name = || account.accounts.first().map(|a| format!("account {}", a.name)).unwrap_or_default();
    if !standing.comparable && !standing.failed {
        add(Concern::Undecided, name());
    }
    let about = |finding: &crate::plan::Finding| match (&finding.address, &finding.at) {
        (Some(address), _) => address.to_string(),
        (None, Some(at)) => at.file.clone(),
        (None, None) => name(),
    };
    let errors = account.errors.iter().filter(|_| standing.failed);
    for error in errors.chain(account.findings.new.iter().filter(|f| f.severity == Severity::Error)) {
        add(Concern::Error, about(error));
    }
    if standing.failed && account.errors.is_empty() {
        add(Concern::Error, name());
    }
    for test in account.tests.iter().flat_map(|t| &t.failed).filter(|test| test.new) {
        add(Concern::Error, format!("test {}", test.name));
    }
    found
}
