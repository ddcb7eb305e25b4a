//! What IAM's own simulator is asked and what it answers (iam-facts 6.8).

use crate::policy::context::Value;

/// Actions on resources, with what the request is known to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimulateCase {
    /// Actions without wildcards, `s3:GetObject`.
    pub actions: Vec<String>,
    /// ARNs or ARN patterns; `*` is a resource too.
    pub resources: Vec<String>,
    /// Condition keys with their values.
    pub context: Vec<(String, Value)>,
    /// The root ARN of the account that owns resources whose ARN names none; IAM takes the caller's when it is not given.
    pub resource_owner: Option<String>,
}

/// Whose policies the simulator looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Simulated<'a> {
    /// Those of a role or a user of the account, by its ARN, groups and boundary included.
    Principal(&'a str),
    /// These documents, as nobody's.
    Documents(&'a SimulateDocuments),
}

/// Documents for the simulator, as they are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimulateDocuments {
    /// Identity policies, at least one: what they are called, and their text.
    pub policies: Vec<(String, String)>,
    /// The boundary: what it is called, and its text.
    pub boundary: Option<(String, String)>,
}

/// IAM's words for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimulatedDecision {
    /// `allowed`.
    Allowed,
    /// `implicitDeny`.
    ImplicitDeny,
    /// `explicitDeny`.
    ExplicitDeny,
}

impl SimulatedDecision {
    /// IAM's own word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ImplicitDeny => "implicitDeny",
            Self::ExplicitDeny => "explicitDeny",
        }
    }
}

/// A statement that the simulator says matched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SimulatedStatement {
    /// What IAM calls the policy; `PolicyInputList.1` of documents that were sent.
    pub policy: String,
    /// `user-managed`, `aws-managed`, `role`, `user`, `group`; empty where IAM does not tell.
    pub kind: String,
    /// Line and column at which the statement begins in the policy's text, from 1.
    pub start: Option<(i32, i32)>,
}

/// One answer: an action on a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimulatedAnswer {
    /// The action as it was asked for.
    pub action: String,
    /// The resource as it was asked for.
    pub resource: String,
    /// The decision; `None` for a word that is not known.
    pub decision: Option<SimulatedDecision>,
    /// The statements that led to it.
    pub matched: Vec<SimulatedStatement>,
    /// Whether the permissions boundary allows it; `None` where there is none.
    pub boundary_allows: Option<bool>,
    /// Whether the organisation's policies allow it; `None` where IAM does not tell.
    pub organization_allows: Option<bool>,
    /// Condition keys that the policies look at and the request did not hold.
    pub missing_context: Vec<String>,
}
