//! Policies written to make the prover work for ever: it answers or gives up by count, within a second of processor time in a release
//! build.

use std::time::Duration;

use iam_policy::Document;
use iam_policy::access::{AccessDiff, Options, PrincipalPolicies, Subject, compare};
use serde_json::{Value, json};

use super::processor_time;

/// `s3:*a*b*` in so many variants.
fn globs(count: usize, from: usize, shape: impl Fn(char, char) -> String) -> Vec<String> {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
    (from..from + count).map(|n| shape(letter(n), letter(n * 7 / 3 + 1 + n / 26))).collect()
}

fn holds(statement: Value) -> PrincipalPolicies {
    let document = json!({"Version": "2012-10-17", "Statement": [statement]});
    PrincipalPolicies { identity: vec![("p".to_owned(), Document::new(document))], ..PrincipalPolicies::default() }
}

/// The answer, which has to come in time.
fn in_time(what: &str, before: Value, after: Value) -> AccessDiff {
    let (before, after) = (holds(before), holds(after));
    let started = processor_time();
    let diff = compare(&before, &after, &Subject::Anyone, Options::default());
    let taken = processor_time().zip(started).map(|(now, then)| now - then);
    println!("{what}: {:?} in {taken:?}", diff.verdict);
    // Without optimisation the same steps take about twenty times as long.
    let limit = if cfg!(debug_assertions) { Duration::from_secs(30) } else { Duration::from_secs(1) };
    assert!(taken.is_none_or(|taken| taken <= limit), "{what}: {taken:?}");
    diff
}

#[test]
fn many_globs_of_actions_end_in_time() {
    let of =
        |count, from| json!({"Effect": "Allow", "Resource": "*", "Action": globs(count, from, |a, b| format!("s3:*{a}*{b}*"))});
    in_time("14 globs against 60", of(14, 0), of(60, 3));
    in_time("60 globs against 14", of(60, 3), of(14, 0));
    in_time("40 globs against 300", of(40, 0), of(300, 5));
    in_time("300 globs against 40", of(300, 5), of(40, 0));
}

#[test]
fn many_globs_of_resources_and_values_end_in_time() {
    let resources = |count, from| json!({"Effect": "Allow", "Action": "s3:*", "Resource": globs(count, from, |a, b| format!("arn:aws:s3:::*{a}*{b}*"))});
    in_time("14 resources against 60", resources(14, 0), resources(60, 3));
    in_time("40 resources against 300", resources(40, 0), resources(300, 5));
    let values = |count, from| {
        let values = globs(count, from, |a, b| format!("*{a}*{b}*"));
        json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"aws:PrincipalTag/x": values}}})
    };
    in_time("14 values against 60", values(14, 0), values(60, 3));
    in_time("40 values against 300", values(40, 0), values(300, 5));
    let variables = |count, from| {
        let values = globs(count, from, |a, b| format!("*{a}*${{aws:PrincipalTag/{b}}}*"));
        json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringNotLike": {"aws:ResourceTag/x": values}}})
    };
    in_time("14 variables against 60", variables(14, 0), variables(60, 3));
}
