//! SDK types to the model, and the model's tags to the SDK. Pure; the only place where both are known.

use std::collections::BTreeSet;

use aws_sdk_iam::operation::get_open_id_connect_provider::GetOpenIdConnectProviderOutput;
use aws_sdk_iam::operation::get_saml_provider::GetSamlProviderOutput;
use aws_sdk_iam::primitives::{DateTime, DateTimeFormat};
use aws_sdk_iam::types as sdk;

use crate::backend::document::read_document;
use crate::backend::{BackendError, ErrorKind};
use crate::model::{
    Group, InlinePolicies, InstanceProfile, OidcProvider, Policy, PolicyVersion, Role, SamlProvider, Seen, Tags, User,
};
use crate::names::{Arn, Name, VersionId};

/// The call whose answers most of these are.
pub(super) const BULK: &str = "GetAccountAuthorizationDetails";

fn nonsense(operation: &str, what: &str) -> BackendError {
    BackendError::new(ErrorKind::Unavailable, operation, format!("the answer holds {what}"))
}

/// A name, or where an emulator leaves it out, the end of the ARN.
fn name_of(name: Option<&str>, arn: Option<&str>, what: &str) -> Result<Name, BackendError> {
    name.map(str::to_owned)
        .or_else(|| arn.and_then(Arn::parse).map(|a| a.last_segment().to_owned()))
        .filter(|n| !n.is_empty())
        .map(Name::new)
        .ok_or_else(|| nonsense(BULK, &format!("a {what} without name and ARN")))
}

/// The path of an answer, or the one in the ARN.
fn path_of(path: Option<&str>, arn: Option<&str>) -> String {
    let from_arn = || Some(Arn::parse(arn?)?.iam_resource()?.1.to_owned());
    path.map(str::to_owned).or_else(from_arn).unwrap_or_else(|| "/".to_owned())
}

/// A time in RFC 3339.
pub(super) fn time(at: Option<&DateTime>) -> Option<String> {
    at?.fmt(DateTimeFormat::DateTime).ok()
}

/// Tags as a map.
pub(super) fn tags(tags: &[sdk::Tag]) -> Tags {
    tags.iter().map(|t| (t.key.clone(), t.value.clone())).collect()
}

/// Tags as IAM's list, in key order; `None` for none, because IAM takes no empty list.
pub(super) fn to_sdk_tags(tags: &Tags) -> Option<Vec<sdk::Tag>> {
    let list: Vec<_> = tags.iter().filter_map(|(key, value)| sdk::Tag::builder().key(key).value(value).build().ok()).collect();
    (!list.is_empty()).then_some(list)
}

/// A description; absent and empty are one (iam-facts 1.3).
pub(super) fn description(text: Option<&str>) -> Option<String> {
    text.filter(|t| !t.is_empty()).map(str::to_owned)
}

fn inline(policies: &[sdk::PolicyDetail]) -> InlinePolicies {
    policies.iter().filter_map(|p| Some((p.policy_name()?.to_owned(), read_document(p.policy_document()?)))).collect()
}

fn attached(policies: &[sdk::AttachedPolicy]) -> BTreeSet<String> {
    policies.iter().filter_map(|p| p.policy_arn().map(str::to_owned)).collect()
}

/// The boundary's ARN; its type says nothing that can be relied on (iam-facts 1.3).
pub(super) fn boundary(boundary: Option<&sdk::AttachedPermissionsBoundary>) -> Option<String> {
    boundary?.permissions_boundary_arn().map(str::to_owned)
}

/// A role of the bulk call; description and maximum session are not in it.
pub(super) fn role(detail: &sdk::RoleDetail) -> Result<(Name, Role), BackendError> {
    let name = name_of(detail.role_name(), detail.arn(), "role")?;
    let role = Role {
        path: path_of(detail.path(), detail.arn()),
        id: detail.role_id().unwrap_or_default().to_owned(),
        trust: detail.assume_role_policy_document().map(read_document).map_or(Seen::Unread, Seen::Value),
        description: Seen::Unread,
        max_session_duration: Seen::Unread,
        permissions_boundary: Seen::Value(boundary(detail.permissions_boundary())),
        tags: Seen::Value(tags(detail.tags())),
        inline_policies: Seen::Value(inline(detail.role_policy_list())),
        attached_policies: Seen::Value(attached(detail.attached_managed_policies())),
        created: time(detail.create_date()),
        last_used: Seen::Value(time(detail.role_last_used().and_then(|u| u.last_used_date()))),
    };
    Ok((name, role))
}

