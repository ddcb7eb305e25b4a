//! What an open statement gives away, in the categories that reviewers know from cloudsplaining.

use super::{actions_of, is_nearly_open, is_open_for, passes_role, some};
use crate::catalogue::{AccessLevel, Action, gives_credentials};
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::ast::Statement;

rule! {
    /// Data of every bucket, secret or parameter may be read
    ///
    /// Actions that read what others stored (`s3:GetObject`, `secretsmanager:GetSecretValue`,
    /// `ssm:GetParameter`) are allowed on every resource, without a condition.
    ///
    /// **Why it matters.** One leaked credential leaks all of it.
    ///
    /// **What to do.** Name the buckets, secrets or parameters.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
    /// "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:example-database-*"}
    /// ```
    DATA_EXFILTRATION = "data-exfiltration", Note, Document(data);

    /// Credentials may be fetched or made
    ///
    /// Actions whose answer holds credentials, or a token to sign in with, are allowed on every resource,
    /// without a condition.
    ///
    /// **Why it matters.** Credentials outlive the session that fetched them, and may be somebody else's.
    ///
    /// **What to do.** Name the resources. `ecr:GetAuthorizationToken` takes no resource; keep it to the
    /// principals that pull images.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:CreateAccessKey",
    /// "Resource": "arn:aws:iam::111122223333:user/${aws:username}"}
    /// ```
    CREDENTIALS_EXPOSURE = "credentials-exposure", Note, Document(credentials);

    /// Who may do what may be changed on every resource
    ///
    /// Actions that change permissions (AWS's access level "Permissions management") are allowed on every
    /// resource, without a condition.
    ///
    /// **Why it matters.** The holder can open resources to others, or to the world.
    ///
    /// **What to do.** Name the resources, or leave these actions to the role that administers them.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "lambda:AddPermission", "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "lambda:AddPermission",
    /// "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:example-report"}
    /// ```
    RESOURCE_EXPOSURE = "resource-exposure", Warning, Document(exposure);

    /// Every resource of a kind may be changed or deleted
    ///
    /// Actions that make, change, tag or delete are allowed on every resource, without a condition, though
    /// they work on named ones.
    ///
    /// **Why it matters.** A mistake, or a leaked credential, reaches all of them.
    ///
    /// **What to do.** Name the resources.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["ec2:StopInstances", "ec2:TerminateInstances"], "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["ec2:StopInstances", "ec2:TerminateInstances"],
    /// "Resource": "arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f67890"}
    /// ```
    INFRASTRUCTURE_MODIFICATION = "infrastructure-modification", Note, Document(modification);
}

const DATA: &[&str] =
    &["s3:GetObject", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "secretsmanager:GetSecretValue"];

/// Counted as changing permissions whatever level AWS gives them (iam-facts 7.5).
const PERMISSIONS: &[&str] = &["iam:PassRole", "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"];

fn each(subject: &DocumentSubject<'_>, out: &mut Findings, wanted: fn(&Action) -> bool, what: &str, help: &str) {
    for statement in subject.statements().iter().filter(|s| s.allows()) {
        let mut found = actions_of(subject, statement);
        found.retain(|a| wanted(a) && is_open_for(subject, statement, *a));
        report(subject, statement, &found, what, help, out);
    }
}

fn data(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let wanted = |a: &Action| DATA.iter().any(|d| d.eq_ignore_ascii_case(&a.full_name()));
    each(subject, out, wanted, "everything stored be read", "name the buckets, secrets or parameters");
}

fn credentials(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, out, |a| gives_credentials(&a.full_name()), "credentials be fetched", "name the resources");
}

fn exposure(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let wanted = |a: &Action| {
        a.level() == AccessLevel::PermissionsManagement && !only_reads(a)
            || PERMISSIONS.iter().any(|p| p.eq_ignore_ascii_case(&a.full_name()))
    };
    for statement in subject.statements().iter().filter(|s| s.allows()) {
        let mut found = actions_of(subject, statement);
        found.retain(|a| wanted(a) && is_open_for(subject, statement, *a) && !passes_role(statement, a));
        let help = match found.iter().any(|a| a.resource_types().next().is_some()) {
            true => "name the resources, or leave this to the role that administers them",
            false => "leave this to the role that administers them: these actions are for no resource that a policy could name",
        };
        report(subject, statement, &found, "permissions be changed", help, out);
    }
}

/// What lists or shows changes nothing, whatever level AWS gives it (`backup:ListIndexedRecoveryPointsForSearch`).
fn only_reads(action: &Action) -> bool {
    ["List", "Get", "Describe", "BatchGet"].iter().any(|verb| action.name().starts_with(verb))
}

fn modification(subject: &DocumentSubject<'_>, out: &mut Findings) {
    // Of `RESOURCE_EFFECTIVELY_WILDCARD` are those that name every resource of a type.
    for statement in subject.statements().iter().filter(|s| is_nearly_open(subject, s)) {
        let mut found = actions_of(subject, statement);
        found.retain(|a| {
            let changes = matches!(a.level(), AccessLevel::Write | AccessLevel::Tagging | AccessLevel::PermissionsManagement);
            changes && a.resource_types().next().is_some() && !passes_role(statement, a)
        });
        report(subject, statement, &found, "every resource be changed", "name the resources", out);
    }
}

fn report(subject: &DocumentSubject<'_>, statement: &Statement, found: &[Action], what: &str, help: &str, out: &mut Findings) {
    if !found.is_empty() {
        let message = format!("{} lets {what}: {}", statement.label(), some(found));
        out.report(subject, &statement.path(&["Action"]), message, help);
        out.open_to(found);
    }
}
