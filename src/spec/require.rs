//! What the project file requires of declared entities: a boundary, tags, a path, a name. Errors at the entity, with what would meet them.

use super::load::Loaded;
use crate::diag::{Finding, Place};
use crate::model::{AccountIdentity, Desired, PolicyRef, Tags, Want};
use crate::names::{Address, Arn, EntityKind, Name, entity_arn};
use crate::scope::glob_matches as matches;

/// What entities of one kind must have; an empty list requires nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Required {
    /// One of these boundaries: references, or patterns of ARNs.
    pub permissions_boundary: Vec<String>,
    /// All of these tag keys.
    pub tags: Vec<String>,
    /// A path that begins with one of these.
    pub path: Vec<String>,
    /// A name that matches one of these patterns.
    pub name: Vec<String>,
}

/// What is required in one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Require {
    /// Of roles and their instance profiles.
    pub roles: Required,
    /// Of policies.
    pub policies: Required,
    /// Of users that the specs create.
    pub users: Required,
    /// Of groups.
    pub groups: Required,
    /// Tag keys of identity providers.
    pub provider_tags: Vec<String>,
}

/// What one entity has, as far as it may be asked.
struct Has<'a> {
    address: Address,
    place: &'a Place,
    path: Option<&'a str>,
    tags: Option<&'a Tags>,
    boundary: Option<&'a Want<Option<PolicyRef>>>,
}

/// An error for everything that a declared entity lacks, at the place of its name.
pub fn check(require: &Require, desired: &Desired, account: &AccountIdentity, loaded: &Loaded) -> Vec<Finding> {
    let mut problems = Vec::new();
    let mut judge = |has: &Has<'_>, required: &Required| {
        for problem in lacks(has, required, desired, account) {
            let mut problem = problem.at(has.place.clone());
            problem.source_line = loaded.texts.source_line(has.place);
            problems.push(problem);
        }
    };
    for (name, want) in &desired.roles {
        let has = Has {
            address: Address::new(EntityKind::Role, name),
            place: &want.place,
            path: Some(&want.path),
            tags: Some(&want.tags),
            boundary: Some(&want.permissions_boundary),
        };
        judge(&has, &require.roles);
    }
    for (name, want) in &desired.instance_profiles {
        // Path and tags are its role's, of which they are asked already.
        let address = Address::new(EntityKind::InstanceProfile, name);
        let has = Has { address, place: &want.place, path: None, tags: None, boundary: None };
        if *name != want.role {
            judge(&has, &require.roles);
        }
    }
    for (name, want) in &desired.policies {
        let address = Address::new(EntityKind::Policy, name);
        let has = Has { address, place: &want.place, path: Some(&want.path), tags: Some(&want.tags), boundary: None };
        judge(&has, &require.policies);
    }
    for (name, want) in desired.users.iter().filter(|(_, want)| want.create) {
        let has = Has {
            address: Address::new(EntityKind::User, name),
            place: &want.place,
            path: Some(want.path.value().map_or("/", String::as_str)),
            tags: Some(&want.tags),
            boundary: Some(&want.permissions_boundary),
        };
        judge(&has, &require.users);
    }
    for (name, want) in &desired.groups {
        let address = Address::new(EntityKind::Group, name);
        let path = want.path.value().map_or("/", String::as_str);
        judge(&Has { address, place: &want.place, path: Some(path), tags: None, boundary: None }, &require.groups);
    }
    let of_providers = Required { tags: require.provider_tags.clone(), ..Required::default() };
    let oidc = desired.oidc_providers.iter().map(|(name, want)| (EntityKind::OidcProvider, name, &want.place, &want.tags));
    let saml = desired.saml_providers.iter().map(|(name, want)| (EntityKind::SamlProvider, name, &want.place, &want.tags));
    for (kind, name, place, tags) in oidc.chain(saml) {
        judge(&Has { address: Address::new(kind, name), place, path: None, tags: Some(tags), boundary: None }, &of_providers);
    }
    problems
}

