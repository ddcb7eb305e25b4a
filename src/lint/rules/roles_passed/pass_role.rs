//! `iam:PassRole` given too widely: six forms, six codes, as Access Analyzer has them.

use super::Form;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::ast::Statement;

rule! {
    /// `iam:PassRole`: allowed on all but some
    ///
    /// `NotResource` names what is left out; every other role, future ones too, is within reach.
    ///
    /// **Why it matters.** Who passes a role to a service lets that service act as the role: with any role, that is everything that the strongest role of the account may do.
    ///
    /// **What to do.** Name the roles under `Resource`. A test of `iam:PassedToService` says which service may use the role.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:PassRole", "NotResource": "arn:aws:iam::111122223333:role/example-admin"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/example-report",
    /// "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    /// ```
    PASS_ROLE_NOT_RESOURCE = "pass-role-with-not-resource", Warning, Document(not_resource);

    /// `iam:PassRole`: allowed by a wildcard on all but some
    ///
    /// A wildcard action brings `iam:PassRole` along, and `NotResource` leaves nearly every role within reach.
    ///
    /// **Why it matters.** Who passes a role to a service lets that service act as the role: with any role, that is everything that the strongest role of the account may do.
    ///
    /// **What to do.** Name the actions, and name the roles under `Resource`. A test of `iam:PassedToService` says which service may use the role.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["iam:Get*", "iam:Pass*"],
    /// "NotResource": "arn:aws:iam::111122223333:role/example-admin"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "arn:aws:iam::111122223333:role/example-report"},
    /// {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/example-report",
    /// "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    /// ```
    PASS_ROLE_STAR_ACTION_NOT_RESOURCE = "pass-role-with-star-in-action-and-not-resource", Warning, Document(star_action_not_resource);

    /// `iam:PassRole`: left allowed by NotAction and NotResource
    ///
    /// `NotAction` leaves `iam:PassRole` allowed, and `NotResource` leaves nearly every role within reach.
    ///
    /// **Why it matters.** Who passes a role to a service lets that service act as the role: with any role, that is everything that the strongest role of the account may do.
    ///
    /// **What to do.** List the allowed actions under `Action`, and the roles under `Resource`. A test of `iam:PassedToService` says which service may use the role.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "NotAction": "organizations:*",
    /// "NotResource": "arn:aws:iam::111122223333:role/example-admin"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["lambda:GetFunction", "lambda:UpdateFunctionConfiguration"],
    /// "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:example-report"},
    /// {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/example-report",
    /// "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    /// ```
    PASS_ROLE_NOT_ACTION_NOT_RESOURCE = "pass-role-with-not-action-and-not-resource", Warning, Document(not_action_not_resource);

    /// `iam:PassRole`: allowed on everything
    ///
    /// `iam:PassRole` is allowed on every role.
    ///
    /// **Why it matters.** Who passes a role to a service lets that service act as the role: with any role, that is everything that the strongest role of the account may do.
    ///
    /// **What to do.** Name the roles: `arn:aws:iam::ACCOUNT:role/app-*`, and test `iam:PassedToService`. A test of `iam:PassedToService` says which service may use the role.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/example-report",
    /// "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    /// ```
    PASS_ROLE_STAR_RESOURCE = "pass-role-with-star-in-resource", Warning, Document(star_resource);

    /// `iam:PassRole`: allowed by a wildcard on everything
    ///
    /// A wildcard action brings `iam:PassRole` along, on every role.
    ///
    /// **Why it matters.** Who passes a role to a service lets that service act as the role: with any role, that is everything that the strongest role of the account may do.
    ///
    /// **What to do.** Name the actions that are needed; give `iam:PassRole` a statement of its own on named roles. A test of `iam:PassedToService` says which service may use the role.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["iam:Get*", "iam:Pass*"], "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "arn:aws:iam::111122223333:role/example-report"},
    /// {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/example-report",
    /// "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    /// ```
    PASS_ROLE_STAR_ACTION_RESOURCE = "pass-role-with-star-in-action-and-resource", Warning, Document(star_action_resource);

    /// `iam:PassRole`: left allowed by NotAction on everything
    ///
    /// `NotAction` leaves `iam:PassRole` allowed on every role.
    ///
    /// **Why it matters.** Who passes a role to a service lets that service act as the role: with any role, that is everything that the strongest role of the account may do.
    ///
    /// **What to do.** List the allowed actions under `Action`; give `iam:PassRole` a statement of its own on named roles. A test of `iam:PassedToService` says which service may use the role.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "NotAction": "organizations:*", "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["lambda:GetFunction", "lambda:UpdateFunctionConfiguration"],
    /// "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:example-report"},
    /// {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/example-report",
    /// "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    /// ```
    PASS_ROLE_STAR_RESOURCE_NOT_ACTION = "pass-role-with-star-in-resource-and-not-action", Warning, Document(star_resource_not_action);
}

fn not_resource(subject: &DocumentSubject<'_>, out: &mut Findings) {
    find(subject, out, Form::NotResource, "name the roles under `Resource`");
}

fn star_action_not_resource(subject: &DocumentSubject<'_>, out: &mut Findings) {
    find(subject, out, Form::StarActionNotResource, "name the actions, and name the roles under `Resource`");
}

fn not_action_not_resource(subject: &DocumentSubject<'_>, out: &mut Findings) {
    find(subject, out, Form::NotActionNotResource, "list the allowed actions under `Action`, and the roles under `Resource`");
}

fn star_resource(subject: &DocumentSubject<'_>, out: &mut Findings) {
    find(subject, out, Form::StarResource, "name the roles: `arn:aws:iam::ACCOUNT:role/app-*`, and test `iam:PassedToService`");
}

fn star_action_resource(subject: &DocumentSubject<'_>, out: &mut Findings) {
    find(
        subject,
        out,
        Form::StarActionResource,
        "name the actions that are needed; give `iam:PassRole` its own statement on named roles",
    );
}

fn star_resource_not_action(subject: &DocumentSubject<'_>, out: &mut Findings) {
    find(
        subject,
        out,
        Form::StarResourceNotAction,
        "list the allowed actions under `Action`; give `iam:PassRole` its own statement on named roles",
    );
}

fn find(subject: &DocumentSubject<'_>, out: &mut Findings, wanted: Form, help: &str) {
    super::find(subject, out, ("iam:PassRole", is_narrowed), wanted, help);
}

/// A condition that says which roles, or which services, makes it a choice.
pub(super) fn is_narrowed(statement: &Statement) -> bool {
    let narrows = ["iam:PassedToService", "iam:AssociatedResourceArn", "iam:ResourceTag/", "aws:ResourceTag/"];
    statement.conditions.iter().any(|t| {
        let key = &t.key;
        t.is_positive() && !t.values.iter().any(|v| v == "*") && narrows.iter().any(|n| key.starts_with(&n.to_ascii_lowercase()))
    })
}
