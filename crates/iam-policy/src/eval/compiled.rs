//! A document made ready for deciding: patterns read, statements found by service.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::arn_match::{Padding, ResourcePattern};
use super::super::ast::{self, Effect, Policy};
use super::super::condition::Condition;
use super::super::context::{Reader, Truth};
use super::super::variables::Template;
use super::super::{Document, DocumentKind, Operator};
use super::actions::Actions;
use super::decide::Query;
use super::principal::{Named, Principals};

/// What a document is for, which decides how its short ARNs are read and whether it names principals and resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// Managed, inline, boundary and session policies.
    Identity,
    /// The policy of a resource.
    Resource,
    /// The trust policy of a role: its statements have no resource.
    Trust,
    /// A service control policy.
    Scp,
    /// A resource control policy: its statements name principals, and short ARNs in it mean nothing (iam-facts 6.4).
    Rcp,
}

impl From<DocumentKind> for PolicyKind {
    fn from(kind: DocumentKind) -> Self {
        match kind {
            DocumentKind::Identity => Self::Identity,
            DocumentKind::Trust => Self::Trust,
        }
    }
}

/// A document ready for deciding.
#[derive(Clone, Debug)]
pub struct Compiled {
    kind: PolicyKind,
    statements: Vec<Statement>,
    /// Places in `statements` of those that may be about a service, in order.
    by_service: BTreeMap<String, Vec<usize>>,
    /// The same for services that no statement names.
    other_services: Vec<usize>,
    spelling: BTreeMap<String, String>,
}

impl Compiled {
    /// Reads a document. Never fails: statements that cannot be understood deny what they can and allow nothing (iam-facts 6.1).
    pub fn new(document: &Document, kind: impl Into<PolicyKind>) -> Self {
        let kind = kind.into();
        let policy = Policy::read(document);
        let statements: Vec<Statement> =
            policy.statements.iter().filter_map(|s| Statement::new(s, kind, policy.variables)).collect();
        let mut by_service: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for statement in &statements {
            for service in statement.actions.services().into_iter().flatten() {
                by_service.entry(service.to_owned()).or_default();
            }
        }
        let mut other_services = Vec::new();
        for (at, statement) in statements.iter().enumerate() {
            match statement.actions.services() {
                Some(services) => {
                    for service in services {
                        by_service.entry(service.to_owned()).or_default().push(at);
                    }
                }
                None => {
                    by_service.values_mut().for_each(|list| list.push(at));
                    other_services.push(at);
                }
            }
        }
        Self { kind, statements, by_service, other_services, spelling: policy.spelling }
    }

    /// What it was compiled as.
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// How the document spells a key in lower case.
    pub(super) fn spelling(&self, key: &str) -> Option<&str> {
        self.spelling.get(key).map(String::as_str)
    }

    /// The statements that may be about actions of a service (in lower case), in the document's order.
    pub(super) fn about<'p>(&'p self, service: &str) -> impl Iterator<Item = &'p Statement> {
        let places = self.by_service.get(service).unwrap_or(&self.other_services);
        places.iter().filter_map(|at| self.statements.get(*at))
    }
}

/// One statement ready for matching.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) index: usize,
    pub(super) sid: Option<Arc<str>>,
    pub(super) effect: Effect,
    principals: Option<Principals>,
    actions: Actions,
    resources: Resources,
    conditions: Vec<Condition>,
    /// The conditions as they are written, for the search of [`super::possible`].
    tests: Vec<Test>,
    resource_variables: Vec<String>,
}

/// One test as it is written.
#[derive(Clone, Debug)]
pub(super) struct Test {
    /// In lower case.
    pub(super) key: String,
    pub(super) operator: Operator,
    pub(super) values: Vec<String>,
    /// Whether the operator is for sets.
    pub(super) is_set: bool,
    /// Keys of the variables in its values, in lower case.
    pub(super) variables: Vec<String>,
}

#[derive(Clone, Debug)]
struct Resources {
    negated: bool,
    patterns: Vec<ResourcePattern>,
}

