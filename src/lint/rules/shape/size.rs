//! Size.

use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType};

rule! {
    /// A document is larger than IAM takes
    ///
    /// White space is not counted. This is about bare documents; of specs `validate` tells it.
    ///
    /// **Why it matters.** The call that writes it fails.
    ///
    /// **What to do.** Put equal statements together, use wildcards where they say the same, or move
    /// statements to another policy.
    DOCUMENT_TOO_LARGE = "document-too-large", Warning, Document(too_large);

    /// A document is close to the size that IAM takes
    ///
    /// More than nine tenths are used up.
    ///
    /// **Why it matters.** The next statement may not fit.
    ///
    /// **What to do.** Put equal statements together, or move some to another policy.
    DOCUMENT_NEAR_LIMIT = "document-near-limit", Note, Document(near);
}

fn sizes(subject: &DocumentSubject<'_>) -> Option<(u64, u64)> {
    Some((subject.document.size(), subject.size_limit?))
}

fn too_large(subject: &DocumentSubject<'_>, out: &mut Findings) {
    // Of specs `validate` tells it.
    if subject.around.specs {
        return;
    }
    let Some((size, limit)) = sizes(subject) else { return };
    if size > limit {
        let what = match subject.policy_type {
            PolicyType::Scp => "a service control policy",
            PolicyType::Rcp => "a resource control policy",
            PolicyType::Endpoint => "an endpoint policy",
            PolicyType::Identity | PolicyType::Trust | PolicyType::Resource => "IAM",
        };
        let message = format!("the document has {size} characters, and the limit of {what} is {limit}");
        out.report(subject, &[], message, "put equal statements together, or move some to another policy");
    }
}

fn near(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let Some((size, limit)) = sizes(subject) else { return };
    if size <= limit && size.saturating_mul(10) > limit.saturating_mul(9) {
        let message = format!("the document has {size} of {limit} characters");
        out.report(subject, &[], message, "put equal statements together, or move some to another policy");
    }
}
