//! The shapes of a dump, as the service model names them. Unknown members are passed over: AWS adds some now and then.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A list; tools that write `null` for an empty one mean an empty one.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Option::<Vec<T>>::deserialize(from).map(Option::unwrap_or_default)
}

/// A time as text; some tools write seconds since 1970.
fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Option::<Value>::deserialize(from)? {
        Some(Value::String(text)) => Some(text),
        Some(Value::Number(seconds)) => {
            let whole = seconds.as_i64().or_else(|| seconds.as_f64().map(|s| s as i64));
            whole.and_then(|s| jiff::Timestamp::from_second(s).ok()).map(|t| t.to_string())
        }
        _ => None,
    })
}

#[derive(Default, Deserialize)]
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
    #[serde(rename = "CreateDate", default, deserialize_with = "moment")]
    pub created: Option<String>,
    #[serde(rename = "AssumeRolePolicyDocument")]
    pub trust: Option<Value>,
    #[serde(rename = "InstanceProfileList", default, deserialize_with = "list")]
    pub profiles: Vec<DumpProfile>,
    #[serde(rename = "RolePolicyList", default, deserialize_with = "list")]
    pub inline: Vec<DumpInline>,
    #[serde(rename = "AttachedManagedPolicies", default, deserialize_with = "list")]
    pub attached: Vec<DumpAttached>,
    #[serde(rename = "PermissionsBoundary")]
    pub boundary: Option<DumpBoundary>,
    #[serde(rename = "Tags", default, deserialize_with = "list")]
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
    #[serde(rename = "CreateDate", default, deserialize_with = "moment")]
    pub created: Option<String>,
    #[serde(rename = "UserPolicyList", default, deserialize_with = "list")]
    pub inline: Vec<DumpInline>,
    #[serde(rename = "AttachedManagedPolicies", default, deserialize_with = "list")]
    pub attached: Vec<DumpAttached>,
    #[serde(rename = "GroupList", default, deserialize_with = "list")]
    pub groups: Vec<String>,
    #[serde(rename = "PermissionsBoundary")]
    pub boundary: Option<DumpBoundary>,
    #[serde(rename = "Tags", default, deserialize_with = "list")]
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
    #[serde(rename = "CreateDate", default, deserialize_with = "moment")]
    pub created: Option<String>,
    #[serde(rename = "GroupPolicyList", default, deserialize_with = "list")]
    pub inline: Vec<DumpInline>,
    #[serde(rename = "AttachedManagedPolicies", default, deserialize_with = "list")]
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
    #[serde(rename = "CreateDate", default, deserialize_with = "moment")]
    pub created: Option<String>,
    #[serde(rename = "PolicyVersionList", default, deserialize_with = "list")]
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
    #[serde(rename = "CreateDate", default, deserialize_with = "moment")]
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
    #[serde(rename = "CreateDate", default, deserialize_with = "moment")]
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
    #[serde(rename = "LastUsedDate", default, deserialize_with = "moment")]
    pub date: Option<String>,
}
