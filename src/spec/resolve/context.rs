//! What resolving needs of the account, and what it yields.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Finding, InTemplate, Place};
use crate::fleet::{Member, Roster};
use crate::model::{Desired, Snapshot, Tags};
use crate::names::{AccountId, Address};
use crate::policy::PathStep;
use crate::spec::load::Loaded;
use crate::spec::reference::{AwsPolicies, UnknownAws};
use crate::spec::shape::TestSpec;
use crate::spec::text::Pos;
use crate::spec::vars::Vars;
use crate::spec::yaml::{At, Kind, Node};

/// What entities have that do not say otherwise. Texts may hold variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// On everything that can have tags; of users only those that the spec creates.
    pub tags: Tags,
    /// Of roles and policies.
    pub path: Option<String>,
    /// A policy reference: of roles, and of users that the spec creates.
    pub permissions_boundary: Option<String>,
    /// Of roles, in seconds.
    pub max_session_duration: Option<u32>,
    /// Where the project file has them.
    pub place: Option<Place>,
    /// The line there.
    pub source_line: Option<String>,
}

/// One account, as specs see it.
#[derive(Clone)]
pub struct ResolveContext<'a> {
    /// Its name in the project file, which `accounts:` of entities select.
    pub account_name: &'a str,
    /// All accounts of the project, which `accounts:` of entities may select; empty: not known.
    pub accounts: &'a Roster,
    /// Its id.
    pub account_id: AccountId,
    /// Its partition.
    pub partition: String,
    /// `${region}`.
    pub region: String,
    /// `${caller_arn}`, if the caller is known.
    pub caller_arn: Option<String>,
    /// `${stack}`, if there is one.
    pub stack: Option<String>,
    /// `${var.NAME}`.
    pub vars: &'a Vars,
    /// The project's defaults.
    pub defaults: &'a Defaults,
    /// What the account holds, if it was read: paths of roles that specs name and do not declare.
    pub snapshot: Option<&'a Snapshot>,
    /// AWS managed policies.
    pub aws: &'a dyn AwsPolicies,
    /// What to do about unknown ones.
    pub unknown_aws: UnknownAws,
    /// Key of the ownership tag, which specs may not set.
    pub ownership_tag: &'a str,
    /// The day of today, `2027-01-31`: from when on `expires` holds.
    pub today: String,
}

impl ResolveContext<'_> {
    /// The account as selections see it.
    pub fn member(&self) -> Cow<'_, Member> {
        self.accounts.get(self.account_name).map_or_else(|| Cow::Owned(Member::named(self.account_name)), Cow::Borrowed)
    }
}

/// Which document of an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocumentPart {
    /// Of a managed policy.
    Document,
    /// A role's trust.
    Trust,
    /// An inline policy.
    Inline(String),
}

/// One document of one entity.
pub type DocumentKey = (Address, DocumentPart);

/// A lint finding that a spec accepts for one entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The entity.
    pub address: Address,
    /// The code of the finding.
    pub code: String,
    /// Where the code is written.
    pub place: Place,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it counts, as written, and where.
    pub until: Option<(String, Place)>,
}

/// A spec test that does not run in this account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedTest {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub place: Place,
    /// `role/NAME` or `user/NAME`.
    pub subject: String,
    /// Whether it asks who may assume the role.
    pub assumes: bool,
    /// Why it is skipped: `role/x is not declared for account dev`.
    pub why: String,
}

/// What the specs say about one account.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// The entities.
    pub desired: Desired,
    /// The spec tests: shapes with places, checked.
    pub tests: Vec<At<TestSpec>>,
    /// Tests of other accounts.
    pub skipped_tests: Vec<SkippedTest>,
    /// What counts as not declared from a later day on, in words, with the day.
    pub ends: BTreeMap<String, String>,
    /// What is doubtful.
    pub warnings: Vec<Finding>,
    /// ARNs of AWS managed policies that only IAM can confirm ([`UnknownAws::Ask`]).
    pub ask_aws: BTreeSet<String>,
    /// Every document with its places.
    pub documents: BTreeMap<DocumentKey, Node>,
    /// Lint findings that are accepted.
    pub waivers: Vec<Waiver>,
    /// Where templates write the entities that they make.
    pub made: BTreeMap<Address, InTemplate>,
    /// The spec documents without templates, parts and variables: for [`super::super::render()`].
    pub plain: Vec<Node>,
}

impl Resolved {
    /// Where a path into a document is written; as far as the path can be followed.
    pub fn place_in(&self, loaded: &Loaded, key: &DocumentKey, path: &[PathStep]) -> Option<Place> {
        self.documents.get(key).map(|node| loaded.place(locate(node, path)))
    }
}

/// The point of a path: the key of a member, the item of a list.
pub fn locate(node: &Node, path: &[PathStep]) -> Pos {
    locate_node(node, path).0
}

/// The same with the value there, if the path leads to one.
pub(super) fn locate_node<'n>(node: &'n Node, path: &[PathStep]) -> (Pos, Option<&'n Node>) {
    let mut at = node.at;
    let mut node = node;
    for step in path {
        let next = match (step, &node.kind) {
            (PathStep::Key(key), Kind::Map(entries)) => {
                entries.iter().find(|(k, _)| k.as_str() == Some(key)).map(|(k, v)| (k.at, v))
            }
            (PathStep::Index(index), Kind::Seq(items)) => items.get(*index).map(|item| (item.at, item)),
            // A value where the grammar takes one or many.
            (PathStep::Index(0), _) => Some((at, node)),
            _ => None,
        };
        match next {
            Some((found, inner)) => (at, node) = (found, inner),
            None => return (at, None),
        }
    }
    (at, Some(node))
}
