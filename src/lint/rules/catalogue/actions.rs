//! Services and actions.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::api_names;
use crate::catalogue;
use crate::diag::{Severity, did_you_mean};
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType};

rule! {
    /// No known service has this prefix
    ///
    /// The built-in catalogue of AWS's services has no such prefix of actions, or no ARN with such a service. An **error** where
    /// another service is meant and has the action. The catalogue is as old as this version of iamctl: a newer service may be
    /// missing, so any other unknown prefix is a **warning**.
    ///
    /// **Why it matters.** IAM takes any prefix; a misspelt one allows and denies nothing.
    ///
    /// **What to do.** Correct the prefix, or leave it if the service is new.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "dynamo:GetItem",
    /// "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/example-orders"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "dynamodb:GetItem",
    /// "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/example-orders"}
    /// ```
    UNKNOWN_SERVICE = "unknown-service", Warning, Document(service);

    /// The service has no such action
    ///
    /// No action of the service, as the built-in catalogue knows them, matches. An **error** where the name is one of the
    /// service's, misspelt by a letter or two. The catalogue is as old as this version of iamctl: a newer action may be
    /// missing, so any other unknown name is a **warning**.
    ///
    /// **Why it matters.** IAM takes any name; a misspelt one allows and denies nothing.
    ///
    /// **What to do.** Correct the action, or leave it if it is new.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObjekt", "Resource": "arn:aws:s3:::data/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
    /// ```
    UNKNOWN_ACTION = "unknown-action", Warning, Document(action);
}

fn each(subject: &DocumentSubject<'_>, f: &mut impl FnMut(&str, &str, &str, Vec<crate::policy::PathStep>)) {
    for statement in subject.statements().iter().filter(|_| !subject.is(PolicyType::Trust)) {
        for (i, action) in statement.action_patterns().iter().enumerate() {
            if let Some((service, name)) = action.split_once(':').filter(|(s, _)| !s.contains(['*', '?'])) {
                f(action, service, name, statement.item(statement.action_member(), i));
            }
        }
    }
}

fn service(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |action, service, name, path| {
        if catalogue::service(service).is_none() {
            let near = catalogue::meant_action(action);
            // A new service may have any prefix, but not one that is almost another's together with an action of that other.
            let certain = near.is_some() && !name.contains(['*', '?']);
            let severity = if certain { Severity::Error } else { Severity::Warning };
            let help = near.map_or_else(
                || "correct the prefix, or leave it if the service is newer than this iamctl".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            out.report_as(severity, subject, &path, format!("no known service has the prefix of `{action}`"), help);
        }
    });
    unknown_arn_services(subject, out);
}

/// The services of ARNs, as far as the catalogue has their form; the prefixes of actions are ARN services too.
fn is_arn_service(name: &str) -> bool {
    static KNOWN: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let types = catalogue::services().flat_map(|s| s.resource_types().collect::<Vec<_>>());
        let formats = types.flat_map(|t| t.arn().formats().collect::<Vec<_>>());
        formats.filter_map(|format| format.split(':').nth(2)).collect()
    });
    known.contains(name) || catalogue::service(name).is_some()
}

fn unknown_arn_services(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements().iter() {
        for (i, resource) in statement.resource_patterns().iter().enumerate().filter(|(_, r)| r.starts_with("arn:")) {
            let service = resource.split(':').nth(2).unwrap_or_default();
            if service.is_empty() || service.contains(['*', '?', '$']) || is_arn_service(&service.to_ascii_lowercase()) {
                continue;
            }
            let near = did_you_mean(service, catalogue::services().map(|s| s.prefix()));
            let help = near.unwrap_or_else(|| "correct it, or leave it if the service is newer than this iamctl".to_owned());
            let path = statement.item(statement.resource_member(), i);
            out.report(subject, &path, format!("no known service has ARNs like `{resource}`"), help);
        }
    }
}

fn action(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |action, service, name, path| {
        let Some(known) = catalogue::service(service) else { return };
        if name.contains("${") || !catalogue::expand(action).is_empty() {
            return;
        }
        let names: Vec<&str> = known.actions().map(|a| a.name()).collect();
        if let Some(actions) = api_names::actions_of(service, name) {
            let list: Vec<String> = actions.iter().map(|action| format!("`{}:{action}`", known.prefix())).collect();
            let message = format!("`{action}` is an operation of the API and no action: nothing is allowed or denied by it");
            out.report_as(Severity::Error, subject, &path, message, format!("write {}", list.join(" and ")));
            return;
        }
        let meant = misspelt(name, &names);
        let severity = if meant.is_some() { Severity::Error } else { Severity::Warning };
        // Another verb, or a much shorter name, is another action: `DeleteBucket` is no help to who wrote `DeleteBucketCors`.
        let verb = first_word(name);
        let is_verb = names.iter().any(|other| first_word(other).eq_ignore_ascii_case(verb));
        let alike = |other: &&str| first_word(other).eq_ignore_ascii_case(verb) && other.len().abs_diff(name.len()) <= 3;
        let near = meant
            .map(|meant| format!("did you mean `{meant}`?"))
            .or_else(|| did_you_mean(name, names.iter().copied().filter(|other| !is_verb || alike(other))));
        let help = near.unwrap_or_else(|| "correct the action, or leave it if it is newer than this iamctl".to_owned());
        let message = format!("`{}` has no action that `{action}` matches", known.prefix());
        out.report_as(severity, subject, &path, message, help);
    });
}

/// The action that a name without wildcards can only mean: it differs by a letter or two, and not in its verb (`GetPolicy`, `SetPolicy`), nor
/// by a version at its end, as new actions do.
fn misspelt<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    if name.contains(['*', '?']) {
        return None;
    }
    let folded = name.to_ascii_lowercase();
    let allowed = match folded.len() {
        ..=5 => return None,
        6..=9 => 1,
        _ => 2,
    };
    let near = names.iter().map(|known| (strsim::damerau_levenshtein(&folded, &known.to_ascii_lowercase()), *known));
    let (_, best) = near.filter(|(distance, _)| *distance <= allowed).min()?;
    let is_version = |rest: &str| !rest.is_empty() && rest.trim_start_matches(['v', 'V']).bytes().all(|b| b.is_ascii_digit());
    let newer = name.get(..best.len()).is_some_and(|head| head.eq_ignore_ascii_case(best))
        && name.get(best.len()..).is_some_and(is_version);
    let verb = first_word(name);
    let is_verb = names.iter().any(|known| first_word(known).eq_ignore_ascii_case(verb));
    let same_verb = first_word(best).eq_ignore_ascii_case(verb);
    (!newer && (same_verb || !is_verb)).then_some(best)
}

/// `Get` of `GetObject`.
fn first_word(name: &str) -> &str {
    let end = name.char_indices().skip(1).find(|(_, c)| c.is_ascii_uppercase()).map_or(name.len(), |(at, _)| at);
    name.get(..end).unwrap_or(name)
}
