//! Statements that are never about any request.

use crate::catalogue;
use crate::lint::findings::Findings;
use crate::lint::proof::{Questions, is_small};
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::policy::ast::{Statement, WrittenTest};
use crate::policy::data::VERSION;
use crate::policy::{Base, Compares, Matching, SetPrefix};

rule! {
    /// A deny that never denies
    ///
    /// Its conditions exclude one another or can hold for no value, which the access engine proves; or none of its
    /// actions exists, as far as the built-in catalogue knows.
    ///
    /// **Why it matters.** What it was written to prevent is not prevented.
    ///
    /// **What to do.** Mend what the finding names.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Action": "secretsmanager:CreateSecret", "Resource": "*",
    /// "Condition": {"Null": {"aws:RequestTag/team": "true"}, "StringEquals": {"aws:RequestTag/team": "none"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Action": "secretsmanager:CreateSecret", "Resource": "*",
    /// "Condition": {"Null": {"aws:RequestTag/team": "true"}}},
    /// {"Effect": "Deny", "Action": "secretsmanager:CreateSecret", "Resource": "*",
    /// "Condition": {"StringEquals": {"aws:RequestTag/team": "none"}}}
    /// ```
    DENY_NEVER_MATCHES = "deny-never-matches", Warning, Document(check);

    /// An allow that never allows
    ///
    /// Its conditions exclude one another: the access engine proves that no request passes all of them.
    ///
    /// **Why it matters.** What it was written to allow is not allowed.
    ///
    /// **What to do.** Tests under one `Condition` must all hold. For either of two, write two statements; for either of two
    /// values, one list.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "ec2:StopInstances",
    /// "Resource": "arn:aws:ec2:eu-west-1:111122223333:instance/*",
    /// "Condition": {"StringEquals": {"aws:ResourceTag/stage": "dev"},
    /// "StringLike": {"aws:ResourceTag/stage": "test-*"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "ec2:StopInstances",
    /// "Resource": "arn:aws:ec2:eu-west-1:111122223333:instance/*",
    /// "Condition": {"StringLike": {"aws:ResourceTag/stage": ["dev", "test-*"]}}}
    /// ```
    ALLOW_NEVER_MATCHES = "allow-never-matches", Warning, Document(never_allows);
}

fn check(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements().iter().filter(|s| !s.allows()) {
        if let Some((path, why)) = dead_condition(statement) {
            out.report(subject, &path, format!("{} never denies: {why}", statement.label()), "fix the condition, or remove it");
        } else if !statement.is_not_action()
            && !statement.action_patterns().is_empty()
            && statement.action_patterns().iter().all(|a| is_unknown(a))
        {
            let message = format!("{} never denies: none of its actions exists", statement.label());
            out.report(subject, &statement.path(&["Action"]), message, "check the spelling of the actions");
        } else if is_asked(subject, statement) && Questions::default().denies_nothing_more(statement, &[]) {
            let message = format!("{} never denies: no request passes all of its tests", statement.label());
            out.report(subject, &statement.path(&["Condition"]), message, "fix the condition, or remove it");
        }
    }
}

fn never_allows(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.allows().filter(|s| is_asked(subject, s)) {
        if Questions::default().never_allows(statement) {
            let message = format!("{} never allows: no request passes all of its tests", statement.label());
            out.report(subject, &statement.path(&["Condition"]), message, "fix the condition, or split it into two statements");
        }
    }
}

/// Whether it is worth asking the access engine: several tests are about one key, or one of them about what it does not have.
fn is_asked(subject: &DocumentSubject<'_>, statement: &Statement) -> bool {
    let tests = &statement.conditions;
    let twice = tests.iter().enumerate().any(|(i, t)| tests.iter().skip(i + 1).any(|other| other.is_about(&t.key)));
    twice && subject.is(PolicyType::Identity) && subject.version() == Some(VERSION) && is_small(&[statement])
}

/// An action of a known service that the service does not have.
fn is_unknown(action: &str) -> bool {
    let known_service = action.split_once(':').is_some_and(|(service, _)| catalogue::service(service).is_some());
    known_service && catalogue::expand(action).is_empty()
}

type Fault = (Vec<crate::policy::PathStep>, String);

fn dead_condition(statement: &Statement) -> Option<Fault> {
    for test in &statement.conditions {
        let operator = test.operator;
        let absent_is_fine = operator.if_exists || operator.prefix == Some(SetPrefix::ForAllValues);
        if absent_is_fine {
            continue;
        }
        if operator.base == Base::Null && operator.prefix == Some(SetPrefix::ForAnyValue) {
            return Some((test.path(), "`ForAnyValue:Null` is always false".to_owned()));
        }
        let literal = matches!(operator.base, Base::StringEquals | Base::StringEqualsIgnoreCase);
        if literal && !test.values.is_empty() && test.values.iter().all(|v| crate::lint::pattern::has_wildcard(v)) {
            return Some((test.path(), format!("`{}` takes wildcards as characters", test.written_operator)));
        }
        if operator.base != Base::Null && !operator.base.is_negated() && must_be_absent(statement, test) {
            return Some((
                test.path(),
                format!("`Null` asks that `{}` is absent, and this that it has a value", test.written_key),
            ));
        }
        if let Some(other) = contradiction(statement, test) {
            return Some((
                test.path(),
                format!("no value of `{}` passes this and `{}`", test.written_key, other.written_operator),
            ));
        }
    }
    None
}

fn must_be_absent(statement: &Statement, test: &WrittenTest) -> bool {
    statement.conditions.iter().any(|t| {
        t.operator.base == Base::Null
            && t.is_about(&test.key)
            && t.values.iter().all(|v| v.eq_ignore_ascii_case("true"))
            && !t.values.is_empty()
    })
}

/// Another test of the same key that leaves no value over: equal to one of these, and to none of these.
fn contradiction<'s>(statement: &'s Statement, test: &WrittenTest) -> Option<&'s WrittenTest> {
    let plain = test.operator.prefix.is_none();
    if test.operator.base != Base::StringEquals || !plain || test.values.is_empty() {
        return None;
    }
    statement.conditions.iter().find(|other| {
        let single = other.operator.prefix.is_none() && !other.operator.if_exists;
        let excludes = |value: &String| match (other.operator.compares(), other.operator.base.is_negated()) {
            (Compares::String(Matching::Exact), true) => other.values.contains(value),
            (Compares::String(Matching::Like), true) => other.values.iter().any(|p| crate::lint::pattern::covers(p, value)),
            _ => false,
        };
        single && other.is_about(&test.key) && test.values.iter().all(excludes)
    })
}
