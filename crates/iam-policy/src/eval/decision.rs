//! What was decided, and by which statements.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Allowed.
    Allow,
    /// No statement denies it, and it is not allowed; in a strict decision: it is not allowed for certain, and no statement denies it for
    /// certain.
    ImplicitDeny,
    /// A statement denies it.
    ExplicitDeny,
    /// It depends on these keys, spelt as a policy spells them, which are not given (strict decisions alone), or on what
    /// [`Decision::open`] names.
    Unknown(BTreeSet<String>),
}

impl Effect {
    /// IAM's own word, `unknown` besides.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Allow => "allowed",
            Self::ImplicitDeny => "implicitDeny",
            Self::ExplicitDeny => "explicitDeny",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// What kind of policy a statement decided in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// A policy of the principal or of its groups.
    Identity,
    /// The policy of the resource, or the trust policy of the role.
    Resource,
    /// The permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
}

impl Layer {
    /// `identity`, `resource`, `boundary`, `session`, `scp`, `rcp`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Resource => "resource",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity policies",
            Self::Resource => "resource policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policies",
            Self::Scp => "service control policies",
            Self::Rcp => "resource control policies",
        })
    }
}

/// One statement of one policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementRef {
    /// What the policy is there for.
    pub layer: Layer,
    /// The policy's id in the [`super::PolicySet`].
    pub policy: Arc<str>,
    /// Index in the document, from 0.
    pub statement: usize,
    /// The statement's own id.
    pub sid: Option<Arc<str>>,
    /// Of a service or resource control policy: the level of the organisation at which it is attached.
    pub level: Option<Arc<str>>,
}

/// What a decision depends on beside condition keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Open {
    /// The role's trust policy, which must allow and is not known.
    Trust,
    /// The policy of the KMS key, which must allow and is not known.
    KeyPolicy,
    /// The policy of a resource in another account, which must allow and is not known.
    OtherAccount,
    /// Whether an implicit denial of the permissions boundary (or of a session policy) limits a user or session that the trust policy names
    /// itself. The IAM User Guide says that such an Allow of a resource-based policy is not limited by it ("Permissions boundaries for IAM
    /// entities", resource-based policies), and that role trust policies are exceptions to this logic ("How AWS enforcement code logic
    /// evaluates requests", resource-based policies): it does not decide.
    BoundaryOfNamedCaller,
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trust => "the role's trust policy, which must allow it, is not known",
            Self::KeyPolicy => "the key policy, which must allow it, is not known",
            Self::OtherAccount => "the resource is in another account, whose policy must allow it and is not known",
            Self::BoundaryOfNamedCaller => {
                "the trust policy names the caller, whose permissions boundary does not allow it: AWS's documentation does not say \
                 which of them counts"
            }
        })
    }
}

/// A decision and what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub effect: Effect,
    /// The statements that decided: every matching Deny of an explicit denial; every matching Allow of a permission, in each kind of
    /// policy that had to allow; what may match of an unknown; none of an implicit denial.
    pub because: Vec<StatementRef>,
    /// Of an implicit denial: which kinds of policy do not allow.
    pub withheld_by: BTreeSet<Layer>,
    /// Of an implicit denial: which levels of the organisation do not allow.
    pub withheld_levels: BTreeSet<Arc<str>>,
    /// Every statement that matched, deciding or not.
    pub matched: Vec<StatementRef>,
    /// Keys that a statement about this request asks for and that are not given, spelt as a policy spells them.
    pub missing_context: BTreeSet<String>,
    /// Keys that a statement about this request asks for and whose values may have been replaced: tags of a role, where the session may
    /// carry tags of its own.
    pub replaceable: BTreeSet<String>,
    /// Of an unknown: what else it depends on.
    pub open: BTreeSet<Open>,
    /// Other actions that the call needs and that are not allowed: `sts:TagSession` where session tags are passed (iam-facts 6.7).
    pub lacking: BTreeSet<String>,
}

impl Decision {
    /// Whether it is allowed for certain.
    pub fn is_allowed(&self) -> bool {
        self.effect == Effect::Allow
    }
}
