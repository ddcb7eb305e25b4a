//! Names of service principals.

use crate::diag::Severity;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::policy::service_principals::{ServiceName, look_up};

rule! {
    /// No known service has this name as its principal
    ///
    /// A trust or the policy of a resource names a service that is not in the built-in list. An **error** where the name is a
    /// known one misspelt (`lamda.amazonaws.com`, `stepfunctions.amazonaws.com`), else a **warning**: AWS publishes no list of
    /// its service principals, and adds to them.
    ///
    /// **Why it matters.** IAM refuses a trust with a service that it does not know. Elsewhere the statement lets nobody in.
    ///
    /// **What to do.** Correct the name, or leave it if the service is newer than this iamctl.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Service": "lamda.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*",
    /// "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*",
    /// "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}
    /// ```
    UNKNOWN_SERVICE_PRINCIPAL = "unknown-service-principal", Warning, Document(check);
}

fn check(subject: &DocumentSubject<'_>, out: &mut Findings) {
    if !matches!(subject.policy_type, PolicyType::Trust | PolicyType::Resource | PolicyType::Endpoint) {
        return;
    }
    for statement in subject.statements() {
        for principal in statement.each_principal().filter(|p| p.kind == "Service" && p.value != "*") {
            let (severity, message, help) = match look_up(principal.value) {
                ServiceName::Known => continue,
                // Of a trust the grammar says so.
                ServiceName::Misspelt(_) if subject.is(PolicyType::Trust) => continue,
                ServiceName::Misspelt(right) => {
                    let message = format!("`{}` is not a service principal", principal.value);
                    (Severity::Error, message, format!("did you mean `{right}`?"))
                }
                ServiceName::Unknown => {
                    let message = format!("no known service has the principal `{}`", principal.value);
                    let help = "correct the name, or leave it if the service is newer than this iamctl".to_owned();
                    (Severity::Warning, message, help)
                }
            };
            out.report_as(severity, subject, &statement.principal_path(&principal), message, help);
        }
    }
}