fn lacks(has: &Has<'_>, required: &Required, desired: &Desired, account: &AccountIdentity) -> Vec<Finding> {
    let mut found = Vec::new();
    let noun = has.address.kind.noun();
    let what = format!("{noun} `{}`", has.address.name.as_str().escape_debug());
    let name = has.address.name.as_str();
    if !required.name.is_empty() && !required.name.iter().any(|pattern| matches(pattern, name)) {
        let message = format!("the name of {what} is not {}, as the project requires", one_of(&required.name));
        found.push(Finding::error("required", message).help("choose a name that matches"));
    }
    if let Some(path) = has.path.filter(|path| !required.path.is_empty() && !required.path.iter().any(|p| path.starts_with(p))) {
        let message = format!(
            "the path of {what} is `{}` and does not begin with {}, as the project requires",
            path.escape_debug(),
            one_of(&required.path)
        );
        let help = required.path.first().map(|path| format!("write `path: {path}`")).unwrap_or_default();
        found.push(Finding::error("required", message).help(help));
    }
    if let Some(tags) = has.tags {
        let ignores_case = has.address.kind.tag_keys_ignore_case();
        let there = |key: &String| tags.keys().any(|k| k == key || ignores_case && k.eq_ignore_ascii_case(key));
        let missing: Vec<String> = required.tags.iter().filter(|key| !there(key)).cloned().collect();
        if !missing.is_empty() {
            let message = format!(
                "{what} has no tag {}, and the project requires {}",
                all_of(&missing),
                if missing.len() == 1 { "it" } else { "them" }
            );
            found.push(Finding::error("required", message).help("give it under `tags`, or to all under `defaults: {tags: ...}`"));
        }
    }
    if let Some(boundary) = has.boundary.filter(|_| !required.permissions_boundary.is_empty()) {
        let accepted = boundary
            .value()
            .and_then(Option::as_ref)
            .is_some_and(|policy| required.permissions_boundary.iter().any(|text| is_meant(text, policy, desired, account)));
        if !accepted {
            let which = one_of(&required.permissions_boundary);
            let has = match boundary {
                Want::Exactly(Some(policy)) => format!("is bounded by `{}`", shown(policy)),
                Want::Exactly(None) => "has its permissions boundary removed".to_owned(),
                Want::Leave => "declares no permissions boundary".to_owned(),
            };
            let message = format!("{what} {has}, and the project requires {which}");
            let plain = required.permissions_boundary.iter().find(|text| !text.contains('*'));
            let help = match plain {
                Some(text) => format!("write `permissions_boundary: {text}`"),
                None => "give it a `permissions_boundary` that matches".to_owned(),
            };
            found.push(Finding::error("required", message).help(help));
        }
    }
    found
}

/// Whether a required boundary is this policy: a name of these specs, `aws/Name`, `aws/path/Name`, or a pattern of ARNs.
fn is_meant(text: &str, policy: &PolicyRef, desired: &Desired, account: &AccountIdentity) -> bool {
    let arn = match policy {
        PolicyRef::Arn(arn) => arn.clone(),
        PolicyRef::Declared(name) => {
            let path = desired.policies.get(name).map_or("/", |want| want.path.as_str());
            entity_arn(&account.partition, &account.id, EntityKind::Policy, path, name.as_str())
        }
    };
    if text.starts_with("arn:") || text.starts_with('*') {
        return matches(text, &arn);
    }
    match (text.strip_prefix("aws/"), policy) {
        (Some(wanted), PolicyRef::Arn(_)) => Arn::parse(&arn).filter(Arn::is_aws_managed_policy).is_some_and(|parsed| {
            // The names of AWS's policies are unique whatever their path.
            parsed.last_segment() == wanted || parsed.resource.strip_prefix("policy/") == Some(wanted)
        }),
        (None, PolicyRef::Declared(name)) => *name == Name::new(text),
        _ => false,
    }
}

fn shown(policy: &PolicyRef) -> String {
    match policy {
        PolicyRef::Declared(name) => name.as_str().escape_debug().to_string(),
        PolicyRef::Arn(arn) => arn.escape_debug().to_string(),
    }
}

fn quoted(list: &[String]) -> Vec<String> {
    list.iter().map(|text| format!("`{}`", text.escape_debug())).collect()
}

fn one_of(list: &[String]) -> String {
    let list = quoted(list);
    if let [one] = list.as_slice() { one.clone() } else { format!("one of {}", list.join(", ")) }
}

fn all_of(list: &[String]) -> String {
    quoted(list).join(", ")
}
