//! A policy document as typed statements. Reading never fails: what cannot be understood is kept as a fault of its statement.

mod read;
mod write;

use std::collections::BTreeMap;
use std::ops::Deref;

use super::pattern::matches_ignoring_case;
use super::{BARE, Compares, Document, Operator, PathStep, PrincipalRef, SetPrefix};

/// A document's statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether `${…}` is a variable: version 2012-10-17 only, and a missing version is 2008-10-17 (iam-facts 5.7, 9).
    pub variables: bool,
    /// In the document's order.
    pub statements: Vec<Statement>,
    /// How the document spells the condition keys that it asks for, by the key in lower case; of several spellings the first.
    pub spelling: BTreeMap<String, String>,
}

/// What a matching statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Forbids, whatever else grants.
    Deny,
}

/// Why a document cannot be evaluated, with the index of the statement; empty where it can. What IAM would refuse and evaluation understands
/// is not a fault here.
pub fn faults(document: &Document) -> Vec<(Option<usize>, String)> {
    let Some(fields) = document.value().as_object() else {
        return vec![(None, "a policy document is an object with `Version` and `Statement`".to_owned())];
    };
    if !fields.contains_key("Statement") {
        return vec![(None, "the document has no `Statement`".to_owned())];
    }
    let policy = Policy::read(document);
    let mut faults = Vec::new();
    for (index, value) in document.statements().iter().enumerate() {
        let number = index + 1;
        let fault = match policy.statements.iter().find(|s| s.index == index) {
            _ if !value.is_object() => format!("statement {number} is not an object"),
            None => format!("statement {number}: `Effect` is `Allow` or `Deny`"),
            Some(s) if s.faulty => format!(
                "statement {number} cannot be understood: an element of the wrong type, an unknown condition operator, or an element beside its contrary"
            ),
            Some(_) => continue,
        };
        faults.push((Some(index), fault));
    }
    faults
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// From 0.
    pub index: usize,
    /// As written; an empty one counts as none.
    pub sid: Option<String>,
    /// `Effect`.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`, where the statement has one.
    pub principals: Option<Principals>,
    /// `Action` or `NotAction`.
    pub actions: Option<Clause>,
    /// `Resource` or `NotResource`, where the statement has one.
    pub resources: Option<Clause>,
    /// `Condition`, every key of every operator by itself; all must hold.
    pub conditions: Vec<WrittenTest>,
    /// Operators of `Condition` that do not exist, each with its keys, as written; they are a fault.
    pub unknown_operators: Vec<(String, String)>,
    /// Whether some part could not be understood. Such an Allow never matches; such a Deny matches by what could be: an error in
    /// evaluation is a denial (iam-facts 6.1).
    pub faulty: bool,
}

/// The values of an element or of its contrary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Whether it is the `Not…` element.
    pub negated: bool,
    /// As written.
    pub values: Vec<String>,
    /// Of long lists of actions: which of the values may be about a service (lower case), in the order of the services. Those with a
    /// wildcard in the service stand under the empty text.
    by_service: Vec<(String, usize)>,
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principals {
    /// Whether it is `NotPrincipal`.
    pub negated: bool,
    /// Kind (`AWS`, `Service`, … or `*` for a bare `"*"`) and value, as written.
    pub values: Vec<(String, String)>,
}

/// One key under one operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The operator.
    pub operator: Operator,
    /// The key in lower case: names ignore case (iam-facts 5.2).
    pub key: String,
    /// The values as text: `true` is `"true"`, `10` is `"10"` (iam-facts 5.7, 7).
    pub values: Vec<String>,
}

/// A test with the words of its author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenTest {
    /// The operator as written.
    pub written_operator: String,
    /// The key as written.
    pub written_key: String,
    /// Index of the statement.
    statement: usize,
    test: Test,
}

impl Deref for WrittenTest {
    type Target = Test;

    fn deref(&self) -> &Test {
        &self.test
    }
}

impl WrittenTest {
    /// The path to the key.
    pub fn path(&self) -> Vec<PathStep> {
        let mut path = path(self.statement, &["Condition", &self.written_operator]);
        path.push(PathStep::Key(self.written_key.clone()));
        path
    }

    /// The path to a value.
    pub fn value_path(&self, index: usize) -> Vec<PathStep> {
        let mut path = self.path();
        path.push(PathStep::Index(index));
        path
    }
}

impl Test {
    /// Whether it is about this key, case aside.
    pub fn is_about(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    /// Whether it asks that the value is one of those listed, and is false where the key is absent.
    pub fn is_positive(&self) -> bool {
        let lists_values = match self.operator.compares() {
            Compares::String(_) | Compares::Arn | Compares::Bool | Compares::Ip => true,
            Compares::Numeric(_) | Compares::Date(_) | Compares::Binary | Compares::Null => false,
        };
        let operator = self.operator;
        lists_values && !operator.if_exists && !operator.base.is_negated() && operator.prefix != Some(SetPrefix::ForAllValues)
    }
}

/// Lists of actions up to this length are looked through from end to end.
const SHORT: usize = 12;

impl Clause {
    fn new(negated: bool, values: Vec<String>) -> Self {
        Self { negated, values, by_service: Vec::new() }
    }

