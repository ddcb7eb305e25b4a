//! Which documents apply to a principal: inline, attached, through groups, boundary and trust, and what of it is not known.
//!
//! One answer for specs, snapshots and the account after a plan. Every question about access starts here; nothing else collects policies.
//! Managed policies are found by their full ARN alone: two policies of one name and two paths are two policies.

mod account;
mod evaluate;
mod parts;
#[cfg(test)]
mod tests;

use std::fmt;

pub use account::AccountState;
pub use evaluate::{Evaluated, subject_of};

use crate::diag::Place;
use crate::model::{Ceiling, Seen, Tags};
use crate::names::{Address, Arn, EntityKind};
use crate::policy::Document;
use crate::spec::{DocumentKey, DocumentPart};

/// Everything that decides what a role, a user or a group may do.
#[derive(Clone, Debug, PartialEq)]
pub struct Holdings<'h> {
    /// Whose, with the name as the entity spells it.
    pub address: Address,
    /// Its ARN.
    pub arn: String,
    /// Its unique id, where it was read.
    pub id: Option<&'h str>,
    /// Its tags; groups have none.
    pub tags: Seen<&'h Tags>,
    /// Identity policies, those of a user's groups included.
    pub identity: Vec<Held<'h>>,
    /// The permissions boundary.
    pub boundary: Boundary<'h>,
    /// A role's trust policy; `None` of users and groups.
    pub trust: Option<Seen<&'h Document>>,
    /// What the organisation lets it do at most, where that is known. Service-linked roles are not restricted (iam-facts 6.1).
    pub ceiling: Option<&'h Ceiling>,
    /// What applies, or may apply, and is not known.
    pub unknown: Vec<Unknown>,
}

/// One document and why it applies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held<'h> {
    /// The document in force.
    pub document: &'h Document,
    /// Which policy it is of.
    pub policy: PolicyOf<'h>,
    /// The role, user or group that holds it.
    pub holder: (EntityKind, &'h str),
    /// Where a spec attaches or writes it.
    pub place: Option<&'h Place>,
}

/// A policy that somebody holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyOf<'h> {
    /// Written on its holder.
    Inline(&'h str),
    /// A managed policy of this account.
    Own {
        /// Its ARN.
        arn: &'h str,
        /// Its name as the entity spells it.
        name: &'h str,
    },
    /// An AWS managed policy, or one of another account.
    Foreign(&'h str),
}

/// A permissions boundary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Boundary<'h> {
    /// There is none.
    None,
    /// The specs say nothing of it: what stands in the account stays.
    Left,
    /// This policy.
    Policy(Held<'h>),
    /// It was not read, or its document is not known.
    Unknown,
}

impl<'h> Boundary<'h> {
    /// The policy, where there is one and it is known.
    pub fn policy(&self) -> Option<&Held<'h>> {
        match self {
            Self::Policy(held) => Some(held),
            Self::None | Self::Left | Self::Unknown => None,
        }
    }
}

/// Something that applies to a principal and is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unknown {
    /// The inline policies of this entity were not read.
    Inline(Address),
    /// The attached policies of this entity were not read.
    Attached(Address),
    /// The permissions boundary of this entity was not read.
    Boundary(Address),
    /// The groups of this user were not read.
    Groups(Address),
    /// This group was not read.
    Group(Address),
    /// The document of this managed policy, by ARN.
    Document(String),
}

impl Unknown {
    /// What it is: ``the inline policies of `role/x` ``.
    pub fn noun(&self) -> String {
        match self {
            Self::Inline(of) => format!("the inline policies of `{of}`"),
            Self::Attached(of) => format!("the attached policies of `{of}`"),
            Self::Boundary(of) => format!("the permissions boundary of `{of}`"),
            Self::Groups(of) => format!("the groups of `{of}`"),
            Self::Group(group) => format!("the policies of `{group}`"),
            Self::Document(arn) => format!("the document of `{}`", short(arn)),
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self {
            Self::Inline(_) | Self::Attached(_) | Self::Groups(_) | Self::Group(_) => "were not read",
            Self::Boundary(_) => "was not read",
            Self::Document(_) => "is not known",
        };
        write!(f, "{} {verb}", self.noun())
    }
}

impl<'h> Held<'h> {
    /// By which a decision names the policy: `policy/NAME`, `role/NAME/inline/NAME`, else the ARN. No two policies share one.
    pub fn id(&self) -> String {
        match self.policy {
            PolicyOf::Inline(name) => format!("{}/{}/inline/{name}", self.holder.0.word(), self.holder.1),
            PolicyOf::Own { name, .. } => format!("policy/{name}"),
            PolicyOf::Foreign(arn) => arn.to_owned(),
        }
    }

    /// As a reader knows it: as [`Self::id`], with `aws/NAME` for an AWS managed policy.
    pub fn label(&self) -> String {
        match self.policy {
            PolicyOf::Foreign(arn) => short(arn),
            PolicyOf::Inline(_) | PolicyOf::Own { .. } => self.id(),
        }
    }

    /// The ARN of a managed policy.
    pub fn arn(&self) -> Option<&'h str> {
        match self.policy {
            PolicyOf::Inline(_) => None,
            PolicyOf::Own { arn, .. } | PolicyOf::Foreign(arn) => Some(arn),
        }
    }

    /// Who holds it.
    pub fn holder(&self) -> Address {
        Address::new(self.holder.0, self.holder.1)
    }

    /// Which document of the specs it is, where they write it.
    pub fn key(&self) -> Option<DocumentKey> {
        match self.policy {
            PolicyOf::Inline(name) => Some((self.holder(), DocumentPart::Inline(name.to_owned()))),
            PolicyOf::Own { name, .. } => Some((Address::new(EntityKind::Policy, name), DocumentPart::Document)),
            PolicyOf::Foreign(_) => None,
        }
    }
}

/// `aws/NAME` for an AWS managed policy, else the ARN.
fn short(arn: &str) -> String {
    match Arn::parse(arn) {
        Some(parsed) if parsed.is_aws_managed_policy() => parsed.resource.replacen("policy/", "aws/", 1),
        _ => arn.to_owned(),
    }
}
