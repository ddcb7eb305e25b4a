//! What is wanted: the specs of one account, resolved. Every reference is a name or an ARN, every variable put in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Ceiling, InlinePolicies, Tags, Want};
use crate::diag::Place;
use crate::names::{Address, EntityKind, Name};
use crate::policy::Document;

/// Everything that the specs say about one account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desired {
    /// Customer managed policies.
    pub policies: BTreeMap<Name, WantPolicy>,
    /// Roles.
    pub roles: BTreeMap<Name, WantRole>,
    /// Users.
    pub users: BTreeMap<Name, WantUser>,
    /// Groups.
    pub groups: BTreeMap<Name, WantGroup>,
    /// Instance profiles; each is declared by its role.
    pub instance_profiles: BTreeMap<Name, WantInstanceProfile>,
    /// Service-linked roles by `SERVICE` or `SERVICE/SUFFIX`.
    pub service_linked_roles: BTreeMap<Name, WantServiceLinkedRole>,
    /// OIDC providers by URL without `https://`.
    pub oidc_providers: BTreeMap<Name, WantOidcProvider>,
    /// SAML providers.
    pub saml_providers: BTreeMap<Name, WantSamlProvider>,
    /// Entities to stop managing, with the place of the entry.
    pub release: BTreeMap<Address, Place>,
    /// What the organisation lets the account do at most.
    pub ceiling: Option<Arc<Ceiling>>,
}

impl Desired {
    /// How far the spec of an entity goes; `None` where it is not declared, or its kind has no such key.
    pub fn manage(&self, address: &Address) -> Option<Manage> {
        let name = &address.name;
        match address.kind {
            EntityKind::Role => self.roles.get(name).map(|want| want.manage),
            EntityKind::Policy => self.policies.get(name).map(|want| want.manage),
            EntityKind::User => self.users.get(name).map(|want| want.manage),
            EntityKind::Group => self.groups.get(name).map(|want| want.manage),
            EntityKind::InstanceProfile => self.instance_profiles.get(name).map(|want| want.manage),
            EntityKind::OidcProvider => self.oidc_providers.get(name).and_then(|want| want.manage),
            EntityKind::SamlProvider => self.saml_providers.get(name).and_then(|want| want.manage),
            EntityKind::ServiceLinkedRole => None,
        }
    }

    /// Whether any entity of this address is declared.
    pub fn declares(&self, address: &Address) -> bool {
        self.place_of(address).is_some()
    }

    /// Where the entity is declared.
    pub fn place_of(&self, address: &Address) -> Option<&Place> {
        let name = &address.name;
        match address.kind {
            EntityKind::Policy => self.policies.get(name).map(|w| &w.place),
            EntityKind::Role => self.roles.get(name).map(|w| &w.place),
            EntityKind::User => self.users.get(name).map(|w| &w.place),
            EntityKind::Group => self.groups.get(name).map(|w| &w.place),
            EntityKind::InstanceProfile => self.instance_profiles.get(name).map(|w| &w.place),
            EntityKind::ServiceLinkedRole => self.service_linked_roles.get(name).map(|w| &w.place),
            EntityKind::OidcProvider => self.oidc_providers.get(name).map(|w| &w.place),
            EntityKind::SamlProvider => self.saml_providers.get(name).map(|w| &w.place),
        }
    }

    /// The managed policies that a declared role, user or group attaches.
    pub fn attachments(&self, address: &Address) -> &[(PolicyRef, Place)] {
        let name = &address.name;
        let managed = match address.kind {
            EntityKind::Role => self.roles.get(name).map(|w| &w.managed_policies),
            EntityKind::User => self.users.get(name).map(|w| &w.managed_policies),
            EntityKind::Group => self.groups.get(name).map(|w| &w.managed_policies),
            EntityKind::Policy
            | EntityKind::InstanceProfile
            | EntityKind::ServiceLinkedRole
            | EntityKind::OidcProvider
            | EntityKind::SamlProvider => None,
        };
        managed.map(Vec::as_slice).unwrap_or_default()
    }

