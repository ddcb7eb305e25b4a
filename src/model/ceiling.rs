//! What an organisation lets the principals and the resources of an account do at most: its service and resource control policies.
//!
//! An action must be allowed at every level from the root to the account (AWS Organizations User Guide, "SCP evaluation"). A level without
//! any policy allows nothing. Levels are shared by all accounts below them, and compiled once.

use std::sync::Arc;

use crate::policy::Document;
use crate::policy::ast::Policy;
use crate::policy::eval::{Named, PolicyKind, ScpLevel};

/// Services whose resources are subject to resource control policies (AWS Organizations User Guide, "Resource control policies"). The list
/// grows: a service that a policy names is one of them too, because AWS refuses others.
const WITH_RCPS: [&str; 7] = ["aoss", "ecr", "kms", "s3", "secretsmanager", "sqs", "sts"];

/// What restricts one account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ceiling {
    /// The organisation's id, `o-…`, where it is known.
    pub organization: Option<String>,
    /// What restricts its principals.
    pub scps: Control,
    /// What restricts access to its resources.
    pub rcps: Control,
}

/// The policies of one kind that apply to an account.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Control {
    /// Nobody says which there are.
    #[default]
    Unknown,
    /// None apply: the organisation has not enabled them, or the account is the management account.
    Absent,
    /// From the root down to the account.
    Levels(Vec<Arc<Level>>),
}

/// The root, an organisational unit or an account, with the policies that are attached to it.
#[derive(Debug)]
pub struct Level {
    policies: Vec<(String, Document)>,
    compiled: ScpLevel,
}

impl Control {
    /// The levels, ready for the evaluator; `None` where nothing restricts, or nothing is known to.
    pub fn compiled(&self) -> Option<Vec<ScpLevel>> {
        match self {
            Self::Unknown | Self::Absent => None,
            Self::Levels(levels) => Some(levels.iter().map(|level| level.compiled.clone()).collect()),
        }
    }

    /// The levels; none where nothing is known to restrict.
    pub fn levels(&self) -> &[Arc<Level>] {
        match self {
            Self::Unknown | Self::Absent => &[],
            Self::Levels(levels) => levels,
        }
    }
}

impl Ceiling {
    /// What restricts access to the resources of a service (in lower case) of this account.
    pub fn rcps_of(&self, service: &str) -> Option<Vec<ScpLevel>> {
        let applies = WITH_RCPS.contains(&service) || self.rcps.levels().iter().any(|level| level.names(service));
        applies.then(|| self.rcps.compiled()).flatten()
    }
}

impl Level {
    /// A level under its name: `/`, `/Workloads`, the id of an account. Policies are told apart by what a decision calls them.
    pub fn new(name: &str, policies: Vec<(String, Document)>, kind: PolicyKind) -> Self {
        let named = policies.iter().map(|(id, document)| Named::new(id, document, kind)).collect();
        Self { policies, compiled: ScpLevel { level: name.into(), policies: named } }
    }

    /// `/`, `/Workloads`, the id of an account.
    pub fn name(&self) -> &str {
        &self.compiled.level
    }

    /// Its policies: what a decision calls them, and the documents.
    pub fn policies(&self) -> &[(String, Document)] {
        &self.policies
    }

    /// Whether a statement spells out actions of a service.
    fn names(&self, service: &str) -> bool {
        let of_service = |action: &String| action.split_once(':').is_some_and(|(prefix, _)| prefix.eq_ignore_ascii_case(service));
        let statements = self.policies.iter().flat_map(|(_, document)| Policy::read(document).statements);
        statements.flat_map(|statement| statement.actions).any(|clause| clause.values.iter().any(of_service))
    }
}

impl Eq for Level {}

impl PartialEq for Level {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name() && self.policies == other.policies
    }
}
