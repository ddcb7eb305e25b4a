//! Account ids that were left over.

use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType, PrincipalSubject};
use crate::names::AccountId;

rule! {
    /// A resource of another account is named
    ///
    /// The ARN holds the id of an account that is neither this one nor another of the project file.
    ///
    /// **Why it matters.** It is often left over from an example or from another account, and then the
    /// statement matches nothing here; if it is meant, the other account must allow it too.
    ///
    /// **What to do.** Write `${account_id}` for this account. List accounts of your own with their `id:` in
    /// the project file.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// roles:
    ///   reports:
    ///     trust: [{service: lambda.amazonaws.com}]
    ///     inline_policies:
    ///       own:
    ///         Version: "2012-10-17"
    ///         Statement:
    ///           - {Effect: Allow, Action: "sqs:SendMessage", Resource: "arn:aws:sqs:eu-west-1:444455556666:jobs"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// roles:
    ///   reports:
    ///     trust: [{service: lambda.amazonaws.com}]
    ///     inline_policies:
    ///       own:
    ///         Version: "2012-10-17"
    ///         Statement:
    ///           - {Effect: Allow, Action: "sqs:SendMessage", Resource: "arn:aws:sqs:eu-west-1:${account_id}:jobs"}
    /// ```
    FOREIGN_ACCOUNT_ID = "foreign-account-id", Warning, Document(resources);

    /// A managed policy of another account is attached
    ///
    /// IAM attaches policies of the same account and of AWS only.
    ///
    /// **Why it matters.** The call that attaches it fails.
    ///
    /// **What to do.** Name a declared policy, or write `${account_id}` into the ARN.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// roles:
    ///   reports:
    ///     trust: [{service: lambda.amazonaws.com}]
    ///     managed_policies: ["arn:aws:iam::444455556666:policy/read-reports"]
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// roles:
    ///   reports:
    ///     trust: [{service: lambda.amazonaws.com}]
    ///     managed_policies: ["arn:aws:iam::${account_id}:policy/read-reports"]
    /// ```
    FOREIGN_POLICY = "foreign-policy-attached", Error, Principal(attached);
}

fn resources(subject: &DocumentSubject<'_>, out: &mut Findings) {
    if subject.around.account.is_none() || !subject.is(PolicyType::Identity) {
        return;
    }
    for statement in subject.statements().iter() {
        for (i, resource) in statement.resource_patterns().iter().enumerate() {
            let account = resource.split(':').nth(4).and_then(AccountId::parse);
            if let Some(account) = account.filter(|a| subject.around.is_foreign(a)) {
                let message = format!("`{resource}` is of account {account}, not of this one");
                let path = statement.item(statement.resource_member(), i);
                out.report(subject, &path, message, "write `${account_id}` if this account is meant");
            }
        }
    }
}

fn attached(subject: &PrincipalSubject<'_>, out: &mut Findings) {
    let Some(own) = &subject.around.account else { return };
    for attachment in subject.attachments.iter().filter(|a| !a.declared) {
        let account = attachment.arn.split(':').nth(4).and_then(AccountId::parse);
        if let Some(account) = account.filter(|a| a != own) {
            let message = format!("`{}` is a policy of account {account}, not of this one", attachment.arn);
            let help = "name a policy of these specs, or write `${account_id}` into the ARN";
            out.principal(crate::diag::Severity::Error, subject, Some(attachment.place.clone()), message, help);
        }
    }
}
