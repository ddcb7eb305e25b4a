//! Writes to instance profiles.

use aws_sdk_iam::Client;

use super::{Sent, not_of_this_kind, send};
use crate::backend::aws::convert;
use crate::model::Operation;

/// Sends one request.
pub(super) async fn send(iam: &Client, operation: &Operation) -> Sent {
    use Operation as O;
    match operation {
        O::CreateInstanceProfile { instance_profile_name, path, tags } => {
            let request = iam
                .create_instance_profile()
                .instance_profile_name(instance_profile_name.as_str())
                .path(path)
                .set_tags(convert::to_sdk_tags(tags));
            send!("CreateInstanceProfile", request).map(|answer| answer.instance_profile().map(|p| p.arn().to_owned()))
        }
        O::AddRoleToInstanceProfile { instance_profile_name, role_name } => {
            let request = iam
                .add_role_to_instance_profile()
                .instance_profile_name(instance_profile_name.as_str())
                .role_name(role_name.as_str());
            send!("AddRoleToInstanceProfile", request).map(|_| None)
        }
        O::RemoveRoleFromInstanceProfile { instance_profile_name, role_name } => {
            let request = iam
                .remove_role_from_instance_profile()
                .instance_profile_name(instance_profile_name.as_str())
                .role_name(role_name.as_str());
            send!("RemoveRoleFromInstanceProfile", request).map(|_| None)
        }
        O::TagInstanceProfile { instance_profile_name, tags } => {
            let request = iam
                .tag_instance_profile()
                .instance_profile_name(instance_profile_name.as_str())
                .set_tags(convert::to_sdk_tags(tags));
            send!("TagInstanceProfile", request).map(|_| None)
        }
        O::UntagInstanceProfile { instance_profile_name, tag_keys } => {
            let request = iam
                .untag_instance_profile()
                .instance_profile_name(instance_profile_name.as_str())
                .set_tag_keys(Some(tag_keys.clone()));
            send!("UntagInstanceProfile", request).map(|_| None)
        }
        O::DeleteInstanceProfile { instance_profile_name } => {
            let request = iam.delete_instance_profile().instance_profile_name(instance_profile_name.as_str());
            send!("DeleteInstanceProfile", request).map(|_| None)
        }
        _ => Err(not_of_this_kind("instance profile")),
    }
}
