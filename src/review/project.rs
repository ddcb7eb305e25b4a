//! Changes of the project file: what iamctl is allowed to do, and where.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::report::{Notice, NoticeKind};
use crate::diag::Severity;
use crate::fleet::Roster;

/// Longest value that is shown, in characters.
const LONGEST: usize = 80;

/// Every key that differs between two project files, as one sentence. The values are as written; `null` is not a file. `loosened`: the keys
/// that [`loosened`](super::loosened) found for some account.
pub fn project_notices(base: &Value, head: &Value, loosened: &BTreeSet<String>) -> Vec<Notice> {
    let mut found: Vec<Notice> = Vec::new();
    let renamed = renamed(base, head);
    let mut before = base.clone();
    for (old, new) in &renamed {
        if let Some(accounts) = before.get_mut("accounts").and_then(Value::as_object_mut)
            && let Some(account) = accounts.remove(*old)
        {
            accounts.insert((*new).to_owned(), account);
        }
        let means = format!("the account was called `{old}`: specs, commands and workflows that name `{old}` no longer reach it");
        found.push(Notice::note(format!("accounts.{new}"), means));
    }
    let base = &before;
    let (was, is) = (leaves(base), leaves(head));
    let mut keys: Vec<&String> = was.keys().chain(is.keys()).collect();
    keys.sort();
    keys.dedup();
    for name in names(base).into_iter().filter(|name| !names(head).contains(name)) {
        let message = "the account left the project file: its entities stay, and nothing manages them";
        found.push(Notice::warning(format!("accounts.{name}"), message).of_kind(NoticeKind::Control));
    }
    for name in names(head).into_iter().filter(|name| !names(base).contains(name)) {
        found.push(Notice::note(
            format!("accounts.{name}"),
            "the account is new in the project file: everything that the specs declare is created there",
        ));
    }
    let known: Vec<&str> = renamed.iter().map(|(_, new)| *new).collect();
    let told = |key: &str| {
        found
            .iter()
            .filter(|n| !known.iter().any(|name| n.subject == format!("accounts.{name}")))
            .any(|n| key == n.subject || key.starts_with(&format!("{}.", n.subject)))
    };
    let changed: Vec<Notice> = keys
        .into_iter()
        .filter(|key| !told(key) && was.get(*key) != is.get(*key))
        .map(|key| {
            let values = match (was.get(key), is.get(key)) {
                (None, Some(new)) => format!("set to {}", short(new)),
                (Some(old), None) => format!("no longer set (it was {})", short(old)),
                (Some(old), Some(new)) => format!("changed from {} to {}", short(old), short(new)),
                (None, None) => String::new(),
            };
            let notice = match meaning(key) {
                Some((severity, means)) => Notice { severity, ..Notice::note(key, format!("{values}: {means}")) },
                None => Notice::note(key, values),
            };
            if is_control(key, loosened) || reads_outside(key, was.get(key).copied(), is.get(key).copied()) {
                notice.of_kind(NoticeKind::Control)
            } else {
                notice
            }
        })
        .collect();
    found.extend(changed);
    found
}

/// Accounts of the accounts file that come and go, by id: what leaves is managed by nobody from then on.
pub fn roster_notices(base: &Roster, head: &Roster) -> Vec<Notice> {
    fn active(roster: &Roster) -> BTreeMap<&str, &str> {
        roster
            .active()
            .map(|member| (member.id.as_ref().map_or(member.name.as_str(), |id| id.as_str()), member.name.as_str()))
            .collect()
    }
    let (was, is) = (active(base), active(head));
    let only = |one: &BTreeMap<&str, &str>, other: &BTreeMap<&str, &str>| -> Vec<String> {
        let missing = one.iter().filter(|(id, _)| !other.contains_key(*id));
        missing.map(|(_, name)| format!("`{name}`")).collect()
    };
    let named = |names: &[String]| {
        let more = names.len().saturating_sub(5);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("{}{more}", names.iter().take(5).cloned().collect::<Vec<_>>().join(", "))
    };
    let mut found = Vec::new();
    let gone = only(&was, &is);
    if !gone.is_empty() {
        let message =
            format!("{} left the accounts file or are left out: their entities stay, and nothing manages them", named(&gone));
        found.push(Notice::warning("accounts_from", message).of_kind(NoticeKind::Control));
    }
    let new = only(&is, &was);
    if !new.is_empty() {
        let message = format!("{} are new: everything that the specs declare is created there", named(&new));
        found.push(Notice::note("accounts_from", message));
    }
    found
}

