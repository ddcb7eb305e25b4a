//! Condition keys that exist, and that the actions have.

use std::collections::BTreeSet;

use crate::catalogue;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::rules::trust::unknown_claim;
use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::policy::ast::{Statement, WrittenTest};

rule! {
    /// No known condition key has this name
    ///
    /// Neither the global keys nor those of the service have it, as far as the built-in catalogue knows. It
    /// is as old as this version of iamctl: a newer key may be missing.
    ///
    /// **Why it matters.** A key that no request has makes the test false, or always true.
    ///
    /// **What to do.** Correct the key, or leave it if it is new.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"StringEquals": {"aws:SourceVpcId": "vpc-0a1b2c3d4e5f67890"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-0a1b2c3d4e5f67890"}}}
    /// ```
    UNKNOWN_CONDITION_KEY = "unknown-condition-key", Warning, Document(unknown);

    /// None of the statement's actions has this condition key
    ///
    /// The key exists, and requests of these actions do not carry it.
    ///
    /// **Why it matters.** The test is false for all of them, or always true.
    ///
    /// **What to do.** Move the test to the statement with the actions that it is for.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"StringLike": {"s3:prefix": "2026/*"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/2026/*"},
    /// {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::example-reports",
    /// "Condition": {"StringLike": {"s3:prefix": "2026/*"}}}
    /// ```
    CONDITION_KEY_MISMATCH = "condition-key-mismatch", Warning, Document(mismatch);
}

/// The service of a key; keys of identity providers have hosts there, which nobody can list.
fn service_of(key: &str) -> Option<&str> {
    key.split_once(':').map(|(service, _)| service).filter(|s| !s.is_empty() && !s.contains('.') && !s.contains('/'))
}

/// Keys of identity federation, whose names are the provider's.
fn is_claim(key: &str) -> bool {
    service_of(key).is_none() || key.to_ascii_lowercase().starts_with("saml:")
}

fn each(subject: &DocumentSubject<'_>, f: &mut dyn FnMut(&Statement, &WrittenTest, &str)) {
    for statement in subject.statements().iter() {
        for test in statement.conditions.iter().filter(|t| !is_claim(&t.written_key)) {
            if let Some(service) = service_of(&test.written_key) {
                f(statement, test, service);
            }
        }
    }
}

/// A tag's key without its tag has a rule of its own.
fn is_bare_tag(key: &str) -> bool {
    let name = key.split_once(':').map_or("", |(_, n)| n).trim_end_matches('/').to_ascii_lowercase();
    matches!(name.as_str(), "resourcetag" | "requesttag" | "principaltag" | "existingobjecttag" | "arn")
}

fn unknown(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for test in subject.statements().iter().flat_map(|statement| &statement.conditions) {
        if let Some((message, help)) = unknown_claim(&test.written_key) {
            out.report(subject, &test.path(), message, help);
        }
    }
    each(subject, &mut |_, test, service| {
        if catalogue::condition_key(&test.key).is_some() || is_bare_tag(&test.key) {
            return;
        }
        let known = catalogue::service(service);
        if known.is_none() && !service.eq_ignore_ascii_case("aws") {
            let message = format!("no known service has the condition key `{}`", test.written_key);
            let help = match test.written_key.split_once("://") {
                Some((_, rest)) => format!("keys of identity providers begin with the host: write `{rest}`"),
                None => "correct its prefix, or leave it if the service is newer than this iamctl".to_owned(),
            };
            out.report(subject, &test.path(), message, help);
            return;
        }
        let near = catalogue::nearest_condition_key(&test.written_key).map(|near| format!("did you mean `{near}`?"));
        let help = near.unwrap_or_else(|| "correct the key, or leave it if it is newer than this iamctl".to_owned());
        out.report(subject, &test.path(), format!("no condition key is called `{}`", test.written_key), help);
    });
}

/// Keys that come with the caller's credentials, into requests to every service (Amazon EC2 User Guide, "IAM roles for Amazon EC2"; AWS Lambda
/// Developer Guide, "Using source function ARN to control function access behavior"; AWS Systems Manager User Guide, "Setting up").
const OF_CREDENTIALS: &[&str] =
    &["ec2:SourceInstanceARN", "ec2:RoleDelivery", "lambda:SourceFunctionArn", "ssm:SourceInstanceARN"];

fn mismatch(subject: &DocumentSubject<'_>, out: &mut Findings) {
    if !matches!(subject.policy_type, PolicyType::Identity | PolicyType::Resource) {
        return;
    }
    each(subject, &mut |statement, test, service| {
        // Global keys are there whatever the action, or have rules of their own; what `NotAction` leaves is too much to tell.
        if service.eq_ignore_ascii_case("aws")
            || statement.is_not_action()
            || statement.action_patterns().iter().any(|a| a == "*")
        {
            return;
        }
        let Some(key) = catalogue::condition_key(&test.key) else { return };
        if OF_CREDENTIALS.iter().any(|of| of.eq_ignore_ascii_case(key.name)) {
            return;
        }
        let actions: Vec<catalogue::Action> = statement.action_patterns().iter().flat_map(|a| catalogue::expand(a)).collect();
        if actions.is_empty() || actions.iter().any(|a| has_key(*a, key.name)) {
            return;
        }
        let message = format!("none of the actions of {} has the condition key `{}`", statement.label(), test.written_key);
        out.report(subject, &test.path(), message, "move the test to the statement with the actions that it is for");
    });
}

/// Whether requests of an action may have a key, by the action or by one of its resource types.
pub(super) fn has_key(action: catalogue::Action, key: &str) -> bool {
    let of_types =
        action.resource_types().flat_map(|t| t.condition_keys().chain(t.resource.condition_keys()).collect::<BTreeSet<_>>());
    action.condition_keys().chain(of_types).any(|k| k.eq_ignore_ascii_case(key))
}
