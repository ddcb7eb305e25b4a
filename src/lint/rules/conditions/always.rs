//! Tests that every request passes.

use super::each;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::ast::WrittenTest;
use crate::policy::condition::address_block;
use crate::policy::{Base, Compares, Matching, SetPrefix};

rule! {
    /// A condition that every request passes
    ///
    /// The test holds whatever the key says, and also without it: `*` under `IfExists` or `ForAllValues:`, a range of all
    /// addresses, or both `true` and `false`. (`StringLike` with `*` alone asks that the key is there, and is not reported.)
    ///
    /// **Why it matters.** It looks like a limit, and is none. In a `Deny`, everything is denied.
    ///
    /// **What to do.** Write the values that are meant, or drop the test.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
    /// "Condition": {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
    /// "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    /// ```
    ALWAYS_HOLDS = "condition-always-holds", Warning, Document(check);
}

/// Whether ranges cover every IPv4 address.
fn covers_all_addresses(test: &WrittenTest) -> bool {
    let has = |wanted: &str| {
        let wanted = address_block(wanted);
        wanted.is_some() && test.values.iter().any(|value| address_block(value).map(|block| block.trunc()) == wanted)
    };
    has("0.0.0.0/0") || has("0.0.0.0/1") && has("128.0.0.0/1")
}

fn holds_always(test: &WrittenTest) -> bool {
    let operator = test.operator;
    let absent_passes = operator.if_exists || operator.prefix == Some(SetPrefix::ForAllValues);
    let both = || ["true", "false"].iter().all(|word| test.values.iter().any(|value| value.eq_ignore_ascii_case(word)));
    match operator.compares() {
        _ if operator.base.is_negated() => false,
        Compares::String(Matching::Like) | Compares::Arn => absent_passes && test.values.iter().any(|value| value == "*"),
        Compares::Ip => covers_all_addresses(test),
        Compares::Bool => both() && (absent_passes || test.is_about("aws:SecureTransport")),
        Compares::Null => operator.prefix.is_none() && operator.base == Base::Null && both(),
        Compares::String(Matching::Exact | Matching::IgnoreCase)
        | Compares::Numeric(_)
        | Compares::Date(_)
        | Compares::Binary => false,
    }
}

fn check(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |statement, test| {
        if holds_always(test) {
            let then = if statement.allows() { "it limits nothing" } else { "it denies as if it were not there" };
            let message = format!("every request passes the test of `{}`: {then}", test.written_key);
            out.report(subject, &test.path(), message, "write the values that are meant, or drop the test");
        }
    });
}
