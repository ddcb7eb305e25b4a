//! Which policies a principal holds, by the specs or by a snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::aws_policies;
use crate::model::{AccountIdentity, Desired, InlinePolicies, PolicyRef, Seen, Snapshot, Want};
use crate::names::{Address, Arn, EntityKind, Name, entity_arn};
use crate::policy::Document;
use crate::policy::eval::{Compiled, Named, PolicyKind, PolicySet, Principal, Request};
use crate::spec::{DocumentKey, DocumentPart};

/// An account to ask about: as the specs want it, or as it was read.
pub struct World<'a> {
    account: AccountIdentity,
    source: Source<'a>,
    compiled: BTreeMap<Arc<str>, Named>,
    origins: BTreeMap<Arc<str>, DocumentKey>,
}

#[derive(Clone, Copy)]
enum Source<'a> {
    Specs(&'a Desired),
    Account(&'a Snapshot),
}

/// A principal and what it holds.
#[derive(Clone, Debug)]
pub struct Holdings {
    /// Who it is.
    pub principal: Principal,
    /// Its identity policies and its boundary.
    pub policies: PolicySet,
    /// Policies it holds whose documents are not known.
    pub unread: Vec<String>,
}

impl Holdings {
    /// The same, asked for by a name. A session of the role stays that session: a resource's policy may name it alone (iam-facts 6.2).
    pub fn asked_for_as(mut self, text: &str) -> Self {
        if let Some(session @ Principal::Session { .. }) = Principal::parse(text) {
            self.principal = session;
        }
        self
    }
}

/// Gathers the policies of one principal.
#[derive(Default)]
struct Gathered {
    identity: Vec<Named>,
    boundary: Option<Vec<Named>>,
    unread: Vec<String>,
}

impl<'a> World<'a> {
    /// The account as the specs want it. What others attached to additive users and groups is not seen.
    pub fn of_specs(desired: &'a Desired, account: AccountIdentity) -> Self {
        Self::new(Source::Specs(desired), account)
    }

    /// The account as it was read.
    pub fn of_account(snapshot: &'a Snapshot) -> Self {
        Self::new(Source::Account(snapshot), snapshot.account.clone())
    }

    fn new(source: Source<'a>, account: AccountIdentity) -> Self {
        Self { account, source, compiled: BTreeMap::new(), origins: BTreeMap::new() }
    }

    /// The account.
    pub fn account(&self) -> &AccountIdentity {
        &self.account
    }

    /// Which document of the specs a policy of a decision is.
    pub fn origin(&self, policy: &str) -> Option<&DocumentKey> {
        self.origins.get(policy)
    }

    /// The role or user that `role/NAME`, `user/NAME` or an ARN of this account means, if it is here.
    pub fn find(&self, text: &str) -> Option<Address> {
        let address = match Arn::parse(text) {
            Some(arn) if arn.account == self.account.id.as_str() => {
                let (word, rest) = arn.resource.split_once('/')?;
                let (kind, name) = match (arn.service.as_str(), word) {
                    ("iam", "role") => (EntityKind::Role, arn.last_segment()),
                    ("iam", "user") => (EntityKind::User, arn.last_segment()),
                    ("sts", "assumed-role") => (EntityKind::Role, rest.split('/').next()?),
                    _ => return None,
                };
                let address = Address::new(kind, name);
                let same = arn.service == "sts" || self.arn(&address).as_deref() == Some(text);
                return same.then_some(address).filter(|a| self.arn(a).is_some());
            }
            Some(_) => return None,
            None => text.parse::<Address>().ok()?,
        };
        self.arn(&address).is_some().then_some(address)
    }

    /// The ARN of a role or user that is here.
    pub fn arn(&self, address: &Address) -> Option<String> {
        match (self.source, address.kind) {
            (Source::Specs(desired), EntityKind::Role) => {
                let (name, role) = desired.roles.get_key_value(&address.name)?;
                Some(self.entity(EntityKind::Role, &role.path, name))
            }
            (Source::Specs(desired), EntityKind::User) => {
                let (name, user) = desired.users.get_key_value(&address.name)?;
                let path = if let Want::Exactly(path) = &user.path { path } else { "/" };
                Some(self.entity(EntityKind::User, path, name))
            }
            (Source::Account(snapshot), EntityKind::Role | EntityKind::User) => snapshot.arn_of(address),
            _ => None,
        }
    }

    fn entity(&self, kind: EntityKind, path: &str, name: &Name) -> String {
        entity_arn(&self.account.partition, &self.account.id, kind, path, name.as_str())
    }

    /// What a role or user that is here holds. A role's holdings are those of all its sessions, see [`Holdings::asked_for_as`].
    pub fn holdings(&mut self, address: &Address) -> Option<Holdings> {
        let arn = self.arn(address)?;
        let account = self.account.id.to_string();
        let mut gathered = Gathered::default();
        match self.source {
            Source::Specs(desired) => self.wanted(desired, address, &mut gathered)?,
            Source::Account(snapshot) => self.seen(snapshot, address, &mut gathered)?,
        }
        let principal = match address.kind {
            EntityKind::Role => Principal::Role { arn, account },
            _ => Principal::User { arn, account },
        };
        let policies = PolicySet { identity: gathered.identity, boundary: gathered.boundary, ..PolicySet::default() };
        Some(Holdings { principal, policies, unread: gathered.unread })
    }

    /// The trust policy of a role that is here; `None` where it was not read.
    pub fn trust(&mut self, role: &Name) -> Option<Named> {
        let (name, document) = match self.source {
            Source::Specs(desired) => desired.roles.get_key_value(role).map(|(name, want)| (name, &want.trust))?,
            Source::Account(snapshot) => {
                let (name, seen) = snapshot.roles.get_key_value(role)?;
                (name, seen.trust.value()?)
            }
        };
        let address = Address::new(EntityKind::Role, name);
        Some(self.named(&format!("{address}/trust"), document, PolicyKind::Trust, Some((address, DocumentPart::Trust))))
    }

    /// Where a request is to assume a role that is here, its trust policy decides too.
    pub fn add_trust(&mut self, policies: &mut PolicySet, request: &Request) {
        let assumes = request.action.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("sts:"));
        if assumes && let Some(address) = self.find(&request.resource).filter(|a| a.kind == EntityKind::Role) {
            policies.resource = self.trust(&address.name);
        }
    }

    fn wanted(&mut self, desired: &Desired, address: &Address, to: &mut Gathered) -> Option<()> {
        let (managed, inline, boundary) = match address.kind {
            EntityKind::Role => {
                let role = desired.roles.get(&address.name)?;
                (&role.managed_policies, &role.inline_policies, &role.permissions_boundary)
            }
            _ => {
                let user = desired.users.get(&address.name)?;
                (&user.managed_policies, &user.inline_policies, &user.permissions_boundary)
            }
        };
        managed.iter().for_each(|(policy, _)| self.managed(desired, policy, to));
        self.inline(address, inline, to);
        if let Want::Exactly(Some(policy)) = boundary {
            let mut apart = Gathered::default();
            self.managed(desired, policy, &mut apart);
            to.boundary = Some(apart.identity);
            to.unread.extend(apart.unread);
        }
        if address.kind == EntityKind::User {
            for (name, group) in &desired.groups {
                if group.users.iter().any(|(user, _)| *user == address.name) {
                    group.managed_policies.iter().for_each(|(policy, _)| self.managed(desired, policy, to));
                    self.inline(&Address::new(EntityKind::Group, name), &group.inline_policies, to);
                }
            }
        }
        Some(())
    }

    fn managed(&mut self, desired: &Desired, policy: &PolicyRef, to: &mut Gathered) {
        match policy {
            PolicyRef::Declared(name) => match desired.policies.get_key_value(name) {
                Some((name, want)) => self.own(name, &want.document, to),
                None => to.unread.push(format!("policy/{name}")),
            },
            PolicyRef::Arn(arn) => self.of_aws(arn, None, to),
        }
    }

    fn seen(&mut self, snapshot: &Snapshot, address: &Address, to: &mut Gathered) -> Option<()> {
        let (attached, inline, boundary, groups) = match address.kind {
            EntityKind::Role => {
                let role = snapshot.roles.get(&address.name)?;
                (&role.attached_policies, &role.inline_policies, &role.permissions_boundary, None)
            }
            _ => {
                let user = snapshot.users.get(&address.name)?;
                (&user.attached_policies, &user.inline_policies, &user.permissions_boundary, Some(&user.groups))
            }
        };
        self.held(snapshot, address, attached, inline, to);
        match boundary {
            Seen::Value(None) => {}
            Seen::Value(Some(arn)) => {
                let mut apart = Gathered::default();
                self.attached(snapshot, arn, &mut apart);
                to.boundary = Some(apart.identity);
                to.unread.extend(apart.unread);
            }
            Seen::Unread => to.unread.push(format!("the permissions boundary of {address}")),
        }
        match groups {
            None => {}
            Some(Seen::Unread) => to.unread.push(format!("the groups of {address}")),
            Some(Seen::Value(names)) => {
                for name in names {
                    let address = Address::new(EntityKind::Group, name);
                    match snapshot.groups.get(name) {
                        Some(group) => self.held(snapshot, &address, &group.attached_policies, &group.inline_policies, to),
                        None => to.unread.push(format!("the policies of {address}")),
                    }
                }
            }
        }
        Some(())
    }

    fn held(
        &mut self,
        snapshot: &Snapshot,
        address: &Address,
        attached: &Seen<std::collections::BTreeSet<String>>,
        inline: &Seen<InlinePolicies>,
        to: &mut Gathered,
    ) {
        match attached.value() {
            Some(arns) => arns.iter().for_each(|arn| self.attached(snapshot, arn, to)),
            None => to.unread.push(format!("the managed policies of {address}")),
        }
        match inline.value() {
            Some(inline) => self.inline(address, inline, to),
            None => to.unread.push(format!("the inline policies of {address}")),
        }
    }

    fn attached(&mut self, snapshot: &Snapshot, arn: &str, to: &mut Gathered) {
        let name = Arn::parse(arn).map(|arn| Name::new(arn.last_segment()));
        let own = name.and_then(|name| snapshot.policies.get_key_value(&name));
        match own.filter(|(name, policy)| snapshot.arn(EntityKind::Policy, &policy.path, name) == arn) {
            Some((name, policy)) => match policy.default_document() {
                Some(document) => self.own(name, document, to),
                None => to.unread.push(format!("policy/{name}")),
            },
            None => self.of_aws(arn, snapshot.aws_policies.get(arn).and_then(|policy| policy.default_document()), to),
        }
    }

    fn own(&mut self, name: &Name, document: &Document, to: &mut Gathered) {
        let address = Address::new(EntityKind::Policy, name);
        let origin = (address.clone(), DocumentPart::Document);
        to.identity.push(self.named(&address.to_string(), document, PolicyKind::Identity, Some(origin)));
    }

    fn inline(&mut self, address: &Address, inline: &InlinePolicies, to: &mut Gathered) {
        for (name, document) in inline {
            let origin = (address.clone(), DocumentPart::Inline(name.clone()));
            to.identity.push(self.named(&format!("{address}/inline/{name}"), document, PolicyKind::Identity, Some(origin)));
        }
    }

    /// An AWS managed policy by what was read of it, else by the documents in the binary; any other ARN is of a policy nobody has read.
    fn of_aws(&mut self, arn: &str, read: Option<&Document>, to: &mut Gathered) {
        if let Some(known) = self.compiled.get(arn) {
            return to.identity.push(known.clone());
        }
        match read.cloned().or_else(|| aws_policies::document(arn)) {
            Some(document) => to.identity.push(self.named(arn, &document, PolicyKind::Identity, None)),
            None => to.unread.push(arn.to_owned()),
        }
    }

    fn named(&mut self, id: &str, document: &Document, kind: PolicyKind, origin: Option<DocumentKey>) -> Named {
        if let Some(known) = self.compiled.get(id) {
            return known.clone();
        }
        let named = Named { id: id.into(), policy: Arc::new(Compiled::new(document, kind)) };
        if let Some(origin) = origin {
            self.origins.insert(named.id.clone(), origin);
        }
        self.compiled.insert(named.id.clone(), named.clone());
        named
    }
}
