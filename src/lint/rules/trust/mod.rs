//! Who may assume a role.

mod accounts;
mod compute;
mod federation;
mod github;
mod public;
mod services;

pub use accounts::*;
pub use compute::*;
pub use federation::*;
pub use github::*;
pub use public::*;
pub use services::*;

use crate::lint::authority::is_no_obstacle;
use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::policy::ast::Statement;

/// The statements of a trust that let somebody in. One that allows something else (`sts:TagSession`, or what no trust can allow)
/// lets nobody in by itself.
fn entrances<'s>(subject: &'s DocumentSubject<'_>) -> impl Iterator<Item = &'s Statement> {
    let assumes = |s: &Statement| ASSUMES.iter().any(|action| s.has_action(action));
    subject.allows().filter(move |s| subject.is(PolicyType::Trust) && assumes(s))
}

const ASSUMES: [&str; 3] = ["sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"];

/// Whether any test asks for something.
fn is_conditioned(statement: &Statement, today: &str) -> bool {
    statement.faulty || statement.conditions.iter().any(|t| !is_no_obstacle(t, today))
}
