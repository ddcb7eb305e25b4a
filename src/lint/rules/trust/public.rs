//! Everybody.

use super::entrances;
use crate::diag::Severity;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::ast::Statement;
use crate::policy::exposure::{self, Hurdle, Stranger};
use crate::policy::{BARE, PrincipalRef};

rule! {
    /// Every AWS account may assume the role
    ///
    /// The trust names `*`, and its conditions keep nobody out: there are none, they hold for every caller that wants them
    /// to (a tag of the caller's own, `IfExists` on a key that a caller outside of organisations does not have), or they
    /// leave open whose account it is (`arn:aws:iam::*:role/admin`).
    ///
    /// **Why it matters.** Anybody with an AWS account of their own can take the role and all that it may
    /// do. Role names are guessed by the thousand.
    ///
    /// **What to do.** Name the accounts, roles or services that are meant. If many accounts of one
    /// organisation are, test `aws:PrincipalOrgID`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition":
    /// {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals":
    /// {"aws:PrincipalOrgID": "o-abcdefghij"}}}
    /// ```
    PUBLIC_TRUST = "public-trust", Error, Document(public);

    /// Everybody may assume the role who meets a condition
    ///
    /// The trust names `*` and narrows it with a condition. A **warning** where others may meet it (an address, an
    /// external id), and where it is not proven that they cannot; a **note** where only callers of the owner can (an
    /// organisation, an account, a principal's ARN).
    ///
    /// **Why it matters.** An external id is no secret, and an address is shared by whoever is behind it.
    ///
    /// **What to do.** Name the principals. Where `*` must stand, test `aws:PrincipalOrgID` or
    /// `aws:PrincipalArn`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals":
    /// {"sts:ExternalId": "x-1234"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition":
    /// {"StringEquals": {"sts:ExternalId": "x-1234"}}}
    /// ```
    PUBLIC_TRUST_WITH_CONDITION = "public-trust-with-condition", Warning, Document(conditional);

    /// An allow that names whom it does not mean
    ///
    /// `NotPrincipal` with `Allow` lets everybody in but those listed, callers without any identity
    /// included. IAM refuses it in a trust; resource policies take it.
    ///
    /// **What to do.** List whom you mean under `Principal`; keep others out with a `Deny`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sqs:SendMessage", "Resource":
    /// "*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sqs:SendMessage", "Resource": "*"}
    /// ```
    ALLOW_WITH_NOT_PRINCIPAL = "allow-with-not-principal", Error, Document(not_principal);
}

/// `*`, or an ARN that leaves the account open.
pub(super) fn is_everybody(principal: &PrincipalRef<'_>) -> bool {
    !principal.negated && matches!(principal.kind, "AWS" | BARE) && exposure::is_everybody(principal.value)
}

fn each(subject: &DocumentSubject<'_>, f: &mut dyn FnMut(&Statement, &PrincipalRef<'_>)) {
    for statement in entrances(subject) {
        statement.each_principal().filter(|p| is_everybody(p)).for_each(|p| f(statement, &p));
    }
}

fn public(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |statement, principal| {
        if subject.hurdle(statement, &Stranger::Anyone) == Some(&Hurdle::Nothing) {
            let so = if statement.conditions.is_empty() { "" } else { ", and its condition excludes nobody" };
            let message = format!("every AWS account may assume the role: {} names `{}`{so}", statement.label(), principal.value);
            let help = "name the accounts, roles or services that are meant";
            out.report(subject, &statement.principal_path(principal), message, help);
        }
    });
}

fn conditional(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |statement, principal| {
        if statement.conditions.is_empty() {
            return;
        }
        let keys: Vec<String> = statement.conditions.iter().map(|t| format!("`{}`", t.written_key)).collect();
        let (severity, why) = match subject.hurdle(statement, &Stranger::Anyone) {
            Some(Hurdle::Nothing) => return,
            Some(Hurdle::Known(_)) => (Severity::Warning, String::new()),
            Some(Hurdle::Unproven(why)) => (Severity::Warning, format!("; whether that keeps others out is not proven: {why}")),
            None => (Severity::Note, String::new()),
        };
        let message =
            format!("anyone who meets a condition on {} may assume the role: `{}`{why}", keys.join(", "), principal.value);
        let help = "name the principals, or test `aws:PrincipalOrgID` or `aws:PrincipalArn` too";
        out.report_as(severity, subject, &statement.principal_path(principal), message, help);
    });
}

fn not_principal(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.allows().filter(|s| s.principals.as_ref().is_some_and(|p| p.negated)) {
        let message = format!("{} admits everyone except those it names", statement.label());
        out.report(subject, &statement.path(&["NotPrincipal"]), message, "list the principals under `Principal`");
    }
}
