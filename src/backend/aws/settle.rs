//! After an attempt whose answer was lost, or one that another writer beat: is what IAM refuses to make there already? (iam-facts 3.4)
//!
//! It is only when everything that was asked for is there, ownership tags included; else the refusal stands.

use serde_json::Value;

use super::call::{if_there, pages, read};
use super::{AwsAccount, convert};
use crate::backend::document::read_document;
use crate::backend::{BackendError, ErrorKind};
use crate::model::{Act, Holder, Operation, Subject, Tags};
use crate::names::{EntityKind, Name, entity_arn};

/// Whether what the refused operation wanted is there; if so, with the ARN of what was made, where it has one.
pub(super) async fn as_wanted(account: &AwsAccount, operation: &Operation, refusal: &BackendError) -> Option<Option<String>> {
    use Operation as O;
    let taken = match operation {
        O::AddRoleToInstanceProfile { .. } => matches!(refusal.kind, ErrorKind::Limit | ErrorKind::Exists),
        O::CreateServiceLinkedRole { .. } => refusal.is_name_taken(),
        O::CreatePolicyVersion { .. } => refusal.kind == ErrorKind::Limit,
        _ => refusal.kind == ErrorKind::Exists,
    };
    if !taken {
        return None;
    }
    // A reading that fails leaves the refusal as it is.
    match operation {
        O::CreatePolicyVersion { .. } => version_is_there(account, operation).await.ok()?.then_some(None),
        O::AddRoleToInstanceProfile { instance_profile_name, role_name } => {
            let profile = profile(account, instance_profile_name).await.ok()?;
            profile.roles().iter().any(|r| Name::new(r.role_name()) == *role_name).then_some(None)
        }
        _ => found(account, operation).await.ok().flatten().map(Some),
    }
}

