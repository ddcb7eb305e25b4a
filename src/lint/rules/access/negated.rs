//! Allows by exception.

use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType};

rule! {
    /// An allow with `NotAction`
    ///
    /// Everything is allowed that is not listed: actions of every other service, IAM's too, and those
    /// that AWS adds later.
    ///
    /// **Why it matters.** It reads like a limit and is the opposite of one.
    ///
    /// **What to do.** List the actions under `Action`; use `NotAction` with `Deny`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    ALLOW_WITH_NOT_ACTION = "allow-with-not-action", Warning, Document(action);

    /// An allow with `NotResource`
    ///
    /// Everything is within reach that is not listed, and what is made later.
    ///
    /// **Why it matters.** With a wildcard action it is nearly an administrator.
    ///
    /// **What to do.** List the resources under `Resource`; use `NotResource` with `Deny`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::example-payroll/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    ALLOW_WITH_NOT_RESOURCE = "allow-with-not-resource", Warning, Document(resource);
}

fn action(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject
        .allows()
        .filter(|s| s.is_not_action() && matches!(subject.policy_type, PolicyType::Identity | PolicyType::Resource))
    {
        let message = format!("{} allows everything but the actions that it lists", statement.label());
        out.report(subject, &statement.path(&["NotAction"]), message, "list the actions under `Action`");
    }
}

fn resource(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject
        .allows()
        .filter(|s| s.is_not_resource() && matches!(subject.policy_type, PolicyType::Identity | PolicyType::Resource))
    {
        let message = format!("{} allows on everything but the resources that it lists", statement.label());
        out.report(subject, &statement.path(&["NotResource"]), message, "list the resources under `Resource`");
    }
}
