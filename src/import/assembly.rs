//! An account put together from parts that other tools name: entities, and attachments declared elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    AccountIdentity, Group, InstanceProfile, OidcProvider, Policy, PolicyVersion, Role, SamlProvider, Seen, Snapshot, Tags, User,
};
use crate::names::{Address, EntityKind, Name, VersionId};
use crate::policy::Document;

/// Something that could not be known, or that iamctl has no word for, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// `template.yaml: Resources.Role.Properties.RoleName`.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// What a file of another tool describes.
#[derive(Clone, Debug)]
pub struct Described {
    /// As if it were an account.
    pub snapshot: Snapshot,
    /// What is missing from it, sorted.
    pub unknown: Vec<Unknown>,
    /// Roles that have more policies than are known: their specs are additive, so that nothing is taken off.
    pub additive: BTreeSet<Address>,
}

/// The parts so far.
pub(super) struct Assembly {
    snapshot: Snapshot,
    unknown: Vec<Unknown>,
    inline: Vec<(Address, String, Document, String)>,
    attached: Vec<(Address, String, String)>,
    members: Vec<(Name, Name, String)>,
    /// Entities of which something is not known: a spec without it would take it away.
    incomplete: BTreeMap<Address, (String, String)>,
    /// Entities with policies that are not known.
    additive: BTreeMap<Address, String>,
}

impl Assembly {
    pub fn new(account: AccountIdentity) -> Self {
        Self {
            snapshot: Snapshot::empty(account),
            unknown: Vec::new(),
            inline: Vec::new(),
            attached: Vec::new(),
            members: Vec::new(),
            incomplete: BTreeMap::new(),
            additive: BTreeMap::new(),
        }
    }

    pub fn account(&self) -> &AccountIdentity {
        &self.snapshot.account
    }

    pub fn unknown(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.unknown.push(Unknown { place: place.into(), reason: reason.into() });
    }

    /// Something of this entity is not known, so the whole of it is left out.
    pub fn incomplete(&mut self, address: Address, place: &str, why: &str) {
        self.incomplete.entry(address).or_insert_with(|| (place.to_owned(), why.to_owned()));
    }

    /// A policy attached to this entity is not known; whatever is attached to it has to stay.
    pub fn additive(&mut self, address: Address, place: &str) {
        self.additive.entry(address).or_insert_with(|| place.to_owned());
    }

    /// Whether the name is free; if not, that is said.
    fn is_new(&mut self, address: &Address, place: &str) -> bool {
        let there = match address.kind {
            EntityKind::Role | EntityKind::ServiceLinkedRole => self.snapshot.roles.contains_key(&address.name),
            EntityKind::Policy => self.snapshot.policies.contains_key(&address.name),
            EntityKind::User => self.snapshot.users.contains_key(&address.name),
            EntityKind::Group => self.snapshot.groups.contains_key(&address.name),
            EntityKind::InstanceProfile => self.snapshot.instance_profiles.contains_key(&address.name),
            EntityKind::OidcProvider => self.snapshot.oidc_providers.contains_key(&address.name),
            EntityKind::SamlProvider => self.snapshot.saml_providers.contains_key(&address.name),
        };
        if there {
            self.unknown(place, format!("`{address}` stands twice; the first is taken"));
        }
        !there
    }

    pub fn role(&mut self, name: Name, role: Role, place: &str) {
        if self.is_new(&Address::new(EntityKind::Role, &name), place) {
            self.snapshot.roles.insert(name, role);
        }
    }

    pub fn policy(&mut self, name: Name, path: String, description: Option<String>, tags: Tags, document: Document, place: &str) {
        if self.is_new(&Address::new(EntityKind::Policy, &name), place) {
            let default_version = VersionId::new(1);
            let version = PolicyVersion { document: Seen::Value(document), created: None };
            let policy = Policy {
                path,
                id: String::new(),
                description: Seen::Value(description),
                tags: Seen::Value(tags),
                versions: BTreeMap::from([(default_version.clone(), version)]),
                default_version,
                last_version: None,
                created: None,
            };
            self.snapshot.policies.insert(name, policy);
        }
    }