/// The ARN of the entity that an operation wanted to make, if one is there that is as it should be.
async fn found(account: &AwsAccount, operation: &Operation) -> Result<Option<String>, BackendError> {
    use Operation as O;
    let (iam, timing) = (&account.iam, &account.timing);
    Ok(match operation {
        O::CreateRole {
            role_name,
            path,
            assume_role_policy_document,
            description,
            max_session_duration,
            permissions_boundary,
            tags,
        } => {
            let answer = read(timing, "GetRole", || iam.get_role().role_name(role_name.as_str()).send()).await?;
            answer
                .role()
                .filter(|r| {
                    r.path() == path
                        && r.assume_role_policy_document().is_some_and(|d| same_document(d, assume_role_policy_document))
                        && convert::description(r.description()) == convert::description(description.as_deref())
                        && max_session_duration
                            .is_none_or(|s| r.max_session_duration().is_none_or(|have| i64::from(have) == i64::from(s)))
                        && convert::boundary(r.permissions_boundary()) == *permissions_boundary
                        && same_tags(r.tags(), tags)
                })
                .map(|r| r.arn().to_owned())
        }
        O::CreatePolicy { policy_name, path, policy_document, description, tags } => {
            let arn = arn_of(account, EntityKind::Policy, path, policy_name).await?;
            let answer = read(timing, "GetPolicy", || iam.get_policy().policy_arn(&arn).send()).await?;
            let Some(policy) = answer.policy() else { return Ok(None) };
            let version = policy.default_version_id().unwrap_or_default();
            let same = convert::description(policy.description()) == convert::description(description.as_deref())
                && same_tags(policy.tags(), tags)
                && version_says(account, &arn, version, policy_document).await?;
            same.then_some(arn)
        }
        O::CreateUser { user_name, path, permissions_boundary, tags } => {
            let answer = read(timing, "GetUser", || iam.get_user().user_name(user_name.as_str()).send()).await?;
            answer
                .user()
                .filter(|u| {
                    u.path() == path
                        && convert::boundary(u.permissions_boundary()) == *permissions_boundary
                        && same_tags(u.tags(), tags)
                })
                .map(|u| u.arn().to_owned())
        }
        O::CreateGroup { group_name, path } => {
            // Groups have no tags; a group with members is older than the lost attempt.
            let answer = read(timing, "GetGroup", || iam.get_group().group_name(group_name.as_str()).send()).await?;
            let empty = answer.users().is_empty();
            answer.group().filter(|g| empty && g.path() == path).map(|g| g.arn().to_owned())
        }
        O::CreateInstanceProfile { instance_profile_name, path, tags } => {
            let profile = profile(account, instance_profile_name).await?;
            (profile.path() == path && same_tags(profile.tags(), tags)).then(|| profile.arn().to_owned())
        }
        O::CreateServiceLinkedRole { aws_service_name, custom_suffix, .. } => {
            let prefix = format!("/aws-service-role/{aws_service_name}/");
            let answer = read(timing, "ListRoles", || iam.list_roles().path_prefix(&prefix).send()).await?;
            let key = match custom_suffix {
                Some(suffix) => format!("{aws_service_name}/{suffix}"),
                None => aws_service_name.clone(),
            };
            let names: Vec<Name> = answer.roles().iter().map(|r| Name::new(r.role_name())).collect();
            let found = crate::model::linked_role(&key, names.iter());
            answer.roles().iter().find(|r| found.is_some_and(|n| *n == Name::new(r.role_name()))).map(|r| r.arn().to_owned())
        }
        O::CreateOidcProvider { url, client_ids, tags, .. } => {
            let host = Name::new(url.trim_start_matches("https://"));
            let arn = arn_of(account, EntityKind::OidcProvider, "/", &host).await?;
            let answer = read(timing, "GetOpenIDConnectProvider", || {
                iam.get_open_id_connect_provider().open_id_connect_provider_arn(&arn).send()
            });
            let answer = answer.await?;
            let same_audiences = sorted(answer.client_id_list()) == sorted(client_ids);
            (same_audiences && same_tags(answer.tags(), tags)).then_some(arn)
        }
        O::CreateSamlProvider { name, metadata, tags } => {
            let arn = arn_of(account, EntityKind::SamlProvider, "/", name).await?;
            let answer = read(timing, "GetSAMLProvider", || iam.get_saml_provider().saml_provider_arn(&arn).send()).await?;
            let same = answer.saml_metadata_document().is_some_and(|have| have.trim() == metadata.trim());
            (same && same_tags(answer.tags(), tags)).then_some(arn)
        }
        _ => None,
    })
}

