//! Values that must be names of a certain form.

use super::each;
use crate::diag::Severity;
use crate::lint::arn::is_region;
use crate::lint::findings::Findings;
use crate::lint::pattern::{has_wildcard, intersects};
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::ast::WrittenTest;
use crate::policy::service_principals::{DOMAINS, ServiceName, look_up};
use crate::policy::{Compares, Matching};

rule! {
    /// A region in a condition that is no region
    ///
    /// `aws:RequestedRegion` holds the name of a region, such as `eu-west-1`, or `aws-global`. Whether a name of that form
    /// exists is not checked: there are new ones every year.
    ///
    /// **Why it matters.** The test never holds, or always.
    ///
    /// **What to do.** Write the region's name; a zone (`us-east-1a`) and a city are none.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "ec2:StopInstances",
    /// "Resource": "arn:aws:ec2:eu-west-1:111122223333:instance/*",
    /// "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1a"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "ec2:StopInstances",
    /// "Resource": "arn:aws:ec2:eu-west-1:111122223333:instance/*",
    /// "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}
    /// ```
    INVALID_REGION = "invalid-region", Warning, Document(region);

    /// A service in a condition that is no service principal
    ///
    /// `iam:PassedToService`, `iam:AWSServiceName`, `kms:ViaService`, `aws:CalledVia` and `aws:PrincipalServiceName` hold names such
    /// as `lambda.amazonaws.com`. An **error** where the name is a known one misspelt.
    ///
    /// **Why it matters.** The test never holds, or always.
    ///
    /// **What to do.** Write the whole name, domain included.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/example-report",
    /// "Condition": {"StringEquals": {"iam:PassedToService": "lambda"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/example-report",
    /// "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    /// ```
    INVALID_SERVICE_PRINCIPAL = "invalid-service-principal-format", Warning, Document(service);

    /// A network in a condition that is no VPC, or no VPC endpoint
    ///
    /// `aws:SourceVpc` holds an id such as `vpc-0a1b2c3d`, `aws:SourceVpce` one such as `vpce-0a1b2c3d`.
    ///
    /// **Why it matters.** The test never holds, or always.
    ///
    /// **What to do.** Write the id.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"StringEquals": {"aws:SourceVpce": "vpc-0a1b2c3d4e5f67890"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d4e5f67890"}}}
    /// ```
    INVALID_VPC = "invalid-vpc-format", Warning, Document(vpc);
}

/// Calls `f` on each value without variables of a test about one of these keys.
fn values(subject: &DocumentSubject<'_>, keys: &[&str], f: &mut dyn FnMut(&WrittenTest, usize, &str)) {
    each(subject, &mut |_, test| {
        if matches!(test.operator.compares(), Compares::String(_)) && keys.iter().any(|k| test.is_about(k)) {
            test.values.iter().enumerate().filter(|(_, v)| !v.contains("${")).for_each(|(i, v)| f(test, i, v));
        }
    });
}

fn is_like(test: &WrittenTest) -> bool {
    test.operator.compares() == Compares::String(Matching::Like)
}

fn region(subject: &DocumentSubject<'_>, out: &mut Findings) {
    values(subject, &["aws:RequestedRegion"], &mut |test, i, value| {
        let named = is_region(&value.to_ascii_lowercase()) || matches!(value, "aws-global" | "global");
        if !named && !has_wildcard(value) {
            out.report(subject, &test.value_path(i), format!("`{value}` is not a region"), "write a region such as `eu-west-1`");
        }
    });
}

const SERVICE_KEYS: &[&str] = &[
    "iam:PassedToService",
    "iam:AWSServiceName",
    "kms:ViaService",
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
];

fn service(subject: &DocumentSubject<'_>, out: &mut Findings) {
    values(subject, SERVICE_KEYS, &mut |test, i, value| {
        let folded = value.to_ascii_lowercase();
        let sound = match is_like(test) {
            true => DOMAINS.iter().any(|domain| intersects(&folded, &format!("?*{domain}"))),
            false => DOMAINS.iter().any(|domain| folded.len() > domain.len() && folded.ends_with(domain)),
        };
        if !sound {
            let message = format!("`{value}` is not a service principal");
            let name = folded.trim_end_matches(".com").trim_end_matches(".aws").trim_end_matches('.');
            out.report(subject, &test.value_path(i), message, format!("write the whole name, such as `{name}.amazonaws.com`"));
        } else if !has_wildcard(value)
            && let ServiceName::Misspelt(right) = look_up(value)
        {
            let message = format!("`{value}` is not a service principal");
            out.report_as(Severity::Error, subject, &test.value_path(i), message, format!("did you mean `{right}`?"));
        }
    });
}

fn vpc(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for (key, prefix) in [("aws:SourceVpc", "vpc-"), ("aws:SourceVpce", "vpce-")] {
        values(subject, &[key], &mut |test, i, value| {
            let sound =
                value.strip_prefix(prefix).is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()));
            if !sound && !has_wildcard(value) {
                let message = format!("`{value}` is not an id that `{key}` could hold");
                out.report(subject, &test.value_path(i), message, format!("write the id, such as `{prefix}0a1b2c3d4e5f67890`"));
            }
        });
    }
}
