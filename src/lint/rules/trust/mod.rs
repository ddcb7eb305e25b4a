//! Who may assume a role.

mod accounts;
mod compute;
mod federation;
mod public;
mod services;

pub use accounts::*;
pub use compute::*;
pub use federation::*;
pub use public::*;
pub use services::*;

use crate::lint::authority::is_no_obstacle;
use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::policy::ast::{Statement, WrittenTest};

/// The statements of a trust that let somebody in. One that allows something else (`sts:TagSession`, or what no trust can allow)
/// lets nobody in by itself.
fn entrances<'s>(subject: &'s DocumentSubject<'_>) -> impl Iterator<Item = &'s Statement> {
    let assumes = |s: &Statement| ASSUMES.iter().any(|action| s.has_action(action));
    subject.allows().filter(move |s| subject.is(PolicyType::Trust) && assumes(s))
}

const ASSUMES: [&str; 3] = ["sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"];

/// Keys that say who the caller is, so that a test of one narrows any principal (iam-facts 7.6).
const STRONG: &[&str] = &[
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:userid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

/// Whether a test names who the caller must be.
fn is_strong(test: &WrittenTest) -> bool {
    let named = |value: &String| !value.chars().all(|c| c == '*') && !value.is_empty() && !value.starts_with("arn:aws:iam::*:");
    test.is_positive() && STRONG.contains(&test.key.as_str()) && test.values.iter().all(named)
}

/// Whether any test asks for something.
fn is_conditioned(statement: &Statement, today: &str) -> bool {
    statement.faulty || statement.conditions.iter().any(|t| !is_no_obstacle(t, today))
}
