//! Resources that no resource can have as its ARN.

use super::placeholders::is_stand_in;
use crate::catalogue;
use crate::lint::arn::{is_region, split};
use crate::lint::findings::Findings;
use crate::lint::pattern::{has_wildcard, without_variables};
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::PathStep;
use crate::policy::ast::is_everything;

rule! {
    /// An ARN has fewer than six fields
    ///
    /// Identity policies take `*` for the missing ones; other kinds of policies do not.
    ///
    /// **What to do.** Write all fields: `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:example-orders"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource":
    /// "arn:aws:sqs:eu-west-1:111122223333:example-orders"}
    /// ```
    MISSING_ARN_FIELD = "missing-arn-field", Warning, Document(missing_field);

    /// The account of an ARN is no account id
    ///
    /// The fifth field of an ARN has twelve digits, or a wildcard, or nothing.
    ///
    /// **Why it matters.** The statement matches nothing, or not what is meant.
    ///
    /// **What to do.** Write the account id, or `${account_id}`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource":
    /// "arn:aws:sqs:eu-west-1:1111-2222-3333:example-orders"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource":
    /// "arn:aws:sqs:eu-west-1:111122223333:example-orders"}
    /// ```
    INVALID_ARN_ACCOUNT = "invalid-arn-account", Warning, Document(account);

    /// The region of an ARN is no region
    ///
    /// The fourth field of an ARN is a region, a wildcard, or nothing. `us-east-1a` is a zone.
    ///
    /// **What to do.** Write the region, or `*`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource":
    /// "arn:aws:sqs:eu-west-1a:111122223333:example-orders"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource":
    /// "arn:aws:sqs:eu-west-1:111122223333:example-orders"}
    /// ```
    INVALID_ARN_REGION = "invalid-arn-region", Warning, Document(region);

    /// The service of an ARN is not in lower case
    ///
    /// **Why it matters.** ARNs have their service in lower case.
    ///
    /// **What to do.** Write it in lower case.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:S3:::example-reports/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    INVALID_ARN_SERVICE_CASE = "invalid-arn-service-case", Warning, Document(service_case);

    /// An ARN of a service whose ARNs have no account names one
    ///
    /// Buckets have names that are unique in the partition; their ARNs have neither region nor account.
    ///
    /// **Why it matters.** The statement matches nothing.
    ///
    /// **What to do.** Leave the field empty.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3::111122223333:example-reports/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    ARN_ACCOUNT_NOT_ALLOWED = "arn-account-not-allowed", Warning, Document(account_not_allowed);

    /// An ARN of a service whose ARNs have no region names one
    ///
    /// IAM and the like are global.
    ///
    /// **Why it matters.** The statement matches nothing.
    ///
    /// **What to do.** Leave the field empty.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "arn:aws:iam:eu-west-1:111122223333:role/reader"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "arn:aws:iam::111122223333:role/reader"}
    /// ```
    ARN_REGION_NOT_ALLOWED = "arn-region-not-allowed", Warning, Document(region_not_allowed);

    /// The region of an ARN is missing
    ///
    /// Resources of this type belong to a region, and the field is empty.
    ///
    /// **Why it matters.** The statement matches nothing.
    ///
    /// **What to do.** Write the region, or `*`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource":
    /// "arn:aws:dynamodb::111122223333:table/example-orders"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource":
    /// "arn:aws:dynamodb:eu-west-1:111122223333:table/example-orders"}
    /// ```
    MISSING_ARN_REGION = "missing-arn-region", Warning, Document(missing_region);

    /// An ARN that no resource of its service has
    ///
    /// The last field is not of the form of any resource type of the service, as far as the built-in
    /// catalogue knows them, or its name has a character that such names never have: no bucket and no queue has a colon in
    /// its name.
    ///
    /// **Why it matters.** The statement matches nothing.
    ///
    /// **What to do.** Look up the form in AWS's service authorization reference; a newer resource type may be missing
    /// here.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data:*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
    /// ```
    INVALID_ARN_RESOURCE = "invalid-arn-resource", Warning, Document(resource);

    /// A wildcard stands in the service of an ARN
    ///
    /// **Why it matters.** The field takes no wildcard; what it matches is not promised.
    ///
    /// **What to do.** Write one ARN for each service, or `*` for everything.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["sns:Publish", "sqs:SendMessage"], "Resource":
    /// "arn:aws:s?s:eu-west-1:111122223333:example-orders"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["sns:Publish", "sqs:SendMessage"], "Resource":
    /// ["arn:aws:sns:eu-west-1:111122223333:example-orders", "arn:aws:sqs:eu-west-1:111122223333:example-orders"]}
    /// ```
    WILDCARD_IN_SERVICE_NAME = "wildcard-in-service-name", Warning, Document(service_wildcard);
}

