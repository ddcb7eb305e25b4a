//! The shapes of a dump, as the service model names them. Unknown members are passed over: AWS adds some now and then.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub(super) struct Dump {
    #[serde(rename = "UserDetailList")]
    pub users: Option<Vec<DumpUser>>,
    #[serde(rename = "GroupDetailList")]
    pub groups: Option<Vec<DumpGroup>>,
    #[serde(rename = "RoleDetailList")]
    pub roles: Option<Vec<DumpRole>>,
    #[serde(rename = "Policies")]
    pub policies: Option<Vec<DumpPolicy>>,
    #[serde(rename = "IsTruncated")]
    pub is_truncated: Option<bool>,
    #[serde(rename = "Marker")]
    pub marker: Option<String>,
    /// What `--max-items` of the CLI leaves.
    #[serde(rename = "NextToken")]
    pub next_token: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct DumpRole {
    #[serde(rename = "RoleName")]
    pub name: Option<String>,
    #[serde(rename = "Path")]
    pub path: Option<String>,
    #[serde(rename = "RoleId")]
    pub id: Option<String>,
    #[serde(rename = "Arn")]
    pub arn: String,
    #[serde(rename = "CreateDate")]
    pub created: Option<String>,
    #[serde(rename = "AssumeRolePolicyDocument")]
    pub trust: Option<Value>,
    #[serde(rename = "InstanceProfileList", default)]
    pub profiles: Vec<DumpProfile>,
    #[serde(rename = "RolePolicyList", default)]
    pub inline: Vec<DumpInline>,
    #[serde(rename = "AttachedManagedPolicies", default)]
    pub attached: Vec<DumpAttached>,
    #[serde(rename = "PermissionsBoundary")]
    pub boundary: Option<DumpBoundary>,
    #[serde(rename = "Tags", default)]
    pub tags: Vec<DumpTag>,
    #[serde(rename = "RoleLastUsed")]
    pub last_used: Option<DumpLastUsed>,
}

#[derive(Deserialize)]
pub(super) struct DumpUser {
    #[serde(rename = "UserName")]
    pub name: Option<String>,
    #[serde(rename = "Path")]
    pub path: Option<String>,
    #[serde(rename = "UserId")]
    pub id: Option<String>,
    #[serde(rename = "Arn")]
    pub arn: String,
    #[serde(rename = "CreateDate")]
    pub created: Option<String>,
    #[serde(rename = "UserPolicyList", default)]
    pub inline: Vec<DumpInline>,
    #[serde(rename = "AttachedManagedPolicies", default)]
    pub attached: Vec<DumpAttached>,
    #[serde(rename = "GroupList", default)]
    pub groups: Vec<String>,
    #[serde(rename = "PermissionsBoundary")]
    pub boundary: Option<DumpBoundary>,
    #[serde(rename = "Tags", default)]
    pub tags: Vec<DumpTag>,
}

#[derive(Deserialize)]
pub(super) struct DumpGroup {
    #[serde(rename = "GroupName")]
    pub name: Option<String>,
    #[serde(rename = "Path")]
    pub path: Option<String>,
    #[serde(rename = "GroupId")]
    pub id: Option<String>,
    #[serde(rename = "Arn")]
    pub arn: String,
    #[serde(rename = "CreateDate")]
    pub created: Option<String>,
    #[serde(rename = "GroupPolicyList", default)]
    pub inline: Vec<DumpInline>,
    #[serde(rename = "AttachedManagedPolicies", default)]
    pub attached: Vec<DumpAttached>,
}

#[derive(Deserialize)]
pub(super) struct DumpPolicy {
    #[serde(rename = "PolicyName")]
    pub name: Option<String>,
    #[serde(rename = "Path")]
    pub path: Option<String>,
    #[serde(rename = "PolicyId")]
    pub id: Option<String>,
    #[serde(rename = "Arn")]
    pub arn: String,
    #[serde(rename = "DefaultVersionId")]
    pub default_version: Option<String>,
    #[serde(rename = "CreateDate")]
    pub created: Option<String>,
    #[serde(rename = "PolicyVersionList", default)]
    pub versions: Vec<DumpVersion>,
}

#[derive(Deserialize)]
pub(super) struct DumpVersion {
    #[serde(rename = "VersionId")]
    pub id: String,
    #[serde(rename = "Document")]
    pub document: Option<Value>,
    #[serde(rename = "IsDefaultVersion", default)]
    pub is_default: bool,
    #[serde(rename = "CreateDate")]
    pub created: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct DumpProfile {
    #[serde(rename = "InstanceProfileName")]
    pub name: Option<String>,
    #[serde(rename = "Path")]
    pub path: Option<String>,
    #[serde(rename = "InstanceProfileId")]
    pub id: Option<String>,
    #[serde(rename = "CreateDate")]
    pub created: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct DumpInline {
    #[serde(rename = "PolicyName")]
    pub name: String,
    #[serde(rename = "PolicyDocument")]
    pub document: Value,
}

#[derive(Deserialize)]
pub(super) struct DumpAttached {
    #[serde(rename = "PolicyArn")]
    pub arn: String,
}

#[derive(Deserialize)]
pub(super) struct DumpBoundary {
    #[serde(rename = "PermissionsBoundaryArn")]
    pub arn: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct DumpTag {
    #[serde(rename = "Key")]
    pub key: String,
    #[serde(rename = "Value", default)]
    pub value: String,
}

#[derive(Deserialize)]
pub(super) struct DumpLastUsed {
    #[serde(rename = "LastUsedDate")]
    pub date: Option<String>,
}
