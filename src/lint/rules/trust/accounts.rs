//! Accounts, this one and others.

use super::public::is_everybody;
use super::{entrances, is_conditioned};
use crate::diag::Severity;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::names::{AccountId, Arn, principal_account};
use crate::policy::exposure::{Hurdle, Stranger};
use crate::policy::is_unique_id;

rule! {
    /// The role may be assumed from another account
    ///
    /// The trust names an account, role or user that is neither of this account nor of another account of
    /// the project file. Where the account's own id is not known, every account may be another: a **note** that asks for
    /// `--account-id`. A note also where a condition narrows who of the account may come.
    ///
    /// **Why it matters.** What the other account does with its principals is not in your hands.
    ///
    /// **What to do.** Make sure that it is meant. Accounts of your own belong into the project file under
    /// `accounts:` with their `id:`; a partner's account gets a waiver with the reason.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// roles:
    ///   deploy:
    ///     trust: [{aws: "arn:aws:iam::444455556666:role/vendor", external_id: example-id}]
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// roles:
    ///   deploy:
    ///     trust: [{aws: role/ci}]
    /// ```
    FOREIGN_ACCOUNT_TRUST = "foreign-account-trust", Warning, Document(foreign);

    /// A foreign account is trusted whole, without an external id
    ///
    /// The trust admits every principal of an account that is not yours, and does not test
    /// `sts:ExternalId`, an organisation, or who exactly comes; or a test of it holds without the key (`IfExists`).
    ///
    /// **Why it matters.** A vendor that works for many customers can be talked into using your role for
    /// somebody else (the confused deputy). The external id tells the customers apart; the vendor
    /// chooses it.
    ///
    /// **What to do.** Add `external_id:` to the trust entry with the vendor's value, or name the role
    /// that comes.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// roles:
    ///   deploy:
    ///     trust: [{aws: "444455556666"}]
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// roles:
    ///   deploy:
    ///     trust: [{aws: "444455556666", external_id: example-id}]
    /// ```
    MISSING_EXTERNAL_ID = "missing-external-id", Warning, Document(external_id);

    /// The whole account is trusted
    ///
    /// The trust names the root of its own account, without a condition.
    ///
    /// **Why it matters.** Every principal of the account whose policies allow `sts:AssumeRole` on the role
    /// may enter, not only the root user.
    ///
    /// **What to do.** Fine where that is meant. Otherwise name the roles, or test `aws:PrincipalArn`.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// roles:
    ///   deploy:
    ///     trust: [{aws: "${account_id}"}]
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// roles:
    ///   deploy:
    ///     trust: [{aws: role/ci}]
    /// ```
    WHOLE_ACCOUNT_TRUST = "whole-account-trust", Note, Document(whole_account);

    /// A principal is named beside the account that contains it
    ///
    /// The same statement names an account and a role or user of that account; the account alone admits
    /// all of them.
    ///
    /// **What to do.** Drop the account if only the role is meant, else drop the role.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:role/deployer"]},
    /// "Action": "sts:AssumeRole"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/deployer"}, "Action":
    /// "sts:AssumeRole"}
    /// ```
    REDUNDANT_PRINCIPAL = "redundant-principal", Note, Document(redundant);

    /// A policy names a principal by a unique id
    ///
    /// `AROA…` or `AIDA…` stands where an ARN should: the role or user with this id was deleted, or
    /// somebody copied the id.
    ///
    /// **Why it matters.** A new principal of the old name is not admitted.
    ///
    /// **What to do.** Write the ARN of the role or user that is meant, or drop it.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "AROADBQP57FF2AEXAMPLE"}, "Action": "s3:GetObject", "Resource":
    /// "arn:aws:s3:::example-reports/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}, "Action": "s3:GetObject",
    /// "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    INVALID_PRINCIPAL_REFERENCE = "principal-by-unique-id", Warning, Document(unique_id);
}

