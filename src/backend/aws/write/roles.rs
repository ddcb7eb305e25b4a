//! Writes to roles, service-linked ones included.

use std::time::{Duration, Instant};

use aws_sdk_iam::types::DeletionTaskStatusType;

use super::{Sent, not_of_this_kind, send};
use crate::backend::aws::errors::{Ending, Failure};
use crate::backend::aws::{AwsAccount, convert};
use crate::backend::{BackendError, ErrorKind};
use crate::model::Operation;
use crate::names::Name;

/// Sends one request.
pub(super) async fn send(account: &AwsAccount, operation: &Operation) -> Sent {
    use Operation as O;
    let iam = &account.iam;
    match operation {
        O::CreateRole {
            role_name,
            path,
            assume_role_policy_document,
            description,
            max_session_duration,
            permissions_boundary,
            tags,
        } => {
            let request = iam
                .create_role()
                .role_name(role_name.as_str())
                .path(path)
                .assume_role_policy_document(assume_role_policy_document)
                .set_description(description.clone())
                .set_max_session_duration(max_session_duration.map(seconds))
                .set_permissions_boundary(permissions_boundary.clone())
                .set_tags(convert::to_sdk_tags(tags));
            send!("CreateRole", request).map(|answer| answer.role().map(|r| r.arn().to_owned()))
        }
        O::UpdateRole { role_name, description, max_session_duration } => {
            let request = iam
                .update_role()
                .role_name(role_name.as_str())
                .description(description)
                .max_session_duration(seconds(*max_session_duration));
            send!("UpdateRole", request).map(|_| None)
        }
        O::UpdateAssumeRolePolicy { role_name, policy_document } => {
            let request = iam.update_assume_role_policy().role_name(role_name.as_str()).policy_document(policy_document);
            send!("UpdateAssumeRolePolicy", request).map(|_| None)
        }
        O::PutRolePermissionsBoundary { role_name, permissions_boundary } => {
            let request =
                iam.put_role_permissions_boundary().role_name(role_name.as_str()).permissions_boundary(permissions_boundary);
            send!("PutRolePermissionsBoundary", request).map(|_| None)
        }
        O::DeleteRolePermissionsBoundary { role_name } => {
            let request = iam.delete_role_permissions_boundary().role_name(role_name.as_str());
            send!("DeleteRolePermissionsBoundary", request).map(|_| None)
        }
        O::TagRole { role_name, tags } => {
            let request = iam.tag_role().role_name(role_name.as_str()).set_tags(convert::to_sdk_tags(tags));
            send!("TagRole", request).map(|_| None)
        }
        O::UntagRole { role_name, tag_keys } => {
            let request = iam.untag_role().role_name(role_name.as_str()).set_tag_keys(Some(tag_keys.clone()));
            send!("UntagRole", request).map(|_| None)
        }
        O::PutRolePolicy { role_name, policy_name, policy_document } => {
            let request =
                iam.put_role_policy().role_name(role_name.as_str()).policy_name(policy_name).policy_document(policy_document);
            send!("PutRolePolicy", request).map(|_| None)
        }
        O::DeleteRolePolicy { role_name, policy_name } => {
            let request = iam.delete_role_policy().role_name(role_name.as_str()).policy_name(policy_name);
            send!("DeleteRolePolicy", request).map(|_| None)
        }
        O::AttachRolePolicy { role_name, policy_arn } => {
            let request = iam.attach_role_policy().role_name(role_name.as_str()).policy_arn(policy_arn);
            send!("AttachRolePolicy", request).map(|_| None)
        }
        O::DetachRolePolicy { role_name, policy_arn } => {
            let request = iam.detach_role_policy().role_name(role_name.as_str()).policy_arn(policy_arn);
            send!("DetachRolePolicy", request).map(|_| None)
        }
        O::DeleteRole { role_name } => send!("DeleteRole", iam.delete_role().role_name(role_name.as_str())).map(|_| None),
        O::CreateServiceLinkedRole { aws_service_name, custom_suffix, description } => {
            let request = iam
                .create_service_linked_role()
                .aws_service_name(aws_service_name)
                .set_custom_suffix(custom_suffix.clone())
                .set_description(description.clone());
            send!("CreateServiceLinkedRole", request).map(|answer| answer.role().map(|r| r.arn().to_owned()))
        }
        O::DeleteServiceLinkedRole { role_name } => delete_service_linked(account, role_name).await,
        _ => Err(not_of_this_kind("role")),
    }
}

fn seconds(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Asks for the deletion and waits for its end. Asking again while it runs gives the same task (iam-facts 2.6).
async fn delete_service_linked(account: &AwsAccount, role_name: &Name) -> Sent {
    const STATUS: &str = "GetServiceLinkedRoleDeletionStatus";
    let iam = &account.iam;
    let asked = send!("DeleteServiceLinkedRole", iam.delete_service_linked_role().role_name(role_name.as_str()))?;
    let task = asked.deletion_task_id();
    let started = Instant::now();
    let mut pause = account.timing.base;
    loop {
        let told = crate::backend::aws::call::read(&account.timing, STATUS, || {
            iam.get_service_linked_role_deletion_status().deletion_task_id(task).send()
        });
        let told = told.await.map_err(|error| Failure { error, ending: Ending::Refused })?;
        let conflict = |text: String| {
            let error = BackendError::new(ErrorKind::Conflict, "DeleteServiceLinkedRole", text);
            Failure { error, ending: Ending::NeverSent }
        };
        match told.status() {
            DeletionTaskStatusType::Succeeded => return Ok(None),
            DeletionTaskStatusType::Failed => {
                let reason = told.reason();
                let why = reason.and_then(|r| r.reason()).unwrap_or("IAM gives no reason");
                let mut users: Vec<_> = reason
                    .map(|r| r.role_usage_list())
                    .unwrap_or_default()
                    .iter()
                    .flat_map(|usage| usage.resources().iter().map(|resource| resource.to_owned()))
                    .collect();
                users.sort();
                users.truncate(10);
                let used = if users.is_empty() { String::new() } else { format!("; in use by {}", users.join(", ")) };
                return Err(conflict(format!("the service-linked role `{role_name}` was not deleted: {why}{used}")));
            }
            _ if started.elapsed() + pause > account.timing.deletion => {
                return Err(conflict(format!(
                    "the deletion of the service-linked role `{role_name}` has not ended yet (task {task})"
                )));
            }
            _ => {}
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5)).min(account.timing.cap);
    }
}
