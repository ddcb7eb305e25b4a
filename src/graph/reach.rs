//! Which roles a policy might let its holder assume, before the evaluator is asked: it would be too many questions for every pair.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws_policies;
use crate::model::{InlinePolicies, Seen, Snapshot};
use crate::names::{Arn, Name};
use crate::policy::Document;
use crate::policy::ast::{Effect, Policy};
use crate::policy::pattern;

/// Roles that policies might reach; never less than what they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// These ARNs.
    Only(BTreeSet<String>),
    /// Any: a pattern, or what was not read.
    Any,
}

impl Default for Reach {
    fn default() -> Self {
        Self::Only(BTreeSet::new())
    }
}

impl Reach {
    fn add(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Only(mine), Self::Only(theirs)) => mine.extend(theirs.iter().cloned()),
            _ => *self = Self::Any,
        }
    }

    /// Whether nothing is reached.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Only(set) if set.is_empty())
    }

    fn of(document: &Document) -> Self {
        let mut reach = Self::default();
        for statement in Policy::read(document).statements {
            let Some(actions) = statement.actions.filter(|_| statement.effect == Effect::Allow) else { continue };
            let named = actions.values.iter().any(|a| pattern::matches_ignoring_case(a, "sts:assumerole"));
            if named == actions.negated {
                continue;
            }
            match statement.resources {
                Some(resources) if !resources.negated && !resources.values.iter().any(|r| r.contains(['*', '?', '$'])) => {
                    reach.add(&Self::Only(resources.values.into_iter().collect()));
                }
                _ => return Self::Any,
            }
        }
        reach
    }
}

/// The reaches of an account's policies; each managed policy is read once.
pub struct Reaches<'a> {
    snapshot: &'a Snapshot,
    managed: BTreeMap<&'a str, Reach>,
}

impl<'a> Reaches<'a> {
    /// Of an account.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, managed: BTreeMap::new() }
    }

    /// Of what somebody holds. What was not read is [`Reach::default`]: the graph says that it was not.
    pub fn of(&mut self, inline: &'a Seen<InlinePolicies>, attached: &'a Seen<BTreeSet<String>>) -> Reach {
        let mut reach = Reach::default();
        for document in inline.value().into_iter().flat_map(BTreeMap::values) {
            reach.add(&Reach::of(document));
        }
        for arn in attached.value().into_iter().flatten() {
            if !self.managed.contains_key(arn.as_str()) {
                let found = self.document(arn).map_or_else(Reach::default, |document| Reach::of(&document));
                self.managed.insert(arn, found);
            }
            self.managed.get(arn.as_str()).into_iter().for_each(|found| reach.add(found));
        }
        reach
    }

    /// Of a user: its own and its groups' policies.
    pub fn of_user(&mut self, user: &'a crate::model::User) -> Reach {
        let mut reach = self.of(&user.inline_policies, &user.attached_policies);
        let snapshot = self.snapshot;
        for group in user.groups.value().into_iter().flatten().filter_map(|name| snapshot.groups.get(name)) {
            let more = self.of(&group.inline_policies, &group.attached_policies);
            reach.add(&more);
        }
        reach
    }

    fn document(&self, arn: &str) -> Option<Document> {
        let parsed = Arn::parse(arn)?;
        if parsed.is_aws_managed_policy() {
            let read = self.snapshot.aws_policies.get(arn).and_then(|policy| policy.default_document().cloned());
            return read.or_else(|| aws_policies::document(arn));
        }
        self.snapshot.policies.get(&Name::new(parsed.last_segment()))?.default_document().cloned()
    }
}
