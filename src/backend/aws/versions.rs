//! One managed policy with its versions, and the list of those that AWS manages: for questions that need no more of the account.

use std::collections::BTreeSet;

use aws_sdk_iam::operation::list_policies::ListPoliciesOutput;
use aws_sdk_iam::operation::list_policy_versions::ListPolicyVersionsOutput;
use aws_sdk_iam::types::PolicyScopeType;

use super::call::{if_there, pages, read, side_by_side};
use super::details::{Head, policy_heads};
use super::{AwsAccount, convert};
use crate::backend::document::read_document;
use crate::backend::{BackendError, ErrorKind};
use crate::model::{Policy, PolicyVersion, Seen};
use crate::names::{Name, VersionId};

/// The most that IAM puts on one page.
const PAGE: i32 = 1000;

/// A managed policy as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPolicy {
    /// Its ARN.
    pub arn: String,
    /// The version in force.
    pub default_version: Option<VersionId>,
    /// When that was made (RFC 3339).
    pub updated: Option<String>,
}

/// Every policy of a scope, by ARN.
pub(super) async fn list(account: &AwsAccount, scope: PolicyScopeType) -> Result<Vec<ListedPolicy>, BackendError> {
    const CALL: &str = "ListPolicies";
    let (iam, timing) = (&account.iam, &account.timing);
    let fetch = |marker: Option<String>| {
        let scope = scope.clone();
        async move {
            let call = || iam.list_policies().scope(scope.clone()).max_items(PAGE).set_marker(marker.clone()).send();
            read(timing, CALL, call).await
        }
    };
    let all = pages(CALL, fetch, |_: &ListPoliciesOutput| ()).await?;
    let mut found: Vec<ListedPolicy> = all
        .iter()
        .flat_map(|page| page.policies())
        .filter_map(|policy| {
            Some(ListedPolicy {
                arn: policy.arn()?.to_owned(),
                default_version: policy.default_version_id().and_then(VersionId::parse),
                updated: convert::time(policy.update_date()),
            })
        })
        .collect();
    found.sort_by(|a, b| a.arn.cmp(&b.arn));
    found.dedup();
    Ok(found)
}

/// The ARN of a customer managed policy; IAM ignores case in names.
pub(super) async fn own_arn(account: &AwsAccount, name: &Name) -> Result<Option<String>, BackendError> {
    let all = list(account, PolicyScopeType::Local).await?;
    let same = |listed: &ListedPolicy| listed.arn.rsplit('/').next().is_some_and(|last| Name::new(last) == *name);
    Ok(all.into_iter().find(same).map(|listed| listed.arn))
}

/// A policy with all its versions, the documents of those that `wanted` picks; `None` when there is no such policy.
pub(super) async fn policy_versions(
    account: &AwsAccount,
    arn: &str,
    wanted: impl Fn(&[VersionId]) -> BTreeSet<VersionId>,
) -> Result<Option<Policy>, BackendError> {
    const LIST: &str = "ListPolicyVersions";
    const GET: &str = "GetPolicyVersion";
    let head = policy_heads(account, vec![arn.to_owned()], |_| ()).await?.pop();
    let mut policy = match head {
        Some((_, Head::Seen(policy))) => policy,
        Some((_, Head::Denied)) => {
            return Err(BackendError::new(ErrorKind::Denied, "GetPolicy", format!("reading {arn} is not allowed"))
                .with_code("AccessDenied"));
        }
        Some((_, Head::Absent)) | None => return Ok(None),
    };
    let (iam, timing) = (&account.iam, account.timing);
    let fetch = |marker: Option<String>| async move {
        let call = || iam.list_policy_versions().policy_arn(arn).max_items(PAGE).set_marker(marker.clone()).send();
        read(&timing, LIST, call).await
    };
    let Some(listed) = if_there(pages(LIST, fetch, |_: &ListPolicyVersionsOutput| ()).await)? else { return Ok(None) };
    for version in listed.iter().flat_map(|page| page.versions()) {
        let Some(id) = version.version_id().and_then(VersionId::parse) else { continue };
        let created = convert::time(version.create_date());
        policy.versions.insert(id, PolicyVersion { document: Seen::Unread, created });
    }
    let ids: Vec<VersionId> = policy.versions.keys().cloned().collect();
    let task = |id: VersionId| {
        let (iam, arn) = (iam.clone(), arn.to_owned());
        async move {
            let version = id.to_string();
            let call = || iam.get_policy_version().policy_arn(&arn).version_id(&version).send();
            let answer = if_there(read(&timing, GET, call).await)?;
            Ok((id, answer.and_then(|a| a.policy_version().and_then(|v| v.document()).map(read_document))))
        }
    };
    let picked: Vec<VersionId> = wanted(&ids).into_iter().filter(|id| ids.contains(id)).collect();
    for (id, document) in side_by_side(picked, task, |_| ()).await? {
        if let (Some(version), Some(document)) = (policy.versions.get_mut(&id), document) {
            version.document = Seen::Value(document);
        }
    }
    Ok(Some(policy))
}
