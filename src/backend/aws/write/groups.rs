//! Writes to groups and their membership.

use aws_sdk_iam::Client;

use super::{Sent, not_of_this_kind, send};
use crate::model::Operation;

/// Sends one request.
pub(super) async fn send(iam: &Client, operation: &Operation) -> Sent {
    use Operation as O;
    match operation {
        O::CreateGroup { group_name, path } => {
            let request = iam.create_group().group_name(group_name.as_str()).path(path);
            send!("CreateGroup", request).map(|answer| answer.group().map(|g| g.arn().to_owned()))
        }
        O::UpdateGroup { group_name, new_path } => {
            send!("UpdateGroup", iam.update_group().group_name(group_name.as_str()).new_path(new_path)).map(|_| None)
        }
        O::PutGroupPolicy { group_name, policy_name, policy_document } => {
            let request =
                iam.put_group_policy().group_name(group_name.as_str()).policy_name(policy_name).policy_document(policy_document);
            send!("PutGroupPolicy", request).map(|_| None)
        }
        O::DeleteGroupPolicy { group_name, policy_name } => {
            let request = iam.delete_group_policy().group_name(group_name.as_str()).policy_name(policy_name);
            send!("DeleteGroupPolicy", request).map(|_| None)
        }
        O::AttachGroupPolicy { group_name, policy_arn } => {
            let request = iam.attach_group_policy().group_name(group_name.as_str()).policy_arn(policy_arn);
            send!("AttachGroupPolicy", request).map(|_| None)
        }
        O::DetachGroupPolicy { group_name, policy_arn } => {
            let request = iam.detach_group_policy().group_name(group_name.as_str()).policy_arn(policy_arn);
            send!("DetachGroupPolicy", request).map(|_| None)
        }
        O::AddUserToGroup { group_name, user_name } => {
            let request = iam.add_user_to_group().group_name(group_name.as_str()).user_name(user_name.as_str());
            send!("AddUserToGroup", request).map(|_| None)
        }
        O::RemoveUserFromGroup { group_name, user_name } => {
            let request = iam.remove_user_from_group().group_name(group_name.as_str()).user_name(user_name.as_str());
            send!("RemoveUserFromGroup", request).map(|_| None)
        }
        O::DeleteGroup { group_name } => send!("DeleteGroup", iam.delete_group().group_name(group_name.as_str())).map(|_| None),
        _ => Err(not_of_this_kind("group")),
    }
}
