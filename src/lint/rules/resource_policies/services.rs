//! AWS services that act for others.

use super::{allows, what};
use crate::diag::Severity;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::exposure::{Stranger, is_everybody, is_of_services};

rule! {
    /// A service has access to the resource on anybody's behalf
    ///
    /// The policy of the resource names a service, or `*` with a test of the source, and no condition asks whose resource the
    /// service acts for: `aws:SourceAccount`, `aws:SourceArn`, `aws:SourceOrgID`, for KMS also the encryption context, with a
    /// value that is not open (`arn:aws:s3:::*`) and not under `IfExists`. A **note** for access logs of load balancers,
    /// which go to a path of the account's own, and for `*` where no condition of the statement is about services.
    ///
    /// **Why it matters.** A service acts for many customers. Somebody else's trail, topic or bucket can be set up to make it
    /// use yours (the confused deputy).
    ///
    /// **What to do.** Test `aws:SourceAccount` with your account, or `aws:SourceArn` with the resource.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sns:Publish", "Resource":
    /// "arn:aws:sns:eu-west-1:111122223333:uploads", "Condition": {"ArnLike": {"aws:SourceArn":
    /// "arn:aws:s3:*:*:*"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sns:Publish", "Resource":
    /// "arn:aws:sns:eu-west-1:111122223333:uploads", "Condition": {"StringEquals": {"aws:SourceAccount":
    /// "111122223333"}}}
    /// ```
    SERVICE_ACCESS_WITHOUT_SOURCE = "service-access-without-source", Warning, Document(source);
}

/// Services that write to a path of the account for which they act, and send no source (Elastic Load Balancing User Guide, "Access logs").
const TO_OWN_PATH: &[&str] = &["logdelivery.elasticloadbalancing.amazonaws.com"];

fn source(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in allows(subject) {
        for principal in statement.each_principal().filter(|p| !p.negated) {
            let (stranger, who) = match principal.kind {
                "Service" if principal.value != "*" => {
                    (Stranger::Service(Some(principal.value.to_owned())), format!("`{}`", principal.value))
                }
                "Service" => (Stranger::Service(None), "every AWS service".to_owned()),
                // Who is open to all principals is open to services as well.
                _ if is_everybody(principal.value) && subject.hurdle(statement, &Stranger::Anyone).is_none() => {
                    (Stranger::Service(None), "every AWS service".to_owned())
                }
                _ => continue,
            };
            if subject.hurdle(statement, &stranger).is_none() {
                continue;
            }
            let message = format!("{who} may use {} on behalf of any account", what(statement));
            let help = "test `aws:SourceAccount` with your account, or `aws:SourceArn` with the resource";
            let means_services = principal.kind == "Service" || statement.conditions.iter().any(|t| is_of_services(&t.key));
            let quiet = TO_OWN_PATH.contains(&principal.value) || !means_services;
            let severity = if quiet { Severity::Note } else { Severity::Warning };
            out.report_as(severity, subject, &statement.principal_path(&principal), message, help);
        }
    }
}
