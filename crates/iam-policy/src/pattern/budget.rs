//! How much work a proof may take: a count of steps, never a clock, so that the same question always gets the same answer.

use std::cell::Cell;

/// What is left to spend.
#[derive(Debug)]
pub(crate) struct Budget(Cell<u64>);

/// Nothing is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent;

impl Budget {
    /// So many steps.
    pub(crate) fn of(steps: u64) -> Self {
        Self(Cell::new(steps))
    }

    /// Spends; an error when there is not enough left.
    pub(crate) fn spend(&self, steps: usize) -> Result<(), Spent> {
        match self.0.get().checked_sub(u64::try_from(steps).unwrap_or(u64::MAX)) {
            Some(rest) => {
                self.0.set(rest);
                Ok(())
            }
            None => {
                self.0.set(0);
                Err(Spent)
            }
        }
    }
}
