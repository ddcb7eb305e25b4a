//! The account as specs alone describe it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    AccountIdentity, Desired, Group, OidcProvider, Policy, PolicyRef, PolicyVersion, Role, SamlProvider, Seen, Snapshot, User,
    Want,
};
use crate::names::{EntityKind, Name, VersionId};

/// An account that holds what the specs declare and nothing else, as if it had been empty. What they leave open is absent. Service-linked roles
/// are left out: the service chooses their names.
pub fn wanted(desired: &Desired, account: AccountIdentity) -> Snapshot {
    let mut snapshot = Snapshot::empty(account);
    snapshot.ceiling.clone_from(&desired.ceiling);
    for (name, want) in &desired.policies {
        let version = PolicyVersion { document: Seen::Value(want.document.clone()), created: None };
        let first = VersionId::new(1);
        let policy = Policy {
            path: want.path.clone(),
            id: String::new(),
            description: Seen::Value(want.description.value().cloned()),
            tags: Seen::Value(want.tags.clone()),
            default_version: first.clone(),
            versions: BTreeMap::from([(first, version)]),
            last_version: None,
            created: None,
        };
        snapshot.policies.insert(name.clone(), policy);
    }
    let arns = |snapshot: &Snapshot, list: &[(PolicyRef, crate::diag::Place)]| {
        list.iter().map(|(policy, _)| arn(snapshot, desired, policy)).collect::<BTreeSet<_>>()
    };
    let bound = |snapshot: &Snapshot, want: &Want<Option<PolicyRef>>| {
        want.value().and_then(Option::as_ref).map(|policy| arn(snapshot, desired, policy))
    };
    for (name, want) in &desired.roles {
        let role = Role {
            path: want.path.clone(),
            id: String::new(),
            trust: Seen::Value(want.trust.clone()),
            description: Seen::Value(want.description.value().cloned()),
            max_session_duration: want.max_session_duration.value().copied().unwrap_or(3600).into(),
            permissions_boundary: Seen::Value(bound(&snapshot, &want.permissions_boundary)),
            tags: Seen::Value(want.tags.clone()),
            inline_policies: Seen::Value(want.inline_policies.clone()),
            attached_policies: Seen::Value(arns(&snapshot, &want.managed_policies)),
            created: None,
            last_used: Seen::Unread,
        };
        snapshot.roles.insert(name.clone(), role);
    }
    let mut members: BTreeMap<&Name, BTreeSet<Name>> = BTreeMap::new();
    for (name, want) in &desired.groups {
        for (user, _) in &want.users {
            members.entry(user).or_default().insert(name.clone());
        }
        let group = Group {
            path: want.path.value().cloned().unwrap_or_else(|| "/".to_owned()),
            id: String::new(),
            inline_policies: Seen::Value(want.inline_policies.clone()),
            attached_policies: Seen::Value(arns(&snapshot, &want.managed_policies)),
            created: None,
        };
        snapshot.groups.insert(name.clone(), group);
    }
    for (name, want) in &desired.users {
        let user = User {
            path: want.path.value().cloned().unwrap_or_else(|| "/".to_owned()),
            id: String::new(),
            permissions_boundary: Seen::Value(bound(&snapshot, &want.permissions_boundary)),
            tags: Seen::Value(want.tags.clone()),
            inline_policies: Seen::Value(want.inline_policies.clone()),
            attached_policies: Seen::Value(arns(&snapshot, &want.managed_policies)),
            groups: Seen::Value(members.remove(name).unwrap_or_default()),
            credentials: Seen::Unread,
            created: None,
        };
        snapshot.users.insert(name.clone(), user);
    }
    // Groups may list users that no spec declares.
    for (name, groups) in members {
        let user = User {
            path: "/".to_owned(),
            id: String::new(),
            permissions_boundary: Seen::Value(None),
            tags: Seen::Value(BTreeMap::new()),
            inline_policies: Seen::Value(BTreeMap::new()),
            attached_policies: Seen::Value(BTreeSet::new()),
            groups: Seen::Value(groups),
            credentials: Seen::Unread,
            created: None,
        };
        snapshot.users.insert(name.clone(), user);
    }
    for (name, want) in &desired.oidc_providers {
        let set = |want: &Want<BTreeSet<String>>| Seen::Value(want.value().cloned().unwrap_or_default());
        let (client_ids, thumbprints) = (set(&want.client_ids), set(&want.thumbprints));
        let provider = OidcProvider { client_ids, thumbprints, tags: Seen::Value(want.tags.clone()), created: None };
        snapshot.oidc_providers.insert(name.clone(), provider);
    }
    for (name, want) in &desired.saml_providers {
        let metadata = Seen::Value(want.metadata.clone());
        let provider = SamlProvider { metadata, tags: Seen::Value(want.tags.clone()), valid_until: None, created: None };
        snapshot.saml_providers.insert(name.clone(), provider);
    }
    snapshot
}

fn arn(snapshot: &Snapshot, desired: &Desired, policy: &PolicyRef) -> String {
    match policy {
        PolicyRef::Arn(arn) => arn.clone(),
        PolicyRef::Declared(name) => {
            let known = desired.policies.get_key_value(name);
            let (name, path) = known.map_or((name, "/"), |(name, want)| (name, want.path.as_str()));
            snapshot.arn(EntityKind::Policy, path, name)
        }
    }
}
