//! What is there: one account as it was read. Also the file format of the embedded account and of `iamctl snapshot`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ceiling, Limits, Seen, unique};
use crate::names::{AccountId, Address, EntityKind, Name, VersionId, entity_arn};
use crate::policy::Document;

/// Tags by key. Where keys ignore case (roles, users) no two differ by case alone.
pub type Tags = BTreeMap<String, String>;

/// Inline policies by name, in the order in which IAM lists them: by name.
pub type InlinePolicies = BTreeMap<String, Document>;

/// Which account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountIdentity {
    /// Twelve digits.
    pub id: AccountId,
    /// `aws`, `aws-cn`, …
    pub partition: String,
}

/// An account as it was read. What was not read is left out, which is never the same as empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Version of this format: 1.
    pub format_version: u32,
    /// Which account.
    pub account: AccountIdentity,
    /// Counts the writes to an embedded account; unique ids are made from it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub serial: u64,
    /// The account's quotas.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub limits: Seen<Limits>,
    /// Kinds whose listing is not whole: an entity of these kinds that is not here may exist all the same.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unlisted: BTreeSet<EntityKind>,
    /// Roles by name, service-linked ones included (their path begins with `/aws-service-role/`).
    #[serde(default, deserialize_with = "unique::map")]
    pub roles: BTreeMap<Name, Role>,
    /// Customer managed policies by name.
    #[serde(default, deserialize_with = "unique::map")]
    pub policies: BTreeMap<Name, Policy>,
    /// Users by name.
    #[serde(default, deserialize_with = "unique::map")]
    pub users: BTreeMap<Name, User>,
    /// Groups by name.
    #[serde(default, deserialize_with = "unique::map")]
    pub groups: BTreeMap<Name, Group>,
    /// Instance profiles by name.
    #[serde(default, deserialize_with = "unique::map")]
    pub instance_profiles: BTreeMap<Name, InstanceProfile>,
    /// OIDC providers by URL without `https://`.
    #[serde(default, deserialize_with = "unique::map")]
    pub oidc_providers: BTreeMap<Name, OidcProvider>,
    /// SAML providers by name.
    #[serde(default, deserialize_with = "unique::map")]
    pub saml_providers: BTreeMap<Name, SamlProvider>,
    /// AWS managed policies that were read, by ARN.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    pub aws_policies: BTreeMap<String, Policy>,
    /// ARNs of AWS managed policies that were asked for and could not be read: whether they exist is not known.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub aws_policies_unread: BTreeSet<String>,
    /// What the organisation lets the account do at most. The project says so, not the account: no file holds it.
    #[serde(skip)]
    pub ceiling: Option<Arc<Ceiling>>,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// A role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// `/` or `/…/`.
    pub path: String,
    /// `AROA…`.
    pub id: String,
    /// Who may assume it, as IAM shows it.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub trust: Seen<Document>,
    /// `null` where the role has none.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub description: Seen<Option<String>>,
    /// Seconds, 3600 to 43200.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub max_session_duration: Seen<u32>,
    /// ARN of the boundary, `null` where there is none.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub permissions_boundary: Seen<Option<String>>,
    /// Tags.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub tags: Seen<Tags>,
    /// Inline policies.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub inline_policies: Seen<InlinePolicies>,
    /// ARNs of attached managed policies.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub attached_policies: Seen<BTreeSet<String>>,
    /// When it was made (RFC 3339), for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// When it was last used in the trailing 400 days (RFC 3339), `null` for never; no part of drift.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub last_used: Seen<Option<String>>,
}

impl Role {
    /// For a service-linked role: the service principal in its path.
    pub fn linked_service(&self) -> Option<&str> {
        self.path.strip_prefix("/aws-service-role/")?.split('/').next()
    }

    /// Whether IAM refuses changes: service-linked and reserved (IAM Identity Center) roles (iam-facts 2.1.4).
    pub fn is_reserved(&self) -> bool {
        super::is_reserved_path(&self.path)
    }
}

