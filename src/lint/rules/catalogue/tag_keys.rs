//! Tags in conditions, where some of the actions have none.

use super::condition_keys::has_key;
use crate::catalogue;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::policy::Compares;
use crate::policy::ast::{Statement, WrittenTest};

rule! {
    /// A deny by tag that some of its actions escape
    ///
    /// The statement denies by the tag of the resource, and requests of some of its services never carry
    /// that key.
    ///
    /// **Why it matters.** Those actions are not denied.
    ///
    /// **What to do.** Deny them by something else.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Action": ["iam:DeleteRole", "iam:DeleteGroup"], "Resource": "*",
    /// "Condition": {"StringEquals": {"aws:ResourceTag/stage": "prod"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Action": "iam:DeleteRole", "Resource": "*",
    /// "Condition": {"StringEquals": {"aws:ResourceTag/stage": "prod"}}},
    /// {"Effect": "Deny", "Action": "iam:DeleteGroup", "Resource": "arn:aws:iam::111122223333:group/prod-*"}
    /// ```
    DENY_TAG_KEY = "deny-with-unsupported-tag-condition-key", Warning, Document(deny);

    /// A deny by tag, with `NotAction`, that some actions escape
    ///
    /// The statement denies all but a few actions by the tag of the resource, and many actions never carry
    /// that key.
    ///
    /// **Why it matters.** Those actions are not denied.
    ///
    /// **What to do.** Deny under `Action`, and deny the others by something else.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "NotAction": ["ec2:Describe*", "ec2:StartInstances"], "Resource": "*",
    /// "Condition": {"StringEquals": {"aws:ResourceTag/stage": "prod"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Action": ["ec2:StopInstances", "ec2:TerminateInstances"], "Resource": "*",
    /// "Condition": {"StringEquals": {"aws:ResourceTag/stage": "prod"}}}
    /// ```
    DENY_NOT_ACTION_TAG_KEY = "deny-notaction-with-unsupported-tag-condition-key", Warning, Document(deny_not);

    /// An allow by tag that some of its actions never pass
    ///
    /// **Why it matters.** Those actions are not allowed, though they are listed.
    ///
    /// **What to do.** Allow them in a statement of their own.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["ec2:StartInstances", "ec2:DescribeInstances"], "Resource": "*",
    /// "Condition": {"StringEquals": {"aws:ResourceTag/team": "reports"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "ec2:StartInstances",
    /// "Resource": "arn:aws:ec2:eu-west-1:111122223333:instance/*",
    /// "Condition": {"StringEquals": {"aws:ResourceTag/team": "reports"}}},
    /// {"Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"}
    /// ```
    ALLOW_TAG_KEY = "allow-with-unsupported-tag-condition-key", Note, Document(allow);

    /// An allow by tag, with `NotAction`
    ///
    /// Many of the actions that are left never carry the key.
    ///
    /// **What to do.** List the actions under `Action`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "NotAction": ["ec2:TerminateInstances", "iam:*"], "Resource": "*",
    /// "Condition": {"StringEquals": {"aws:ResourceTag/team": "reports"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["ec2:StartInstances", "ec2:StopInstances"],
    /// "Resource": "arn:aws:ec2:eu-west-1:111122223333:instance/*",
    /// "Condition": {"StringEquals": {"aws:ResourceTag/team": "reports"}}}
    /// ```
    ALLOW_NOT_ACTION_TAG_KEY = "allow-notaction-with-unsupported-tag-condition-key", Note, Document(allow_not);
}

const KEY: &str = "aws:ResourceTag/${TagKey}";

fn deny(subject: &DocumentSubject<'_>, out: &mut Findings) {
    listed(subject, out, false);
}

fn allow(subject: &DocumentSubject<'_>, out: &mut Findings) {
    listed(subject, out, true);
}

fn tests(statement: &Statement) -> impl Iterator<Item = &WrittenTest> {
    statement.conditions.iter().filter(|t| {
        let absent_is_fine = t.operator.if_exists || t.operator.compares() == Compares::Null || t.operator.base.is_negated();
        t.key.starts_with("aws:resourcetag/") && !absent_is_fine
    })
}

/// Services of which no listed action has the key. Single actions without it are too many to be worth a word.
fn listed(subject: &DocumentSubject<'_>, out: &mut Findings, allows: bool) {
    for statement in
        subject.statements().iter().filter(|s| s.allows() == allows && !s.is_not_action() && !subject.is(PolicyType::Trust))
    {
        let Some(test) = tests(statement).next() else { continue };
        let mut without: Vec<String> = Vec::new();
        for pattern in statement.action_patterns().iter().filter(|a| *a != "*") {
            let actions = catalogue::expand(pattern);
            if !actions.is_empty() && !actions.iter().any(|a| has_key(*a, KEY)) {
                without.push(format!("`{pattern}`"));
            }
        }
        if !without.is_empty() {
            let verb = if allows { "never allowed" } else { "never denied" };
            let message = format!(
                "{} {verb} by `{}`: requests of {} do not carry it",
                statement.label(),
                test.written_key,
                without.join(", ")
            );
            out.report(subject, &test.path(), message, "put these actions into a statement of their own");
        }
    }
}

fn deny_not(subject: &DocumentSubject<'_>, out: &mut Findings) {
    rest(subject, out, false);
}

fn allow_not(subject: &DocumentSubject<'_>, out: &mut Findings) {
    rest(subject, out, true);
}

fn rest(subject: &DocumentSubject<'_>, out: &mut Findings, allows: bool) {
    for statement in
        subject.statements().iter().filter(|s| s.allows() == allows && s.is_not_action() && !subject.is(PolicyType::Trust))
    {
        if let Some(test) = tests(statement).next() {
            let message = format!("many actions that {} is about do not carry `{}`", statement.label(), test.written_key);
            out.report(subject, &test.path(), message, "list the actions under `Action`");
        }
    }
}
