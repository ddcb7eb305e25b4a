//! AWS Organizations, read for the accounts file. Reading calls alone.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{PolicyType, PolicyTypeStatus};

use super::AwsAccount;
use super::errors::{failure, is_access_denied};
use crate::backend::{BackendError, ErrorKind, Progress};
use crate::fleet::{Listed, ListedPolicy, Listing, path_part};

/// Deeper than any organisation: the root and five levels of units (AWS Organizations User Guide, "Quotas").
const DEEPEST: usize = 10;

/// Everything that a call lists, page by page.
macro_rules! all {
    ($call:expr, $name:literal, $items:ident) => {{
        let pages: Result<Vec<_>, _> = $call.into_paginator().send().collect().await;
        let pages = pages.map_err(|error| failure($name, &error).error)?;
        pages.iter().flat_map(|page| page.$items().to_vec()).collect::<Vec<_>>()
    }};
}

/// The organisation of these credentials.
///
/// # Errors
/// A call is denied or fails, other than those that read policies: without them none are known.
pub(super) async fn read(account: &AwsAccount, progress: &dyn Progress) -> Result<Listing, BackendError> {
    let client = &account.organizations;
    let described = client.describe_organization().send().await;
    let described = described.map_err(|error| failure("DescribeOrganization", &error).error)?;
    let lost = |what: &str| BackendError::new(ErrorKind::Invalid, "DescribeOrganization", format!("the answer has no {what}"));
    let organization = described.organization().ok_or_else(|| lost("organisation"))?;
    let mut listing = Listing {
        id: organization.id().ok_or_else(|| lost("id"))?.to_owned(),
        management_account: organization.master_account_id().ok_or_else(|| lost("management account"))?.to_owned(),
        ..Listing::default()
    };
    let roots = all!(client.list_roots(), "ListRoots", roots);
    let root = roots.first().ok_or_else(|| BackendError::new(ErrorKind::Invalid, "ListRoots", "the organisation has no root"))?;
    let root_id = root.id().unwrap_or_default().to_owned();
    let mut seen = BTreeSet::new();
    let mut left = vec![("/".to_owned(), root_id, 0)];
    while let Some((path, id, depth)) = left.pop() {
        if !seen.insert(id.clone()) || depth > DEEPEST {
            let message = format!("the unit `{path}` ({id}) is below itself or too deep");
            return Err(BackendError::new(ErrorKind::Invalid, "ListOrganizationalUnitsForParent", message));
        }
        let units = all!(
            client.list_organizational_units_for_parent().parent_id(&id),
            "ListOrganizationalUnitsForParent",
            organizational_units
        );
        for unit in units {
            let name = path_part(unit.name().unwrap_or_default());
            let below = if path == "/" { format!("/{name}") } else { format!("{path}/{name}") };
            left.push((below, unit.id().unwrap_or_default().to_owned(), depth + 1));
        }
        let accounts = all!(client.list_accounts_for_parent().parent_id(&id), "ListAccountsForParent", accounts);
        for found in accounts {
            // `Status` gives way to `State`.
            let state = found.state().map(|state| state.as_str().to_owned());
            #[allow(deprecated, reason = "accounts of services that do not know `State` yet")]
            let state = state.or_else(|| found.status().map(|status| status.as_str().to_owned()));
            let listed = Listed {
                name: found.name().unwrap_or_default().to_owned(),
                state: state.unwrap_or_else(|| "UNKNOWN".to_owned()),
                unit: path.clone(),
                tags: BTreeMap::new(),
            };
            listing.accounts.insert(found.id().unwrap_or_default().to_owned(), listed);
        }
        listing.units.insert(path, id);
        progress.read("organisational units", listing.units.len(), None);
    }
    let all = listing.accounts.len();
    for (done, (id, listed)) in listing.accounts.iter_mut().enumerate() {
        // Without its tags an account would look as if it were in no group.
        let tags = all!(client.list_tags_for_resource().resource_id(id), "ListTagsForResource", tags);
        listed.tags = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        progress.read("tags of accounts", done + 1, Some(all));
    }
    let enabled = |kind: &PolicyType| {
        root.policy_types().iter().any(|of| of.r#type() == Some(kind) && of.status() == Some(&PolicyTypeStatus::Enabled))
    };
    let kinds = [PolicyType::ServiceControlPolicy, PolicyType::ResourceControlPolicy];
    let kinds = kinds.into_iter().filter(enabled).collect();
    listing.policies = match policies(client, kinds, &listing.units).await {
        Ok(policies) => Some(policies),
        Err(error) if is_access_denied(&error) => None,
        Err(error) => return Err(error),
    };
    Ok(listing)
}

/// The policies of kinds that are in force, with what they are attached to.
async fn policies(
    client: &Client,
    kinds: Vec<PolicyType>,
    units: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, ListedPolicy>, BackendError> {
    let paths: BTreeMap<&str, &str> = units.iter().map(|(path, id)| (id.as_str(), path.as_str())).collect();
    let mut found = BTreeMap::new();
    for kind in kinds {
        for summary in all!(client.list_policies().filter(kind.clone()), "ListPolicies", policies) {
            let id = summary.id().unwrap_or_default().to_owned();
            let targets = all!(client.list_targets_for_policy().policy_id(&id), "ListTargetsForPolicy", targets);
            // A policy that is attached nowhere restricts nobody.
            if targets.is_empty() {
                continue;
            }
            let described = client.describe_policy().policy_id(&id).send().await;
            let described = described.map_err(|error| failure("DescribePolicy", &error).error)?;
            let content = described.policy().and_then(|policy| policy.content()).unwrap_or_default();
            let document = serde_json::from_str(content).map_err(|error| {
                BackendError::new(ErrorKind::Invalid, "DescribePolicy", format!("the document of `{id}` is not JSON: {error}"))
            })?;
            let target = |id: &str| paths.get(id).map_or(id, |path| path).to_owned();
            let policy = ListedPolicy {
                name: summary.name().unwrap_or_default().to_owned(),
                kind: kind.as_str().to_owned(),
                targets: targets.iter().filter_map(|of| of.target_id()).map(target).collect(),
                document,
            };
            found.insert(id, policy);
        }
    }
    Ok(found)
}
