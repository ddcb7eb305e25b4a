//! What rules look at: one document, one principal, all the specs.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::Value;

use super::rules::Escalation;

use crate::diag::Place;
use crate::names::{AccountId, Address};
use crate::policy::caller::Caller;
use crate::policy::eval::PolicySet;
use crate::policy::{Base, Compares, Document, Operator, PathStep, PrincipalRef, SetPrefix};
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
}

/// What is known beside the documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The account, if its id is known.
    pub account: Option<AccountId>,
    /// Its partition.
    pub partition: String,
    /// Other accounts of the same owner.
    pub known_accounts: BTreeSet<AccountId>,
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
    In(&'a Texts, &'a Node),
    /// Nowhere that can be shown in detail: an AWS managed policy, by the entry that attaches it.
    As(Option<Place>),
}

/// A document.
#[derive(Clone, Debug)]
pub struct DocumentSubject<'a> {
    /// What the document is for.
    pub policy_type: PolicyType,
    /// The document.
    pub document: &'a Document,
    /// Its statements, as far as they are of the grammar; shared by all that the document is attached to.
    pub statements: Rc<[Statement<'a>]>,
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
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement<'a> {
    /// From 0.
    pub index: usize,
    /// The statement as it stands.
    pub value: &'a Value,
    /// `Allow`; anything else that is a statement denies.
    pub allows: bool,
    /// `Action` or `NotAction`.
    pub actions: Vec<&'a str>,
    /// Of long lists: which of the actions may be about a service (lower case), in the order of the services. Those with a
    /// wildcard in the service stand under the empty text.
    by_service: Vec<(String, usize)>,
    /// Whether the actions are those of `NotAction`.
    pub not_action: bool,
    /// `Resource` or `NotResource`; a statement without either is about everything.
    pub resources: Vec<&'a str>,
    /// Whether the resources are those of `NotResource`.
    pub not_resource: bool,
    /// Each test of the `Condition`.
    pub tests: Vec<Test<'a>>,
    /// Whom it names.
    pub principals: Vec<PrincipalRef<'a>>,
}

/// One operator with one key.
#[derive(Clone, Debug)]
pub struct Test<'a> {
    /// The operator as written.
    pub written: &'a str,
    /// The operator, if it is one.
    pub operator: Option<Operator>,
    /// The key as written.
    pub key: &'a str,
    /// The values as text.
    pub values: Vec<String>,
    /// The path to the key.
    pub path: Vec<PathStep>,
}

impl Test<'_> {
    /// The operator without prefix and suffix.
    pub fn base(&self) -> Option<Base> {
        self.operator.map(|o| o.base)
    }

    /// What the operator compares.
    pub fn compares(&self) -> Option<Compares> {
        self.operator.map(|o| o.compares())
    }

    /// Whether the operator is one of the `Not…` ones.
    pub fn is_negated(&self) -> bool {
        self.operator.is_some_and(|o| o.base.is_negated())
    }

    /// Whether it is about this key, case aside.
    pub fn is_about(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    /// The key in lower case.
    pub fn key_folded(&self) -> String {
        self.key.to_ascii_lowercase()
    }

    /// Whether it asks that the value is one of those listed, and is false where the key is absent.
    pub fn is_positive(&self) -> bool {
        let Some(operator) = self.operator else { return false };
        let lists_values = match operator.compares() {
            Compares::String(_) | Compares::Arn | Compares::Bool | Compares::Ip => true,
            Compares::Numeric(_) | Compares::Date(_) | Compares::Binary | Compares::Null => false,
        };
        lists_values && !operator.if_exists && !operator.base.is_negated() && operator.prefix != Some(SetPrefix::ForAllValues)
    }

    /// The path to a value.
    pub fn value_path(&self, index: usize) -> Vec<PathStep> {
        let mut path = self.path.clone();
        path.push(PathStep::Index(index));
        path
    }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

/// Lists of actions up to this length are looked through from end to end.
const SHORT: usize = 12;

impl<'a> Statement<'a> {
    /// The patterns among the actions that may be about a service, which is in lower case.
    pub fn actions_about(&self, service: &str) -> impl Iterator<Item = &'a str> {
        let of = |service: &str| {
            let start = self.by_service.partition_point(|(s, _)| s.as_str() < service);
            let rest = self.by_service.get(start..).unwrap_or_default();
            rest.get(..rest.partition_point(|(s, _)| s == service)).unwrap_or_default()
        };
        let short = if self.by_service.is_empty() { self.actions.as_slice() } else { &[] };
        let indexed = of("").iter().chain(of(service)).filter_map(|(_, i)| self.actions.get(*i));
        short.iter().chain(indexed).copied()
    }

    fn read(index: usize, value: &'a Value, principals: &[PrincipalRef<'a>]) -> Option<Self> {
        let fields = value.as_object()?;
        let not_action = !fields.contains_key("Action") && fields.contains_key("NotAction");
        let not_resource = !fields.contains_key("Resource") && fields.contains_key("NotResource");
        let mut statement = Self {
            index,
            value,
            allows: fields.get("Effect").and_then(Value::as_str).is_some_and(|e| e.eq_ignore_ascii_case("Allow")),
            actions: texts(fields.get(if not_action { "NotAction" } else { "Action" })),
            by_service: Vec::new(),
            not_action,
            resources: texts(fields.get(if not_resource { "NotResource" } else { "Resource" })),
            not_resource,
            tests: Vec::new(),
            principals: principals.iter().filter(|p| p.statement == index).copied().collect(),
        };
        if statement.actions.len() > SHORT {
            let service = |action: &str| match action.split_once(':') {
                Some((service, _)) if !service.contains(['*', '?']) => service.to_ascii_lowercase(),
                _ => String::new(),
            };
            statement.by_service = statement.actions.iter().enumerate().map(|(i, a)| (service(a), i)).collect();
            statement.by_service.sort();
        }
        for (written, keys) in fields.get("Condition").and_then(Value::as_object).into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten() {
                let values = match values {
                    Value::Array(list) => list.iter().filter_map(scalar).collect(),
                    one => scalar(one).into_iter().collect(),
                };
                let mut path = statement.path(&["Condition", written]);
                path.push(PathStep::Key(key.clone()));
                statement.tests.push(Test { written, operator: Operator::read(written), key, values, path });
            }
        }
        Some(statement)
    }

    /// The path to a member, from the document's root.
    pub fn path(&self, members: &[&str]) -> Vec<PathStep> {
        let mut path = vec![PathStep::Key("Statement".to_owned()), PathStep::Index(self.index)];
        path.extend(members.iter().map(|m| PathStep::Key((*m).to_owned())));
        path
    }

    /// The path to one value of a member.
    pub fn item(&self, member: &str, index: usize) -> Vec<PathStep> {
        let mut path = self.path(&[member]);
        path.push(PathStep::Index(index));
        path
    }

    /// `Action` or `NotAction`.
    pub fn action_member(&self) -> &'static str {
        if self.not_action { "NotAction" } else { "Action" }
    }

    /// `Resource` or `NotResource`.
    pub fn resource_member(&self) -> &'static str {
        if self.not_resource { "NotResource" } else { "Resource" }
    }

    /// The value of an element.
    pub fn get(&self, member: &str) -> Option<&'a Value> {
        self.value.get(member)
    }

    /// Whether a member of this name is there.
    pub fn has(&self, member: &str) -> bool {
        self.value.get(member).is_some()
    }

    /// Whether every resource is meant: `Resource` with `*` among its values.
    pub fn is_on_everything(&self) -> bool {
        !self.not_resource && self.resources.iter().any(|r| is_everything(r))
    }

    /// The first test of a key.
    pub fn test_of(&self, key: &str) -> Option<&Test<'a>> {
        self.tests.iter().find(|t| t.is_about(key))
    }

    /// What to call it.
    pub fn label(&self) -> String {
        match self.value.get("Sid").and_then(Value::as_str).filter(|s| !s.is_empty()) {
            Some(sid) => format!("statement `{sid}`"),
            None => format!("statement {}", self.index + 1),
        }
    }
}

