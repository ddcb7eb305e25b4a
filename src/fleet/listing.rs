//! An organisation as it was read, and the accounts file that says the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// What was read of an organisation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// The organisation's id.
    pub id: String,
    /// The id of its management account.
    pub management_account: String,
    /// The organisational units: id by path, the root (`/`) among them.
    pub units: BTreeMap<String, String>,
    /// The accounts, by id.
    pub accounts: BTreeMap<String, Listed>,
    /// The policies in force, by id; `None` where they could not be read.
    pub policies: Option<BTreeMap<String, ListedPolicy>>,
}

/// One account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    /// Its name in the organisation, which need not be unique and may have any characters.
    pub name: String,
    /// Its state, `ACTIVE` or another.
    pub state: String,
    /// The path of its unit.
    pub unit: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// One policy.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedPolicy {
    /// Its name.
    pub name: String,
    /// `SERVICE_CONTROL_POLICY` or `RESOURCE_CONTROL_POLICY`.
    pub kind: String,
    /// Paths of units and ids of accounts.
    pub targets: BTreeSet<String>,
    /// Its document.
    pub document: Value,
}

/// The name of an organisational unit within a path: no `/` of its own, and never `.` or `..`.
pub fn path_part(name: &str) -> String {
    let safe = name.replace('%', "%25").replace('/', "%2F");
    if safe.is_empty() || safe.chars().all(|c| c == '.') {
        safe.replace('.', "%2E") + if safe.is_empty() { "%" } else { "" }
    } else {
        safe
    }
}

impl Listing {
    /// The accounts file: sorted, so that its diff is the change.
    pub fn to_json(&self) -> Value {
        let names = self.names();
        let account = |(id, account): (&String, &Listed)| {
            json!({
                "id": id,
                "name": names.get(id.as_str()).cloned().unwrap_or_default(),
                "state": account.state,
                "ou": account.unit,
                "tags": account.tags,
            })
        };
        let mut file = Map::new();
        file.insert("format_version".to_owned(), json!(1));
        file.insert("organization".to_owned(), json!({"id": self.id, "management_account": self.management_account}));
        let units = self.units.iter().map(|(path, id)| json!({"id": id, "path": path}));
        file.insert("organizational_units".to_owned(), units.collect());
        file.insert("accounts".to_owned(), self.accounts.iter().map(account).collect());
        if let Some(policies) = &self.policies {
            let policy = |(id, policy): (&String, &ListedPolicy)| json!({"id": id, "name": policy.name, "type": policy.kind, "targets": policy.targets, "document": policy.document});
            file.insert("policies".to_owned(), policies.iter().map(policy).collect());
        }
        Value::Object(file)
    }

    /// Names for iamctl, by id: letters, digits and `_.-`, each once. Accounts that would share a name carry their ids.
    fn names(&self) -> BTreeMap<&str, String> {
        let plain = |name: &str| {
            let safe: String = name
                .trim()
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '-' })
                .take(50)
                .collect();
            if safe.chars().any(|c| c.is_ascii_alphanumeric()) { safe } else { "account".to_owned() }
        };
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for account in self.accounts.values() {
            *count.entry(plain(&account.name)).or_default() += 1;
        }
        let unique = |id: &str, name: &str| {
            let name = plain(name);
            let taken = count.get(&name).is_some_and(|n| *n > 1) || matches!(name.as_str(), "all" | "aws" | "local");
            if taken { format!("{name}-{id}") } else { name }
        };
        self.accounts.iter().map(|(id, account)| (id.as_str(), unique(id, &account.name))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_each_stands_once() {
        let account = |name: &str| Listed { name: name.to_owned(), ..Listed::default() };
        let accounts = [("1", "Team A (dev)"), ("2", "log"), ("3", "log"), ("4", "all"), ("5", "日本")];
        let listing =
            Listing { accounts: accounts.map(|(id, name)| (id.to_owned(), account(name))).into(), ..Listing::default() };
        let names: Vec<String> = listing.names().into_values().collect();
        assert_eq!(names, ["Team-A--dev-", "log-2", "log-3", "all-4", "account"]);
    }

    #[test]
    fn a_unit_cannot_break_its_path() {
        for (name, part) in [("Prod", "Prod"), ("a/b", "a%2Fb"), ("..", "%2E%2E"), ("100%", "100%25"), ("", "%")] {
            assert_eq!(path_part(name), part);
        }
    }
}
