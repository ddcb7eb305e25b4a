//! How much one run has put in, so that hostile sizes come to an end.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use super::text::Pos;

/// Unknown names for which the likeliest is looked up: that takes time, and the first errors tell the story.
const MOST_SUGGESTIONS: usize = 200;

/// What one run has used up, and what it must remember of the values that it put in.
#[derive(Debug)]
pub struct Ledger {
    nodes: Cell<usize>,
    bytes: Cell<usize>,
    suggestions: Cell<usize>,
    starred: RefCell<BTreeSet<Pos>>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            nodes: Cell::new(super::yaml::MAX_NODES),
            bytes: Cell::new(usize::try_from(super::source::MAX_TOTAL).unwrap_or(usize::MAX)),
            suggestions: Cell::new(MOST_SUGGESTIONS),
            starred: RefCell::default(),
        }
    }
}

impl Ledger {
    /// Takes values and bytes; `false` when there are none left.
    pub(super) fn take(&self, nodes: usize, bytes: usize) -> bool {
        self.nodes.set(self.nodes.get().saturating_sub(nodes));
        self.bytes.set(self.bytes.get().saturating_sub(bytes));
        !self.is_spent()
    }

    /// Whether more was put in than any project needs; what came after is missing.
    pub fn is_spent(&self) -> bool {
        self.nodes.get() == 0 || self.bytes.get() == 0
    }

    /// Whether the value at a point is the list that a text with `[*]` became.
    pub fn is_starred(&self, at: Pos) -> bool {
        self.starred.borrow().contains(&at)
    }

    /// Notes that the value at a point is such a list.
    pub(super) fn star(&self, at: Pos) {
        self.starred.borrow_mut().insert(at);
    }

    /// Whether one more likeliest name may be looked up.
    pub(super) fn may_suggest(&self) -> bool {
        self.suggestions.set(self.suggestions.get().saturating_sub(1));
        self.suggestions.get() > 0
    }
}
