//! Operators, and whether they suit their keys.

use super::each;
use crate::catalogue;
use crate::diag::Severity;
use crate::lint::findings::Findings;
use crate::lint::pattern::has_wildcard;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::ast::WrittenTest;
use crate::policy::{Compares, Matching, SetPrefix};

rule! {
    /// `NullIfExists` does not exist
    ///
    /// `Null` is itself about whether a key is there.
    ///
    /// **What to do.** Write `Null`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "secretsmanager:CreateSecret",
    /// "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:example-*",
    /// "Condition": {"NullIfExists": {"aws:RequestTag/team": "false"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "secretsmanager:CreateSecret",
    /// "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:example-*",
    /// "Condition": {"Null": {"aws:RequestTag/team": "false"}}}
    /// ```
    NULL_WITH_IF_EXISTS = "null-with-if-exists", Error, Document(null_if_exists);

    /// `Null` with `ForAllValues` or `ForAnyValue`
    ///
    /// The first is always true, the second always false.
    ///
    /// **What to do.** Write `Null`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "secretsmanager:CreateSecret",
    /// "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:example-*",
    /// "Condition": {"ForAnyValue:Null": {"aws:TagKeys": "false"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "secretsmanager:CreateSecret",
    /// "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:example-*",
    /// "Condition": {"Null": {"aws:TagKeys": "false"}}}
    /// ```
    NULL_WITH_QUALIFIER = "null-with-qualifier", Warning, Document(null_qualifier);

    /// A wildcard under an operator that takes none
    ///
    /// `StringEquals` takes `*` and `?` as characters.
    ///
    /// **Why it matters.** The test never holds; under a `Not` operator it always does.
    ///
    /// **What to do.** Use `StringLike`, or `ArnLike` for ARNs; or write the value out.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::example-reports",
    /// "Condition": {"StringEquals": {"s3:prefix": "2026/*"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::example-reports",
    /// "Condition": {"StringLike": {"s3:prefix": "2026/*"}}}
    /// ```
    WILDCARD_WITHOUT_LIKE = "wildcard-without-like-operator", Warning, Document(wildcard);

    /// A list-typed condition key without `ForAllValues` or `ForAnyValue`
    ///
    /// The key may have several values in one request.
    ///
    /// **Why it matters.** What a plain operator makes of a list is not defined.
    ///
    /// **What to do.** Write `ForAnyValue:` where one match is enough; `ForAllValues:` where all must match, together
    /// with a `Null` test, because it is true when the key is absent.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "secretsmanager:CreateSecret",
    /// "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:example-*",
    /// "Condition": {"StringEquals": {"aws:TagKeys": ["team", "stage"]}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "secretsmanager:CreateSecret",
    /// "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:example-*",
    /// "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage"]},
    /// "Null": {"aws:TagKeys": "false"}}}
    /// ```
    MISSING_QUALIFIER = "missing-qualifier", Warning, Document(qualifier);

    /// `ForAllValues` on a key that has one value
    ///
    /// It is true when the request does not have the key at all.
    ///
    /// **Why it matters.** In an `Allow` the condition is passed by leaving the key out.
    ///
    /// **What to do.** Drop `ForAllValues:`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"ForAllValues:StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d4e5f67890"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d4e5f67890"}}}
    /// ```
    FOR_ALL_VALUES_SINGLE = "for-all-values-with-single-valued-key", Warning, Document(for_all_values);

    /// An operator of another type than its key
    ///
    /// **Why it matters.** The test never holds; under a `Not` operator it always does.
    ///
    /// **What to do.** Use an operator of the key's type.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"StringEquals": {"aws:SourceIp": "203.0.113.7"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.7"}}}
    /// ```
    TYPE_MISMATCH = "type-mismatch", Warning, Document(mismatch);

    /// Text is compared where ARNs are meant
    ///
    /// `StringEquals` and `StringLike` work on ARNs, but `*` then crosses from one field into the next.
    ///
    /// **What to do.** Use `ArnLike` (it is the same as `ArnEquals`).
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
    /// "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/admin/*"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
    /// "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/admin/*"}}}
    /// ```
    STRING_OPERATOR_FOR_ARN = "string-operator-for-arn", Note, Document(arn_as_text);
}

fn null_if_exists(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |_, test| {
        if test.operator.compares() == Compares::Null && test.operator.if_exists {
            out.report(subject, &test.path(), format!("`{}` does not exist", test.written_operator), "write `Null`");
        }
    });
}

fn null_qualifier(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |_, test| {
        if let Some(prefix) = test.operator.prefix.filter(|_| test.operator.compares() == Compares::Null) {
            let always = if prefix == SetPrefix::ForAllValues { "always" } else { "never" };
            out.report(subject, &test.path(), format!("`{}` {always} holds", test.written_operator), "write `Null`");
        }
    });
}