/// A customer managed policy, or an AWS managed one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// `/` or `/…/`.
    pub path: String,
    /// `ANPA…`.
    pub id: String,
    /// `null` where the policy has none; it can never change.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub description: Seen<Option<String>>,
    /// Tags.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub tags: Seen<Tags>,
    /// The version in force.
    pub default_version: VersionId,
    /// The kept versions.
    pub versions: BTreeMap<VersionId, PolicyVersion>,
    /// The highest version number ever given; numbers are never used again. Known of embedded accounts only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_version: Option<u64>,
    /// When it was made (RFC 3339), for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
}

impl Policy {
    /// The document in force, if it was read.
    pub fn default_document(&self) -> Option<&Document> {
        self.versions.get(&self.default_version)?.document.value()
    }
}

/// One version of a managed policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyVersion {
    /// The document as stored.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub document: Seen<Document>,
    /// When it was made (RFC 3339), for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// `/` or `/…/`.
    pub path: String,
    /// `AIDA…`.
    pub id: String,
    /// ARN of the boundary, `null` where there is none.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub permissions_boundary: Seen<Option<String>>,
    /// Tags.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub tags: Seen<Tags>,
    /// Inline policies.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub inline_policies: Seen<InlinePolicies>,
    /// ARNs of attached managed policies.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub attached_policies: Seen<BTreeSet<String>>,
    /// Groups the user is in.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub groups: Seen<BTreeSet<Name>>,
    /// Kinds of credentials the user holds (`access-key`, `login-profile`, `mfa-device`, …), which keep it from being deleted.
    /// A list that could not be read is there as `KIND (not read)`. Never the credentials
    /// themselves. Read only for users that a plan may delete.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub credentials: Seen<BTreeSet<String>>,
    /// When it was made (RFC 3339), for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
}

/// What a reading says of one kind of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The user has some.
    Held,
    /// The list could not be read: the user may have some.
    NotRead,
}

impl Credential {
    /// How a kind is written in [`User::credentials`].
    pub fn mark(self, kind: &str) -> String {
        match self {
            Self::Held => kind.to_owned(),
            Self::NotRead => format!("{kind} (not read)"),
        }
    }

    fn of(marked: &str) -> Self {
        if marked.ends_with(" (not read)") { Self::NotRead } else { Self::Held }
    }
}

impl User {
    /// The kinds of credentials that the user certainly holds.
    pub fn held_credentials(&self) -> impl Iterator<Item = &str> {
        let all = self.credentials.value().into_iter().flatten().map(String::as_str);
        all.filter(|kind| Credential::of(kind) == Credential::Held)
    }

    /// The kinds of credentials that could not be listed: the user may hold some.
    pub fn unread_credentials(&self) -> impl Iterator<Item = &str> {
        let all = self.credentials.value().into_iter().flatten().map(String::as_str);
        all.filter(|kind| Credential::of(kind) == Credential::NotRead).filter_map(|kind| kind.split(' ').next())
    }
}

/// A group. Its members are written on the users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// `/` or `/…/`.
    pub path: String,
    /// `AGPA…`.
    pub id: String,
    /// Inline policies.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub inline_policies: Seen<InlinePolicies>,
    /// ARNs of attached managed policies.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub attached_policies: Seen<BTreeSet<String>>,
    /// When it was made (RFC 3339), for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
}

/// An instance profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstanceProfile {
    /// `/` or `/…/`.
    pub path: String,
    /// `AIPA…`.
    pub id: String,
    /// The role in it; IAM allows one (iam-facts 2.5).
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub role: Seen<Option<Name>>,
    /// Tags.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub tags: Seen<Tags>,
    /// When it was made (RFC 3339), for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
}

/// An OIDC provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcProvider {
    /// Audiences.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub client_ids: Seen<BTreeSet<String>>,
    /// SHA-1 thumbprints in hex.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub thumbprints: Seen<BTreeSet<String>>,
    /// Tags.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub tags: Seen<Tags>,
    /// When it was made (RFC 3339), for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
}

