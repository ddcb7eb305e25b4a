//! Values that do not suit their operator.

use super::each;
use crate::diag::Severity;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::{Compares, Order};

rule! {
    /// A Boolean test with several values
    ///
    /// **Why it matters.** `true` and `false` together always hold; IAM may refuse it.
    ///
    /// **What to do.** Keep one.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"Bool": {"aws:SecureTransport": ["true", "false"]}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    /// ```
    MULTIPLE_BOOLEAN = "invalid-condition-multiple-boolean", Warning, Document(multiple_boolean);

    /// A Boolean test whose value is neither `true` nor `false`
    ///
    /// **Why it matters.** The test never holds.
    ///
    /// **What to do.** Write `true` or `false`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"Bool": {"aws:SecureTransport": "yes"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    /// ```
    TYPE_MISMATCH_BOOLEAN = "type-mismatch-boolean", Warning, Document(boolean);

    /// A `Null` test whose value is neither `true` nor `false`
    ///
    /// `Null` asks whether the key is absent (`true`) or there (`false`).
    ///
    /// **Why it matters.** The test never holds.
    ///
    /// **What to do.** Write `true` or `false`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "secretsmanager:CreateSecret",
    /// "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:example-*",
    /// "Condition": {"Null": {"aws:RequestTag/team": "no"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "secretsmanager:CreateSecret",
    /// "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:example-*",
    /// "Condition": {"Null": {"aws:RequestTag/team": "false"}}}
    /// ```
    TYPE_MISMATCH_NULL = "type-mismatch-null", Warning, Document(null);

    /// A date operator whose value is no date
    ///
    /// **Why it matters.** The test never holds.
    ///
    /// **What to do.** Write `2030-01-31T12:00:00Z`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"DateLessThan": {"aws:CurrentTime": "31 January 2030"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-31T12:00:00Z"}}}
    /// ```
    TYPE_MISMATCH_DATE = "type-mismatch-date", Warning, Document(date);

    /// A date given in seconds since 1970
    ///
    /// **Why it matters.** It works with some keys only, and nobody can read it.
    ///
    /// **What to do.** Write `2030-01-31T12:00:00Z`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"DateLessThan": {"aws:CurrentTime": "1896091200"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-31T12:00:00Z"}}}
    /// ```
    INVALID_DATE_VALUE = "invalid-date-value", Note, Document(epoch);

    /// A numeric operator whose value is no number
    ///
    /// **Why it matters.** The test never holds.
    ///
    /// **What to do.** Write a number.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "1h"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}}
    /// ```
    TYPE_MISMATCH_NUMBER = "type-mismatch-number", Warning, Document(number);

    /// A binary operator whose value is not base64
    ///
    /// **What to do.** Write the bytes in base64.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"BinaryEquals": {"aws:PrincipalTag/fingerprint": "c0:ff:ee"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"BinaryEquals": {"aws:PrincipalTag/fingerprint": "wP/u"}}}
    /// ```
    TYPE_MISMATCH_STRING = "type-mismatch-string", Warning, Document(base64);

    /// Several limits where one of them decides
    ///
    /// Values of one key are alternatives: below 2700 or below 3600 is below 3600.
    ///
    /// **Why it matters.** The stricter value looks like a limit, and is none.
    ///
    /// **What to do.** Keep the one that is meant.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": ["2700", "3600"]}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "2700"}}}
    /// ```
    REDUNDANT_NUMBER = "redundant-condition-value-num", Warning, Document(redundant_number);
}

fn multiple_boolean(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |_, test| {
        if test.operator.compares() == Compares::Bool && test.values.len() > 1 {
            out.report(subject, &test.path(), format!("`{}` has several values", test.written_key), "keep `true` or `false`");
        }
    });
}

fn is_variable(value: &str) -> bool {
    value.contains("${")
}

fn wrong_values(
    subject: &DocumentSubject<'_>,
    out: &mut Findings,
    compares: fn(Compares) -> bool,
    sound: fn(&str) -> bool,
    what: &str,
    help: &str,
) {
    each(subject, &mut |_, test| {
        if !compares(test.operator.compares()) {
            return;
        }
        for (i, value) in test.values.iter().enumerate().filter(|(_, v)| !sound(v) && !is_variable(v)) {
            out.report_as(Severity::Warning, subject, &test.value_path(i), format!("`{value}` is {what}"), help);
        }
    });
}

fn boolean(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let sound = |v: &str| v.eq_ignore_ascii_case("true") || v.eq_ignore_ascii_case("false");
    wrong_values(subject, out, |c| c == Compares::Bool, sound, "neither `true` nor `false`", "write `true` or `false`");
}

fn null(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let sound = |v: &str| v.eq_ignore_ascii_case("true") || v.eq_ignore_ascii_case("false");
    wrong_values(
        subject,
        out,
        |c| c == Compares::Null,
        sound,
        "neither `true` nor `false`",
        "write `true` for absent, `false` for present",
    );
}

fn is_epoch(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) && value.len() > 4
}

fn is_date(value: &str) -> bool {
    // A year, a month, a day, or an instant, in ISO 8601.
    let day = value.get(..10).unwrap_or(value);
    let shape = |text: &str| text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok();
    let rest = value.get(10..).unwrap_or_default();
    let time = rest.is_empty() || ((rest.starts_with('T') || rest.starts_with('t')) && rest.len() > 2);
    let partial = |n: usize| value.len() == n && value.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    (shape(day) && time) || partial(4) || partial(7)
}

fn date(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let sound = |v: &str| is_date(v) || is_epoch(v);
    wrong_values(subject, out, |c| matches!(c, Compares::Date(_)), sound, "no date", "write `2030-01-31T12:00:00Z`");
}

fn epoch(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |_, test| {
        if !matches!(test.operator.compares(), Compares::Date(_)) || test.is_about("aws:EpochTime") {
            return;
        }
        for (i, value) in test.values.iter().enumerate().filter(|(_, v)| is_epoch(v)) {
            out.report(subject, &test.value_path(i), format!("`{value}` is a date in seconds"), "write `2030-01-31T12:00:00Z`");
        }
    });
}

fn number(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let sound = |v: &str| v.parse::<f64>().is_ok_and(f64::is_finite);
    wrong_values(subject, out, |c| matches!(c, Compares::Numeric(_)), sound, "no number", "write a number");
}

fn base64(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let sound = |v: &str| {
        let body = v.trim_end_matches('=');
        v.len().is_multiple_of(4)
            && v.len() - body.len() < 3
            && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
    };
    wrong_values(subject, out, |c| c == Compares::Binary, sound, "not base64", "write the bytes in base64");
}

fn redundant_number(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |_, test| {
        let ordered = match test.operator.compares() {
            Compares::Numeric(order) | Compares::Date(order) => order != Order::Equal,
            Compares::String(_) | Compares::Arn | Compares::Bool | Compares::Binary | Compares::Ip | Compares::Null => false,
        };
        if ordered && test.values.len() > 1 {
            let message = format!("of several values under `{}` one decides", test.written_operator);
            out.report(subject, &test.path(), message, "keep the one that is meant");
        }
    });
}
