//! Multi-factor authentication.

use super::each;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::Compares;

rule! {
    /// A test of multi-factor authentication that does not ask for it
    ///
    /// `aws:MultiFactorAuthPresent` is absent from calls with long-term keys. An `Allow` under
    /// `Bool: {aws:MultiFactorAuthPresent: false}` allows those without; a `Deny` under it does not deny
    /// long-term keys, because the key is not there; and `Null` asks whether the key is there, not what it says.
    ///
    /// **Why it matters.** What looks protected by a second factor is not.
    ///
    /// **What to do.** To allow only with it: `Allow` under `Bool: {aws:MultiFactorAuthPresent: "true"}`. To deny
    /// without it: `Deny` under `BoolIfExists: {aws:MultiFactorAuthPresent: "false"}`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}
    /// ```
    MFA_CONDITION = "mfa-condition-without-effect", Warning, Document(check);
}

fn check(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |statement, test| {
        if !test.is_about("aws:MultiFactorAuthPresent") {
            return;
        }
        let operator = test.operator;
        let is_false = test.values.iter().any(|v| v.eq_ignore_ascii_case("false"));
        let (message, help) = match (operator.compares(), operator.if_exists, statement.allows()) {
            (Compares::Bool, false, false) if is_false => {
                ("calls with long-term keys do not have `aws:MultiFactorAuthPresent`, and are not denied", "use `BoolIfExists`")
            }
            (Compares::Bool, _, true) if is_false => {
                ("this allows calls without a second factor", "write `\"true\"`, or deny with `BoolIfExists` and `\"false\"`")
            }
            (Compares::Null, _, true) if is_false => {
                ("this asks whether the key is there, not whether a second factor was used", "test `Bool` with `\"true\"`")
            }
            (Compares::Bool, true, true) if !is_false => {
                ("calls with long-term keys do not have `aws:MultiFactorAuthPresent`, and are allowed", "use `Bool`")
            }
            _ => return,
        };
        out.report(subject, &test.path(), message, help);
    });
}
