//! Other accounts.

use std::collections::BTreeSet;

use super::{allows, what};
use crate::diag::Severity;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::names::{AccountId, principal_account};
use crate::policy::exposure::{Hurdle, Stranger, is_everybody};

rule! {
    /// Another account has access to the resource
    ///
    /// The policy of the resource names an account, role or user that is neither of this account nor of another account of
    /// the project file. The account is the one given with `--account-id`, else that of the ARNs under `Resource`; where
    /// neither says it, nothing is reported. A **note** where a condition narrows who of a whole account may come.
    ///
    /// **Why it matters.** What the other account does with its principals is not in your hands.
    ///
    /// **What to do.** Make sure that it is meant. Accounts of your own belong into the project file under `accounts:` with
    /// their `id:`; name a role rather than a whole account.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sqs:SendMessage", "Resource":
    /// "arn:aws:sqs:eu-west-1:111122223333:jobs"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sqs:SendMessage", "Resource":
    /// "arn:aws:sqs:eu-west-1:111122223333:jobs"}
    /// ```
    FOREIGN_ACCOUNT_ACCESS = "foreign-account-access", Warning, Document(foreign);
}

/// Whose resource it is, as far as the document or its reader says.
fn owner(subject: &DocumentSubject<'_>) -> Option<AccountId> {
    let named = || {
        let resources = subject.statements().iter().flat_map(|s| s.resource_patterns());
        let accounts: BTreeSet<AccountId> = resources.filter_map(|r| AccountId::parse(r.split(':').nth(4)?)).collect();
        accounts.first().filter(|_| accounts.len() == 1).cloned()
    };
    subject.around.account.clone().or_else(named)
}

fn foreign(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let Some(own) = owner(subject) else { return };
    for statement in allows(subject) {
        for principal in statement.each_principal().filter(|p| p.kind == "AWS" && !p.negated && !is_everybody(p.value)) {
            let Some(account) = principal_account(principal.value) else { continue };
            if account == own || subject.around.known_accounts.contains(&account) {
                continue;
            }
            let stranger = Stranger::Account(account.to_string());
            let is_whole = AccountId::parse(principal.value).is_some() || principal.value.ends_with(":root");
            let narrowed = is_whole && subject.hurdle(statement, &stranger) != Some(&Hurdle::Nothing);
            let severity = if narrowed { Severity::Note } else { Severity::Warning };
            let message = format!("`{}` of account {account} may use {}", principal.value, what(statement));
            let help = "if the account is yours, list it with its `id:` in the project file; else name the role that comes";
            out.report_as(severity, subject, &statement.principal_path(&principal), message, help);
        }
    }
}
