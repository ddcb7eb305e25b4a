//! What the project file forbids.

use crate::diag::Severity;
use crate::forbid::Outcome;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::PrincipalSubject;

rule! {
    /// A principal may do what the project forbids
    ///
    /// A rule under `forbid:` of the project file says what no principal may do, as a Deny statement with the same actions, resources
    /// and conditions would. Every role and user that the rule holds for is put before the prover with all its policies, those of its groups and its
    /// permissions boundary. An **error** names a request that is allowed and forbidden, and the statement that allows it. A **warning** says that
    /// neither the breach nor its absence could be shown, and why.
    ///
    /// **Why it matters.** The rule is what the owner of the account promises to others.
    ///
    /// **What to do.** Narrow the statement or deny the action. Waivers do not excuse it: whoever may break the rule stands under `except` of
    /// the rule in the project file.
    FORBIDDEN_ACCESS = "forbidden-access", Error, Principal(check);
}

fn check(subject: &PrincipalSubject<'_>, out: &mut Findings) {
    for breach in &subject.forbidden {
        let (severity, place, way) = match &breach.outcome {
            Outcome::Allowed(allowed) => {
                let document = subject.documents.get(allowed.held);
                let statement =
                    document.and_then(|d| d.statements().iter().find(|s| s.index == allowed.statement).map(|s| (d, s)));
                let place = statement.and_then(|(document, statement)| document.place(&statement.path(&[])));
                (
                    Severity::Error,
                    place,
                    format!("`{}` by statement {} of `{}`", allowed.example.action, allowed.statement + 1, allowed.policy),
                )
            }
            Outcome::Open(why) => (Severity::Warning, None, why.clone()),
        };
        out.principal(severity, subject, place, breach.message(), breach.help());
        out.claim(breach.claim(), vec![way]);
        out.related("the rule", Some(breach.rule.place.clone()));
    }
}
