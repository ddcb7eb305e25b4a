//! What rules look at: one document, one principal, all the specs.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

use super::rules::Escalation;

use crate::diag::{InTemplate, Place};
use crate::forbid::Breach;
use crate::names::{AccountId, Address};
use crate::policy::ast::{Policy, Statement};
use crate::policy::caller::Caller;
use crate::policy::eval::{PolicyKind, PolicySet};
use crate::policy::exposure::{Hurdle, Opening, Owner, Stranger, openings};
use crate::policy::{Document, PathStep};
use crate::scope::ForbidRule;
use crate::spec::locate;
use crate::spec::text::Texts;
use crate::spec::yaml::Node;

/// The kinds of policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyType {
    /// Managed, inline, boundary.
    Identity,
    /// A role's trust.
    Trust,
    /// A bucket's, a key's, a queue's.
    Resource,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
    /// The policy of a VPC endpoint, which grants nothing: it limits what is asked through the endpoint (AWS PrivateLink Guide, "Control access to
    /// VPC endpoints using endpoint policies").
    Endpoint,
}

/// What is known beside the documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The account, if its id is known.
    pub account: Option<AccountId>,
    /// Its partition.
    pub partition: String,
    /// Other accounts of the same owner.
    pub known_accounts: Arc<BTreeSet<AccountId>>,
    /// What no principal may do.
    pub forbid: Vec<ForbidRule>,
    /// The day, `2027-01-31`, for waivers and dates.
    pub today: String,
    /// Whether specs are looked at: a bare document has no tests and no account.
    pub specs: bool,
}

impl Surroundings {
    /// Whether an account is neither this one nor another of the same owner.
    pub fn is_foreign(&self, account: &AccountId) -> bool {
        self.account.as_ref() != Some(account) && !self.known_accounts.contains(account)
    }
}

/// Where a document is written.
#[derive(Clone, Debug)]
pub enum Written<'a> {
    /// In these texts, every value with its place.
    Text(&'a Texts, &'a Node),
    /// Nowhere that can be shown in detail: an AWS managed policy, by the entry that attaches it.
    Entry(Option<Place>),
}

/// A document.
#[derive(Clone, Debug)]
pub struct DocumentSubject<'a> {
    /// What the document is for.
    pub policy_type: PolicyType,
    /// The document.
    pub document: &'a Document,
    /// The same as typed statements; shared by all that the document is attached to.
    pub policy: Rc<Policy>,
    /// Whose it is.
    pub address: Option<Address>,
    /// What it is called: ``policy `x` ``, ``inline policy `x` ``.
    pub label: String,
    /// Its place.
    pub written: Written<'a>,
    /// Most characters that IAM takes, if it stands by itself.
    pub size_limit: Option<u64>,
    /// What else is known.
    pub around: &'a Surroundings,
    /// The ways in for somebody outside, once somebody asked.
    openings: OnceCell<Vec<Opening>>,
}

impl<'a> DocumentSubject<'a> {
    /// A document with its statements.
    pub fn new(
        policy: Rc<Policy>,
        policy_type: PolicyType,
        document: &'a Document,
        written: Written<'a>,
        around: &'a Surroundings,
    ) -> Self {
        let (label, openings) = (String::new(), OnceCell::new());
        Self { policy_type, document, policy, address: None, label, written, size_limit: None, around, openings }
    }

    /// Every way in for somebody outside, through a trust or the policy of a resource.
    pub fn openings(&self) -> &[Opening] {
        self.openings.get_or_init(|| {
            let kind = match self.policy_type {
                PolicyType::Trust => PolicyKind::Trust,
                PolicyType::Resource => PolicyKind::Resource,
                PolicyType::Identity | PolicyType::Scp | PolicyType::Rcp | PolicyType::Endpoint => return Vec::new(),
            };
            let owner = Owner { account: self.around.account.clone(), today: self.around.today.clone() };
            openings(self.document, kind, &owner)
        })
    }

    /// What stands in a stranger's way through a statement; `None` where it does not get in.
    pub fn hurdle(&self, statement: &Statement, stranger: &Stranger) -> Option<&Hurdle> {
        let mut all = self.openings().iter().filter(|o| o.statement == statement.index);
        all.find(|o| o.stranger == *stranger).map(|o| &o.hurdle)
    }

    /// Its statements.
    pub fn statements(&self) -> &[Statement] {
        &self.policy.statements
    }

    /// A member of a statement as it stands, for rules about its form.
    pub fn member(&self, statement: &Statement, name: &str) -> Option<&'a Value> {
        self.document.statements().get(statement.index)?.get(name)
    }

    /// Where a path is written.
    pub fn place(&self, path: &[PathStep]) -> Option<Place> {
        match &self.written {
            Written::Text(texts, node) => Some(texts.place(locate(node, path))),
            Written::Entry(place) => place.clone(),
        }
    }

    /// Where the template writes a path of what it makes.
    pub fn in_template(&self, path: &[PathStep]) -> Option<InTemplate> {
        match &self.written {
            Written::Text(texts, node) => texts.in_template(locate(node, path)),
            Written::Entry(_) => None,
        }
    }

    /// The statements that allow.
    pub fn allows(&self) -> impl Iterator<Item = &Statement> {
        self.statements().iter().filter(|s| s.allows())
    }

    /// `Version`, as written.
    pub fn version(&self) -> Option<&str> {
        self.document.value().get("Version").and_then(Value::as_str)
    }

    /// Whether the document itself denies an action (lower case) on everything, whatever the conditions.
    pub fn denies_everywhere(&self, action: &str) -> bool {
        let denies = self.statements().iter().filter(|s| !s.allows() && s.conditions.is_empty() && s.is_on_everything());
        denies.into_iter().any(|s| s.has_action(action))
    }

    /// Whether each of its statements names principals, in the form of a resource's policy.
    pub fn names_principals(&self) -> bool {
        matches!(self.policy_type, PolicyType::Resource | PolicyType::Endpoint)
    }

    /// Whether it is of this type.
    pub fn is(&self, policy_type: PolicyType) -> bool {
        self.policy_type == policy_type
    }
}

/// A managed policy on a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its ARN; for a declared one the ARN that follows from its path.
    pub arn: String,
    /// Where it is attached.
    pub place: Place,
    /// Whether these specs declare it.
    pub declared: bool,
}

/// A role, user or group with everything that decides what it may do; or a bare document that is judged as such.
#[derive(Clone, Debug)]
pub struct PrincipalSubject<'a> {
    /// Which; none for bare documents.
    pub address: Option<Address>,
    /// Where it is declared.
    pub place: Option<Place>,
    /// Its ARN.
    pub arn: Option<String>,
    /// Its identity policies, those of its groups included.
    pub documents: Vec<DocumentSubject<'a>>,
    /// Its boundary; `None` without one. An unknown boundary is none: it may allow everything.
    pub boundary: Option<Vec<DocumentSubject<'a>>>,
    /// Managed policies.
    pub attachments: Vec<Attachment>,
    /// What else is known.
    pub around: &'a Surroundings,
    /// Who it is, to the evaluator.
    pub caller: Caller,
    /// Its policies, to the evaluator.
    pub policies: PolicySet,
    /// The rules of the project file that it is not proven to keep.
    pub forbidden: Vec<Breach>,
    /// Its ways to escalate, once somebody asked.
    pub(super) escalations: OnceCell<Vec<Escalation>>,
}

impl PrincipalSubject<'_> {
    /// What to call it.
    pub fn label(&self) -> String {
        self.address.as_ref().map_or_else(|| "the policy".to_owned(), |a| format!("`{a}`"))
    }
}