fn foreign_account(subject: &DocumentSubject<'_>, value: &str) -> Option<AccountId> {
    principal_account(value).filter(|account| subject.around.is_foreign(account))
}

/// Whether a principal is an account as a whole.
fn is_root(value: &str) -> bool {
    AccountId::parse(value).is_some() || Arn::parse(value).is_some_and(|arn| arn.resource == "root")
}

fn foreign(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in entrances(subject) {
        for principal in statement.each_principal().filter(|p| !p.negated && !is_everybody(p)) {
            let Some(account) = foreign_account(subject, principal.value) else { continue };
            let message = format!("`{}` of account {account} may assume the role", principal.value);
            let help = "if the account is yours, list it with its `id:` in the project file; if it is a partner's, waive this with the reason";
            let narrowed = match is_root(principal.value) {
                true => subject.hurdle(statement, &Stranger::Account(account.to_string())) != Some(&Hurdle::Nothing),
                false => is_conditioned(statement, &subject.around.today),
            };
            // Without an account of one's own nobody is foreign for certain.
            let unsure = narrowed || subject.around.account.is_none();
            let severity = if unsure { Severity::Note } else { Severity::Warning };
            let help = if subject.around.account.is_none() { "say whose the document is with `--account-id`" } else { help };
            out.report_as(severity, subject, &statement.principal_path(&principal), message, help);
        }
    }
}

fn external_id(subject: &DocumentSubject<'_>, out: &mut Findings) {
    // Without an account of one's own nobody is foreign for certain.
    if subject.around.account.is_none() {
        return;
    }
    for statement in entrances(subject) {
        for principal in statement.each_principal().filter(|p| p.kind == "AWS" && !p.negated && is_root(p.value)) {
            if let Some(account) = foreign_account(subject, principal.value)
                && subject.hurdle(statement, &Stranger::Account(account.to_string())) == Some(&Hurdle::Nothing)
            {
                let message = format!("account {account} is trusted whole, and no external id is asked for");
                let help = "add `external_id:` with the value that the other side chose, or name the role that comes";
                out.report(subject, &statement.principal_path(&principal), message, help);
            }
        }
    }
}

fn whole_account(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let Some(own) = &subject.around.account else { return };
    for statement in entrances(subject) {
        for principal in statement.each_principal().filter(|p| p.kind == "AWS" && !p.negated && is_root(p.value)) {
            let is_free = || subject.hurdle(statement, &Stranger::Account(own.to_string())) == Some(&Hurdle::Nothing);
            if principal_account(principal.value).as_ref() == Some(own) && is_free() {
                let message = "every principal of this account that may call `sts:AssumeRole` may assume the role";
                let help = "if that is not meant, name the roles, or test `aws:PrincipalArn`";
                out.report(subject, &statement.principal_path(&principal), message, help);
            }
        }
    }
}

fn redundant(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in entrances(subject) {
        let roots: Vec<_> = statement.each_principal().filter(|p| p.kind == "AWS" && !p.negated && is_root(p.value)).collect();
        for principal in statement.each_principal().filter(|p| p.kind == "AWS" && !is_root(p.value)) {
            let account = principal_account(principal.value);
            if account.is_some() && roots.iter().any(|root| principal_account(root.value) == account) {
                let message = format!("`{}` is in an account that is trusted whole", principal.value);
                let help = "drop the account if this principal alone is meant, else drop the principal";
                out.report(subject, &statement.principal_path(&principal), message, help);
            }
        }
    }
}

fn unique_id(subject: &DocumentSubject<'_>, out: &mut Findings) {
    // In a trust the grammar refuses it already.
    if subject.is(PolicyType::Trust) {
        return;
    }
    for statement in subject.statements().iter() {
        for principal in statement.each_principal().filter(|p| is_unique_id(p.value)) {
            let message = format!("`{}` is the unique id of a role or user, not its ARN", principal.value);
            out.report(
                subject,
                &statement.principal_path(&principal),
                message,
                "write the ARN of the one that is meant, or drop it",
            );
        }
    }
}
