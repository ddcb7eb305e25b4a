//! What every comparison needs: both sides and the settings, and the questions asked of them again and again.

use std::collections::BTreeMap;

use crate::aws_policies;
use crate::model::{Desired, Manage, PolicyRef, Seen, Snapshot, Tags};
use crate::names::{Address, Arn, EntityKind, Name};
use crate::plan::Action;
use crate::policy::{self, Document, DocumentKind};
use crate::scope::{Marks, Owner, Settings};

use super::documents::Effect;
use super::draft::Phase;

/// Both sides of the comparison.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What the specs want.
    pub desired: &'a Desired,
    /// What the account holds.
    pub snapshot: &'a Snapshot,
    /// Stack, flags, thresholds.
    pub settings: &'a Settings,
}

/// How an existing entity may be treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It is ours: compare everything. The string says why where that is news.
    Ours,
    /// It carries an earlier name of this stack.
    Renamed(String),
    /// It is nobody's or another's, and the user lets us take it.
    Adopt(String),
    /// It is not ours; what the spec lists is ensured beside what others put there.
    Joined,
    /// Whose it is was not read.
    Unknown,
    /// It may not be touched: reason and next move.
    Blocked(String, String),
}

impl<'a> Context<'a> {
    pub(super) fn marks(&self) -> Marks<'a> {
        Marks(self.settings)
    }

    /// Whom an entity belongs to.
    pub fn owner(&self, kind: EntityKind, tags: &Seen<Tags>) -> Owner {
        Owner::of(kind, tags, self.settings)
    }

    /// Whether two documents are the same in normal form.
    pub(super) fn same_document(&self, kind: DocumentKind, a: &Document, b: &Document) -> bool {
        a == b || policy::equal(a, b, kind, &self.snapshot.account.partition)
    }

    /// Whether the plan replaces an entity on the user's word.
    pub(super) fn replaces(&self, address: &Address) -> bool {
        self.settings.options.replace.contains(address)
    }

    /// The path that a declared policy has or will have. A differing path is immutable, so the existing one counts unless
    /// the policy is replaced.
    fn policy_path(&self, name: &Name) -> &'a str {
        let wanted = self.desired.policies.get(name).map_or("/", |w| w.path.as_str());
        match self.snapshot.policies.get(name) {
            Some(existing) if !self.replaces(&Address::new(EntityKind::Policy, name)) => existing.path.as_str(),
            _ => wanted,
        }
    }

    /// The ARN that a policy of this ARN has after the plan, where the plan replaces it under another path.
    pub(super) fn renewed(&self, arn: &str) -> Option<String> {
        let address = self.policy_of(arn)?;
        let (existing, wanted) = (self.snapshot.policies.get(&address.name)?, self.desired.policies.get(&address.name)?);
        let moves = existing.path != wanted.path && self.replaces(&address);
        let is_old = self.snapshot.arn(EntityKind::Policy, &existing.path, &address.name) == arn;
        (moves && is_old).then(|| self.snapshot.arn(EntityKind::Policy, &wanted.path, &address.name))
    }

    /// The ARN behind a policy reference.
    pub(super) fn arn(&self, reference: &PolicyRef) -> String {
        match reference {
            PolicyRef::Arn(arn) => arn.clone(),
            PolicyRef::Declared(name) => {
                let real = self.snapshot.policies.get_key_value(name).map_or(name, |(real, _)| real);
                self.snapshot.arn(EntityKind::Policy, self.policy_path(name), real)
            }
        }
    }

    /// The customer managed policy of this account behind an ARN, declared or existing.
    pub fn policy_of(&self, arn: &str) -> Option<Address> {
        let parsed = Arn::parse(arn)?;
        let own = parsed.service == "iam" && parsed.account == self.snapshot.account.id.as_str();
        let (word, _, name) = parsed.iam_resource()?;
        (own && word == "policy").then(|| Address::new(EntityKind::Policy, name))
    }

    /// A managed policy as specs refer to it: `aws/ReadOnlyAccess`, `Own`; any other text as it is.
    pub fn short(&self, arn: &str) -> String {
        let Some(parsed) = Arn::parse(arn).filter(|a| a.service == "iam" && a.partition == self.snapshot.account.partition)
        else {
            return arn.to_owned();
        };
        match parsed.iam_resource() {
            Some(("policy", path, name)) if parsed.account == "aws" => format!("aws{path}{name}"),
            Some(("policy", _, name))
                if self.desired.policies.contains_key(&Name::new(name)) && self.policy_of(arn).is_some() =>
            {
                name.to_owned()
            }
            _ => arn.to_owned(),
        }
    }

    /// The documents that a managed policy has before and after the plan, by ARN; `None` where one is not known.
    pub fn documents(&self, arn: &str) -> Option<(Document, Document)> {
        let Some(address) = self.policy_of(arn) else {
            let read = self.snapshot.aws_policies.get(arn).and_then(|p| p.default_document().cloned());
            return read.or_else(|| aws_policies::document(arn)).map(|document| (document.clone(), document));
        };
        let existing = self.snapshot.policies.get(&address.name).and_then(|p| p.default_document());
        let wanted = self
            .desired
            .policies
            .get(&address.name)
            .filter(|w| !matches!(w.manage, Manage::CreateOnly | Manage::Observe))
            .map(|w| &w.document);
        Some((existing.or(wanted)?.clone(), wanted.or(existing)?.clone()))
    }

    /// When a managed policy is due to be attached; one whose document is not known counts as allowing only.
    pub(super) fn coming(&self, arn: &str) -> Phase {
        self.documents(arn).map_or(Phase::Grant, |(_, document)| Effect::of(None, Some(&document)).phase())
    }

    /// When a managed policy is due to be detached.
    pub(super) fn going(&self, arn: &str) -> Phase {
        self.documents(arn).map_or(Phase::Withdraw, |(document, _)| Effect::of(Some(&document), None).phase())
    }

    /// How an existing entity stands to this stack.
    pub(super) fn standing(&self, address: &Address, owner: &Owner, manage: Manage, adopt: bool) -> Treatment {
        // What is only added to or looked at is nobody's to take.
        if matches!(manage, Manage::AttachOnly | Manage::Observe) {
            return Treatment::Joined;
        }
        let options = &self.settings.options;
        let taken = options.take_over.contains(address);
        let blocked_by = |whose: String| {
            if taken {
                Treatment::Adopt(format!("taken over from {whose}"))
            } else if manage == Manage::Additive {
                Treatment::Joined
            } else {
                Treatment::Blocked(format!("it belongs to {whose}"), format!("to take it over, run with `--take-over {address}`"))
            }
        };
        match owner {
            Owner::Ours => Treatment::Ours,
            Owner::Formerly(old) => Treatment::Renamed(old.clone()),
            Owner::Unknown => Treatment::Unknown,
            Owner::Stack(stack) => blocked_by(format!("the stack `{stack}`")),
            Owner::CloudFormation(stack) => blocked_by(format!("the CloudFormation stack `{stack}`")),
            Owner::Nobody if taken || adopt || options.adopt_all || options.adopt.contains(address) => {
                Treatment::Adopt("it exists and no stack owns it".to_owned())
            }
            Owner::Nobody if manage == Manage::Additive => Treatment::Joined,
            Owner::Nobody => Treatment::Blocked(
                "it exists and no stack owns it".to_owned(),
                format!("to adopt it, set `adopt: true` or run with `--adopt={address}`"),
            ),
        }
    }

    /// The mark of what was there before this stack took it: it is released, and not deleted, when it leaves the specs.
    pub(super) fn adoption(&self, standing: &Treatment) -> Tags {
        match standing {
            Treatment::Adopt(_) => self.marks().adopted(),
            Treatment::Ours | Treatment::Renamed(_) | Treatment::Joined | Treatment::Unknown | Treatment::Blocked(..) => {
                Tags::new()
            }
        }
    }

    /// The action and reason of a change to an existing entity.
    pub(super) fn verb(standing: &Treatment) -> (Action, String) {
        match standing {
            Treatment::Adopt(why) => (Action::Adopt, why.clone()),
            Treatment::Renamed(old) => {
                (Action::Update, format!("differs from the spec; marked by this stack's earlier name `{old}`"))
            }
            _ => (Action::Update, "differs from the spec".to_owned()),
        }
    }

    /// A trust document with the ARNs of this account's roles and users in place of their unique ids.
    pub(super) fn with_arns(&self, trust: &Document) -> Document {
        let arn_of = |id: &str| {
            let role = self.snapshot.roles.iter().find(|(_, role)| role.id == id);
            let role = role.map(|(name, role)| self.snapshot.arn(EntityKind::Role, &role.path, name));
            role.or_else(|| {
                let user = self.snapshot.users.iter().find(|(_, user)| user.id == id);
                user.map(|(name, user)| self.snapshot.arn(EntityKind::User, &user.path, name))
            })
        };
        let rewrite = |value: &mut serde_json::Value| {
            if let Some(arn) = value.as_str().filter(|text| policy::is_unique_id(text)).and_then(arn_of) {
                *value = serde_json::Value::String(arn);
            }
        };
        let mut document = trust.value().clone();
        let statements = document.get_mut("Statement");
        let statements = statements.map(|s| match s {
            serde_json::Value::Array(all) => all.iter_mut().collect(),
            one => vec![one],
        });
        for principal in statements.into_iter().flatten().filter_map(|s| s.get_mut("Principal")?.get_mut("AWS")) {
            match principal {
                serde_json::Value::Array(all) => all.iter_mut().for_each(rewrite),
                one => rewrite(one),
            }
        }
        Document::new(document)
    }

    /// Everyone who holds a managed policy: (address, as boundary).
    pub fn holders(&self, arn: &str) -> Vec<(Address, bool)> {
        holders(self.snapshot, arn)
    }
}