    /// The same with its index, for actions.
    fn indexed(mut self) -> Self {
        if self.values.len() > SHORT {
            let service = |action: &str| match action.split_once(':') {
                Some((service, _)) if !service.contains(['*', '?']) => service.to_ascii_lowercase(),
                _ => String::new(),
            };
            self.by_service = self.values.iter().enumerate().map(|(i, action)| (service(action), i)).collect();
            self.by_service.sort();
        }
        self
    }

    /// The values that may be about a service, which is in lower case.
    fn about(&self, service: &str) -> impl Iterator<Item = &str> {
        let of = |service: &str| {
            let start = self.by_service.partition_point(|(s, _)| s.as_str() < service);
            let rest = self.by_service.get(start..).unwrap_or_default();
            rest.get(..rest.partition_point(|(s, _)| s == service)).unwrap_or_default()
        };
        let short = if self.by_service.is_empty() { self.values.as_slice() } else { &[] };
        let indexed = of("").iter().chain(of(service)).filter_map(|(_, i)| self.values.get(*i));
        short.iter().chain(indexed).map(String::as_str)
    }
}

impl Statement {
    /// Whether it is an `Allow`.
    pub fn allows(&self) -> bool {
        self.effect == Effect::Allow
    }

    /// The patterns of `Action` or `NotAction`.
    pub fn action_patterns(&self) -> &[String] {
        self.actions.as_ref().map_or(&[], |clause| &clause.values)
    }

    /// Whether it has `NotAction`.
    pub fn is_not_action(&self) -> bool {
        self.actions.as_ref().is_some_and(|clause| clause.negated)
    }

    /// The patterns of `Resource` or `NotResource`.
    pub fn resource_patterns(&self) -> &[String] {
        self.resources.as_ref().map_or(&[], |clause| &clause.values)
    }

    /// Whether it has `NotResource`.
    pub fn is_not_resource(&self) -> bool {
        self.resources.as_ref().is_some_and(|clause| clause.negated)
    }

    /// The patterns among the actions that may be about a service, which is in lower case.
    pub fn actions_about(&self, service: &str) -> impl Iterator<Item = &str> {
        self.actions.iter().flat_map(move |clause| clause.about(service))
    }

    /// Whether it is about an action, which is in lower case and without wildcards.
    pub fn has_action(&self, action: &str) -> bool {
        let service = action.split_once(':').map_or(action, |(service, _)| service);
        let named = self.actions_about(service).any(|pattern| matches_ignoring_case(pattern, action));
        !self.action_patterns().is_empty() && named != self.is_not_action()
    }

    /// Whether every resource is meant: `Resource` with `*` among its values.
    pub fn is_on_everything(&self) -> bool {
        !self.is_not_resource() && self.resource_patterns().iter().any(|pattern| is_everything(pattern))
    }

    /// The first test of a key, case aside.
    pub fn test_of(&self, key: &str) -> Option<&WrittenTest> {
        self.conditions.iter().find(|test| test.is_about(key))
    }

    /// Every principal that it names.
    pub fn each_principal(&self) -> impl Iterator<Item = PrincipalRef<'_>> {
        let (effect, statement) = (if self.allows() { "Allow" } else { "Deny" }, self.index);
        self.principals.iter().flat_map(move |principals| {
            let negated = principals.negated;
            principals.values.iter().map(move |(kind, value)| PrincipalRef { kind, value, effect, negated, statement })
        })
    }

    /// The path to a member, from the document's root.
    pub fn path(&self, members: &[&str]) -> Vec<PathStep> {
        path(self.index, members)
    }

    /// The path to one value of a member.
    pub fn item(&self, member: &str, index: usize) -> Vec<PathStep> {
        let mut path = self.path(&[member]);
        path.push(PathStep::Index(index));
        path
    }

    /// The path to a principal that it names.
    pub fn principal_path(&self, principal: &PrincipalRef<'_>) -> Vec<PathStep> {
        let element = principal.element();
        if principal.kind == BARE {
            return self.path(&[element]);
        }
        let mut path = self.path(&[element, principal.kind]);
        let mut of_kind = self.each_principal().filter(|other| other.kind == principal.kind);
        path.extend(of_kind.position(|other| other.value == principal.value).map(PathStep::Index));
        path
    }

    /// `Action` or `NotAction`.
    pub fn action_member(&self) -> &'static str {
        if self.is_not_action() { "NotAction" } else { "Action" }
    }

    /// `Resource` or `NotResource`.
    pub fn resource_member(&self) -> &'static str {
        if self.is_not_resource() { "NotResource" } else { "Resource" }
    }

    /// What to call it: ``statement `Sid` ``, `statement 2`.
    pub fn label(&self) -> String {
        match &self.sid {
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

fn path(statement: usize, members: &[&str]) -> Vec<PathStep> {
    let mut path = vec![PathStep::Key("Statement".to_owned()), PathStep::Index(statement)];
    path.extend(members.iter().map(|member| PathStep::Key((*member).to_owned())));
    path
}
