//! AWS services as principals.

use super::entrances;
use super::public::is_everybody;
use crate::diag::Severity;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::ast::Statement;
use crate::policy::exposure::{Stranger, is_of_services};

rule! {
    /// A service may assume the role on anybody's behalf
    ///
    /// The trust names a service, and no condition asks whose resource it acts for: `aws:SourceAccount`, `aws:SourceArn`, or the
    /// organisation, with a value that is not open (`arn:aws:s3:::*`) and not under `IfExists`. A **warning**
    /// for services whose guides say that they send these keys and advise the test; a **note** for those
    /// of which nothing is known. Services that are known not to send them are left alone: a condition
    /// on a key that is not sent locks the service out.
    ///
    /// **Why it matters.** A service acts for many customers. Without the test somebody else's resource can
    /// be set up to make the service use your role (the confused deputy).
    ///
    /// **What to do.** Add `source_account: ${account_id}` to the trust entry, or `source_arn:` with the
    /// resource. Make sure first that the service sends the key.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole",
    /// "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/main"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole",
    /// "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:111122223333:trail/main"}}}
    /// ```
    SERVICE_TRUST_WITHOUT_SOURCE = "service-trust-without-source", Note, Document(source);

    /// The statement's action is not one that its principal can use
    ///
    /// A SAML provider's users call `sts:AssumeRoleWithSAML`, those of an OIDC provider
    /// `sts:AssumeRoleWithWebIdentity`, everybody else `sts:AssumeRole`.
    ///
    /// **Why it matters.** The statement lets nobody in.
    ///
    /// **What to do.** Write the action that goes with the principal.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/example"}, "Action":
    /// "sts:AssumeRole", "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/example"}, "Action":
    /// "sts:AssumeRoleWithSAML", "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}
    /// ```
    MISMATCHED_ACTION_FOR_PRINCIPAL = "mismatched-action-for-principal", Warning, Document(mismatched);

    /// The trust of Roles Anywhere lacks an action
    ///
    /// `rolesanywhere.amazonaws.com` assumes the role, tags the session with what the certificate says, and sets the source
    /// identity, all in one call.
    ///
    /// **Why it matters.** Without all three actions no certificate gets the role.
    ///
    /// **What to do.** Allow `sts:AssumeRole`, `sts:TagSession` and `sts:SetSourceIdentity`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"}, "Action": "sts:AssumeRole",
    /// "Condition": {"ArnEquals": {"aws:SourceArn":
    /// "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/1a2b3c4d-5e6f-4a1b-8c2d-111122223333"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"}, "Action": ["sts:AssumeRole",
    /// "sts:TagSession", "sts:SetSourceIdentity"], "Condition": {"ArnEquals": {"aws:SourceArn":
    /// "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/1a2b3c4d-5e6f-4a1b-8c2d-111122223333"}}}
    /// ```
    MISSING_ACTION_FOR_ROLES_ANYWHERE = "missing-action-for-roles-anywhere", Warning, Document(roles_anywhere);
}

/// Services whose documentation advises the test for their execution roles (iam-facts 7.3: there is no public list, this is a
/// table that grows).
const SENDS: &[&str] = &[
    "apigateway",
    "bedrock",
    "bedrock-agentcore",
    "cloudtrail",
    "codebuild",
    "config",
    "delivery.logs",
    "events",
    "glue",
    "logs",
    "pipes",
    "sagemaker",
    "scheduler",
    "sns",
    "states",
    "vpc-flow-logs",
];

/// Services that take the role without such keys, as far as is known.
const DOES_NOT_SEND: &[&str] = &["batch", "ec2", "lambda", "eks", "spotfleet", "spot", "autoscaling", "elasticmapreduce", "ecs"];

/// The service of a principal, without its domain.
fn short(host: &str) -> &str {
    host.trim_end_matches(".cn").trim_end_matches(".amazonaws.com").trim_end_matches(".amazonaws.eu")
}

fn source(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in entrances(subject) {
        for principal in statement.each_principal().filter(|p| !p.negated) {
            let stranger = match principal.kind {
                "Service" => Stranger::Service(Some(principal.value.to_owned())),
                // Principals of accounts have a rule of their own; this is about services that `*` may mean.
                _ if is_everybody(&principal)
                    && statement.conditions.iter().any(|t| is_of_services(&t.key))
                    && subject.hurdle(statement, &Stranger::Anyone).is_none() =>
                {
                    Stranger::Service(None)
                }
                _ => continue,
            };
            let host = if principal.kind == "Service" { short(principal.value) } else { principal.value };
            if DOES_NOT_SEND.contains(&host) || subject.hurdle(statement, &stranger).is_none() {
                continue;
            }
            let sends = SENDS.contains(&host) || principal.kind != "Service";
            let severity = if sends { Severity::Warning } else { Severity::Note };
            let who = if principal.kind == "Service" { format!("`{}`", principal.value) } else { "every AWS service".to_owned() };
            let message = format!("{who} may assume the role on behalf of any account");
            let help = "add `source_account: ${account_id}` (`aws:SourceAccount`), if the service sends it";
            out.report_as(severity, subject, &statement.principal_path(&principal), message, help);
        }
    }
}

fn roles_anywhere(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let host = "rolesanywhere.amazonaws.com";
    let is_about = |s: &&Statement| s.each_principal().any(|p| p.kind == "Service" && !p.negated && p.value == host);
    let Some(first) = entrances(subject).find(is_about) else { return };
    let wanted = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
    let allowed = |action: &str| subject.allows().filter(is_about).any(|s| s.has_action(&action.to_ascii_lowercase()));
    let missing: Vec<String> = wanted.into_iter().filter(|a| !allowed(a)).map(|a| format!("`{a}`")).collect();
    if !missing.is_empty() {
        let message = format!("`{host}` cannot use the role without {}", missing.join(" and "));
        out.report(subject, &first.path(&["Action"]), message, "add it to the actions of the statement");
    }
}

fn mismatched(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in entrances(subject) {
        let assuming = |s: &Statement, wanted: &str| s.action_patterns().iter().any(|a| a.eq_ignore_ascii_case(wanted));
        for principal in statement.each_principal().filter(|p| !p.negated) {
            let wanted = match principal.kind {
                "Federated" if principal.value.contains(":saml-provider/") => "sts:AssumeRoleWithSAML",
                "Federated" => "sts:AssumeRoleWithWebIdentity",
                "AWS" | "Service" => "sts:AssumeRole",
                _ => continue,
            };
            let others = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];
            // A statement about sessions alone (`sts:TagSession`) assumes nothing.
            if !assuming(statement, wanted) && others.iter().any(|o| assuming(statement, o)) {
                let message = format!("`{}` cannot use the actions of {}", principal.value, statement.label());
                out.report(subject, &statement.principal_path(&principal), message, format!("write `{wanted}`"));
            }
        }
    }
}