fn wildcard(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |_, test| {
        if !matches!(test.operator.compares(), Compares::String(Matching::Exact | Matching::IgnoreCase)) {
            return;
        }
        for (i, value) in test.values.iter().enumerate().filter(|(_, v)| has_wildcard(v)) {
            let negated = test.operator.base.is_negated();
            let message = format!(
                "`{}` takes the wildcard in `{value}` as a character, so this {} holds",
                test.written_operator,
                if negated { "always" } else { "never" }
            );
            let like = if negated { "StringNotLike" } else { "StringLike" };
            out.report(subject, &test.value_path(i), message, format!("use `{like}`, or write the value out"));
        }
    });
}

/// The type of a key; nothing for keys that the catalogue does not know.
fn kind(test: &WrittenTest) -> Option<catalogue::ConditionKey> {
    catalogue::condition_key(&test.key)
}

fn qualifier(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |_, test| {
        let plain = test.operator.prefix.is_none() && test.operator.compares() != Compares::Null;
        // Claims of identity providers have several values only where the provider says so.
        if plain && kind(test).is_some_and(|k| k.is_multivalued()) && !test.written_key.contains('.') {
            let message = format!("`{}` may have several values, and `{}` compares one", test.written_key, test.written_operator);
            out.report(subject, &test.path(), message, format!("write `ForAnyValue:{}`", test.written_operator));
        }
    });
}

fn for_all_values(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |statement, test| {
        let for_all = test.operator.prefix == Some(SetPrefix::ForAllValues) && test.operator.compares() != Compares::Null;
        let single = kind(test).is_some_and(|k| !k.is_multivalued());
        let is_claim = test.written_key.ends_with(":sub") || test.written_key.ends_with(":aud");
        if for_all && (single || is_claim) {
            let message = format!(
                "`{}` on `{}`, which has one value, holds when the key is absent",
                test.written_operator, test.written_key
            );
            let severity = if statement.allows() { Severity::Warning } else { Severity::Note };
            out.report_as(severity, subject, &test.path(), message, "drop `ForAllValues:`");
        }
    });
}

/// Whether an operator suits keys of a type of the catalogue. `Null` suits every key; text may hold anything that AWS calls a string, dates
/// are also numbers of seconds.
fn suits(compares: Compares, kind: &str) -> bool {
    match compares {
        Compares::Null | Compares::Binary => true,
        Compares::String(_) | Compares::Arn => matches!(kind, "String" | "ARN"),
        Compares::Numeric(_) | Compares::Date(_) => matches!(kind, "Numeric" | "Date"),
        Compares::Bool => kind == "Bool",
        Compares::Ip => kind == "IPAddress",
    }
}

fn mismatch(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements() {
        let known = |key: &String| catalogue::condition_key(key).is_some();
        for (operator, key) in statement.unknown_operators.iter().filter(|(_, key)| known(key)) {
            let path = statement.path(&["Condition", operator, key]);
            out.report(subject, &path, format!("`{operator}` compares nothing"), "use an operator of the key's type");
        }
    }
    each(subject, &mut |_, test| {
        let Some(key) = kind(test) else { return };
        let compares = test.operator.compares();
        let wants = key.kind.strip_prefix("ArrayOf").unwrap_or(key.kind);
        if !suits(compares, wants) {
            let message =
                format!("`{}` does not suit `{}`, which is {}", test.written_operator, test.written_key, describe(wants));
            // Booleans and numbers compare as text too, in the one spelling that requests have.
            let works = matches!((compares, wants), (Compares::String(_), "Bool" | "Numeric") | (Compares::Bool, "String"));
            let severity = if works { Severity::Note } else { Severity::Warning };
            out.report_as(severity, subject, &test.path(), message, format!("use {}", operators_for(wants)));
        }
    });
}

fn describe(kind: &str) -> &'static str {
    match kind {
        "ARN" => "an ARN",
        "Bool" => "true or false",
        "Date" => "a date",
        "IPAddress" => "an address",
        "Numeric" => "a number",
        _ => "text",
    }
}

fn operators_for(kind: &str) -> &'static str {
    match kind {
        "ARN" => "`ArnLike`",
        "Bool" => "`Bool`",
        "Date" => "`DateGreaterThan` and the like",
        "IPAddress" => "`IpAddress` or `NotIpAddress`",
        "Numeric" => "`NumericEquals` and the like",
        _ => "`StringEquals` or `StringLike`",
    }
}

fn arn_as_text(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |_, test| {
        let Some(key) = kind(test) else { return };
        if matches!(test.operator.compares(), Compares::String(_)) && key.kind.ends_with("ARN") {
            let like = if test.operator.base.is_negated() { "ArnNotLike" } else { "ArnLike" };
            let message = format!("`{}` compares ARNs of `{}` as text", test.written_operator, test.written_key);
            out.report(subject, &test.path(), message, format!("use `{like}`"));
        }
    });
}
