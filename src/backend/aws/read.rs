//! The whole account in bulk: a few listings side by side, then what they leave out (iam-facts 1.6).
//!
//! INVARIANT (unread-is-not-absent): a read that is denied leaves its fields unread or its kind unlisted, a read that fails ends
//! the reading; nothing that was not seen is taken for absent.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Bulk;
use aws_sdk_iam::operation::list_roles::ListRolesOutput;
use aws_sdk_iam::types::EntityType;

use super::call::{if_allowed, pages, read};
use super::details::{self, Head};
use super::{AwsAccount, convert};
use crate::backend::{BackendError, ErrorKind, Progress, ReadScope};
use crate::model::{InstanceProfile, Limits, Seen, Snapshot, Tags};
use crate::names::{Address, EntityKind, Name, entity_arn};

/// The most that IAM puts on one page.
const PAGE: i32 = 1000;

/// Reads the account. What one may not read is unread in the result; what breaks off is an error.
pub(super) async fn snapshot(account: &AwsAccount, scope: &ReadScope, progress: &dyn Progress) -> Result<Snapshot, BackendError> {
    let identity = account.identity().await?.account.clone();
    let mut snapshot = Snapshot::empty(identity);
    let entities = async {
        listings(account, progress, &mut snapshot).await?;
        read_policies(account, progress, &mut snapshot).await
    };
    let (entities, oidc, saml, summary, aws) = tokio::join!(
        entities,
        details::oidc_providers(account),
        details::saml_providers(account),
        limits(account),
        details::policy_heads(account, scope.aws_policies.iter().cloned().collect(), |_| ()),
    );
    // The bulk call first: when it fails, its error is the one to report.
    entities?;
    match oidc? {
        Some(providers) => snapshot.oidc_providers = providers,
        None => drop(snapshot.unlisted.insert(EntityKind::OidcProvider)),
    }
    match saml? {
        Some(providers) => snapshot.saml_providers = providers,
        None => drop(snapshot.unlisted.insert(EntityKind::SamlProvider)),
    }
    snapshot.limits = summary?.map_or(Seen::Unread, Seen::Value);
    for (arn, head) in aws? {
        match head {
            Head::Seen(policy) => drop(snapshot.aws_policies.insert(arn, policy)),
            Head::Absent => {}
            Head::Denied => drop(snapshot.aws_policies_unread.insert(arn)),
        }
    }
    read_what_may_be_ours(account, scope, &mut snapshot).await?;
    Ok(snapshot)
}

/// How often listings that disagree are read again.
const READ_AGAIN: u32 = 3;

/// Roles, policies, users, groups and instance profiles. Three listings speak of the same roles and profiles; where they disagree, one
/// of them is not up to date or not whole. They are read again, and what stays in dispute is not known.
async fn listings(account: &AwsAccount, progress: &dyn Progress, into: &mut Snapshot) -> Result<(), BackendError> {
    let mut attempt = 1;
    loop {
        let mut snapshot = Snapshot::empty(into.account.clone());
        let (bulk, roles, profiles) =
            tokio::join!(bulk_pages(account, progress), role_pages(account), instance_profiles(account));
        fill_from_bulk(&mut snapshot, &bulk?)?;
        let (roles, profiles) = (roles?, profiles?);
        let disputed = disputed(&snapshot, roles.as_deref(), profiles.as_ref());
        if !disputed.is_empty() && attempt <= READ_AGAIN {
            tokio::time::sleep(account.timing.pause(attempt)).await;
            attempt += 1;
            continue;
        }
        merge_roles(&mut snapshot, roles.as_deref().unwrap_or_default());
        match profiles {
            Some(profiles) => snapshot.instance_profiles = profiles,
            None => drop(snapshot.unlisted.insert(EntityKind::InstanceProfile)),
        }
        for address in disputed {
            let listed = roles.iter().flatten().flat_map(|p| p.roles()).find(|r| Name::new(r.role_name()) == address.name);
            leave_open(&mut snapshot, &address, listed);
        }
        *into = snapshot;
        return Ok(());
    }
}

/// Roles and profiles that one listing has and another lacks, or has otherwise.
fn disputed(
    bulk: &Snapshot,
    roles: Option<&[ListRolesOutput]>,
    profiles: Option<&BTreeMap<Name, InstanceProfile>>,
) -> BTreeSet<Address> {
    let mut found = BTreeSet::new();
    if let Some(pages) = roles {
        let listed: BTreeMap<Name, &str> =
            pages.iter().flat_map(|p| p.roles()).map(|r| (Name::new(r.role_name()), r.role_id())).collect();
        let same = |name: &Name, id: &str| listed.get(name).is_some_and(|other| id.is_empty() || *other == id);
        let unsure = bulk.roles.iter().filter(|(name, role)| !same(name, &role.id)).map(|(name, _)| name);
        let missing = listed.keys().filter(|name| !bulk.roles.contains_key(*name));
        found.extend(unsure.chain(missing).map(|name| Address::new(EntityKind::Role, name)));
    }
    if let Some(listed) = profiles {
        // The bulk call shows profiles at the roles in them.
        let holds =
            |map: &BTreeMap<Name, InstanceProfile>, name: &Name| map.get(name).and_then(|p| p.role.value().cloned().flatten());
        let names: BTreeSet<&Name> = bulk.instance_profiles.keys().chain(listed.keys()).collect();
        let unsure = names.into_iter().filter(|name| holds(&bulk.instance_profiles, name) != holds(listed, name));
        found.extend(unsure.map(|name| Address::new(EntityKind::InstanceProfile, name)));
    }
    found
}

