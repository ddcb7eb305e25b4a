//! One request on the wire for each operation.

use std::time::{Duration, Instant};

use aws_sdk_iam::types::DeletionTaskStatusType;

use super::Sent;
use crate::backend::aws::errors::{Ending, Failure, failure};
use crate::backend::aws::{AwsAccount, convert};
use crate::backend::{BackendError, ErrorKind};
use crate::model::Operation;
use crate::names::{EntityKind, Name, entity_arn};

/// Sends a request built by the SDK and reads what went wrong under IAM's name of the call.
macro_rules! send {
    ($call:expr, $request:expr) => {
        $request.send().await.map_err(|error| failure($call, &error))
    };
}

/// Sends one request. It yields the ARN of what it created, where that has one.
pub(super) async fn send(account: &AwsAccount, operation: &Operation) -> Sent {
    use Operation as O;
    let (iam, call) = (&account.iam, operation.name());
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
            send!(call, request).map(|answer| answer.role().map(|r| r.arn().to_owned()))
        }
        O::UpdateRole { role_name, description, max_session_duration } => {
            let request = iam
                .update_role()
                .role_name(role_name.as_str())
                .description(description)
                .max_session_duration(seconds(*max_session_duration));
            send!(call, request).map(|_| None)
        }
        O::UpdateAssumeRolePolicy { role_name, policy_document } => {
            let request = iam.update_assume_role_policy().role_name(role_name.as_str()).policy_document(policy_document);
            send!(call, request).map(|_| None)
        }
        O::PutRolePermissionsBoundary { role_name, permissions_boundary } => {
            let request =
                iam.put_role_permissions_boundary().role_name(role_name.as_str()).permissions_boundary(permissions_boundary);
            send!(call, request).map(|_| None)
        }
        O::DeleteRolePermissionsBoundary { role_name } => {
            let request = iam.delete_role_permissions_boundary().role_name(role_name.as_str());
            send!(call, request).map(|_| None)
        }
        O::TagRole { role_name, tags } => {
            let request = iam.tag_role().role_name(role_name.as_str()).set_tags(convert::to_sdk_tags(tags));
            send!(call, request).map(|_| None)
        }
        O::UntagRole { role_name, tag_keys } => {
            let request = iam.untag_role().role_name(role_name.as_str()).set_tag_keys(Some(tag_keys.clone()));
            send!(call, request).map(|_| None)
        }
        O::PutRolePolicy { role_name, policy_name, policy_document } => {
            let request =
                iam.put_role_policy().role_name(role_name.as_str()).policy_name(policy_name).policy_document(policy_document);
            send!(call, request).map(|_| None)
        }
        O::DeleteRolePolicy { role_name, policy_name } => {
            let request = iam.delete_role_policy().role_name(role_name.as_str()).policy_name(policy_name);
            send!(call, request).map(|_| None)
        }
        O::AttachRolePolicy { role_name, policy_arn } => {
            let request = iam.attach_role_policy().role_name(role_name.as_str()).policy_arn(policy_arn);
            send!(call, request).map(|_| None)
        }
        O::DetachRolePolicy { role_name, policy_arn } => {
            let request = iam.detach_role_policy().role_name(role_name.as_str()).policy_arn(policy_arn);
            send!(call, request).map(|_| None)
        }
        O::DeleteRole { role_name } => send!(call, iam.delete_role().role_name(role_name.as_str())).map(|_| None),
        O::CreateServiceLinkedRole { aws_service_name, custom_suffix, description } => {
            let request = iam
                .create_service_linked_role()
                .aws_service_name(aws_service_name)
                .set_custom_suffix(custom_suffix.clone())
                .set_description(description.clone());
            send!(call, request).map(|answer| answer.role().map(|r| r.arn().to_owned()))
        }
        O::DeleteServiceLinkedRole { role_name } => delete_service_linked(account, role_name).await,

        O::CreatePolicy { policy_name, path, policy_document, description, tags } => {
            let request = iam
                .create_policy()
                .policy_name(policy_name.as_str())
                .path(path)
                .policy_document(policy_document)
                .set_description(description.clone())
                .set_tags(convert::to_sdk_tags(tags));
            send!(call, request).map(|answer| answer.policy().and_then(|p| p.arn()).map(str::to_owned))
        }
        O::CreatePolicyVersion { policy_arn, policy_document, set_as_default } => {
            let request = iam
                .create_policy_version()
                .policy_arn(policy_arn)
                .policy_document(policy_document)
                .set_as_default(*set_as_default);
            send!(call, request).map(|_| None)
        }
        O::SetDefaultPolicyVersion { policy_arn, version_id } => {
            let request = iam.set_default_policy_version().policy_arn(policy_arn).version_id(version_id.to_string());
            send!(call, request).map(|_| None)
        }
        O::DeletePolicyVersion { policy_arn, version_id } => {
            let request = iam.delete_policy_version().policy_arn(policy_arn).version_id(version_id.to_string());
            send!(call, request).map(|_| None)
        }
        O::DeletePolicy { policy_arn } => send!(call, iam.delete_policy().policy_arn(policy_arn)).map(|_| None),
        O::TagPolicy { policy_arn, tags } => {
            let request = iam.tag_policy().policy_arn(policy_arn).set_tags(convert::to_sdk_tags(tags));
            send!(call, request).map(|_| None)
        }
        O::UntagPolicy { policy_arn, tag_keys } => {
            let request = iam.untag_policy().policy_arn(policy_arn).set_tag_keys(Some(tag_keys.clone()));
            send!(call, request).map(|_| None)
        }

        O::CreateUser { user_name, path, permissions_boundary, tags } => {
            let request = iam
                .create_user()
                .user_name(user_name.as_str())
                .path(path)
                .set_permissions_boundary(permissions_boundary.clone())
                .set_tags(convert::to_sdk_tags(tags));
            send!(call, request).map(|answer| answer.user().map(|u| u.arn().to_owned()))
        }
        O::UpdateUser { user_name, new_path, new_user_name } => {
            let name = new_user_name.as_ref().unwrap_or(user_name);
            let request = iam
                .update_user()
                .user_name(user_name.as_str())
                .set_new_path(new_path.clone())
                .set_new_user_name(new_user_name.as_ref().map(|name| name.as_str().to_owned()));
            send!(call, request)?;
            // Its ARN is new, so as a principal it is as young as a new user; the account is known from the first read on.
            let known = account.caller.get().map(|c| &c.account).zip(new_path.as_ref());
            Ok(known.map(|(a, path)| entity_arn(&a.partition, &a.id, EntityKind::User, path, name.as_str())))
        }
        O::PutUserPermissionsBoundary { user_name, permissions_boundary } => {
            let request =
                iam.put_user_permissions_boundary().user_name(user_name.as_str()).permissions_boundary(permissions_boundary);
            send!(call, request).map(|_| None)
        }
        O::DeleteUserPermissionsBoundary { user_name } => {
            let request = iam.delete_user_permissions_boundary().user_name(user_name.as_str());
            send!(call, request).map(|_| None)
        }
        O::TagUser { user_name, tags } => {
            let request = iam.tag_user().user_name(user_name.as_str()).set_tags(convert::to_sdk_tags(tags));
            send!(call, request).map(|_| None)
        }
        O::UntagUser { user_name, tag_keys } => {
            let request = iam.untag_user().user_name(user_name.as_str()).set_tag_keys(Some(tag_keys.clone()));
            send!(call, request).map(|_| None)
        }
        O::PutUserPolicy { user_name, policy_name, policy_document } => {
            let request =
                iam.put_user_policy().user_name(user_name.as_str()).policy_name(policy_name).policy_document(policy_document);
            send!(call, request).map(|_| None)
        }
        O::DeleteUserPolicy { user_name, policy_name } => {
            let request = iam.delete_user_policy().user_name(user_name.as_str()).policy_name(policy_name);
            send!(call, request).map(|_| None)
        }
        O::AttachUserPolicy { user_name, policy_arn } => {
            let request = iam.attach_user_policy().user_name(user_name.as_str()).policy_arn(policy_arn);
            send!(call, request).map(|_| None)
        }
        O::DetachUserPolicy { user_name, policy_arn } => {
            let request = iam.detach_user_policy().user_name(user_name.as_str()).policy_arn(policy_arn);
            send!(call, request).map(|_| None)
        }
        O::DeleteUser { user_name } => send!(call, iam.delete_user().user_name(user_name.as_str())).map(|_| None),

        O::CreateGroup { group_name, path } => {
            let request = iam.create_group().group_name(group_name.as_str()).path(path);
            send!(call, request).map(|answer| answer.group().map(|g| g.arn().to_owned()))
        }
        O::UpdateGroup { group_name, new_path, new_group_name } => {
            let request = iam
                .update_group()
                .group_name(group_name.as_str())
                .set_new_path(new_path.clone())
                .set_new_group_name(new_group_name.as_ref().map(|name| name.as_str().to_owned()));
            send!(call, request).map(|_| None)
        }
        O::PutGroupPolicy { group_name, policy_name, policy_document } => {
            let request =
                iam.put_group_policy().group_name(group_name.as_str()).policy_name(policy_name).policy_document(policy_document);
            send!(call, request).map(|_| None)
        }
        O::DeleteGroupPolicy { group_name, policy_name } => {
            let request = iam.delete_group_policy().group_name(group_name.as_str()).policy_name(policy_name);
            send!(call, request).map(|_| None)
        }
        O::AttachGroupPolicy { group_name, policy_arn } => {
            let request = iam.attach_group_policy().group_name(group_name.as_str()).policy_arn(policy_arn);
            send!(call, request).map(|_| None)
        }
        O::DetachGroupPolicy { group_name, policy_arn } => {
            let request = iam.detach_group_policy().group_name(group_name.as_str()).policy_arn(policy_arn);
            send!(call, request).map(|_| None)
        }
        O::AddUserToGroup { group_name, user_name } => {
            let request = iam.add_user_to_group().group_name(group_name.as_str()).user_name(user_name.as_str());
            send!(call, request).map(|_| None)
        }
        O::RemoveUserFromGroup { group_name, user_name } => {
            let request = iam.remove_user_from_group().group_name(group_name.as_str()).user_name(user_name.as_str());
            send!(call, request).map(|_| None)
        }
        O::DeleteGroup { group_name } => send!(call, iam.delete_group().group_name(group_name.as_str())).map(|_| None),

        O::CreateInstanceProfile { instance_profile_name, path, tags } => {
            let request = iam
                .create_instance_profile()
                .instance_profile_name(instance_profile_name.as_str())
                .path(path)
                .set_tags(convert::to_sdk_tags(tags));
            send!(call, request).map(|answer| answer.instance_profile().map(|p| p.arn().to_owned()))
        }
        O::AddRoleToInstanceProfile { instance_profile_name, role_name } => {
            let request = iam
                .add_role_to_instance_profile()
                .instance_profile_name(instance_profile_name.as_str())
                .role_name(role_name.as_str());
            send!(call, request).map(|_| None)
        }
        O::RemoveRoleFromInstanceProfile { instance_profile_name, role_name } => {
            let request = iam
                .remove_role_from_instance_profile()
                .instance_profile_name(instance_profile_name.as_str())
                .role_name(role_name.as_str());
            send!(call, request).map(|_| None)
        }
        O::TagInstanceProfile { instance_profile_name, tags } => {
            let request = iam
                .tag_instance_profile()
                .instance_profile_name(instance_profile_name.as_str())
                .set_tags(convert::to_sdk_tags(tags));
            send!(call, request).map(|_| None)
        }
        O::UntagInstanceProfile { instance_profile_name, tag_keys } => {
            let request = iam
                .untag_instance_profile()
                .instance_profile_name(instance_profile_name.as_str())
                .set_tag_keys(Some(tag_keys.clone()));
            send!(call, request).map(|_| None)
        }
        O::DeleteInstanceProfile { instance_profile_name } => {
            let request = iam.delete_instance_profile().instance_profile_name(instance_profile_name.as_str());
            send!(call, request).map(|_| None)
        }

        O::CreateOidcProvider { url, client_ids, thumbprints, tags } => {
            let request = iam
                .create_open_id_connect_provider()
                .url(url)
                .set_client_id_list(some(client_ids))
                .set_thumbprint_list(some(thumbprints))
                .set_tags(convert::to_sdk_tags(tags));
            send!(call, request).map(|answer| answer.open_id_connect_provider_arn().map(str::to_owned))
        }
        O::AddClientIdToOidcProvider { provider_arn, client_id } => {
            let request =
                iam.add_client_id_to_open_id_connect_provider().open_id_connect_provider_arn(provider_arn).client_id(client_id);
            send!(call, request).map(|_| None)
        }
        O::RemoveClientIdFromOidcProvider { provider_arn, client_id } => {
            let request = iam
                .remove_client_id_from_open_id_connect_provider()
                .open_id_connect_provider_arn(provider_arn)
                .client_id(client_id);
            send!(call, request).map(|_| None)
        }
        O::UpdateOidcProviderThumbprint { provider_arn, thumbprints } => {
            let request = iam
                .update_open_id_connect_provider_thumbprint()
                .open_id_connect_provider_arn(provider_arn)
                .set_thumbprint_list(Some(thumbprints.clone()));
            send!(call, request).map(|_| None)
        }
        O::TagOidcProvider { provider_arn, tags } => {
            let request = iam
                .tag_open_id_connect_provider()
                .open_id_connect_provider_arn(provider_arn)
                .set_tags(convert::to_sdk_tags(tags));
            send!(call, request).map(|_| None)
        }
        O::UntagOidcProvider { provider_arn, tag_keys } => {
            let request = iam
                .untag_open_id_connect_provider()
                .open_id_connect_provider_arn(provider_arn)
                .set_tag_keys(Some(tag_keys.clone()));
            send!(call, request).map(|_| None)
        }
        O::DeleteOidcProvider { provider_arn } => {
            let request = iam.delete_open_id_connect_provider().open_id_connect_provider_arn(provider_arn);
            send!(call, request).map(|_| None)
        }
        O::CreateSamlProvider { name, metadata, tags } => {
            let request = iam
                .create_saml_provider()
                .name(name.as_str())
                .saml_metadata_document(metadata)
                .set_tags(convert::to_sdk_tags(tags));
            send!(call, request).map(|answer| answer.saml_provider_arn().map(str::to_owned))
        }
        O::UpdateSamlProvider { provider_arn, metadata } => {
            let request = iam.update_saml_provider().saml_provider_arn(provider_arn).saml_metadata_document(metadata);
            send!(call, request).map(|_| None)
        }
        O::TagSamlProvider { provider_arn, tags } => {
            let request = iam.tag_saml_provider().saml_provider_arn(provider_arn).set_tags(convert::to_sdk_tags(tags));
            send!(call, request).map(|_| None)
        }
        O::UntagSamlProvider { provider_arn, tag_keys } => {
            let request = iam.untag_saml_provider().saml_provider_arn(provider_arn).set_tag_keys(Some(tag_keys.clone()));
            send!(call, request).map(|_| None)
        }
        O::DeleteSamlProvider { provider_arn } => {
            send!(call, iam.delete_saml_provider().saml_provider_arn(provider_arn)).map(|_| None)
        }
    }
}

/// IAM takes no empty lists.
fn some(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
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