    /// Every declared address, in plan order.
    pub fn addresses(&self) -> BTreeSet<Address> {
        fn of<'a, T: 'a>(kind: EntityKind, map: &'a BTreeMap<Name, T>) -> impl Iterator<Item = Address> + 'a {
            map.keys().map(move |name| Address::new(kind, name))
        }
        of(EntityKind::Policy, &self.policies)
            .chain(of(EntityKind::Role, &self.roles))
            .chain(of(EntityKind::User, &self.users))
            .chain(of(EntityKind::Group, &self.groups))
            .chain(of(EntityKind::InstanceProfile, &self.instance_profiles))
            .chain(of(EntityKind::ServiceLinkedRole, &self.service_linked_roles))
            .chain(of(EntityKind::OidcProvider, &self.oidc_providers))
            .chain(of(EntityKind::SamlProvider, &self.saml_providers))
            .collect()
    }

    /// Whether nothing at all is declared.
    pub fn is_empty(&self) -> bool {
        self.addresses().is_empty()
    }
}

/// How far the spec of an entity goes (contract 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manage {
    /// What is not listed goes, whoever put it there.
    Exclusive,
    /// What is listed is ensured; what others put there stays.
    Additive,
    /// Made when missing, then left alone; what differs later is a note.
    CreateOnly,
    /// Attachments alone: no trust, no ownership, nothing else of the entity is compared.
    AttachOnly,
    /// Differences are shown, and nothing is written.
    Observe,
}

impl Manage {
    /// Whether everything that the spec does not list is a difference.
    pub fn is_exact(self) -> bool {
        match self {
            Self::Exclusive | Self::Observe => true,
            Self::Additive | Self::CreateOnly | Self::AttachOnly => false,
        }
    }

    /// Whether what is attached is remembered as this stack's, beside what others attach.
    pub fn remembers(self) -> bool {
        match self {
            Self::Additive | Self::AttachOnly => true,
            Self::Exclusive | Self::CreateOnly | Self::Observe => false,
        }
    }

    /// Whether what the spec declares carries this stack's mark.
    pub fn owns(self) -> bool {
        match self {
            Self::Exclusive | Self::Additive => true,
            Self::CreateOnly | Self::AttachOnly | Self::Observe => false,
        }
    }
}

/// A managed policy as a spec refers to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyRef {
    /// A policy that these specs declare. Its ARN follows from the path that it has, or will have, in the account.
    Declared(Name),
    /// Any other, by ARN.
    Arn(String),
}

/// A wanted customer managed policy.
#[derive(Clone, Debug, PartialEq)]
pub struct WantPolicy {
    /// Where the spec declares it: its name.
    pub place: Place,
    /// `/` unless the spec or a default says otherwise.
    pub path: String,
    /// Immutable in IAM.
    pub description: Want<String>,
    /// All the tags, without ownership marks.
    pub tags: Tags,
    /// The document.
    pub document: Document,
    /// Where the document begins.
    pub document_place: Place,
    /// `exclusive` (the tags are all there are), `additive` or `create_only`.
    pub manage: Manage,
    /// Never deleted or replaced.
    pub protect: bool,
    /// May take over an unowned policy of this name.
    pub adopt: bool,
}

/// A wanted role.
#[derive(Clone, Debug, PartialEq)]
pub struct WantRole {
    /// Where the spec declares it: its name.
    pub place: Place,
    /// `/` unless the spec or a default says otherwise.
    pub path: String,
    /// Left as it is when omitted.
    pub description: Want<String>,
    /// Seconds; left as it is when omitted.
    pub max_session_duration: Want<u32>,
    /// `Exactly(None)` takes it off.
    pub permissions_boundary: Want<Option<PolicyRef>>,
    /// All the tags, without ownership marks.
    pub tags: Tags,
    /// The trust document.
    pub trust: Document,
    /// Where the trust begins.
    pub trust_place: Place,
    /// Managed policies with the place of each entry, in the author's order, each once.
    pub managed_policies: Vec<(PolicyRef, Place)>,
    /// Inline policies.
    pub inline_policies: InlinePolicies,
    /// Where each inline policy is declared.
    pub inline_places: BTreeMap<String, Place>,
    /// How far the spec goes; exclusive by default.
    pub manage: Manage,
    /// Never deleted or replaced.
    pub protect: bool,
    /// May take over an unowned role of this name.
    pub adopt: bool,
}

