//! Ways for a principal to gain more than it was given.

mod bucket_policy;
mod chain;
mod methods;
mod privilege_escalation;

pub use bucket_policy::*;
pub use chain::*;
pub use methods::ways_in_words;
pub use privilege_escalation::*;
