//! Access as the comparison gives it, in the plan's form.

use serde_json::{Map, Value as Json, json};

use super::{AccessChange, AccessGrant, AccessVerdict};
use crate::names::Address;
use crate::policy::access::{AccessDiff, Grant, Verdict};
use crate::policy::context::Value;

impl From<Verdict> for AccessVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::NewAccess => Self::NewAccess,
            Verdict::NoNewAccess => Self::NoNewAccess,
            Verdict::Undecided => Self::Undecided,
        }
    }
}

impl From<Grant> for AccessGrant {
    fn from(grant: Grant) -> Self {
        let Grant { actions, resources, conditions, example, document: _, statement: _ } = grant;
        let context: Map<String, Json> = example.context.into_iter().map(|(key, value)| (key, to_json(value))).collect();
        let example = json!({"action": example.action, "resource": example.resource, "context": context});
        Self { actions, resources, conditions, example }
    }
}

fn to_json(value: Value) -> Json {
    match value {
        Value::Single(text) => text.into(),
        Value::Many(list) => list.into(),
    }
}

impl AccessDiff {
    /// The change of one principal.
    pub fn into_change(self, principal: Address) -> AccessChange {
        let Self { verdict, gained, lost, ceiling_loosened, reason } = self;
        let grants = |list: Vec<Grant>| list.into_iter().map(AccessGrant::from).collect();
        AccessChange {
            principal,
            verdict: verdict.into(),
            gained: grants(gained),
            lost: grants(lost),
            ceiling_loosened: grants(ceiling_loosened),
            reason,
        }
    }
}
