//! How much is allowed.

mod administrator;
mod exposure;
mod negated;
mod wildcard;

pub use administrator::*;
pub use exposure::*;
pub use negated::*;
pub use wildcard::*;

use super::roles_passed;
use crate::catalogue::{self, Action};
use crate::lint::arn;
use crate::lint::authority::is_no_obstacle;
use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::policy::ast::Statement;

/// Whether a statement of an identity policy allows with nothing in the way.
fn is_free(subject: &DocumentSubject<'_>, statement: &Statement) -> bool {
    let is_met = || statement.conditions.iter().all(|test| is_no_obstacle(test, &subject.around.today));
    subject.is(PolicyType::Identity) && statement.allows() && !statement.faulty && is_met()
}

/// Whether a statement of an identity policy allows on everything, with nothing in the way.
fn is_open(subject: &DocumentSubject<'_>, statement: &Statement) -> bool {
    is_free(subject, statement) && statement.is_on_everything()
}

/// Whether a statement of an identity policy allows on nearly everything: on all, or on all but some.
fn is_nearly_open(subject: &DocumentSubject<'_>, statement: &Statement) -> bool {
    is_open(subject, statement) || (statement.is_not_resource() && is_free(subject, statement))
}

/// Whether a statement of an identity policy allows an action on all that it works on, or on all but some.
fn is_open_for(subject: &DocumentSubject<'_>, statement: &Statement, action: Action) -> bool {
    is_nearly_open(subject, statement)
        || (!statement.is_not_resource() && is_free(subject, statement) && whole_type(statement, action).is_some())
}

/// A resource of the statement that is every resource of a type that the action works on, and the type: `arn:aws:s3:::*` is every object
/// for `s3:GetObject`. Where the action needs several types at once, all of them must be covered.
fn whole_type(statement: &Statement, action: Action) -> Option<(usize, &str, &'static str)> {
    let types: Vec<_> = action.resource_types().collect();
    statement.resource_patterns().iter().enumerate().find_map(|(i, resource)| {
        let partition = resource.split(':').nth(1).unwrap_or("*");
        let covers =
            |t: &catalogue::ActionResource| t.resource.arn().globs(partition).iter().all(|glob| arn::covers(resource, glob));
        let mut needed = types.iter().filter(|t| t.required).peekable();
        let found = match needed.peek().copied() {
            Some(first) => needed.all(covers).then_some(first),
            None => types.iter().find(|t| covers(t)),
        };
        found.map(|t| (i, resource.as_str(), t.resource.name()))
    })
}

/// The known actions of a statement, each once, that the document does not deny everywhere. Nothing for a statement with all
/// actions, and for `NotAction`: rules of their own speak of those.
fn actions_of(subject: &DocumentSubject<'_>, statement: &Statement) -> Vec<Action> {
    if statement.is_not_action() || statement.action_patterns().iter().any(|a| is_all(a)) {
        return Vec::new();
    }
    let mut found: Vec<Action> = statement.action_patterns().iter().flat_map(|a| catalogue::expand(a)).collect();
    found.sort();
    found.dedup();
    if subject.statements().iter().any(|s| !s.allows()) {
        found.retain(|a| !subject.denies_everywhere(&a.full_name().to_ascii_lowercase()));
    }
    found
}

/// `*`, or `*:*`.
fn is_all(action: &str) -> bool {
    !action.is_empty() && action.chars().all(|c| matches!(c, '*' | ':'))
}

/// Whether rules about passing roles report this of a statement.
fn passes_role(statement: &Statement, action: &Action) -> bool {
    action.full_name() == "iam:PassRole" && roles_passed::is_reported(statement)
}

/// A few names, and how many more there are.
fn some(actions: &[Action]) -> String {
    let shown: Vec<String> = actions.iter().take(6).map(|a| format!("`{}`", a.full_name())).collect();
    let more = actions.len().saturating_sub(shown.len());
    let listed = shown.join(", ");
    if more == 0 { listed } else { format!("{listed} and {more} more") }
}
