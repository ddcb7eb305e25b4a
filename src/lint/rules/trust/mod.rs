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

use crate::lint::authority::{has_action, is_no_obstacle};
use crate::lint::subject::{DocumentSubject, PolicyType, Statement, Test};
use crate::policy::PathStep;
use crate::policy::PrincipalRef;

/// The statements of a trust that let somebody in. One that allows something else (`sts:TagSession`, or what no trust can allow)
/// lets nobody in by itself.
fn entrances<'s, 'a>(subject: &'s DocumentSubject<'a>) -> impl Iterator<Item = &'s Statement<'a>> {
    let assumes = |s: &Statement<'_>| ASSUMES.iter().any(|action| has_action(s, action));
    subject.allows().filter(move |s| subject.is(PolicyType::Trust) && assumes(s))
}

const ASSUMES: [&str; 3] = ["sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"];

/// The path to one principal.
fn principal_path(statement: &Statement<'_>, principal: &PrincipalRef<'_>) -> Vec<PathStep> {
    let element = if principal.negated { "NotPrincipal" } else { "Principal" };
    let mut path = statement.path(&[element]);
    let Some(values) = statement.get(element).and_then(|p| p.get(principal.kind)) else { return path };
    path.push(PathStep::Key(principal.kind.to_owned()));
    if let Some(at) = values.as_array().and_then(|l| l.iter().position(|v| v.as_str() == Some(principal.value))) {
        path.push(PathStep::Index(at));
    }
    path
}

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
fn is_strong(test: &Test<'_>) -> bool {
    let named = |value: &String| !value.chars().all(|c| c == '*') && !value.is_empty() && !value.starts_with("arn:aws:iam::*:");
    test.is_positive() && STRONG.contains(&test.key_folded().as_str()) && test.values.iter().all(named)
}

/// Whether any test asks for something.
fn is_conditioned(statement: &Statement<'_>, today: &str) -> bool {
    statement.tests.iter().any(|t| !is_no_obstacle(t, today))
}
