//! Rights over a resource's policy are rights over the resource.

use crate::diag::Severity;
use crate::lint::arn::split;
use crate::lint::authority::{Breadth, Target};
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::PrincipalSubject;
use crate::policy::ast::is_everything;

rule! {
    /// Whoever writes the policy of a resource can grant itself the resource
    ///
    /// `s3:PutBucketPolicy` or `s3:PutBucketAcl` is allowed on a bucket whose objects the principal may
    /// not otherwise read, write and delete; or `kms:PutKeyPolicy`, `secretsmanager:PutResourcePolicy`, or `AddPermission` of
    /// Lambda, SQS or SNS is allowed on every key, secret, function, queue or topic, which the principal may not otherwise use.
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

const WRITERS: [(&str, &str); 2] = [("s3:putbucketpolicy", "s3:PutBucketPolicy"), ("s3:putbucketacl", "s3:PutBucketAcl")];
/// What the policy of a bucket could add; the objects' actions first.
const GAINED: [(&str, bool); 4] =
    [("s3:getobject", true), ("s3:putobject", true), ("s3:deleteobject", true), ("s3:listbucket", false)];

/// What writes the policy of another kind of resource, the ARNs of that kind, what the policy can grant, and whom the action can name.
const OTHERS: [(&str, &str, &str, &str, Whom); 5] = [
    ("kms:PutKeyPolicy", "arn:*:kms:*:????????????:key/*", "kms:Decrypt", "every KMS key", Whom::Anybody),
    (
        "secretsmanager:PutResourcePolicy",
        "arn:*:secretsmanager:*:????????????:secret:*",
        "secretsmanager:GetSecretValue",
        "every secret",
        Whom::Anybody,
    ),
    ("lambda:AddPermission", "arn:*:lambda:*:????????????:function:*", "lambda:InvokeFunction", "every function", Whom::Anybody),
    ("sqs:AddPermission", "arn:*:sqs:*:????????????:*", "sqs:ReceiveMessage", "every queue", Whom::Accounts),
    ("sns:AddPermission", "arn:*:sns:*:????????????:*", "sns:Publish", "every topic", Whom::Accounts),
];

/// Whom an action can write into the policy of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whom {
    /// Any principal, the caller too.
    Anybody,
    /// Whole accounts (Amazon SQS and Amazon SNS API References, "AddPermission"): an account of its own gains nothing by that, another one does.
    Accounts,
}

fn claim(subject: &PrincipalSubject<'_>, which: &str, writer: &str, whom: Whom) -> String {
    let what = match whom {
        Whom::Anybody => "grant itself what it lacks there",
        Whom::Accounts => "open to another account what it lacks there",
    };
    format!("{} may write the policy of {which} with `{writer}`, and so {what}", subject.label())
}

fn others(subject: &PrincipalSubject<'_>, out: &mut Findings) {
    for (writer, pattern, gained, which, whom) in OTHERS {
        let grants = subject.grants(&writer.to_ascii_lowercase(), Target { pattern, own_counts: false }, None);
        let Some(grant) = grants.iter().find(|grant| grant.breadth == Breadth::Whole) else { continue };
        if subject.may(gained, &subject.instance(pattern), None) {
            continue;
        }
        let claim = claim(subject, which, writer, whom);
        let message = format!("{claim}: `{gained}`");
        let place = grant.document.place(&grant.statement.path(&[]));
        out.principal(Severity::Warning, subject, place, message, format!("drop `{writer}`, or name the resources"));
        out.claim(claim, Vec::new());
    }
}

fn check(subject: &PrincipalSubject<'_>, out: &mut Findings) {
    others(subject, out);
    for document in &subject.documents {
        for statement in document.allows().filter(|s| !s.is_not_resource()) {
            let writers: Vec<_> = WRITERS.iter().filter(|(writer, _)| statement.has_action(writer)).collect();
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
