//! Ways for a principal to gain more than it was given.

mod bucket_policy;
mod chain;
mod methods;
mod passing;
mod privilege_escalation;

pub use bucket_policy::*;
pub use chain::*;
pub use methods::actions_of_method;
pub use privilege_escalation::*;
