//! Service and resource control policies.
//!
//! Since 2025-09-19 service control policies take the full policy language but for principals (AWS Security Blog, "AWS Organizations service
//! control policy now supports full IAM language"). Resource control policies take `Deny` for every principal alone (AWS Organizations
//! User Guide, "RCP syntax").

use crate::catalogue;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::policy::BARE;
use crate::policy::ast::Statement;

rule! {
    /// A service control policy names a principal
    ///
    /// It applies to every principal of the accounts that it is attached to.
    ///
    /// **What to do.** Drop the element; test `aws:PrincipalArn` for exceptions.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Principal": "*", "Action": "organizations:LeaveOrganization", "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}
    /// ```
    SCP_PRINCIPAL = "scp-syntax-error-principal", Error, Document(principal);

    /// A resource control policy uses what Organizations refuses
    ///
    /// These policies take `Deny`, `"Principal": "*"`, `Action`, and `Resource` or `NotResource`. They take neither `Allow` nor
    /// `NotPrincipal` nor `NotAction`. `RCPFullAWSAccess`, which AWS attaches, is the only one that allows.
    ///
    /// **Why it matters.** Organizations refuses the policy, and the resources stay open.
    ///
    /// **What to do.** Deny, for every principal, and name exceptions by a condition on `aws:PrincipalArn` or `aws:PrincipalOrgID`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
    /// "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}}
    /// ```
    RCP_SYNTAX = "rcp-syntax-error", Error, Document(rcp);

    /// A resource control policy names a service that these policies do not reach
    ///
    /// Resource control policies apply to the resources of some services only, such as S3, STS, KMS, SQS and Secrets Manager.
    ///
    /// **Why it matters.** The statement denies nothing for that service.
    ///
    /// **What to do.** Use a service control policy, or take the action out. AWS adds services: look the service up in "List of AWS
    /// services that support RCPs".
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Principal": "*", "Action": "iam:*", "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "*"}
    /// ```
    RCP_SERVICE = "rcp-unsupported-service", Warning, Document(service);
}

fn each<'s>(subject: &'s DocumentSubject<'_>, kind: PolicyType) -> impl Iterator<Item = &'s Statement> {
    subject.statements().iter().filter(move |_| subject.is(kind))
}

fn principal(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in each(subject, PolicyType::Scp) {
        for element in ["Principal", "NotPrincipal"].into_iter().filter(|e| subject.member(statement, e).is_some()) {
            let message = format!("a service control policy takes no `{element}`");
            out.report(subject, &statement.path(&[element]), message, "drop it; test `aws:PrincipalArn` for exceptions");
        }
    }
}

fn rcp(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in each(subject, PolicyType::Rcp) {
        if statement.allows() {
            let message = format!("{} allows: a resource control policy takes `Deny` alone", statement.label());
            out.report(subject, &statement.path(&["Effect"]), message, "deny under the opposite condition");
        }
        for element in ["NotPrincipal", "NotAction"].into_iter().filter(|e| subject.member(statement, e).is_some()) {
            let message = format!("a resource control policy takes no `{element}`");
            out.report(subject, &statement.path(&[element]), message, "name exceptions by a condition");
        }
        if statement.principals.is_none() {
            let message = format!("{} has no `Principal`", statement.label());
            out.report(subject, &statement.path(&[]), message, "write `\"Principal\": \"*\"`");
        } else if statement.each_principal().any(|p| !p.negated && (p.kind, p.value) != (BARE, "*")) {
            let message =
                format!("{} names principals: a resource control policy takes `\"Principal\": \"*\"` alone", statement.label());
            let help = "write `\"Principal\": \"*\"`, and limit it by a condition on `aws:PrincipalArn`";
            out.report(subject, &statement.path(&["Principal"]), message, help);
        }
    }
}

fn service(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in each(subject, PolicyType::Rcp).filter(|s| !s.is_not_action()) {
        for (i, action) in statement.action_patterns().iter().enumerate() {
            let Some(service) = action.split_once(':').and_then(|(prefix, _)| catalogue::service(prefix)) else { continue };
            if !service.supports_rcp() {
                let message = format!("resource control policies do not apply to `{}`", service.prefix());
                let help = "use a service control policy, or take the action out";
                out.report(subject, &statement.item("Action", i), message, help);
            }
        }
    }
}