/// Nothing of a disputed entity counts as read that a plan would decide by: the plan is then not complete.
fn leave_open(snapshot: &mut Snapshot, address: &Address, listed: Option<&aws_sdk_iam::types::Role>) {
    match address.kind {
        EntityKind::InstanceProfile => {
            if let Some(profile) = snapshot.instance_profiles.get_mut(&address.name) {
                (profile.role, profile.tags) = (Seen::Unread, Seen::Unread);
            } else {
                snapshot.unlisted.insert(EntityKind::InstanceProfile);
            }
        }
        EntityKind::Role => {
            if let Some(role) = snapshot.roles.get_mut(&address.name) {
                role.tags = Seen::Unread;
            } else if let Some(listed) = listed {
                snapshot.roles.insert(address.name.clone(), convert::listed_role(listed));
            }
        }
        // The listings in question show no others.
        EntityKind::Policy
        | EntityKind::ServiceLinkedRole
        | EntityKind::User
        | EntityKind::Group
        | EntityKind::OidcProvider
        | EntityKind::SamlProvider => {}
    }
}

async fn bulk_pages(account: &AwsAccount, progress: &dyn Progress) -> Result<Vec<Bulk>, BackendError> {
    let (iam, timing) = (&account.iam, &account.timing);
    let fetch = |marker: Option<String>| async move {
        read(timing, convert::BULK, || {
            iam.get_account_authorization_details()
                .filter(EntityType::User)
                .filter(EntityType::Role)
                .filter(EntityType::Group)
                .filter(EntityType::LocalManagedPolicy)
                .max_items(PAGE)
                .set_marker(marker.clone())
                .send()
        })
        .await
    };
    let mut entities = 0;
    let all = pages(convert::BULK, fetch, |page: &Bulk| {
        entities += page.user_detail_list().len()
            + page.role_detail_list().len()
            + page.group_detail_list().len()
            + page.policies().len();
        progress.read("entities", entities, None);
    });
    all.await.map_err(|mut error| {
        if error.kind == ErrorKind::Denied && super::errors::is_access_denied(&error) {
            error.message = format!(
                "{}; reading an account needs iam:GetAccountAuthorizationDetails, see `iamctl permissions`",
                error.message
            );
        }
        error
    })
}

async fn role_pages(account: &AwsAccount) -> Result<Option<Vec<ListRolesOutput>>, BackendError> {
    const CALL: &str = "ListRoles";
    let (iam, timing) = (&account.iam, &account.timing);
    let fetch = |marker: Option<String>| async move {
        read(timing, CALL, || iam.list_roles().max_items(PAGE).set_marker(marker.clone()).send()).await
    };
    if_allowed(pages(CALL, fetch, |_| ()).await)
}

async fn instance_profiles(account: &AwsAccount) -> Result<Option<BTreeMap<Name, InstanceProfile>>, BackendError> {
    const CALL: &str = "ListInstanceProfiles";
    let (iam, timing) = (&account.iam, &account.timing);
    let fetch = |marker: Option<String>| async move {
        read(timing, CALL, || iam.list_instance_profiles().max_items(PAGE).set_marker(marker.clone()).send()).await
    };
    let pages = if_allowed(pages(CALL, fetch, |_| ()).await)?;
    Ok(pages.map(|pages| pages.iter().flat_map(|p| p.instance_profiles()).map(convert::instance_profile).collect()))
}

async fn limits(account: &AwsAccount) -> Result<Option<Limits>, BackendError> {
    let iam = &account.iam;
    let answer = if_allowed(read(&account.timing, "GetAccountSummary", || iam.get_account_summary().send()).await)?;
    Ok(answer.and_then(|a| {
        let map = a.summary_map()?;
        Some(Limits(map.iter().filter_map(|(key, n)| Some((key.as_str().to_owned(), u64::try_from(*n).ok()?))).collect()))
    }))
}

