//! One account as nodes and edges.

use std::collections::{BTreeMap, BTreeSet};

use super::assume;
use super::data::{Edge, EdgeKind, Mark, NodeKind};
use crate::model::{Seen, Snapshot};
use crate::names::{Address, Arn, EntityKind, Name};

/// What tells one edge from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub from: String,
    pub to: String,
    pub kind: EdgeKind,
}

impl Key {
    /// The edge.
    pub fn edge(self, conditional: bool, mark: Mark) -> Edge {
        Edge { from: self.from, to: self.to, kind: self.kind, conditional, mark }
    }
}

/// What is said of an edge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EdgeDetail {
    pub conditional: bool,
    /// The statements that admit it, as far as a reader would call it another edge when they change.
    pub terms: String,
}

/// An account.
#[derive(Debug, Default)]
pub struct Side {
    pub nodes: BTreeMap<String, NodeKind>,
    pub edges: BTreeMap<Key, EdgeDetail>,
    pub unknown: BTreeSet<String>,
}

impl Side {
    /// Everything that a snapshot holds.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut side = Self::default();
        side.entities(snapshot);
        side.attachments(snapshot);
        assume::add(&mut side, snapshot);
        side
    }

    /// An edge, and the node at either end where it is not there yet. An edge that is there and unconditional stays so.
    pub fn join(&mut self, from: (&str, NodeKind), to: (&str, NodeKind), kind: EdgeKind, detail: EdgeDetail) {
        for (id, kind) in [from, to] {
            self.nodes.entry(id.to_owned()).or_insert(kind);
        }
        let key = Key { from: from.0.to_owned(), to: to.0.to_owned(), kind };
        let known = self.edges.entry(key).or_insert_with(|| detail.clone());
        known.conditional &= detail.conditional;
    }

    fn entities(&mut self, snapshot: &Snapshot) {
        fn ids<'a, T: 'a>(kind: EntityKind, map: &'a BTreeMap<Name, T>) -> impl Iterator<Item = String> + 'a {
            map.keys().map(move |name| Address::new(kind, name).to_string())
        }
        self.nodes.extend(ids(EntityKind::Role, &snapshot.roles).map(|id| (id, NodeKind::Role)));
        self.nodes.extend(ids(EntityKind::User, &snapshot.users).map(|id| (id, NodeKind::User)));
        self.nodes.extend(ids(EntityKind::Group, &snapshot.groups).map(|id| (id, NodeKind::Group)));
        self.nodes.extend(ids(EntityKind::Policy, &snapshot.policies).map(|id| (id, NodeKind::Policy)));
        self.nodes.extend(ids(EntityKind::OidcProvider, &snapshot.oidc_providers).map(|id| (id, NodeKind::FederatedProvider)));
        self.nodes.extend(ids(EntityKind::SamlProvider, &snapshot.saml_providers).map(|id| (id, NodeKind::FederatedProvider)));
        for kind in &snapshot.unlisted {
            let noun = if *kind == EntityKind::Policy { "policies".to_owned() } else { format!("{}s", kind.noun()) };
            self.unknown.insert(format!("not all {noun} of the account were read"));
        }
    }

    fn attachments(&mut self, snapshot: &Snapshot) {
        for (name, role) in &snapshot.roles {
            let holder = (Address::new(EntityKind::Role, name).to_string(), NodeKind::Role);
            self.attached(snapshot, &holder, &role.attached_policies);
            self.bounded(snapshot, &holder, &role.permissions_boundary);
        }
        for (name, user) in &snapshot.users {
            let holder = (Address::new(EntityKind::User, name).to_string(), NodeKind::User);
            self.attached(snapshot, &holder, &user.attached_policies);
            self.bounded(snapshot, &holder, &user.permissions_boundary);
            match user.groups.value() {
                None => self.unread("groups", &holder.0),
                Some(groups) => {
                    for group in groups {
                        let group = Address::new(EntityKind::Group, group).to_string();
                        self.join((&holder.0, holder.1), (&group, NodeKind::Group), EdgeKind::MemberOf, EdgeDetail::default());
                    }
                }
            }
        }
        for (name, group) in &snapshot.groups {
            let holder = (Address::new(EntityKind::Group, name).to_string(), NodeKind::Group);
            self.attached(snapshot, &holder, &group.attached_policies);
        }
    }

    fn attached(&mut self, snapshot: &Snapshot, holder: &(String, NodeKind), policies: &Seen<BTreeSet<String>>) {
        let Some(arns) = policies.value() else { return self.unread("attached policies", &holder.0) };
        for arn in arns {
            let (id, kind) = policy(snapshot, arn);
            self.join((&holder.0, holder.1), (&id, kind), EdgeKind::Attached, EdgeDetail::default());
        }
    }

    fn bounded(&mut self, snapshot: &Snapshot, holder: &(String, NodeKind), boundary: &Seen<Option<String>>) {
        match boundary {
            Seen::Unread => self.unread("permissions boundary", &holder.0),
            Seen::Value(None) => {}
            Seen::Value(Some(arn)) => {
                let (id, kind) = policy(snapshot, arn);
                self.join((&holder.0, holder.1), (&id, kind), EdgeKind::Bounds, EdgeDetail::default());
            }
        }
    }

    /// Notes what is missing.
    pub fn unread(&mut self, what: &str, of: &str) {
        let verb = if what.ends_with('s') { "were" } else { "was" };
        self.unknown.insert(format!("the {what} of `{of}` {verb} not read"));
    }
}

/// A managed policy by its ARN: `policy/NAME` of this account, `aws/NAME`, else the ARN.
fn policy(snapshot: &Snapshot, arn: &str) -> (String, NodeKind) {
    let Some(parsed) = Arn::parse(arn) else { return (arn.to_owned(), NodeKind::Policy) };
    match parsed.iam_resource() {
        Some(("policy", path, name)) if parsed.is_aws_managed_policy() => (format!("aws{path}{name}"), NodeKind::AwsPolicy),
        Some(("policy", _, name)) => {
            let address = Address::new(EntityKind::Policy, name);
            let own = snapshot.arn_of(&address).as_deref() == Some(arn);
            (if own { canonical(snapshot, &address) } else { arn.to_owned() }, NodeKind::Policy)
        }
        _ => (arn.to_owned(), NodeKind::Policy),
    }
}

/// The address with the name as the entity spells it.
fn canonical(snapshot: &Snapshot, address: &Address) -> String {
    let spelt = snapshot.policies.get_key_value(&address.name).map(|(name, _)| name);
    spelt.map_or_else(|| address.to_string(), |name| Address::new(EntityKind::Policy, name).to_string())
}
