//! The policies that decide a request.

use std::sync::Arc;

use super::compiled::{Compiled, PolicyKind};
use crate::Document;

/// A policy under the id by which a decision names it.
#[derive(Clone, Debug)]
pub struct Named {
    /// ARN, file or whatever the caller tells policies apart by.
    pub id: Arc<str>,
    /// Shared: many principals hold the same policy.
    pub policy: Arc<Compiled>,
}

impl Named {
    /// Compiles a document under an id.
    pub fn new(id: &str, document: &Document, kind: impl Into<PolicyKind>) -> Self {
        Self { id: id.into(), policy: Arc::new(Compiled::new(document, kind)) }
    }
}

/// The service or resource control policies of one level of the organisation's tree.
#[derive(Clone, Debug)]
pub struct ScpLevel {
    /// What it is called: `/`, `/Workloads`, the id of an account.
    pub level: Arc<str>,
    /// Together they must allow.
    pub policies: Vec<Named>,
}

/// Everything that applies to a request (iam-facts 6.1). `None` is a policy that does not exist; an empty list allows nothing.
#[derive(Clone, Debug, Default)]
pub struct PolicySet {
    /// Managed, inline, and those of a user's groups: any may allow.
    pub identity: Vec<Named>,
    /// The permissions boundary.
    pub boundary: Option<Vec<Named>>,
    /// The policy of the resource. A role's trust policy, compiled as [`PolicyKind::Trust`], must allow in every case.
    pub resource: Option<Named>,
    /// Whether the resource has a policy that must allow and is not known: a role's trust, a key's policy, a policy in another account
    /// ([`Request::must_allow_too`](super::Request::must_allow_too)). What the principal's own policies allow is then unknown, never
    /// allowed.
    pub resource_unknown: bool,
    /// Service control policies from the root down: each level must allow.
    pub scp: Option<Vec<ScpLevel>>,
    /// Resource control policies of the resource's account, from the root down: each level must allow. Only services that have them look at
    /// them, and that list grows: leave them out for the others, and for resources of the management account (iam-facts 6.1).
    pub rcp: Option<Vec<ScpLevel>>,
    /// Session policies.
    pub session: Option<Vec<Named>>,
}