/// Pages may overlap when the account changes meanwhile: the maps keep one of each.
fn fill_from_bulk(snapshot: &mut Snapshot, pages: &[Bulk]) -> Result<(), BackendError> {
    for page in pages {
        for detail in page.role_detail_list() {
            let (name, role) = convert::role(detail)?;
            // Only what ListInstanceProfiles cannot tell when it is not allowed.
            for profile in detail.instance_profile_list() {
                let (profile_name, mut profile) = convert::instance_profile(profile);
                profile.role = Seen::Value(Some(name.clone()));
                snapshot.instance_profiles.insert(profile_name, profile);
            }
            snapshot.roles.insert(name, role);
        }
        for detail in page.policies() {
            let (name, policy) = convert::policy(detail)?;
            snapshot.policies.insert(name, policy);
        }
        for detail in page.user_detail_list() {
            let (name, user) = convert::user(detail)?;
            snapshot.users.insert(name, user);
        }
        for detail in page.group_detail_list() {
            let (name, group) = convert::group(detail)?;
            snapshot.groups.insert(name, group);
        }
    }
    Ok(())
}

/// Description and maximum session are in ListRoles alone. A role of another id is another role of the same name: not merged.
fn merge_roles(snapshot: &mut Snapshot, pages: &[ListRolesOutput]) {
    for listed in pages.iter().flat_map(|p| p.roles()) {
        let Some(role) = snapshot.roles.get_mut(&Name::new(listed.role_name())) else { continue };
        if !role.id.is_empty() && role.id != listed.role_id() {
            continue;
        }
        role.description = Seen::Value(convert::description(listed.description()));
        // IAM leaves the default out in some answers.
        let seconds = listed.max_session_duration().and_then(|s| u32::try_from(s).ok()).unwrap_or(3600);
        role.max_session_duration = Seen::Value(seconds);
    }
}

/// One call for each customer policy: its tags and description are nowhere else.
async fn read_policies(account: &AwsAccount, progress: &dyn Progress, snapshot: &mut Snapshot) -> Result<(), BackendError> {
    let id = &snapshot.account;
    let names: BTreeMap<String, Name> = snapshot
        .policies
        .iter()
        .map(|(name, policy)| (entity_arn(&id.partition, &id.id, EntityKind::Policy, &policy.path, name.as_str()), name.clone()))
        .collect();
    let total = names.len();
    let tell = |done| progress.read("policies", done, Some(total));
    let heads = details::policy_heads(account, names.keys().cloned().collect(), tell).await;
    for (arn, head) in heads? {
        // Gone since the listing, or not seen yet by the server that was asked: either way not known.
        let Head::Seen(head) = head else { continue };
        if let Some(policy) = names.get(&arn).and_then(|name| snapshot.policies.get_mut(name)) {
            policy.description = head.description;
            policy.tags = head.tags;
            if policy.id.is_empty() {
                policy.id = head.id;
            }
        }
    }
    Ok(())
}

/// One call or a few for those profiles and users whose details may matter to this stack.
async fn read_what_may_be_ours(account: &AwsAccount, scope: &ReadScope, snapshot: &mut Snapshot) -> Result<(), BackendError> {
    let profiles = profiles_of_interest(scope, snapshot);
    let users = users_of_interest(scope, snapshot);
    let (profiles, users) = tokio::join!(details::profile_tags(account, profiles), details::credentials(account, users));
    for (name, tags) in profiles? {
        if let Some(profile) = snapshot.instance_profiles.get_mut(&name) {
            profile.tags = Seen::Value(tags);
        }
    }
    for (name, kinds) in users? {
        if let Some(user) = snapshot.users.get_mut(&name) {
            user.credentials = Seen::Value(kinds);
        }
    }
    Ok(())
}

/// Whether tags carry the mark of one of the scope's stacks.
fn is_ours(scope: &ReadScope, kind: EntityKind, tags: &Seen<Tags>) -> bool {
    let same =
        |key: &str| if kind.tag_keys_ignore_case() { key.eq_ignore_ascii_case(&scope.tag_key) } else { key == scope.tag_key };
    tags.value().is_some_and(|tags| tags.iter().any(|(key, value)| same(key) && scope.stacks.contains(value)))
}

/// Declared profiles, those that hold a role of ours, and those that hold none (which may be ours, left by a broken run).
fn profiles_of_interest(scope: &ReadScope, snapshot: &Snapshot) -> Vec<Name> {
    let wanted = |name: &Name, profile: &InstanceProfile| {
        scope.all_details
            || scope.declared.contains(&Address::new(EntityKind::InstanceProfile, name))
            || match profile.role.value() {
                Some(Some(role)) => snapshot.roles.get(role).is_some_and(|r| is_ours(scope, EntityKind::Role, &r.tags)),
                Some(None) => true,
                None => false,
            }
    };
    snapshot.instance_profiles.iter().filter(|(name, profile)| wanted(name, profile)).map(|(name, _)| name.clone()).collect()
}

/// Users of ours that are not declared, or may not be when the reading is used: a plan may delete them, and their credentials would stop it halfway.
fn users_of_interest(scope: &ReadScope, snapshot: &Snapshot) -> Vec<Name> {
    let undeclared = |name: &Name| scope.all_details || !scope.declared.contains(&Address::new(EntityKind::User, name));
    snapshot
        .users
        .iter()
        .filter(|(name, user)| is_ours(scope, EntityKind::User, &user.tags) && undeclared(name))
        .map(|(name, _)| name.clone())
        .collect()
}
