//! Scopes that are wider than the actions need.

use std::collections::BTreeSet;

use super::{actions_of, passes_role, some, whole_type};
use crate::catalogue::Action;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::policy::ast::{Statement, is_everything};

rule! {
    /// `Resource: "*"` for actions that work on named resources
    ///
    /// **Why it matters.** The statement reaches every resource of its kind, those made later included.
    ///
    /// **What to do.** Name the resources. In a statement that a template made, give the parameter that the
    /// finding names. Actions that take no resource stay with `*`, in a statement of their own.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "sqs:SendMessage",
    /// "Resource": "arn:aws:sqs:eu-west-1:111122223333:example-jobs"}
    /// ```
    WILDCARD_RESOURCE = "wildcard-resource", Note, Document(star);

    /// Resources that are as good as `*`
    ///
    /// The pattern matches every resource of its type, in every region and account.
    ///
    /// **Why it matters.** It looks like a limit, and is none.
    ///
    /// **What to do.** Name the region, the account and the resource.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:*:table/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "dynamodb:GetItem",
    /// "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/example-orders"}
    /// ```
    RESOURCE_EFFECTIVELY_WILDCARD = "resource-effectively-wildcard", Note, Document(effectively);
}

fn allows<'s>(subject: &'s DocumentSubject<'_>) -> impl Iterator<Item = &'s Statement> {
    subject.allows().filter(|s| subject.is(PolicyType::Identity) && !s.is_not_resource())
}

fn takes_resource(action: &Action) -> bool {
    action.resource_types().next().is_some()
}

fn star(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in allows(subject) {
        let Some(i) = statement.resource_patterns().iter().position(|r| is_everything(r)) else { continue };
        let is_wide = |action: &Action| takes_resource(action) && !passes_role(statement, action);
        let wide: Vec<Action> = actions_of(subject, statement).into_iter().filter(is_wide).collect();
        if !wide.is_empty() {
            let message = format!("{} allows on every resource: {}", statement.label(), some(&wide));
            out.report(subject, &statement.item("Resource", i), message, "name the resources");
            out.open_scope(&wide);
        }
    }
}

fn effectively(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in allows(subject).filter(|s| !s.is_on_everything()) {
        let whole: Vec<_> =
            actions_of(subject, statement).into_iter().filter_map(|a| Some((a, whole_type(statement, a)?))).collect();
        // One finding for each resource, however many actions it is everything for.
        let mut said = BTreeSet::new();
        for (action, (i, resource, kind)) in whole {
            if said.insert(i) {
                let message = format!("`{resource}` is every `{kind}` that `{}` works on", action.full_name());
                out.report(
                    subject,
                    &statement.item("Resource", i),
                    message,
                    "name the resources that are meant, and their region and account where they have them",
                );
            }
        }
    }
}
