//! What of the project file refuses or forbids less than before, for one account.

use std::collections::BTreeSet;

use crate::scope::{Guards, Ignore};
use crate::spec::project::{AccountConfig, Project};
use crate::spec::require::{Require, Required};

/// The keys of the project file that are weaker for an account than before: `guards.max_deletes`, `ignore.tags`, `require.roles.path`.
/// Both sides are what holds for the account, whichever of its own words and the project's say so.
pub fn loosened(base: &AccountConfig, head: &AccountConfig) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    guards(&base.guards, &head.guards, &mut found);
    ignore(&base.ignore, &head.ignore, &mut found);
    require(&base.require, &head.require, &mut found);
    // A rule that changes is another rule, unless it forbids by its words all that it did.
    if base.forbid.iter().any(|was| !head.forbid.iter().any(|is| is.includes(was))) {
        found.insert("forbid".to_owned());
    }
    found
}

/// The same of the guards over all accounts: `fleet_guards.max_deletes`.
pub fn loosened_over_all(base: &Project, head: &Project) -> BTreeSet<String> {
    let (was, is) = (base.fleet_guards(), head.fleet_guards());
    let looser = |was: Option<u32>, is: Option<u32>| was.is_some_and(|was| is.is_none_or(|is| is > was));
    let keys = [("max_accounts_percent", looser(was.0, is.0)), ("max_deletes", looser(was.1, is.1))];
    keys.into_iter().filter(|(_, looser)| *looser).map(|(key, _)| format!("fleet_guards.{key}")).collect()
}

fn guards(was: &Guards, is: &Guards, found: &mut BTreeSet<String>) {
    let Guards { max_deletes, max_changes_percent, max_deletes_percent, max_revoked, delete_unused_days, break_glass } = is;
    for (key, looser) in [
        ("max_deletes", *max_deletes > was.max_deletes),
        ("max_changes_percent", *max_changes_percent > was.max_changes_percent),
        ("max_deletes_percent", *max_deletes_percent > was.max_deletes_percent),
        ("max_revoked", *max_revoked > was.max_revoked),
        ("delete_unused_days", *delete_unused_days < was.delete_unused_days),
        ("break_glass", !was.break_glass.is_subset(break_glass)),
    ] {
        if looser {
            found.insert(format!("guards.{key}"));
        }
    }
}

fn ignore(was: &Ignore, is: &Ignore, found: &mut BTreeSet<String>) {
    let Ignore { tags, attached_policies, inline_policies } = is;
    for (key, was, is) in [
        ("tags", &was.tags, tags),
        ("attached_policies", &was.attached_policies, attached_policies),
        ("inline_policies", &was.inline_policies, inline_policies),
    ] {
        if is.iter().any(|pattern| !was.contains(pattern)) {
            found.insert(format!("ignore.{key}"));
        }
    }
}

fn require(was: &Require, is: &Require, found: &mut BTreeSet<String>) {
    let Require { roles, policies, users, groups, provider_tags } = is;
    for (kind, was, is) in [
        ("roles", &was.roles, roles),
        ("policies", &was.policies, policies),
        ("users", &was.users, users),
        ("groups", &was.groups, groups),
    ] {
        let Required { permissions_boundary, tags, path, name } = is;
        for (key, looser) in [
            ("permissions_boundary", admits_more(&was.permissions_boundary, permissions_boundary)),
            ("tags", was.tags.iter().any(|tag| !tags.contains(tag))),
            ("path", admits_more(&was.path, path)),
            ("name", admits_more(&was.name, name)),
        ] {
            // What is required of every kind is written once, outside the kinds.
            if looser {
                found.extend([format!("require.{kind}.{key}"), format!("require.{key}")]);
            }
        }
    }
    if was.provider_tags.iter().any(|tag| !provider_tags.contains(tag)) {
        found.insert("require.tags".to_owned());
    }
}

/// Whether alternatives admit what others did not; none admit everything.
fn admits_more(was: &[String], is: &[String]) -> bool {
    !was.is_empty() && (is.is_empty() || is.iter().any(|one| !was.contains(one)))
}