/// A role that ListRoles shows and the bulk call does not: nothing of what the former lacks is known.
pub(super) fn listed_role(role: &sdk::Role) -> Role {
    Role {
        path: role.path().to_owned(),
        id: role.role_id().to_owned(),
        trust: role.assume_role_policy_document().map(read_document).map_or(Seen::Unread, Seen::Value),
        description: Seen::Value(description(role.description())),
        max_session_duration: Seen::Unread,
        permissions_boundary: Seen::Unread,
        tags: Seen::Unread,
        inline_policies: Seen::Unread,
        attached_policies: Seen::Unread,
        created: time(Some(role.create_date())),
        last_used: Seen::Unread,
    }
}

/// A customer policy of the bulk call; tags are not in it, and its description cannot be relied on.
pub(super) fn policy(detail: &sdk::ManagedPolicyDetail) -> Result<(Name, Policy), BackendError> {
    let name = name_of(detail.policy_name(), detail.arn(), "policy")?;
    let mut default_version = detail.default_version_id().and_then(VersionId::parse);
    let mut versions = std::collections::BTreeMap::new();
    for version in detail.policy_version_list() {
        let Some(id) = version.version_id().and_then(VersionId::parse) else {
            return Err(nonsense(BULK, &format!("a version of policy `{name}` without a version id")));
        };
        if version.is_default_version() {
            default_version.get_or_insert_with(|| id.clone());
        }
        let document = version.document().map(read_document).map_or(Seen::Unread, Seen::Value);
        versions.insert(id, PolicyVersion { document, created: time(version.create_date()) });
    }
    let default_version = default_version.ok_or_else(|| nonsense(BULK, &format!("policy `{name}` without a default version")))?;
    let policy = Policy {
        path: path_of(detail.path(), detail.arn()),
        id: detail.policy_id().unwrap_or_default().to_owned(),
        description: Seen::Unread,
        tags: Seen::Unread,
        default_version,
        versions,
        last_version: None,
        created: time(detail.create_date()),
    };
    Ok((name, policy))
}

/// A user of the bulk call; its credentials are not in it.
pub(super) fn user(detail: &sdk::UserDetail) -> Result<(Name, User), BackendError> {
    let name = name_of(detail.user_name(), detail.arn(), "user")?;
    let user = User {
        path: path_of(detail.path(), detail.arn()),
        id: detail.user_id().unwrap_or_default().to_owned(),
        permissions_boundary: Seen::Value(boundary(detail.permissions_boundary())),
        tags: Seen::Value(tags(detail.tags())),
        inline_policies: Seen::Value(inline(detail.user_policy_list())),
        attached_policies: Seen::Value(attached(detail.attached_managed_policies())),
        groups: Seen::Value(detail.group_list().iter().map(|g| Name::new(g.as_str())).collect()),
        credentials: Seen::Unread,
        created: time(detail.create_date()),
    };
    Ok((name, user))
}

/// A group of the bulk call.
pub(super) fn group(detail: &sdk::GroupDetail) -> Result<(Name, Group), BackendError> {
    let name = name_of(detail.group_name(), detail.arn(), "group")?;
    let group = Group {
        path: path_of(detail.path(), detail.arn()),
        id: detail.group_id().unwrap_or_default().to_owned(),
        inline_policies: Seen::Value(inline(detail.group_policy_list())),
        attached_policies: Seen::Value(attached(detail.attached_managed_policies())),
        created: time(detail.create_date()),
    };
    Ok((name, group))
}

