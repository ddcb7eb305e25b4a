//! Condition keys by themselves; whether they exist is in the family `catalogue`.

use super::each;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;

rule! {
    /// A condition key without its service
    ///
    /// A key is `SERVICE:NAME`, `aws:NAME`, or an identity provider's `HOST:CLAIM`.
    ///
    /// **Why it matters.** No request has such a key: the test never holds, or always.
    ///
    /// **What to do.** Write the key as AWS names it, such as `aws:CurrentTime`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"DateLessThan": {"CurrentTime": "2030-01-31T12:00:00Z"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-31T12:00:00Z"}}}
    /// ```
    INVALID_CONDITION_KEY = "invalid-condition-key-format", Warning, Document(format);

    /// A wildcard stands in a condition key
    ///
    /// Names of condition keys take no wildcards: `aws:PrincipalTag/*` is the tag that is called `*`, which no principal has.
    ///
    /// **Why it matters.** The test never holds, or always (under `IfExists`, `ForAllValues:`, `Null`, or a negated operator).
    ///
    /// **What to do.** Write the key out, once for each key that is meant. To ask whether any tag is there, test `aws:TagKeys`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
    /// "Condition": {"StringEquals": {"aws:PrincipalTag/*": "ops"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
    /// "Condition": {"StringEquals": {"aws:PrincipalTag/team": "ops"}}}
    /// ```
    WILDCARD_IN_CONDITION_KEY = "wildcard-in-condition-key", Error, Document(wildcard);

    /// A tag's condition key without the tag
    ///
    /// `aws:ResourceTag`, `aws:RequestTag` and `aws:PrincipalTag` are followed by `/` and the tag's name.
    ///
    /// **Why it matters.** The test never holds, or always.
    ///
    /// **What to do.** Write `aws:ResourceTag/owner`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "ec2:StopInstances",
    /// "Resource": "arn:aws:ec2:eu-west-1:111122223333:instance/*",
    /// "Condition": {"StringEquals": {"aws:ResourceTag": "reports"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "ec2:StopInstances",
    /// "Resource": "arn:aws:ec2:eu-west-1:111122223333:instance/*",
    /// "Condition": {"StringEquals": {"aws:ResourceTag/team": "reports"}}}
    /// ```
    MISSING_TAG_KEY = "missing-tag-key-in-condition", Error, Document(tag_key);

    /// A condition key that has been replaced
    ///
    /// `aws:ARN` means different things in different places.
    ///
    /// **What to do.** Test `aws:PrincipalArn` for the caller, `aws:SourceArn` for the resource that a service acts for.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
    /// "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"ArnNotLike": {"aws:ARN": "arn:aws:iam::111122223333:role/example-admin"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
    /// "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/example-admin"}}}
    /// ```
    DEPRECATED_CONDITION_KEY = "deprecated-global-condition-key", Warning, Document(deprecated);

    /// A condition key without its companion
    ///
    /// `aws:VpcSourceIp` means something together with `aws:SourceVpc` or `aws:SourceVpce` alone: private addresses are the
    /// same in every network.
    ///
    /// **Why it matters.** A network of somebody else with the same addresses passes the test.
    ///
    /// **What to do.** Test the companion too, in the same statement.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"IpAddress": {"aws:VpcSourceIp": "10.0.1.0/24"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"IpAddress": {"aws:VpcSourceIp": "10.0.1.0/24"},
    /// "StringEquals": {"aws:SourceVpc": "vpc-0a1b2c3d4e5f67890"}}}
    /// ```
    MISSING_PAIRED_KEYS = "missing-paired-condition-keys", Warning, Document(paired);
}

fn format(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |_, test| {
        let sound = test.written_key.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
        if !sound {
            out.report(
                subject,
                &test.path(),
                format!("`{}` is not a condition key", test.written_key),
                "a key is `SERVICE:NAME`, such as `aws:CurrentTime`",
            );
        }
    });
}

fn wildcard(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |_, test| {
        if test.written_key.contains(['*', '?']) {
            let message = format!("no request has a condition key called `{}`: keys take no wildcards", test.written_key);
            out.report(subject, &test.path(), message, "write the key out");
        }
    });
}

fn tag_key(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |_, test| {
        let key = &test.key;
        let name = key.split_once(':').map_or("", |(_, name)| name);
        if matches!(name.trim_end_matches('/'), "resourcetag" | "requesttag" | "principaltag" | "existingobjecttag")
            && !name.contains("/$")
        {
            let message = format!("`{}` does not say which tag", test.written_key);
            out.report(subject, &test.path(), message, format!("write `{}/TAG`", test.written_key.trim_end_matches('/')));
        }
    });
}

fn deprecated(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |_, test| {
        if test.is_about("aws:ARN") {
            let help = "test `aws:PrincipalArn`, or `aws:SourceArn`";
            out.report(subject, &test.path(), format!("`{}` is not to be used any more", test.written_key), help);
        }
    });
}

fn paired(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |statement, test| {
        let companions: &[&str] = match test.key.as_str() {
            "aws:vpcsourceip" => &["aws:SourceVpc", "aws:SourceVpce"],
            "aws:ec2instancesourceprivateipv4" => &["aws:Ec2InstanceSourceVpc", "aws:SourceVpc"],
            _ => return,
        };
        if !companions.iter().any(|c| statement.test_of(c).is_some()) {
            let listed: Vec<String> = companions.iter().map(|c| format!("`{c}`")).collect();
            let message = format!("`{}` alone says little: other networks have the same addresses", test.written_key);
            out.report(subject, &test.path(), message, format!("test {} too", listed.join(" or ")));
        }
    });
}
