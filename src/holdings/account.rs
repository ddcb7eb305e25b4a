//! An account to ask about: as the specs want it, or as it was read.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{PolicyOf, Unknown};
use crate::aws_policies;
use crate::model::{AccountIdentity, Ceiling, Desired, PolicyRef, Snapshot, Want};
use crate::names::{Address, Arn, EntityKind, Name, entity_arn};
use crate::policy::Document;
use crate::policy::eval::Named;
use crate::spec::DocumentKey;

/// An account with its policies by ARN.
#[derive(Debug)]
pub struct AccountState<'a> {
    identity: AccountIdentity,
    pub(super) source: Source<'a>,
    pub(super) ceiling: Option<Arc<Ceiling>>,
    /// The account's own managed policies by ARN; `None` for a document that was not read.
    own: BTreeMap<String, (&'a Name, Option<&'a Document>)>,
    /// Other managed policies that somebody holds, by ARN, read when somebody asks.
    foreign: BTreeMap<String, OnceCell<Option<Document>>>,
    /// In specs, groups list their users.
    pub(super) groups: BTreeMap<&'a Name, Vec<&'a Name>>,
    /// Documents made ready for the evaluator, by id.
    pub(super) compiled: RefCell<BTreeMap<String, (Named, Option<DocumentKey>)>>,
}

