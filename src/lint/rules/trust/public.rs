//! Everybody.

use super::{entrances, is_conditioned, is_strong};
use crate::diag::Severity;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::ast::Statement;
use crate::policy::{BARE, PrincipalRef};

rule! {
    /// Every AWS account may assume the role
    ///
    /// The trust names `*`, and no condition asks anything of whoever comes.
    ///
    /// **Why it matters.** Anybody with an AWS account of their own can take the role and all that it may
    /// do. Role names are guessed by the thousand.
    ///
    /// **What to do.** Name the accounts, roles or services that are meant. If many accounts of one
    /// organisation are, test `aws:PrincipalOrgID`.
    PUBLIC_TRUST = "public-trust", Error, Document(public);

    /// Everybody may assume the role who meets a condition
    ///
    /// The trust names `*` and narrows it with a condition. A **warning** where the condition does not say
    /// who the caller is (an address, an external id); a **note** where it does (an organisation, an
    /// account, a principal's ARN).
    ///
    /// **Why it matters.** An external id is no secret, and an address is shared by whoever is behind it.
    ///
    /// **What to do.** Name the principals. Where `*` must stand, test `aws:PrincipalOrgID` or
    /// `aws:PrincipalArn`.
    PUBLIC_TRUST_WITH_CONDITION = "public-trust-with-condition", Warning, Document(conditional);

    /// An allow that names whom it does not mean
    ///
    /// `NotPrincipal` with `Allow` lets everybody in but those listed, callers without any identity
    /// included. IAM refuses it in a trust; resource policies take it.
    ///
    /// **What to do.** List whom you mean under `Principal`; keep others out with a `Deny`.
    ALLOW_WITH_NOT_PRINCIPAL = "allow-with-not-principal", Error, Document(not_principal);
}

/// `*`, or the roots of all accounts.
pub(super) fn is_everybody(principal: &PrincipalRef<'_>) -> bool {
    let any_account = || {
        let fields: Vec<&str> = principal.value.splitn(6, ':').collect();
        fields.len() == 6 && fields.get(4).is_some_and(|a| a.contains(['*', '?']))
    };
    !principal.negated && matches!(principal.kind, "AWS" | BARE) && (principal.value == "*" || any_account())
}

fn each(subject: &DocumentSubject<'_>, f: &mut dyn FnMut(&Statement, &PrincipalRef<'_>)) {
    for statement in entrances(subject) {
        statement.each_principal().filter(|p| is_everybody(p)).for_each(|p| f(statement, &p));
    }
}

fn public(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |statement, principal| {
        if !is_conditioned(statement, &subject.around.today) {
            let message = format!("every AWS account may assume the role: {} names `{}`", statement.label(), principal.value);
            out.report(
                subject,
                &statement.principal_path(principal),
                message,
                "name the accounts, roles or services that are meant",
            );
        }
    });
}

fn conditional(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |statement, principal| {
        if !is_conditioned(statement, &subject.around.today) {
            return;
        }
        let keys: Vec<String> = statement.conditions.iter().map(|t| format!("`{}`", t.written_key)).collect();
        let message = format!("whoever meets a condition on {} may assume the role: `{}`", keys.join(", "), principal.value);
        let strong = statement.conditions.iter().any(is_strong);
        let severity = if strong { Severity::Note } else { Severity::Warning };
        let help = "name the principals, or test `aws:PrincipalOrgID` or `aws:PrincipalArn` too";
        out.report_as(severity, subject, &statement.principal_path(principal), message, help);
    });
}

fn not_principal(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.allows().filter(|s| s.principals.as_ref().is_some_and(|p| p.negated)) {
        let message = format!("{} lets everybody in but those it names", statement.label());
        out.report(subject, &statement.path(&["NotPrincipal"]), message, "list whom you mean under `Principal`");
    }
}
