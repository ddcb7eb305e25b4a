//! What was not taken, and why; what could not be known.

use crate::names::Address;

/// One entity that is not in the specs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Omission {
    /// Which.
    pub address: Address,
    /// Why, in words that follow the address.
    pub reason: String,
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
        self.left_out.push(Omission { address: address.clone(), reason: reason.into() });
    }

    pub(super) fn unknown(&mut self, address: &Address, reason: impl Into<String>) {
        self.unknown.push(Omission { address: address.clone(), reason: reason.into() });
    }

    pub(super) fn note(&mut self, address: &Address, reason: impl Into<String>) {
        self.notes.push(Omission { address: address.clone(), reason: reason.into() });
    }

    pub(super) fn tidy(&mut self) {
        self.notes.sort();
        self.notes.dedup();
        self.left_out.sort();
        self.left_out.dedup();
        self.unknown.sort();
        self.unknown.dedup();
        self.known.sort();
        self.released.sort();
    }
}
