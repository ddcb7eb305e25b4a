//! Rights over a resource's policy are rights over the resource.

use std::collections::BTreeSet;

use super::resource_writers::{WRITERS, Whom, Writer};
use crate::diag::Severity;
use crate::lint::arn::{covers, intersects, split};
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::PrincipalSubject;
use crate::policy::ast::{Statement, is_everything};

rule! {
    /// Whoever writes the policy of a resource can grant itself the resource
    ///
    /// `s3:PutBucketPolicy` or `s3:PutBucketAcl` is allowed on a bucket whose objects the principal may
    /// not otherwise read, write and delete; or the policy of another resource may be written that the principal may not otherwise use: a KMS
    /// key (a grant counts as well), a secret, a function, a queue, a topic, a table, a stream, an image or package repository, a file system, a
    /// vault and others. Named resources count like all of them.
    ///
    /// **Why it matters.** A policy that the principal writes grants all of that, to itself or, where a deny
    /// stands in the way, to anybody else; the limits that the other statements set do not hold. `AddPermission` of SQS and SNS
    /// names accounts alone, so it opens the resource to another account.
    ///
    /// **What to do.** Keep these actions for the role that administers the resources, or deny them.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:PutBucketPolicy", "Resource": "arn:aws:s3:::example-reports"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    RESOURCE_POLICY_ESCALATION = "resource-policy-escalation", Warning, Principal(check);
}

const OF_BUCKETS: [(&str, &str); 2] = [("s3:putbucketpolicy", "s3:PutBucketPolicy"), ("s3:putbucketacl", "s3:PutBucketAcl")];
/// What the policy of a bucket could add; the objects' actions first.
const GAINED: [(&str, bool); 4] =
    [("s3:getobject", true), ("s3:putobject", true), ("s3:deleteobject", true), ("s3:listbucket", false)];

fn claim(subject: &PrincipalSubject<'_>, which: &str, writer: &str, whom: Whom) -> String {
    let what = match whom {
        Whom::Anybody => "grant itself what it lacks there",
        Whom::Accounts => "open to another account what it lacks there",
    };
    format!("{} may write the policy of {which} with `{writer}`, and so {what}", subject.label())
}

/// The resources of a statement of which an actor writes the policy and lacks what that can grant: `*` for all of the kind.
fn written<'s>(subject: &PrincipalSubject<'_>, statement: &'s Statement, writer: &Writer) -> Vec<&'s str> {
    let any = subject.instance(writer.pattern);
    let reaches = |pattern: &'s String| {
        let whole = is_everything(pattern) || covers(pattern, &any);
        let one = if whole { any.clone() } else { subject.instance(pattern) };
        let is_of_kind = whole || intersects(pattern, writer.pattern);
        let gains = is_of_kind && subject.may(writer.action, &one, None) && !subject.may(writer.gained, &one, None);
        gains.then_some(if whole { "*" } else { pattern.as_str() })
    };
    statement.resource_patterns().iter().filter_map(reaches).collect()
}

/// `every queue`, `` queue `arn…` ``, `` queue `arn…` and 2 more ``.
fn which(found: &[&str], noun: &str) -> String {
    match found {
        _ if found.contains(&"*") => format!("every {noun}"),
        [one] => format!("{noun} `{one}`"),
        _ => format!("{noun} `{}` and {} more", found.first().unwrap_or(&"*"), found.len() - 1),
    }
}

fn others(subject: &PrincipalSubject<'_>, out: &mut Findings) {
    // One finding for each kind: the plainest writer of the widest statement.
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for writer in WRITERS {
        let grants = |statement: &Statement| statement.has_action(&writer.action.to_ascii_lowercase());
        let all = subject.documents.iter().flat_map(|d| d.allows().map(move |statement| (d, statement)));
        let found = all.filter(|(_, statement)| !told.contains(writer.noun) && grants(statement) && !statement.is_not_resource());
        let found = found.map(|(document, statement)| (document, statement, written(subject, statement, writer)));
        let widest = found.filter(|(.., found)| !found.is_empty()).max_by_key(|(.., found)| found.contains(&"*"));
        let Some((document, statement, found)) = widest else { continue };
        told.insert(writer.noun);
        let claim = claim(subject, &which(&found, writer.noun), writer.action, writer.whom);
        let message = format!("{claim}: `{}`", writer.gained);
        let place = document.place(&statement.path(&[]));
        let help = if found.contains(&"*") { "or name the resources" } else { "or deny it on this resource" };
        out.principal(Severity::Warning, subject, place, message, format!("drop `{}`, {help}", writer.action));
        out.claim(claim, Vec::new());
    }
}

fn check(subject: &PrincipalSubject<'_>, out: &mut Findings) {
    others(subject, out);
    for document in &subject.documents {
        for statement in document.allows().filter(|s| !s.is_not_resource()) {
            let writers: Vec<_> = OF_BUCKETS.iter().filter(|(writer, _)| statement.has_action(writer)).collect();
            for (i, bucket) in statement.resource_patterns().iter().enumerate().filter(|_| !writers.is_empty()) {
                let Some(name) = bucket_of(bucket) else { continue };
                let one = if name == "*" { subject.instance("arn:aws:s3:::*") } else { subject.instance(bucket) };
                let Some((_, shown)) = writers.iter().find(|(writer, _)| subject.may(writer, &one, None)) else { continue };
                let object = format!("{one}/iamctl-any-key");
                let missing =
                    GAINED.iter().find(|(action, is_object)| !subject.may(action, if *is_object { &object } else { &one }, None));
                let Some((missing, _)) = missing else { continue };
                let missing = crate::catalogue::action(missing).map_or_else(|| (*missing).to_owned(), |known| known.full_name());
                let which = if name == "*" { "every bucket".to_owned() } else { format!("bucket `{name}`") };
                let claim = claim(subject, &which, shown, Whom::Anybody);
                let message = format!("{claim}: `{missing}`");
                let place = document.place(&statement.item("Resource", i));
                out.principal(Severity::Warning, subject, place, message, format!("drop `{shown}`, or deny it on this bucket"));
                out.claim(claim, Vec::new());
            }
        }
    }
}

/// The bucket of an ARN that names one, or buckets that begin alike; `*` for all of them.
fn bucket_of(resource: &str) -> Option<&str> {
    if is_everything(resource) {
        return Some("*");
    }
    let fields = split(resource);
    let name = *fields.get(5)?;
    let is_bucket = fields.get(2) == Some(&"s3") && !name.contains('/') && !name.is_empty();
    is_bucket.then_some(name)
}