/// A wanted user.
#[derive(Clone, Debug, PartialEq)]
pub struct WantUser {
    /// Where the spec declares it: its name.
    pub place: Place,
    /// Left as it is when omitted; `/` at creation.
    pub path: Want<String>,
    /// `Exactly(None)` takes it off.
    pub permissions_boundary: Want<Option<PolicyRef>>,
    /// The tags, without ownership marks.
    pub tags: Tags,
    /// Managed policies with the place of each entry, each once.
    pub managed_policies: Vec<(PolicyRef, Place)>,
    /// Inline policies.
    pub inline_policies: InlinePolicies,
    /// Where each inline policy is declared.
    pub inline_places: BTreeMap<String, Place>,
    /// How far the spec goes; additive by default.
    pub manage: Manage,
    /// Never deleted or replaced.
    pub protect: bool,
    /// May take over an unowned user of this name.
    pub adopt: bool,
    /// Make the user when missing, and own it.
    pub create: bool,
    /// The name that it has in the account, with the place of the key: it is renamed in place.
    pub renamed_from: Option<(Name, Place)>,
}

/// A wanted group.
#[derive(Clone, Debug, PartialEq)]
pub struct WantGroup {
    /// Where the spec declares it: its name.
    pub place: Place,
    /// Left as it is when omitted; `/` at creation.
    pub path: Want<String>,
    /// Managed policies with the place of each entry, each once.
    pub managed_policies: Vec<(PolicyRef, Place)>,
    /// Inline policies.
    pub inline_policies: InlinePolicies,
    /// Where each inline policy is declared.
    pub inline_places: BTreeMap<String, Place>,
    /// Members with the place of each entry, each once.
    pub users: Vec<(Name, Place)>,
    /// How far the spec goes; additive by default.
    pub manage: Manage,
    /// Never deleted or replaced.
    pub protect: bool,
    /// The name that it has in the account, with the place of the key: it is renamed in place.
    pub renamed_from: Option<(Name, Place)>,
}

/// A wanted instance profile. It shares its role's path at creation.
#[derive(Clone, Debug, PartialEq)]
pub struct WantInstanceProfile {
    /// Where the spec declares it.
    pub place: Place,
    /// Path at creation, and compared after.
    pub path: String,
    /// The role in it.
    pub role: Name,
    /// The tags of its role (and the project's defaults), without ownership marks.
    pub tags: Tags,
    /// As its role.
    pub manage: Manage,
    /// As its role.
    pub protect: bool,
    /// As its role.
    pub adopt: bool,
}

/// A wanted service-linked role. IAM owns all of it but the description.
#[derive(Clone, Debug, PartialEq)]
pub struct WantServiceLinkedRole {
    /// Where the spec declares it.
    pub place: Place,
    /// The service principal.
    pub service: String,
    /// The suffix, where the service has several.
    pub custom_suffix: Option<String>,
    /// Left as it is when omitted.
    pub description: Want<String>,
}

/// A wanted OIDC provider.
#[derive(Clone, Debug, PartialEq)]
pub struct WantOidcProvider {
    /// Where the spec declares it: its name.
    pub place: Place,
    /// Audiences; left as they are when omitted.
    pub client_ids: Want<BTreeSet<String>>,
    /// Thumbprints; IAM finds one itself when omitted.
    pub thumbprints: Want<BTreeSet<String>>,
    /// The tags, without ownership marks.
    pub tags: Tags,
    /// How far the spec goes; `None`: exclusive for what this stack created or adopted, else additive.
    pub manage: Option<Manage>,
    /// Never deleted.
    pub protect: bool,
}

/// A wanted SAML provider.
#[derive(Clone, Debug, PartialEq)]
pub struct WantSamlProvider {
    /// Where the spec declares it: its name.
    pub place: Place,
    /// The metadata document (XML).
    pub metadata: String,
    /// The tags, without ownership marks.
    pub tags: Tags,
    /// How far the spec goes; `None`: exclusive for what this stack created or adopted, else additive.
    pub manage: Option<Manage>,
    /// Never deleted.
    pub protect: bool,
}
