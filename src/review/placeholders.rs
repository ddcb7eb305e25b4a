//! Entities that specs name and do not declare: the account has them, and nobody offline knows more of them than the name.
//!
//! They stand in the account that the base's specs describe, so that references to them are accepted there as IAM would accept them.

use std::collections::BTreeSet;

use crate::model::{
    Desired, Manage, OidcProvider, Policy, PolicyRef, PolicyVersion, Role, SamlProvider, Seen, Snapshot, Tags, User, Want,
    WantUser,
};
use crate::names::{Address, Arn, EntityKind, Name, VersionId};
use crate::scope::{Marks, Settings};

/// Puts in what either side names and the base does not declare. Gives back what was put in.
pub(super) fn put(account: &mut Snapshot, base: &Desired, head: &Desired, settings: &Settings) -> BTreeSet<Address> {
    let mut put = BTreeSet::new();
    for side in [base, head] {
        // Users without `create: true` exist already.
        for (name, want) in
            side.users.iter().filter(|(name, want)| !want.create && !base.users.get(*name).is_some_and(|b| b.create))
        {
            if !account.users.contains_key(name) {
                account.users.insert(name.clone(), declared_user(want, settings));
                put.insert(Address::new(EntityKind::User, name));
            }
        }
        for arn in named(side) {
            put.extend(one(account, base, &arn));
        }
        for (name, _) in side.groups.values().flat_map(|group| &group.users).filter(|(name, _)| !base.users.contains_key(name)) {
            if !account.users.contains_key(name) {
                account.users.insert(name.clone(), user("/", Tags::new()));
                put.insert(Address::new(EntityKind::User, name));
            }
        }
    }
    put
}

/// Takes out again what the head declares as new.
pub(super) fn take_out(account: &mut Snapshot, put: &BTreeSet<Address>, base: &Desired, head: &Desired) {
    for address in put.iter().filter(|address| head.declares(address) && !base.declares(address)) {
        match address.kind {
            EntityKind::Role => drop(account.roles.remove(&address.name)),
            EntityKind::Policy => drop(account.policies.remove(&address.name)),
            EntityKind::OidcProvider => drop(account.oidc_providers.remove(&address.name)),
            EntityKind::SamlProvider => drop(account.saml_providers.remove(&address.name)),
            // A user that the head does not create exists; only one that it creates is new.
            EntityKind::User if head.users.get(&address.name).is_some_and(|want| want.create) => {
                account.users.remove(&address.name);
            }
            _ => {}
        }
    }
}

/// ARNs of roles, users, policies and providers that the specs name, declared or not.
fn named(desired: &Desired) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut policy = |reference: &PolicyRef| match reference {
        PolicyRef::Arn(arn) => drop(found.insert(arn.clone())),
        PolicyRef::Declared(_) => {}
    };
    let bound = |boundary: &Want<Option<PolicyRef>>| boundary.value().cloned().flatten();
    for role in desired.roles.values() {
        role.managed_policies.iter().map(|(reference, _)| reference).for_each(&mut policy);
        bound(&role.permissions_boundary).iter().for_each(&mut policy);
    }
    for user in desired.users.values() {
        user.managed_policies.iter().map(|(reference, _)| reference).for_each(&mut policy);
        bound(&user.permissions_boundary).iter().for_each(&mut policy);
    }
    for group in desired.groups.values() {
        group.managed_policies.iter().map(|(reference, _)| reference).for_each(&mut policy);
    }
    for role in desired.roles.values() {
        found.extend(role.trust.principals().filter(|p| matches!(p.kind, "AWS" | "Federated")).map(|p| p.value.to_owned()));
    }
    found
}

/// Puts in the entity of one ARN, if it is of this account, undeclared and not there yet; AWS's own policies are taken on trust
/// where the binary does not know them.
fn one(account: &mut Snapshot, base: &Desired, text: &str) -> Option<Address> {
    let arn = Arn::parse(text).filter(|arn| arn.service == "iam")?;
    if arn.is_aws_managed_policy() {
        if crate::aws_policies::find(text).is_none() {
            account.aws_policies_unread.insert(text.to_owned());
        }
        return None;
    }
    if arn.account != account.account.id.as_str() || arn.partition != account.account.partition {
        return None;
    }
    let (word, rest) = arn.resource.split_once('/')?;
    let (path, name) = match word {
        "oidc-provider" | "saml-provider" => ("/".to_owned(), rest),
        _ => rest.rsplit_once('/').map_or_else(|| ("/".to_owned(), rest), |(path, name)| (format!("/{path}/"), name)),
    };
    let name = Name::new(name);
    let kind = match word {
        "role" => EntityKind::Role,
        "user" => EntityKind::User,
        "policy" => EntityKind::Policy,
        "oidc-provider" => EntityKind::OidcProvider,
        "saml-provider" => EntityKind::SamlProvider,
        _ => return None,
    };
    let address = Address::new(kind, &name);
    if base.declares(&address) || account.arn_of(&address).is_some() {
        return None;
    }
    match kind {
        EntityKind::Role => drop(account.roles.insert(name, role(path))),
        EntityKind::User => drop(account.users.insert(name, user(&path, Tags::new()))),
        EntityKind::Policy => drop(account.policies.insert(name, policy(path))),
        EntityKind::OidcProvider => drop(account.oidc_providers.insert(name, oidc())),
        _ => drop(account.saml_providers.insert(name, saml())),
    }
    Some(address)
}

/// A user that the spec expects to find. A fully managed one has the ownership tag, as after the first apply.
fn declared_user(want: &WantUser, settings: &Settings) -> User {
    let whole = want.manage == Manage::Exclusive || want.adopt;
    let tags = if whole { Marks(settings).owned(EntityKind::User, want.protect, false) } else { Tags::new() };
    user(want.path.value().map_or("/", String::as_str), tags)
}

fn user(path: &str, tags: Tags) -> User {
    User {
        path: path.to_owned(),
        id: "AIDASTANDIN".to_owned(),
        permissions_boundary: Seen::Value(None),
        tags: Seen::Value(tags),
        inline_policies: Seen::Value(Default::default()),
        attached_policies: Seen::Value(BTreeSet::new()),
        groups: Seen::Value(BTreeSet::new()),
        credentials: Seen::Value(BTreeSet::new()),
        created: None,
    }
}

fn role(path: String) -> Role {
    Role {
        path,
        id: "AROASTANDIN".to_owned(),
        trust: Seen::Unread,
        description: Seen::Unread,
        max_session_duration: Seen::Unread,
        permissions_boundary: Seen::Unread,
        tags: Seen::Value(Tags::new()),
        inline_policies: Seen::Unread,
        attached_policies: Seen::Unread,
        created: None,
        last_used: Seen::Unread,
    }
}

/// A policy whose document is not known: access that depends on it is undecided.
fn policy(path: String) -> Policy {
    let version = VersionId::new(1);
    Policy {
        path,
        id: "ANPASTANDIN".to_owned(),
        description: Seen::Unread,
        tags: Seen::Value(Tags::new()),
        default_version: version.clone(),
        versions: [(version, PolicyVersion { document: Seen::Unread, created: None })].into(),
        last_version: None,
        created: None,
    }
}

fn oidc() -> OidcProvider {
    OidcProvider { client_ids: Seen::Unread, thumbprints: Seen::Unread, tags: Seen::Value(Tags::new()), created: None }
}

fn saml() -> SamlProvider {
    SamlProvider { metadata: Seen::Unread, tags: Seen::Value(Tags::new()), valid_until: None, created: None }
}
