//! One role with all that gives it permissions, read call by call: for questions that need no more of the account.

use std::collections::BTreeSet;

use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput;
use aws_sdk_iam::operation::list_role_policies::ListRolePoliciesOutput;

use super::call::{if_allowed, if_there, pages, read, side_by_side};
use super::details::{Head, policy_heads};
use super::{AwsAccount, convert};
use crate::backend::document::read_document;
use crate::backend::{BackendError, ErrorKind};
use crate::model::{InlinePolicies, Policy, Role, Seen, Snapshot};
use crate::names::{Arn, EntityKind, Name};

/// The account as far as this role goes; `None` when there is no role of this name. What one may not read is unread, and every
/// kind of entity counts as unlisted.
pub(super) async fn one_role(account: &AwsAccount, name: &Name) -> Result<Option<Snapshot>, BackendError> {
    const CALL: &str = "GetRole";
    let identity = account.identity().await?.account.clone();
    let (iam, timing) = (&account.iam, &account.timing);
    let answer = if_there(read(timing, CALL, || iam.get_role().role_name(name.as_str()).send()).await)?;
    let Some(answer) = answer else { return Ok(None) };
    let found = answer.role().ok_or_else(|| BackendError::new(ErrorKind::Unavailable, CALL, "the answer holds no role"))?;
    let (inline, attached) = tokio::join!(inline(account, name), attached(account, name));
    let attached = attached?;
    let boundary = convert::boundary(found.permissions_boundary());
    let mut snapshot = Snapshot::empty(identity);
    snapshot.unlisted = EntityKind::ALL.into();
    snapshot.limits = Seen::Unread;
    let arns: BTreeSet<String> = attached.iter().flatten().chain(&boundary).cloned().collect();
    for (arn, policy) in policies(account, arns).await? {
        match (policy, Arn::parse(&arn)) {
            (Some(policy), Some(parsed)) if parsed.is_aws_managed_policy() => drop(snapshot.aws_policies.insert(arn, policy)),
            (Some(policy), Some(parsed)) => drop(snapshot.policies.insert(Name::new(parsed.last_segment()), policy)),
            _ => drop(snapshot.aws_policies_unread.insert(arn)),
        }
    }
    let role = Role {
        path: found.path().to_owned(),
        id: found.role_id().to_owned(),
        trust: found.assume_role_policy_document().map(read_document).map_or(Seen::Unread, Seen::Value),
        description: Seen::Value(convert::description(found.description())),
        max_session_duration: Seen::Unread,
        permissions_boundary: Seen::Value(boundary),
        tags: Seen::Value(convert::tags(found.tags())),
        inline_policies: inline?.map_or(Seen::Unread, Seen::Value),
        attached_policies: attached.map_or(Seen::Unread, Seen::Value),
        created: convert::time(Some(found.create_date())),
        last_used: Seen::Unread,
    };
    snapshot.roles.insert(Name::new(found.role_name()), role);
    Ok(Some(snapshot))
}

/// The inline policies; `None` when one may not read all of them.
async fn inline(account: &AwsAccount, role: &Name) -> Result<Option<InlinePolicies>, BackendError> {
    let (iam, timing) = (&account.iam, account.timing);
    let fetch = |marker: Option<String>| async move {
        let call = || iam.list_role_policies().role_name(role.as_str()).set_marker(marker.clone()).send();
        read(&timing, "ListRolePolicies", call).await
    };
    let listed = if_allowed(pages("ListRolePolicies", fetch, |_: &ListRolePoliciesOutput| ()).await)?;
    let Some(listed) = listed else { return Ok(None) };
    let names: Vec<String> = listed.iter().flat_map(|p| p.policy_names()).cloned().collect();
    let task = |name: String| {
        let (iam, role) = (iam.clone(), role.clone());
        async move {
            let call = || iam.get_role_policy().role_name(role.as_str()).policy_name(&name).send();
            let answer = read(&timing, "GetRolePolicy", call).await?;
            Ok((name.clone(), read_document(answer.policy_document())))
        }
    };
    Ok(if_allowed(side_by_side(names, task, |_| ()).await)?.map(|list| list.into_iter().collect()))
}

/// ARNs of the attached policies; `None` when one may not read them.
async fn attached(account: &AwsAccount, role: &Name) -> Result<Option<BTreeSet<String>>, BackendError> {
    let (iam, timing) = (&account.iam, &account.timing);
    let fetch = |marker: Option<String>| async move {
        let call = || iam.list_attached_role_policies().role_name(role.as_str()).set_marker(marker.clone()).send();
        read(timing, "ListAttachedRolePolicies", call).await
    };
    let listed = if_allowed(pages("ListAttachedRolePolicies", fetch, |_: &ListAttachedRolePoliciesOutput| ()).await)?;
    let arns = |list: Vec<ListAttachedRolePoliciesOutput>| {
        list.iter().flat_map(|p| p.attached_policies()).filter_map(|p| p.policy_arn().map(str::to_owned)).collect()
    };
    Ok(listed.map(arns))
}

/// Each policy with its document in force; `None` for one that cannot be read.
async fn policies(account: &AwsAccount, arns: BTreeSet<String>) -> Result<Vec<(String, Option<Policy>)>, BackendError> {
    let (iam, timing) = (&account.iam, account.timing);
    let heads = policy_heads(account, arns.into_iter().collect(), |_| ()).await?;
    let task = |(arn, head): (String, Head)| {
        let iam = iam.clone();
        async move {
            let Head::Seen(mut policy) = head else { return Ok((arn, None)) };
            let version = policy.default_version.to_string();
            let call = || iam.get_policy_version().policy_arn(&arn).version_id(&version).send();
            let answer = if_allowed(if_there(read(&timing, "GetPolicyVersion", call).await))?.flatten();
            let document = answer.as_ref().and_then(|a| a.policy_version()?.document()).map(read_document);
            if let (Some(document), Some(kept)) = (document, policy.versions.get_mut(&policy.default_version)) {
                kept.document = Seen::Value(document);
            }
            Ok((arn, Some(policy)))
        }
    };
    side_by_side(heads, task, |_| ()).await
}
