//! Policies of resources: who of outside gets in.

mod accounts;
mod public;
mod services;

pub use accounts::*;
pub use public::*;
pub use services::*;

use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::policy::ast::Statement;

/// The statements of a resource's policy that allow.
fn allows<'s>(subject: &'s DocumentSubject<'_>) -> impl Iterator<Item = &'s Statement> {
    subject.allows().filter(|s| subject.is(PolicyType::Resource) && !s.faulty)
}

/// What a statement allows, in a few words.
fn what(statement: &Statement) -> String {
    let actions = statement.action_patterns();
    match (statement.is_not_action(), actions) {
        (true, _) => "everything that it does not list".to_owned(),
        (false, [one]) => format!("`{one}`"),
        (false, [one, two]) => format!("`{one}` and `{two}`"),
        (false, [one, rest @ ..]) => format!("`{one}` and {} more", rest.len()),
        (false, []) => "something".to_owned(),
    }
}
