//! An account put together from parts that other tools name: entities, and attachments declared elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    AccountIdentity, Group, InstanceProfile, OidcProvider, Policy, PolicyVersion, Role, SamlProvider, Seen, Snapshot, Tags, User,
    derived_name, known_service,
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

/// What of an entity ends on a day: it itself, the attachment of a policy by its ARN, an inline policy by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ends {
    /// The entity.
    Entity,
    /// The attachment of this policy.
    Attached(String),
    /// This inline policy.
    Inline(String),
}

/// What ends, by entity, with its day (`2027-01-31`).
pub type Expiries = BTreeMap<(Address, Ends), String>;

/// What a file of another tool describes.
#[derive(Clone, Debug)]
pub struct Described {
    /// As if it were an account.
    pub snapshot: Snapshot,
    /// What is missing from it, sorted.
    pub unknown: Vec<Unknown>,
    /// What is known and has no place in a spec, sorted.
    pub notes: Vec<Unknown>,
    /// Entities on which more may hang than is known: their specs are additive, so that nothing is taken off.
    pub additive: BTreeSet<Address>,
    /// What ends on a day: specs say so with `expires:`.
    pub expires: Expiries,
}

/// What something that is not known hangs on: a policy, a membership or a tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum On {
    /// This entity.
    Entity(Address),
    /// An entity of this kind whose name is not known, so it may be each of them.
    Any(EntityKind),
}

impl On {
    /// Every principal: what a macro or a module makes may be attached to each.
    pub const PRINCIPALS: [Self; 3] = [Self::Any(EntityKind::Role), Self::Any(EntityKind::User), Self::Any(EntityKind::Group)];
}

/// The parts so far.
pub(super) struct Assembly {
    snapshot: Snapshot,
    unknown: Vec<Unknown>,
    inline: Vec<(Address, String, Document, String)>,
    attached: Vec<(Address, String, String)>,
    members: Vec<(Name, Name, String)>,
    /// Inline policies that another resource says an entity has.
    expected: Vec<(Address, String, String)>,
    notes: Vec<Unknown>,
    expires: Expiries,
    /// What is not known, by what it hangs on: its place, and what it is in words.
    hanging: BTreeSet<(On, String, String)>,
}

impl Assembly {
    pub fn new(account: AccountIdentity) -> Self {
        Self {
            snapshot: Snapshot::empty(account),
            unknown: Vec::new(),
            inline: Vec::new(),
            attached: Vec::new(),
            members: Vec::new(),
            expected: Vec::new(),
            notes: Vec::new(),
            expires: Expiries::new(),
            hanging: BTreeSet::new(),
        }
    }

    pub fn account(&self) -> &AccountIdentity {
        &self.snapshot.account
    }

    pub fn unknown(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.unknown.push(Unknown { place: place.into(), reason: reason.into() });
    }

    /// Something that is known, and that no spec can hold.
    pub fn note(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.notes.push(Unknown { place: place.into(), reason: reason.into() });
    }

