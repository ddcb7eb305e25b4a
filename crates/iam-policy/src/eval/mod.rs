//! The decision of IAM on a request (iam-facts 6.1 to 6.6): documents are compiled once, then decide any number of requests.

mod actions;
mod compiled;
mod decide;
mod decision;
mod principal;
mod request;
mod set;
mod witness;

pub use super::context::{Context, Truth, Value};
pub use compiled::{Compiled, PolicyKind};
pub use decide::{decide, decide_by_resource, decide_strictly};
pub use decision::{Decision, Effect, Layer, Open, StatementRef};
pub use principal::{Principal, names_directly};
pub use request::Request;
pub use set::{Named, PolicySet, ScpLevel};
pub use witness::{Possible, Witness, possible};

#[cfg(test)]
mod tests;