/// Where the account comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'a> {
    Specs(&'a Desired),
    Snapshot(&'a Snapshot),
}

impl<'a> AccountState<'a> {
    /// The account as the specs want it. What others attached to additive users and groups is not seen.
    pub fn of_specs(desired: &'a Desired, identity: AccountIdentity) -> Self {
        let mut account = Self::new(Source::Specs(desired), identity, desired.ceiling.clone());
        for (name, want) in &desired.policies {
            let arn = account.entity(EntityKind::Policy, &want.path, name);
            account.own.insert(arn, (name, Some(&want.document)));
        }
        for (group, want) in &desired.groups {
            want.users.iter().for_each(|(user, _)| account.groups.entry(user).or_default().push(group));
        }
        let bound = |want: &'a Want<Option<PolicyRef>>| want.value().and_then(Option::as_ref);
        let roles = desired.roles.values().map(|want| (&want.managed_policies, bound(&want.permissions_boundary)));
        let users = desired.users.values().map(|want| (&want.managed_policies, bound(&want.permissions_boundary)));
        let groups = desired.groups.values().map(|want| (&want.managed_policies, None));
        for (managed, bound) in roles.chain(users).chain(groups) {
            for policy in managed.iter().map(|(policy, _)| policy).chain(bound) {
                let arn = account.policy_arn(policy);
                account.note(&arn);
            }
        }
        account
    }

    /// The account as it was read, or as a plan leaves it.
    pub fn of_snapshot(snapshot: &'a Snapshot) -> Self {
        let mut account = Self::new(Source::Snapshot(snapshot), snapshot.account.clone(), snapshot.ceiling.clone());
        for (name, policy) in &snapshot.policies {
            account.own.insert(snapshot.arn(EntityKind::Policy, &policy.path, name), (name, policy.default_document()));
        }
        let roles = snapshot.roles.values().map(|role| (&role.attached_policies, role.permissions_boundary.value()));
        let users = snapshot.users.values().map(|user| (&user.attached_policies, user.permissions_boundary.value()));
        let groups = snapshot.groups.values().map(|group| (&group.attached_policies, None));
        for (attached, bound) in roles.chain(users).chain(groups) {
            attached.value().into_iter().flatten().chain(bound.into_iter().flatten()).for_each(|arn| account.note(arn));
        }
        account
    }

    fn new(source: Source<'a>, identity: AccountIdentity, ceiling: Option<Arc<Ceiling>>) -> Self {
        let compiled = RefCell::default();
        Self { identity, source, ceiling, own: BTreeMap::new(), foreign: BTreeMap::new(), groups: BTreeMap::new(), compiled }
    }

    /// Somebody holds this managed policy.
    fn note(&mut self, arn: &str) {
        if !self.own.contains_key(arn) && !self.foreign.contains_key(arn) {
            self.foreign.insert(arn.to_owned(), OnceCell::new());
        }
    }

    /// Which account it is.
    pub fn identity(&self) -> &AccountIdentity {
        &self.identity
    }

    /// What the organisation lets the account do at most; `None` where nobody says.
    pub fn ceiling(&self) -> Option<&Ceiling> {
        self.ceiling.as_deref()
    }

    /// The specs that the account comes from.
    pub fn specs(&self) -> Option<&'a Desired> {
        match self.source {
            Source::Specs(desired) => Some(desired),
            Source::Snapshot(_) => None,
        }
    }

    /// The snapshot that the account comes from.
    pub fn snapshot(&self) -> Option<&'a Snapshot> {
        match self.source {
            Source::Specs(_) => None,
            Source::Snapshot(snapshot) => Some(snapshot),
        }
    }

    /// The managed policy of an ARN that somebody holds: whose it is, and its document in force.
    ///
    /// # Errors
    /// The document is not known.
    pub fn policy<'h>(&'h self, arn: &str) -> Result<(PolicyOf<'h>, &'h Document), Unknown> {
        let unknown = || Unknown::Document(arn.to_owned());
        if let Some((arn, (name, document))) = self.own.get_key_value(arn) {
            return document.map(|document| (PolicyOf::Own { arn, name: name.as_str() }, document)).ok_or_else(unknown);
        }
        let (arn, cell) = self.foreign.get_key_value(arn).ok_or_else(unknown)?;
        let document = cell.get_or_init(|| {
            let read = self.snapshot().and_then(|snapshot| snapshot.aws_policies.get(arn));
            read.and_then(|policy| policy.default_document().cloned()).or_else(|| aws_policies::document(arn))
        });
        document.as_ref().map(|document| (PolicyOf::Foreign(arn), document)).ok_or_else(unknown)
    }

    /// The account's own managed policies: ARN, name, and the document where it is known.
    pub fn policies(&self) -> impl Iterator<Item = (&str, &'a Name, Option<&'a Document>)> {
        self.own.iter().map(|(arn, (name, document))| (arn.as_str(), *name, *document))
    }

    /// Every role, user and group, by address, with the name as the entity spells it.
    pub fn entities(&self) -> Vec<Address> {
        fn of<'n, T: 'n>(kind: EntityKind, map: &'n BTreeMap<Name, T>) -> impl Iterator<Item = Address> + 'n {
            map.keys().map(move |name| Address::new(kind, name))
        }
        let (role, user, group) = (EntityKind::Role, EntityKind::User, EntityKind::Group);
        match self.source {
            Source::Specs(d) => of(role, &d.roles).chain(of(user, &d.users)).chain(of(group, &d.groups)).collect(),
            Source::Snapshot(s) => of(role, &s.roles).chain(of(user, &s.users)).chain(of(group, &s.groups)).collect(),
        }
    }

    /// Every role and user: those who make requests.
    pub fn principals(&self) -> Vec<Address> {
        self.entities().into_iter().filter(|address| address.kind != EntityKind::Group).collect()
    }

    /// The role or user that `role/NAME`, `user/NAME` or an ARN of this account means, if it is here. A session's ARN means its role.
    pub fn find(&self, text: &str) -> Option<Address> {
        let address = match Arn::parse(text) {
            Some(arn) if arn.account == self.identity.id.as_str() => {
                let (word, rest) = arn.resource.split_once('/')?;
                let (kind, name) = match (arn.service.as_str(), word) {
                    ("iam", "role") => (EntityKind::Role, arn.last_segment()),
                    ("iam", "user") => (EntityKind::User, arn.last_segment()),
                    ("sts", "assumed-role") => (EntityKind::Role, rest.split('/').next()?),
                    _ => return None,
                };
                let address = Address::new(kind, name);
                let here = self.arn(&address)?;
                return (arn.service == "sts" || here == text).then_some(address);
            }
            Some(_) => return None,
            None => text.parse::<Address>().ok()?,
        };
        let asks = matches!(address.kind, EntityKind::Role | EntityKind::User);
        (asks && self.arn(&address).is_some()).then_some(address)
    }

    /// The ARN of a role, user or group that is here.
    pub fn arn(&self, address: &Address) -> Option<String> {
        let name = &address.name;
        match self.source {
            Source::Snapshot(snapshot) => snapshot.arn_of(address),
            Source::Specs(desired) => {
                let (name, path) = match address.kind {
                    EntityKind::Role => desired.roles.get_key_value(name).map(|(name, want)| (name, want.path.as_str()))?,
                    EntityKind::User => desired.users.get_key_value(name).map(|(name, want)| (name, path(&want.path)))?,
                    EntityKind::Group => desired.groups.get_key_value(name).map(|(name, want)| (name, path(&want.path)))?,
                    _ => return None,
                };
                Some(self.entity(address.kind, path, name))
            }
        }
    }

    /// The ARN that a spec means by a policy.
    pub fn policy_arn(&self, policy: &PolicyRef) -> String {
        match policy {
            PolicyRef::Arn(arn) => arn.clone(),
            PolicyRef::Declared(name) => {
                let declared = self.specs().and_then(|desired| desired.policies.get_key_value(name));
                let (name, path) = declared.map_or((name, "/"), |(name, want)| (name, want.path.as_str()));
                self.entity(EntityKind::Policy, path, name)
            }
        }
    }

    fn entity(&self, kind: EntityKind, path: &str, name: &Name) -> String {
        entity_arn(&self.identity.partition, &self.identity.id, kind, path, name.as_str())
    }
}

/// A path that a spec leaves open is `/` at creation.
fn path(want: &Want<String>) -> &str {
    want.value().map_or("/", String::as_str)
}