/// Accounts that have another name than before and the same id: the old name, the new one.
fn renamed<'v>(base: &'v Value, head: &'v Value) -> Vec<(&'v str, &'v str)> {
    let (old, new) = (names(base), names(head));
    let id = |project: &'v Value, name: &str| project.get("accounts")?.get(name)?.get("id")?.as_str();
    let gone = |id_of_new: &str| old.iter().find(|name| !new.contains(name) && id(base, name) == Some(id_of_new)).copied();
    let fresh = new.iter().filter(|name| !old.contains(name));
    fresh.filter_map(|name| Some((gone(id(head, name)?)?, *name))).collect()
}

/// The name that an account of the head had in the base. Accounts are matched by id, whatever they are called; by name only where one
/// of the sides has no id. `None` where the account is new.
pub fn name_before(base: &Value, head: &Value, name: &str) -> Option<String> {
    let id = |project: &Value, name: &str| project.get("accounts")?.get(name)?.get("id")?.as_str().map(str::to_owned);
    let (was, is) = (id(base, name), id(head, name));
    let Some(is) = is else { return Some(name.to_owned()) };
    if was.as_ref() == Some(&is) {
        return Some(name.to_owned());
    }
    let other = names(base).into_iter().find(|other| id(base, other).as_ref() == Some(&is));
    other.map(str::to_owned).or_else(|| was.is_none().then(|| name.to_owned()))
}

/// A key of the project, or of one account there, without the account.
fn inner(key: &str) -> &str {
    match key.strip_prefix("accounts.").and_then(|rest| rest.split_once('.')) {
        Some((_, key)) => key,
        None => key,
    }
}

/// Whether spec paths are new that lead out of the project: what lies beside a checkout is not what a reviewer sees.
fn reads_outside(key: &str, was: Option<&Value>, is: Option<&Value>) -> bool {
    let outside = |value: Option<&Value>| -> BTreeSet<String> {
        let paths = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        paths.filter(|path| path.starts_with('/') || path.split('/').any(|part| part == "..")).map(str::to_owned).collect()
    };
    inner(key) == "specs" && !outside(is).is_subset(&outside(was))
}

/// Whether a key that changes weakens a control: one that was found to be looser for some account, or one that says whose things are
/// and where commands work, for which there is no direction.
fn is_control(key: &str, loosened: &BTreeSet<String>) -> bool {
    let inner = inner(key);
    let under = |other: &str| inner == other || inner.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'));
    const WHOSE: [&str; 13] = [
        "accounts_from",
        "groups",
        "stack",
        "formerly",
        "ownership",
        "default_account",
        "id",
        "profile",
        "assume_role",
        "region",
        "partition",
        "embedded",
        "data",
    ];
    loosened.iter().any(|one| under(one) || one.strip_prefix(inner).is_some_and(|rest| rest.starts_with('.')))
        || WHOSE.iter().any(|one| under(one))
}

fn names(project: &Value) -> Vec<&str> {
    let accounts = project.get("accounts").and_then(Value::as_object);
    accounts.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

/// The values of a mapping by their path of keys; a list is one value.
fn leaves(value: &Value) -> BTreeMap<String, &Value> {
    fn walk<'v>(value: &'v Value, path: &str, found: &mut BTreeMap<String, &'v Value>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    walk(value, &path, found);
                }
            }
            Value::Null => {}
            value => drop(found.insert(path.to_owned(), value)),
        }
    }
    let mut found = BTreeMap::new();
    walk(value, "", &mut found);
    found
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        return format!("`{text}`");
    }
    format!("`{}…`", text.chars().take(LONGEST).collect::<String>())
}