/// Whether a resource is `*`, also where it is written longer.
pub fn is_everything(resource: &str) -> bool {
    !resource.is_empty()
        && (resource.chars().all(|c| c == '*')
            || (resource.starts_with("arn:*") && resource.chars().skip(4).all(|c| c == '*' || c == ':')))
}

impl<'a> DocumentSubject<'a> {
    /// Reads a document.
    pub fn new(policy_type: PolicyType, document: &'a Document, written: Written<'a>, around: &'a Surroundings) -> Self {
        Self::with(Self::read(document), policy_type, document, written, around)
    }

    /// The statements of a document.
    pub(super) fn read(document: &'a Document) -> Rc<[Statement<'a>]> {
        let principals: Vec<_> = document.principals().collect();
        let statements = document.statements().iter().enumerate();
        statements.filter_map(|(i, value)| Statement::read(i, value, &principals)).collect()
    }

    /// A document whose statements were read before.
    pub(super) fn with(
        statements: Rc<[Statement<'a>]>,
        policy_type: PolicyType,
        document: &'a Document,
        written: Written<'a>,
        around: &'a Surroundings,
    ) -> Self {
        Self { policy_type, document, statements, address: None, label: String::new(), written, size_limit: None, around }
    }

    /// Where a path is written.
    pub fn place(&self, path: &[PathStep]) -> Option<Place> {
        match &self.written {
            Written::In(texts, node) => Some(texts.place(locate(node, path))),
            Written::As(place) => place.clone(),
        }
    }

    /// The statements that allow.
    pub fn allows(&self) -> impl Iterator<Item = &Statement<'a>> {
        self.statements.iter().filter(|s| s.allows)
    }

    /// `Version`, as written.
    pub fn version(&self) -> Option<&str> {
        self.document.value().get("Version").and_then(Value::as_str)
    }

    /// Whether the document itself denies an action (lower case) on everything, whatever the conditions.
    pub fn denies_everywhere(&self, action: &str) -> bool {
        let denies = self.statements.iter().filter(|s| !s.allows && s.tests.is_empty() && s.is_on_everything());
        denies.into_iter().any(|s| super::authority::has_action(s, action))
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
    /// Its ways to escalate, once somebody asked.
    pub(super) escalations: OnceCell<Vec<Escalation>>,
}

impl PrincipalSubject<'_> {
    /// What to call it.
    pub fn label(&self) -> String {
        self.address.as_ref().map_or_else(|| "the policy".to_owned(), |a| format!("`{a}`"))
    }
}