impl Statement {
    /// `None` for what can never match.
    fn new(statement: &ast::Statement, kind: PolicyKind, variables: bool) -> Option<Self> {
        let takes_principals = matches!(kind, PolicyKind::Resource | PolicyKind::Trust | PolicyKind::Rcp);
        let without_resource = matches!(kind, PolicyKind::Resource | PolicyKind::Trust);
        let complete = statement.actions.is_some()
            && (statement.resources.is_some() || without_resource)
            && (statement.principals.is_some() == takes_principals);
        if statement.effect == Effect::Allow && (statement.faulty || !complete) {
            return None;
        }
        let padding = match kind {
            PolicyKind::Identity => Padding::Always,
            PolicyKind::Scp => Padding::AfterStar,
            PolicyKind::Rcp => Padding::Never,
            PolicyKind::Resource | PolicyKind::Trust => Padding::WithWildcard,
        };
        let resources = match &statement.resources {
            Some(clause) => Resources {
                negated: clause.negated,
                patterns: clause.values.iter().map(|text| ResourcePattern::read(text, padding, variables)).collect(),
            },
            None => Resources { negated: false, patterns: vec![ResourcePattern::Everything] },
        };
        Some(Self {
            index: statement.index,
            sid: statement.sid.as_deref().map(Arc::from),
            effect: statement.effect,
            principals: statement.principals.as_ref().filter(|_| takes_principals).map(Principals::new),
            actions: Actions::new(statement.actions.as_ref()?),
            resources,
            conditions: statement.conditions.iter().map(|test| Condition::new(test, variables)).collect(),
            tests: statement.conditions.iter().map(|test| Test::new(test, variables)).collect(),
            resource_variables: keys_in(statement.resources.iter().flat_map(|clause| &clause.values), variables),
        })
    }

    /// Whether it is about an action, given in lower case.
    pub(super) fn is_about(&self, service: &str, name: &str) -> bool {
        self.actions.covers(service, name)
    }

    /// The conditions, each as it is written and ready for asking.
    pub(super) fn tests(&self) -> impl Iterator<Item = (&Test, &Condition)> {
        self.tests.iter().zip(&self.conditions)
    }

    /// Keys of the variables in its resources, in lower case.
    pub(super) fn resource_variables(&self) -> impl Iterator<Item = &str> {
        self.resource_variables.iter().map(String::as_str)
    }

    /// Whether the statement matches, and how it names the principal (of no matter where it names none).
    pub(super) fn matches<'p>(&'p self, query: &Query<'_>, reader: &mut Reader<'_, 'p>) -> (Truth, Named) {
        const NO: (Truth, Named) = (Truth::No, Named::ByStar);
        if !self.actions.covers(query.service, query.name) {
            return NO;
        }
        let named = match &self.principals {
            Some(principals) => match principals.names(query.principal, self.effect, query.bounded) {
                Some(named) => named,
                None => return NO,
            },
            None => Named::ByStar,
        };
        let found = self.resources.cover(query, reader);
        if found == Truth::No {
            return (Truth::No, named);
        }
        // All conditions are asked, so that every absent key is noticed.
        let holds = self.conditions.iter().fold(found, |all, condition| all.and(condition.holds(reader)));
        (holds, named)
    }
}

impl Test {
    fn new(test: &ast::Test, variables: bool) -> Self {
        Self {
            key: test.key.clone(),
            operator: test.operator,
            values: test.values.clone(),
            is_set: test.operator.prefix.is_some(),
            variables: keys_in(&test.values, variables),
        }
    }
}

/// The keys of the variables in some texts.
fn keys_in<'t>(texts: impl IntoIterator<Item = &'t String>, variables: bool) -> Vec<String> {
    let texts = texts.into_iter().filter(|text| variables && text.contains("${"));
    texts.flat_map(|text| Template::parse(text, true, true).keys().map(str::to_owned).collect::<Vec<_>>()).collect()
}

impl Resources {
    fn cover<'p>(&'p self, query: &Query<'_>, reader: &mut Reader<'_, 'p>) -> Truth {
        let mut found = Truth::No;
        for pattern in &self.patterns {
            found = found.or(pattern.matches(&query.resource, reader));
            if found == Truth::Yes {
                break;
            }
        }
        found.negate_if(self.negated)
    }
}
