//! Ways for a principal to gain more than it was given.

mod across;
mod bucket_policy;
mod chain;
mod privilege_escalation;
mod resource_writers;
mod words;

pub use across::*;
pub use bucket_policy::*;
pub use chain::*;
pub use privilege_escalation::*;
pub use words::ways_in_words;
