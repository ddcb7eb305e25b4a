//! The closed set of IAM writes. Each variant is one call, its fields IAM's own parameters in IAM's own names.

mod facts;
mod holder;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::names::{Name, VersionId};

pub use facts::{Act, Call, Subject, When, named_in, policy_address, principal_address};
pub use holder::Holder;

/// One IAM write with its request. Documents are the exact text that is sent.
///
/// In JSON: `{"operation": "CreateRole", "request": {"RoleName": …}}`. Tags are a map, sent as IAM's list in key order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "operation", content = "request", rename_all_fields = "PascalCase", deny_unknown_fields)]
#[allow(missing_docs, reason = "the parameters are IAM's own")]
pub enum Operation {
    CreateRole {
        role_name: Name,
        path: String,
        assume_role_policy_document: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_session_duration: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        permissions_boundary: Option<String>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tags: BTreeMap<String, String>,
    },
    /// Both members are always sent, because IAM's text and practice differ on a member left out (iam-facts 2.1.1).
    UpdateRole {
        role_name: Name,
        description: String,
        max_session_duration: u32,
    },
    UpdateAssumeRolePolicy {
        role_name: Name,
        policy_document: String,
    },
    PutRolePermissionsBoundary {
        role_name: Name,
        permissions_boundary: String,
    },
    DeleteRolePermissionsBoundary {
        role_name: Name,
    },
    TagRole {
        role_name: Name,
        tags: BTreeMap<String, String>,
    },
    UntagRole {
        role_name: Name,
        tag_keys: Vec<String>,
    },
    PutRolePolicy {
        role_name: Name,
        policy_name: String,
        policy_document: String,
    },
    DeleteRolePolicy {
        role_name: Name,
        policy_name: String,
    },
    AttachRolePolicy {
        role_name: Name,
        policy_arn: String,
    },
    DetachRolePolicy {
        role_name: Name,
        policy_arn: String,
    },
    DeleteRole {
        role_name: Name,
    },

    CreatePolicy {
        policy_name: Name,
        path: String,
        policy_document: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tags: BTreeMap<String, String>,
    },
    /// `set_as_default` is always true in plans; a rollback uses [`Operation::SetDefaultPolicyVersion`].
    CreatePolicyVersion {
        policy_arn: String,
        policy_document: String,
        set_as_default: bool,
    },
    SetDefaultPolicyVersion {
        policy_arn: String,
        version_id: VersionId,
    },
    DeletePolicyVersion {
        policy_arn: String,
        version_id: VersionId,
    },
    DeletePolicy {
        policy_arn: String,
    },
    TagPolicy {
        policy_arn: String,
        tags: BTreeMap<String, String>,
    },
    UntagPolicy {
        policy_arn: String,
        tag_keys: Vec<String>,
    },

    CreateUser {
        user_name: Name,
        path: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        permissions_boundary: Option<String>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tags: BTreeMap<String, String>,
    },
    /// Changes the path, or the name.
    UpdateUser {
        user_name: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new_path: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new_user_name: Option<Name>,
    },
    PutUserPermissionsBoundary {
        user_name: Name,
        permissions_boundary: String,
    },
    DeleteUserPermissionsBoundary {
        user_name: Name,
    },
    TagUser {
        user_name: Name,
        tags: BTreeMap<String, String>,
    },
    UntagUser {
        user_name: Name,
        tag_keys: Vec<String>,
    },
    PutUserPolicy {
        user_name: Name,
        policy_name: String,
        policy_document: String,
    },
    DeleteUserPolicy {
        user_name: Name,
        policy_name: String,
    },
    AttachUserPolicy {
        user_name: Name,
        policy_arn: String,
    },
    DetachUserPolicy {
        user_name: Name,
        policy_arn: String,
    },
    DeleteUser {
        user_name: Name,
    },

    CreateGroup {
        group_name: Name,
        path: String,
    },
    /// Changes the path, or the name.
    UpdateGroup {
        group_name: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new_path: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new_group_name: Option<Name>,
    },
    PutGroupPolicy {
        group_name: Name,
        policy_name: String,
        policy_document: String,
    },
    DeleteGroupPolicy {
        group_name: Name,
        policy_name: String,
    },
    AttachGroupPolicy {
        group_name: Name,
        policy_arn: String,
    },
    DetachGroupPolicy {
        group_name: Name,
        policy_arn: String,
    },
    AddUserToGroup {
        group_name: Name,
        user_name: Name,
    },
    RemoveUserFromGroup {
        group_name: Name,
        user_name: Name,
    },
    DeleteGroup {
        group_name: Name,
    },

