//! What was not taken, and why; what could not be known.

use std::collections::{BTreeMap, BTreeSet};

use crate::names::Address;

/// One entity that is not in the specs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Omission {
    /// Which.
    pub address: Address,
    /// Why, in words that follow the address.
    pub reason: String,
    /// The accounts that it holds for; empty: all that were read.
    pub accounts: Vec<String>,
}

impl Omission {
    fn new(address: &Address, reason: impl Into<String>) -> Self {
        Self { address: address.clone(), reason: reason.into(), accounts: Vec::new() }
    }
}

/// What a person must know beside the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Left out by rule: AWS's own, another's, not selected ones aside.
    pub left_out: Vec<Omission>,
    /// Left out or incomplete because something could not be known or cannot be written: exit code 7.
    pub unknown: Vec<Omission>,
    /// Written, and not as it is said there, or without a part that no spec holds: nothing is unknown.
    pub notes: Vec<Omission>,
    /// Declared already.
    pub known: Vec<Address>,
    /// This stack's own that cannot be declared: the specs release them, for what is owned and not declared would be deleted.
    pub released: Vec<Address>,
    /// Patterns that nothing in the account matches.
    pub idle: Vec<String>,
}

impl Report {
    pub(super) fn leave(&mut self, address: &Address, reason: impl Into<String>) {
        self.left_out.push(Omission::new(address, reason));
    }

    pub(super) fn unknown(&mut self, address: &Address, reason: impl Into<String>) {
        self.unknown.push(Omission::new(address, reason));
    }

    pub(super) fn note(&mut self, address: &Address, reason: impl Into<String>) {
        self.notes.push(Omission::new(address, reason));
    }

    /// The reports of several accounts as one, sorted.
    pub(super) fn of_all(reports: Vec<(&str, Self)>) -> Self {
        let all: Vec<&str> = reports.iter().map(|(name, _)| *name).collect();
        let join = |of: fn(&Self) -> &Vec<Omission>| {
            let mut found: BTreeMap<(&Address, &str), BTreeSet<&str>> = BTreeMap::new();
            for (name, report) in &reports {
                for omission in of(report) {
                    found.entry((&omission.address, &omission.reason)).or_default().insert(name);
                }
            }
            let joined = found.into_iter().map(|((address, reason), accounts)| {
                let accounts =
                    if accounts.len() == all.len() { Vec::new() } else { accounts.into_iter().map(str::to_owned).collect() };
                Omission { accounts, ..Omission::new(address, reason) }
            });
            joined.collect()
        };
        let union = |of: fn(&Self) -> &Vec<Address>| {
            let all: BTreeSet<Address> = reports.iter().flat_map(|(_, report)| of(report)).cloned().collect();
            all.into_iter().collect()
        };
        let first = reports.first().map(|(_, report)| report.idle.as_slice()).unwrap_or_default();
        Self {
            left_out: join(|r| &r.left_out),
            unknown: join(|r| &r.unknown),
            notes: join(|r| &r.notes),
            known: union(|r| &r.known),
            released: union(|r| &r.released),
            idle: first.iter().filter(|p| reports.iter().all(|(_, report)| report.idle.contains(p))).cloned().collect(),
        }
    }
}