/// A SAML provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SamlProvider {
    /// The metadata document (XML).
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub metadata: Seen<String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "Seen::is_unread")]
    pub tags: Seen<Tags>,
    /// When the certificate in the metadata expires (RFC 3339), for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// When it was made (RFC 3339), for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
}

impl Snapshot {
    /// An account with nothing in it and AWS's default quotas.
    pub fn empty(account: AccountIdentity) -> Self {
        Self {
            format_version: 1,
            account,
            serial: 0,
            limits: Seen::Value(Limits::defaults()),
            unlisted: BTreeSet::new(),
            roles: BTreeMap::new(),
            policies: BTreeMap::new(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            instance_profiles: BTreeMap::new(),
            oidc_providers: BTreeMap::new(),
            saml_providers: BTreeMap::new(),
            aws_policies: BTreeMap::new(),
            aws_policies_unread: BTreeSet::new(),
            ceiling: None,
        }
    }

    /// The quotas, or AWS's defaults where they were not read.
    pub fn limits(&self) -> Limits {
        self.limits.value().cloned().unwrap_or_else(Limits::defaults)
    }

    /// The ARN that an entity of this account has under the given path.
    pub fn arn(&self, kind: EntityKind, path: &str, name: &Name) -> String {
        entity_arn(&self.account.partition, &self.account.id, kind, path, name.as_str())
    }

    /// The names of the roles under a service's path.
    pub fn roles_of_service<'a>(&'a self, service: &'a str) -> impl Iterator<Item = &'a Name> + Clone {
        self.roles.iter().filter(move |(_, role)| role.linked_service() == Some(service)).map(|(name, _)| name)
    }

    /// The service-linked role of a service (`SERVICE` or `SERVICE/SUFFIX`), see [`linked_role`](super::linked_role).
    pub fn service_linked_role(&self, key: &str) -> Option<(&Name, &Role)> {
        let service = key.split('/').next().unwrap_or(key);
        let name = super::linked_role(key, self.roles_of_service(service))?;
        self.roles.get_key_value(name)
    }

    /// The tags of an entity that is here and can have any.
    pub fn tags_of(&self, address: &Address) -> Option<&Seen<Tags>> {
        let name = &address.name;
        match address.kind {
            EntityKind::Role => self.roles.get(name).map(|role| &role.tags),
            EntityKind::Policy => self.policies.get(name).map(|policy| &policy.tags),
            EntityKind::User => self.users.get(name).map(|user| &user.tags),
            EntityKind::InstanceProfile => self.instance_profiles.get(name).map(|profile| &profile.tags),
            EntityKind::OidcProvider => self.oidc_providers.get(name).map(|provider| &provider.tags),
            EntityKind::SamlProvider => self.saml_providers.get(name).map(|provider| &provider.tags),
            EntityKind::ServiceLinkedRole => self.service_linked_role(name.as_str()).map(|(_, role)| &role.tags),
            EntityKind::Group => None,
        }
    }

    /// The ARN of an existing entity, by address.
    pub fn arn_of(&self, address: &Address) -> Option<String> {
        let name = &address.name;
        fn found<'a, T>(map: &'a BTreeMap<Name, T>, name: &Name, path: impl Fn(&'a T) -> &'a str) -> Option<(&'a Name, &'a str)> {
            map.get_key_value(name).map(|(k, v)| (k, path(v)))
        }
        let (real, path) = match address.kind {
            EntityKind::Role => found(&self.roles, name, |r| &r.path),
            EntityKind::Policy => found(&self.policies, name, |p| &p.path),
            EntityKind::User => found(&self.users, name, |u| &u.path),
            EntityKind::Group => found(&self.groups, name, |g| &g.path),
            EntityKind::InstanceProfile => found(&self.instance_profiles, name, |p| &p.path),
            EntityKind::OidcProvider => found(&self.oidc_providers, name, |_| "/"),
            EntityKind::SamlProvider => found(&self.saml_providers, name, |_| "/"),
            EntityKind::ServiceLinkedRole => self.service_linked_role(name.as_str()).map(|(n, r)| (n, r.path.as_str())),
        }?;
        Some(self.arn(address.kind, path, real))
    }
}