    CreateInstanceProfile {
        instance_profile_name: Name,
        path: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tags: BTreeMap<String, String>,
    },
    AddRoleToInstanceProfile {
        instance_profile_name: Name,
        role_name: Name,
    },
    RemoveRoleFromInstanceProfile {
        instance_profile_name: Name,
        role_name: Name,
    },
    TagInstanceProfile {
        instance_profile_name: Name,
        tags: BTreeMap<String, String>,
    },
    UntagInstanceProfile {
        instance_profile_name: Name,
        tag_keys: Vec<String>,
    },
    DeleteInstanceProfile {
        instance_profile_name: Name,
    },

    CreateServiceLinkedRole {
        #[serde(rename = "AWSServiceName")]
        aws_service_name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        custom_suffix: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
    },
    /// Asynchronous in IAM: the step is done when the deletion task has succeeded.
    DeleteServiceLinkedRole {
        role_name: Name,
    },

    #[serde(rename = "CreateOpenIDConnectProvider")]
    CreateOidcProvider {
        /// With `https://`.
        url: String,
        #[serde(rename = "ClientIDList", default, skip_serializing_if = "Vec::is_empty")]
        client_ids: Vec<String>,
        #[serde(rename = "ThumbprintList", default, skip_serializing_if = "Vec::is_empty")]
        thumbprints: Vec<String>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tags: BTreeMap<String, String>,
    },
    #[serde(rename = "AddClientIDToOpenIDConnectProvider")]
    AddClientIdToOidcProvider {
        #[serde(rename = "OpenIDConnectProviderArn")]
        provider_arn: String,
        #[serde(rename = "ClientID")]
        client_id: String,
    },
    #[serde(rename = "RemoveClientIDFromOpenIDConnectProvider")]
    RemoveClientIdFromOidcProvider {
        #[serde(rename = "OpenIDConnectProviderArn")]
        provider_arn: String,
        #[serde(rename = "ClientID")]
        client_id: String,
    },
    #[serde(rename = "UpdateOpenIDConnectProviderThumbprint")]
    UpdateOidcProviderThumbprint {
        #[serde(rename = "OpenIDConnectProviderArn")]
        provider_arn: String,
        #[serde(rename = "ThumbprintList")]
        thumbprints: Vec<String>,
    },
    #[serde(rename = "TagOpenIDConnectProvider")]
    TagOidcProvider {
        #[serde(rename = "OpenIDConnectProviderArn")]
        provider_arn: String,
        tags: BTreeMap<String, String>,
    },
    #[serde(rename = "UntagOpenIDConnectProvider")]
    UntagOidcProvider {
        #[serde(rename = "OpenIDConnectProviderArn")]
        provider_arn: String,
        tag_keys: Vec<String>,
    },
    #[serde(rename = "DeleteOpenIDConnectProvider")]
    DeleteOidcProvider {
        #[serde(rename = "OpenIDConnectProviderArn")]
        provider_arn: String,
    },

    #[serde(rename = "CreateSAMLProvider")]
    CreateSamlProvider {
        name: Name,
        #[serde(rename = "SAMLMetadataDocument")]
        metadata: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tags: BTreeMap<String, String>,
    },
    #[serde(rename = "UpdateSAMLProvider")]
    UpdateSamlProvider {
        #[serde(rename = "SAMLProviderArn")]
        provider_arn: String,
        #[serde(rename = "SAMLMetadataDocument")]
        metadata: String,
    },
    #[serde(rename = "TagSAMLProvider")]
    TagSamlProvider {
        #[serde(rename = "SAMLProviderArn")]
        provider_arn: String,
        tags: BTreeMap<String, String>,
    },
    #[serde(rename = "UntagSAMLProvider")]
    UntagSamlProvider {
        #[serde(rename = "SAMLProviderArn")]
        provider_arn: String,
        tag_keys: Vec<String>,
    },
    #[serde(rename = "DeleteSAMLProvider")]
    DeleteSamlProvider {
        #[serde(rename = "SAMLProviderArn")]
        provider_arn: String,
    },
}
