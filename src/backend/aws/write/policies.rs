//! Writes to customer managed policies.

use super::{Sent, not_of_this_kind, send};
use crate::backend::aws::{AwsAccount, convert};
use crate::model::Operation;

/// Sends one request.
pub(super) async fn send(account: &AwsAccount, operation: &Operation) -> Sent {
    use Operation as O;
    let iam = &account.iam;
    match operation {
        O::CreatePolicy { policy_name, path, policy_document, description, tags } => {
            let request = iam
                .create_policy()
                .policy_name(policy_name.as_str())
                .path(path)
                .policy_document(policy_document)
                .set_description(description.clone())
                .set_tags(convert::to_sdk_tags(tags));
            send!("CreatePolicy", request).map(|answer| answer.policy().and_then(|p| p.arn()).map(str::to_owned))
        }
        O::CreatePolicyVersion { policy_arn, policy_document, set_as_default } => {
            let request = iam
                .create_policy_version()
                .policy_arn(policy_arn)
                .policy_document(policy_document)
                .set_as_default(*set_as_default);
            send!("CreatePolicyVersion", request).map(|_| None)
        }
        O::SetDefaultPolicyVersion { policy_arn, version_id } => {
            let request = iam.set_default_policy_version().policy_arn(policy_arn).version_id(version_id.to_string());
            send!("SetDefaultPolicyVersion", request).map(|_| None)
        }
        O::DeletePolicyVersion { policy_arn, version_id } => {
            let request = iam.delete_policy_version().policy_arn(policy_arn).version_id(version_id.to_string());
            send!("DeletePolicyVersion", request).map(|_| None)
        }
        O::DeletePolicy { policy_arn } => send!("DeletePolicy", iam.delete_policy().policy_arn(policy_arn)).map(|_| None),
        O::TagPolicy { policy_arn, tags } => {
            let request = iam.tag_policy().policy_arn(policy_arn).set_tags(convert::to_sdk_tags(tags));
            send!("TagPolicy", request).map(|_| None)
        }
        O::UntagPolicy { policy_arn, tag_keys } => {
            let request = iam.untag_policy().policy_arn(policy_arn).set_tag_keys(Some(tag_keys.clone()));
            send!("UntagPolicy", request).map(|_| None)
        }
        _ => Err(not_of_this_kind("policy")),
    }
}