/// Whether a policy already has the version that a CreatePolicyVersion asks for: as default, where it is to be the default.
pub(super) async fn version_is_there(account: &AwsAccount, operation: &Operation) -> Result<bool, BackendError> {
    let Operation::CreatePolicyVersion { policy_arn, policy_document, set_as_default } = operation else { return Ok(false) };
    let (iam, timing) = (&account.iam, &account.timing);
    let listed = read(timing, "ListPolicyVersions", || iam.list_policy_versions().policy_arn(policy_arn).send()).await?;
    for version in listed.versions().iter().filter(|v| v.is_default_version() || !set_as_default) {
        if version_says(account, policy_arn, version.version_id().unwrap_or_default(), policy_document).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the new name of a renaming is there.
pub(super) async fn is_renamed(account: &AwsAccount, operation: &Operation) -> Result<bool, BackendError> {
    let (iam, timing) = (&account.iam, &account.timing);
    let Some(new) = operation.renames() else { return Ok(false) };
    let name = new.name.as_str();
    Ok(match new.kind {
        EntityKind::User => if_there(read(timing, "GetUser", || iam.get_user().user_name(name).send()).await)?.is_some(),
        EntityKind::Group => if_there(read(timing, "GetGroup", || iam.get_group().group_name(name).send()).await)?.is_some(),
        _ => false,
    })
}

/// Whether what a removal is to remove is not there, as a read of its own shows.
pub(super) async fn is_absent(account: &AwsAccount, operation: &Operation) -> Result<bool, BackendError> {
    let (iam, timing) = (&account.iam, &account.timing);
    macro_rules! gone {
        ($call:literal, $request:expr) => {
            if_there(read(timing, $call, || $request.send()).await)?.is_none()
        };
    }
    macro_rules! attached {
        ($call:literal, $arn:expr, $request:expr) => {{
            let fetch =
                |marker: Option<String>| async move { read(timing, $call, || $request.set_marker(marker.clone()).send()).await };
            let all = if_there(pages($call, fetch, |_| ()).await)?.unwrap_or_default();
            all.iter().flat_map(|page| page.attached_policies()).any(|policy| policy.policy_arn() == Some($arn))
        }};
    }
    let (subject, act) = operation.facts();
    Ok(match (act, operation.holder()) {
        (Act::Detach(arn), Some(Holder::Role(n))) => {
            !attached!("ListAttachedRolePolicies", arn, iam.list_attached_role_policies().role_name(n.as_str()))
        }
        (Act::Detach(arn), Some(Holder::User(n))) => {
            !attached!("ListAttachedUserPolicies", arn, iam.list_attached_user_policies().user_name(n.as_str()))
        }
        (Act::Detach(arn), Some(Holder::Group(n))) => {
            !attached!("ListAttachedGroupPolicies", arn, iam.list_attached_group_policies().group_name(n.as_str()))
        }
        (Act::DeleteInline(p), Some(Holder::Role(n))) => {
            gone!("GetRolePolicy", iam.get_role_policy().role_name(n.as_str()).policy_name(p))
        }
        (Act::DeleteInline(p), Some(Holder::User(n))) => {
            gone!("GetUserPolicy", iam.get_user_policy().user_name(n.as_str()).policy_name(p))
        }
        (Act::DeleteInline(p), Some(Holder::Group(n))) => {
            gone!("GetGroupPolicy", iam.get_group_policy().group_name(n.as_str()).policy_name(p))
        }
        (Act::Leave(_, user), Some(Holder::Group(n))) => {
            let fetch = |marker: Option<String>| async move {
                read(timing, "GetGroup", || iam.get_group().group_name(n.as_str()).set_marker(marker.clone()).send()).await
            };
            let all = if_there(pages("GetGroup", fetch, |_| ()).await)?.unwrap_or_default();
            !all.iter().flat_map(|page| page.users()).any(|member| Name::new(member.user_name()) == *user)
        }
        (Act::Leave(_, role), _) => match subject {
            Subject::Named(_, name) => if_there(profile(account, name).await)?
                .is_none_or(|profile| !profile.roles().iter().any(|r| Name::new(r.role_name()) == *role)),
            Subject::PolicyArn(_) | Subject::ProviderArn(_) | Subject::Url(_) | Subject::Linked(..) => false,
        },
        (Act::Delete, Some(Holder::Role(n))) => gone!("GetRole", iam.get_role().role_name(n.as_str())),
        (Act::Delete, Some(Holder::User(n))) => gone!("GetUser", iam.get_user().user_name(n.as_str())),
        (Act::Delete, Some(Holder::Group(n))) => gone!("GetGroup", iam.get_group().group_name(n.as_str())),
        (Act::Delete, None) => match (subject, operation.call().kind) {
            (Subject::PolicyArn(arn), _) => gone!("GetPolicy", iam.get_policy().policy_arn(arn)),
            (Subject::ProviderArn(arn), EntityKind::SamlProvider) => {
                gone!("GetSAMLProvider", iam.get_saml_provider().saml_provider_arn(arn))
            }
            (Subject::ProviderArn(arn), _) => {
                gone!("GetOpenIDConnectProvider", iam.get_open_id_connect_provider().open_id_connect_provider_arn(arn))
            }
            (Subject::Named(_, name), _) => if_there(profile(account, name).await)?.is_none(),
            (Subject::Url(_) | Subject::Linked(..), _) => false,
        },
        (Act::DropVersion, _) => match operation {
            Operation::DeletePolicyVersion { policy_arn, version_id } => {
                let version = version_id.to_string();
                gone!("GetPolicyVersion", iam.get_policy_version().policy_arn(policy_arn).version_id(&version))
            }
            _ => false,
        },
        // Nothing else ends in absence.
        _ => false,
    })
}

async fn version_says(account: &AwsAccount, arn: &str, version: &str, document: &str) -> Result<bool, BackendError> {
    let (iam, timing) = (&account.iam, &account.timing);
    let answer = read(timing, "GetPolicyVersion", || iam.get_policy_version().policy_arn(arn).version_id(version).send()).await?;
    Ok(answer.policy_version().and_then(|v| v.document()).is_some_and(|have| same_document(have, document)))
}

async fn profile(account: &AwsAccount, name: &Name) -> Result<aws_sdk_iam::types::InstanceProfile, BackendError> {
    const CALL: &str = "GetInstanceProfile";
    let iam = &account.iam;
    let answer = read(&account.timing, CALL, || iam.get_instance_profile().instance_profile_name(name.as_str()).send()).await?;
    answer.instance_profile.ok_or_else(|| BackendError::new(ErrorKind::Unavailable, CALL, "the answer holds no instance profile"))
}

async fn arn_of(account: &AwsAccount, kind: EntityKind, path: &str, name: &Name) -> Result<String, BackendError> {
    let identity = &account.identity().await?.account;
    Ok(entity_arn(&identity.partition, &identity.id, kind, path, name.as_str()))
}

fn same_tags(have: &[aws_sdk_iam::types::Tag], want: &Tags) -> bool {
    convert::tags(have) == *want
}

fn sorted(list: &[String]) -> Vec<&String> {
    let mut list: Vec<_> = list.iter().collect();
    list.sort();
    list
}

/// Whether IAM's document is the one that was sent, but for the order of lists, one-element lists, and an account's two spellings
/// as a principal.
fn same_document(have: &str, sent: &str) -> bool {
    let Ok(sent) = serde_json::from_str::<Value>(sent) else { return false };
    flat(read_document(have).value(), 0) == flat(&sent, 0)
}

fn flat(value: &Value, depth: usize) -> String {
    // IAM's documents are a few levels deep; deeper ones are compared as they stand.
    if depth > 32 {
        return value.to_string();
    }
    match value {
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(|v| flat(v, depth + 1)).collect();
            items.sort();
            items.dedup();
            if items.len() == 1 { items.concat() } else { format!("[{}]", items.join(",")) }
        }
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().map(|(k, v)| format!("{k:?}:{}", flat(v, depth + 1))).collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        Value::String(text) => {
            let root = crate::names::Arn::parse(text).filter(|a| a.resource == "root").and_then(|a| a.account_id());
            format!("{:?}", root.map_or(text.as_str().to_owned(), |id| id.to_string()))
        }
        other => format!("{:?}", other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_read_back_is_the_one_sent() {
        let sent =
            r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":["111122223333","222233334444"]},"Action":"sts:AssumeRole"}]}"#;
        let have = r#"{"Statement":{"Action":["sts:AssumeRole"],"Effect":"Allow",
            "Principal":{"AWS":["arn:aws:iam::222233334444:root","arn:aws:iam::111122223333:root"]}}}"#;
        assert!(same_document(have, sent));
        assert!(!same_document(&have.replace("sts:AssumeRole", "sts:TagSession"), sent));
        assert!(!same_document("no json", sent));
    }

    #[test]
    fn numbers_and_booleans_are_as_good_as_their_texts() {
        assert!(same_document(r#"{"a":"true","b":["1"]}"#, r#"{"a":true,"b":1}"#));
    }
}