/// Calls `f` on each resource that is an ARN, with its fields.
pub(super) fn each(subject: &DocumentSubject<'_>, f: &mut impl FnMut(&str, &[&str], Vec<PathStep>)) {
    for statement in subject.statements().iter() {
        for (i, resource) in statement.resource_patterns().iter().enumerate() {
            if is_everything(resource) || !resource.starts_with("arn:") {
                continue;
            }
            let plain = without_variables(resource);
            let fields = split(&plain);
            f(resource, &fields, statement.item(statement.resource_member(), i));
        }
    }
}

fn field<'f>(fields: &[&'f str], at: usize) -> &'f str {
    fields.get(at).copied().unwrap_or_default()
}

/// The formats of a service's ARNs, split into fields.
fn formats(service: &str) -> Vec<Vec<&'static str>> {
    let Some(service) = catalogue::service(service) else { return Vec::new() };
    let all = service.resource_types().flat_map(|t| t.arn().formats().collect::<Vec<_>>());
    all.map(|f| f.splitn(6, ':').collect::<Vec<&str>>()).filter(|f| f.len() == 6).collect()
}

fn missing_field(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |resource, fields, path| {
        if fields.len() < 6 {
            let message = format!("`{resource}` has fewer than the six fields of an ARN");
            out.report(
                subject,
                &path,
                message,
                "write `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, with empty fields where there is nothing",
            );
        }
    });
}

fn account(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |resource, fields, path| {
        let account = field(fields, 4);
        let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let known = account.is_empty()
            || digits
            || matches!(account, "aws" | "aws-managed" | "cloudfront" | "amazon" | "aws-marketplace" | "third-party");
        if fields.len() == 6 && !known && !has_wildcard(account) && !account.contains("${") && !is_stand_in(account) {
            out.report(
                subject,
                &path,
                format!("`{account}` in `{resource}` is not an account id"),
                "an account id has twelve digits",
            );
        }
    });
}

fn region(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |resource, fields, path| {
        let region = field(fields, 3);
        if fields.len() == 6
            && !region.is_empty()
            && !has_wildcard(region)
            && !region.contains("${")
            && !is_region(region)
            && region != "global"
            && !is_stand_in(region)
        {
            out.report(
                subject,
                &path,
                format!("`{region}` in `{resource}` is not a region"),
                "write a region such as `eu-west-1`, or `*`",
            );
        }
    });
}

fn service_case(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |resource, fields, path| {
        let service = field(fields, 2);
        if service.bytes().any(|b| b.is_ascii_uppercase()) {
            out.report(
                subject,
                &path,
                format!("the service of `{resource}` is not in lower case"),
                format!("write `{}`", service.to_ascii_lowercase()),
            );
        }
    });
}

/// A field that every ARN of the service leaves empty is filled.
fn must_be_empty(subject: &DocumentSubject<'_>, at: usize, out: &mut Findings, what: &str) {
    each(subject, &mut |resource, fields, path| {
        let (service, value) = (field(fields, 2), field(fields, at));
        let formats = formats(service);
        if fields.len() < 6 || value.is_empty() || value == "*" || formats.is_empty() {
            return;
        }
        // Formats that the resource part may be of.
        let last = field(fields, 5);
        let fitting: Vec<_> = formats.iter().filter(|f| fits(f, last)).collect();
        let judged = if fitting.is_empty() { formats.iter().collect() } else { fitting };
        if judged.iter().all(|f| field(f, at).is_empty()) {
            out.report(
                subject,
                &path,
                format!("`{resource}` has {what}, and ARNs of `{service}` have none"),
                "leave the field empty",
            );
        }
    });
}

