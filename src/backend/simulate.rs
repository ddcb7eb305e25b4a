//! What IAM's own simulator is asked and what it answers (iam-facts 6.8).

/// Actions on resources, with what the request is known to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimulateCase {
    /// Actions without wildcards, `s3:GetObject`.
    pub actions: Vec<String>,
    /// ARNs or ARN patterns; `*` is a resource too.
    pub resources: Vec<String>,
    /// Condition keys with their values.
    pub context: Vec<(String, Vec<String>)>,
}

/// IAM's words for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simulated {
    /// `allowed`.
    Allowed,
    /// `implicitDeny`.
    ImplicitDeny,
    /// `explicitDeny`.
    ExplicitDeny,
}

/// One answer: an action on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedAnswer {
    /// The action as it was asked for.
    pub action: String,
    /// The resource as it was asked for.
    pub resource: String,
    /// The decision; `None` for a word that is not known.
    pub decision: Option<Simulated>,
    /// Condition keys that the policies look at and the request did not hold.
    pub missing_context: Vec<String>,
}