    pub fn user(&mut self, name: Name, path: String, boundary: Option<String>, tags: Tags, place: &str) {
        if self.is_new(&Address::new(EntityKind::User, &name), place) {
            let user = User {
                path,
                id: String::new(),
                permissions_boundary: Seen::Value(boundary),
                tags: Seen::Value(tags),
                inline_policies: Seen::Value(BTreeMap::new()),
                attached_policies: Seen::Value(BTreeSet::new()),
                groups: Seen::Value(BTreeSet::new()),
                credentials: Seen::Unread,
                created: None,
            };
            self.snapshot.users.insert(name, user);
        }
    }

    pub fn group(&mut self, name: Name, path: String, place: &str) {
        if self.is_new(&Address::new(EntityKind::Group, &name), place) {
            let (inline_policies, attached_policies) = (Seen::Value(BTreeMap::new()), Seen::Value(BTreeSet::new()));
            let group = Group { path, id: String::new(), inline_policies, attached_policies, created: None };
            self.snapshot.groups.insert(name, group);
        }
    }

    /// `tags` is `None` where the tool says nothing of them.
    pub fn profile(&mut self, name: Name, path: String, role: Option<Name>, tags: Option<Tags>, place: &str) {
        if self.is_new(&Address::new(EntityKind::InstanceProfile, &name), place) {
            let tags = tags.map_or(Seen::Unread, Seen::Value);
            let profile = InstanceProfile { path, id: String::new(), role: Seen::Value(role), tags, created: None };
            self.snapshot.instance_profiles.insert(name, profile);
        }
    }

    pub fn oidc(&mut self, url: &str, client_ids: BTreeSet<String>, thumbprints: BTreeSet<String>, tags: Tags, place: &str) {
        let name = Name::new(url.strip_prefix("https://").unwrap_or(url));
        if self.is_new(&Address::new(EntityKind::OidcProvider, &name), place) {
            let (client_ids, thumbprints) = (Seen::Value(client_ids), Seen::Value(thumbprints));
            self.snapshot
                .oidc_providers
                .insert(name, OidcProvider { client_ids, thumbprints, tags: Seen::Value(tags), created: None });
        }
    }

    pub fn saml(&mut self, name: Name, metadata: String, tags: Tags, place: &str) {
        if self.is_new(&Address::new(EntityKind::SamlProvider, &name), place) {
            let provider =
                SamlProvider { metadata: Seen::Value(metadata), tags: Seen::Value(tags), valid_until: None, created: None };
            self.snapshot.saml_providers.insert(name, provider);
        }
    }

    /// A service-linked role. The service chooses its name, so one is made up that leads back to service and suffix.
    pub fn linked(&mut self, service: &str, suffix: Option<&str>, description: Option<String>, place: &str) {
        let ending = suffix.map(|s| format!("_{s}")).unwrap_or_default();
        let name = Name::new(format!("AWSServiceRoleFor-{}{ending}", service.replace('_', "-")));
        let mut role = new_role(format!("/aws-service-role/{service}/"), Document::new(serde_json::Value::Null));
        role.description = Seen::Value(description);
        self.role(name, role, place);
    }

    pub fn put_inline(&mut self, holder: Address, name: String, document: Document, place: &str) {
        self.inline.push((holder, name, document, place.to_owned()));
    }

    pub fn attach(&mut self, holder: Address, arn: String, place: &str) {
        self.attached.push((holder, arn, place.to_owned()));
    }

    pub fn join(&mut self, user: Name, group: Name, place: &str) {
        self.members.push((user, group, place.to_owned()));
    }

