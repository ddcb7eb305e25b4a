//! Service control policies.

use crate::lint::findings::Findings;
use crate::lint::pattern::has_wildcard;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType, Statement, is_everything};

rule! {
    /// A service control policy has a wildcard inside an action
    ///
    /// For most of their life these policies took a wildcard only at the end of an action, or alone.
    ///
    /// **What to do.** Write the wildcard at the end, unless you know that your organisation takes it.
    SCP_ACTION_WILDCARD = "scp-syntax-error-action-wildcard", Warning, Document(wildcard);

    /// A service control policy allows under a condition
    ///
    /// For most of their life these policies took conditions with `Deny` alone.
    ///
    /// **What to do.** Allow everything and deny under the opposite condition, unless you know that your organisation takes it.
    SCP_ALLOW_CONDITION = "scp-syntax-error-allow-condition", Warning, Document(condition);

    /// A service control policy allows with `NotAction`
    ///
    /// **What to do.** Allow everything, and deny the actions that are left out.
    SCP_ALLOW_NOT_ACTION = "scp-syntax-error-allow-notaction", Warning, Document(not_action);

    /// A service control policy allows on some resources only
    ///
    /// For most of their life these policies took no other `Resource` than `*` with `Allow`.
    ///
    /// **What to do.** Allow on `*`, and deny on the others with `NotResource`.
    SCP_ALLOW_RESOURCE = "scp-syntax-error-allow-resource", Warning, Document(resource);

    /// A service control policy uses `NotResource`
    ///
    /// **What to do.** Name the resources, unless you know that your organisation takes it.
    SCP_NOT_RESOURCE = "scp-syntax-error-notresource", Warning, Document(not_resource);

    /// A service control policy names a principal
    ///
    /// It applies to every principal of the accounts that it is attached to.
    ///
    /// **What to do.** Drop the element; test `aws:PrincipalArn` for exceptions.
    SCP_PRINCIPAL = "scp-syntax-error-principal", Error, Document(principal);
}

fn each<'s, 'a>(subject: &'s DocumentSubject<'a>) -> impl Iterator<Item = &'s Statement<'a>> {
    subject.statements.iter().filter(|_| subject.is(PolicyType::Scp))
}

fn wildcard(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in each(subject) {
        for (i, action) in statement.actions.iter().enumerate() {
            let name = action.split_once(':').map_or(*action, |(_, name)| name);
            if has_wildcard(name.strip_suffix('*').unwrap_or(name)) {
                let path = statement.item(statement.action_member(), i);
                out.report(subject, &path, format!("a wildcard inside the action `{action}`"), "write it at the end");
            }
        }
    }
}

fn condition(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in each(subject).filter(|s| s.allows && s.has("Condition")) {
        let message = format!("{} allows under a condition", statement.label());
        out.report(subject, &statement.path(&["Condition"]), message, "allow everything, and deny under the opposite condition");
    }
}

fn not_action(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in each(subject).filter(|s| s.allows && s.not_action) {
        let message = format!("{} allows with `NotAction`", statement.label());
        out.report(subject, &statement.path(&["NotAction"]), message, "allow everything, and deny what is left out");
    }
}

fn resource(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in each(subject).filter(|s| s.allows && s.has("Resource")) {
        if statement.resources.iter().any(|r| !is_everything(r)) {
            let message = format!("{} allows on some resources only", statement.label());
            out.report(subject, &statement.path(&["Resource"]), message, "allow on `*`, and deny on the others");
        }
    }
}

fn not_resource(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in each(subject).filter(|s| s.not_resource) {
        out.report(
            subject,
            &statement.path(&["NotResource"]),
            format!("{} uses `NotResource`", statement.label()),
            "name the resources",
        );
    }
}

fn principal(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in each(subject) {
        for element in ["Principal", "NotPrincipal"].into_iter().filter(|e| statement.has(e)) {
            let message = format!("a service control policy takes no `{element}`");
            out.report(subject, &statement.path(&[element]), message, "drop it; test `aws:PrincipalArn` for exceptions");
        }
    }
}
