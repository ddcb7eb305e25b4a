//! Everything.

use super::{is_all, is_open};
use crate::diag::{Place, Severity};
use crate::escalation::probes;
use crate::lint::authority::Terms;
use crate::lint::findings::Findings;
use crate::lint::pattern::has_wildcard;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PrincipalSubject};
use crate::model::AccountIdentity;
use crate::names::AccountId;

rule! {
    /// The principal may do everything
    ///
    /// A policy allows every action on every resource, or the AWS managed policy `AdministratorAccess` is
    /// attached; no deny and no permissions boundary takes it back.
    ///
    /// **Why it matters.** Whoever gets hold of the principal has the account.
    ///
    /// **What to do.** List what is needed. Set a permissions boundary where it must stay. A role for
    /// emergencies gets a waiver with the reason.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "*", "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    ADMINISTRATOR_ACCESS = "administrator-access", Error, Principal(administrator);

    /// A policy that allows all of a service, or nearly all of AWS, is attached
    ///
    /// The AWS managed policies `…FullAccess`, `PowerUserAccess` and `IAMFullAccess` are made for people who
    /// try things out. (`IAMFullAccess` and `PowerUserAccess` are warnings, the others notes.)
    ///
    /// **Why it matters.** They allow deleting as well as reading, on every resource, and AWS adds to them.
    ///
    /// **What to do.** Write a policy with the actions and resources that are needed.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// roles:
    ///   reports:
    ///     trust: [{service: lambda.amazonaws.com}]
    ///     managed_policies: [aws/AmazonSQSFullAccess]
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// roles:
    ///   reports:
    ///     trust: [{service: lambda.amazonaws.com}]
    ///     managed_policies: [aws/service-role/AWSLambdaBasicExecutionRole]
    /// ```
    FULL_ACCESS_POLICY = "full-access-policy", Note, Principal(full_access);

    /// All actions of a service are allowed
    ///
    /// `SERVICE:*` on resources that are not limited; an `iam:*` is an administrator in all but name.
    ///
    /// **Why it matters.** It includes what deletes, what changes who may do what, and what AWS adds.
    ///
    /// **What to do.** List the actions, or name the resources.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"],
    /// "Resource": "arn:aws:sqs:eu-west-1:111122223333:example-jobs"}
    /// ```
    SERVICE_WILDCARD = "service-wildcard", Warning, Document(service);
}

/// Where everything is allowed, if it is.
fn place_of_everything(subject: &PrincipalSubject<'_>) -> Option<(Option<Place>, Terms)> {
    for document in &subject.documents {
        let all = document.allows().filter(|s| s.is_on_everything() && !s.is_not_action());
        for statement in all {
            let Some(i) = statement.action_patterns().iter().position(|a| is_all(a)) else { continue };
            // A deny or a boundary that leaves a service out leaves more than "everything".
            let id = subject.around.account.clone().unwrap_or_else(AccountId::zero);
            let account = AccountIdentity { id, partition: subject.around.partition.clone() };
            let ask = |terms: Terms, (action, resource): &(&str, String)| Some(terms.and(subject.when(action, resource, None)?));
            if let Some(terms) = probes(&account).iter().try_fold(Terms::Free, ask) {
                return Some((document.place(&statement.item("Action", i)), terms));
            }
        }
    }
    None
}

fn administrator(subject: &PrincipalSubject<'_>, out: &mut Findings) {
    if let Some((place, terms)) = place_of_everything(subject) {
        let severity = if terms == Terms::Free { Severity::Error } else { Severity::Warning };
        let depends = terms.in_words();
        let message = format!("{} may do everything{depends}", subject.label());
        out.principal(severity, subject, place, message, "list what is needed, or set a permissions boundary");
    }
}

fn full_access(subject: &PrincipalSubject<'_>, out: &mut Findings) {
    for attached in &subject.attachments {
        let Some((_, name)) = attached.arn.split_once(":iam::aws:policy/") else { continue };
        let short = name.rsplit('/').next().unwrap_or(name);
        let severity = match short {
            "PowerUserAccess" | "IAMFullAccess" => Severity::Warning,
            _ if short.to_ascii_lowercase().contains("fullaccess") || short.contains("_FullAccess") => Severity::Note,
            _ => continue,
        };
        let message = format!("{} has the AWS managed policy `{name}`", subject.label());
        let help = "write a policy with the actions and resources that are needed";
        out.principal(severity, subject, Some(attached.place.clone()), message, help);
    }
}

fn service(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements().iter().filter(|s| is_open(subject, s) && !s.is_not_action()) {
        for (i, action) in statement.action_patterns().iter().enumerate() {
            let Some((service, "*")) = action.split_once(':') else { continue };
            if has_wildcard(service) || subject.denies_everywhere(&format!("{}:iamctl-anything", service.to_ascii_lowercase())) {
                continue;
            }
            let message = format!("{} allows all of `{service}` on every resource", statement.label());
            out.report(subject, &statement.item("Action", i), message, "list the actions, or name the resources");
        }
    }
}
