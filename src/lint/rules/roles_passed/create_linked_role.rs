//! `iam:CreateServiceLinkedRole` given too widely: six forms, six codes, as Access Analyzer has them.

use super::Form;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::ast::Statement;

rule! {
    /// `iam:CreateServiceLinkedRole`: allowed on all but some
    ///
    /// `NotResource` names what is left out; every other role, future ones too, is within reach.
    ///
    /// **Why it matters.** A service-linked role lets its service act in the account; the holder chooses the service.
    ///
    /// **What to do.** Name the roles under `Resource`. A test of `iam:AWSServiceName` says which service it may be.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole",
    /// "NotResource": "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole",
    /// "Resource": "arn:aws:iam::111122223333:role/aws-service-role/elasticloadbalancing.amazonaws.com/*",
    /// "Condition": {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}}}
    /// ```
    CREATE_SLR_NOT_RESOURCE = "create-slr-with-not-resource", Note, Document(not_resource);

    /// `iam:CreateServiceLinkedRole`: allowed by a wildcard on all but some
    ///
    /// A wildcard action brings `iam:CreateServiceLinkedRole` along, and `NotResource` leaves nearly every role within reach.
    ///
    /// **Why it matters.** A service-linked role lets its service act in the account; the holder chooses the service.
    ///
    /// **What to do.** Name the actions, and name the roles under `Resource`. A test of `iam:AWSServiceName` says which service it may be.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["iam:GetRole", "iam:CreateService*"],
    /// "NotResource": "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:GetRole",
    /// "Resource": "arn:aws:iam::111122223333:role/aws-service-role/elasticloadbalancing.amazonaws.com/*"},
    /// {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole",
    /// "Resource": "arn:aws:iam::111122223333:role/aws-service-role/elasticloadbalancing.amazonaws.com/*",
    /// "Condition": {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}}}
    /// ```
    CREATE_SLR_STAR_ACTION_NOT_RESOURCE = "create-slr-with-star-in-action-and-not-resource", Note, Document(star_action_not_resource);

    /// `iam:CreateServiceLinkedRole`: left allowed by NotAction and NotResource
    ///
    /// `NotAction` leaves `iam:CreateServiceLinkedRole` allowed, and `NotResource` leaves nearly every role within reach.
    ///
    /// **Why it matters.** A service-linked role lets its service act in the account; the holder chooses the service.
    ///
    /// **What to do.** List the allowed actions under `Action`, and the roles under `Resource`. A test of `iam:AWSServiceName` says which service it may be.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "NotAction": "organizations:*",
    /// "NotResource": "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["elasticloadbalancing:RegisterTargets",
    /// "elasticloadbalancing:DeregisterTargets"],
    /// "Resource": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/example-web/*"},
    /// {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole",
    /// "Resource": "arn:aws:iam::111122223333:role/aws-service-role/elasticloadbalancing.amazonaws.com/*",
    /// "Condition": {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}}}
    /// ```
    CREATE_SLR_NOT_ACTION_NOT_RESOURCE = "create-slr-with-not-action-and-not-resource", Note, Document(not_action_not_resource);

    /// `iam:CreateServiceLinkedRole`: allowed on everything
    ///
    /// `iam:CreateServiceLinkedRole` is allowed on every role.
    ///
    /// **Why it matters.** A service-linked role lets its service act in the account; the holder chooses the service.
    ///
    /// **What to do.** Name the roles: `arn:aws:iam::*:role/aws-service-role/SERVICE/*`, or test `iam:AWSServiceName`. A test of `iam:AWSServiceName` says which service it may be.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole",
    /// "Resource": "arn:aws:iam::111122223333:role/aws-service-role/elasticloadbalancing.amazonaws.com/*",
    /// "Condition": {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}}}
    /// ```
    CREATE_SLR_STAR_RESOURCE = "create-slr-with-star-in-resource", Note, Document(star_resource);

    /// `iam:CreateServiceLinkedRole`: allowed by a wildcard on everything
    ///
    /// A wildcard action brings `iam:CreateServiceLinkedRole` along, on every role.
    ///
    /// **Why it matters.** A service-linked role lets its service act in the account; the holder chooses the service.
    ///
    /// **What to do.** Name the actions that are needed; give `iam:CreateServiceLinkedRole` a statement of its own on named roles. A test of `iam:AWSServiceName` says which service it may be.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["iam:GetRole", "iam:CreateService*"], "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:GetRole",
    /// "Resource": "arn:aws:iam::111122223333:role/aws-service-role/elasticloadbalancing.amazonaws.com/*"},
    /// {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole",
    /// "Resource": "arn:aws:iam::111122223333:role/aws-service-role/elasticloadbalancing.amazonaws.com/*",
    /// "Condition": {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}}}
    /// ```
    CREATE_SLR_STAR_ACTION_RESOURCE = "create-slr-with-star-in-action-and-resource", Note, Document(star_action_resource);

    /// `iam:CreateServiceLinkedRole`: left allowed by NotAction on everything
    ///
    /// `NotAction` leaves `iam:CreateServiceLinkedRole` allowed on every role.
    ///
    /// **Why it matters.** A service-linked role lets its service act in the account; the holder chooses the service.
    ///
    /// **What to do.** List the allowed actions under `Action`; give `iam:CreateServiceLinkedRole` a statement of its own on named roles. A test of `iam:AWSServiceName` says which service it may be.
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
    /// {"Effect": "Allow", "Action": ["elasticloadbalancing:RegisterTargets",
    /// "elasticloadbalancing:DeregisterTargets"],
    /// "Resource": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/example-web/*"},
    /// {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole",
    /// "Resource": "arn:aws:iam::111122223333:role/aws-service-role/elasticloadbalancing.amazonaws.com/*",
    /// "Condition": {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}}}
    /// ```
    CREATE_SLR_STAR_RESOURCE_NOT_ACTION = "create-slr-with-star-in-resource-and-not-action", Note, Document(star_resource_not_action);
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
    find(
        subject,
        out,
        Form::StarResource,
        "name the roles: `arn:aws:iam::*:role/aws-service-role/SERVICE/*`, or test `iam:AWSServiceName`",
    );
}

fn star_action_resource(subject: &DocumentSubject<'_>, out: &mut Findings) {
    find(
        subject,
        out,
        Form::StarActionResource,
        "name the actions that are needed; give `iam:CreateServiceLinkedRole` its own statement on named roles",
    );
}

fn star_resource_not_action(subject: &DocumentSubject<'_>, out: &mut Findings) {
    find(
        subject,
        out,
        Form::StarResourceNotAction,
        "list the allowed actions under `Action`; give `iam:CreateServiceLinkedRole` its own statement on named roles",
    );
}

fn find(subject: &DocumentSubject<'_>, out: &mut Findings, wanted: Form, help: &str) {
    super::find(subject, out, ("iam:CreateServiceLinkedRole", is_narrowed), wanted, help);
}

/// A condition on the service says which one may be made.
fn is_narrowed(statement: &Statement) -> bool {
    statement.test_of("iam:AWSServiceName").is_some_and(|t| t.is_positive() && !t.values.iter().any(|v| v == "*"))
}
