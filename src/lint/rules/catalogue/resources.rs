//! Resources that the actions work on.

use crate::catalogue::{self, AccessLevel, Action};
use crate::diag::Severity;
use crate::lint::arn;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::policy::ast::{Statement, is_everything};

rule! {
    /// An action works on none of the statement's resources
    ///
    /// No resource of the statement is of a type that the action takes; or the action takes no resource,
    /// and the statement does not say `*`. A **note** where only some of the actions that an allowed wildcard
    /// stands for are idle, and where an allowed action that only reads, and takes no resource as far as the
    /// built-in catalogue knows, stands beside others that fit.
    ///
    /// **Why it matters.** The statement does nothing for that action: what looks allowed is not, what looks
    /// denied is not either. A bucket's name is needed for `s3:ListBucket`, the objects (`/*`) for `s3:GetObject`.
    ///
    /// **What to do.** Add the resource that the action works on, or take the action out.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    RESOURCE_MISMATCH = "resource-mismatch", Warning, Document(check);
}

fn check(subject: &DocumentSubject<'_>, out: &mut Findings) {
    if !matches!(subject.policy_type, PolicyType::Identity | PolicyType::Scp | PolicyType::Resource | PolicyType::Endpoint) {
        return;
    }
    for statement in subject.statements().iter() {
        let judged = !statement.is_not_action() && !statement.is_not_resource() && !statement.resource_patterns().is_empty();
        // What AWS owns is not in its table.
        if !judged || statement.resource_patterns().iter().any(|r| is_everything(r) || arn::is_of_aws(r)) {
            continue;
        }
        // What is not an ARN has an error of its own.
        if !statement.resource_patterns().iter().any(|r| r.starts_with("arn:") || r.contains(['*', '$'])) {
            continue;
        }
        // Of resource policies many services write the resource in a form of their own.
        if subject.is(PolicyType::Resource) && !statement.resource_patterns().iter().all(|r| r.starts_with("arn:")) {
            continue;
        }
        let partition = statement
            .resource_patterns()
            .iter()
            .find_map(|r| r.split(':').nth(1))
            .filter(|p| p.starts_with("aws"))
            .unwrap_or("aws");
        for (i, pattern) in statement.action_patterns().iter().enumerate().filter(|(_, a)| *a != "*") {
            let actions = catalogue::expand(pattern);
            let idle: Vec<&Action> = actions.iter().filter(|a| !works(**a, statement)).collect();
            let Some(first) = idle.first() else { continue };
            let path = statement.item("Action", i);
            if idle.len() == actions.len() {
                let message = format!("`{pattern}` works on none of the resources of {}", statement.label());
                let reads = idle
                    .iter()
                    .all(|a| matches!(a.level(), AccessLevel::List | AccessLevel::Read) && a.resource_types().next().is_none());
                let beside =
                    || statement.action_patterns().iter().any(|a| catalogue::expand(a).into_iter().any(|a| works(a, statement)));
                let severity = if statement.allows() && reads && beside() { Severity::Note } else { Severity::Warning };
                out.report_as(severity, subject, &path, message, needed(**first, statement, partition));
            } else if statement.allows() {
                // A deny by wildcard is meant for what it fits.
                let message = format!(
                    "{} of the {} actions that `{pattern}` stands for, such as `{}`, work on none of the resources of {}",
                    idle.len(),
                    actions.len(),
                    first.full_name(),
                    statement.label()
                );
                out.report_as(Severity::Note, subject, &path, message, needed(**first, statement, partition));
            }
        }
    }
}

/// Whether some resource is of a type that the action takes.
fn works(action: Action, statement: &Statement) -> bool {
    // Its request names all buckets (iam-facts 6.4).
    if action.full_name().eq_ignore_ascii_case("s3:ListAllMyBuckets") {
        return statement.resource_patterns().iter().any(|r| arn::covers(r, "arn:aws:s3:::*") || r.ends_with(":s3:::*"));
    }
    let mut types = action.resource_types();
    types.any(|t| {
        let globs = t.resource.arn().globs("*");
        statement.resource_patterns().iter().any(|r| globs.iter().any(|g| arn::may_be_of_type(g, r) || short(g, r)))
    })
}

/// A short ARN of an identity policy, whose missing fields are anything.
fn short(glob: &str, resource: &str) -> bool {
    resource.matches(':').count() < 5 && arn::intersects(glob, resource)
}

fn needed(action: Action, statement: &Statement, partition: &str) -> String {
    // Filled with wildcards, so that a suggestion can be copied into a policy.
    let formats: std::collections::BTreeSet<String> =
        action.resource_types().flat_map(|t| t.resource.arn().globs(partition)).collect();
    if formats.is_empty() {
        return format!("`{}` takes no resource: write it into a statement with `*`", action.full_name());
    }
    // Who names the objects of a bucket, and an action on the bucket itself, means that bucket.
    let bucket = statement.resource_patterns().iter().find_map(|resource| arn::bucket_of(resource));
    if let Some(bucket) = bucket.filter(|bucket| formats.iter().any(|format| arn::may_be_of_type(format, bucket))) {
        return format!("`{}` works on the bucket itself: write `{bucket}`", action.full_name());
    }
    let shown: Vec<String> = formats.iter().take(3).map(|f| format!("`{f}`")).collect();
    format!("`{}` works on {}", action.full_name(), shown.join(", "))
}
