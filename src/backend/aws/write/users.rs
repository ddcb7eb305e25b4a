//! Writes to users.

use super::{Sent, not_of_this_kind, send};
use crate::backend::aws::{AwsAccount, convert};
use crate::model::Operation;
use crate::names::{EntityKind, entity_arn};

/// Sends one request.
pub(super) async fn send(account: &AwsAccount, operation: &Operation) -> Sent {
    use Operation as O;
    let iam = &account.iam;
    match operation {
        O::CreateUser { user_name, path, permissions_boundary, tags } => {
            let request = iam
                .create_user()
                .user_name(user_name.as_str())
                .path(path)
                .set_permissions_boundary(permissions_boundary.clone())
                .set_tags(convert::to_sdk_tags(tags));
            send!("CreateUser", request).map(|answer| answer.user().map(|u| u.arn().to_owned()))
        }
        O::UpdateUser { user_name, new_path } => {
            send!("UpdateUser", iam.update_user().user_name(user_name.as_str()).new_path(new_path))?;
            // Its ARN is new, so as a principal it is as young as a new user; the account is known from the first read on.
            let known = account.caller.get().map(|c| &c.account);
            Ok(known.map(|a| entity_arn(&a.partition, &a.id, EntityKind::User, new_path, user_name.as_str())))
        }
        O::PutUserPermissionsBoundary { user_name, permissions_boundary } => {
            let request =
                iam.put_user_permissions_boundary().user_name(user_name.as_str()).permissions_boundary(permissions_boundary);
            send!("PutUserPermissionsBoundary", request).map(|_| None)
        }
        O::DeleteUserPermissionsBoundary { user_name } => {
            let request = iam.delete_user_permissions_boundary().user_name(user_name.as_str());
            send!("DeleteUserPermissionsBoundary", request).map(|_| None)
        }
        O::TagUser { user_name, tags } => {
            let request = iam.tag_user().user_name(user_name.as_str()).set_tags(convert::to_sdk_tags(tags));
            send!("TagUser", request).map(|_| None)
        }
        O::UntagUser { user_name, tag_keys } => {
            let request = iam.untag_user().user_name(user_name.as_str()).set_tag_keys(Some(tag_keys.clone()));
            send!("UntagUser", request).map(|_| None)
        }
        O::PutUserPolicy { user_name, policy_name, policy_document } => {
            let request =
                iam.put_user_policy().user_name(user_name.as_str()).policy_name(policy_name).policy_document(policy_document);
            send!("PutUserPolicy", request).map(|_| None)
        }
        O::DeleteUserPolicy { user_name, policy_name } => {
            let request = iam.delete_user_policy().user_name(user_name.as_str()).policy_name(policy_name);
            send!("DeleteUserPolicy", request).map(|_| None)
        }
        O::AttachUserPolicy { user_name, policy_arn } => {
            let request = iam.attach_user_policy().user_name(user_name.as_str()).policy_arn(policy_arn);
            send!("AttachUserPolicy", request).map(|_| None)
        }
        O::DetachUserPolicy { user_name, policy_arn } => {
            let request = iam.detach_user_policy().user_name(user_name.as_str()).policy_arn(policy_arn);
            send!("DetachUserPolicy", request).map(|_| None)
        }
        O::DeleteUser { user_name } => send!("DeleteUser", iam.delete_user().user_name(user_name.as_str())).map(|_| None),
        _ => Err(not_of_this_kind("user")),
    }
}