/// Everyone in an account who holds a managed policy, by attachment or as boundary (the flag), by address.
fn holders(snapshot: &Snapshot, arn: &str) -> Vec<(Address, bool)> {
    let mut found = Vec::new();
    let mut note = |kind, name: &Name, attached: bool, bounds: bool| {
        if attached {
            found.push((Address::new(kind, name), false));
        }
        if bounds {
            found.push((Address::new(kind, name), true));
        }
    };
    let holds = |set: &Seen<std::collections::BTreeSet<String>>| set.value().is_some_and(|s| s.contains(arn));
    let bound = |b: &Seen<Option<String>>| b.value().and_then(Option::as_deref) == Some(arn);
    for (name, role) in &snapshot.roles {
        note(EntityKind::Role, name, holds(&role.attached_policies), bound(&role.permissions_boundary));
    }
    for (name, user) in &snapshot.users {
        note(EntityKind::User, name, holds(&user.attached_policies), bound(&user.permissions_boundary));
    }
    for (name, group) in &snapshot.groups {
        note(EntityKind::Group, name, holds(&group.attached_policies), false);
    }
    found
}

/// Which entities each declared ARN of a role or user stands for, to find who is named in a trust.
pub(super) fn principal_addresses(snapshot: &Snapshot, desired: &Desired) -> BTreeMap<String, Address> {
    let mut found = BTreeMap::new();
    for (name, want) in &desired.roles {
        found.insert(snapshot.arn(EntityKind::Role, &want.path, name), Address::new(EntityKind::Role, name));
    }
    for (name, role) in &snapshot.roles {
        found.insert(snapshot.arn(EntityKind::Role, &role.path, name), Address::new(EntityKind::Role, name));
    }
    for (name, user) in &snapshot.users {
        found.insert(snapshot.arn(EntityKind::User, &user.path, name), Address::new(EntityKind::User, name));
    }
    found
}