/// An instance profile as listings show it; its tags are not in it.
pub(super) fn instance_profile(profile: &sdk::InstanceProfile) -> (Name, InstanceProfile) {
    let role = profile.roles().first().map(|r| Name::new(r.role_name()));
    let seen = InstanceProfile {
        path: profile.path().to_owned(),
        id: profile.instance_profile_id().to_owned(),
        role: Seen::Value(role),
        tags: Seen::Unread,
        created: time(Some(profile.create_date())),
    };
    (Name::new(profile.instance_profile_name()), seen)
}

/// A policy as GetPolicy shows it: without documents.
pub(super) fn policy_head(policy: &sdk::Policy) -> Option<Policy> {
    let default_version = policy.default_version_id().and_then(VersionId::parse)?;
    let version = PolicyVersion { document: Seen::Unread, created: None };
    Some(Policy {
        path: path_of(policy.path(), policy.arn()),
        id: policy.policy_id().unwrap_or_default().to_owned(),
        description: Seen::Value(description(policy.description())),
        tags: Seen::Value(tags(policy.tags())),
        versions: [(default_version.clone(), version)].into(),
        default_version,
        last_version: None,
        created: time(policy.create_date()),
    })
}

/// An OIDC provider.
pub(super) fn oidc_provider(answer: &GetOpenIdConnectProviderOutput) -> OidcProvider {
    OidcProvider {
        client_ids: Seen::Value(answer.client_id_list().iter().cloned().collect()),
        thumbprints: Seen::Value(answer.thumbprint_list().iter().cloned().collect()),
        tags: Seen::Value(tags(answer.tags())),
        created: time(answer.create_date()),
    }
}

/// A SAML provider.
pub(super) fn saml_provider(answer: &GetSamlProviderOutput) -> SamlProvider {
    SamlProvider {
        metadata: answer.saml_metadata_document().map(str::to_owned).map_or(Seen::Unread, Seen::Value),
        tags: Seen::Value(tags(answer.tags())),
        valid_until: time(answer.valid_until()),
        created: time(answer.create_date()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_without_name_takes_it_from_its_arn() {
        let version = sdk::PolicyVersion::builder().version_id("v12").is_default_version(true).document("%7B%7D").build();
        let detail = sdk::ManagedPolicyDetail::builder()
            .arn("arn:aws:iam::123456789012:policy/team/one")
            .default_version_id("v12")
            .policy_version_list(version)
            .build();
        let (name, policy) = policy(&detail).unwrap();
        assert_eq!((name.as_str(), policy.path.as_str()), ("one", "/team/"));
        assert_eq!(policy.default_document().unwrap().value(), &serde_json::json!({}));
        assert!(policy.tags.is_unread() && policy.description.is_unread());
    }

    #[test]
    fn an_entity_without_name_and_arn_is_an_error_and_not_left_out() {
        assert!(role(&sdk::RoleDetail::builder().build()).is_err());
        assert!(user(&sdk::UserDetail::builder().build()).is_err());
    }

    #[test]
    fn a_role_of_the_bulk_call_leaves_what_it_lacks_unread() {
        let used = sdk::RoleLastUsed::builder().build();
        let detail = sdk::RoleDetail::builder().role_name("r").path("/").role_last_used(used).build();
        let (_, role) = role(&detail).unwrap();
        assert!(role.description.is_unread() && role.max_session_duration.is_unread() && role.trust.is_unread());
        assert_eq!(role.permissions_boundary, Seen::Value(None));
        assert_eq!(role.last_used, Seen::Value(None));
    }

    #[test]
    fn tags_go_out_in_key_order_and_none_is_no_list() {
        let list = to_sdk_tags(&[("b".to_owned(), String::new()), ("a".to_owned(), "1".to_owned())].into()).unwrap();
        assert_eq!(list.iter().map(sdk::Tag::key).collect::<Vec<_>>(), ["a", "b"]);
        assert!(to_sdk_tags(&Tags::new()).is_none());
    }

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(time(Some(&DateTime::from_secs(0))).as_deref(), Some("1970-01-01T00:00:00Z"));
    }
}