/// What a change of a key means, of the project or of one account, and whether a safety depends on it.
fn meaning(key: &str) -> Option<(Severity, &'static str)> {
    let mut parts: Vec<&str> = key.split('.').collect();
    if parts.first() == Some(&"accounts") {
        parts.drain(..parts.len().min(2));
    }
    let means = match *parts.first()? {
        "stack" => "entities created under the old name belong to this stack only if `formerly` lists it",
        "formerly" => "entities that carry these names belong to this stack",
        "ownership" => "entities marked with the old tag no longer belong to this stack",
        "guards" => match parts.get(1).copied().unwrap_or_default() {
            "max_deletes" => "the most entities that one apply may delete or replace",
            "max_changes_percent" => "the largest share of owned entities that one apply may change",
            "max_deletes_percent" => "the largest share of owned entities that one apply may delete",
            "max_revoked" => "the most principals that may lose access in one apply",
            "delete_unused_days" => "a role used within this many days is not deleted",
            "break_glass" => "only these principals are never changed",
            _ => "a guard differs",
        },
        "ignore" => "what matches is no longer compared, and what no longer matches is compared",
        "require" => "what every spec must have differs",
        "forbid" => "what no principal may do differs",
        "protect" => "what may not be deleted differs",
        "waive" => "which findings are accepted differs",
        "specs" => "other files are read",
        "id" | "profile" | "assume_role" | "region" | "partition" | "embedded" => {
            "the name now means another account, or another way to reach it"
        }
        "defaults" => return Some((Severity::Note, "it applies to every entity that does not override it")),
        "default_account" => return Some((Severity::Note, "commands without `--account` work there")),
        _ => return None,
    };
    Some((Severity::Warning, means))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_changed_key_is_told_once_with_its_meaning() {
        let base =
            json!({"stack": "ml", "guards": {"max_deletes": 3}, "vars": {"a": 1}, "accounts": {"dev": {"id": "111111111111"}}});
        let head = json!({"stack": "ml", "guards": {"max_deletes": 100}, "accounts": {"prod": {"id": "222222222222"}}});
        let told: Vec<String> = project_notices(&base, &head, &BTreeSet::new())
            .into_iter()
            .map(|n| format!("{}: {}", n.subject, n.message))
            .collect();
        assert_eq!(
            told,
            [
                "accounts.dev: the account left the project file: its entities stay, and nothing manages them",
                "accounts.prod: the account is new in the project file: everything that the specs declare is created there",
                "guards.max_deletes: changed from `3` to `100`: the most entities that one apply may delete or replace",
                "vars.a: no longer set (it was `1`)",
            ]
        );
    }

    #[test]
    fn specs_that_lie_beside_the_checkout_are_a_weaker_control() {
        let kind = |old: &[&str], new: &[&str]| {
            let project = |specs: &[&str]| json!({"specs": specs});
            project_notices(&project(old), &project(new), &BTreeSet::new())[0].kind
        };
        assert_eq!(kind(&["specs"], &["specs", "../base/specs"]), NoticeKind::Control);
        assert_eq!(kind(&["specs"], &["/srv/specs"]), NoticeKind::Control);
        assert_eq!(kind(&["specs"], &["roles"]), NoticeKind::Other);
        assert_eq!(kind(&["../roles"], &["../roles", "specs"]), NoticeKind::Other);
    }

    #[test]
    fn the_same_project_file_says_nothing() {
        let project = json!({"stack": "ml", "accounts": {"dev": {}}});
        assert_eq!(project_notices(&project, &project, &BTreeSet::new()), []);
    }
}
