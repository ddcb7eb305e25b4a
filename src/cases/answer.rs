//! A decision as it is reported: words, statements with their places.

use schemars::JsonSchema;
use serde::Serialize;

use crate::diag::Place;
use crate::policy::eval::{Decision, Effect, StatementRef};

/// One statement that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Because {
    /// The policy: `policy/NAME`, `role/NAME/inline/NAME`, `role/NAME/trust`, an ARN, a file.
    pub policy: String,
    /// `identity`, `resource`, `boundary`, `session`, `scp`, `rcp`.
    #[schemars(extend("enum" = ["identity", "resource", "boundary", "session", "scp", "rcp"]))]
    pub layer: &'static str,
    /// Index in the document, from 0.
    pub statement: usize,
    /// The statement's own id.
    pub sid: Option<String>,
    /// Of a policy of the organisation: the level that it is attached to, `/`, `/Workloads` or the id of an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Where it is written, if in a spec.
    #[serde(flatten)]
    pub place: Option<Place>,
}

/// A decision as it is reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Answer {
    /// What was asked.
    pub name: String,
    /// `allowed`, `implicitDeny`, `explicitDeny`, `unknown`.
    #[schemars(extend("enum" = ["allowed", "implicitDeny", "explicitDeny", "unknown"]))]
    pub decision: &'static str,
    /// The statements that decided; none of an implicit denial.
    pub because: Vec<Because>,
    /// Condition keys that were asked for and not given, spelt as a policy spells them.
    pub missing_context: Vec<String>,
    /// Of an implicit denial: the kinds of policy that do not allow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withheld_by: Vec<&'static str>,
    /// Of an implicit denial by policies of the organisation: the levels that do not allow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withheld_levels: Vec<String>,
    /// Other actions that the call needs and that are not allowed: `sts:TagSession` where session tags are passed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<String>,
    /// What else an `unknown` depends on: a trust or key policy that is not known, a question that AWS's documentation leaves open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<String>,
    /// Condition keys on which a statement looked and whose values come from the role's tags: a session may carry tags of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub session_may_override: Vec<String>,
    /// Policies of the principal whose documents are not known, which makes every answer but an explicit denial `unknown`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

/// Words a decision. `unread` are the principal's policies whose documents are not known: they might allow, or deny.
pub fn answer(name: String, decision: &Decision, unread: &[String], place: &dyn Fn(&StatementRef) -> Option<Place>) -> Answer {
    let undecided = !unread.is_empty() && decision.effect != Effect::ExplicitDeny;
    let because = |statement: &StatementRef| Because {
        policy: statement.policy.to_string(),
        layer: statement.layer.word(),
        statement: statement.statement,
        sid: statement.sid.as_deref().map(str::to_owned),
        level: statement.level.as_deref().map(str::to_owned),
        place: place(statement),
    };
    Answer {
        name,
        decision: if undecided { "unknown" } else { decision.effect.word() },
        because: decision.because.iter().map(because).collect(),
        missing_context: decision.missing_context.iter().cloned().collect(),
        withheld_by: decision.withheld_by.iter().map(|layer| layer.word()).collect(),
        withheld_levels: decision.withheld_levels.iter().map(ToString::to_string).collect(),
        lacking: decision.lacking.iter().cloned().collect(),
        open: decision.open.iter().map(ToString::to_string).collect(),
        session_may_override: decision.replaceable.iter().cloned().collect(),
        unread: if undecided { unread.to_vec() } else { Vec::new() },
    }
}