    /// The whole.
    pub fn finish(mut self) -> Described {
        for (holder, name, document, place) in std::mem::take(&mut self.inline) {
            let list = match holder.kind {
                EntityKind::Role => self.snapshot.roles.get_mut(&holder.name).map(|e| &mut e.inline_policies),
                EntityKind::User => self.snapshot.users.get_mut(&holder.name).map(|e| &mut e.inline_policies),
                _ => self.snapshot.groups.get_mut(&holder.name).map(|e| &mut e.inline_policies),
            };
            match list {
                Some(Seen::Value(list)) => match list.get(&name) {
                    Some(other) if *other != document => {
                        self.unknown(&place, format!("`{holder}` has two inline policies `{name}`"));
                        self.incomplete(holder, &place, "it has two inline policies of one name");
                    }
                    _ => drop(list.insert(name, document)),
                },
                _ => self.foreign(&holder, &place),
            }
        }
        for (holder, arn, place) in std::mem::take(&mut self.attached) {
            let list = match holder.kind {
                EntityKind::Role => self.snapshot.roles.get_mut(&holder.name).map(|e| &mut e.attached_policies),
                EntityKind::User => self.snapshot.users.get_mut(&holder.name).map(|e| &mut e.attached_policies),
                _ => self.snapshot.groups.get_mut(&holder.name).map(|e| &mut e.attached_policies),
            };
            match list {
                Some(Seen::Value(list)) => {
                    list.insert(arn);
                }
                _ => self.foreign(&holder, &place),
            }
        }
        for (user, group, place) in std::mem::take(&mut self.members) {
            match self.snapshot.users.get_mut(&user).map(|u| &mut u.groups) {
                Some(Seen::Value(groups)) if self.snapshot.groups.contains_key(&group) => {
                    groups.insert(group);
                }
                Some(_) => self.foreign(&Address::new(EntityKind::Group, group), &place),
                None => self.foreign(&Address::new(EntityKind::User, user), &place),
            }
        }
        self.drop_incomplete();
        let additive = self.roles_with_more();
        for (name, profile) in self.snapshot.instance_profiles.clone() {
            let holder = profile.role.value().cloned().flatten();
            let there = holder.as_ref().is_some_and(|role| self.snapshot.roles.contains_key(role));
            if let (Some(role), false) = (holder, there) {
                self.snapshot.instance_profiles.remove(&name);
                self.unknown(
                    format!("instance-profile/{name}"),
                    format!("`role/{role}`, at which a spec declares it, is not there"),
                );
            }
        }
        self.unknown.sort();
        self.unknown.dedup();
        Described { snapshot: self.snapshot, unknown: self.unknown, additive }
    }

    fn foreign(&mut self, holder: &Address, place: &str) {
        self.unknown(place, format!("`{holder}` is not described here; write it into the spec that declares it"));
    }

    /// Users and groups are additive as it is.
    fn roles_with_more(&mut self) -> BTreeSet<Address> {
        let mut found = BTreeSet::new();
        for (address, place) in std::mem::take(&mut self.additive) {
            if address.kind == EntityKind::Role && self.snapshot.roles.contains_key(&address.name) {
                let why = "a policy attached to it is not known, so its spec says `manage: additive` and takes nothing off";
                self.unknown(place, format!("`{address}`: {why}"));
                found.insert(address);
            }
        }
        found
    }

    fn drop_incomplete(&mut self) {
        for (address, (place, why)) in std::mem::take(&mut self.incomplete) {
            let name = &address.name;
            let there = match address.kind {
                EntityKind::Role => self.snapshot.roles.remove(name).is_some(),
                EntityKind::User => self.snapshot.users.remove(name).is_some(),
                EntityKind::Group => self.snapshot.groups.remove(name).is_some(),
                _ => false,
            };
            if there {
                self.unknown(place, format!("`{address}` is left out: {why}"));
            }
        }
    }
}

/// A role with nothing but its trust.
pub(super) fn new_role(path: String, trust: Document) -> Role {
    Role {
        path,
        id: String::new(),
        trust: Seen::Value(trust),
        description: Seen::Value(None),
        max_session_duration: Seen::Value(3600),
        permissions_boundary: Seen::Value(None),
        tags: Seen::Value(Tags::new()),
        inline_policies: Seen::Value(BTreeMap::new()),
        attached_policies: Seen::Value(BTreeSet::new()),
        created: None,
        last_used: Seen::Unread,
    }
}
