//! Allows that hand out roles or make service-linked ones, in the shapes that Access Analyzer tells apart.

mod create_linked_role;
mod pass_role;

pub use create_linked_role::*;
pub use pass_role::*;

use crate::lint::arn::split;
use crate::lint::findings::Findings;
use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::policy::PathStep;
use crate::policy::ast::{Statement, is_everything};

/// The six ways to give an action more than is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    NotResource,
    StarActionNotResource,
    NotActionNotResource,
    StarResource,
    StarActionResource,
    StarResourceNotAction,
}

/// The form in which a statement gives an action (lower case), with the path to what makes it wide.
fn form(statement: &Statement, action: &str) -> Option<(Form, Vec<PathStep>)> {
    if !statement.allows() || !statement.has_action(action) {
        return None;
    }
    let by_name = statement.action_patterns().iter().any(|a| a.eq_ignore_ascii_case(action));
    let actions = match (statement.is_not_action(), by_name) {
        (true, _) => 2,
        (false, false) => 1,
        (false, true) => 0,
    };
    if statement.is_not_resource() {
        let form = [Form::NotResource, Form::StarActionNotResource, Form::NotActionNotResource].get(actions).copied()?;
        return Some((form, statement.path(&["NotResource"])));
    }
    let index = statement.resource_patterns().iter().position(|r| is_wide(r))?;
    let form = [Form::StarResource, Form::StarActionResource, Form::StarResourceNotAction].get(actions).copied()?;
    Some((form, statement.item("Resource", index)))
}

/// Whether a statement of an identity policy allows `iam:PassRole` in one of the forms, with no condition that narrows it.
pub(super) fn is_reported(statement: &Statement) -> bool {
    !pass_role::is_narrowed(statement) && form(statement, "iam:passrole").is_some()
}

/// Reports the statements that allow an action in a form, unless a condition narrows them.
fn find(
    subject: &DocumentSubject<'_>,
    out: &mut Findings,
    (action, is_narrowed): (&str, fn(&Statement) -> bool),
    wanted: Form,
    help: &str,
) {
    let folded = action.to_ascii_lowercase();
    if !subject.is(PolicyType::Identity) || subject.denies_everywhere(&folded) {
        return;
    }
    for statement in subject.statements().iter().filter(|statement| !is_narrowed(statement)) {
        if let Some((_, path)) = form(statement, &folded).filter(|(form, _)| *form == wanted) {
            let which = if statement.is_not_resource() { "nearly every role" } else { "every role" };
            out.report(subject, &path, format!("{} allows `{action}` on {which}", statement.label()), help);
        }
    }
}

/// `*`, or every role of an account.
fn is_wide(resource: &str) -> bool {
    if is_everything(resource) {
        return true;
    }
    let fields = split(resource);
    fields.get(2).is_some_and(|service| matches!(*service, "iam" | "*"))
        && fields.get(5).is_some_and(|last| matches!(*last, "*" | "role/*" | "role*"))
}