fn account_not_allowed(subject: &DocumentSubject<'_>, out: &mut Findings) {
    must_be_empty(subject, 4, out, "an account");
}

fn region_not_allowed(subject: &DocumentSubject<'_>, out: &mut Findings) {
    must_be_empty(subject, 3, out, "a region");
}

fn missing_region(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |resource, fields, path| {
        let formats = formats(field(fields, 2));
        let fitting: Vec<_> = formats.iter().filter(|f| fits(f, field(fields, 5))).collect();
        let needed = !fitting.is_empty() && fitting.iter().all(|f| !field(f, 3).is_empty());
        if fields.len() == 6 && field(fields, 3).is_empty() && needed {
            out.report(
                subject,
                &path,
                format!("`{resource}` names no region, and such resources have one"),
                "write the region, or `*`",
            );
        }
    });
}

/// Whether the last field may be of a format.
fn fits(format: &[&str], last: &str) -> bool {
    let pattern = crate::lint::pattern::without_variables(field(format, 5)).into_owned();
    crate::lint::pattern::intersects(&pattern, &crate::lint::pattern::without_variables(last))
}

fn resource(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |resource, fields, path| {
        let formats = formats(field(fields, 2));
        if crate::lint::arn::is_of_aws(resource) {
            return;
        }
        if fields.len() == 6 && !formats.is_empty() && !formats.iter().any(|f| fits(f, field(fields, 5))) {
            let examples: std::collections::BTreeSet<&str> = formats.iter().map(|f| field(f, 5)).collect();
            // Those that are most like what was written come first.
            let mut examples: Vec<&str> = examples.into_iter().collect();
            let likeness = |format: &str| strsim::jaro_winkler(format, field(fields, 5));
            examples.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
            let shown: Vec<String> = examples.into_iter().take(4).map(|e| format!("`{e}`")).collect();
            let message = format!("no resource of `{}` has an ARN like `{resource}`", field(fields, 2));
            out.report(subject, &path, message, format!("its ARNs end in {} and the like", shown.join(", ")));
        } else if fields.len() == 6
            && let Some(why) = impossible_name(fields)
        {
            let message = format!("no resource of `{}` has an ARN like `{resource}`: {why}", field(fields, 2));
            out.report(subject, &path, message, "correct the name");
        }
    });
}

/// Why no resource of a service has this last field, though it fits a format: names of buckets are letters, digits, dots, hyphens and
/// underscores (Amazon S3 User Guide, "Bucket naming rules", older buckets included), those of queues letters, digits, hyphens, underscores and
/// `.fifo` (SQS API Reference, CreateQueue).
fn impossible_name(fields: &[&str]) -> Option<&'static str> {
    let last = crate::lint::pattern::without_variables(field(fields, 5));
    match field(fields, 2) {
        // Access points and the like have an account.
        "s3" if field(fields, 4).is_empty() => {
            let bucket = last.split('/').next().unwrap_or_default();
            if bucket.is_empty() {
                return Some("the name of the bucket is missing");
            }
            bucket.contains(':').then_some("bucket names have no colon; objects follow after a `/`")
        }
        "sqs" => last.contains([':', '/']).then_some("no queue has `:` or `/` in its name"),
        _ => None,
    }
}

fn service_wildcard(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |resource, fields, path| {
        if has_wildcard(field(fields, 2)) && fields.len() == 6 {
            out.report(subject, &path, format!("a wildcard in the service of `{resource}`"), "write one ARN for each service");
        }
    });
    for statement in subject.statements().iter() {
        for (i, action) in statement.action_patterns().iter().enumerate() {
            if action.split_once(':').is_some_and(|(service, _)| has_wildcard(service)) {
                let path = statement.item(statement.action_member(), i);
                out.report(
                    subject,
                    &path,
                    format!("a wildcard in the service of `{action}`"),
                    "write one entry for each service",
                );
            }
        }
    }
}
