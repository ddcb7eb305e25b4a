//! What access changes between two sets of policies of one principal: proven, or shown by an example, or left undecided.
//!
//! Both sides are taken apart into statements over a few variables (action, resource, each condition key). Actions that no statement tells
//! apart are one class. For each class and each Allow a search either makes a request that is allowed after and not before, which the
//! evaluator then has to confirm, or shows that there is none. The work is bounded; past the bound the answer is "undecided".
//!
//! This is the access that identity policies give, under a permissions boundary and service control policies. What a loosened Deny or boundary lets *resource* policies give is told apart.

mod actions;
mod answer;
mod atoms;
mod between;
mod callers;
mod compare;
mod facts;
mod fitting;
mod globals;
mod keys;
mod library;
mod naming;
mod prover;
mod relations;
mod scalars;
mod search;
mod settle;
mod side;
mod texts;
mod trust;
mod witness;

use std::collections::BTreeMap;

use serde_json::Value;

use super::Document;
use super::context;
use crate::catalogue::{AccessLevel, Action};

pub use between::Between;
pub use callers::CallerClass;
pub use compare::compare;
pub use library::Library;
pub use settle::Fixed;
pub use trust::{Aliases, TrustDiff, TrustGrant, compare_trust, compare_trust_of_anybody};

/// Whether a request of the action can name a resource that the pattern covers, as far as the catalogue knows the action's resource types.
/// An action without resource types names `*` alone.
///
/// ```
/// use iam_policy::{access::can_name, catalogue::action};
///
/// let (get, list) = (action("s3:GetObject").unwrap(), action("s3:ListBucket").unwrap());
/// assert!(can_name(get, "arn:aws:s3:::data/*") && !can_name(get, "arn:aws:s3:::data"));
/// assert!(can_name(list, "arn:aws:s3:::data") && !can_name(list, "arn:aws:s3:::data/*"));
/// ```
pub fn can_name(action: Action, pattern: &str) -> bool {
    let found = fitting::fitting(&[action].into(), &[pattern.to_owned()], &facts::Facts::default());
    found.is_none_or(|actions| !actions.is_empty())
}

/// All policies of one principal that identity-based evaluation looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PrincipalPolicies {
    /// Inline, attached, and those of a user's groups: an id for showing, and the document.
    pub identity: Vec<(String, Document)>,
    /// The permissions boundary.
    pub boundary: Option<(String, Document)>,
    /// Service control policies, level by level: at each level one must allow, and none may deny. A level without policies allows nothing.
    pub scps: Vec<Vec<(String, Document)>>,
}

impl PrincipalPolicies {
    /// Every document with its id.
    pub fn documents(&self) -> impl Iterator<Item = &(String, Document)> {
        self.identity.iter().chain(&self.boundary).chain(self.scps.iter().flatten())
    }

    /// Whether these are the same documents, by whatever ids, order and number.
    pub fn is_same(&self, other: &Self) -> bool {
        let within =
            |one: &Self, all: &Self| one.identity.iter().all(|(_, document)| all.identity.iter().any(|(_, d)| d == document));
        let boundary = |policies: &Self| policies.boundary.as_ref().map(|(_, document)| document.clone());
        within(self, other) && within(other, self) && boundary(self) == boundary(other) && self.scps == other.scps
    }
}

/// Whose policies they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Subject {
    /// Nobody in particular: nothing is fixed.
    #[default]
    Anyone,
    /// A user.
    User {
        /// `arn:aws:iam::111111111111:user/path/name`.
        arn: String,
    },
    /// A role; requests are those of its sessions, whose names and tags are not fixed.
    Role {
        /// `arn:aws:iam::111111111111:role/path/name`.
        arn: String,
    },
    /// Somebody for whom these condition keys (in lower case) are fixed: a value, or none.
    Fixed {
        /// The keys.
        keys: BTreeMap<String, Option<String>>,
        /// Whether all requests are signed, as those of AWS principals are.
        signed: bool,
    },
}

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Steps that the whole comparison may take: a count, so that the same question always gets the same answer. The default ends within
    /// about half a second.
    pub steps: u64,
    /// Whether the catalogue is asked for the names of what is gained and lost. Without, examples may have made-up names, and nothing is
    /// summed up; the verdict is the same, and sooner there.
    pub names: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { steps: 100_000_000, names: true }
    }
}

/// What is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Something is allowed that was not: an example is in `gained`.
    NewAccess,
    /// Proven: identity policies allow nothing that they did not allow before.
    NoNewAccess,
    /// Neither.
    Undecided,
}

/// What changes.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessDiff {
    /// What is proven of new access.
    pub verdict: Verdict,
    /// Allowed now, not before.
    pub gained: Vec<Grant>,
    /// Allowed before, not now.
    pub lost: Vec<Grant>,
    /// What a denial or the boundary kept from resource policies and keeps no more; identity policies do not allow it.
    pub ceiling_loosened: Vec<Grant>,
    /// Why something could not be decided; always there when the verdict is [`Verdict::Undecided`].
    pub reason: Option<String>,
}

impl AccessDiff {
    /// Proven: nothing changes.
    fn nothing() -> Self {
        Self { verdict: Verdict::NoNewAccess, reason: None, ..Self::undecided(String::new()) }
    }

    /// Nothing is decided, for this reason.
    pub fn undecided(reason: String) -> Self {
        let none = Vec::new;
        Self { verdict: Verdict::Undecided, gained: none(), lost: none(), ceiling_loosened: none(), reason: Some(reason) }
    }
}

/// Access through one statement, with one request that shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// Actions as written, as far as they are concerned; `* except …` for `NotAction`.
    pub actions: Vec<String>,
    /// Resources as written; `* except …` for `NotResource`.
    pub resources: Vec<String>,
    /// `Condition` as written; an empty object without one.
    pub conditions: Value,
    /// The request.
    pub example: Example,
    /// The id of the document, empty for a boundary that is gone.
    pub document: String,
    /// The statement's place in it, from 0.
    pub statement: usize,
    /// What the catalogue tells of the actions.
    pub known: Known,
}

/// What known actions amount to. An action that the catalogue does not have is not among them and may exist all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// `3 write actions of s3 (DeleteObject, …)`; `None` where no action is known.
    pub summary: Option<String>,
    /// The access levels of the actions, the gravest first.
    pub levels: Vec<AccessLevel>,
    /// Those that change who may do what; beyond a few only how many more.
    pub permissions: Vec<String>,
    /// Those that hand out credentials; beyond a few only how many more.
    pub credentials: Vec<String>,
    /// Whether no known resource type of the actions can be what the statement's `Resource` names. It is access all the same, since a
    /// resource type may be newer than the catalogue.
    pub nothing_today: bool,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// `service:Name`.
    pub action: String,
    /// An ARN or `*`.
    pub resource: String,
    /// Condition keys as AWS spells them, the part behind `/` as the policies do.
    pub context: BTreeMap<String, context::Value>,
}

#[cfg(test)]
mod tests;
