//! Values that a key never has.

use super::each;
use crate::lint::findings::Findings;
use crate::lint::pattern::has_wildcard;
use crate::lint::rule::rule;
use crate::lint::rules::shape::is_stand_in;
use crate::lint::subject::DocumentSubject;
use crate::names::{AccountId, Arn};
use crate::policy::Compares;

rule! {
    /// A condition asks for a value that the key never has
    ///
    /// `aws:PrincipalArn` holds the ARN of the role, not that of a session; `aws:PrincipalAccount` and the like hold twelve
    /// digits, `aws:PrincipalOrgID` an id such as `o-abcdefghij`, `aws:PrincipalType` one of `Account`, `User`,
    /// `FederatedUser`, `AssumedRole` and `Anonymous`.
    ///
    /// **Why it matters.** The test never holds, or always.
    ///
    /// **What to do.** Write a value of the key.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
    /// "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:sts::111122223333:assumed-role/app/session"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
    /// "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}}}
    /// ```
    IMPOSSIBLE_VALUE = "impossible-condition-value", Warning, Document(check);
}

/// Values of `aws:PrincipalType` (IAM User Guide, "AWS global condition context keys").
const TYPES: &[&str] = &["Account", "User", "FederatedUser", "AssumedRole", "Anonymous"];

/// Whether a key (in lower case) holds the id of an account.
pub(in crate::lint::rules) fn holds_account(key: &str) -> bool {
    const KEYS: [&str; 6] = [
        "aws:principalaccount",
        "aws:sourceaccount",
        "aws:resourceaccount",
        "kms:calleraccount",
        "s3:resourceaccount",
        "s3:dataaccesspointaccount",
    ];
    KEYS.contains(&key)
}

/// What is wrong with a value of a key in lower case, and what to write.
fn fault(key: &str, value: &str) -> Option<(&'static str, &'static str)> {
    let open = has_wildcard(value);
    match key {
        "aws:principalarn" => {
            let arn = Arn::parse(value)?;
            let session = arn.service == "sts" && arn.resource.starts_with("assumed-role/");
            session.then_some(("the key holds the ARN of the role, not of a session", "write `arn:aws:iam::ACCOUNT:role/NAME`"))
        }
        key if holds_account(key) => {
            // A placeholder has a rule of its own.
            let sound = open || AccountId::parse(value).is_some() || is_stand_in(value);
            (!sound).then_some(("the key holds an account id", "write twelve digits"))
        }
        "aws:principalorgid" | "aws:sourceorgid" | "aws:resourceorgid" => {
            let id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            let sound = open || value.strip_prefix("o-").is_some_and(id);
            (!sound).then_some(("the key holds the id of an organization", "write an id such as `o-abcdefghij`"))
        }
        "aws:principaltype" => {
            let sound = open || TYPES.contains(&value);
            (!sound).then_some((
                "no principal is of this type",
                "write `Account`, `User`, `FederatedUser`, `AssumedRole` or `Anonymous`",
            ))
        }
        _ => None,
    }
}

fn check(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |_, test| {
        if !matches!(test.operator.compares(), Compares::String(_) | Compares::Arn) {
            return;
        }
        for (i, value) in test.values.iter().enumerate().filter(|(_, v)| !v.contains("${")) {
            if let Some((why, help)) = fault(&test.key, value) {
                let message = format!("`{}` is never `{value}`: {why}", test.written_key);
                out.report(subject, &test.value_path(i), message, help);
            }
        }
    });
}