    /// The one rule of what is not known: the entity on which it hangs becomes additive, and that is listed. `what` is the subject
    /// of a sentence: `a policy attached to it`.
    pub fn hangs(&mut self, on: On, place: &str, what: &str) {
        self.hanging.insert((on, place.to_owned(), what.to_owned()));
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
            self.unknown(place, format!("`{address}` occurs twice; the first one is used"));
            self.hangs(On::Entity(address.clone()), place, "what the other declaration puts on it");
        }
        !there
    }

    pub fn role(&mut self, name: Name, role: Role, place: &str) {
        if self.is_new(&Address::new(EntityKind::Role, &name), place) {
            self.snapshot.roles.insert(name, role);
        }
    }

    pub fn policy(
        &mut self,
        name: Name,
        path: String,
        description: Seen<Option<String>>,
        tags: Tags,
        document: Document,
        place: &str,
    ) {
        if self.is_new(&Address::new(EntityKind::Policy, &name), place) {
            let default_version = VersionId::new(1);
            let version = PolicyVersion { document: Seen::Value(document), created: None };
            let policy = Policy {
                path,
                id: String::new(),
                description,
                tags: Seen::Value(tags),
                versions: BTreeMap::from([(default_version.clone(), version)]),
                default_version,
                last_version: None,
                created: None,
            };
            self.snapshot.policies.insert(name, policy);
        }
    }

    pub fn user(&mut self, name: Name, path: String, boundary: Seen<Option<String>>, tags: Tags, place: &str) {
        if self.is_new(&Address::new(EntityKind::User, &name), place) {
            let user = User {
                path,
                id: String::new(),
                permissions_boundary: boundary,
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

    pub fn oidc(
        &mut self,
        url: &str,
        client_ids: Seen<BTreeSet<String>>,
        thumbprints: Seen<BTreeSet<String>>,
        tags: Tags,
        place: &str,
    ) {
        let name = Name::new(url.strip_prefix("https://").unwrap_or(url));
        if self.is_new(&Address::new(EntityKind::OidcProvider, &name), place) {
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
    pub fn linked(&mut self, service: &str, suffix: Option<&str>, description: Seen<Option<String>>, place: &str) {
        let base = known_service(service).map_or_else(|| derived_name(service), |(name, _)| name.to_owned());
        let name = Name::new(suffix.map_or_else(|| base.clone(), |suffix| format!("{base}_{suffix}")));
        let mut role = new_role(format!("/aws-service-role/{service}/"), Document::new(serde_json::Value::Null));
        role.description = description;
        self.role(name, role, place);
    }

    pub fn put_inline(&mut self, holder: Address, name: String, document: Document, place: &str) {
        self.inline.push((holder, name, document, place.to_owned()));
    }

    /// Another resource says that the entity has an inline policy of this name.
    pub fn expect_inline(&mut self, holder: Address, name: String, place: &str) {
        self.expected.push((holder, name, place.to_owned()));
    }

    pub fn attach(&mut self, holder: Address, arn: String, place: &str) {
        self.attached.push((holder, arn, place.to_owned()));
    }

    pub fn join(&mut self, user: Name, group: Name, place: &str) {
        self.members.push((user, group, place.to_owned()));
    }

    fn inline_of(&mut self, holder: &Address) -> Option<&mut BTreeMap<String, Document>> {
        let list = match holder.kind {
            EntityKind::Role => self.snapshot.roles.get_mut(&holder.name).map(|e| &mut e.inline_policies),
            EntityKind::User => self.snapshot.users.get_mut(&holder.name).map(|e| &mut e.inline_policies),
            _ => self.snapshot.groups.get_mut(&holder.name).map(|e| &mut e.inline_policies),
        };
        match list {
            Some(Seen::Value(list)) => Some(list),
            _ => None,
        }
    }

    /// Something of an entity that ends on a day.
    pub fn expire(&mut self, address: &Address, what: Ends, day: String) {
        self.expires.insert((address.clone(), what), day);
    }

    /// The whole.
    pub fn finish(mut self) -> Described {
        let mut twice = BTreeSet::new();
        for (holder, name, document, place) in std::mem::take(&mut self.inline) {
            match self.inline_of(&holder) {
                None => self.foreign(&holder, &place),
                Some(list) if list.get(&name).is_some_and(|other| *other != document) => {
                    self.unknown(&place, format!("`{holder}` has two inline policies `{name}`; neither is taken"));
                    self.hangs(On::Entity(holder.clone()), &place, "an inline policy of it");
                    twice.insert((holder, name));
                }
                Some(list) => drop(list.insert(name, document)),
            }
        }
        for (holder, name) in twice {
            self.inline_of(&holder).map(|list| list.remove(&name));
        }
        for (holder, name, place) in std::mem::take(&mut self.expected) {
            if self.inline_of(&holder).is_some_and(|list| !list.contains_key(&name)) {
                self.unknown(&place, format!("`{holder}` has an inline policy `{name}`, whose document is not known"));
                self.hangs(On::Entity(holder), &place, "an inline policy of it");
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
        let additive = self.additive();
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
        for list in [&mut self.unknown, &mut self.notes] {
            list.sort();
            list.dedup();
        }
        Described { snapshot: self.snapshot, unknown: self.unknown, notes: self.notes, additive, expires: self.expires }
    }

    fn foreign(&mut self, holder: &Address, place: &str) {
        self.unknown(place, format!("`{holder}` is not described here; write it into the spec that declares it"));
    }

    /// The addresses of a kind on which something can hang.
    fn of_kind(&self, kind: EntityKind) -> Vec<Address> {
        let addresses = |names: Vec<&Name>| names.into_iter().map(|name| Address::new(kind, name)).collect();
        match kind {
            EntityKind::Role => addresses(self.snapshot.roles.keys().collect()),
            EntityKind::User => addresses(self.snapshot.users.keys().collect()),
            EntityKind::Group => addresses(self.snapshot.groups.keys().collect()),
            EntityKind::Policy => addresses(self.snapshot.policies.keys().collect()),
            EntityKind::InstanceProfile | EntityKind::ServiceLinkedRole | EntityKind::OidcProvider | EntityKind::SamlProvider => {
                Vec::new()
            }
        }
    }

    /// The entity whose `manage` counts for another: of an instance profile that of its role.
    fn managed_with(&self, address: &Address) -> Address {
        let profile = self.snapshot.instance_profiles.get(&address.name).filter(|_| address.kind == EntityKind::InstanceProfile);
        let role = profile.and_then(|profile| profile.role.value().cloned().flatten());
        role.map_or_else(|| address.clone(), |role| Address::new(EntityKind::Role, role))
    }

    /// What becomes additive, each listed. Users and groups are additive without a word in their specs.
    fn additive(&mut self) -> BTreeSet<Address> {
        let mut found = BTreeSet::new();
        for (on, place, what) in std::mem::take(&mut self.hanging) {
            let (of, reason) = match &on {
                On::Entity(address) => {
                    let address = &self.managed_with(address);
                    let of: Vec<Address> = self.of_kind(address.kind).into_iter().filter(|a| a == address).collect();
                    let says = match address.kind {
                        EntityKind::User | EntityKind::Group => "its spec is additive, as those of users and groups are,",
                        _ => "its spec says `manage: additive`",
                    };
                    (of, format!("`{address}`: {what} is not known, so {says} and takes nothing off"))
                }
                On::Any(kind) => {
                    let says = match kind {
                        EntityKind::User | EntityKind::Group => "their specs are additive, as those of users and groups are,",
                        _ => "the specs of all of them say `manage: additive`",
                    };
                    let noun = kind.noun();
                    (self.of_kind(*kind), format!("{what} may be attached to any {noun}, so {says} and take nothing off"))
                }
            };
            if !of.is_empty() {
                self.unknown(place, reason);
            }
            found.extend(of);
        }
        found
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
